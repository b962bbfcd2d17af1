//! `posthouse dlq`: dead letters. They are looked at through the HTTP door and dealt with on
//! the bus.

mod settle;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::cli::dlq::{DlqCommand, ListArgs, ShowArgs};
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::output::{Output, Table};

/// Dead letters asked for at once.
const PAGE: usize = 200;
/// The word for every status.
const ALL: &str = "all";

/// A page of dead letters.
#[derive(Debug, Deserialize)]
struct Page {
    dead_letters: Vec<Map<String, Value>>,
    total: usize,
}

/// Does what was asked.
pub(super) async fn run(command: DlqCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        DlqCommand::List(args) => list(&args, output).await,
        DlqCommand::Show(args) => show(&args, output).await,
        DlqCommand::Redrive(args) => settle::redrive(&args.settle, output).await,
        DlqCommand::Drop(args) => settle::drop(&args.settle, output).await,
    }
}

async fn list(args: &ListArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.server)?;
    let mut table = Table::new(["place", "at", "role", "code", "status", "subject", "reason"]);
    let mut listed = 0;
    loop {
        let (limit, offset) = (PAGE.to_string(), listed.to_string());
        let mut query = vec![("limit", limit.as_str()), ("offset", offset.as_str())];
        query.extend(args.role.as_deref().map(|role| ("role", role)));
        query.extend(args.code.as_deref().map(|code| ("code", code)));
        query.extend((args.status != ALL).then_some(("status", args.status.as_str())));
        let page: Page = client.get(&["v1", "dead-letters"], &query).await?;
        let is_last = page.dead_letters.is_empty();
        listed += page.dead_letters.len();
        for letter in page.dead_letters {
            if output.json() {
                output.object(&letter)?;
            } else {
                table.row(row(&letter));
            }
        }
        if is_last || listed >= page.total {
            break;
        }
    }
    if !output.json() {
        output.table(table)?;
    }
    Ok(Exit::Done)
}

fn row(letter: &Map<String, Value>) -> [String; 7] {
    let text = |name| text_of(letter, name);
    let subject = letter.get("origin").and_then(Value::as_object);
    [
        format!("{}/{}", text("stream"), text("sequence")),
        text("refused_at"),
        text("role"),
        text("code"),
        text("status"),
        subject
            .map(|origin| text_of(origin, "subject"))
            .unwrap_or_default(),
        text("reason"),
    ]
}

async fn show(args: &ShowArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.server)?;
    let sequence = args.place.sequence.to_string();
    let path = [
        "v1",
        "dead-letters",
        args.place.stream.as_str(),
        sequence.as_str(),
    ];
    let text = client.get_text(&path, &[]).await?;
    if output.json() {
        output.line(text.trim())?;
        return Ok(Exit::Done);
    }
    let letter: Map<String, Value> = client.read(&path, &text)?;
    for name in letter.keys() {
        output.line(format!("{name:<16} {}", text_of(&letter, name)))?;
    }
    Ok(Exit::Done)
}

/// A value of an object as text; empty where there is none.
fn text_of(object: &Map<String, Value>, name: &str) -> String {
    match object.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}
