//! Messages that nobody should have sent: under every sort of subject, readable or not.

use std::sync::Arc;

use posthouse_bus::{Bus, Outgoing};
use posthouse_domain::ticket::{FactKind, PolicyVersion};
use posthouse_wire::PolicyActivated;
use tokio::time::sleep_until;

use super::Outside;
use crate::dice::Dice;

/// Sends one of them at some time.
pub(crate) async fn trouble(outside: Arc<Outside>, number: u64) {
    let world = &outside.world;
    let mut dice = Dice::of(world.plan.seed, &format!("stranger {number}"));
    let most = u64::try_from(world.plan.faults_end.as_millis()).unwrap_or(0);
    sleep_until(world.at(dice.millis(1, most))).await;
    let (subject, payload) = message(&outside, &mut dice, number);
    let message = Outgoing {
        subject,
        id: dice.strikes(700).then(|| format!("stranger-{number}")),
        payload: payload.into(),
        ..Outgoing::default()
    };
    world.fault("bad message");
    // Where the bus is away, nobody is troubled.
    if let Ok(receipt) = outside.bus.publish(message).await {
        drop(receipt.await);
    }
}

fn message(outside: &Outside, dice: &mut Dice, number: u64) -> (String, Vec<u8>) {
    let subjects = &outside.world.topology.subjects;
    let partition = u16::try_from(dice.below(subjects.partitions().into())).unwrap_or(0);
    let receivers = u16::try_from(dice.below(subjects.receiver_partitions().into())).unwrap_or(0);
    let len = dice.index(200);
    let noise = dice.bytes(len);
    match dice.below(8) {
        0 | 1 => {
            let kind = *dice.pick(FactKind::LIFE);
            (subjects.fact_kind(partition, kind), noise)
        }
        2 => (subjects.policy_activated(partition), noise),
        3 => {
            let activated = PolicyActivated {
                version: PolicyVersion(format!("{number:064}")),
                name: "nobody's".to_owned(),
                at: outside.world.now(),
                by: "a stranger".to_owned(),
            };
            (subjects.policy_activated(partition), activated.encode())
        }
        4 => (subjects.claim(receivers), noise),
        5 => (subjects.inbox("unknown"), noise),
        6 => {
            let (subject, kind) = (format!("ph.{}.{partition:02}", subjects.region()), number);
            (format!("{subject}.unheard_of_{kind}"), noise)
        }
        _ => (subjects.fact_kind(partition, FactKind::Timed), noise),
    }
}
