//! A scenario made ready to be played: names turned into numbers, minutes into milliseconds,
//! heads into agents.

mod compile;
mod incidents;
mod labels;
mod mixes;
mod places;
mod staff;
mod totals;

use crate::dice::{Choice, Draw, Ms};
use crate::hours::Hours;
use crate::scenario::format::PoolRole;

pub(crate) use compile::compile;

/// The levels of people, in the order in which tickets climb them.
pub(crate) const LEVELS: [&str; 3] = ["L1", "L2", "L3"];

/// What is played of a scenario, and what is asked of it beyond what it says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Only this centre, and the regions that it is home to. Pools that serve the whole world
    /// stay away.
    pub centre: Option<String>,
    /// Scales the tickets so that their expected work is this share of what the day pools can
    /// do, 1 being all of it; the tickets of incidents are not scaled.
    pub busy: Option<f64>,
    /// This many tickets of each incident instead of those that the scenario says.
    pub storm: Option<u32>,
    /// Whether tickets that an incident explains are linked to it: they take the little work
    /// that linked tickets take, and end with it.
    pub linked: bool,
    /// Whether agents do one thing at a time and are not waited for: a ticket takes all of an
    /// agent for the part of the time that its channel would take of it, and goes to anybody
    /// once its customer has answered. The same work, in a simpler world.
    pub plain: bool,
}

/// A scenario made ready to be played.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) start: Ms,
    /// From here on tickets count.
    pub(crate) measure_from: Ms,
    /// Tickets that are opened from here on do not count.
    pub(crate) measure_to: Ms,
    pub(crate) severities: Vec<Severity>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) tier_choice: Choice,
    pub(crate) categories: Vec<Category>,
    pub(crate) category_choice: Choice,
    pub(crate) channels: Vec<Channel>,
    pub(crate) channel_choice: Choice,
    pub(crate) skills: Vec<String>,
    pub(crate) languages: Vec<String>,
    pub(crate) centres: Vec<Centre>,
    pub(crate) regions: Vec<Region>,
    pub(crate) pools: Vec<Pool>,
    pub(crate) duties: Vec<Duty>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) speed: Draw,
    pub(crate) bot: Option<Bot>,
    pub(crate) reply: Option<Reply>,
    pub(crate) steps: Steps,
    pub(crate) incidents: Vec<Incident>,
    pub(crate) outages: Vec<Outage>,
    /// Tickets of a day over all regions of the scenario, after scaling.
    pub(crate) tickets_per_day: f64,
    pub(crate) hourly_gamma_cv: f64,
    /// What a missed response weighs of a breach.
    pub(crate) response_share: f64,
    /// What a missed resolution weighs of a breach.
    pub(crate) resolve_share: f64,
    /// How long the work at a level is expected to take, in milliseconds.
    pub(crate) expected_work: [Ms; LEVELS.len()],
}

#[derive(Debug)]
pub(crate) struct Severity {
    pub(crate) id: String,
    pub(crate) response: Ms,
    pub(crate) resolve: Ms,
    /// Whether its clocks run while the centre is closed.
    pub(crate) all_hours: bool,
    /// Whether it is served while the centre is closed.
    pub(crate) out_of_hours: bool,
    pub(crate) weight: f64,
    /// What handling takes longer by.
    pub(crate) factor: f64,
}

#[derive(Debug)]
pub(crate) struct Tier {
    pub(crate) id: String,
    pub(crate) response_cap: Option<Ms>,
    pub(crate) all_hours: bool,
    pub(crate) out_of_hours: bool,
    pub(crate) weight: f64,
}

#[derive(Debug)]
pub(crate) struct Category {
    pub(crate) skill: usize,
    pub(crate) severities: Choice,
    /// The share that the bot resolves, by severity.
    pub(crate) bot_resolves: Vec<f64>,
    /// The probability that a finished handling goes one level up, by level.
    pub(crate) escalate: [f64; LEVELS.len()],
    pub(crate) handling: [Draw; LEVELS.len()],
}

#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) id: String,
    /// The part of an agent that one ticket takes, in thousandths.
    pub(crate) load_permille: u32,
    /// What handling takes longer by.
    pub(crate) factor: f64,
}

#[derive(Debug)]
pub(crate) struct Centre {
    pub(crate) id: String,
    pub(crate) hours: Hours,
    /// Whether somebody is there at night.
    pub(crate) night_duty: bool,
}

#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) id: String,
    pub(crate) home: usize,
    pub(crate) hours: Hours,
    pub(crate) language_choice: Choice,
    /// Centres in order of preference, by language; all that a language lacks is empty.
    pub(crate) coverage: Vec<Vec<usize>>,
    /// Whether its tickets may only be seen by agents with a clearance for the European Union.
    pub(crate) eu: bool,
    /// When it is served at all hours though its centre is closed.
    pub(crate) open_spans: Vec<(Ms, Ms)>,
    pub(crate) share: f64,
    pub(crate) offset: Ms,
    /// Share of the day by local hour.
    pub(crate) profile: Vec<f64>,
    /// Step functions on its rate.
    pub(crate) multipliers: Vec<Vec<(Ms, f64)>>,
}

#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) id: String,
    pub(crate) centre: usize,
    pub(crate) level: usize,
    pub(crate) skills: Vec<usize>,
    pub(crate) languages: Vec<usize>,
    pub(crate) capacity_permille: u32,
    pub(crate) eu_cleared: bool,
    pub(crate) role: PoolRole,
    /// The tiers that it serves; all when absent.
    pub(crate) tiers: Option<Vec<usize>>,
}

/// When some agents work: spans that do not touch, in order.
#[derive(Debug)]
pub(crate) struct Duty {
    pub(crate) spans: Vec<(Ms, Ms)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Agent {
    pub(crate) pool: usize,
    pub(crate) duty: usize,
}

#[derive(Debug)]
pub(crate) struct Bot {
    /// Whether tickets start there, by severity.
    pub(crate) applies: Vec<bool>,
    pub(crate) give_up_after: Draw,
    pub(crate) hand_off_after: Ms,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) probability: f64,
    pub(crate) delay: Draw,
    pub(crate) second_factor: f64,
    /// How long the agent who asked is waited for.
    pub(crate) same_agent: Ms,
}

/// When overflow steps become available.
#[derive(Debug)]
pub(crate) struct Steps {
    /// By place in the coverage list.
    pub(crate) open: Vec<Ms>,
    pub(crate) closed: Ms,
    pub(crate) professional: Ms,
}

#[derive(Debug)]
pub(crate) struct Incident {
    pub(crate) id: String,
    pub(crate) mitigated: Option<Ms>,
    pub(crate) count: u32,
    pub(crate) start: Ms,
    pub(crate) minutes: Choice,
    pub(crate) region_choice: Choice,
    pub(crate) category_choice: Choice,
    pub(crate) severity_choice: Choice,
    pub(crate) tier_choice: Choice,
    pub(crate) bot_resolves: Vec<f64>,
    pub(crate) same_share: f64,
    /// The work that a linked ticket takes; none where tickets are not linked.
    pub(crate) linked_handling: Option<Draw>,
}

#[derive(Debug)]
pub(crate) struct Outage {
    pub(crate) centre: usize,
    pub(crate) from: Ms,
    pub(crate) to: Ms,
}

impl Plan {
    /// Whether a ticket that is opened then counts.
    pub(crate) const fn counts(&self, opened: Ms) -> bool {
        self.measure_from <= opened && opened < self.measure_to
    }
}

impl Region {
    /// Whether its tickets are all served at an instant.
    pub(crate) fn is_open(&self, at: Ms) -> bool {
        let mut spans = self.open_spans.iter();
        self.hours.holds(at) || spans.any(|(from, to)| *from <= at && at < *to)
    }
}

impl Plan {
    /// The languages in which a level serves a language: its own, and above the first level
    /// English for any but Chinese.
    pub(crate) fn spoken(&self, level: usize, language: usize) -> Vec<usize> {
        let mut spoken = vec![language];
        let english = self.languages.iter().position(|one| one == "en");
        let chinese = self.languages[language] == "zh";
        if let Some(english) = english.filter(|one| level > 0 && !chinese && *one != language) {
            spoken.push(english);
        }
        spoken
    }
}
