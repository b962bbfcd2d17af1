//! Ladders that can be read and still escalate to nobody, too early, or in a circle.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::Timestamp;
use posthouse_domain::sla::Warning;
use posthouse_domain::sla::ladder::{Destination, Ladder, On, Step, meet};
use posthouse_domain::ticket::FactKind;

use super::{Subject, tried_from};
use crate::coverage::Staff;
use crate::diagnostic::Code;
use crate::file::ladders::steps_of;
use crate::limits::LADDER_TRIED_DAYS;
use crate::read::Table;

/// The level of the robot, which answers nobody who was not answered.
const ROBOT: &str = "L0";

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Reports what is wrong with the ladders; `regions` are those each can be climbed in.
pub(super) fn check(subject: &Subject<'_>, regions: &[BTreeSet<String>]) {
    let read = subject.ladders;
    let served = served_levels(subject);
    for (ladder, table) in read.ladders.iter().zip(&read.tables) {
        let steps = steps_of(*table);
        check_served(ladder, &steps, &served);
        check_order(subject, ladder, &steps);
        check_given(subject, ladder, *table);
    }
    check_reachable(subject);
    check_heard(subject);
    if subject.report.errors() == 0 {
        check_reach(subject, regions);
    }
}

/// The levels at which somebody stands: those with hours of their own, and those that routing
/// leads to.
fn served_levels<'s>(subject: &'s Subject<'_>) -> BTreeSet<&'s str> {
    let rules = &subject.routing.rules;
    let routed = rules.rules.iter().map(|rule| rule.level.as_str());
    let own = subject.ladders.level_hours.keys().map(String::as_str);
    let fallback = rules.fallback.level.as_str();
    routed.chain(own).chain([fallback]).collect()
}

fn check_served(ladder: &Ladder, steps: &[Table<'_>], served: &BTreeSet<&str>) {
    for (step, table) in ladder.steps.iter().zip(steps) {
        let (Destination::Level(level), Some(to)) = (&step.to, table.get("to")) else {
            continue;
        };
        if level == ROBOT {
            let message = format!("`{ROBOT}` is the robot: nobody is reached there");
            let hint = "escalate to a level where people are".to_owned();
            to.add(Code::EscalatesToNobody, message, Some(hint));
        } else if !served.contains(level.as_str()) {
            let message = format!("nobody serves level `{level}`");
            let hint = format!(
                "give it hours with [level.{level}], or a rule in routing.toml that leads there"
            );
            to.add(Code::EscalatesToNobody, message, Some(hint));
        }
    }
}

/// Steps stand in the order in which they are taken, one at a time, each once.
fn check_order(subject: &Subject<'_>, ladder: &Ladder, steps: &[Table<'_>]) {
    let calendars = &subject.slas.calendars;
    for (place, (step, table)) in ladder.steps.iter().zip(steps).enumerate() {
        let spot = table
            .get("after")
            .map_or_else(|| table.spot(), |after| after.spot());
        let earlier = &ladder.steps[..place];
        if earlier
            .last()
            .is_some_and(|last| last.after_ms > step.after_ms)
        {
            let hint = "delays count from the breach, not from the step before".to_owned();
            let message = "this step is due before the one that stands before it";
            subject
                .report
                .add(Code::StepOrder, &spot, message, Some(hint));
            continue;
        }
        let mut both_open = earlier.iter().filter(|other| {
            let hours = |step: &Step| calendars.get(step.hours.as_ref()?);
            match (hours(step), hours(other)) {
                (Some(a), Some(b)) => meet(a, b, tried_from(), tried_until()),
                _ => true,
            }
        });
        let same = both_open.clone().find(|other| other.to == step.to);
        if same.is_some() {
            let message = format!("`{}` was told by a step before", step.to.key());
            let hint = "go on to somebody else; to begin anew write repeat and repeat_after";
            let spot = table.get("to").map_or(spot, |to| to.spot());
            subject
                .report
                .add(Code::LadderLoop, &spot, message, Some(hint.to_owned()));
        } else if both_open.any(|other| other.after_ms == step.after_ms) {
            let message = "this step is due together with the one before it";
            let hint = "let a delay stand between them, or give them hours that do not overlap";
            subject
                .report
                .add(Code::StepsTogether, &spot, message, Some(hint.to_owned()));
        }
    }
}

/// A ladder for a warning that no SLA policy gives is never climbed.
fn check_given(subject: &Subject<'_>, ladder: &Ladder, table: Table<'_>) {
    let given = given(subject);
    let items = table
        .get("on")
        .and_then(|on| on.array())
        .unwrap_or_default();
    for (on, item) in ladder.on.iter().zip(items) {
        if given.contains(on) {
            continue;
        }
        let message = match on {
            On::Warned(percent) => format!("no SLA policy warns at {percent} %"),
            On::WarnedBefore(_) => format!("no SLA policy warns so long before: {on}"),
            On::Breached | On::AtRisk => "no SLA policy asks for a forecast".to_owned(),
        };
        let hint = "name a warning of sla.toml".to_owned();
        item.add(Code::Unreachable, message, Some(hint));
    }
}

/// What the SLA policies give cause to escalate for.
fn given(subject: &Subject<'_>) -> BTreeSet<On> {
    let slas = &subject.slas.slas;
    let warned = slas.iter().flat_map(|sla| &sla.warnings);
    let warned = warned.map(|warning| match warning {
        Warning::Percent(percent) => On::Warned(*percent),
        Warning::Before(ms) => On::WarnedBefore(*ms),
    });
    let mut given: BTreeSet<On> = warned.chain([On::Breached]).collect();
    if slas.iter().any(|sla| !sla.forecasts.at_percents.is_empty()) {
        given.insert(On::AtRisk);
    }
    given
}

/// Reports each ladder whose causes are all taken by ladders before it with the same condition,
/// or with none.
fn check_reachable(subject: &Subject<'_>) {
    let read = subject.ladders;
    let mut taken: BTreeMap<Option<&str>, BTreeSet<On>> = BTreeMap::new();
    let rows = read.ladders.iter().zip(&read.whens).zip(&read.tables);
    for ((ladder, when), table) in rows {
        let text = if when.always() { None } else { when.text() };
        let is_taken = |on: &On| {
            [None, text]
                .iter()
                .any(|text| taken.get(text).is_some_and(|taken| taken.contains(on)))
        };
        if !ladder.on.is_empty() && ladder.on.iter().all(is_taken) {
            let message = format!(
                "nothing begins `{}`: ladders above take it all",
                ladder.name
            );
            let hint = "move it up, or give those above other conditions".to_owned();
            let spot = table.spot();
            subject
                .report
                .add(Code::Unreachable, &spot, message, Some(hint));
        }
        taken.entry(text).or_default().extend(&ladder.on);
    }
}

/// A step to a level tells nobody by itself: a rule of `receivers.toml` does.
fn check_heard(subject: &Subject<'_>) {
    let heard = subject
        .receivers
        .rules
        .iter()
        .any(|rule| rule.about.contains(&FactKind::Escalated) && !rule.receivers.is_empty());
    let read = subject.ladders;
    let rows = read.ladders.iter().zip(&read.tables);
    let mut unheard = rows.filter(|(ladder, _)| {
        let mut steps = ladder.steps.iter();
        steps.any(|step| matches!(step.to, Destination::Level(_)))
    });
    if let Some((_, table)) = unheard.next().filter(|_| !heard) {
        let message = "no rule of receivers.toml tells anybody of an escalation";
        let hint = "write a [[rule]] with about = [\"escalated\"]".to_owned();
        let spot = table.spot();
        subject
            .report
            .add(Code::EscalationUnheard, &spot, message, Some(hint));
    }
}

/// A ladder that reaches nobody at some time of an ordinary fortnight ends nowhere then.
fn check_reach(subject: &Subject<'_>, regions: &[BTreeSet<String>]) {
    let read = subject.ladders;
    let staff = Staff {
        calendars: &subject.slas.calendars,
        centres: &subject.routing.rules.centres,
        regions: subject.regions,
        level_hours: &read.level_hours,
    };
    for ((ladder, table), regions) in read.ladders.iter().zip(&read.tables).zip(regions) {
        let unreached = staff.unreached(ladder, regions, tried_from(), tried_until());
        let mut whose: Vec<String> = unreached
            .iter()
            .flat_map(|found| found.regions.clone())
            .collect();
        if whose.is_empty() {
            continue;
        }
        whose.sort_unstable();
        let whose = staff.whose(&whose);
        let message = format!("`{}` reaches nobody{whose} at times", ladder.name);
        let hint = "policy check --coverage lists them; end it with a duty manager".to_owned();
        let spot = table
            .get("steps")
            .map_or_else(|| table.spot(), |steps| steps.spot());
        subject
            .report
            .add(Code::EndsNowhere, &spot, message, Some(hint));
    }
}

/// The end of the time that is tried.
fn tried_until() -> Timestamp {
    tried_from().plus_millis(LADDER_TRIED_DAYS * DAY_MS)
}
