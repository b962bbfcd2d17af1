//! What became of promises, arbitrary.

use posthouse_domain::sla::Promise;
use posthouse_domain::ticket::{
    CompensationAccrued, Escalated, Minutes, RiskReason, TargetAtRisk, TargetBreached, TargetDue,
    TargetWarned, Timed,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{considered, features, key, target, text, timestamp};

pub(super) fn timed() -> impl Strategy<Value = Timed> {
    (
        key(),
        text(),
        vec(considered(), 0..4),
        vec(target_due(), 0..3),
        features(),
    )
        .prop_map(|(sla, why, considered, targets, features)| Timed {
            sla,
            why,
            considered,
            targets,
            features,
        })
}

fn target_due() -> impl Strategy<Value = TargetDue> {
    (
        target(),
        any::<u32>(),
        timestamp(),
        timestamp(),
        option::of(timestamp()),
        promise(),
        key(),
        key(),
    )
        .prop_map(
            |(target, cycle, started_at, due_at, previous_due_at, promise, calendar, sla)| {
                TargetDue {
                    target,
                    cycle,
                    started_at,
                    due_at,
                    previous_due_at,
                    promise,
                    calendar,
                    sla,
                }
            },
        )
}

pub(super) fn target_warned() -> impl Strategy<Value = TargetWarned> {
    (
        target(),
        any::<u32>(),
        any::<u8>(),
        0..=i64::MAX,
        timestamp(),
        features(),
    )
        .prop_map(
            |(target, cycle, percent, before_ms, due_at, features)| TargetWarned {
                target,
                cycle,
                percent,
                before_ms,
                due_at,
                features,
            },
        )
}

pub(super) fn target_breached() -> impl Strategy<Value = TargetBreached> {
    (
        target(),
        any::<u32>(),
        timestamp(),
        features(),
        option::of(minutes()),
    )
        .prop_map(
            |(target, cycle, due_at, features, minutes)| TargetBreached {
                target,
                cycle,
                due_at,
                features,
                minutes,
            },
        )
}

fn minutes() -> impl Strategy<Value = Minutes> {
    any::<[u64; 5]>().prop_map(
        |[decide_ms, queue_ms, person_ms, pause_ms, notifier_ms]| Minutes {
            decide_ms,
            queue_ms,
            person_ms,
            pause_ms,
            notifier_ms,
        },
    )
}

fn promise() -> impl Strategy<Value = Promise> {
    prop_oneof![
        (0..=i64::MAX).prop_map(Promise::Working),
        (1..=u32::MAX).prop_map(Promise::BusinessDays),
    ]
}

pub(super) fn target_at_risk() -> impl Strategy<Value = TargetAtRisk> {
    (
        target(),
        any::<u32>(),
        0..=1_000_u16,
        0..=1_000_u16,
        timestamp(),
        vec(risk_reason(), 0..3),
        features(),
    )
        .prop_map(
            |(
                target,
                cycle,
                threshold_permille,
                probability_permille,
                due_at,
                reasons,
                features,
            )| {
                TargetAtRisk {
                    target,
                    cycle,
                    threshold_permille,
                    probability_permille,
                    due_at,
                    reasons,
                    features,
                }
            },
        )
}

fn risk_reason() -> impl Strategy<Value = RiskReason> {
    (key(), text()).prop_map(|(what, value)| RiskReason { what, value })
}

pub(super) fn escalated() -> impl Strategy<Value = Escalated> {
    (
        (target(), any::<u32>(), key(), any::<u32>()),
        (key(), key(), text(), timestamp(), features()),
    )
        .prop_map(
            |((target, cycle, ladder, step), (to, level, reason, due_at, features))| Escalated {
                target,
                cycle,
                ladder,
                step,
                to,
                level,
                reason,
                due_at,
                features,
            },
        )
}

pub(super) fn compensation_accrued() -> impl Strategy<Value = CompensationAccrued> {
    (
        target(),
        any::<u32>(),
        key(),
        key(),
        key(),
        text(),
        features(),
    )
        .prop_map(
            |(target, cycle, rule, amount, currency, computation, features)| CompensationAccrued {
                target,
                cycle,
                rule,
                amount,
                currency,
                computation,
                features,
            },
        )
}
