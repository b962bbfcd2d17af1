//! What came of a run, in figures.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::draw::{Demand, Drawn, float};
use crate::life::Life;
use crate::plan::{LEVELS, Plan};
use crate::world::Played;

/// What came of a run. Rates are shares from 0 to 1, of the tickets that count: those that are
/// opened in the measured span and come to people. All but the speed follow from scenario, scope
/// and seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The policy, by the name by which it was asked for.
    pub policy: String,
    /// Tickets that count.
    pub tickets: u64,
    /// The sum of what broken promises weigh.
    pub breach_cost: f64,
    /// First responses that came too late, by severity.
    pub breach_rate: BTreeMap<String, f64>,
    /// The longest that a ticket waited for an agent, in minutes in which one could have come.
    pub longest_wait_minutes: f64,
    /// How far the occupancy of agents who do the same at the same time is from their mean:
    /// standard deviation, over all such groups.
    pub occupancy_spread: f64,
    /// Events that were handled in a second, drawing not included; measured by the caller, the
    /// one figure that differs from run to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events_per_second: Option<u64>,
    /// First responses that came too late, of all tickets.
    pub response_breach_rate: f64,
    /// Resolutions that came too late, of all tickets.
    pub resolve_breach_rate: f64,
    /// Resolutions that came too late, by severity.
    pub resolve_breach_rates: BTreeMap<String, f64>,
    /// First responses that came too late, by tier.
    pub tier_breach_rate: BTreeMap<String, f64>,
    /// First responses that came too late, of P0 and P1 together.
    pub urgent_breach_rate: f64,
    /// The mean time by which late first responses were late, in minutes of the wall.
    pub mean_lateness_minutes: f64,
    /// The longest wait by severity, in minutes.
    pub longest_wait_by_severity: BTreeMap<String, f64>,
    /// The mean wait at the first level, in minutes.
    pub mean_wait_minutes: f64,
    /// The share of their time on duty that agents had work in hand.
    pub occupancy: f64,
    /// Tickets that count and had not ended when the run was given up.
    pub unfinished: u64,
    /// Tickets of the measured span that the bot resolved.
    pub bot_resolved: u64,
    /// Events that were handled.
    pub events: u64,
}

/// Some tickets, and how many of them something is true of.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    of: u64,
    true_of: u64,
}

impl Share {
    const fn add(&mut self, is_true: bool) {
        self.of += 1;
        self.true_of += is_true as u64;
    }

    fn rate(self) -> f64 {
        ratio(self.true_of, self.of)
    }
}

/// Sums up a run.
pub(crate) fn report(plan: &Plan, demand: &Demand, played: &Played, policy: &str) -> Report {
    let sums = Sums::of(plan, demand, played);
    let severities = || plan.severities.iter().map(|one| one.id.clone());
    let rates = |names: Vec<String>, shares: &[Share]| -> BTreeMap<String, f64> {
        names
            .into_iter()
            .zip(shares.iter().map(|share| share.rate()))
            .collect()
    };
    let tiers = plan.tiers.iter().map(|one| one.id.clone()).collect();
    let waits = longest_waits(plan, demand, played);
    let (occupancy, occupancy_spread) = occupancy(plan, played);
    Report {
        policy: policy.to_owned(),
        tickets: sums.all.of,
        breach_cost: sums.cost,
        breach_rate: rates(severities().collect(), &sums.response),
        longest_wait_minutes: waits.iter().copied().fold(0.0, f64::max),
        occupancy_spread,
        events_per_second: None,
        response_breach_rate: sums.all.rate(),
        resolve_breach_rate: sums.all_resolve.rate(),
        resolve_breach_rates: rates(severities().collect(), &sums.resolve),
        tier_breach_rate: rates(tiers, &sums.tiers),
        urgent_breach_rate: sums.urgent.rate(),
        mean_lateness_minutes: mean(sums.late_ms, sums.all.true_of),
        longest_wait_by_severity: severities().zip(waits).collect(),
        mean_wait_minutes: mean_wait(played, 0),
        occupancy,
        unfinished: sums.unfinished,
        bot_resolved: demand.bot_resolved,
        events: played.events,
    }
}

/// Breaches, counted and weighed.
#[derive(Debug, Default)]
struct Sums {
    all: Share,
    all_resolve: Share,
    urgent: Share,
    response: Vec<Share>,
    resolve: Vec<Share>,
    tiers: Vec<Share>,
    cost: f64,
    late_ms: f64,
    unfinished: u64,
}

impl Sums {
    fn of(plan: &Plan, demand: &Demand, played: &Played) -> Self {
        let mut sums = Self {
            response: vec![Share::default(); plan.severities.len()],
            resolve: vec![Share::default(); plan.severities.len()],
            tiers: vec![Share::default(); plan.tiers.len()],
            ..Self::default()
        };
        let all = demand.tickets.iter().zip(&played.lives);
        for (drawn, life) in all.filter(|(drawn, _)| plan.counts(drawn.opened)) {
            sums.add(plan, drawn, life, played.ended);
        }
        sums
    }

    fn add(&mut self, plan: &Plan, drawn: &Drawn, life: &Life, ended: i64) {
        let response = life.response_broken(ended);
        let resolve = life.resolve_broken(ended);
        self.all.add(response);
        self.all_resolve.add(resolve);
        self.response[drawn.severity].add(response);
        self.resolve[drawn.severity].add(resolve);
        self.tiers[drawn.tier].add(response);
        if ["P0", "P1"].contains(&plan.severities[drawn.severity].id.as_str()) {
            self.urgent.add(response);
        }
        if response {
            self.late_ms += float(life.responded.unwrap_or(ended) - life.response_due);
        }
        let weight = plan.severities[drawn.severity].weight * plan.tiers[drawn.tier].weight;
        let parts = plan.response_share * f64::from(u8::from(response))
            + plan.resolve_share * f64::from(u8::from(resolve));
        self.cost += weight * parts;
        self.unfinished += u64::from(life.resolved.is_none());
    }
}

/// The longest wait by severity, in minutes; what still waits at the end counts.
fn longest_waits(plan: &Plan, demand: &Demand, played: &Played) -> Vec<f64> {
    let mut longest = vec![0; plan.severities.len()];
    let ended = played.waits.iter().map(|one| (one.ticket, one.ms));
    let open = played.lives.iter().enumerate();
    let open = open
        .filter(|(ticket, _)| plan.counts(demand.tickets[*ticket].opened))
        .map(|(ticket, life)| (ticket, life.waited(played.ended)));
    for (ticket, ms) in ended.chain(open) {
        let longest = &mut longest[demand.tickets[ticket].severity];
        *longest = ms.max(*longest);
    }
    longest.into_iter().map(|ms| float(ms) / 60_000.0).collect()
}

/// The mean wait at a level, in minutes.
fn mean_wait(played: &Played, level: usize) -> f64 {
    debug_assert!(level < LEVELS.len(), "there is such a level");
    let waits = played.waits.iter().filter(|one| one.level == level);
    let (sum, count) = waits.fold((0.0, 0_u64), |(sum, count), one| {
        (sum + float(one.ms), count + 1)
    });
    mean(sum, count)
}

/// Milliseconds over so many, as minutes.
fn mean(ms: f64, count: u64) -> f64 {
    ms / 60_000.0 / number(count.max(1))
}

/// Mean occupancy, and its standard deviation among agents of one pool and one duty.
fn occupancy(plan: &Plan, played: &Played) -> (f64, f64) {
    let mut groups: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
    let (mut used, mut on_duty) = (0.0, 0.0);
    for (agent, meter) in plan.agents.iter().zip(&played.meters) {
        let (busy, duty) = meter.sums(plan.pools[agent.pool].capacity_permille);
        if duty > 0.0 {
            used += busy;
            on_duty += duty;
            groups
                .entry((agent.pool, agent.duty))
                .or_default()
                .push(busy / duty);
        }
    }
    let (mut squares, mut agents) = (0.0, 0_u64);
    for group in groups.values() {
        let count = group.len() as u64;
        let mean = group.iter().sum::<f64>() / number(count);
        squares += group
            .iter()
            .map(|one| (one - mean) * (one - mean))
            .sum::<f64>();
        agents += count;
    }
    let spread = (squares / number(agents.max(1))).sqrt();
    (if on_duty > 0.0 { used / on_duty } else { 0.0 }, spread)
}

fn ratio(part: u64, of: u64) -> f64 {
    number(part) / number(of.max(1))
}

/// Counts are far below 2^53, so nothing is lost.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
const fn number(count: u64) -> f64 {
    count as f64
}
