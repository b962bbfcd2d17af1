//! One ticket as it would have fared: the same people and customers, under another policy.
//!
//! What customers and people did is taken from the log. What the router and the watchdog
//! concluded is left out, and concluded anew, timers included, by the very code that they run.
//!
//! # Invariants
//!
//! - Equal logs and policies give equal rows.
//! - The replay of a log under the policy that wrote it moves nobody whose facts came one by one.

use std::collections::BTreeSet;
use std::fmt;

use posthouse_domain::route::{self, Closed, Rules, Triage};
use posthouse_domain::sla::Target;
use posthouse_domain::sla::watch::{self, Inexperienced, Watched};
use posthouse_domain::ticket::{ActorKind, Body, Fact, Origin};
use posthouse_domain::{TicketId, Timestamp};
use posthouse_policy::Policy;
use serde::Serialize;

/// A promise: a target, and which cycle of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Promise {
    #[serde(serialize_with = "word")]
    target: Target,
    cycle: u32,
}

fn word<S: serde::Serializer>(target: &Target, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(target.as_str())
}

/// A ticket as it would have fared, beside how it did.
#[derive(Debug)]
pub(super) struct Ghost {
    region: String,
    watched: Watched,
    triage: Triage,
    was: Vec<String>,
    would: Vec<String>,
    missed: BTreeSet<Promise>,
    would_miss: BTreeSet<Promise>,
    /// The rule of its last routing.
    rule: String,
}

impl Ghost {
    /// Begins with the opening; `None` for anything else.
    pub(super) fn open(fact: &Fact, at: Timestamp, region: &str, policy: &Policy) -> Option<Self> {
        let watched = Watched::open(fact, at, watches(policy)).ok()?;
        let mut ghost = Self {
            region: region.to_owned(),
            triage: Triage::default(),
            watched,
            was: Vec::new(),
            would: Vec::new(),
            missed: BTreeSet::new(),
            would_miss: BTreeSet::new(),
            rule: String::new(),
        };
        ghost.route(fact, at, policy);
        Some(ghost)
    }

    /// Takes the next fact of its log in.
    pub(super) fn apply(&mut self, fact: &Fact, at: Timestamp, policy: &Policy) {
        self.ring_until(at, policy);
        match &fact.body {
            Body::Routed(body) => stand_at(&mut self.was, body.queue.to_string()),
            Body::TargetBreached(body) => {
                self.missed.insert(Promise {
                    target: body.target,
                    cycle: body.cycle,
                });
            }
            _ => {}
        }
        if !is_concluded_anew(fact) {
            self.take(fact, at, policy);
        }
    }

    /// Lets everything ring that would have until the end of the log.
    pub(super) fn end(&mut self, at: Timestamp, policy: &Policy) {
        self.ring_until(at, policy);
    }

    pub(super) const fn id(&self) -> TicketId {
        self.watched.ticket.id
    }

    pub(super) fn number(&self) -> &str {
        &self.watched.ticket.features.number
    }

    /// The queues it stood in, in order.
    pub(super) fn was(&self) -> Vec<String> {
        self.was.clone()
    }

    /// The queues it would have stood in, in order.
    pub(super) fn would(&self) -> Vec<String> {
        self.would.clone()
    }

    /// The promises that would have been kept and were missed, and those that would have been
    /// missed and were not.
    pub(super) fn promises(&self) -> (Vec<Promise>, Vec<Promise>) {
        let kept = self.missed.difference(&self.would_miss).copied();
        let broken = self.would_miss.difference(&self.missed).copied();
        (kept.collect(), broken.collect())
    }

    /// Whether no rule wanted it last.
    pub(super) fn is_unmatched(&self, rules: &Rules) -> bool {
        rules.is_default(&self.rule)
    }

    /// Folds a fact in and follows what is concluded from it, to the end.
    fn take(&mut self, fact: &Fact, at: Timestamp, policy: &Policy) {
        let concluded = self
            .watched
            .apply(fact, at, watches(policy), &mut Inexperienced);
        self.route(fact, at, policy);
        self.follow(concluded, policy);
    }

    /// What the router concludes from a fact that the ticket has taken in.
    fn route(&mut self, fact: &Fact, at: Timestamp, policy: &Policy) {
        let terms = routes(policy, &self.region);
        let concluded = self.triage.apply(&self.watched.ticket, fact, at, terms);
        if let Some(concluded) = concluded {
            self.concluded(concluded, policy);
        }
    }

    fn concluded(&mut self, concluded: route::Conclusion, policy: &Policy) {
        if let Body::Routed(body) = &concluded.body {
            stand_at(&mut self.would, body.queue.to_string());
            self.rule.clone_from(&body.rule);
        }
        let origin = Origin {
            role: route::ROLE,
            ticket: self.id(),
            region: &self.region,
            cause: concluded.cause,
            at: concluded.at,
            policy: &policy.version,
        };
        let fact = origin.fact(concluded.rule, concluded.ordinal, concluded.body);
        self.take(&fact, fact.at, policy);
    }

    /// What the watchdog concluded: promises, and escalations that the router follows.
    fn follow(&mut self, concluded: Vec<watch::Conclusion>, policy: &Policy) {
        for concluded in concluded {
            if let Body::TargetBreached(body) = &concluded.body {
                self.would_miss.insert(Promise {
                    target: body.target,
                    cycle: body.cycle,
                });
            }
            let origin = Origin {
                role: watch::ROLE,
                ticket: self.id(),
                region: &self.region,
                cause: concluded.cause,
                at: concluded.at,
                policy: &policy.version,
            };
            let fact = origin.fact(&concluded.rule, concluded.ordinal, concluded.body);
            self.route(&fact, fact.at, policy);
        }
    }

    /// Rings what falls due before `until`, in the order of the instants.
    fn ring_until(&mut self, until: Timestamp, policy: &Policy) {
        loop {
            let clock = self.watched.next_ring().filter(|at| *at < until);
            let timer = self.triage.next_ring(&self.watched.ticket);
            let timer = timer.filter(|at| *at < until);
            match (clock, timer) {
                (None, None) => return,
                (Some(clock), timer) if timer.is_none_or(|timer| clock <= timer) => {
                    let after = clock.plus_millis(1);
                    let concluded = self
                        .watched
                        .ring(after, watches(policy), &mut Inexperienced);
                    self.follow(concluded, policy);
                }
                (_, Some(timer)) => {
                    let terms = routes(policy, &self.region);
                    let concluded = self.triage.ring(&self.watched.ticket, timer, terms);
                    if let Some(concluded) = concluded {
                        self.concluded(concluded, policy);
                    }
                }
                (Some(_), None) => return,
            }
        }
    }
}

/// Whether a fact is left out because it is concluded anew.
fn is_concluded_anew(fact: &Fact) -> bool {
    let is_ours = fact.actor.kind == ActorKind::Service
        && (fact.actor.name == route::ROLE || fact.actor.name == watch::ROLE);
    is_ours
        || matches!(
            fact.body,
            Body::Routed(_) | Body::TargetBreached(_) | Body::Escalated(_)
        )
}

/// Notes a queue, unless the ticket stands there already.
fn stand_at(queues: &mut Vec<String>, queue: String) {
    if queues.last() != Some(&queue) {
        queues.push(queue);
    }
}

fn watches(policy: &Policy) -> watch::Terms<'_> {
    watch::Terms {
        slas: &policy.slas,
        ladders: &policy.ladders,
        compensations: &policy.compensations,
    }
}

fn routes<'a>(policy: &'a Policy, region: &'a str) -> route::Terms<'a> {
    route::Terms {
        rules: &policy.routing,
        slas: &policy.slas,
        gate: &Closed,
        region,
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cycle {
            0 => write!(f, "{}", self.target),
            cycle => write!(f, "{} {cycle}", self.target),
        }
    }
}

#[cfg(test)]
mod tests {
    use posthouse_domain::ticket::{Opened, Severity};
    use posthouse_testkit::builders;

    use super::*;

    const MINUTE_MS: i64 = 60_000;

    /// A P1 about the network from China, answered after so many minutes.
    fn ghost(minutes: i64, policy: &Policy) -> Ghost {
        let opened = Opened {
            region: "cn-north".to_owned(),
            language: "zh".to_owned(),
            ..builders::opened("丢包")
        };
        let ticket = builders::ticket(1);
        let start = builders::START;
        let first = builders::fact(ticket, 0, Body::Opened(opened.clone()));
        let mut ghost = Ghost::open(&first, start, "cn-north", policy).unwrap();
        let mut labels = builders::classified(builders::features(&opened));
        labels.features.severity = Some(Severity::P1);
        labels.features.language = "zh".to_owned();
        let labels = builders::fact(ticket, 1, Body::Classified(labels));
        ghost.apply(&labels, start.plus_millis(1_000), policy);
        let answered = start.plus_millis(minutes * MINUTE_MS);
        let mut reply = builders::fact(ticket, 2, Body::Replied(builders::replied("seen")));
        reply.actor.kind = ActorKind::Agent;
        ghost.apply(&reply, answered, policy);
        ghost
    }

    #[test]
    fn a_slow_answer_breaks_what_the_policy_promises() {
        let policy = Policy::shipped("default").unwrap();
        let broken = |minutes| {
            let (kept, broken) = ghost(minutes, &policy).promises();
            assert_eq!(kept, vec![]);
            broken.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(broken(1), Vec::<String>::new());
        assert_eq!(broken(60), ["first_response"]);
    }

    #[test]
    fn steps_are_taken_until_somebody_answers() {
        let policy = Policy::shipped("default").unwrap();
        let quick = ghost(1, &policy).would();
        assert_eq!(quick.len(), 1, "{quick:?}");
        let slow = ghost(60, &policy).would();
        assert!(slow.len() > 1, "{slow:?}");
        assert_eq!(quick[0], slow[0]);
        assert_eq!(slow, ghost(60, &policy).would());
    }
}
