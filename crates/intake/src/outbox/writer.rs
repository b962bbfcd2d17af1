//! Writes entries: many with one flush, in the order in which they came.

use std::sync::Arc;

use posthouse_domain::TicketId;
use posthouse_store::{Error as StoreError, Write};
use tokio::sync::{mpsc, oneshot};

use super::{OUTBOX, Shared, place};
use crate::keep::blocking;
use crate::limits::OUTBOX_WRITES_PER_FLUSH;

/// An entry to be written, whose place is reserved.
pub(super) struct Job {
    pub(super) ticket: TicketId,
    pub(super) value: Vec<u8>,
    /// Further changes of the store, in the same batch.
    pub(super) also: Vec<Write>,
    /// Told when it is on disk, or why not.
    pub(super) kept: oneshot::Sender<Result<(), String>>,
}

/// Writes what comes, until nobody is left who could send anything. `last` is the last place
/// taken.
pub(super) async fn run(shared: Arc<Shared>, mut jobs: mpsc::Receiver<Job>, mut last: u64) {
    let mut batch = Vec::new();
    while jobs.recv_many(&mut batch, OUTBOX_WRITES_PER_FLUSH).await > 0 {
        let mut writes = Vec::new();
        let mut waiting = Vec::new();
        let first = last + 1;
        for job in batch.drain(..) {
            last += 1;
            let key = place(last).to_vec();
            writes.push(Write::Put {
                table: OUTBOX,
                key,
                value: job.value,
            });
            writes.extend(job.also);
            waiting.push((job.ticket, job.kept));
        }
        // Before they are on disk: from then on they may leave.
        shared.waiting.came(first..=last);
        let outcome = write(&shared, writes).await;
        if let Err(why) = &outcome {
            tracing::error!(%why, "the outbox cannot be written");
            shared.waiting.left(first..=last);
        }
        for (ticket, kept) in waiting {
            if outcome.is_err() {
                shared.release(ticket);
            }
            // Whoever stopped waiting learns nothing; the entry stays.
            drop(kept.send(outcome.clone()));
        }
        shared.added.notify_one();
    }
}

async fn write(shared: &Arc<Shared>, writes: Vec<Write>) -> Result<(), String> {
    let work = Arc::clone(shared);
    let write = move || work.store.apply(&writes).and_then(|()| work.store.flush());
    match blocking(shared.store.as_ref(), write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            if StoreError::is_broken(&error) {
                shared.broken.cancel();
            }
            Err(error.to_string())
        }
        Err(error) => Err(error.to_string()),
    }
}
