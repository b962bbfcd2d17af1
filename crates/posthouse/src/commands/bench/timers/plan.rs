//! How much of what is measured, by the number of clocks asked for.

use super::policy::CLOCKS_PER_TICKET;
use crate::cli::bench::TimersArgs;

/// At a million clocks: what falls due each second, and for how long.
const STEADY_PER_SECOND_MAX: u64 = 2_000;
const STEADY_SECONDS: u64 = 60;
/// Below so many clocks the parts that take wall time are cut short.
const SMALL: u64 = 100_000;
const STEADY_SECONDS_SMALL: u64 = 10;
/// How long after the last arming the clocks of the killed owner fall due: long enough for it
/// to have saved its view once, as one in production has.
const OVERDUE_AFTER_MS: i64 = 75_000;
const OVERDUE_AFTER_SMALL_MS: i64 = 10_000;
/// Clocks due steadily fall due so long after the last of them was armed.
const STEADY_MARGIN_S: u64 = 5;

/// What is measured.
pub(super) struct Plan {
    /// Clocks that stay, all in one process.
    pub(super) clocks: u64,
    /// Clocks due in one instant.
    pub(super) burst: u64,
    /// Clocks due each second.
    pub(super) steady_per_second: u64,
    /// For how long.
    pub(super) steady_seconds: u64,
    /// Their target, in milliseconds.
    pub(super) steady_ms: i64,
    /// Clocks that fall due while nobody owns them.
    pub(super) overdue: u64,
    /// Their target, in milliseconds.
    pub(super) overdue_ms: i64,
}

impl Plan {
    pub(super) fn of(args: &TimersArgs) -> Self {
        let clocks = args.clocks.max(CLOCKS_PER_TICKET);
        let is_small = clocks < SMALL;
        let steady_seconds = if is_small {
            STEADY_SECONDS_SMALL
        } else {
            STEADY_SECONDS
        };
        let steady_ms = (steady_seconds + STEADY_MARGIN_S) * 1_000;
        Self {
            clocks,
            burst: args.due_in_burst.unwrap_or(clocks / 10).max(1),
            steady_per_second: (clocks / 500).clamp(20, STEADY_PER_SECOND_MAX),
            steady_seconds,
            steady_ms: i64::try_from(steady_ms).unwrap_or(i64::MAX),
            overdue: (clocks / 100).max(10),
            overdue_ms: if is_small {
                OVERDUE_AFTER_SMALL_MS
            } else {
                OVERDUE_AFTER_MS
            },
        }
    }

    pub(super) const fn held_tickets(&self) -> u64 {
        self.clocks / CLOCKS_PER_TICKET
    }

    /// Enough to have touched every path and grown every buffer.
    pub(super) fn warm_tickets(&self) -> u64 {
        (self.held_tickets() / 50).clamp(10, 4_000)
    }

    pub(super) const fn steady_tickets(&self) -> u64 {
        self.steady_per_second * self.steady_seconds
    }

    pub(super) fn takeover_tickets(&self) -> u64 {
        (self.held_tickets() / 4).max(1)
    }

    pub(super) fn takeover_clocks(&self) -> u64 {
        self.takeover_tickets() * CLOCKS_PER_TICKET + self.overdue
    }
}
