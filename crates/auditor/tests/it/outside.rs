//! The outside world against the log.

use posthouse_auditor::{Accepted, Outside, Report};
use posthouse_wire::v1::ticket_fact::Body;

use crate::clean::{outside, story};
use crate::convicts::convicted;
use crate::log::Log;

/// Judges the clean log against an outside that knows something else.
fn audit(change: impl FnOnce(&mut Log, &mut Outside)) -> Report {
    let mut log = story();
    let mut outside = outside(&mut log);
    change(&mut log, &mut outside);
    log.audit(&outside)
}

#[test]
fn an_accepted_ticket_that_is_not_in_the_log() {
    let report = audit(|_, outside| {
        outside.accepted.push(Accepted {
            key: "k-9".to_owned(),
            ticket_id: "00000000-0000-7000-8000-000000000009".to_owned(),
            number: "T-9".to_owned(),
            kind: "opened".to_owned(),
            at_ms: 0,
        });
    });
    assert_eq!(report.lost, 1);
    convicted(&report, 1, "`k-9` was accepted as opened of T-9");
}

#[test]
fn an_accepted_command_that_is_not_in_the_log() {
    let report = audit(|_, outside| {
        let mut third = outside.accepted[2].clone();
        third.key = "k-9".to_owned();
        outside.accepted.push(third);
    });
    assert_eq!(report.lost, 1);
    convicted(
        &report,
        1,
        "`k-9` was accepted as replied of T-1; accepted 3, in the log 2",
    );
}

#[test]
fn another_number_than_was_told() {
    let report = audit(|_, outside| outside.accepted[0].number = "T-7".to_owned());
    convicted(&report, 1, "`k-1` was told number T-7, the log has T-1");
}

#[test]
fn a_key_that_opened_two_tickets() {
    let report = audit(|_, outside| {
        let mut again = outside.accepted[0].clone();
        again.ticket_id = "00000000-0000-7000-8000-000000000009".to_owned();
        outside.accepted.push(again);
    });
    assert_eq!((report.doubled, report.lost), (1, 1));
}

#[test]
fn more_facts_than_commands() {
    convicted(
        &audit(|_, outside| outside.sent = 6),
        2,
        "6 commands were sent and became 7 facts",
    );
    assert_eq!(audit(|_, outside| outside.sent = 0).first_violation(), None);
}

#[test]
fn told_twice() {
    let twice = |marked: bool| {
        move |_: &mut Log, outside: &mut Outside| {
            let mut again = outside.received[0].clone();
            again.marked_duplicate = marked;
            outside.received.push(again);
        }
    };
    let report = audit(twice(false));
    assert_eq!(report.doubled, 1);
    convicted(&report, 2, "ops received it 2 times, unmarked");
    assert_eq!(audit(twice(true)).first_violation(), None);
    let report = audit(|log, outside| {
        twice(false)(log, outside);
        if let Some(Body::Notified(body)) = &mut log.first("notified").body {
            body.possible_duplicate = true;
        }
    });
    assert_eq!(report.first_violation(), None);
}

#[test]
fn told_what_nothing_asks_for() {
    let report = audit(|_, outside| {
        let mut other = outside.received[0].clone();
        other.id = "msg-9".to_owned();
        outside.received.push(other);
    });
    convicted(
        &report,
        2,
        "ops received `msg-9`, for which nothing in the log asks",
    );
}

#[test]
fn notified_and_never_received() {
    let report = audit(|_, outside| outside.received.clear());
    convicted(
        &report,
        1,
        "the log says that somebody was notified, who was not",
    );
    let deaf = audit(|_, outside| {
        outside.received.clear();
        outside.listens = false;
    });
    assert_eq!(deaf.first_violation(), None);
    let console = audit(|log, outside| {
        outside.received.clear();
        if let Some(Body::Notified(body)) = &mut log.first("notified").body {
            body.receipt = "console".to_owned();
        }
    });
    assert_eq!(console.first_violation(), None);
}
