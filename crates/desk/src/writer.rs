//! The writer: one thread that owns the writing, fed by a bounded channel.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use crate::database::Database;
use crate::desk::Inner;
use crate::error::Error;
use crate::fold::{self, Chunk, Written};
use crate::limits;

/// A batch of deliveries.
pub(crate) type Batch = Vec<Chunk>;

/// Starts the writer. It ends when the channel of batches does, or when it cannot go on.
///
/// # Errors
///
/// When the system gives no thread.
pub(crate) fn start(
    inner: Arc<Inner>,
    database: Arc<Database>,
    batches: mpsc::Receiver<Batch>,
) -> Result<oneshot::Receiver<Result<(), Error>>, Error> {
    let (ended, end) = oneshot::channel();
    thread::Builder::new()
        .name(format!("desk {}", inner.region()))
        .spawn(move || {
            let result = run(&inner, &database, batches);
            // Whoever is told that the writer ended may want the file for itself.
            drop((inner, database));
            // Nobody listens when the process is on its way out.
            drop(ended.send(result));
        })
        .map_err(|error| Error::Stopped(format!("start a thread: {error}")))?;
    Ok(end)
}

fn run(
    inner: &Inner,
    database: &Database,
    mut batches: mpsc::Receiver<Batch>,
) -> Result<(), Error> {
    while let Some(batch) = batches.blocking_recv() {
        let Some(written) = write(inner, database, &batch)? else {
            return Ok(());
        };
        let deliveries = batch
            .iter()
            .map(|chunk| chunk.deliveries.len())
            .sum::<usize>();
        inner
            .telemetry
            .queue
            .dec_by(i64::try_from(deliveries).unwrap_or(i64::MAX));
        inner.written(written);
    }
    Ok(())
}

/// Writes a batch, again and again while the database refuses for a reason that may pass, such
/// as a full disk. Gives nothing when the process is to end first.
fn write(inner: &Inner, database: &Database, batch: &Batch) -> Result<Option<Written>, Error> {
    let mut wait = limits::RETRY_FIRST;
    loop {
        let started = Instant::now();
        let wants_events = inner.events.receiver_count() > 0;
        let result = fold::write(
            &mut database.writer(),
            inner.region(),
            batch,
            inner.counts(),
            wants_events,
        );
        match result {
            Ok(written) => {
                inner.committed(started.elapsed(), &written);
                return Ok(Some(written));
            }
            Err(error @ Error::Database { .. }) => {
                tracing::error!(%error, code = error.code(), "a batch was not written; trying again");
                inner.part.not_ready(&error.to_string());
            }
            Err(error) => return Err(error),
        }
        if inner.shutdown.is_cancelled() {
            return Ok(None);
        }
        thread::sleep(wait);
        wait = (wait * 2).min(limits::RETRY_MAX);
    }
}
