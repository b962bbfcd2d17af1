//! `posthouse run`: one role of a region.

use std::sync::Arc;

use posthouse_bus::Bus;

use crate::assemble::{self, Door, House};
use crate::cli::run::RunArgs;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// Runs one role until it is asked to end.
pub(crate) async fn run(args: RunArgs, output: &Output) -> Result<Exit, Error> {
    let flags = assemble::flags(
        args.data.as_deref(),
        &args.nats,
        args.region.as_deref(),
        args.http,
    )
    .with_telemetry(args.telemetry);
    let config = assemble::configure(args.config.clone(), &flags)?;
    super::logs(&config.log, output)?;
    if config.bus.urls.is_empty() {
        return Err(Error::usage("tell which NATS server to use").hint("--nats nats://host:4222"));
    }
    let region = config.region.key.clone();
    let house =
        House::new(config)?.exporting(&[args.role.as_str()], std::slice::from_ref(&region))?;
    let bus = house.connect("recall").await?;
    let topology = Arc::new(assemble::recall(bus.as_ref(), &region).await?);
    bus.close().await?;
    let role = args.role;
    let about = assemble::about_of(&house, std::slice::from_ref(&region), vec![role.as_str()]);
    let mut door = Door::new(&house, about);
    let running = house.start(&topology, role).await?;
    for role in &running {
        if let Some((router, api)) = &role.door {
            door.add(None, router.clone(), api.clone());
        }
    }
    let http = door.open(&house).await?;
    output.note(format!(
        "{role} of {region} runs as {}; health and metrics at http://{}",
        house.node, http.address
    ));
    house.shutdown.draining().await;
    for running in running {
        if house.shutdown.bounded(running.task).await.is_err() {
            tracing::warn!(role = %running.role, "not drained in time");
        }
        // What had to be sent was sent while draining; a bus that is away now is no failure.
        if let Err(error) = running.bus.close().await {
            tracing::debug!(role = %running.role, %error, "connection not closed in good order");
        }
    }
    if house.shutdown.bounded(http.task).await.is_err() {
        tracing::warn!("some requests were cut off");
    }
    house.telemetry.end().await;
    Ok(Exit::Done)
}
