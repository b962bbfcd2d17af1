//! `routing.toml`: the centres, and the rules that choose a queue.

mod entries;
mod overflow;
mod robot;

use std::collections::BTreeMap;

use posthouse_domain::region::Region;
use posthouse_domain::route::{Centre, Entries, FollowTheSun, Overflows, Robot, Rule, Rules};
use posthouse_domain::sla::Calendar;

use crate::condition::{Compiler, Condition};
use crate::diagnostic::Code;
use crate::file::sla::Calendars;
use crate::file::{Names, check_count, check_reachable, condition, conditions, unique_name};
use crate::read::{Table, Value, check_name};
use crate::report::suggestion;

pub(crate) use entries::read as entries;

pub(crate) const KEYS: &[&str] = &[
    "levels",
    "centre",
    "residency",
    "entry",
    "rule",
    "fallback",
    "default",
    "follow_the_sun",
    "robot",
    "overflow",
    super::dispatch::TABLE,
];

const CENTRE_KEYS: &[&str] = &[
    "title",
    "languages",
    "calendar",
    "clearances",
    "down",
    "stands_in",
];
pub(crate) const RULE_KEYS: &[&str] = &["name", "when", "level", "skill", "centre"];
pub(crate) const FALLBACK_KEYS: &[&str] = &["name", "level", "skill", "centre"];

/// The levels where the file says nothing: the robot, then people.
const LEVELS_DEFAULT: &[&str] = &["L0", "L1", "L2", "L3"];

/// The rules with what the linter asks of them again.
pub(crate) struct Read<'d> {
    pub(crate) rules: Rules,
    /// The tables of the rules, at the same indices.
    pub(crate) tables: Vec<Table<'d>>,
    /// Their conditions, at the same indices.
    pub(crate) whens: Vec<Condition>,
    /// The overflows and their tables.
    pub(crate) overflows: overflow::Read<'d>,
    follow: Option<(Condition, Table<'d>)>,
    robot: Option<(Robot, Condition, Table<'d>)>,
}

pub(crate) fn centres(file: Table<'_>, calendars: Calendars<'_>) -> BTreeMap<String, Centre> {
    let mut centres = BTreeMap::new();
    for (key, _, table) in file.named("centre", CENTRE_KEYS) {
        let known = calendars.map(|calendars| calendars.keys().map(String::as_str));
        let calendar = table
            .need("calendar")
            .and_then(|value| value.reference("calendar", known));
        let centre = Centre {
            key: key.to_owned(),
            title: table.need_text("title").unwrap_or(key).to_owned(),
            languages: languages(table),
            calendar: calendar.unwrap_or_default().to_owned(),
            clearances: clearances(table),
            down: table
                .get("down")
                .and_then(|value| value.boolean())
                .unwrap_or(false),
            stands_in: None,
        };
        centres.insert(key.to_owned(), centre);
    }
    if centres.is_empty() {
        let hint = Some("[centre.NAME]".to_owned());
        file.report()
            .add(Code::KeyMissing, &file.spot(), "there is no centre", hint);
    }
    stand_ins(file, &mut centres);
    centres
}

/// Who stands in for a centre is read once all of them are known.
fn stand_ins(file: Table<'_>, centres: &mut BTreeMap<String, Centre>) {
    for (key, _, table) in file.named("centre", CENTRE_KEYS) {
        let known = Some(centres.keys().map(String::as_str));
        let stands_in = table
            .get("stands_in")
            .and_then(|value| value.reference("centre", known));
        let stands_in = stands_in.map(str::to_owned);
        if let Some(centre) = centres.get_mut(key) {
            centre.stands_in = stands_in;
        }
    }
}

fn languages(table: Table<'_>) -> Vec<String> {
    let Some(value) = table.need("languages") else {
        return Vec::new();
    };
    let texts = value.texts().unwrap_or_default();
    if texts.is_empty() {
        value.add(
            Code::OutOfRange,
            "a centre speaks at least one language",
            None,
        );
    }
    texts
        .into_iter()
        .map(|(language, _)| language.to_owned())
        .collect()
}

fn clearances(table: Table<'_>) -> Vec<String> {
    let texts = table.get("clearances").and_then(|value| value.texts());
    let texts = texts.unwrap_or_default().into_iter();
    texts
        .map(|(clearance, value)| {
            check_name(table.report(), clearance, &value.spot());
            clearance.to_owned()
        })
        .collect()
}

/// The residency of the data of a region's customers, by region.
pub(crate) fn residency(
    file: Table<'_>,
    regions: Option<&BTreeMap<String, Region>>,
) -> BTreeMap<String, String> {
    let Some(group) = file.get("residency").and_then(|value| value.any_table()) else {
        return BTreeMap::new();
    };
    let mut residency = BTreeMap::new();
    for (region, spot, value) in group.entries() {
        let is_unknown = regions.is_some_and(|regions| !regions.contains_key(region));
        if is_unknown {
            let known = regions.into_iter().flat_map(BTreeMap::keys);
            let hint = suggestion(region, known.map(String::as_str));
            let message = format!("there is no region `{region}`");
            file.report()
                .add(Code::ReferenceUnknown, &spot, message, hint);
        }
        if let Some(text) = value.text() {
            check_name(file.report(), text, &value.spot());
            residency.insert(region.to_owned(), text.to_owned());
        }
    }
    residency
}

/// What the other files and tables say that rules refer to.
pub(crate) struct Known<'k> {
    pub(crate) levels: &'k [&'k str],
    pub(crate) centres: &'k BTreeMap<String, Centre>,
    pub(crate) regions: &'k BTreeMap<String, Region>,
    pub(crate) calendars: Calendars<'k>,
    pub(crate) entries: Entries,
    pub(crate) residency: BTreeMap<String, String>,
}

pub(crate) fn rules<'d>(file: Table<'d>, known: Known<'_>, compiler: &Compiler<'_>) -> Read<'d> {
    let compiler = &compiler.with_moments();
    let tables = file.list("rule", RULE_KEYS);
    check_count(&tables);
    let reader = RuleReader {
        levels: known.levels,
        centres: known.centres,
    };
    let mut names = Names::default();
    let rules = tables
        .iter()
        .map(|table| reader.read(*table, &mut names))
        .collect();
    let whens: Vec<_> = tables
        .iter()
        .map(|table| condition(*table, compiler))
        .collect();
    check_reachable(&tables.iter().copied().zip(&whens).collect::<Vec<_>>());
    let fallback = file
        .need("fallback")
        .and_then(|value| value.table(FALLBACK_KEYS));
    let fallback = fallback.map_or_else(Rule::default, |table| reader.read(table, &mut names));
    let defaults = defaults(file, &reader, known.regions, &mut names);
    let overflows = overflow::read(file, compiler);
    Read {
        rules: Rules {
            levels: known.levels.iter().map(ToString::to_string).collect(),
            rules,
            conditions: conditions(compiler, Vec::new()),
            centres: known.centres.clone(),
            regions: known.regions.clone(),
            hours: hours(known.centres, known.calendars),
            defaults,
            fallback,
            entries: known.entries,
            residency: known.residency,
            follow: FollowTheSun::Nobody,
            overflows: Overflows::none(),
            managers: BTreeMap::new(),
            robot: None,
        },
        tables,
        whens,
        overflows,
        follow: follow_the_sun(file, compiler),
        robot: robot::read(file, known.levels, compiler),
    }
}

impl<'d> Read<'d> {
    /// The conditions of everything but the rules, with their tables.
    pub(crate) fn others(&self) -> impl Iterator<Item = (&Condition, Table<'d>)> {
        let overflows = &self.overflows;
        let of_overflows = overflows.whens.iter().zip(overflows.tables.iter().copied());
        let follow = self.follow.as_ref().map(|(when, table)| (when, *table));
        let robot = self.robot.as_ref().map(|(_, when, table)| (when, *table));
        of_overflows.chain(follow).chain(robot)
    }

    /// The rules, for the domain.
    pub(crate) fn into_rules(self, compiler: &Compiler<'_>) -> Rules {
        let one = |when| conditions(compiler, vec![when]);
        Rules {
            conditions: conditions(compiler, self.whens),
            follow: self.follow.map_or(FollowTheSun::Nobody, |(when, _)| {
                FollowTheSun::When(one(when))
            }),
            overflows: self.overflows.into_overflows(compiler),
            robot: self.robot.map(|(mut robot, when, _)| {
                robot.conditions = one(when);
                robot
            }),
            ..self.rules
        }
    }
}

/// The calendars of the centres.
fn hours(
    centres: &BTreeMap<String, Centre>,
    calendars: Calendars<'_>,
) -> BTreeMap<String, Calendar> {
    let names = centres.values().map(|centre| &centre.calendar);
    let found = names.filter_map(|name| calendars?.get_key_value(name));
    found
        .map(|(name, calendar)| (name.clone(), calendar.clone()))
        .collect()
}

fn follow_the_sun<'d>(file: Table<'d>, compiler: &Compiler<'_>) -> Option<(Condition, Table<'d>)> {
    let value = file.get("follow_the_sun")?;
    let table = value.table(&["when"])?;
    Some((condition(table, compiler), table))
}

/// `[default.REGION]`: where a ticket of a region goes that no rule wants.
fn defaults<'d>(
    file: Table<'d>,
    reader: &RuleReader<'_>,
    regions: &BTreeMap<String, Region>,
    names: &mut Names<'d>,
) -> BTreeMap<String, Rule> {
    let mut defaults = BTreeMap::new();
    for (region, spot, table) in file.named("default", FALLBACK_KEYS) {
        if !regions.is_empty() && !regions.contains_key(region) {
            let hint = suggestion(region, regions.keys().map(String::as_str));
            let message = format!("there is no region `{region}`");
            file.report()
                .add(Code::ReferenceUnknown, &spot, message, hint);
        }
        defaults.insert(region.to_owned(), reader.read(table, names));
    }
    defaults
}

/// The levels of support.
pub(crate) fn levels<'d>(file: Table<'d>) -> Vec<&'d str> {
    match file.get("levels") {
        Some(value) => {
            let texts = value.texts().unwrap_or_default();
            texts.into_iter().map(|(level, _)| level).collect()
        }
        None => LEVELS_DEFAULT.to_vec(),
    }
}

struct RuleReader<'r> {
    levels: &'r [&'r str],
    centres: &'r BTreeMap<String, Centre>,
}

impl RuleReader<'_> {
    fn read<'d>(&self, table: Table<'d>, names: &mut Names<'d>) -> Rule {
        let known = Some(self.centres.keys().map(String::as_str));
        let centre = table
            .get("centre")
            .and_then(|value| value.reference("centre", known));
        let level = table
            .need("level")
            .and_then(|value| level(value, self.levels));
        Rule {
            name: unique_name(table, "name", names),
            level: level.unwrap_or_default(),
            skill: table.need("skill").and_then(skill).unwrap_or_default(),
            centre: centre.map(str::to_owned),
        }
    }
}

fn level(value: Value<'_>, levels: &[&str]) -> Option<String> {
    let level = value.text()?;
    if !levels.contains(&level) {
        let hint = suggestion(level, levels.iter().copied());
        let message = format!("there is no level `{level}`");
        value.add(Code::ReferenceUnknown, message, hint);
    }
    Some(level.to_owned())
}

fn skill(value: Value<'_>) -> Option<String> {
    let skill = value.text()?;
    check_name(value.report(), skill, &value.spot());
    Some(skill.to_owned())
}
