//! What a soak says: maxima, growth, and the judgement.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use posthouse_auditor::Report;

use super::sample::Sample;

/// Growth is told of what comes after so much of the run, when all caches are warm.
const WARM_AFTER: f64 = 0.5;

/// What a soak found.
#[derive(Debug)]
pub struct Outcome {
    /// The judgement.
    pub report: Report,
    /// How long it was, in seconds.
    pub seconds: u64,
    /// What was used, every second.
    pub samples: Vec<Sample>,
    /// When the storm began and ended, in milliseconds since 1970, if there was one.
    pub storm_ms: Option<(i64, i64)>,
    /// Requests that got no answer.
    pub unanswered: u64,
    /// Requests that were refused, by status.
    pub refused: BTreeMap<u16, u64>,
    /// Tickets that were not sent, because too many others waited for their answers.
    pub held_back: u64,
    /// Whether all that was accepted was carried in time.
    pub is_settled: bool,
    /// How long that took after the last ticket, in seconds.
    pub settled_s: f64,
    /// What else was wrong.
    pub broken: Vec<String>,
}

/// How something was used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Grown {
    /// The most of it.
    pub max: f64,
    /// How much more of it each hour, by the second half of the run.
    pub per_hour: f64,
}

impl Grown {
    /// The line of least squares through the second half.
    fn of(samples: &[Sample], what: impl Fn(&Sample) -> f64) -> Self {
        let max = samples.iter().map(&what).fold(0.0, f64::max);
        let end = samples.last().map_or(0.0, |last| last.at_s);
        let warm = samples.iter().filter(|it| it.at_s >= end * WARM_AFTER);
        let points: Vec<(f64, f64)> = warm.map(|it| (it.at_s, what(it))).collect();
        let count: f64 = points.iter().map(|_| 1.0).sum();
        let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count.max(1.0);
        let (at, value) = (mean(|point| point.0), mean(|point| point.1));
        let (mut up, mut along) = (0.0, 0.0);
        for (x, y) in &points {
            up += (x - at) * (y - value);
            along += (x - at) * (x - at);
        }
        let per_second = if along > 0.0 { up / along } else { 0.0 };
        Self {
            max,
            per_hour: per_second * 3_600.0,
        }
    }
}

impl Outcome {
    /// Whether any promise was broken.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.report.is_broken() || !self.is_settled || !self.broken.is_empty()
    }

    /// What was used, by name.
    fn used(&self) -> [(&'static str, Grown); 5] {
        let of = |what: fn(&Sample) -> f64| Grown::of(&self.samples, what);
        [
            ("memory_bytes", of(|it| it.memory_bytes)),
            ("server_memory_bytes", of(|it| it.server_memory_bytes)),
            ("handles", of(|it| it.handles)),
            ("disk_bytes", of(|it| it.disk_bytes)),
            ("lag_messages", of(|it| it.lag_messages)),
        ]
    }

    /// The line for scripts; the order of its names is a contract.
    #[must_use]
    pub fn line(&self) -> String {
        let Report {
            sent,
            accepted,
            lost,
            doubled,
            out_of_order,
            late_deadlines,
            ..
        } = self.report;
        let refused: u64 = self.refused.values().sum();
        let mut line = format!(
            "{{\"seconds\":{},\"sent\":{sent},\"accepted\":{accepted},\"refused\":{refused},\
             \"unanswered\":{},\"held_back\":{},\"lost\":{lost},\"doubled\":{doubled},\
             \"out_of_order\":{out_of_order},\"late_deadlines\":{late_deadlines},\
             \"settled_s\":{:.1}",
            self.seconds, self.unanswered, self.held_back, self.settled_s
        );
        for (name, Grown { max, per_hour }) in self.used() {
            // Writing to text cannot fail.
            write!(
                line,
                ",\"{name}_max\":{max:.0},\"{name}_per_hour\":{per_hour:.0}"
            )
            .ok();
        }
        line.push('}');
        line
    }

    /// What people read.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "{:<20} {:>15} {:>18}\n",
            "used", "at most", "more each hour"
        );
        for (name, Grown { max, per_hour }) in self.used() {
            // Writing to text cannot fail.
            writeln!(text, "{name:<20} {max:>15.0} {per_hour:>18.0}").ok();
        }
        let report = &self.report;
        writeln!(
            text,
            "\nsent {}, accepted {}, refused {:?}, unanswered {}, held back {}; settled {:.1} s \
             after the last",
            report.sent,
            report.accepted,
            self.refused,
            self.unanswered,
            self.held_back,
            self.settled_s
        )
        .ok();
        for invariant in &report.invariants {
            let (number, name) = (invariant.number, &invariant.name);
            let (checked, violations) = (invariant.checked, invariant.violations);
            writeln!(
                text,
                "{number}. {name:<36} {checked:>8} checked {violations:>5} broken"
            )
            .ok();
            for example in &invariant.examples {
                writeln!(text, "   {}: {}", example.ticket_id, example.what).ok();
            }
        }
        if !self.is_settled {
            text.push_str("BROKEN: something is still on its way\n");
        }
        for broken in &self.broken {
            writeln!(text, "BROKEN: {broken}").ok();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_that_of_the_second_half() {
        let sample = |at_s: f64| Sample {
            at_s,
            memory_bytes: if at_s < 50.0 {
                1_000.0 * at_s
            } else {
                50_000.0 + 2.0 * (at_s - 50.0)
            },
            handles: 7.0,
            ..Sample::default()
        };
        let samples: Vec<Sample> = (0..=100).map(|at| sample(f64::from(at))).collect();
        let memory = Grown::of(&samples, |it| it.memory_bytes);
        assert!((memory.per_hour - 7_200.0).abs() < 0.01, "{memory:?}");
        assert!((memory.max - 50_100.0).abs() < 0.01, "{memory:?}");
        let handles = Grown::of(&samples, |it| it.handles);
        assert!(handles.per_hour.abs() < 0.01, "{handles:?}");
        assert_eq!(Grown::of(&[], |it| it.handles), Grown::default());
    }
}
