//! Who has which characters, and where that is in code points.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::{Kind, Span};

/// What was found so far: places in bytes, none of which overlap.
#[derive(Default)]
pub(crate) struct Found {
    /// End and kind by start.
    taken: BTreeMap<usize, (usize, Kind)>,
}

impl Found {
    /// Claims a place. Says whether the claim holds: not where somebody claimed a part of it
    /// before, nor where it is empty.
    pub(crate) fn claim(&mut self, place: Range<usize>, kind: Kind) -> bool {
        let before = self.taken.range(..place.end).next_back();
        let is_free = before.is_none_or(|(_, (end, _))| *end <= place.start);
        let holds = is_free && !place.is_empty();
        if holds {
            self.taken.insert(place.start, (place.end, kind));
        }
        holds
    }

    /// Whether somebody claimed the byte `at`.
    pub(crate) fn holds(&self, at: usize) -> bool {
        let last = self.taken.range(..=at).next_back();
        last.is_some_and(|(_, (end, _))| at < *end)
    }

    /// The places in code points of `text`, in order.
    pub(crate) fn into_spans(self, text: &str) -> Vec<Span> {
        let (mut bytes, mut points) = (0, 0);
        let mut point_of = |at: usize| {
            points += text[bytes..at].chars().count();
            bytes = at;
            points
        };
        let taken = self.taken.into_iter();
        taken
            .map(|(start, (end, kind))| Span {
                start: point_of(start),
                end: point_of(end),
                kind,
            })
            .collect()
    }
}
