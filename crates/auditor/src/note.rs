//! Notes: what a judge remembers of a fact. Texts are left behind.

use std::collections::BTreeSet;
use std::sync::Arc;

use posthouse_wire::v1::destination::Place;
use posthouse_wire::v1::ticket_fact::Body;
use posthouse_wire::v1::{self, ActorKind, State};
use prost::Message as _;
use uuid::Uuid;

use crate::life::moved_to;
use crate::minutes::Sums;
use crate::names::{Derivation, digest, target_name};

/// The receipt of a console, which shows what the log holds: nothing leaves the system.
const CONSOLE: &str = "console";

/// Where a fact was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) sequence: u64,
    pub(crate) stored_at: i64,
    pub(crate) log_now: i64,
    pub(crate) message_id: Option<&'a str>,
}

/// What is remembered of one fact.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) sequence: u64,
    /// When the stream stored it, in milliseconds.
    pub(crate) stored_at: i64,
    /// The latest time that its partition had seen by then, in milliseconds.
    pub(crate) log_now: i64,
    /// All its bytes, in short.
    pub(crate) bytes: u64,
    pub(crate) id: Uuid,
    pub(crate) ticket: Uuid,
    pub(crate) cause: Option<Uuid>,
    pub(crate) occurred_at: i64,
    pub(crate) by_customer: bool,
    /// Whether a role of the system caused it.
    pub(crate) by_service: bool,
    /// Its policy's version.
    pub(crate) policy: Arc<str>,
    /// Whether the stream knows it by another name than its own.
    pub(crate) is_misaddressed: bool,
    /// What it says, in short: a repeat by the same policy says the same.
    pub(crate) said: u64,
    /// How the ticket stood to whoever concluded it.
    pub(crate) seen: Option<Seen>,
    /// Where the ticket's time went, as a breach says.
    pub(crate) minutes: Option<Box<Sums>>,
    pub(crate) told: Told,
}

/// How a ticket stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) state: i32,
    pub(crate) reopens: u32,
}

/// What a fact told, as far as a judge must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Opened {
        number: Box<str>,
        severity: i32,
    },
    Replied {
        awaits: bool,
    },
    Assigned {
        agent: Box<str>,
    },
    Progressed {
        to: State,
        /// What was said of it.
        reason: Box<str>,
    },
    Resolved,
    Reopened,
    Closed,
    Classified {
        severity: i32,
    },
    Routed {
        queue: Box<str>,
        /// How far it was taken beyond the queue that was wanted at first.
        step: u32,
    },
    Timed {
        sla: Box<str>,
        targets: Vec<Due>,
    },
    /// A warning, or at 100 percent a breach.
    Rang(Rang),
    Requested {
        receiver: Box<str>,
        /// Which time it is that the rule asks for it, from 0.
        round: u32,
    },
    /// A request that came to nothing, as somebody wished.
    Muted,
    Suppressed {
        receiver: Box<str>,
    },
    Outcome {
        /// Whether it says that somebody may have been told twice.
        is_marked: bool,
        /// Whether somebody was told at all.
        is_told: bool,
        /// Whether what told them left the system.
        is_outside: bool,
    },
    AtRisk(AtRisk),
    Escalated(Box<Escalated>),
    Accrued(Box<Accrued>),
    InfoRequested {
        /// Whether the ticket's clocks wait for the customer until an answer.
        pauses: bool,
    },
    Corrected {
        /// 0 where it is not spoken of.
        severity: i32,
    },
    Folded {
        incident: Box<str>,
    },
    Unfolded,
    /// About no ticket.
    AgentChanged,
    Offered {
        agent: Box<str>,
        queue: Box<str>,
        round: u32,
    },
    Answered {
        agent: Box<str>,
        offer: Box<str>,
        accepts: bool,
    },
    Requeued {
        agent: Box<str>,
        round: u32,
    },
    Transferred {
        /// Whether it stays in its queue, for an agent.
        is_kept: bool,
    },
    Silenced,
    Unsilenced,
    Resilenced,
    /// About no ticket.
    Preferred,
}

/// One deadline as a `timed` tells it. Times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Due {
    pub(crate) target: i32,
    pub(crate) cycle: u32,
    pub(crate) started_at: i64,
    pub(crate) due_at: i64,
    pub(crate) target_ms: i64,
    /// 0 where working time is promised.
    pub(crate) business_days: u32,
    pub(crate) calendar: String,
    /// The entry that promises it.
    pub(crate) sla: String,
    /// The deadline before, where it moved.
    pub(crate) previous: Option<i64>,
}

/// What a clock said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rang {
    pub(crate) target: i32,
    pub(crate) cycle: u32,
    pub(crate) level: Level,
    /// How much of the time is used; 100 for the breach.
    pub(crate) percent: u32,
    pub(crate) due_at: i64,
}

/// What a clock was to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Level {
    /// A warning when so much of the time is used, in percent.
    Percent(u32),
    /// A warning when so much of the time is left, in milliseconds.
    Before(i64),
    Breach,
}

/// What was forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AtRisk {
    pub(crate) target: i32,
    pub(crate) cycle: u32,
    /// The probability from which on it is told, in thousandths.
    pub(crate) threshold: u32,
    /// The probability, in thousandths.
    pub(crate) probability: u32,
    pub(crate) due_at: i64,
}

/// Who was asked to take care of a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Escalated {
    pub(crate) target: i32,
    pub(crate) cycle: u32,
    pub(crate) ladder: String,
    pub(crate) step: u32,
    pub(crate) to: String,
}

/// What a missed promise costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Accrued {
    pub(crate) target: i32,
    pub(crate) cycle: u32,
    pub(crate) rule: String,
}

impl Level {
    /// As rules have it.
    fn name(self) -> String {
        match self {
            Self::Percent(percent) => percent.to_string(),
            Self::Before(ms) => format!("-{ms}"),
            Self::Breach => String::new(),
        }
    }
}

/// Versions of policies, each kept once.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeSet<Arc<str>>);

impl Names {
    fn keep(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.0.insert(Arc::clone(&name));
        name
    }
}

impl Note {
    /// Reads a fact; nothing when a judge cannot make sense of it.
    pub(crate) fn read(payload: &[u8], at: Found<'_>, names: &mut Names) -> Option<Self> {
        let fact: v1::TicketFact = posthouse_wire::decode_message("fact", payload).ok()?;
        let cause = match fact.cause.as_str() {
            "" => None,
            cause => Some(cause.parse().ok()?),
        };
        let body = fact.body.as_ref()?;
        let by = fact.actor.as_ref()?.kind;
        Some(Self {
            sequence: at.sequence,
            stored_at: at.stored_at,
            log_now: at.log_now,
            bytes: digest(payload),
            id: fact.fact_id.parse().ok()?,
            ticket: fact.ticket_id.parse().ok()?,
            cause,
            occurred_at: millis(fact.occurred_at.as_ref()?),
            by_customer: by == ActorKind::Customer as i32,
            by_service: by == ActorKind::Service as i32,
            policy: names.keep(&fact.policy),
            is_misaddressed: at.message_id.is_some_and(|id| id != fact.fact_id),
            said: said(&fact),
            seen: seen(body),
            minutes: minutes(body),
            told: told(body)?,
        })
    }

    /// What the fact's identity is to be derived from; nothing for what a person caused.
    pub(crate) fn derivation(&self) -> Option<Derivation> {
        Some(match &self.told {
            Told::Classified { .. } => Derivation::new("classifier", "classified", 0),
            Told::Routed { step, .. } => Derivation::new("router", "routed", *step),
            Told::Offered { .. } => Derivation::new("dispatcher", "offered", 0),
            Told::Requeued { .. } => Derivation::new("dispatcher", "requeued", 0),
            // People give and transfer tickets, too, and agents speak for themselves.
            Told::AgentChanged if self.by_service => Derivation::new("dispatcher", "silent", 0),
            Told::Assigned { .. } if self.by_service => {
                Derivation::new("dispatcher", "assigned", 0)
            }
            Told::Transferred { .. } if self.by_service => {
                Derivation::new("router", "handed_over", 0)
            }
            Told::Timed { .. } => Derivation::new("watchdog", "timed", 0),
            Told::Rang(rang) => {
                let rule = format!(
                    "{} {} {}",
                    self.word(),
                    target_name(rang.target).unwrap_or_default(),
                    rang.level.name()
                );
                Derivation::new("watchdog", rule.trim_end(), rang.cycle)
            }
            Told::AtRisk(it) => {
                let target = target_name(it.target).unwrap_or_default();
                let rule = format!("target_at_risk {target} {}", it.threshold);
                Derivation::new("watchdog", rule, it.cycle)
            }
            Told::Escalated(it) => Derivation::new("watchdog", "escalated", it.step),
            Told::Accrued(it) => {
                let target = target_name(it.target).unwrap_or_default();
                let rule = format!("compensation_accrued {target} {}", it.rule);
                Derivation::new("watchdog", rule, it.cycle)
            }
            Told::Requested { receiver, round } => {
                Derivation::new("notifier", format!("notify {receiver}"), *round)
            }
            Told::Suppressed { receiver } => {
                Derivation::new("notifier", format!("notify {receiver}"), 0)
            }
            Told::Outcome { .. } | Told::Muted => Derivation::new("courier", "outcome", 0),
            Told::Unsilenced if self.cause.is_some() => {
                Derivation::new("notifier", "unsilenced", 0)
            }
            Told::Resilenced => Derivation::new("notifier", "resilenced", 0),
            Told::InfoRequested { .. } => Derivation::new("classifier", "info_requested", 0),
            Told::Folded { incident } => {
                Derivation::new("lookout", format!("folded {incident}"), 0)
            }
            // A person may take a ticket out of an incident, too.
            Told::Unfolded if self.cause.is_some() => Derivation::new("lookout", "unfolded", 0),
            _ => return None,
        })
    }

    /// The word for the kind of fact.
    pub(crate) const fn word(&self) -> &'static str {
        match &self.told {
            Told::Opened { .. } => "opened",
            Told::Replied { .. } => "replied",
            Told::Assigned { .. } => "assigned",
            Told::Progressed { .. } => "progressed",
            Told::Resolved => "resolved",
            Told::Reopened => "reopened",
            Told::Closed => "closed",
            Told::Classified { .. } => "classified",
            Told::Routed { .. } => "routed",
            Told::Timed { .. } => "timed",
            Told::Rang(Rang {
                level: Level::Breach,
                ..
            }) => "target_breached",
            Told::Rang(_) => "target_warned",
            Told::Requested { .. } => "notification_requested",
            Told::Suppressed { .. } | Told::Muted => "notification_suppressed",
            Told::Outcome { is_told: true, .. } => "notified",
            Told::Outcome { .. } => "notification_failed",
            Told::AtRisk(_) => "target_at_risk",
            Told::Escalated(_) => "escalated",
            Told::Accrued(_) => "compensation_accrued",
            Told::InfoRequested { .. } => "info_requested",
            Told::Corrected { .. } => "corrected",
            Told::Folded { .. } => "folded",
            Told::Unfolded => "unfolded",
            Told::AgentChanged => "agent_changed",
            Told::Offered { .. } => "offered",
            Told::Answered { accepts: true, .. } => "accepted",
            Told::Answered { .. } => "declined",
            Told::Requeued { .. } => "requeued",
            Told::Transferred { .. } => "transferred",
            Told::Silenced => "silenced",
            Told::Unsilenced => "unsilenced",
            Told::Resilenced => "resilenced",
            Told::Preferred => "preferred",
        }
    }
}

impl Told {
    /// Whether it can move a ticket through its life.
    pub(crate) const fn moves(&self) -> bool {
        !matches!(
            self,
            Self::Timed { .. }
                | Self::Rang(_)
                | Self::Requested { .. }
                | Self::Suppressed { .. }
                | Self::Muted
                | Self::Silenced
                | Self::Unsilenced
                | Self::Resilenced
                | Self::Outcome { .. }
                | Self::AtRisk(_)
                | Self::Escalated(_)
                | Self::Accrued(_)
        )
    }
}

fn told(body: &Body) -> Option<Told> {
    Some(match body {
        Body::Opened(it) => Told::Opened {
            number: it.number.clone().into(),
            severity: it.severity,
        },
        Body::Replied(it) => Told::Replied {
            awaits: it.awaits_customer,
        },
        Body::Assigned(it) => Told::Assigned {
            agent: it.agent.clone().into(),
        },
        Body::Progressed(it) => Told::Progressed {
            to: moved_to(it.to)?,
            reason: it.reason.trim().into(),
        },
        Body::Resolved(_) => Told::Resolved,
        Body::Reopened(_) => Told::Reopened,
        Body::Closed(_) => Told::Closed,
        Body::Classified(it) => Told::Classified {
            severity: it.features.as_ref()?.severity,
        },
        Body::Routed(it) => Told::Routed {
            queue: queue(it.queue.as_ref()),
            step: it.step,
        },
        Body::Timed(it) => Told::Timed {
            sla: it.sla.clone().into(),
            targets: it.targets.iter().map(due).collect::<Option<_>>()?,
        },
        Body::TargetWarned(it) => Told::Rang(Rang {
            target: it.target,
            cycle: it.cycle,
            level: match it.before_ms {
                0 => Level::Percent(it.percent),
                ms => Level::Before(ms),
            },
            percent: it.percent,
            due_at: millis(it.due_at.as_ref()?),
        }),
        Body::TargetBreached(it) => Told::Rang(Rang {
            target: it.target,
            cycle: it.cycle,
            level: Level::Breach,
            percent: 100,
            due_at: millis(it.due_at.as_ref()?),
        }),
        Body::NotificationRequested(it) => Told::Requested {
            receiver: it.receiver.clone().into(),
            round: it.round,
        },
        Body::NotificationSuppressed(it) if it.requested => Told::Muted,
        Body::NotificationSuppressed(it) => Told::Suppressed {
            receiver: it.receiver.clone().into(),
        },
        Body::Notified(it) => Told::Outcome {
            is_marked: it.possible_duplicate,
            is_told: true,
            is_outside: it.receipt != CONSOLE,
        },
        Body::TargetAtRisk(it) => Told::AtRisk(AtRisk {
            target: it.target,
            cycle: it.cycle,
            threshold: it.threshold_permille,
            probability: it.probability_permille,
            due_at: millis(it.due_at.as_ref()?),
        }),
        Body::Escalated(it) => Told::Escalated(Box::new(Escalated {
            target: it.target,
            cycle: it.cycle,
            ladder: it.ladder.clone(),
            step: it.step,
            to: it.to.clone(),
        })),
        Body::CompensationAccrued(it) => Told::Accrued(Box::new(Accrued {
            target: it.target,
            cycle: it.cycle,
            rule: it.rule.clone(),
        })),
        Body::NotificationFailed(_) => Told::Outcome {
            is_marked: false,
            is_told: false,
            is_outside: false,
        },
        Body::InfoRequested(it) => Told::InfoRequested {
            pauses: it.pauses_clocks,
        },
        Body::Corrected(it) => Told::Corrected {
            severity: it.labels.as_ref().map_or(0, |labels| labels.severity),
        },
        Body::Folded(it) => Told::Folded {
            incident: it.incident_id.clone().into(),
        },
        Body::Unfolded(_) => Told::Unfolded,
        Body::AgentChanged(_) => Told::AgentChanged,
        Body::Offered(it) => Told::Offered {
            agent: it.agent.clone().into(),
            queue: queue(it.queue.as_ref()),
            round: it.round,
        },
        Body::Accepted(it) => Told::Answered {
            agent: it.agent.clone().into(),
            offer: it.offer_id.clone().into(),
            accepts: true,
        },
        Body::Declined(it) => Told::Answered {
            agent: it.agent.clone().into(),
            offer: it.offer_id.clone().into(),
            accepts: false,
        },
        Body::Requeued(it) => Told::Requeued {
            agent: it.agent.clone().into(),
            round: it.round,
        },
        Body::Transferred(it) => Told::Transferred {
            is_kept: matches!(it.to.as_ref()?.place.as_ref()?, Place::Agent(_)),
        },
        Body::Silenced(_) => Told::Silenced,
        Body::Unsilenced(_) => Told::Unsilenced,
        Body::Resilenced(_) => Told::Resilenced,
        Body::Preferred(_) => Told::Preferred,
    })
}

/// A queue as one word; empty where none is told.
fn queue(queue: Option<&v1::Queue>) -> Box<str> {
    queue.map_or_else(Box::default, |it| {
        format!("{}/{}/{}/{}", it.centre, it.level, it.skill, it.language).into()
    })
}

fn due(it: &v1::TargetDue) -> Option<Due> {
    Some(Due {
        target: it.target,
        cycle: it.cycle,
        started_at: millis(it.started_at.as_ref()?),
        due_at: millis(it.due_at.as_ref()?),
        target_ms: it.target_ms,
        business_days: it.business_days,
        calendar: it.calendar.clone(),
        sla: it.sla.clone(),
        previous: it.previous_due_at.as_ref().map(millis),
    })
}

fn seen(body: &Body) -> Option<Seen> {
    let features = match body {
        Body::Routed(it) => it.features.as_ref(),
        Body::Timed(it) => it.features.as_ref(),
        Body::TargetWarned(it) => it.features.as_ref(),
        Body::TargetBreached(it) => it.features.as_ref(),
        Body::TargetAtRisk(it) => it.features.as_ref(),
        Body::Escalated(it) => it.features.as_ref(),
        Body::CompensationAccrued(it) => it.features.as_ref(),
        Body::NotificationRequested(it) => it.features.as_ref(),
        Body::Offered(it) => it.features.as_ref(),
        _ => None,
    }?;
    Some(Seen {
        state: features.state,
        reopens: features.reopens,
    })
}

fn minutes(body: &Body) -> Option<Box<Sums>> {
    let Body::TargetBreached(it) = body else {
        return None;
    };
    let it = it.minutes.as_ref()?;
    Some(Box::new([
        it.decide_ms,
        it.queue_ms,
        it.person_ms,
        it.pause_ms,
        it.notifier_ms,
    ]))
}

/// The body, in short, of what follows from the log alone. A classification says when the copy
/// of the opening was stored that it read, an outcome what the other side answered, and an
/// escalation how many steps nobody was there to take: of those a repeat may say something else.
/// Where a ticket's time went is judged by itself, and not said by versions that do not count it.
fn said(fact: &v1::TicketFact) -> u64 {
    match fact.body {
        Some(
            Body::Routed(_)
            | Body::Timed(_)
            | Body::TargetWarned(_)
            | Body::TargetBreached(_)
            | Body::TargetAtRisk(_)
            | Body::CompensationAccrued(_)
            | Body::NotificationRequested(_),
        ) => {
            let mut body = v1::TicketFact {
                body: fact.body.clone(),
                ..v1::TicketFact::default()
            };
            if let Some(Body::TargetBreached(it)) = &mut body.body {
                it.minutes = None;
            }
            digest(&body.encode_to_vec())
        }
        _ => 0,
    }
}

/// A protobuf instant in milliseconds, rounded down.
fn millis(at: &prost_types::Timestamp) -> i64 {
    at.seconds
        .saturating_mul(1_000)
        .saturating_add(i64::from(at.nanos).div_euclid(1_000_000))
}
