//! The demonstration: feeds the shipped sample tickets and tells what happened to them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use posthouse_desk::{Counts, Desk, Event, TicketSummary};
use posthouse_intake::Intake;
use posthouse_policy::Policy;
use serde::Serialize;
use tokio::sync::broadcast::{self, error::RecvError};

use crate::assemble::House;
use crate::exit::{Error, Exit};
use crate::output::{Output, Progress, Table};
use crate::samples::{Expected, Sample, samples};

/// Tickets that are on their way through the door at once.
const AT_ONCE: usize = 64;
/// The demonstration fails when nothing moves for so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// What became of the tickets; the contract of `up --demo --json`.
#[derive(Clone, Copy, Debug, Serialize)]
struct Summary {
    tickets: u64,
    opened: u64,
    classified: u64,
    routed: u64,
    timed: u64,
    notified: u64,
    void: u64,
    dead_letters: u64,
    seconds: f64,
    tickets_per_second: f64,
}

/// Feeds the samples and waits until all were carried through.
pub(crate) async fn run(
    house: &House,
    intake: &Intake,
    desk: &Desk,
    policy: &Policy,
    output: &Output,
) -> Result<Exit, Error> {
    let samples = samples()?;
    let before = desk.counts();
    let started = Instant::now();
    output.note(format!("feeding {} sample tickets", samples.len()));
    let fed = feed(intake, &samples, policy).await?;
    carried_through(house, desk, before, fed.len() as u64).await?;
    let summary = Summary::between(before, desk.counts(), fed.len() as u64, started.elapsed());
    if output.json() {
        output.object(&summary)?;
    } else {
        tell(desk, &fed, &summary, output).await?;
    }
    let carried = [
        summary.opened,
        summary.classified,
        summary.routed,
        summary.timed,
    ];
    let all = carried
        .iter()
        .chain([&summary.notified])
        .all(|count| *count >= summary.tickets);
    Ok(if all { Exit::Done } else { Exit::Failed })
}

/// A ticket that was accepted, and what a careful reader said of it.
struct Fed<'a> {
    ticket: String,
    sample: &'a Sample,
}

async fn feed<'a>(
    intake: &Intake,
    samples: &'a [Sample],
    policy: &Policy,
) -> Result<Vec<Fed<'a>>, Error> {
    let accepted = stream::iter(samples).map(|sample| {
        let command = sample.command(policy);
        async move {
            let accepted = intake.submit(command, None).await;
            accepted
                .map(|accepted| Fed {
                    ticket: accepted.ticket.to_string(),
                    sample,
                })
                .map_err(|refused| Error::new(Exit::Refused, format!("submit a sample: {refused}")))
        }
    });
    let accepted: Vec<Result<Fed<'a>, Error>> = accepted.buffered(AT_ONCE).collect().await;
    accepted.into_iter().collect()
}

/// Waits until so many more tickets were notified and timed, showing how far it is.
async fn carried_through(
    house: &House,
    desk: &Desk,
    before: Counts,
    tickets: u64,
) -> Result<(), Error> {
    let progress = Progress::new(
        usize::try_from(tickets).unwrap_or(usize::MAX),
        "carried through",
    );
    let mut counts = desk.watch_counts();
    loop {
        let now = *counts.borrow_and_update();
        let done = [
            now.classified - before.classified,
            now.routed - before.routed,
        ]
        .into_iter()
        .chain([now.timed - before.timed, now.notified - before.notified])
        .min()
        .unwrap_or_default();
        progress.at(done.min(tickets));
        if done >= tickets {
            progress.finish();
            return Ok(());
        }
        tokio::select! {
            changed = tokio::time::timeout(PATIENCE, counts.changed()) => {
                if !matches!(changed, Ok(Ok(()))) {
                    let message = format!("carry all tickets through: {done} of {tickets} after {} s of silence", PATIENCE.as_secs());
                    return Err(Error::failed(message).hint("posthouse dlq list; posthouse doctor"));
                }
            }
            () = house.shutdown.draining() => {
                return Err(Error::failed("carry all tickets through: asked to end before"));
            }
        }
    }
}

impl Summary {
    fn between(before: Counts, after: Counts, tickets: u64, took: Duration) -> Self {
        let seconds = took.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let tickets_per_second = tickets as f64 / seconds.max(f64::EPSILON);
        Self {
            tickets,
            opened: after.opened - before.opened,
            classified: after.classified - before.classified,
            routed: after.routed - before.routed,
            timed: after.timed - before.timed,
            notified: after.notified - before.notified,
            void: after.void - before.void,
            dead_letters: after.dead_letters - before.dead_letters,
            seconds: (seconds * 1_000.0).round() / 1_000.0,
            tickets_per_second: (tickets_per_second * 10.0).round() / 10.0,
        }
    }
}

/// Prints what happened, for people.
async fn tell(
    desk: &Desk,
    fed: &[Fed<'_>],
    summary: &Summary,
    output: &Output,
) -> Result<(), Error> {
    let mut by_category: BTreeMap<String, [u64; 5]> = BTreeMap::new();
    let mut by_language: BTreeMap<String, u64> = BTreeMap::new();
    let mut agreed = Agreement::default();
    for fed in fed {
        let Some(view) = desk
            .ticket(&fed.ticket)
            .await
            .map_err(|error| Error::failed(format!("look a ticket up: {error}")))?
        else {
            continue;
        };
        let ticket = &view.summary;
        let severities = by_category.entry(ticket.category.clone()).or_default();
        let column = ticket
            .severity
            .and_then(|severity| severity.strip_prefix('P'));
        let column = column
            .and_then(|digit| digit.parse::<usize>().ok())
            .unwrap_or(3)
            .min(3);
        severities[column] += 1;
        severities[4] += 1;
        *by_language.entry(ticket.language.clone()).or_default() += 1;
        agreed.add(ticket, &fed.sample.expected);
    }
    let mut table = Table::new(["category", "P0", "P1", "P2", "P3", "all"]);
    for column in 1..=5 {
        table = table.right(column);
    }
    for (category, counts) in &by_category {
        table.row(std::iter::once(category.clone()).chain(counts.map(|count| count.to_string())));
    }
    output.table(table)?;
    let languages: Vec<String> = by_language
        .iter()
        .map(|(language, count)| format!("{language} {count}"))
        .collect();
    output.line(format!("languages   {}", languages.join(", ")))?;
    output.line(format!(
        "labels      as a careful reader has them: category {}, kind {}, severity {}, language {} of {}",
        agreed.category, agreed.kind, agreed.severity, agreed.language, fed.len(),
    ))?;
    output.line(format!(
        "facts       {} opened, {} classified, {} routed, {} timed, {} notified; {} void, {} dead letters",
        summary.opened, summary.classified, summary.routed, summary.timed, summary.notified,
        summary.void, summary.dead_letters,
    ))?;
    output.line(format!(
        "time        {:.2} s, {:.0} tickets/s",
        summary.seconds, summary.tickets_per_second
    ))
}

/// How many labels are those that a careful reader gave.
#[derive(Debug, Default)]
struct Agreement {
    category: u64,
    kind: u64,
    severity: u64,
    language: u64,
}

impl Agreement {
    fn add(&mut self, ticket: &TicketSummary, expected: &Expected) {
        self.category += u64::from(ticket.category == expected.category);
        self.kind += u64::from(ticket.kind == expected.kind);
        self.severity += u64::from(ticket.severity == Some(expected.severity.as_str()));
        self.language += u64::from(ticket.language == expected.language);
    }
}

/// The next event; those that came too fast are passed over.
pub(crate) async fn next_event(events: &mut broadcast::Receiver<Event>) -> Option<Event> {
    loop {
        match events.recv().await {
            Ok(event) => return Some(event),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

/// One line for people about an event.
pub(crate) fn line(event: &Event) -> String {
    let severity = event.severity.unwrap_or("P?");
    format!(
        "{} {severity} {} {} [{}]",
        event.at, event.number, event.title, event.queue
    )
}
