//! `posthouse route bench`: what a decision of dispatch costs, by how many tickets wait.
//!
//! It measures the code that decides in production, explanation included, without a bus: what the
//! role around it costs is measured by `bench pipeline`.

mod crowd;
mod measure;

use std::time::Duration;

use serde::Serialize;

use self::measure::Region;
use crate::cli::route::bench::RouteBenchArgs;
use crate::exit::{Error, Exit};
use crate::output::{Output, Table};

/// So many tickets at least are held in memory when their size is measured, in as many copies of
/// the region as that takes: the system tells of memory in pages. Nothing is given back until all is
/// measured, because what is given back would be taken again without the system hearing of it.
const WEIGHED: usize = 20_000;

/// The contract of `route bench --json`: one line for each size.
#[derive(Clone, Debug, Serialize)]
struct Line {
    waiting: usize,
    agents: usize,
    p50_us: f64,
    p99_us: f64,
    decisions_per_second: u64,
    /// `None` where the system does not tell what a process has in memory.
    bytes_per_waiting: Option<u64>,
}

/// Measures each size that was asked for.
pub(super) fn run(args: &RouteBenchArgs, output: &Output) -> Result<Exit, Error> {
    let mut table = Table::new([
        "waiting",
        "agents",
        "p50 µs",
        "p99 µs",
        "decisions/s",
        "bytes/ticket",
    ]);
    for column in 0..6 {
        table = table.right(column);
    }
    let mut kept = Vec::new();
    for waiting in &args.waiting {
        let line = line(args.agents, *waiting, &mut kept);
        if output.json() {
            output.object(&line)?;
        } else {
            table.fields([
                line.waiting.to_string().into(),
                line.agents.to_string().into(),
                format!("{:.1}", line.p50_us).into(),
                format!("{:.1}", line.p99_us).into(),
                line.decisions_per_second.to_string().into(),
                line.bytes_per_waiting
                    .map_or_else(|| "?".to_owned(), |bytes| bytes.to_string())
                    .into(),
            ]);
        }
    }
    if !output.json() {
        output.table(table)?;
    }
    Ok(Exit::Done)
}

fn line(agents: usize, waiting: usize, kept: &mut Vec<Region>) -> Line {
    let mut region = Region::new(agents);
    let empty = region.clone();
    let found = region.measure(waiting);
    let bytes_per_waiting = weigh(&region, &empty, waiting, kept);
    kept.extend([region, empty]);
    let decisions = u64::try_from(found.each.len()).unwrap_or(u64::MAX);
    let seconds = found.total.as_secs_f64().max(f64::EPSILON);
    Line {
        waiting,
        agents,
        p50_us: micros(&found.each, 50),
        p99_us: micros(&found.each, 99),
        decisions_per_second: rate(decisions, seconds),
        bytes_per_waiting,
    }
}

/// What a waiting ticket takes in memory: copies of the full region, less copies of the empty one.
fn weigh(full: &Region, empty: &Region, waiting: usize, kept: &mut Vec<Region>) -> Option<u64> {
    let count = WEIGHED.div_ceil(waiting.max(1));
    let mut of = |region: &Region| {
        let before = memory_bytes()?;
        kept.extend((0..count).map(|_| region.clone()));
        Some(memory_bytes()?.saturating_sub(before))
    };
    let (bare, filled) = (of(empty)?, of(full)?);
    let tickets = u64::try_from(count * waiting.max(1)).ok()?;
    Some(filled.saturating_sub(bare) / tickets)
}

/// What this process has in memory, in bytes, where the system tells.
fn memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1_024)
}

/// The time below which `percent` of the decisions lie, in microseconds with one digit.
fn micros(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    let at = sorted.get(rank - 1).copied().unwrap_or_default();
    (at.as_secs_f64() * 1e7).round() / 10.0
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate for people"
)]
fn rate(count: u64, seconds: f64) -> u64 {
    (count as f64 / seconds).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_region_decides_all_the_time() {
        let mut region = Region::new(200);
        let found = region.measure(500);
        assert!(found.each.len() > 10_000, "{}", found.each.len());
        assert!(found.each.is_sorted());
        let line = line(50, 100, &mut Vec::new());
        assert!(line.p50_us <= line.p99_us && line.decisions_per_second > 0);
    }

    #[test]
    fn percentiles_are_of_the_sorted_list() {
        let sorted: Vec<Duration> = (1..=100).map(Duration::from_micros).collect();
        assert!((micros(&sorted, 50) - 50.0).abs() < 0.01);
        assert!((micros(&sorted, 99) - 99.0).abs() < 0.01);
        assert!(micros(&[], 99).abs() < 0.01);
    }
}
