//! Customers and agents: tickets that are opened and live their whole life, whatever happens.
//!
//! A sender does what a good client does: it names what it asks for, tries again with the same
//! name until it is told that it is accepted, at whichever door answers, and notes what it was
//! told. What it was not told may or may not be in the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_nats::jetstream;
use posthouse_auditor::Accepted;
use posthouse_domain::TicketId;
use posthouse_wire::v1::{OpenTicket, TicketCommand, ticket_command};
use prost::Message;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::clock::now_ms;
use super::limits::{
    ANSWER_WITHIN, BUS_WITHIN, GIVEN_UP_AFTER, LIVES_MAX, NOT_YET_MAX, TRY_AGAIN_AFTER,
};
use super::member::Entrance;
use super::notes::Notes;
use crate::{Answer, Door, Noise, samples};

/// Samples that are used.
const SAMPLES: usize = 200;
/// The source that the inbox knows our messages by.
pub(super) const SOURCE: &str = "chaos";
/// One ticket of so many is opened by a message rather than over HTTP.
const BY_MESSAGE_ONE_IN: u64 = 4;
/// The least and the most time between two steps of a life.
const BETWEEN_STEPS: (Duration, Duration) =
    (Duration::from_millis(50), Duration::from_millis(2_500));

/// What senders need.
pub(super) struct World {
    pub(super) seed: u64,
    /// Whether agents act on tickets that nobody has seen yet.
    pub(super) hasty: bool,
    pub(super) region: &'static str,
    /// The doors of the intakes.
    pub(super) entrances: Vec<Entrance>,
    /// The doors of the desks.
    pub(super) desks: Vec<Entrance>,
    pub(super) bus: jetstream::Context,
    /// What tickets say.
    pub(super) texts: Vec<Map<String, Value>>,
    pub(super) notes: Notes,
    /// Stops new tickets.
    pub(super) stopped: AtomicBool,
}

/// A step of a ticket's life: the last word of the path, the kind of fact, and the body.
type Deed = (&'static str, &'static str, fn() -> Value);

const ASSIGN: Deed = ("assignment", "assigned", || json!({"agent": "anna"}));
const WORK: Deed = ("progress", "progressed", || json!({"to": "in_progress"}));
const WAIT: Deed = (
    "progress",
    "progressed",
    || json!({"to": "waiting_on_third_party", "reason": "A part is on its way."}),
);
const ASK: Deed = ("replies", "replied", || {
    json!({"text": "Which disk?", "awaits_customer": true,
           "actor": {"kind": "agent", "name": "anna"}})
});
const ANSWER: Deed = ("replies", "replied", || json!({"text": "第二块磁盘。"}));
const RESOLVE: Deed = ("resolve", "resolved", || json!({"summary": "Detached it."}));
const REOPEN: Deed = (
    "reopen",
    "reopened",
    || json!({"reason": "It is busy again."}),
);
const CLOSE: Deed = ("close", "closed", || json!({}));

/// The lives that tickets lead. Some are forgotten half-way, so that deadlines are missed.
const LIVES: [&[Deed]; 7] = [
    &[],
    &[ASSIGN],
    &[ANSWER, ASSIGN, WORK],
    &[ASSIGN, WORK, RESOLVE, CLOSE],
    &[ASSIGN, ASK, ANSWER, WORK, RESOLVE],
    &[ASSIGN, WORK, WAIT, RESOLVE, REOPEN, ASSIGN, RESOLVE, CLOSE],
    &[RESOLVE, CLOSE, REOPEN, ASSIGN, WORK, ASK],
];

/// Opens tickets at this rate until it is stopped, and then waits until their lives are over.
pub(super) async fn flow(world: Arc<World>, per_second: f64) {
    let mut due = interval(Duration::from_secs_f64(1.0 / per_second));
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let room = Arc::new(Semaphore::new(LIVES_MAX));
    let mut lives = JoinSet::new();
    let mut number = 0;
    while !world.stopped.load(Ordering::Relaxed) {
        due.tick().await;
        while lives.try_join_next().is_some() {}
        if let Ok(place) = Arc::clone(&room).try_acquire_owned() {
            number += 1;
            let world = Arc::clone(&world);
            lives.spawn(async move {
                live(&world, number).await;
                drop(place);
            });
        }
    }
    lives.join_all().await;
}

async fn live(world: &World, number: u64) {
    let mut noise = Noise::of(world.seed, number);
    let name = format!("chaos-{}-{number}", world.seed);
    let ticket = ticket(noise.pick(&world.texts).clone(), &name, &mut noise);
    let by_message = noise.below(BY_MESSAGE_ONE_IN) == 0;
    let opened = match by_message {
        true => open_by_message(world, &name, &ticket).await,
        false => open_over_http(world, &name, &ticket, &mut noise).await,
    };
    let Some(id) = opened else { return };
    // Who sends a message is told no identity: people find the ticket when it is there.
    let looks_first = by_message || !world.hasty;
    if looks_first && !is_found(world, &id, &mut noise).await {
        return;
    }
    for (step, (path, kind, body)) in (1..).zip(*noise.pick(&LIVES)) {
        sleep(noise.between(BETWEEN_STEPS.0, BETWEEN_STEPS.1)).await;
        let key = format!("{name}-{step}");
        let path = format!("/v1/tickets/{id}/{path}");
        let doors = &world.entrances;
        let accepted = insist(world, doors, &path, &body(), &key, &mut noise).await;
        if accepted.is_some() {
            world.notes.accepted(Accepted {
                key,
                ticket_id: id.clone(),
                number: String::new(),
                kind: (*kind).to_owned(),
                at_ms: now_ms(),
            });
        }
    }
}

/// What tickets say: the shipped samples.
pub(crate) fn texts() -> Vec<Map<String, Value>> {
    let object = |sample| match sample {
        Value::Object(fields) => Some(fields),
        _ => None,
    };
    samples().take(SAMPLES).filter_map(object).collect()
}

/// A ticket with this text, by a customer of its own.
fn ticket(mut ticket: Map<String, Value>, name: &str, noise: &mut Noise) -> Map<String, Value> {
    ticket.insert("customer".to_owned(), name.into());
    if noise.below(2) == 0 {
        let severity = *noise.pick(&["P0", "P1", "P2", "P3"]);
        ticket.insert("severity".to_owned(), severity.into());
    }
    let tier = *noise.pick(&["standard", "silver", "gold", "platinum"]);
    ticket.insert("tier".to_owned(), tier.into());
    ticket
}

async fn open_over_http(
    world: &World,
    name: &str,
    ticket: &Map<String, Value>,
    noise: &mut Noise,
) -> Option<String> {
    let body = Value::Object(ticket.clone());
    // Two intakes cannot know of each other's keys while the bus is away, and each would give a
    // number of its own: who opens a ticket asks the same door again.
    let home = std::slice::from_ref(noise.pick(&world.entrances));
    let answer = insist(world, home, "/v1/tickets", &body, name, noise).await?;
    let accepted = answer.accepted()?;
    world.notes.accepted(Accepted {
        key: name.to_owned(),
        ticket_id: accepted.ticket_id.clone(),
        number: accepted.number,
        kind: "opened".to_owned(),
        at_ms: now_ms(),
    });
    Some(accepted.ticket_id)
}

/// Asks at one of these doors after the other until it is accepted, refused for good, or given
/// up.
async fn insist(
    world: &World,
    doors: &[Entrance],
    path: &str,
    body: &Value,
    key: &str,
    noise: &mut Noise,
) -> Option<Answer> {
    world.notes.sent();
    let began = Instant::now();
    let mut not_yet = 0;
    while began.elapsed() < GIVEN_UP_AFTER {
        let entrance = noise.pick(doors);
        let door = entrance.lock().ok().and_then(|door| door.clone());
        if let Some(door) = door {
            match ask(&door, path, body, key).await {
                None => world.notes.unanswered(),
                Some(answer) if answer.status == 202 => return Some(answer),
                Some(answer) => {
                    world.notes.refused(answer.status);
                    match answer.status {
                        // The ticket is not known yet, or not so far: the read side follows.
                        404 | 409 if not_yet < NOT_YET_MAX => not_yet += 1,
                        429 | 500.. => {}
                        _ => return None,
                    }
                }
            }
        }
        sleep(TRY_AGAIN_AFTER).await;
    }
    world.notes.given_up();
    None
}

async fn ask(door: &Door, path: &str, body: &Value, key: &str) -> Option<Answer> {
    let request = door
        .request(reqwest::Method::POST, path)
        .header("Idempotency-Key", key)
        .timeout(ANSWER_WITHIN)
        .json(body);
    door.try_send(request).await.ok()
}

/// Whether somebody who looks for a ticket finds it before they give up.
async fn is_found(world: &World, id: &str, noise: &mut Noise) -> bool {
    let path = format!("/v1/tickets/{id}");
    let began = Instant::now();
    while began.elapsed() < GIVEN_UP_AFTER {
        let desk = noise.pick(&world.desks);
        let door = desk.lock().ok().and_then(|door| door.clone());
        if let Some(door) = door {
            let request = door.request(reqwest::Method::GET, &path);
            let answer = door.try_send(request.timeout(ANSWER_WITHIN)).await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                return true;
            }
        }
        sleep(TRY_AGAIN_AFTER).await;
    }
    false
}

/// Opens a ticket by a message that is published until the bus has it.
async fn open_by_message(world: &World, name: &str, ticket: &Map<String, Value>) -> Option<String> {
    world.notes.sent();
    let text = |field: &str| {
        let value = ticket.get(field).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let open = OpenTicket {
        customer: text("customer"),
        subject: text("subject"),
        body: text("body"),
        product: text("product"),
        tier: text("tier"),
        ..OpenTicket::default()
    };
    let command = TicketCommand {
        command_id: name.to_owned(),
        body: Some(ticket_command::Body::Open(open)),
        ..TicketCommand::default()
    };
    let payload = command.encode_to_vec();
    let subject = format!("ph.{}.inbox.{SOURCE}", world.region);
    let began = Instant::now();
    while began.elapsed() < GIVEN_UP_AFTER {
        let publishing = async {
            let receipt = world.bus.publish(subject.clone(), payload.clone().into());
            receipt.await.ok()?.await.ok()
        };
        if timeout(BUS_WITHIN, publishing)
            .await
            .is_ok_and(|ack| ack.is_some())
        {
            // What names it at its source names the ticket.
            let parts = ["event", world.region, "", SOURCE, "command", name];
            let id = TicketId::derive(&parts).to_string();
            world.notes.accepted(Accepted {
                key: name.to_owned(),
                ticket_id: id.clone(),
                number: String::new(),
                kind: "opened".to_owned(),
                at_ms: now_ms(),
            });
            return Some(id);
        }
        world.notes.unanswered();
        sleep(TRY_AGAIN_AFTER).await;
    }
    world.notes.given_up();
    None
}
