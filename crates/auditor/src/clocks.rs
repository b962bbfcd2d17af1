//! Clocks, from scratch: what is promised of a ticket after each of its facts, and when its
//! clocks must have rung.
//!
//! # Invariants
//!
//! - Time is the log's: a clock rings before a fact when it fell due strictly before the latest
//!   time that its partition had seen by then (ADR 3, ADR 6).
//! - Which `[[sla]]` entry holds is taken from the `timed` that follows; nothing else is.

use std::collections::{BTreeMap, HashMap};

use posthouse_wire::v1::{State, Target};
use uuid::Uuid;

use crate::calendar::{Calendar, Pause};
use crate::limits::PAUSES_MAX;
use crate::note::{Due, Note, Rang, Seen, Told};
use crate::promise::{Promises, Sla};

const TARGETS: [i32; 2] = [Target::FirstResponse as i32, Target::Resolution as i32];

/// A fact that counted, and how the ticket stands after it.
#[derive(Clone, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) note: &'a Note,
    pub(crate) state: State,
    pub(crate) reopens: u32,
    pub(crate) severity: i32,
    pub(crate) answered: bool,
    /// The policy in force.
    pub(crate) policy: String,
}

/// What must have been told, and when clocks must have rung.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) timed: Vec<Timed>,
    pub(crate) rings: Vec<Ring>,
    /// Why the rest cannot be recomputed, if it cannot.
    pub(crate) gave_up: Option<GaveUp>,
}

/// Why a ticket's deadlines cannot be recomputed to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GaveUp {
    /// The text of the policy is not known, or has rules that are not known.
    NoPolicy,
    /// Which entry holds was not told, and need not be.
    NotTold,
    /// Which entry holds was not told, and must be.
    Missing,
    /// The `timed` names an entry that its policy does not have.
    NoSuchEntry(Uuid, String),
}

/// A `timed` that must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timed {
    pub(crate) cause: Uuid,
    /// When the cause was stored.
    pub(crate) cause_at: i64,
    pub(crate) sla: String,
    /// In order.
    pub(crate) targets: Vec<Due>,
}

/// A warning or breach that must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ring {
    pub(crate) rang: Rang,
    /// The instant of it.
    pub(crate) at: i64,
    /// From when on it could ring: that instant, or when the clock was set or resumed after it.
    pub(crate) from: i64,
    pub(crate) set_by: Uuid,
    pub(crate) seen: Seen,
}

/// One promise about the ticket.
#[derive(Clone, Debug)]
struct Clock {
    due: Due,
    set_by: Uuid,
    /// When it was last set or resumed.
    since: i64,
    pauses: Vec<Pause>,
    paused_since: Option<i64>,
    warnings: Vec<(u32, i64)>,
    warned: u32,
    end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Kept,
    Missed,
    Withdrawn,
}

/// Goes through a ticket's life with its clocks.
struct Walk<'a> {
    policies: &'a mut BTreeMap<String, Promises>,
    timed: &'a HashMap<Uuid, &'a Note>,
    clocks: Vec<Clock>,
    /// The entry that holds; none while nothing is promised.
    sla: Option<String>,
    began_at: i64,
    expected: Expected,
}

/// Recomputes everything. `first` is the entry that holds from the opening on, of which no fact
/// tells; `timed` are those told, by cause; `end` is the latest time that the log has seen.
pub(crate) fn recompute(
    steps: &[Step<'_>],
    timed: &HashMap<Uuid, &Note>,
    policies: &mut BTreeMap<String, Promises>,
    first: Option<String>,
    end: i64,
) -> Expected {
    let mut walk = Walk {
        policies,
        timed,
        clocks: Vec::new(),
        sla: None,
        began_at: 0,
        expected: Expected::default(),
    };
    if let Err(why) = walk.all(steps, first, end) {
        walk.expected.gave_up = Some(why);
    }
    walk.expected
}

impl Walk<'_> {
    fn all(&mut self, steps: &[Step<'_>], first: Option<String>, end: i64) -> Result<(), GaveUp> {
        let Some((opened, rest)) = steps.split_first() else {
            return Ok(());
        };
        self.began_at = opened.note.stored_at;
        self.set(opened, first)?;
        let mut before = opened;
        for step in rest {
            self.ring(step.note.log_now, before);
            self.step(step)?;
            before = step;
        }
        self.ring(end, before);
        Ok(())
    }

    fn step(&mut self, step: &Step<'_>) -> Result<(), GaveUp> {
        let told = self.told();
        let is_reopened = matches!(step.note.told, Told::Reopened);
        if is_reopened {
            self.clocks.clear();
            self.began_at = step.note.stored_at;
        }
        let asks = is_reopened || matches!(step.note.told, Told::Classified { .. });
        if asks || self.lost_its_entry(step)? {
            let choice = self.choice(step, asks)?;
            self.set(step, choice)?;
        }
        self.follow(step)?;
        let targets = self.told();
        if (asks && self.sla.is_some()) || targets != told {
            self.expected.timed.push(Timed {
                cause: step.note.id,
                cause_at: step.note.stored_at,
                sla: self.sla.clone().unwrap_or_default(),
                targets,
            });
        }
        Ok(())
    }

    /// The entry that holds after a fact, by the `timed` that tells of it.
    fn choice(&mut self, step: &Step<'_>, asks: bool) -> Result<Option<String>, GaveUp> {
        let told = self.timed.get(&step.note.id).map(|note| &note.told);
        match told {
            Some(Told::Timed { sla, .. }) if sla.is_empty() => Ok(None),
            Some(Told::Timed { sla, .. }) => Ok(Some(sla.to_string())),
            _ if self.promises(step)?.are_for_all() && asks => Err(GaveUp::Missing),
            _ if asks => Ok(None),
            _ => Err(GaveUp::NotTold),
        }
    }

    /// Sets every clock by an entry, or withdraws them all.
    fn set(&mut self, step: &Step<'_>, choice: Option<String>) -> Result<(), GaveUp> {
        self.sla = choice;
        let Some(name) = self.sla.clone() else {
            self.clocks.iter_mut().for_each(Clock::withdraw);
            return Ok(());
        };
        let promises = self.policies.get_mut(&step.policy);
        let promises = promises.ok_or(GaveUp::NoPolicy)?;
        let unknown = || GaveUp::NoSuchEntry(step.note.id, name.clone());
        let sla = promises.find(&name).cloned().ok_or_else(unknown)?;
        let severity = promises.severity_of(step.severity);
        let calendar = promises.calendars.get_mut(&sla.calendar);
        let calendar = calendar.ok_or_else(unknown)?;
        for target in TARGETS {
            let clock = self.clocks.iter_mut().find(|it| it.due.target == target);
            match (clock, sla.promise(target, severity)) {
                (Some(clock), Some(target_ms)) => clock.set(step, &sla, target_ms, calendar),
                (Some(clock), None) => clock.withdraw(),
                (None, Some(target_ms)) => {
                    let mut clock = Clock::new(target, step, self.began_at);
                    clock.set(step, &sla, target_ms, calendar);
                    // One that never falls due is none.
                    self.clocks.extend((clock.end.is_none()).then_some(clock));
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    /// Stops, pauses and resumes the clocks as the ticket now stands.
    fn follow(&mut self, step: &Step<'_>) -> Result<(), GaveUp> {
        let now = step.note.stored_at;
        let is_ended = matches!(step.state, State::Resolved | State::Closed);
        if self.clocks.is_empty() {
            return Ok(());
        }
        let promises = self.policies.get_mut(&step.policy);
        let promises = promises.ok_or(GaveUp::NoPolicy)?;
        let sla = self
            .sla
            .as_ref()
            .and_then(|name| promises.find(name))
            .cloned();
        for clock in &mut self.clocks {
            let is_first = clock.due.target == Target::FirstResponse as i32;
            if is_ended || (is_first && step.answered) {
                clock.stop();
                continue;
            }
            let calendar = promises.calendars.get_mut(&clock.due.calendar);
            let (Some(sla), Some(calendar)) = (&sla, calendar) else {
                continue;
            };
            if sla.pauses(clock.due.target, step.state) {
                clock.pause(now);
            } else {
                clock.resume(now, sla, calendar);
            }
        }
        Ok(())
    }

    /// Whether a clock that is not over counts by an entry or calendar that is no more.
    fn lost_its_entry(&mut self, step: &Step<'_>) -> Result<bool, GaveUp> {
        let mut running = self
            .clocks
            .iter()
            .filter(|clock| clock.end.is_none())
            .peekable();
        if running.peek().is_none() {
            return Ok(false);
        }
        let promises = self.policies.get(&step.policy).ok_or(GaveUp::NoPolicy)?;
        let is_there = self
            .sla
            .as_ref()
            .is_some_and(|name| promises.find(name).is_some());
        Ok(!is_there || running.any(|clock| !promises.calendars.contains_key(&clock.due.calendar)))
    }

    /// Lets ring what fell due strictly before `now`.
    fn ring(&mut self, now: i64, before: &Step<'_>) {
        let seen = Seen {
            state: before.state as i32,
            reopens: before.reopens,
        };
        for clock in &mut self.clocks {
            while let Some((level, at)) = clock.next().filter(|(_, at)| *at < now) {
                self.expected.rings.push(Ring {
                    rang: Rang {
                        target: clock.due.target,
                        cycle: clock.due.cycle,
                        level,
                        due_at: clock.due.due_at,
                    },
                    at,
                    from: at.max(clock.since),
                    set_by: clock.set_by,
                    seen,
                });
                clock.rang(level);
            }
        }
    }

    /// What is promised now, in order.
    fn told(&self) -> Vec<Due> {
        let made = |clock: &&Clock| clock.end != Some(End::Withdrawn);
        let mut told: Vec<Due> = self
            .clocks
            .iter()
            .filter(made)
            .map(|it| it.due.clone())
            .collect();
        told.sort();
        told
    }

    fn promises(&self, step: &Step<'_>) -> Result<&Promises, GaveUp> {
        self.policies.get(&step.policy).ok_or(GaveUp::NoPolicy)
    }
}

impl Clock {
    fn new(target: i32, step: &Step<'_>, started_at: i64) -> Self {
        Self {
            due: Due {
                target,
                cycle: step.reopens,
                started_at,
                due_at: started_at,
                target_ms: 0,
                calendar: String::new(),
            },
            set_by: step.note.id,
            since: started_at,
            pauses: Vec::new(),
            paused_since: None,
            warnings: Vec::new(),
            warned: 0,
            end: None,
        }
    }

    fn set(&mut self, step: &Step<'_>, sla: &Sla, target_ms: i64, calendar: &mut Calendar) {
        if matches!(self.end, Some(End::Kept | End::Missed)) {
            return;
        }
        self.end = None;
        self.due.target_ms = target_ms;
        self.due.calendar.clone_from(&sla.calendar);
        self.set_by = step.note.id;
        self.since = step.note.stored_at;
        self.plan(sla, calendar, step.note.stored_at);
    }

    /// Finds the deadline, and the warnings from `from` on that were not given yet.
    fn plan(&mut self, sla: &Sla, calendar: &mut Calendar, from: i64) {
        let (start, target_ms) = (self.due.started_at, self.due.target_ms);
        let Some(due_at) = calendar.used_up(start, target_ms, &self.pauses) else {
            return self.withdraw();
        };
        self.due.due_at = due_at;
        self.warnings.clear();
        for percent in &sla.warn_percents {
            let part_ms = (target_ms * i64::from(*percent) / 100).max(1);
            let at = calendar.used_up(start, part_ms, &self.pauses);
            let at = at.filter(|at| (from..due_at).contains(at) && *percent > self.warned);
            self.warnings.extend(at.map(|at| (*percent, at)));
        }
    }

    fn withdraw(&mut self) {
        if self.end.is_none() {
            self.end = Some(End::Withdrawn);
            self.warnings.clear();
        }
    }

    fn stop(&mut self) {
        if self.end.is_none() {
            self.end = Some(End::Kept);
            self.paused_since = None;
        }
    }

    fn pause(&mut self, now: i64) {
        let is_over = matches!(self.end, Some(End::Kept | End::Missed));
        if !is_over && self.pauses.len() < PAUSES_MAX && self.paused_since.is_none() {
            self.paused_since = Some(now);
        }
    }

    fn resume(&mut self, now: i64, sla: &Sla, calendar: &mut Calendar) {
        let Some(paused_at) = self.paused_since.take() else {
            return;
        };
        if paused_at <= now {
            self.pauses.push((paused_at, now));
        }
        if self.end.is_none() {
            self.since = now;
            self.plan(sla, calendar, paused_at);
        }
    }

    /// What it says next and when, if it runs.
    fn next(&self) -> Option<(u32, i64)> {
        let runs = self.end.is_none() && self.paused_since.is_none();
        let breach = (100, self.due.due_at);
        runs.then(|| self.warnings.first().copied().unwrap_or(breach))
    }

    fn rang(&mut self, level: u32) {
        if level == 100 {
            self.end = Some(End::Missed);
        } else {
            self.warned = level;
            self.warnings.remove(0);
        }
    }
}
