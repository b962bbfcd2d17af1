//! Tickets through the HTTP door.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use serde::Serialize;
use serde_json::json;

use super::{Private, per_second, percentile, rounded};
use crate::cli::bench::IntakeArgs;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// What `bench intake --json` prints.
#[derive(Debug, Serialize)]
struct Report {
    tickets: u64,
    connections: u32,
    accepted: u64,
    accepted_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    raw_publishes_per_second: f64,
    ratio: f64,
}

/// The body of every request: about 1 KiB of text.
const BODY_CHARS: usize = 900;

pub(super) async fn run(args: &IntakeArgs, output: &Output) -> Result<Exit, Error> {
    let private = Private::raise(&[], output).await?;
    let report = measure(&private, args).await;
    private.end().await?;
    let report = report?;
    if output.json() {
        output.object(&report)?;
    } else {
        output.line(format!(
            "{} of {} tickets accepted over {} connections: {:.0}/s, p50 {:.1} ms, p99 {:.1} ms\n\
             raw, the same messages published without a door: {:.0}/s\nratio {:.2}",
            report.accepted,
            report.tickets,
            report.connections,
            report.accepted_per_second,
            report.p50_ms,
            report.p99_ms,
            report.raw_publishes_per_second,
            report.ratio,
        ))?;
    }
    Ok(Exit::Done)
}

async fn measure(private: &Private, args: &IntakeArgs) -> Result<Report, Error> {
    let client = crate::client::http()?;
    let url = format!("{}/v1/tickets", private.url);
    let body = json!({
        "customer": "c-bench",
        "subject": "the console shows an error when the instance is started",
        "body": "x".repeat(BODY_CHARS),
    });
    let started = Instant::now();
    let took: Vec<Option<Duration>> = stream::iter(0..args.tickets)
        .map(|_| {
            let request = client.post(&url).json(&body);
            async move {
                let sent = Instant::now();
                let answer = request.send().await.ok()?;
                answer.status().is_success().then(|| sent.elapsed())
            }
        })
        .buffer_unordered(usize::try_from(args.connections).unwrap_or(1).max(1))
        .collect()
        .await;
    let seconds = started.elapsed().as_secs_f64();
    let mut ms: Vec<f64> = took
        .iter()
        .flatten()
        .map(|took| took.as_secs_f64() * 1e3)
        .collect();
    ms.sort_by(f64::total_cmp);
    let raw = posthouse_bus_nats::baseline(&private.urls(), args.tickets, BODY_CHARS, 1).await?;
    let accepted = ms.len() as u64;
    let rate = per_second(accepted, seconds);
    Ok(Report {
        tickets: args.tickets,
        connections: args.connections,
        accepted,
        accepted_per_second: rounded(rate, 1),
        p50_ms: rounded(percentile(&ms, 50), 2),
        p99_ms: rounded(percentile(&ms, 99), 2),
        raw_publishes_per_second: rounded(raw, 1),
        ratio: rounded(rate / raw, 3),
    })
}
