//! Snapshots: a role's view of one partition, so that a new owner need not read the whole log.

use bytes::{Buf, Bytes};
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::PolicyVersion;
use prost::Message;

use crate::error::Error;
use crate::path::Path;
use crate::read::{decode_unbounded, instant, key, narrow, required_key, write_instant};
use crate::v1;

/// A role's view of one partition, as it stood at a place in the log.
///
/// It is kept in an object store, not sent over the bus: no limit of messages applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The version of the view's format; another one is not read.
    pub schema: u32,
    /// Whose view it is.
    pub role: String,
    /// The partition, from 0.
    pub partition: u16,
    /// The last sequence of the stream that the view reflects.
    pub position: u64,
    /// The policy in force there; empty before the first.
    pub policy: PolicyVersion,
    /// The tables of the view.
    pub tables: Vec<Table>,
    /// When it was taken.
    pub taken_at: Timestamp,
}

/// One table of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its rows, in the order they were written.
    pub rows: Vec<Row>,
}

/// One row of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its key.
    pub key: Bytes,
    /// Its value.
    pub value: Bytes,
}

impl Snapshot {
    /// Writes the snapshot. Takes it whole: views are large.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        let wire = v1::Snapshot {
            schema: self.schema,
            role: self.role,
            partition: self.partition.into(),
            position: self.position,
            policy: self.policy.0,
            tables: self.tables.into_iter().map(write_table).collect(),
            taken_at: write_instant(self.taken_at),
        };
        wire.encode_to_vec()
    }

    /// Reads a snapshot. From [`Bytes`], keys and values are not copied.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; the same bytes fail again.
    pub fn decode(bytes: impl Buf) -> Result<Self, Error> {
        let wire: v1::Snapshot = decode_unbounded("snapshot", bytes)?;
        Ok(Self {
            schema: wire.schema,
            role: required_key(wire.role, &Path::top("role"))?,
            partition: narrow(wire.partition, &Path::top("partition"), u16::MAX)?,
            position: wire.position,
            policy: PolicyVersion(key(wire.policy, &Path::top("policy"))?),
            tables: wire.tables.into_iter().map(read_table).collect(),
            taken_at: instant(wire.taken_at, &Path::top("taken_at"))?,
        })
    }
}

fn write_table(table: Table) -> v1::SnapshotTable {
    let row = |row: Row| v1::SnapshotRow {
        key: row.key,
        value: row.value,
    };
    v1::SnapshotTable {
        name: table.name,
        rows: table.rows.into_iter().map(row).collect(),
    }
}

fn read_table(wire: v1::SnapshotTable) -> Table {
    let row = |row: v1::SnapshotRow| Row {
        key: row.key,
        value: row.value,
    };
    Table {
        name: wire.name,
        rows: wire.rows.into_iter().map(row).collect(),
    }
}
