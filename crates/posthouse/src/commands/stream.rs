//! `posthouse stream`: the log of a region, checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cli::stream::{StreamCommand, VerifyArgs};
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::output::{Field, Output, Table};

/// What a walk through the log found. The order of the fields is a contract.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Report {
    tickets: u64,
    facts: u64,
    orphans: u64,
    missing: u64,
    doubled: u64,
    void: u64,
    /// Some of each, to look at.
    #[serde(default, skip_serializing)]
    examples: BTreeMap<String, Vec<Example>>,
}

/// One finding.
#[derive(Clone, Debug, Deserialize)]
struct Example {
    ticket_id: String,
    what: String,
}

/// Does what was asked.
pub(super) async fn run(command: &StreamCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        StreamCommand::Verify(args) => verify(args, output).await,
    }
}

async fn verify(args: &VerifyArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.server)?;
    let path = ["v1", "verify"];
    let text = client.post_text(&path, &json!({}), None).await?;
    let report: Report = client.read(&path, &text)?;
    if output.json() {
        output.object(&report)?;
    } else {
        output.table(report.table())?;
    }
    report.tell_examples(output);
    Ok(if report.is_sound() {
        Exit::Done
    } else {
        Exit::Problems
    })
}

impl Report {
    const fn is_sound(&self) -> bool {
        self.orphans == 0 && self.missing == 0 && self.doubled == 0
    }

    fn table(&self) -> Table {
        let mut table = Table::new(["what", "count", "meaning"]).right(1);
        let broken = |count: u64| match count {
            0 => Field::good("0"),
            _ => Field::bad(count.to_string()),
        };
        for (what, count, meaning) in [
            (
                "tickets",
                self.tickets.to_string().into(),
                "tickets in the log",
            ),
            ("facts", self.facts.to_string().into(), "facts about them"),
            (
                "orphans",
                broken(self.orphans),
                "facts of tickets that nobody opened",
            ),
            (
                "missing",
                broken(self.missing),
                "effects that should be there by now",
            ),
            ("doubled", broken(self.doubled), "effects that count twice"),
            (
                "void",
                self.void.to_string().into(),
                "facts not allowed where they stand; harmless",
            ),
        ] {
            table.fields([what.into(), count, meaning.into()]);
        }
        table
    }

    /// Which tickets to look at.
    fn tell_examples(&self, output: &Output) {
        for (sort, examples) in &self.examples {
            for Example { ticket_id, what } in examples {
                output.note(format!("{sort}: {ticket_id}: {what}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_for_scripts_has_six_counts_in_order() {
        let text = r#"{"void":3,"tickets":1,"facts":9,"orphans":0,"missing":0,"doubled":0,
            "unreadable":0,"examples":{"void":[{"ticket_id":"t","facts":[],"what":"w"}]}}"#;
        let report: Report = serde_json::from_str(text).unwrap();
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            r#"{"tickets":1,"facts":9,"orphans":0,"missing":0,"doubled":0,"void":3}"#
        );
        assert!(report.is_sound());
    }
}
