//! `agents.toml`: the roster. Who there is, where, for what, in which language, and when.
//!
//! A bundle can do without it; then nobody is offered anything. What the agents of a team have in
//! common is written once, in `[team.KEY]`; an agent says only what differs.

use std::collections::BTreeMap;
use std::sync::Arc;

use posthouse_domain::dispatch::{Agent, PERSON};
use posthouse_domain::route::Centre;

use crate::diagnostic::Code;
use crate::file::sla::Calendars;
use crate::limits::{AGENTS_MAX, CAPACITY_MAX, PROFICIENCY_MAX};
use crate::read::{Table, Value, check_name};
use crate::report::suggestion;

/// The file's name.
pub(crate) const FILE: &str = "agents.toml";

pub(crate) const KEYS: &[&str] = &["channel_load", "channel_load_default", "team", "agent"];

/// What a team says of its agents, and each of them too.
const SHARED_KEYS: &[&str] = &[
    "title",
    "centre",
    "levels",
    "skills",
    "languages",
    "clearances",
    "capacity",
    "calendar",
];
const AGENT_KEYS: &[&str] = &[
    "title",
    "centre",
    "levels",
    "skills",
    "languages",
    "clearances",
    "capacity",
    "calendar",
    "team",
    "account_manager_of",
];

/// What the roster refers to; `None` where a file could not be read.
#[derive(Clone, Copy)]
pub(crate) struct Known<'k> {
    pub(crate) calendars: Calendars<'k>,
    pub(crate) centres: Option<&'k BTreeMap<String, Centre>>,
    /// The levels of support.
    pub(crate) levels: Option<&'k [&'k str]>,
    pub(crate) channels: Option<&'k [String]>,
}

/// The roster as it was read, and where each agent stands.
#[derive(Default)]
pub(crate) struct Read<'d> {
    /// In the order of their keys.
    pub(crate) agents: Vec<Agent>,
    /// Their tables, at the same indices.
    pub(crate) tables: Vec<Table<'d>>,
    pub(crate) channel_load: BTreeMap<String, u32>,
    pub(crate) channel_load_default: Option<u32>,
}

pub(crate) fn read<'d>(file: Table<'d>, known: Known<'_>) -> Read<'d> {
    let teams: BTreeMap<&str, Table<'d>> = file
        .named("team", SHARED_KEYS)
        .into_iter()
        .map(|(key, _, table)| (key, table))
        .collect();
    let mut named = file.named("agent", AGENT_KEYS);
    named.sort_by_key(|(key, ..)| *key);
    if let Some((_, spot, table)) = named.get(AGENTS_MAX) {
        let message = format!("more than {AGENTS_MAX} agents");
        table.report().add(Code::OutOfRange, spot, message, None);
    }
    let reader = Reader {
        known,
        teams: &teams,
    };
    let mut read = Read {
        channel_load: channel_load(file, known.channels),
        channel_load_default: file.get("channel_load_default").and_then(load),
        ..Read::default()
    };
    for (key, _, table) in named {
        read.agents.push(reader.agent(key, table));
        read.tables.push(table);
    }
    read
}

/// What a ticket takes of a capacity, by channel.
fn channel_load(file: Table<'_>, channels: Option<&[String]>) -> BTreeMap<String, u32> {
    let table = file.get("channel_load").and_then(|value| value.any_table());
    let mut loads = BTreeMap::new();
    let entries = table.iter().flat_map(Table::entries);
    for (channel, spot, value) in entries {
        if let Some(channels) = channels.filter(|all| !all.iter().any(|known| known == channel)) {
            let message = format!("there is no channel `{channel}`");
            let hint = suggestion(channel, channels.iter().map(String::as_str));
            value
                .report()
                .add(Code::ReferenceUnknown, &spot, message, hint);
        }
        if let Some(load) = load(value) {
            loads.insert(channel.to_owned(), load);
        }
    }
    loads
}

fn load(value: Value<'_>) -> Option<u32> {
    let load = value.integer(1, CAPACITY_MAX)?;
    u32::try_from(load).ok()
}

struct Reader<'r, 'd> {
    known: Known<'r>,
    teams: &'r BTreeMap<&'d str, Table<'d>>,
}

impl<'d> Reader<'_, 'd> {
    fn agent(&self, key: &str, table: Table<'d>) -> Agent {
        let own = Own {
            team: self.team(table),
            table,
        };
        let centre = own
            .need("centre")
            .and_then(|value| self.centre(value))
            .unwrap_or_default();
        let capacity = own.get("capacity").and_then(load);
        let customers = table.get("account_manager_of");
        Agent {
            key: key.to_owned(),
            title: own
                .get("title")
                .and_then(|value| value.text())
                .unwrap_or_default()
                .to_owned(),
            levels: own
                .need("levels")
                .map_or_else(Vec::new, |it| self.levels(it)),
            skills: own.need("skills").map_or_else(BTreeMap::new, skills),
            languages: self.languages(own.get("languages"), centre),
            centre: centre.to_owned(),
            clearances: own.get("clearances").map_or_else(Vec::new, names),
            capacity: capacity.unwrap_or(PERSON),
            shift: own.get("calendar").and_then(|value| {
                let calendars = self.known.calendars?;
                let known = Some(calendars.keys().map(String::as_str));
                let name = value.reference("calendar", known)?;
                calendars.get(name).cloned().map(Arc::new)
            }),
            account_manager_of: customers.map_or_else(Vec::new, texts),
            team: team_name(table),
        }
    }

    /// The table of the agent's team.
    fn team(&self, table: Table<'d>) -> Option<Table<'d>> {
        let name = table.get("team")?;
        let key = name.reference("team", Some(self.teams.keys().copied()))?;
        self.teams.get(key).copied()
    }

    fn centre<'v>(&self, value: Value<'v>) -> Option<&'v str> {
        let known = self.known.centres;
        value.reference("centre", known.map(|all| all.keys().map(String::as_str)))
    }

    fn levels(&self, value: Value<'_>) -> Vec<String> {
        let items = value.array().unwrap_or_default();
        if items.is_empty() {
            value.add(Code::OutOfRange, "an agent serves at least one level", None);
        }
        let known = self.known.levels.map(|all| all.iter().copied());
        let levels = items.into_iter();
        let levels = levels.filter_map(|item| item.reference("level", known.clone()));
        levels.map(str::to_owned).collect()
    }

    /// What they speak; where nothing is said, what their centre speaks.
    fn languages(&self, value: Option<Value<'_>>, centre: &str) -> Vec<String> {
        match value {
            Some(value) => texts(value),
            None => {
                let centre = self.known.centres.and_then(|all| all.get(centre));
                centre.map_or_else(Vec::new, |centre| centre.languages.clone())
            }
        }
    }
}

/// An agent's table and that of their team.
#[derive(Clone, Copy)]
struct Own<'d> {
    table: Table<'d>,
    team: Option<Table<'d>>,
}

impl<'d> Own<'d> {
    /// The value of a key, the agent's own or that of their team.
    fn get(&self, key: &str) -> Option<Value<'d>> {
        let of_team = || self.team.and_then(|team| team.get(key));
        self.table.get(key).or_else(of_team)
    }

    fn need(&self, key: &str) -> Option<Value<'d>> {
        self.get(key).or_else(|| self.table.need(key))
    }
}

fn team_name(table: Table<'_>) -> String {
    let name = table.get("team").and_then(|value| value.text());
    name.unwrap_or_default().to_owned()
}

/// Skills and how well they are known, in thousandths.
fn skills(value: Value<'_>) -> BTreeMap<String, u16> {
    let mut skills = BTreeMap::new();
    let table = value.any_table();
    for (skill, spot, value) in table.iter().flat_map(Table::entries) {
        check_name(value.report(), skill, &spot);
        let permille = value.integer(1, PROFICIENCY_MAX);
        if let Some(permille) = permille.and_then(|permille| u16::try_from(permille).ok()) {
            skills.insert(skill.to_owned(), permille);
        }
    }
    skills
}

/// A list of names.
fn names(value: Value<'_>) -> Vec<String> {
    let texts = value.texts().unwrap_or_default();
    for (name, item) in &texts {
        check_name(item.report(), name, &item.spot());
    }
    texts.into_iter().map(|(name, _)| name.to_owned()).collect()
}

/// A list of texts.
fn texts(value: Value<'_>) -> Vec<String> {
    let texts = value.texts().unwrap_or_default().into_iter();
    texts.map(|(text, _)| text.to_owned()).collect()
}
