//! Routing that can be read and still sends tickets where nobody is, or never.

mod reach;
mod steps;

use std::collections::BTreeSet;

use posthouse_domain::condition::Scope;
use posthouse_domain::route::{Centre, Rule};
use posthouse_domain::ticket::{Features, Severity};

use super::{Subject, tried_from};
use crate::condition::unknown;
use crate::diagnostic::Code;
use crate::read::Table;
use crate::report::Spot;

/// Reports what is wrong with the routing.
pub(super) fn check(subject: &Subject<'_>) {
    reach::check(subject);
    steps::check(subject);
    check_residency(subject);
    check_stand_ins(subject);
    check_all_wanted(subject);
}

/// Data that may be seen in no centre of its region is served by nobody.
fn check_residency(subject: &Subject<'_>) {
    let rules = &subject.routing.rules;
    let Some(table) = subject.files.routing else {
        return;
    };
    let group = table.get("residency").and_then(|value| value.any_table());
    let Some(group) = group else { return };
    for (region, _, value) in group.entries() {
        let Some(residency) = rules.residency.get(region) else {
            continue;
        };
        let centres = rules.regions.get(region).map(|region| &region.centres);
        let mut centres = centres
            .into_iter()
            .flatten()
            .filter_map(|key| rules.centres.get(key));
        if !centres.any(|centre| is_cleared(centre, residency)) {
            let message = format!("no centre of `{region}` is cleared for data of `{residency}`");
            let hint = format!("give one of them clearances = [\"{residency}\"]");
            value.add(Code::QueueUnserved, message, Some(hint));
        }
        check_own_centres(subject, region, residency);
    }
}

/// A rule with a centre of its own that may not see the data of a region it sends from.
fn check_own_centres(subject: &Subject<'_>, region: &str, residency: &str) {
    let read = subject.routing;
    for ((rule, when), table) in read.rules.rules.iter().zip(&read.whens).zip(&read.tables) {
        let centre = rule
            .centre
            .as_ref()
            .and_then(|key| read.rules.centres.get(key));
        let Some(centre) = centre.filter(|centre| !is_cleared(centre, residency)) else {
            continue;
        };
        if !subject.regions_of(when).contains(region) {
            continue;
        }
        let message = format!(
            "`{}` is not cleared for data of `{residency}`, and `{}` sends tickets of `{region}` \
             there",
            centre.key, rule.name
        );
        let hint = "clear it, or leave these tickets out by ticket.residency".to_owned();
        let value = table.get("centre");
        let spot = value.map_or_else(|| table.spot(), |value| value.spot());
        subject
            .report
            .add(Code::QueueUnserved, &spot, message, Some(hint));
    }
}

fn is_cleared(centre: &Centre, residency: &str) -> bool {
    centre.clearances.iter().any(|known| known == residency)
}

/// A centre that stands in has to be another one, up, and speak one of the languages.
fn check_stand_ins(subject: &Subject<'_>) {
    let rules = &subject.routing.rules;
    let group = subject.files.routing.and_then(|file| file.get("centre"));
    let Some(group) = group.and_then(|value| value.any_table()) else {
        return;
    };
    for (key, _, value) in group.entries() {
        let (Some(table), Some(centre)) = (value.any_table(), rules.centres.get(key)) else {
            continue;
        };
        let named = centre.stands_in.as_deref();
        let (Some(named), Some(value)) = (named, table.get("stands_in")) else {
            continue;
        };
        let Some(other) = rules.centres.get(named) else {
            continue;
        };
        let spoken = |language: &String| other.languages.contains(language);
        let why = if named == key {
            "it would stand in for itself"
        } else if other.down && centre.down {
            "it is down, too"
        } else if !centre.languages.iter().any(spoken) {
            "it speaks none of the languages"
        } else {
            continue;
        };
        let message = format!("`{named}` cannot stand in for `{key}`: {why}");
        let hint = "name a centre that can answer these tickets".to_owned();
        value.add(Code::StandIn, message, Some(hint));
    }
}

/// The categories of which no rule wants the plainest ticket: one finding for all of them.
fn check_all_wanted(subject: &Subject<'_>) {
    let rules = &subject.routing.rules;
    let unwanted: Vec<&str> = subject
        .categories
        .iter()
        .filter(|category| !is_wanted(subject, category))
        .map(String::as_str)
        .collect();
    if unwanted.is_empty() || rules.rules.is_empty() {
        return;
    }
    let message = format!(
        "no rule wants a plain ticket of category {}: `{}` takes it",
        unwanted.join(", "),
        rules.fallback.name
    );
    let hint = "write a rule for it, so that the default is left for what nobody thought of";
    let table = subject.files.routing;
    let fallback = table.and_then(|file| file.get("fallback"));
    let spot = fallback.map_or_else(|| Spot::file("routing.toml"), |value| value.spot());
    subject
        .report
        .add(Code::Unwanted, &spot, message, Some(hint.to_owned()));
}

/// Whether any rule holds for a ticket of which nothing is known but that it is of this category,
/// and of the mildest severity.
fn is_wanted(subject: &Subject<'_>, category: &str) -> bool {
    let features = Features {
        category: category.to_owned(),
        severity: Some(Severity::P3),
        ..unknown(tried_from())
    };
    let scope = Scope {
        features: &features,
        event: None,
        situation: None,
    };
    let whens = subject.routing.whens.iter();
    let mut held = whens.filter_map(|when| subject.compiler.tried(when, &scope));
    held.any(|holds| holds)
}

/// The rules with their tables, for those that look at both.
pub(super) fn rows<'s>(
    subject: &'s Subject<'_>,
) -> impl Iterator<Item = (usize, &'s Rule, Table<'s>)> {
    let read = subject.routing;
    let rows = read.rules.rules.iter().zip(&read.tables).enumerate();
    rows.map(|(index, (rule, table))| (index, rule, *table))
}

/// The names of what is listed, each once.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: BTreeSet<&str> = names.collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}
