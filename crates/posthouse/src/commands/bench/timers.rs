//! Deadlines kept in the wake-up index, on a store on disk.

use std::sync::Arc;
use std::time::Instant;

use posthouse_domain::Timestamp;
use posthouse_runtime::{View, WakeIndex};
use posthouse_store::{MemoryStore, Options, SledStore, Store, Table};
use serde::Serialize;

use super::{per_second, rounded};
use crate::cli::bench::TimersArgs;
use crate::exit::{Error, Exit};
use crate::output::Output;

const WAKE: Table = Table::new("wake");
/// Timers set or rung between two commits.
const BATCH: u64 = 1_000;
/// Timers are spread over so many milliseconds.
const SPREAD_MS: u64 = 24 * 3_600_000;

/// What `bench timers --json` prints: on disk, and raw in memory.
#[derive(Debug, Serialize)]
struct Report {
    timers: u64,
    set_per_second: f64,
    rung_per_second: f64,
    raw_set_per_second: f64,
    raw_rung_per_second: f64,
    ratio: f64,
}

struct Rates {
    set: f64,
    rung: f64,
}

pub(super) fn run(args: &TimersArgs, output: &Output) -> Result<Exit, Error> {
    let folder = tempfile::tempdir()
        .map_err(|error| Error::failed(format!("make a temporary folder: {error}")))?;
    let raw = rates(
        Arc::new(MemoryStore::new(&[WAKE]).map_err(broken)?),
        args.timers,
    )?;
    let opened =
        SledStore::open(&folder.path().join("store"), &Options::new(1, &[WAKE])).map_err(broken)?;
    let disk = rates(Arc::new(opened.store), args.timers)?;
    let report = Report {
        timers: args.timers,
        set_per_second: rounded(disk.set, 1),
        rung_per_second: rounded(disk.rung, 1),
        raw_set_per_second: rounded(raw.set, 1),
        raw_rung_per_second: rounded(raw.rung, 1),
        ratio: rounded(disk.rung / raw.rung, 3),
    };
    if output.json() {
        output.object(&report)?;
    } else {
        output.line(format!(
            "{} timers on disk: {:.0} set/s, {:.0} rung/s\nraw, in memory: {:.0} set/s, {:.0} rung/s\nratio {:.2}",
            report.timers, report.set_per_second, report.rung_per_second,
            report.raw_set_per_second, report.raw_rung_per_second, report.ratio,
        ))?;
    }
    Ok(Exit::Done)
}

fn rates(store: Arc<dyn Store>, timers: u64) -> Result<Rates, Error> {
    let mut index = WakeIndex::new(WAKE);
    let started = Instant::now();
    for first in (0..timers).step_by(usize::try_from(BATCH).unwrap_or(1)) {
        let mut view = View::new(Arc::clone(&store));
        for number in first..(first + BATCH).min(timers) {
            index.set(
                &mut view,
                &number.to_be_bytes(),
                None,
                Some(instant(number)),
            );
        }
        store.apply(&view.into_writes()).map_err(broken)?;
    }
    let set = per_second(timers, started.elapsed().as_secs_f64());
    let (started, mut rung) = (Instant::now(), 0);
    while rung < timers {
        let mut view = View::new(Arc::clone(&store));
        let limit = usize::try_from(BATCH).unwrap_or(1);
        let due = index.due(&view, Timestamp::MAX, limit).map_err(broken)?;
        rung += due.len() as u64;
        for (at, id) in due {
            index.set(&mut view, &id, Some(at), None);
        }
        store.apply(&view.into_writes()).map_err(broken)?;
    }
    Ok(Rates {
        set,
        rung: per_second(timers, started.elapsed().as_secs_f64()),
    })
}

/// Spread over the day, in no order.
fn instant(number: u64) -> Timestamp {
    let ms = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % SPREAD_MS;
    Timestamp::from_millis(i64::try_from(ms).unwrap_or_default())
}

fn broken(error: posthouse_store::Error) -> Error {
    Error::failed(format!("{error} ({})", error.code()))
}
