//! `posthouse stream`: the log of a region, judged.

use std::sync::Arc;

use posthouse_auditor::{Example, Report};
use posthouse_bus::Bus;
use serde_json::json;

use crate::bus;
use crate::cli::stream::{StreamCommand, VerifyArgs};
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::output::{Field, Output, Table};

/// Does what was asked.
pub(super) async fn run(command: &StreamCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        StreamCommand::Verify(args) => verify(args, output).await,
    }
}

async fn verify(args: &VerifyArgs, output: &Output) -> Result<Exit, Error> {
    let report = if args.bus.nats.is_empty() {
        asked(args).await?
    } else {
        walked(args).await?
    };
    if output.json() {
        output.object(&report)?;
    } else {
        output.table(table(&report))?;
        output.note(summary(&report));
    }
    tell_examples(&report, output);
    Ok(if is_sound(&report) {
        Exit::Done
    } else {
        Exit::Problems
    })
}

/// What the desk of a running Posthouse finds, in all its regions.
async fn asked(args: &VerifyArgs) -> Result<Report, Error> {
    let client = Client::new(&args.server)?;
    let path = ["v1", "verify"];
    let text = client.post_text(&path, &json!({}), None).await?;
    client.read(&path, &text)
}

/// What is found in the log of one region, without asking anybody but its bus.
async fn walked(args: &VerifyArgs) -> Result<Report, Error> {
    let connected = bus::connect(&args.bus, &args.server).await?;
    let log: Arc<dyn Bus> = connected.bus;
    let report = posthouse_desk::verify(&log, &connected.topology)
        .await
        .map_err(|error| match error {
            posthouse_desk::Error::Bus(error) => error.into(),
            error => Error::failed(error.to_string()),
        })?;
    log.close().await?;
    Ok(report)
}

/// Whether nothing is broken. A server of an earlier version tells of no invariants.
fn is_sound(report: &Report) -> bool {
    let counts = report.orphans + report.missing + report.doubled;
    counts == 0 && !report.is_broken()
}

fn table(report: &Report) -> Table {
    let mut table = Table::new(["invariant", "", "checked", "violations"])
        .right(2)
        .right(3);
    for invariant in &report.invariants {
        let violations = match (invariant.violations, invariant.checked) {
            (0, 0) => Field::from("0"),
            (0, _) => Field::good("0"),
            (count, _) => Field::bad(count.to_string()),
        };
        table.fields([
            invariant.number.to_string().into(),
            invariant.name.as_str().into(),
            invariant.checked.to_string().into(),
            violations,
        ]);
    }
    table
}

/// The counts that belong to no invariant.
fn summary(report: &Report) -> String {
    let Report {
        tickets,
        facts,
        void,
        unreadable,
        dead_letters,
        late_deadlines,
        unjudged,
        ..
    } = report;
    format!(
        "{tickets} tickets, {facts} facts, {void} of them void; {unreadable} unreadable messages, \
         {dead_letters} dead letters; {late_deadlines} clocks rang late; deadlines of {unjudged} \
         tickets not judged"
    )
}

/// Which tickets to look at.
fn tell_examples(report: &Report, output: &Output) {
    let examples = &report.examples;
    for (sort, examples) in [
        ("orphans", &examples.orphans),
        ("missing", &examples.missing),
        ("doubled", &examples.doubled),
        ("void", &examples.void),
    ] {
        examples
            .iter()
            .for_each(|example| tell_example(sort, example, output));
    }
    let told = [&examples.orphans, &examples.missing, &examples.doubled];
    for invariant in &report.invariants {
        let is_told = |example: &&Example| told.iter().any(|told| told.contains(example));
        let untold = invariant
            .examples
            .iter()
            .filter(|example| !is_told(example));
        untold.for_each(|example| tell_example(&invariant.name, example, output));
    }
}

fn tell_example(sort: &str, example: &Example, output: &Output) {
    let (ticket, what) = (&example.ticket_id, &example.what);
    output.note(match ticket.as_str() {
        "" => format!("{sort}: {what}"),
        ticket => format!("{sort}: {ticket}: {what}"),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_for_scripts_begins_with_the_counts_in_order() {
        let report = Report {
            tickets: 1,
            facts: 9,
            void: 3,
            ..Report::default()
        };
        let line = serde_json::to_string(&report).unwrap();
        let counts = r#"{"tickets":1,"facts":9,"orphans":0,"missing":0,"doubled":0,"void":3,"#;
        assert!(line.starts_with(counts), "{line}");
        assert!(is_sound(&report));
    }

    #[test]
    fn a_report_of_an_earlier_version_is_read() {
        let text = r#"{"void":3,"tickets":1,"facts":9,"orphans":0,"missing":2,"doubled":0}"#;
        let report: Report = serde_json::from_str(text).unwrap();
        assert_eq!((report.tickets, report.missing), (1, 2));
        assert!(!is_sound(&report));
    }
}
