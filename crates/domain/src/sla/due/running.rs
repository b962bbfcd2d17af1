//! The time during which a clock runs: openings less pauses.

use super::Pause;
use crate::sla::calendar::{Opening, Openings};

/// Openings cut by pauses: in order, without overlap, never empty.
pub(super) struct Running<'a> {
    openings: Openings<'a>,
    /// Those that may still cut something, by their begin.
    pauses: &'a [Pause],
    /// What a pause left of the opening it cut.
    rest: Option<Opening>,
}

impl<'a> Running<'a> {
    /// `pauses` by their begin; they may overlap.
    pub(super) const fn new(openings: Openings<'a>, pauses: &'a [Pause]) -> Self {
        Self {
            openings,
            pauses,
            rest: None,
        }
    }

    /// Leaves out whole weeks that all look alike, while they have less than `left_ms` of work;
    /// returns their work. None while a pause may lie in them.
    pub(super) fn skip_weeks(&mut self, left_ms: i64) -> i64 {
        if self.rest.is_some() || !self.pauses.is_empty() {
            return 0;
        }
        self.openings.skip_weeks(left_ms)
    }

    /// The first pause that touches `opening`, as milliseconds.
    fn pause_in(&mut self, opening: Opening) -> Option<(i64, i64)> {
        while let [first, later @ ..] = self.pauses {
            let (from, to) = (first.from().as_millis(), first.to().as_millis());
            if to > opening.from {
                return (from < opening.to).then_some((from, to));
            }
            self.pauses = later;
        }
        None
    }
}

impl Iterator for Running<'_> {
    type Item = Opening;

    fn next(&mut self) -> Option<Opening> {
        loop {
            let opening = self.rest.take().or_else(|| self.openings.next())?;
            let Some((from, to)) = self.pause_in(opening) else {
                return Some(opening);
            };
            if from > opening.from {
                self.rest = Some(Opening { from, ..opening });
                return Some(Opening {
                    to: from,
                    ..opening
                });
            }
            if to < opening.to {
                self.rest = Some(Opening {
                    from: to,
                    ..opening
                });
            } else {
                self.openings.skip_to(to);
            }
        }
    }
}
