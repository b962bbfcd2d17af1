//! The NATS inbox: commands that other systems publish.
//!
//! Messages are taken in batches. Within one, messages about different tickets are worked on at
//! the same time, and those of one source about one ticket in their order; openings of one source
//! are sent to the log in their order, without waiting for each other's receipts. A message is
//! acknowledged when its fact is in the log or on disk, or when it was set aside as a dead
//! letter; whatever happens in between, it comes again and becomes the same fact again.

mod dead_letter;
pub(crate) mod message;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use posthouse_bus::{Delivery, Error as BusError, InboxConsumer, InboxDelivery};
use tokio_util::sync::CancellationToken;

use crate::Intake;
use crate::limits::{INBOX_DELIVERIES_MAX, INBOX_MESSAGES_MAX, INBOX_RETRY, READ_SIDE_LAG};
use crate::pause::Pause;
use crate::refused::{Disposition, Refused};
use crate::spans::{Arrival, By};
use crate::submit::{Accepted, Pending, Request, Sent};
use crate::telemetry::Fate;

/// What to tell the bus of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is dealt with.
    Ack,
    /// Deliver it again, not before this time has passed.
    Again(Duration),
}

/// A message with its place in the batch.
struct Item<'a> {
    index: usize,
    arrived: &'a InboxDelivery,
    request: Result<Request, Refused>,
}

/// Messages that must stay in order: those of one source about one ticket, or its openings.
type Lane<'a> = Vec<Item<'a>>;

impl Intake {
    /// Takes the inbox in, until the process is to end.
    pub(crate) async fn take_inbox(&self, stop: &CancellationToken) {
        let mut pause = Pause::new();
        while !stop.is_cancelled() {
            if let Err(error) = self.consume(&mut pause, stop).await {
                tracing::warn!(%error, "lost the inbox; joining it again");
                pause.wait(stop).await;
            }
        }
    }

    async fn consume(&self, pause: &mut Pause, stop: &CancellationToken) -> Result<(), BusError> {
        let mut inbox = self.inner.bus.inbox(&self.inner.topology.inbox()).await?;
        loop {
            let batch = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                batch = inbox.next(INBOX_MESSAGES_MAX) => batch?,
            };
            pause.reset();
            let verdicts = self.deal_with(&batch).await;
            settle(&mut inbox, &batch, verdicts).await?;
        }
    }

    /// Deals with a batch; gives a verdict for each message, in the order of the batch.
    async fn deal_with(&self, batch: &[InboxDelivery]) -> Vec<Verdict> {
        let mut lanes: BTreeMap<(String, String), Lane<'_>> = BTreeMap::new();
        for (index, arrived) in batch.iter().enumerate() {
            let request = read(arrived);
            let about = request
                .as_ref()
                .ok()
                .and_then(|request| request.command.body.ticket());
            let lane = (
                message::source(&arrived.delivery.subject),
                about.unwrap_or("").to_owned(),
            );
            lanes.entry(lane).or_default().push(Item {
                index,
                arrived,
                request,
            });
        }
        let worked = lanes.into_iter().map(|((_, about), lane)| async move {
            if about.is_empty() {
                self.openings(lane).await
            } else {
                self.changes(lane).await
            }
        });
        let mut verdicts: Vec<(usize, Verdict)> =
            join_all(worked).await.into_iter().flatten().collect();
        verdicts.sort_by_key(|(index, _)| *index);
        verdicts.into_iter().map(|(_, verdict)| verdict).collect()
    }

    /// Openings of one source, and what cannot be read: sent in order, receipts awaited together.
    async fn openings(&self, lane: Lane<'_>) -> Vec<(usize, Verdict)> {
        let mut sent = Vec::with_capacity(lane.len());
        for Item {
            index,
            arrived,
            request,
        } in lane
        {
            let arrival = self.arrival(arrived, request.as_ref().ok());
            let begun = match request {
                Ok(request) => caught(self.send(request)).await,
                Err(refused) => Err(refused),
            };
            sent.push(async move {
                let outcome = match begun {
                    Ok(Sent::Settled(accepted)) => Ok(accepted),
                    Ok(Sent::Pending(pending)) => caught(Pending::settled(*pending)).await,
                    Err(refused) => Err(refused),
                };
                (index, self.verdict((arrived, arrival), outcome).await)
            });
        }
        join_all(sent).await
    }

    /// Messages of one source about one ticket: one after the other.
    async fn changes(&self, lane: Lane<'_>) -> Vec<(usize, Verdict)> {
        let mut verdicts = Vec::with_capacity(lane.len());
        let mut patience = READ_SIDE_LAG;
        for Item {
            index,
            arrived,
            request,
        } in lane
        {
            let arrival = self.arrival(arrived, request.as_ref().ok());
            let outcome = match request {
                Ok(request) => {
                    caught(self.accept(Request {
                        patience,
                        ..request
                    }))
                    .await
                }
                Err(refused) => Err(refused),
            };
            // The read side was given its time once; others wait behind this lane.
            if matches!(
                outcome,
                Err(Refused::UnknownTicket(_) | Refused::NotAllowed { .. })
            ) {
                patience = Duration::ZERO;
            }
            verdicts.push((index, self.verdict((arrived, arrival), outcome).await));
        }
        verdicts
    }

    /// A message is to be worked on.
    fn arrival(&self, arrived: &InboxDelivery, request: Option<&Request>) -> Arrival {
        let caller = match request {
            Some(request) => request.caller,
            None => message::caller(&arrived.delivery),
        };
        self.inner.spans.began(caller)
    }

    /// What to tell the bus, once what has to be set aside is set aside.
    async fn verdict(
        &self,
        (arrived, arrival): (&InboxDelivery, Arrival),
        outcome: Result<Accepted, Refused>,
    ) -> Verdict {
        let counts = &self.inner.counts;
        let (spans, by) = (&self.inner.spans, By::Inbox(&arrived.delivery));
        let refused = match outcome {
            Ok(accepted) => {
                counts.inbox(Fate::Accepted);
                spans.accepted(arrival, &accepted, by);
                return Verdict::Ack;
            }
            Err(refused) => refused,
        };
        spans.refused(arrival, &refused, by);
        if refused.disposition() == Disposition::DeadLetter
            && self.set_aside(&arrived.delivery, arrival, &refused).await
        {
            counts.inbox(Fate::DeadLetter);
            return Verdict::Ack;
        }
        tracing::debug!(%refused, sequence = arrived.delivery.sequence, "an inbox message waits");
        counts.inbox(Fate::Again);
        Verdict::Again(delay(arrived.attempt))
    }

    /// Publishes the dead letter of a message; gives whether it is in the log.
    async fn set_aside(&self, delivery: &Delivery, arrival: Arrival, refused: &Refused) -> bool {
        let (subjects, spans) = (&self.inner.topology.subjects, &self.inner.spans);
        for mut letter in dead_letter::letters(subjects, delivery, refused) {
            let span = spans.letter(&mut letter, refused.code(), arrival.caller);
            let stored = async { self.inner.bus.publish(letter).await?.await };
            match tokio::time::timeout(self.inner.publish_wait, stored).await {
                Ok(Ok(stored)) => {
                    spans.end(span, stored);
                    tracing::info!(
                        code = refused.code(),
                        subject = delivery.subject,
                        sequence = delivery.sequence,
                        "set an inbox message aside"
                    );
                    return true;
                }
                // The next letter has less of the message.
                Ok(Err(BusError::TooLarge { .. })) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, "a dead letter cannot be stored");
                    return false;
                }
                Err(_) => return false,
            }
        }
        false
    }
}

/// Reads a message, unless it was tried so often that reading it again is a danger.
fn read(arrived: &InboxDelivery) -> Result<Request, Refused> {
    if arrived.attempt > INBOX_DELIVERIES_MAX {
        return Err(Refused::Poison {
            attempts: arrived.attempt - 1,
        });
    }
    let read = std::panic::catch_unwind(AssertUnwindSafe(|| message::read(&arrived.delivery)));
    read.unwrap_or_else(|_| Err(panicked()))
}

/// A defect of ours must not take the other messages along: the message comes again, and is
/// poison after [`INBOX_DELIVERIES_MAX`] deliveries.
async fn caught<T>(work: impl Future<Output = Result<T, Refused>>) -> Result<T, Refused> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(panicked()))
}

fn panicked() -> Refused {
    Refused::NotKept("a defect of ours; see the log".to_owned())
}

fn delay(attempt: u32) -> Duration {
    let longest = INBOX_RETRY[INBOX_RETRY.len() - 1];
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    INBOX_RETRY.get(index).copied().unwrap_or(longest)
}

async fn settle(
    inbox: &mut Box<dyn InboxConsumer>,
    batch: &[InboxDelivery],
    verdicts: Vec<Verdict>,
) -> Result<(), BusError> {
    for (arrived, verdict) in batch.iter().zip(verdicts) {
        let told = match verdict {
            Verdict::Ack => inbox.ack(&arrived.delivery.ack),
            Verdict::Again(delay) => inbox.nak(&arrived.delivery.ack, delay),
        };
        told.await?;
    }
    Ok(())
}
