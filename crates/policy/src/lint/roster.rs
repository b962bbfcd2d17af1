//! The roster, beside the queues: somebody is there for each, at some time.
//!
//! A bundle without a roster is not asked: its tickets are given out by somebody else.

use std::collections::BTreeSet;

use posthouse_domain::dispatch::Agent;
use posthouse_domain::route::Rule;
use posthouse_domain::sla::Calendar;

use super::{Subject, tried_from};
use crate::diagnostic::Code;
use crate::file::routing;
use crate::limits::SHIFT_TRIED_DAYS;
use crate::read::Table;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

pub(super) fn check(subject: &Subject<'_>) {
    if subject.roster.agents.is_empty() {
        return;
    }
    let rules = subject.routing.tables.iter().copied();
    let fallback = subject.files.routing.and_then(|file| file.get("fallback"));
    let fallback = fallback.and_then(|value| value.table(routing::FALLBACK_KEYS));
    let routed = &subject.routing.rules;
    let all = rules.zip(&routed.rules);
    for (table, rule) in all.chain(fallback.map(|table| (table, &routed.fallback))) {
        if !check_skill(subject, table, rule) {
            check_queues(subject, table, rule);
        }
    }
    check_shifts(subject);
}

/// Whether nobody has the skill of a rule, which is reported.
fn check_skill(subject: &Subject<'_>, table: Table<'_>, rule: &Rule) -> bool {
    let agents = &subject.roster.agents;
    let missing = !agents.iter().any(|it| it.skills.contains_key(&rule.skill));
    if missing {
        let message = format!("nobody on the roster has the skill `{}`", rule.skill);
        let spot = table
            .get("skill")
            .map_or_else(|| table.spot(), |it| it.spot());
        let skills: BTreeSet<&str> = agents
            .iter()
            .flat_map(|agent| agent.skills.keys().map(String::as_str))
            .collect();
        let hint = crate::report::suggestion(&rule.skill, skills);
        subject.report.add(Code::SkillUnknown, &spot, message, hint);
    }
    missing
}

/// Reports the centres, of those that a rule leads to, in which nobody can serve its queue.
fn check_queues(subject: &Subject<'_>, table: Table<'_>, rule: &Rule) {
    let mut centres: BTreeSet<&str> = subject
        .regions
        .values()
        .flat_map(|region| region.centres.iter().map(String::as_str))
        .collect();
    if let Some(centre) = &rule.centre {
        centres = BTreeSet::from([centre.as_str()]);
    }
    let serves = |agent: &Agent, centre: &str| {
        agent.centre == centre
            && agent.levels.contains(&rule.level)
            && agent.skills.contains_key(&rule.skill)
    };
    let agents = &subject.roster.agents;
    let unserved: Vec<&str> = centres
        .into_iter()
        .filter(|centre| !agents.iter().any(|agent| serves(agent, centre)))
        .collect();
    if !unserved.is_empty() {
        let message = format!(
            "nobody on the roster serves {} with {} in: {}",
            rule.level,
            rule.skill,
            unserved.join(", ")
        );
        let hint = Some("give the skill and the level to an agent there".to_owned());
        let report = subject.report;
        report.add(Code::QueueUnserved, &table.spot(), message, hint);
    }
}

/// Reports agents whose shift never meets the hours of their centre.
fn check_shifts(subject: &Subject<'_>) {
    let centres = &subject.routing.rules.centres;
    for (agent, table) in subject.roster.agents.iter().zip(&subject.roster.tables) {
        let Some(shift) = agent.shift.as_deref() else {
            continue;
        };
        let centre = centres.get(&agent.centre);
        let hours = centre.and_then(|centre| subject.slas.calendars.get(&centre.calendar));
        if hours.is_some_and(|hours| !overlap(shift, hours)) {
            let message = format!(
                "the shift of `{}` never meets the hours of {}",
                agent.key, agent.centre
            );
            let spot = table
                .get("calendar")
                .map_or_else(|| table.spot(), |it| it.spot());
            subject.report.add(Code::HoursApart, &spot, message, None);
        }
    }
}

/// Whether both calendars are open at once, some time in the weeks that are tried.
fn overlap(a: &Calendar, b: &Calendar) -> bool {
    let end = tried_from().plus_millis(SHIFT_TRIED_DAYS * DAY_MS);
    let mut at = tried_from();
    while let Some(opening) = a.next_opening(at).filter(|opening| *opening < end) {
        let Some(both) = b.next_opening(opening) else {
            return false;
        };
        if both == opening {
            return true;
        }
        at = both;
        if a.is_open(at) {
            return at < end;
        }
    }
    false
}
