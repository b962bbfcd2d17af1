//! What people asked for themselves, as stories in virtual time: customers who say what they want
//! to be told, and persons whom a step of a ladder is for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;
mod stage;

use expect_test::expect;
use posthouse_bus::Role;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_domain::notify::{Preferred, Request};
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{
    Body, Closed, Escalated, FactKind, Features, InfoRequested, Progress, Progressed, Resolved,
    Severity,
};
use posthouse_notifier::{Notifier, wording};
use posthouse_policy::{Policy, compile};
use posthouse_runtime::Handler;
use posthouse_testkit::builders::{self, features, opened};
use scenario::{Region, stamp};
use stage::{Stage, bundle};

const CUSTOMERS: &str = r#"
[receiver.ops]
channel = "webhook"
url = "http://127.0.0.1:9/"
audience = "customer"

[consent]
mandatory = ["info_requested"]
needed_for = ["sms"]
"#;

fn policy(receivers: &str) -> Policy {
    compile(&bundle(receivers)).unwrap().0
}

/// A request about a ticket of customer `c-1`, with the words that the notifier gives it.
async fn ask(stage: &mut Stage, policy: &Policy, ticket: u32, body: Body) {
    let fact = builders::fact(builders::ticket(ticket), 1, body);
    let mut known = features(&opened("It burns"));
    known.number = format!("T{ticket}");
    known.customer = "c-1".to_owned();
    let told = Request {
        receiver: "ops".to_owned(),
        rule: "all".to_owned(),
        template: None,
        urgent: false,
        after_ms: 0,
    };
    let request = wording::request(policy, &fact, &known, told);
    let body = Body::NotificationRequested(request);
    stage.region.tell(ticket, body).await;
}

fn resolved() -> Body {
    Body::Resolved(Resolved {
        summary: "Put out".to_owned(),
    })
}

fn closed() -> Body {
    Body::Closed(Closed {
        reason: "Done".to_owned(),
    })
}

fn question() -> Body {
    Body::InfoRequested(InfoRequested {
        language: "en".to_owned(),
        text: "Which region?".to_owned(),
        questions: Vec::new(),
        pauses_clocks: false,
    })
}

async fn prefer(stage: &mut Stage, change: impl FnOnce(&mut Preferred)) {
    let mut preferred = Preferred {
        customer: "c-1".to_owned(),
        ..Preferred::default()
    };
    change(&mut preferred);
    stage.region.tell(90, Body::Preferred(preferred)).await;
}

/// A customer is told what they want to hear of, in their language, from the moment they say it
/// to the moment they take it back; what is mandatory stays, and what is withheld has a reason.
#[tokio::test(start_paused = true)]
async fn customers_are_told_what_they_want_and_in_their_language() {
    let policy = policy(CUSTOMERS);
    let mut stage = Stage::new(CUSTOMERS).await;
    let worker = stage.region.start(stage.courier());
    ask(&mut stage, &policy, 1, resolved()).await;
    stage.region.at("11-23 09:01:00").await;
    prefer(&mut stage, |it| {
        it.language = "de-AT".to_owned();
        it.about = Some(vec![FactKind::Resolved]);
    })
    .await;
    ask(&mut stage, &policy, 2, resolved()).await;
    ask(&mut stage, &policy, 3, closed()).await;
    ask(&mut stage, &policy, 4, question()).await;
    stage.region.at("11-23 09:02:00").await;
    prefer(&mut stage, |_| {}).await;
    ask(&mut stage, &policy, 5, closed()).await;
    stage.region.at("11-23 09:03:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:00.000 heard Your request T1 has been resolved
        11-23 09:00:00.000 T1 notified
        11-23 09:01:00.000 heard Ihre Anfrage T2 ist gelöst
        11-23 09:01:00.000 heard A question about your request T4
        11-23 09:01:00.000 T3 suppressed: customer c-1 does not want to hear of closed, as customer:c-1 said at 2026-11-23T09:01:00.000Z
        11-23 09:01:00.000 T2 notified
        11-23 09:01:00.000 T4 notified
        11-23 09:02:00.000 heard Your request T5 has been closed
        11-23 09:02:00.000 T5 notified
    "#]].assert_eq(&stage.story().await);
}

/// Channels that a customer did not name tell them nothing; a restart that loses the view forgets
/// nothing of it, and other customers are told as before.
#[tokio::test(start_paused = true)]
async fn customers_choose_channels_and_a_restart_does_not_forget() {
    let mut stage = Stage::new(CUSTOMERS).await;
    let worker = stage.region.start(stage.courier());
    let by_mail = |it: &mut Preferred| it.channels = Some(vec!["email".to_owned()]);
    prefer(&mut stage, by_mail).await;
    stage.ask(1, |_| {}).await;
    stage.region.at("11-23 09:01:00").await;
    worker.kill();
    let worker = stage.region.start(stage.courier());
    stage.ask(3, |_| {}).await;
    stage.ask(2, |_| {}).await;
    stage.region.at("11-23 09:02:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:00.000 T1 suppressed: customer c-1 does not want to be told by webhook, as customer:c-1 said at 2026-11-23T09:00:00.000Z
        11-23 09:01:04.000 heard T2
        11-23 09:01:04.000 T3 suppressed: customer c-1 does not want to be told by webhook, as customer:c-1 said at 2026-11-23T09:00:00.000Z
        11-23 09:01:04.000 T2 notified
    "#]].assert_eq(&stage.story().await);
}

/// Who says no while something waits is not told of it.
#[tokio::test(start_paused = true)]
async fn a_customer_who_says_no_is_not_told_of_what_waits_already() {
    const GROUPED: &str = r#"
[receiver.ops]
channel = "webhook"
url = "http://127.0.0.1:9/"
audience = "customer"
group_by = ["customer"]
"#;
    let mut stage = Stage::new(GROUPED).await;
    let worker = stage.region.start(stage.courier());
    for ticket in [1, 3, 2] {
        stage.ask(ticket, |_| {}).await;
    }
    stage.region.at("11-23 09:00:10").await;
    prefer(&mut stage, |it| it.about = Some(Vec::new())).await;
    stage.region.at("11-23 09:01:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:30.001 heard T2
        11-23 09:00:30.001 T1 suppressed: customer c-1 does not want to hear of target_breached, as customer:c-1 said at 2026-11-23T09:00:10.000Z
        11-23 09:00:30.001 T3 suppressed: customer c-1 does not want to hear of target_breached, as customer:c-1 said at 2026-11-23T09:00:10.000Z
        11-23 09:00:30.001 T2 notified
    "#]].assert_eq(&stage.story().await);
}

/// Staff are told whatever the customer prefers.
#[tokio::test(start_paused = true)]
async fn staff_are_told_whatever_a_customer_prefers() {
    const STAFF: &str = "[receiver.ops]\nchannel = \"webhook\"\nurl = \"http://127.0.0.1:9/\"\n";
    let mut stage = Stage::new(STAFF).await;
    let worker = stage.region.start(stage.courier());
    prefer(&mut stage, |it| it.channels = Some(Vec::new())).await;
    stage.ask(1, |_| {}).await;
    stage.region.at("11-23 09:01:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:00.000 heard T1
        11-23 09:00:00.000 T1 notified
    "#]]
    .assert_eq(&stage.story().await);
}

const PERSONS: &str = r#"
[receiver.desk]
channel = "webhook"
url = "http://127.0.0.1:9/"

[receiver.phone]
channel = "webhook"
url = "http://127.0.0.1:9/"

[person.li]
contacts = [{ receiver = "desk" }, { receiver = "phone", after = "5m" }]
"#;

const LADDERS: &str = r#"
[[ladder]]
name = "critical"
on = ["target_breached"]
steps = [{ to = "li" }]
"#;

fn owns(topology: &Topology) -> OwnedSpec {
    topology.owned(Role::Notifier, 0, Notifier::default().consumes())
}

fn escalated(known: &Features) -> Body {
    Body::Escalated(Escalated {
        target: Target::FirstResponse,
        cycle: 0,
        ladder: "critical".to_owned(),
        step: 1,
        to: "li".to_owned(),
        level: String::new(),
        reason: "first_response breached".to_owned(),
        due_at: known.opened_at,
        features: known.clone(),
    })
}

/// A step of a ladder that names a person tells them by each of their ways in turn, until somebody
/// takes care of the ticket or it ends.
#[tokio::test(start_paused = true)]
async fn a_step_of_a_ladder_reaches_a_person_by_one_way_after_the_other() {
    let files = [("receivers.toml", PERSONS), ("ladders.toml", LADDERS)];
    let bundle = scenario::bundle("persons", &files);
    let (_, warnings) = compile(&bundle).unwrap();
    let found: Vec<String> = warnings.iter().map(|it| format!("{it:?}")).collect();
    let untold = |warning: &&String| warning.contains("ReceiverUnused");
    assert_eq!(found.iter().find(untold), None);
    let mut region = Region::new(owns, &bundle).await;
    let worker = region.start(Notifier::default());
    let known = features(&opened("It burns"));
    for ticket in [1, 2, 3] {
        region.open(ticket, opened("It burns")).await;
        region.classify(ticket, "network", Severity::P1).await;
        let routed = builders::routed(known.clone());
        region.tell(ticket, Body::Routed(routed)).await;
    }
    region.at("11-23 09:01:00").await;
    for ticket in [1, 2, 3] {
        region.tell(ticket, escalated(&known)).await;
    }
    region.at("11-23 09:02:00").await;
    let moved = Progressed {
        to: Progress::InProgress,
        reason: String::new(),
    };
    region.tell_by_agent(2, Body::Progressed(moved)).await;
    region.tell_by_agent(3, resolved()).await;
    region.at("11-23 09:10:00").await;
    worker.stop().await;
    let mut story = String::new();
    for (_, fact) in region.facts().await {
        let mut numbers = 0..9;
        let number = numbers.find(|it| builders::ticket(*it) == fact.ticket);
        let what = match &fact.body {
            Body::NotificationRequested(it) => format!("asks {} by {}", it.receiver, it.rule),
            Body::NotificationSuppressed(it) => format!("spares {}: {}", it.receiver, it.why),
            _ => continue,
        };
        story.push_str(&format!("{} T{} {what}\n", stamp(fact.at), number.unwrap()));
    }
    expect![[r#"
        11-23 09:01:00.000 T1 asks desk by ladder critical
        11-23 09:01:00.000 T2 asks desk by ladder critical
        11-23 09:01:00.000 T3 asks desk by ladder critical
        11-23 09:06:00.000 T3 spares phone: the ticket ended before
        11-23 09:06:00.000 T2 spares phone: somebody took care of it before
        11-23 09:06:00.000 T1 asks phone by ladder critical
    "#]]
    .assert_eq(&story);
}
