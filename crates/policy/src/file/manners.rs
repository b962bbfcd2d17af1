//! The part of `receivers.toml` that says when and how receivers want to be told: groups, limits,
//! hours, persons, rules that tell later or again, what an incident mutes, and planned work.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::notify::field::Field;
use posthouse_domain::notify::{
    Afterwards, CHANNELS, Channel, Consent, ContactMethod, Folding, Grouping, Limit, Manners, Pace,
    Person, Receiver, Repeat, Rule, Timing, Window, Windows,
};
use posthouse_domain::sla::Calendar;
use posthouse_domain::sla::ladder::{Destination, Ladder};
use posthouse_domain::ticket::FactKind;

use crate::condition::{Compiler, Condition};
use crate::diagnostic::Code;
use crate::file::receivers::kind;
use crate::file::sla::Calendars;
use crate::file::{Names, check_count, condition, conditions, unique_name};
use crate::limits::{CONTACTS_MAX, REPEATS_MAX, WAIT_MS_MAX};
use crate::read::{Table, Value};

/// What a receiver says of its pace.
pub(crate) const PACE_KEYS: [&str; 5] =
    ["group_by", "group_wait", "group_interval", "limit", "hours"];
const PERSON_KEYS: &[&str] = &["contacts", "hours"];
const CONTACT_KEYS: &[&str] = &["receiver", "after"];
const INCIDENT_KEYS: &[&str] = &["mutes", "afterwards"];
const CONSENT_KEYS: &[&str] = &["mandatory", "needed_for"];
const MAINTENANCE_KEYS: &[&str] = &["name", "from", "until", "when", "receivers", "afterwards"];

/// How long the first of a group waits for others.
const GROUP_WAIT_MS_DEFAULT: i64 = 30_000;
/// How long a group that was told waits before it is told again.
const GROUP_INTERVAL_MS_DEFAULT: i64 = 5 * 60_000;
/// How often a rule tells again that does not say it.
const REPEATS_DEFAULT: i64 = 3;

/// The persons of the file, by key.
pub(crate) fn persons(
    file: Table<'_>,
    receivers: &BTreeMap<String, Receiver>,
) -> BTreeMap<String, Person> {
    let mut persons = BTreeMap::new();
    for (key, spot, table) in file.named("person", PERSON_KEYS) {
        if receivers.contains_key(key) {
            let message = format!("`{key}` is a receiver already");
            table.report().add(Code::NameTwice, &spot, message, None);
        }
        let contacts = table.need("contacts").and_then(|value| value.array());
        let contacts = contacts.unwrap_or_default();
        if let Some(beyond) = contacts.get(CONTACTS_MAX) {
            beyond.add(
                Code::OutOfRange,
                format!("more than {CONTACTS_MAX} ways"),
                None,
            );
        }
        let contacts = contacts
            .into_iter()
            .filter_map(|value| contact(value, receivers));
        let person = Person {
            key: key.to_owned(),
            contacts: contacts.collect(),
            hours: table
                .get("hours")
                .and_then(|value| value.text())
                .map(str::to_owned),
        };
        if person.contacts.is_empty() {
            let message = format!("nothing reaches `{key}`");
            let hint = Some("name a receiver in `contacts`".to_owned());
            table
                .report()
                .add(Code::EscalatesToNobody, &spot, message, hint);
        }
        persons.insert(key.to_owned(), person);
    }
    persons
}

fn contact(value: Value<'_>, receivers: &BTreeMap<String, Receiver>) -> Option<ContactMethod> {
    let table = value.table(CONTACT_KEYS)?;
    let known = Some(receivers.keys().map(String::as_str));
    let receiver = table.need("receiver")?.reference("receiver", known)?;
    Some(ContactMethod {
        receiver: receiver.to_owned(),
        after_ms: wait_ms(table, "after", 0),
    })
}

/// What the file says beside receivers and rules. `tables` are those of the rules.
pub(crate) fn read(
    file: Table<'_>,
    tables: &[Table<'_>],
    receivers: &BTreeMap<String, Receiver>,
    persons: BTreeMap<String, Person>,
    calendars: Calendars<'_>,
    compiler: &Compiler<'_>,
) -> Manners {
    let stops = tables.iter().map(|table| match table.get("stop") {
        Some(stop) => compiler.compile(Some(stop)),
        None => Condition::Always,
    });
    let stops = conditions(compiler, stops.collect());
    Manners {
        paces: paces(file, receivers, calendars),
        consent: consent(file),
        folding: folding(file),
        windows: windows(file, receivers, compiler),
        stops,
        persons,
    }
}

fn paces(
    file: Table<'_>,
    receivers: &BTreeMap<String, Receiver>,
    calendars: Calendars<'_>,
) -> BTreeMap<String, Pace> {
    let of_persons = personal_hours(file, calendars);
    let mut paces = BTreeMap::new();
    let group = file.get("receiver").and_then(|value| value.any_table());
    for (key, _, value) in group.iter().flat_map(Table::entries) {
        let (Some(table), Some(receiver)) = (value.any_table(), receivers.get(key)) else {
            continue;
        };
        let mut pace = Pace {
            group: grouping(table),
            limit: limit(table),
            hours: table.get("hours").and_then(|it| hours(it, calendars)),
        };
        if receiver.channel == Channel::Console {
            report_console(table);
            continue;
        }
        if pace.limit.is_none() && matches!(receiver.channel, Channel::Sms(_)) {
            pace.limit = Some(Limit::SMS);
        }
        if pace.hours.is_none() {
            pace.hours = of_persons.get(key).cloned();
        }
        if !pace.is_free() {
            paces.insert(key.to_owned(), pace);
        }
    }
    paces
}

/// The console shows what happens when it happens.
fn report_console(table: Table<'_>) {
    for (key, spot, _) in table.entries() {
        if PACE_KEYS.contains(&key) {
            let message = format!("`{key}` has no effect on the console");
            table.report().add(Code::KeyUnknown, &spot, message, None);
        }
    }
}

/// The hours of persons, by the receivers that reach them. Of two persons with one receiver the
/// first counts.
fn personal_hours(file: Table<'_>, calendars: Calendars<'_>) -> BTreeMap<String, Calendar> {
    let mut all = BTreeMap::new();
    for (_, _, table) in file.named("person", PERSON_KEYS) {
        let Some(hours) = table.get("hours").and_then(|it| hours(it, calendars)) else {
            continue;
        };
        let contacts = table.get("contacts").and_then(|value| value.array());
        for contact in contacts.unwrap_or_default() {
            let receiver = contact.any_table().and_then(|it| it.get("receiver"));
            if let Some(key) = receiver.and_then(|receiver| receiver.text()) {
                all.entry(key.to_owned()).or_insert_with(|| hours.clone());
            }
        }
    }
    all
}

fn grouping(table: Table<'_>) -> Option<Grouping> {
    let Some(by) = table.get("group_by") else {
        for key in ["group_wait", "group_interval"] {
            if let Some(value) = table.get(key) {
                let message = format!("`{key}` has no effect without `group_by`");
                let hint = Some("group_by = [] puts all of a receiver together".to_owned());
                value.add(Code::KeyUnknown, message, hint);
            }
        }
        return None;
    };
    let by = by.array()?.into_iter();
    Some(Grouping {
        by: by.filter_map(|field| field.word::<Field>()).collect(),
        wait_ms: wait_ms(table, "group_wait", GROUP_WAIT_MS_DEFAULT),
        interval_ms: wait_ms(table, "group_interval", GROUP_INTERVAL_MS_DEFAULT),
    })
}

/// A limit such as `5 per 15m`.
fn limit(table: Table<'_>) -> Option<Limit> {
    let value = table.get("limit")?;
    let text = value.text()?;
    let parsed = text.split_once(" per ").and_then(|(messages, within)| {
        let within: jiff::SignedDuration = within.trim().parse().ok()?;
        let limit = Limit {
            messages: messages.trim().parse().ok()?,
            within_ms: i64::try_from(within.as_millis()).ok()?,
        };
        let fits = (1..=Limit::MESSAGES_MAX).contains(&limit.messages)
            && (1..=WAIT_MS_MAX).contains(&limit.within_ms);
        fits.then_some(limit)
    });
    if parsed.is_none() {
        let most = Limit::MESSAGES_MAX;
        let hint = format!("write for example \"5 per 15m\": 1 to {most} in at most 24h");
        value.add(Code::Limit, format!("`{text}` is no limit"), Some(hint));
    }
    parsed
}

/// A calendar that says when somebody may be disturbed.
fn hours(value: Value<'_>, calendars: Calendars<'_>) -> Option<Calendar> {
    let known = calendars.map(|calendars| calendars.keys().map(String::as_str));
    let name = value.reference("calendar", known)?;
    let calendar = calendars?.get(name)?;
    if !calendar.opens_at_all() {
        let message = format!("the calendar `{name}` never opens, so nothing would be told");
        value.add(Code::NeverOpens, message, None);
    }
    Some(calendar.clone())
}

/// When a rule tells.
pub(crate) fn timing(table: Table<'_>) -> Timing {
    let flag = |key: &str| table.get(key).and_then(|value| value.boolean());
    let repeat = table.get("repeat").and_then(|value| {
        let times = match table.get("repeat_max") {
            Some(times) => times.integer(1, REPEATS_MAX).unwrap_or(REPEATS_DEFAULT),
            None => REPEATS_DEFAULT,
        };
        Some(Repeat {
            every_ms: value.duration_ms(WAIT_MS_MAX)?,
            times: u32::try_from(times).expect("the bound is small"),
        })
    });
    if table.get("repeat").is_none()
        && let Some(value) = table.get("repeat_max")
    {
        let hint = Some("say after how long: repeat = \"30m\"".to_owned());
        let message = "`repeat_max` has no effect without `repeat`";
        value.add(Code::KeyUnknown, message, hint);
    }
    Timing {
        urgent: flag("urgent").unwrap_or(false),
        after_ms: wait_ms(table, "after", 0),
        repeat,
        stops: table.get("stop").is_some(),
    }
}

/// Reports stop conditions of rules that tell once and at once: nothing is left to be stopped.
pub(crate) fn check_stops(
    tables: &[Table<'_>],
    rules: &[Rule],
    persons: &BTreeMap<String, Person>,
) {
    for (table, rule) in tables.iter().zip(rules) {
        let ways = rule.receivers.iter().filter_map(|key| persons.get(key));
        let is_late = |person: &Person| person.contacts.iter().any(|it| it.after_ms > 0);
        let waits = rule.timing.after_ms > 0
            || rule.timing.repeat.is_some()
            || ways.into_iter().any(is_late);
        if let Some(stop) = table.get("stop").filter(|_| !waits) {
            let message = "this rule tells once and at once, so nothing is left to be stopped";
            let hint = Some("give it `after` or `repeat`, or leave `stop` out".to_owned());
            stop.add(Code::Unreachable, message, hint);
        }
    }
}

/// What customers are told without, and against, their word.
fn consent(file: Table<'_>) -> Consent {
    let Some(table) = file.get("consent").and_then(|it| it.table(CONSENT_KEYS)) else {
        return Consent::default();
    };
    let list = |key: &str| {
        let items = table.get(key).and_then(|value| value.array());
        items.unwrap_or_default().into_iter()
    };
    let channel = |item: Value<'_>| {
        let known = Some(CHANNELS.iter().copied());
        item.reference("channel", known).map(str::to_owned)
    };
    Consent {
        mandatory: list("mandatory").filter_map(kind).collect(),
        needed_for: list("needed_for").filter_map(channel).collect(),
    }
}

fn folding(file: Table<'_>) -> Folding {
    let Some(table) = file.get("incident").and_then(|it| it.table(INCIDENT_KEYS)) else {
        return Folding::default();
    };
    let mutes = table.need("mutes").and_then(|value| value.array());
    let mutes = mutes.unwrap_or_default().into_iter();
    Folding {
        mutes: mutes.filter_map(|kind| kind.word::<FactKind>()).collect(),
        afterwards: afterwards(table),
    }
}

fn windows(
    file: Table<'_>,
    receivers: &BTreeMap<String, Receiver>,
    compiler: &Compiler<'_>,
) -> Windows {
    let tables = file.list("maintenance", MAINTENANCE_KEYS);
    check_count(&tables);
    let mut names = Names::default();
    let read = tables
        .iter()
        .filter_map(|table| Some((window(*table, receivers, &mut names)?, *table)));
    let (windows, tables): (Vec<_>, Vec<_>) = read.unzip();
    let whens = tables.into_iter().map(|table| condition(table, compiler));
    Windows {
        windows,
        conditions: conditions(compiler, whens.collect()),
    }
}

fn window<'d>(
    table: Table<'d>,
    receivers: &BTreeMap<String, Receiver>,
    names: &mut Names<'d>,
) -> Option<Window> {
    let name = unique_name(table, "name", names);
    let instant = |key: &str| table.need(key).and_then(|value| value.instant());
    let known = Some(receivers.keys().map(String::as_str));
    let told = table.get("receivers").and_then(|value| value.array());
    let told = told.unwrap_or_default().into_iter();
    let told = told.filter_map(|item| item.reference("receiver", known.clone()));
    let window = Window {
        name,
        receivers: told.map(str::to_owned).collect(),
        afterwards: afterwards(table),
        starts_at: instant("from")?,
        ends_at: instant("until")?,
    };
    if window.ends_at <= window.starts_at
        && let Some(until) = table.get("until")
    {
        let message = "the window ends before it begins";
        until.add(Code::OutOfRange, message, None);
    }
    Some(window)
}

fn afterwards(table: Table<'_>) -> Afterwards {
    let afterwards = table.get("afterwards").and_then(|value| value.word());
    afterwards.unwrap_or_default()
}

/// Whom rules and steps of ladders name: receivers and persons.
pub(crate) fn named<'r>(rules: &'r [Rule], ladders: &'r [Ladder]) -> BTreeSet<&'r str> {
    let by_rules = rules.iter().flat_map(|rule| &rule.receivers);
    let steps = ladders.iter().flat_map(|ladder| &ladder.steps);
    let by_ladders = steps.filter_map(|step| match &step.to {
        Destination::Receiver(key) => Some(key),
        Destination::Level(_) => None,
    });
    by_rules.chain(by_ladders).map(String::as_str).collect()
}

/// The receivers that somebody is told by, as themselves or as a person's.
pub(crate) fn reached<'r>(
    named: &BTreeSet<&'r str>,
    persons: &'r BTreeMap<String, Person>,
) -> BTreeSet<&'r str> {
    let of_persons = persons
        .values()
        .filter(|person| named.contains(person.key.as_str()))
        .flat_map(|person| &person.contacts)
        .map(|contact| contact.receiver.as_str());
    named.iter().copied().chain(of_persons).collect()
}

/// Reports persons whom neither a rule nor a ladder tells.
pub(crate) fn check_persons(file: Table<'_>, named: &BTreeSet<&str>) {
    for (key, spot, table) in file.named("person", PERSON_KEYS) {
        if !named.contains(key) {
            let message = format!("nothing tells the person `{key}`");
            table
                .report()
                .add(Code::ReceiverUnused, &spot, message, None);
        }
    }
}

fn wait_ms(table: Table<'_>, key: &str, default: i64) -> i64 {
    let value = table.get(key);
    value
        .and_then(|value| value.duration_ms(WAIT_MS_MAX))
        .unwrap_or(default)
}
