//! `routing.toml`: the centres, and the rules that choose a queue.

use std::collections::BTreeMap;

use posthouse_domain::region::Region;
use posthouse_domain::route::{Centre, Rule, Rules};

use crate::condition::Compiler;
use crate::diagnostic::Code;
use crate::file::sla::Calendars;
use crate::file::{Names, check_count, check_reachable, condition, conditions, unique_name};
use crate::read::{Table, check_name};
use crate::report::suggestion;

pub(crate) const KEYS: &[&str] = &["levels", "centre", "rule", "fallback"];

const CENTRE_KEYS: &[&str] = &["title", "languages", "calendar"];
const RULE_KEYS: &[&str] = &["name", "when", "level", "skill", "centre"];
const FALLBACK_KEYS: &[&str] = &["name", "level", "skill", "centre"];

/// The levels where the file says nothing: the robot, then people.
const LEVELS_DEFAULT: &[&str] = &["L0", "L1", "L2", "L3"];

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
        };
        centres.insert(key.to_owned(), centre);
    }
    if centres.is_empty() {
        let hint = Some("[centre.NAME]".to_owned());
        file.report()
            .add(Code::KeyMissing, &file.spot(), "there is no centre", hint);
    }
    centres
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

pub(crate) fn rules(
    file: Table<'_>,
    levels: &[&str],
    centres: &BTreeMap<String, Centre>,
    regions: &BTreeMap<String, Region>,
    compiler: &Compiler<'_>,
) -> Rules {
    let tables = file.list("rule", RULE_KEYS);
    check_count(&tables);
    let reader = RuleReader { levels, centres };
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
    let fallback = match fallback {
        Some(table) => reader.read(table, &mut names),
        None => Rule {
            name: String::new(),
            level: String::new(),
            skill: String::new(),
            centre: None,
        },
    };
    Rules {
        rules,
        conditions: conditions(compiler, whens),
        centres: centres.clone(),
        regions: regions.clone(),
        fallback,
    }
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
        Rule {
            name: unique_name(table, "name", names),
            level: self.level(table).unwrap_or_default(),
            skill: skill(table).unwrap_or_default(),
            centre: centre.map(str::to_owned),
        }
    }

    fn level(&self, table: Table<'_>) -> Option<String> {
        let value = table.need("level")?;
        let level = value.text()?;
        if !self.levels.contains(&level) {
            let hint = suggestion(level, self.levels.iter().copied());
            value.add(
                Code::ReferenceUnknown,
                format!("there is no level `{level}`"),
                hint,
            );
        }
        Some(level.to_owned())
    }
}

fn skill(table: Table<'_>) -> Option<String> {
    let value = table.need("skill")?;
    let skill = value.text()?;
    check_name(table.report(), skill, &value.spot());
    Some(skill.to_owned())
}
