//! Tickets through all stages, doing their real work, beside the same hops with no work.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use posthouse_bus::subject::{Said, said};
use posthouse_bus::{Bus, Until, header};
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::FactKind;
use serde::Serialize;

use super::{Private, per_second, percentile, rounded};
use crate::cli::bench::PipelineArgs;
use crate::exit::{Error, Exit};
use crate::output::{Output, Progress};
use crate::samples::{Sample, samples};

/// Tickets that are on their way through the door at once.
const AT_ONCE: usize = 1_024;
/// Facts of a ticket on the road: opened, classified, routed, timed, requested, notified.
const HOPS: u32 = 6;
/// Most tickets for the latencies at half the speed.
const PACED_MAX: u64 = 5_000;
/// How often paced tickets are sent.
const PACE: Duration = Duration::from_millis(10);
/// The measurement fails when nothing moves for so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The contract of `bench pipeline --json`.
#[derive(Debug, Serialize)]
struct Report {
    tickets: u64,
    tickets_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    raw_tickets_per_second: f64,
    ratio: f64,
}

pub(super) async fn run(args: &PipelineArgs, output: &Output) -> Result<Exit, Error> {
    let private = Private::raise(&args.nats, output).await?;
    let report = measure(&private, args.tickets, output).await;
    private.end().await?;
    let report = report?;
    if output.json() {
        output.object(&report)?;
    } else {
        output.line(format!(
            "{} tickets through all stages: {:.0}/s\naccepted to routed at half that speed: p50 {:.0} ms, p99 {:.0} ms\n\
             raw, the same hops and bytes without work: {:.0}/s\nratio {:.2}",
            report.tickets,
            report.tickets_per_second,
            report.p50_ms,
            report.p99_ms,
            report.raw_tickets_per_second,
            report.ratio,
        ))?;
    }
    Ok(Exit::Done)
}

async fn measure(private: &Private, tickets: u64, output: &Output) -> Result<Report, Error> {
    let samples = samples()?;
    output.note("warming up");
    road(private, &samples, tickets.min(1_000), None).await?;
    let bytes = mean_fact_bytes(private).await?;
    output.note(format!("raw: {HOPS} hops of {bytes} bytes"));
    let raw_before = raw(private, tickets, bytes).await?;
    output.note("the road");
    let took = road(private, &samples, tickets, None).await?;
    let tickets_per_second = per_second(tickets, took.as_secs_f64());
    output.note("raw again");
    let raw_after = raw(private, tickets, bytes).await?;
    let raw_tickets_per_second = f64::midpoint(raw_before, raw_after);
    output.note("the road at half the speed");
    let paced = (tickets / 4).clamp(1, PACED_MAX);
    let since = private.house.clock.now();
    road(private, &samples, paced, Some(tickets_per_second / 2.0)).await?;
    let latencies = latencies(private, since).await?;
    Ok(Report {
        tickets,
        tickets_per_second: rounded(tickets_per_second, 1),
        p50_ms: percentile(&latencies, 50),
        p99_ms: percentile(&latencies, 99),
        raw_tickets_per_second: rounded(raw_tickets_per_second, 1),
        ratio: rounded(tickets_per_second / raw_tickets_per_second, 3),
    })
}

async fn raw(private: &Private, tickets: u64, bytes: usize) -> Result<f64, Error> {
    Ok(posthouse_bus_nats::baseline(&private.urls(), tickets, bytes, HOPS).await?)
}

/// Sends tickets, as fast as they are taken or so many a second, and waits until all were
/// classified, routed, timed and notified. Returns how long it took.
pub(super) async fn road(
    private: &Private,
    samples: &[Sample],
    tickets: u64,
    per_second: Option<f64>,
) -> Result<Duration, Error> {
    let site = &private.site;
    let before = site.desk.counts();
    let started = Instant::now();
    let commands = (0..tickets)
        .zip(samples.iter().cycle())
        .map(|(number, sample)| (number, sample.command(&site.policy)));
    let sent = stream::iter(commands)
        .then(|(number, command)| async move {
            if let Some(rate) = per_second {
                #[expect(clippy::cast_precision_loss, reason = "a ticket's turn, in seconds")]
                let turn = Duration::from_secs_f64(number as f64 / rate);
                if turn > started.elapsed() + PACE {
                    tokio::time::sleep(turn - started.elapsed()).await;
                }
            }
            command
        })
        .map(|command| site.intake.submit(command, None))
        .buffer_unordered(AT_ONCE);
    let mut sent = std::pin::pin!(sent);
    while let Some(accepted) = sent.next().await {
        accepted
            .map_err(|refused| Error::new(Exit::Refused, format!("submit a ticket: {refused}")))?;
    }
    let progress = Progress::new(usize::try_from(tickets).unwrap_or(usize::MAX), "tickets");
    let mut counts = site.desk.watch_counts();
    loop {
        let now = *counts.borrow_and_update();
        let done = (now.notified - before.notified).min(now.timed - before.timed);
        progress.at(done);
        if done >= tickets {
            progress.finish();
            return Ok(started.elapsed());
        }
        if !matches!(
            tokio::time::timeout(PATIENCE, counts.changed()).await,
            Ok(Ok(()))
        ) {
            return Err(Error::failed(format!(
                "carry {tickets} tickets through: {done} came"
            )));
        }
    }
}

/// How large a fact on the road is, on average, in bytes.
async fn mean_fact_bytes(private: &Private) -> Result<usize, Error> {
    let (mut bytes, mut facts) = (0_usize, 0_usize);
    each_fact(private, |_, delivery| {
        bytes += delivery.payload.len();
        facts += 1;
    })
    .await?;
    Ok(bytes / facts.max(1))
}

/// Milliseconds from opened to routed, by the log's own times, sorted.
async fn latencies(private: &Private, since: Timestamp) -> Result<Vec<f64>, Error> {
    let mut opened: BTreeMap<String, Timestamp> = BTreeMap::new();
    let mut latencies = Vec::new();
    each_fact(private, |kind, delivery| {
        let Some(ticket) = delivery.headers.get(header::TICKET) else {
            return;
        };
        match kind {
            FactKind::Opened if delivery.stored_at >= since => {
                opened.insert(ticket.to_owned(), delivery.stored_at);
            }
            FactKind::Routed => {
                if let Some(at) = opened.remove(ticket) {
                    let ms = delivery
                        .stored_at
                        .millis_since(at)
                        .clamp(0, i64::from(i32::MAX));
                    latencies.push(f64::from(i32::try_from(ms).unwrap_or(i32::MAX)));
                }
            }
            _ => {}
        }
    })
    .await?;
    latencies.sort_by(f64::total_cmp);
    Ok(latencies)
}

async fn each_fact(
    private: &Private,
    mut visit: impl FnMut(FactKind, &posthouse_bus::Delivery),
) -> Result<(), Error> {
    let bus = private.house.connect("bench").await?;
    for stream in private.site.topology.log_streams() {
        let mut deliveries = bus.read(&stream, &[], 0, Until::Now).await?;
        while let Some(delivery) = deliveries.next().await {
            let delivery = delivery?;
            if let Said::Fact(kind) = said(&delivery.subject) {
                visit(kind, &delivery);
            }
        }
    }
    bus.close().await?;
    Ok(())
}
