//! When groups are told, in time or late, and what they cost.

use std::sync::Arc;

use posthouse_domain::ids::Uuid;
use posthouse_domain::notify::{Field, Grouping, Limit};
use posthouse_store::{MemoryStore, Write};

use super::*;

const MINUTE_MS: i64 = 60_000;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(minute * MINUTE_MS)
}

fn id(number: u128) -> FactId {
    FactId(Uuid::from_u128(number))
}

fn pace() -> Pace {
    Pace {
        group: Some(Grouping {
            by: vec![Field::Customer],
            wait_ms: MINUTE_MS,
            interval_ms: 5 * MINUTE_MS,
        }),
        limit: None,
        hours: None,
    }
}

fn ground() -> (Groups, View) {
    let store = MemoryStore::new(&GROUP_TABLES).unwrap();
    (Groups::new(), View::new(Arc::new(store)))
}

fn join(groups: &mut Groups, view: &mut View, pace: &Pace, key: &str, number: u128, now: i64) {
    let joins = Joins {
        receiver: "ops",
        key,
        id: id(number),
        urgent: false,
        held_until: None,
        now: at(now),
    };
    groups.join(view, pace, joins).unwrap();
}

/// Rings everything that is due before `now`: when each group was told, and of how many.
fn ring(groups: &mut Groups, view: &mut View, pace: &Pace, now: i64) -> Vec<(i64, usize)> {
    let mut told = Vec::new();
    while let Some(due) = groups.first_due(view, at(now)).unwrap() {
        if let Some(flushed) = groups.ring(view, pace, due).unwrap() {
            told.push((flushed.at.as_millis() / MINUTE_MS, flushed.members.len()));
        }
    }
    told
}

/// However late it is rung, and in however many steps, the groups are the same.
#[test]
fn a_late_ring_tells_as_one_in_time_would_have() {
    let play = |rings: &[i64]| {
        let ((mut groups, mut view), pace) = (ground(), pace());
        let mut told = Vec::new();
        let mut rings = rings.iter().copied().peekable();
        for (number, (minute, key)) in [(0, "a"), (0, "b"), (3, "a"), (9, "a")]
            .into_iter()
            .enumerate()
        {
            while let Some(now) = rings.next_if(|now| *now <= minute) {
                told.extend(ring(&mut groups, &mut view, &pace, now));
            }
            // What was due before an input rings before it.
            told.extend(ring(&mut groups, &mut view, &pace, minute));
            join(&mut groups, &mut view, &pace, key, number as u128, minute);
        }
        told.extend(ring(&mut groups, &mut view, &pace, 60));
        assert_eq!(groups.next_wake(&view), None, "nothing is left behind");
        assert_eq!(view.scan(GROUPS, &[], None, 9).unwrap(), vec![]);
        assert_eq!(view.scan(MEMBERS, &[], None, 9).unwrap(), vec![]);
        told
    };
    let told = play(&[]);
    assert_eq!(told, [(1, 1), (1, 1), (6, 1), (11, 1)]);
    assert_eq!(play(&[1, 2, 5, 7, 8]), told);
}

#[test]
fn a_full_group_is_told_at_once_and_in_parts() {
    let ((mut groups, mut view), pace) = (ground(), pace());
    let count = u128::try_from(limits::GROUP_MEMBERS_MAX).unwrap() + 5;
    for number in 0..count {
        join(&mut groups, &mut view, &pace, "a", number, 0);
    }
    let told = ring(&mut groups, &mut view, &pace, 60);
    assert_eq!(told, [(0, limits::GROUP_MEMBERS_MAX), (5, 5)]);
}

/// What a limit keeps waiting goes out in one message, whatever groups it was in.
#[test]
fn what_is_over_the_limit_goes_out_together() {
    let (mut groups, mut view) = ground();
    let limit = Limit {
        messages: 2,
        within_ms: 10 * MINUTE_MS,
    };
    let pace = Pace {
        limit: Some(limit),
        ..pace()
    };
    for (number, key) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        join(&mut groups, &mut view, &pace, key, number as u128, 0);
    }
    let told = ring(&mut groups, &mut view, &pace, 60);
    assert_eq!(told, [(1, 1), (1, 1), (11, 3)]);
}

/// 100,000 groups that wait are some tens of megabytes on disk, and nothing in memory.
#[test]
fn a_group_that_waits_costs_few_bytes() {
    let ((mut groups, mut view), pace) = (ground(), pace());
    for number in 0..1_000_u128 {
        join(
            &mut groups,
            &mut view,
            &pace,
            &format!("customer=c-{number}"),
            number,
            0,
        );
    }
    let bytes: usize = view
        .into_writes()
        .iter()
        .map(|write| match write {
            Write::Put { key, value, .. } => key.len() + value.len(),
            Write::Delete { .. } => 0,
        })
        .sum();
    assert!(bytes / 1_000 < 200, "{} bytes a group", bytes / 1_000);
}
