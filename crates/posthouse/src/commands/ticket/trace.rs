//! `posthouse ticket trace`: where a ticket's minutes went, who had it when, and which traces to
//! look up.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::minutes::{Minutes, in_words};
use super::read::{age, local};
use crate::cli::ticket::TraceArgs;
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::output::{Field, Output, Paint, Table};

/// What stands before a step that is on the critical path.
const CRITICAL: &str = "*";

/// The chain of a ticket.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chain {
    ticket_id: String,
    number: String,
    state: String,
    created: Context,
    traces: Vec<Trace>,
    untraced: usize,
    minutes: Minutes,
    legs: Vec<Leg>,
    steps: Vec<Step>,
}

/// Where in which trace something happened.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Context {
    trace_id: String,
    span_id: String,
}

/// A trace that touched the ticket.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Trace {
    trace_id: String,
    sampled: bool,
    from: String,
    facts: usize,
}

/// A stretch of the ticket's life that one part has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Leg {
    from: String,
    ms: u64,
    part: String,
    kind: String,
}

/// One fact.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Step {
    log_time: String,
    kind: String,
    actor: String,
    cause_kind: Option<String>,
    after_cause_ms: Option<i64>,
    trace_id: String,
    span_id: String,
    begins: Option<String>,
    void: Option<String>,
}

/// Shows the chain.
pub(super) async fn run(args: &TraceArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.ticket.server)?;
    let path = ["v1", "tickets", args.ticket.id.as_str(), "trace"];
    let text = client.get_text(&path, &[]).await?;
    if output.json() {
        output.line(text.trim())?;
        return Ok(Exit::Done);
    }
    let chain: Chain = client.read(&path, &text)?;
    let paint = output.paint();
    output.line(chain.head(paint, Timestamp::now()))?;
    for (title, table) in [
        ("Where the minutes went", chain.minutes()),
        ("Critical path", chain.path()),
        ("Timeline", chain.timeline()),
        ("Traces", chain.traces()),
    ] {
        output.line("")?;
        output.line(paint.strong(title))?;
        output.table(table)?;
    }
    if chain.untraced > 0 {
        output.line("")?;
        let gap = format!("{} facts came without a trace", chain.untraced);
        output.line(paint.warn(&gap))?;
    }
    Ok(Exit::Done)
}

impl Chain {
    fn head(&self, paint: Paint, now: Timestamp) -> String {
        let opened = self.legs.first().map(|leg| leg.from.as_str());
        let opened = opened.unwrap_or_default();
        [
            format!("{}  {}", paint.strong(&self.number), self.state),
            paint.faint(&self.ticket_id),
            format!("  opened     {}, {} ago", local(opened), age(opened, now)),
            format!(
                "  created    trace {} span {}",
                self.created.trace_id, self.created.span_id
            ),
        ]
        .join("\n")
    }

    fn minutes(&self) -> Table {
        let mut table = Table::new(["part", "time", "share"]).right(1).right(2);
        let parts = self.minutes.parts();
        let longest = parts.iter().map(|(_, ms)| *ms).max().unwrap_or_default();
        for (part, ms) in parts {
            let share = format!("{} %", self.minutes.percent(ms));
            let share = match ms {
                ms if ms > 0 && ms == longest => Field::warn(share),
                _ => share.into(),
            };
            table.fields([part.into(), in_words(ms).into(), share]);
        }
        let whole = in_words(self.minutes.whole_ms);
        table.row(["whole", whole.as_str(), ""]);
        table
    }

    fn path(&self) -> Table {
        let mut table = Table::new(["from", "lasted", "part", "begun by"]).right(1);
        for leg in &self.legs {
            let (from, lasted) = (precisely(&leg.from), in_words(leg.ms));
            table.row([from, lasted, leg.part.clone(), leg.kind.clone()]);
        }
        table
    }

    fn timeline(&self) -> Table {
        let headings = ["", "stored", "step", "by", "after", "trace", "span"];
        let mut table = Table::new(headings).right(5);
        for step in &self.steps {
            let critical = step.begins.as_ref().map_or("", |_| CRITICAL);
            let kind = match &step.void {
                Some(_) => Field::warn(format!("{} (void)", step.kind)),
                None => step.kind.as_str().into(),
            };
            let place = self
                .traces
                .iter()
                .position(|trace| trace.trace_id == step.trace_id);
            table.fields([
                critical.into(),
                precisely(&step.log_time).into(),
                kind,
                step.actor.as_str().into(),
                step.after().into(),
                place
                    .map(|place| format!("{}", place + 1))
                    .unwrap_or_default()
                    .into(),
                step.span_id.as_str().into(),
            ]);
        }
        table
    }

    fn traces(&self) -> Table {
        let mut table = Table::new(["", "trace", "recorded", "facts", "from"]).right(3);
        for (number, trace) in (1..).zip(&self.traces) {
            let recorded = if trace.sampled { "yes" } else { "no" };
            table.row([
                format!("{number}"),
                trace.trace_id.clone(),
                recorded.to_owned(),
                trace.facts.to_string(),
                precisely(&trace.from),
            ]);
        }
        table
    }
}

impl Step {
    /// What it follows from, and how long after that it was stored.
    fn after(&self) -> String {
        match (&self.cause_kind, self.after_cause_ms) {
            (Some(kind), Some(ms)) => {
                format!("{kind} +{}", in_words(u64::try_from(ms).unwrap_or(0)))
            }
            _ => String::new(),
        }
    }
}

/// An instant in the zone of this machine, to the millisecond; as it came when it is none.
fn precisely(at: &str) -> String {
    let Ok(instant) = at.parse::<Timestamp>() else {
        return at.to_owned();
    };
    let zoned = instant.to_zoned(TimeZone::system());
    zoned.strftime("%m-%d %H:%M:%S%.3f").to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chain() -> Chain {
        serde_json::from_value(json!({
            "ticket_id": "t", "number": "CN-1", "state": "queued",
            "created": {"trace_id": "c", "span_id": "d"},
            "traces": [{"trace_id": "c", "sampled": true, "from": "no instant", "facts": 2}],
            "untraced": 1,
            "minutes": {"decide_ms": 45, "queue_ms": 7_200_000, "whole_ms": 7_200_045},
            "legs": [
                {"from": "no instant", "ms": 45, "part": "decide", "kind": "opened"},
                {"from": "later", "ms": 7_200_000, "part": "queue", "kind": "routed"},
            ],
            "steps": [
                {"log_time": "no instant", "kind": "opened", "actor": "customer:c-1",
                 "trace_id": "c", "span_id": "1", "begins": "decide"},
                {"log_time": "later", "kind": "routed", "actor": "service:router",
                 "cause_kind": "opened", "after_cause_ms": 45,
                 "trace_id": "c", "span_id": "2", "begins": "queue"},
                {"log_time": "later", "kind": "routed", "actor": "service:router",
                 "cause_kind": "opened", "after_cause_ms": 46, "void": "a repeat"},
            ],
        }))
        .unwrap()
    }

    fn shown(table: Table) -> String {
        table.render(false, Paint::new(false))
    }

    #[test]
    fn the_minutes_are_shares_of_the_whole() {
        expect_test::expect![[r#"
            part      time  share
            decide    45ms    0 %
            queue       2h   99 %
            notifier    0s    0 %
            person      0s    0 %
            pause       0s    0 %
            whole       2h"#]]
        .assert_eq(&shown(chain().minutes()));
    }

    #[test]
    fn the_path_and_its_steps() {
        expect_test::expect![[r#"
            from        lasted  part    begun by
            no instant    45ms  decide  opened
            later           2h  queue   routed"#]]
        .assert_eq(&shown(chain().path()));
        expect_test::expect![[r#"
               stored      step           by              after         trace  span
            *  no instant  opened         customer:c-1                      1  1
            *  later       routed         service:router  opened +45ms      1  2
               later       routed (void)  service:router  opened +46ms"#]]
        .assert_eq(&shown(chain().timeline()));
        expect_test::expect![[r#"
               trace  recorded  facts  from
            1  c      yes           2  no instant"#]]
        .assert_eq(&shown(chain().traces()));
    }
}
