//! Forwards entries to the bus, in order, once it answers again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use posthouse_bus::{Bus, Error as BusError, Receipt, Stored};
use posthouse_domain::TicketId;
use posthouse_store::Write;
use tokio_util::sync::CancellationToken;

use super::entry::{self, Entry};
use super::{OUTBOX, Outbox, Shared, place};
use crate::error::{Error, FORWARDING_REFUSED};
use crate::keep::blocking;
use crate::limits::FORWARDED_AT_ONCE_MAX;
use crate::pause::Pause;
use crate::spans::Spans;

/// Entries with their places.
type Wave = Vec<(u64, Entry)>;

impl Outbox {
    /// Forwards until the process is to end. `wait` bounds each attempt.
    ///
    /// # Errors
    ///
    /// When the store fails or holds what cannot be read.
    pub(crate) async fn forward(
        &self,
        bus: &dyn Bus,
        spans: &Spans,
        wait: Duration,
        shutdown: &CancellationToken,
    ) -> Result<(), Error> {
        let mut pause = Pause::new();
        while !shutdown.is_cancelled() {
            let wave = next_wave(&self.shared).await?;
            if wave.is_empty() {
                tokio::select! {
                    biased;
                    () = shutdown.cancelled() => {}
                    () = self.shared.added.notified() => {}
                }
                continue;
            }
            let sent = wave.len();
            let stored = send(bus, spans, wait, wave).await;
            let done = stored.len() == sent;
            forget(&self.shared, stored).await?;
            if done {
                pause.reset();
            } else {
                self.shared.counts.forward_failures.inc();
                pause.wait(shutdown).await;
            }
        }
        Ok(())
    }
}

/// The first entry of each ticket among those that come first: what follows for the same ticket
/// waits for the next wave.
async fn next_wave(shared: &Arc<Shared>) -> Result<Wave, Error> {
    let store = Arc::clone(&shared.store);
    let scan = move || store.scan(OUTBOX, &[], None, FORWARDED_AT_ONCE_MAX);
    let rows = blocking(shared.store.as_ref(), scan).await??;
    let mut tickets = HashSet::new();
    let mut wave = Vec::new();
    for (key, value) in rows {
        let (sequence, entry) = entry::read(&key, &value)?;
        if tickets.insert(entry.ticket) {
            wave.push((sequence, entry));
        }
    }
    Ok(wave)
}

/// Sends a wave; gives what is in the log now.
async fn send(bus: &dyn Bus, spans: &Spans, wait: Duration, wave: Wave) -> Vec<(u64, TicketId)> {
    let mut receipts = Vec::with_capacity(wave.len());
    for (sequence, entry) in wave {
        let ticket = entry.ticket;
        let message = entry.message();
        let span = spans.forwarding(&message);
        match within(wait, bus.publish(message)).await {
            Ok(receipt) => receipts.push(async move {
                let stored = confirmed(wait, sequence, receipt).await?;
                spans.end(span, stored);
                Some((sequence, ticket))
            }),
            Err(error) => {
                tell(sequence, &error);
                break;
            }
        }
    }
    join_all(receipts).await.into_iter().flatten().collect()
}

async fn confirmed(wait: Duration, sequence: u64, receipt: Receipt) -> Option<Stored> {
    match within(wait, receipt).await {
        Ok(stored) => Some(stored),
        Err(error) => {
            tell(sequence, &error);
            None
        }
    }
}

async fn within<T>(
    wait: Duration,
    work: impl Future<Output = Result<T, BusError>>,
) -> Result<T, BusError> {
    let late = |_| BusError::Unavailable(format!("no answer within {} ms", wait.as_millis()));
    tokio::time::timeout(wait, work).await.map_err(late)?
}

/// An absent bus is what the outbox is for; one that refuses is not.
fn tell(sequence: u64, error: &BusError) {
    if error.may_retry() {
        tracing::debug!(sequence, %error, "an entry of the outbox has to wait");
    } else {
        tracing::error!(
            code = FORWARDING_REFUSED,
            sequence,
            %error,
            "the bus refuses an entry of the outbox; it is tried again"
        );
    }
}

/// Removes what is in the log. Not flushed: what comes back after a kill is sent again, and the
/// log recognises it.
async fn forget(shared: &Arc<Shared>, stored: Vec<(u64, TicketId)>) -> Result<(), Error> {
    if stored.is_empty() {
        return Ok(());
    }
    let delete = |sequence| Write::Delete {
        table: OUTBOX,
        key: place(sequence).to_vec(),
    };
    let deletes: Vec<Write> = stored
        .iter()
        .map(|(sequence, _)| delete(*sequence))
        .collect();
    let store = Arc::clone(&shared.store);
    blocking(shared.store.as_ref(), move || store.apply(&deletes)).await??;
    shared.waiting.left(stored.iter().map(|(place, _)| *place));
    for (_, ticket) in stored {
        shared.counts.forwarded.inc();
        shared.release(ticket);
    }
    Ok(())
}
