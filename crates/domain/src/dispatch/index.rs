//! The index of a ticket: by it a free agent chooses among the tickets that wait.
//!
//! Cost-weighted slack, the default: `w * exp(-slack / (tau * D))` until the deadline, from then
//! on `late * w * (1 + overdue / D)`, with the cost of a breach `w`, the target `D`, and `tau`
//! and `late` of the policy. It is the apparent tardiness cost rule of Vepsäläinen and Morton
//! (Management Science 33, 1987) without processing times, and with a second branch that grows
//! for ever, so that what is late is not forgotten.
//!
//! # Invariants
//!
//! - Of two tickets of one urgency that are both late, or both not late, the one that is due
//!   earlier has no smaller index. So in each class only two tickets can be the largest: the
//!   first of all, and the first that is not late.

use super::exp::{ONE, X_BITS, exp_neg};
use super::rules::{Order, Rules};
use crate::ticket::{Component, Severity};

/// Instants are clamped to this many milliseconds from 1970 on, or from each other: 139 years.
const MS_MAX: i64 = 1 << 42;
/// How many targets late is as late as can be told, with [`RATIO_BITS`] behind the point.
const RATIO_MAX: u64 = 1 << 50;
/// The largest cost of a breach, in millionths.
const WEIGHT_MAX_MICRO: u64 = 1 << 34;
/// The shortest target, in milliseconds.
const TARGET_MIN_MS: i64 = 1_000;
/// Bits behind the point of a ratio of two times.
const RATIO_BITS: u32 = 20;
/// Bits behind the point of an inverse.
const INVERSE_BITS: u32 = 60;
const MINUTE_MS: i64 = 60 * 1_000;

/// What the index of a ticket depends on besides its times. Tickets of one demand and one urgency
/// are a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Urgency {
    pub(super) severity: Severity,
    /// What a breach costs, in millionths; at most [`WEIGHT_MAX_MICRO`].
    pub(super) weight_micro: u64,
    /// The target, in milliseconds; at least [`TARGET_MIN_MS`].
    pub(super) target_ms: i64,
    /// Whether it goes before all others.
    pub(super) jumps: bool,
    /// One over the time constant, and one over the target: see [`INVERSE_BITS`]. A division costs
    /// as much as the rest of an index.
    tau_inverse: u64,
    target_inverse: u64,
}

impl Urgency {
    /// A weight in millionths and a target in milliseconds; both are clamped to what an index can
    /// tell.
    pub(super) fn new(
        severity: Severity,
        weight_micro: u64,
        target_ms: i64,
        jumps: bool,
        rules: &Rules,
    ) -> Self {
        let target_ms = target_ms.clamp(TARGET_MIN_MS, MS_MAX);
        let tau = i64::from(rules.slack_permille) * target_ms / 1_000;
        Self {
            severity,
            weight_micro: weight_micro.min(WEIGHT_MAX_MICRO),
            target_ms,
            jumps,
            tau_inverse: inverse(tau),
            target_inverse: inverse(target_ms),
        }
    }
}

/// One over a time of at least a millisecond, rounded up.
fn inverse(ms: i64) -> u64 {
    (1_u64 << INVERSE_BITS).div_ceil(unsigned(ms.max(1)))
}

/// A time by another whose inverse this is, with `bits` behind the point.
fn ratio(ms: i64, inverse: u64, bits: u32) -> u64 {
    let ratio = (u128::from(unsigned(ms)) * u128::from(inverse)) >> (INVERSE_BITS - bits);
    u64::try_from(ratio).unwrap_or(u64::MAX)
}

/// The instants of a ticket that its index depends on, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) due: i64,
    pub(super) entered: i64,
    pub(super) now: i64,
}

/// The index, in a fixed point that depends on the order: only comparisons under one order mean
/// anything.
pub(super) fn index(urgency: &Urgency, times: Times, rules: &Rules) -> u128 {
    let waited = span(times.entered, times.now).max(0);
    match rules.order {
        Order::CostWeightedSlack => cost_weighted_slack(urgency, times, rules),
        Order::StrictPriority => (rank(urgency.severity) << 64) + wide(waited),
        Order::Fifo => wide(waited),
        // The zero of deadlines is far enough in the future for all to be above it.
        Order::Edf => wide(2 * MS_MAX - times.due.clamp(-MS_MAX, MS_MAX)),
        Order::Gcmu => {
            let targets = wide(waited << RATIO_BITS) / wide(urgency.target_ms);
            let slope = wide(MINUTE_MS << RATIO_BITS) / wide(urgency.target_ms);
            2 * u128::from(urgency.weight_micro) * targets * slope
        }
    }
}

fn cost_weighted_slack(urgency: &Urgency, times: Times, rules: &Rules) -> u128 {
    let weight = u128::from(urgency.weight_micro);
    let slack = span(times.now, times.due);
    if slack >= 0 {
        let x = ratio(slack, urgency.tau_inverse, X_BITS);
        return weight * u128::from(exp_neg(x));
    }
    let late = urgency.target_ms - slack;
    let overdue = ratio(late, urgency.target_inverse, RATIO_BITS);
    let weight = weight * u128::from(rules.late_permille) / 1_000;
    (weight * u128::from(overdue.min(RATIO_MAX))) << (ONE.ilog2() - RATIO_BITS)
}

/// The most that the index of a ticket can be that is not late.
pub(super) fn ceiling(urgency: &Urgency, rules: &Rules) -> u128 {
    match rules.order {
        Order::CostWeightedSlack => u128::from(urgency.weight_micro) * u128::from(ONE),
        Order::StrictPriority | Order::Fifo | Order::Edf | Order::Gcmu => u128::MAX,
    }
}

/// The index in millionths, as it is told.
pub(super) fn micro(index: u128, order: Order) -> i64 {
    let micro = match order {
        Order::CostWeightedSlack => index / u128::from(ONE),
        Order::StrictPriority => (index >> 64) * 1_000_000,
        Order::Fifo => index * 1_000_000 / wide(MINUTE_MS),
        Order::Edf => {
            let due = 2 * MS_MAX - i64::try_from(index).unwrap_or(i64::MAX);
            return due.saturating_neg() / MINUTE_MS * 1_000_000;
        }
        Order::Gcmu => index >> (2 * RATIO_BITS),
    };
    i64::try_from(micro).unwrap_or(i64::MAX)
}

/// What the index is made of: weights in millionths, times in millionths of a minute.
pub(super) fn components(urgency: &Urgency, times: Times) -> Vec<Component> {
    let minutes = |ms: i64| i64::try_from(i128::from(ms) * 1_000_000 / 60_000).unwrap_or(i64::MAX);
    let weight = i64::try_from(urgency.weight_micro).unwrap_or(i64::MAX);
    let slack = span(times.now, times.due);
    let waited = span(times.entered, times.now);
    let all = [
        ("weight", weight),
        ("slack_minutes", minutes(slack)),
        ("target_minutes", minutes(urgency.target_ms)),
        ("waited_minutes", minutes(waited)),
    ];
    let component = |(name, value_micro): (&str, i64)| Component {
        name: name.to_owned(),
        value_micro,
    };
    all.map(component).into()
}

/// Strict priority: the worst severity is the largest.
fn rank(severity: Severity) -> u128 {
    match severity {
        Severity::P0 => 3,
        Severity::P1 => 2,
        Severity::P2 => 1,
        Severity::P3 => 0,
    }
}

fn span(from: i64, to: i64) -> i64 {
    to.saturating_sub(from).clamp(-MS_MAX, MS_MAX)
}

fn unsigned(ms: i64) -> u64 {
    ms.unsigned_abs()
}

fn wide(ms: i64) -> u128 {
    u128::from(ms.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn urgency(weight_micro: u64, target_ms: i64) -> Urgency {
        Urgency::new(
            Severity::P2,
            weight_micro,
            target_ms,
            false,
            &Rules::default(),
        )
    }

    fn at(due: i64) -> Times {
        Times {
            due,
            entered: 0,
            now: 0,
        }
    }

    #[test]
    fn follows_the_formula() {
        let rules = Rules::default();
        let (w, d) = (1_000_000, 1_000_000);
        let told = |due| micro(index(&urgency(w, d), at(due), &rules), rules.order);
        assert_eq!(told(0), 1_000_000);
        // exp(-1), exp(-2): one and two time constants of slack.
        assert!((told(150_000) - 367_879).abs() <= 1, "{}", told(150_000));
        assert!((told(300_000) - 135_335).abs() <= 1, "{}", told(300_000));
        // Late by a millisecond, by a target, by ten.
        assert_eq!(told(-1), 300_000);
        assert_eq!(told(-1_000_000), 600_000);
        assert_eq!(told(-10_000_000), 3_300_000);
    }

    proptest! {
        #[test]
        fn never_falls_as_the_deadline_comes_nearer(
            order in prop::sample::select(Order::ALL.to_vec()),
            weight in 0..=WEIGHT_MAX_MICRO,
            target in TARGET_MIN_MS..1 << 41,
            due in -(1_i64 << 43)..1 << 43,
            nearer in 0_i64..1 << 40,
        ) {
            let rules = Rules { order, ..Rules::default() };
            let urgency = urgency(weight, target);
            let (far, near) = (at(due), at(due.saturating_sub(nearer)));
            prop_assume!((far.due >= 0) == (near.due >= 0));
            prop_assert!(index(&urgency, near, &rules) >= index(&urgency, far, &rules));
        }

        #[test]
        fn what_costs_more_is_never_behind_what_is_due_with_it(
            weight in 1_u64..1_000_000_000,
            more in 0_u64..1_000_000_000,
            due in -(1_i64 << 40)..1 << 40,
        ) {
            let rules = Rules::default();
            let of = |weight| index(&urgency(weight, 3_600_000), at(due), &rules);
            prop_assert!(of(weight + more) >= of(weight));
        }
    }
}
