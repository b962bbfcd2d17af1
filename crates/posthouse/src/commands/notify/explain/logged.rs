//! A ticket of the log, as it stands there, and what couriers heard beside it.

use std::sync::Arc;

use futures::StreamExt;
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Until};
use posthouse_domain::TicketId;
use posthouse_domain::ticket::FactKind;
use posthouse_policy::Policy;
use posthouse_runtime::policies::Policies;
use serde::Deserialize;

use super::{HOUR_MS, Placed, Scene};
use crate::bus;
use crate::cli::notify::ExplainArgs;
use crate::client::Client;
use crate::commands::bundle;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// What the desk says of a ticket, as far as it is needed.
#[derive(Debug, Deserialize)]
struct Known {
    ticket_id: String,
}

/// The facts of a ticket, and the policy that is named, else the one in force.
pub(super) async fn of_ticket(args: &ExplainArgs, output: &Output) -> Result<Scene, Error> {
    let id = identity(args).await?;
    let connected = bus::connect(&args.bus, &args.server).await?;
    let (log, topology) = (
        Arc::clone(&connected.bus) as Arc<dyn Bus>,
        connected.topology,
    );
    let policy = match &args.policy {
        Some(name) => bundle::usable(&bundle::open(name)?, output)?,
        None => in_force(&log, &topology).await?,
    };
    let facts = facts(log.as_ref(), &topology, id).await?;
    let said = said(log.as_ref(), &topology).await?;
    log.close().await?;
    let Some(last) = facts.last() else {
        let message = format!("find ticket {} in the log of the region", args.ticket);
        return Err(Error::new(Exit::NotFound, message));
    };
    let until = last.at.plus_millis(i64::from(args.hours) * HOUR_MS);
    Ok(Scene {
        policy,
        facts,
        said,
        until,
    })
}

/// The identity of the ticket; a number is looked up by the desk.
async fn identity(args: &ExplainArgs) -> Result<TicketId, Error> {
    if let Ok(id) = args.ticket.parse() {
        return Ok(id);
    }
    let path = ["v1", "tickets", args.ticket.as_str()];
    let known: Known = Client::new(&args.server)?.get(&path, &[]).await?;
    known
        .ticket_id
        .parse()
        .map_err(|_| Error::failed(format!("read the identity of {}", args.ticket)))
}

async fn in_force(log: &Arc<dyn Bus>, topology: &Topology) -> Result<Policy, Error> {
    let policies = Policies::new(Arc::clone(log), topology);
    let failed = |error: posthouse_runtime::policies::Error| Error::failed(error.to_string());
    let version = policies.active().await.map_err(failed)?;
    let version = version.ok_or_else(|| {
        let message = "find the policy in force: none was ever activated in this region";
        Error::new(Exit::NotFound, message)
    })?;
    let policy = policies.load(&version).await.map_err(failed)?;
    Ok(Policy::clone(&policy))
}

/// The facts of the ticket that somebody can be told of, in the order of the log.
async fn facts(log: &dyn Bus, topology: &Topology, id: TicketId) -> Result<Vec<Placed>, Error> {
    let partition = id.partition(topology.subjects.partitions());
    let filters: Vec<String> = posthouse_domain::notify::TOLD
        .iter()
        .map(|kind| topology.subjects.fact_kind(partition, *kind))
        .collect();
    let stream = topology.log_stream(partition);
    let mut facts = read(log, &stream, &filters, 1).await?;
    facts.retain(|it| it.fact.ticket == id);
    Ok(facts)
}

/// What was said to all couriers, as far as their stream still holds it.
async fn said(log: &dyn Bus, topology: &Topology) -> Result<Vec<Placed>, Error> {
    let kinds = FactKind::ALL
        .iter()
        .filter(|kind| kind.is_for_all_couriers());
    let filters: Vec<String> = kinds
        .map(|kind| topology.subjects.to_all_couriers(*kind))
        .collect();
    read(log, &topology.courier_stream(), &filters, 0).await
}

async fn read(
    log: &dyn Bus,
    stream: &str,
    filters: &[String],
    from: u64,
) -> Result<Vec<Placed>, Error> {
    let mut deliveries = log.read(stream, filters, from, Until::Now).await?;
    let mut facts = Vec::new();
    while let Some(delivery) = deliveries.next().await {
        let delivery = delivery?;
        // What cannot be read is a dead letter elsewhere, and told to nobody.
        if let Ok(fact) = posthouse_wire::decode(&delivery.payload) {
            facts.push(Placed {
                at: delivery.stored_at,
                fact,
            });
        }
    }
    Ok(facts)
}
