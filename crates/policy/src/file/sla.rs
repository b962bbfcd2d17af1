//! `sla.toml`: what is promised to whom, and by which calendar it counts.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::Timestamp;
use posthouse_domain::sla::forecast::Forecasts;
use posthouse_domain::sla::limits::{FORECAST_CHECKS_MAX, FORECAST_LEVELS_MAX, TARGET_MS_MAX};
use posthouse_domain::sla::{
    Calendar, Choose, PauseRule, Promise, Sla, Slas, Target, Warning, WorkingTime,
};
use posthouse_domain::ticket::{Severity, State};

use crate::condition::Compiler;
use crate::diagnostic::Code;
use crate::file::{Names, check_count, check_reachable, condition, conditions, unique_name};
use crate::limits::WARNINGS_MAX;
use crate::read::{Table, Value, word_of_key};
use crate::report::suggestion;

pub(crate) const KEYS: &[&str] = &["choose", "sla"];

const SLA_KEYS: &[&str] = &[
    "name",
    "when",
    "calendar",
    "first_response",
    "next_response",
    "update",
    "resolution",
    "warn",
    "pauses",
    "forecast",
    "claims",
];

/// When a promise is tried at load: any working Monday will do, only that it is always the same.
const TRIED_AT_MS: i64 = 1_767_600_000_000;
/// A business day where its calendar is not known, in milliseconds: eight hours.
const USUAL_DAY_MS: i64 = 8 * 60 * 60 * 1_000;

/// The calendars by name; `None` when their file could not be read.
pub(crate) type Calendars<'c> = Option<&'c BTreeMap<String, Calendar>>;

/// The promises of a policy and where each is written.
type Promises<'d> = BTreeMap<(Target, Severity), (Promise, Value<'d>)>;

pub(crate) fn read(
    file: Table<'_>,
    calendars: Calendars<'_>,
    severity_default: Severity,
    compiler: &Compiler<'_>,
) -> Slas {
    let tables = file.list("sla", SLA_KEYS);
    check_count(&tables);
    let mut names = Names::default();
    let slas: Vec<Sla> = tables
        .iter()
        .map(|table| read_one(*table, calendars, &mut names))
        .collect();
    let whens: Vec<_> = tables
        .iter()
        .map(|table| condition(*table, compiler))
        .collect();
    let choose = choose(file.get("choose"));
    if choose == Choose::First {
        check_reachable(&tables.iter().copied().zip(&whens).collect::<Vec<_>>());
    }
    Slas {
        slas,
        choose,
        conditions: conditions(compiler, whens),
        calendars: calendars.cloned().unwrap_or_default(),
        severity_default,
    }
}

fn read_one<'d>(table: Table<'d>, calendars: Calendars<'_>, names: &mut Names<'d>) -> Sla {
    let known = calendars.map(|calendars| calendars.keys().map(String::as_str));
    let calendar = table
        .need("calendar")
        .and_then(|value| value.reference("calendar", known));
    let promises = promises(table);
    let open = calendar.and_then(|name| calendars?.get(name));
    check_severity_order(&promises, open);
    check_target_order(&promises, open);
    if let Some(calendar) = open {
        check_kept(&promises, calendar);
    }
    Sla {
        name: unique_name(table, "name", names),
        calendar: calendar.unwrap_or_default().to_owned(),
        promises: promises
            .into_iter()
            .map(|(key, (promise, _))| (key, promise))
            .collect(),
        warnings: warnings(table.get("warn")),
        pauses: pauses(table.get("pauses")),
        forecasts: forecasts(table.get("forecast")),
    }
}

/// Which of several policies that match hold.
fn choose(value: Option<Value<'_>>) -> Choose {
    let Some(value) = value else {
        return Choose::First;
    };
    match value.text() {
        Some("strictest") => Choose::Strictest,
        Some("first") | None => Choose::First,
        Some(other) => {
            let hint = suggestion(other, ["first", "strictest"]);
            let message = format!("`{other}` is neither `first` nor `strictest`");
            value.add(Code::WordUnknown, message, hint);
            Choose::First
        }
    }
}

fn promises(table: Table<'_>) -> Promises<'_> {
    let mut promises = Promises::new();
    for target in Target::ALL {
        let Some(group) = table
            .get(target.as_str())
            .and_then(|value| value.any_table())
        else {
            continue;
        };
        for (key, spot, value) in group.entries() {
            let severity = word_of_key::<Severity>(table.report(), key, &spot);
            let promise = value.promise();
            if let (Some(severity), Some(promise)) = (severity, promise) {
                promises.insert((target, severity), (promise, value));
            }
        }
    }
    let named = |target: Target| table.get(target.as_str()).is_some();
    if promises.is_empty() && !Target::ALL.into_iter().any(named) {
        let message = "a policy promises a first_response or a resolution";
        let hint = "for example first_response = { P0 = \"15m\" }".to_owned();
        table
            .report()
            .add(Code::KeyMissing, &table.spot(), message, Some(hint));
    }
    promises
}

/// A milder severity that is served faster than a worse one is most likely a slip.
fn check_severity_order(promises: &Promises<'_>, calendar: Option<&Calendar>) {
    for target in Target::ALL {
        let of_target = promises.iter().filter(|((of, _), _)| *of == target);
        let of_target: Vec<_> = of_target.collect();
        for pair in of_target.windows(2) {
            let [((_, worse), (slow, _)), ((_, milder), (fast, value))] = pair else {
                continue;
            };
            if length_ms(*fast, calendar) < length_ms(*slow, calendar) {
                let message =
                    format!("{milder} has a faster {target} ({fast}) than {worse} ({slow})");
                value.add(Code::SeverityOrder, message, None);
            }
        }
    }
}

fn check_target_order(promises: &Promises<'_>, calendar: Option<&Calendar>) {
    for severity in Severity::ALL {
        let response = promises.get(&(Target::FirstResponse, severity));
        let resolution = promises.get(&(Target::Resolution, severity));
        let (Some((response, value)), Some((resolution, _))) = (response, resolution) else {
            continue;
        };
        if length_ms(*response, calendar) > length_ms(*resolution, calendar) {
            let message = format!(
                "{severity} may be answered ({response}) after it is resolved ({resolution})"
            );
            value.add(Code::TargetOrder, message, None);
        }
    }
}

/// A promise that the calendar cannot keep would get no clock at all.
fn check_kept(promises: &Promises<'_>, calendar: &Calendar) {
    for (promise, value) in promises.values() {
        if due(*promise, calendar).is_none() {
            let message = format!(
                "calendar `{}` opens too little for {promise}",
                calendar.name()
            );
            value.add(Code::NeverOpens, message, None);
        }
    }
}

/// The deadline of a promise that is made on any working Monday; `None` when it never falls due.
fn due(promise: Promise, calendar: &Calendar) -> Option<Timestamp> {
    let start = Timestamp::from_millis(TRIED_AT_MS);
    match promise {
        Promise::Working(ms) => {
            let target = WorkingTime::from_millis(ms).ok()?;
            calendar.due(start, target, &[]).ok()
        }
        Promise::BusinessDays(days) => calendar.due_in_business_days(start, days, &[]).ok(),
    }
}

/// How long a promise is in working time, in milliseconds, to compare it with others.
fn length_ms(promise: Promise, calendar: Option<&Calendar>) -> i64 {
    let days = match promise {
        Promise::Working(ms) => return ms,
        Promise::BusinessDays(days) => days,
    };
    let start = Timestamp::from_millis(TRIED_AT_MS);
    let known = calendar.and_then(|calendar| {
        let due_at = due(promise, calendar)?;
        Some(calendar.working_ms_between(start, due_at))
    });
    known.unwrap_or(i64::from(days) * USUAL_DAY_MS)
}

/// When to warn: percents of the working time used, and amounts of it left; each once.
fn warnings(value: Option<Value<'_>>) -> Vec<Warning> {
    let Some(value) = value else {
        return Vec::new();
    };
    let items = value.array().unwrap_or_default();
    let warnings: BTreeSet<Warning> = items.iter().filter_map(warning).collect();
    if warnings.len() > WARNINGS_MAX {
        value.add(
            Code::OutOfRange,
            format!("more than {WARNINGS_MAX} warnings"),
            None,
        );
    }
    warnings.into_iter().collect()
}

fn warning(item: &Value<'_>) -> Option<Warning> {
    if item.written().is_some() {
        return item.duration_ms(TARGET_MS_MAX).map(Warning::Before);
    }
    let percent = item.integer(1, 99)?;
    u8::try_from(percent).ok().map(Warning::Percent)
}

fn pauses(value: Option<Value<'_>>) -> BTreeMap<Target, Vec<PauseRule>> {
    let mut pauses = BTreeMap::new();
    let Some(table) = value.and_then(|value| value.any_table()) else {
        return pauses;
    };
    for (key, spot, value) in table.entries() {
        let rules = value.array().unwrap_or_default();
        let rules = rules.iter().filter_map(pause).collect();
        if let Some(target) = word_of_key::<Target>(table.report(), key, &spot) {
            pauses.insert(target, rules);
        }
    }
    pauses
}

/// When to ask how likely a breach is, and from which probability on to tell.
fn forecasts(value: Option<Value<'_>>) -> Forecasts {
    let Some(table) = value.and_then(|value| value.table(&["at_percents", "at_risk_permille"]))
    else {
        return Forecasts::default();
    };
    let numbers = |key, max, count_max| {
        let Some(value) = table.need(key) else {
            return Vec::new();
        };
        let items = value.array().unwrap_or_default();
        let numbers = items.iter().filter_map(|item| item.integer(1, max));
        let numbers: BTreeSet<i64> = numbers.collect();
        if numbers.len() > count_max {
            value.add(
                Code::OutOfRange,
                format!("more than {count_max} of them"),
                None,
            );
        }
        numbers.into_iter().collect()
    };
    let percents: Vec<i64> = numbers("at_percents", 99, FORECAST_CHECKS_MAX);
    let levels: Vec<i64> = numbers("at_risk_permille", 1_000, FORECAST_LEVELS_MAX);
    Forecasts {
        at_percents: percents.into_iter().flat_map(u8::try_from).collect(),
        at_risk_permille: levels.into_iter().flat_map(u16::try_from).collect(),
    }
}

/// A state, or a state with the reasons for which alone the clock stands still.
fn pause(item: &Value<'_>) -> Option<PauseRule> {
    if !item.is_table() {
        return item.word::<State>().map(PauseRule::any);
    }
    let table = item.table(&["state", "reasons"])?;
    let reasons = table.need("reasons").and_then(|value| value.texts());
    let reasons = reasons.unwrap_or_default();
    Some(PauseRule {
        state: table.need("state")?.word::<State>()?,
        reasons: reasons
            .iter()
            .map(|(reason, _)| (*reason).to_owned())
            .collect(),
    })
}
