//! Load for as long as asked: a whole region in one process with a server of its own, tickets at
//! a steady rate with a storm, and a look at what it uses every second.
//!
//! What a storm brings may be more than the machine can take. Then it has to be answered with
//! 429, or late; what was answered with 202 must be in the log all the same, and the auditor
//! looks for it.
//!
//! It refuses to judge speed: it says what was used, how that grew, and what was lost.

mod load;
mod outcome;
mod sample;

use std::path::Path;
use std::time::{Duration, Instant};

use async_nats::jetstream;
use posthouse_auditor::{Auditor, Outside};
use tokio::process::Command;
use tokio::time::sleep;

pub use outcome::{Grown, Outcome};

use crate::chaos::Error;
use crate::chaos::child::Running;
use crate::chaos::clock::now_ms;
use crate::chaos::limits::{BUS_WITHIN, DRAIN_WITHIN, LOOK_EVERY, START_WITHIN};
use crate::chaos::log::{Reader, policies};
use crate::chaos::measure::Seen;
use crate::chaos::notes::Notes;
use crate::servers::sweep;
use crate::{Door, posthouse, servers_on};
use load::Load;
pub use sample::Sample;
use sample::Sampler;

/// The region that `up` runs.
const REGION: &str = "cn-north";
/// Partitions of a laptop's region.
const PARTITIONS: u16 = 4;

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long, in seconds.
    pub seconds: u64,
    /// Tickets each second, most of the time: ten times the reference day.
    pub rate: f64,
    /// Tickets each second in the storm.
    pub storm_rate: f64,
    /// How long the storm lasts, in seconds; it begins after a quarter of the run. 0: no storm.
    pub storm_seconds: u64,
    /// How long the region may take after the last ticket until all are carried, in seconds.
    pub settle_seconds: u64,
}

/// Runs a soak to its judgement. `tell` gets lines for people as it goes on.
///
/// # Errors
///
/// [`Error`] when there is nothing to judge: the region does not come up, or its log cannot be
/// read at the end.
pub async fn run(options: &Options, tell: impl Fn(&str) + Sync) -> Result<Outcome, Error> {
    let folder = tempfile::tempdir();
    let folder = folder.map_err(|why| Error::files(&std::env::temp_dir(), why))?;
    let built = tokio::task::spawn_blocking(posthouse).await;
    built.map_err(|why| Error::start("cargo", std::io::Error::other(why)))?;
    let data = folder.path().join("data");
    let region = Up::start(folder.path(), &data).await?;
    tell(&format!("a region at {}", region.door.url()));
    let notes = Notes::default();
    let load = Load {
        door: region.door.clone(),
        notes: notes.clone(),
        options: options.clone(),
    };
    let sampler = Sampler::new(region.pid(), &data, region.door.clone());
    let mut samples = Vec::new();
    let began = Instant::now();
    let loading = tokio::spawn(load.run());
    let mut storm_ms = None;
    while !loading.is_finished() {
        let sample = sampler.look(began).await;
        tell(&sample.to_string());
        samples.push(sample);
        sleep(Duration::from_secs(1)).await;
    }
    if let Ok(times) = loading.await {
        storm_ms = times;
    }
    tell("the last ticket was sent; settling");
    let record = notes.record();
    let bus = region.connect().await?;
    let ended = Instant::now();
    let meanwhile = async || samples.push(sampler.look(began).await);
    let (auditor, is_settled, log_end) = settle(options, &bus, &record.accepted, meanwhile).await?;
    let settled_s = ended.elapsed().as_secs_f64();
    let broken = region.end().await?;
    // While a storm is carried, clocks wait their turn.
    let excused = storm_ms.map(|(from, until)| (from, until.max(log_end)));
    let outside = Outside {
        sent: record.sent,
        accepted: record.accepted.clone(),
        received: Vec::new(),
        excused: excused.into_iter().collect(),
        listens: false,
        settled_at_ms: now_ms(),
    };
    Ok(Outcome {
        report: auditor.finish(&outside),
        seconds: options.seconds,
        samples,
        storm_ms,
        unanswered: record.unanswered,
        refused: record.refused,
        held_back: record.held_back,
        is_settled,
        settled_s,
        broken,
    })
}

/// Reads the log until all that was accepted is carried; `meanwhile` is done at every look.
/// Gives also whether that was so in time, and when the log's last fact was stored.
async fn settle(
    options: &Options,
    bus: &jetstream::Context,
    accepted: &[posthouse_auditor::Accepted],
    mut meanwhile: impl AsyncFnMut(),
) -> Result<(Auditor, bool, i64), Error> {
    let streams = [format!("PH_{REGION}_courier"), format!("PH_{REGION}_0")];
    let mut readers = streams.map(Reader::of);
    let (mut auditor, mut seen) = (Auditor::new(), Seen::default());
    auditor.partitions(PARTITIONS);
    for (version, files) in policies(bus, &format!("PH_{REGION}_policy")).await? {
        auditor.policy(&version, files);
    }
    let (began, mut log_end) = (Instant::now(), 0);
    loop {
        let mut read = Ok(());
        for reader in &mut readers {
            let each = |message: &posthouse_auditor::Message<'_>| {
                auditor.read(message);
                if seen.look(message) {
                    log_end = message.stored_at_ms;
                }
            };
            read = read.and(reader.read_on(bus, each).await);
        }
        let is_settled = read.is_ok() && seen.is_settled(accepted);
        if is_settled || began.elapsed() > Duration::from_secs(options.settle_seconds) {
            read?;
            return Ok((auditor, is_settled, log_end));
        }
        meanwhile().await;
        sleep(Duration::from_secs(1)).await;
    }
}

/// `posthouse up` that writes what it says to a file.
struct Up {
    running: Running,
    door: Door,
    data: std::path::PathBuf,
}

impl Up {
    async fn start(folder: &Path, data: &Path) -> Result<Self, Error> {
        let mut command = Command::new(posthouse());
        command
            .args(["up", "--http", "127.0.0.1:0", "--data"])
            .arg(data);
        crate::process::forget_surroundings(&mut command);
        command.env("POSTHOUSE_NOTIFIER__CONSOLE", "false");
        let mut running = Running::start("up", command, &folder.join("up.log"))?;
        let began = Instant::now();
        while began.elapsed() < START_WITHIN && running.runs() {
            if let Some(door) = door_in(&running.said()) {
                let request = door.request(reqwest::Method::GET, "/readyz");
                let answer = door.try_send(request.timeout(BUS_WITHIN)).await;
                if answer.is_ok_and(|answer| answer.status == 200) {
                    let data = data.to_owned();
                    return Ok(Self {
                        running,
                        door,
                        data,
                    });
                }
            }
            sleep(LOOK_EVERY).await;
        }
        running.kill().await?;
        sweep(data);
        Err(Error::NotReady {
            name: "up".to_owned(),
            within: START_WITHIN,
            said: running.last_words(),
        })
    }

    fn pid(&self) -> Option<u32> {
        self.running.pid()
    }

    async fn connect(&self) -> Result<jetstream::Context, Error> {
        let failed = |why: String| Error::bus("connect", why);
        let request = self.door.request(reqwest::Method::GET, "/v1/about");
        let about = self.door.try_send(request).await;
        let about = about.map_err(|why| failed(why.to_string()))?.json();
        let url = about["nats_url"].as_str().unwrap_or_default().to_owned();
        let client = async_nats::connect(url).await;
        client
            .map(jetstream::new)
            .map_err(|why| failed(why.to_string()))
    }

    /// Ends it kindly; gives what was wrong with that.
    async fn end(mut self) -> Result<Vec<String>, Error> {
        let mut broken = Vec::new();
        self.running.signal(rustix::process::Signal::TERM);
        match self.running.ended(DRAIN_WITHIN).await {
            Some(status) if status.success() => {}
            Some(status) => broken.push(format!("it ended with {status}")),
            None => {
                let within = DRAIN_WITHIN.as_secs();
                broken.push(format!("it did not end within {within} s of SIGTERM"));
                self.running.kill().await?;
            }
        }
        let said = self.running.said();
        let panics = said.lines().filter(|line| line.contains("panicked"));
        broken.extend(panics.map(str::to_owned));
        Ok(broken)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // First who would start another server.
        self.running.signal(rustix::process::Signal::KILL);
        sweep(&self.data);
    }
}

/// The door that the banner names.
fn door_in(said: &str) -> Option<Door> {
    let line = said.lines().find(|line| line.starts_with("  HTTP"))?;
    line.split_whitespace().nth(1).map(Door::at)
}
