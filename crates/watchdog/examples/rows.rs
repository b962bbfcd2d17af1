//! What clocks take in the watchdog's view: bytes of a row and on disk, as it keeps them and as
//! everything written out would take.
//!
//! Run with `cargo run -p posthouse-watchdog --example rows -- DIR [TICKETS]`, where `DIR` is a
//! folder that is not there yet. Neither time nor memory is measured, which `bench timers` does:
//! bytes are the same in every build.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use posthouse_domain::ids::Uuid;
use posthouse_domain::ticket::{Body, Fact, Opened, Severity};
use posthouse_domain::{TicketId, Timestamp};
use posthouse_policy::Source;
use posthouse_runtime::{Handler, Input, View};
use posthouse_store::{MemoryStore, Options, SledStore, Store, Table, Write};
use posthouse_testkit::builders::{START, classified, fact, features, opened, routed, ticket};
use posthouse_watchdog::{Row, Vocabulary, Watchdog};

const WATCHED: Table = Table::new("watched");
const WORDS: Table = Table::new("words");
const TICKETS: u32 = 10_000;
const CLOCKS_PER_TICKET: u64 = 2;
/// Tickets written at once.
const BATCH: usize = 100;
/// How far apart tickets are opened.
const TICKET_EVERY_MS: i64 = 250;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().ok_or("name a folder that is not there")?;
    let tickets = arguments.next().map_or(Ok(TICKETS), |it| it.parse())?;
    let clocks = u64::from(tickets) * CLOCKS_PER_TICKET;
    let dir = Path::new(&dir);

    let watched = open(&dir.join("watched"))?;
    watch(&watched, tickets)?;
    let as_it_is = |_: &[u8], row: &[u8]| Ok(row.to_vec());
    let words = Vocabulary::of(watched.scan(WORDS, &[], None, 4_096)?)?;
    let written_out = |key: &[u8], row: &[u8]| spelled_out(key, row, &words);
    let rows: [(&str, &Rewrite<'_>); 2] = [("kept", &as_it_is), ("written-out", &written_out)];
    for (name, rewrite) in rows {
        let store = open(&dir.join(name))?;
        let row_bytes = copy(&watched, &store, rewrite)?;
        store.flush()?;
        let (row, disk) = (row_bytes / clocks, store.bytes_on_disk()? / clocks);
        let mut out = std::io::stdout();
        writeln!(
            out,
            "{name}: {row} B of each clock in its row, {disk} B on disk"
        )?;
    }
    Ok(())
}

fn open(dir: &Path) -> Result<SledStore, Box<dyn Error>> {
    std::fs::create_dir_all(dir)?;
    let options = Options::new(1, Watchdog::default().tables());
    Ok(SledStore::open(dir, &options)?.store)
}

/// A ticket as they come: a customer, a tier, a product, and a sentence.
fn reported(number: u32) -> Opened {
    Opened {
        number: format!("EU-2026-{number:06}"),
        customer: format!("c-{}", number % 5_000),
        tier: ["standard", "silver", "gold"][number as usize % 3].to_owned(),
        product: ["object-storage", "compute", "database"][number as usize % 3].to_owned(),
        ..opened("The upload of large files stops after two minutes with a timeout")
    }
}

/// Opens, labels and queues tickets.
fn watch(store: &SledStore, tickets: u32) -> Result<(), Box<dyn Error>> {
    let bundle = Source::shipped("default").ok_or("it is shipped")?;
    let (policy, _) =
        posthouse_policy::compile(&bundle).map_err(|found| format!("{} findings", found.len()))?;
    let mut watchdog = Watchdog::default();
    watchdog.activate(&Arc::new(policy));
    let mut writes = Vec::new();
    for number in 0..tickets {
        let reported = reported(number);
        let mut labels = features(&reported);
        labels.severity = Some(Severity::P2);
        let mut view = View::new(Arc::new(MemoryStore::new(watchdog.tables())?));
        let log_time = START.plus_millis(i64::from(number) * TICKET_EVERY_MS);
        let bodies = [
            Body::Opened(reported),
            Body::Classified(classified(labels.clone())),
            Body::Routed(routed(labels)),
        ];
        for (place, body) in (number * 3..).zip(bodies) {
            let fact = fact(ticket(number), place, body);
            watchdog.handle(&mut view, input(&fact, log_time, place))?;
        }
        writes.extend(view.into_writes());
        if writes.len() >= BATCH {
            store.apply(&std::mem::take(&mut writes))?;
        }
    }
    store.apply(&writes)?;
    Ok(())
}

fn input(fact: &Fact, log_time: Timestamp, place: u32) -> Input<'_> {
    Input {
        fact,
        log_time,
        sequence: u64::from(place),
    }
}

/// How a row is written.
type Rewrite<'w> = dyn Fn(&[u8], &[u8]) -> Result<Vec<u8>, Box<dyn Error>> + 'w;

/// Copies a view, with its rows written anew; returns the bytes of those.
fn copy(from: &SledStore, to: &SledStore, rewrite: &Rewrite<'_>) -> Result<u64, Box<dyn Error>> {
    let mut bytes = 0;
    for table in Watchdog::default().tables() {
        let mut next = Vec::new();
        loop {
            let rows = from.scan(*table, &next, None, BATCH)?;
            let Some((last, _)) = rows.last() else { break };
            next = [last.as_slice(), &[0]].concat();
            let mut writes = Vec::new();
            for (key, mut value) in rows {
                if *table == WATCHED {
                    value = rewrite(&key, &value)?;
                    bytes += value.len() as u64;
                }
                writes.push(Write::Put {
                    table: *table,
                    key,
                    value,
                });
            }
            to.apply(&writes)?;
        }
    }
    Ok(bytes)
}

fn spelled_out(key: &[u8], row: &[u8], words: &Vocabulary) -> Result<Vec<u8>, Box<dyn Error>> {
    let id = TicketId(Uuid::from_slice(key)?);
    let row = Row::decode(id, row, words).ok_or("no row")?;
    let it = &row.watched;
    let names = (&row.region, &it.ticket, &it.clocks, it.began_at);
    let rest = (&it.history, &it.sla, &it.climbs, &it.waiting);
    Ok(postcard::to_stdvec(&(names, rest))?)
}
