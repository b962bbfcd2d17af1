//! Limits: how often a receiver may be told at most.
//!
//! A limit is a sliding window, not a bucket that is filled at the hour: of any span of its
//! length, no more messages than it allows fall into it. What is beyond it waits, and what waits
//! goes out together, so a limit makes messages fewer and none of them is lost.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// So many messages within so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Most messages, from 1 to [`Limit::MESSAGES_MAX`].
    pub messages: u16,
    /// The length of the window, in milliseconds.
    pub within_ms: i64,
}

impl Limit {
    /// Most messages of a limit: their times are remembered.
    pub const MESSAGES_MAX: u16 = 1_000;
    /// The limit of short messages where a policy sets none: five in a quarter of an hour, as
    /// `GoAlert` has it (`notification/manager.go` of target/goalert).
    pub const SMS: Self = Self {
        messages: 5,
        within_ms: 15 * 60 * 1_000,
    };

    /// The first instant at or after `at` at which one more message may go out, when the last
    /// went out at `told`, in order.
    #[must_use]
    pub fn free_from(&self, told: &[Timestamp], at: Timestamp) -> Timestamp {
        let messages = usize::from(self.messages);
        match told.len().checked_sub(messages) {
            None => at,
            Some(first) => told
                .get(first)
                .map_or(at, |first| at.max(first.plus_millis(self.within_ms))),
        }
    }

    /// Notes that a message went out at `at`, and forgets what no longer counts.
    pub fn note(&self, told: &mut Vec<Timestamp>, at: Timestamp) {
        told.push(at);
        told.sort_unstable();
        let over = told.len().saturating_sub(usize::from(self.messages));
        told.drain(..over);
    }
}

impl fmt::Display for Limit {
    /// `5 per 15m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = jiff::SignedDuration::from_millis(self.within_ms);
        write!(f, "{} per {within:#}", self.messages)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_millis(minute * 60_000)
    }

    #[test]
    fn no_window_holds_more_than_the_limit() {
        let limit = Limit::SMS;
        let mut told = Vec::new();
        let mut sent = Vec::new();
        for minute in 0..60 {
            while limit.free_from(&told, at(minute)) == at(minute) && sent.len() < 1_000 {
                limit.note(&mut told, at(minute));
                sent.push(minute);
            }
        }
        for first in &sent {
            let within = sent.iter().filter(|it| (*first..first + 15).contains(*it));
            assert!(within.count() <= 5);
        }
        assert_eq!(sent.len(), 20, "and the window is used");
    }

    #[test]
    fn what_is_beyond_waits_until_the_oldest_is_out_of_the_window() {
        let limit = Limit {
            messages: 2,
            within_ms: 10 * 60_000,
        };
        let mut told = vec![at(0)];
        assert_eq!(limit.free_from(&told, at(1)), at(1));
        limit.note(&mut told, at(4));
        assert_eq!(limit.free_from(&told, at(5)), at(10));
        assert_eq!(limit.free_from(&told, at(30)), at(30));
        limit.note(&mut told, at(10));
        assert_eq!(told, [at(4), at(10)]);
        // A limit that a policy made smaller counts what went out under the larger one.
        let smaller = Limit {
            messages: 1,
            ..limit
        };
        assert_eq!(smaller.free_from(&told, at(11)), at(20));
    }
}
