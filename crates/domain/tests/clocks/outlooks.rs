//! Forecasts: what a partition learns from promises that ended, and tells of those that run.

use std::collections::BTreeMap;

use posthouse_domain::sla::forecast::{Forecasts, Rates, Standing};
use posthouse_domain::sla::watch::{Experience, Terms, Watched};
use posthouse_domain::sla::{Calendar, Slas, Target};
use posthouse_domain::ticket::{Actor, ActorKind, Body, Fact, Severity, TargetAtRisk};
use posthouse_domain::{Timestamp, sla::compensation::Compensations, sla::ladder::Ladders};
use posthouse_testkit::builders::{self, START};

use crate::life::{MINUTE_MS, bundle, sla};

const PROMISED_MIN: i64 = 60;

/// What was learnt, in memory.
#[derive(Default)]
struct Learnt {
    rates: BTreeMap<(Target, Severity), Rates>,
    standing: BTreeMap<String, Standing>,
}

impl Experience for Learnt {
    fn rates(&mut self, target: Target, severity: Severity) -> Rates {
        self.rates
            .get(&(target, severity))
            .cloned()
            .unwrap_or_default()
    }

    fn keep_rates(&mut self, target: Target, severity: Severity, rates: Rates) {
        self.rates.insert((target, severity), rates);
    }

    fn standing(&mut self, queue: &str) -> Standing {
        self.standing.get(queue).copied().unwrap_or_default()
    }

    fn keep_standing(&mut self, queue: &str, standing: Standing) {
        self.standing.insert(queue.to_owned(), standing);
    }
}

/// A desk that is asked at half of the time, and tells from seven in ten on.
struct Desk {
    slas: Slas,
    ladders: Ladders,
    compensations: Compensations,
    learnt: Learnt,
    tickets: u32,
}

impl Desk {
    fn new(forecasts: Forecasts) -> Self {
        let promises = [(Target::FirstResponse, Severity::P2, PROMISED_MIN)];
        let mut sla = sla("usual", "always", &[], &promises);
        sla.forecasts = forecasts;
        Self {
            slas: bundle(sla, [Calendar::always("always")]),
            ladders: Ladders::none(),
            compensations: Compensations::default(),
            learnt: Learnt::default(),
            tickets: 0,
        }
    }

    /// A ticket is opened, routed and answered after so many minutes. What was told of it?
    fn serve(&mut self, answered_after_min: i64) -> Vec<TargetAtRisk> {
        let terms = Terms {
            slas: &self.slas,
            ladders: &self.ladders,
            compensations: &self.compensations,
        };
        self.tickets += 1;
        let start = START.plus_millis(i64::from(self.tickets) * 600 * MINUTE_MS);
        let id = builders::ticket(self.tickets);
        let opened = builders::opened("It is slow");
        let labels = builders::classified(builders::features(&opened));
        let place = builders::routed(labels.features.clone());
        let answered = Fact {
            actor: Actor {
                kind: ActorKind::Agent,
                name: "a-1".to_owned(),
            },
            ..builders::fact(id, 3, Body::Replied(builders::replied("Here you are")))
        };
        let first = builders::fact(id, 0, Body::Opened(opened));
        let mut watched = Watched::open(&first, start, terms).unwrap();
        let rest: [(Timestamp, Fact); 3] = [
            (start, builders::fact(id, 1, Body::Classified(labels))),
            (start, builders::fact(id, 2, Body::Routed(place))),
            (start.plus_millis(answered_after_min * MINUTE_MS), answered),
        ];
        let mut told = Vec::new();
        for (at, fact) in rest {
            let mut concluded = watched.ring(at, terms, &mut self.learnt);
            concluded.extend(watched.apply(&fact, at, terms, &mut self.learnt));
            told.extend(concluded.into_iter().filter_map(|it| match it.body {
                Body::TargetAtRisk(at_risk) => Some(at_risk),
                _ => None,
            }));
        }
        told
    }
}

fn asked() -> Forecasts {
    Forecasts {
        at_percents: vec![50],
        at_risk_permille: vec![700],
    }
}

#[test]
fn a_desk_that_misses_what_is_half_used_is_told_so() {
    let mut desk = Desk::new(asked());
    assert_eq!(desk.serve(10), [], "it was answered before anybody asked");
    assert_eq!(desk.serve(40), [], "nothing was learnt yet");
    for _ in 0..40 {
        desk.serve(90);
    }
    let told = desk.serve(90);
    assert_eq!(told.len(), 1, "once for the threshold");
    assert_eq!(told[0].threshold_permille, 700);
    assert!(told[0].probability_permille > 800, "{told:?}");
    let whats: Vec<&str> = told[0].reasons.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(whats, ["time left", "queue", "times alone", "stood alike"]);
    let score = desk.learnt.rates[&(Target::FirstResponse, Severity::P2)].score();
    assert_eq!(score.forecasts, 42, "each that was asked about has ended");
}

#[test]
fn nothing_is_learnt_where_nobody_asks() {
    let mut desk = Desk::new(Forecasts::default());
    for _ in 0..5 {
        assert_eq!(desk.serve(90), []);
    }
    assert!(desk.learnt.rates.is_empty() && desk.learnt.standing.is_empty());
}
