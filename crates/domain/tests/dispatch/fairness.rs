//! Fairness: equal agents are equally busy, and who jumps the queue does so only so often.

use std::collections::BTreeMap;
use std::sync::Arc;

use posthouse_domain::TicketId;
use posthouse_domain::dispatch::{AgentOrder, Dispatch, Jump, Rules};
use posthouse_domain::ticket::Presence;
use proptest::prelude::*;

use crate::world::{MINUTE_MS, at, member, queue, waiting};

/// How long each of `agents` equal agents worked, when tickets of those lengths come one by one.
fn worked(agents: usize, agent_order: AgentOrder, minutes: &[i64]) -> Vec<i64> {
    let roster =
        (0..agents).map(|number| member(&format!("a-{number}"), &[("compute", 900)], &["en"]));
    let rules = Rules {
        agent_order,
        ..Rules::default()
    };
    let mut dispatch = Dispatch::new(Arc::new(rules.with_agents(roster.collect())));
    let keys: Vec<String> = (0..agents).map(|number| format!("a-{number}")).collect();
    for key in &keys {
        dispatch.presence(key, Presence::SignedIn, at(0)).unwrap();
        dispatch.presence(key, Presence::Ready, at(0)).unwrap();
    }
    let mut worked = vec![0; agents];
    let mut ends = BTreeMap::<(i64, usize), (usize, TicketId)>::new();
    for (number, length) in minutes.iter().enumerate() {
        let now = i64::try_from(number).unwrap() * MINUTE_MS;
        let over: Vec<_> = ends
            .range(..(now + 1, 0))
            .map(|(key, it)| (*key, *it))
            .collect();
        for (key, (agent, ticket)) in over {
            ends.remove(&key);
            dispatch.release(&keys[agent], ticket, at(key.0)).unwrap();
        }
        dispatch.wait(
            waiting(number, queue("compute", "en"), now, 60 * MINUTE_MS),
            at(now),
        );
        while let Some(pick) = dispatch.pick(at(now)) {
            worked[pick.agent] += length;
            ends.insert(
                (now + length * MINUTE_MS, number),
                (pick.agent, pick.ticket),
            );
        }
    }
    worked
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Equal agents differ by no more than a few of the longest tickets, however long they work.
    #[test]
    fn equal_agents_are_equally_busy(
        agents in 3_usize..6,
        minutes in prop::collection::vec(1_i64..4, 600..800),
    ) {
        let worked = worked(agents, AgentOrder::IdleShare, &minutes);
        let (least, most) = (worked.iter().min().unwrap(), worked.iter().max().unwrap());
        prop_assert!(most - least <= 6, "{worked:?}");
    }
}

#[test]
fn longest_idle_goes_round() {
    let worked = worked(4, AgentOrder::LongestIdle, &[1; 400]);
    assert_eq!(worked, [100; 4]);
}

#[test]
fn who_goes_before_all_others_does_so_in_bounds() {
    let rules = Rules {
        jump: Jump {
            tiers: vec!["platinum".to_owned()],
            severities: Vec::new(),
            in_a_row_max: 3,
        },
        ..Rules::default()
    };
    let roster = vec![member("a", &[("compute", 900)], &["en"])];
    let mut dispatch = Dispatch::new(Arc::new(rules.with_agents(roster)));
    dispatch.presence("a", Presence::Ready, at(0)).unwrap();
    for number in 0..40 {
        let mut ticket = waiting(number, queue("compute", "en"), 0, 600 * MINUTE_MS);
        if number % 2 == 0 {
            ticket.tier = "platinum".to_owned();
        }
        dispatch.wait(ticket, at(0));
    }
    let mut order = String::new();
    while let Some(found) = dispatch.choose(at(0)) {
        let number = found.ticket.0.as_u128();
        order.push(if number % 2 == 0 { 'V' } else { '.' });
        let fair = found.choice.tie_break.starts_with("after 3 in a row");
        assert_eq!(
            fair,
            number % 2 == 1 && order.contains("VVV.") && order.matches('V').count() < 20
        );
        dispatch.release("a", found.ticket, at(0)).unwrap();
    }
    assert_eq!(order, "VVV.VVV.VVV.VVV.VVV.VVV.VV..............");
}
