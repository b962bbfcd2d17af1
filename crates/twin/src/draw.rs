//! The tickets of a run: who asks for what, when, and how much work it turns out to be.
//!
//! Everything about a ticket is drawn before anything is played: how long each level would take,
//! whether it would climb, whether its customer lets it wait. So all policies see the same
//! tickets, and a difference between them is a difference of policy.

use crate::dice::{Dice, Draw, Ms, ms_of_minutes};
use crate::error::Error;
use crate::hours::{DAY, HOUR, MINUTE};
use crate::limits::{COOL_DOWN_HOURS, TICKETS_MAX};
use crate::plan::{Incident, LEVELS, Plan, Region};

/// A ticket, and all that chance has to say about it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Drawn {
    /// When it is opened.
    pub(crate) opened: Ms,
    /// When it comes to people.
    pub(crate) to_people: Ms,
    pub(crate) region: usize,
    pub(crate) language: usize,
    pub(crate) category: usize,
    pub(crate) severity: usize,
    pub(crate) tier: usize,
    pub(crate) channel: usize,
    /// How long each level works on it, at the speed of an average agent.
    pub(crate) work: [Ms; LEVELS.len()],
    /// How long each level works on it once the customer has answered.
    pub(crate) second_work: [Ms; LEVELS.len()],
    /// Whether each level hands it to the next.
    pub(crate) climbs: [bool; LEVELS.len()],
    /// How long its customer lets it wait; none when it never waits.
    pub(crate) reply_after: Option<Ms>,
    /// The incident that it is linked to.
    pub(crate) linked: Option<usize>,
}

/// The tickets of a run, in the order in which they come to people.
#[derive(Debug, PartialEq)]
pub(crate) struct Demand {
    pub(crate) tickets: Vec<Drawn>,
    /// Tickets of the measured span that the bot resolved.
    pub(crate) bot_resolved: u64,
}

/// How fast each agent is, 1 being the average.
pub(crate) fn speeds(plan: &Plan, seed: u64) -> Vec<f64> {
    let mut dice = Dice::of(seed, "agents");
    plan.agents
        .iter()
        .map(|_| plan.speed.sample(&mut dice))
        .collect()
}

/// Draws the tickets of a seed. They go on for a while after the measured span, so that those
/// that count are not alone at their end.
///
/// # Errors
///
/// [`Error::Senseless`] when there are more than [`TICKETS_MAX`].
pub(crate) fn demand(plan: &Plan, seed: u64) -> Result<Demand, Error> {
    let mut demand = Demand {
        tickets: Vec::new(),
        bot_resolved: 0,
    };
    for (at, region) in plan.regions.iter().enumerate() {
        let mut of_region = OfRegion::new(plan, seed, at, region);
        of_region.draw(&mut demand)?;
    }
    for (at, incident) in plan.incidents.iter().enumerate() {
        of_incident(plan, seed, at, incident, &mut demand);
    }
    // A stable sort: of two that come at once, the first drawn is first.
    demand.tickets.sort_by_key(|ticket| ticket.to_people);
    Ok(demand)
}

/// The everyday tickets of a region.
struct OfRegion<'a> {
    plan: &'a Plan,
    at: usize,
    region: &'a Region,
    arrivals: Dice,
    tickets: Dice,
}

impl<'a> OfRegion<'a> {
    fn new(plan: &'a Plan, seed: u64, at: usize, region: &'a Region) -> Self {
        Self {
            plan,
            at,
            region,
            arrivals: Dice::of(seed, &format!("arrivals/{}", region.id)),
            tickets: Dice::of(seed, &format!("tickets/{}", region.id)),
        }
    }

    /// Draws hour by hour of local time: within one the rate is constant but for the scenario's
    /// steps.
    fn draw(&mut self, demand: &mut Demand) -> Result<(), Error> {
        let end = self.plan.measure_to + COOL_DOWN_HOURS * HOUR;
        let mut hour = self.plan.start - (self.plan.start + self.region.offset).rem_euclid(HOUR);
        while hour < end {
            let gamma = self.arrivals.gamma(self.plan.hourly_gamma_cv);
            let edges = self.edges(hour.max(self.plan.start), (hour + HOUR).min(end));
            for edge in edges.windows(2) {
                self.span(edge[0], edge[1], gamma, demand)?;
            }
            hour += HOUR;
        }
        Ok(())
    }

    /// The instants from `from` to `to` at which the rate changes, both included.
    fn edges(&self, from: Ms, to: Ms) -> Vec<Ms> {
        let steps = self.region.multipliers.iter().flatten().map(|(at, _)| *at);
        let mut edges: Vec<Ms> = steps.filter(|at| from < *at && *at < to).collect();
        edges.extend([from, to]);
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// Draws a span of constant rate.
    fn span(&mut self, from: Ms, to: Ms, gamma: f64, demand: &mut Demand) -> Result<(), Error> {
        let mean = self.rate_per_ms(from) * gamma * float(to - from);
        let count = self.arrivals.poisson(mean);
        if demand.tickets.len() + count > TICKETS_MAX {
            let why = format!("more than {TICKETS_MAX} tickets come");
            return Err(Error::senseless("arrivals", why));
        }
        let mut opened: Vec<Ms> = (0..count)
            .map(|_| from + part(to - from, self.arrivals.unit()))
            .collect();
        opened.sort_unstable();
        for opened in opened {
            let ticket = self.ticket(opened);
            let resolves = &self.plan.categories[ticket.category].bot_resolves;
            let resolves = resolves[ticket.severity];
            finish(self.plan, ticket, resolves, &mut self.tickets, demand);
        }
        Ok(())
    }

    fn rate_per_ms(&self, at: Ms) -> f64 {
        let hour = (at + self.region.offset).rem_euclid(DAY) / HOUR;
        let hour = usize::try_from(hour).unwrap_or(0);
        let steps = self.region.multipliers.iter();
        let by: f64 = steps.map(|points| step(points, at)).product();
        self.plan.tickets_per_day * self.region.share * self.region.profile[hour] * by / float(HOUR)
    }

    fn ticket(&mut self, opened: Ms) -> Drawn {
        let dice = &mut self.tickets;
        let category = self.plan.category_choice.pick(dice);
        let severity = self.plan.categories[category].severities.pick(dice);
        let tier = self.plan.tier_choice.pick(dice);
        let language = self.region.language_choice.pick(dice);
        drawn(
            self.plan,
            (opened, self.at, language),
            (category, severity, tier),
            dice,
        )
    }
}

/// The value of a step function; 1 before its first step.
fn step(points: &[(Ms, f64)], at: Ms) -> f64 {
    let passed = points.iter().take_while(|(from, _)| *from <= at);
    passed.last().map_or(1.0, |(_, by)| *by)
}

/// The tickets of an incident.
fn of_incident(plan: &Plan, seed: u64, at: usize, incident: &Incident, demand: &mut Demand) {
    let mut dice = Dice::of(seed, &format!("incident/{}", incident.id));
    for _ in 0..incident.count {
        let minute = Ms::try_from(incident.minutes.pick(&mut dice)).unwrap_or(0);
        let opened = incident.start + minute * MINUTE + part(MINUTE, dice.unit());
        let region = incident.region_choice.pick(&mut dice);
        let category = incident.category_choice.pick(&mut dice);
        let severity = incident.severity_choice.pick(&mut dice);
        let tier = incident.tier_choice.pick(&mut dice);
        let language = plan.regions[region].language_choice.pick(&mut dice);
        let labels = (category, severity, tier);
        let mut ticket = drawn(plan, (opened, region, language), labels, &mut dice);
        let same = dice.unit() < incident.same_share;
        if let Some(work) = incident.linked_handling.as_ref().filter(|_| same) {
            link(&mut ticket, at, ms_of_minutes(work.sample(&mut dice)));
        }
        let resolves = incident.bot_resolves[severity];
        finish(plan, ticket, resolves, &mut dice, demand);
    }
}

/// A linked ticket takes its own little work at the first level, and is done.
fn link(ticket: &mut Drawn, incident: usize, work: Ms) {
    ticket.linked = Some(incident);
    ticket.work[0] = work.max(1);
    ticket.climbs = [false; LEVELS.len()];
    ticket.reply_after = None;
}

/// Draws what work a ticket is.
fn drawn(
    plan: &Plan,
    (opened, region, language): (Ms, usize, usize),
    (category, severity, tier): (usize, usize, usize),
    dice: &mut Dice,
) -> Drawn {
    let channel = plan.channel_choice.pick(dice);
    let about = &plan.categories[category];
    let factor = plan.severities[severity].factor * plan.channels[channel].factor;
    let work = |draw: &Draw, by: f64, dice: &mut Dice| {
        ms_of_minutes(draw.sample(dice) * factor * by).max(1)
    };
    let second_factor = plan.reply.as_ref().map_or(0.0, |reply| reply.second_factor);
    let first = std::array::from_fn(|level| work(&about.handling[level], 1.0, dice));
    let second = std::array::from_fn(|level| work(&about.handling[level], second_factor, dice));
    let climbs = std::array::from_fn(|level| dice.unit() < about.escalate[level]);
    let reply_after = plan.reply.as_ref().and_then(|reply| {
        let delay = ms_of_minutes(reply.delay.sample(dice)).max(1);
        (dice.unit() < reply.probability).then_some(delay)
    });
    Drawn {
        opened,
        to_people: opened,
        region,
        language,
        category,
        severity,
        tier,
        channel,
        work: first,
        second_work: second,
        climbs,
        reply_after,
        linked: None,
    }
}

/// Lets the bot try, and takes what comes to people.
fn finish(plan: &Plan, mut ticket: Drawn, resolves: f64, dice: &mut Dice, demand: &mut Demand) {
    if let Some(bot) = &plan.bot {
        let gives_up = ms_of_minutes(bot.give_up_after.sample(dice)).max(1);
        let resolved = dice.unit() < resolves;
        if bot.applies[ticket.severity] {
            if resolved {
                demand.bot_resolved += u64::from(plan.counts(ticket.opened));
                return;
            }
            ticket.to_people = ticket.opened + gives_up.min(bot.hand_off_after);
        }
    }
    demand.tickets.push(ticket);
}

/// A part of a span, from 0 (included) to 1 (excluded).
fn part(span: Ms, part: f64) -> Ms {
    crate::dice::ms((float(span) * part).floor()).min(span - 1)
}

/// Spans of scenarios are far below 2^53 milliseconds, so nothing is lost.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub(crate) fn float(ms: Ms) -> f64 {
    ms as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_holds_until_the_next() {
        let points = [(10, 2.0), (20, 3.0)];
        let values = [9, 10, 19, 20, 99].map(|at| step(&points, at));
        assert_eq!(values, [1.0, 2.0, 2.0, 3.0, 3.0]);
    }
}
