//! From a scenario to a plan: every name looked up, every number checked, the scope applied.

use super::mixes::{
    choice, draw, index, indices, minutes, not_negative, one, permille, positive, probability,
    shares, values,
};
use super::staff::staff;
use super::totals::{self, factor};
use super::{
    Bot, Category, Centre, Channel, Incident, LEVELS, Outage, Plan, Pool, Region, Reply, Scope,
    Severity, Steps, Tier,
};
use crate::dice::{Choice, Draw, Ms, ms};
use crate::error::Error;
use crate::hours::{DAY, HOUR, Hours, MINUTE};
use crate::limits::{FOLLOW_DAYS, HOURS_MAX, TICKETS_MAX};
use crate::scenario::format::{self, File, PoolRole, RunsBy};

/// When pools that serve the whole world may be asked, from when a ticket began to wait.
const PROFESSIONAL_AFTER: Ms = MINUTE;
/// All of an agent, in thousandths.
const WHOLE: u32 = 1_000;
/// Steps of a coverage list that the file does not name open with the last that it names.
const STEP_DEFAULT: Ms = 0;

/// The names that everything else refers to.
struct Names {
    severities: Vec<String>,
    tiers: Vec<String>,
    categories: Vec<String>,
    skills: Vec<String>,
    languages: Vec<String>,
    centres: Vec<String>,
}

/// Makes a plan of a scenario, as far as the scope wants it.
///
/// # Errors
///
/// What makes no sense in it, by its path.
pub(crate) fn compile(file: &File, scope: &Scope) -> Result<Plan, Error> {
    if let Some(said) = &file.check_totals {
        totals::check(file, said)?;
    }
    let names = Names::of(file);
    if let Some(centre) = &scope.centre {
        index("--centre", centre, &names.centres)?;
    }
    let wanted = |region: &format::Region| {
        scope
            .centre
            .as_ref()
            .is_none_or(|centre| region.service_hours_of == *centre)
    };
    let kept = |pool: &format::Pool| {
        scope
            .centre
            .as_ref()
            .is_none_or(|centre| pool.centre == *centre && pool.role != PoolRole::Professional)
    };
    let scale = match scope.busy {
        Some(busy) => totals::scale(file, positive("--busy", busy)?, wanted, kept)?,
        None => 1.0,
    };
    let (start, from, to) = clock(file)?;
    let end = to + FOLLOW_DAYS * DAY;
    let centres = centres(file)?;
    let regions = regions(file, &names, &centres, wanted, end)?;
    let pools = pools(file, &names, kept)?;
    let offset = |centre: &str| centre_offset(file, centre);
    let staff = staff(file, &pools, (start, end), &offset)?;
    let categories = categories(file, &names)?;
    let tickets_per_day = not_negative("arrivals.tickets_per_day", file.arrivals.tickets_per_day)?;
    Ok(Plan {
        start,
        measure_from: from,
        measure_to: to,
        severities: severities(file, &names)?,
        tiers: tiers(file, &names)?,
        tier_choice: tier_choice(file)?,
        category_choice: category_choice(file, &names)?,
        categories,
        channels: channels(file, scope)?,
        channel_choice: channel_choice(file)?,
        incidents: incidents(file, &names, &regions, scope)?,
        outages: outages(file, &names)?,
        centres,
        regions,
        pools: pools.into_iter().map(|(_, pool)| pool).collect(),
        duties: staff.duties,
        agents: staff.agents,
        speed: match &file.handling_factors.agent_speed {
            Some(speed) => draw("handling_factors.agent_speed", speed)?,
            None => Draw::Fixed(1.0),
        },
        bot: bot(file, &names)?,
        reply: reply(file, scope)?,
        steps: steps(file)?,
        tickets_per_day: bounded(tickets_per_day * scale, start, to)?,
        hourly_gamma_cv: not_negative("arrivals.hourly_gamma_cv", file.arrivals.hourly_gamma_cv)?,
        response_share: not_negative("breach_cost", file.breach_cost.response_share)?,
        resolve_share: not_negative("breach_cost", file.breach_cost.resolve_share)?,
        expected_work: totals::expected_work(file),
        skills: names.skills,
        languages: names.languages,
    })
}

impl Names {
    fn of(file: &File) -> Self {
        let mut skills: Vec<String> = file
            .categories
            .iter()
            .map(|one| one.skill.clone())
            .collect();
        let mut languages: Vec<String> = file
            .customer_regions
            .iter()
            .flat_map(|region| region.languages.keys().cloned())
            .chain(file.pools.iter().flat_map(|pool| pool.languages.clone()))
            .collect();
        for names in [&mut skills, &mut languages] {
            names.sort_unstable();
            names.dedup();
        }
        Self {
            severities: file.severities.iter().map(|one| one.id.clone()).collect(),
            tiers: file.tiers.iter().map(|one| one.id.clone()).collect(),
            categories: file.categories.iter().map(|one| one.id.clone()).collect(),
            skills,
            languages,
            centres: file.centres.iter().map(|one| one.id.clone()).collect(),
        }
    }
}

/// Start, and from when to when tickets count.
fn clock(file: &File) -> Result<(Ms, Ms, Ms), Error> {
    let warmup = not_negative("clock.warmup_h", file.clock.warmup_h)?;
    let measure = positive("clock.measure_h", file.clock.measure_h)?;
    if warmup + measure > HOURS_MAX {
        let why = format!("it lasts more than {HOURS_MAX} hours");
        return Err(Error::senseless("clock", why));
    }
    let start = file.clock.start_utc.as_millis();
    let from = start + hours(warmup);
    Ok((start, from, from + hours(measure)))
}

fn hours(hours: f64) -> Ms {
    ms(hours * 3_600_000.0)
}

fn bounded(tickets_per_day: f64, start: Ms, to: Ms) -> Result<f64, Error> {
    let days = u32::try_from((to - start) / HOUR).map_or(f64::MAX, f64::from) / 24.0;
    let most = u32::try_from(TICKETS_MAX).map_or(f64::MAX, f64::from);
    if tickets_per_day * days <= most {
        return Ok(tickets_per_day);
    }
    let why = format!("it draws more than {TICKETS_MAX} tickets");
    Err(Error::senseless("arrivals.tickets_per_day", why))
}

fn severities(file: &File, names: &Names) -> Result<Vec<Severity>, Error> {
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

fn tiers(file: &File, names: &Names) -> Result<Vec<Tier>, Error> {
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

fn tier_choice(file: &File) -> Result<Choice, Error> {
    let shares: Vec<f64> = file.tiers.iter().map(|one| one.share).collect();
    one("tiers", &shares)?;
    Ok(Choice::of(shares))
}

/// Shares of categories, after what an overlay multiplies them by.
fn category_choice(file: &File, names: &Names) -> Result<Choice, Error> {
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

fn categories(file: &File, names: &Names) -> Result<Vec<Category>, Error> {
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

fn channels(file: &File, scope: &Scope) -> Result<Vec<Channel>, Error> {
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

fn channel_choice(file: &File) -> Result<Choice, Error> {
    let shares: Vec<f64> = file.channels.values().map(|one| one.share).collect();
    one("channels", &shares)?;
    Ok(Choice::of(shares))
}

/// How far a centre's local time is ahead of UTC.
fn centre_offset(file: &File, id: &str) -> Ms {
    let overridden = file.utc_offset_overrides.centres.get(id).copied();
    let own = || {
        file.centres
            .iter()
            .find(|one| one.id == id)
            .map(|one| one.utc_offset_min)
    };
    overridden.or_else(own).unwrap_or(0) * MINUTE
}

fn centres(file: &File) -> Result<Vec<Centre>, Error> {
    let each = file.centres.iter();
    each.map(|one| {
        let path = format!("centres.{}.service_hours", one.id);
        let offset = centre_offset(file, &one.id);
        let night = |pool: &format::Pool| pool.centre == one.id && pool.role == PoolRole::NightDuty;
        Ok(Centre {
            id: one.id.clone(),
            hours: Hours::read(&path, &one.service_hours, offset)?,
            night_duty: file.pools.iter().any(night),
        })
    })
    .collect()
}

fn regions(
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
        offset: overridden.copied().unwrap_or(one.utc_offset_min) * MINUTE,
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

fn pools<'a>(
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

fn bot(file: &File, names: &Names) -> Result<Option<Bot>, Error> {
    let Some(bot) = &file.bot else {
        return Ok(None);
    };
    let applies = indices("bot.applies_to", &bot.applies_to, &names.severities)?;
    Ok(Some(Bot {
        applies: (0..names.severities.len())
            .map(|at| applies.contains(&at))
            .collect(),
        give_up_after: draw("bot.give_up_after", &bot.give_up_after)?,
        hand_off_after: minutes("bot.force_human_after_min", bot.force_human_after_min)?,
    }))
}

fn reply(file: &File, scope: &Scope) -> Result<Option<Reply>, Error> {
    let Some(reply) = &file.customer_reply else {
        return Ok(None);
    };
    let path = "customer_reply";
    let same_agent = not_negative(path, reply.prefer_same_agent_min)?;
    Ok(Some(Reply {
        probability: probability(path, reply.prob)?,
        delay: draw("customer_reply.delay", &reply.delay)?,
        second_factor: positive(path, reply.second_handling_factor)?,
        same_agent: if scope.plain {
            0
        } else {
            ms(same_agent * 60_000.0)
        },
    }))
}

fn steps(file: &File) -> Result<Steps, Error> {
    let path = "coverage_rule";
    let rule = &file.coverage_rule;
    let seconds = |value: f64| not_negative(path, value).map(|value| ms(value * 1_000.0));
    let open: Vec<Ms> = rule
        .step_after_s
        .iter()
        .map(|at| seconds(*at))
        .collect::<Result<_, _>>()?;
    Ok(Steps {
        open: if open.is_empty() {
            vec![STEP_DEFAULT]
        } else {
            open
        },
        closed: seconds(rule.closed_step_after_s)?,
        professional: PROFESSIONAL_AFTER,
    })
}

fn incidents(
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

fn outages(file: &File, names: &Names) -> Result<Vec<Outage>, Error> {
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
