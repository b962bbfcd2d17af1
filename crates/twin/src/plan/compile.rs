//! From a scenario to a plan: every name looked up, every number checked, the scope applied.

use super::incidents::incidents;
use super::labels::{
    categories, category_choice, channel_choice, channels, severities, tier_choice, tiers,
};
use super::mixes::{draw, index, indices, minutes, not_negative, positive, probability};
use super::places::{centre_offset, centres, outages, pools, regions};
use super::staff::staff;
use super::totals;
use super::{Bot, Plan, Reply, Scope, Steps};
use crate::dice::{Draw, Ms, ms};
use crate::error::Error;
use crate::hours::{DAY, HOUR, MINUTE};
use crate::limits::{FOLLOW_DAYS, HOURS_MAX, TICKETS_MAX};
use crate::scenario::format::{self, File, PoolRole};

/// When pools that serve the whole world may be asked, from when a ticket began to wait.
const PROFESSIONAL_AFTER: Ms = MINUTE;

/// Steps of a coverage list that the file does not name open with the last that it names.
const STEP_DEFAULT: Ms = 0;

/// The names that everything else refers to.
pub(super) struct Names {
    pub(super) severities: Vec<String>,
    pub(super) tiers: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) skills: Vec<String>,
    pub(super) languages: Vec<String>,
    pub(super) centres: Vec<String>,
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
