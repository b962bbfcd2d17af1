//! Watching: what the facts of a ticket do to its clocks, and what the clocks conclude.

use serde::{Deserialize, Serialize};

use super::clock::{Clock, Ring, Setting};
use super::{Sla, Slas, Target};
use crate::ids::FactId;
use crate::ticket::{Body, Fact, Orphan, TargetBreached, TargetWarned, Ticket, Timed, Verdict};
use crate::time::Timestamp;

/// A ticket and its clocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// The ticket.
    pub ticket: Ticket,
    /// Its clocks, at most one per target; those of an earlier cycle are gone.
    pub clocks: Vec<Clock>,
    /// The name of the SLA policy they come from; empty when nothing is promised.
    pub sla: String,
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
    /// When it became true: the log time of the cause, or the due time of the clock.
    pub at: Timestamp,
    /// The new fact's body.
    pub body: Body,
}

impl Watched {
    /// Begins to watch a ticket with its first fact: clocks run from now, by the severity the
    /// customer chose or the policy assumes, until the classifier knows better.
    ///
    /// # Errors
    ///
    /// [`Orphan`] when the fact opens no ticket.
    pub fn open(fact: &Fact, log_time: Timestamp, slas: &Slas) -> Result<Self, Orphan> {
        let ticket = Ticket::open(fact, log_time)?;
        let mut watched = Self {
            ticket,
            clocks: Vec::new(),
            sla: String::new(),
        };
        watched.set_clocks(fact.id, log_time, slas);
        Ok(watched)
    }

    /// Folds the next fact in and moves the clocks by it.
    pub fn apply(&mut self, fact: &Fact, log_time: Timestamp, slas: &Slas) -> Vec<Conclusion> {
        let Verdict::Counted(..) = self.ticket.apply(fact, log_time) else {
            return Vec::new();
        };
        if matches!(fact.body, Body::Reopened(_)) {
            self.clocks.clear();
        }
        let conclusion = match fact.body {
            Body::Classified(_) | Body::Reopened(_) => self
                .set_clocks(fact.id, log_time, slas)
                .map(|timed| Conclusion {
                    cause: fact.id,
                    rule: "timed",
                    ordinal: 0,
                    at: log_time,
                    body: Body::Timed(timed),
                }),
            _ => None,
        };
        self.move_clocks(log_time, slas);
        conclusion.into_iter().collect()
    }

    /// Lets every clock ring that fell due strictly before `now`, in the order of the instants.
    pub fn ring(&mut self, now: Timestamp) -> Vec<Conclusion> {
        let mut conclusions = Vec::new();
        while let Some(clock) = self
            .clocks
            .iter_mut()
            .filter(|clock| clock.next_ring().is_some_and(|at| at < now))
            .min_by_key(|clock| clock.next_ring())
        {
            let at = clock.next_ring().unwrap_or(now);
            let Some(ring) = clock.ring(now) else { break };
            let clock = clock.clone();
            conclusions.push(self.conclude(&clock, ring, at));
        }
        conclusions
    }

    /// The instant of the next ring of any clock.
    #[must_use]
    pub fn next_ring(&self) -> Option<Timestamp> {
        self.clocks.iter().filter_map(Clock::next_ring).min()
    }

    fn conclude(&self, clock: &Clock, ring: Ring, at: Timestamp) -> Conclusion {
        let features = self.ticket.features.clone();
        let (target, cycle, due_at) = (clock.target, clock.cycle, clock.due_at);
        let (rule, level, body) = match ring {
            Ring::Warning(percent) => (
                "target_warned",
                u32::from(percent),
                Body::TargetWarned(TargetWarned {
                    target,
                    cycle,
                    percent,
                    due_at,
                    features,
                }),
            ),
            Ring::Breach => (
                "target_breached",
                100,
                Body::TargetBreached(TargetBreached {
                    target,
                    cycle,
                    due_at,
                    features,
                }),
            ),
        };
        let ordinal = ordinal(target, cycle, level);
        Conclusion {
            cause: clock.set_by,
            rule,
            ordinal,
            at,
            body,
        }
    }

    /// Sets the clocks by the SLA policy that matches now. A promise whose calendar never opens
    /// long enough gets no clock; the policy linter refuses such bundles.
    fn set_clocks(&mut self, set_by: FactId, now: Timestamp, slas: &Slas) -> Option<Timed> {
        let choice = slas.choose(&self.ticket.features);
        let sla = choice.sla?;
        let calendar = slas.calendars.get(&sla.calendar)?;
        self.sla.clone_from(&sla.name);
        let severity = self
            .ticket
            .features
            .severity
            .unwrap_or(slas.severity_default);
        let cycle = self.ticket.features.reopens;
        let started_at = if cycle == 0 {
            self.ticket.features.opened_at
        } else {
            now
        };
        for target in Target::ALL {
            let Some(target_ms) = sla.promise(target, severity) else {
                self.clocks.retain(|clock| clock.target != target);
                continue;
            };
            let setting = Setting {
                target,
                target_ms,
                sla,
                calendar,
                set_by,
            };
            match self.clocks.iter_mut().find(|clock| clock.target == target) {
                Some(clock) if clock.end.is_some() => {}
                Some(clock) => drop(clock.set(setting, now)),
                None => self.clocks.extend(Clock::start(setting, cycle, started_at)),
            }
        }
        let targets = self.clocks.iter().map(Clock::due).collect();
        let features = self.ticket.features.clone();
        Some(Timed {
            sla: sla.name.clone(),
            considered: choice.considered,
            targets,
            features,
        })
    }

    /// Stops, pauses and resumes the clocks as the ticket's state asks.
    fn move_clocks(&mut self, now: Timestamp, slas: &Slas) {
        let ticket = &self.ticket;
        let ended = !ticket.state().is_open();
        let sla = slas.slas.iter().find(|sla| sla.name == self.sla);
        for clock in &mut self.clocks {
            let answered = clock.target == Target::FirstResponse && ticket.answered_at.is_some();
            if ended || answered {
                clock.stop(now);
                continue;
            }
            let Some((sla, calendar)) =
                sla.and_then(|sla: &Sla| Some((sla, slas.calendars.get(&clock.calendar)?)))
            else {
                continue;
            };
            if sla.pauses(clock.target, ticket.state()) {
                clock.pause(now);
            } else {
                let setting = Setting {
                    target: clock.target,
                    target_ms: clock.target_ms,
                    sla,
                    calendar,
                    set_by: clock.set_by,
                };
                drop(clock.resume(setting, now));
            }
        }
    }
}

/// One number for a target, cycle and level, so that the three name one conclusion.
fn ordinal(target: Target, cycle: u32, level: u32) -> u32 {
    let target = match target {
        Target::FirstResponse => 0,
        Target::Resolution => 1,
    };
    (cycle << 9) | (level << 1) | target
}
