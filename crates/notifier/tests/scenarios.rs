//! The notifier and the courier at work, in virtual time: each story is a file under
//! `scenarios/`, to be read as a timeline. What leaves the system is in `webhooks.rs`.

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use expect_test::expect_file;
use posthouse_bus::Role;
use posthouse_domain::Timestamp;
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{
    Body, Escalated, FactKind, NotificationRequested, Opened, Resolved, Severity, TargetBreached,
    TargetWarned,
};
use posthouse_notifier::telemetry::Telemetry;
use posthouse_notifier::{Client, Courier, Notifier};
use posthouse_policy::Source;
use posthouse_runtime::Handler;
use posthouse_runtime::metrics::Metrics;
use posthouse_testkit::builders::{REGION, features, opened, routed};
use scenario::Region;

const RECEIVERS: &str = r#"
[receiver.console]
channel = "console"

[receiver.operations]
channel = "webhook"
url = "http://127.0.0.1:9/"

[receiver.management]
channel = "webhook"
url = "http://127.0.0.1:9/"

[[rule]]
name = "page"
about = ["routed", "target_warned", "target_breached"]
when = 'ticket.severity <= "P1" || event.kind == "target_breached"'
receivers = ["operations", "console"]

[[rule]]
name = "missed"
about = ["target_breached"]
when = 'event.target == "resolution"'
receivers = ["management", "operations"]
goes_on = false

[[rule]]
name = "everything"
about = ["opened", "routed", "resolved", "target_warned", "target_breached"]
receivers = ["console"]
"#;

fn warned(percent: u8, due_at: Timestamp, features: &posthouse_domain::ticket::Features) -> Body {
    Body::TargetWarned(TargetWarned {
        target: Target::FirstResponse,
        cycle: 0,
        percent,
        before_ms: 0,
        due_at,
        features: features.clone(),
    })
}

fn breached(
    target: Target,
    due_at: Timestamp,
    features: &posthouse_domain::ticket::Features,
) -> Body {
    Body::TargetBreached(TargetBreached {
        target,
        cycle: 0,
        due_at,
        features: features.clone(),
        minutes: None,
    })
}

/// Rules decide who hears of what; each receiver once for a fact; a repeat, or a breach of a
/// clock that had stopped, is void and nobody hears of it.
#[tokio::test(start_paused = true)]
async fn who_hears_of_what() {
    let bundle = scenario::bundle("paging", &[("receivers.toml", RECEIVERS)]);
    let owns = |topology: &posthouse_bus::topology::Topology| {
        topology.owned(Role::Notifier, 0, Notifier::default().consumes())
    };
    let mut region = Region::new(owns, &bundle).await;
    let worker = region.start(Notifier::default());
    let gold = Opened {
        tier: "gold".to_owned(),
        ..opened("It burns")
    };
    let known = features(&gold);
    region.open(1, gold).await;
    region.at("11-23 09:00:01").await;
    region.classify(1, "security", Severity::P0).await;
    region.tell(1, Body::Routed(routed(known.clone()))).await;
    region.at("11-23 09:02:30").await;
    let due_at = known.opened_at.plus_millis(5 * 60_000);
    let first = region.tell(1, warned(50, due_at, &known)).await;
    region.at("11-23 09:02:31").await;
    region.publish_as(&first, "another message").await;
    region.tell(1, warned(50, due_at, &known)).await;
    region.at("11-23 09:05:01").await;
    region
        .tell(1, breached(Target::FirstResponse, due_at, &known))
        .await;
    region.at("11-23 09:30:00").await;
    region
        .tell(
            1,
            Body::Resolved(Resolved {
                summary: "Put out".to_owned(),
            }),
        )
        .await;
    region.at("11-23 10:00:01").await;
    let late = known.opened_at.plus_millis(60 * 60_000);
    region
        .tell(1, breached(Target::Resolution, late, &known))
        .await;
    region.open(2, opened("It is slow")).await;
    region.classify(2, "compute", Severity::P2).await;
    let past = known.opened_at.plus_millis(61 * 60_000);
    region.at("11-23 10:02:00").await;
    region
        .tell(2, breached(Target::Resolution, past, &known))
        .await;
    region.at("11-23 10:03:00").await;
    worker.stop().await;
    expect_file!["scenarios/who_hears_of_what.txt"].assert_eq(&region.story().await);
}

const ESCALATIONS: &str = r#"
[receiver.console]
channel = "console"

[receiver.standby]
channel = "webhook"
url = "http://127.0.0.1:9/"

[receiver.duty_phone]
channel = "webhook"
url = "http://127.0.0.1:9/"

[receiver.management]
channel = "webhook"
url = "http://127.0.0.1:9/"

[[rule]]
name = "duty-manager"
about = ["escalated"]
when = 'event.to == "duty_manager"'
receivers = ["duty_phone"]
goes_on = false

[[rule]]
name = "third-step"
about = ["escalated"]
when = 'event.step == 3'
receivers = ["console", "management"]
"#;

const LADDER: &str = r#"
[level.duty_manager]
hours = "always"

[[ladder]]
name = "critical"
on = ["target_breached"]
steps = [
  { to = "standby" },
  { to = "duty_manager", after = "15m" },
  { to = "management", after = "30m" },
  { to = "L3", after = "45m" },
]
"#;

/// A step to a receiver tells that receiver and nobody else, whatever rules there are; one that a
/// rule names, too, is told once. A step to a level tells whoever rules name for it: here the duty
/// manager's telephone, and nobody for L3.
#[tokio::test(start_paused = true)]
async fn who_hears_of_an_escalation() {
    let files = [("receivers.toml", ESCALATIONS), ("ladders.toml", LADDER)];
    let bundle = scenario::bundle("ladder", &files);
    let owns = |topology: &posthouse_bus::topology::Topology| {
        topology.owned(Role::Notifier, 0, Notifier::default().consumes())
    };
    let mut region = Region::new(owns, &bundle).await;
    let worker = region.start(Notifier::default());
    let reported = opened("It burns");
    let known = features(&reported);
    region.open(1, reported).await;
    let steps = [
        ("standby", "", "09:00:01"),
        ("duty_manager", "duty_manager", "09:15:01"),
        ("management", "", "09:30:01"),
        ("L3", "L3", "09:45:01"),
    ];
    for (step, (to, level, time)) in (1..).zip(steps) {
        region.at(&format!("11-23 {time}")).await;
        let escalated = Escalated {
            target: Target::FirstResponse,
            cycle: 0,
            ladder: "critical".to_owned(),
            step,
            to: to.to_owned(),
            level: level.to_owned(),
            reason: "not answered".to_owned(),
            due_at: known.opened_at,
            features: known.clone(),
        };
        region.tell(1, Body::Escalated(escalated)).await;
    }
    region.at("11-23 10:00:00").await;
    worker.stop().await;
    expect_file!["scenarios/who_hears_of_an_escalation.txt"].assert_eq(&region.story().await);
}

/// Personal data is masked in what receivers are told, but for those that may know it.
#[tokio::test(start_paused = true)]
async fn personal_data_stays_inside() {
    const TWO: &str = r#"
[receiver.outside]
channel = "webhook"
url = "http://127.0.0.1:9/"

[receiver.inside]
channel = "console"
personal = "keep"

[[rule]]
name = "everything"
about = ["opened"]
receivers = ["outside", "inside"]
"#;
    let bundle = scenario::bundle("masking", &[("receivers.toml", TWO)]);
    let owns = |topology: &posthouse_bus::topology::Topology| {
        topology.owned(Role::Notifier, 0, Notifier::default().consumes())
    };
    let mut region = Region::new(owns, &bundle).await;
    let worker = region.start(Notifier::default());
    let mut opened = opened("打 13800138000 或写信 wen@baiyang.example");
    let address = "203.0.113.7".to_owned();
    opened.attributes.insert("source".to_owned(), address);
    region.open(1, opened).await;
    let facts = region.wait_for(&[FactKind::NotificationRequested], 2).await;
    worker.stop().await;
    let told: Vec<&NotificationRequested> = facts
        .iter()
        .filter_map(|fact| match &fact.body {
            Body::NotificationRequested(request) => Some(request),
            _ => None,
        })
        .collect();
    let [outside, inside] = told.as_slice() else {
        panic!("two are told: {told:?}");
    };
    assert_eq!(outside.receiver, "outside");
    assert_eq!(
        outside.features.excerpt,
        "打 [PHONE] 或写信 [EMAIL_ADDRESS]"
    );
    assert_eq!(outside.features.attributes["source"], "[IP_ADDRESS]");
    let title = &outside.title;
    assert!(
        title.contains("打 [PHONE] 或写信 [EMAIL_ADDRESS]"),
        "{title}"
    );
    let fields = outside.fields.iter().map(|field| field.value.as_str());
    for text in fields.chain([title.as_str(), outside.text.as_str()]) {
        let shows = ["13800138000", "wen@baiyang.example", "203.0.113.7"];
        assert!(
            !shows.iter().any(|personal| text.contains(personal)),
            "{text}"
        );
    }
    assert_eq!(inside.features.attributes["source"], "203.0.113.7");
    assert!(inside.title.contains("13800138000"), "{}", inside.title);
}

/// Somebody is to be told that a ticket is slow.
fn request(receiver: &str) -> Body {
    let features = features(&opened("It is slow"));
    Body::NotificationRequested(NotificationRequested {
        receiver: receiver.to_owned(),
        rule: "new-ticket".to_owned(),
        about: FactKind::Routed,
        title: "[P2] It is slow".to_owned(),
        text: "It is slow".to_owned(),
        fields: Vec::new(),
        language: String::new(),
        features,
        urgent: false,
        round: 0,
        told_of: Vec::new(),
    })
}

/// The console leaves nothing outside, so a crash and a repeat cannot show anything twice.
#[tokio::test(start_paused = true)]
async fn the_console_is_told_once() {
    let bundle = Source::shipped("default").expect("it is shipped");
    let mut region = Region::new(|topology| topology.courier_owned(0), &bundle).await;
    let courier = || Courier::new(Client::new().expect("there are certificates"));
    let worker = region.start(courier());
    region.tell(1, request("console")).await;
    region.at("11-23 09:00:01").await;
    region.tell(1, request("pager-of-last-year")).await;
    region.at("11-23 09:00:02").await;
    worker.kill();
    region.tell(2, request("console")).await;
    let worker = region.start(courier());
    region.at("11-23 09:01:00").await;
    worker.stop().await;
    expect_file!["scenarios/console.txt"].assert_eq(&region.story().await);
}

/// What operators are shown of it: one request that was told, one that leads where couriers may
/// not go, one to somebody whom the policy does not know.
#[tokio::test(start_paused = true)]
async fn outcomes_are_counted_by_channel() {
    let bundle = scenario::bundle("paging", &[("receivers.toml", RECEIVERS)]);
    let mut region = Region::new(|topology| topology.courier_owned(0), &bundle).await;
    let metrics = Metrics::new();
    let client = Client::new().expect("there are certificates");
    let courier = Courier::new(client).measuring(Telemetry::new(&metrics, REGION));
    let worker = region.start(courier);
    region.at("11-23 09:00:05").await;
    for (ticket, receiver) in [(1, "console"), (2, "operations"), (3, "nobody")] {
        region.tell(ticket, request(receiver)).await;
    }
    region.at("11-23 09:01:00").await;
    worker.stop().await;
    let text = metrics.encode();
    let region = format!("region=\"{REGION}\"");
    for line in [
        format!("courier_outcomes_total{{{region},channel=\"console\",outcome=\"delivered\"}} 1"),
        format!("courier_outcomes_total{{{region},channel=\"webhook\",outcome=\"failed\"}} 1"),
        format!("courier_outcomes_total{{{region},channel=\"unknown\",outcome=\"failed\"}} 1"),
        format!("courier_attempts_total{{{region},channel=\"webhook\",outcome=\"failed\"}} 1"),
        format!("courier_send_seconds_count{{{region},channel=\"webhook\"}} 1"),
        format!("courier_delivered_seconds_count{{{region},channel=\"console\"}} 1"),
        format!("courier_open_breakers{{{region}}} 0"),
    ] {
        assert!(
            text.contains(&format!("\n{line}\n")),
            "{line} is not in\n{text}"
        );
    }
}
