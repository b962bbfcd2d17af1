//! What tickets are labelled with: severities, tiers, categories, channels.

use super::compile::Names;
use super::mixes::{
    draw, index, indices, minutes, one, permille, positive, probability, shares, values,
};
use super::totals::factor;
use super::{Category, Channel, LEVELS, Scope, Severity, Tier};
use crate::dice::{Choice, Draw};
use crate::error::Error;
use crate::scenario::format::{self, File, RunsBy};

/// All of an agent, in thousandths.
const WHOLE: u32 = 1_000;

pub(super) fn severities(file: &File, names: &Names) -> Result<Vec<Severity>, Error> {
    let weights = values(
        "breach_cost.severity",
        &file.breach_cost.severity,
        &names.severities,
        0.0,
    )?;
    let eligible = indices(
        "out_of_hours.eligible_severities",
        &file.out_of_hours.eligible_severities,
        &names.severities,
    )?;
    let each = file.severities.iter().zip(weights).enumerate();
    each.map(|(at, (one, weight))| {
        let path = format!("severities.{}", one.id);
        Ok(Severity {
            id: one.id.clone(),
            response: minutes(&path, one.response_min)?,
            resolve: minutes(&path, one.resolve_min)?,
            all_hours: one.clock == RunsBy::AllHours,
            out_of_hours: eligible.contains(&at),
            weight,
            factor: positive(&path, factor(&file.handling_factors.severity, &one.id))?,
        })
    })
    .collect()
}

pub(super) fn tiers(file: &File, names: &Names) -> Result<Vec<Tier>, Error> {
    let weights = values(
        "breach_cost.tier",
        &file.breach_cost.tier,
        &names.tiers,
        0.0,
    )?;
    let eligible = indices(
        "out_of_hours.eligible_tiers",
        &file.out_of_hours.eligible_tiers,
        &names.tiers,
    )?;
    let each = file.tiers.iter().zip(weights).enumerate();
    each.map(|(at, (one, weight))| {
        let path = format!("tiers.{}", one.id);
        Ok(Tier {
            id: one.id.clone(),
            response_cap: one
                .response_cap_min
                .map(|cap| minutes(&path, cap))
                .transpose()?,
            all_hours: one.clock == Some(RunsBy::AllHours),
            out_of_hours: eligible.contains(&at),
            weight,
        })
    })
    .collect()
}

pub(super) fn tier_choice(file: &File) -> Result<Choice, Error> {
    let shares: Vec<f64> = file.tiers.iter().map(|one| one.share).collect();
    one("tiers", &shares)?;
    Ok(Choice::of(shares))
}

/// Shares of categories, after what an overlay multiplies them by.
pub(super) fn category_choice(file: &File, names: &Names) -> Result<Choice, Error> {
    let shares: Vec<f64> = file.categories.iter().map(|one| one.share).collect();
    one("categories", &shares)?;
    let path = "category_share_multipliers";
    let factors = values(
        path,
        &file.category_share_multipliers,
        &names.categories,
        1.0,
    )?;
    Ok(Choice::of(
        shares
            .iter()
            .zip(factors)
            .map(|(share, factor)| share * factor),
    ))
}

pub(super) fn categories(file: &File, names: &Names) -> Result<Vec<Category>, Error> {
    let path = "severity_odds_multipliers";
    let odds = values(
        path,
        &file.severity_odds_multipliers,
        &names.severities,
        1.0,
    )?;
    file.categories
        .iter()
        .map(|one| category(one, names, &odds))
        .collect()
}

fn category(one: &format::Category, names: &Names, odds: &[f64]) -> Result<Category, Error> {
    let path = format!("categories.{}", one.id);
    let mix = shares(&path, &one.severity_mix, &names.severities)?;
    let bot_resolves = values(&path, &one.bot_resolves, &names.severities, 0.0)?;
    for value in &bot_resolves {
        probability(&path, *value)?;
    }
    let mut escalate = [0.0; LEVELS.len()];
    let mut handling = [Draw::Fixed(0.0); LEVELS.len()];
    for (at, level) in LEVELS.iter().enumerate() {
        escalate[at] = probability(&path, one.escalate.get(*level).copied().unwrap_or(0.0))?;
        match one.handling.get(*level) {
            Some(spread) => handling[at] = draw(&format!("{path}.handling.{level}"), spread)?,
            None if at == 0 || escalate[at - 1] > 0.0 => {
                let why = format!("tickets come to {level}, but no handling time says how long");
                return Err(Error::senseless(path, why));
            }
            None => {}
        }
    }
    if escalate[LEVELS.len() - 1] > 0.0 {
        return Err(Error::senseless(
            path,
            "there is no level to climb to from the last",
        ));
    }
    Ok(Category {
        skill: index(&path, &one.skill, &names.skills)?,
        severities: Choice::of(mix.iter().zip(odds).map(|(share, odds)| share * odds)),
        bot_resolves,
        escalate,
        handling,
    })
}

pub(super) fn channels(file: &File, scope: &Scope) -> Result<Vec<Channel>, Error> {
    let each = file.channels.iter();
    each.map(|(id, channel)| {
        let path = format!("channels.{id}");
        let load_permille = permille(&path, channel.capacity_units)?;
        let factor = positive(&path, factor(&file.handling_factors.channel, id))?;
        let id = id.clone();
        Ok(if scope.plain {
            Channel {
                id,
                load_permille: WHOLE,
                factor: factor * channel.capacity_units,
            }
        } else {
            Channel {
                id,
                load_permille,
                factor,
            }
        })
    })
    .collect()
}

pub(super) fn channel_choice(file: &File) -> Result<Choice, Error> {
    let shares: Vec<f64> = file.channels.values().map(|one| one.share).collect();
    one("channels", &shares)?;
    Ok(Choice::of(shares))
}
