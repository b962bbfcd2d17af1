//! Where a ticket's minutes went, as its breach says.

use posthouse_auditor::Report;
use posthouse_wire::v1::ticket_fact::Body;
use posthouse_wire::v1::{Minutes, State};

use crate::clean::{audit, outside, story};
use crate::convicts::convicted;
use crate::log::{Log, Ticket};

/// Of the story until its breach, which is due after ten hours: routed within 1.1 seconds,
/// answered with a question after ten minutes, which was answered two hours later.
const USUAL: Minutes = Minutes {
    decide_ms: 1_100,
    queue_ms: 598_900,
    person_ms: 28_200_000,
    pause_ms: 7_200_000,
    notifier_ms: 0,
};

fn say(log: &mut Log, minutes: Minutes) {
    let Some(Body::TargetBreached(breached)) = &mut log.first("target_breached").body else {
        panic!("it is a breach")
    };
    breached.minutes = Some(minutes);
}

fn said(minutes: Minutes) -> Report {
    let mut log = story();
    say(&mut log, minutes);
    audit(log)
}

#[test]
fn what_adds_up_passes() {
    let report = said(USUAL);
    assert_eq!(report.first_violation(), None);
    assert_eq!(report.invariants[6].checked, 1);
}

#[test]
fn what_does_not_is_found() {
    let late = Minutes {
        queue_ms: USUAL.queue_ms + 1,
        ..USUAL
    };
    convicted(&said(late), 7, "it was decide 1100, queue 598900, person");
    // The same sum, another part.
    let blames_the_customer = Minutes {
        person_ms: 0,
        pause_ms: USUAL.pause_ms + USUAL.person_ms,
        ..USUAL
    };
    convicted(&said(blames_the_customer), 7, "of the ticket's time");
}

/// Somebody is told of the queue a minute and a half after it was asked for.
#[test]
fn who_was_told_late_is_the_notifiers() {
    let told = |notifier_ms| {
        let mut log = story();
        let routed = log.first("routed");
        let ids = (routed.ticket_id.parse(), routed.fact_id.parse());
        let (ticket, routed) = (Ticket(ids.0.unwrap()), ids.1.unwrap());
        let request = log.request(ticket, 2.0, (routed, 1.1), State::Queued);
        log.notified(ticket, 92.0, (request, 2.0));
        let minutes = Minutes {
            queue_ms: USUAL.queue_ms - notifier_ms,
            notifier_ms,
            ..USUAL
        };
        say(&mut log, minutes);
        let mut log = log.in_order();
        let mut outside = outside(&mut log);
        outside.listens = false;
        log.audit(&outside)
    };
    assert_eq!(told(90_000).first_violation(), None);
    convicted(&told(0), 7, "notifier 90000 ms");
}
