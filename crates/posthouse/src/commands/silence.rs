//! `posthouse silence`: what is not to be told, said to all couriers on the bus (ADR 12).

use std::collections::BTreeMap;

use futures::StreamExt;
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Outgoing, Until};
use posthouse_domain::ids::Uuid;
use posthouse_domain::limits::{KEY_BYTES_MAX, MATCHERS_MAX, NOTICE_CHARS_MAX, cut};
use posthouse_domain::notify::{Afterwards, Silenced, Unsilenced};
use posthouse_domain::ticket::{Actor, ActorKind, Body, Fact, FactKind, PolicyVersion};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_runtime::clock::Clock;
use serde_json::json;

use crate::bus::{Connected, connect};
use crate::cli::silence::{AddArgs, EndArgs, ListArgs, PreviewArgs, SilenceCommand};
use crate::exit::{Error, Exit};
use crate::output::{Output, Table};

/// Most messages that a preview looks at.
const PREVIEW_MESSAGES_MAX: u64 = 100_000;
/// Most requests that a preview shows; all are counted.
const PREVIEW_SHOWN_MAX: usize = 20;
/// Letters of a name that is made up.
const NAME_LETTERS: usize = 6;
/// The longest silence, in milliseconds: 31 days. What is longer is a policy's affair.
const SILENCE_MS_MAX: i64 = 31 * 24 * 60 * 60 * 1_000;

/// A silence as it stands in the log.
struct Found {
    said: Silenced,
    author: String,
    /// When it was ended before its time.
    ended_at: Option<Timestamp>,
}

/// Does what was asked.
pub(super) async fn run(command: SilenceCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        SilenceCommand::Add(args) => add(args, output).await,
        SilenceCommand::List(args) => list(&args, output).await,
        SilenceCommand::Preview(args) => preview(&args, output).await,
        SilenceCommand::End(args) => end(&args, output).await,
    }
}

async fn add(args: AddArgs, output: &Output) -> Result<Exit, Error> {
    let said = silenced(&args, Clock::system().now())?;
    let Connected { bus, topology } = connect(&args.who.bus, &args.who.server).await?;
    let body = Body::Silenced(said.clone());
    say(bus.as_ref(), &topology, &args.who.by.by, body).await?;
    if output.json() {
        output.object(&object(&said, &args.who.by.by, None))?;
    } else {
        let (name, ends_at) = (&said.silence, said.ends_at);
        output.line(format!("silence {name} holds until {ends_at}"))?;
    }
    Ok(Exit::Done)
}

/// The silence that somebody asks for at `now`.
fn silenced(args: &AddArgs, now: Timestamp) -> Result<Silenced, Error> {
    let lasts_ms = i64::try_from(args.lasts.as_millis()).unwrap_or(i64::MAX);
    if !(1..=SILENCE_MS_MAX).contains(&lasts_ms) {
        let message = "silence something for that long: want 1ms to 31 days";
        return Err(Error::usage(message));
    }
    if args.matchers.len() > MATCHERS_MAX {
        let message = format!("read the matchers: want at most {MATCHERS_MAX}");
        return Err(Error::usage(message));
    }
    let made_up = || {
        let random = Uuid::now_v7().simple().to_string();
        random[random.len() - NAME_LETTERS..].to_owned()
    };
    let name = args.name.clone().unwrap_or_else(made_up);
    if name.is_empty() || name.len() > KEY_BYTES_MAX {
        let message = format!("use that name: want 1 to {KEY_BYTES_MAX} bytes");
        return Err(Error::usage(message));
    }
    let starts_at = args.from.unwrap_or(now);
    Ok(Silenced {
        silence: name,
        starts_at,
        ends_at: starts_at.plus_millis(lasts_ms),
        matchers: args.matchers.clone(),
        afterwards: if args.hold {
            Afterwards::Tell
        } else {
            Afterwards::Nothing
        },
        comment: cut(&args.comment, NOTICE_CHARS_MAX),
    })
}

/// Says something to all couriers.
async fn say(bus: &dyn Bus, topology: &Topology, by: &str, body: Body) -> Result<(), Error> {
    let kind = body.kind();
    let name = match &body {
        Body::Silenced(said) => said.silence.clone(),
        Body::Unsilenced(over) => over.silence.clone(),
        _ => String::new(),
    };
    let fact = Fact {
        id: FactId(Uuid::now_v7()),
        // It is no ticket's; the name stands for one.
        ticket: TicketId::derive(&["silence", topology.subjects.region(), &name]),
        region: topology.subjects.region().to_owned(),
        at: Clock::system().now(),
        actor: Actor {
            kind: ActorKind::Agent,
            name: by.to_owned(),
        },
        cause: None,
        policy: PolicyVersion::default(),
        body,
    };
    let subject = topology.subjects.to_all_couriers(kind);
    let payload = posthouse_wire::encode(&fact).into();
    let message = Outgoing::new(subject, fact.id.to_string(), payload);
    bus.publish(message).await?.await?;
    Ok(())
}

async fn list(args: &ListArgs, output: &Output) -> Result<Exit, Error> {
    let Connected { bus, topology } = connect(&args.bus, &args.server).await?;
    let now = Clock::system().now();
    let mut found: Vec<Found> = read(bus.as_ref(), &topology).await?.into_values().collect();
    let is_over = |it: &Found| it.ended_at.is_some() || it.said.ends_at <= now;
    found.retain(|it| args.all || !is_over(it));
    found.sort_by_key(|it| it.said.ends_at);
    let mut table = Table::new(["name", "until", "by", "afterwards", "matchers", "comment"]);
    for it in &found {
        if output.json() {
            output.object(&object(&it.said, &it.author, it.ended_at))?;
            continue;
        }
        let until = it.ended_at.unwrap_or(it.said.ends_at).to_string();
        table.row([
            it.said.silence.clone(),
            until,
            it.author.clone(),
            it.said.afterwards.to_string(),
            matchers(&it.said),
            it.said.comment.clone(),
        ]);
    }
    if !output.json() {
        output.table(table)?;
    }
    Ok(Exit::Done)
}

async fn end(args: &EndArgs, output: &Output) -> Result<Exit, Error> {
    let Connected { bus, topology } = connect(&args.who.bus, &args.who.server).await?;
    let now = Clock::system().now();
    let known = read(bus.as_ref(), &topology).await?;
    let is_there = |it: &Found| it.ended_at.is_none() && it.said.ends_at > now;
    if !known.get(&args.name).is_some_and(is_there) {
        let message = format!("find a silence `{}` that is not over", args.name);
        let hint = "posthouse silence list shows those that hold";
        return Err(Error::new(Exit::NotFound, message).hint(hint));
    }
    let over = Unsilenced {
        silence: args.name.clone(),
        reason: cut(&args.reason, NOTICE_CHARS_MAX),
        round: 0,
    };
    say(
        bus.as_ref(),
        &topology,
        &args.who.by.by,
        Body::Unsilenced(over),
    )
    .await?;
    if output.json() {
        output.object(&json!({"silence": args.name, "ended_at": now}))?;
    } else {
        output.line(format!("silence {} is over", args.name))?;
    }
    Ok(Exit::Done)
}

/// Every silence that the stream of the couriers still holds, as it was said last.
async fn read(bus: &dyn Bus, topology: &Topology) -> Result<BTreeMap<String, Found>, Error> {
    let kinds = [FactKind::Silenced, FactKind::Unsilenced];
    let filters = kinds.map(|kind| topology.subjects.to_all_couriers(kind));
    let stream = topology.courier_stream();
    let mut said = bus.read(&stream, &filters, 0, Until::Now).await?;
    let mut found = BTreeMap::new();
    while let Some(delivery) = said.next().await {
        let delivery = delivery?;
        // What cannot be read is a dead letter of the couriers.
        let Ok(fact) = posthouse_wire::decode(&delivery.payload) else {
            continue;
        };
        match fact.body {
            Body::Silenced(said) => {
                let author = fact.actor.to_string();
                let it = Found {
                    said,
                    author,
                    ended_at: None,
                };
                found.insert(it.said.silence.clone(), it);
            }
            Body::Unsilenced(over) => {
                if let Some(it) = found.get_mut(&over.silence) {
                    it.ended_at.get_or_insert(delivery.stored_at);
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

async fn preview(args: &PreviewArgs, output: &Output) -> Result<Exit, Error> {
    let Connected { bus, topology } = connect(&args.bus, &args.server).await?;
    let now = Clock::system().now();
    let since_ms = i64::try_from(args.since.as_millis()).unwrap_or(i64::MAX);
    let since = Timestamp::from_millis(now.as_millis().saturating_sub(since_ms));
    let silence = Silenced {
        silence: String::new(),
        starts_at: Timestamp::MIN,
        ends_at: Timestamp::MAX,
        matchers: args.matchers.clone(),
        afterwards: Afterwards::Nothing,
        comment: String::new(),
    };
    let stream = topology.courier_stream();
    let from = bus.last_sequence(&stream).await?;
    let from = from.saturating_sub(PREVIEW_MESSAGES_MAX);
    let subject = |partition| {
        let all = topology.subjects.courier_all(partition);
        all.replace('>', FactKind::NotificationRequested.as_str())
    };
    let filters: Vec<String> = (0..topology.size.receiver_partitions)
        .map(subject)
        .collect();
    let mut asked = bus.read(&stream, &filters, from, Until::Now).await?;
    let (mut total, mut matched, mut shown) = (0_u64, 0_u64, Vec::new());
    while let Some(delivery) = asked.next().await {
        let delivery = delivery?;
        let Ok(fact) = posthouse_wire::decode(&delivery.payload) else {
            continue;
        };
        let Body::NotificationRequested(request) = fact.body else {
            continue;
        };
        if delivery.stored_at < since {
            continue;
        }
        total += 1;
        if silence.matches(&request) {
            matched += 1;
            shown.push((delivery.stored_at, request));
            if shown.len() > PREVIEW_SHOWN_MAX {
                shown.remove(0);
            }
        }
    }
    let mut table = Table::new(["at", "receiver", "rule", "about", "ticket", "title"]);
    for (at, request) in shown {
        let about = request.about.as_str();
        let number = &request.features.number;
        if output.json() {
            output.object(&json!({
                "at": at, "receiver": request.receiver, "rule": request.rule, "about": about,
                "ticket": number, "title": request.title,
            }))?;
            continue;
        }
        table.row([
            at.to_string(),
            request.receiver.clone(),
            request.rule.clone(),
            about.to_owned(),
            number.clone(),
            request.title.clone(),
        ]);
    }
    if output.json() {
        output.object(&json!({"matched": matched, "of": total, "since": since}))?;
    } else {
        output.table(table)?;
        output.line(format!(
            "{matched} of {total} since {since} would have been silenced"
        ))?;
    }
    Ok(Exit::Done)
}

fn matchers(said: &Silenced) -> String {
    let all: Vec<String> = said.matchers.iter().map(ToString::to_string).collect();
    all.join(" ")
}

fn object(said: &Silenced, by: &str, ended_at: Option<Timestamp>) -> serde_json::Value {
    json!({
        "silence": said.silence,
        "starts_at": said.starts_at,
        "ends_at": said.ends_at,
        "ended_at": ended_at,
        "by": by,
        "matchers": said.matchers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "afterwards": said.afterwards.as_str(),
        "comment": said.comment,
    })
}

#[cfg(test)]
mod tests {
    use posthouse_bus::memory::MemoryBus;
    use posthouse_bus::topology::Size;

    use super::*;

    async fn ground() -> (MemoryBus, Topology) {
        let bus = MemoryBus::with_tokio_clock(Timestamp::from_millis(0));
        let topology = Topology::new("cn-north", Size::LAPTOP);
        bus.provision(&topology).await.unwrap();
        (bus, topology)
    }

    fn said(name: &str) -> Silenced {
        Silenced {
            silence: name.to_owned(),
            starts_at: Timestamp::from_millis(0),
            ends_at: Timestamp::from_millis(60_000),
            matchers: vec!["customer=c-1".parse().unwrap()],
            afterwards: Afterwards::Nothing,
            comment: "we know".to_owned(),
        }
    }

    /// What is said of a silence last holds: it is ended, and said anew under the same name.
    #[tokio::test]
    async fn what_was_said_last_holds() {
        let (bus, topology) = ground().await;
        for name in ["one", "two"] {
            let body = Body::Silenced(said(name));
            say(&bus, &topology, "li", body).await.unwrap();
        }
        let over = Unsilenced {
            silence: "one".to_owned(),
            reason: String::new(),
            round: 0,
        };
        say(&bus, &topology, "li", Body::Unsilenced(over))
            .await
            .unwrap();
        let found = read(&bus, &topology).await.unwrap();
        assert!(found["one"].ended_at.is_some());
        assert!(found["two"].ended_at.is_none());
        assert_eq!(found["two"].author, "agent:li");
        let longer = Silenced {
            ends_at: Timestamp::from_millis(120_000),
            ..said("one")
        };
        say(&bus, &topology, "wang", Body::Silenced(longer))
            .await
            .unwrap();
        let found = read(&bus, &topology).await.unwrap();
        assert_eq!(found["one"].ended_at, None);
        assert_eq!(found["one"].author, "agent:wang");
    }
}
