//! Where the minutes of a ticket's life went.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::sync::Arc;

use posthouse_domain::condition::Functions;
use posthouse_domain::sla::compensation::Compensations;
use posthouse_domain::sla::ladder::Ladders;
use posthouse_domain::sla::{Choose, Slas};

use posthouse_domain::sla::watch::{Inexperienced, Packed, Terms, Watched};
use posthouse_domain::ticket::minutes::{Course, Leg, legs};
use posthouse_domain::ticket::{
    Actor, ActorKind, Body, Closed, Fact, FactKind, InfoRequested, Minutes, NotificationFailed,
    NotificationRequested, Notified, Progress, Progressed, Reopened, Resolved, Severity, Ticket,
    Verdict,
};
use posthouse_domain::words::Words;
use posthouse_domain::{FactId, Timestamp};
use posthouse_testkit::{builders, strategies};
use proptest::collection::vec;
use proptest::prelude::*;

const MINUTE_MS: i64 = 60_000;

/// The facts of one ticket with their log times.
#[derive(Default)]
struct Log {
    facts: Vec<(Timestamp, Fact)>,
}

impl Log {
    /// Opened, classified and routed within three minutes: 1, 2, 3.
    fn routed() -> Self {
        let mut log = Self::default();
        let opened = builders::opened("The gateway drops packets");
        let labels = builders::classified(builders::features(&opened));
        let routed = builders::routed(labels.features.clone());
        log.tell(1, Body::Opened(opened));
        log.tell(2, Body::Classified(labels));
        log.tell(3, Body::Routed(routed));
        log
    }

    fn add(&mut self, minute: i64, change: impl FnOnce(&mut Fact), body: Body) -> FactId {
        let place = u32::try_from(self.facts.len()).unwrap();
        let mut fact = builders::fact(builders::ticket(1), place, body);
        change(&mut fact);
        let id = fact.id;
        self.facts.push((at(minute), fact));
        id
    }

    fn tell(&mut self, minute: i64, body: Body) -> FactId {
        self.add(minute, |_| {}, body)
    }

    fn after(&mut self, minute: i64, cause: FactId, body: Body) -> FactId {
        self.add(minute, |fact| fact.cause = Some(cause), body)
    }

    fn by_agent(&mut self, minute: i64, body: Body) -> FactId {
        self.add(minute, |fact| fact.actor.kind = ActorKind::Agent, body)
    }

    fn last(&self) -> FactId {
        self.facts.last().unwrap().1.id
    }

    fn legs(&self, minute: i64) -> Vec<Leg> {
        let facts = self.facts.iter().map(|(at, fact)| (*at, fact));
        legs(facts, at(minute))
    }

    /// Each leg as `part minutes`, until the given minute.
    fn told(&self, minute: i64) -> String {
        let legs = self.legs(minute);
        let told = legs.iter().map(|leg| {
            let minutes = leg.ms() / MINUTE_MS.unsigned_abs();
            format!("{} {minutes}", leg.part)
        });
        told.collect::<Vec<_>>().join(", ")
    }
}

fn at(minute: i64) -> Timestamp {
    builders::START.plus_millis(minute * MINUTE_MS)
}

fn request(receiver: &str) -> Body {
    Body::NotificationRequested(NotificationRequested {
        receiver: receiver.to_owned(),
        rule: "all".to_owned(),
        about: FactKind::Routed,
        title: String::new(),
        text: String::new(),
        fields: Vec::new(),
        language: String::new(),
        features: builders::features(&builders::opened("subject")),
        urgent: false,
        round: 0,
        told_of: Vec::new(),
    })
}

fn notified() -> Body {
    Body::Notified(Notified {
        receiver: "ops".to_owned(),
        attempts: 1,
        receipt: String::new(),
        possible_duplicate: false,
    })
}

fn failed() -> Body {
    Body::NotificationFailed(NotificationFailed {
        receiver: "ops".to_owned(),
        attempts: 9,
        error: "gone".to_owned(),
    })
}

fn assigned() -> Body {
    Body::Assigned(builders::assigned("anna"))
}

fn moved(to: Progress) -> Body {
    let reason = String::new();
    Body::Progressed(Progressed { to, reason })
}

#[test]
fn machines_then_a_queue_then_a_person_then_the_customer() {
    let mut log = Log::routed();
    assert_eq!(log.told(2), "decide 1");
    log.by_agent(13, assigned());
    log.by_agent(20, moved(Progress::InProgress));
    log.by_agent(30, moved(Progress::WaitingOnCustomer));
    log.by_agent(90, moved(Progress::WaitingOnThirdParty));
    log.by_agent(91, moved(Progress::InProgress));
    assert_eq!(
        log.told(100),
        "decide 2, queue 10, person 17, pause 61, person 9"
    );
}

#[test]
fn a_leg_names_the_fact_that_began_it() {
    let mut log = Log::routed();
    log.by_agent(13, assigned());
    let began: Vec<usize> = log.legs(20).iter().map(|leg| leg.begun_by).collect();
    assert_eq!(began, [0, 2, 3]);
}

#[test]
fn who_must_act_is_told_late() {
    let mut log = Log::routed();
    let (one, two) = (log.after(5, log.last(), request("ops")), log.facts[2].1.id);
    let other = log.after(6, two, request("dev"));
    assert_eq!(log.told(7), "decide 2, queue 2, notifier 2");
    log.after(25, other, failed());
    log.after(35, one, notified());
    // Repeats, and what is asked again of the same hand-over, change nothing.
    log.after(36, two, request("dev"));
    log.after(36, two, request("late"));
    assert_eq!(log.told(40), "decide 2, queue 2, notifier 30, queue 5");
}

#[test]
fn it_is_given_up_to_tell_anybody() {
    let mut log = Log::routed();
    let asked = log.after(3, log.last(), request("ops"));
    log.after(8, asked, failed());
    assert_eq!(log.told(10), "decide 2, queue 0, notifier 5, queue 2");
}

#[test]
fn telling_of_something_else_is_nobodys_wait() {
    let mut log = Log::routed();
    let opening = log.facts[0].1.id;
    log.after(5, opening, request("ops"));
    assert_eq!(log.told(10), "decide 2, queue 7");
}

#[test]
fn a_person_who_begins_needs_not_be_told() {
    let mut log = Log::routed();
    let given = log.by_agent(10, assigned());
    log.after(11, given, request("anna"));
    log.by_agent(15, moved(Progress::InProgress));
    assert_eq!(
        log.told(20),
        "decide 2, queue 7, person 1, notifier 4, person 5"
    );
}

#[test]
fn asking_for_information_is_a_pause_wherever_it_stands() {
    let mut log = Log::routed();
    log.tell(4, Body::InfoRequested(asked()));
    log.add(
        14,
        |fact| fact.actor.kind = ActorKind::Customer,
        Body::Replied(builders::replied("it is the left one")),
    );
    assert_eq!(log.told(20), "decide 2, queue 1, pause 10, queue 6");
}

fn asked() -> InfoRequested {
    InfoRequested {
        language: "en".to_owned(),
        text: "Which one?".to_owned(),
        questions: Vec::new(),
        pauses_clocks: true,
    }
}

#[test]
fn after_the_end_no_time_passes_unless_it_comes_back() {
    let mut log = Log::routed();
    let summary = String::new();
    log.by_agent(10, Body::Resolved(Resolved { summary }));
    assert_eq!(log.told(9), "decide 2, queue 6");
    assert_eq!(log.told(1_000), "decide 2, queue 7");
    let reason = String::new();
    log.by_agent(20, Body::Reopened(Reopened { reason }));
    assert_eq!(log.told(25), "decide 2, queue 7, pause 10, queue 5");
    let reason = String::new();
    log.by_agent(30, Body::Closed(Closed { reason }));
    assert_eq!(log.told(90), "decide 2, queue 7, pause 10, queue 10");
}

/// What may happen to a ticket: any fact of a kind that anybody reads, about it; often one that
/// follows from an earlier one, and in the right hands.
#[derive(Clone, Debug)]
struct Happening {
    fact: Fact,
    /// Milliseconds since the one before; a server's clock may step back.
    after_ms: i64,
    /// The fact that it is made to follow from, counted from the last.
    cause: usize,
    repeats: bool,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let kinds = prop_oneof![
        3 => proptest::sample::select(Course::KINDS),
        1 => proptest::sample::select(FactKind::ALL),
    ];
    let fact = kinds.prop_flat_map(strategies::fact_of);
    let happening = (
        fact,
        -1_000..3_600_000_i64,
        0..4_usize,
        prop::bool::weighted(0.1),
    );
    let happening = happening.prop_map(|(fact, after_ms, cause, repeats)| Happening {
        fact,
        after_ms,
        cause,
        repeats,
    });
    vec(happening, 0..40)
}

/// A ticket that was opened and routed, and then all that.
fn history(happenings: Vec<Happening>) -> Vec<(Timestamp, Fact)> {
    let mut facts = Log::routed().facts;
    for (place, happening) in (100..).zip(happenings) {
        let (now, _) = facts[facts.len() - 1];
        let now = now.plus_millis(happening.after_ms);
        let earlier = facts[facts.len() - 1 - happening.cause.min(facts.len() - 1)]
            .1
            .clone();
        if happening.repeats {
            facts.push((now, earlier));
            continue;
        }
        let mut fact = builders::fact(builders::ticket(1), place, happening.fact.body);
        fact.cause = Some(earlier.id);
        fact.actor = match &fact.body {
            Body::Offered(_) | Body::Requeued(_) => Actor::service("dispatcher"),
            _ => happening.fact.actor,
        };
        facts.push((now, fact));
    }
    facts
}

fn sum(legs: &[Leg]) -> Minutes {
    let mut minutes = Minutes::default();
    for leg in legs {
        minutes += (leg.part, leg.ms());
    }
    minutes
}

/// A policy that promises nothing.
fn nothing_promised() -> Slas {
    Slas {
        slas: Vec::new(),
        choose: Choose::default(),
        conditions: Arc::new(Functions(Vec::new())),
        calendars: BTreeMap::new(),
        severity_default: Severity::P3,
    }
}

/// The watchdog's count of a history; `each` is what becomes of it between two facts.
fn watch(facts: &[(Timestamp, Fact)], mut each: impl FnMut(Watched) -> Watched) -> Watched {
    let (slas, ladders, compensations) = (
        nothing_promised(),
        Ladders::none(),
        Compensations::default(),
    );
    let terms = Terms {
        slas: &slas,
        ladders: &ladders,
        compensations: &compensations,
    };
    let (opened_at, opening) = &facts[0];
    let mut watched = Watched::open(opening, *opened_at, terms).unwrap();
    for (log_time, fact) in &facts[1..] {
        let kind = fact.body.kind();
        // As the watchdog does: it reads these kinds alone.
        if !Course::KINDS.contains(&kind) {
            continue;
        }
        if kind.is_for_receivers() {
            watched.hear(fact, *log_time);
        } else {
            watched.apply(fact, *log_time, terms, &mut Inexperienced);
        }
        watched = each(watched);
    }
    watched
}

/// Words that are all known.
#[derive(Default)]
struct Dictionary(BTreeMap<u32, String>);

impl Words for Dictionary {
    fn number(&mut self, text: &str) -> Option<u32> {
        let known = self.0.iter().find(|(_, word)| *word == text);
        let next = u32::try_from(self.0.len()).ok()?;
        let number = known.map_or(next, |(number, _)| *number);
        self.0.insert(number, text.to_owned());
        Some(number)
    }

    fn text(&self, number: u32) -> Option<&str> {
        self.0.get(&number).map(String::as_str)
    }
}

proptest! {
    /// Legs follow each other from the opening on without gaps, and add up to the age; after the
    /// end, to the age at the end.
    #[test]
    fn parts_sum_to_the_whole(happenings in happenings(), later_ms in 0..10_000_000_i64) {
        let facts = history(happenings);
        let opened_at = facts[0].0;
        let latest = facts.iter().map(|(at, _)| *at).max().unwrap();
        let now = latest.plus_millis(later_ms);
        let legs = legs(facts.iter().map(|(at, fact)| (*at, fact)), now);
        let mut end = opened_at;
        for leg in &legs {
            prop_assert_eq!(leg.from, end);
            prop_assert!(leg.to >= leg.from);
            end = leg.to;
        }
        let mut ticket = Ticket::open(&facts[0].1, opened_at).unwrap();
        let mut ended_at = None;
        let mut highest = opened_at;
        for (at, fact) in &facts[1..] {
            highest = highest.max(*at);
            if let Verdict::Counted(from, to) = ticket.apply(fact, *at)
                && from.is_open() != to.is_open()
            {
                ended_at = (!to.is_open()).then_some((*at, highest));
            }
        }
        match ended_at {
            None => prop_assert_eq!(end, now),
            // Where the clock of the server stepped back, the end is not before what came earlier.
            Some((at, highest)) => prop_assert!(at <= end && end <= highest),
        }
        let whole_ms = u64::try_from(end.millis_since(opened_at)).unwrap();
        prop_assert_eq!(sum(&legs).whole_ms(), whole_ms);
    }

    /// Whoever reads all facts, as the desk does, and whoever reads what the watchdog reads, and
    /// keeps its count packed between any two facts, find the same.
    #[test]
    fn the_desk_and_the_watchdog_agree(happenings in happenings(), later_ms in 0..10_000_000_i64) {
        let facts = history(happenings);
        let latest = facts.iter().map(|(at, _)| *at).max().unwrap();
        let now = latest.plus_millis(later_ms);
        let legs = legs(facts.iter().map(|(at, fact)| (*at, fact)), now);
        let repack = |watched: Watched| {
            let mut words = Dictionary::default();
            let packed = postcard::to_stdvec(&watched.pack(&mut words)).unwrap();
            let packed: Packed = postcard::from_bytes(&packed).unwrap();
            let unpacked = Watched::unpack(packed, watched.ticket.id, &words).unwrap();
            assert_eq!(unpacked, watched);
            unpacked
        };
        let watched = watch(&facts, repack);
        prop_assert_eq!(sum(&legs), watched.course.minutes(now));
    }

    /// A repeat of the whole log changes nothing.
    #[test]
    fn repeats_change_nothing(happenings in happenings()) {
        let mut facts = history(happenings);
        let latest = facts.iter().map(|(at, _)| *at).max().unwrap();
        let once = legs(facts.iter().map(|(at, fact)| (*at, fact)), latest);
        let twice: Vec<(Timestamp, Fact)> = facts
            .iter()
            .filter(|(_, fact)| !fact.body.kind().is_for_receivers())
            .map(|(_, fact)| (latest, fact.clone()))
            .collect();
        facts.extend(twice);
        let again = legs(facts.iter().map(|(at, fact)| (*at, fact)), latest);
        prop_assert_eq!(sum(&once), sum(&again));
    }
}

#[test]
fn all_that_moves_a_ticket_bears_on_its_minutes() {
    let missing: Vec<_> = FactKind::LIFE
        .iter()
        .filter(|kind| !Course::KINDS.contains(kind))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
