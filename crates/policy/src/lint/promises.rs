//! Promises that can be read and still cannot be meant: a better tier that waits longer, a
//! severity that is promised nothing, a target nobody can keep or would wait for.

use std::collections::BTreeSet;

use posthouse_domain::Timestamp;
use posthouse_domain::sla::{Calendar, Promise, Sla, Target, WorkingTime};
use posthouse_domain::ticket::{Features, Severity};

use super::{Subject, tried_from};
use crate::condition::unknown;
use crate::diagnostic::Code;
use crate::limits::{PROMISE_MS_MIN, RESOLUTION_DAYS_MAX, RESPONSE_DAYS_MAX};
use crate::read::{Table, Value};
use crate::report::Spot;

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Promises are compared from this many starts on, so far apart that each hour of the day and
/// each day of the week comes.
const STARTS: i64 = 48;
const STARTS_APART_MS: i64 = 7 * HOUR_MS;

/// Reports what is wrong with the promises.
pub(super) fn check(subject: &Subject<'_>) {
    let Some(file) = subject.files.sla else {
        return;
    };
    let tables: Vec<Table<'_>> = tables(file);
    for (sla, table) in subject.slas.slas.iter().zip(&tables) {
        check_sane(subject, sla, *table);
        check_warnings(*table);
        check_claims(sla, *table);
    }
    check_tiers(subject, &tables);
    check_all_promised(subject);
}

fn tables(file: Table<'_>) -> Vec<Table<'_>> {
    let items = file.get("sla").and_then(|sla| sla.array());
    let tables = items.unwrap_or_default().into_iter();
    tables.filter_map(|item| item.any_table()).collect()
}

/// The promises of a table as they are written: `first_response = { P0 = "15m" }`.
fn written(table: Table<'_>) -> Vec<(Target, Severity, Value<'_>)> {
    let mut all = Vec::new();
    for target in Target::ALL {
        let group = table
            .get(target.as_str())
            .and_then(|value| value.any_table());
        let Some(group) = group else { continue };
        for (key, _, value) in group.entries() {
            if let Ok(severity) = key.parse() {
                all.push((target, severity, value));
            }
        }
    }
    all
}

/// A promise of seconds nobody keeps, one of months nobody waits for: most often a unit is wrong.
fn check_sane(subject: &Subject<'_>, sla: &Sla, table: Table<'_>) {
    let Some(calendar) = subject.slas.calendars.get(&sla.calendar) else {
        return;
    };
    for (target, severity, value) in written(table) {
        let Some(promise) = sla.promise(target, severity) else {
            continue;
        };
        if matches!(promise, Promise::Working(ms) if ms < PROMISE_MS_MIN) {
            let message = format!("no person keeps a {target} of {promise}");
            let hint = format!(
                "a promise is at least {}; \"m\" are minutes",
                Promise::Working(PROMISE_MS_MIN)
            );
            value.add(Code::TargetAbsurd, message, Some(hint));
        }
        let days_max = match target {
            Target::Resolution => RESOLUTION_DAYS_MAX,
            _ => RESPONSE_DAYS_MAX,
        };
        let longest = starts()
            .filter_map(|start| wall_ms(calendar, start, promise))
            .max();
        let days = longest.map_or(0, |ms| ms / DAY_MS);
        if days > days_max {
            let message = format!(
                "a {target} of {promise} takes up to {days} days by calendar `{}`",
                calendar.name()
            );
            let hint =
                format!("it never takes less than its hours allow; {days_max} days are the bound");
            value.add(Code::TargetAbsurd, message, Some(hint));
        }
    }
}

/// Warnings that stand in another order than they come in are most likely a slip.
fn check_warnings(table: Table<'_>) {
    let Some(value) = table.get("warn") else {
        return;
    };
    let items = value.array().unwrap_or_default();
    // Amounts of time left are not compared with percents: which comes first is the promise's.
    let percents: Vec<(i64, &Value<'_>)> = items
        .iter()
        .filter(|item| item.written().is_none())
        .filter_map(|item| Some((item.integer(1, 99)?, item)))
        .collect();
    let mut pairs = percents.windows(2);
    if let Some([(before, _), (after, item)]) = pairs.find(|pair| pair[0].0 >= pair[1].0) {
        let message = format!("{after} % stands after {before} %");
        let hint = "write warnings in the order in which they come, each once".to_owned();
        item.add(Code::WarningOrder, message, Some(hint));
    }
}

/// `claims = { first_response = { P1 = "30m" } }`: what the source says elsewhere.
fn check_claims(sla: &Sla, table: Table<'_>) {
    let keys: Vec<&str> = Target::ALL.iter().map(|target| target.as_str()).collect();
    let Some(claims) = table.get("claims").and_then(|value| value.table(&keys)) else {
        return;
    };
    for (target, severity, value) in written(claims) {
        let Some(claimed) = value.text() else {
            continue;
        };
        let message = match sla.promise(target, severity) {
            Some(promise) if Some(promise) == value.promise() => continue,
            Some(promise) => format!(
                "the source promises {severity} a {target} of {promise} here, and of {claimed} \
                 elsewhere"
            ),
            None => format!("the source promises {severity} a {target} of {claimed} elsewhere"),
        };
        let hint = "what stands in the policy holds; ask which of the two was meant".to_owned();
        value.add(Code::ClaimContradicted, message, Some(hint));
    }
}

/// A better tier that waits longer than one below it, wherever in the week it begins.
fn check_tiers(subject: &Subject<'_>, tables: &[Table<'_>]) {
    let mut told: BTreeSet<(String, String)> = BTreeSet::new();
    for region in regions(subject) {
        for pair in subject.head.tiers.windows(2) {
            for severity in Severity::ALL {
                let of_tier = |tier: &String| chosen(subject, region, tier, severity);
                let (Some(lower), Some(better)) = (of_tier(&pair[0]), of_tier(&pair[1])) else {
                    continue;
                };
                let names = (better.name.clone(), lower.name.clone());
                if better.name == lower.name || told.contains(&names) {
                    continue;
                }
                let slower = |target: &Target| is_slower(subject, better, lower, *target, severity);
                if let Some(target) = Target::ALL.into_iter().find(slower) {
                    report_tier(subject, tables, (better, lower), pair, (target, severity));
                    told.insert(names);
                }
            }
        }
    }
}

fn report_tier(
    subject: &Subject<'_>,
    tables: &[Table<'_>],
    (better, lower): (&Sla, &Sla),
    tiers: &[String],
    (target, severity): (Target, Severity),
) {
    let place = subject
        .slas
        .slas
        .iter()
        .position(|sla| sla.name == better.name);
    let table = place.and_then(|place| tables.get(place));
    let value = table.and_then(|table| table.get(target.as_str()).or_else(|| table.get("name")));
    let shown = |sla: &Sla| {
        sla.promise(target, severity)
            .map_or_else(|| "nothing".to_owned(), |promise| promise.to_string())
    };
    let message = format!(
        "tier {} is promised a slower {target} of {severity} ({}) than tier {} below it ({} by \
         `{}`)",
        tiers[1],
        shown(better),
        tiers[0],
        shown(lower),
        lower.name
    );
    let hint = "tiers are listed with the lowest first; was another order meant?".to_owned();
    if let Some(value) = value {
        value.add(Code::TierOrder, message, Some(hint));
    }
}

/// Whether one promise is due later than another from some start, and earlier from none.
fn is_slower(
    subject: &Subject<'_>,
    better: &Sla,
    lower: &Sla,
    target: Target,
    severity: Severity,
) -> bool {
    let calendar = |sla: &Sla| subject.slas.calendars.get(&sla.calendar);
    let (Some(a), Some(b)) = (
        better.promise(target, severity),
        lower.promise(target, severity),
    ) else {
        return false;
    };
    let (Some(of_a), Some(of_b)) = (calendar(better), calendar(lower)) else {
        return false;
    };
    let mut later = false;
    for start in starts() {
        match (wall_ms(of_a, start, a), wall_ms(of_b, start, b)) {
            (Some(a), Some(b)) if a < b => return false,
            (Some(a), Some(b)) => later |= a > b,
            _ => {}
        }
    }
    later
}

/// A severity for which nobody in any region and tier is promised anything.
fn check_all_promised(subject: &Subject<'_>) {
    let tiers = &subject.head.tiers;
    for severity in Severity::ALL {
        let is_promised = |region: &str, tier: &String| {
            let sla = chosen(subject, region, tier, severity);
            let mut targets = Target::ALL.into_iter();
            sla.is_some_and(|sla| targets.any(|target| sla.promise(target, severity).is_some()))
        };
        let mut regions = regions(subject);
        if regions.any(|region| tiers.iter().any(|tier| is_promised(region, tier))) {
            continue;
        }
        let message = format!("no ticket of severity {severity} is promised anything");
        let hint = format!("promise something, if only first_response = {{ {severity} = \"8h\" }}");
        let spot = Spot::file("sla.toml");
        subject
            .report
            .add(Code::NothingPromised, &spot, message, Some(hint));
    }
}

fn regions<'s>(subject: &'s Subject<'_>) -> impl Iterator<Item = &'s str> {
    subject.regions.keys().map(String::as_str)
}

/// The policy of a ticket of which nothing else is known.
fn chosen<'s>(
    subject: &'s Subject<'_>,
    region: &str,
    tier: &str,
    severity: Severity,
) -> Option<&'s Sla> {
    let features = Features {
        region: region.to_owned(),
        tier: tier.to_owned(),
        severity: Some(severity),
        ..unknown(tried_from())
    };
    subject.slas.choose(&features).slas.first().copied()
}

/// The starts that are tried.
fn starts() -> impl Iterator<Item = Timestamp> {
    (0..STARTS).map(|number| tried_from().plus_millis(number * STARTS_APART_MS))
}

/// How long a promise takes on the wall; `None` when it never falls due.
fn wall_ms(calendar: &Calendar, start: Timestamp, promise: Promise) -> Option<i64> {
    let due = match promise {
        Promise::Working(ms) => calendar.due(start, WorkingTime::from_millis(ms).ok()?, &[]),
        Promise::BusinessDays(days) => calendar.due_in_business_days(start, days, &[]),
    };
    Some(due.ok()?.millis_since(start))
}
