//! What becomes of a message on its way out.

use std::sync::Arc;
use std::time::Duration;

use posthouse_bus::memory::MemoryBus;
use posthouse_bus::subject::{Said, said};
use posthouse_bus::{Error, Outgoing, Receipt, Stored};
use posthouse_domain::FactId;
use uuid::Uuid;

use crate::Plant;
use crate::life::{Life, lost};
use crate::world::World;

/// How long a sender waits for a receipt that does not come.
const RECEIPT_WAIT: Duration = posthouse_bus::limits::RECEIPT_WAIT;
/// When a copy arrives that was held up on its way.
const LATE_MS: (u64, u64) = (10, 10_000);
/// When a zombie's copy arrives.
const ZOMBIE_MS: (u64, u64) = (1_000, 40_000);
/// How many of a thousand facts a planted bus acknowledges and does not store.
const PLANTED_LOSSES: u64 = 40;
/// How many of a thousand outputs get a random identity.
const PLANTED_IDS: u64 = 100;

/// Sends a message, and whatever else comes of that.
pub(super) async fn publish(
    bus: &Arc<MemoryBus>,
    life: &Arc<Life>,
    message: Outgoing,
) -> Result<Receipt, Error> {
    life.pass().await;
    life.reach()?;
    let message = match life.world.plan.plant {
        Some(Plant::LostMessage) if planted_loss(life, &message) => return Ok(false_receipt()),
        Some(Plant::RandomId) => planted_id(life, message),
        _ => message,
    };
    copies(life, &message);
    if life.strikes("lost message", |rates| rates.lost_message) {
        return Ok(no_receipt(life));
    }
    let receipt = life.world.store(bus.as_ref(), message).await;
    life.pass().await;
    let receipt = receipt?;
    if life.strikes("lost receipt", |rates| rates.lost_receipt) {
        return Ok(no_receipt(life));
    }
    let life = Arc::clone(life);
    Ok(Box::pin(async move {
        life.pass().await;
        let answer = receipt.await;
        life.pass().await;
        answer
    }))
}

/// Copies that arrive later, whatever becomes of the message and of the process.
fn copies(life: &Arc<Life>, message: &Outgoing) {
    // What has no identity, or stands on a place, is sent by nobody twice.
    if message.id.is_none() {
        return;
    }
    if life.strikes("late copy", |rates| rates.late_copy) {
        let after = life.draw(|dice| dice.millis(LATE_MS.0, LATE_MS.1));
        arrive_later(&life.world, message.clone(), after, false);
    }
    if life.strikes("zombie's copy", |rates| rates.zombie_copy) {
        let after = life.draw(|dice| dice.millis(ZOMBIE_MS.0, ZOMBIE_MS.1));
        arrive_later(&life.world, message.clone(), after, true);
    }
}

fn arrive_later(world: &Arc<World>, message: Outgoing, after: Duration, is_forgotten: bool) {
    let world = Arc::clone(world);
    tokio::spawn(async move {
        tokio::time::sleep(after).await;
        if world.over.is_cancelled() {
            return;
        }
        if is_forgotten {
            let id = message.id.clone().unwrap_or_default();
            world.bus.forget_message_id(&id);
        }
        // The bus may be away; then it does not arrive at all.
        drop(world.store(&world.bus, message).await);
    });
}

/// A receipt that does not come.
fn no_receipt(life: &Arc<Life>) -> Receipt {
    let life = Arc::clone(life);
    Box::pin(async move {
        tokio::time::sleep(RECEIPT_WAIT).await;
        life.pass().await;
        Err(lost("the receipt did not come in time"))
    })
}

fn planted_loss(life: &Arc<Life>, message: &Outgoing) -> bool {
    matches!(said(&message.subject), Said::Fact(_))
        && life.draw(|dice| dice.strikes(PLANTED_LOSSES))
}

/// A receipt for what is nowhere.
fn false_receipt() -> Receipt {
    Box::pin(std::future::ready(Ok(Stored {
        sequence: 1,
        duplicate: false,
    })))
}

/// The same output under an identity that follows from nothing.
fn planted_id(life: &Arc<Life>, message: Outgoing) -> Outgoing {
    let Ok(mut fact) = posthouse_wire::decode(&message.payload) else {
        return message;
    };
    let is_output = fact.cause.is_some() && matches!(said(&message.subject), Said::Fact(_));
    if !is_output || !life.draw(|dice| dice.strikes(PLANTED_IDS)) {
        return message;
    }
    let bytes = life.draw(|dice| dice.bytes(16));
    fact.id = FactId(Uuid::from_slice(&bytes).unwrap_or_default());
    Outgoing {
        id: Some(fact.id.to_string()),
        payload: posthouse_wire::encode(&fact).into(),
        ..message
    }
}
