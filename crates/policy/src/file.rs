//! The files of a bundle, one module each: what may be in them and what it means.

pub(crate) mod agents;
pub(crate) mod bundle;
pub(crate) mod calendars;
pub(crate) mod channel;
pub(crate) mod compensation;
pub(crate) mod dispatch;
pub(crate) mod ladders;
pub(crate) mod manners;
pub(crate) mod receivers;
pub(crate) mod regions;
pub(crate) mod routing;
pub(crate) mod sla;
pub(crate) mod storms;
pub(crate) mod taxonomy;
pub(crate) mod templates;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::condition::Conditions;

use crate::condition::{Compiler, Condition};
use crate::diagnostic::Code;
use crate::limits::RULES_MAX;
use crate::read::{Table, check_name};
use crate::report::{Report, Spot};

/// The files that a bundle has, its own or inherited.
pub(crate) const KNOWN: &[&str] = &[
    agents::FILE,
    crate::source::BUNDLE,
    "calendars.toml",
    compensation::FILE,
    ladders::FILE,
    "receivers.toml",
    "regions.toml",
    "routing.toml",
    "sla.toml",
    storms::FILE,
    "taxonomy.toml",
];

/// The files that a bundle can do without.
pub(crate) const OPTIONAL: &[&str] = &[
    agents::FILE,
    compensation::FILE,
    ladders::FILE,
    storms::FILE,
];

/// The names of a list, each of which may be there once.
#[derive(Default)]
pub(crate) struct Names<'d>(BTreeSet<&'d str>);

impl<'d> Names<'d> {
    /// Takes a word in that may be anything; whether it was not there.
    pub(crate) fn is_new(&mut self, word: &'d str) -> bool {
        self.0.insert(word)
    }

    /// Takes a name in; reports one that is taken already or is no name at all.
    pub(crate) fn take(&mut self, report: &Report<'_>, name: &'d str, spot: &Spot<'_>) {
        check_name(report, name, spot);
        if !self.0.insert(name) {
            report.add(
                Code::NameTwice,
                spot,
                format!("there are two `{name}`"),
                None,
            );
        }
    }
}

/// Reads the name of a rule or policy and takes it in.
fn unique_name<'d>(table: Table<'d>, key: &str, names: &mut Names<'d>) -> String {
    let Some(value) = table.need(key) else {
        return String::new();
    };
    let Some(name) = value.text() else {
        return String::new();
    };
    names.take(table.report(), name, &value.spot());
    name.to_owned()
}

/// Reads the `when` of a rule.
fn condition(table: Table<'_>, compiler: &Compiler<'_>) -> Condition {
    compiler.compile(table.get("when"))
}

/// Reports a list of rules that is too long to be walked for each ticket.
fn check_count(tables: &[Table<'_>]) {
    if let Some(beyond) = tables.get(RULES_MAX) {
        let message = format!("more than {RULES_MAX} rules");
        beyond
            .report()
            .add(Code::OutOfRange, &beyond.spot(), message, None);
    }
}

/// Reports the rules after one that always matches, once for all of them, and each rule whose
/// condition stands above it already.
fn check_reachable(rules: &[(Table<'_>, &Condition)]) {
    check_repeated(rules);
    let Some(last) = rules.iter().position(|(_, condition)| condition.always()) else {
        return;
    };
    let Some((first_hidden, _)) = rules.get(last + 1) else {
        return;
    };
    let name = rules[last]
        .0
        .get("name")
        .and_then(|name| name.text())
        .unwrap_or("");
    let hidden = match rules.len() - last - 1 {
        1 => "this rule".to_owned(),
        count => format!("this and the {} below it", count - 1),
    };
    let message = format!("no ticket reaches {hidden}: `{name}` above takes every one");
    let hint = Some("move it up, or give the rule above it a condition".to_owned());
    first_hidden
        .report()
        .add(Code::Unreachable, &first_hidden.spot(), message, hint);
}

/// Reports each rule whose condition is that of a rule above it, word for word.
fn check_repeated(rules: &[(Table<'_>, &Condition)]) {
    let mut seen = BTreeMap::new();
    for (table, condition) in rules {
        let Some(text) = condition.text() else {
            continue;
        };
        let name = table.get("name").and_then(|name| name.text()).unwrap_or("");
        match seen.entry(text) {
            Entry::Vacant(first) => {
                first.insert(name);
            }
            Entry::Occupied(first) => {
                let message = format!(
                    "no ticket reaches this rule: `{}` above has the same condition",
                    first.get()
                );
                let hint = Some("give it another condition, or leave it out".to_owned());
                let report = table.report();
                report.add(Code::Unreachable, &table.spot(), message, hint);
            }
        }
    }
}

/// The conditions of a list, for the domain.
fn conditions(compiler: &Compiler<'_>, list: Vec<Condition>) -> std::sync::Arc<dyn Conditions> {
    std::sync::Arc::new(compiler.list(list))
}
