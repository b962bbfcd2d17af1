//! What a scenario adds up to: agents, hours, tickets, work. Compared with what the file says of
//! itself, and the measure by which tickets are scaled.

use super::LEVELS;
use super::mixes::mean;
use crate::dice::{Ms, ms_of_minutes};
use crate::error::Error;
use crate::limits::TOTALS_TOLERANCE;
use crate::scenario::format::{Category, CheckTotals, File, Pool, PoolRole, Region};

/// The work of a day, in hours of an agent's whole attention.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// By level.
    pub(super) hours: [f64; LEVELS.len()],
    /// Tickets that come to people.
    pub(super) to_people: f64,
    /// All tickets.
    pub(super) tickets: f64,
}

/// The work that is expected of some regions in a day.
///
/// A customer's reply is counted once for each level that a ticket passes, as the format's own
/// totals do; the simulation lets a ticket that climbs wait on its last level only, which is up
/// to 2 % less on the first.
pub(super) fn work(file: &File, of: impl Fn(&Region) -> bool) -> Work {
    let share: f64 = file
        .customer_regions
        .iter()
        .filter(|region| of(region))
        .map(|region| region.share)
        .sum();
    let tickets = file.arrivals.tickets_per_day * share;
    let per_ticket = capacity_per_minute(file) * replies(file) / 60.0;
    let mut work = Work {
        tickets,
        ..Work::default()
    };
    for category in &file.categories {
        let mut climbing = 0.0;
        for (severity, part) in &category.severity_mix {
            let bot = category.bot_resolves.get(severity).copied().unwrap_or(0.0);
            let factor = factor(&file.handling_factors.severity, severity);
            let come = tickets * category.share * part * (1.0 - bot);
            work.to_people += come;
            climbing += come * factor;
        }
        for (level, hours) in LEVELS.iter().zip(&mut work.hours) {
            *hours += climbing * per_ticket * handling(category, level);
            climbing *= category.escalate.get(*level).copied().unwrap_or(0.0);
        }
    }
    work
}

/// How long the work of a ticket at each level is expected to take, in milliseconds.
pub(super) fn expected_work(file: &File) -> [Ms; LEVELS.len()] {
    LEVELS.map(|level| {
        let categories = file.categories.iter();
        let minutes: f64 = categories.map(|one| one.share * handling(one, level)).sum();
        ms_of_minutes(minutes)
    })
}

/// The capacity that a minute of handling takes, over all channels.
fn capacity_per_minute(file: &File) -> f64 {
    file.channels
        .iter()
        .map(|(id, channel)| {
            channel.share * channel.capacity_units * factor(&file.handling_factors.channel, id)
        })
        .sum()
}

/// How much more work replies make.
fn replies(file: &File) -> f64 {
    file.customer_reply
        .as_ref()
        .map_or(1.0, |reply| 1.0 + reply.prob * reply.second_handling_factor)
}

fn handling(category: &Category, level: &str) -> f64 {
    category.handling.get(level).map_or(0.0, mean)
}

/// A factor by name; one where there is none.
pub(super) fn factor(mix: &crate::scenario::format::Mix, name: &str) -> f64 {
    mix.get(name).copied().unwrap_or(1.0)
}

/// The hours that pools are on duty in a day.
pub(super) fn staffed_hours(file: &File, of: impl Fn(&Pool) -> bool) -> f64 {
    file.pools
        .iter()
        .filter(|pool| of(pool))
        .flat_map(|pool| &pool.heads)
        .map(|(shift, heads)| {
            let minutes = file.shifts.get(shift).map_or(0, |shift| shift.minutes);
            f64::from(*heads) * f64::from(u32::try_from(minutes).unwrap_or(0)) / 60.0
        })
        .sum()
}

/// The factor by which tickets are scaled so that the day pools are so busy.
pub(super) fn scale(
    file: &File,
    busy: f64,
    region: impl Fn(&Region) -> bool,
    pool: impl Fn(&Pool) -> bool,
) -> Result<f64, Error> {
    let can = staffed_hours(file, |one| pool(one) && one.role == PoolRole::Day);
    let must: f64 = work(file, region).hours.iter().sum();
    let factor = busy * can / must;
    if factor.is_finite() && factor > 0.0 {
        return Ok(factor);
    }
    let why = "there is no work, or nobody to do it: tickets cannot be scaled";
    Err(Error::senseless("pools", why))
}

/// Compares the totals that a scenario says of itself with what it adds up to.
pub(super) fn check(file: &File, said: &CheckTotals) -> Result<(), Error> {
    let heads = |of: &dyn Fn(&Pool) -> bool| -> u64 {
        let pools = file.pools.iter().filter(|pool| of(pool));
        pools
            .flat_map(|pool| pool.heads.values())
            .map(|heads| u64::from(*heads))
            .sum()
    };
    whole("pools", said.pools, file.pools.len() as u64)?;
    whole("agents", said.agents, heads(&|_| true))?;
    for (centre, agents) in &said.agents_by_centre {
        let found = heads(&|pool| pool.centre == *centre);
        whole(&format!("agents_by_centre.{centre}"), Some(*agents), found)?;
    }
    let work = work(file, |_| true);
    let staffed = staffed_hours(file, |_| true);
    near("staffed_agent_hours", said.staffed_agent_hours, staffed)?;
    near(
        "human_tickets_per_day",
        said.human_tickets_per_day,
        work.to_people,
    )?;
    let bot = 1.0 - work.to_people / work.tickets;
    near("bot_resolved_share", said.bot_resolved_share, bot)?;
    for (level, hours) in LEVELS.iter().zip(work.hours) {
        let said = said.offered_agent_hours.get(*level).copied();
        near(&format!("offered_agent_hours.{level}"), said, hours)?;
    }
    let occupancy = work.hours.iter().sum::<f64>() / staffed;
    near("occupancy", said.occupancy, occupancy)
}

fn whole(total: &str, said: Option<u64>, found: u64) -> Result<(), Error> {
    match said {
        Some(said) if said != found => Err(differ(total, &said.to_string(), &found.to_string())),
        _ => Ok(()),
    }
}

fn near(total: &str, said: Option<f64>, found: f64) -> Result<(), Error> {
    match said {
        Some(said) if (said - found).abs() > TOTALS_TOLERANCE * said.abs() => {
            Err(differ(total, &said.to_string(), &format!("{found:.4}")))
        }
        _ => Ok(()),
    }
}

fn differ(total: &str, said: &str, found: &str) -> Error {
    Error::Totals {
        total: total.to_owned(),
        said: said.to_owned(),
        found: found.to_owned(),
    }
}
