//! What follows from clocks: forecasts that were told, ladders that were climbed, and what missed
//! promises cost.
//!
//! A ladder is judged by the plan that its text makes from the instant at which it began. Whether
//! its condition held is taken on trust. After a gap in which nobody took steps, each destination
//! is told once, by its last step that was due; so a step may be missing when a later one for
//! the same destination is there.

use crate::clocks::{Check, Expected, Step};
use crate::deadlines::{Clocked, Compared, known_until, late, late_by};
use crate::ladder::{Ladder, On, Plan, Until};
use crate::names::target_name;
use crate::note::{Escalated, Note, Seen, Told};
use crate::promise::Promises;
use crate::report::{Found, Sort};
use crate::trail::Court;

/// What a ladder was climbed for.
type Promise = (i32, u32);

/// A climb that was told of.
struct Climbed {
    promise: Promise,
    ladder: String,
    plan: Plan,
    /// When it ended.
    end: i64,
}

/// Compares what followed with what is recomputed.
struct Comparison<'c, 'a, 'o> {
    clocked: &'c Clocked<'a>,
    steps: &'c [Step<'a>],
    expected: &'c Expected,
    court: &'c mut Court<'o>,
    climbed: Vec<Climbed>,
    compared: Compared,
}

/// Compares forecasts, ladders and costs.
pub(crate) fn compare<'a>(
    clocked: &Clocked<'a>,
    steps: &[Step<'a>],
    expected: &Expected,
    court: &mut Court<'_>,
) -> Compared {
    let mut comparison = Comparison {
        clocked,
        steps,
        expected,
        court,
        climbed: Vec::new(),
        compared: Compared::default(),
    };
    comparison.risks();
    comparison.costs();
    comparison.orders();
    // What was concluded together may be stored in any order.
    let mut triggers = clocked.triggers.clone();
    triggers.sort_by_key(|it| (comparison.before(it, it.occurred_at), it.occurred_at));
    for trigger in triggers {
        comparison.climb(trigger);
    }
    comparison.compared
}

impl Comparison<'_, '_, '_> {
    fn find(&mut self, sort: Sort, note: &Note, what: String) {
        self.compared.found.push(Found::new(sort, &[note.id], what));
    }

    /// A forecast is told where the policy asks for one, of a clock that runs.
    fn risks(&mut self) {
        for note in &self.clocked.risks {
            let Told::AtRisk(told) = &note.told else {
                continue;
            };
            self.compared.checked += 1;
            let is_it = |check: &&Check| {
                (check.target, check.cycle, check.at) == (told.target, told.cycle, note.occurred_at)
                    && note.cause == Some(check.set_by)
                    && check.asks_for(told)
            };
            let said = format!("{} at risk", said((told.target, told.cycle)));
            match self.expected.checks.iter().find(is_it) {
                None => {
                    let what = format!("{said}, where its policy asks for no such forecast");
                    self.find(Sort::WrongDeadline, note, what);
                }
                Some(check) => self.moment(note, check.from, check.seen, &said),
            }
        }
    }

    /// A cost accrues by a rule that is about the target, when a missed promise ends.
    fn costs(&mut self) {
        for note in &self.clocked.accrued {
            let Told::Accrued(told) = &note.told else {
                continue;
            };
            self.compared.checked += 1;
            let promise = (told.target, told.cycle);
            let ended = self.expected.ends.iter().any(|end| {
                (end.target, end.cycle) == promise && Some(end.by) == note.cause && end.is_missed
            });
            if !ended {
                let said = said(promise);
                let what = format!("{said} costs something though nothing missed ended there");
                self.find(Sort::WrongDeadline, note, what);
            }
            match self.court.policies.get(&*note.policy) {
                None => self.compared.is_unjudged = true,
                Some(promises) if promises.costs.have(&told.rule, told.target) => {}
                Some(_) => {
                    let what = format!("`{}` is no rule of its policy for that", told.rule);
                    self.find(Sort::WrongDeadline, note, what);
                }
            }
        }
    }

    /// An escalation stands behind what it is for.
    fn orders(&mut self) {
        for note in &self.clocked.escalated {
            let Told::Escalated(told) = &note.told else {
                continue;
            };
            let promise = (told.target, told.cycle);
            let triggers = self.clocked.triggers.iter();
            let mut triggers = triggers.filter(|trigger| Some(trigger.id) == note.cause);
            if !triggers.any(|trigger| promise_of(trigger) == Some(promise)) {
                let said = said(promise);
                let what = format!("{said} escalated, which was neither warned of nor missed");
                self.find(Sort::OutOfOrder, note, what);
            }
        }
    }

    /// What a warning, breach or forecast began.
    fn climb(&mut self, trigger: &Note) {
        let (Some(promise), Some(on)) = (promise_of(trigger), On::of(&trigger.told)) else {
            return;
        };
        let told = self.told_of(trigger);
        let version = trigger.policy.to_string();
        let is_moving = self.is_replaced(trigger);
        let Some(mut promises) = self.court.policies.remove(&version) else {
            self.compared.is_unjudged |= !told.is_empty();
            return;
        };
        // By whose text the next step was taken is not told.
        if is_moving {
            self.compared.is_unjudged |= promises.ladders.candidates(on).next().is_some();
        } else {
            self.climb_by(&mut promises, trigger, (promise, on), &told);
        }
        self.court.policies.insert(version, promises);
    }

    fn told_of(&self, trigger: &Note) -> Vec<(Note, Escalated)> {
        let escalated = self.clocked.escalated.iter();
        let of_it = escalated.filter(|note| note.cause == Some(trigger.id));
        let both = of_it.filter_map(|note| match &note.told {
            Told::Escalated(told) => Some(((*note).clone(), (**told).clone())),
            _ => None,
        });
        both.collect()
    }

    fn climb_by(
        &mut self,
        promises: &mut Promises,
        trigger: &Note,
        (promise, on): (Promise, On),
        told: &[(Note, Escalated)],
    ) {
        let Promises {
            ladders, calendars, ..
        } = promises;
        let mut plans = Vec::new();
        for ladder in ladders.candidates(on) {
            let end = self.end_of(trigger, promise, ladder.until);
            plans.push((
                ladder,
                end,
                ladder.plan(trigger.occurred_at, end, calendars),
            ));
        }
        self.compared.checked += u64::from(!plans.is_empty());
        let Some((first, escalated)) = told.first() else {
            return self.nobody_was_told(trigger, promise, &plans);
        };
        let chosen = plans
            .into_iter()
            .find(|(ladder, ..)| ladder.name == escalated.ladder);
        let Some((ladder, end, plan)) = chosen else {
            let what = format!("ladder `{}` is not for what it follows", escalated.ladder);
            return self.find(Sort::WrongDeadline, first, what);
        };
        let same = |it: &&Climbed| it.promise == promise && it.ladder == ladder.name;
        let before = self.climbed.iter().filter(same);
        let taken = before.map(|it| it.plan.rungs.len()).sum::<usize>();
        let taken_steps = self.take_steps(trigger, &plan, taken, told);
        self.miss_steps(trigger, &plan, &taken_steps);
        self.climbed.push(Climbed {
            promise,
            ladder: ladder.name.clone(),
            end: plan.over_at.unwrap_or(end),
            plan,
        });
    }

    /// Compares the steps that were told; returns their places.
    fn take_steps(
        &mut self,
        trigger: &Note,
        plan: &Plan,
        taken: usize,
        told: &[(Note, Escalated)],
    ) -> Vec<usize> {
        let mut places = Vec::new();
        for (note, step) in told {
            self.compared.checked += 1;
            let number = usize::try_from(step.step).unwrap_or(usize::MAX);
            let place = number.checked_sub(taken + 1);
            let rung = place.and_then(|place| plan.rungs.get(place));
            let said = format!("step {} of ladder {}", step.step, step.ladder);
            match rung {
                None => {
                    let what = format!("{said} was taken though the climb was over or answered");
                    self.find(Sort::WrongDeadline, note, what);
                }
                Some(rung) if rung.at != note.occurred_at || rung.to != step.to => {
                    let (to, then, at) = (&step.to, note.occurred_at, rung.at);
                    let wanted = &rung.to;
                    let what = format!("{said} is {to} at {then}, from scratch {wanted} at {at}");
                    self.find(Sort::WrongDeadline, note, what);
                }
                Some(rung) => {
                    places.extend(place);
                    let from = rung.at.max(trigger.stored_at);
                    let seen = self.seen_at(trigger, rung.at);
                    self.moment(note, from, seen, &said);
                }
            }
        }
        places
    }

    /// A step that was not taken, and no later one for the same destination.
    fn miss_steps(&mut self, trigger: &Note, plan: &Plan, taken: &[usize]) {
        let known_until = known_until(self.court);
        let begins_anew = self.begins_anew(trigger);
        for (place, rung) in plan.rungs.iter().enumerate() {
            let is_told = |it: &&usize| **it >= place && plan.rungs[**it].to == rung.to;
            let from = rung.at.max(trigger.stored_at);
            let may_come = self.court.outside.patience(from) > known_until;
            let is_left = begins_anew.is_some_and(|at| at <= rung.at);
            if taken.iter().any(|it| is_told(&it)) || may_come || is_left {
                continue;
            }
            let what = format!("{} was to be told at {}, but was not", rung.to, rung.at);
            self.find(Sort::Late, trigger, what);
        }
    }

    /// Nobody was told of a trigger: every ladder that may be for it must have had nothing to do.
    fn nobody_was_told(
        &mut self,
        trigger: &Note,
        promise: Promise,
        plans: &[(&Ladder, i64, Plan)],
    ) {
        let known_until = known_until(self.court);
        let is_climbed = |ladder: &Ladder| {
            let mut before = self.climbed.iter();
            before.any(|it| {
                it.promise == promise && it.ladder == ladder.name && it.end >= trigger.occurred_at
            })
        };
        let is_overdue = |plan: &Plan| {
            let from = plan.rungs.first().map(|it| it.at.max(trigger.stored_at));
            from.is_some_and(|from| self.court.outside.patience(from) <= known_until)
        };
        let is_for_all = plans.last().is_some_and(|(ladder, ..)| ladder.is_for_all);
        let must_be =
            |(ladder, _, plan): &(&Ladder, i64, Plan)| is_overdue(plan) && !is_climbed(ladder);
        if is_for_all && plans.iter().all(must_be) {
            let what = format!("{} began a ladder of which nobody was told", trigger.word());
            self.find(Sort::Late, trigger, what);
        }
    }

    /// That a fact was told in time, not before, and of the ticket as it stood.
    fn moment(&mut self, note: &Note, from: i64, seen: Seen, said: &str) {
        let at = note.occurred_at;
        if note.seen.is_some_and(|it| it != seen) {
            let what = format!("{said} of a ticket in another state than the log had it in");
            self.find(Sort::OutOfOrder, note, what);
        } else if note.log_now <= at {
            let early_by = at - note.log_now;
            let what = format!("{said} {early_by} ms before its time had passed");
            self.find(Sort::WrongDeadline, note, what);
        } else if note.stored_at > self.court.outside.patience(from) {
            let what = format!("{said} {}", late_by(note, from));
            self.find(late(self.court.outside), note, what);
        }
    }

    /// When a climb that a trigger began was stopped: steps due before that are taken.
    fn end_of(&self, trigger: &Note, promise: Promise, until: Until) -> i64 {
        let stops = |step: &&Step<'_>| {
            let note = step.note;
            let answers = matches!(
                note.told,
                Told::Replied { .. } | Told::Assigned { .. } | Told::Progressed { .. }
            );
            let is_answered = answers && !note.by_customer && until == Until::Answer;
            let is_kept = until != Until::Resolution
                && self
                    .expected
                    .ends
                    .iter()
                    .any(|end| (end.target, end.cycle) == promise && end.by == note.id);
            let is_over = crate::clocks::is_ended(step.state);
            (is_answered || is_kept || is_over) && note.stored_at >= trigger.occurred_at
        };
        let after = &self.steps[self.before(trigger, trigger.occurred_at) + 1..];
        let stop = after.iter().find(stops);
        stop.map_or(self.court.end, |step| step.note.log_now)
    }

    /// The place of the last step that counted when something of a trigger rang at `at`.
    fn before(&self, trigger: &Note, at: i64) -> usize {
        let is_set = |step: &Step<'_>| Some(step.note.id) == trigger.cause;
        let set = self.steps.iter().position(is_set).unwrap_or(0);
        let counted = |step: &Step<'_>| step.note.log_now <= at;
        set.max(self.steps.iter().rposition(counted).unwrap_or(0))
    }

    fn seen_at(&self, trigger: &Note, at: i64) -> Seen {
        let step = &self.steps[self.before(trigger, at)];
        Seen {
            state: step.state as i32,
            reopens: step.reopens,
        }
    }

    /// Whether another policy was in force while something may have been climbed. What is told
    /// under an old policy may be stored after a new one.
    fn is_replaced(&self, trigger: &Note) -> bool {
        let is_other = |version: &str| *version != *trigger.policy && !version.is_empty();
        let in_force = self.court.policies_in_force();
        let (before, after): (Vec<_>, Vec<_>) =
            in_force.partition(|(at, _)| *at < trigger.sequence);
        let mut in_force = before.last().into_iter().chain(&after);
        let mut steps = self.steps.iter();
        let mut triggers = self.clocked.triggers.iter();
        let mut escalated = self.clocked.escalated.iter();
        in_force.any(|(_, version)| is_other(version))
            || steps.any(|it| it.note.sequence > trigger.sequence && is_other(&it.policy))
            || triggers.any(|it| promise_of(it) == promise_of(trigger) && is_other(&it.policy))
            || escalated.any(|it| it.cause == Some(trigger.id) && is_other(&it.policy))
    }

    /// When a later cycle of the same target began to be climbed for, which ends this one.
    fn begins_anew(&self, trigger: &Note) -> Option<i64> {
        let (target, cycle) = promise_of(trigger)?;
        let triggers = self.clocked.triggers.iter();
        let later = triggers
            .filter(|it| promise_of(it).is_some_and(|(of, later)| of == target && later > cycle));
        later.map(|it| it.occurred_at).min()
    }
}

fn promise_of(note: &Note) -> Option<Promise> {
    match &note.told {
        Told::Rang(it) => Some((it.target, it.cycle)),
        Told::AtRisk(it) => Some((it.target, it.cycle)),
        _ => None,
    }
}

fn said((target, cycle): Promise) -> String {
    let target = target_name(target).unwrap_or("an unknown target");
    format!("{target} of cycle {cycle}")
}
