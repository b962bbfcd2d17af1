//! Snapshots: the committed view, saved where a successor on another machine can find it.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use posthouse_bus::Error as BusError;
use posthouse_store::{Table, Write};
use posthouse_wire::Snapshot;

use super::takeover::{COMMIT_KEY, CommitPoint, META};
use super::{Fatal, Worker};
use crate::{Handler, limits};

/// What came of saving a view.
#[derive(Debug)]
pub(super) struct Saved {
    /// How far the saved view reflects the log.
    position: u64,
    result: Result<(), BusError>,
}

impl<H: Handler> Worker<H> {
    /// Begins to save the committed view, if it changed since the last time and no saving is
    /// under way. Nobody waits for it: a slow object store makes no timer late.
    pub(super) fn begin_snapshot(&mut self) {
        self.last_snapshot = tokio::time::Instant::now();
        self.show_store();
        if !self.saving.is_empty() {
            return;
        }
        match self.snapshot() {
            Ok(Some((position, bytes))) => self.saving.push(self.put(position, bytes)),
            Ok(None) => {}
            Err(error) => self.not_saved(&error),
        }
    }

    /// Shows what the view occupies on disk. That takes a look at a folder, so it is done as often
    /// as a snapshot is taken, not as often as something changes.
    pub(super) fn show_store(&self) {
        match self.context.store.bytes_on_disk() {
            Ok(bytes) => self.context.metrics.store_bytes(bytes),
            Err(error) => {
                let consumer = &self.context.spec.consumer;
                tracing::debug!(%error, %consumer, "size of the view not known");
            }
        }
    }

    /// Saves the committed view and waits for it.
    pub(super) async fn save_snapshot(&mut self) {
        while let Some(saved) = self.saving.next().await {
            self.saved(saved);
        }
        self.begin_snapshot();
        while let Some(saved) = self.saving.next().await {
            self.saved(saved);
        }
    }

    /// A saving came to its end. Failing is no harm: the successor replays more.
    pub(super) fn saved(&mut self, saved: Saved) {
        match saved.result {
            Ok(()) => {
                self.snapshot_position = self.snapshot_position.max(saved.position);
                self.context.metrics.snapshot();
            }
            Err(error) => self.not_saved(&error),
        }
    }

    fn not_saved(&self, error: &dyn std::error::Error) {
        tracing::warn!(%error, consumer = %self.context.spec.consumer, "no snapshot saved");
    }

    fn put(&self, position: u64, bytes: Bytes) -> BoxFuture<'static, Saved> {
        let bus = Arc::clone(&self.context.bus);
        let (bucket, name) = (self.context.topology.snapshots(), self.snapshot_name());
        Box::pin(async move {
            let put = async { bus.objects(&bucket).await?.put(&name, bytes).await };
            let result = put.await;
            Saved { position, result }
        })
    }

    /// The committed view and how far it reflects the log; `None` when it has not changed or is
    /// too large.
    fn snapshot(&self) -> Result<Option<(u64, Bytes)>, Fatal> {
        let Some(bytes) = self.context.store.get(META, COMMIT_KEY)? else {
            return Ok(None);
        };
        let point = CommitPoint::decode(&bytes)?;
        if point.position == self.snapshot_position {
            return Ok(None);
        }
        let Some(tables) = self.dump()? else {
            tracing::warn!(
                consumer = %self.context.spec.consumer, bytes_max = limits::SNAPSHOT_BYTES_MAX,
                "the view is too large for a snapshot; a successor will rebuild it from the log",
            );
            return Ok(None);
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
        Ok(Some((point.position, Bytes::from(snapshot.encode()))))
    }

    /// Loads the snapshot of a predecessor into the store when it is newer than `position` and of
    /// the log that ends at `end`.
    pub(super) async fn load_snapshot(
        &mut self,
        position: u64,
        end: u64,
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
        let is_newer = (position + 1..=end).contains(&snapshot.position);
        if snapshot.schema != self.handler.schema() || !is_newer {
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
