//! `sla.toml`: what is promised to whom, and by which calendar it counts.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::Timestamp;
use posthouse_domain::sla::limits::TARGET_MS_MAX;
use posthouse_domain::sla::{Calendar, Sla, Slas, Target, WorkingTime};
use posthouse_domain::ticket::{Severity, State};

use crate::condition::Compiler;
use crate::diagnostic::Code;
use crate::file::{Names, check_count, check_reachable, condition, conditions, unique_name};
use crate::limits::WARNINGS_MAX;
use crate::read::{Table, Value, word_of_key};

pub(crate) const KEYS: &[&str] = &["sla"];

const SLA_KEYS: &[&str] = &[
    "name",
    "when",
    "calendar",
    "first_response",
    "resolution",
    "warn_percents",
    "pauses",
    "claims",
];

/// When a promise is tried at load: any working Monday will do, only that it is always the same.
const TRIED_AT_MS: i64 = 1_767_600_000_000;

/// The calendars by name; `None` when their file could not be read.
pub(crate) type Calendars<'c> = Option<&'c BTreeMap<String, Calendar>>;

/// The promises of a policy and where each is written.
type Promises<'d> = BTreeMap<(Target, Severity), (i64, Value<'d>)>;

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
    check_reachable(&tables.iter().copied().zip(&whens).collect::<Vec<_>>());
    Slas {
        slas,
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
    check_severity_order(&promises);
    check_target_order(&promises);
    if let Some(calendar) = calendar.and_then(|name| calendars?.get(name)) {
        check_kept(&promises, calendar);
    }
    Sla {
        name: unique_name(table, "name", names),
        calendar: calendar.unwrap_or_default().to_owned(),
        promises: promises
            .into_iter()
            .map(|(key, (ms, _))| (key, ms))
            .collect(),
        warn_percents: warn_percents(table.get("warn_percents")),
        pauses: pauses(table.get("pauses")),
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
            let ms = value.duration_ms(TARGET_MS_MAX);
            if let (Some(severity), Some(ms)) = (severity, ms) {
                promises.insert((target, severity), (ms, value));
            }
        }
    }
    if promises.is_empty() && table.get("first_response").is_none() {
        let message = "a policy promises a first_response or a resolution";
        let hint = "for example first_response = { P0 = \"15m\" }".to_owned();
        table
            .report()
            .add(Code::KeyMissing, &table.spot(), message, Some(hint));
    }
    promises
}

/// A milder severity that is served faster than a worse one is most likely a slip.
fn check_severity_order(promises: &Promises<'_>) {
    for target in Target::ALL {
        let of_target = promises.iter().filter(|((of, _), _)| *of == target);
        let of_target: Vec<_> = of_target.collect();
        for pair in of_target.windows(2) {
            let [((_, worse), (slow, _)), ((_, milder), (fast, value))] = pair else {
                continue;
            };
            if fast < slow {
                let message = format!(
                    "{milder} has a faster {target} ({}) than {worse} ({})",
                    shown(*fast),
                    shown(*slow)
                );
                value.add(Code::SeverityOrder, message, None);
            }
        }
    }
}

fn check_target_order(promises: &Promises<'_>) {
    for severity in Severity::ALL {
        let response = promises.get(&(Target::FirstResponse, severity));
        let resolution = promises.get(&(Target::Resolution, severity));
        let (Some((response, value)), Some((resolution, _))) = (response, resolution) else {
            continue;
        };
        if response > resolution {
            let message = format!(
                "{severity} may be answered ({}) after it is resolved ({})",
                shown(*response),
                shown(*resolution)
            );
            value.add(Code::TargetOrder, message, None);
        }
    }
}

/// A promise that the calendar cannot keep would get no clock at all.
fn check_kept(promises: &Promises<'_>, calendar: &Calendar) {
    let start = Timestamp::from_millis(TRIED_AT_MS);
    for (ms, value) in promises.values() {
        let Ok(target) = WorkingTime::from_millis(*ms) else {
            continue;
        };
        if calendar.due(start, target, &[]).is_err() {
            let message = format!(
                "calendar `{}` opens too little for {}",
                calendar.name(),
                shown(*ms)
            );
            value.add(Code::NeverOpens, message, None);
        }
    }
}

/// Percents of the working time, ascending and each once.
fn warn_percents(value: Option<Value<'_>>) -> Vec<u8> {
    let Some(value) = value else {
        return Vec::new();
    };
    let items = value.array().unwrap_or_default();
    let percents = items.iter().filter_map(|item| item.integer(1, 99));
    let percents: BTreeSet<u8> = percents
        .map(|percent| u8::try_from(percent).expect("at most 99"))
        .collect();
    if percents.len() > WARNINGS_MAX {
        value.add(
            Code::OutOfRange,
            format!("more than {WARNINGS_MAX} warnings"),
            None,
        );
    }
    percents.into_iter().collect()
}

fn pauses(value: Option<Value<'_>>) -> BTreeMap<Target, BTreeSet<State>> {
    let mut pauses = BTreeMap::new();
    let Some(table) = value.and_then(|value| value.any_table()) else {
        return pauses;
    };
    for (key, spot, value) in table.entries() {
        let states = value.array().unwrap_or_default();
        let states = states
            .into_iter()
            .filter_map(|state| state.word::<State>())
            .collect();
        if let Some(target) = word_of_key::<Target>(table.report(), key, &spot) {
            pauses.insert(target, states);
        }
    }
    pauses
}

/// Milliseconds as people write them: `4h 30m`.
fn shown(ms: i64) -> String {
    format!("{:#}", jiff::SignedDuration::from_millis(ms))
}
