//! The proof that a ladder reaches somebody: when would a climb that begins then reach nobody?
//!
//! Each step reaches somebody for those beginnings after which, its delay later, the step's hours
//! are open and whoever it is for works. What no step of any pass covers is a hole. The sets are
//! computed as spans of open time moved by delays, so ninety days cost as much as their shifts.

use std::collections::BTreeMap;

use super::{Destination, Ladder, Step};
use crate::sla::Calendar;
use crate::time::Timestamp;

/// Beginnings for which a ladder reaches nobody: `from..to`, never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The first such instant.
    pub from: Timestamp,
    /// The first instant after it for which somebody is reached.
    pub to: Timestamp,
}

/// The spans of `from..to` in which a climb of `ladder` would begin without any of its steps
/// reaching anybody at its time, in order and not touching.
///
/// `served_by` gives the calendars in whose open time a destination is served; any one of them is
/// enough, none at all is nobody. A step that waits for its hours counts when it is due, since
/// who is told hours later was not reached.
#[must_use]
pub fn holes<'a>(
    ladder: &Ladder,
    calendars: &'a BTreeMap<String, Calendar>,
    served_by: impl Fn(&Destination) -> Vec<&'a Calendar>,
    from: Timestamp,
    to: Timestamp,
) -> Vec<Hole> {
    let mut reached = Vec::new();
    for step in &ladder.steps {
        let hours = step.hours.as_ref().and_then(|name| calendars.get(name));
        let served = served_by(&step.to);
        for delay_ms in delays(ladder, step) {
            let window = Span::new(from, to).moved(delay_ms);
            let open = match hours {
                Some(calendar) => window.within(calendar),
                None => vec![window],
            };
            for open in open {
                let spans = served.iter().flat_map(|calendar| open.within(calendar));
                reached.extend(spans.map(|span| span.moved(-delay_ms)));
            }
        }
    }
    uncovered(Span::new(from, to), reached)
}

/// Whether two calendars are ever open at once in `from..to`.
#[must_use]
pub fn meet(a: &Calendar, b: &Calendar, from: Timestamp, to: Timestamp) -> bool {
    let open = Span::new(from, to).within(a);
    open.into_iter().any(|span| !span.within(b).is_empty())
}

/// The delays of a step in every pass, in milliseconds.
fn delays(ladder: &Ladder, step: &Step) -> impl Iterator<Item = i64> {
    let (pass_ms, after_ms) = (ladder.pass_ms(), step.after_ms);
    (0..=ladder.repeats).map(move |pass| i64::from(pass) * pass_ms + after_ms)
}

/// A stretch of time in UTC milliseconds: `from..to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    from: i64,
    to: i64,
}

impl Span {
    fn new(from: Timestamp, to: Timestamp) -> Self {
        Self {
            from: from.as_millis(),
            to: to.as_millis(),
        }
    }

    fn moved(self, ms: i64) -> Self {
        Self {
            from: self.from + ms,
            to: self.to + ms,
        }
    }

    fn within(self, calendar: &Calendar) -> Vec<Self> {
        let openings = calendar.openings(self.from, self.to);
        let spans = openings.map(|opening| Self {
            from: opening.from,
            to: opening.to,
        });
        spans.collect()
    }
}

/// What is left of `whole` without the `covered` spans.
fn uncovered(whole: Span, mut covered: Vec<Span>) -> Vec<Hole> {
    covered.sort_unstable();
    let mut left = Vec::new();
    let mut at = whole.from;
    let end = Span {
        from: whole.to,
        to: whole.to,
    };
    for span in covered.into_iter().chain([end]) {
        if at < span.from {
            left.push(Hole {
                from: Timestamp::from_millis(at),
                to: Timestamp::from_millis(span.from),
            });
        }
        at = at.max(span.to);
    }
    left
}
