//! Labels for tickets: what the heads cost, and what all of the classifier does.

use std::time::Instant;

use posthouse_classifier::Engine;
use posthouse_classifier::similar::{Entry, Index, Sketch, Window};
use posthouse_domain::ticket::{Features, Opened};
use posthouse_domain::{TicketId, Timestamp};
use posthouse_model::{Model, Scratch, Text};
use serde::Serialize;

use super::{per_second, percentile, rounded};
use crate::cli::bench::ClassifyArgs;
use crate::commands::bundle;
use crate::commands::classifier::opened::Report as Raised;
use crate::exit::{Error, Exit};
use crate::output::Output;
use crate::samples;

/// How long a text is, in bytes: a long message, or a short one with some log.
const TEXT_BYTES: usize = 600;
/// Tickets that the near-duplicates are looked for among.
const WINDOW: Window = Window {
    tickets_max: 10_000,
    age_ms_max: i64::MAX,
};
/// How much two tickets have in common at least to be near-duplicates, in thousandths.
const ALIKE_PERMILLE: u16 = 500;
/// How many near-duplicates are wanted.
const ALIKE_MAX: usize = 10;
/// Texts that are read before anything is measured.
const WARM_UP: usize = 500;

/// What `bench classify --json` prints. The first four names are a contract.
#[derive(Debug, Serialize)]
struct Report {
    heads_us: f64,
    step_us: f64,
    p99_us: f64,
    tickets_per_second_per_core: f64,
    tickets: usize,
    text_bytes: usize,
    /// Against which to read the others: the time to count the characters of a text.
    raw_us: f64,
}

/// Measures.
pub(super) fn run(args: &ClassifyArgs, output: &Output) -> Result<Exit, Error> {
    let source = bundle::open("default")?;
    let policy = bundle::usable(&source, output)?;
    let model = Model::shipped();
    let engine = Engine::of(&policy, Some(model.clone()))
        .map_err(|error| Error::failed(format!("compile the taxonomy: {error}")))?;
    let texts = texts()?;
    let report = measure(&engine, &model, &texts, args.tickets);
    if output.json() {
        output.object(&report)?;
    } else {
        output.line(format!(
            "{} tickets of {} bytes on one core\n\
             all heads of the model: {:.1} µs a ticket\n\
             the whole step: {:.1} µs a ticket, p99 {:.1} µs, {:.0} tickets/s\n\
             raw, counting characters: {:.2} µs",
            report.tickets,
            report.text_bytes,
            report.heads_us,
            report.step_us,
            report.p99_us,
            report.tickets_per_second_per_core,
            report.raw_us,
        ))?;
    }
    Ok(Exit::Done)
}

fn measure(engine: &Engine, model: &Model, texts: &[(Opened, Features)], tickets: usize) -> Report {
    let of = |ticket: usize| &texts[ticket % texts.len()];
    let raw = timed(tickets, |ticket| of(ticket).0.body.chars().count());
    let mut scratch = Scratch::default();
    let heads = timed(tickets, |ticket| {
        let (opened, _) = of(ticket);
        let text = Text {
            subject: &opened.subject,
            body: &opened.body,
        };
        model.predict_with(&text, &mut scratch).answers.len()
    });
    let mut index = Index::default();
    let step = timed(tickets, |ticket| {
        let (opened, declared) = of(ticket);
        let classified = engine.classify(opened, &[], "", declared);
        classified.reasons.len() + alike(&mut index, opened, ticket)
    });
    let step_us = mean(&step);
    Report {
        heads_us: rounded(mean(&heads), 2),
        step_us: rounded(step_us, 2),
        p99_us: rounded(percentile(&step, 99), 2),
        tickets_per_second_per_core: rounded(per_second(1, step_us / 1e6), 0),
        tickets,
        text_bytes: TEXT_BYTES,
        raw_us: rounded(mean(&raw), 3),
    }
}

/// Looks for tickets that say nearly the same, and remembers this one: how many it found.
fn alike(index: &mut Index, opened: &Opened, ticket: usize) -> usize {
    let Some(sketch) = Sketch::of(&[&opened.subject, &opened.body]) else {
        return 0;
    };
    let found = index.nearest(&sketch, ALIKE_PERMILLE, ALIKE_MAX).len();
    let entry = Entry {
        ticket: TicketId::derive(&[&ticket.to_string()]),
        number: String::new(),
        at: Timestamp::default(),
        sketch,
    };
    index.insert(entry, WINDOW);
    found
}

/// Microseconds of each call, sorted.
fn timed(tickets: usize, mut work: impl FnMut(usize) -> usize) -> Vec<f64> {
    for ticket in 0..WARM_UP.min(tickets) {
        std::hint::black_box(work(ticket));
    }
    let mut times: Vec<f64> = (0..tickets)
        .map(|ticket| {
            let began = Instant::now();
            std::hint::black_box(work(ticket));
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

#[expect(clippy::cast_precision_loss, reason = "a mean for people")]
fn mean(times: &[f64]) -> f64 {
    times.iter().sum::<f64>() / times.len().max(1) as f64
}

/// Texts of [`TEXT_BYTES`], cut from the samples end to end: languages meet within a text, as
/// they do in a ticket with quotes and logs.
fn texts() -> Result<Vec<(Opened, Features)>, Error> {
    let mut all = String::new();
    for sample in samples::samples()? {
        all.push_str(sample.text());
        all.push('\n');
    }
    let mut texts = Vec::new();
    let mut rest = all.as_str();
    while rest.len() >= TEXT_BYTES {
        let (text, after) = rest.split_at(rest.floor_char_boundary(TEXT_BYTES));
        let (subject, body) = text.split_at(text.floor_char_boundary(TEXT_BYTES / 10));
        let report = Raised {
            subject: subject.replace(['\n', '\r'], " "),
            body: body.to_owned(),
            ..Raised::default()
        };
        texts.push(report.open()?);
        rest = after;
    }
    Ok(texts)
}
