//! The fold: a ticket is what its facts, in the order of the log, make of it.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    ActorKind, Body, Engineering, Escalated, Fact, FactKind, Features, Labels, Offer, Opened,
    Progress, Round, Rounds, State, Unfolded, next_state,
};
use crate::ids::TicketId;
use crate::limits;
use crate::sla::Target;
use crate::time::Timestamp;

/// A ticket as its facts so far have made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its identity.
    pub id: TicketId,
    /// What rules may look at; `features.state` is the ticket's state.
    pub features: Features,
    /// The engineers' step, while in progress with them.
    pub engineering: Option<Engineering>,
    /// The person who has it.
    pub assignee: Option<String>,
    /// The last person who had it and has it no longer.
    pub last_agent: Option<String>,
    /// The agent to whom it was transferred, while it waits for them.
    pub meant_for: Option<String>,
    /// The offer that stands; only while it waits in a queue.
    pub offer: Option<Offer>,
    /// How many times it was offered, in this cycle.
    pub rounds: u32,
    /// When somebody of the support organisation first answered, in this cycle.
    pub answered_at: Option<Timestamp>,
    /// The customer waits for an answer to what they wrote after one; a round each.
    pub next_answers: Rounds,
    /// The customer waits to hear how things stand; a round each.
    pub updates: Rounds,
    /// When it was last resolved.
    pub resolved_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The log time of the last fact that counted.
    pub changed_at: Timestamp,
    /// How many facts were void.
    pub void: u32,
    /// The labels that people set; no classification changes them.
    pub corrected: Labels,
    /// Whether its clocks wait for the customer to give information that was asked for.
    pub awaits_information: bool,
    /// Natural keys of the facts that were judged, counted or void: a repeat of a void fact
    /// stays void, even where it would be allowed by then. See [`natural_key`].
    pub(super) judged: BTreeSet<u64>,
}

/// What a fact did to a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It counted and moved the ticket from the first state to the second (often the same).
    Counted(State, State),
    /// It changed nothing.
    Void(VoidReason),
}

/// Why a fact changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VoidReason {
    /// A fact with the same natural key stands before it.
    Repeat,
    /// The state machine does not allow it in this state.
    NotAllowed(State, FactKind),
    /// A clock that had stopped in time cannot warn, breach or escalate.
    ClockStopped(Target),
    /// The ticket has more facts than [`limits::FACTS_PER_TICKET_MAX`].
    TooMany,
    /// It speaks of an offer that does not stand, or that was answered otherwise.
    NoOffer,
    /// It offers a ticket that has another offer or another queue by then.
    OfferOutOfTurn,
    /// It takes a ticket from an agent who does not have it.
    NotTheirs,
    /// It is about no ticket.
    NoTicket,
}

/// A fact about a ticket of which nobody has reported the opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("apply {kind} to ticket {ticket}: it was never opened in this log")]
pub struct Orphan {
    /// The ticket.
    pub ticket: TicketId,
    /// The kind of fact.
    pub kind: FactKind,
}

impl Ticket {
    /// Begins a ticket with its first fact, whose place in the log has the time `log_time`.
    ///
    /// # Errors
    ///
    /// [`Orphan`] when the fact is not [`Body::Opened`].
    pub fn open(fact: &Fact, log_time: Timestamp) -> Result<Self, Orphan> {
        let Body::Opened(opened) = &fact.body else {
            return Err(Orphan {
                ticket: fact.ticket,
                kind: fact.body.kind(),
            });
        };
        let mut updates = Rounds::default();
        updates.begin(log_time);
        Ok(Self {
            id: fact.ticket,
            features: Features::declared(opened, &fact.region, log_time),
            engineering: None,
            assignee: None,
            last_agent: None,
            meant_for: None,
            offer: None,
            rounds: 0,
            answered_at: None,
            next_answers: Rounds::default(),
            updates,
            resolved_at: None,
            closed_at: None,
            changed_at: log_time,
            void: 0,
            corrected: Labels::default(),
            awaits_information: false,
            judged: BTreeSet::from([natural_key(fact)]),
        })
    }

    /// Folds the next fact of this ticket in.
    ///
    /// The first fact with a natural key wins; a repeat, or one that the state machine does not
    /// allow here, is void and changes nothing but the count of void facts.
    pub fn apply(&mut self, fact: &Fact, log_time: Timestamp) -> Verdict {
        match self.judge(fact) {
            Ok(to) => {
                let from = self.features.state;
                self.judged.insert(natural_key(fact));
                self.change(fact, to, log_time);
                Verdict::Counted(from, to)
            }
            Err(reason) => {
                if reason != VoidReason::TooMany {
                    self.judged.insert(natural_key(fact));
                }
                self.void = self.void.saturating_add(1);
                Verdict::Void(reason)
            }
        }
    }

    /// What [`Self::apply`] would do, without doing it: the next state, or why it is void.
    ///
    /// # Errors
    ///
    /// The [`VoidReason`].
    pub fn judge(&self, fact: &Fact) -> Result<State, VoidReason> {
        if !fact.body.kind().is_about_ticket() {
            return Err(VoidReason::NoTicket);
        }
        if self.judged.contains(&natural_key(fact)) {
            return Err(VoidReason::Repeat);
        }
        if self.judged.len() >= limits::FACTS_PER_TICKET_MAX {
            return Err(VoidReason::TooMany);
        }
        let state = self.features.state;
        let Some(trigger) = fact.trigger() else {
            return Err(VoidReason::Repeat);
        };
        if let Some(target) = self.stopped_clock(fact) {
            return Err(VoidReason::ClockStopped(target));
        }
        let to =
            next_state(state, trigger).ok_or(VoidReason::NotAllowed(state, fact.body.kind()))?;
        self.misplaced(fact).map_or(Ok(to), Err)
    }

    /// The ticket's state.
    #[must_use]
    pub const fn state(&self) -> State {
        self.features.state
    }

    /// The state as clocks see it: a ticket that goes its way to people while its customer is
    /// asked for information waits for the customer, where the policy has it so.
    #[must_use]
    pub const fn clock_state(&self) -> State {
        if self.awaits_information {
            State::WaitingOnCustomer
        } else {
            self.features.state
        }
    }

    /// How many different facts were judged, void ones included.
    #[must_use]
    pub fn facts_judged(&self) -> usize {
        self.judged.len()
    }

    /// The target that a fact speaks of, if its clock had stopped before what the fact tells.
    fn stopped_clock(&self, fact: &Fact) -> Option<Target> {
        let (target, cycle, at) = match &fact.body {
            Body::TargetWarned(body) => (body.target, body.cycle, body.due_at),
            Body::TargetBreached(body) => (body.target, body.cycle, body.due_at),
            // These do not tell of the deadline: what counts is when they became true.
            Body::TargetAtRisk(body) => (body.target, body.cycle, fact.at),
            Body::Escalated(body) => return self.ended_before(body, fact.at),
            _ => return None,
        };
        let stopped_in_time = match self.cycle_of(target, cycle) {
            Round::Running => false,
            Round::Ended(stopped_at) => stopped_at <= at,
            Round::Unknown => true,
        };
        stopped_in_time.then_some(target)
    }

    /// The target of an escalation, if there was nobody to be asked for any more: a ladder may be
    /// climbed after its promise was kept late, but not after the ticket's end.
    fn ended_before(&self, escalated: &Escalated, at: Timestamp) -> Option<Target> {
        let ended_at = self.resolved_at.or(self.closed_at);
        let is_of_old = !escalated.target.begins_anew() && escalated.cycle != self.features.reopens;
        let has_ended = is_of_old || ended_at.is_some_and(|ended_at| ended_at <= at);
        has_ended.then_some(escalated.target)
    }

    /// How one cycle of a target stands.
    #[must_use]
    pub fn cycle_of(&self, target: Target, cycle: u32) -> Round {
        let ended_at = self.resolved_at.or(self.closed_at);
        let stopped_at = match target {
            Target::NextResponse => return self.next_answers.round(cycle),
            Target::Update => return self.updates.round(cycle),
            Target::FirstResponse => self.answered_at.or(ended_at),
            Target::Resolution => ended_at,
        };
        if cycle == self.features.reopens {
            stopped_at.map_or(Round::Running, Round::Ended)
        } else {
            Round::Unknown
        }
    }

    fn change(&mut self, fact: &Fact, to: State, log_time: Timestamp) {
        self.changed_at = log_time;
        self.features.state = to;
        if to != State::InProgress {
            self.engineering = None;
        }
        self.await_information(&fact.body, to);
        self.change_hands(fact);
        match &fact.body {
            Body::Classified(body) => self.relabel(&body.features),
            Body::Routed(body) => self.features.queue = body.queue.to_string(),
            Body::Progressed(body) => {
                self.engineering = match body.to {
                    Progress::Engineering(step) => Some(step),
                    _ => None,
                };
            }
            Body::Replied(_) if fact.actor.kind == ActorKind::Customer => self.asked(log_time),
            Body::Replied(_) => self.answered(log_time),
            Body::Resolved(_) => {
                self.answered_at.get_or_insert(log_time);
                self.resolved_at = Some(log_time);
                self.end_rounds(log_time);
            }
            Body::Closed(_) => {
                self.closed_at = Some(log_time);
                self.end_rounds(log_time);
            }
            Body::Reopened(_) => self.reopen(log_time),
            Body::Corrected(body) => {
                self.corrected.take(&body.labels);
                self.corrected.set_on(&mut self.features);
            }
            Body::Folded(body) => self.features.incident = body.incident.to_string(),
            Body::Unfolded(body) => self.unfold(body),
            _ => {}
        }
    }

    /// The customer wrote. Before the first answer they wait for that one; after the end, for
    /// nothing.
    fn asked(&mut self, log_time: Timestamp) {
        if self.answered_at.is_some() && self.state().is_open() {
            self.next_answers.begin(log_time);
        }
    }

    /// A person of the support organisation wrote.
    fn answered(&mut self, log_time: Timestamp) {
        self.answered_at.get_or_insert(log_time);
        self.end_rounds(log_time);
        if self.state().is_open() {
            self.updates.begin(log_time);
        }
    }

    fn end_rounds(&mut self, log_time: Timestamp) {
        self.next_answers.end(log_time);
        self.updates.end(log_time);
    }

    fn reopen(&mut self, log_time: Timestamp) {
        self.updates.begin(log_time);
        self.features.reopens += 1;
        self.answered_at = None;
        self.resolved_at = None;
        self.closed_at = None;
        // So that whoever forgot what was closed long ago counts as all others do.
        self.rounds = 0;
    }

    /// Clocks wait for information that was asked for until somebody writes or begins to work.
    const fn await_information(&mut self, body: &Body, to: State) {
        let is_before_work = matches!(
            to,
            State::New | State::Triaged | State::Queued | State::Assigned
        );
        let waits = match body {
            Body::InfoRequested(body) => body.pauses_clocks || self.awaits_information,
            Body::Replied(_) | Body::Reopened(_) => false,
            _ => self.awaits_information,
        };
        self.awaits_information = waits && is_before_work;
    }

    fn unfold(&mut self, unfolded: &Unfolded) {
        let is_it = |incident: TicketId| incident.to_string() == self.features.incident;
        if unfolded.incident.is_none_or(is_it) {
            self.features.incident.clear();
        }
    }

    /// Takes the labels of a classification; what the log or a person knows better stays.
    fn relabel(&mut self, labelled: &Features) {
        self.features.language.clone_from(&labelled.language);
        self.features.severity = labelled.severity;
        self.features.category.clone_from(&labelled.category);
        self.features.kind.clone_from(&labelled.kind);
        self.features.sentiment = labelled.sentiment;
        self.features.tags.clone_from(&labelled.tags);
        self.features.signals.clone_from(&labelled.signals);
        self.features.abstained = labelled.abstained;
        self.corrected.set_on(&mut self.features);
    }
}

impl Features {
    /// What is known of a ticket from its opening alone; the log gave it the time `opened_at`.
    #[must_use]
    pub fn declared(opened: &Opened, region: &str, opened_at: Timestamp) -> Self {
        let region = if opened.region.is_empty() {
            region
        } else {
            &opened.region
        };
        Self {
            number: opened.number.clone(),
            excerpt: opened
                .subject
                .chars()
                .take(limits::EXCERPT_CHARS_MAX)
                .collect(),
            customer: opened.customer.clone(),
            tier: opened.tier.clone(),
            region: region.to_owned(),
            channel: opened.channel.clone(),
            product: opened.product.clone(),
            language: opened.language.clone(),
            severity: opened.severity,
            category: String::new(),
            kind: String::new(),
            sentiment: None,
            tags: Vec::new(),
            attributes: opened.attributes.clone(),
            opened_at,
            reopens: 0,
            queue: String::new(),
            state: State::New,
            signals: Vec::new(),
            abstained: false,
            incident: String::new(),
        }
    }
}

/// The key by which a repeat of a fact is recognised: what there may be only one of.
///
/// One opening per ticket; one classification, routing, timing per cause; one warning per
/// target, cycle and level; one breach per target and cycle; one forecast per target, cycle and
/// threshold; one escalation per target, cycle, ladder and step; one compensation per target,
/// cycle and rule; one request per cause, receiver and round; one outcome per request; one question for
/// information per cause; one folding per incident, so that what a person took out of an incident
/// stays out; one unfolding per cause; one offer per round and cause; one answer per offer and
/// agent; one requeue per round and cause. Everything else is one per identity.
fn natural_key(fact: &Fact) -> u64 {
    let cause = fact.cause.unwrap_or(fact.id);
    let key = match &fact.body {
        Body::Opened(_) => "opened".to_owned(),
        Body::Classified(_) => format!("classified {cause}"),
        Body::Routed(_) => format!("routed {cause}"),
        Body::Timed(_) => format!("timed {cause}"),
        Body::TargetWarned(body) if body.before_ms > 0 => format!(
            "target_warned {} {} before {}",
            body.target, body.cycle, body.before_ms
        ),
        Body::TargetWarned(body) => format!(
            "target_warned {} {} {}",
            body.target, body.cycle, body.percent
        ),
        Body::TargetBreached(body) => format!("target_breached {} {}", body.target, body.cycle),
        Body::TargetAtRisk(body) => format!(
            "target_at_risk {} {} {}",
            body.target, body.cycle, body.threshold_permille
        ),
        Body::Escalated(body) => format!(
            "escalated {} {} {} {}",
            body.target, body.cycle, body.step, body.ladder
        ),
        Body::CompensationAccrued(body) => format!(
            "compensation_accrued {} {} {}",
            body.target, body.cycle, body.rule
        ),
        Body::NotificationRequested(body) if body.round > 0 => {
            format!("request {cause} {} {}", body.receiver, body.round)
        }
        Body::NotificationRequested(body) => format!("request {cause} {}", body.receiver),
        Body::NotificationSuppressed(body) if body.requested => format!("outcome {cause}"),
        Body::NotificationSuppressed(body) => format!("request {cause} {}", body.receiver),
        Body::Notified(_) | Body::NotificationFailed(_) => format!("outcome {cause}"),
        Body::InfoRequested(_) => format!("info_requested {cause}"),
        Body::Folded(body) => format!("folded {}", body.incident),
        Body::Unfolded(_) => format!("unfolded {cause}"),
        Body::Offered(body) => format!("offered {cause} {}", body.round),
        Body::Accepted(body) => format!("accepted {} {}", body.offer, body.agent),
        Body::Declined(body) => format!("declined {} {}", body.offer, body.agent),
        Body::Requeued(body) => format!("requeued {cause} {}", body.round),
        Body::Silenced(body) => format!("silenced {}", body.silence),
        Body::Unsilenced(_) => format!("unsilenced {cause}"),
        Body::Resilenced(_) => format!("resilenced {cause}"),
        Body::Replied(_)
        | Body::Corrected(_)
        | Body::Assigned(_)
        | Body::Progressed(_)
        | Body::Resolved(_)
        | Body::Reopened(_)
        | Body::Transferred(_)
        | Body::AgentChanged(_)
        | Body::Preferred(_)
        | Body::Closed(_) => format!("fact {}", fact.id),
    };
    let digest = Sha256::digest(key.as_bytes());
    u64::from_be_bytes(
        digest[..8]
            .try_into()
            .expect("a SHA-256 digest has 32 bytes"),
    )
}

impl fmt::Display for VoidReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repeat => f.write_str("it repeats an earlier fact"),
            Self::NotAllowed(state, kind) => {
                write!(f, "{kind} is not allowed while the ticket is {state}")
            }
            Self::ClockStopped(target) => write!(f, "the {target} clock had stopped"),
            Self::TooMany => f.write_str("the ticket has too many facts"),
            Self::NoOffer => f.write_str("no such offer stands"),
            Self::OfferOutOfTurn => f.write_str("the ticket was offered or routed meanwhile"),
            Self::NotTheirs => f.write_str("the agent does not have the ticket"),
            Self::NoTicket => f.write_str("it is about no ticket"),
        }
    }
}
