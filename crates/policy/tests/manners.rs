//! When and how receivers want to be told: what of it can be read, and what is found in it.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic, like the test"
)]

use expect_test::{Expect, expect};
use posthouse_domain::notify::{Afterwards, Limit, Repeat};
use posthouse_domain::ticket::FactKind;
use posthouse_policy::{Policy, Source, compile};

const HEAD: &str = r#"
[receiver.ops]
channel = "webhook"
url = "https://hooks.example.com/ops"

[receiver.phone]
channel = "webhook"
url = "https://hooks.example.com/phone"
"#;

const RULE: &str = r#"
[[rule]]
name = "all"
about = ["routed", "target_breached"]
receivers = ["ops", "phone"]
"#;

fn source(receivers: &str) -> Source {
    let mut source = Source::shipped("default").unwrap();
    let text = receivers.to_owned();
    source.files.insert("receivers.toml".to_owned(), text);
    source
}

fn read(receivers: &str) -> Policy {
    let (policy, mut findings) = compile(&source(receivers)).unwrap();
    findings.retain(|it| it.file == "receivers.toml");
    assert_eq!(findings, [], "nothing is to be found in it");
    policy
}

/// What is found in receivers.toml, a line each.
fn found(receivers: &str, expected: &Expect) {
    let findings = match compile(&source(receivers)) {
        Ok((_, findings)) | Err(findings) => findings,
    };
    let lines: String = findings.iter().map(|it| format!("{it}\n")).collect();
    expected.assert_eq(&lines);
}

#[test]
fn everything_that_can_be_said_is_read() {
    let text = r#"
[receiver.ops]
channel = "webhook"
url = "https://hooks.example.com/ops"
group_by = ["customer", "severity"]
group_interval = "10m"
limit = "3 per 1h"

[receiver.phone]
channel = "webhook"
url = "https://hooks.example.com/phone"

[person.li]
contacts = [{ receiver = "ops" }, { receiver = "phone", after = "5m" }]
hours = "cn_day"

[incident]
mutes = ["target_breached", "escalated"]
afterwards = "tell"

[[maintenance]]
name = "upgrade"
from = 2026-11-28T22:00:00+08:00
until = 2026-11-29T02:00:00+08:00
when = 'ticket.product == "rds"'
receivers = ["ops"]

[[rule]]
name = "breach"
about = ["target_breached"]
receivers = ["li"]
urgent = true
after = "1m"
repeat = "30m"
stop = 'ticket.state == "assigned"'
"#;
    let policy = read(text);
    let (rule, manners) = (&policy.receivers.rules[0], &policy.receivers.manners);
    assert!(rule.timing.urgent && rule.timing.stops);
    assert_eq!(rule.timing.after_ms, 60_000);
    let repeat = Repeat {
        every_ms: 30 * 60_000,
        times: 3,
    };
    assert_eq!(rule.timing.repeat, Some(repeat));
    let ops = &manners.paces["ops"];
    let group = ops.group.as_ref().unwrap();
    assert_eq!((group.wait_ms, group.interval_ms), (30_000, 600_000));
    let limit = Limit {
        messages: 3,
        within_ms: 3_600_000,
    };
    assert_eq!(ops.limit, Some(limit));
    // The person's hours hold for both of their receivers.
    for receiver in ["ops", "phone"] {
        let hours = manners.paces[receiver].hours.as_ref().unwrap();
        assert_eq!(hours.name(), "cn_day");
    }
    assert_eq!(manners.persons["li"].contacts[1].after_ms, 300_000);
    assert_eq!(
        manners.folding.mutes,
        [FactKind::TargetBreached, FactKind::Escalated]
    );
    assert_eq!(manners.folding.afterwards, Afterwards::Tell);
    assert_eq!(manners.windows.windows[0].receivers, ["ops"]);
}

#[test]
fn receivers_without_a_word_about_it_are_told_at_once() {
    let policy = read(&format!("{HEAD}{RULE}"));
    assert!(policy.receivers.manners.paces.is_empty());
    assert!(policy.receivers.manners.folding.mutes.is_empty());
}

#[test]
fn limits_that_are_none_are_found() {
    for limit in [
        "5",
        "0 per 15m",
        "5 per",
        "5 per 2 weeks",
        "5 per 15",
        "-1 per 1m",
    ] {
        let text = format!("{HEAD}limit = \"{limit}\"\n{RULE}");
        let findings = compile(&source(&text)).unwrap_err();
        assert_eq!(findings[0].code.as_str(), "POL0095", "{limit}");
    }
}

#[test]
fn slips_are_found_where_they_stand() {
    let text = format!(
        r#"{HEAD}group_wait = "1m"
hours = "cn_night"

[receiver.screen]
channel = "console"
limit = "5 per 15m"

[person.li]
contacts = [{{ receiver = "fone" }}]

[person.ops]
contacts = [{{ receiver = "phone" }}]

[incident]
mutes = ["target_breeched"]

[[maintenance]]
name = "upgrade"
from = 2026-11-29T22:00:00+08:00
until = 2026-11-28T22:00:00+08:00

[[rule]]
name = "once"
about = ["routed"]
receivers = ["ops", "phone", "screen"]
stop = 'ticket.state == "assigned"'
repeat_max = 3
"#
    );
    found(
        &text,
        &expect![[r#"
        receivers.toml:9:14: error POL0004: `group_wait` has no effect without `group_by`
        receivers.toml:10:9: error POL0014: there is no calendar `cn_night`
        receivers.toml:14:1: error POL0004: `limit` has no effect on the console
        receivers.toml:16:9: warning POL0024: nothing tells the person `li`
        receivers.toml:16:9: error POL0040: nothing reaches `li`
        receivers.toml:17:26: error POL0014: there is no receiver `fone`
        receivers.toml:19:9: error POL0013: `ops` is a receiver already
        receivers.toml:23:10: error POL0011: there is no kind of fact `target_breeched`
        receivers.toml:28:9: error POL0007: the window ends before it begins
        receivers.toml:34:8: warning POL0022: this rule tells once and at once, so nothing is left to be stopped
        receivers.toml:35:14: error POL0004: `repeat_max` has no effect without `repeat`
    "#]],
    );
}

/// A step of a ladder can name a person: it asks them within their hours, so that the next step is
/// taken at once while they sleep, and their receivers count as told.
#[test]
fn a_step_of_a_ladder_names_a_person() {
    let ladders = r#"
[[ladder]]
name = "critical"
on = ["target_breached"]
steps = [{ to = "li" }, { to = "li", after = "5m", hours = "always" }, { to = "ops", after = "9m" }]
"#;
    let receivers = format!(
        "{HEAD}\n[person.li]\ncontacts = [{{ receiver = \"phone\" }}]\nhours = \"cn_day\"\n"
    );
    let mut source = source(&receivers);
    let text = ladders.to_owned();
    source.files.insert("ladders.toml".to_owned(), text);
    let (policy, findings) = compile(&source).unwrap();
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(lines.iter().find(|it| it.contains("POL0024")), None);
    let steps = &policy.ladders.named("critical").unwrap().steps;
    let hours: Vec<_> = steps.iter().map(|step| step.hours.as_deref()).collect();
    assert_eq!(hours, [Some("cn_day"), Some("always"), None]);
}

#[test]
fn consent_names_kinds_and_channels() {
    let consent = "[consent]\nmandatory = [\"info_requested\"]\nneeded_for = [\"sms\"]\n";
    let policy = read(&format!("{HEAD}\n{RULE}\n{consent}"));
    let consent = &policy.receivers.manners.consent;
    assert_eq!(consent.mandatory, [FactKind::InfoRequested]);
    assert_eq!(consent.needed_for, ["sms"]);
    let wrong = "[consent]\nmandatory = [\"notified\"]\nneeded_for = [\"fax\"]\nalways = true\n";
    found(
        &format!("{HEAD}\n{RULE}\n{wrong}"),
        &expect![[r#"
        receivers.toml:17:14: error POL0011: a notification about `notified` would cause the next one
        receivers.toml:18:15: error POL0014: there is no channel `fax`
        receivers.toml:19:1: error POL0004: there is no key `always`
    "#]],
    );
}
