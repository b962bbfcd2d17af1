//! Where customers and agents are: regions, centres, pools, and when which are open.

use super::compile::Names;
use super::mixes::{choice, index, indices, not_negative, one, permille, whole_minutes};
use super::{Centre, LEVELS, Outage, Pool, Region};
use crate::dice::Ms;
use crate::error::Error;
use crate::hours::Hours;
use crate::scenario::format::{self, File, PoolRole};

/// How far a centre's local time is ahead of UTC.
pub(super) fn centre_offset(file: &File, id: &str) -> Result<Ms, Error> {
    let overridden = file.utc_offset_overrides.centres.get(id).copied();
    let own = || {
        file.centres
            .iter()
            .find(|one| one.id == id)
            .map(|one| one.utc_offset_min)
    };
    whole_minutes(
        &format!("centres.{id}"),
        overridden.or_else(own).unwrap_or(0),
    )
}

pub(super) fn centres(file: &File) -> Result<Vec<Centre>, Error> {
    let each = file.centres.iter();
    each.map(|one| {
        let path = format!("centres.{}.service_hours", one.id);
        let offset = centre_offset(file, &one.id)?;
        let night = |pool: &format::Pool| pool.centre == one.id && pool.role == PoolRole::NightDuty;
        Ok(Centre {
            id: one.id.clone(),
            hours: Hours::read(&path, &one.service_hours, offset)?,
            night_duty: file.pools.iter().any(night),
        })
    })
    .collect()
}

pub(super) fn regions(
    file: &File,
    names: &Names,
    centres: &[Centre],
    wanted: impl Fn(&format::Region) -> bool,
    end: Ms,
) -> Result<Vec<Region>, Error> {
    let all: Vec<f64> = file.customer_regions.iter().map(|one| one.share).collect();
    one("customer_regions", &all)?;
    let wanted = file.customer_regions.iter().filter(|one| wanted(one));
    wanted
        .map(|one| region(file, one, names, centres, end))
        .collect()
}

fn region(
    file: &File,
    one: &format::Region,
    names: &Names,
    centres: &[Centre],
    end: Ms,
) -> Result<Region, Error> {
    let path = format!("customer_regions.{}", one.id);
    let home = index(&path, &one.service_hours_of, &names.centres)?;
    let profile = file.arrivals.profiles_local_hour.get(&one.profile);
    let profile = profile.filter(|hours| hours.len() == 24).ok_or_else(|| {
        let why = format!("there is no profile `{}` of 24 hours", one.profile);
        Error::senseless(&path, why)
    })?;
    super::mixes::one(
        &format!("arrivals.profiles_local_hour.{}", one.profile),
        profile,
    )?;
    let mut coverage = vec![Vec::new(); names.languages.len()];
    for (language, list) in &one.coverage {
        coverage[index(&path, language, &names.languages)?] = indices(&path, list, &names.centres)?;
    }
    let open_always = file.opens_all_hours.contains(&one.id);
    let overridden = file.utc_offset_overrides.customer_regions.get(&one.id);
    Ok(Region {
        id: one.id.clone(),
        home,
        hours: if open_always {
            Hours::ALWAYS
        } else {
            centres[home].hours
        },
        language_choice: choice(&path, &one.languages, &names.languages)?,
        coverage,
        eu: residency(&path, one.data_residency.as_deref())?,
        open_spans: open_spans(file, &one.id, end),
        share: not_negative(&path, one.share)?,
        offset: whole_minutes(&path, overridden.copied().unwrap_or(one.utc_offset_min))?,
        profile: profile.clone(),
        multipliers: file
            .rate_multipliers
            .iter()
            .filter(|step| step.regions.contains(&one.id))
            .map(|step| {
                step.points
                    .iter()
                    .map(|(at, by)| (at.as_millis(), *by))
                    .collect()
            })
            .collect(),
    })
}

fn residency(path: &str, said: Option<&str>) -> Result<bool, Error> {
    match said {
        None => Ok(false),
        Some("eu") => Ok(true),
        Some(other) => {
            let why = format!("data residency `{other}` is not known, only `eu`");
            Err(Error::senseless(path, why))
        }
    }
}

/// When incidents open a region at all hours: from when they are declared until they are over.
fn open_spans(file: &File, region: &str, end: Ms) -> Vec<(Ms, Ms)> {
    if !file.out_of_hours.major_incident_opens_all_hours {
        return Vec::new();
    }
    let major = file
        .incidents
        .iter()
        .filter(|one| one.region == region && one.major && one.opens_all_hours);
    major
        .map(|one| {
            let until = one.mitigated_utc.map_or(end, |at| at.as_millis());
            (one.declared_utc.as_millis(), until)
        })
        .collect()
}

pub(super) fn pools<'a>(
    file: &'a File,
    names: &Names,
    kept: impl Fn(&format::Pool) -> bool,
) -> Result<Vec<(&'a format::Pool, Pool)>, Error> {
    let levels = LEVELS.map(str::to_owned);
    let pools = file.pools.iter().filter(|one| kept(one));
    pools
        .map(|one| {
            let path = format!("pools.{}", one.id);
            let tiers = one
                .tiers
                .as_ref()
                .map(|tiers| indices(&path, tiers, &names.tiers));
            let pool = Pool {
                id: one.id.clone(),
                centre: index(&path, &one.centre, &names.centres)?,
                level: index(&path, &one.level, &levels)?,
                skills: indices(&path, &one.skills, &names.skills)?,
                languages: indices(&path, &one.languages, &names.languages)?,
                capacity_permille: permille(&path, one.capacity_units)?,
                eu_cleared: one.eu_cleared,
                role: one.role,
                tiers: tiers.transpose()?,
            };
            Ok((one, pool))
        })
        .collect()
}

pub(super) fn outages(file: &File, names: &Names) -> Result<Vec<Outage>, Error> {
    let outages = file.centre_outages.iter();
    outages
        .map(|one| {
            Ok(Outage {
                centre: index("centre_outages", &one.centre, &names.centres)?,
                from: one.start_utc.as_millis(),
                to: one.end_utc.as_millis(),
            })
        })
        .collect()
}
