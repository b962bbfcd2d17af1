//! Snapshots: the committed view, saved where a successor on another machine can find it.

use bytes::Bytes;
use posthouse_store::{Table, Write};
use posthouse_wire::Snapshot;

use super::takeover::{COMMIT_KEY, CommitPoint, META};
use super::{Fatal, Worker};
use crate::{Handler, limits};

impl<H: Handler> Worker<H> {
    /// Saves the committed view, if it changed since the last time. Failing is no harm: the
    /// successor replays more.
    pub(super) async fn save_snapshot(&mut self) {
        self.last_snapshot = tokio::time::Instant::now();
        if let Err(error) = self.try_save_snapshot().await {
            tracing::warn!(%error, consumer = %self.context.spec.consumer, "no snapshot saved");
        }
    }

    async fn try_save_snapshot(&mut self) -> Result<(), Fatal> {
        let Some(bytes) = self.context.store.get(META, COMMIT_KEY)? else {
            return Ok(());
        };
        let point = CommitPoint::decode(&bytes)?;
        if point.position == self.snapshot_position {
            return Ok(());
        }
        let Some(tables) = self.dump()? else {
            tracing::warn!(
                consumer = %self.context.spec.consumer, bytes_max = limits::SNAPSHOT_BYTES_MAX,
                "the view is too large for a snapshot; a successor will rebuild it from the log",
            );
            return Ok(());
        };
        let snapshot = Snapshot {
            schema: self.handler.schema(),
            role: self.context.spec.role.to_string(),
            partition: self.context.spec.partition,
            position: point.position,
            policy: point.policy,
            tables,
            taken_at: point.log_time,
        };
        let objects = self
            .context
            .bus
            .objects(&self.context.topology.snapshots())
            .await?;
        objects
            .put(&self.snapshot_name(), Bytes::from(snapshot.encode()))
            .await?;
        self.snapshot_position = point.position;
        self.context.metrics.snapshot();
        Ok(())
    }

    /// Loads the snapshot of a predecessor into the store when it is newer than `position`.
    pub(super) async fn load_snapshot(
        &mut self,
        position: u64,
    ) -> Result<Option<CommitPoint>, Fatal> {
        let objects = self
            .context
            .bus
            .objects(&self.context.topology.snapshots())
            .await?;
        let Some(bytes) = objects.get(&self.snapshot_name()).await? else {
            return Ok(None);
        };
        let snapshot = match Snapshot::decode(bytes) {
            Ok(snapshot) => snapshot,
            Err(error) => {
                tracing::warn!(%error, consumer = %self.context.spec.consumer, "snapshot ignored");
                return Ok(None);
            }
        };
        if snapshot.schema != self.handler.schema() || snapshot.position <= position {
            return Ok(None);
        }
        let end = self
            .context
            .bus
            .last_sequence(&self.context.spec.stream)
            .await?;
        if snapshot.position > end {
            return Ok(None);
        }
        self.fill_store(snapshot).map(Some)
    }

    /// Every row of the committed view; `None` when that is too much.
    fn dump(&self) -> Result<Option<Vec<posthouse_wire::Table>>, Fatal> {
        let mut tables = Vec::new();
        let mut bytes = 0;
        for table in self.handler.tables() {
            let mut rows = Vec::new();
            let mut from = Vec::new();
            loop {
                let found =
                    self.view
                        .store()
                        .scan(*table, &from, None, limits::SNAPSHOT_ROWS_PER_SCAN)?;
                let is_last = found.len() < limits::SNAPSHOT_ROWS_PER_SCAN;
                if let Some((key, _)) = found.last() {
                    from = [key.as_slice(), &[0]].concat();
                }
                for (key, value) in found {
                    bytes += key.len() + value.len();
                    rows.push(posthouse_wire::Row {
                        key: key.into(),
                        value: value.into(),
                    });
                }
                if bytes > limits::SNAPSHOT_BYTES_MAX {
                    return Ok(None);
                }
                if is_last {
                    break;
                }
            }
            tables.push(posthouse_wire::Table {
                name: table.0.to_owned(),
                rows,
            });
        }
        Ok(Some(tables))
    }

    fn fill_store(&self, snapshot: Snapshot) -> Result<CommitPoint, Fatal> {
        let store = &self.context.store;
        store.clear()?;
        for table in snapshot.tables {
            let Some(known) = self.known_table(&table.name) else {
                continue;
            };
            for rows in table.rows.chunks(limits::SNAPSHOT_ROWS_PER_SCAN) {
                let writes: Vec<Write> = rows
                    .iter()
                    .map(|row| Write::Put {
                        table: known,
                        key: row.key.to_vec(),
                        value: row.value.to_vec(),
                    })
                    .collect();
                store.apply(&writes)?;
            }
        }
        let point = CommitPoint {
            position: snapshot.position,
            log_time: snapshot.taken_at,
            policy: snapshot.policy,
        };
        // The commit point comes last: a crash before it leaves a view that starts from zero.
        store.apply(&[Write::Put {
            table: META,
            key: COMMIT_KEY.to_vec(),
            value: point.encode(),
        }])?;
        Ok(point)
    }

    fn known_table(&self, name: &str) -> Option<Table> {
        self.handler
            .tables()
            .iter()
            .copied()
            .find(|table| table.0 == name)
    }

    fn snapshot_name(&self) -> String {
        format!(
            "{}.{:02}",
            self.context.spec.role, self.context.spec.partition
        )
    }
}
