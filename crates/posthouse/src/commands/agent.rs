//! `posthouse agent`: what agents say and do, through the HTTP door.

pub(crate) mod floor;
mod read;
pub(crate) mod simulate;

use posthouse_domain::ticket::Presence;
use serde_json::{Map, Value, json};

use self::read::{Agent, Summary};
use crate::cli::agent::{AgentArgs, AgentCommand, ListArgs, PresenceArgs};
use crate::client::Client;
use crate::exit::{Error, Exit};
use crate::output::{Field, Output, Table};

/// Does what was asked.
pub(super) async fn run(command: AgentCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        AgentCommand::List(args) => list(&args, output).await,
        AgentCommand::Show(args) => show(&args.agent, output).await,
        AgentCommand::SignIn(args) => say(&args, Presence::SignedIn, output).await,
        AgentCommand::Ready(args) => say(&args, Presence::Ready, output).await,
        AgentCommand::Busy(args) => say(&args, Presence::Busy, output).await,
        AgentCommand::Break(args) => say(&args, Presence::OnBreak, output).await,
        AgentCommand::SignOut(args) => say(&args, Presence::SignedOut, output).await,
        AgentCommand::Seen(args) => say(&args, Presence::Seen, output).await,
        AgentCommand::Simulate(args) => simulate::run(&args, output).await,
        AgentCommand::Accept(args) => {
            let at = At::new(&args.agent, output).await?;
            let (ticket, offer) = at.agent.offer(args.ticket.id.as_deref())?;
            let body = json!({"agent": at.agent.agent, "offer": offer});
            at.tell(ticket, "accept", body).await
        }
        AgentCommand::Decline(args) => {
            let at = At::new(&args.agent, output).await?;
            let (ticket, offer) = at.agent.offer(args.ticket.id.as_deref())?;
            let body = json!({"agent": at.agent.agent, "offer": offer, "reason": args.reason});
            at.tell(ticket, "decline", body).await
        }
        AgentCommand::Finish(args) => {
            let at = At::new(&args.agent, output).await?;
            let ticket = at.agent.ticket(args.ticket.id.as_deref())?;
            let actor = json!({"kind": "agent", "name": at.agent.agent});
            let body = json!({"summary": args.summary, "actor": actor});
            at.tell(ticket, "resolve", body).await
        }
    }
}

/// An agent as the server knows them, and where to tell what they do.
struct At<'a> {
    client: Client,
    agent: Agent,
    output: &'a Output,
}

impl<'a> At<'a> {
    async fn new(args: &AgentArgs, output: &'a Output) -> Result<Self, Error> {
        let client = Client::new(&args.server)?;
        let agent = client.get(&["v1", "agents", &args.key], &[]).await?;
        Ok(Self {
            client,
            agent,
            output,
        })
    }

    /// Asks the server to do something with a ticket.
    async fn tell(&self, ticket: &Summary, what: &str, body: Value) -> Result<Exit, Error> {
        let path = ["v1", "tickets", ticket.ticket_id.as_str(), what];
        let answer = self.client.post_text(&path, &said(body), None).await?;
        if self.output.json() {
            self.output.line(answer.trim())?;
        } else {
            let (number, agent) = (&ticket.number, &self.agent.agent);
            self.output
                .note(format!("{what} of {number} by {agent}: accepted"));
        }
        Ok(Exit::Done)
    }
}

async fn list(args: &ListArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.server)?;
    let presence = args.presence.as_deref();
    let query: Vec<(&str, &str)> = presence
        .map(|word| ("presence", word))
        .into_iter()
        .collect();
    let page: read::Page = client.get(&["v1", "agents"], &query).await?;
    if output.json() {
        for agent in &page.agents {
            output.object(agent)?;
        }
        return Ok(Exit::Done);
    }
    let mut table = Table::new([
        "agent", "presence", "since", "seen", "tickets", "offers", "region", "reason",
    ]);
    for agent in &page.agents {
        table.fields(row(agent));
    }
    output.table(table)?;
    Ok(Exit::Done)
}

fn row(agent: &Map<String, Value>) -> [Field; 8] {
    let text = |name| read::text_of(agent, name);
    let presence = text("presence");
    let presence = match presence.as_str() {
        "ready" => Field::good(presence),
        "on_break" | "busy" => Field::warn(presence),
        _ => presence.into(),
    };
    [
        text("agent").into(),
        presence,
        read::local(&text("since")).into(),
        read::local(&text("seen_at")).into(),
        text("tickets").into(),
        text("offers").into(),
        text("region").into(),
        text("reason").into(),
    ]
}

async fn show(args: &AgentArgs, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.server)?;
    let path = ["v1", "agents", args.key.as_str()];
    let text = client.get_text(&path, &[]).await?;
    if output.json() {
        output.line(text.trim())?;
        return Ok(Exit::Done);
    }
    let agent: Agent = client.read(&path, &text)?;
    output.line(output.paint().strong(&agent.agent))?;
    for (name, value) in [
        ("presence", &agent.presence),
        ("since", &read::local(&agent.since)),
        ("seen", &read::local(&agent.seen_at)),
        ("reason", &agent.reason),
        ("region", &agent.region),
    ] {
        if !value.is_empty() {
            output.line(format!("  {name:<10} {value}"))?;
        }
    }
    let mut table = Table::new(["ticket", "state", "severity", "answer until", "subject"]);
    for ticket in &agent.tickets {
        table.fields(line(ticket, String::new()));
    }
    for offered in &agent.offers {
        let until = read::local(&offered.offer.until);
        table.fields(line(&offered.ticket, until));
    }
    output.line("")?;
    output.table(table)?;
    Ok(Exit::Done)
}

fn line(ticket: &Summary, until: String) -> [Field; 5] {
    [
        ticket.number.clone().into(),
        ticket.state.clone().into(),
        Field::severity(&ticket.severity),
        until.into(),
        ticket.subject.clone().into(),
    ]
}

/// Says what an agent says of themselves.
async fn say(args: &PresenceArgs, change: Presence, output: &Output) -> Result<Exit, Error> {
    let client = Client::new(&args.agent.server)?;
    let path = ["v1", "agents", args.agent.key.as_str(), "presence"];
    let body = said(json!({"change": change.as_str(), "reason": args.reason}));
    let answer = client.post_text(&path, &body, None).await?;
    if output.json() {
        output.line(answer.trim())?;
    } else {
        output.note(format!("{}: {change}", args.agent.key));
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
