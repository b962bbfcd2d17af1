//! Where a ticket's minutes went, as people read it.

use serde::Deserialize;

/// Milliseconds of a second and of a minute.
const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60_000;

/// The time of a ticket by who had it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Minutes {
    pub(super) decide_ms: u64,
    pub(super) queue_ms: u64,
    pub(super) notifier_ms: u64,
    pub(super) person_ms: u64,
    pub(super) pause_ms: u64,
    pub(super) whole_ms: u64,
}

impl Minutes {
    /// Each part with its time, in the order in which most tickets come to them.
    pub(super) const fn parts(&self) -> [(&'static str, u64); 5] {
        [
            ("decide", self.decide_ms),
            ("queue", self.queue_ms),
            ("notifier", self.notifier_ms),
            ("person", self.person_ms),
            ("pause", self.pause_ms),
        ]
    }

    /// The parts that have any, the longest first: `queue 2h 10m, person 5m 3s of 2h 15m 3s`.
    pub(super) fn told(&self) -> String {
        let mut parts = self.parts();
        parts.sort_by_key(|(_, ms)| std::cmp::Reverse(*ms));
        let parts = parts.into_iter().filter(|(_, ms)| *ms > 0);
        let told: Vec<String> = parts
            .map(|(part, ms)| format!("{part} {}", in_words(ms)))
            .collect();
        if told.is_empty() {
            return "none".to_owned();
        }
        format!("{} of {}", told.join(", "), in_words(self.whole_ms))
    }

    /// The share of a time in the whole, in percent, rounded down.
    pub(super) const fn percent(&self, ms: u64) -> u64 {
        match ms.saturating_mul(100).checked_div(self.whole_ms) {
            Some(percent) => percent,
            None => 0,
        }
    }
}

/// Milliseconds as people read them, as fine as matters: `45ms`, `3s 120ms`, `2h 10m 4s`.
pub(super) fn in_words(ms: u64) -> String {
    let ms = if ms < MINUTE_MS {
        ms
    } else {
        ms - ms % SECOND_MS
    };
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    format!("{:#}", jiff::SignedDuration::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_part_comes_first() {
        let minutes = Minutes {
            decide_ms: 45,
            queue_ms: 7_204_120,
            person_ms: 303_000,
            whole_ms: 7_507_165,
            ..Minutes::default()
        };
        let told = "queue 2h 4s, person 5m 3s, decide 45ms of 2h 5m 7s";
        assert_eq!(minutes.told(), told);
        assert_eq!(minutes.percent(minutes.queue_ms), 95);
        assert_eq!(Minutes::default().told(), "none");
        assert_eq!(Minutes::default().percent(1), 0);
    }
}
