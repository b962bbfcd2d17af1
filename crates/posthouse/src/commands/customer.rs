//! `posthouse customer`: how customers want to be told, through the HTTP door (ADR 14).

use posthouse_domain::ticket::ActorKind;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::cli::customer::{CustomerArgs, CustomerCommand, PreferArgs};
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::output::{Output, Table};

/// What was said, as the server tells it.
#[derive(Debug, Deserialize)]
struct Preference {
    language: String,
    channels: Option<Vec<String>>,
    about: Option<Vec<String>>,
    by: Option<String>,
    at: Option<String>,
}

/// Does what was asked.
pub(super) async fn run(command: CustomerCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        CustomerCommand::Show(args) => show(&args.customer, output).await,
        CustomerCommand::Prefer(args) => prefer(&args, output).await,
    }
}

async fn show(args: &CustomerArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.server)?;
    let path = path(args);
    if output.json() {
        let text = client.get_text(&path, &[]).await?;
        output.line(text.trim())?;
        return Ok(Exit::Done);
    }
    let said: Preference = client.get(&path, &[]).await?;
    let list = |words: Option<Vec<String>>, all: &str| match words {
        None => all.to_owned(),
        Some(words) if words.is_empty() => "none".to_owned(),
        Some(words) => words.join(", "),
    };
    let language = if said.language.is_empty() {
        "that of each ticket".to_owned()
    } else {
        said.language
    };
    let mut table = Table::new(["customer", "language", "channels", "about", "by", "at"]);
    table.row([
        args.key.clone(),
        language,
        list(said.channels, "all that need no consent"),
        list(said.about, "all"),
        said.by.unwrap_or_else(|| "nobody said anything".to_owned()),
        said.at.unwrap_or_default(),
    ]);
    output.table(table)?;
    Ok(Exit::Done)
}

async fn prefer(args: &PreferArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.customer.server)?;
    let answer = client
        .post_text(&path(&args.customer), &body(args), None)
        .await?;
    if output.json() {
        output.line(answer.trim())?;
    } else {
        output.note(format!("{}: noted", args.customer.key));
    }
    Ok(Exit::Done)
}

fn path(args: &CustomerArgs) -> [&str; 4] {
    ["v1", "customers", args.key.as_str(), "preference"]
}

/// What is said, without what is not spoken of.
fn body(args: &PreferArgs) -> Map<String, Value> {
    let list = |words: &[String], none: bool| (none || !words.is_empty()).then(|| json!(words));
    let agent = ActorKind::Agent.as_str();
    let actor = args.by.as_ref();
    let said = [
        ("channels", list(&args.channels, args.no_channel)),
        ("about", list(&args.about, args.no_about)),
        ("language", args.language.as_ref().map(|it| json!(it))),
        ("actor", actor.map(|by| json!({"kind": agent, "name": by}))),
    ];
    let said = said.into_iter();
    said.filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}
