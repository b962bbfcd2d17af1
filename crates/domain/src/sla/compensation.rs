//! Compensation: what a missed promise costs, once it is known how late it was kept.
//!
//! A rule says how much for what: a share of the customer's monthly fee, an amount, points or
//! time of service, for the breach as a whole or for each period of lateness. What comes out
//! is rounded as the rule says and capped.
//!
//! It is asked once for each missed target: when the target ends, by the answer, by the
//! resolution, or by the closing of a ticket that never had either. Before that the lateness
//! grows, and a fact about it would have to be taken back.
//!
//! It moves no money and knows no invoices; it says what is owed, and how that was counted.
//!
//! # Invariants
//!
//! - An amount is never negative, and never falls when the lateness grows.
//! - The same breach gives the same amount on every machine: amounts are decimal.
//! - Each rule accrues at most once for a target and cycle: with them its name is the natural
//!   key of the fact.

mod amount;
mod formula;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use amount::{Currency, Money, Rounding, Unit};
pub use formula::{Basis, Counting, Formula, Per};
use rust_decimal::Decimal;

use super::Target;
use super::limits::AMOUNT_MAX;
use crate::condition::{Conditions, Scope};
use crate::ticket::{Attributes, Features};

/// The compensation part of a policy bundle. The default accrues nothing.
#[derive(Clone, Debug)]
pub struct Compensations {
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// Their conditions, at the same indices.
    pub conditions: Arc<dyn Conditions>,
    /// Where a customer's monthly fee is found; `None` where the bundle does not say.
    pub fee: Option<Fee>,
}

/// Who is owed what; its condition stands at the same index in [`Compensations::conditions`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, unique in the list.
    pub name: String,
    /// The targets whose breach it is about.
    pub targets: BTreeSet<Target>,
    /// How much.
    pub formula: Formula,
    /// Whether the rules after it are looked at when it accrues.
    pub goes_on: bool,
}

/// Where a customer's monthly fee is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fee {
    /// The property of the ticket that holds it, as decimal text.
    pub attribute: String,
    /// What it is in.
    pub currency: Currency,
    /// The fee of a tier, for tickets that do not say.
    pub tiers: Vec<(String, Decimal)>,
}

/// A missed promise that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Which promise.
    pub target: Target,
    /// Time after the deadline during which the clock ran, in milliseconds: working time
    /// without pauses.
    pub late_working_ms: i64,
    /// All time after the deadline, in milliseconds.
    pub late_elapsed_ms: i64,
}

/// What is owed for a breach by one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accrual {
    /// The rule.
    pub rule: String,
    /// How much, rounded; it shows all digits of its unit.
    pub amount: Decimal,
    /// Of what.
    pub unit: Unit,
    /// The formula with its numbers, for people.
    pub computation: String,
}

impl Default for Compensations {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            conditions: Arc::new(crate::condition::Functions(Vec::new())),
            fee: None,
        }
    }
}

impl Compensations {
    /// What is owed for a missed target that has ended, in the order of the rules.
    ///
    /// The first rule whose targets and condition hold accrues, and the ones after it as long
    /// as each says that it goes on. A condition that fails does not hold. Nothing accrues for
    /// no lateness, nor what is rounded to nothing.
    ///
    /// Without a known fee, a share of it is told as such, in [`Unit::FeePercent`]: what is
    /// owed does not go missing with a number.
    #[must_use]
    pub fn on_end(&self, features: &Features, breach: &Breach) -> Vec<Accrual> {
        let mut accruals = Vec::new();
        if self.rules.is_empty() {
            return accruals;
        }
        let fee = self.fee.as_ref().and_then(|fee| fee.of(features));
        let mut evaluation = self.conditions.prepare(&Scope {
            features,
            event: None,
            situation: None,
        });
        for (index, rule) in self.rules.iter().enumerate() {
            let is_meant = rule.targets.contains(&breach.target);
            if !is_meant || !evaluation.holds(index).unwrap_or(false) {
                continue;
            }
            if let Some(owed) = rule.formula.owed(breach, fee.as_ref()) {
                accruals.push(Accrual {
                    rule: rule.name.clone(),
                    amount: owed.amount,
                    unit: owed.unit,
                    computation: owed.computation,
                });
            }
            if !rule.goes_on {
                break;
            }
        }
        accruals
    }
}

impl Fee {
    /// The fee of the ticket's customer: what the ticket says, else what the tier pays.
    ///
    /// A property that is no amount from 0 to [`AMOUNT_MAX`] says nothing.
    #[must_use]
    pub fn of(&self, features: &Features) -> Option<Money> {
        let said = said(&features.attributes, &self.attribute);
        let of_tier = || {
            let tier = self.tiers.iter().find(|(tier, _)| *tier == features.tier);
            tier.map(|(_, fee)| *fee)
        };
        Some(Money {
            amount: said.or_else(of_tier)?,
            currency: self.currency,
        })
    }
}

fn said(attributes: &Attributes, name: &str) -> Option<Decimal> {
    let amount: Decimal = attributes.get(name)?.trim().parse().ok()?;
    let in_range = !amount.is_sign_negative() && amount <= Decimal::from(AMOUNT_MAX);
    in_range.then_some(amount)
}

#[cfg(test)]
mod tests;
