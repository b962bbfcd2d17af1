//! The shipped samples, labelled by the shipped classifier: their storm is found among the
//! tickets of a day, and a whole day's tickets within a second are none.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeSet;

use posthouse_classifier::similar::Sketch;
use posthouse_classifier::storm::{Conclusion, Detector, Heard, Key, Places, Scene, What};
use posthouse_domain::ids::Uuid;
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_policy::Policy;

const TICKETS: &str = include_str!("../../../deploy/samples/tickets.jsonl");
const STORM: &str = include_str!("../../../deploy/samples/storm.jsonl");
const MINUTE: i64 = 60_000;

/// The samples, labelled; `first` is the number of the first one.
fn samples(lines: &str, first: u64, at_ms: impl Fn(i64) -> i64) -> Vec<Heard> {
    let engine = common::whole();
    let places = Places::new(&Policy::shipped("default").unwrap().storms.places);
    let heard = |(place, line): (i64, &str)| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
        let mut opened = common::opened(&text("subject"), &text("body"));
        opened.product = text("product");
        let labels = common::classify(&engine, &opened).features;
        let number = first + u64::try_from(place).unwrap();
        let keys = [
            Some(Key::Category(labels.category)),
            Key::product(&opened.product),
            places.named(&opened).map(Key::Place),
        ];
        let customer = text("customer");
        Heard {
            ticket: TicketId(Uuid::from_u128(number.into())),
            number: number.to_string(),
            cause: FactId(Uuid::from_u128(u128::from(number) << 64)),
            at: Timestamp::from_millis(1_700_000_000_000 + at_ms(place)),
            customer: TicketId::derive(&[&customer]).0.as_u64_pair().1,
            keys: keys.into_iter().flatten().collect(),
            kind: labels.kind,
            sketch: Sketch::of(&[&opened.subject, &opened.body]),
        }
    };
    (0..).zip(lines.lines()).map(heard).collect()
}

fn play(mut tickets: Vec<Heard>) -> Vec<(Timestamp, Conclusion)> {
    let parameters = Policy::shipped("default").unwrap().storms;
    let (mut detector, mut said) = (Detector::default(), Vec::new());
    tickets.sort_by_key(|heard| heard.at);
    for heard in tickets {
        let log_time = heard.at;
        while detector.next_wake().is_some_and(|wake| wake < log_time) {
            detector.ring(log_time, 256);
        }
        let scene = Scene {
            log_time,
            region: "cn-east",
            prefix: "CE",
            parameters: &parameters,
        };
        said.extend(
            detector
                .hear(heard, scene)
                .into_iter()
                .map(|it| (log_time, it)),
        );
    }
    said
}

#[test]
fn the_sample_storm_is_found_among_the_tickets_of_a_day() {
    let storm_at = 18 * 60 * MINUTE;
    let mut tickets = samples(TICKETS, 0, |place| place * 24 * 60 * MINUTE / 371);
    let storm = samples(STORM, 1_000, |place| storm_at + place * 15_000);
    let of_storm: BTreeSet<TicketId> = storm.iter().map(|heard| heard.ticket).collect();
    let began = storm[0].at;
    tickets.extend(storm);
    let said = play(tickets);
    let opened: Vec<_> = said
        .iter()
        .filter(|(_, it)| matches!(it.what, What::Opened(_)))
        .collect();
    assert_eq!(opened.len(), 1, "{opened:#?}");
    assert!(opened[0].0.millis_since(began) <= 4 * MINUTE, "{opened:#?}");
    let folded: BTreeSet<TicketId> = said
        .iter()
        .filter(|(_, it)| matches!(it.what, What::Folded(_)))
        .map(|(_, it)| it.ticket)
        .collect();
    let both = folded.intersection(&of_storm).count();
    assert!(both >= 28, "{both} of 40 are folded");
    assert!(
        both * 10 >= folded.len() * 9,
        "{both} of {} belong",
        folded.len()
    );
}

#[test]
fn a_demonstration_is_no_storm() {
    for span in [1_000, 60_000, 3_600_000] {
        let said = play(samples(TICKETS, 0, |place| place * span / 371));
        assert!(said.is_empty(), "{} ms: {:#?}", span, said[0]);
    }
}
