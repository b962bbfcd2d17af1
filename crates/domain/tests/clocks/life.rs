//! A ticket that is watched, and what may happen to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use posthouse_domain::Timestamp;
use posthouse_domain::condition::{Functions, Scope};
use posthouse_domain::sla::compensation::Compensations;
use posthouse_domain::sla::ladder::Ladders;
use posthouse_domain::sla::watch::{Conclusion, Inexperienced, Terms, Watched};
use posthouse_domain::sla::{Calendar, Choose, PauseRule, Promise, Sla, Slas, Target, Warning};
use posthouse_domain::ticket::{
    Actor, ActorKind, Body, Closed, Fact, PolicyVersion, Progress, Progressed, Reopened, Replied,
    Resolved, Severity, State, Timed,
};
use posthouse_testkit::builders;
use proptest::prelude::*;

pub(crate) const MINUTE_MS: i64 = 60_000;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// An agent answers; with `true` waits for the customer.
    Answer(bool),
    CustomerReplies,
    Assign,
    Progress(Progress),
    /// As `Progress`, with a reason.
    ProgressFor(Progress, &'static str),
    Resolve,
    Reopen,
    Close,
    Classify(Severity),
    /// Another bundle is in force from here on: 0 or 1.
    Bundle(usize),
    /// Nothing happens but that time is told.
    Tick,
}

pub(crate) fn act() -> impl Strategy<Value = Act> {
    use proptest::sample::select;
    prop_oneof![
        2 => any::<bool>().prop_map(Act::Answer),
        2 => Just(Act::CustomerReplies),
        1 => Just(Act::Assign),
        2 => select(&Progress::ALL).prop_map(Act::Progress),
        1 => Just(Act::Resolve),
        1 => Just(Act::Reopen),
        1 => Just(Act::Close),
        3 => select(&Severity::ALL).prop_map(Act::Classify),
        1 => (0_usize..2).prop_map(Act::Bundle),
        2 => Just(Act::Tick),
    ]
}

/// A promise in minutes, for each target and severity that has one.
type Promises<'a> = &'a [(Target, Severity, i64)];

/// An SLA policy that pauses resolution while the customer is waited for.
pub(crate) fn sla(name: &str, calendar: &str, warn_percents: &[u8], promises: Promises<'_>) -> Sla {
    let waiting = vec![PauseRule::any(State::WaitingOnCustomer)];
    Sla {
        name: name.to_owned(),
        calendar: calendar.to_owned(),
        promises: promises
            .iter()
            .map(|(target, severity, minutes)| {
                let promise = Promise::Working(minutes * MINUTE_MS);
                ((*target, *severity), promise)
            })
            .collect(),
        warnings: warn_percents
            .iter()
            .copied()
            .map(Warning::Percent)
            .collect(),
        pauses: BTreeMap::from([(Target::Resolution, waiting)]),
        ..Sla::default()
    }
}

/// A bundle with one SLA policy that holds for every ticket.
pub(crate) fn bundle(sla: Sla, calendars: impl IntoIterator<Item = Calendar>) -> Slas {
    bundle_when(sla, calendars, |_| true)
}

pub(crate) fn bundle_when(
    sla: Sla,
    calendars: impl IntoIterator<Item = Calendar>,
    when: fn(&Scope<'_>) -> bool,
) -> Slas {
    Slas {
        slas: vec![sla],
        choose: Choose::First,
        conditions: Arc::new(Functions(vec![when])),
        calendars: calendars
            .into_iter()
            .map(|calendar| (calendar.name().to_owned(), calendar))
            .collect(),
        severity_default: Severity::P2,
    }
}

/// A watched ticket, the bundle in force and all that was concluded.
#[derive(Clone)]
pub(crate) struct Life {
    pub(crate) watched: Watched,
    pub(crate) now: Timestamp,
    pub(crate) concluded: Vec<Conclusion>,
    bundles: Vec<Slas>,
    pub(crate) ladders: Ladders,
    pub(crate) compensations: Compensations,
    bundle: usize,
    place: u32,
    /// The facts that were told, with their log times, what was concluded included.
    pub(crate) told: Vec<(Timestamp, Fact)>,
}

impl Life {
    /// A ticket opened at `start` under the first of `bundles`.
    pub(crate) fn new(bundles: Vec<Slas>, start: Timestamp) -> Self {
        let opened = Body::Opened(builders::opened("It is slow"));
        let fact = builders::fact(builders::ticket(1), 0, opened);
        let ladders = Ladders::none();
        let compensations = Compensations::default();
        let terms = Terms {
            slas: &bundles[0],
            ladders: &ladders,
            compensations: &compensations,
        };
        let watched = Watched::open(&fact, start, terms).unwrap();
        Self {
            watched,
            now: start,
            concluded: Vec::new(),
            bundles,
            ladders,
            compensations,
            bundle: 0,
            place: 0,
            told: vec![(start, fact)],
        }
    }

    /// Time passes, clocks ring, then something happens. Returns what was concluded.
    pub(crate) fn after(&mut self, ms: i64, act: &Act) -> Vec<Conclusion> {
        self.now = self.now.plus_millis(ms);
        self.place += 1;
        let mut concluded = self.ring(self.now);
        if let Some(fact) = self.fact(act) {
            concluded.extend(self.apply(&fact));
        }
        self.concluded.extend(concluded.iter().cloned());
        self.tell(&concluded);
        concluded
    }

    /// What was concluded stands in the log, too.
    fn tell(&mut self, concluded: &[Conclusion]) {
        for conclusion in concluded {
            let fact = Fact {
                id: conclusion.id(),
                cause: Some(conclusion.cause),
                at: conclusion.at,
                policy: PolicyVersion(self.bundle.to_string()),
                ..builders::fact(builders::ticket(1), 0, conclusion.body.clone())
            };
            self.told.push((self.now, fact));
        }
    }

    /// The policy of this version.
    pub(crate) fn slas_of(&self, version: &PolicyVersion) -> Option<&Slas> {
        self.bundles.get(version.0.parse::<usize>().ok()?)
    }

    fn fact(&mut self, act: &Act) -> Option<Fact> {
        let text = String::new;
        let body = match act {
            Act::Tick => return None,
            Act::Bundle(bundle) => {
                self.bundle = *bundle;
                return None;
            }
            Act::Answer(awaits_customer) => Body::Replied(Replied {
                text: text(),
                awaits_customer: *awaits_customer,
            }),
            Act::CustomerReplies => Body::Replied(builders::replied("Here you are")),
            Act::Assign => Body::Assigned(builders::assigned("a-1")),
            Act::Progress(to) => Body::Progressed(Progressed {
                to: *to,
                reason: text(),
            }),
            Act::ProgressFor(to, reason) => Body::Progressed(Progressed {
                to: *to,
                reason: (*reason).to_owned(),
            }),
            Act::Resolve => Body::Resolved(Resolved { summary: text() }),
            Act::Reopen => Body::Reopened(Reopened { reason: text() }),
            Act::Close => Body::Closed(Closed { reason: text() }),
            Act::Classify(severity) => {
                let mut labels = builders::classified(self.watched.ticket.features.clone());
                labels.features.severity = Some(*severity);
                Body::Classified(labels)
            }
        };
        let fact = builders::fact(builders::ticket(1), self.place, body);
        let agent = Actor {
            kind: ActorKind::Agent,
            name: "a-1".to_owned(),
        };
        let by_agent = matches!(act, Act::Answer(_));
        Some(if by_agent {
            Fact {
                actor: agent,
                ..fact
            }
        } else {
            fact
        })
    }

    /// The next fact is the one that `other` had last.
    pub(crate) const fn skip_to_place_of(&mut self, other: &Self) {
        self.place = other.place - 1;
    }

    /// The ticket stands in a queue, so that somebody may work on it.
    pub(crate) fn in_work(&mut self, severity: Severity) {
        self.after(0, &Act::Classify(severity));
        let place = builders::routed(self.watched.ticket.features.clone());
        let fact = builders::fact(builders::ticket(1), 1_000_000, Body::Routed(place));
        let concluded = self.apply(&fact);
        self.tell(&concluded);
    }

    /// Lets time pass without anything happening.
    pub(crate) fn ring(&mut self, now: Timestamp) -> Vec<Conclusion> {
        let terms = Terms {
            slas: &self.bundles[self.bundle],
            ladders: &self.ladders,
            compensations: &self.compensations,
        };
        self.watched.ring(now, terms, &mut Inexperienced)
    }

    fn apply(&mut self, fact: &Fact) -> Vec<Conclusion> {
        self.told.push((self.now, fact.clone()));
        let terms = Terms {
            slas: &self.bundles[self.bundle],
            ladders: &self.ladders,
            compensations: &self.compensations,
        };
        self.watched
            .apply(fact, self.now, terms, &mut Inexperienced)
    }

    /// Warnings (percent) and breaches (100), as they were concluded.
    pub(crate) fn rings(&self) -> Vec<(Target, u32, u8)> {
        self.concluded.iter().filter_map(ring_of).collect()
    }

    pub(crate) fn due(&self, target: Target) -> Option<Timestamp> {
        let clock = self
            .watched
            .clocks
            .iter()
            .find(|clock| clock.target == target)?;
        Some(clock.due_at)
    }
}

/// What a ring is about: target, cycle, percent.
pub(crate) fn ring_of(conclusion: &Conclusion) -> Option<(Target, u32, u8)> {
    match &conclusion.body {
        Body::TargetWarned(it) => Some((it.target, it.cycle, it.percent)),
        Body::TargetBreached(it) => Some((it.target, it.cycle, 100)),
        _ => None,
    }
}

pub(crate) fn timed(conclusions: &[Conclusion]) -> Option<&Timed> {
    conclusions
        .iter()
        .find_map(|conclusion| match &conclusion.body {
            Body::Timed(timed) => Some(timed),
            _ => None,
        })
}
