//! `receivers.toml`: who can be told, and of what.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::notify::{self, Audience, Channel, LinkAction, Receiver, Receivers, Rule};
use posthouse_domain::sla::ladder::Ladder;
use posthouse_domain::ticket::FactKind;
use posthouse_templates::LAST_LANGUAGE;

use crate::condition::{Compiler, Condition};
use crate::diagnostic::Code;
use crate::file::sla::Calendars;
use crate::file::{
    Names, channel, check_count, condition, conditions, manners, templates, unique_name,
};
use crate::limits::{ATTEMPTS_MAX, WAIT_MS_MAX};
use crate::read::{Table, Value};

pub(crate) const KEYS: &[&str] = &[
    "language",
    "receiver",
    "rule",
    "person",
    "consent",
    "incident",
    "maintenance",
];

const RECEIVER_KEYS: &[&str] = &[
    "group_by",
    "group_wait",
    "group_interval",
    "limit",
    "hours",
    "channel",
    "url",
    "url_file",
    "url_env",
    "secret_file",
    "secret_env",
    "relay",
    "tls",
    "ca_file",
    "user",
    "password_file",
    "password_env",
    "from",
    "to",
    "reply_to",
    "gateway",
    "account",
    "token_file",
    "token_env",
    "key_id_file",
    "key_id_env",
    "key_secret_file",
    "key_secret_env",
    "sign_name",
    "template_code",
    "services_file",
    "services_env",
    "tag",
    "subject",
    "secret",
    "password",
    "token",
    "key_id",
    "key_secret",
    "services",
    "attempts_max",
    "backoff",
    "backoff_max",
    "timeout",
    "give_up_after",
    "personal",
    "audience",
    "language",
    "links",
];
const RULE_KEYS: &[&str] = &[
    "urgent",
    "after",
    "repeat",
    "repeat_max",
    "stop",
    "name",
    "about",
    "when",
    "receivers",
    "goes_on",
    "template",
];

const ATTEMPTS_DEFAULT: i64 = 10;
const BACKOFF_MS_DEFAULT: i64 = 1_000;
const BACKOFF_MS_MAX_DEFAULT: i64 = 5 * 60 * 1_000;
const TIMEOUT_MS_DEFAULT: i64 = 10_000;
const GIVE_UP_MS_DEFAULT: i64 = 24 * 60 * 60 * 1_000;

pub(crate) fn read(
    file: Table<'_>,
    compiler: &Compiler<'_>,
    written: &templates::Written<'_>,
    calendars: Calendars<'_>,
) -> Receivers {
    let receivers = receivers(file, written);
    let persons = manners::persons(file, &receivers);
    let keys = receivers.keys().chain(persons.keys());
    let known: Vec<&str> = keys.map(String::as_str).collect();
    let tables = file.list("rule", RULE_KEYS);
    check_count(&tables);
    let mut names = Names::default();
    let whens: Vec<_> = tables
        .iter()
        .map(|table| (*table, condition(*table, compiler)))
        .collect();
    let rules: Vec<Rule> = tables
        .iter()
        .map(|table| rule(*table, &known, &mut names, written))
        .collect();
    check_reachable(&rules, &whens);
    manners::check_stops(&tables, &rules, &persons);
    let whens = whens.into_iter().map(|(_, when)| when).collect();
    let manners = manners::read(file, &tables, &receivers, persons, calendars, compiler);
    Receivers {
        manners,
        receivers,
        rules,
        conditions: conditions(compiler, whens),
        language: language(file, written).unwrap_or_else(|| LAST_LANGUAGE.to_owned()),
    }
}

/// Reports receivers and persons whom neither a rule nor a ladder tells.
pub(crate) fn check_told(file: Table<'_>, read: &Receivers, ladders: &[Ladder]) {
    let named = manners::named(&read.rules, ladders);
    check_used(file, &manners::reached(&named, &read.manners.persons));
    manners::check_persons(file, &named);
}

/// What a receiver can do from its channel.
fn links(table: Table<'_>) -> Vec<LinkAction> {
    let Some(value) = table.get("links") else {
        return Vec::new();
    };
    let audience: Option<Audience> = table.get("audience").and_then(|value| value.word());
    if audience == Some(Audience::Customer) {
        let message = "`links` are for staff: customers reply";
        value.add(Code::KeyUnknown, message.to_owned(), None);
    }
    let links = value.array().unwrap_or_default().into_iter();
    let links: BTreeSet<LinkAction> = links.filter_map(|value| value.word()).collect();
    links.into_iter().collect()
}

/// The `language` of a table: one in which there are templates.
fn language(table: Table<'_>, written: &templates::Written<'_>) -> Option<String> {
    let languages = written.languages.iter().copied();
    let language = table
        .get("language")?
        .reference("templates in", Some(languages));
    language.map(str::to_owned)
}

fn receivers(file: Table<'_>, written: &templates::Written<'_>) -> BTreeMap<String, Receiver> {
    let mut receivers = BTreeMap::new();
    for (key, _, table) in file.named("receiver", RECEIVER_KEYS) {
        let receiver = Receiver {
            key: key.to_owned(),
            channel: channel::read(table).unwrap_or(Channel::Console),
            attempts_max: attempts_max(table),
            backoff_ms: wait_ms(table, "backoff", BACKOFF_MS_DEFAULT),
            backoff_ms_max: wait_ms(table, "backoff_max", BACKOFF_MS_MAX_DEFAULT),
            timeout_ms: wait_ms(table, "timeout", TIMEOUT_MS_DEFAULT),
            give_up_ms: wait_ms(table, "give_up_after", GIVE_UP_MS_DEFAULT),
            personal: table
                .get("personal")
                .and_then(|value| value.word())
                .unwrap_or_default(),
            audience: table
                .get("audience")
                .and_then(|value| value.word())
                .unwrap_or_default(),
            language: language(table, written).unwrap_or_default(),
            links: links(table),
        };
        receivers.insert(key.to_owned(), receiver);
    }
    receivers
}

fn attempts_max(table: Table<'_>) -> u32 {
    let attempts = match table.get("attempts_max") {
        Some(value) => value.integer(1, ATTEMPTS_MAX).unwrap_or(ATTEMPTS_DEFAULT),
        None => ATTEMPTS_DEFAULT,
    };
    u32::try_from(attempts).expect("the bound is small")
}

fn wait_ms(table: Table<'_>, key: &str, default: i64) -> u32 {
    let ms = match table.get(key) {
        Some(value) => value.duration_ms(WAIT_MS_MAX).unwrap_or(default),
        None => default,
    };
    u32::try_from(ms).expect("a day of milliseconds fits")
}

fn rule<'d>(
    table: Table<'d>,
    known: &[&str],
    names: &mut Names<'d>,
    written: &templates::Written<'_>,
) -> Rule {
    let list = |key: &str| {
        table
            .need(key)
            .and_then(|value| value.array())
            .unwrap_or_default()
    };
    let about = list("about").into_iter().filter_map(kind);
    let known = Some(known.iter().copied());
    let told = list("receivers");
    let told = told
        .into_iter()
        .filter_map(|item| item.reference("receiver", known.clone()));
    Rule {
        timing: manners::timing(table),
        name: unique_name(table, "name", names),
        about: about.collect(),
        receivers: told.map(str::to_owned).collect(),
        goes_on: table
            .get("goes_on")
            .and_then(|value| value.boolean())
            .unwrap_or(true),
        template: table.get("template").and_then(|value| {
            let known = written.names.iter().map(String::as_str);
            value.reference("template", Some(known)).map(str::to_owned)
        }),
    }
}

/// A kind of fact that can be told of.
pub(super) fn kind(value: Value<'_>) -> Option<FactKind> {
    let kind = value.word::<FactKind>()?;
    if notify::TOLD.contains(&kind) {
        return Some(kind);
    }
    let message = if kind.is_for_receivers() {
        format!("a notification about `{kind}` would cause the next one")
    } else {
        format!("`{kind}` is about no ticket, and rules here look at tickets")
    };
    value.add(Code::WordUnknown, message, Some("leave it out".to_owned()));
    None
}

/// Reports each rule whose kinds are all taken by rules before it that always match and end.
fn check_reachable(rules: &[Rule], whens: &[(Table<'_>, Condition)]) {
    let mut taken: BTreeSet<FactKind> = BTreeSet::new();
    for (rule, (table, when)) in rules.iter().zip(whens) {
        if !rule.about.is_empty() && rule.about.iter().all(|kind| taken.contains(kind)) {
            let message = "no fact comes this far: rules above take every one and do not go on";
            let hint = Some("move it up, or write goes_on = true above".to_owned());
            table
                .report()
                .add(Code::Unreachable, &table.spot(), message, hint);
        }
        if when.always() && !rule.goes_on {
            taken.extend(rule.about.iter().copied());
        }
    }
}

fn check_used(file: Table<'_>, used: &BTreeSet<&str>) {
    let Some(group) = file.get("receiver").and_then(|value| value.any_table()) else {
        return;
    };
    for (key, spot, _) in group.entries() {
        if !used.contains(key) {
            let message = format!("nothing tells the receiver `{key}`");
            file.report()
                .add(Code::ReceiverUnused, &spot, message, None);
        }
    }
}
