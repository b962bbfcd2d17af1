//! `posthouse route replay`: the log of a region under another bundle.

mod ghost;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use futures::StreamExt;
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Until};
use posthouse_domain::ticket::{Body, FactKind};
use posthouse_domain::{TicketId, Timestamp};
use posthouse_policy::Policy;
use serde::Serialize;
use serde_json::json;

use crate::bus;
use crate::cli::route::replay::ReplayArgs;
use crate::commands::bundle;
use crate::exit::{Error, Exit};
use crate::output::{Output, Table};
use ghost::{Ghost, Promise};

/// Most tickets that are replayed at once.
const TICKETS_MAX: usize = 500_000;

/// A ticket that would have fared otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Row {
    ticket_id: String,
    number: String,
    /// The queues it stood in, in order.
    was: Vec<String>,
    /// The queues it would have stood in.
    would: Vec<String>,
    /// Promises that were missed, and would have been kept or not made.
    kept: Vec<Promise>,
    /// Promises that would have been missed, and were not.
    broken: Vec<Promise>,
}

/// What all tickets come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
struct Summary {
    tickets: u64,
    /// That would have gone elsewhere.
    moved: u64,
    /// Promises that would have been kept or not made, and were missed.
    kept: u64,
    /// Promises that would have been missed, and were not.
    broken: u64,
    /// Tickets that no rule wants.
    unmatched: u64,
    /// Messages that cannot be read.
    unreadable: u64,
}

/// Does what was asked.
pub(super) async fn run(args: &ReplayArgs, output: &Output) -> Result<Exit, Error> {
    let source = bundle::open(&args.policy)?;
    let policy = bundle::usable(&source, output)?;
    let connected = bus::connect(&args.bus, &args.server).await?;
    let bus = connected.bus.as_ref();
    let (rows, summary) = replayed(bus, &connected.topology, &policy, args.since).await?;
    connected.bus.close().await?;
    if output.json() {
        for row in &rows {
            output.object(row)?;
        }
        let version = policy.version.clone();
        return output
            .object(&json!({"policy": policy.name, "version": version, "summary": summary}))
            .map(|()| Exit::Done);
    }
    output.table(table(&rows))?;
    output.note(said(&summary, &policy.name));
    Ok(Exit::Done)
}

/// What would have become of the tickets opened since then; rows by ticket number.
async fn replayed(
    bus: &dyn Bus,
    topology: &Topology,
    policy: &Policy,
    since: Timestamp,
) -> Result<(Vec<Row>, Summary), Error> {
    let region = topology.subjects.region();
    let mut rows = Vec::new();
    let mut summary = Summary::default();
    for partition in 0..topology.subjects.partitions() {
        let filters: Vec<String> = kinds()
            .map(|kind| topology.subjects.fact_kind(partition, kind))
            .collect();
        let stream = topology.log_stream(partition);
        let mut deliveries = bus.read(&stream, &filters, 1, Until::Now).await?;
        let mut ghosts: BTreeMap<TicketId, Ghost> = BTreeMap::new();
        let mut end = since;
        while let Some(delivery) = deliveries.next().await {
            let delivery = delivery?;
            let Ok(fact) = posthouse_wire::decode(&delivery.payload) else {
                summary.unreadable += 1;
                continue;
            };
            let at = delivery.stored_at;
            end = end.max(at);
            if let Some(ghost) = ghosts.get_mut(&fact.ticket) {
                ghost.apply(&fact, at, policy);
            } else if matches!(fact.body, Body::Opened(_)) && at >= since {
                if ghosts.len() + rows.len() >= TICKETS_MAX {
                    let message = format!("replay more than {TICKETS_MAX} tickets");
                    return Err(Error::failed(message).hint("give a later --since"));
                }
                if let Some(ghost) = Ghost::open(&fact, at, region, policy) {
                    ghosts.insert(fact.ticket, ghost);
                }
            }
        }
        for (_, mut ghost) in ghosts {
            ghost.end(end, policy);
            count(&mut summary, &mut rows, &ghost, policy);
        }
    }
    rows.sort_by(|one, other| {
        (&one.number, &one.ticket_id).cmp(&(&other.number, &other.ticket_id))
    });
    Ok((rows, summary))
}

/// What moves a ticket, and what became of its promises.
fn kinds() -> impl Iterator<Item = FactKind> {
    let more = [FactKind::TargetBreached, FactKind::Escalated];
    FactKind::LIFE.iter().copied().chain(more)
}

fn count(summary: &mut Summary, rows: &mut Vec<Row>, ghost: &Ghost, policy: &Policy) {
    let (was, would) = (ghost.was(), ghost.would());
    let (kept, broken) = ghost.promises();
    summary.tickets += 1;
    summary.moved += u64::from(was != would);
    summary.kept += kept.len() as u64;
    summary.broken += broken.len() as u64;
    summary.unmatched += u64::from(ghost.is_unmatched(&policy.routing));
    if was != would || !kept.is_empty() || !broken.is_empty() {
        rows.push(Row {
            ticket_id: ghost.id().to_string(),
            number: ghost.number().to_owned(),
            was,
            would,
            kept,
            broken,
        });
    }
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(["ticket", "went to", "would go to", "kept", "broken"]);
    for row in rows {
        let promises = |promises: &[Promise]| {
            let told: Vec<String> = promises.iter().map(ToString::to_string).collect();
            told.join(", ")
        };
        table.fields([
            row.number.as_str().into(),
            row.was.join(" → ").into(),
            row.would.join(" → ").into(),
            promises(&row.kept).into(),
            promises(&row.broken).into(),
        ]);
    }
    table
}

fn said(summary: &Summary, policy: &str) -> String {
    let Summary {
        tickets,
        moved,
        kept,
        broken,
        unmatched,
        unreadable,
    } = summary;
    format!(
        "{tickets} tickets under {policy}: {moved} would have gone elsewhere; {kept} missed \
         promises would have been kept or not made, {broken} others missed; no rule wants \
         {unmatched}; {unreadable} unreadable messages"
    )
}
