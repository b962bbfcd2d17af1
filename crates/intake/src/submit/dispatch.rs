//! The second half of sending: from a message to a receipt, or to the outbox.

use std::sync::Arc;

use posthouse_bus::{Error as BusError, Outgoing, Receipt, Stored};
use posthouse_domain::ticket::Body;
use posthouse_runtime::trace::Span;
use posthouse_store::Write;
use tokio::time::Instant;

use super::target::Sight;
use super::{Accepted, Place, Sent};
use crate::Inner;
use crate::idempotency::{Digest, Working};
use crate::outbox::Entry;
use crate::refused::Refused;

/// A command whose receipt has not come yet.
pub(crate) struct Pending {
    inner: Arc<Inner>,
    work: Work,
    receipt: Receipt,
    until: Instant,
}

/// A command that became a message.
pub(super) struct Work {
    pub(super) accepted: Accepted,
    pub(super) message: Outgoing,
    pub(super) body: Body,
    pub(super) key: Option<Key>,
    pub(super) sight: Sight,
    /// What is said of sending it.
    pub(super) span: Option<Span>,
}

/// A command that has a key to be remembered.
pub(super) struct Key {
    pub(super) digest: Digest,
    /// Nobody else works on it meanwhile.
    pub(super) _working: Working,
}

impl Inner {
    /// Hands a message to the bus; to the outbox when the bus is away or others wait there.
    pub(super) async fn dispatch(self: &Arc<Self>, work: Work) -> Result<Sent, Refused> {
        if !self.outbox.is_empty() {
            return self.hold(work).await.map(Sent::Settled);
        }
        let until = Instant::now() + self.publish_wait;
        match tokio::time::timeout_at(until, self.bus.publish(work.message.clone())).await {
            Ok(Ok(receipt)) => {
                let inner = Arc::clone(self);
                Ok(Sent::Pending(Box::new(Pending {
                    inner,
                    work,
                    receipt,
                    until,
                })))
            }
            Ok(Err(error)) => self.unsent(work, &error).await.map(Sent::Settled),
            Err(_) => self.hold(work).await.map(Sent::Settled),
        }
    }

    /// The bus did not take a message.
    async fn unsent(&self, work: Work, error: &BusError) -> Result<Accepted, Refused> {
        if let BusError::TooLarge { bytes_max, .. } = error {
            return Err(Refused::TooLarge {
                bytes_max: *bytes_max,
            });
        }
        tracing::debug!(%error, "the log does not take a fact; it goes to the outbox");
        self.hold(work).await
    }

    /// Puts a message in the outbox, unless its ticket may be opened by what waits in another
    /// one: outboxes empty side by side, and a command that overtook its opening would be void
    /// although it was accepted. Whoever sent it tries again and finds one that knows.
    async fn hold(&self, mut work: Work) -> Result<Accepted, Refused> {
        if work.sight == Sight::Unseen && !self.outbox.holds(work.accepted.ticket) {
            return Err(Refused::NotReady(
                "the log is away, and nobody here knows the ticket".to_owned(),
            ));
        }
        let entry = Entry::new(work.accepted.ticket, &work.message);
        let also = self.record(&work);
        self.outbox.put(&entry, also).await?;
        work.accepted.place = Place::Outbox;
        Ok(work.accepted)
    }

    /// The changes that remember the answer to a command that has a key.
    fn record(&self, work: &Work) -> Vec<Write> {
        let Some(key) = &work.key else {
            return Vec::new();
        };
        let Accepted {
            ticket,
            fact,
            number,
            ..
        } = &work.accepted;
        self.records
            .writes(*fact, key.digest, *ticket, number.clone(), self.clock.now())
    }

    /// The message is in the log.
    async fn stored(&self, mut work: Work, stored: Stored) -> Result<Accepted, Refused> {
        self.spans.end(work.span.take(), stored);
        if stored.duplicate {
            self.compare(&mut work, stored.sequence).await?;
        }
        let writes = self.record(&work);
        if !writes.is_empty() {
            self.records.remember(writes).await;
        }
        Ok(work.accepted)
    }

    /// The log held a fact with this identity before: its number is the ticket's, and its content
    /// must be what was asked now.
    async fn compare(&self, work: &mut Work, sequence: u64) -> Result<(), Refused> {
        let stream = self
            .topology
            .log_stream(self.topology.subjects.partition(work.accepted.ticket));
        let earlier = match self.bus.get(&stream, sequence).await {
            Ok(Some(earlier)) => earlier,
            Ok(None) => return Ok(()),
            // What was given now is not the ticket's number: better no answer than a wrong one.
            Err(error) => {
                return Err(Refused::NotReady(format!(
                    "it is in the log, but what the log holds cannot be read now: {error}"
                )));
            }
        };
        let Ok(earlier) = posthouse_wire::decode(&earlier.payload) else {
            return Ok(());
        };
        if earlier.id != work.accepted.fact {
            return Ok(());
        }
        if let (Body::Opened(now), Body::Opened(then)) = (&mut work.body, &earlier.body) {
            now.number.clone_from(&then.number);
            work.accepted.number = Some(then.number.clone());
        }
        if work.key.is_some() && work.body != earlier.body {
            return Err(Refused::KeyReused);
        }
        work.accepted.place = Place::Earlier;
        Ok(())
    }
}

impl Pending {
    /// Waits for the receipt; without one in time, the message goes to the outbox.
    pub(crate) async fn settled(self) -> Result<Accepted, Refused> {
        let Self {
            inner,
            work,
            receipt,
            until,
        } = self;
        let outcome = match tokio::time::timeout_at(until, receipt).await {
            Ok(Ok(stored)) => inner.stored(work, stored).await,
            Ok(Err(error)) => inner.unsent(work, &error).await,
            Err(_) => inner.hold(work).await,
        };
        match &outcome {
            Ok(accepted) => inner.count(accepted),
            Err(refused) => inner.counts.refused(refused.code()),
        }
        outcome
    }
}
