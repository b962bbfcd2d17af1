//! Everything that follows from the log, as text: to compare two databases.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::error::{Doing, Error};
use crate::schema::DUMPED;

/// Writes every row of every table down, in the order of the keys.
pub(crate) fn dump(connection: &Connection) -> Result<String, Error> {
    let mut text = String::new();
    for (table, key) in DUMPED {
        let columns = if table == "stream" {
            "number, name, position, stored_at"
        } else {
            "*"
        };
        let sql = format!("SELECT {columns} FROM {table} ORDER BY {key}");
        let mut select = connection.prepare(&sql).doing("dump a table")?;
        let width = select.column_count();
        let mut rows = select.query([]).doing("dump a table")?;
        while let Some(row) = rows.next().doing("dump a table")? {
            text.push_str(table);
            for column in 0..width {
                text.push('\t');
                push(&mut text, row.get_ref(column).doing("dump a table")?);
            }
            text.push('\n');
        }
    }
    Ok(text)
}

fn push(text: &mut String, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => text.push('-'),
        ValueRef::Integer(number) => text.push_str(&number.to_string()),
        ValueRef::Real(number) => text.push_str(&number.to_string()),
        ValueRef::Text(bytes) => text.push_str(&format!("{:?}", String::from_utf8_lossy(bytes))),
        ValueRef::Blob(bytes) => {
            for byte in bytes {
                text.push_str(&format!("{byte:02x}"));
            }
        }
    }
}
