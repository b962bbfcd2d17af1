//! `posthouse up`: a whole region in one process.

use std::time::{Duration, Instant};

use posthouse_bus::Role;
use posthouse_policy::Source;

use super::agent::floor::{Floor, Manner};
use super::agent::simulate::roster;
use super::{bundle, demo};
use crate::assemble::{self, Door, House, Server, Site};
use crate::cli::connect::ServerArgs;
use crate::cli::up::UpArgs;
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// How long a simulated agent works on a ticket of the demonstration, on average.
const HANDLING: Duration = Duration::from_secs(20);

/// Runs a whole region until it is asked to end.
pub(crate) async fn run(args: UpArgs, output: &Output) -> Result<Exit, Error> {
    let started = Instant::now();
    let flags = assemble::flags(
        args.data.as_deref(),
        &args.nats,
        args.regions.first().map(String::as_str),
        args.http,
    )
    .with_telemetry(args.telemetry);
    let config = assemble::configure(args.config.clone(), &flags)?;
    super::logs(&config.log, output)?;
    let policy = args.policy.as_deref().map(bundle::open).transpose()?;
    if let Some(source) = &policy {
        bundle::usable(source, output)?;
    }
    let regions = match args.regions.as_slice() {
        [] => vec![config.region.key.clone()],
        regions => regions.to_vec(),
    };
    let mut house = House::new(config)?.exporting(&roles(), &regions)?;
    let mut server = Server::start(&mut house, output).await?;
    let outcome = live(
        &house,
        &mut server,
        &args,
        &regions,
        policy.as_ref(),
        output,
        started,
    )
    .await;
    house.shutdown.drain();
    house.telemetry.end().await;
    let stopped = server.stop().await;
    let exit = outcome?;
    stopped?;
    Ok(exit)
}

/// Everything between the start of the server and its end.
async fn live(
    house: &House,
    server: &mut Server,
    args: &UpArgs,
    regions: &[String],
    policy: Option<&Source>,
    output: &Output,
    started: Instant,
) -> Result<Exit, Error> {
    let mut sites = Vec::new();
    let mut door = Door::new(house, assemble::about_of(house, regions, roles()));
    for (index, region) in regions.iter().enumerate() {
        let site = Site::raise(house, region, policy).await?;
        for running in &site.running {
            if let Some((router, api)) = &running.door {
                let below = (index > 0).then_some(region.as_str());
                door.add(below, router.clone(), api.clone());
            }
        }
        sites.push(site);
    }
    let http = door.open(house).await?;
    let url = format!("http://{}", http.address);
    server.supervise(house, &url)?;
    house.ready().await?;
    banner(house, &url, regions, started.elapsed(), output);
    let exit = match (args.demo, sites.first()) {
        (true, Some(site)) => {
            demo::run(house, &site.intake, &site.desk, &site.policy, output).await?
        }
        _ => Exit::Done,
    };
    if !args.exit && exit == Exit::Done {
        stay(house, &sites, args, &url, output).await;
    }
    house.shutdown.drain();
    for site in sites {
        site.end(house).await;
    }
    if house.shutdown.bounded(http.task).await.is_err() {
        tracing::warn!("some requests were cut off");
    }
    Ok(exit)
}

fn roles() -> Vec<&'static str> {
    Role::ALL.iter().map(|role| role.as_str()).collect()
}

fn banner(house: &House, url: &str, regions: &[String], took: Duration, output: &Output) {
    let nats = house.config.bus.urls.join(", ");
    output.note(format!(
        "posthouse {} is up after {:.1} s\n  HTTP     {url}   (openapi.json, readyz, metrics)\n  \
         NATS     {nats}\n  regions  {}\n  data     {}",
        env!("CARGO_PKG_VERSION"),
        took.as_secs_f64(),
        regions.join(", "),
        house.data().display(),
    ));
}

/// Stays up until the process is asked to end, and shows what receivers on the console are told.
async fn stay(house: &House, sites: &[Site], args: &UpArgs, url: &str, output: &Output) {
    let demo = if args.demo {
        "the demo is through; "
    } else {
        ""
    };
    if args.demo {
        staff(house, sites, url, output);
    }
    output.note(format!(
        "{demo}staying up, Ctrl-C ends it. Try:\n  \
         posthouse ticket submit --server {url} --customer c-42 --subject 'cannot log in' --body 'since 9:00'\n  \
         posthouse ticket list --server {url}\n  \
         posthouse ticket why --server {url} NUMBER"
    ));
    let mut listeners = tokio::task::JoinSet::new();
    if house.config.notifier.console && !output.json() {
        for site in sites {
            let (mut events, output) = (site.desk.subscribe(), output.clone());
            listeners.spawn(async move {
                while let Some(event) = demo::next_event(&mut events).await {
                    if event.kind == "notified" {
                        output.note(demo::line(&event));
                    }
                }
            });
        }
    }
    house.shutdown.draining().await;
    output.note("ending: finishing what is under way");
}

/// Somebody is there for the tickets of the demonstration: simulated agents, who work for as long
/// as the process stays up. Where the roster has nobody, tickets wait in their queues.
fn staff(house: &House, sites: &[Site], url: &str, output: &Output) {
    let Some(site) = sites.first() else {
        return;
    };
    let region = site.topology.subjects.region();
    let server = url.to_owned();
    let client = Client::new(&ServerArgs { server });
    let agents = roster(&site.policy, Some(region));
    let (Ok(client), Ok(agents)) = (client, agents) else {
        return;
    };
    output.note(format!(
        "{} simulated agents of the roster take tickets: posthouse agent list --server {url}",
        agents.len()
    ));
    let manner = Manner {
        agents,
        seed: 1,
        handling: HANDLING,
        decline_permille: 50,
        tickets: 0,
        stay: Duration::MAX,
    };
    let floor = Floor::new(client, manner);
    let end = house.shutdown.token();
    tokio::spawn(async move {
        if let Err(error) = floor.work(end).await {
            tracing::debug!(%error, "the simulated agents went home early");
        }
    });
}
