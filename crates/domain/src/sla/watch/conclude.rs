//! Ringing: what follows when the time of a clock or a ladder has come.

use super::{Conclusion, Experience, Terms, Watched};
use crate::sla::Warning;
use crate::sla::clock::{Clock, Planned, Ring};
use crate::sla::compensation::{Accrual, Breach};
use crate::sla::ladder::Rung;
use crate::ticket::{Body, CompensationAccrued, Escalated, Fact, TargetBreached, TargetWarned};
use crate::time::Timestamp;

impl Watched {
    /// Lets every clock and ladder ring that fell due strictly before `now`, in the order of the
    /// instants; clocks first where they are equal, so that a ladder begins with what began it.
    pub fn ring(
        &mut self,
        now: Timestamp,
        terms: Terms<'_>,
        experience: &mut dyn Experience,
    ) -> Vec<Conclusion> {
        let mut conclusions = Vec::new();
        loop {
            let clock_at = self.clocks.iter().filter_map(Clock::next_ring).min();
            let clock_at = clock_at.filter(|at| *at < now);
            let climb_at = self.climbs.next_ring().filter(|at| *at < now);
            match (clock_at, climb_at) {
                (None, None) => return conclusions,
                (Some(clock_at), climb_at) if climb_at.is_none_or(|at| clock_at <= at) => {
                    conclusions.extend(self.ring_clock(now, terms, experience));
                }
                _ => conclusions.extend(self.ring_climb(now, terms)),
            }
        }
    }

    fn ring_clock(
        &mut self,
        now: Timestamp,
        terms: Terms<'_>,
        experience: &mut dyn Experience,
    ) -> Option<Conclusion> {
        let due = |clock: &&mut Clock| clock.next_ring().is_some_and(|at| at < now);
        let clock = self.clocks.iter_mut().filter(due);
        let clock = clock.min_by_key(|clock| clock.next_ring())?;
        let at = clock.next_ring()?;
        let ring = clock.ring(now)?;
        let clock = clock.clone();
        if ring == Ring::Breach {
            self.learn(&clock, at, terms, experience);
        }
        let conclusion = match ring {
            Ring::Check(percent) => {
                let asked = (clock.target, percent);
                self.look_ahead(asked, at, terms, experience)?
            }
            Ring::Warning(planned) => self.warn(&clock, planned, at),
            Ring::Breach => self.miss(&clock, at),
        };
        let (id, features) = (conclusion.id(), &self.ticket.features);
        self.climbs
            .begin(&conclusion.body, id, at, features, terms.ladders);
        Some(conclusion)
    }

    fn ring_climb(&mut self, now: Timestamp, terms: Terms<'_>) -> Option<Conclusion> {
        let features = &self.ticket.features;
        let calendars = &terms.slas.calendars;
        let rung = self.climbs.ring(now, features, terms.ladders, calendars)?;
        Some(self.escalate(rung))
    }

    /// What a missed promise costs that ended by `fact`.
    pub(super) fn compensate(
        &self,
        clock: &Clock,
        fact: &Fact,
        now: Timestamp,
        terms: Terms<'_>,
    ) -> Vec<Conclusion> {
        let features = &self.ticket.features;
        let breach = self.breach(clock, now, terms);
        let accruals = terms.compensations.on_end(features, &breach);
        let conclude = |accrual: Accrual| Conclusion {
            cause: fact.id,
            rule: format!("compensation_accrued {} {}", clock.target, accrual.rule),
            ordinal: clock.cycle,
            at: now,
            body: Body::CompensationAccrued(CompensationAccrued {
                target: clock.target,
                cycle: clock.cycle,
                rule: accrual.rule,
                amount: accrual.amount.to_string(),
                currency: accrual.unit.to_string(),
                computation: accrual.computation,
                features: features.clone(),
            }),
        };
        accruals.into_iter().map(conclude).collect()
    }

    /// How late a promise was that ended at `now`. Without its policy all time counts.
    fn breach(&self, clock: &Clock, now: Timestamp, terms: Terms<'_>) -> Breach {
        let late_elapsed_ms = now.millis_since(clock.due_at);
        let calendar = terms.slas.calendars.get(&clock.calendar);
        let counted = terms.slas.named(&clock.sla).zip(calendar);
        let late_working_ms = counted.map_or(late_elapsed_ms, |(sla, calendar)| {
            let stands = |stretch: &_| sla.pauses(clock.target, stretch);
            let pauses = self.history.pauses(clock.started_at, stands);
            calendar.running_ms_between(clock.due_at, now, &pauses.over)
        });
        Breach {
            target: clock.target,
            late_working_ms,
            late_elapsed_ms,
        }
    }

    fn escalate(&self, rung: Rung) -> Conclusion {
        let promise = (rung.target, rung.cycle);
        let mut clocks = self.clocks.iter();
        let clock = clocks.find(|clock| (clock.target, clock.cycle) == promise);
        Conclusion {
            cause: rung.set_by,
            rule: "escalated".to_owned(),
            ordinal: rung.step,
            at: rung.at,
            body: Body::Escalated(Escalated {
                target: rung.target,
                cycle: rung.cycle,
                ladder: rung.ladder,
                step: rung.step,
                to: rung.to.key().to_owned(),
                level: rung.to.level().to_owned(),
                reason: rung.reason,
                due_at: clock.map_or(rung.at, |clock| clock.due_at),
                features: self.ticket.features.clone(),
            }),
        }
    }

    fn warn(&self, clock: &Clock, planned: Planned, at: Timestamp) -> Conclusion {
        let (level, before_ms) = match planned.warning {
            Warning::Percent(percent) => (percent.to_string(), 0),
            Warning::Before(ms) => (format!("-{ms}"), ms),
        };
        Conclusion {
            cause: clock.set_by,
            rule: format!("target_warned {} {level}", clock.target),
            ordinal: clock.cycle,
            at,
            body: Body::TargetWarned(TargetWarned {
                target: clock.target,
                cycle: clock.cycle,
                percent: planned.percent,
                before_ms,
                due_at: clock.due_at,
                features: self.ticket.features.clone(),
            }),
        }
    }

    fn miss(&self, clock: &Clock, at: Timestamp) -> Conclusion {
        Conclusion {
            cause: clock.set_by,
            rule: format!("target_breached {}", clock.target),
            ordinal: clock.cycle,
            at,
            body: Body::TargetBreached(TargetBreached {
                target: clock.target,
                cycle: clock.cycle,
                due_at: clock.due_at,
                features: self.ticket.features.clone(),
                minutes: Some(self.course.minutes(clock.due_at)),
            }),
        }
    }
}
