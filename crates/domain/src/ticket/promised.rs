//! What became of the promises about a ticket: facts that the watchdog concludes.

use serde::{Deserialize, Serialize};

use super::{Considered, Features, Minutes};
use crate::sla::{Promise, Target};
use crate::time::Timestamp;

/// Service-level targets were set, or set anew; one per cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// The name of the SLA policy that matched; where the strictest of several holds, those that
    /// gave a target, separated by commas.
    pub sla: String,
    /// What moved the deadlines: `severity P2 to P1`, `resumed`. Empty for what was promised
    /// when the ticket was first looked at.
    pub why: String,
    /// Every rule that was looked at, in order, and what became of it.
    pub considered: Vec<Considered>,
    /// Each target with its deadline.
    pub targets: Vec<TargetDue>,
    /// What the rules looked at.
    pub features: Features,
}

/// One target and the instant at which it is missed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetDue {
    /// Which promise.
    pub target: Target,
    /// How often it began anew; see [`Target::begins_anew`].
    pub cycle: u32,
    /// When the clock began.
    pub started_at: Timestamp,
    /// The deadline.
    pub due_at: Timestamp,
    /// The deadline before, where it moved.
    pub previous_due_at: Option<Timestamp>,
    /// What was promised.
    pub promise: Promise,
    /// The calendar that counts, by name.
    pub calendar: String,
    /// The SLA policy that promised it, by name.
    pub sla: String,
}

/// A deadline comes near; one per target, cycle and level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetWarned {
    /// Which promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// How much of the working time is used, in percent.
    pub percent: u8,
    /// How much working time is left, in milliseconds, where the policy warns by an amount; 0
    /// where it warns by percent.
    pub before_ms: i64,
    /// The deadline.
    pub due_at: Timestamp,
    /// The ticket as it stood.
    pub features: Features,
}

/// A deadline was missed; one per target and cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetBreached {
    /// Which promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// The deadline.
    pub due_at: Timestamp,
    /// The ticket as it stood.
    pub features: Features,
    /// Where its time went from its opening until the deadline, or, where that was moved into the
    /// past, until it last changed hands; `None` where a version told of it that did not count.
    pub minutes: Option<Minutes>,
}

/// A deadline will probably be missed; one per target, cycle and threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetAtRisk {
    /// Which promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// The probability from which the policy wants to know, in thousandths.
    pub threshold_permille: u16,
    /// The probability of a breach, in thousandths.
    pub probability_permille: u16,
    /// The deadline.
    pub due_at: Timestamp,
    /// What the probability rests on.
    pub reasons: Vec<RiskReason>,
    /// The ticket as it stood.
    pub features: Features,
}

/// One thing that a forecast rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskReason {
    /// What was looked at: `time left`, `queue ahead`, `served per hour`.
    pub what: String,
    /// What was seen, with its unit.
    pub value: String,
}

/// Somebody further up is to take care of a promise; one per target, cycle, ladder and step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalated {
    /// Which promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// The ladder: a key of the policy.
    pub ladder: String,
    /// Which step was taken, from 1; a repeat of the ladder counts on.
    pub step: u32,
    /// Who is to take care: a receiver, an agent or a level of the policy.
    pub to: String,
    /// The level of support that the step asks for; empty where it only tells somebody.
    pub level: String,
    /// Why, for people.
    pub reason: String,
    /// The deadline of the promise.
    pub due_at: Timestamp,
    /// The ticket as it stood.
    pub features: Features,
}

/// A missed promise costs something; one per target, cycle and rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompensationAccrued {
    /// Which promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// The rule of the policy that counts it.
    pub rule: String,
    /// How much, as decimal text.
    pub amount: String,
    /// Of what: an ISO 4217 code, or `points` or `minutes` of service.
    pub currency: String,
    /// The formula with its numbers.
    pub computation: String,
    /// The ticket as it stood.
    pub features: Features,
}
