//! What the log says of the notifications that were asked for.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use posthouse_bus::{Bus, Until};
use posthouse_domain::TicketId;
use posthouse_domain::ticket::{Body, FactKind};

use super::PATIENCE;
use super::asking::Asked;
use crate::commands::bench::timers::Place;
use crate::exit::Error;

/// Waits until each ticket's notification has an outcome. Gives for each whether it is marked as
/// a possible duplicate.
pub(super) async fn marked(
    place: &Place,
    alone: &[Asked],
    asked: &[Asked],
) -> Result<BTreeMap<TicketId, bool>, Error> {
    let all = alone.iter().chain(asked);
    let tickets: BTreeSet<TicketId> = all.map(|it| it.ticket).collect();
    let filters = filters(place, FactKind::Notified);
    let stream = place.topology.courier_stream();
    let mut told = place.bus.read(&stream, &filters, 0, Until::Forever).await?;
    let mut marked = BTreeMap::new();
    while marked.len() < tickets.len() {
        let Ok(Some(delivery)) = tokio::time::timeout(PATIENCE, told.next()).await else {
            break;
        };
        let fact = posthouse_wire::decode(&delivery?.payload)
            .map_err(|error| Error::failed(format!("read an outcome: {error}")))?;
        if let (Body::Notified(notified), true) = (&fact.body, tickets.contains(&fact.ticket)) {
            let before = marked.entry(fact.ticket).or_insert(false);
            *before |= notified.possible_duplicate;
        }
    }
    Ok(marked)
}

/// Waits until the couriers' stream holds so many requests.
pub(super) async fn requests(place: &Place, count: u64) -> Result<(), Error> {
    let filters = filters(place, FactKind::NotificationRequested);
    let stream = place.topology.courier_stream();
    let mut asked = place.bus.read(&stream, &filters, 0, Until::Forever).await?;
    for seen in 0..count {
        let next = tokio::time::timeout(PATIENCE, asked.next()).await;
        let Ok(Some(delivery)) = next else {
            let message = format!("see all requests in the log: {seen} of {count} came");
            return Err(Error::failed(message));
        };
        delivery?;
    }
    Ok(())
}

/// The subjects of a kind, of all partitions of receivers.
fn filters(place: &Place, kind: FactKind) -> Vec<String> {
    let topology = &place.topology;
    let subject = |partition| {
        let all = topology.subjects.courier_all(partition);
        all.replace('>', kind.as_str())
    };
    (0..topology.size.receiver_partitions)
        .map(subject)
        .collect()
}
