//! A region for the benchmark: agents in pools, tickets in queues, drawn from a fixed seed.
//!
//! Its shape is that of a large region by day: three centres, three levels, eleven skills in five
//! groups, two languages, four severities, four tiers, two channels. A tenth of the agents serve a
//! quiet queue, in which nothing waits.

use std::collections::BTreeMap;

use posthouse_domain::TicketId;
use posthouse_domain::Timestamp;
use posthouse_domain::dispatch::{Agent, Due, Rules, Waiting};
use posthouse_domain::ids::Uuid;
use posthouse_domain::route::Queue;
use posthouse_domain::ticket::Severity;

const CENTRES: [&str; 3] = ["east", "north", "south"];
const LEVELS: [&str; 3] = ["L1", "L2", "L3"];
const LANGUAGES: [&str; 2] = ["en", "zh"];
const GROUPS: [&[&str]; 5] = [
    &["compute", "storage", "network"],
    &["database", "bigdata", "storage"],
    &["container", "deploy", "compute"],
    &["security", "account"],
    &["billing", "account"],
];
const QUIET: &str = "quiet";
const TIERS: [&str; 4] = ["standard", "silver", "gold", "platinum"];
const MINUTE_MS: i64 = 60_000;

/// A portable generator of pseudo-random numbers: SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `below`.
    pub(super) fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let below = u64::try_from(below.max(1)).unwrap_or(1);
        usize::try_from((z ^ (z >> 31)) % below).unwrap_or(0)
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// An index, drawn by shares in percent.
    fn by_share(&mut self, shares: &[usize]) -> usize {
        let mut drawn = self.below(100);
        for (index, share) in shares.iter().enumerate() {
            if drawn < *share {
                return index;
            }
            drawn -= share;
        }
        0
    }
}

/// The rules, with so many agents.
pub(super) fn rules(agents: usize, dice: &mut Dice) -> Rules {
    let roster = (0..agents).map(|number| agent(number, dice)).collect();
    Rules {
        channel_load: BTreeMap::from([("chat".to_owned(), 500)]),
        ..Rules::default()
    }
    .with_agents(roster)
}

fn agent(number: usize, dice: &mut Dice) -> Agent {
    let quiet = number.is_multiple_of(10);
    let skills: &[&str] = if quiet { &[QUIET] } else { dice.one(&GROUPS) };
    let proficiency = [700, 800, 900];
    let level = if quiet {
        0
    } else {
        dice.by_share(&[60, 30, 10])
    };
    Agent {
        key: format!("agent-{number:05}"),
        title: String::new(),
        centre: dice.one(&CENTRES).to_owned(),
        levels: vec![LEVELS[level].to_owned()],
        skills: skills
            .iter()
            .map(|skill| ((*skill).to_owned(), dice.one(&proficiency)))
            .collect(),
        languages: LANGUAGES[dice.below(2)..]
            .iter()
            .map(|it| (*it).to_owned())
            .collect(),
        clearances: Vec::new(),
        capacity: 1_000,
        shift: None,
        account_manager_of: Vec::new(),
        team: String::new(),
    }
}

/// A ticket that came up to eight hours ago, of a queue where others wait.
pub(super) fn waiting(number: u64, now: Timestamp, dice: &mut Dice) -> Waiting {
    let group = dice.one(&GROUPS);
    let skill = dice.one(group);
    let level = LEVELS[dice.by_share(&[60, 30, 10])];
    ticket(number, (skill, level), now, dice)
}

/// A ticket that comes now, of the quiet queue.
pub(super) fn quiet(number: u64, now: Timestamp, dice: &mut Dice) -> Waiting {
    let mut ticket = ticket(number, (QUIET, LEVELS[0]), now, dice);
    ticket.queue.language = LANGUAGES[1].to_owned();
    ticket.channel = "portal".to_owned();
    ticket
}

fn ticket(number: u64, (skill, level): (&str, &str), now: Timestamp, dice: &mut Dice) -> Waiting {
    let severity = Severity::ALL[dice.by_share(&[2, 8, 30, 60])];
    let tier = dice.by_share(&[70, 20, 8, 2]);
    let minutes = match severity {
        Severity::P0 => (15, 120),
        Severity::P1 => (30, 240),
        Severity::P2 => (60, 480),
        Severity::P3 => (240, 1_440),
    };
    let caps = [i64::MAX, i64::MAX, 15, 5];
    let ago_ms = i64::try_from(dice.below(8 * 60)).unwrap_or(0) * MINUTE_MS
        + i64::try_from(dice.below(60_000)).unwrap_or(0);
    let entered = now.plus_millis(-ago_ms);
    let due = |minutes: i64| Due {
        due_at: entered.plus_millis(minutes * MINUTE_MS),
        target_ms: minutes * MINUTE_MS,
    };
    Waiting {
        ticket: TicketId(Uuid::from_u128(u128::from(number))),
        queue: Queue {
            centre: dice.one(&CENTRES).to_owned(),
            level: level.to_owned(),
            skill: skill.to_owned(),
            language: dice.one(&LANGUAGES).to_owned(),
        },
        also: Vec::new(),
        proficiency_min: 0,
        clearances: Vec::new(),
        severity,
        tier: TIERS[tier].to_owned(),
        customer: String::new(),
        channel: ["portal", "chat"][dice.by_share(&[65, 35])].to_owned(),
        entered,
        response: Some(due(minutes.0.min(caps[tier]))),
        resolution: Some(due(minutes.1)),
        answered: dice.by_share(&[70, 30]) == 1,
        affinity: Vec::new(),
        to_agent: None,
    }
}
