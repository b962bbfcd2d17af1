//! Standing: where a ticket stands in its queue, and how fast the queue moves.

use serde::{Deserialize, Serialize};

/// A queue as a partition sees it: the tickets of one queue and severity.
///
/// It changes by facts only. A partition sees a share of the queue, but the same share of what
/// is ahead and of what leaves, so that the rate between them holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    open: u32,
    /// How many left it, ever.
    gone: u64,
}

/// Where a ticket came to stand; kept with the ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// How many were open before it.
    before: u32,
    /// How many had left by then.
    gone: u64,
}

impl Standing {
    /// A ticket comes to stand in the queue.
    pub const fn enter(&mut self) -> Place {
        let place = Place {
            before: self.open,
            gone: self.gone,
        };
        self.open = self.open.saturating_add(1);
        place
    }

    /// A ticket leaves it: it was resolved or closed, or stands in another.
    pub const fn leave(&mut self) {
        self.open = self.open.saturating_sub(1);
        self.gone = self.gone.saturating_add(1);
    }

    /// How many are open.
    #[must_use]
    pub const fn open(&self) -> u32 {
        self.open
    }

    /// How many left since a ticket came to stand at `place`.
    #[must_use]
    pub fn served(&self, place: Place) -> u32 {
        u32::try_from(self.gone.saturating_sub(place.gone)).unwrap_or(u32::MAX)
    }

    /// How many of those before `place` are likely still there: as if the first to come were the
    /// first to leave, and never more than are open beside the ticket itself.
    #[must_use]
    pub fn ahead(&self, place: Place) -> u32 {
        let left = place.before.saturating_sub(self.served(place));
        left.min(self.open.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_to_come_is_the_first_to_leave() {
        let mut standing = Standing::default();
        let first = standing.enter();
        let second = standing.enter();
        let third = standing.enter();
        assert_eq!(
            [first, second, third].map(|it| standing.ahead(it)),
            [0, 1, 2]
        );
        standing.leave();
        assert_eq!([second, third].map(|it| standing.ahead(it)), [0, 1]);
        assert_eq!(standing.served(third), 1);
        assert_eq!(standing.open(), 2);
        let fourth = standing.enter();
        assert_eq!((standing.ahead(fourth), standing.served(fourth)), (2, 0));
    }

    #[test]
    fn what_never_entered_can_leave() {
        let mut standing = Standing::default();
        standing.leave();
        assert_eq!(standing.open(), 0);
        assert_eq!(standing.ahead(Place::default()), 0);
    }
}
