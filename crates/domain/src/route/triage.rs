//! Triage: what the facts of a ticket, and time, do to the queue that it belongs in.
//!
//! A ticket is routed when it is first labelled, when it comes back, when its labels change while
//! it waits, when somebody asks for a level, a queue or a region, and step by step while nobody
//! takes it. Once a person has it, its queue is left alone.
//!
//! # Invariants
//!
//! - What is concluded is named by its cause, a rule and an ordinal: `routed 0` follows from the
//!   fact that asked for a queue, `routed N` from the `routed` before it, with the step as
//!   ordinal; `handed_over` from what the customer wrote, or from the `routed` to the robot.
//! - A timer that is late concludes what it would have concluded in time.

use serde::{Deserialize, Serialize};

use super::decide::Wish;
use super::{Asked, Gate, Overflow, Passage, Queue, Routing, Rules, Standing, Trial, decide};
use crate::ids::FactId;
use crate::sla::Slas;
use crate::ticket::{
    ActorKind, Body, Considered, Destination, Escalated, Fact, Outcome, Routed, State, Ticket,
    Transferred,
};
use crate::time::Timestamp;

/// The role that routes; its name is part of the identity of what it concludes.
pub const ROLE: &str = "router";

/// The rule of a queue that somebody named.
const TRANSFER: &str = "transfer";

/// What is remembered of a ticket beside its fold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Triage {
    /// The region whose log holds it; empty before its first fact.
    region: String,
    /// What its facts say of promises, escalations and who had it.
    pub standing: Standing,
    /// How far the robot is with it.
    pub trial: Trial,
    /// When the robot is out of patience, while it has the ticket.
    robot_ends_at: Option<Timestamp>,
    /// The level that was asked for.
    wish: Wished,
    /// The last routing.
    round: Option<Round>,
}

/// The level that was asked for in this cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Wished {
    /// None: the rule's.
    #[default]
    Rule,
    /// A ladder asked for this one or one further up.
    AtLeast(String),
    /// Somebody transferred it to this one.
    Exactly(String),
}

/// One routing and its steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Round {
    /// The last `routed`.
    last: FactId,
    began_at: Timestamp,
    /// The level that the rule asks for, whoever tries first.
    level: String,
    /// The overflow that follows; empty for none.
    overflow: String,
    step: u32,
    /// When the next step is due, if there is one.
    next_at: Option<Timestamp>,
    /// Centres where it stood.
    tried: Vec<String>,
}

/// What a policy says of queues and of promises, and which gates are open.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Where tickets go.
    pub rules: &'a Rules,
    /// What is promised.
    pub slas: &'a Slas,
    /// Who lets tickets pass to other regions.
    pub gate: &'a dyn Gate,
    /// The region whose log this is.
    pub region: &'a str,
}

/// Something concluded about a ticket, and what names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// The fact it follows from.
    pub cause: FactId,
    /// The rule that concluded it; with the cause and ordinal it names the new fact.
    pub rule: &'static str,
    /// Tells apart several conclusions of one rule.
    pub ordinal: u32,
    /// When it became true: the log time of the cause, or the due time of the timer.
    pub at: Timestamp,
    /// The new fact's body.
    pub body: Body,
}

impl Conclusion {
    /// The identity of the new fact.
    #[must_use]
    pub fn id(&self) -> FactId {
        FactId::derive(ROLE, self.cause, self.rule, self.ordinal)
    }
}

/// Where something follows from.
#[derive(Clone, Copy)]
struct From {
    cause: FactId,
    at: Timestamp,
}

impl Triage {
    /// The region whose log holds the ticket; empty before its first fact.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Takes in a fact that counted, of a ticket that it has made so.
    pub fn apply(
        &mut self,
        ticket: &Ticket,
        fact: &Fact,
        log_time: Timestamp,
        terms: Terms<'_>,
    ) -> Option<Conclusion> {
        if self.region.is_empty() {
            self.region.clone_from(&fact.region);
        }
        let from = From {
            cause: fact.id,
            at: log_time,
        };
        match &fact.body {
            Body::Classified(_) | Body::Corrected(_) if is_routed_anew(ticket) => {
                Some(self.route(ticket, from, String::new(), terms))
            }
            Body::Reopened(_) => {
                self.begin_anew();
                Some(self.route(ticket, from, "reopened".to_owned(), terms))
            }
            Body::Timed(body) => {
                self.standing.take(&body.targets);
                None
            }
            Body::Escalated(body) => self.escalated(ticket, body, from, terms),
            Body::Transferred(body) => self.transferred(ticket, body, from, terms),
            Body::Replied(body) => {
                let by_customer = fact.actor.kind == ActorKind::Customer;
                self.wrote(&body.text, by_customer, from, terms)
            }
            Body::Assigned(body) => {
                self.standing.last_agent.clone_from(&body.agent);
                None
            }
            Body::Requeued(_) => {
                self.wait_again(log_time);
                None
            }
            _ => None,
        }
    }

    /// The instant of the next ring, for the ticket as it stands.
    #[must_use]
    pub fn next_ring(&self, ticket: &Ticket) -> Option<Timestamp> {
        let step = self.round.as_ref().and_then(|round| round.next_at);
        let step = step.filter(|_| waits(ticket));
        let robot = self.robot_ends_at.filter(|_| ticket.state().is_open());
        step.into_iter().chain(robot).min()
    }

    /// Concludes what fell due at `at`: one thing at a time.
    pub fn ring(&mut self, ticket: &Ticket, at: Timestamp, terms: Terms<'_>) -> Option<Conclusion> {
        if self.robot_ends_at.is_some_and(|ends_at| ends_at <= at) {
            self.robot_ends_at = None;
            let cause = self.round.as_ref()?.last;
            let robot = terms.rules.robot.as_ref()?;
            let why = format!("the robot had it for {}", Duration(robot.patience_ms));
            return ticket
                .state()
                .is_open()
                .then(|| self.hand_over(why, From { cause, at }, terms));
        }
        let next_at = self.round.as_ref()?.next_at?;
        (next_at <= at && waits(ticket))
            .then(|| self.step(ticket, next_at, terms))
            .flatten()
    }

    /// The ticket came back: nothing of the cycle before holds.
    fn begin_anew(&mut self) {
        self.trial = Trial::default();
        self.robot_ends_at = None;
        self.wish = Wished::Rule;
        self.standing.response_due = None;
        self.standing.resolution_due = None;
    }

    /// An offer came to nothing: a step that fell due meanwhile is due now.
    fn wait_again(&mut self, now: Timestamp) {
        if let Some(next_at) = self.round.as_mut().and_then(|round| round.next_at.as_mut()) {
            *next_at = now.max(*next_at);
        }
    }

    /// Looks for a queue.
    fn route(&mut self, ticket: &Ticket, from: From, why: String, terms: Terms<'_>) -> Conclusion {
        let features = &ticket.features;
        if self.standing.calendar.is_empty() && features.reopens == 0 {
            let promised = Standing::promised(features, terms.slas);
            self.standing.response_due = promised.response_due;
            self.standing.resolution_due = promised.resolution_due;
            self.standing.calendar = promised.calendar;
        }
        let asked = Asked {
            wish: self.wish.as_wish(),
            past_robot: self.trial.handed_over,
            ..Asked::first(features, &self.standing, from.at)
        };
        let routing = decide(&asked, terms.rules);
        self.concluded(ticket, routing, from, why, terms)
    }

    /// Notes a decision that begins a round, and concludes it.
    fn concluded(
        &mut self,
        ticket: &Ticket,
        routing: Routing,
        from: From,
        why: String,
        terms: Terms<'_>,
    ) -> Conclusion {
        self.stand_at(&routing.queue, from.at, terms.rules);
        let overflow = terms.rules.overflows.named(&routing.overflow);
        let round = Round {
            last: from.cause,
            began_at: from.at,
            level: routing.level.clone(),
            overflow: routing.overflow.clone(),
            step: 0,
            next_at: overflow.and_then(|overflow| due(overflow, 1, from.at)),
            tried: vec![routing.queue.centre.clone()],
        };
        let conclusion = routed(ticket, routing, from, why);
        self.round = Some(Round {
            last: conclusion.id(),
            ..round
        });
        conclusion
    }

    /// The robot has what stands at its level, and nothing else.
    fn stand_at(&mut self, queue: &Queue, now: Timestamp, rules: &Rules) {
        let robot = rules.robot.as_ref();
        match robot.filter(|robot| robot.level == queue.level) {
            Some(robot) => {
                self.trial.begin(now);
                self.robot_ends_at = self.trial.ends_at(robot);
            }
            None => {
                if self.trial.since.is_some() {
                    self.trial.hand_over();
                }
                self.robot_ends_at = None;
            }
        }
    }

    /// Takes the next step of the overflow.
    fn step(&mut self, ticket: &Ticket, at: Timestamp, terms: Terms<'_>) -> Option<Conclusion> {
        let round = self.round.as_mut()?;
        round.next_at = None;
        let queue: Queue = ticket.features.queue.parse().ok()?;
        let overflow = terms.rules.overflows.named(&round.overflow)?;
        let number = round.step + 1;
        let step = overflow.step(number)?;
        let asked = Asked {
            wish: Wish::Exactly(&queue.level),
            overflow: Some((overflow, number)),
            tried: if step.centres.is_some() {
                &round.tried
            } else {
                &[]
            },
            stays: step.centres.is_none().then_some(queue.centre.as_str()),
            ..Asked::first(&ticket.features, &self.standing, at)
        };
        let routing = decide(&asked, terms.rules);
        if !round.tried.contains(&routing.queue.centre) {
            round.tried.push(routing.queue.centre.clone());
        }
        let after = Duration(step.after_ms);
        let why = format!("nobody took it for {after}: {}", step.what());
        let from = From {
            cause: round.last,
            at,
        };
        let conclusion = routed(ticket, routing, from, why);
        round.last = conclusion.id();
        round.step = number;
        round.next_at = due(overflow, number + 1, round.began_at).map(|next| next.max(at));
        Some(conclusion)
    }

    /// A ladder asked for somebody further up: a ticket that still waits goes there.
    fn escalated(
        &mut self,
        ticket: &Ticket,
        escalated: &Escalated,
        from: From,
        terms: Terms<'_>,
    ) -> Option<Conclusion> {
        self.standing.escalations = self.standing.escalations.saturating_add(1);
        let queue: Queue = ticket.features.queue.parse().ok()?;
        let level = &escalated.level;
        if !is_routed_anew(ticket) || !terms.rules.is_deeper(level, &queue.level) {
            return None;
        }
        self.wish = Wished::AtLeast(level.clone());
        let why = format!("escalated to {level} by {}", escalated.ladder);
        Some(self.route(ticket, from, why, terms))
    }

    /// Somebody sends it elsewhere. What the policy does not have is refused: the ticket is
    /// routed as if nobody had asked, and says why.
    fn transferred(
        &mut self,
        ticket: &Ticket,
        transferred: &Transferred,
        from: From,
        terms: Terms<'_>,
    ) -> Option<Conclusion> {
        let rules = terms.rules;
        let said = |what: String| match transferred.reason.as_str() {
            "" => what,
            reason => format!("{what}: {reason}"),
        };
        let why = match &transferred.to {
            Destination::Agent(_) => return None,
            Destination::Queue(queue) if knows(rules, queue) => {
                let why = said(format!("transferred to {queue}"));
                let routing = by_hand(queue);
                return Some(self.concluded(ticket, routing, from, why, terms));
            }
            Destination::Queue(queue) => said(format!("the policy has no queue {queue}")),
            Destination::Level(level) if rules.depth(level).is_some() => {
                self.wish = Wished::Exactly(level.clone());
                said(format!("transferred to {level}"))
            }
            Destination::Level(level) => said(format!("the policy has no level {level}")),
            Destination::Region(region) => {
                let passage = Passage::of(ticket, &self.standing, terms.region, region);
                match terms.gate.pass(&passage) {
                    Ok(()) => return None,
                    Err(refused) => said(refused.to_string()),
                }
            }
        };
        Some(self.route(ticket, from, why, terms))
    }

    /// Somebody wrote while the robot has the ticket.
    fn wrote(
        &mut self,
        text: &str,
        by_customer: bool,
        from: From,
        terms: Terms<'_>,
    ) -> Option<Conclusion> {
        self.trial.since?;
        let robot = terms.rules.robot.as_ref()?;
        if !by_customer {
            self.trial.wrote();
            return None;
        }
        let why = self.trial.heard(text, robot)?;
        Some(self.hand_over(why, from, terms))
    }

    /// The robot gives the ticket to people.
    fn hand_over(&mut self, reason: String, from: From, terms: Terms<'_>) -> Conclusion {
        self.trial.hand_over();
        self.robot_ends_at = None;
        let wanted = self.round.as_ref().map_or("", |round| round.level.as_str());
        let hands_to = terms.rules.robot.as_ref().map(|robot| &robot.hands_to);
        let level = match hands_to {
            Some(least) if !terms.rules.is_deeper(wanted, least) => least,
            _ => wanted,
        };
        Conclusion {
            cause: from.cause,
            rule: "handed_over",
            ordinal: 0,
            at: from.at,
            body: Body::Transferred(Transferred {
                to: Destination::Level(level.to_owned()),
                reason,
            }),
        }
    }
}

impl Wished {
    fn as_wish(&self) -> Wish<'_> {
        match self {
            Self::Rule => Wish::Rule,
            Self::AtLeast(level) => Wish::AtLeast(level),
            Self::Exactly(level) => Wish::Exactly(level),
        }
    }
}

fn routed(ticket: &Ticket, routing: Routing, from: From, why: String) -> Conclusion {
    Conclusion {
        cause: from.cause,
        rule: "routed",
        ordinal: routing.step,
        at: from.at,
        body: Body::Routed(Routed {
            queue: routing.queue,
            rule: routing.rule,
            considered: routing.considered,
            features: ticket.features.clone(),
            step: routing.step,
            why,
        }),
    }
}

/// When a step is due in a round that began then, if there is such a step.
fn due(overflow: &Overflow, step: u32, began_at: Timestamp) -> Option<Timestamp> {
    let step = overflow.step(step)?;
    Some(began_at.plus_millis(step.after_ms))
}

/// Whether its queue may still change by what is learnt of it.
const fn is_routed_anew(ticket: &Ticket) -> bool {
    matches!(ticket.state(), State::Triaged | State::Queued)
}

/// Whether it waits for somebody to take it, and nobody thinks about it just now.
fn waits(ticket: &Ticket) -> bool {
    ticket.state() == State::Queued && ticket.offer.is_none()
}

fn knows(rules: &Rules, queue: &Queue) -> bool {
    rules.centres.contains_key(&queue.centre) && rules.depth(&queue.level).is_some()
}

/// The queue that somebody named.
fn by_hand(queue: &Queue) -> Routing {
    Routing {
        queue: queue.clone(),
        rule: TRANSFER.to_owned(),
        level: queue.level.clone(),
        considered: vec![Considered {
            rule: format!("queue {queue}"),
            outcome: Outcome::Chosen,
        }],
        overflow: String::new(),
        step: 0,
        proficiency_min: 0,
    }
}

/// A duration as people write it.
struct Duration(i64);

impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let duration = jiff::SignedDuration::from_millis(self.0);
        write!(f, "{duration:#}")
    }
}
