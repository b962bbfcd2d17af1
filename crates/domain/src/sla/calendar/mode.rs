//! Modes: spans in which a desk never closes, such as a major incident.

use super::openings::Opening;
use crate::time::Timestamp;

/// A span in which a calendar never closes, whatever its week, holidays and exceptions say.
///
/// It has instants rather than dates, so that it begins when it is declared and gives nobody
/// working time in hindsight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends (excluded); `None` while nobody knows.
    pub to: Option<Timestamp>,
}

/// The spans of modes: in order, apart from each other, none empty.
pub(super) fn merged(modes: &[Mode]) -> Box<[Opening]> {
    let mut spans: Vec<Opening> = modes
        .iter()
        .map(|mode| Opening {
            from: mode.from.as_millis(),
            to: mode.to.unwrap_or(Timestamp::MAX).as_millis(),
        })
        .filter(|span| span.from < span.to)
        .collect();
    spans.sort_unstable_by_key(|span| span.from);
    spans.dedup_by(|next, kept| {
        let joined = next.from <= kept.to;
        if joined {
            kept.to = kept.to.max(next.to);
        }
        joined
    });
    spans.into()
}

/// The mode of a span.
pub(super) fn of(span: &Opening) -> Mode {
    Mode {
        from: Timestamp::from_millis(span.from),
        to: (span.to < Timestamp::MAX.as_millis()).then(|| Timestamp::from_millis(span.to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_joined_and_sorted() {
        let mode = |from, to: i64| Mode {
            from: Timestamp::from_millis(from),
            to: (to > 0).then(|| Timestamp::from_millis(to)),
        };
        let spans = |modes: &[Mode]| -> Vec<(i64, i64)> {
            merged(modes)
                .iter()
                .map(|span| (span.from, span.to))
                .collect()
        };
        let never_ends = Timestamp::MAX.as_millis();
        assert_eq!(
            spans(&[mode(5, 7), mode(1, 3), mode(3, 4)]),
            [(1, 4), (5, 7)]
        );
        assert_eq!(spans(&[mode(5, 0), mode(6, 7)]), [(5, never_ends)]);
        assert_eq!(spans(&[mode(5, 5), mode(5, 4)]), []);
    }
}
