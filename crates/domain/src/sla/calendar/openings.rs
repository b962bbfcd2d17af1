//! The stretches of real time in which a desk works: shifts, and modes that outrank them.

mod shifts;

use std::iter::FusedIterator;

use super::Calendar;
use super::days::Holidays;
use shifts::Shifts;

/// Open time: `from..to` in UTC milliseconds, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sla) struct Opening {
    pub(in crate::sla) from: i64,
    pub(in crate::sla) to: i64,
}

impl Opening {
    pub(in crate::sla) const fn ms(self) -> i64 {
        self.to - self.from
    }
}

/// Openings in order, without overlap; neighbours may touch.
pub(in crate::sla) struct Openings<'a> {
    shifts: Shifts<'a>,
    /// A shift, or the rest of one, that a mode keeps waiting.
    held: Option<Opening>,
    /// The modes that are not over.
    modes: &'a [Opening],
    from: i64,
    until: i64,
}

impl<'a> Openings<'a> {
    pub(super) fn new(calendar: &'a Calendar, from: i64, until: i64, holidays: Holidays) -> Self {
        Self {
            shifts: Shifts::new(calendar, from, until, holidays),
            held: None,
            modes: calendar.mode_spans(),
            from,
            until,
        }
    }

    /// Leaves out everything before `at`, without visiting the dates between.
    pub(in crate::sla) fn skip_to(&mut self, at: i64) {
        self.from = self.from.max(at);
        self.shifts.skip_to(at);
        self.held = self.held.take().and_then(|held| held.after(at));
    }

    /// Leaves out whole weeks that all look alike, while they have less than `left_ms` of work;
    /// returns their work.
    pub(in crate::sla) fn skip_weeks(&mut self, left_ms: i64) -> i64 {
        if self.held.is_some() || !self.modes.is_empty() {
            return 0;
        }
        self.shifts.skip_weeks(left_ms)
    }

    /// The part of the next mode that lies ahead.
    fn mode(&mut self) -> Option<Opening> {
        while let [first, later @ ..] = self.modes {
            if let Some(mode) = first.after(self.from) {
                let to = mode.to.min(self.until);
                return (mode.from < to).then_some(Opening { to, ..mode });
            }
            self.modes = later;
        }
        None
    }

    /// The next shift beside a mode: what overlaps the mode waits, or is the mode.
    fn next_beside(&mut self, mode: Opening) -> Opening {
        match self.held.take().or_else(|| self.shifts.next()) {
            Some(shift) if shift.from < mode.from => {
                self.held = shift.after(mode.from);
                Opening {
                    to: shift.to.min(mode.from),
                    ..shift
                }
            }
            shift => {
                self.held = shift.and_then(|shift| shift.after(mode.to));
                self.shifts.skip_to(mode.to);
                mode
            }
        }
    }
}

impl Opening {
    /// What lies at or after `at`.
    fn after(self, at: i64) -> Option<Self> {
        let from = self.from.max(at);
        (from < self.to).then_some(Self { from, ..self })
    }
}

impl Iterator for Openings<'_> {
    type Item = Opening;

    fn next(&mut self) -> Option<Opening> {
        let next = match self.mode() {
            Some(mode) => self.next_beside(mode),
            None => self.held.take().or_else(|| self.shifts.next())?,
        };
        self.from = next.to;
        Some(next)
    }
}

impl FusedIterator for Openings<'_> {}
