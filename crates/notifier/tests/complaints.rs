//! What people complain of in systems that notify, each as a story in virtual time that ends
//! well here. The names are those of the threads: `alertmanager_4064` is
//! `prometheus/alertmanager#4064`, `goalert_914` is `target/goalert#914`, `oncall_1206` is
//! `grafana-cold-storage/oncall#1206`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;
mod stage;

use expect_test::expect;
use posthouse_bus::Role;
use posthouse_bus::topology::Topology;
use posthouse_domain::notify::{Afterwards, Resilenced, Silenced, Unsilenced};
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{
    Assigned, Body, FactKind, Folded, NotificationRequested, Reopened, Resolved, Severity,
    TargetBreached,
};
use posthouse_notifier::Notifier;
use posthouse_runtime::Handler;
use posthouse_testkit::builders::{self, features, opened};
use scenario::{Region, stamp};
use stage::{Stage, bundle};

const GROUPED: &str = r#"
[receiver.ops]
channel = "webhook"
url = "http://127.0.0.1:9/"
group_by = ["customer"]
group_wait = "30s"
group_interval = "5m"
"#;

/// Many at once are one message for each group, and each ticket's timeline has its receipt.
#[tokio::test(start_paused = true)]
async fn goalert_914_many_at_once_are_one_message() {
    let mut stage = Stage::new(GROUPED).await;
    let worker = stage.region.start(stage.courier());
    for ticket in 1..=4 {
        stage.ask(ticket, |_| {}).await;
    }
    stage.region.at("11-23 09:01:00").await;
    // The group was told a moment ago, so this one waits for the interval and goes with the next.
    stage.ask(5, |_| {}).await;
    stage.region.at("11-23 09:03:00").await;
    stage.ask(7, |_| {}).await;
    stage.region.at("11-23 09:10:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:30.001 heard 2 notifications: T2
        11-23 09:00:30.001 heard 2 notifications: T1
        11-23 09:00:30.001 T2 notified
        11-23 09:00:30.001 T4 notified
        11-23 09:00:30.001 T1 notified
        11-23 09:00:30.001 T3 notified
        11-23 09:05:30.001 heard 2 notifications: T5
        11-23 09:05:30.001 T5 notified
        11-23 09:05:30.001 T7 notified
    "#]]
    .assert_eq(&stage.story().await);
}

/// A reload or a restart in the middle of a group's wait neither tells it early nor in parts, nor
/// begins its wait anew.
#[tokio::test(start_paused = true)]
async fn alertmanager_3407_a_reload_tells_no_half_of_a_group() {
    let mut stage = Stage::new(GROUPED).await;
    let worker = stage.region.start(stage.courier());
    stage.ask(1, |_| {}).await;
    stage.region.at("11-23 09:00:10").await;
    let again = bundle(&format!("{GROUPED}\n# another version"));
    stage.region.activate(&again).await;
    stage.ask(3, |_| {}).await;
    stage.region.at("11-23 09:00:20").await;
    worker.kill();
    let worker = stage.region.start(stage.courier());
    stage.region.at("11-23 09:02:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:30.001 heard 2 notifications: T1
        11-23 09:00:30.001 T1 notified
        11-23 09:00:30.001 T3 notified
    "#]]
    .assert_eq(&stage.story().await);
}

/// A bundle whose answer was lost is told again under the same identity, and marked on every
/// timeline.
#[tokio::test(start_paused = true)]
async fn chatwoot_11901_a_bundle_that_may_have_arrived_is_marked() {
    let mut stage = Stage::with(GROUPED, true).await;
    let worker = stage.region.start(stage.courier());
    for ticket in [1, 3] {
        stage.ask(ticket, |_| {}).await;
    }
    stage.region.at("11-23 09:05:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:30.001 heard 2 notifications: T1
        11-23 09:00:41.061 heard 2 notifications: T1 (again?)
        11-23 09:00:41.061 T1 notified (again?)
        11-23 09:00:41.061 T3 notified (again?)
    "#]]
    .assert_eq(&stage.story().await);
}

/// Of a window of a quarter of an hour, no more than five messages; the rest goes in one.
#[tokio::test(start_paused = true)]
async fn goalert_limits_five_in_a_quarter_of_an_hour_and_the_rest_in_one() {
    const LIMITED: &str = r#"
[receiver.ops]
channel = "webhook"
url = "http://127.0.0.1:9/"
limit = "5 per 15m"
"#;
    let mut stage = Stage::new(LIMITED).await;
    let worker = stage.region.start(stage.courier());
    for ticket in 1..=9 {
        stage.ask(ticket, |_| {}).await;
        stage.region.at(&format!("11-23 09:0{ticket}:00")).await;
    }
    stage.region.at("11-23 09:20:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:00.000 heard T1
        11-23 09:00:00.000 T1 notified
        11-23 09:01:00.000 heard T2
        11-23 09:01:00.000 T2 notified
        11-23 09:02:00.000 heard T3
        11-23 09:02:00.000 T3 notified
        11-23 09:03:00.000 heard T4
        11-23 09:03:00.000 T4 notified
        11-23 09:04:00.000 heard T5
        11-23 09:04:00.000 T5 notified
        11-23 09:15:00.001 heard 4 notifications: T6
        11-23 09:15:00.001 T6 notified
        11-23 09:15:00.001 T7 notified
        11-23 09:15:00.001 T8 notified
        11-23 09:15:00.001 T9 notified
    "#]]
    .assert_eq(&stage.story().await);
}

const PLAIN: &str = r#"
[receiver.ops]
channel = "webhook"
url = "http://127.0.0.1:9/"
"#;

fn silence(afterwards: Afterwards, minutes: i64) -> Body {
    Body::Silenced(Silenced {
        silence: "s-1".to_owned(),
        starts_at: builders::START,
        ends_at: builders::START.plus_millis(minutes * 60_000),
        matchers: vec!["customer=c-1".parse().unwrap()],
        afterwards,
        comment: "we know".to_owned(),
    })
}

/// Who was not told, by whose word and why, stands on the ticket's timeline.
#[tokio::test(start_paused = true)]
async fn alertmanager_2783_there_is_a_paper_trail() {
    let mut stage = Stage::new(PLAIN).await;
    let worker = stage.region.start(stage.courier());
    stage.say(silence(Afterwards::Nothing, 10)).await;
    stage.region.at("11-23 09:00:01").await;
    stage.ask(1, |_| {}).await;
    stage.ask(2, |_| {}).await;
    stage.region.at("11-23 09:11:00").await;
    stage.ask(3, |_| {}).await;
    stage.region.at("11-23 09:12:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:01.000 heard T2
        11-23 09:00:01.000 T1 suppressed: silence s-1 by agent:li until 2026-11-23T09:10:00.000Z: we know
        11-23 09:00:01.000 T2 notified
        11-23 09:11:00.000 heard T3
        11-23 09:11:00.000 T3 notified
    "#]].assert_eq(&stage.story().await);
}

/// What a silence held is told when it ends, together, and nobody has to wait for a repeat; one
/// that is ended early tells at once.
#[tokio::test(start_paused = true)]
async fn alertmanager_730_2896_what_a_silence_held_is_told_when_it_ends() {
    let mut stage = Stage::new(PLAIN).await;
    let worker = stage.region.start(stage.courier());
    stage.say(silence(Afterwards::Tell, 10)).await;
    stage.region.at("11-23 09:00:01").await;
    for ticket in [1, 3] {
        stage.ask(ticket, |_| {}).await;
    }
    stage.region.at("11-23 09:11:00").await;
    stage.say(silence(Afterwards::Tell, 60)).await;
    stage.region.at("11-23 09:11:01").await;
    stage.ask(5, |_| {}).await;
    stage.region.at("11-23 09:15:00").await;
    let over = Unsilenced {
        silence: "s-1".to_owned(),
        reason: "fixed".to_owned(),
        round: 0,
    };
    stage.say(Body::Unsilenced(over)).await;
    stage.region.at("11-23 09:16:00").await;
    stage.ask(7, |_| {}).await;
    stage.region.at("11-23 09:17:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:10:00.001 heard 2 notifications: T1
        11-23 09:10:00.001 T1 notified
        11-23 09:10:00.001 T3 notified
        11-23 09:15:00.001 heard T5
        11-23 09:15:00.001 T5 notified
        11-23 09:16:00.000 heard T7
        11-23 09:16:00.000 T7 notified
    "#]]
    .assert_eq(&stage.story().await);
}

/// A silence that is set while a group waits holds for what is in it already.
#[tokio::test(start_paused = true)]
async fn alertmanager_578_a_silence_holds_for_what_waits_already() {
    let mut stage = Stage::new(GROUPED).await;
    let worker = stage.region.start(stage.courier());
    for ticket in [1, 2] {
        stage.ask(ticket, |_| {}).await;
    }
    stage.region.at("11-23 09:00:10").await;
    stage.say(silence(Afterwards::Nothing, 10)).await;
    stage.region.at("11-23 09:02:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:30.001 heard T2
        11-23 09:00:30.001 T1 suppressed: silence s-1 by agent:li until 2026-11-23T09:10:00.000Z: we know
        11-23 09:00:30.001 T2 notified
    "#]].assert_eq(&stage.story().await);
}

const FOLDED: &str = r#"
[receiver.ops]
channel = "webhook"
url = "http://127.0.0.1:9/"

[incident]
mutes = ["target_breached", "escalated"]
afterwards = "tell"
"#;

/// A ticket that is folded into an open incident is not told of, over a reload and a restart that
/// loses the view, and in whatever order things come; what was held is told when the incident
/// ends, and after that it mutes nothing.
#[tokio::test(start_paused = true)]
async fn alertmanager_2229_4064_folded_tickets_stay_muted_over_reload_and_restart() {
    let mut stage = Stage::new(FOLDED).await;
    let incident = builders::ticket(50).to_string();
    let folded = |request: &mut NotificationRequested| {
        request.features.incident.clone_from(&incident);
    };
    let worker = stage.region.start(stage.courier());
    stage.ask(1, folded).await;
    stage.ask(2, |_| {}).await;
    stage.region.at("11-23 09:01:00").await;
    let again = bundle(&format!("{FOLDED}\n# another version"));
    stage.region.activate(&again).await;
    stage.ask(3, folded).await;
    worker.kill();
    let worker = stage.region.start(stage.courier());
    stage.region.at("11-23 09:05:00").await;
    let over = Unsilenced {
        silence: incident.clone(),
        reason: "incident is resolved".to_owned(),
        round: 0,
    };
    stage.say(Body::Unsilenced(over)).await;
    stage.region.at("11-23 09:06:00").await;
    stage.ask(4, folded).await;
    stage.region.at("11-23 09:07:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:00.000 heard T2
        11-23 09:00:00.000 T2 notified
        11-23 09:05:00.001 heard 2 notifications: T1
        11-23 09:05:00.001 T1 notified
        11-23 09:05:00.001 T3 notified
        11-23 09:06:00.000 heard T4
        11-23 09:06:00.000 T4 notified
    "#]]
    .assert_eq(&stage.story().await);
}

/// Nobody is disturbed at night, unless it is urgent; what is not goes out together in the morning.
#[tokio::test(start_paused = true)]
async fn goalert_quiet_hours_hold_what_is_not_urgent() {
    const NIGHT: &str = r#"
[receiver.ops]
channel = "webhook"
url = "http://127.0.0.1:9/"
hours = "de_office"
"#;
    let mut stage = Stage::new(NIGHT).await;
    let worker = stage.region.start(stage.courier());
    stage.region.at("11-23 22:00:00").await;
    stage.ask(1, |_| {}).await;
    stage.ask(3, |_| {}).await;
    stage.region.at("11-24 02:00:00").await;
    stage.ask(2, |request| request.urgent = true).await;
    stage.region.at("11-24 03:00:00").await;
    stage.ask(4, |_| {}).await;
    stage.region.at("11-24 12:00:00").await;
    worker.stop().await;
    expect![[r#"
        11-24 02:00:00.000 heard T2
        11-24 02:00:00.000 T2 notified
        11-24 07:00:00.001 heard 3 notifications: T1
        11-24 07:00:00.001 T1 notified
        11-24 07:00:00.001 T3 notified
        11-24 07:00:00.001 T4 notified
    "#]]
    .assert_eq(&stage.story().await);
}

const RULES: &str = r#"
[receiver.phone]
channel = "webhook"
url = "http://127.0.0.1:9/"

[receiver.desk]
channel = "webhook"
url = "http://127.0.0.1:9/"

[person.li]
contacts = [{ receiver = "desk" }, { receiver = "phone", after = "5m" }]

[[rule]]
name = "breach"
about = ["target_breached"]
receivers = ["li"]
after = "1m"
repeat = "10m"
repeat_max = 2
stop = 'ticket.state == "assigned"'
"#;

fn rules_owns(topology: &Topology) -> posthouse_bus::topology::OwnedSpec {
    topology.owned(Role::Notifier, 0, Notifier::default().consumes())
}

fn breached(region_features: &posthouse_domain::ticket::Features) -> Body {
    Body::TargetBreached(TargetBreached {
        target: Target::Resolution,
        cycle: 0,
        due_at: region_features.opened_at,
        features: region_features.clone(),
        minutes: None,
    })
}

/// A rule that waits does wait; a restart loses no later step; it repeats as often as it says, and
/// stops when somebody takes the ticket.
#[tokio::test(start_paused = true)]
async fn oncall_1206_1931_later_steps_wait_survive_and_stop() {
    let files = [("receivers.toml", RULES)];
    let bundle = scenario::bundle("later", &files);
    let mut region = Region::new(rules_owns, &bundle).await;
    let worker = region.start(Notifier::default());
    let known = features(&opened("It burns"));
    for ticket in [1, 2, 3] {
        region.open(ticket, opened("It burns")).await;
        region.classify(ticket, "network", Severity::P1).await;
        let queue = builders::routed(known.clone());
        region.tell(ticket, Body::Routed(queue)).await;
    }
    region.at("11-23 09:00:01").await;
    for ticket in [1, 2, 3] {
        region.tell(ticket, breached(&known)).await;
    }
    region.at("11-23 09:00:30").await;
    region
        .tell(
            2,
            Body::Assigned(Assigned {
                agent: "a-1".to_owned(),
            }),
        )
        .await;
    region.at("11-23 09:03:00").await;
    worker.kill();
    let worker = region.start(Notifier::default());
    region.at("11-23 09:15:00").await;
    let summary = "Put out".to_owned();
    region.tell(3, Body::Resolved(Resolved { summary })).await;
    region.at("11-23 10:00:00").await;
    worker.stop().await;
    let mut story = String::new();
    for (_, fact) in region.facts().await {
        let number = (0..9)
            .find(|it| builders::ticket(*it) == fact.ticket)
            .unwrap();
        let what = match &fact.body {
            Body::NotificationRequested(it) => format!("asks {} round {}", it.receiver, it.round),
            Body::NotificationSuppressed(it) => format!("spares {}: {}", it.receiver, it.why),
            _ => continue,
        };
        story.push_str(&format!("{} T{number} {what}\n", stamp(fact.at)));
    }
    expect![[r#"
        11-23 09:01:01.000 T2 spares desk: the rule's stop condition held before
        11-23 09:01:01.000 T3 asks desk round 0
        11-23 09:01:01.000 T1 asks desk round 0
        11-23 09:06:01.000 T3 asks phone round 0
        11-23 09:06:01.000 T2 spares phone: the rule's stop condition held before
        11-23 09:06:01.000 T1 asks phone round 0
        11-23 09:11:01.000 T3 asks desk round 1
        11-23 09:11:01.000 T1 asks desk round 1
        11-23 09:16:01.000 T1 asks phone round 1
        11-23 09:21:01.000 T1 asks desk round 2
        11-23 09:26:01.000 T1 asks phone round 2
    "#]]
    .assert_eq(&story);
}

/// An incident that is opened again mutes again, whatever the order in which couriers hear of it:
/// each word says which time it is, so an end of the first time that comes late ends nothing.
#[tokio::test(start_paused = true)]
async fn alertmanager_4064_2229_an_incident_that_is_opened_again_mutes_again() {
    let mut stage = Stage::new(FOLDED).await;
    let incident = builders::ticket(50).to_string();
    let folded = |request: &mut NotificationRequested| {
        request.features.incident.clone_from(&incident);
    };
    let over = |round| {
        Body::Unsilenced(Unsilenced {
            silence: incident.clone(),
            reason: "incident is resolved".to_owned(),
            round,
        })
    };
    let again = |round| {
        Body::Resilenced(Resilenced {
            silence: incident.clone(),
            reason: "incident is reopened".to_owned(),
            round,
        })
    };
    let worker = stage.region.start(stage.courier());
    stage.region.tell(80, again(1)).await;
    stage.region.at("11-23 09:00:01").await;
    stage.region.tell(80, over(0)).await;
    stage.region.at("11-23 09:00:02").await;
    stage.ask(1, folded).await;
    stage.region.at("11-23 09:01:00").await;
    worker.kill();
    let worker = stage.region.start(stage.courier());
    stage.ask(3, folded).await;
    stage.region.at("11-23 09:05:00").await;
    stage.region.tell(80, over(1)).await;
    stage.region.at("11-23 09:06:00").await;
    stage.ask(5, folded).await;
    stage.region.at("11-23 09:07:00").await;
    stage.region.tell(80, again(2)).await;
    stage.region.at("11-23 09:08:00").await;
    stage.ask(7, folded).await;
    stage.region.at("11-23 09:09:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:05:00.001 heard 2 notifications: T1
        11-23 09:05:00.001 T1 notified
        11-23 09:05:00.001 T3 notified
        11-23 09:06:00.000 heard T5
        11-23 09:06:00.000 T5 notified
    "#]]
    .assert_eq(&stage.story().await);
}

/// What came together over night is one message in the morning, in the words of the templates: a
/// hand-off for whoever comes in.
#[tokio::test(start_paused = true)]
async fn goalert_583_4190_the_morning_begins_with_one_summary_of_the_night() {
    const NIGHT: &str = r#"
[receiver.ops]
channel = "webhook"
url = "http://127.0.0.1:9/"
hours = "de_office"
language = "fr"
"#;
    let mut stage = Stage::new(NIGHT).await;
    let worker = stage.region.start(stage.courier());
    stage.region.at("11-23 22:00:00").await;
    for ticket in 1..=3 {
        stage
            .ask(ticket, |request| request.language = "fr".to_owned())
            .await;
    }
    stage.region.at("11-24 12:00:00").await;
    worker.stop().await;
    expect![[r#"
        11-24 07:00:00.001 heard 3 notifications : T1
        11-24 07:00:00.001 T1 notified
        11-24 07:00:00.001 T3 notified
        11-24 07:00:00.001 T2 notified
    "#]]
    .assert_eq(&stage.story().await);
}

/// A storm of one rule is one message, beside those of other rules.
#[tokio::test(start_paused = true)]
async fn goalert_4468_a_storm_is_seen_by_what_asked_for_it() {
    const BY_RULE: &str = r#"
[receiver.ops]
channel = "webhook"
url = "http://127.0.0.1:9/"
group_by = ["rule"]
group_wait = "30s"
"#;
    let mut stage = Stage::new(BY_RULE).await;
    let worker = stage.region.start(stage.courier());
    for ticket in 1..=5 {
        let rule = if ticket == 3 { "page" } else { "all" };
        stage
            .ask(ticket, |request| request.rule = rule.to_owned())
            .await;
    }
    stage.region.at("11-23 09:02:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:30.001 heard T3
        11-23 09:00:30.001 heard 4 notifications: T1
        11-23 09:00:30.001 T3 notified
        11-23 09:00:30.001 T1 notified
        11-23 09:00:30.001 T5 notified
        11-23 09:00:30.001 T2 notified
        11-23 09:00:30.001 T4 notified
    "#]]
    .assert_eq(&stage.story().await);
}

const TWO: &str = r#"
[receiver.ops]
channel = "webhook"
url = "http://127.0.0.1:9/"

[receiver.phone]
channel = "webhook"
url = "http://127.0.0.1:8/"
attempts_max = 3
backoff = "10s"
"#;

/// One delivery that fails blocks no other; it is tried again as often as the policy says, and
/// that it was lost stands on the ticket's timeline.
#[tokio::test(start_paused = true)]
async fn oncall_1503_chatwoot_15920_zammad_1239_a_failure_blocks_nobody_and_is_seen() {
    let mut stage = Stage::new(TWO).await;
    stage.ear.refuses = Some("phone");
    let worker = stage.region.start(stage.courier());
    stage
        .ask(1, |request| request.receiver = "phone".to_owned())
        .await;
    stage.ask(2, |_| {}).await;
    stage.region.at("11-23 09:10:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:00.000 heard T2
        11-23 09:00:00.000 T2 notified
        11-23 09:00:57.232 T1 failed: post: NTF0006: no connection: nobody is there
    "#]]
    .assert_eq(&stage.story().await);
}

/// Work that was planned mutes for as long as it was planned, and no longer.
#[tokio::test(start_paused = true)]
async fn oncall_1919_maintenance_is_planned_beforehand() {
    const PLANNED: &str = r#"
[receiver.ops]
channel = "webhook"
url = "http://127.0.0.1:9/"

[[maintenance]]
name = "upgrade"
from = 2026-11-23T09:01:00Z
until = 2026-11-23T09:05:00Z
when = 'ticket.customer == "c-1"'
"#;
    let mut stage = Stage::new(PLANNED).await;
    let worker = stage.region.start(stage.courier());
    for (ticket, time) in [
        (1, "09:02:00"),
        (3, "09:03:00"),
        (2, "09:06:00"),
        (5, "09:07:00"),
    ] {
        stage.ask(ticket, |_| {}).await;
        stage.region.at(&format!("11-23 {time}")).await;
    }
    worker.stop().await;
    expect![[r#"
        11-23 09:00:00.000 heard T1
        11-23 09:00:00.000 T1 notified
        11-23 09:02:00.000 T3 suppressed: maintenance window upgrade until 2026-11-23T09:05:00.000Z
        11-23 09:03:00.000 heard T2
        11-23 09:03:00.000 T2 notified
        11-23 09:06:00.000 heard T5
        11-23 09:06:00.000 T5 notified
    "#]]
    .assert_eq(&stage.story().await);
}

/// A request that comes twice while it is snoozed is told once when that ends: being known and
/// being silenced do not get into each other's way.
#[tokio::test(start_paused = true)]
async fn dispatch_4134_4012_a_repeat_that_is_snoozed_is_told_once() {
    let mut stage = Stage::new(PLAIN).await;
    let worker = stage.region.start(stage.courier());
    stage.say(silence(Afterwards::Tell, 10)).await;
    stage.region.at("11-23 09:00:01").await;
    let request = stage.ask(1, |_| {}).await;
    stage.region.at("11-23 09:01:00").await;
    stage.region.publish_as(&request, "again").await;
    stage.region.at("11-23 09:11:00").await;
    stage.region.publish_as(&request, "and again").await;
    stage.region.at("11-23 09:12:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:10:00.001 heard T1
        11-23 09:10:00.001 T1 notified
    "#]]
    .assert_eq(&stage.story().await);
}

/// A silence can look at the tags and the free properties of a ticket.
#[tokio::test(start_paused = true)]
async fn a_silence_looks_at_tags_and_attributes() {
    let mut stage = Stage::new(PLAIN).await;
    let worker = stage.region.start(stage.courier());
    for (name, matcher) in [
        ("s-1", "tags=data_loss,fire"),
        ("s-2", "attributes.rack=b-7"),
    ] {
        let mut said = silence(Afterwards::Nothing, 10);
        if let Body::Silenced(said) = &mut said {
            said.silence = name.to_owned();
            said.matchers = vec![matcher.parse().unwrap()];
        }
        stage.say(said).await;
        // What is said at one instant is one message.
        let second = if name == "s-1" { 1 } else { 2 };
        stage.region.at(&format!("11-23 09:00:0{second}")).await;
    }
    let tag = |request: &mut NotificationRequested| {
        request.features.tags = ["slow", "fire"].map(str::to_owned).to_vec();
    };
    let rack = |rack: &'static str| {
        move |request: &mut NotificationRequested| {
            let (name, rack) = ("rack".to_owned(), rack.to_owned());
            request.features.attributes.insert(name, rack);
        }
    };
    stage.ask(1, tag).await;
    stage.ask(2, rack("b-7")).await;
    stage.ask(3, rack("b-8")).await;
    stage.region.at("11-23 09:01:00").await;
    worker.stop().await;
    expect![[r#"
        11-23 09:00:02.000 heard T3
        11-23 09:00:02.000 T1 suppressed: silence s-1 by agent:li until 2026-11-23T09:10:00.000Z: we know
        11-23 09:00:02.000 T2 suppressed: silence s-2 by agent:li until 2026-11-23T09:10:00.000Z: we know
        11-23 09:00:02.000 T3 notified
    "#]].assert_eq(&stage.story().await);
}

/// The end of an incident is said to all couriers, and that it was opened again; the end of any
/// other ticket is nobody's affair.
#[tokio::test(start_paused = true)]
async fn the_end_of_an_incident_is_told_to_all_couriers() {
    let bundle = scenario::bundle("incident", &[]);
    let mut region = Region::new(rules_owns, &bundle).await;
    let worker = region.start(Notifier::default());
    let mut incident = opened("Storm: network");
    incident.customer = posthouse_domain::storm::INCIDENT_CUSTOMER.to_owned();
    let key = posthouse_domain::storm::INCIDENT_ATTRIBUTE.to_owned();
    incident
        .attributes
        .insert(key, "category network".to_owned());
    region.open(1, incident).await;
    region.open(2, opened("It burns")).await;
    let folded = Folded {
        incident: builders::ticket(1),
        number: "EU-2026-000001".to_owned(),
        score_permille: 1_000,
        rule: "category".to_owned(),
    };
    region.tell(2, Body::Folded(folded)).await;
    for ticket in [2, 1] {
        let summary = "Put out".to_owned();
        region
            .tell(ticket, Body::Resolved(Resolved { summary }))
            .await;
    }
    let said = region.wait_for(&[FactKind::Unsilenced], 1).await;
    let Body::Unsilenced(over) = &said[0].body else {
        panic!("{said:?}");
    };
    let incident = builders::ticket(1).to_string();
    assert_eq!((&over.silence, over.round), (&incident, 0));
    let reason = "It burns again".to_owned();
    region.tell(1, Body::Reopened(Reopened { reason })).await;
    let said = region.wait_for(&[FactKind::Resilenced], 1).await;
    worker.stop().await;
    let Body::Resilenced(again) = &said[0].body else {
        panic!("{said:?}");
    };
    assert_eq!((&again.silence, again.round), (&incident, 1));
    assert_eq!(
        region
            .facts()
            .await
            .iter()
            .filter(|(_, it)| it.body.kind() == FactKind::Unsilenced)
            .count(),
        1
    );
}
