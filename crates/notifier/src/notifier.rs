//! Who is told: convert, decide, convert.

use std::sync::Arc;

use posthouse_bus::Role;
use posthouse_domain::condition::Scope;
use posthouse_domain::notify::rules::{self, Since, Turn};
use posthouse_domain::notify::{self, Request, Resilenced, Unsilenced};
use posthouse_domain::sla::ladder::Until;
use posthouse_domain::storm::{INCIDENT_ATTRIBUTE, INCIDENT_CUSTOMER};
use posthouse_domain::ticket::{
    Body, Fact, FactKind, NotificationRequested, NotificationSuppressed, Origin, PolicyVersion,
    Ticket,
};
use posthouse_domain::{FactId, Timestamp};
use posthouse_policy::Policy;
use posthouse_runtime::{Folded, Handler, Input, Refusal, Tickets, View, limits as loop_limits};
use posthouse_store::Table;

use crate::later::{LATER_TABLES, Later, Planned};
use crate::wording;

const TICKET: Table = Table::new("ticket");
/// When a person last took care of an open ticket, where a ladder may ask persons.
const CARE: Table = Table::new("care");
const TABLES: &[Table] = &{
    let [later, wake] = LATER_TABLES;
    [TICKET, CARE, later, wake]
};
/// The version of the view's format.
const SCHEMA: u32 = 5;

/// The notifier of one partition.
#[derive(Debug, Default)]
pub struct Notifier {
    policy: Option<Arc<Policy>>,
    later: Later,
}

impl Handler for Notifier {
    fn tables(&self) -> &'static [Table] {
        TABLES
    }

    fn schema(&self) -> u32 {
        SCHEMA
    }

    fn consumes(&self) -> &'static [FactKind] {
        notify::TOLD
    }

    fn produces(&self) -> &'static [FactKind] {
        &[
            FactKind::NotificationRequested,
            FactKind::NotificationSuppressed,
            FactKind::Unsilenced,
            FactKind::Resilenced,
        ]
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        self.policy = Some(Arc::clone(policy));
    }

    fn restored(&mut self) {
        self.later.restored();
    }

    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let policy = self.policy.clone().ok_or_else(Refusal::no_policy)?;
        let Folded::Counted(ticket) = Tickets::new(TICKET).fold(view, input)? else {
            return Ok(Vec::new());
        };
        let fact = input.fact;
        note_care(view, &policy, input, &ticket);
        let mut outputs = Vec::new();
        for request in notify::decide(fact, &ticket.features, &policy.receivers) {
            let (at, after_ms) = (input.log_time, request.after_ms);
            let again_ms = rules::repeats_after(&policy.receivers, &request);
            let next = match (after_ms, again_ms) {
                (after_ms, _) if after_ms > 0 => Some((0, after_ms)),
                (_, again_ms) => again_ms.map(|again_ms| (1, again_ms)),
            };
            if let Some((round, after_ms)) = next {
                let planned = Planned {
                    fact: posthouse_wire::encode(fact),
                    request: request.clone(),
                    round,
                    since: at,
                    at: at.plus_millis(after_ms),
                    was_open: ticket.features.state.is_open(),
                };
                self.later.plan(view, first_id(fact, &request), &planned)?;
            }
            if after_ms == 0 {
                outputs.push(asked(&policy, fact, &ticket, request, (0, at)));
            }
        }
        outputs.extend(incident_moved(
            fact,
            &ticket,
            input.log_time,
            &policy.version,
        ));
        Ok(outputs)
    }

    fn next_wake(&mut self, view: &View) -> Option<Timestamp> {
        self.later.next_wake(view)
    }

    fn ring(&mut self, view: &mut View, now: Timestamp) -> Result<Vec<Fact>, Refusal> {
        let policy = self.policy.clone().ok_or_else(Refusal::no_policy)?;
        let mut outputs = Vec::new();
        for _ in 0..loop_limits::RINGS_PER_STEP_MAX {
            let Some((id, planned)) = self.later.first_due(view, now)? else {
                break;
            };
            outputs.extend(self.take_turn(view, &policy, id, planned)?);
        }
        Ok(outputs)
    }
}

impl Notifier {
    /// The turn of something that was planned.
    fn take_turn(
        &mut self,
        view: &mut View,
        policy: &Policy,
        id: FactId,
        planned: Planned,
    ) -> Result<Option<Fact>, Refusal> {
        let fact = posthouse_wire::decode(&planned.fact)
            .map_err(|error| Refusal::new(Refusal::VIEW, format!("read plan {id}: {error}")))?;
        let Some(ticket) = Tickets::new(TICKET).get::<Ticket>(view, fact.ticket)? else {
            self.later.forget(view, id, &planned);
            return Ok(None);
        };
        let scope = Scope {
            features: &ticket.features,
            event: Some(notify::event_of(&fact.body)),
            situation: None,
        };
        let (rule, round, at) = (&planned.request.rule, planned.round, planned.at);
        let since = Since {
            was_open: planned.was_open,
            is_taken: is_taken(view, policy, &planned, &ticket)?,
        };
        let turn = rules::turn(&policy.receivers, rule, round, &scope, since);
        match turn {
            Turn::Tell { next_ms } => {
                match next_ms {
                    Some(next_ms) => {
                        let next = Planned {
                            round: round + 1,
                            at: at.plus_millis(next_ms),
                            ..planned.clone()
                        };
                        self.later.plan(view, id, &next)?;
                    }
                    None => self.later.forget(view, id, &planned),
                }
                let request = planned.request;
                Ok(Some(asked(policy, &fact, &ticket, request, (round, at))))
            }
            Turn::Stop(why) => {
                self.later.forget(view, id, &planned);
                // Who was told before was told; who never was is to know why not.
                let is_first = round == 0;
                Ok(is_first.then(|| stopped(policy, &fact, planned.request, at, why)))
            }
        }
    }
}

/// The receiver is part of the rule's name, so that one more receiver does not rename the
/// requests to the others.
fn name(request: &Request) -> String {
    format!("notify {}", request.receiver)
}

/// The identity of a request the first time that it is made.
fn first_id(fact: &Fact, request: &Request) -> FactId {
    FactId::derive(Role::Notifier.as_str(), fact.id, &name(request), 0)
}

/// A request is made, for the time that `round` says.
fn asked(
    policy: &Policy,
    fact: &Fact,
    ticket: &Ticket,
    request: Request,
    (round, at): (u32, Timestamp),
) -> Fact {
    let (rule, urgent) = (name(&request), request.urgent);
    let asked = NotificationRequested {
        urgent,
        round,
        ..wording::request(policy, fact, &ticket.features, request)
    };
    let origin = Origin::of(Role::Notifier.as_str(), fact, at, &policy.version);
    origin.fact(&rule, round, Body::NotificationRequested(asked))
}

/// A request that was planned is not made.
fn stopped(policy: &Policy, fact: &Fact, request: Request, at: Timestamp, why: &str) -> Fact {
    let rule = name(&request);
    let body = Body::NotificationSuppressed(NotificationSuppressed {
        receiver: request.receiver,
        rule: request.rule,
        why: why.to_owned(),
        requested: false,
    });
    let origin = Origin::of(Role::Notifier.as_str(), fact, at, &policy.version);
    origin.fact(&rule, 0, body)
}

/// Notes that a person took care of a ticket. Only ladders that ask persons want to know.
fn note_care(view: &mut View, policy: &Policy, input: Input<'_>, ticket: &Ticket) {
    let key = ticket.id.0.as_bytes().to_vec();
    if !ticket.features.state.is_open() {
        view.delete(CARE, key);
    } else if !policy.receivers.manners.persons.is_empty() && input.fact.takes_care() {
        let at = input.log_time.as_millis().to_be_bytes();
        view.put(CARE, key, at.to_vec());
    }
}

/// Whether somebody took care of a ticket since a ladder that goes until then asked a person.
fn is_taken(
    view: &View,
    policy: &Policy,
    planned: &Planned,
    ticket: &Ticket,
) -> Result<bool, Refusal> {
    let ladder = rules::ladder_of(&planned.request.rule);
    let ladder = ladder.and_then(|name| policy.ladders.named(name));
    if !ladder.is_some_and(|ladder| ladder.until == Until::Answer) {
        return Ok(false);
    }
    let at = view.get(CARE, ticket.id.0.as_bytes())?;
    let at = at.and_then(|bytes| <[u8; 8]>::try_from(bytes.as_slice()).ok());
    let at = at.map(|bytes| Timestamp::from_millis(i64::from_be_bytes(bytes)));
    Ok(at.is_some_and(|at| at > planned.since))
}

/// All couriers are told when an incident ends, and from there on it mutes nothing; and when it is
/// opened again, and mutes again.
fn incident_moved(
    fact: &Fact,
    ticket: &Ticket,
    log_time: Timestamp,
    policy: &PolicyVersion,
) -> Option<Fact> {
    let features = &ticket.features;
    let is_incident = features.customer == INCIDENT_CUSTOMER
        && features.attributes.contains_key(INCIDENT_ATTRIBUTE);
    if !is_incident {
        return None;
    }
    let silence = fact.ticket.to_string();
    let reason = format!("incident {} is {}", features.number, fact.body.kind());
    let round = features.reopens;
    let body = match &fact.body {
        Body::Resolved(_) | Body::Closed(_) => Body::Unsilenced(Unsilenced {
            silence,
            reason,
            round,
        }),
        Body::Reopened(_) => Body::Resilenced(Resilenced {
            silence,
            reason,
            round,
        }),
        _ => return None,
    };
    let origin = Origin::of(Role::Notifier.as_str(), fact, log_time, policy);
    Some(origin.fact(body.kind().as_str(), 0, body))
}
