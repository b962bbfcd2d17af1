//! A small world: agents, queues, tickets, and random histories of what happens to them.

use std::collections::BTreeMap;

use posthouse_domain::dispatch::{Agent, Due, Jump, Order, Rules, Waiting};
use posthouse_domain::ids::Uuid;
use posthouse_domain::route::Queue;
use posthouse_domain::ticket::{Presence, Severity};
use posthouse_domain::{TicketId, Timestamp};
use proptest::prelude::*;

pub(crate) const SKILLS: [&str; 3] = ["compute", "network", "storage"];
pub(crate) const LANGUAGES: [&str; 2] = ["en", "zh"];
pub(crate) const TIERS: [&str; 3] = ["gold", "platinum", "standard"];
pub(crate) const CHANNELS: [&str; 2] = ["chat", "portal"];
pub(crate) const MINUTE_MS: i64 = 60_000;

pub(crate) fn ticket(number: usize) -> TicketId {
    TicketId(Uuid::from_u128(number as u128))
}

pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

pub(crate) fn agent(number: usize) -> String {
    format!("a-{number:02}")
}

pub(crate) fn queue(skill: &str, language: &str) -> Queue {
    Queue {
        centre: "c".to_owned(),
        level: "L1".to_owned(),
        skill: skill.to_owned(),
        language: language.to_owned(),
    }
}

/// An agent of the only centre and level.
pub(crate) fn member(key: &str, skills: &[(&str, u16)], languages: &[&str]) -> Agent {
    Agent {
        key: key.to_owned(),
        title: String::new(),
        centre: "c".to_owned(),
        levels: vec!["L1".to_owned()],
        skills: skills
            .iter()
            .map(|(skill, permille)| ((*skill).to_owned(), *permille))
            .collect(),
        languages: languages.iter().map(|it| (*it).to_owned()).collect(),
        clearances: Vec::new(),
        capacity: 1_000,
        shift: None,
        account_manager_of: Vec::new(),
        team: String::new(),
    }
}

/// A ticket of a standard customer that came now and is due after its target.
pub(crate) fn waiting(number: usize, queue: Queue, entered: i64, target_ms: i64) -> Waiting {
    Waiting {
        ticket: ticket(number),
        queue,
        also: Vec::new(),
        proficiency_min: 0,
        clearances: Vec::new(),
        severity: Severity::P3,
        tier: "standard".to_owned(),
        customer: "c".to_owned(),
        channel: "portal".to_owned(),
        entered: at(entered),
        response: Some(Due {
            due_at: at(entered + target_ms),
            target_ms,
        }),
        resolution: None,
        answered: false,
        affinity: Vec::new(),
        to_agent: None,
    }
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Wait(Box<Waiting>),
    Leave(usize),
    Presence(usize, Presence),
    /// An agent finishes something they have; which, as a share.
    Finish(usize, prop::sample::Index),
    /// An agent does not take something they have.
    Decline(usize, prop::sample::Index),
}

/// How many agents and tickets a random world has at most.
pub(crate) const AGENTS: usize = 5;
pub(crate) const TICKETS: usize = 24;

fn due(start: i64) -> impl Strategy<Value = Option<Due>> {
    let target = prop::sample::select(vec![5, 15, 60]);
    prop::option::weighted(
        0.8,
        (target, -90_i64..90).prop_map(move |(minutes, offset)| Due {
            due_at: at(start + offset * MINUTE_MS),
            target_ms: minutes * MINUTE_MS,
        }),
    )
}

fn any_queue() -> impl Strategy<Value = Queue> {
    let words = (
        prop::sample::select(&SKILLS),
        prop::sample::select(&LANGUAGES),
    );
    words.prop_map(|(skill, language)| queue(skill, language))
}

fn any_waiting(now: i64) -> impl Strategy<Value = Waiting> {
    let place = (
        0..TICKETS,
        any_queue(),
        prop::collection::vec(any_queue(), 0..2),
        prop::sample::select(vec![0_u16, 0, 600]),
        prop::bool::weighted(0.2),
    );
    let worth = (
        prop::sample::select(Severity::ALL.to_vec()),
        prop::sample::select(&TIERS),
        prop::sample::select(&CHANNELS),
    );
    let times = (-60_i64..1, due(now), due(now), any::<bool>());
    let people = (
        prop::collection::vec(0..AGENTS, 0..2),
        prop::option::weighted(0.1, 0..AGENTS),
        0_usize..3,
    );
    (place, worth, times, people).prop_map(move |(place, worth, times, people)| Waiting {
        ticket: ticket(place.0),
        queue: place.1,
        also: place.2,
        proficiency_min: place.3,
        clearances: place.4.then(|| "eu".to_owned()).into_iter().collect(),
        severity: worth.0,
        tier: worth.1.to_owned(),
        customer: format!("c-{}", people.2),
        channel: worth.2.to_owned(),
        entered: at(now + times.0 * MINUTE_MS / 4),
        response: times.1,
        resolution: times.2,
        answered: times.3,
        affinity: people.0.into_iter().map(agent).collect(),
        to_agent: people.1.map(agent),
    })
}

/// What happens, and how long after what happened before, in milliseconds.
pub(crate) fn history(events: usize) -> impl Strategy<Value = Vec<(i64, Event)>> {
    let presence = prop::sample::select(vec![
        Presence::SignedIn,
        Presence::Ready,
        Presence::Ready,
        Presence::Ready,
        Presence::Busy,
        Presence::OnBreak,
        Presence::SignedOut,
        Presence::Seen,
    ]);
    let event = prop_oneof![
        6 => any_waiting(0).prop_map(|waiting| Event::Wait(Box::new(waiting))),
        1 => (0..TICKETS).prop_map(Event::Leave),
        3 => (0..AGENTS, presence).prop_map(|(at, presence)| Event::Presence(at, presence)),
        3 => (0..AGENTS, any::<prop::sample::Index>()).prop_map(|(at, which)| Event::Finish(at, which)),
        2 => (0..AGENTS, any::<prop::sample::Index>()).prop_map(|(at, which)| Event::Decline(at, which)),
    ];
    prop::collection::vec((0_i64..3 * MINUTE_MS, event), 1..events)
}

/// Random rules with a random roster.
pub(crate) fn rules() -> impl Strategy<Value = Rules> {
    let skills = prop::collection::btree_map(
        prop::sample::select(&SKILLS).prop_map(str::to_owned),
        prop::sample::select(vec![400_u16, 700, 900]),
        1..3,
    );
    let languages = prop::sample::subsequence(LANGUAGES.to_vec(), 1..=2);
    let member = (
        skills,
        languages,
        any::<bool>(),
        prop::sample::select(vec![500_u32, 1_000, 2_000]),
        0_usize..3,
    );
    let roster = prop::collection::vec(member, 1..=AGENTS);
    let order = prop::sample::select(Order::ALL.to_vec());
    let bends = (0_u32..4, any::<bool>(), 1_u32..3, any::<bool>());
    (roster, order, bends).prop_map(|(roster, order, bends)| {
        let agents = roster.into_iter().enumerate().map(|(number, of)| Agent {
            skills: of.0,
            clearances: of.2.then(|| "eu".to_owned()).into_iter().collect(),
            capacity: of.3,
            account_manager_of: vec![format!("c-{}", of.4)],
            ..member_of(number, &of.1)
        });
        Rules {
            order,
            starvation_every: bends.0,
            jump: Jump {
                severities: bends.1.then_some(Severity::P0).into_iter().collect(),
                tiers: bends.3.then(|| "platinum".to_owned()).into_iter().collect(),
                in_a_row_max: bends.2,
            },
            channel_load: BTreeMap::from([("chat".to_owned(), 500)]),
            handling_ms: BTreeMap::from([("L1".to_owned(), 10 * MINUTE_MS)]),
            ..Rules::default()
        }
        .with_agents(agents.collect())
    })
}

fn member_of(number: usize, languages: &[&str]) -> Agent {
    member(&agent(number), &[], languages)
}

/// The same event, as it happens at an instant: times of tickets are told from then on.
pub(crate) fn shifted(event: Event, now: i64) -> Event {
    let Event::Wait(mut waiting) = event else {
        return event;
    };
    waiting.entered = waiting.entered.plus_millis(now);
    let dues = [&mut waiting.response, &mut waiting.resolution];
    for due in dues.into_iter().flatten() {
        due.due_at = due.due_at.plus_millis(now);
    }
    Event::Wait(waiting)
}
