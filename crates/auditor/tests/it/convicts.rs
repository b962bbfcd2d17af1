//! One fault at a time, planted in the clean log, and what the judge says of it.

use posthouse_auditor::{Auditor, Message, Outside, Report};
use posthouse_wire::v1;
use posthouse_wire::v1::ticket_fact::Body;
use posthouse_wire::v1::{ActorKind, State};
use prost::Message as _;
use uuid::Uuid;

use crate::clean::{audit, story};
use crate::log::{Log, STREAM, Ticket, What, closed, instant, ms, partition};

/// Asserts that only this invariant is broken, and that an example says so.
#[track_caller]
pub(crate) fn convicted(report: &Report, number: u8, said: &str) {
    let broken: Vec<u8> = report
        .invariants
        .iter()
        .filter(|it| it.violations > 0)
        .map(|it| it.number)
        .collect();
    assert_eq!(broken, [number], "{report:#?}");
    let examples = &report.invariants[usize::from(number) - 1].examples;
    let is_said = examples.iter().any(|example| example.what.contains(said));
    assert!(is_said, "nothing says `{said}`: {examples:#?}");
    assert!(report.is_broken());
}

fn without(kind: &str, nth: usize) -> Log {
    let mut log = story();
    let place = log.places(kind)[nth];
    log.entries.remove(place);
    log
}

/// The same fact again, with another identity.
fn stranger(kind: &str) -> Log {
    let mut log = story();
    let place = log.places(kind)[0];
    let mut entry = log.entries[place].clone();
    entry.stored_at = ms(60_000.0);
    entry.message_id = None;
    if let What::Fact(fact) = &mut entry.what {
        fact.fact_id = "00000000-0000-7000-8000-00000000bad0".to_owned();
    }
    log.entries.push(entry);
    log
}

#[test]
fn missing_effects() {
    let report = audit(without("classified", 0));
    assert!(report.missing > 0 && report.out_of_order > 0, "{report:#?}");
    let said = report.first_violation().unwrap();
    assert!(said.ends_with("it was never classified"), "{said}");
    for (kind, nth, said) in [
        ("routed", 1, "no `routed` follows from the reopened"),
        ("timed", 2, "no `timed` follows from the reopened"),
        ("timed", 1, "its targets were moved"),
    ] {
        convicted(&audit(without(kind, nth)), 1, said);
    }
    // Without its queue nobody could wait for the customer, so more is wrong than that.
    let report = audit(without("routed", 0));
    let said = &report.examples.missing[0].what;
    assert_eq!(said, "no `routed` follows from the classified");
}

#[test]
fn an_opening_and_nothing_else() {
    let mut log = Log::new();
    log.open(0.0, v1::Severity::P2);
    let report = log.audit(&Outside::default());
    assert_eq!(report.missing, 3, "{report:#?}");
    convicted(&report, 1, "it was never classified");
}

#[test]
fn a_request_without_outcome() {
    convicted(&audit(without("notified", 0)), 1, "has no outcome");
}

#[test]
fn a_number_of_two_tickets() {
    let mut log = story();
    let (ticket, opened) = log.open(90_000.0, v1::Severity::P3);
    let targets = Vec::new();
    log.triage(ticket, 90_001.0, (opened, 90_000.0), targets);
    let place = log.places("classified")[1];
    if let Some(Body::Classified(body)) = &mut log.at(place).body {
        body.features.as_mut().unwrap().severity = v1::Severity::P3.into();
    }
    let sound = log.audit(&Outside::default());
    assert_eq!(sound.first_violation(), None);
    let place = log.places("opened")[1];
    if let Some(Body::Opened(body)) = &mut log.at(place).body {
        body.number = "T-1".to_owned();
    }
    let report = log.audit(&Outside::default());
    convicted(&report, 1, "has its number, T-1, too");
}

#[test]
fn doubled_effects() {
    for kind in [
        "classified",
        "routed",
        "timed",
        "target_warned",
        "target_breached",
        "notification_requested",
        "notified",
    ] {
        let report = audit(stranger(kind));
        assert_eq!(
            (report.doubled, report.misnamed),
            (1, 1),
            "{kind}: {report:#?}"
        );
        convicted(&report, 2, "twice, under different identities");
    }
    let report = stranger("opened").audit(&Outside::default());
    assert_eq!((report.doubled, report.misnamed), (1, 0));
    convicted(&report, 2, "opened twice");
}

#[test]
fn a_doubled_outcome_that_says_so() {
    let mut log = stranger("notified");
    let place = *log.places("notified").last().unwrap();
    if let Some(Body::Notified(body)) = &mut log.at(place).body {
        body.possible_duplicate = true;
    }
    let report = audit(log);
    assert_eq!((report.doubled, report.void, report.misnamed), (0, 1, 1));
}

#[test]
fn an_identity_of_its_own() {
    let mut log = story();
    let place = log.places("routed")[0];
    log.at(place).fact_id = "00000000-0000-7000-8000-00000000bad0".to_owned();
    log.entries[place].message_id = None;
    let report = audit(log);
    assert_eq!(report.misnamed, 1);
    convicted(&report, 2, "routed has an identity of its own");
}

#[test]
fn a_message_id_of_its_own() {
    let mut log = story();
    let place = log.places("timed")[0];
    log.entries[place].message_id = Some("timed".to_owned());
    convicted(&audit(log), 2, "message id that is not its identity");
}

#[test]
fn an_effect_without_a_cause() {
    let mut log = story();
    let ticket = Ticket(log.first("opened").ticket_id.parse().unwrap());
    let body = Body::NotificationRequested(v1::NotificationRequested {
        receiver: "lead".to_owned(),
        ..v1::NotificationRequested::default()
    });
    let id = Uuid::from_u128(99);
    log.fact(
        ticket,
        id,
        None,
        60_000.0,
        60_000.0,
        ActorKind::Service,
        body,
    );
    log.notified(ticket, 60_001.0, (id, 60_000.0));
    let report = audit(log);
    assert_eq!(report.misnamed, 1, "{report:#?}");
}

#[test]
fn another_partition() {
    let mut log = story();
    for entry in &mut log.entries {
        if let What::Fact(_) = entry.what {
            let kind = entry.subject.rsplit('.').next().unwrap().to_owned();
            let mut partition = entry
                .subject
                .split('.')
                .nth(2)
                .unwrap()
                .parse::<u16>()
                .unwrap();
            partition = (partition + 1) % 4;
            entry.subject = format!("ph.r1.{partition:02}.{kind}");
        }
    }
    convicted(&audit(log), 3, "but belongs in");
}

#[test]
fn two_partitions() {
    let mut log = story();
    let place = log.places("closed")[0];
    let home = partition(log.at(place).ticket_id.parse().unwrap());
    log.entries[place].subject = format!("ph.r1.{:02}.closed", (home + 1) % 4);
    let report = log.audit(&Outside::default());
    convicted(&report, 3, "its facts stand in partitions");
}

#[test]
fn orphans() {
    let mut log = story();
    let place = log.places("opened")[0];
    log.entries.remove(place);
    let report = story().audit(&Outside::default());
    assert_eq!(report.orphans, 0);
    let report = log.audit(&Outside::default());
    assert_eq!((report.orphans, report.tickets), (16, 0));
    convicted(&report, 3, "stands before any opening");
}

#[test]
fn an_effect_before_its_cause() {
    let mut log = story();
    let request = log.places("notification_requested")[0];
    let notified = log.places("notified")[0];
    log.entries.swap(request, notified);
    convicted(&audit(log), 3, "does not stand before it");
}

#[test]
fn an_effect_earlier_than_its_cause() {
    let mut log = story();
    log.first("routed").occurred_at = instant(ms(0.9));
    convicted(
        &audit(log),
        3,
        "routed happened 100 ms before its cause was stored",
    );
}

#[test]
fn another_state_than_the_log_has() {
    for kind in [
        "routed",
        "timed",
        "notification_requested",
        "target_breached",
    ] {
        let mut log = story();
        let features = match log.first(kind).body.as_mut().unwrap() {
            Body::Routed(it) => &mut it.features,
            Body::Timed(it) => &mut it.features,
            Body::NotificationRequested(it) => &mut it.features,
            Body::TargetBreached(it) => &mut it.features,
            other => panic!("{other:?}"),
        };
        features.as_mut().unwrap().state = State::Assigned.into();
        let report = audit(log);
        assert_eq!(report.out_of_order, 1, "{kind}: {report:#?}");
        convicted(&report, 3, "of a ticket");
    }
}

#[test]
fn a_stream_that_goes_backwards() {
    let mut auditor = Auditor::new();
    for sequence in [1, 3, 2] {
        auditor.read(&Message {
            stream: STREAM,
            sequence,
            stored_at_ms: ms(0.0),
            subject: "ph.r1.00.tick.router",
            message_id: None,
            payload: &[],
        });
    }
    let report = auditor.finish(&Outside::default());
    convicted(&report, 3, "PH_r1_0/2 was delivered after PH_r1_0/3");
}

#[test]
fn a_repeat_that_says_something_else() {
    let mut log = story();
    let place = log.places("routed")[0];
    let mut repeat = log.entries[place].clone();
    if let What::Fact(fact) = &mut repeat.what
        && let Some(Body::Routed(body)) = &mut fact.body
    {
        body.rule = "another".to_owned();
    }
    log.entries.push(repeat);
    let report = audit(log);
    assert_eq!((report.void, report.differing), (1, 1));
    convicted(&report, 7, "says something else");
}

#[test]
fn views_that_differ() {
    let row = |table: &str, key: u8, value: u8| ((table.to_owned(), vec![key]), vec![value]);
    let live = [row("t", 1, 1), row("t", 2, 2), row("u", 1, 1)].into();
    let mut auditor = Auditor::new();
    auditor.view("router/0", &live, &live);
    let same = auditor.finish(&Outside::default());
    assert!(!same.is_broken());
    assert_eq!(same.invariants[6].checked, 3);
    let mut auditor = Auditor::new();
    let rebuilt = [row("t", 1, 1), row("t", 2, 3), row("u", 2, 1)].into();
    auditor.view("router/0", &live, &rebuilt);
    let report = auditor.finish(&Outside::default());
    assert_eq!(report.differing, 3);
    convicted(
        &report,
        7,
        "view router/0: row 02 of `t` differs from the rebuilt one",
    );
    convicted(
        &report,
        7,
        "row 01 of `u` is not there when the view is rebuilt",
    );
    convicted(
        &report,
        7,
        "row 02 of `u` is there only when the view is rebuilt",
    );
}

fn letter(role: &str, code: &str, sequence: u64, subject: &str, payload: &[u8]) -> Vec<u8> {
    v1::DeadLetter {
        role: role.to_owned(),
        code: code.to_owned(),
        reason: "it makes no sense".to_owned(),
        stream: STREAM.to_owned(),
        sequence,
        subject: subject.to_owned(),
        payload: payload.to_vec().into(),
        ..v1::DeadLetter::default()
    }
    .encode_to_vec()
}

#[test]
fn bad_input_is_set_aside() {
    let poison = |with_letter: bool| {
        let mut log = story();
        log.raw(70_000.0, STREAM, "ph.r1.00.replied".to_owned(), vec![0xff]);
        let sequence = log.entries.len() as u64;
        if with_letter {
            let letter = letter("router", "WIRE0002", sequence, "ph.r1.00.replied", &[0xff]);
            log.raw(70_000.1, STREAM, "ph.r1.00.dlq.router".to_owned(), letter);
        }
        audit(log)
    };
    let report = poison(true);
    assert_eq!(report.first_violation(), None);
    assert_eq!((report.unreadable, report.dead_letters), (1, 1));
    let report = poison(false);
    assert_eq!((report.unreadable, report.bad_letters), (1, 1));
    convicted(&report, 6, "cannot be read and was not set aside");
}

#[test]
fn what_roles_cannot_read_is_no_fact() {
    let mut log = story();
    // Closed, says a fact that lacks what only the roles insist on; they set it aside.
    let ticket = Ticket(log.first("opened").ticket_id.parse().unwrap());
    log.said(ticket, 300.0, ActorKind::Customer, closed());
    let place = *log.places("closed").last().unwrap();
    let bytes = log.at(place).encode_to_vec();
    let mut entry = log.entries.remove(place);
    let at = log.places("replied")[0];
    entry.stored_at = ms(300.0);
    log.entries.insert(at, entry);
    let subject = log.entries[at].subject.clone();
    let partition = subject.split('.').nth(2).unwrap().to_owned();
    let letter = letter("router", "WIRE0003", at as u64 + 1, &subject, &bytes);
    log.raw(
        60_000.0,
        STREAM,
        format!("ph.r1.{partition}.dlq.router"),
        letter,
    );
    let report = audit(log.clone());
    assert_eq!(report.first_violation(), None, "{report:#?}");
    assert_eq!((report.facts, report.unreadable), (17, 1));
    log.entries.pop();
    assert!(audit(log).is_broken(), "without the letter it is a closing");
}

#[test]
fn dead_letters_are_whole() {
    for (code, payload, said) in [
        ("", &[0xff][..], "has no code"),
        ("WIRE0002", &[][..], "was not set aside"),
    ] {
        let mut log = story();
        log.raw(70_000.0, STREAM, "ph.r1.00.replied".to_owned(), vec![0xff]);
        let sequence = log.entries.len() as u64 + u64::from(payload.is_empty());
        let letter = letter("router", code, sequence, "ph.r1.00.replied", payload);
        log.raw(70_000.1, STREAM, "ph.r1.00.dlq.router".to_owned(), letter);
        convicted(&audit(log), 6, said);
    }
    let mut log = story();
    let place = log.places("closed")[0];
    let subject = log.entries[place].subject.clone();
    let partition = subject.split('.').nth(2).unwrap().to_owned();
    let letter = letter(
        "notifier",
        "RUN0003",
        place as u64 + 1,
        &subject,
        b"cut off",
    );
    log.raw(
        70_000.0,
        STREAM,
        format!("ph.r1.{partition}.dlq.notifier"),
        letter,
    );
    convicted(
        &audit(log),
        6,
        "notifier's dead letter lacks the original bytes",
    );
}

#[test]
fn what_a_role_set_aside_excuses_its_effects() {
    let mut log = without("routed", 1);
    let place = log.places("reopened")[0];
    let bytes = log.at(place).encode_to_vec();
    let subject = log.entries[place].subject.clone();
    let partition = subject.split('.').nth(2).unwrap().to_owned();
    let letter = letter("router", "RUN0003", place as u64 + 1, &subject, &bytes);
    log.raw(
        70_000.0,
        STREAM,
        format!("ph.r1.{partition}.dlq.router"),
        letter,
    );
    assert_eq!(audit(log).first_violation(), None);
}

#[test]
fn two_owners_that_claim_the_same_attempt() {
    let claim = |attempt: u32, owner: &str| {
        let claim = v1::Claim {
            errand: Uuid::nil().to_string(),
            attempt,
            owner: owner.to_owned(),
        };
        claim.encode_to_vec()
    };
    let claims = |claims: &[(u32, &str)]| {
        let mut log = story();
        for (attempt, owner) in claims {
            let subject = "ph.r1.courier.00.claim".to_owned();
            log.raw(2.0, "PH_r1_courier", subject, claim(*attempt, owner));
        }
        audit(log)
    };
    let report = claims(&[(1, "a"), (2, "b")]);
    assert_eq!(report.first_violation(), None);
    assert_eq!(report.invariants[4].checked, 2);
    convicted(
        &claims(&[(1, "a"), (1, "b")]),
        5,
        "attempt 1 of 00000000-0000-0000-0000-000000000000 was claimed by a and b",
    );
}
