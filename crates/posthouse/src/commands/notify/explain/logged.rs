//! A ticket of the log, as it stands there.

use std::sync::Arc;

use futures::StreamExt;
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Until};
use posthouse_domain::TicketId;
use posthouse_domain::ticket::Fact;
use posthouse_policy::Policy;
use posthouse_runtime::policies::Policies;
use serde::Deserialize;

use super::Scene;
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
    log.close().await?;
    if facts.is_empty() {
        let message = format!("find ticket {} in the log of the region", args.ticket);
        return Err(Error::new(Exit::NotFound, message));
    }
    Ok(Scene { policy, facts })
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

async fn facts(log: &dyn Bus, topology: &Topology, id: TicketId) -> Result<Vec<Fact>, Error> {
    let partition = id.partition(topology.subjects.partitions());
    let filters: Vec<String> = posthouse_notifier::CONSUMES
        .iter()
        .map(|kind| topology.subjects.fact_kind(partition, *kind))
        .collect();
    let stream = topology.log_stream(partition);
    let mut deliveries = log.read(&stream, &filters, 1, Until::Now).await?;
    let mut facts = Vec::new();
    while let Some(delivery) = deliveries.next().await {
        let delivery = delivery?;
        // What cannot be read is a dead letter elsewhere, and told to nobody.
        match posthouse_wire::decode(&delivery.payload) {
            Ok(fact) if fact.ticket == id => facts.push(fact),
            _ => {}
        }
    }
    Ok(facts)
}
