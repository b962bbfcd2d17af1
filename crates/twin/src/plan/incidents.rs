//! Incidents: many tickets about one matter, with mixes of their own.

use super::compile::Names;
use super::mixes::{choice, draw, positive, probability, values};
use super::{Incident, Region, Scope};
use crate::dice::{Choice, ms};
use crate::error::Error;
use crate::limits::TICKETS_MAX;
use crate::scenario::format::{self, File};

pub(super) fn incidents(
    file: &File,
    names: &Names,
    kept: &[Region],
    scope: &Scope,
) -> Result<Vec<Incident>, Error> {
    let incidents = file.incidents.iter();
    incidents
        .map(|one| incident(one, names, kept, scope))
        .collect()
}

fn incident(
    one: &format::Incident,
    names: &Names,
    kept: &[Region],
    scope: &Scope,
) -> Result<Incident, Error> {
    let path = format!("incidents.{}", one.id);
    let extra = &one.extra_tickets;
    let shares: Vec<f64> = kept
        .iter()
        .map(|region| extra.region_mix.get(&region.id).copied().unwrap_or(0.0))
        .collect();
    let come: f64 = shares.iter().sum();
    let count = scope
        .storm
        .unwrap_or_else(|| u32::try_from(ms(f64::from(extra.count) * come)).unwrap_or(0));
    if usize::try_from(count).unwrap_or(usize::MAX) > TICKETS_MAX {
        let why = format!("it has more than {TICKETS_MAX} tickets");
        return Err(Error::senseless(path, why));
    }
    let linked = one.linked_handling.as_ref().filter(|_| scope.linked);
    let minutes: f64 = extra.per_minute_weights.iter().sum();
    positive(&format!("{path}.per_minute_weights"), minutes)?;
    Ok(Incident {
        id: one.id.clone(),
        mitigated: one.mitigated_utc.map(|at| at.as_millis()),
        count: if come > 0.0 { count } else { 0 },
        start: extra.start_utc.as_millis(),
        minutes: Choice::of(extra.per_minute_weights.iter().copied()),
        region_choice: Choice::of(shares),
        category_choice: choice(&path, &extra.category_mix, &names.categories)?,
        severity_choice: choice(&path, &extra.severity_mix, &names.severities)?,
        tier_choice: choice(&path, &extra.tier_mix, &names.tiers)?,
        bot_resolves: values(&path, &extra.bot_resolves, &names.severities, 0.0)?,
        same_share: probability(&path, extra.same_incident_share)?,
        linked_handling: linked.map(|spread| draw(&path, spread)).transpose()?,
    })
}
