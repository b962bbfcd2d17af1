//! From a command to a fact in the log: the one way, whatever door it came by.
//!
//! Sending has two halves, so that a door can have many commands under way and still keep their
//! order: [`Intake::send`] checks, names and sends a command, and returns when the bus has it in
//! hand; [`Pending::settled`] waits for the bus's receipt, and falls back on the outbox.

mod compose;
mod dispatch;
mod target;

use std::sync::Arc;
use std::time::Duration;

use posthouse_domain::command::{Command, CommandBody};
use posthouse_domain::ticket::{ActorKind, Body, Fact, FactKind};
use posthouse_domain::{FactId, TicketId};
use posthouse_runtime::trace::SpanContext;
use tokio::time::Instant;

use crate::active::Active;
use crate::idempotency::Digest;
use crate::identity::{self, Idempotency};
use crate::limits::{READ_SIDE_ELSEWHERE, READ_SIDE_LAG};
use crate::read_side::Said;
use crate::reading::ACTOR_KINDS;
use crate::refused::{Busy, Refused};
use crate::{Inner, Intake, words};

use dispatch::{Key, Work};

pub(crate) use compose::message;
pub(crate) use dispatch::Pending;

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
    pub(crate) fn new(fact: &Fact, place: Place) -> Self {
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
    /// Where its sender is, if it said so.
    pub(crate) caller: Option<SpanContext>,
    /// How long the read side is given to catch up.
    pub(crate) patience: Duration,
}

impl Request {
    pub(crate) fn new(command: Command, idempotency: Option<Idempotency>) -> Self {
        Self {
            command,
            idempotency,
            caller: None,
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
            caller,
            patience,
        } = request;
        let active = self.check(&command)?;
        let until = Instant::now() + patience;
        let mut target = self
            .target(&command.body, idempotency.as_ref(), until)
            .await?;
        let named = command.body.ticket().map(words::short).unwrap_or_default();
        let customer_asks = command.actor.is_none();
        let mut fact = self.compose(command, idempotency.as_ref(), target.ticket, &active);
        let key = match idempotency {
            Some(Idempotency::Key(_)) => match self.key(&fact).await? {
                Found::Earlier(accepted) => return Ok(Sent::Settled(accepted)),
                Found::New(key) => Some(key),
            },
            Some(Idempotency::Event(_)) | None => None,
        };
        let sight = self.judge(&fact, &named, &mut target, until).await?;
        if customer_asks && !target.customer.is_empty() {
            fact.actor.name = target.customer;
        }
        if let Body::Opened(opened) = &mut fact.body {
            opened.number = self.number(&active).await?;
        }
        let entry = self
            .spans
            .entry(caller, fact.ticket, fact.id, fact.body.kind());
        let message = message(&self.topology.subjects, &fact, entry);
        let span = self.spans.sending(&fact, &message, entry);
        let accepted = Accepted::new(&fact, Place::Log);
        self.dispatch(Work {
            accepted,
            message,
            body: fact.body,
            key,
            sight,
            span,
        })
        .await
    }

    /// Refuses what nobody could accept; gives the policy to accept the rest under.
    fn check(&self, command: &Command) -> Result<Arc<Active>, Refused> {
        check(command)?;
        let Some(active) = self.policy.current() else {
            return Err(Refused::NotReady(
                "the policy in force is not known yet".to_owned(),
            ));
        };
        let problems = match &command.body {
            CommandBody::Open(opening) => words::check(opening, &active.policy),
            CommandBody::Correct { labels, .. } => words::check_labels(labels, &active.policy),
            _ => Vec::new(),
        };
        if problems.is_empty() {
            Ok(active)
        } else {
            Err(Refused::Invalid(problems))
        }
    }

    /// The fact that a command becomes; a ticket that is opened has no number yet.
    fn compose(
        &self,
        command: Command,
        idempotency: Option<&Idempotency>,
        ticket: TicketId,
        active: &Active,
    ) -> Fact {
        let region = self.topology.subjects.region();
        let id = identity::fact(idempotency, region, ticket, &command.body);
        let version = active.policy.version.clone();
        compose::fact(id, ticket, region, self.clock.now(), version, command)
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

    async fn number(&self, active: &Active) -> Result<String, Refused> {
        let year = active.year(self.clock.now());
        match self.numbers.next(year).await {
            Ok(n) => Ok(active.number(year, n)),
            Err(error) => {
                tracing::warn!(%error, "no ticket number to be had");
                Err(Refused::Busy(Busy::NumbersSpent))
            }
        }
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
