//! Chaos on processes: a region of real processes under constant traffic, accidents from a
//! seeded list, and a judge who was not there.
//!
//! A run starts servers and two processes of every role, lets customers and agents work on
//! tickets through their whole life, and lets happen what [`Step`]s say: a plain list that the
//! seed gives, printed before it begins. Then the accidents stop, the traffic ends, the region
//! has a bounded time to settle, and the auditor reads the whole log, what senders were told and
//! what arrived outside, and says what is not as it was promised.
//!
//! The same seed gives the same list and the same traffic. What the processes make of it is up
//! to the machine: a run that found something is evidence, not a recipe.
//!
//! It refuses to touch anything that it did not start, and to skip in silence: an accident that
//! cannot happen on this machine is named with the reason.
//!
//! # Invariants
//!
//! - Every wait is bounded, by a name in `limits`.
//! - Everything listens on loopback, and is gone when a run ends, however it ends.
//! - No accident does what no machine does: bytes of a connection are never changed.

mod bundles;
pub(crate) mod child;
pub(crate) mod clock;
mod damage;
mod disk;
mod error;
mod fault;
mod hook;
mod inject;
pub(crate) mod limits;
mod link;
pub(crate) mod log;
pub(crate) mod measure;
mod member;
pub(crate) mod notes;
mod outcome;
mod plan;
mod pulse;
mod region;
mod servers;
mod shim;
mod strace;
pub(crate) mod traffic;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use posthouse_auditor::{Auditor, Outside};
use posthouse_bus::topology::Size;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout};

use clock::now_ms;
pub use error::Error;
pub use fault::Fault;
use hook::Hook;
use inject::{Became, Stage, happen};
use log::Reader;
pub use measure::Measured;
use measure::Seen;
use notes::{Notes, Record};
pub use outcome::{Felt, Outcome};
pub use plan::Step;
use pulse::Pulse;
pub use region::Death;
use region::{REGION, Region};
use traffic::World;

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// What everything that is left to chance grows from.
    pub seed: u64,
    /// How long accidents may begin and end, in seconds; settling takes longer.
    pub seconds: u64,
    /// The accidents that may happen.
    pub faults: Vec<Fault>,
    /// Servers: 1, or 3 for a cluster whose streams are on all of them.
    pub nodes: usize,
    /// Tickets that are opened each second.
    pub rate: f64,
    /// Whether agents act on tickets before the read side shows them. Where it is away at that
    /// moment, and the opening waits in the outbox of another intake, what they ask for may
    /// overtake it.
    pub hasty: bool,
    /// Keep the files of the run here, with the log of each process.
    pub keep: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            seconds: 60,
            faults: Fault::ALL.to_vec(),
            nodes: 1,
            rate: 5.0,
            hasty: false,
            keep: None,
        }
    }
}

/// Runs chaos to its judgement. `tell` gets lines for people as it goes on.
///
/// # Errors
///
/// [`Error`] when there is nothing to judge: no server, or a region that does not come up before
/// the first accident. What goes wrong later is a finding, in the [`Outcome`].
pub async fn run(options: &Options, tell: impl Fn(&str) + Sync) -> Result<Outcome, Error> {
    let temporary = tempfile::tempdir();
    let temporary = temporary.map_err(|why| Error::files(&std::env::temp_dir(), why))?;
    let folder = match &options.keep {
        Some(folder) => folder.clone(),
        None => temporary.path().to_owned(),
    };
    std::fs::create_dir_all(&folder).map_err(|why| Error::files(&folder, why))?;
    // Building it, if need be, takes its time; nothing else has begun.
    let built = tokio::task::spawn_blocking(crate::posthouse).await;
    built.map_err(|why| Error::start("cargo", std::io::Error::other(why)))?;
    let (disks, faults, skipped) = what_can_happen(options).await;
    for (fault, why) in &skipped {
        tell(&format!("SKIPPED {fault}: {why}"));
    }
    let hook = Hook::open(options.seed).await?;
    let bundles = bundles::write(&folder, hook.url())?;
    let region = Region::make(&folder, options.nodes, options.seed, disks).await?;
    let region = Arc::new(region);
    let supervisor = region.supervise();
    tell("starting the region");
    region.start(&bundles[0]).await?;
    let bus = region.connect().await?;
    let run = Run {
        pulse: Pulse::begin(bus.clone(), options.nodes).await?,
        steps: plan::draw(
            options.seed,
            Duration::from_secs(options.seconds),
            &faults,
            &region.cast(),
        ),
        region: Arc::clone(&region),
        bus,
        hook,
        notes: Notes::default(),
        skipped,
    };
    let outcome = run.until_judged(options, bundles, &tell).await;
    drop(supervisor);
    outcome
}

/// The disks of this machine, the accidents that can happen on it, and those that cannot.
async fn what_can_happen(options: &Options) -> (disk::Disks, Vec<Fault>, Vec<(Fault, String)>) {
    let mut skipped = Vec::new();
    let wants_small = options.faults.iter().any(|fault| fault.needs_small_disks());
    let small = match wants_small {
        true => disk::Disks::small().await,
        false => Ok(disk::Disks::ordinary()),
    };
    let can = |fault: &Fault| {
        let why = match &small {
            Err(why) if fault.needs_small_disks() => why.clone(),
            _ if fault.needs_cluster() && options.nodes == 1 => "needs a cluster".to_owned(),
            _ => return true,
        };
        skipped.push((*fault, why));
        false
    };
    let faults = options.faults.iter().copied().filter(can).collect();
    let disks = small.unwrap_or_else(|_| disk::Disks::ordinary());
    (disks, faults, skipped)
}

/// A run whose region is up.
struct Run {
    steps: Vec<Step>,
    region: Arc<Region>,
    bus: async_nats::jetstream::Context,
    pulse: Pulse,
    hook: Hook,
    notes: Notes,
    skipped: Vec<(Fault, String)>,
}

/// What the log says at the end.
struct Told {
    auditor: Auditor,
    seen: Seen,
    /// Whether everything was quiet in time.
    is_settled: bool,
}

impl Run {
    async fn until_judged(
        mut self,
        options: &Options,
        bundles: [PathBuf; 2],
        tell: &(impl Fn(&str) + Sync),
    ) -> Result<Outcome, Error> {
        tell(&format!(
            "seed {}: {} accidents",
            options.seed,
            self.steps.len()
        ));
        for step in &self.steps {
            tell(&step.to_string());
        }
        let world = Arc::new(World {
            seed: options.seed,
            hasty: options.hasty,
            region: REGION,
            entrances: self.region.entrances("intake"),
            desks: self.region.entrances("desk"),
            bus: self.bus.clone(),
            texts: traffic::texts(),
            notes: self.notes.clone(),
            stopped: AtomicBool::new(false),
        });
        let traffic = tokio::spawn(traffic::flow(Arc::clone(&world), options.rate));
        let stage = Arc::new(Stage {
            bus: self.bus.clone(),
            bundles,
            next: Mutex::new(1),
        });
        let (mut felt, mut broken) = self.accidents(&stage, options, tell).await;
        world.stopped.store(true, Ordering::Relaxed);
        tell("accidents are over; waiting for the last lives");
        if timeout(limits::SETTLED_WITHIN, traffic).await.is_err() {
            broken.push("requests do not come to an end".to_owned());
        }
        if let Err(error) = self.region.ready().await {
            broken.push(format!("failed to {error}"));
        }
        tell("settling");
        let record = self.notes.record();
        let told = self.settle(&record).await?;
        if !told.is_settled {
            let within = limits::SETTLED_WITHIN.as_secs();
            broken.push(format!("something is still on its way after {within} s"));
        }
        for felt in &mut felt {
            felt.measured = told
                .seen
                .over(&record.accepted, felt.from_ms, felt.until_ms);
        }
        for death in self.region.end(limits::DRAIN_WITHIN).await? {
            broken.push(format!("{}: {}", death.name, death.words));
        }
        broken.extend(self.panics().await);
        Ok(self.judge(options, &record, told, felt, broken))
    }

    /// Lets all steps happen at their times.
    async fn accidents(
        &mut self,
        stage: &Arc<Stage>,
        options: &Options,
        tell: &(impl Fn(&str) + Sync),
    ) -> (Vec<Felt>, Vec<String>) {
        let began = tokio::time::Instant::now();
        let mut happening = JoinSet::new();
        for step in self.steps.clone() {
            let (region, stage) = (Arc::clone(&self.region), Arc::clone(stage));
            happening.spawn(async move {
                sleep_until(began + step.at).await;
                let from_ms = now_ms();
                let became = happen(&region, &stage, &step).await;
                (step, from_ms, now_ms(), became)
            });
        }
        let (mut felt, mut broken) = (Vec::new(), Vec::new());
        while let Some(happened) = happening.join_next().await {
            let Ok((step, from_ms, until_ms, became)) = happened else {
                broken.push("an accident itself failed".to_owned());
                continue;
            };
            let words = match became {
                Became::Skipped(why) => {
                    tell(&format!("SKIPPED {}: {why}", step.fault));
                    if !self.skipped.iter().any(|(fault, _)| *fault == step.fault) {
                        self.skipped.push((step.fault, why));
                    }
                    continue;
                }
                Became::Done(words) => words,
                Became::Broken(words) => {
                    broken.push(format!("{}: {words}", step.fault));
                    words
                }
            };
            tell(&format!("{step}  {words}"));
            felt.push(Felt {
                fault: step.fault,
                from_ms,
                until_ms,
                measured: Measured::default(),
            });
        }
        sleep_until(began + Duration::from_secs(options.seconds)).await;
        (felt, broken)
    }

    /// Reads the log until nothing is on its way any more.
    async fn settle(&self, record: &Record) -> Result<Told, Error> {
        let streams = [format!("PH_{REGION}_0"), format!("PH_{REGION}_courier")];
        let mut readers = streams.map(Reader::of);
        let (mut auditor, mut seen) = (Auditor::new(), Seen::default());
        auditor.partitions(Size::LAPTOP.partitions);
        for (version, files) in self.policies().await? {
            auditor.policy(&version, files);
        }
        let began = Instant::now();
        let deadlines_over = Duration::from_secs(bundles::LONGEST_PROMISE_S) + limits::QUIET_FOR;
        let mut last_news = Instant::now();
        loop {
            let mut news = false;
            let mut read = Ok(());
            for reader in &mut readers {
                let each = |message: &posthouse_auditor::Message<'_>| {
                    auditor.read(message);
                    news |= seen.look(message);
                };
                read = read.and(reader.read_on(&self.bus, each).await);
            }
            if news {
                last_news = Instant::now();
            }
            let is_settled = read.is_ok()
                && seen.is_settled(&record.accepted)
                && last_news.elapsed() > limits::QUIET_FOR
                && began.elapsed() > deadlines_over;
            if is_settled || began.elapsed() > limits::SETTLED_WITHIN {
                read?;
                return Ok(Told {
                    auditor,
                    seen,
                    is_settled,
                });
            }
            // Not too often: every look costs the servers a consumer.
            sleep(limits::LOOK_AT_LOG_EVERY).await;
        }
    }

    async fn policies(
        &self,
    ) -> Result<Vec<(String, std::collections::BTreeMap<String, String>)>, Error> {
        let bucket = format!("PH_{REGION}_policy");
        let began = Instant::now();
        loop {
            match log::policies(&self.bus, &bucket).await {
                Err(_) if began.elapsed() < limits::GIVEN_UP_AFTER => {
                    sleep(limits::TRY_AGAIN_AFTER).await;
                }
                result => return result,
            }
        }
    }

    /// Where a process panicked, in any of its lives.
    async fn panics(&self) -> Vec<String> {
        let mut panics = Vec::new();
        for member in &self.region.members {
            let member = member.lock().await;
            let log = std::fs::read(member.log()).unwrap_or_default();
            let said = String::from_utf8_lossy(&log);
            let lines = said.lines().filter(|line| line.contains("panicked"));
            let lines = lines.take(limits::EXAMPLES_MAX);
            panics.extend(lines.map(|line| format!("{}: {line}", member.name())));
        }
        panics
    }

    fn judge(
        self,
        options: &Options,
        record: &Record,
        told: Told,
        felt: Vec<Felt>,
        broken: Vec<String>,
    ) -> Outcome {
        // Until the region has caught up, some partitions have no owner or no leader. How long
        // that takes is told as recovery.
        let accidents = felt.iter().map(|felt| {
            let recovery_ms = felt.measured.recovery_ms.unwrap_or(0);
            (felt.from_ms, felt.until_ms + recovery_ms)
        });
        let slow = self.pulse.slow();
        let outside = Outside {
            sent: record.sent,
            accepted: record.accepted.clone(),
            received: self.hook.received(),
            excused: accidents.chain(slow.iter().copied()).collect(),
            listens: true,
            settled_at_ms: now_ms(),
        };
        Outcome {
            seed: options.seed,
            letters: told.seen.letters().clone(),
            report: told.auditor.finish(&outside),
            felt,
            slow,
            broken,
            skipped: self.skipped,
            deaths: self.region.deaths(),
            unanswered: record.unanswered,
            refused: record.refused.clone(),
            given_up: record.given_up,
        }
    }
}
