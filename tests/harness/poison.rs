//! Messages that are none, for every subject of a region.

use bytes::Bytes;
use posthouse_bus::Role;
use posthouse_bus::subject::Subjects;
use posthouse_bus::topology::Size;
use posthouse_domain::ticket::FactKind;
use posthouse_wire::v1::TicketFact;
use prost::Message;

use crate::Noise;

/// Messages that are none, in what they are wrong: empty, noise of several sizes, cut off, of a
/// kind that only a newer version has, not text where text is, and without a body.
pub fn bad_payloads(region: &str, noise: &mut Noise) -> Vec<Bytes> {
    let fact = TicketFact {
        fact_id: "0198aaaa-0000-7000-8000-000000000001".to_owned(),
        ticket_id: "0198aaaa-0000-7000-8000-000000000002".to_owned(),
        region: region.to_owned(),
        ..TicketFact::default()
    };
    let whole = fact.encode_to_vec();
    let truncated = whole[..whole.len() - 3].to_vec();
    // A body with a number that this version does not have.
    let newer = [whole.clone(), vec![0xfa, 0x3e, 0x00]].concat();
    let not_text = [vec![0x0a, 0x02, 0xff, 0xfe], whole.clone()].concat();
    let bodiless = whole;
    [
        Vec::new(),
        noise.bytes(1),
        noise.bytes(300),
        noise.bytes(60_000),
    ]
    .into_iter()
    .chain([truncated, newer, not_text, bodiless])
    .map(Bytes::from)
    .collect()
}

/// Every subject that the streams of a region take, `inbox` among them, and the one under which
/// somebody reads it who needs its content. Nobody needs that of what only asks for the time, of
/// letters, and of kinds of fact that no role decides by: the desk counts those that it cannot
/// read.
pub fn subjects_of_the_region(
    region: &str,
    size: &Size,
    inbox: &str,
) -> Vec<(String, Option<String>)> {
    let Size {
        partitions,
        receiver_partitions,
        ..
    } = *size;
    let subjects = Subjects::new(region, partitions, receiver_partitions);
    let read = |subject: String| (subject.clone(), Some(subject));
    let mut all = vec![read(inbox.to_owned()), read(subjects.inbox("deep.source"))];
    for partition in 0..partitions {
        for kind in FactKind::ALL {
            let subject = subjects.fact_kind(partition, *kind);
            all.push(match kind {
                FactKind::NotificationSuppressed => (subject, None),
                // The dispatcher decides by these, and it reads a copy.
                FactKind::Timed | FactKind::AgentChanged => {
                    let (_, copy) = subjects.dispatch_source(*kind);
                    (subject, Some(copy))
                }
                // What people silence is said to the couriers, not to the log.
                FactKind::Silenced => (subject, None),
                FactKind::Unsilenced | FactKind::Resilenced | FactKind::Preferred => {
                    let (_, copy) = subjects.couriers_source(*kind);
                    (subject, Some(copy))
                }
                kind if kind.is_for_receivers() => {
                    // Couriers read a copy, sorted by receiver.
                    let copy = format!("ph.{region}.courier.01.{kind}");
                    (format!("{subject}.01"), Some(copy))
                }
                _ => read(subject),
            });
        }
        all.push(read(subjects.policy_activated(partition)));
        all.push((format!("ph.{region}.{partition:02}.nonsense"), None));
        for role in Role::ALL {
            all.push((subjects.tick(partition, role), None));
            all.push((subjects.dead_letter(partition, role), None));
            all.push((subjects.dead_letter_settled(partition, role.as_str()), None));
        }
    }
    for partition in 0..receiver_partitions {
        all.push(read(subjects.claim(partition)));
        all.push(read(subjects.courier_policy_activated(partition)));
        all.push((subjects.courier_tick(partition), None));
        all.push((subjects.courier_dead_letter(partition), None));
        all.push((subjects.courier_dead_letter_settled(partition), None));
    }
    for kind in [FactKind::Silenced, FactKind::Unsilenced] {
        all.push(read(subjects.to_all_couriers(kind)));
    }
    all.push(read(subjects.lookout_policy_activated()));
    all.push((subjects.lookout_tick(), None));
    all.push((subjects.lookout_dead_letter(), None));
    all.push((subjects.lookout_dead_letter_settled(), None));
    all.push(read(subjects.dispatch_policy_activated()));
    all.push((subjects.dispatch_tick(), None));
    all.push((subjects.dispatch_dead_letter(), None));
    all.push((subjects.dispatch_dead_letter_settled(), None));
    all
}
