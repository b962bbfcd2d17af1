//! What telemetry costs: the road without it, with it, and with a collector that hangs.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use posthouse_runtime::config::{self, Protocol};
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::trace::Ratio;
use serde::Serialize;
use tokio::net::TcpListener;

use super::pipeline::road;
use super::{Private, per_second, percentile, rounded};
use crate::cli::bench::TelemetryArgs;
use crate::exit::{Error, Exit};
use crate::output::Output;
use crate::samples::{Sample, samples};

/// Most tickets to warm up with.
const WARM_UP_MAX: u64 = 1_000;

/// The contract of `bench telemetry --json`.
#[derive(Debug, Serialize)]
struct Report {
    tickets: u64,
    rounds: u32,
    sample_ratio: f64,
    off_per_second: f64,
    on_per_second: f64,
    on_ratio: f64,
    hanging_per_second: f64,
    hanging_ratio: f64,
    /// Spans of one round with telemetry: recorded, and taken by the collector.
    spans: u64,
    spans_exported: u64,
    /// Spans of one round with a collector that hangs: recorded, and dropped.
    hanging_spans: u64,
    hanging_spans_dropped: u64,
}

/// The collectors that are measured with.
struct Collectors {
    /// One that takes everything.
    willing: SocketAddr,
    /// One that lets everybody connect, and answers nobody.
    hanging: TcpListener,
}

/// What one road came to.
#[derive(Clone, Copy, Debug)]
struct Measured {
    per_second: f64,
    spans: u64,
    exported: u64,
    dropped: u64,
}

/// Measures all three, in turn, as often as was asked for.
pub(super) async fn run(args: &TelemetryArgs, output: &Output) -> Result<Exit, Error> {
    let collectors = Collectors::start().await?;
    let on = collectors.settings(collectors.willing, args.sample_ratio);
    let hanging = collectors.settings(collectors.hanging_at()?, args.sample_ratio);
    let off = config::Telemetry {
        enabled: false,
        ..config::Telemetry::default()
    };
    let samples = samples()?;
    let mut measured = [(off, Vec::new()), (on, Vec::new()), (hanging, Vec::new())];
    for round in 0..args.rounds {
        // Whoever comes first finds the machine cooler; each does in turn.
        let first = usize::try_from(round).unwrap_or(0) % measured.len();
        measured.rotate_left(first);
        for (settings, results) in &mut measured {
            let what = name(settings, &collectors);
            output.note(format!("round {} of {}: {what}", round + 1, args.rounds));
            results.push(measure(args.tickets, settings, &samples, output).await?);
        }
        measured.rotate_right(first);
    }
    let [(_, off), (_, on), (_, hanging)] = measured;
    report(&report_of(args, &off, &on, &hanging), output)?;
    Ok(Exit::Done)
}

impl Collectors {
    async fn start() -> Result<Self, Error> {
        let willing = listen().await?;
        let address = willing.local_addr().map_err(unheard)?;
        let router = Router::new()
            .fallback(async |body: Bytes| drop(body))
            .layer(DefaultBodyLimit::disable());
        tokio::spawn(async move { axum::serve(willing, router).await });
        Ok(Self {
            willing: address,
            hanging: listen().await?,
        })
    }

    fn hanging_at(&self) -> Result<SocketAddr, Error> {
        self.hanging.local_addr().map_err(unheard)
    }

    fn settings(&self, address: SocketAddr, sample_ratio: f64) -> config::Telemetry {
        config::Telemetry {
            otlp_url: Some(format!("http://{address}")),
            protocol: Protocol::Http,
            sample_ratio: Ratio::of(sample_ratio),
            ..config::Telemetry::default()
        }
    }
}

async fn listen() -> Result<TcpListener, Error> {
    let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    TcpListener::bind(any_port).await.map_err(unheard)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn unheard(error: std::io::Error) -> Error {
    Error::failed(format!("listen as a collector: {error}"))
}

fn name(settings: &config::Telemetry, collectors: &Collectors) -> &'static str {
    let willing = format!("http://{}", collectors.willing);
    match settings.otlp_url.as_deref() {
        None => "no telemetry",
        Some(url) if url == willing => "telemetry",
        Some(_) => "telemetry to a collector that hangs",
    }
}

async fn measure(
    tickets: u64,
    settings: &config::Telemetry,
    samples: &[Sample],
    output: &Output,
) -> Result<Measured, Error> {
    let private = Private::raise_with(&[], Some(settings.clone()), output).await?;
    let metrics = private.house.metrics.clone();
    let took = async {
        road(&private, samples, tickets.min(WARM_UP_MAX), None).await?;
        road(&private, samples, tickets, None).await
    };
    let took = took.await;
    private.end().await?;
    Ok(Measured {
        per_second: per_second(tickets, took?.as_secs_f64()),
        spans: counted(&metrics, "telemetry_spans_total"),
        exported: counted(&metrics, "telemetry_spans_exported_total"),
        dropped: counted(&metrics, "telemetry_spans_dropped_total"),
    })
}

/// A counter, all its labels together.
fn counted(metrics: &Metrics, name: &str) -> u64 {
    let families = metrics.values();
    let family = families.iter().find(|family| family.name == name);
    let values = family.into_iter().flat_map(|family| &family.metric);
    let sum: f64 = values
        .filter_map(|it| Some(it.counter.as_ref()?.value))
        .sum();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counters are whole, not negative, and far below 2^53"
    )]
    let whole = sum as u64;
    whole
}

fn median(measured: &[Measured]) -> f64 {
    let mut rates: Vec<f64> = measured.iter().map(|it| it.per_second).collect();
    rates.sort_by(f64::total_cmp);
    percentile(&rates, 50)
}

fn report_of(
    args: &TelemetryArgs,
    off: &[Measured],
    on: &[Measured],
    hanging: &[Measured],
) -> Report {
    let (without, with, hung) = (median(off), median(on), median(hanging));
    let last = |measured: &[Measured], of: fn(&Measured) -> u64| measured.last().map_or(0, of);
    Report {
        tickets: args.tickets,
        rounds: args.rounds,
        sample_ratio: args.sample_ratio,
        off_per_second: rounded(without, 1),
        on_per_second: rounded(with, 1),
        on_ratio: rounded(with / without, 3),
        hanging_per_second: rounded(hung, 1),
        hanging_ratio: rounded(hung / without, 3),
        spans: last(on, |it| it.spans),
        spans_exported: last(on, |it| it.exported),
        hanging_spans: last(hanging, |it| it.spans),
        hanging_spans_dropped: last(hanging, |it| it.dropped),
    }
}

fn report(report: &Report, output: &Output) -> Result<(), Error> {
    if output.json() {
        return output.object(report);
    }
    output.line(format!(
        "{} tickets through all stages, median of {}\n\
         without telemetry: {:.0}/s\n\
         with it, ratio {}: {:.0}/s, {:.2} of that; {} spans, {} exported\n\
         with a collector that hangs: {:.0}/s, {:.2} of that; {} spans, {} dropped",
        report.tickets,
        report.rounds,
        report.off_per_second,
        report.sample_ratio,
        report.on_per_second,
        report.on_ratio,
        report.spans,
        report.spans_exported,
        report.hanging_per_second,
        report.hanging_ratio,
        report.hanging_spans,
        report.hanging_spans_dropped,
    ))
}
