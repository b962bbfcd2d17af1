//! A run: a region with all its roles, from its beginning until everybody has gone home.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_bus::{Bus, Delivery, Role, Until};
use posthouse_policy::Source;
use posthouse_runtime::{Handler, policies};
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};

use crate::bundles::{REGION, bundle};
use crate::customers::{self, Outside, Promise};
use crate::dice::Dice;
use crate::endpoint::{Arrived, Endpoint};
use crate::plan::{LAST, Plan, SETTLE};
use crate::process::Process;
use crate::rebuild;
use crate::workshop::Workshop;
use crate::world::World;

/// How long the bus is away at a time, in milliseconds.
const AWAY_MS: (u64, u64) = (200, 15_000);

/// What a run leaves behind, to be judged.
pub(crate) struct Remains {
    pub(crate) world: Arc<World>,
    /// Every stream with all its messages, in order.
    pub(crate) streams: BTreeMap<String, Vec<Delivery>>,
    /// Every bundle that was ever in force.
    pub(crate) bundles: Vec<Source>,
    /// Commands that were sent.
    pub(crate) sent: u64,
    pub(crate) promises: Vec<Promise>,
    pub(crate) arrived: Vec<Arrived>,
    /// When the region had finished what was open, as far as it ever would.
    pub(crate) settled_at: posthouse_domain::Timestamp,
    pub(crate) views: Vec<rebuild::Compared>,
}

/// Runs a region by a plan.
pub(crate) async fn run(plan: Plan) -> Remains {
    let topology = topology(&plan);
    let workshop = if plan.compiles {
        Workshop::bare().await
    } else {
        Workshop::finished().await
    };
    let world = Arc::new(World::new(plan, topology, workshop));
    let bundles = prepare(&world).await;
    let endpoint: Arc<Endpoint> = Arc::default();
    let processes = processes(&world, &endpoint);
    let mut region = JoinSet::new();
    for (_, process) in &processes {
        region.spawn(Arc::clone(process).live());
    }
    let doors = processes
        .iter()
        .filter(|(role, _)| *role == Role::Intake)
        .map(|(_, process)| Arc::clone(process))
        .collect();
    let outside = Outside::new(&world, doors);
    let mut people = JoinSet::new();
    for number in 0..world.plan.tickets {
        people.spawn(customers::live(Arc::clone(&outside), number));
    }
    for number in 0..world.plan.bad_messages {
        people.spawn(customers::trouble(Arc::clone(&outside), number));
    }
    people.spawn(operate(Arc::clone(&world)));
    people.spawn(outages(Arc::clone(&world)));
    sleep_until(world.at(world.plan.faults_end)).await;
    world.calm_down();
    world.bus.set_available(true);
    sleep(SETTLE).await;
    // Whoever has not been heard by now never will be.
    people.shutdown().await;
    let settled_at = world.now();
    world.stop_time();
    sleep(LAST).await;
    world.over.cancel();
    while region.join_next().await.is_some() {}
    let views = rebuild::compare(&world, &processes).await;
    let (sent, promises) = outside.known();
    Remains {
        streams: streams(&world).await,
        bundles,
        sent,
        promises,
        arrived: endpoint.arrived(),
        settled_at,
        views,
        world,
    }
}

/// The topology of the plan's region, with everybody who owns partitions of it.
fn topology(plan: &Plan) -> Topology {
    let topology = Topology::new(REGION, plan.size.clone());
    let by_ticket = Role::OWNERS.iter().flat_map(|role| {
        let topology = &topology;
        (0..topology.size.partitions).map(|p| topology.owned(*role, p, kinds(*role)))
    });
    let consumers: Vec<OwnedSpec> = by_ticket.chain(topology.copies_owned()).collect();
    topology.with_consumers(consumers)
}

/// The kinds of fact that a role reads.
fn kinds(role: Role) -> &'static [posthouse_domain::ticket::FactKind] {
    match role {
        Role::Classifier => posthouse_classifier::Classifier::default().consumes(),
        Role::Router => posthouse_router::Router::default().consumes(),
        Role::Watchdog => posthouse_watchdog::Watchdog::default().consumes(),
        Role::Notifier => posthouse_notifier::Notifier::default().consumes(),
        Role::Intake | Role::Courier | Role::Lookout | Role::Dispatcher | Role::Desk => &[],
    }
}

/// Provisions the region and puts its first policy in force. Gives all bundles of the run.
async fn prepare(world: &World) -> Vec<Source> {
    let plan = &world.plan;
    world
        .bus
        .provision(&world.topology)
        .await
        .expect("a bus in memory can be provisioned");
    let mut bundles = vec![bundle(plan.bundle)];
    bundles.extend(plan.switch.map(|(other, _)| bundle(other)));
    policies::activate(
        &world.bus,
        &world.topology,
        &bundles[0],
        "simulation",
        world.now(),
    )
    .await
    .expect("a bus without faults takes a policy");
    bundles
}

fn processes(world: &Arc<World>, endpoint: &Arc<Endpoint>) -> Vec<(Role, Arc<Process>)> {
    let roles = [
        Role::Intake,
        Role::Classifier,
        Role::Lookout,
        Role::Router,
        Role::Dispatcher,
        Role::Watchdog,
        Role::Notifier,
        Role::Courier,
    ];
    let replicas = world.plan.replicas;
    roles
        .into_iter()
        .flat_map(|role| (0..replicas).map(move |number| (role, number)))
        .map(|(role, number)| (role, Process::new(world, role, number, endpoint)))
        .collect()
}

/// The operator activates another policy under way, and tries again while the bus is away.
async fn operate(world: Arc<World>) {
    let Some((other, at)) = world.plan.switch else {
        return;
    };
    sleep_until(world.at(at)).await;
    let source = bundle(other);
    let (bus, topology) = (world.bus.client(), &world.topology);
    loop {
        let now = world.now();
        if policies::activate(&bus, topology, &source, "operator", now)
            .await
            .is_ok()
        {
            return;
        }
        sleep(Duration::from_secs(1)).await;
    }
}

/// The bus goes away for everybody now and then.
async fn outages(world: Arc<World>) {
    let mut dice = Dice::of(world.plan.seed, "outages");
    let end = world.at(world.plan.faults_end);
    for _ in 0..world.plan.rates.bus_away {
        sleep(dice.millis(1_000, 40_000)).await;
        if world.is_quiet() {
            return;
        }
        world.fault("bus away");
        world.bus.set_available(false);
        let back = tokio::time::Instant::now() + dice.millis(AWAY_MS.0, AWAY_MS.1);
        sleep_until(back.min(end)).await;
        world.bus.set_available(true);
    }
}

/// Every stream as it is.
async fn streams(world: &World) -> BTreeMap<String, Vec<Delivery>> {
    let mut streams = BTreeMap::new();
    for spec in world.topology.streams() {
        let read = world.bus.read(&spec.name, &[], 1, Until::Now).await;
        let messages = read.expect("the stream was provisioned");
        let messages: Vec<Delivery> = messages.filter_map(async |it| it.ok()).collect().await;
        streams.insert(spec.name, messages);
    }
    streams
}
