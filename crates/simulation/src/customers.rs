//! Everybody outside: customers and agents who bring tickets through their whole life, other
//! systems that send commands to the inbox, and some who send what nobody can read.

mod lives;
mod strangers;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use posthouse_bus::memory::MemoryBus;
use posthouse_bus::{Bus, Outgoing};
use posthouse_domain::command::{Command, CommandBody};
use posthouse_domain::ticket::{Actor, FactKind};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_intake::{Idempotency, Place, Refused};
use tokio::time::{sleep, timeout};

use crate::commands;
use crate::dice::Dice;
use crate::process::{Door, INTAKE_STORE, Process};
use crate::world::World;

pub(crate) use lives::live;
pub(crate) use strangers::trouble;

/// How long a caller waits for an answer.
const CALL_MAX: Duration = Duration::from_secs(10);
/// How often a command is tried before its sender gives up.
const TRIES_MAX: u64 = 40;
/// What names the one system that sends to the inbox.
const SOURCE: &str = "crm";

/// A command that was accepted: it must be in the log in the end.
#[derive(Clone, Debug)]
pub(crate) struct Promise {
    pub(crate) fact: FactId,
    pub(crate) ticket: TicketId,
    /// The ticket's number, where it was told by an intake that had seen it in the log. A number
    /// that is told while the log is away is not certain: an earlier try of the same command,
    /// here or at another intake, may have brought another one into the log.
    pub(crate) number: String,
    pub(crate) kind: FactKind,
    pub(crate) at: Timestamp,
}

/// Everybody outside.
pub(crate) struct Outside {
    pub(crate) world: Arc<World>,
    /// The intakes.
    doors: Vec<Arc<Process>>,
    /// Another system's own connection.
    bus: MemoryBus,
    known: Mutex<Known>,
}

/// What they know.
#[derive(Default)]
struct Known {
    sent: u64,
    promises: Vec<Promise>,
}

/// What came of one try.
enum Answer {
    Accepted(Promise),
    /// It will never be accepted.
    Refused,
    /// Nobody knows.
    Nothing,
}

impl Outside {
    pub(crate) fn new(world: &Arc<World>, doors: Vec<Arc<Process>>) -> Arc<Self> {
        Arc::new(Self {
            world: Arc::clone(world),
            doors,
            bus: world.bus.client(),
            known: Mutex::default(),
        })
    }

    /// How many commands were sent, and those that were accepted.
    pub(crate) fn known(&self) -> (u64, Vec<Promise>) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        (known.sent, known.promises.clone())
    }

    /// Sends a command over HTTP or by the inbox, again and again until it is answered. Gives the
    /// ticket, if it was accepted.
    async fn send(
        &self,
        dice: &mut Dice,
        name: &str,
        actor: Option<Actor>,
        body: CommandBody,
    ) -> Option<TicketId> {
        let by_inbox = dice.strikes(400);
        let command = Command {
            id: by_inbox.then(|| name.to_owned()),
            asked_at: None,
            actor,
            body,
        };
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .sent += 1;
        let mut accepted = None;
        for _ in 0..TRIES_MAX {
            let answer = if by_inbox {
                self.post(name, &command).await
            } else {
                self.call(dice, name, &command).await
            };
            match answer {
                Answer::Accepted(promise) => {
                    accepted = Some(promise.ticket);
                    self.promised(promise);
                    // Some do not hear the answer, and ask again.
                    if !dice.strikes(150) {
                        break;
                    }
                }
                Answer::Refused => break,
                Answer::Nothing => {}
            }
            sleep(dice.millis(50, 3_000)).await;
        }
        accepted
    }

    /// One call at one of the doors that are open.
    async fn call(&self, dice: &mut Dice, name: &str, command: &Command) -> Answer {
        let open: Vec<(&Arc<Process>, Door)> = self
            .doors
            .iter()
            .filter_map(|process| Some((process, process.door()?)))
            .collect();
        if open.is_empty() {
            return Answer::Nothing;
        }
        let (process, door) = dice.pick(&open);
        let key = Some(Idempotency::Key(name.to_owned()));
        let submitted = tokio::select! {
            biased;
            () = door.life.died() => return Answer::Nothing,
            submitted = timeout(CALL_MAX, door.intake.submit(command.clone(), key)) => submitted,
        };
        match submitted {
            Ok(Ok(accepted)) => {
                self.judge(process, accepted.fact);
                Answer::Accepted(Promise {
                    fact: accepted.fact,
                    ticket: accepted.ticket,
                    number: accepted
                        .number
                        .filter(|_| accepted.place == Place::Log)
                        .unwrap_or_default(),
                    kind: accepted.kind,
                    at: self.world.now(),
                })
            }
            Ok(Err(
                Refused::Busy(_) | Refused::NotReady(_) | Refused::NotKept(_) | Refused::InFlight,
            ))
            | Err(_) => Answer::Nothing,
            Ok(Err(_)) => Answer::Refused,
        }
    }

    /// One message to the inbox.
    async fn post(&self, name: &str, command: &Command) -> Answer {
        let subjects = &self.world.topology.subjects;
        let payload = posthouse_wire::encode_command(command);
        let message = Outgoing::new(subjects.inbox(SOURCE), name.to_owned(), payload.into());
        let stored = async { self.bus.publish(message).await?.await };
        if stored.await.is_err() {
            return Answer::Nothing;
        }
        let region = subjects.region();
        let (ticket, fact) = match command.body.ticket() {
            None => {
                let ticket = commands::opened_ticket(region, SOURCE, name);
                (ticket, commands::opened_fact(region, ticket))
            }
            Some(ticket) => match ticket.parse() {
                Ok(ticket) => (ticket, commands::later_fact(region, SOURCE, ticket, name)),
                Err(_) => return Answer::Refused,
            },
        };
        Answer::Accepted(Promise {
            fact,
            ticket,
            number: String::new(),
            kind: kind_of(&command.body),
            at: self.world.now(),
        })
    }

    /// What a door says it has accepted is in the log or on its disk at that moment.
    fn judge(&self, process: &Process, fact: FactId) {
        let name = fact.to_string();
        let is_kept = self.world.is_stored(&name)
            || process.disk.holds(INTAKE_STORE, "outbox", name.as_bytes());
        if !is_kept {
            self.world.violation(
                "what is accepted is in the log or on disk",
                format!("fact {name} is in neither"),
            );
        }
    }

    fn promised(&self, promise: Promise) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = known.promises.iter_mut().find(|it| it.fact == promise.fact);
        match earlier {
            Some(earlier) if earlier.number.is_empty() => earlier.number = promise.number,
            Some(_) => {}
            None => known.promises.push(promise),
        }
    }
}

/// The kind of fact that a command becomes.
const fn kind_of(body: &CommandBody) -> FactKind {
    match body {
        CommandBody::Open(_) => FactKind::Opened,
        CommandBody::Reply { .. } => FactKind::Replied,
        CommandBody::Assign { .. } => FactKind::Assigned,
        CommandBody::Progress { .. } => FactKind::Progressed,
        CommandBody::Resolve { .. } => FactKind::Resolved,
        CommandBody::Reopen { .. } => FactKind::Reopened,
        CommandBody::Close { .. } => FactKind::Closed,
        CommandBody::Correct { .. } => FactKind::Corrected,
        CommandBody::Unfold { .. } => FactKind::Unfolded,
        CommandBody::Accept { .. } => FactKind::Accepted,
        CommandBody::Decline { .. } => FactKind::Declined,
        CommandBody::Transfer { .. } => FactKind::Transferred,
        CommandBody::Presence { .. } => FactKind::AgentChanged,
        CommandBody::Prefer(_) => FactKind::Preferred,
    }
}
