//! `posthouse region`: what a region needs on its bus.

use posthouse_bus::Bus;
use posthouse_bus::topology::Change;
use posthouse_bus_nats::NatsBus;
use posthouse_runtime::clock::Clock;
use serde_json::json;

use super::bundle;
use crate::cli::region::{ProvisionArgs, RegionCommand};
use crate::exit::{Error, Exit};
use crate::output::Output;
use crate::{assemble, bus};

/// Does what was asked of a region.
pub(crate) async fn run(command: RegionCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        RegionCommand::Provision(args) => provision(args, output).await,
    }
}

async fn provision(args: ProvisionArgs, output: &Output) -> Result<Exit, Error> {
    let flags = assemble::flags(None, &args.bus.nats, args.bus.region.as_deref(), None);
    let config = assemble::configure(args.bus.config.clone(), &flags)?;
    let source = args.policy.as_deref().map(bundle::open).transpose()?;
    if let Some(source) = &source {
        bundle::usable(source, output)?;
    }
    if config.bus.urls.is_empty() {
        return Err(Error::usage("tell which NATS server to use").hint("--nats nats://host:4222"));
    }
    let region = config.region.key.clone();
    let bus = NatsBus::connect(&bus::options(&config.bus)?).await?;
    let mut size = assemble::size_of(bus.as_ref(), &region, config.region.size()).await?;
    size.partitions = args.partitions.unwrap_or(size.partitions);
    size.partitions_per_stream = args
        .partitions_per_stream
        .unwrap_or(size.partitions_per_stream);
    size.receiver_partitions = args.receiver_partitions.unwrap_or(size.receiver_partitions);
    size.replicas = args.replicas.unwrap_or(size.replicas);
    if let Some(days) = args.keep_days {
        size.age_max = std::time::Duration::from_secs(u64::from(days) * 24 * 3600);
    }
    let partitions = 1..=posthouse_bus::limits::PARTITIONS_MAX;
    let is_sound = partitions.contains(&size.partitions)
        && partitions.contains(&size.receiver_partitions)
        && size.partitions_per_stream > 0;
    if !is_sound {
        let most = posthouse_bus::limits::PARTITIONS_MAX;
        return Err(Error::usage(format!(
            "provision {region}: want 1 to {most} partitions"
        )));
    }
    let clock = Clock::system();
    let policy = source
        .as_ref()
        .map(|source| (source, &clock, "region provision"));
    let (topology, changes) = assemble::provision(bus.as_ref(), &region, size, policy).await?;
    bus.close().await?;
    for change in &changes {
        let (what, name) = match change {
            Change::Created(name) => ("created", name),
            Change::Updated(name) => ("updated", name),
        };
        if output.json() {
            output.object(&json!({ "change": what, "name": name }))?;
        } else {
            output.line(format!("{what} {name}"))?;
        }
    }
    let partitions = topology.subjects.partitions();
    output.note(format!(
        "region {region} is provisioned, with {partitions} partitions"
    ));
    Ok(Exit::Done)
}
