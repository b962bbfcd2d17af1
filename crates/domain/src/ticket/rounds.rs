//! Rounds: what begins again and again within the life of a ticket, such as a customer waiting
//! for the next answer.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The rounds of one kind: the present or last one, and when the one before it ended.
///
/// Earlier ones are not kept: whoever concludes something from a round does so within moments of
/// its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rounds {
    /// The number of the present or last round, from 1; 0 before the first.
    pub(super) number: u32,
    /// When the present or last round began.
    pub(super) began_at: Option<Timestamp>,
    /// When the last round ended; `None` while one runs.
    pub(super) ended_at: Option<Timestamp>,
    /// When the round before that ended.
    pub(super) ended_before_at: Option<Timestamp>,
}

/// How a round stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// It runs.
    Running,
    /// It ended then.
    Ended(Timestamp),
    /// It has not begun, or nobody remembers when it ended.
    Unknown,
}

impl Rounds {
    /// A round begins, unless one runs.
    pub(super) fn begin(&mut self, at: Timestamp) {
        if self.is_running() {
            return;
        }
        self.number = self.number.saturating_add(1);
        self.began_at = Some(at);
        self.ended_before_at = self.ended_at.take();
    }

    /// The round ends, if one runs.
    pub(super) fn end(&mut self, at: Timestamp) {
        if self.is_running() {
            self.ended_at = Some(at);
        }
    }

    /// The number of the round that runs and when it began.
    #[must_use]
    pub fn running(&self) -> Option<(u32, Timestamp)> {
        let began_at = self.began_at?;
        self.is_running().then_some((self.number, began_at))
    }

    /// How the round with this number stands.
    #[must_use]
    pub fn round(&self, number: u32) -> Round {
        let ended_at = if number == 0 || number > self.number {
            return Round::Unknown;
        } else if number == self.number {
            match self.ended_at {
                None => return Round::Running,
                ended => ended,
            }
        } else if number + 1 == self.number {
            self.ended_before_at
        } else {
            None
        };
        ended_at.map_or(Round::Unknown, Round::Ended)
    }

    const fn is_running(&self) -> bool {
        self.began_at.is_some() && self.ended_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(1_000 * second)
    }

    #[test]
    fn the_present_round_and_the_one_before_are_known() {
        let mut rounds = Rounds::default();
        assert_eq!(rounds.round(0), Round::Unknown);
        assert_eq!(rounds.running(), None);
        rounds.begin(at(1));
        rounds.begin(at(2));
        assert_eq!(rounds.running(), Some((1, at(1))));
        assert_eq!(rounds.round(1), Round::Running);
        assert_eq!(rounds.round(2), Round::Unknown);
        rounds.end(at(3));
        rounds.end(at(4));
        assert_eq!(rounds.round(1), Round::Ended(at(3)));
        assert_eq!(rounds.running(), None);
        rounds.begin(at(5));
        assert_eq!(rounds.running(), Some((2, at(5))));
        assert_eq!(rounds.round(1), Round::Ended(at(3)));
        rounds.end(at(6));
        rounds.begin(at(7));
        assert_eq!(rounds.round(1), Round::Unknown);
        assert_eq!(rounds.round(2), Round::Ended(at(6)));
    }
}
