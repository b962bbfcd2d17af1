//! Notifications from the log to a receiver: how many a second, how late, and what a kill in the
//! middle does to them.
//!
//! Requests are put into the log of a private region. A notifier in a process of its own tells
//! them to an HTTP listener of this process, which notes every arrival. Where a fraction is given,
//! the notifier is killed by SIGKILL when so much has arrived, and another one is started with
//! its data.
//!
//! # What counts
//!
//! *Lost* is what never arrived. *Doubled* is what arrived again; it is *unmarked* when neither
//! the message itself nor its outcome in the log says that it may be a repeat.

mod asking;
mod listener;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::StreamExt;
use posthouse_bus::{Bus, Role, Until};
use posthouse_domain::FactId;
use posthouse_domain::ticket::{Body, FactKind};
use posthouse_policy::Source;
use serde::Serialize;

use self::asking::Asked;
use self::listener::Listener;
use super::owner::{Home, Owner};
use super::timers::{Ground, Place};
use super::{per_second, percentile, rounded};
use crate::cli::bench::NotifyArgs;
use crate::exit::{Error, Exit};
use crate::output::{Output, Progress};

/// The region that is measured.
const REGION: &str = "bench";
/// The measurement fails when nothing arrives for so long. A claim whose owner was killed is
/// given up after the timeout and the back-off of its receiver.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked whether enough arrived.
const LOOK: Duration = Duration::from_millis(20);
/// Receivers that the notifications are spread over.
const RECEIVERS: u64 = 8;

/// The contract of `bench notify --json`.
#[derive(Debug, Serialize)]
struct Report {
    sent: u64,
    per_second: f64,
    lost: u64,
    doubled: u64,
    doubled_unmarked: u64,
    p99_ms: f64,
    p50_ms: f64,
    killed: bool,
    /// From the kill to the first arrival of the notifier that was started after it.
    recovered_ms: Option<f64>,
}

/// When the notifier was killed, and when the next one ran.
struct Killed {
    at: Instant,
    runs: Instant,
}

/// Measures.
pub(super) async fn run(args: &NotifyArgs, output: &Output) -> Result<Exit, Error> {
    let ground = Ground::raise(output).await?;
    let report = measure(&ground, args, output).await;
    ground.end().await?;
    let report = report?;
    if output.json() {
        output.object(&report)?;
    } else {
        output.line(format!(
            "{} notifications told: {:.0}/s, p50 {:.1} ms, p99 {:.1} ms from the log to the receiver\n\
             lost {}, doubled {}, of which without a mark {}",
            report.sent,
            report.per_second,
            report.p50_ms,
            report.p99_ms,
            report.lost,
            report.doubled,
            report.doubled_unmarked,
        ))?;
    }
    let is_well = report.lost == 0 && report.doubled_unmarked == 0;
    Ok(if is_well { Exit::Done } else { Exit::Problems })
}

async fn measure(ground: &Ground, args: &NotifyArgs, output: &Output) -> Result<Report, Error> {
    let listener = Listener::open().await?;
    let place = ground.place(REGION, &policy(&listener.url)).await?;
    let home = Home {
        role: Role::Notifier,
        region: REGION,
        url: &ground.url(),
        data: ground.folder("notifier"),
        settings: &[("POSTHOUSE_WEBHOOKS__ALLOW_ADDRESSES", "127.0.0.0/8")],
    };
    let owner = Owner::start(&home, "first").await?;
    output.note(format!("asking for {} notifications", args.notifications));
    let began = Instant::now();
    let asking = asking::ask(&place, args.notifications, args.rate);
    let telling = tell(&listener, args, (owner, &home), output);
    let (asked, told) = tokio::join!(asking, telling);
    let (asked, (owner, killed)) = (asked?, told?);
    let seconds = listener
        .last()
        .map_or(0.0, |last| (last - began).as_secs_f64());
    let marked = outcomes(&place, args.notifications).await?;
    owner.kill().await?;
    Ok(report(&listener, &asked, &marked, seconds, killed))
}

/// Waits until everything has arrived; kills the notifier on the way if that was asked for.
async fn tell(
    listener: &Listener,
    args: &NotifyArgs,
    (mut owner, home): (Owner, &Home<'_>),
    output: &Output,
) -> Result<(Owner, Option<Killed>), Error> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fraction of a count"
    )]
    let kill_after = args
        .kill_at
        .map(|fraction| (args.notifications as f64 * fraction) as u64);
    let mut killed = None;
    let progress = Progress::new(
        usize::try_from(args.notifications).unwrap_or(usize::MAX),
        "told",
    );
    let (mut seen, mut moved) = (0, Instant::now());
    loop {
        let arrived = listener.arrived();
        if arrived > seen {
            (seen..arrived).for_each(|_| progress.step());
            (seen, moved) = (arrived, Instant::now());
        }
        if arrived >= args.notifications {
            break;
        }
        if moved.elapsed() > PATIENCE {
            output.note(format!("nothing arrived for {PATIENCE:?}: {arrived} came"));
            break;
        }
        if killed.is_none() && kill_after.is_some_and(|after| arrived >= after) {
            output.note("killing the notifier");
            owner.kill().await?;
            let at = Instant::now();
            owner = Owner::start(home, "second").await?;
            let runs = Instant::now();
            killed = Some(Killed { at, runs });
        }
        tokio::time::sleep(LOOK).await;
    }
    progress.finish();
    Ok((owner, killed))
}

/// Waits until every request has an outcome. Gives for each whether it is marked as a possible
/// duplicate.
async fn outcomes(place: &Place, count: u64) -> Result<BTreeMap<FactId, bool>, Error> {
    let topology = &place.topology;
    let subject = |partition| {
        let all = topology.subjects.courier_all(partition);
        all.replace('>', FactKind::Notified.as_str())
    };
    let filters: Vec<String> = (0..topology.size.receiver_partitions)
        .map(subject)
        .collect();
    let stream = topology.courier_stream();
    let mut told = place.bus.read(&stream, &filters, 0, Until::Forever).await?;
    let mut marked = BTreeMap::new();
    while (marked.len() as u64) < count {
        let Ok(Some(delivery)) = tokio::time::timeout(PATIENCE, told.next()).await else {
            break;
        };
        let fact = posthouse_wire::decode(&delivery?.payload)
            .map_err(|error| Error::failed(format!("read an outcome: {error}")))?;
        if let (Body::Notified(notified), Some(request)) = (&fact.body, fact.cause) {
            marked.entry(request).or_insert(notified.possible_duplicate);
        }
    }
    Ok(marked)
}

fn report(
    listener: &Listener,
    asked: &[Asked],
    marked: &BTreeMap<FactId, bool>,
    seconds: f64,
    killed: Option<Killed>,
) -> Report {
    let arrivals = listener.arrivals();
    let (mut lost, mut doubled, mut unmarked) = (0, 0, 0);
    let mut delays = Vec::with_capacity(asked.len());
    for it in asked {
        let Some(arrivals) = arrivals.get(&it.id.to_string()) else {
            lost += 1;
            continue;
        };
        let delay = arrivals[0].at.saturating_duration_since(it.at);
        delays.push(delay.as_secs_f64() * 1e3);
        let again = arrivals.len() as u64 - 1;
        let said = arrivals.iter().filter(|it| it.is_marked).count() as u64;
        doubled += again;
        if !marked.get(&it.id).copied().unwrap_or(false) {
            unmarked += again.saturating_sub(said);
        }
    }
    delays.sort_by(f64::total_cmp);
    let sent = delays.len() as u64;
    // What the first had sent may still arrive, so only what comes once the second runs counts.
    let next = |killed: &Killed| Some(listener.first_after(killed.runs)? - killed.at);
    let recovered = killed.as_ref().and_then(next);
    Report {
        sent,
        per_second: rounded(per_second(sent, seconds), 1),
        lost,
        doubled,
        doubled_unmarked: unmarked,
        p99_ms: rounded(percentile(&delays, 99), 2),
        p50_ms: rounded(percentile(&delays, 50), 2),
        killed: killed.is_some(),
        recovered_ms: recovered.map(|it| rounded(it.as_secs_f64() * 1e3, 1)),
    }
}

/// The shipped default with receivers that are all the listener.
fn policy(url: &str) -> Source {
    let mut source = Source::shipped("default").expect("the default is shipped");
    let receivers: String = (0..RECEIVERS)
        .map(|number| {
            format!(
                "[receiver.sink-{number}]\nchannel = \"webhook\"\nurl = \"{url}{number}\"\n\
                 backoff = \"100ms\"\ntimeout = \"2s\"\n\n"
            )
        })
        .collect();
    let keys: Vec<String> = (0..RECEIVERS)
        .map(|number| format!("\"sink-{number}\""))
        .collect();
    let rule = format!(
        "[[rule]]\nname = \"bench\"\nabout = [\"routed\"]\nreceivers = [{}]\n",
        keys.join(", ")
    );
    source.name = "bench-notify".to_owned();
    source
        .files
        .insert("receivers.toml".to_owned(), receivers + &rule);
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_of_the_measurement_compiles() {
        let source = policy("http://127.0.0.1:9/");
        let (policy, _) = posthouse_policy::compile(&source).unwrap();
        assert_eq!(policy.receivers.receivers.len() as u64, RECEIVERS);
    }
}
