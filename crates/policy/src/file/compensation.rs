//! `compensation.toml`: what a missed promise costs.
//!
//! What an agreement leaves open (an hour or a minute, a fee of what) must be decided by the
//! bundle: a unit that is missing is an error. Who decides it writes the reason under
//! `assumed`, and the linter shows it to everybody as a warning.

use std::collections::BTreeSet;

use posthouse_domain::sla::Target;
use posthouse_domain::sla::compensation::{
    Basis, Compensations, Counting, Fee, Formula, Money, Per, Rounding, Rule,
};
use posthouse_domain::sla::limits::{AMOUNT_MAX, FEE_PERCENT_MAX, TARGET_MS_MAX};
use rust_decimal::Decimal;

use crate::condition::{Compiler, Condition};
use crate::diagnostic::Code;
use crate::file::{Names, check_count, check_reachable, condition, conditions, unique_name};
use crate::read::{Table, Value};

/// The file.
pub(crate) const FILE: &str = "compensation.toml";

pub(crate) const KEYS: &[&str] = &["fee", "rule"];

const FEE_KEYS: &[&str] = &["attribute", "currency", "tiers"];

const RULE_KEYS: &[&str] = &[
    "name",
    "title",
    "when",
    "targets",
    "fee_percent",
    "amount",
    "currency",
    "points",
    "extension",
    "per",
    "counting",
    "lateness",
    "cap",
    "rounding",
    "goes_on",
    "assumed",
];

/// The keys of which a rule has one: what is owed.
const BASES: &[&str] = &["fee_percent", "amount", "points", "extension"];

pub(crate) fn read(
    file: Table<'_>,
    tiers: Option<&[String]>,
    compiler: &Compiler<'_>,
) -> Compensations {
    let tables = file.list("rule", RULE_KEYS);
    check_count(&tables);
    let mut names = Names::default();
    let read: Vec<(Option<Rule>, _)> = tables
        .iter()
        .map(|table| (rule(*table, &mut names), condition(*table, compiler)))
        .collect();
    check_walk(&tables, &read);
    // A rule that could not be read is reported, and the bundle with it refused.
    let (rules, whens): (Vec<Option<Rule>>, Vec<_>) = read.into_iter().unzip();
    Compensations {
        rules: rules.into_iter().flatten().collect(),
        conditions: conditions(compiler, whens),
        fee: file.get("fee").and_then(|value| fee(value, tiers)),
    }
}

/// Reports the rules after one that always accrues, for every target, and does not go on.
fn check_walk(tables: &[Table<'_>], read: &[(Option<Rule>, Condition)]) {
    let ends = |(rule, when): &(Option<Rule>, Condition)| {
        let ends = |rule: &Rule| rule.targets.len() == Target::ALL.len() && !rule.goes_on;
        when.always() && rule.as_ref().is_some_and(ends)
    };
    let Some(last) = read.iter().position(ends) else {
        return;
    };
    let whens = read.iter().map(|(_, when)| when);
    let walked: Vec<_> = tables.iter().copied().zip(whens).collect();
    check_reachable(&walked[last..]);
}

/// Where a monthly fee is found.
fn fee(value: Value<'_>, known: Option<&[String]>) -> Option<Fee> {
    let table = value.table(FEE_KEYS)?;
    let attribute = table.need_text("attribute");
    let currency = table.need("currency").and_then(|value| value.currency());
    let tiers = table.get("tiers").and_then(|value| value.any_table());
    let mut fees = Vec::new();
    for (tier, spot, value) in tiers.iter().flat_map(Table::entries) {
        if known.is_some_and(|known| !known.iter().any(|known| known == tier)) {
            let message = format!("there is no tier `{tier}`");
            table
                .report()
                .add(Code::ReferenceUnknown, &spot, message, None);
        }
        if let Some(fee) = value.decimal(AMOUNT_MAX) {
            fees.push((tier.to_owned(), fee));
        }
    }
    Some(Fee {
        attribute: attribute?.to_owned(),
        currency: currency?,
        tiers: fees,
    })
}

fn rule<'d>(table: Table<'d>, names: &mut Names<'d>) -> Option<Rule> {
    let name = unique_name(table, "name", names);
    if let Some(title) = table.get("title") {
        title.text();
    }
    let targets = targets(table);
    let formula = formula(table);
    let goes_on = table.get("goes_on").and_then(|value| value.boolean());
    report_assumed(table);
    Some(Rule {
        name,
        targets: targets?,
        formula: formula?,
        goes_on: goes_on.unwrap_or(false),
    })
}

fn targets(table: Table<'_>) -> Option<BTreeSet<Target>> {
    let value = table.need("targets")?;
    let items = value.array()?;
    if items.is_empty() {
        let hint = Some("for example targets = [\"resolution\"]".to_owned());
        value.add(Code::KeyMissing, "the rule is about no target", hint);
    }
    Some(items.iter().filter_map(Value::word).collect())
}

/// All that is wrong with it is reported, not only the first.
fn formula(table: Table<'_>) -> Option<Formula> {
    let basis = basis(table);
    let per = table.need("per").and_then(|value| value.word::<Per>());
    let rounding = table
        .need("rounding")
        .and_then(|value| value.word::<Rounding>());
    let counting = match table.get("counting") {
        Some(value) => value.word::<Counting>(),
        None => Some(Counting::default()),
    };
    let working_time = lateness(table);
    let percent_max = if table.get("fee_percent").is_some() {
        FEE_PERCENT_MAX
    } else {
        AMOUNT_MAX
    };
    let cap = match table.get("cap") {
        Some(value) => Some(value.decimal(percent_max)?),
        None => None,
    };
    if let Some(value) = table.get("counting").filter(|_| per == Some(Per::Breach)) {
        let message = "`counting` has no effect beside `per = \"breach\"`";
        value.add(Code::KeyUnknown, message, Some("leave out one".to_owned()));
    }
    Some(Formula {
        basis: basis?,
        per: per?,
        counting: counting?,
        working_time: working_time?,
        cap,
        rounding: rounding?,
    })
}

/// What is owed for one period, with its unit.
fn basis(table: Table<'_>) -> Option<Basis> {
    let mut given = BASES.iter().filter_map(|key| Some((*key, table.get(key)?)));
    let Some((key, value)) = given.next() else {
        let message = format!("a rule owes one of {}", BASES.join(", "));
        table
            .report()
            .add(Code::KeyMissing, &table.spot(), message, None);
        return None;
    };
    for (other, value) in given {
        let message = format!("a rule owes one thing, and `{key}` stands beside `{other}`");
        value.add(
            Code::KeyUnknown,
            message,
            Some("write two rules".to_owned()),
        );
    }
    let currency = table.get("currency");
    if let Some(currency) = currency.filter(|_| key != "amount") {
        let message = format!("`currency` has no effect beside `{key}`");
        currency.add(Code::KeyUnknown, message, None);
    }
    match key {
        "fee_percent" => value.decimal(FEE_PERCENT_MAX).map(Basis::FeePercent),
        "points" => value.decimal(AMOUNT_MAX).map(Basis::Points),
        "extension" => value.duration_ms(TARGET_MS_MAX).map(minutes),
        _ => money(table, value),
    }
}

fn money(table: Table<'_>, value: Value<'_>) -> Option<Basis> {
    let currency = table.get("currency");
    if currency.is_none() {
        let message = "the amount has no currency";
        let hint = "write for example currency = \"CNY\" beside it".to_owned();
        value.add(Code::Amount, message, Some(hint));
    }
    let amount = value.decimal(AMOUNT_MAX);
    Some(Basis::Amount(Money {
        currency: currency?.currency()?,
        amount: amount?,
    }))
}

fn minutes(ms: i64) -> Basis {
    Basis::Minutes(Decimal::from(ms) / Decimal::from(60_000))
}

/// Whether only working time counts as late.
fn lateness(table: Table<'_>) -> Option<bool> {
    let Some(value) = table.get("lateness") else {
        return Some(true);
    };
    match value.text()? {
        "working" => Some(true),
        "elapsed" => Some(false),
        other => {
            let message = format!("there is no lateness `{other}`");
            let hint = Some("known are: working, elapsed".to_owned());
            value.add(Code::WordUnknown, message, hint);
            None
        }
    }
}

/// Shows what the bundle decided because the agreement does not say it.
fn report_assumed(table: Table<'_>) {
    let Some(assumed) = table.get("assumed").and_then(|value| value.any_table()) else {
        return;
    };
    for (key, spot, why) in assumed.entries() {
        let Some(value) = table.get(key).filter(|_| key != "assumed") else {
            let message = format!("the rule has no key `{key}` that could be assumed");
            table
                .report()
                .add(Code::ReferenceUnknown, &spot, message, None);
            continue;
        };
        if let Some(why) = why.text() {
            let message = format!("`{key} = {}` is assumed: {why}", value.verbatim());
            let hint = "have it settled in the agreement, then leave out what is assumed";
            let report = table.report();
            report.add(Code::UnitAssumed, &spot, message, Some(hint.to_owned()));
        }
    }
}
