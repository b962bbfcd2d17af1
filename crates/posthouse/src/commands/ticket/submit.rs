//! `posthouse ticket submit`: one ticket from options, or many from a file.

use std::collections::BTreeMap;
use std::path::Path;

use futures::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::cli::ticket::SubmitArgs;
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::files::read_input;
use crate::output::{Output, Progress};

/// Requests under way at once. Few: the log's order among tickets does not matter, but a server
/// that is asked by many should not drown in one of them.
const REQUESTS_MAX: usize = 16;
/// What samples say of themselves. It is for whoever judges a classifier, not for the server.
const EXPECTED: &str = "expected";

/// A ticket as `POST /v1/tickets` takes it.
#[derive(Debug, Default, Serialize)]
struct Submission<'a> {
    customer: &'a str,
    subject: &'a str,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'a str, &'a str>,
}

/// The number of a line, and the ticket in it.
type Line = (usize, Map<String, Value>);

/// What the server answers.
#[derive(Debug, Deserialize)]
struct Accepted {
    ticket_id: String,
    number: String,
}

/// Submits what was asked.
pub(super) async fn run(args: &SubmitArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.server)?;
    match &args.many {
        Some(file) => many(&client, file, output).await,
        None => one(&client, args, output).await,
    }
}

async fn one(client: &Client, args: &SubmitArgs, output: &Output) -> Result<Exit, Error> {
    let submission = submission(args)?;
    let path = ["v1", "tickets"];
    let key = args.idempotency_key.as_deref();
    let text = client.post_text(&path, &submission, key).await?;
    tell(client, &text, output)?;
    Ok(Exit::Done)
}

fn submission(args: &SubmitArgs) -> Result<Submission<'_>, Error> {
    let body = match (&args.body, &args.body_file) {
        (Some(body), _) => body.clone(),
        (None, Some(file)) => read_input(file)?,
        (None, None) => String::new(),
    };
    Ok(Submission {
        customer: args.customer.as_deref().unwrap_or_default(),
        subject: args.subject.as_deref().unwrap_or_default(),
        body,
        severity: args.severity.as_deref(),
        region: args.region.as_deref(),
        tier: args.tier.as_deref(),
        channel: args.channel.as_deref(),
        language: args.language.as_deref(),
        product: args.product.as_deref(),
        attributes: args
            .attributes
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect(),
    })
}

/// Submits every line; what is wrong with one does not stop the others, except a server that
/// cannot be reached.
async fn many(client: &Client, file: &Path, output: &Output) -> Result<Exit, Error> {
    let tickets = read_lines(file)?;
    let progress = Progress::new(tickets.len(), "tickets");
    let send = |(line, ticket): Line| async move {
        (
            line,
            client.post_text(&["v1", "tickets"], &ticket, None).await,
        )
    };
    let mut answers = stream::iter(tickets).map(send).buffered(REQUESTS_MAX);
    let (mut accepted, mut worst) = (0_u64, None);
    while let Some((line, answer)) = answers.next().await {
        progress.step();
        match answer {
            Ok(text) => {
                tell(client, &text, output)?;
                accepted += 1;
            }
            Err(error) if error.exit() == Exit::Unavailable => return Err(error),
            Err(error) => {
                output.warning(format!("line {line}: failed to {error}"));
                worst = Some(error.exit());
            }
        }
    }
    progress.finish();
    output.note(format!("{accepted} tickets accepted"));
    Ok(worst.unwrap_or(Exit::Done))
}

/// Reads a file of objects, one per line, with the numbers of their lines.
fn read_lines(file: &Path) -> Result<Vec<Line>, Error> {
    let text = read_input(file)?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let read = |(index, line): (usize, &str)| {
        let number = index + 1;
        let mut ticket: Map<String, Value> = serde_json::from_str(line).map_err(|error| {
            let file = file.display();
            Error::usage(format!("read tickets from {file}: line {number}: {error}"))
        })?;
        ticket.remove(EXPECTED);
        Ok((number, ticket))
    };
    lines.map(read).collect()
}

fn tell(client: &Client, text: &str, output: &Output) -> Result<(), Error> {
    if output.json() {
        return output.line(text.trim());
    }
    let accepted: Accepted = client.read(&["v1", "tickets"], text)?;
    output.detail(|| format!("{} is {}", accepted.number, accepted.ticket_id));
    output.line(accepted.number)
}
