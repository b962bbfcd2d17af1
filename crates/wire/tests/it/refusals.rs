//! What is wrong is refused: with the field, the reason and the code.

use posthouse_domain::limits::{BODY_BYTES_MAX, KEY_BYTES_MAX, TAGS_MAX};
use posthouse_domain::ticket::FactKind;
use posthouse_wire::v1::{self, ticket_fact::Body};
use posthouse_wire::{Claim, DeadLetter, decode, decode_command, encode, encode_command};
use prost::Message;

use crate::samples;

fn wire(kind: FactKind) -> v1::TicketFact {
    v1::TicketFact::decode(&encode(&samples::fact(kind))[..]).unwrap()
}

/// What reading says of a fact of one kind after `spoil`.
fn refusal(kind: FactKind, spoil: impl FnOnce(&mut v1::TicketFact)) -> String {
    let mut fact = wire(kind);
    spoil(&mut fact);
    let error = decode(&fact.encode_to_vec()).unwrap_err();
    format!("{} {error}", error.code())
}

fn opened(spoil: impl FnOnce(&mut v1::Opened)) -> String {
    refusal(FactKind::Opened, |fact| match &mut fact.body {
        Some(Body::Opened(opened)) => spoil(opened),
        other => panic!("{other:?}"),
    })
}

fn routed(spoil: impl FnOnce(&mut v1::Routed)) -> String {
    refusal(FactKind::Routed, |fact| match &mut fact.body {
        Some(Body::Routed(routed)) => spoil(routed),
        other => panic!("{other:?}"),
    })
}

const ABSENT: &str = "it is required and absent";

#[test]
fn an_envelope_must_be_whole() {
    let refusal = |spoil: fn(&mut v1::TicketFact)| refusal(FactKind::Replied, spoil);
    for (field, spoil) in [
        (
            "fact_id",
            (|fact| fact.fact_id.clear()) as fn(&mut v1::TicketFact),
        ),
        ("ticket_id", |fact| fact.ticket_id.clear()),
        ("region", |fact| fact.region.clear()),
        ("occurred_at", |fact| fact.occurred_at = None),
        ("actor", |fact| fact.actor = None),
        ("actor.kind", |fact| fact.actor.as_mut().unwrap().kind = 0),
        ("body", |fact| fact.body = None),
    ] {
        assert_eq!(refusal(spoil), format!("WIRE0002 read {field}: {ABSENT}"));
    }
}

#[test]
fn nothing_at_all_has_no_body() {
    assert_eq!(
        decode(&[]).unwrap_err().to_string(),
        format!("read body: {ABSENT}")
    );
    assert_eq!(
        decode_command(&[]).unwrap_err().to_string(),
        format!("read body: {ABSENT}")
    );
}

#[test]
fn identities_instants_and_words_must_be_readable() {
    let replied = |spoil: fn(&mut v1::TicketFact)| refusal(FactKind::Replied, spoil);
    let id = replied(|fact| fact.ticket_id = "T-1".to_owned());
    assert!(
        id.starts_with("WIRE0003 read ticket_id: read identity `T-1`"),
        "{id}"
    );
    let cause = replied(|fact| fact.cause = "x".to_owned());
    assert!(cause.starts_with("WIRE0003 read cause: "), "{cause}");
    let instant = replied(|fact| fact.occurred_at.as_mut().unwrap().seconds = i64::MAX);
    assert!(
        instant.starts_with("WIRE0003 read occurred_at: 9223372036854775807 s"),
        "{instant}"
    );
    let word = refusal(FactKind::NotificationRequested, |fact| {
        match &mut fact.body {
            Some(Body::NotificationRequested(body)) => body.about = "escaped".to_owned(),
            other => panic!("{other:?}"),
        }
    });
    assert!(
        word.starts_with("WIRE0003 read notification_requested.about: "),
        "{word}"
    );
    let percent = refusal(FactKind::TargetWarned, |fact| match &mut fact.body {
        Some(Body::TargetWarned(body)) => body.percent = 256,
        other => panic!("{other:?}"),
    });
    assert_eq!(
        percent,
        "WIRE0003 read target_warned.percent: 256 is more than 255"
    );
}

#[test]
fn unknown_numbers_are_told() {
    let newer = "a newer version may have written it";
    assert_eq!(
        opened(|opened| opened.severity = 9),
        format!("WIRE0004 read opened.severity: unknown value 9; {newer}")
    );
    assert_eq!(
        routed(|routed| routed.features.as_mut().unwrap().state = -1),
        format!("WIRE0004 read routed.features.state: unknown value -1; {newer}")
    );
    assert_eq!(
        routed(|routed| routed.features.as_mut().unwrap().state = 0),
        format!("WIRE0002 read routed.features.state: {ABSENT}")
    );
}

#[test]
fn an_entry_of_a_list_is_named() {
    assert_eq!(
        routed(|routed| routed.considered[2].outcome = None),
        format!("WIRE0002 read routed.considered[2].outcome: {ABSENT}")
    );
}

#[test]
fn limits_are_inclusive_and_told() {
    let key = |len: usize| opened(|opened| opened.customer = "c".repeat(len));
    assert_eq!(
        key(KEY_BYTES_MAX + 1),
        "WIRE0006 read opened.customer: it has 201 bytes, more than the limit of 200"
    );
    let mut whole = wire(FactKind::Replied);
    let text = "t".repeat(BODY_BYTES_MAX);
    whole.body = Some(Body::Replied(v1::Replied {
        text: text.clone(),
        awaits_customer: false,
    }));
    assert!(decode(&whole.encode_to_vec()).is_ok());
    whole.body = Some(Body::Replied(v1::Replied {
        text: text + "t",
        awaits_customer: false,
    }));
    assert_eq!(
        decode(&whole.encode_to_vec()).unwrap_err().code(),
        "WIRE0006"
    );
    assert_eq!(
        routed(|routed| {
            routed.features.as_mut().unwrap().tags = vec!["t".to_owned(); TAGS_MAX + 1];
        }),
        "WIRE0006 read routed.features.tags: it has 33 entries, more than the limit of 32"
    );
    assert_eq!(
        routed(|routed| routed.features.as_mut().unwrap().excerpt = "字".repeat(121)),
        "WIRE0006 read routed.features.excerpt: it has 121 characters, more than the limit of 120"
    );
}

/// A field of wire type "length-delimited".
fn field(number: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(u64::from(number << 3 | 2), &mut bytes);
    prost::encoding::encode_varint(payload.len() as u64, &mut bytes);
    bytes.extend_from_slice(payload);
    bytes
}

#[test]
fn a_kind_of_a_newer_version_is_no_silent_loss() {
    let mut fact = wire(FactKind::Replied);
    fact.body = None;
    let bytes = [fact.encode_to_vec(), field(99, b"\x0a\x01x")].concat();
    assert_eq!(
        decode(&bytes).unwrap_err().to_string(),
        "read fact: its body has number 99, which only a newer version knows"
    );
    let error = decode_command(&field(99, b"")).unwrap_err();
    assert_eq!(error.code(), "WIRE0005");
}

#[test]
fn a_field_of_a_newer_version_is_ignored() {
    for fact in samples::facts() {
        let bytes = [encode(&fact), field(8, b"new"), field(99, b"newer")].concat();
        assert_eq!(decode(&bytes), Ok(fact));
    }
    for command in samples::commands() {
        let bytes = [field(4, b"new"), encode_command(&command)].concat();
        assert_eq!(decode_command(&bytes), Ok(command));
    }
}

#[test]
fn text_must_be_utf_8() {
    let replied = field(21, &field(1, &[0xff, 0xfe]));
    let error = decode(&replied).unwrap_err();
    assert_eq!(error.code(), "WIRE0001");
    let text = error.to_string();
    assert!(
        text.starts_with("read fact: ") && text.contains("Replied.text"),
        "{text}"
    );
    assert!(text.contains("UTF-8"), "{text}");
}

#[test]
fn records_are_strict_too() {
    let mut letter = samples::dead_letter();
    letter.role.clear();
    assert_eq!(
        DeadLetter::decode(&letter.encode()[..]).unwrap_err().code(),
        "WIRE0002"
    );
    let mut claim = samples::claim();
    claim.attempt = 0;
    assert_eq!(
        Claim::decode(&claim.encode()[..]).unwrap_err().code(),
        "WIRE0002"
    );
}
