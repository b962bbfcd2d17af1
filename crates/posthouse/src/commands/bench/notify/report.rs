//! What is told of a measurement.

use std::collections::BTreeMap;
use std::time::Duration;

use posthouse_domain::TicketId;
use serde::Serialize;

use super::asking::Asked;
use super::listener::Arrival;
use crate::commands::bench::{per_second, percentile, rounded};
use crate::exit::Error;
use crate::output::Output;

/// What was seen.
pub(super) struct Measured {
    /// By ticket.
    pub(super) arrivals: BTreeMap<String, Vec<Arrival>>,
    /// What was asked for before endpoints that do badly were told, too.
    pub(super) alone: Vec<Asked>,
    pub(super) asked: Vec<Asked>,
    /// Whether the outcome says that it may be a repeat.
    pub(super) marked: BTreeMap<TicketId, bool>,
    /// From the first fact to the last arrival, in seconds.
    pub(super) seconds: f64,
    /// What the notifier took of the processors altogether, in seconds.
    pub(super) cpu_seconds: Option<f64>,
    /// From the kill to the first arrival of the notifier that was started after it.
    pub(super) recovered: Option<Duration>,
}

/// The contract of `bench notify --json`.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    sent: u64,
    per_second: f64,
    lost: u64,
    doubled: u64,
    doubled_unmarked: u64,
    p99_ms: f64,
    p50_ms: f64,
    /// Notifications for each second of a processor that the notifier took.
    per_second_per_core: Option<f64>,
    recovered_ms: Option<f64>,
    /// The delay of the same endpoints before others did badly beside them.
    alone: Option<Delay>,
}

/// A delay, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
struct Delay {
    p50_ms: f64,
    p99_ms: f64,
}

/// What became of some notifications.
#[derive(Default)]
struct Counted {
    delays: Vec<f64>,
    lost: u64,
    doubled: u64,
    unmarked: u64,
}

impl Report {
    pub(super) fn of(measured: &Measured) -> Self {
        let asked = count(measured, &measured.asked);
        let alone = count(measured, &measured.alone);
        let sent = asked.delays.len() as u64;
        let all = sent + alone.delays.len() as u64;
        let delay = asked.delay();
        let per_core = |cpu_seconds| rounded(per_second(all, cpu_seconds), 1);
        Self {
            sent,
            per_second: rounded(per_second(sent, measured.seconds), 1),
            lost: asked.lost + alone.lost,
            doubled: asked.doubled + alone.doubled,
            doubled_unmarked: asked.unmarked + alone.unmarked,
            p99_ms: delay.p99_ms,
            p50_ms: delay.p50_ms,
            per_second_per_core: measured.cpu_seconds.map(per_core),
            recovered_ms: measured
                .recovered
                .map(|it| rounded(it.as_secs_f64() * 1e3, 1)),
            alone: (!measured.alone.is_empty()).then(|| alone.delay()),
        }
    }

    /// Whether everything arrived, and nothing twice without a word.
    pub(super) const fn is_well(&self) -> bool {
        self.lost == 0 && self.doubled_unmarked == 0
    }

    pub(super) fn tell(&self, output: &Output) -> Result<(), Error> {
        if output.json() {
            return output.object(self);
        }
        output.line(format!(
            "{} notifications told: {:.0}/s, p50 {:.1} ms, p99 {:.1} ms from the fact in the log to \
             the receiver\nlost {}, doubled {}, of which without a mark {}",
            self.sent,
            self.per_second,
            self.p50_ms,
            self.p99_ms,
            self.lost,
            self.doubled,
            self.doubled_unmarked,
        ))?;
        if let Some(per_core) = self.per_second_per_core {
            output.line(format!("{per_core:.0}/s for each core of the notifier"))?;
        }
        if let Some(recovered_ms) = self.recovered_ms {
            output.line(format!("told again {recovered_ms:.0} ms after the kill"))?;
        }
        if let Some(alone) = &self.alone {
            output.line(format!(
                "before others did badly beside them: p50 {:.1} ms, p99 {:.1} ms",
                alone.p50_ms, alone.p99_ms
            ))?;
        }
        Ok(())
    }
}

impl Counted {
    /// Sorted delays become figures.
    fn delay(&self) -> Delay {
        Delay {
            p50_ms: rounded(percentile(&self.delays, 50), 2),
            p99_ms: rounded(percentile(&self.delays, 99), 2),
        }
    }
}

fn count(measured: &Measured, asked: &[Asked]) -> Counted {
    let mut counted = Counted::default();
    for it in asked {
        let Some(arrivals) = measured.arrivals.get(&it.ticket.to_string()) else {
            counted.lost += 1;
            continue;
        };
        let delay = arrivals[0].at.saturating_duration_since(it.at);
        counted.delays.push(delay.as_secs_f64() * 1e3);
        let again = arrivals.len() as u64 - 1;
        let said = arrivals.iter().filter(|it| it.is_marked).count() as u64;
        counted.doubled += again;
        if !measured.marked.get(&it.ticket).copied().unwrap_or(false) {
            counted.unmarked += again.saturating_sub(said);
        }
    }
    counted.delays.sort_by(f64::total_cmp);
    counted
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use posthouse_domain::ids::Uuid;

    use super::*;

    /// Three tickets: one told once, one told again with a mark, one told again without, one lost.
    #[test]
    fn what_is_lost_or_doubled_is_counted() {
        let began = Instant::now();
        let ticket = |number| TicketId(Uuid::from_u128(number));
        let asked = |number| Asked {
            ticket: ticket(number),
            product: "sink-0".to_owned(),
            at: began,
        };
        let arrival = |ms, is_marked| Arrival {
            at: began + Duration::from_millis(ms),
            is_marked,
        };
        let arrivals = [
            (1, vec![arrival(10, false)]),
            (2, vec![arrival(20, false), arrival(90, true)]),
            (3, vec![arrival(30, false), arrival(90, false)]),
        ];
        let arrivals = arrivals.map(|(number, all)| (ticket(number).to_string(), all));
        let mut measured = Measured {
            arrivals: arrivals.into(),
            alone: Vec::new(),
            asked: (1..=4).map(asked).collect(),
            marked: BTreeMap::new(),
            seconds: 0.5,
            cpu_seconds: Some(0.25),
            recovered: None,
        };
        let report = Report::of(&measured);
        assert_eq!((report.sent, report.lost), (3, 1));
        assert_eq!((report.doubled, report.doubled_unmarked), (2, 1));
        assert!((report.p50_ms - 20.0).abs() < 1e-9, "{report:?}");
        assert!((report.per_second - 6.0).abs() < 1e-9, "{report:?}");
        assert_eq!(report.per_second_per_core, Some(12.0));
        assert!(!report.is_well());
        // A mark in the log is one, too.
        measured.marked = BTreeMap::from([(ticket(3), true)]);
        assert_eq!(Report::of(&measured).doubled_unmarked, 0);
    }
}
