//! `receivers.toml`: who can be told, and of what.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::notify::{Channel, Receiver, Receivers, Rule};
use posthouse_domain::ticket::FactKind;

use crate::condition::{Compiler, Condition};
use crate::diagnostic::Code;
use crate::file::{Names, check_count, condition, conditions, unique_name};
use crate::limits::{ATTEMPTS_MAX, WAIT_MS_MAX};
use crate::read::{Table, Value};
use crate::report::suggestion;

pub(crate) const KEYS: &[&str] = &["receiver", "rule"];

const RECEIVER_KEYS: &[&str] = &[
    "channel",
    "url",
    "secret_file",
    "attempts_max",
    "backoff",
    "backoff_max",
    "timeout",
    "personal",
];
const RULE_KEYS: &[&str] = &["name", "about", "when", "receivers", "goes_on"];
const CHANNELS: &[&str] = &["console", "webhook"];

const ATTEMPTS_DEFAULT: i64 = 10;
const BACKOFF_MS_DEFAULT: i64 = 1_000;
const BACKOFF_MS_MAX_DEFAULT: i64 = 5 * 60 * 1_000;
const TIMEOUT_MS_DEFAULT: i64 = 10_000;

pub(crate) fn read(file: Table<'_>, compiler: &Compiler<'_>) -> Receivers {
    let receivers = receivers(file);
    let tables = file.list("rule", RULE_KEYS);
    check_count(&tables);
    let mut names = Names::default();
    let whens: Vec<_> = tables
        .iter()
        .map(|table| (*table, condition(*table, compiler)))
        .collect();
    let rules: Vec<Rule> = tables
        .iter()
        .map(|table| rule(*table, &receivers, &mut names))
        .collect();
    check_reachable(&rules, &whens);
    check_used(file, &rules);
    let whens = whens.into_iter().map(|(_, when)| when).collect();
    Receivers {
        receivers,
        rules,
        conditions: conditions(compiler, whens),
    }
}

fn receivers(file: Table<'_>) -> BTreeMap<String, Receiver> {
    let mut receivers = BTreeMap::new();
    for (key, _, table) in file.named("receiver", RECEIVER_KEYS) {
        let receiver = Receiver {
            key: key.to_owned(),
            channel: channel(table).unwrap_or(Channel::Console),
            attempts_max: attempts_max(table),
            backoff_ms: wait_ms(table, "backoff", BACKOFF_MS_DEFAULT),
            backoff_ms_max: wait_ms(table, "backoff_max", BACKOFF_MS_MAX_DEFAULT),
            timeout_ms: wait_ms(table, "timeout", TIMEOUT_MS_DEFAULT),
            personal: table
                .get("personal")
                .and_then(|value| value.word())
                .unwrap_or_default(),
        };
        receivers.insert(key.to_owned(), receiver);
    }
    receivers
}

fn channel(table: Table<'_>) -> Option<Channel> {
    let value = table.need("channel")?;
    match value.text()? {
        "console" => {
            for (key, spot, _) in table.entries() {
                if key == "url" || key == "secret_file" {
                    let message = format!("`{key}` has no effect on the console");
                    table.report().add(Code::KeyUnknown, &spot, message, None);
                }
            }
            Some(Channel::Console)
        }
        "webhook" => Some(Channel::Webhook {
            url: table.need("url").and_then(url)?,
            secret_file: table
                .get("secret_file")
                .and_then(|file| file.text())
                .map(str::to_owned),
        }),
        other => {
            let hint = suggestion(other, CHANNELS.iter().copied());
            value.add(
                Code::WordUnknown,
                format!("there is no channel `{other}`"),
                hint,
            );
            None
        }
    }
}

/// Whoever posts to it finds out whether the host exists; here only the slips are caught.
fn url(value: Value<'_>) -> Option<String> {
    let text = value.text()?;
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest
        .and_then(|rest| rest.split(['/', '?', '#']).next())
        .unwrap_or_default();
    let blank = text.chars().any(|c| c.is_whitespace() || c.is_control());
    if host.is_empty() || blank {
        let hint = "write https://host/path, or http:// inside your own network".to_owned();
        value.add(
            Code::WebhookUrl,
            format!("`{text}` is no webhook address"),
            Some(hint),
        );
    }
    Some(text.to_owned())
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
    receivers: &BTreeMap<String, Receiver>,
    names: &mut Names<'d>,
) -> Rule {
    let list = |key: &str| {
        table
            .need(key)
            .and_then(|value| value.array())
            .unwrap_or_default()
    };
    let about = list("about").into_iter().filter_map(kind);
    let known = Some(receivers.keys().map(String::as_str));
    let told = list("receivers");
    let told = told
        .into_iter()
        .filter_map(|item| item.reference("receiver", known.clone()));
    Rule {
        name: unique_name(table, "name", names),
        about: about.collect(),
        receivers: told.map(str::to_owned).collect(),
        goes_on: table
            .get("goes_on")
            .and_then(|value| value.boolean())
            .unwrap_or(true),
    }
}

/// A kind of fact that can be told of. Telling of a telling would never end.
fn kind(value: Value<'_>) -> Option<FactKind> {
    const NEVER: &[FactKind] = &[
        FactKind::NotificationRequested,
        FactKind::Notified,
        FactKind::NotificationFailed,
        FactKind::NotificationSuppressed,
    ];
    let kind = value.word::<FactKind>()?;
    if !kind.is_about_ticket() {
        let message = format!("`{kind}` is about no ticket, and rules here look at tickets");
        value.add(Code::WordUnknown, message, Some("leave it out".to_owned()));
        return None;
    }
    if NEVER.contains(&kind) {
        let message = format!("a notification about `{kind}` would cause the next one");
        value.add(Code::WordUnknown, message, Some("leave it out".to_owned()));
        return None;
    }
    Some(kind)
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

fn check_used(file: Table<'_>, rules: &[Rule]) {
    let used: BTreeSet<&str> = rules
        .iter()
        .flat_map(|rule| rule.receivers.iter().map(String::as_str))
        .collect();
    let Some(group) = file.get("receiver").and_then(|value| value.any_table()) else {
        return;
    };
    for (key, spot, _) in group.entries() {
        if !used.contains(key) {
            let message = format!("no rule tells the receiver `{key}`");
            file.report()
                .add(Code::ReceiverUnused, &spot, message, None);
        }
    }
}
