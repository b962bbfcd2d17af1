//! Overflows whose steps stand out of order or change nothing.

use posthouse_domain::route::{Demand, Overflow};

use super::Subject;
use crate::diagnostic::Code;
use crate::read::Table;

/// Reports what is wrong with the steps.
pub(super) fn check(subject: &Subject<'_>) {
    let rules = &subject.routing.rules;
    let widest = rules.regions.values().map(|region| region.centres.len());
    let widest = u32::try_from(widest.max().unwrap_or_default()).unwrap_or(u32::MAX);
    let read = &subject.routing.overflows;
    for (overflow, tables) in read.list.iter().zip(&read.steps) {
        for (place, table) in tables.iter().enumerate() {
            check_step(overflow, place, *table, widest);
        }
    }
}

/// Looks at the step with this place in the list; how it begins stands before all of them.
fn check_step(overflow: &Overflow, place: usize, table: Table<'_>, widest: u32) {
    let number = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1);
    let (Some(step), Some(before)) = (overflow.step(number), overflow.step(number - 1)) else {
        return;
    };
    let report = table.report();
    if step.after_ms <= before.after_ms {
        let value = table.get("after");
        let spot = value.map_or_else(|| table.spot(), |value| value.spot());
        let message = "this step is due no later than the one that stands before it";
        let hint = "delays count from the routing, not from the step before".to_owned();
        report.add(Code::StepOrder, &spot, message, Some(hint));
        return;
    }
    let Some(why) = useless(overflow.demand(number - 1), overflow.demand(number), widest) else {
        return;
    };
    let message = format!("this step of `{}` helps nobody: {why}", overflow.name);
    let hint =
        "a step lowers proficiency_min, asks more centres, or lets another skill or language do";
    report.add(
        Code::StepUseless,
        &table.spot(),
        message,
        Some(hint.to_owned()),
    );
}

/// Why nobody more may take a ticket after a step than before it, if so.
fn useless(before: Demand<'_>, after: Demand<'_>, widest: u32) -> Option<String> {
    let asked = |demand: Demand<'_>| demand.centres.unwrap_or(widest).min(widest);
    if after.proficiency_min > before.proficiency_min {
        return Some("it asks for more proficiency than before".to_owned());
    }
    if asked(after) < asked(before) {
        return Some("it leaves fewer centres than before".to_owned());
    }
    let is_same = after.proficiency_min == before.proficiency_min
        && after.skill == before.skill
        && after.any_language == before.any_language
        && asked(after) == asked(before);
    is_same.then(|| match after.centres {
        Some(named) if named > widest => format!("no region has more than {widest} centres"),
        _ => "it changes nothing".to_owned(),
    })
}
