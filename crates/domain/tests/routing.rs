//! Properties of triage: for every set of centres, and for every log of a ticket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use posthouse_domain::condition::Functions;
use posthouse_domain::ids::Uuid;
use posthouse_domain::region::{NumberFormat, Region};
use posthouse_domain::route::{
    Asked, Centre, Closed, Entries, FollowTheSun, Overflow, Overflows, Robot, Rule, Rules,
    Standing, Step, Terms, Triage, UNASSIGNED, decide,
};
use posthouse_domain::sla::{Calendar, Choose, Interval, Slas, Week};
use posthouse_domain::ticket::{Body, Fact, FactKind, Features, Severity, Ticket, Verdict};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_testkit::{builders, strategies};
use proptest::prelude::*;

const TICKET: TicketId = TicketId(Uuid::from_u128(1));
const LANGUAGES: [&str; 3] = ["en", "zh", "de"];

/// What varies of a centre.
#[derive(Clone, Copy, Debug)]
struct Shape {
    languages: u8,
    /// The hour at which it opens, for eight hours.
    opens: u16,
    is_cleared: bool,
    is_down: bool,
}

fn shape() -> impl Strategy<Value = Shape> {
    (1_u8..8, 0_u16..24, any::<bool>(), prop::bool::weighted(0.2)).prop_map(
        |(languages, opens, is_cleared, is_down)| Shape {
            languages,
            opens,
            is_cleared,
            is_down,
        },
    )
}

fn key(index: usize) -> String {
    format!("c{index}")
}

fn rules(shapes: &[Shape], has_residency: bool, centres: Option<u32>) -> Rules {
    let keys: Vec<String> = (0..shapes.len()).map(key).collect();
    let centre = |(index, shape): (usize, &Shape)| {
        let spoken = (0..3).filter(|bit| shape.languages & (1 << bit) != 0);
        let centre = Centre {
            key: key(index),
            title: key(index),
            languages: spoken.map(|bit| LANGUAGES[bit].to_owned()).collect(),
            calendar: key(index),
            clearances: shape
                .is_cleared
                .then(|| "eu".to_owned())
                .into_iter()
                .collect(),
            down: shape.is_down,
            stands_in: None,
        };
        (key(index), centre)
    };
    let hours = |(index, shape): (usize, &Shape)| {
        let minute = shape.opens * 60;
        let shift = Interval::new(minute, (minute + 8 * 60) % (24 * 60)).unwrap();
        let week = Week::every_day(&[shift]);
        let calendar = Calendar::new(key(index), "UTC", &week, &BTreeSet::new(), &[]);
        (key(index), calendar.unwrap())
    };
    let rule = |name: &str, level: &str| Rule {
        name: name.to_owned(),
        level: level.to_owned(),
        skill: "general".to_owned(),
        centre: None,
    };
    let step = |after_ms, centres, proficiency_min| Step {
        after_ms,
        centres,
        proficiency_min,
        ..Step::default()
    };
    let region = Region {
        key: builders::REGION.to_owned(),
        title: "Europe".to_owned(),
        numbers: NumberFormat {
            prefix: "EU".to_owned(),
            digits: 6,
        },
        zone: "UTC".to_owned(),
        language: "en".to_owned(),
        centres: keys,
    };
    let all: fn(&posthouse_domain::condition::Scope<'_>) -> bool = |_| true;
    Rules {
        levels: ["L0", "L1", "L2"].map(str::to_owned).to_vec(),
        rules: vec![rule("urgent", "L2")],
        conditions: Arc::new(Functions(vec![|scope| {
            scope.features.severity == Some(Severity::P0)
        }])),
        centres: shapes.iter().enumerate().map(centre).collect(),
        regions: BTreeMap::from([(region.key.clone(), region)]),
        hours: shapes.iter().enumerate().map(hours).collect(),
        defaults: BTreeMap::new(),
        fallback: rule("general", "L1"),
        entries: Entries::default(),
        residency: has_residency
            .then(|| (builders::REGION.to_owned(), "eu".to_owned()))
            .into_iter()
            .collect(),
        follow: FollowTheSun::When(Arc::new(Functions(vec![all]))),
        overflows: Overflows {
            list: vec![Overflow {
                name: "usual".to_owned(),
                steps: vec![
                    step(0, centres, Some(500)),
                    step(60_000, None, Some(0)),
                    step(120_000, centres.map(|centres| centres + 1), None),
                ],
            }],
            conditions: Arc::new(Functions(vec![all])),
        },
        managers: BTreeMap::new(),
        robot: Some(Robot {
            level: "L0".to_owned(),
            hands_to: "L1".to_owned(),
            conditions: Arc::new(Functions(vec![|scope| scope.features.kind == "question"])),
            rounds_max: 3,
            patience_ms: 600_000,
            words: vec!["human".to_owned()],
        }),
    }
}

fn slas() -> Slas {
    Slas {
        slas: Vec::new(),
        choose: Choose::First,
        conditions: Arc::new(Functions(Vec::new())),
        calendars: BTreeMap::new(),
        severity_default: Severity::P2,
    }
}

fn features(language: &str) -> Features {
    Features {
        language: language.to_owned(),
        ..builders::features(&builders::opened("It burns"))
    }
}

fn at(ms: i64) -> Timestamp {
    builders::START.plus_millis(ms)
}

proptest! {
    /// Data stays where it may be seen, and nobody is sent to a ruin while somebody is up.
    #[test]
    fn the_centre_with_the_least_in_its_way(
        shapes in prop::collection::vec(shape(), 0..6),
        has_residency in any::<bool>(),
        centres in prop::option::of(1_u32..4),
        language in prop::sample::select(LANGUAGES.to_vec()),
        ms in 0_i64..86_400_000,
    ) {
        let rules = rules(&shapes, has_residency, centres);
        let (features, standing) = (features(language), Standing::default());
        let asked = Asked::first(&features, &standing, at(ms));
        let routing = decide(&asked, &rules);
        prop_assert_eq!(&routing, &decide(&asked, &rules));
        let may_see = |shape: &&Shape| !has_residency || shape.is_cleared;
        let Some(chosen) = rules.centres.get(&routing.queue.centre) else {
            prop_assert_eq!(routing.queue.centre.as_str(), UNASSIGNED);
            prop_assert_eq!(shapes.iter().filter(may_see).count(), 0);
            return Ok(());
        };
        let index: usize = chosen.key[1..].parse().unwrap();
        prop_assert!(may_see(&&shapes[index]));
        let speaks = |shape: &Shape| {
            let bit = LANGUAGES.iter().position(|known| *known == language).unwrap();
            shape.languages & (1 << bit) != 0
        };
        let could = |shape: &&Shape| may_see(shape) && !shape.is_down && speaks(shape);
        if shapes.iter().any(|shape| could(&shape)) {
            prop_assert!(could(&&shapes[index]), "{:?}", routing.considered);
        }
        // Nobody waits for a closed centre while another could take the ticket now.
        let is_open = |centre: &Centre| centre.is_open(&rules, at(ms));
        let open = rules.centres.values().enumerate().filter(|(_, centre)| is_open(centre));
        let mut awake = open.filter(|(place, _)| could(&&shapes[*place]));
        if awake.next().is_some() {
            prop_assert!(is_open(chosen), "{:?}", routing.considered);
        }
    }

    /// Whatever happens to a ticket: what is concluded has an identity of its own, timers come to
    /// an end, and a replay concludes the same.
    #[test]
    fn every_log_is_triaged(
        facts in prop::collection::vec(strategies::fact(), 0..30),
        opened in strategies::fact_of(FactKind::Opened),
        gap_ms in 1_i64..400_000,
    ) {
        let shapes = [
            Shape { languages: 7, opens: 8, is_cleared: true, is_down: false },
            Shape { languages: 1, opens: 16, is_cleared: true, is_down: false },
        ];
        let rules = rules(&shapes, false, Some(1));
        let log: Vec<Fact> = std::iter::once(opened)
            .chain(facts)
            .map(|fact| Fact { ticket: TICKET, ..fact })
            .collect();
        let concluded = triaged(&log, gap_ms, &rules);
        let ids: BTreeSet<FactId> = concluded.iter().map(|(id, _)| *id).collect();
        prop_assert_eq!(ids.len(), concluded.len());
        prop_assert_eq!(concluded, triaged(&log, gap_ms, &rules));
    }
}

/// What triage concludes from a log whose facts come so far apart, its own included.
fn triaged(log: &[Fact], gap_ms: i64, rules: &Rules) -> Vec<(FactId, Body)> {
    let slas = slas();
    let terms = Terms {
        rules,
        slas: &slas,
        gate: &Closed,
        region: builders::REGION,
    };
    let mut ticket = Ticket::open(&log[0], at(0)).unwrap();
    let mut triage = Triage::default();
    let mut concluded = Vec::new();
    for (place, fact) in log.iter().enumerate().skip(1) {
        let now = at(gap_ms * i64::try_from(place).unwrap());
        let mut rings = 0;
        while let Some(due) = triage.next_ring(&ticket).filter(|due| *due < now) {
            rings += 1;
            assert!(rings < 10, "it rings for ever");
            let next = triage.ring(&ticket, due, terms);
            let mut next = next.into_iter().collect::<Vec<_>>();
            follow(
                &mut ticket,
                &mut triage,
                &mut next,
                &mut concluded,
                due,
                terms,
            );
        }
        if let Verdict::Counted(..) = ticket.apply(fact, now) {
            let next = triage.apply(&ticket, fact, now, terms);
            let mut next = next.into_iter().collect::<Vec<_>>();
            follow(
                &mut ticket,
                &mut triage,
                &mut next,
                &mut concluded,
                now,
                terms,
            );
        }
    }
    concluded
}

/// Takes in what was concluded, and what follows from that.
fn follow(
    ticket: &mut Ticket,
    triage: &mut Triage,
    next: &mut Vec<posthouse_domain::route::Conclusion>,
    concluded: &mut Vec<(FactId, Body)>,
    now: Timestamp,
    terms: Terms<'_>,
) {
    while let Some(conclusion) = next.pop() {
        concluded.push((conclusion.id(), conclusion.body.clone()));
        let fact = Fact {
            id: conclusion.id(),
            cause: Some(conclusion.cause),
            ..builders::fact(TICKET, 0, conclusion.body)
        };
        if let Verdict::Counted(..) = ticket.apply(&fact, now) {
            next.extend(triage.apply(ticket, &fact, now, terms));
        }
    }
}
