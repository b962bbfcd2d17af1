//! Ladders: steps, delays, hours, repeats; what users of other systems complained of; properties.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod complaints;
mod holes;
mod properties;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use posthouse_domain::condition::{Functions, Scope};
use posthouse_domain::ids::Uuid;
use posthouse_domain::sla::ladder::{
    Climbs, Closed, Destination, Ladder, Ladders, On, Rung, Step, Until,
};
use posthouse_domain::sla::{Calendar, Interval, Target, Week};
use posthouse_domain::ticket::{Attributes, Body, Features, State, TargetBreached, TargetWarned};
use posthouse_domain::{FactId, Timestamp};

const MINUTE_MS: i64 = 60_000;

/// 2026-11-23 is a Monday.
const NOON: &str = "2026-11-23T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn minutes_after(start: &str, minutes: i64) -> Timestamp {
    at(start).plus_millis(minutes * MINUTE_MS)
}

fn features() -> Features {
    Features {
        number: "CN-2026-000001".into(),
        excerpt: "packet loss".into(),
        customer: "c-example".into(),
        tier: "standard".into(),
        region: "cn-north".into(),
        channel: "portal".into(),
        product: String::new(),
        language: "zh".into(),
        severity: None,
        category: "network".into(),
        kind: "incident".into(),
        sentiment: None,
        tags: Vec::new(),
        attributes: Attributes::new(),
        opened_at: at(NOON),
        reopens: 0,
        queue: String::new(),
        state: State::Queued,
        signals: Vec::new(),
        abstained: false,
        incident: String::new(),
    }
}

fn breach(target: Target) -> Body {
    Body::TargetBreached(TargetBreached {
        target,
        cycle: 0,
        due_at: at(NOON),
        features: features(),
        minutes: None,
    })
}

fn warning(percent: u8) -> Body {
    Body::TargetWarned(TargetWarned {
        target: Target::FirstResponse,
        cycle: 0,
        percent,
        before_ms: 0,
        due_at: at(NOON),
        features: features(),
    })
}

fn cause() -> FactId {
    FactId(Uuid::from_u128(7))
}

fn level(level: &str, after_minutes: i64) -> Step {
    Step {
        to: Destination::Level(level.into()),
        after_ms: after_minutes * MINUTE_MS,
        hours: None,
        closed: Closed::Skip,
    }
}

fn receiver(receiver: &str, after_minutes: i64) -> Step {
    Step {
        to: Destination::Receiver(receiver.into()),
        ..level("", after_minutes)
    }
}

fn during(hours: &str, step: Step) -> Step {
    Step {
        hours: Some(hours.into()),
        ..step
    }
}

fn waiting(step: Step) -> Step {
    Step {
        closed: Closed::Wait,
        ..step
    }
}

fn ladder(name: &str, steps: Vec<Step>) -> Ladder {
    Ladder {
        name: name.into(),
        on: vec![On::Breached],
        steps,
        repeats: 0,
        repeat_after_ms: 0,
        until: Until::Answer,
    }
}

fn ladders(ladders: Vec<Ladder>) -> Ladders {
    let always: fn(&Scope<'_>) -> bool = |_| true;
    Ladders {
        conditions: Arc::new(Functions(vec![always; ladders.len()])),
        level_hours: BTreeMap::new(),
        ladders,
    }
}

fn daily(name: &str, open_hour: u16, close_hour: u16) -> Calendar {
    let hours = Interval::new(open_hour * 60, close_hour * 60).unwrap();
    Calendar::new(
        name,
        "UTC",
        &Week::every_day(&[hours]),
        &BTreeSet::new(),
        &[],
    )
    .unwrap()
}

/// `day` is 08:00 to 20:00, `night` the rest, both in UTC.
fn calendars() -> BTreeMap<String, Calendar> {
    let all = [daily("day", 8, 20), daily("night", 20, 8)];
    all.into_iter()
        .map(|calendar| (calendar.name().to_owned(), calendar))
        .collect()
}

/// A breach of the first response at `start`, escalated by `ladders`.
fn breached_at(start: &str, ladders: &Ladders) -> Climbs {
    let mut climbs = Climbs::default();
    let body = breach(Target::FirstResponse);
    climbs.begin(&body, cause(), at(start), &features(), ladders);
    climbs
}

/// Everything that is due before `now`.
fn rung_by(climbs: &mut Climbs, now: Timestamp, ladders: &Ladders) -> Vec<Rung> {
    let (features, calendars) = (features(), calendars());
    std::iter::from_fn(|| climbs.ring(now, &features, ladders, &calendars)).collect()
}

/// What rings when each millisecond is seen: instant and destination, as people write them.
fn story(climbs: &mut Climbs, ladders: &Ladders) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(next) = climbs.next_ring() {
        let rungs = rung_by(climbs, next.plus_millis(1), ladders);
        told.extend(
            rungs
                .iter()
                .map(|rung| format!("{} {}", short(rung.at), rung.to.key())),
        );
    }
    told
}

/// `23 12:00`.
fn short(at: Timestamp) -> String {
    let text = at.to_string();
    assert!(text.ends_with(":00.000Z"), "{text} is not on a minute");
    format!("{} {}", &text[8..10], &text[11..16])
}
