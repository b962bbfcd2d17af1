//! From a command to a fact in the log: the one way, whatever door it came by.
//!
//! Sending has two halves, so that a door can have many commands under way and still keep their
//! order: [`Intake::send`] checks, names and sends a command, and returns when the bus has it in
//! hand; [`Pending::settled`] waits for the bus's receipt, and falls back on the outbox.

mod compose;
mod target;

use std::sync::Arc;
use std::time::Duration;

use posthouse_bus::{Error as BusError, Outgoing, Receipt, Stored};
use posthouse_domain::command::{Command, CommandBody};
use posthouse_domain::ticket::{ActorKind, Body, Fact, FactKind};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_store::Write;
use tokio::time::Instant;

use crate::active::Active;
use crate::idempotency::{Digest, Working};
use crate::identity::{self, Idempotency};
use crate::limits::{READ_SIDE_ELSEWHERE, READ_SIDE_LAG};
use crate::outbox::Entry;
use crate::read_side::Said;
use crate::reading::ACTOR_KINDS;
use crate::refused::{Busy, Refused};
use crate::{Inner, Intake, words};

/// A command that was accepted: it is in the log, or on disk on its way there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The ticket it is about.
    pub ticket: TicketId,
    /// The fact that it became.
    pub fact: FactId,
    /// The kind of that fact.
    pub kind: FactKind,
    /// The ticket's number, where it was opened.
    pub number: Option<String>,
    /// Where the fact is.
    pub place: Place,
}

impl Accepted {
    fn new(fact: &Fact, place: Place) -> Self {
        let number = match &fact.body {
            Body::Opened(opened) => Some(opened.number.clone()),
            _ => None,
        };
        Self {
            ticket: fact.ticket,
            fact: fact.id,
            kind: fact.body.kind(),
            number,
            place,
        }
    }
}

/// Where an accepted fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the log.
    Log,
    /// In the outbox, on disk: the log was away.
    Outbox,
    /// Where an earlier command with the same key has put it.
    Earlier,
}

/// A command at the door.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) command: Command,
    pub(crate) idempotency: Option<Idempotency>,
    /// The trace it belongs to, as the sender wrote it.
    pub(crate) traceparent: Option<String>,
    /// How long the read side is given to catch up.
    pub(crate) patience: Duration,
}

impl Request {
    pub(crate) fn new(command: Command, idempotency: Option<Idempotency>) -> Self {
        Self {
            command,
            idempotency,
            traceparent: None,
            patience: READ_SIDE_LAG,
        }
    }
}

/// What became of a command so far.
pub(crate) enum Sent {
    /// It was accepted before, or is on disk.
    Settled(Accepted),
    /// The bus has it in hand.
    Pending(Box<Pending>),
}

/// A command whose receipt has not come yet.
pub(crate) struct Pending {
    inner: Arc<Inner>,
    work: Work,
    receipt: Receipt,
    until: Instant,
}

/// A command that became a message.
struct Work {
    accepted: Accepted,
    message: Outgoing,
    body: Body,
    key: Option<Key>,
}

/// A command that has a key to be remembered.
struct Key {
    digest: Digest,
    _working: Working,
}

impl Intake {
    /// Accepts a command, or says why not. When this returns, the fact is in the log, or on disk
    /// on its way there.
    ///
    /// # Errors
    ///
    /// [`Refused`]; nothing happened then, as far as is known. Where
    /// [`Refused::retry_after_s`] says so, the same command may be accepted later.
    pub async fn submit(
        &self,
        command: Command,
        idempotency: Option<Idempotency>,
    ) -> Result<Accepted, Refused> {
        self.accept(Request::new(command, idempotency)).await
    }

    /// The same, with everything that a door knows.
    pub(crate) async fn accept(&self, request: Request) -> Result<Accepted, Refused> {
        match self.send(request).await? {
            Sent::Settled(accepted) => Ok(accepted),
            Sent::Pending(pending) => pending.settled().await,
        }
    }

    /// Checks, names and sends a command.
    pub(crate) async fn send(&self, request: Request) -> Result<Sent, Refused> {
        let sent = self.inner.send(request).await;
        match &sent {
            Ok(Sent::Settled(accepted)) => self.inner.count(accepted),
            Ok(Sent::Pending(_)) => {}
            Err(refused) => self.inner.counts.refused(refused.code()),
        }
        sent
    }
}

impl Inner {
    async fn send(self: &Arc<Self>, request: Request) -> Result<Sent, Refused> {
        let Request {
            command,
            idempotency,
            traceparent,
            patience,
        } = request;
        check(&command)?;
        let Some(active) = self.policy.current() else {
            return Err(Refused::NotReady(
                "the policy in force is not known yet".to_owned(),
            ));
        };
        if let CommandBody::Open(opening) = &command.body {
            let problems = words::check(opening, &active.policy);
            if !problems.is_empty() {
                return Err(Refused::Invalid(problems));
            }
        }
        let region = self.topology.subjects.region();
        let until = Instant::now() + patience;
        let mut target = self
            .target(&command.body, idempotency.as_ref(), until)
            .await?;
        let id = identity::fact(idempotency.as_ref(), region, target.ticket, &command.body);
        let actor_named = command.actor.is_some();
        let named = command.body.ticket().map(words::short).unwrap_or_default();
        let now = self.clock.now();
        let version = active.policy.version.clone();
        let mut fact = compose::fact(id, target.ticket, region, now, version, command);
        let key = match idempotency {
            Some(Idempotency::Key(_)) => match self.key(&fact).await? {
                Found::Earlier(accepted) => return Ok(Sent::Settled(accepted)),
                Found::New(key) => Some(key),
            },
            Some(Idempotency::Event(_)) | None => None,
        };
        self.judge(&fact, &named, &mut target, until).await?;
        if !actor_named && !target.customer.is_empty() {
            fact.actor.name = target.customer;
        }
        if let Body::Opened(opened) = &mut fact.body {
            opened.number = self.number(&active, now).await?;
        }
        let message = compose::message(&self.topology.subjects, &fact, traceparent.as_deref());
        let accepted = Accepted::new(&fact, Place::Log);
        self.dispatch(Work {
            accepted,
            message,
            body: fact.body,
            key,
        })
        .await
    }

    /// What is known of the key of a command, which would become `fact`.
    async fn key(self: &Arc<Self>, fact: &Fact) -> Result<Found, Refused> {
        let digest = Digest::of(fact);
        let working = self.records.begin(fact.id)?;
        let mut accepted = Accepted::new(fact, Place::Earlier);
        if let Some(record) = self.records.find(fact.id, digest, self.clock.now()).await? {
            accepted.number = record.number;
            return Ok(Found::Earlier(accepted));
        }
        // Another intake may have opened the ticket, or this one before it lost the record.
        if accepted.kind == FactKind::Opened
            && let Said::Known(known) = self
                .read_side
                .ask_for(&fact.ticket.to_string(), READ_SIDE_ELSEWHERE)
                .await
        {
            accepted.number = Some(known.number);
            return Ok(Found::Earlier(accepted));
        }
        Ok(Found::New(Key {
            digest,
            _working: working,
        }))
    }

    async fn number(&self, active: &Active, now: Timestamp) -> Result<String, Refused> {
        let year = active.year(now);
        match self.numbers.next(year).await {
            Ok(n) => Ok(active.number(year, n)),
            Err(error) => {
                tracing::warn!(%error, "no ticket number to be had");
                Err(Refused::Busy(Busy::NumbersSpent))
            }
        }
    }

    /// Hands a message to the bus; to the outbox when the bus is away or others wait there.
    async fn dispatch(self: &Arc<Self>, work: Work) -> Result<Sent, Refused> {
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

    /// Puts a message in the outbox.
    async fn hold(&self, mut work: Work) -> Result<Accepted, Refused> {
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

    fn count(&self, accepted: &Accepted) {
        match accepted.place {
            Place::Earlier => {
                self.counts.replayed.inc();
            }
            Place::Log | Place::Outbox => self.counts.accepted(accepted.kind),
        }
    }
}

/// What is known of a key.
enum Found {
    /// This was answered to it.
    Earlier(Accepted),
    /// Nothing.
    New(Key),
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

impl Inner {
    /// The message is in the log.
    async fn stored(&self, mut work: Work, stored: Stored) -> Result<Accepted, Refused> {
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
        let Ok(Some(earlier)) = self.bus.get(&stream, sequence).await else {
            return Ok(());
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

/// What can be told from the command alone.
fn check(command: &Command) -> Result<(), Refused> {
    command.check().map_err(Refused::Invalid)?;
    let Some(actor) = &command.actor else {
        return Ok(());
    };
    if ACTOR_KINDS.contains(&actor.kind) {
        return Ok(());
    }
    let known = ACTOR_KINDS.into_iter().map(ActorKind::as_str);
    Err(Refused::field(
        "actor.kind",
        words::unknown(actor.kind.as_str(), known),
    ))
}
