//! Conditions that can never hold, rules that others leave nothing for, hours that never meet.
//!
//! What a condition may look at is partly finite: severities, tiers, categories, whether a
//! calendar was open. Every combination of these is tried; what else it looks at stays open. So a
//! finding is a proof, and the absence of one is none.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::Timestamp;
use posthouse_domain::ticket::Features;

use super::{Subject, listed, rows, tried_from};
use crate::condition::{Condition, Partial, set, unknown};
use crate::diagnostic::Code;
use crate::limits::{COMBINATIONS_MAX, TRIALS_MAX};
use crate::read::Table;

/// Weeks are looked at in steps of a quarter of an hour, two of them.
const STEP_MS: i64 = 15 * 60 * 1_000;
const STEPS: i64 = 14 * 24 * 4;

/// Reports conditions that never hold, and rules that no ticket reaches.
pub(super) fn check(subject: &Subject<'_>) {
    let mut trials = Trials {
        subject,
        left: TRIALS_MAX,
    };
    for (index, rule, table) in rows(subject) {
        let when = &subject.routing.whens[index];
        if when.always() {
            // That nothing behind it is reached is told already.
            break;
        }
        let Some(met) = trials.met(when) else {
            continue;
        };
        if met.tickets.is_empty() {
            report_never(subject, table, &met);
        } else if let Some(by) = trials.taken(index, &met) {
            let message = format!(
                "no ticket reaches `{}`: what it wants goes to {by} above",
                rule.name
            );
            let hint = "move it up, or leave it out".to_owned();
            let spot = table.spot();
            subject
                .report
                .add(Code::Unreachable, &spot, message, Some(hint));
        } else {
            check_hours(subject, rule.centre.as_deref(), table, &met);
        }
    }
    for (when, table) in subject.routing.others() {
        if let Some(met) = trials.met(when).filter(|met| met.tickets.is_empty()) {
            report_never(subject, table, &met);
        }
    }
}

fn report_never(subject: &Subject<'_>, table: Table<'_>, met: &Met) {
    let value = table.get("when");
    let spot = value.map_or_else(|| table.spot(), |value| value.spot());
    let calendars = met
        .fields
        .iter()
        .filter_map(|field| field.strip_prefix("open."));
    let only_hours = met.fields.iter().all(|field| field.starts_with("open."));
    let (code, message, hint) = if only_hours {
        let message = format!("the hours of {} never meet like this", listed(calendars));
        let hint = "compare the calendars: posthouse policy show";
        (Code::HoursApart, message, hint)
    } else {
        let message = "this condition never holds: its parts exclude each other".to_owned();
        (Code::NeverHolds, message, "was `||` meant for `&&`?")
    };
    subject
        .report
        .add(code, &spot, message, Some(hint.to_owned()));
}

/// A rule that holds only while its own centre is closed.
fn check_hours(subject: &Subject<'_>, centre: Option<&str>, table: Table<'_>, met: &Met) {
    let rules = &subject.routing.rules;
    let looks_at_hours = met.fields.iter().any(|field| field.starts_with("open."));
    let centre = centre.and_then(|key| rules.centres.get(key));
    let Some(centre) = centre.filter(|_| looks_at_hours) else {
        return;
    };
    let holds = |at: &Timestamp| {
        let mut tickets = met.tickets.iter();
        tickets.any(|ticket| is_like(subject, met, ticket.opened_at, *at))
    };
    let mut instants = instants().filter(holds);
    if instants.any(|at| centre.is_open(rules, at)) {
        return;
    }
    let message = format!("`{}` is closed whenever this rule holds", centre.key);
    let hint = "send them to a centre that is open then".to_owned();
    let value = table.get("centre");
    let spot = value.map_or_else(|| table.spot(), |value| value.spot());
    subject
        .report
        .add(Code::HoursApart, &spot, message, Some(hint));
}

/// Whether the calendars that a condition looks at stand alike at two instants.
fn is_like(subject: &Subject<'_>, met: &Met, one: Timestamp, other: Timestamp) -> bool {
    open_at(subject, &met.fields, one) == open_at(subject, &met.fields, other)
}

/// The combinations for which a condition can hold.
struct Met {
    /// The finite fields that it looks at.
    fields: Vec<String>,
    tickets: Vec<Features>,
}

struct Trials<'s, 't> {
    subject: &'t Subject<'s>,
    /// How many more may be made.
    left: usize,
}

impl Trials<'_, '_> {
    /// The combinations of finite fields for which a condition can hold; `None` where it looks at
    /// none of them, or at too many.
    fn met(&mut self, when: &Condition) -> Option<Met> {
        let looked_at = when.fields();
        let fields: Vec<String> = looked_at
            .into_iter()
            .filter(|field| self.words(field).is_some() || field.starts_with("open."))
            .collect();
        if fields.is_empty() || self.subject.compiler.is_doubtful(when) {
            return None;
        }
        let combinations = self.combinations(&fields)?;
        let known: Vec<&str> = fields.iter().map(String::as_str).collect();
        self.left = self.left.checked_sub(combinations.len())?;
        let can_hold = |features: &Features| {
            let ticket = Partial {
                known: &known,
                features,
            };
            self.subject.compiler.decide(when, &ticket) != Some(false)
        };
        let tickets = combinations.into_iter().filter(can_hold).collect();
        Some(Met { fields, tickets })
    }

    /// The rules above that take every ticket for which this one can hold, by name; `None` when
    /// there is one that they leave.
    fn taken(&mut self, index: usize, met: &Met) -> Option<String> {
        let known: Vec<&str> = met.fields.iter().map(String::as_str).collect();
        let above = &self.subject.routing.whens[..index];
        let text = self.subject.routing.whens[index].text();
        if above.iter().any(|other| other.text() == text) {
            // Told word for word already.
            return None;
        }
        self.left = self.left.checked_sub(above.len() * met.tickets.len())?;
        let mut takers = BTreeSet::new();
        for features in &met.tickets {
            let ticket = Partial {
                known: &known,
                features,
            };
            let takes =
                |when: &Condition| self.subject.compiler.decide(when, &ticket) == Some(true);
            takers.insert(above.iter().position(takes)?);
        }
        let rules = &self.subject.routing.rules.rules;
        let names: Vec<String> = takers
            .into_iter()
            .map(|taker| format!("`{}`", rules[taker].name))
            .collect();
        Some(names.join(", "))
    }

    /// What can occur in a field; `None` for anything.
    fn words(&self, field: &str) -> Option<Vec<String>> {
        let listed = self.subject.compiler.words(field)?;
        // A list can hold several at once, and is not tried.
        (field.starts_with("ticket.") && field != "ticket.tags").then(|| {
            let unknown = (field != "ticket.severity").then(String::new);
            listed.iter().cloned().chain(unknown).collect()
        })
    }

    fn combinations(&self, fields: &[String]) -> Option<Vec<Features>> {
        let mut all = vec![unknown(tried_from())];
        for field in fields.iter().filter(|field| !field.starts_with("open.")) {
            let words = self.words(field)?;
            if all.len() * words.len() > COMBINATIONS_MAX {
                return None;
            }
            let with_each = |ticket: Features| {
                let words = words.clone().into_iter();
                words.filter_map(move |word| {
                    let mut ticket = ticket.clone();
                    set(&mut ticket, field, &word).then_some(ticket)
                })
            };
            all = all.into_iter().flat_map(with_each).collect();
        }
        let instants = self.instants(fields);
        if all.len() * instants.len() > COMBINATIONS_MAX {
            return None;
        }
        let at_each = |ticket: Features| {
            let instants = instants.clone().into_iter();
            instants.map(move |opened_at| Features {
                opened_at,
                ..ticket.clone()
            })
        };
        Some(all.into_iter().flat_map(at_each).collect())
    }

    /// Instants of a fortnight, one for each way in which the calendars that are looked at stand.
    fn instants(&self, fields: &[String]) -> Vec<Timestamp> {
        if !fields.iter().any(|field| field.starts_with("open.")) {
            return vec![tried_from()];
        }
        let mut seen: BTreeMap<Vec<bool>, Timestamp> = BTreeMap::new();
        for at in instants() {
            seen.entry(open_at(self.subject, fields, at)).or_insert(at);
        }
        seen.into_values().collect()
    }
}

fn instants() -> impl Iterator<Item = Timestamp> {
    (0..STEPS).map(|step| tried_from().plus_millis(step * STEP_MS))
}

/// Which of the calendars that are looked at are open at an instant.
fn open_at(subject: &Subject<'_>, fields: &[String], at: Timestamp) -> Vec<bool> {
    let names = fields
        .iter()
        .filter_map(|field| field.strip_prefix("open."));
    let calendars = names.map(|name| subject.slas.calendars.get(name));
    calendars
        .map(|calendar| calendar.is_some_and(|calendar| calendar.is_open(at)))
        .collect()
}
