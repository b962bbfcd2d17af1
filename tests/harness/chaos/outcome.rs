//! What a run says: a line for scripts, a table for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use posthouse_auditor::Report;
use serde_json::{Value, json};

use super::fault::Fault;
use super::limits::EXAMPLES_MAX;
use super::measure::Measured;
use super::region::Death;

/// An accident that happened, and what it did. Times in milliseconds since 1970.
#[derive(Clone, Debug)]
pub struct Felt {
    /// What.
    pub fault: Fault,
    /// When it began.
    pub from_ms: i64,
    /// When it was over.
    pub until_ms: i64,
    /// What was measured meanwhile.
    pub measured: Measured,
}

/// What a run found.
#[derive(Debug)]
pub struct Outcome {
    /// What the run grew from.
    pub seed: u64,
    /// The judgement.
    pub report: Report,
    /// The accidents that happened.
    pub felt: Vec<Felt>,
    /// Spans in which the servers themselves were slow, in milliseconds since 1970.
    pub slow: Vec<(i64, i64)>,
    /// Promises that were broken where the log does not show it: a process that did not drain,
    /// panicked, or did not come back.
    pub broken: Vec<String>,
    /// Accidents that could not happen here, and why.
    pub skipped: Vec<(Fault, String)>,
    /// Dead letters by role, code and reason.
    pub letters: BTreeMap<String, u64>,
    /// Processes that ended by themselves.
    pub deaths: Vec<Death>,
    /// Tries that got no answer.
    pub unanswered: u64,
    /// Tries that were refused, by status.
    pub refused: BTreeMap<u16, u64>,
    /// Things that were never accepted, however often they were tried.
    pub given_up: u64,
}

impl Outcome {
    /// Whether any promise was broken.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.report.is_broken() || !self.broken.is_empty()
    }

    /// The line for scripts; the order of its names is a contract.
    #[must_use]
    pub fn line(&self) -> String {
        let longest = self
            .felt
            .iter()
            .map(|it| it.measured.longest_stall_ms)
            .max();
        let recovery = self.felt.iter().map(|it| it.measured.recovery_ms);
        // A ticket that never arrived is told as lost or missing; here it has no number.
        let recovery: Value = recovery
            .collect::<Option<Vec<i64>>>()
            .map_or(Value::Null, |all| json!(all.into_iter().max().unwrap_or(0)));
        let Report {
            accepted,
            lost,
            doubled,
            out_of_order,
            late_deadlines,
            ..
        } = self.report;
        // Not made by a map: that would sort the names.
        format!(
            "{{\"accepted\":{accepted},\"faults\":{},\"lost\":{lost},\"doubled\":{doubled},\
             \"out_of_order\":{out_of_order},\"late_deadlines\":{late_deadlines},\
             \"longest_stall_ms\":{},\"recovery_ms\":{recovery}}}",
            self.felt.len(),
            longest.unwrap_or(0),
        )
    }

    /// What people read.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to text cannot fail.
        self.write(&mut text).ok();
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "\nseed {}", self.seed)?;
        writeln!(
            out,
            "{:<17} {:>5} {:>9} {:>11} {:>11}",
            "fault", "times", "accepted", "longest ms", "recovery ms"
        )?;
        for (fault, (times, sum)) in self.by_fault() {
            let recovery = sum
                .recovery_ms
                .map_or_else(|| "never".to_owned(), |ms| ms.to_string());
            let (accepted, stall) = (sum.accepted, sum.longest_stall_ms);
            writeln!(
                out,
                "{fault:<17} {times:>5} {accepted:>9} {stall:>11} {recovery:>11}"
            )?;
        }
        for (fault, why) in &self.skipped {
            writeln!(out, "{fault:<17} SKIPPED: {why}")?;
        }
        let slow_ms: i64 = self.slow.iter().map(|(from, until)| until - from).sum();
        let slow = self.slow.len();
        writeln!(
            out,
            "\nthe servers were slow {slow} times, {slow_ms} ms in all"
        )?;
        let report = &self.report;
        writeln!(
            out,
            "sent {}, accepted {}, received outside {}; tries unanswered {}, refused {:?}, \
             given up {}",
            report.sent,
            report.accepted,
            report.received,
            self.unanswered,
            self.refused,
            self.given_up
        )?;
        writeln!(
            out,
            "tickets {}, facts {}, void {}, unreadable {}, dead letters {}, unjudged {}",
            report.tickets,
            report.facts,
            report.void,
            report.unreadable,
            report.dead_letters,
            report.unjudged
        )?;
        for invariant in &report.invariants {
            let (number, name) = (invariant.number, &invariant.name);
            let (checked, violations) = (invariant.checked, invariant.violations);
            writeln!(
                out,
                "{number}. {name:<36} {checked:>8} checked {violations:>5} broken"
            )?;
            for example in &invariant.examples {
                writeln!(out, "   {}: {}", example.ticket_id, example.what)?;
            }
        }
        for (letter, times) in self.letters.iter().take(EXAMPLES_MAX) {
            writeln!(out, "{times} dead letters: {letter}")?;
        }
        for death in self.deaths.iter().take(EXAMPLES_MAX) {
            let last = death.words.lines().last().unwrap_or_default();
            writeln!(out, "{} ended by itself: {last}", death.name)?;
        }
        for broken in &self.broken {
            writeln!(out, "BROKEN: {broken}")?;
        }
        Ok(())
    }

    /// Times and the worst of each fault.
    fn by_fault(&self) -> BTreeMap<Fault, (usize, Measured)> {
        let mut sums: BTreeMap<Fault, (usize, Measured)> = BTreeMap::new();
        for Felt {
            fault, measured, ..
        } in &self.felt
        {
            let none = Measured {
                recovery_ms: Some(0),
                ..Measured::default()
            };
            let (times, sum) = sums.entry(*fault).or_insert((0, none));
            *times += 1;
            sum.accepted += measured.accepted;
            sum.longest_stall_ms = sum.longest_stall_ms.max(measured.longest_stall_ms);
            sum.recovery_ms = sum
                .recovery_ms
                .zip(measured.recovery_ms)
                .map(|(one, other)| one.max(other));
        }
        sums
    }
}
