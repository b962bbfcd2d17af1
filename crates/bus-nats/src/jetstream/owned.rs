//! Owning a partition: a pinned pull consumer.
//!
//! The server pins the consumer to the client whose request it serves, writes the pin into
//! every message, and gives it to another when requests with that pin stay away for
//! [`posthouse_bus::limits::OWNER_SILENCE_MAX`]. A new pin alone breaks the order: the new owner
//! gets what is new first and what the old one left only later. So on every new pin the consumer
//! is reset to its last acknowledged message, and what comes before the reset's first delivery
//! is thrown away.
//!
//! The server pins a consumer only when it has something to deliver, and what an owner got and
//! never acknowledged it does not deliver again for half a minute. So whoever waits listens for
//! the news that the pin is free ([`vacancy`]), and resets the consumer then.
//!
//! Whoever has just taken a partition has much to do before it asks again, so it is asked for it
//! meanwhile ([`grace`]). After that, an owner that does not ask loses the partition.
//!
//! # Invariants
//!
//! - Between two [`Turn::Taken`], deliveries are in order, without gaps and without repeats.
//! - An acknowledgement from before the last [`Turn::Taken`] is not sent: the consumer counts
//!   anew, and would take it for another message's.

mod consumer;
mod grace;
mod order;
mod retry;
mod vacancy;

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use posthouse_bus::topology::OwnedSpec;
use posthouse_bus::{AckToken, Delivery, Error, Owned, Turn};

use super::connection::Connection;
use super::convert;
use super::pull::{Heard, Pull};
use super::task::Task;
use consumer::Consumer;
use order::{Order, Verdict};
use retry::Retry;
use vacancy::Vacancy;

/// Asks for a partition.
///
/// # Errors
///
/// [`Error::NotFound`] if its consumer was not provisioned.
pub(super) async fn own(
    connection: &Arc<Connection>,
    spec: &OwnedSpec,
) -> Result<Box<dyn Owned>, Error> {
    let consumer = Consumer {
        connection: Arc::clone(connection),
        stream: spec.stream.as_str().into(),
        name: spec.consumer.clone(),
    };
    let vacancy = Vacancy::listen(connection, spec).await?;
    let must_wake = consumer.check().await?;
    let pull = consumer.pull().await?;
    Ok(Box::new(NatsOwned {
        consumer,
        pull: Some(pull),
        vacancy,
        pin: None,
        must_reset: false,
        must_wake,
        order: Order::default(),
        reign: 0,
        taken: false,
        ready: VecDeque::new(),
        acked: None,
        must_ack_again: false,
        retry: Retry::default(),
        grace: None,
    }))
}

/// A partition that we own or wait for.
///
/// Everything that [`Owned::next`] has begun is written down here, so that it can be dropped
/// while it waits.
struct NatsOwned {
    consumer: Consumer,
    /// None while we have to listen anew.
    pull: Option<Pull>,
    vacancy: Vacancy,
    /// Our pin, while we are the owner.
    pin: Option<String>,
    /// That the consumer has to be reset because we are the new owner.
    must_reset: bool,
    /// That it has to be reset because there is none.
    must_wake: bool,
    order: Order,
    /// Counts how often the partition was taken or lost.
    reign: u64,
    /// That the caller has to be told of a takeover.
    taken: bool,
    /// What the caller has to be given after that.
    ready: VecDeque<Delivery>,
    /// The last acknowledgement of this reign.
    acked: Option<String>,
    /// That the server did not get it, or too late.
    must_ack_again: bool,
    /// When to listen anew.
    retry: Retry,
    grace: Option<Task>,
}

#[async_trait]
impl Owned for NatsOwned {
    async fn next(&mut self, deliveries_max: usize) -> Result<Turn, Error> {
        self.grace = None;
        let deliveries_max = deliveries_max.max(1);
        loop {
            self.consumer.connection.check_open()?;
            if std::mem::take(&mut self.taken) {
                self.grace = self.pull.as_ref().map(grace::begin);
                return Ok(Turn::Taken);
            }
            if !self.ready.is_empty() {
                let count = deliveries_max.min(self.ready.len());
                return Ok(Turn::Deliveries(self.ready.drain(..count).collect()));
            }
            if self.pull.is_none() {
                self.listen().await?;
            } else if self.must_reset {
                self.reset().await?;
            } else if self.must_wake {
                self.wake().await?;
            } else if self.must_ack_again {
                self.ack_again().await?;
            } else {
                self.hear_more(deliveries_max).await;
            }
        }
    }

    async fn ack_through(&mut self, token: &AckToken) -> Result<(), Error> {
        let Some(reply) = reply_of(token, self.reign)? else {
            return Ok(());
        };
        self.consumer.ack(reply).await?;
        self.acked = Some(reply.to_owned());
        Ok(())
    }

    async fn release(self: Box<Self>) -> Result<(), Error> {
        let Self {
            consumer,
            pull,
            pin,
            acked,
            ..
        } = *self;
        // No more requests of ours, or the partition would come back to us.
        drop(pull);
        if pin.is_none() {
            return Ok(());
        }
        if let Some(reply) = acked {
            consumer.confirm_ack(&reply).await;
        }
        consumer.unpin().await
    }
}

impl NatsOwned {
    /// Waits for the consumer, and takes all that it has said.
    async fn hear_more(&mut self, deliveries_max: usize) {
        let Some(pull) = &mut self.pull else { return };
        let mut heard = tokio::select! {
            biased;
            heard = pull.next() => Some(heard),
            () = self.vacancy.heard(), if self.pin.is_none() => {
                self.must_wake = true;
                None
            }
        };
        // From here on nothing waits, so nothing is lost when the caller drops us.
        while let Some(it) = heard.take() {
            self.hear(it);
            if self.ready.len() < deliveries_max && !self.must_reset {
                heard = self.pull.as_mut().and_then(Pull::next_ready);
            }
        }
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Message(message) => self.receive(message),
            Heard::WrongPin => self.lose(),
            Heard::Silence => self.pull = None,
            Heard::Gone(why) => {
                tracing::warn!(why, what = self.consumer.what(), "partition not served");
                self.pull = None;
            }
            Heard::NoMore => {}
        }
    }

    fn receive(&mut self, message: async_nats::Message) {
        self.retry.well();
        let pin = message
            .headers
            .as_ref()
            .and_then(|headers| headers.get_last(async_nats::header::NATS_PIN_ID));
        let Some(pin) = pin else { return };
        if self.pin.as_deref() != Some(pin.as_str()) {
            // This message comes again after the reset, in order.
            self.be_pinned(pin.as_str().to_owned());
            return;
        }
        let Some((delivery, place)) = convert::delivery(message, &self.consumer.stream) else {
            return;
        };
        match self.order.judge(&place) {
            Verdict::Good => self.hand_on(delivery),
            Verdict::Stale => {}
            Verdict::Repeat => self.must_ack_again = self.acked.is_some(),
            Verdict::Anew => {
                self.begin_reign();
                self.taken = true;
                self.hand_on(delivery);
            }
            Verdict::Gap => {
                self.begin_reign();
                self.must_reset = true;
            }
        }
    }

    fn hand_on(&mut self, mut delivery: Delivery) {
        delivery.ack = token(self.reign, &delivery.ack.0);
        self.ready.push_back(delivery);
    }

    fn be_pinned(&mut self, pin: String) {
        tracing::debug!(what = self.consumer.what(), "partition taken");
        if let Some(pull) = &mut self.pull {
            pull.pin = Some(pin.clone());
        }
        self.pin = Some(pin);
        self.begin_reign();
        self.must_reset = true;
        self.must_wake = false;
    }

    /// Another client owns the partition, or will.
    fn lose(&mut self) {
        tracing::debug!(what = self.consumer.what(), "partition lost");
        if let Some(pull) = &mut self.pull {
            pull.pin = None;
        }
        self.pin = None;
        self.must_reset = false;
        self.begin_reign();
    }

    /// Whatever was before is void.
    fn begin_reign(&mut self) {
        self.reign += 1;
        self.taken = false;
        self.ready.clear();
        self.acked = None;
        self.must_ack_again = false;
    }

    /// Has everything since the last acknowledgement delivered again, in order.
    async fn reset(&mut self) -> Result<(), Error> {
        match self.consumer.reset().await {
            Ok(()) => {
                self.must_reset = false;
                self.order = Order::default();
                self.taken = true;
                Ok(())
            }
            Err(error) => {
                self.pull = None;
                self.bear(error)
            }
        }
    }

    /// Has the consumer deliver again what the last owner left, so that it pins a new one.
    async fn wake(&mut self) -> Result<(), Error> {
        let woken = self.consumer.reset().await;
        self.must_wake = false;
        woken.or_else(|error| self.bear(error))
    }

    async fn ack_again(&mut self) -> Result<(), Error> {
        if let Some(reply) = self.acked.clone() {
            self.consumer.ack(&reply).await?;
        }
        self.must_ack_again = false;
        Ok(())
    }

    /// Listens on a new subject, after the old went silent. Whoever was the owner asks with the
    /// old pin: if that still holds, no other owner comes between.
    async fn listen(&mut self) -> Result<(), Error> {
        self.retry.due().await;
        let listening = self.consumer.listen(self.pin.clone()).await;
        self.retry.made();
        match listening {
            Ok((pull, must_wake)) => {
                self.pull = Some(pull);
                self.must_wake = must_wake;
                if self.pin.is_some() {
                    self.begin_reign();
                    self.must_reset = true;
                }
                Ok(())
            }
            Err(error) => self.bear(error),
        }
    }

    /// What may pass is waited out.
    fn bear(&self, error: Error) -> Result<(), Error> {
        if error.may_retry() {
            tracing::debug!(%error, what = self.consumer.what(), "partition out of reach");
            return Ok(());
        }
        Err(error)
    }
}

/// What acknowledges a delivery of a reign.
fn token(reign: u64, reply: &str) -> AckToken {
    AckToken(format!("{reign} {reply}"))
}

/// What a token acknowledges; nothing for one of an earlier reign.
fn reply_of(token: &AckToken, reign: u64) -> Result<Option<&str>, Error> {
    let parts = token.0.split_once(' ');
    let Some((Ok(of), reply)) = parts.map(|(of, reply)| (of.parse::<u64>(), reply)) else {
        return Err(Error::Refused {
            doing: "acknowledge".to_owned(),
            code: 0,
            why: format!("`{}` is no token of an owned partition", token.0),
        });
    };
    Ok((of == reign).then_some(reply))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_an_earlier_reign_acknowledge_nothing() {
        let old = token(1, "$JS.ACK.x");
        assert_eq!(reply_of(&old, 1).unwrap(), Some("$JS.ACK.x"));
        assert_eq!(reply_of(&old, 2).unwrap(), None);
        assert!(reply_of(&AckToken("nonsense".into()), 1).is_err());
    }
}
