//! Watching: what the facts of a ticket do to its clocks and ladders, and what those conclude.
//!
//! # Invariants
//!
//! - A clock rings once for a target, cycle and level, however often it is set anew.
//! - Whatever moves a deadline is told by a `timed`, once for each cause, with the deadline before.
//! - A promise that was kept or missed stays so; one that is no longer made is withdrawn, and can
//!   be made again.
//! - What is concluded is named by its cause, a rule and an ordinal: `target_warned TARGET LEVEL`
//!   and `target_breached TARGET` follow from the fact that set the clock, with the cycle as
//!   ordinal; `escalated` follows from the warning or breach, with the step as ordinal;
//!   `compensation_accrued TARGET RULE` follows from the fact that ended a missed promise, with
//!   the cycle as ordinal; `target_at_risk TARGET THRESHOLD` follows from the fact that set the
//!   clock, with the cycle as ordinal.

mod conclude;
mod outlook;
mod packed;
mod set;

use std::collections::BTreeSet;

pub use outlook::{Experience, Inexperienced, Waiting};
pub use packed::Packed;

use super::clock::{Clock, End, Setting};
use super::compensation::Compensations;
use super::history::History;
use super::ladder::{Climbs, Ladders};
use super::{Slas, Target};
use crate::ids::FactId;
use crate::ticket::minutes::Course;
use crate::ticket::{
    ActorKind, Body, Considered, Fact, Orphan, Round, TargetDue, Ticket, Timed, Verdict,
};
use crate::time::Timestamp;

/// The role that watches; its name is part of the identity of what it concludes.
pub const ROLE: &str = "watchdog";

/// A ticket, its clocks and the ladders that are climbed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The ticket.
    pub ticket: Ticket,
    /// Its clocks, at most one per target; those of an earlier cycle are gone.
    pub clocks: Vec<Clock>,
    /// When this cycle began: at the opening, or at the last reopening.
    pub began_at: Timestamp,
    /// The states of this cycle.
    pub history: History,
    /// The SLA policies that the promises come from, separated by commas; empty when nothing is
    /// promised.
    pub sla: String,
    /// Who is told of what was not answered.
    pub climbs: Climbs,
    /// Where it waits, while any policy asks for forecasts.
    pub waiting: Option<Waiting>,
    /// Where its time goes.
    pub course: Course,
}

/// What a policy says of promises and of what follows when they are not kept.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// What is promised.
    pub slas: &'a Slas,
    /// Who is told while nobody answers.
    pub ladders: &'a Ladders,
    /// What a missed promise costs.
    pub compensations: &'a Compensations,
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

impl Conclusion {
    /// The identity of the new fact.
    #[must_use]
    pub fn id(&self) -> FactId {
        FactId::derive(ROLE, self.cause, &self.rule, self.ordinal)
    }
}

impl Watched {
    /// Begins to watch a ticket with its first fact: clocks run from now, by the severity the
    /// customer chose or the policy assumes, until the classifier knows better.
    ///
    /// # Errors
    ///
    /// [`Orphan`] when the fact opens no ticket.
    pub fn open(fact: &Fact, log_time: Timestamp, terms: Terms<'_>) -> Result<Self, Orphan> {
        let ticket = Ticket::open(fact, log_time)?;
        let mut history = History::default();
        history.note(log_time, ticket.clock_state(), fact);
        let mut watched = Self {
            ticket,
            clocks: Vec::new(),
            began_at: log_time,
            history,
            sla: String::new(),
            climbs: Climbs::default(),
            waiting: None,
            course: Course::open(log_time),
        };
        watched.set_clocks(&Target::ALL, fact.id, log_time, terms.slas);
        Ok(watched)
    }

    /// Folds the next fact in and moves the clocks by it.
    pub fn apply(
        &mut self,
        fact: &Fact,
        log_time: Timestamp,
        terms: Terms<'_>,
        experience: &mut dyn Experience,
    ) -> Vec<Conclusion> {
        let before = Before::of(self, terms.slas);
        let Verdict::Counted(..) = self.ticket.apply(fact, log_time) else {
            return Vec::new();
        };
        self.course.take(&self.ticket, fact, true, log_time);
        if matches!(fact.body, Body::Reopened(_)) {
            self.clocks.clear();
            self.history.restart();
            self.began_at = log_time;
        }
        self.history.note(log_time, self.ticket.clock_state(), fact);
        let mut conclusions = self.stop_clocks(fact, log_time, terms, experience);
        self.stand(terms, experience);
        self.stop_climbs(fact, log_time);
        let asks_anew = matches!(
            fact.body,
            Body::Classified(_) | Body::Corrected(_) | Body::Reopened(_)
        );
        let targets = if asks_anew || self.lost_its_policy(terms.slas) {
            Target::ALL.to_vec()
        } else {
            self.new_rounds(&before, terms.slas)
        };
        let considered = if targets.is_empty() {
            Vec::new()
        } else {
            self.set_clocks(&targets, fact.id, log_time, terms.slas)
        };
        self.follow(terms.slas);
        let is_told = (asks_anew && !self.sla.is_empty()) || self.promises() != before.promises;
        if is_told {
            let why = before.why(fact, self, terms.slas);
            let timed = self.timed((fact.id, log_time), &before, considered, why);
            conclusions.insert(0, timed);
        }
        conclusions
    }

    /// Takes in what became of telling somebody about the ticket, which moves no clock. Gives
    /// whether anything of it is to be kept.
    pub fn hear(&mut self, fact: &Fact, log_time: Timestamp) -> bool {
        let before = self.course.clone();
        self.course.take(&self.ticket, fact, false, log_time);
        self.course != before
    }

    /// The instant of the next ring of any clock or ladder.
    #[must_use]
    pub fn next_ring(&self) -> Option<Timestamp> {
        let clocks = self.clocks.iter().filter_map(Clock::next_ring);
        clocks.chain(self.climbs.next_ring()).min()
    }

    /// What is promised now, as facts tell it.
    fn promises(&self) -> Vec<TargetDue> {
        let made = |clock: &&Clock| clock.end != Some(End::Withdrawn);
        self.clocks.iter().filter(made).map(Clock::due).collect()
    }

    /// Targets of which a round began just now and which somebody may be promised.
    fn new_rounds(&self, before: &Before, slas: &Slas) -> Vec<Target> {
        let began = |target: &Target| match target {
            Target::NextResponse => self.ticket.next_answers.running() != before.rounds[0],
            Target::Update => self.ticket.updates.running() != before.rounds[1],
            Target::FirstResponse | Target::Resolution => false,
        };
        let targets = Target::ALL.into_iter().filter(began);
        targets
            .filter(|target| self.cycle(*target).is_some() && slas.promise_any(*target))
            .collect()
    }

    /// Ends the clocks of what was done, or is not wanted any more; concludes what those cost that
    /// were missed.
    fn stop_clocks(
        &mut self,
        fact: &Fact,
        now: Timestamp,
        terms: Terms<'_>,
        experience: &mut dyn Experience,
    ) -> Vec<Conclusion> {
        let mut done = Vec::new();
        for clock in &mut self.clocks {
            let round = self.ticket.cycle_of(clock.target, clock.cycle);
            if round != Round::Running && clock.stop(now) {
                self.climbs.kept(clock.target, clock.cycle, now);
                done.push(clock.clone());
            }
        }
        let (late, kept): (Vec<Clock>, Vec<Clock>) = done
            .into_iter()
            .partition(|clock| clock.end == Some(End::Missed));
        for clock in &kept {
            self.learn(clock, now, terms, experience);
        }
        let compensate = |clock: &Clock| self.compensate(clock, fact, now, terms);
        late.iter().flat_map(compensate).collect()
    }

    /// Ends the ladders that need not be climbed any further.
    fn stop_climbs(&mut self, fact: &Fact, now: Timestamp) {
        if fact.takes_care() {
            self.climbs.answered(now);
        }
        if !self.ticket.state().is_open() {
            self.climbs.resolved(now);
        }
    }

    /// Lets the clocks stand still or go on as the ticket's state asks.
    fn follow(&mut self, slas: &Slas) {
        for clock in &mut self.clocks {
            if let Some(setting) = setting_of(clock, &self.history, slas) {
                drop(clock.follow(setting));
            }
        }
    }

    /// Counts the clocks anew that go by these calendars, whose modes became others at `at`; tells
    /// of it when a deadline moved. It follows from `cause`: see [`FactId::of_activation`].
    pub fn recount(
        &mut self,
        calendars: &BTreeSet<String>,
        cause: FactId,
        at: Timestamp,
        slas: &Slas,
    ) -> Option<Conclusion> {
        let before = Before::of(self, slas);
        let mut counted: BTreeSet<String> = BTreeSet::new();
        for clock in &mut self.clocks {
            let is_meant = clock.end.is_none() && calendars.contains(&clock.calendar);
            // A mode makes no business days.
            if !is_meant || clock.promise.business_days().is_some() {
                continue;
            }
            counted.insert(clock.calendar.clone());
            if let Some(setting) = setting_of(clock, &self.history, slas) {
                drop(clock.recount(setting, at));
            }
        }
        if self.promises() == before.promises {
            return None;
        }
        let names: Vec<String> = counted.into_iter().collect();
        let why = format!("modes of calendar {} changed", names.join(", "));
        Some(self.timed((cause, at), &before, Vec::new(), why))
    }

    fn timed(
        &self,
        (cause, at): (FactId, Timestamp),
        before: &Before,
        considered: Vec<Considered>,
        why: String,
    ) -> Conclusion {
        let mut targets = self.promises();
        for due in &mut targets {
            let same = |old: &&TargetDue| (old.target, old.cycle) == (due.target, due.cycle);
            let old = before.promises.iter().find(same).map(|old| old.due_at);
            due.previous_due_at = old.filter(|old| *old != due.due_at);
        }
        Conclusion {
            cause,
            rule: "timed".to_owned(),
            ordinal: 0,
            at,
            body: Body::Timed(Timed {
                sla: self.sla.clone(),
                why,
                considered,
                targets,
                features: self.ticket.features.clone(),
            }),
        }
    }
}

/// By what a clock counts now; `None` when the policies have its entry or calendar no more.
fn setting_of<'a>(clock: &Clock, history: &'a History, slas: &'a Slas) -> Option<Setting<'a>> {
    Some(Setting {
        promise: clock.promise,
        sla: slas.named(&clock.sla)?,
        calendar: slas.calendars.get(&clock.calendar)?,
        set_by: clock.set_by,
        history,
    })
}

/// What held before a fact.
struct Before {
    promises: Vec<TargetDue>,
    sla: String,
    severity: crate::ticket::Severity,
    /// The running rounds of the next answer and of updates.
    rounds: [Option<(u32, Timestamp)>; 2],
    is_paused: bool,
}

impl Before {
    fn of(watched: &Watched, slas: &Slas) -> Self {
        Self {
            promises: watched.promises(),
            sla: watched.sla.clone(),
            severity: watched.severity(slas),
            rounds: [
                watched.ticket.next_answers.running(),
                watched.ticket.updates.running(),
            ],
            is_paused: watched.is_paused(),
        }
    }

    /// What moved the deadlines, for people.
    fn why(&self, fact: &Fact, watched: &Watched, slas: &Slas) -> String {
        let mut reasons = Vec::new();
        let severity = watched.severity(slas);
        if severity != self.severity {
            reasons.push(format!("severity {} to {severity}", self.severity));
        }
        if watched.sla != self.sla {
            let name = |sla: &str| if sla.is_empty() { "none" } else { sla }.to_owned();
            reasons.push(format!(
                "policy {} to {}",
                name(&self.sla),
                name(&watched.sla)
            ));
        }
        match &fact.body {
            Body::Reopened(_) => reasons.push("reopened".to_owned()),
            Body::Replied(_) if fact.actor.kind == ActorKind::Customer => {
                reasons.push("the customer wrote".to_owned());
            }
            Body::Replied(_) => reasons.push("the customer was written to".to_owned()),
            _ => {}
        }
        if self.is_paused && !watched.is_paused() {
            reasons.push("resumed".to_owned());
        }
        reasons.join("; ")
    }
}
