//! Clocks in great numbers: armed, due all at once, due steadily, and taken over.
//!
//! A private server, a region provisioned as any other, and the watchdog as production runs it,
//! with its view on disk. Clocks are armed by facts in the log and ring into it; every figure
//! about ringing is read from the log, by its own times. Tickets have two clocks each, as under
//! the shipped policies.

mod crowd;
mod ground;
mod log;
mod plan;
mod policy;
mod raw;

use std::time::{Duration, Instant};

use posthouse_bus::Role;
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::FactKind;
use serde::Serialize;

use self::crowd::{Crowd, Group};
pub(super) use self::ground::{Ground, Place};
use self::log::Breaches;
use self::plan::Plan;
use super::owner::{Home, Owner};
use super::{per_second, percentile, rounded};
use crate::cli::bench::TimersArgs;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// How long freed memory and the last commits may take to settle before they are measured.
const SETTLE: Duration = Duration::from_secs(3);
/// The owner is killed so long before the clocks fall due that nobody is to ring.
const KILL_BEFORE_MS: i64 = 500;

/// The contract of `bench timers --json`, and what explains it.
#[derive(Debug, Serialize)]
struct Report {
    clocks: u64,
    arm_seconds: f64,
    bytes_per_clock: Option<u64>,
    disk_bytes_per_clock: u64,
    lateness_p50_ms: f64,
    lateness_p99_ms: f64,
    lateness_max_ms: f64,
    burst_clocks: u64,
    burst_seconds: f64,
    steady_per_second: u64,
    takeover_clocks: u64,
    takeover_overdue: u64,
    takeover_first_ms: i64,
    takeover_ms: i64,
    early: u64,
    missed: u64,
    doubled: u64,
    armed_per_second: f64,
    raw_set_per_second: f64,
    raw_rung_per_second: f64,
    ratio: f64,
}

/// Memory and disk after arming, and how long that took.
struct Armed {
    seconds: f64,
    memory: Option<u64>,
    disk: u64,
}

/// When an owner was killed.
struct Killed {
    at: Timestamp,
}

pub(super) async fn run(args: &TimersArgs, output: &Output) -> Result<Exit, Error> {
    let plan = Plan::of(args);
    output.note("raw: the bare index of wake-ups, on disk");
    let raw = raw::measure(plan.clocks.min(raw::TIMERS_MAX))?;
    let ground = Ground::raise(output).await?;
    let report = measure(&ground, &plan, &raw, output).await;
    ground.end().await?;
    let report = report?;
    if output.json() {
        output.object(&report)?;
    } else {
        output.line(report.for_people())?;
    }
    Ok(Exit::Done)
}

async fn measure(
    ground: &Ground,
    plan: &Plan,
    raw: &raw::Rates,
    output: &Output,
) -> Result<Report, Error> {
    let place = ground
        .place("timers", &policy::open(plan.steady_ms))
        .await?;
    let watchdog = ground.watch(&place).await?;
    let armed = arm(&place, plan, output).await?;
    let rate = per_second(plan.held_tickets(), armed.seconds);
    let due_at = burst(&place, plan, rate, output).await?;
    steady(&place, plan, output).await?;
    watchdog.end(ground).await?;
    let breaches = Breaches::read(&place).await?;
    let other = ground
        .place("takeover", &policy::open(plan.overdue_ms))
        .await?;
    let killed = take_over(ground, &other, plan, output).await?;
    let overdue = Breaches::read(&other).await?;
    Ok(report(
        plan, raw, &armed, &breaches, &overdue, due_at, &killed,
    ))
}

/// Arms the clocks that stay, and measures what they take.
async fn arm(place: &Place, plan: &Plan, output: &Output) -> Result<Armed, Error> {
    output.note("warming up");
    let warm = Crowd::new(Group::Warm, plan.warm_tickets());
    place.arm(&warm).await?;
    tokio::time::sleep(SETTLE).await;
    let (memory, disk) = (ground::memory_bytes(), place.disk_bytes()?);
    output.note(format!("arming {} clocks", plan.clocks));
    let started = Instant::now();
    place
        .arm(&Crowd::new(Group::Held, plan.held_tickets()))
        .await?;
    let seconds = started.elapsed().as_secs_f64();
    tokio::time::sleep(SETTLE).await;
    let grown = |now: u64, before: u64| now.saturating_sub(before);
    Ok(Armed {
        seconds,
        memory: ground::memory_bytes()
            .zip(memory)
            .map(|(now, before)| grown(now, before)),
        disk: grown(place.disk_bytes()?, disk),
    })
}

/// Arms clocks that all fall due in one instant, and waits until all have rung.
async fn burst(
    place: &Place,
    plan: &Plan,
    tickets_per_second: f64,
    output: &Output,
) -> Result<Timestamp, Error> {
    let gate = policy::Gate::after(place.now(), plan.burst, tickets_per_second);
    output.note(format!(
        "{} clocks, due all at {}",
        plan.burst,
        gate.due_at()
    ));
    place.activate(&gate.bundle(plan.steady_ms)).await?;
    place.arm(&Crowd::new(Group::Burst, plan.burst)).await?;
    if place.now() >= gate.due_at() {
        let message = "arm the burst before it falls due: this machine became slower meanwhile";
        return Err(Error::failed(message).hint("try again, or with fewer --due-in-burst"));
    }
    place.wait_for(FactKind::TargetBreached, plan.burst).await?;
    Ok(gate.due_at())
}

/// So many clocks fall due each second, for a while.
async fn steady(place: &Place, plan: &Plan, output: &Output) -> Result<(), Error> {
    output.note(format!(
        "{} clocks due each second for {} s",
        plan.steady_per_second, plan.steady_seconds
    ));
    let crowd = Crowd::new(Group::Steady, plan.steady_tickets()).paced(plan.steady_per_second);
    place.arm(&crowd).await?;
    let all = plan.burst + plan.steady_tickets();
    place.wait_for(FactKind::TargetBreached, all).await
}

/// One process owns clocks, is killed, and another one takes them over when some are overdue.
async fn take_over(
    ground: &Ground,
    place: &Place,
    plan: &Plan,
    output: &Output,
) -> Result<Killed, Error> {
    output.note(format!(
        "another process owns {} clocks",
        plan.takeover_clocks()
    ));
    let url = ground.url();
    let home = |name| Home {
        role: Role::Watchdog,
        region: &place.region,
        url: &url,
        data: ground.folder(name),
        settings: &[],
    };
    let mut first = Owner::start(&home("first"), "first").await?;
    place
        .arm(&Crowd::new(Group::Held, plan.takeover_tickets()))
        .await?;
    let first_due_at = place.now().plus_millis(plan.overdue_ms);
    place.arm(&Crowd::new(Group::Steady, plan.overdue)).await?;
    let second = Owner::start(&home("second"), "second").await?;
    place
        .sleep_until(first_due_at.plus_millis(-KILL_BEFORE_MS))
        .await;
    output.note("killing the owner");
    let at = place.now();
    first.kill().await?;
    place
        .wait_for(FactKind::TargetBreached, plan.overdue)
        .await?;
    second.end().await?;
    Ok(Killed { at })
}

fn report(
    plan: &Plan,
    raw: &raw::Rates,
    armed: &Armed,
    breaches: &Breaches,
    overdue: &Breaches,
    due_at: Timestamp,
    killed: &Killed,
) -> Report {
    let expected = plan.burst + plan.steady_tickets() + plan.overdue;
    let late = breaches.late_ms(Group::Steady);
    let since = |at: Option<Timestamp>, from: Timestamp| at.map_or(-1, |at| at.millis_since(from));
    let burst_ms = since(breaches.last(Group::Burst), due_at);
    let armed_per_second = per_second(plan.clocks, armed.seconds);
    Report {
        clocks: plan.clocks,
        arm_seconds: rounded(armed.seconds, 2),
        bytes_per_clock: armed.memory.map(|bytes| bytes / plan.clocks.max(1)),
        disk_bytes_per_clock: armed.disk / plan.clocks.max(1),
        lateness_p50_ms: percentile(&late, 50),
        lateness_p99_ms: percentile(&late, 99),
        lateness_max_ms: percentile(&late, 100),
        burst_clocks: plan.burst,
        burst_seconds: rounded(seconds(burst_ms), 2),
        steady_per_second: plan.steady_per_second,
        takeover_clocks: plan.takeover_clocks(),
        takeover_overdue: plan.overdue,
        takeover_first_ms: since(overdue.first(Group::Steady), killed.at),
        takeover_ms: since(overdue.last(Group::Steady), killed.at),
        early: breaches.early() + overdue.early(),
        missed: expected.saturating_sub(breaches.rung() + overdue.rung()),
        doubled: breaches.doubled() + overdue.doubled(),
        armed_per_second: rounded(armed_per_second, 1),
        raw_set_per_second: rounded(raw.set, 1),
        raw_rung_per_second: rounded(raw.rung, 1),
        ratio: rounded(armed_per_second / raw.set, 4),
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds, for people")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1e3
}

impl Report {
    fn for_people(&self) -> String {
        let memory = self.bytes_per_clock.map_or_else(
            || "not measured here".to_owned(),
            |bytes| format!("{bytes} B"),
        );
        format!(
            "{} clocks armed in {:.1} s; each takes {memory} of memory and {} B of disk\n\
             {} due at one instant: all told after {:.2} s\n\
             {} due each second: told late by p50 {:.0} ms, p99 {:.0} ms, at most {:.0} ms\n\
             owner of {} clocks killed: of {} overdue the first told after {:.1} s, the last after {:.1} s\n\
             missed {}, doubled {}, early {}\n\
             raw, the bare index: {:.0} set/s, {:.0} rung/s\nratio {:.4}",
            self.clocks,
            self.arm_seconds,
            self.disk_bytes_per_clock,
            self.burst_clocks,
            self.burst_seconds,
            self.steady_per_second,
            self.lateness_p50_ms,
            self.lateness_p99_ms,
            self.lateness_max_ms,
            self.takeover_clocks,
            self.takeover_overdue,
            seconds(self.takeover_first_ms),
            seconds(self.takeover_ms),
            self.missed,
            self.doubled,
            self.early,
            self.raw_set_per_second,
            self.raw_rung_per_second,
            self.ratio,
        )
    }
}
