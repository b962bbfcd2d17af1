//! `posthouse bench`: measured, always against a raw baseline in the same run.

mod classify;
mod intake;
mod notify;
mod owner;
mod pipeline;
mod storm;
mod telemetry;
mod timers;

use std::sync::Arc;

use posthouse_runtime::config::{self, Config};

use crate::assemble::{self, Door, House, Server, Site};
use crate::cli::bench::BenchCommand;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// Measures what was asked for.
pub(crate) async fn run(command: BenchCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        BenchCommand::Pipeline(args) => pipeline::run(&args, output).await,
        BenchCommand::Intake(args) => intake::run(&args, output).await,
        BenchCommand::Storm(args) => storm::run(&args, output),
        BenchCommand::Timers(args) => timers::run(&args, output).await,
        BenchCommand::Notify(args) => notify::run(&args, output).await,
        BenchCommand::Classify(args) => classify::run(&args, output),
        BenchCommand::Telemetry(args) => telemetry::run(&args, output).await,
    }
}

/// A private region: its own data, and its own server unless an address is given.
struct Private {
    house: House,
    site: Site,
    server: Server,
    url: String,
    http: tokio::task::JoinHandle<()>,
    _data: tempfile::TempDir,
}

impl Private {
    async fn raise(nats: &[String], output: &Output) -> Result<Self, Error> {
        Self::raise_with(nats, None, output).await
    }

    /// The same with another telemetry than the one that is configured.
    async fn raise_with(
        nats: &[String],
        telemetry: Option<config::Telemetry>,
        output: &Output,
    ) -> Result<Self, Error> {
        let data = tempfile::tempdir()
            .map_err(|error| Error::failed(format!("make a temporary folder: {error}")))?;
        let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let flags = assemble::flags(Some(data.path()), nats, None, Some(any_port));
        let mut config: Config = assemble::configure(None, &flags)?;
        config.telemetry = telemetry.unwrap_or(config.telemetry);
        super::logs(&config.log, output)?;
        let region = config.region.key.clone();
        let mut house = House::new(config)?.exporting(&[], std::slice::from_ref(&region))?;
        let mut server = Server::start(&mut house, output).await?;
        if !nats.is_empty() {
            refuse_a_region_in_use(&house, &region).await?;
        }
        let site = Site::raise(&house, &region, None).await?;
        let about = assemble::about_of(&house, std::slice::from_ref(&region), Vec::new());
        let mut door = Door::new(&house, about);
        for (router, api) in site
            .running
            .iter()
            .filter_map(|running| running.door.as_ref())
        {
            door.add(None, router.clone(), api.clone());
        }
        let http = door.open(&house).await?;
        let url = format!("http://{}", http.address);
        server.supervise(&house, &url)?;
        house.ready().await?;
        Ok(Self {
            house,
            site,
            server,
            url,
            http: http.task,
            _data: data,
        })
    }

    async fn end(self) -> Result<(), Error> {
        self.house.shutdown.drain();
        self.site.end(&self.house).await;
        if self.house.shutdown.bounded(self.http).await.is_err() {
            tracing::warn!("some requests were cut off");
        }
        self.house.telemetry.end().await;
        self.server.stop().await
    }

    fn urls(&self) -> Vec<String> {
        self.house.config.bus.urls.clone()
    }
}

/// Benchmark tickets do not belong among real ones.
async fn refuse_a_region_in_use(house: &House, region: &str) -> Result<(), Error> {
    let bus: Arc<dyn posthouse_bus::Bus> = house.connect("bench").await?;
    match assemble::recall(bus.as_ref(), region).await {
        Ok(_) => {
            let message = format!("measure on region {region}: it exists on that server");
            let hint = "leave --nats out for a private server, or set POSTHOUSE_REGION__KEY";
            Err(Error::new(Exit::Refused, message).hint(hint))
        }
        Err(error) if error.exit() == Exit::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// The value below which `percent` of the sorted values lie.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    let rank = (sorted.len() * percent)
        .div_ceil(100)
        .clamp(1, sorted.len());
    sorted[rank - 1]
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn per_second(count: u64, seconds: f64) -> f64 {
    count as f64 / seconds.max(f64::EPSILON)
}

fn rounded(value: f64, digits: i32) -> f64 {
    let factor = 10_f64.powi(digits);
    (value * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert!((percentile(&values, 50) - 100.0).abs() < f64::EPSILON);
        assert!((percentile(&values, 99) - 198.0).abs() < f64::EPSILON);
        assert!((percentile(&values[..1], 99) - 1.0).abs() < f64::EPSILON);
        assert!(percentile(&[], 99).abs() < f64::EPSILON);
    }
}
