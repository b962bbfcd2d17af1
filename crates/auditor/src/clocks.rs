//! Clocks, from scratch: what is promised of a ticket after each of its facts, and when its
//! clocks must have rung.
//!
//! # Invariants
//!
//! - Time is the log's: a clock rings before a fact when it fell due strictly before the latest
//!   time that its partition had seen by then (ADR 3, ADR 6).
//! - Which `[[sla]]` entries hold is taken from the `timed` that follows; nothing else is.

use std::collections::{BTreeMap, HashMap};

use posthouse_wire::v1::{State, Target};
use uuid::Uuid;

use crate::clock::{By, Clock, End, Next};
use crate::history::{History, Rounds};
use crate::note::{AtRisk, Due, Level, Note, Rang, Seen, Told};
use crate::promise::{Promises, TARGETS};

const FIRST: i32 = Target::FirstResponse as i32;
const NEXT: i32 = Target::NextResponse as i32;
const UPDATE: i32 = Target::Update as i32;

/// The number of a cycle, and when it began.
type Cycle = (u32, i64);

/// A fact that counted, and how the ticket stands after it.
#[derive(Clone, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) note: &'a Note,
    pub(crate) state: State,
    /// The state that clocks see.
    pub(crate) clock_state: State,
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
    pub(crate) checks: Vec<Check>,
    pub(crate) ends: Vec<Ended>,
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

/// A forecast that was asked for; whether it was told is another matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) target: i32,
    pub(crate) cycle: u32,
    pub(crate) at: i64,
    pub(crate) from: i64,
    pub(crate) due_at: i64,
    pub(crate) set_by: Uuid,
    pub(crate) seen: Seen,
    /// The probabilities from which on it is told, in thousandths.
    pub(crate) risks: Vec<u32>,
}

impl Check {
    /// Whether the policy wants that to be told.
    pub(crate) fn asks_for(&self, told: &AtRisk) -> bool {
        self.risks.contains(&told.threshold)
            && (told.threshold..=1_000).contains(&told.probability)
            && told.due_at == self.due_at
    }
}

/// A promise whose end came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) target: i32,
    pub(crate) cycle: u32,
    /// The fact that ended it.
    pub(crate) by: Uuid,
    pub(crate) is_missed: bool,
}

/// Goes through a ticket's life with its clocks.
struct Walk<'a> {
    policies: &'a mut BTreeMap<String, Promises>,
    timed: &'a HashMap<Uuid, &'a Note>,
    clocks: Vec<Clock>,
    history: History,
    /// How often the customer waited for another answer.
    next_answers: Rounds,
    /// How often the customer waited for news.
    updates: Rounds,
    /// The entries that held when all clocks were set.
    held: Vec<String>,
    /// The policy that they are of.
    held_of: String,
    began_at: i64,
    expected: Expected,
}

/// Recomputes everything. `first` are the entries that hold from the opening on, of which no fact
/// tells; `timed` are those told, by cause; `end` is the latest time that the log has seen.
pub(crate) fn recompute(
    steps: &[Step<'_>],
    timed: &HashMap<Uuid, &Note>,
    policies: &mut BTreeMap<String, Promises>,
    first: Vec<String>,
    end: i64,
) -> Expected {
    let mut walk = Walk {
        policies,
        timed,
        clocks: Vec::new(),
        history: History::default(),
        next_answers: Rounds::default(),
        updates: Rounds::default(),
        held: Vec::new(),
        held_of: String::new(),
        began_at: 0,
        expected: Expected::default(),
    };
    if let Err(why) = walk.all(steps, first, end) {
        walk.expected.gave_up = Some(why);
    }
    walk.expected
}

impl Walk<'_> {
    fn all(&mut self, steps: &[Step<'_>], first: Vec<String>, end: i64) -> Result<(), GaveUp> {
        let Some((opened, rest)) = steps.split_first() else {
            return Ok(());
        };
        self.began_at = opened.note.stored_at;
        self.updates.begin(self.began_at);
        self.history.note(opened.note, opened.clock_state);
        self.set(opened, &TARGETS, &first)?;
        self.hold(opened, first);
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
        let rounds = (self.next_answers.running(), self.updates.running());
        let is_reopened = matches!(step.note.told, Told::Reopened);
        if is_reopened {
            self.clocks.clear();
            self.history.restart();
            self.began_at = step.note.stored_at;
        }
        self.history.note(step.note, step.clock_state);
        self.turn_rounds(step);
        self.stop(step);
        let is_labelled = matches!(
            step.note.told,
            Told::Classified { .. } | Told::Corrected { .. }
        );
        let asks = is_reopened || is_labelled;
        if asks || self.lost_its_entry(step)? {
            let choice = self.choice(step, asks)?;
            self.set(step, &TARGETS, &choice)?;
            self.hold(step, choice);
        } else {
            self.set_rounds(step, rounds)?;
        }
        self.follow(step)?;
        self.expect_timed(step, told, asks)
    }

    fn expect_timed(
        &mut self,
        step: &Step<'_>,
        before: Vec<Due>,
        asks: bool,
    ) -> Result<(), GaveUp> {
        let now = self.told();
        let promises = self.promises(step)?;
        let is_held = (promises.are_for_all() && !self.held.is_empty())
            || (promises.strictest && !now.is_empty());
        let is_told_all_the_same = asks && self.timed.contains_key(&step.note.id);
        if (asks && is_held) || is_told_all_the_same || now != before {
            let targets = now.into_iter().map(|mut due| {
                let same = |old: &&Due| (old.target, old.cycle) == (due.target, due.cycle);
                let old = before.iter().find(same).map(|old| old.due_at);
                due.previous = old.filter(|old| *old != due.due_at);
                due
            });
            self.expected.timed.push(Timed {
                cause: step.note.id,
                cause_at: step.note.stored_at,
                targets: targets.collect(),
            });
        }
        Ok(())
    }

    /// What begins or ends again and again.
    fn turn_rounds(&mut self, step: &Step<'_>) {
        let now = step.note.stored_at;
        let is_ended = is_ended(step.state);
        match &step.note.told {
            Told::Replied { .. } if step.note.by_customer && (is_ended || !step.answered) => {}
            Told::Replied { .. } if step.note.by_customer => self.next_answers.begin(now),
            Told::Replied { .. } => {
                self.next_answers.end();
                self.updates.end();
                if !is_ended {
                    self.updates.begin(now);
                }
            }
            Told::Resolved | Told::Closed => {
                self.next_answers.end();
                self.updates.end();
            }
            Told::Reopened => self.updates.begin(now),
            _ => {}
        }
    }

    /// The cycle of a target that nobody has kept yet, and when it began.
    fn cycle(&self, target: i32, step: &Step<'_>) -> Option<Cycle> {
        let of_ticket = (step.reopens, self.began_at);
        match target {
            NEXT => self.next_answers.running(),
            UPDATE => self.updates.running(),
            FIRST => (!step.answered && !is_ended(step.state)).then_some(of_ticket),
            _ => (!is_ended(step.state)).then_some(of_ticket),
        }
    }

    /// Ends the clocks of what is done.
    fn stop(&mut self, step: &Step<'_>) {
        for place in 0..self.clocks.len() {
            let clock = &self.clocks[place];
            let (target, cycle) = (clock.due.target, clock.due.cycle);
            let is_running = self.cycle(target, step).is_some_and(|(it, _)| it == cycle);
            let clock = &mut self.clocks[place];
            if !is_running && clock.stop() {
                self.expected.ends.push(Ended {
                    target,
                    cycle,
                    by: step.note.id,
                    is_missed: clock.end == Some(End::Missed),
                });
            }
        }
    }

    /// The entries that hold after a fact, by the `timed` that tells of it.
    fn choice(&mut self, step: &Step<'_>, asks: bool) -> Result<Vec<String>, GaveUp> {
        let told = self.timed.get(&step.note.id).map(|note| &note.told);
        let promises = self.promises(step)?;
        let Some(Told::Timed { sla, targets }) = told else {
            return match (asks, promises.strictest) {
                (false, _) => Err(GaveUp::NotTold),
                (true, false) if promises.are_for_all() => Err(GaveUp::Missing),
                (true, false) => Ok(Vec::new()),
                (true, true) => Ok(self.also_for_all(step, Vec::new())?),
            };
        };
        if !promises.strictest {
            let names = Some(sla.to_string()).filter(|name| !name.is_empty());
            return Ok(names.into_iter().collect());
        }
        // What is over keeps the name of an entry that may hold no more.
        let names = targets.iter().filter(|due| !self.is_over(due));
        let names = names.map(|due| due.sla.clone()).collect();
        self.also_for_all(step, names)
    }

    /// The entries of these names and those that always hold, in the order of the policy.
    fn also_for_all(&self, step: &Step<'_>, names: Vec<String>) -> Result<Vec<String>, GaveUp> {
        let promises = self.promises(step)?;
        let unknown = names.iter().find(|name| promises.find(name).is_none());
        if let Some(name) = unknown {
            return Err(GaveUp::NoSuchEntry(step.note.id, name.clone()));
        }
        let slas = promises.slas.iter();
        let held = slas.filter(|sla| sla.is_for_all || names.contains(&sla.name));
        Ok(held.map(|sla| sla.name.clone()).collect())
    }

    fn is_over(&self, due: &Due) -> bool {
        let mut clocks = self.clocks.iter();
        clocks.any(|clock| {
            (clock.due.target, clock.due.cycle) == (due.target, due.cycle)
                && matches!(clock.end, Some(End::Kept | End::Missed))
        })
    }

    fn hold(&mut self, step: &Step<'_>, held: Vec<String>) {
        self.held = held;
        self.held_of.clone_from(&step.policy);
    }

    /// Sets the clocks of what began again just now.
    fn set_rounds(
        &mut self,
        step: &Step<'_>,
        before: (Option<Cycle>, Option<Cycle>),
    ) -> Result<(), GaveUp> {
        for (target, before, now) in [
            (NEXT, before.0, self.next_answers.running()),
            (UPDATE, before.1, self.updates.running()),
        ] {
            if now.is_none() || now == before || !self.promises(step)?.promise_any(target) {
                continue;
            }
            let choice = self.choice_for(target, step)?;
            self.set(step, &[target], &choice)?;
        }
        Ok(())
    }

    /// The entries that hold for one target: told by the `timed`, else those that held before.
    fn choice_for(&self, target: i32, step: &Step<'_>) -> Result<Vec<String>, GaveUp> {
        let told = self.timed.get(&step.note.id).map(|note| &note.told);
        if let Some(Told::Timed { targets, .. }) = told {
            let of_target = targets.iter().filter(|due| due.target == target);
            let names: Vec<String> = of_target.map(|due| due.sla.clone()).collect();
            return match self.promises(step)?.strictest {
                true => self.also_for_all(step, names),
                false => Ok(names),
            };
        }
        let is_as_before = self.held_of == step.policy && self.promises(step)?.are_steady();
        if is_as_before {
            Ok(self.held.clone())
        } else {
            Err(GaveUp::NotTold)
        }
    }

    /// Sets the clocks of targets by the entries that hold, or withdraws them.
    fn set(&mut self, step: &Step<'_>, targets: &[i32], choice: &[String]) -> Result<(), GaveUp> {
        for target in targets {
            let Some((cycle, began_at)) = self.cycle(*target, step) else {
                continue;
            };
            let best = self.strictest(*target, step, choice)?;
            let clocks = &mut self.clocks;
            clocks.retain(|it| it.due.target != *target || it.due.cycle == cycle);
            let place = clocks.iter().position(|it| it.due.target == *target);
            let Some(name) = best else {
                if let Some(place) = place {
                    clocks[place].withdraw();
                }
                continue;
            };
            let mut clock = match place {
                Some(place) => clocks.swap_remove(place),
                None => Clock::new(*target, cycle, began_at, step.note.id),
            };
            self.with(step, &name, *target, |by| {
                clock.set(by, step.note.id, step.note.stored_at);
            })?;
            // One that never fell due is none.
            if place.is_some() || clock.end.is_none() {
                self.clocks.push(clock);
            }
        }
        Ok(())
    }

    /// The entry that gives the earliest deadline; the first of equal ones.
    fn strictest(
        &mut self,
        target: i32,
        step: &Step<'_>,
        choice: &[String],
    ) -> Result<Option<String>, GaveUp> {
        let Some((_, began_at)) = self.cycle(target, step) else {
            return Ok(None);
        };
        let mut best: Option<(i64, String)> = None;
        for name in choice {
            let due = self.with(step, name, target, |by| match choice.len() {
                1 => Some(0),
                _ => by.due(began_at, target),
            })?;
            let Some(due) = due.flatten() else {
                continue;
            };
            if best.as_ref().is_none_or(|(earliest, _)| due < *earliest) {
                best = Some((due, name.clone()));
            }
        }
        Ok(best.map(|(_, name)| name))
    }

    /// Does something with what an entry promises for a target; nothing when it promises nothing.
    fn with<T>(
        &mut self,
        step: &Step<'_>,
        name: &str,
        target: i32,
        f: impl FnOnce(&mut By<'_>) -> T,
    ) -> Result<Option<T>, GaveUp> {
        let promises = self.policies.get_mut(&step.policy);
        let promises = promises.ok_or(GaveUp::NoPolicy)?;
        let unknown = || GaveUp::NoSuchEntry(step.note.id, name.to_owned());
        let severity = promises.severity_of(step.severity);
        let sla = promises.slas.iter().find(|sla| sla.name == name);
        let sla = sla.ok_or_else(unknown)?;
        let calendar = promises.calendars.get_mut(&sla.calendar);
        let calendar = calendar.ok_or_else(unknown)?;
        let history = &self.history;
        Ok(sla.promise(target, severity).map(|promise| {
            f(&mut By {
                sla,
                promise,
                calendar,
                history,
            })
        }))
    }

    /// Pauses and resumes the clocks as the ticket now stands.
    fn follow(&mut self, step: &Step<'_>) -> Result<(), GaveUp> {
        if self.clocks.is_empty() {
            return Ok(());
        }
        let promises = self.policies.get_mut(&step.policy);
        let promises = promises.ok_or(GaveUp::NoPolicy)?;
        for clock in self.clocks.iter_mut().filter(|clock| clock.end.is_none()) {
            let sla = promises.slas.iter().find(|sla| sla.name == clock.due.sla);
            let calendar = promises.calendars.get_mut(&clock.due.calendar);
            if let Some((sla, calendar)) = sla.zip(calendar) {
                let mut by = By {
                    sla,
                    promise: clock.promise(),
                    calendar,
                    history: &self.history,
                };
                clock.follow(&mut by, step.note.stored_at);
            }
        }
        Ok(())
    }

    /// Whether a clock that is not over counts by an entry or calendar that is no more.
    fn lost_its_entry(&self, step: &Step<'_>) -> Result<bool, GaveUp> {
        let running = self.clocks.iter().filter(|clock| clock.end.is_none());
        let mut running = running.peekable();
        if running.peek().is_none() {
            return Ok(false);
        }
        let promises = self.promises(step)?;
        let is_lost = |clock: &Clock| {
            promises.find(&clock.due.sla).is_none()
                || !promises.calendars.contains_key(&clock.due.calendar)
        };
        Ok(running.any(is_lost))
    }

    /// Lets ring what fell due strictly before `now`.
    fn ring(&mut self, now: i64, before: &Step<'_>) {
        let seen = Seen {
            state: before.state as i32,
            reopens: before.reopens,
        };
        let promises = self.policies.get(&before.policy);
        for clock in &mut self.clocks {
            while let Some((at, next)) = clock.next().filter(|(at, _)| *at < now) {
                let (target, cycle) = (clock.due.target, clock.due.cycle);
                let (from, due_at) = (at.max(clock.since), clock.due.due_at);
                match next {
                    Next::Check(_) => self.expected.checks.push(Check {
                        target,
                        cycle,
                        at,
                        from,
                        due_at,
                        set_by: clock.set_by,
                        seen,
                        risks: promises
                            .and_then(|promises| promises.find(&clock.due.sla))
                            .map_or_else(Vec::new, |sla| sla.risks.clone()),
                    }),
                    Next::Ring(level, percent) => self.expected.rings.push(Ring {
                        rang: Rang {
                            target,
                            cycle,
                            level,
                            percent,
                            due_at,
                        },
                        at,
                        from,
                        set_by: clock.set_by,
                        seen,
                    }),
                }
                clock.said(next);
                if next == Next::Ring(Level::Breach, 100) {
                    break;
                }
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

/// Whether a ticket is over, if only until it is reopened.
pub(crate) const fn is_ended(state: State) -> bool {
    matches!(state, State::Resolved | State::Closed)
}
