//! Processes: one role each, started, killed, drained and started again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use posthouse_bus::topology::OwnedSpec;
use posthouse_bus::{Bus, Role};
use posthouse_classifier::{Classifier, Lookout};
use posthouse_intake::Intake;
use posthouse_notifier::{Courier, Notifier};
use posthouse_router::{Dispatcher, Router};
use posthouse_runtime::health::Health;
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::policies::Policies;
use posthouse_runtime::trace::Tracer;
use posthouse_runtime::{Handler, Service, run_service};
use posthouse_watchdog::Watchdog;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::dice::Dice;
use crate::disk::{Disk, DiskViews};
use crate::endpoint::{Endpoint, Line};
use crate::hostile::HostileBus;
use crate::life::Life;
use crate::world::World;

/// The name of intake's store on its disk.
pub(crate) const INTAKE_STORE: &str = "intake";
/// How long a dead process stays dead.
const DEAD_MS: (u64, u64) = (100, 12_000);
/// How often a process is drained and started anew, as when a new version is rolled out.
const DRAIN_MS: (u64, u64) = (20_000, 200_000);
/// How long a process may take to drain.
const DRAIN_MAX: Duration = Duration::from_secs(60);

/// One process: a role with a disk of its own.
pub(crate) struct Process {
    world: Arc<World>,
    role: Role,
    name: String,
    pub(crate) disk: Arc<Disk>,
    endpoint: Arc<Endpoint>,
    /// Where customers find it, while it is an intake that runs.
    door: Mutex<Option<Door>>,
}

/// An intake that runs.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) intake: Intake,
    pub(crate) life: Arc<Life>,
}

/// How a life ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It was killed.
    Killed,
    /// It ended in good order, or gave up.
    Ended,
}

impl Process {
    pub(crate) fn new(
        world: &Arc<World>,
        role: Role,
        number: u64,
        endpoint: &Arc<Endpoint>,
    ) -> Arc<Self> {
        Arc::new(Self {
            world: Arc::clone(world),
            role,
            name: format!("{role}-{number}"),
            disk: Arc::default(),
            endpoint: Arc::clone(endpoint),
            door: Mutex::default(),
        })
    }

    /// The intake that runs in it, if it is one.
    pub(crate) fn door(&self) -> Option<Door> {
        self.lock_door().clone()
    }

    /// Runs one life after the other until everybody is to go home.
    pub(crate) async fn live(self: Arc<Self>) {
        let mut dice = Dice::of(self.world.plan.seed, &format!("process {}", self.name));
        for number in 0_u64.. {
            let life = Life::new(Arc::clone(&self.world), &self.name, number);
            let end = self.live_once(&life, &mut dice).await;
            life.die();
            *self.lock_door() = None;
            if end == End::Killed {
                self.crash(&mut dice);
            }
            if self.world.over.is_cancelled() {
                return;
            }
            let dead = dice.millis(DEAD_MS.0, DEAD_MS.1);
            tokio::select! {
                biased;
                () = self.world.over.cancelled() => {}
                () = sleep(if self.world.is_quiet() { Duration::ZERO } else { dead }) => {}
            }
        }
    }

    async fn live_once(&self, life: &Arc<Life>, dice: &mut Dice) -> End {
        let shutdown = CancellationToken::new();
        let now = Instant::now();
        let crash_max = self.world.plan.rates.ms_to_crash_max;
        let faulty = !self.world.is_quiet();
        let mut crash_at = now + dice.millis(1, crash_max.max(1));
        if crash_max == 0 || !faulty || crash_at > self.world.at(self.world.plan.faults_end) {
            crash_at = now + Duration::from_secs(86_400);
        }
        let drain_at = now + dice.millis(DRAIN_MS.0, DRAIN_MS.1);
        let mut run = Box::pin(self.run(life, shutdown.clone()));
        tokio::select! {
            biased;
            () = life.died() => return End::Killed,
            () = sleep_until(crash_at) => {
                self.world.fault("crash at an instant");
                return End::Killed;
            }
            () = self.world.over.cancelled() => {}
            () = sleep_until(drain_at), if faulty => self.world.fault("drain"),
            () = &mut run => return End::Ended,
        }
        shutdown.cancel();
        tokio::select! {
            biased;
            () = life.died() => End::Killed,
            drained = timeout(DRAIN_MAX, run) => {
                if drained.is_err() { End::Killed } else { End::Ended }
            }
        }
    }

    fn crash(&self, dice: &mut Dice) {
        let world = &self.world;
        // What intake holds cannot be rebuilt from the log, so its disk is kept safe.
        let is_lost = self.role != Role::Intake
            && !world.is_quiet()
            && dice.strikes(world.plan.rates.lost_disk);
        if is_lost {
            world.fault("lost disk");
        }
        self.disk.crash(dice, is_lost);
    }

    /// Does what the role does, until `shutdown`.
    async fn run(&self, life: &Arc<Life>, shutdown: CancellationToken) {
        let bus: Arc<dyn Bus> = Arc::new(HostileBus::new(life, &self.disk));
        match self.role {
            Role::Intake => self.run_intake(life, bus, shutdown).await,
            Role::Classifier => {
                let engines = self.world.workshop.engines.clone();
                let make = move || Classifier::sharing(&engines);
                self.work(life, bus, shutdown, make).await;
            }
            Role::Router => self.work(life, bus, shutdown, Router::default).await,
            Role::Watchdog => self.work(life, bus, shutdown, Watchdog::default).await,
            Role::Notifier => self.work(life, bus, shutdown, Notifier::default).await,
            Role::Courier => {
                let line = Line {
                    endpoint: Arc::clone(&self.endpoint),
                    life: Arc::clone(life),
                };
                let make = move || Courier::new(line.clone());
                self.work(life, bus, shutdown, make).await;
            }
            Role::Lookout => self.work(life, bus, shutdown, Lookout::default).await,
            Role::Dispatcher => self.work(life, bus, shutdown, Dispatcher::default).await,
            Role::Desk => unreachable!("the desk is judged by its own tests"),
        }
    }

    async fn work<H: Handler>(
        &self,
        life: &Arc<Life>,
        bus: Arc<dyn Bus>,
        shutdown: CancellationToken,
        make: impl Fn() -> H + Clone + Send + Sync + 'static,
    ) {
        let specs: Vec<OwnedSpec> = self
            .world
            .topology
            .consumers
            .iter()
            .filter(|spec| spec.role == self.role)
            .cloned()
            .collect();
        let service = Service {
            policies: self.policies(&bus),
            bus,
            topology: Arc::clone(&self.world.topology),
            views: Arc::new(DiskViews {
                disk: Arc::clone(&self.disk),
                life: Arc::clone(life),
            }),
            clock: life.clock(),
            metrics: Metrics::new(),
            tracer: Tracer::off(),
            health: Health::new(),
            shutdown,
            node: self.name.clone(),
            pace: self.world.plan.pace,
        };
        run_service(service, specs, make).await;
    }

    async fn run_intake(&self, life: &Arc<Life>, bus: Arc<dyn Bus>, shutdown: CancellationToken) {
        let Ok(store) = self.disk.open(INTAKE_STORE, Intake::TABLES, life) else {
            return;
        };
        let (metrics, health) = (Metrics::new(), Health::new());
        let opened = Intake::open_on(
            Arc::new(store),
            Arc::clone(&bus),
            Arc::clone(&self.world.topology),
            self.policies(&bus),
            life.clock(),
            &metrics,
            Tracer::off(),
            &health,
            self.intake_options(),
            shutdown,
        );
        let Ok(intake) = opened.await else { return };
        *self.lock_door() = Some(Door {
            intake: intake.clone(),
            life: Arc::clone(life),
        });
        // Whatever it ended with, it is opened anew.
        drop(intake.run().await);
    }

    fn intake_options(&self) -> posthouse_intake::Options {
        posthouse_intake::Options {
            node: self.name.clone(),
            dir: std::path::PathBuf::new(),
            outbox_tickets_max: 1_000,
            numbers_per_block: 5,
            idempotency_hours: 24,
            publish_wait_ms: 2_000,
            read_side_wait_ms: posthouse_intake::Options::READ_SIDE_WAIT_MS,
            body_bytes_max: 1024 * 1024,
        }
    }

    fn policies(&self, bus: &Arc<dyn Bus>) -> Arc<Policies> {
        let world = &self.world;
        world.workshop.policies(Arc::clone(bus), &world.topology)
    }

    fn lock_door(&self) -> MutexGuard<'_, Option<Door>> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
