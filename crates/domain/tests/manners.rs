//! When somebody is told, and when not: pace, limits, silences, rules that wait.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic, like the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use posthouse_domain::Timestamp;
use posthouse_domain::condition::Functions;
use posthouse_domain::notify::field::Field;
use posthouse_domain::notify::silence::mute;
use posthouse_domain::notify::{
    Afterwards, Folding, Grouping, Limit, Pace, Phase, Silence, Silenced, Silences, Waiting, Why,
    Window, Windows,
};
use posthouse_domain::sla::{Calendar, Interval, Week};
use posthouse_domain::ticket::{FactKind, NotificationRequested, Severity};
use posthouse_testkit::builders::{features, opened};
use proptest::prelude::*;

const MINUTE_MS: i64 = 60_000;

fn at(minute: i64) -> Timestamp {
    // A Monday, 00:00 UTC.
    Timestamp::from_millis(1_795_392_000_000 + minute * MINUTE_MS)
}

fn request() -> NotificationRequested {
    let mut features = features(&opened("It burns"));
    features.customer = "c-1".to_owned();
    features.severity = Some(Severity::P1);
    NotificationRequested {
        receiver: "ops".to_owned(),
        rule: "all".to_owned(),
        about: FactKind::TargetBreached,
        title: "title".to_owned(),
        text: "text".to_owned(),
        fields: Vec::new(),
        language: "en".to_owned(),
        features,
        urgent: false,
        round: 0,
        told_of: Vec::new(),
    }
}

fn waiting(since: Timestamp) -> Waiting {
    Waiting {
        since,
        told_at: None,
        urgent_at: None,
        held_until: None,
    }
}

fn by_day() -> Calendar {
    let shift = Interval::parse("08:00", "20:00").unwrap();
    let week = Week::every_day(&[shift]);
    Calendar::new("day", "UTC", &week, &BTreeSet::new(), &[]).unwrap()
}

fn grouped() -> Grouping {
    Grouping {
        by: vec![Field::Customer, Field::Severity],
        wait_ms: MINUTE_MS,
        interval_ms: 10 * MINUTE_MS,
    }
}

#[test]
fn what_waits_longest_decides() {
    let limit = Limit {
        messages: 1,
        within_ms: 60 * MINUTE_MS,
    };
    let pace = Pace {
        group: Some(grouped()),
        limit: Some(limit),
        hours: Some(by_day()),
    };
    let noon = 12 * 60;
    let due = |waiting: Waiting, told: &[Timestamp]| {
        let due = pace.due(&waiting, told);
        (due.at, due.why)
    };
    assert_eq!(due(waiting(at(noon)), &[]), (at(noon + 1), Why::Group));
    let again = Waiting {
        told_at: Some(at(noon - 2)),
        ..waiting(at(noon))
    };
    assert_eq!(due(again, &[]), (at(noon + 8), Why::Interval));
    let told = [at(noon - 30)];
    assert_eq!(due(again, &told), (at(noon + 30), Why::Limit));
    let held = Waiting {
        held_until: Some(at(noon + 45)),
        ..again
    };
    assert_eq!(due(held, &told), (at(noon + 45), Why::Held));
    // At night it waits for the morning; the limit may move it into the night again.
    assert_eq!(due(waiting(at(3 * 60)), &[]), (at(8 * 60), Why::Hours));
    let late = [at(19 * 60 + 30)];
    let tomorrow = (24 + 8) * 60;
    assert_eq!(
        due(waiting(at(19 * 60 + 40)), &late),
        (at(tomorrow), Why::Hours)
    );
}

#[test]
fn what_is_urgent_waits_for_the_limit_alone() {
    let pace = Pace {
        group: Some(grouped()),
        limit: Some(Limit::SMS),
        hours: Some(by_day()),
    };
    let urgent = Waiting {
        urgent_at: Some(at(120)),
        told_at: Some(at(119)),
        ..waiting(at(100))
    };
    let due = pace.due(&urgent, &[at(119)]);
    assert_eq!((due.at, due.why), (at(120), Why::Nothing));
    let told = [at(110), at(111), at(112), at(113), at(114)];
    let due = pace.due(&urgent, &told);
    assert_eq!((due.at, due.why), (at(125), Why::Limit));
}

#[test]
fn groups_agree_on_what_they_are_grouped_by() {
    let pace = Pace {
        group: Some(grouped()),
        ..Pace::default()
    };
    assert_eq!(pace.group_of(&request()), "customer=c-1 severity=P1");
    let mut unknown = request();
    unknown.features.severity = None;
    assert_eq!(pace.group_of(&unknown), "customer=c-1 severity=");
    assert_eq!(Pace::default().group_of(&unknown), "");
}

fn silenced(matchers: &[&str], afterwards: Afterwards) -> Silence {
    Silence {
        said: Silenced {
            silence: "s-1".to_owned(),
            starts_at: at(10),
            ends_at: at(20),
            matchers: matchers.iter().map(|text| text.parse().unwrap()).collect(),
            afterwards,
            comment: "we know".to_owned(),
        },
        author: "agent:li".to_owned(),
    }
}

fn known(silences: &[Silence]) -> Silences {
    let named = silences
        .iter()
        .map(|silence| (silence.said.silence.clone(), silence.clone()));
    Silences {
        silences: named.collect(),
        incidents: BTreeMap::new(),
    }
}

fn no_windows() -> Windows {
    Windows {
        windows: Vec::new(),
        conditions: Arc::new(Functions(Vec::new())),
    }
}

/// A silence can be tried at any instant, before it is set and before it begins.
#[test]
fn alertmanager_3889_a_silence_can_be_tried_at_any_instant() {
    let muted = |matchers: &[&str], minute: i64| {
        let known = known(&[silenced(matchers, Afterwards::Nothing)]);
        let folding = Folding::default();
        mute(&request(), at(minute), &known, &folding, &no_windows()).map(|mute| mute.why)
    };
    let why = muted(&["customer=c-1,c-2", "about!=resolved"], 10).unwrap();
    assert_eq!(
        why,
        format!("silence s-1 by agent:li until {}: we know", at(20))
    );
    assert_eq!(muted(&["customer=c-1"], 9), None);
    assert_eq!(muted(&["customer=c-1"], 20), None);
    assert_eq!(muted(&["customer=c-1", "severity=P0"], 15), None);
    assert_eq!(muted(&["customer!=c-1"], 15), None);
    assert_eq!(muted(&[], 15), None, "a silence of everything is none");
}

/// Whether a folded ticket is muted is read off its request: no other ticket is looked at, so it
/// costs the same for any number of them, and nothing can come too late.
#[test]
fn alertmanager_3932_muting_looks_at_the_request_alone() {
    let folding = Folding {
        mutes: vec![FactKind::TargetBreached],
        afterwards: Afterwards::Tell,
    };
    let mut request = request();
    let muted = |request: &NotificationRequested, known: &Silences| {
        mute(request, at(0), known, &folding, &no_windows()).map(|mute| (mute.key, mute.until))
    };
    assert_eq!(muted(&request, &Silences::default()), None);
    request.features.incident = "i-1".to_owned();
    let held = Some(("incident i-1".to_owned(), None));
    assert_eq!(muted(&request, &Silences::default()), held);
    let mut over = Silences::default();
    let phase = |round, is_over| Phase { round, is_over };
    assert!(over.hear("i-1", phase(0, true)));
    assert_eq!(muted(&request, &over), None);
    request.about = FactKind::Resolved;
    assert_eq!(muted(&request, &Silences::default()), None);
}

#[test]
fn a_window_mutes_whom_and_what_it_says() {
    let window = |receivers: &[&str]| Windows {
        windows: vec![Window {
            name: "upgrade".to_owned(),
            starts_at: at(10),
            ends_at: at(20),
            receivers: receivers.iter().map(ToString::to_string).collect(),
            afterwards: Afterwards::Nothing,
        }],
        conditions: Arc::new(Functions(vec![|scope| scope.features.customer == "c-1"])),
    };
    let muted = |windows: &Windows, minute| {
        let known = Silences::default();
        mute(&request(), at(minute), &known, &Folding::default(), windows).is_some()
    };
    assert!(muted(&window(&[]), 10));
    assert!(muted(&window(&["ops"]), 19));
    assert!(!muted(&window(&["desk"]), 19));
    assert!(!muted(&window(&[]), 20));
}

/// What lets nothing be told afterwards goes first, so that the outcome is known at once.
#[test]
fn of_two_mutes_the_one_that_drops_decides() {
    let mut holds = silenced(&["customer=c-1"], Afterwards::Tell);
    holds.said.silence = "s-0".to_owned();
    let drops = silenced(&["receiver=ops"], Afterwards::Nothing);
    let known = known(&[holds, drops]);
    let muted = mute(
        &request(),
        at(15),
        &known,
        &Folding::default(),
        &no_windows(),
    );
    assert_eq!(muted.unwrap().key, "silence s-1");
}

proptest! {
    /// Whatever the pace: nothing is told before it was asked for, nothing waits for ever, and no
    /// window of the limit holds more than the limit.
    #[test]
    fn limits_hold_for_every_sequence(
        arrivals in proptest::collection::vec(0_i64..3_000, 1..60),
        messages in 1_u16..6,
        within in 1_i64..120,
        by_hours in any::<bool>(),
        urgent in any::<bool>(),
    ) {
        let limit = Limit { messages, within_ms: within * MINUTE_MS };
        let pace = Pace {
            group: None,
            limit: Some(limit),
            hours: by_hours.then(by_day),
        };
        let mut arrivals = arrivals;
        arrivals.sort_unstable();
        let (mut told, mut sent) = (Vec::new(), Vec::new());
        for minute in arrivals {
            let waiting = Waiting {
                urgent_at: urgent.then(|| at(minute)),
                ..waiting(at(minute))
            };
            let due = pace.due(&waiting, &told);
            prop_assert!(due.at >= at(minute));
            limit.note(&mut told, due.at);
            sent.push(due.at);
            if by_hours && !urgent {
                prop_assert!(by_day().is_open(due.at));
            }
        }
        sent.sort_unstable();
        for (first, last) in sent.iter().zip(sent.iter().skip(usize::from(messages))) {
            prop_assert!(last.millis_since(*first) >= limit.within_ms);
        }
    }
}
