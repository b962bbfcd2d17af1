//! The raw baseline: the bare index of wake-ups, on a store on disk, with nothing around it.

use std::sync::Arc;
use std::time::Instant;

use posthouse_domain::Timestamp;
use posthouse_runtime::{View, WakeIndex};
use posthouse_store::{Options, SledStore, Store, Table};

use super::super::per_second;
use crate::exit::Error;

const WAKE: Table = Table::new("wake");
/// Timers set or rung between two commits.
const BATCH: u64 = 1_000;
/// Timers are spread over so many milliseconds.
const SPREAD_MS: u64 = 24 * 3_600_000;
/// Most timers it takes to know the rates.
pub(super) const TIMERS_MAX: u64 = 200_000;

/// How many timers are set and rung a second.
pub(super) struct Rates {
    pub(super) set: f64,
    pub(super) rung: f64,
}

pub(super) fn measure(timers: u64) -> Result<Rates, Error> {
    let folder = tempfile::tempdir()
        .map_err(|error| Error::failed(format!("make a temporary folder: {error}")))?;
    let options = Options::new(1, &[WAKE]);
    let opened = SledStore::open(&folder.path().join("store"), &options).map_err(broken)?;
    let store: Arc<dyn Store> = Arc::new(opened.store);
    let mut index = WakeIndex::new(WAKE);
    let started = Instant::now();
    for first in (0..timers).step_by(usize::try_from(BATCH).unwrap_or(1)) {
        let mut view = View::new(Arc::clone(&store));
        for number in first..(first + BATCH).min(timers) {
            let at = Some(instant(number));
            index.set(&mut view, &number.to_be_bytes(), None, at);
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
    let rung = per_second(timers, started.elapsed().as_secs_f64());
    Ok(Rates { set, rung })
}

/// Spread over the day, in no order.
fn instant(number: u64) -> Timestamp {
    let ms = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % SPREAD_MS;
    Timestamp::from_millis(i64::try_from(ms).unwrap_or_default())
}

fn broken(error: posthouse_store::Error) -> Error {
    Error::failed(format!("{error} ({})", error.code()))
}
