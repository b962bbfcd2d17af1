//! Lets an accident happen, for as long as it lasts, and undoes what can be undone.

use std::path::PathBuf;
use std::time::Duration;

use async_nats::jetstream;
use rustix::process::Signal;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use super::damage::damage;
use super::fault::Fault;
use super::limits::{BUS_WITHIN, DRAIN_WITHIN, GIVEN_UP_AFTER, START_WITHIN, TRY_AGAIN_AFTER};
use super::link::Weather;
use super::member::Member;
use super::plan::Step;
use super::region::{REGION, Region, command};
use super::servers::Server;
use super::strace::Tracer;
use crate::Noise;
use crate::poison::{bad_payloads, subjects_of_the_region};
use posthouse_bus::topology::Size;

/// How late a link may be.
const LATE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(400));
/// How far a clock may be off.
const OFF: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(2 * 24 * 3_600));
/// Bad messages at once.
const POISONS: usize = 60;
/// Pause between two moves of leaders.
const MOVE_EVERY: Duration = Duration::from_millis(400);

/// What became of a step.
pub(super) enum Became {
    /// It happened; in words, what chance had chosen.
    Done(String),
    /// It cannot happen here, and why.
    Skipped(String),
    /// It happened, and what it did is against a promise.
    Broken(String),
}

/// What accidents need beside the region.
pub(super) struct Stage {
    pub(super) bus: jetstream::Context,
    pub(super) bundles: [PathBuf; 2],
    /// Which of the bundles is next.
    pub(super) next: Mutex<usize>,
}

/// Lets a step happen to its end.
pub(super) async fn happen(region: &Region, stage: &Stage, step: &Step) -> Became {
    let mut noise = Noise::of(step.seed, 1);
    if let Some(member) = region.member(&step.target) {
        return to_member(region, member, step, &mut noise).await;
    }
    if let Some(server) = region.server(&step.target) {
        return to_server(region, server, step).await;
    }
    match step.fault {
        Fault::Rolling => rolling(region).await,
        Fault::Leaders => leaders(stage, step.lasts).await,
        Fault::Poison => poison(stage, &mut noise).await,
        Fault::Policy => policy(region, stage).await,
        _ => Became::Skipped(format!("there is no {}", step.target)),
    }
}

async fn to_member(
    region: &Region,
    member: &Mutex<Member>,
    step: &Step,
    noise: &mut Noise,
) -> Became {
    let lasts = step.lasts;
    let weather = |weather| async move {
        member.lock().await.link().becomes(weather);
        sleep(lasts).await;
        member.lock().await.link().becomes(Weather::Fair);
        Became::Done(format!("{weather:?}"))
    };
    match step.fault {
        Fault::Kill => {
            let killed = member.lock().await.kill().await;
            sleep(lasts).await;
            member.lock().await.want();
            killed.map_or_else(|error| Became::Broken(error.to_string()), |()| done())
        }
        Fault::Stop => {
            member.lock().await.signal(Signal::STOP);
            sleep(lasts).await;
            member.lock().await.signal(Signal::CONT);
            done()
        }
        Fault::Cut => weather(Weather::Cut).await,
        Fault::HalfOpen => weather(*noise.pick(&[Weather::Mute, Weather::Deaf])).await,
        Fault::Delay => weather(Weather::Late(noise.between(LATE.0, LATE.1))).await,
        Fault::Reorder => weather(Weather::Jumbled(noise.between(LATE.0, LATE.1))).await,
        Fault::Trickle => weather(Weather::Trickle).await,
        Fault::DiskFull => {
            let data = member.lock().await.data().to_owned();
            if let Err(why) = region.disks.fill(&data) {
                return Became::Skipped(format!("the disk cannot be filled: {why}"));
            }
            sleep(lasts).await;
            region.disks.free(&data).map_or_else(
                |why| Became::Skipped(format!("the disk cannot be freed: {why}")),
                |()| done(),
            )
        }
        Fault::Fsync => syncs_fail(member.lock().await.pid(), lasts).await,
        Fault::Damage => damaged(region, member, lasts, noise).await,
        Fault::Clock => clock(region, member, lasts, noise).await,
        _ => Became::Skipped("it does not happen to a process".to_owned()),
    }
}

async fn to_server(region: &Region, server: &Mutex<Server>, step: &Step) -> Became {
    let lasts = step.lasts;
    match step.fault {
        Fault::KillServer => {
            let killed = server.lock().await.kill().await;
            sleep(lasts).await;
            server.lock().await.want();
            killed.map_or_else(|error| Became::Broken(error.to_string()), |()| done())
        }
        Fault::StopServer => {
            server.lock().await.signal(Signal::STOP);
            sleep(lasts).await;
            server.lock().await.signal(Signal::CONT);
            done()
        }
        Fault::DiskFullServer => {
            let store = server.lock().await.store().to_owned();
            if let Err(why) = region.disks.fill(&store) {
                return Became::Skipped(format!("the disk cannot be filled: {why}"));
            }
            sleep(lasts).await;
            if let Err(why) = region.disks.free(&store) {
                return Became::Skipped(format!("the disk cannot be freed: {why}"));
            }
            // A server that ran out of room keeps its streams shut until it is started anew.
            let mut server = server.lock().await;
            let killed = server.kill().await;
            server.want();
            killed.map_or_else(|error| Became::Broken(error.to_string()), |()| done())
        }
        Fault::FsyncServer => {
            let pid = server.lock().await.pid();
            let became = syncs_fail(pid, lasts).await;
            // What a server makes of a disk that fails is to stop; a supervisor starts it anew.
            let mut server = server.lock().await;
            let killed = server.kill().await;
            server.want();
            killed.map_or_else(|error| Became::Broken(error.to_string()), |()| became)
        }
        _ => Became::Skipped("it does not happen to a server".to_owned()),
    }
}

fn done() -> Became {
    Became::Done(String::new())
}

async fn syncs_fail(pid: Option<u32>, lasts: Duration) -> Became {
    let Some(pid) = pid else {
        return Became::Done("it was dead".to_owned());
    };
    match Tracer::syncs_fail(pid).await {
        Err(why) => Became::Skipped(why),
        Ok(tracer) => {
            sleep(lasts).await;
            tracer.lift().await;
            done()
        }
    }
}

async fn damaged(
    region: &Region,
    member: &Mutex<Member>,
    lasts: Duration,
    noise: &mut Noise,
) -> Became {
    let mut guard = member.lock().await;
    if let Err(error) = guard.kill().await {
        return Became::Broken(error.to_string());
    }
    let done = damage(&region.disks.seen(guard.data()), noise);
    drop(guard);
    sleep(lasts).await;
    member.lock().await.want();
    match done {
        Ok(done) => Became::Done(done.unwrap_or_else(|| "there were no files".to_owned())),
        Err(why) => Became::Skipped(format!("the files cannot be damaged: {why}")),
    }
}

async fn clock(
    region: &Region,
    member: &Mutex<Member>,
    lasts: Duration,
    noise: &mut Noise,
) -> Became {
    let shim = match &region.shim {
        Ok(shim) => shim,
        Err(why) => return Became::Skipped(why.clone()),
    };
    let (ahead, by) = (noise.below(2) == 0, noise.between(OFF.0, OFF.1));
    let shifted = shim.environment(ahead, by);
    if let Err(error) = again(member, shifted).await {
        return Became::Broken(error);
    }
    sleep(lasts).await;
    if let Err(error) = again(member, []).await {
        return Became::Broken(error);
    }
    let word = if ahead { "ahead" } else { "behind" };
    Became::Done(format!("{} s {word}", by.as_secs()))
}

/// Kills a process and lets it start again with this environment.
async fn again(
    member: &Mutex<Member>,
    environment: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<(), String> {
    let mut member = member.lock().await;
    let killed = member.kill().await;
    member.live_with(environment);
    member.want();
    killed.map_err(|error| error.to_string())
}

/// One process after the other is ended kindly and started again.
async fn rolling(region: &Region) -> Became {
    let mut longest = Duration::ZERO;
    for member in &region.members {
        let mut guard = member.lock().await;
        let name = guard.name().to_owned();
        let ended = guard.end(DRAIN_WITHIN).await;
        guard.want();
        drop(guard);
        match ended {
            Ok(Some((took, true))) => longest = longest.max(took),
            Ok(Some((_, false))) => {
                return Became::Broken(format!("{name} did not end well after SIGTERM"));
            }
            Ok(None) => {
                let within = DRAIN_WITHIN.as_secs();
                return Became::Broken(format!("{name} did not end within {within} s of SIGTERM"));
            }
            Err(error) => return Became::Broken(error.to_string()),
        }
        let back = async {
            while member.lock().await.door().is_none() {
                sleep(TRY_AGAIN_AFTER).await;
            }
        };
        if timeout(START_WITHIN, back).await.is_err() {
            return Became::Broken(format!("{name} did not come back"));
        }
    }
    Became::Done(format!("longest drain {} ms", longest.as_millis()))
}

/// Asks the leaders of streams and of consumers to give way, again and again.
async fn leaders(stage: &Stage, lasts: Duration) -> Became {
    let mut moved = 0;
    let moving = async {
        loop {
            for stream in [
                format!("PH_{REGION}_0"),
                format!("PH_{REGION}_inbox"),
                format!("PH_{REGION}_courier"),
            ] {
                moved += ask_to_step_down(stage, &format!("STREAM.LEADER.STEPDOWN.{stream}")).await;
            }
            for role in ["classifier", "router", "watchdog", "notifier"] {
                let consumer = format!("CONSUMER.LEADER.STEPDOWN.PH_{REGION}_0.{role}_00");
                moved += ask_to_step_down(stage, &consumer).await;
            }
            sleep(MOVE_EVERY).await;
        }
    };
    // The time is over at some point of it, as intended.
    timeout(lasts, moving).await.ok();
    Became::Done(format!("{moved} moves"))
}

/// Asks one leader; gives 1 when it gives way.
async fn ask_to_step_down(stage: &Stage, what: &str) -> u32 {
    let answer: Result<serde_json::Value, _> = stage.bus.request(what.to_owned(), &()).await;
    u32::from(answer.is_ok_and(|answer| answer["success"] == true))
}

/// Publishes bad messages on subjects of every sort.
async fn poison(stage: &Stage, noise: &mut Noise) -> Became {
    let inbox = format!("ph.{REGION}.inbox.poison");
    let mut subjects = subjects_of_the_region(REGION, &Size::LAPTOP, &inbox);
    // Letters are ours: whoever judges takes a bad one for our fault.
    subjects.retain(|(subject, _)| !subject.contains(".dlq"));
    let payloads = bad_payloads(REGION, noise);
    let mut stored = 0;
    for _ in 0..POISONS {
        let (subject, payload) = (
            noise.pick(&subjects).0.clone(),
            noise.pick(&payloads).clone(),
        );
        let publishing = async {
            let receipt = stage.bus.publish(subject, payload).await.ok()?;
            receipt.await.ok()
        };
        if timeout(BUS_WITHIN, publishing)
            .await
            .is_ok_and(|ack| ack.is_some())
        {
            stored += 1;
        }
    }
    Became::Done(format!("{stored} bad messages"))
}

/// Puts the other policy in force, trying until it is.
async fn policy(region: &Region, stage: &Stage) -> Became {
    let mut next = stage.next.lock().await;
    let bundle = &stage.bundles[*next % stage.bundles.len()];
    *next += 1;
    let (bundle, urls) = (bundle.display().to_string(), region.urls().join(","));
    let words = [
        "policy", "apply", &bundle, "--region", REGION, "--nats", &urls, "--by", "chaos",
    ];
    let applying = async {
        loop {
            match command(&words).await {
                Ok(_) => return,
                Err(_) => sleep(TRY_AGAIN_AFTER).await,
            }
        }
    };
    match timeout(GIVEN_UP_AFTER, applying).await {
        Ok(()) => done(),
        Err(_) => Became::Broken(format!(
            "{bundle} could not be put in force within {} s",
            GIVEN_UP_AFTER.as_secs()
        )),
    }
}
