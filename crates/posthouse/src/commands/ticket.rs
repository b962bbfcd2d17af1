//! `posthouse ticket`: tickets, through the HTTP door.

mod list;
mod minutes;
pub(super) mod read;
mod show;
mod submit;
mod trace;
mod why;

use serde_json::{Map, Value, json};

use crate::cli::ticket::{ActorArgs, CorrectArgs, TicketArgs, TicketCommand};
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::files::read_input;
use crate::output::Output;

/// Does what was asked.
pub(super) async fn run(command: TicketCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        TicketCommand::Submit(args) => submit::run(&args, output).await,
        TicketCommand::List(args) => list::run(&args, output).await,
        TicketCommand::Show(args) => show::run(&args, output).await,
        TicketCommand::Why(args) => why::run(&args, output).await,
        TicketCommand::Trace(args) => trace::run(&args, output).await,
        TicketCommand::Reply(args) => {
            let text = match (&args.text, &args.text_file) {
                (Some(text), _) => text.clone(),
                (None, Some(file)) => read_input(file)?,
                (None, None) => String::new(),
            };
            let body = json!({"text": text, "awaits_customer": args.awaits_customer});
            tell(&args.ticket, "replies", body, &args.by, output).await
        }
        TicketCommand::Assign(args) => {
            tell(
                &args.ticket,
                "assignment",
                json!({"agent": args.agent}),
                &args.by,
                output,
            )
            .await
        }
        TicketCommand::Progress(args) => {
            let body = json!({"to": args.to, "reason": args.reason});
            tell(&args.ticket, "progress", body, &args.by, output).await
        }
        TicketCommand::Resolve(args) => {
            tell(
                &args.ticket,
                "resolve",
                json!({"summary": args.summary}),
                &args.by,
                output,
            )
            .await
        }
        TicketCommand::Reopen(args) => {
            tell(
                &args.ticket,
                "reopen",
                json!({"reason": args.reason}),
                &args.by,
                output,
            )
            .await
        }
        TicketCommand::Close(args) => {
            tell(
                &args.ticket,
                "close",
                json!({"reason": args.reason}),
                &args.by,
                output,
            )
            .await
        }
        TicketCommand::Correct(args) => {
            let body = correction(&args);
            tell(&args.ticket, "correction", body, &args.by, output).await
        }
        TicketCommand::Unfold(args) => {
            let body = json!({"reason": args.reason});
            tell(&args.ticket, "unfold", body, &args.by, output).await
        }
        TicketCommand::Transfer(args) => {
            let body = json!({
                "queue": args.queue, "level": args.level, "agent": args.agent,
                "region": args.region, "reason": args.reason,
            });
            tell(&args.ticket, "transfer", body, &args.by, output).await
        }
    }
}

/// The labels that are spoken of. Tags are left alone unless they are: no tags are not the same as
/// tags of which nothing is said.
fn correction(args: &CorrectArgs) -> Value {
    let speaks_of_tags = args.no_tags || !args.tags.is_empty();
    json!({
        "category": args.category,
        "kind": args.kind,
        "severity": args.severity,
        "sentiment": args.sentiment,
        "language": args.language,
        "tags": speaks_of_tags.then_some(&args.tags),
        "note": args.note,
    })
}

/// Asks the server to do something with a ticket.
async fn tell(
    ticket: &TicketArgs,
    what: &str,
    body: Value,
    by: &ActorArgs,
    output: &Output,
) -> Result<Exit, Error> {
    let mut body = said(body);
    if let Some(actor) = &by.actor {
        body.insert("actor".to_owned(), json!(actor));
    }
    let client = Client::new(&ticket.server)?;
    let answer = client
        .post_text(&["v1", "tickets", &ticket.id, what], &body, None)
        .await?;
    if output.json() {
        output.line(answer.trim())?;
    } else {
        output.note(format!("accepted for {}", ticket.id));
    }
    Ok(Exit::Done)
}

/// The fields of an object that say something.
fn said(object: Value) -> Map<String, Value> {
    let Value::Object(mut fields) = object else {
        return Map::new();
    };
    fields.retain(|_, value| !value.is_null());
    fields
}
