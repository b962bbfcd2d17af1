//! What a ticket takes in the view.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use posthouse_bus::Role;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_domain::TicketId;
use posthouse_domain::ids::Uuid;
use posthouse_domain::ticket::{Body, Opened, Severity};
use posthouse_policy::Source;
use posthouse_runtime::Handler;
use posthouse_testkit::builders::{features, opened, routed};
use posthouse_watchdog::{Row, Vocabulary, Watchdog};
use scenario::Region;

const TICKETS: u32 = 50;
const CLOCKS_PER_TICKET: usize = 2;

fn owns(topology: &Topology) -> OwnedSpec {
    topology.owned(Role::Watchdog, 0, Watchdog::default().consumes())
}

fn reported() -> Opened {
    Opened {
        customer: "c-104711".to_owned(),
        tier: "silver".to_owned(),
        product: "object-storage".to_owned(),
        ..opened("The upload of large files stops after two minutes with a timeout")
    }
}

/// As everything in it, one after the other and written out, would take.
fn written_out_bytes(row: &Row) -> usize {
    let it = &row.watched;
    let names = (&row.region, &it.ticket, &it.clocks, it.began_at);
    let rest = (&it.history, &it.sla, &it.climbs, &it.waiting);
    postcard::to_stdvec(&(names, rest)).unwrap().len()
}

/// Rows hold nothing twice: a ticket with two clocks takes less than two thirds of what it takes
/// written out, and less than the aim of 200 bytes for each clock leaves after the index.
#[tokio::test(start_paused = true)]
async fn a_row_holds_nothing_twice() {
    let mut region = Region::new(owns, &Source::shipped("default").unwrap()).await;
    let worker = region.start(Watchdog::default());
    for ticket in 0..TICKETS {
        region.open(ticket, reported()).await;
        region.classify(ticket, "storage", Severity::P2).await;
        let queued = Body::Routed(routed(features(&reported())));
        region.tell(ticket, queued).await;
    }
    region.at("11-23 09:00:10").await;
    worker.stop().await;
    let words = Vocabulary::of(region.rows("words").await).unwrap();
    let (mut packed_bytes, mut written_bytes) = (0, 0);
    let rows = region.rows("watched").await;
    for (key, bytes) in &rows {
        let id = TicketId(Uuid::from_slice(key).unwrap());
        let row = Row::decode(id, bytes, &words).unwrap();
        assert_eq!(row.watched.clocks.len(), CLOCKS_PER_TICKET);
        packed_bytes += bytes.len();
        written_bytes += written_out_bytes(&row);
    }
    let clocks = rows.len() * CLOCKS_PER_TICKET;
    let of_clock = (packed_bytes / clocks, written_bytes / clocks);
    assert!(packed_bytes * 3 < written_bytes * 2, "{of_clock:?}");
    assert!(of_clock.0 < 140, "{of_clock:?}");
}
