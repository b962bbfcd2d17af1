//! `posthouse ticket list`.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::read::{Ticket, age};
use crate::cli::ticket::ListArgs;
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::output::{Field, Output, Table};

/// A page of tickets.
#[derive(Debug, Deserialize)]
struct Page {
    tickets: Vec<Map<String, Value>>,
    #[serde(default, alias = "next_cursor")]
    next: Option<String>,
}

/// Lists tickets, a page or all of them.
pub(super) async fn run(args: &ListArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.server)?;
    let filters = filters(args);
    let mut rows = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query: Vec<(&str, &str)> = filters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page: Page = client.get(&["v1", "tickets"], &query).await?;
        for ticket in page.tickets {
            if output.json() {
                output.object(&ticket)?;
            } else {
                rows.push(ticket);
            }
        }
        cursor = page.next;
        if cursor.is_none() || !args.all {
            break;
        }
    }
    if !output.json() {
        output.table(table(rows, &client)?)?;
    }
    if cursor.is_some() {
        output.note("there are more: --all lists them");
    }
    Ok(Exit::Done)
}

fn filters(args: &ListArgs) -> Vec<(&'static str, String)> {
    let limit = args.limit.map(|limit| limit.to_string());
    [
        ("state", &args.state),
        ("severity", &args.severity),
        ("category", &args.category),
        ("kind", &args.kind),
        ("queue", &args.queue),
        ("region", &args.region),
        ("customer", &args.customer),
        ("language", &args.language),
        ("tier", &args.tier),
        ("text", &args.text),
        ("query", &args.query),
        ("sort", &args.sort),
        ("limit", &limit),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value.clone()?)))
    .collect()
}

fn table(rows: Vec<Map<String, Value>>, client: &Client) -> Result<Table, Error> {
    let mut table = Table::new([
        "number", "state", "severity", "category", "queue", "customer", "age", "subject",
    ]);
    let now = Timestamp::now();
    for row in rows {
        let ticket: Ticket = serde_json::from_value(Value::Object(row)).map_err(|error| {
            let server = client.server();
            Error::failed(format!("understand a ticket that {server} listed: {error}"))
        })?;
        let age = age(&ticket.opened_at, now);
        table.fields([
            ticket.number.into(),
            ticket.state.into(),
            Field::severity(&ticket.severity),
            ticket.category.into(),
            ticket.queue.into(),
            ticket.customer.into(),
            age.into(),
            ticket.subject.into(),
        ]);
    }
    Ok(table)
}
