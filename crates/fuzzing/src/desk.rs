//! What people ask the read side.

use std::sync::{Arc, OnceLock};

use posthouse_bus::memory::MemoryBus;
use posthouse_bus::topology::{Size, Topology};
use posthouse_desk::{Desk, Field, Filter, Listing, QueryError, parse_query};
use posthouse_domain::Timestamp;
use posthouse_runtime::clock::Clock;
use posthouse_runtime::health::Health;
use posthouse_runtime::metrics::Metrics;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::says_why;

/// The query language. What it reads, the database understands.
pub(crate) fn queries(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let read = parse_query(&text);
    assert_eq!(read, parse_query(&text), "reading is repeatable");
    let Some(filter) = told(read) else { return };
    if let Some(rebuilt) = rebuilt(&filter) {
        assert_eq!(
            rebuilt.values(Field::Customer),
            filter.values(Field::Customer)
        );
    }
    answered(&Listing::of(filter));
}

/// The parameters of a list: lines of `name=value`, cursors among them.
pub(crate) fn listings(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parameters = text.lines().filter_map(|line| line.split_once('='));
    if let Some(listing) = told(Listing::from_parameters(parameters)) {
        answered(&listing);
    }
}

/// A filter that is built of the values of another one; none where it has too many of them.
fn rebuilt(filter: &Filter) -> Option<Filter> {
    let mut rebuilt = Filter::default();
    for value in filter.values(Field::Customer) {
        rebuilt.add(Field::Customer, value).ok()?;
    }
    Some(rebuilt)
}

fn told<T>(read: Result<T, QueryError>) -> Option<T> {
    read.inspect_err(says_why).ok()
}

/// A desk without tickets answers with none, whatever it is asked.
fn answered(listing: &Listing) {
    let (runtime, desk) = desk();
    let page = runtime.block_on(desk.list(listing));
    let page = page.unwrap_or_else(|error| panic!("{listing:?}: {error}"));
    assert!(page.tickets.is_empty());
}

/// An empty desk in memory, made once.
fn desk() -> &'static (Runtime, Desk) {
    static DESK: OnceLock<(Runtime, Desk)> = OnceLock::new();
    DESK.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()
            .expect("a thread can be had");
        let opened = runtime.block_on(async {
            let clock = || Timestamp::from_millis(1_795_424_400_000);
            Desk::open(
                Arc::new(MemoryBus::new(Arc::new(clock))),
                Arc::new(Topology::new("here", Size::LAPTOP)),
                None,
                Clock::from_fn(clock),
                &Metrics::new(),
                &Health::new(),
                CancellationToken::new(),
            )
            .await
        });
        (runtime, opened.expect("a database in memory can be made"))
    })
}
