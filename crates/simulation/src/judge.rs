//! The verdict: what is left of a run against what must hold.

use std::collections::BTreeSet;

use posthouse_auditor::{Accepted, Auditor, Message, Outside, Received};
use posthouse_bus::subject::{Said, matches, said};
use posthouse_bus::{Delivery, header};
use posthouse_domain::FactId;
use posthouse_policy::Source;
use sha2::{Digest, Sha256};

use crate::commands;
use crate::customers::Promise;
use crate::outcome::Outcome;
use crate::plan::GRACE;
use crate::rebuild::Compared;
use crate::region::Remains;
use crate::world::{START, millis};

/// Judges a run.
pub(crate) fn judge(remains: &Remains) -> Outcome {
    let world = &remains.world;
    for compared in &remains.views {
        read_to_the_end(remains, compared);
    }
    promises_kept(remains);
    audit(remains);
    let (faults, violations) = world.found();
    Outcome {
        seed: world.plan.seed,
        plant: world.plan.plant,
        faults,
        violations,
        messages: remains.streams.values().map(|it| it.len() as u64).sum(),
        log_hash: hash(remains),
    }
}

/// What the auditor says, who knows nothing of the code that is judged.
fn audit(remains: &Remains) {
    let mut auditor = Auditor::new();
    auditor.partitions(remains.world.topology.size.partitions);
    for bundle in &remains.bundles {
        auditor.policy(&bundle.version().0, files(bundle));
    }
    let topology = &remains.world.topology;
    let beside_the_log = [
        topology.courier_stream(),
        topology.lookout_stream(),
        topology.dispatch_stream(),
    ];
    let (copies, others): (Vec<_>, Vec<_>) = remains
        .streams
        .iter()
        .partition(|(name, _)| beside_the_log.contains(name));
    for message in copies.into_iter().chain(others).flat_map(|(_, it)| it) {
        auditor.read(&Message {
            stream: &message.stream,
            sequence: message.sequence,
            stored_at_ms: message.stored_at.as_millis(),
            subject: &message.subject,
            message_id: message.headers.get(header::MESSAGE_ID),
            payload: &message.payload,
        });
    }
    for view in &remains.views {
        auditor.view(&view.consumer.consumer, &view.live, &view.rebuilt);
    }
    for invariant in auditor.finish(&outside(remains)).invariants {
        for example in &invariant.examples {
            remains.world.violation(
                AUDITED[usize::from(invariant.number) % AUDITED.len()],
                format!(
                    "ticket {}: {} {:?}",
                    example.ticket_id, example.what, example.facts
                ),
            );
        }
    }
}

/// The invariants by their number.
const AUDITED: [&str; 8] = [
    "no invariant",
    "1, nothing accepted is lost",
    "2, each effect once",
    "3, one order per ticket",
    "4, no deadline passes unseen",
    "5, zombies are harmless",
    "6, bad input stops nobody",
    "7, same log, same policy, same result",
];

/// What the outside world knows of the run.
fn outside(remains: &Remains) -> Outside {
    let plan = &remains.world.plan;
    let accepted = promised(remains).map(|promise| Accepted {
        key: promise.fact.to_string(),
        ticket_id: promise.ticket.to_string(),
        number: promise.number.clone(),
        kind: promise.kind.as_str().to_owned(),
        at_ms: promise.at.as_millis(),
    });
    let answered = remains.arrived.iter().filter(|arrived| arrived.is_answered);
    let received = answered.map(|arrived| Received {
        id: arrived.id.clone(),
        receiver: arrived.receiver.clone(),
        at_ms: arrived.at.as_millis(),
        marked_duplicate: arrived.attempt > 1,
    });
    let faults_end = START.plus_millis(millis(plan.faults_end + GRACE));
    Outside {
        // Among what strangers send there are facts in good order.
        sent: remains.sent + plan.bad_messages,
        accepted: accepted.collect(),
        received: received.collect(),
        excused: vec![(START.as_millis(), faults_end.as_millis())],
        listens: true,
        settled_at_ms: remains.settled_at.as_millis(),
    }
}

/// The files of a bundle, inherited ones included.
fn files(bundle: &Source) -> std::collections::BTreeMap<String, String> {
    let inherited = Source::shipped("default").expect("the bundle is shipped");
    let mut files = inherited.files;
    files.extend(bundle.files.clone());
    files
}

/// A view reflects everything that its role reads.
fn read_to_the_end(remains: &Remains, compared: &Compared) {
    let spec = &compared.consumer;
    let is_read = |message: &&Delivery| {
        !matches!(said(&message.subject), Said::Tick)
            && spec
                .filters
                .iter()
                .any(|filter| matches(filter, &message.subject))
    };
    let messages = remains.streams.get(&spec.stream);
    let last = messages
        .and_then(|messages| messages.iter().rfind(is_read))
        .map_or(0, |message| message.sequence);
    if compared.position < last {
        remains.world.violation(
            "once faults stop, everything is handled",
            format!(
                "{} stands at {} of {}, which ends for it at {last}",
                spec.consumer, compared.position, spec.stream
            ),
        );
    }
}

/// What the policy has no words for: the one reason for which a command in good order is refused.
const INVALID: &str = "INT0002";

/// What was accepted. A command in the inbox is accepted when the bus has it, and may still be
/// refused by the policy: then it was set aside with that reason.
fn promised(remains: &Remains) -> impl Iterator<Item = &Promise> {
    let world = &remains.world;
    let inbox = remains.streams.get(&world.topology.inbox_stream());
    let refused: BTreeSet<FactId> = inbox
        .into_iter()
        .flatten()
        .filter(|it| world.set_aside(&it.stream, it.sequence).as_deref() == Some(INVALID))
        .filter_map(|it| commands::fact_of(world.topology.subjects.region(), it))
        .collect();
    let promises = remains.promises.iter();
    promises.filter(move |promise| !refused.contains(&promise.fact))
}

/// Everything that was accepted is in the log.
fn promises_kept(remains: &Remains) {
    let world = &remains.world;
    for promise in promised(remains) {
        let stream = world
            .topology
            .log_stream(world.topology.subjects.partition(promise.ticket));
        let id = promise.fact.to_string();
        let is_there = remains.streams.get(&stream).is_some_and(|messages| {
            messages
                .iter()
                .any(|message| message.headers.get(header::MESSAGE_ID) == Some(&id))
        });
        if !is_there {
            world.violation(
                "nothing accepted is lost",
                format!("{} {id} of ticket {}", promise.kind, promise.ticket),
            );
        }
    }
}

/// A hash of everything that is in the streams.
fn hash(remains: &Remains) -> String {
    let mut hash = Sha256::new();
    for message in remains.streams.values().flatten() {
        hash.update(message.stream.as_bytes());
        hash.update(message.sequence.to_be_bytes());
        hash.update(message.stored_at.as_millis().to_be_bytes());
        hash.update(message.subject.as_bytes());
        for (name, value) in message.headers.iter() {
            hash.update(name.as_bytes());
            hash.update(value.as_bytes());
        }
        hash.update(&message.payload);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
