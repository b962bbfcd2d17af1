//! Where a row lives in sled's one tree: `table ‖ 0x00 ‖ key`.
//!
//! A table's name has no zero byte, so names cannot run into keys, and the rows of a table are
//! neighbours in key order. Names rather than numbers, so that declaring another table moves
//! nothing; sled cuts the shared prefix off within each page.
//!
//! Keys that begin with `0x00` are the store's own: no table's name is empty.

use crate::Table;

/// Present while a clear is under way.
pub(crate) const CLEARING: &[u8] = b"\0clearing";

/// The first key that can belong to a table.
pub(crate) const FIRST_ROW: &[u8] = &[1];

/// A row's key in the tree.
pub(crate) fn row_key(table: Table, key: &[u8]) -> Vec<u8> {
    let mut row = Vec::with_capacity(table.0.len() + 1 + key.len());
    row.extend_from_slice(table.0.as_bytes());
    row.push(0);
    row.extend_from_slice(key);
    row
}

/// The first key behind all rows of a table.
pub(crate) fn table_end(table: Table) -> Vec<u8> {
    let mut end = row_key(table, &[]);
    if let Some(last) = end.last_mut() {
        *last = 1;
    }
    end
}

/// A row's key in its table.
pub(crate) fn key_of(table: Table, row: &[u8]) -> &[u8] {
    row.get(table.0.len() + 1..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_do_not_run_into_each_other() {
        let (a, ab) = (Table::new("a"), Table::new("ab"));
        assert!(row_key(a, b"\xff\xff") < table_end(a));
        assert!(table_end(a) <= row_key(ab, b""));
        assert_eq!(key_of(ab, &row_key(ab, b"\0x")), b"\0x");
        assert!(CLEARING < FIRST_ROW && FIRST_ROW < row_key(a, b"").as_slice());
    }
}
