//! What goes out: facts, pipelined, tried again until the log holds them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use posthouse_bus::{Bus, Error as BusError, Outgoing, Stored, header};
use posthouse_domain::FactId;
use posthouse_store::{Table, Write};

use super::concluded::ticket_of;
use super::takeover::{COMMIT_KEY, META};
use super::{Fatal, Worker};
use crate::{Handler, limits};

/// What became of an output.
#[derive(Debug)]
pub(super) struct Settled {
    id: FactId,
    attempt: u32,
    result: Result<Stored, BusError>,
}

impl<H: Handler> Worker<H> {
    /// Sends the outputs of the records from number `first` on, without waiting for answers.
    pub(super) async fn publish_since(&mut self, first: u64) {
        for (id, message) in self.records.unpublished_since(first) {
            let metrics = self.context.metrics.clone();
            metrics.output();
            self.spans.sent(id);
            let sent = std::time::Instant::now();
            let receipt = self.context.bus.publish(message).await;
            self.settling.push(
                async move {
                    let result = match receipt {
                        Ok(receipt) => receipt.await,
                        Err(error) => Err(error),
                    };
                    if result.is_ok() {
                        metrics.published(sent.elapsed());
                    }
                    Settled {
                        id,
                        attempt: 0,
                        result,
                    }
                }
                .boxed(),
            );
        }
    }

    /// The log holds an output: what waited for it goes out.
    fn stored(&mut self, id: FactId) {
        for (id, message) in self.records.stored(id) {
            self.context.metrics.output();
            self.spans.sent(id);
            let bus = Arc::clone(&self.context.bus);
            self.settling.push(
                async move {
                    let result = publish(bus.as_ref(), message).await;
                    Settled {
                        id,
                        attempt: 0,
                        result,
                    }
                }
                .boxed(),
            );
        }
    }

    /// Takes the answer for an output in. What may succeed later is sent again; what the bus
    /// will never take is set aside as a dead letter, so that the partition goes on.
    pub(super) fn settle(&mut self, settled: Settled) {
        let Settled {
            id,
            attempt,
            result,
        } = settled;
        let error = match result {
            Ok(stored) => {
                self.spans.stored(id, stored.duplicate);
                self.stored(id);
                return;
            }
            Err(error) => error,
        };
        let Some(message) = self.records.output(id) else {
            return;
        };
        if error.may_retry() {
            if attempt == 0 {
                tracing::info!(%error, subject = %message.subject, "output is sent again");
            }
            self.send_again(id, message, attempt.saturating_add(1));
        } else {
            tracing::error!(%error, subject = %message.subject, "output is set aside");
            self.context.metrics.dead_letter(error.code());
            let (letter_id, mut letter) = self.dead_output(&message, &error);
            let from = self.spans.unsendable(id, &error);
            let ticket = ticket_of(message.headers.get(header::TICKET));
            self.spans
                .sending_letter(letter_id, &mut letter, error.code(), from, ticket);
            self.records.replace(id, letter_id, letter.clone());
            self.send_again(letter_id, letter, 1);
        }
    }

    fn send_again(&mut self, id: FactId, message: Outgoing, attempt: u32) {
        let bus = Arc::clone(&self.context.bus);
        self.settling.push(
            async move {
                tokio::time::sleep(backoff(attempt)).await;
                let result = publish(bus.as_ref(), message).await;
                Settled {
                    id,
                    attempt,
                    result,
                }
            }
            .boxed(),
        );
    }

    /// Takes in all answers that are there already.
    pub(super) fn settle_ready(&mut self) {
        while let Some(Some(settled)) = self.settling.next().now_or_never() {
            self.settle(settled);
        }
    }

    /// Moves the commit point up over all complete records, in one transaction.
    pub(super) fn commit(&mut self) -> Result<(), Fatal> {
        loop {
            let complete = self
                .records
                .take_complete(limits::COMMIT_INPUTS_MAX, limits::COMMIT_WRITES_MAX);
            let Some(last) = complete.last() else { break };
            let (number, inputs) = (last.number, complete.len());
            let started = std::time::Instant::now();
            let started_ns = self.context.tracer.now_ns();
            let point = self.commit_point(last);
            let mut writes: Vec<Write> = Vec::new();
            let mut ack = None;
            for record in complete {
                writes.extend(record.writes);
                ack = record.ack.or(ack);
            }
            let mut batch = last_of_each_row(writes);
            self.view.committed(&batch, number);
            batch.push(Write::Put {
                table: META,
                key: COMMIT_KEY.to_vec(),
                value: point,
            });
            self.context.store.apply(&batch)?;
            self.to_ack = ack.or(self.to_ack.take());
            self.spans
                .committed(number, inputs, batch.len(), started_ns);
            self.context.metrics.committed(inputs, started.elapsed());
        }
        self.last_commit = tokio::time::Instant::now();
        self.context.metrics.in_flight(self.records.len());
        Ok(())
    }
}

/// The last write of each row: a row that changed three times is written once.
fn last_of_each_row(writes: Vec<Write>) -> Vec<Write> {
    let mut rows: BTreeMap<(Table, Vec<u8>), Write> = BTreeMap::new();
    for write in writes {
        rows.insert((write.table(), write.key().to_vec()), write);
    }
    rows.into_values().collect()
}

/// Publishes a message and waits for the receipt.
pub(super) async fn publish(bus: &dyn Bus, message: Outgoing) -> Result<Stored, BusError> {
    bus.publish(message).await?.await
}

/// How long to wait before this attempt (from 1): doubling, up to a bound.
pub(super) fn backoff(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(10);
    limits::RETRY_FIRST
        .saturating_mul(1 << doublings)
        .min(limits::RETRY_MAX)
}
