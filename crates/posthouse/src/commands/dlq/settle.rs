//! Dealing with a dead letter: publishing the original message again, or giving it up.
//!
//! Both can be repeated: a message that is redriven has an identity derived from the place of
//! its dead letter, and a dead letter that is settled twice is settled.

use posthouse_bus::subject::{Said, Subjects, partition_in, said};
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Delivery, Headers, Outgoing, header};
use posthouse_domain::FactId;
use posthouse_runtime::clock::Clock;
use posthouse_wire::{DeadLetter, DeadLetterSettled, Settlement, decode};
use serde_json::json;

use crate::bus::{Connected, connect};
use crate::cli::dlq::{Place, SettleArgs};
use crate::exit::{Error, Exit};
use crate::output::Output;

/// A dead letter where it stands.
struct Found {
    place: Place,
    /// Where its settlement is noted.
    settled_subject: String,
    letter: DeadLetter,
}

/// Publishes the original message again, and settles the dead letter.
pub(super) async fn redrive(args: &SettleArgs, output: &Output) -> Result<Exit, Error> {
    let Connected { bus, topology } = connect(&args.bus, &args.server).await?;
    let found = find(bus.as_ref(), &topology, &args.place).await?;
    let message = again(&found, &topology.subjects)?;
    let subject = message.subject.clone();
    let stored = bus.publish(message).await?.await?;
    settle(bus.as_ref(), &found, Settlement::Redriven, &args.by.by).await?;
    if output.json() {
        output.object(&json!({
            "place": found.place.to_string(),
            "settlement": "redriven",
            "subject": subject,
            "sequence": stored.sequence,
            "duplicate": stored.duplicate,
        }))?;
    } else {
        let sequence = stored.sequence;
        output.line(format!(
            "redriven {} to {subject}, sequence {sequence}",
            found.place
        ))?;
    }
    Ok(Exit::Done)
}

/// Settles the dead letter without its message.
pub(super) async fn drop(args: &SettleArgs, output: &Output) -> Result<Exit, Error> {
    let Connected { bus, topology } = connect(&args.bus, &args.server).await?;
    let found = find(bus.as_ref(), &topology, &args.place).await?;
    settle(bus.as_ref(), &found, Settlement::Dropped, &args.by.by).await?;
    if output.json() {
        let place = found.place.to_string();
        output.object(&json!({"place": place, "settlement": "dropped"}))?;
    } else {
        output.line(format!("dropped {}", found.place))?;
    }
    Ok(Exit::Done)
}

/// Reads the dead letter from the log itself, so that not a byte of it is lost on the way.
async fn find(bus: &dyn Bus, topology: &Topology, place: &Place) -> Result<Found, Error> {
    let Place { stream, sequence } = place;
    let missing = || Error::new(Exit::NotFound, format!("find message {place}"));
    let delivery = bus.get(stream, *sequence).await?.ok_or_else(missing)?;
    let not_one = || {
        let message = format!(
            "find a dead letter at {place}: {} is none",
            delivery.subject
        );
        Error::new(Exit::NotFound, message).hint("posthouse dlq list shows where they are")
    };
    let settled_subject = settled_subject(&delivery, topology).ok_or_else(not_one)?;
    let letter = DeadLetter::decode(delivery.payload.clone())
        .map_err(|error| Error::failed(format!("read dead letter {place}: {error}")))?;
    Ok(Found {
        place: place.clone(),
        settled_subject,
        letter,
    })
}

fn settled_subject(delivery: &Delivery, topology: &Topology) -> Option<String> {
    let Said::DeadLetter(role) = said(&delivery.subject) else {
        return None;
    };
    let subjects = &topology.subjects;
    if *delivery.stream == *topology.courier_stream() {
        let partition = delivery.subject.split('.').nth(3)?.parse().ok()?;
        return Some(subjects.courier_dead_letter_settled(partition));
    }
    if *delivery.stream == *topology.lookout_stream() {
        return Some(subjects.lookout_dead_letter_settled());
    }
    if *delivery.stream == *topology.dispatch_stream() {
        return Some(subjects.dispatch_dead_letter_settled());
    }
    Some(subjects.dead_letter_settled(partition_in(&delivery.subject)?, role))
}

/// The original message, ready to be published again.
fn again(found: &Found, subjects: &Subjects) -> Result<Outgoing, Error> {
    let Found { place, letter, .. } = found;
    let sequence = place.sequence.to_string();
    let id = FactId::from_command(&["redriven", &place.stream, &sequence]).to_string();
    let mut headers = Headers::default();
    for (name, value) in &letter.headers {
        // The server's own headers belong to the first publishing.
        if !name.to_ascii_lowercase().starts_with("nats-") && Headers::may_hold(value) {
            headers.set(name, value);
        }
    }
    headers.set(header::REDRIVEN, sequence);
    let subject = subject_of(letter, subjects)?;
    Ok(Outgoing {
        headers,
        ..Outgoing::new(subject, id, letter.payload.clone())
    })
}

/// Where the original message belongs. What couriers, the lookout and the dispatcher read are copies
/// that nobody may publish; the original stands in the log.
fn subject_of(letter: &DeadLetter, subjects: &Subjects) -> Result<String, Error> {
    let is_copy = |of: &str| {
        let copies = format!("ph.{}.{of}.", subjects.region());
        letter.subject.starts_with(&copies)
    };
    if !["courier", "lookout", "dispatch"].into_iter().any(is_copy) {
        return Ok(letter.subject.clone());
    }
    match decode(&letter.payload) {
        Ok(fact) => Ok(subjects.fact(fact.ticket, &fact.body)),
        Err(error) => {
            let message = format!("redrive a copy whose original cannot be told: {error}");
            Err(Error::new(Exit::Refused, message).hint("posthouse dlq drop gives it up"))
        }
    }
}

async fn settle(
    bus: &dyn Bus,
    found: &Found,
    settlement: Settlement,
    by: &str,
) -> Result<(), Error> {
    let Place { stream, sequence } = &found.place;
    let message = DeadLetterSettled {
        stream: stream.clone(),
        sequence: *sequence,
        settlement,
        by: by.to_owned(),
        at: Clock::system().now(),
    };
    let id = FactId::from_command(&["settled", stream, &sequence.to_string()]).to_string();
    let subject = found.settled_subject.clone();
    bus.publish(Outgoing::new(subject, id, message.encode().into()))
        .await?
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;
    use posthouse_bus::Role;
    use posthouse_bus::memory::MemoryBus;
    use posthouse_bus::topology::Size;
    use posthouse_domain::Timestamp;

    use super::*;

    async fn ground() -> (MemoryBus, Topology) {
        let bus = MemoryBus::with_tokio_clock(Timestamp::from_millis(0));
        let topology = Topology::new("cn-north", Size::LAPTOP);
        bus.provision(&topology).await.unwrap();
        (bus, topology)
    }

    fn letter(subject: String) -> DeadLetter {
        let headers = [
            ("Nats-Msg-Id", "old"),
            (header::TICKET, "t-1"),
            ("X-Bad", " blank "),
        ];
        DeadLetter {
            role: "router".into(),
            code: "WIRE0002".into(),
            reason: "no fact".into(),
            stream: "PH_cn-north_0".into(),
            sequence: 1,
            subject,
            headers: headers
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
            payload: Bytes::from_static(b"\xff\x00 not a fact"),
            refused_at: Timestamp::from_millis(1),
        }
    }

    async fn set_aside(bus: &MemoryBus, subject: String, letter: &DeadLetter) -> u64 {
        let message = Outgoing::new(subject, "dl".into(), letter.encode().into());
        bus.publish(message).await.unwrap().await.unwrap().sequence
    }

    #[tokio::test]
    async fn a_redriven_message_is_the_original_with_a_new_name() {
        let (bus, topology) = ground().await;
        let subjects = &topology.subjects;
        let original = letter(subjects.policy_activated(2));
        let sequence = set_aside(&bus, subjects.dead_letter(2, Role::Router), &original).await;
        let place = Place {
            stream: topology.log_stream(2),
            sequence,
        };

        let found = find(&bus, &topology, &place).await.unwrap();
        let message = again(&found, subjects).unwrap();
        assert_eq!(message.subject, original.subject);
        assert_eq!(message.payload, original.payload);
        let headers: BTreeMap<&str, &str> = message.headers.iter().collect();
        let kept = [(header::TICKET, "t-1"), (header::REDRIVEN, "1")];
        assert_eq!(headers, kept.into());
        assert_ne!(message.id.as_deref(), Some("old"));
        assert_eq!(message.id, again(&found, subjects).unwrap().id);

        settle(&bus, &found, Settlement::Redriven, "anna")
            .await
            .unwrap();
        let noted = subjects.dead_letter_settled(2, "router");
        let noted = bus.last_on(&place.stream, &noted).await.unwrap().unwrap();
        let noted = DeadLetterSettled::decode(noted.payload).unwrap();
        assert_eq!((noted.sequence, noted.by.as_str()), (sequence, "anna"));
    }

    #[tokio::test]
    async fn a_copy_that_cannot_be_read_is_not_redriven() {
        let (bus, topology) = ground().await;
        let subjects = &topology.subjects;
        let original = letter("ph.cn-north.courier.01.notification_requested".into());
        let sequence = set_aside(&bus, subjects.courier_dead_letter(1), &original).await;
        let place = Place {
            stream: topology.courier_stream(),
            sequence,
        };

        let found = find(&bus, &topology, &place).await.unwrap();
        assert_eq!(
            found.settled_subject,
            subjects.courier_dead_letter_settled(1)
        );
        assert_eq!(again(&found, subjects).unwrap_err().exit(), Exit::Refused);
    }

    #[tokio::test]
    async fn only_dead_letters_are_dealt_with() {
        let (bus, topology) = ground().await;
        let subject = topology.subjects.policy_activated(0);
        let sequence = set_aside(&bus, subject.clone(), &letter(subject)).await;
        let stream = topology.log_stream(0);
        for place in [
            Place {
                stream: stream.clone(),
                sequence,
            },
            Place {
                stream,
                sequence: 99,
            },
            Place {
                stream: "PH_other_0".into(),
                sequence: 1,
            },
        ] {
            let error = find(&bus, &topology, &place).await.map(|_| ()).unwrap_err();
            assert_eq!(error.exit(), Exit::NotFound, "{error}");
        }
    }
}
