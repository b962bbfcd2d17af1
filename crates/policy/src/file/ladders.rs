//! `ladders.toml`: who is told when a warning or breach goes unanswered.
//!
//! Here is what can be read and referred to; whether a ladder makes sense is asked in
//! [`crate::lint`].

use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::notify::Person;
use posthouse_domain::sla::ladder::{Closed, Destination, Ladder, Ladders, On, Step, Until};
use posthouse_domain::sla::limits::{
    LADDER_DELAY_MS_MAX, LADDER_REPEATS_MAX, LADDER_STEPS_MAX, TARGET_MS_MAX,
};

use crate::condition::{Compiler, Condition};
use crate::diagnostic::Code;
use crate::file::sla::Calendars;
use crate::file::{Names, check_count, condition, conditions, unique_name};
use crate::read::{Table, Value};
use crate::report::suggestion;

/// The file's name. A bundle without it escalates nothing.
pub(crate) const FILE: &str = "ladders.toml";

pub(crate) const KEYS: &[&str] = &["level", "ladder"];

const LEVEL_KEYS: &[&str] = &["title", "hours"];
/// What a ladder may say.
pub(crate) const LADDER_KEYS: &[&str] = &[
    "name",
    "on",
    "when",
    "until",
    "repeat",
    "repeat_after",
    "steps",
];
const STEP_KEYS: &[&str] = &["to", "after", "hours", "closed"];
const TRIGGERS: &[&str] = &["target_breached", "target_at_risk"];
const UNTIL: &[&str] = &["answer", "target", "resolution"];
const CLOSED: &[&str] = &["skip", "wait"];

/// What ladders refer to; `None` where a file could not be read.
#[derive(Clone, Copy)]
pub(crate) struct Known<'k> {
    pub(crate) calendars: Calendars<'k>,
    /// The levels of support.
    pub(crate) levels: Option<&'k [&'k str]>,
    /// The keys of the receivers and persons.
    pub(crate) receivers: Option<&'k BTreeSet<&'k str>>,
    /// The persons among them.
    pub(crate) persons: Option<&'k BTreeMap<String, Person>>,
}

/// The ladders as they were read, and where each stands.
#[derive(Default)]
pub(crate) struct Read<'d> {
    pub(crate) ladders: Vec<Ladder>,
    pub(crate) tables: Vec<Table<'d>>,
    pub(crate) whens: Vec<Condition>,
    pub(crate) level_hours: BTreeMap<String, String>,
}

impl Read<'_> {
    /// The ladders for the domain.
    pub(crate) fn into_ladders(self, compiler: &Compiler<'_>) -> Ladders {
        Ladders {
            ladders: self.ladders,
            conditions: conditions(compiler, self.whens),
            level_hours: self.level_hours,
        }
    }
}

pub(crate) fn read<'d>(file: Table<'d>, known: Known<'_>, compiler: &Compiler<'_>) -> Read<'d> {
    let level_hours = level_hours(file, known);
    let tables = file.list("ladder", LADDER_KEYS);
    check_count(&tables);
    let reader = Reader {
        known,
        level_hours: &level_hours,
    };
    let mut names = Names::default();
    let ladders = tables
        .iter()
        .map(|table| reader.ladder(*table, &mut names))
        .collect();
    let whens = tables
        .iter()
        .map(|table| condition(*table, compiler))
        .collect();
    Read {
        ladders,
        tables,
        whens,
        level_hours,
    }
}

/// The tables of a ladder's steps.
pub(crate) fn steps_of(table: Table<'_>) -> Vec<Table<'_>> {
    let items = table.get("steps").and_then(|steps| steps.array());
    let tables = items.unwrap_or_default().into_iter();
    tables.filter_map(|item| item.any_table()).collect()
}

/// The calendars of the levels that have hours of their own.
fn level_hours(file: Table<'_>, known: Known<'_>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (level, spot, table) in file.named("level", LEVEL_KEYS) {
        if let Some(title) = table.get("title") {
            title.text();
        }
        if let Some(levels) = known.levels.filter(|levels| !levels.contains(&level)) {
            let message = format!("there is no level `{level}`");
            let hint = suggestion(level, levels.iter().copied());
            table
                .report()
                .add(Code::ReferenceUnknown, &spot, message, hint);
        }
        let hours = table
            .need("hours")
            .and_then(|value| calendar(value, known.calendars));
        if let Some(hours) = hours {
            all.insert(level.to_owned(), hours);
        }
    }
    all
}

fn calendar(value: Value<'_>, calendars: Calendars<'_>) -> Option<String> {
    let known = calendars.map(|calendars| calendars.keys().map(String::as_str));
    value.reference("calendar", known).map(str::to_owned)
}

struct Reader<'r> {
    known: Known<'r>,
    level_hours: &'r BTreeMap<String, String>,
}

impl Reader<'_> {
    fn ladder<'d>(&self, table: Table<'d>, names: &mut Names<'d>) -> Ladder {
        let repeats = table
            .get("repeat")
            .and_then(|value| value.integer(0, LADDER_REPEATS_MAX.into()))
            .unwrap_or(0);
        Ladder {
            name: unique_name(table, "name", names),
            on: triggers(table),
            steps: self.steps(table),
            repeats: u32::try_from(repeats).expect("the bound is small"),
            repeat_after_ms: repeat_after_ms(table, repeats > 0),
            until: until(table),
        }
    }

    fn steps(&self, table: Table<'_>) -> Vec<Step> {
        let Some(value) = table.need("steps") else {
            return Vec::new();
        };
        let items = value.array().unwrap_or_default();
        if items.is_empty() || items.len() > LADDER_STEPS_MAX {
            let message = format!("a ladder has 1 to {LADDER_STEPS_MAX} steps");
            let hint = "for example steps = [{ to = \"L2\" }, { to = \"L3\", after = \"15m\" }]";
            value.add(Code::OutOfRange, message, Some(hint.to_owned()));
        }
        let tables = items.into_iter().filter_map(|item| item.table(STEP_KEYS));
        tables.filter_map(|table| self.step(table)).collect()
    }

    fn step(&self, table: Table<'_>) -> Option<Step> {
        let after = table.get("after");
        let after_ms = after.and_then(|value| value.duration_ms(LADDER_DELAY_MS_MAX));
        let own = table
            .get("hours")
            .and_then(|value| calendar(value, self.known.calendars));
        let closed = closed(table);
        let to = self.destination(table.need("to")?)?;
        Some(Step {
            hours: own.or_else(|| self.hours_of(&to)),
            to,
            after_ms: after_ms.unwrap_or(0),
            closed,
        })
    }

    /// The hours of whom a step asks: of a level, or of a person.
    fn hours_of(&self, to: &Destination) -> Option<String> {
        match to {
            Destination::Level(key) => self.level_hours.get(key).cloned(),
            Destination::Receiver(key) => self.known.persons?.get(key)?.hours.clone(),
        }
    }

    /// A level, or a receiver or person; a name that is both would be read two ways.
    fn destination(&self, value: Value<'_>) -> Option<Destination> {
        let name = value.text()?;
        let is_level = self
            .known
            .levels
            .is_none_or(|levels| levels.contains(&name));
        let is_receiver = self
            .known
            .receivers
            .is_some_and(|receivers| receivers.contains(name));
        match (is_level, is_receiver) {
            (true, true) if self.known.levels.is_some() => {
                let message = format!("`{name}` is a level and a receiver");
                let hint = "call one of them something else".to_owned();
                value.add(Code::NameTwice, message, Some(hint));
                None
            }
            (_, true) => Some(Destination::Receiver(name.to_owned())),
            (true, false) => Some(Destination::Level(name.to_owned())),
            (false, false) => {
                self.report_nobody(value, name);
                None
            }
        }
    }

    fn report_nobody(&self, value: Value<'_>, name: &str) {
        if self.known.receivers.is_none() {
            return;
        }
        let levels = self.known.levels.unwrap_or_default().iter().copied();
        let receivers = self.known.receivers.into_iter().flatten().copied();
        let hint = suggestion(name, levels.chain(receivers).collect::<Vec<_>>());
        let message = format!("there is no level or receiver `{name}`");
        value.add(Code::EscalatesToNobody, message, hint);
    }
}

/// What a ladder is for: at least one warning, breach or forecast.
fn triggers(table: Table<'_>) -> Vec<On> {
    let Some(value) = table.need("on") else {
        return Vec::new();
    };
    let items = value.array().unwrap_or_default();
    if items.is_empty() {
        let hint = "for example on = [\"target_breached\", { warned = 75 }]".to_owned();
        value.add(Code::OutOfRange, "a ladder is for something", Some(hint));
    }
    items.into_iter().filter_map(trigger).collect()
}

/// `"target_breached"`, `"target_at_risk"`, `{ warned = 75 }` or `{ warned = "30m" }`.
fn trigger(value: Value<'_>) -> Option<On> {
    if value.is_table() {
        let warned = value.table(&["warned"])?.need("warned")?;
        return if warned.is_text() {
            warned.duration_ms(TARGET_MS_MAX).map(On::WarnedBefore)
        } else {
            let percent = warned.integer(1, 99)?;
            Some(On::Warned(u8::try_from(percent).expect("at most 99")))
        };
    }
    match word(value, "trigger", TRIGGERS)? {
        "target_breached" => Some(On::Breached),
        _ => Some(On::AtRisk),
    }
}

fn until(table: Table<'_>) -> Until {
    let word = table
        .get("until")
        .and_then(|value| word(value, "end of an escalation", UNTIL));
    match word {
        Some("target") => Until::Target,
        Some("resolution") => Until::Resolution,
        _ => Until::Answer,
    }
}

fn closed(table: Table<'_>) -> Closed {
    let word = table
        .get("closed")
        .and_then(|value| word(value, "way with closed hours", CLOSED));
    match word {
        Some("wait") => Closed::Wait,
        _ => Closed::Skip,
    }
}

fn word<'d>(value: Value<'d>, what: &str, known: &[&str]) -> Option<&'d str> {
    let text = value.text()?;
    if known.contains(&text) {
        return Some(text);
    }
    let hint = suggestion(text, known.iter().copied());
    value.add(
        Code::WordUnknown,
        format!("there is no {what} `{text}`"),
        hint,
    );
    None
}

fn repeat_after_ms(table: Table<'_>, repeats: bool) -> i64 {
    let value = match table.get("repeat_after") {
        None if repeats => table.need("repeat_after"),
        value => value,
    };
    let ms = value.and_then(|value| value.duration_ms(LADDER_DELAY_MS_MAX));
    ms.unwrap_or(0)
}
