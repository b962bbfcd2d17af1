//! Watching: what the facts of a ticket do to its clocks, and what the clocks conclude.
//!
//! # Invariants
//!
//! - A clock rings once for a target, cycle and level, however often it is set anew.
//! - Whatever moves a deadline is told by a `timed`, once for each cause.
//! - A promise that was kept or missed stays so; one that is no longer made is withdrawn, and can
//!   be made again.

use serde::{Deserialize, Serialize};

use super::clock::{Clock, End, Ring, Setting};
use super::{Sla, Slas, Target};
use crate::ids::FactId;
use crate::ticket::{
    Body, Considered, Fact, Orphan, TargetBreached, TargetDue, TargetWarned, Ticket, Timed, Verdict,
};
use crate::time::Timestamp;

/// A ticket and its clocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// The ticket.
    pub ticket: Ticket,
    /// Its clocks, at most one per target; those of an earlier cycle are gone.
    pub clocks: Vec<Clock>,
    /// When this cycle began: at the opening, or at the last reopening.
    pub began_at: Timestamp,
    /// The name of the SLA policy they come from; empty when nothing is promised.
    pub sla: String,
}

/// Something concluded about a ticket, and what names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// The fact it follows from.
    pub cause: FactId,
    /// The rule that concluded it; with the cause and ordinal it names the new fact.
    pub rule: String,
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
            began_at: log_time,
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
        let told = self.promises();
        if matches!(fact.body, Body::Reopened(_)) {
            self.clocks.clear();
            self.began_at = log_time;
        }
        let asks_anew = matches!(fact.body, Body::Classified(_) | Body::Reopened(_));
        let considered = if asks_anew || self.lost_its_policy(slas) {
            self.set_clocks(fact.id, log_time, slas)
        } else {
            Vec::new()
        };
        self.move_clocks(log_time, slas);
        let targets = self.promises();
        let is_told = (asks_anew && !self.sla.is_empty()) || targets != told;
        is_told
            .then(|| Conclusion {
                cause: fact.id,
                rule: "timed".to_owned(),
                ordinal: 0,
                at: log_time,
                body: Body::Timed(Timed {
                    sla: self.sla.clone(),
                    why: String::new(),
                    considered,
                    targets,
                    features: self.ticket.features.clone(),
                }),
            })
            .into_iter()
            .collect()
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
        let (rule, body) = match ring {
            Ring::Warning(percent) => (
                format!("target_warned {target} {percent}"),
                Body::TargetWarned(TargetWarned {
                    target,
                    cycle,
                    percent,
                    before_ms: 0,
                    due_at,
                    features,
                }),
            ),
            Ring::Breach => (
                format!("target_breached {target}"),
                Body::TargetBreached(TargetBreached {
                    target,
                    cycle,
                    due_at,
                    features,
                }),
            ),
        };
        Conclusion {
            cause: clock.set_by,
            rule,
            ordinal: cycle,
            at,
            body,
        }
    }

    /// What is promised now, as facts tell it.
    fn promises(&self) -> Vec<TargetDue> {
        let made = |clock: &&Clock| clock.end != Some(End::Withdrawn);
        self.clocks.iter().filter(made).map(Clock::due).collect()
    }

    /// Whether a clock that is not over can no longer be counted by the policy it came from: a
    /// newer bundle lacks that policy or its calendar. A pause would never end then.
    fn lost_its_policy(&self, slas: &Slas) -> bool {
        let is_there = slas.slas.iter().any(|sla| sla.name == self.sla);
        self.clocks
            .iter()
            .filter(|clock| clock.end.is_none())
            .any(|clock| !is_there || !slas.calendars.contains_key(&clock.calendar))
    }

    /// Sets the clocks by the SLA policy that matches now, and returns what was looked at to
    /// find it. A promise whose calendar never opens long enough gets no clock; the policy
    /// linter refuses such bundles.
    fn set_clocks(&mut self, set_by: FactId, now: Timestamp, slas: &Slas) -> Vec<Considered> {
        let choice = slas.choose(&self.ticket.features);
        let found = choice
            .sla
            .and_then(|sla| Some((sla, slas.calendars.get(&sla.calendar)?)));
        let Some((sla, calendar)) = found else {
            self.sla.clear();
            self.clocks.iter_mut().for_each(Clock::withdraw);
            return choice.considered;
        };
        self.sla.clone_from(&sla.name);
        let features = &self.ticket.features;
        let severity = features.severity.unwrap_or(slas.severity_default);
        let cycle = features.reopens;
        for target in Target::ALL {
            let clock = self.clocks.iter_mut().find(|clock| clock.target == target);
            let setting = sla.promise(target, severity).map(|target_ms| Setting {
                target,
                target_ms,
                sla,
                calendar,
                set_by,
            });
            match (clock, setting) {
                (Some(clock), Some(setting)) => drop(clock.set(setting, now)),
                (Some(clock), None) => clock.withdraw(),
                (None, Some(setting)) => {
                    let clock = Clock::start(setting, cycle, self.began_at, now);
                    self.clocks.extend(clock);
                }
                (None, None) => {}
            }
        }
        choice.considered
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
