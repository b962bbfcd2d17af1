//! Several policies that match: the strictest wins for each target, and says so.

use std::sync::Arc;

use posthouse_domain::condition::Functions;
use posthouse_domain::sla::{Calendar, Choose, Slas, Target};
use posthouse_domain::ticket::{Outcome, Severity};
use posthouse_testkit::builders::START;

use crate::life::{Act, Life, MINUTE_MS, sla, timed};

/// One for the customer, who is answered sooner, one for the channel, on which things are solved
/// sooner, one for everybody, and one that does not match.
fn several() -> Slas {
    let promises = |response, resolution| {
        [
            (Target::FirstResponse, Severity::P2, response),
            (Target::Resolution, Severity::P2, resolution),
        ]
    };
    let policy =
        |name, response, resolution| sla(name, "always", &[], &promises(response, resolution));
    Slas {
        slas: vec![
            policy("elsewhere", 1, 1),
            policy("customer", 15, 600),
            policy("channel", 30, 240),
            policy("everybody", 60, 480),
        ],
        choose: Choose::Strictest,
        conditions: Arc::new(Functions(vec![
            |scope| scope.features.customer == "somebody else",
            |scope| scope.features.customer == "c-1",
            |scope| scope.features.channel == "portal",
            |_| true,
        ])),
        calendars: [("always".to_owned(), Calendar::always("always"))].into(),
        severity_default: Severity::P2,
    }
}

#[test]
fn each_target_has_the_earliest_deadline_and_the_looser_are_told() {
    let mut life = Life::new(vec![several()], START);
    let concluded = life.after(MINUTE_MS, &Act::Classify(Severity::P2));
    let told = timed(&concluded).unwrap();
    assert_eq!(told.sla, "customer, channel");
    let targets: Vec<_> = told
        .targets
        .iter()
        .map(|due| (due.target, due.sla.as_str(), due.due_at.millis_since(START)))
        .collect();
    assert_eq!(
        targets,
        [
            (Target::FirstResponse, "customer", 15 * MINUTE_MS),
            (Target::Resolution, "channel", 240 * MINUTE_MS),
        ]
    );
    let outcomes: Vec<_> = told
        .considered
        .iter()
        .map(|it| (it.rule.as_str(), it.outcome.clone()))
        .collect();
    let looser = "looser: first_response due 2026-11-23T10:00:00.000Z, \
                  resolution due 2026-11-23T17:00:00.000Z";
    assert_eq!(
        outcomes,
        [
            ("elsewhere", Outcome::NoMatch),
            ("customer", Outcome::Chosen),
            ("channel", Outcome::Chosen),
            ("everybody", Outcome::Rejected(looser.to_owned())),
        ]
    );
}

#[test]
fn without_the_key_the_first_that_matches_promises_everything() {
    let slas = Slas {
        choose: Choose::First,
        ..several()
    };
    let mut life = Life::new(vec![slas], START);
    let concluded = life.after(MINUTE_MS, &Act::Classify(Severity::P2));
    let told = timed(&concluded).unwrap();
    assert_eq!(told.sla, "customer");
    assert!(told.targets.iter().all(|due| due.sla == "customer"));
    assert_eq!(told.considered.len(), 2, "nothing after it is looked at");
}
