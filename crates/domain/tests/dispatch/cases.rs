//! Dispatch by example.

use std::sync::Arc;

use expect_test::expect;
use posthouse_domain::dispatch::{Agent, Dispatch, Rules, Waiting};
use posthouse_domain::sla::{Calendar, Interval, Week};
use posthouse_domain::ticket::{Choice, Presence, Severity};

use crate::world::{MINUTE_MS, at, member, queue, ticket, waiting};

fn dispatch(agents: Vec<Agent>) -> Dispatch {
    let keys: Vec<String> = agents.iter().map(|agent| agent.key.clone()).collect();
    let mut dispatch = Dispatch::new(Arc::new(Rules::default().with_agents(agents)));
    for key in keys {
        dispatch.presence(&key, Presence::Ready, at(0)).unwrap();
    }
    dispatch
}

fn compute(number: usize, entered: i64) -> Waiting {
    waiting(number, queue("compute", "en"), entered, 60 * MINUTE_MS)
}

fn two() -> Vec<Agent> {
    vec![
        member("ann", &[("compute", 900)], &["en"]),
        member("bob", &[("compute", 700)], &["en"]),
    ]
}

/// The explanation as lines.
fn told(choice: &Choice) -> String {
    let masks: Vec<String> = choice
        .agents
        .iter()
        .map(|it| format!("{} {}", it.mask, it.agents))
        .collect();
    let mut lines = vec![
        format!("{} of {} waiting", choice.order, choice.waiting),
        masks.join(", "),
    ];
    for it in std::iter::once(&choice.winner).chain(&choice.runners_up) {
        lines.push(format!("{} {} {}", it.agent, it.score_micro, it.lost_by));
    }
    lines.push(format!("index {}", choice.index_micro));
    for it in &choice.other_tickets {
        lines.push(format!("other {} {}", it.index_micro, it.lost_by));
    }
    lines.push(format!("tie: {}", choice.tie_break));
    lines.join("\n")
}

#[test]
fn an_explanation_tells_masks_scores_and_runners_up() {
    let mut agents = two();
    agents.push(member("cyd", &[("network", 900)], &["en"]));
    agents.push(member("dan", &[("compute", 900)], &["zh"]));
    let mut dispatch = dispatch(agents);
    dispatch.presence("ann", Presence::OnBreak, at(0)).unwrap();
    let mut urgent = compute(1, 0);
    urgent.severity = Severity::P1;
    dispatch.wait(compute(0, 0), at(0));
    dispatch.wait(urgent, at(0));
    let found = dispatch.choose(at(30 * MINUTE_MS)).unwrap();
    assert_eq!((found.ticket, found.agent.as_str()), (ticket(1), "bob"));
    expect![[r#"
        cost_weighted_slack of 2 waiting
        roster 4, ready 3, centre 3, level 3, skill 2, language 1, capacity 1
        bob 910000 
        index 228315
        other 14269 index
        tie: "#]]
    .assert_eq(&told(&found.choice));
}

#[test]
fn the_more_proficient_of_equally_idle_agents_goes_first() {
    let mut dispatch = dispatch(two());
    dispatch.wait(compute(0, 0), at(0));
    let found = dispatch.choose(at(0)).unwrap();
    assert_eq!(found.agent, "ann");
    assert_eq!(found.choice.runners_up[0].lost_by, "score");
}

#[test]
fn a_ticket_waits_for_its_last_agent_for_a_while() {
    let mut dispatch = dispatch(two());
    dispatch.wait(compute(0, 0), at(0));
    assert_eq!(dispatch.choose(at(0)).unwrap().agent, "ann");
    let mut back = compute(1, 0);
    back.affinity = vec!["ann".to_owned()];
    dispatch.wait(back.clone(), at(0));
    assert_eq!(
        dispatch.choose(at(0)),
        None,
        "bob is idle, but ann knows the matter"
    );
    assert_eq!(dispatch.next_wake(), Some(at(MINUTE_MS)));
    let mut freed = dispatch.clone();
    freed.release("ann", ticket(0), at(1_000)).unwrap();
    assert_eq!(freed.choose(at(1_000)).unwrap().agent, "ann");
    let mut gone = dispatch.clone();
    gone.presence("ann", Presence::SignedOut, at(1_000))
        .unwrap();
    assert_eq!(gone.choose(at(1_000)).unwrap().agent, "bob");
    assert_eq!(dispatch.choose(at(MINUTE_MS)).unwrap().agent, "bob");
}

#[test]
fn a_ticket_given_to_an_agent_waits_for_them_longer() {
    let mut agents = two();
    agents.push(member("zoe", &[("network", 900)], &["zh"]));
    let mut dispatch = dispatch(agents);
    dispatch.presence("zoe", Presence::OnBreak, at(0)).unwrap();
    let mut given = compute(0, 0);
    given.to_agent = Some("zoe".to_owned());
    dispatch.wait(given, at(0));
    assert_eq!(dispatch.choose(at(10 * MINUTE_MS)), None);
    let mut back = dispatch.clone();
    back.presence("zoe", Presence::Ready, at(10 * MINUTE_MS))
        .unwrap();
    let found = back.choose(at(10 * MINUTE_MS)).unwrap();
    assert_eq!(
        found.agent, "zoe",
        "although the roster says nothing of compute"
    );
    assert_eq!(dispatch.choose(at(15 * MINUTE_MS)).unwrap().agent, "ann");
}

#[test]
fn who_refused_is_asked_again_later() {
    let mut dispatch = dispatch(vec![member("ann", &[("compute", 900)], &["en"])]);
    dispatch.wait(compute(0, 0), at(0));
    dispatch.wait(compute(1, 1), at(1));
    let first = dispatch.choose(at(1)).unwrap();
    dispatch.release("ann", first.ticket, at(2)).unwrap();
    dispatch.refuse(first.ticket, "ann", at(2)).unwrap();
    dispatch.wait(compute(0, 0), at(2));
    let second = dispatch.choose(at(2)).unwrap();
    assert_ne!(second.ticket, first.ticket);
    dispatch.release("ann", second.ticket, at(3)).unwrap();
    assert_eq!(dispatch.choose(at(3)), None);
    let again = dispatch.next_wake().unwrap();
    assert_eq!(again, at(2 + 5 * MINUTE_MS));
    assert_eq!(dispatch.choose(again).unwrap().ticket, first.ticket);
}

#[test]
fn the_own_queue_goes_before_those_that_overflow_opened() {
    let mut far = member("ann", &[("compute", 900)], &["en"]);
    far.centre = "far".to_owned();
    let near = member("bob", &[("compute", 400)], &["en"]);
    let mut dispatch = dispatch(vec![far, near]);
    let mut overflowed = compute(0, 0);
    overflowed.also = vec![posthouse_domain::route::Queue {
        centre: "far".to_owned(),
        ..overflowed.queue.clone()
    }];
    dispatch.wait(overflowed.clone(), at(0));
    assert_eq!(dispatch.choose(at(0)).unwrap().agent, "bob");
    overflowed.ticket = ticket(1);
    dispatch.wait(overflowed, at(0));
    let found = dispatch.choose(at(0)).unwrap();
    assert_eq!(found.agent, "ann");
    let masks = found.choice.agents.iter();
    assert!(masks.clone().any(|it| it.mask == "further queues"));
}

#[test]
fn capacity_is_counted_by_channel() {
    let mut rules = Rules::default().with_agents(two());
    rules.channel_load.insert("chat".to_owned(), 500);
    let mut dispatch = Dispatch::new(Arc::new(rules));
    dispatch.presence("ann", Presence::Ready, at(0)).unwrap();
    for number in 0..3 {
        let mut chat = compute(number, 0);
        chat.channel = "chat".to_owned();
        dispatch.wait(chat, at(0));
    }
    assert!(dispatch.choose(at(0)).is_some());
    dispatch.wait(compute(9, 0), at(0));
    assert_eq!(
        dispatch.choose(at(0)).unwrap().ticket,
        ticket(1),
        "half a person is left"
    );
    assert_eq!(dispatch.choose(at(0)), None);
}

#[test]
fn a_shift_begins_and_ends_by_itself() {
    let nine_to_five = Week::every_day(&[Interval::new(9 * 60, 17 * 60).unwrap()]);
    let none = std::collections::BTreeSet::new();
    let shift = Calendar::new("day", "UTC", &nine_to_five, &none, &[]).unwrap();
    let mut agent = member("ann", &[("compute", 900)], &["en"]);
    agent.shift = Some(Arc::new(shift));
    let mut dispatch = dispatch(vec![agent]);
    dispatch.wait(compute(0, 0), at(0));
    assert_eq!(dispatch.choose(at(0)), None);
    let nine = at(9 * 60 * MINUTE_MS);
    assert_eq!(dispatch.next_wake(), Some(nine));
    assert_eq!(dispatch.choose(nine).unwrap().ticket, ticket(0));
    dispatch.release("ann", ticket(0), nine).unwrap();
    dispatch.wait(compute(1, 0), nine);
    let five = at(17 * 60 * MINUTE_MS);
    assert_eq!(dispatch.next_wake(), Some(five));
    assert_eq!(dispatch.choose(five), None);
}

#[test]
fn other_rules_keep_what_waits_and_who_is_there() {
    let mut dispatch = dispatch(two());
    dispatch.wait(compute(0, 0), at(0));
    assert_eq!(dispatch.choose(at(0)).unwrap().agent, "ann");
    dispatch.wait(compute(1, 0), at(0));
    dispatch.wait(waiting(2, queue("network", "en"), 0, MINUTE_MS), at(0));
    let bob_knows = member("bob", &[("network", 700)], &["en"]);
    let gone = dispatch.set_rules(
        Arc::new(Rules::default().with_agents(vec![bob_knows])),
        at(5),
    );
    assert_eq!(gone.len(), 1);
    assert!(gone[0].agent == "ann" && gone[0].held.contains_key(&ticket(0)));
    let found = dispatch.choose(at(5)).unwrap();
    assert_eq!((found.ticket, found.agent.as_str()), (ticket(2), "bob"));
    assert!(dispatch.waits(ticket(1)));
}

#[test]
fn nobody_unknown_is_taken_for_an_agent() {
    let mut dispatch = dispatch(two());
    let error = dispatch
        .presence("eve", Presence::Ready, at(0))
        .unwrap_err();
    assert_eq!(error.to_string(), "find agent `eve` on the roster");
    assert!(dispatch.occupy("eve", ticket(0), 1, at(0)).is_err());
    assert!(dispatch.release("eve", ticket(0), at(0)).is_err());
    assert!(dispatch.refuse(ticket(0), "eve", at(0)).is_err());
}
