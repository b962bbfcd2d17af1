//! Compensation of a bundle: what is accrued, and what is said when it is wrong.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic, like the test"
)]

use expect_test::{Expect, expect};
use posthouse_domain::Timestamp;
use posthouse_domain::sla::Target;
use posthouse_domain::sla::compensation::Breach;
use posthouse_domain::ticket::{Attributes, Features, Severity, State};
use posthouse_policy::{Code, Policy, Source, compile, render};

const HOUR_MS: i64 = 60 * 60 * 1_000;

fn bundle(compensation: &str) -> Source {
    let mut source = Source::shipped("default").unwrap();
    source
        .files
        .insert("compensation.toml".into(), compensation.to_owned());
    source
}

/// A rule that is sound, but for these lines instead of the ones with the same keys; `KEY -`
/// only takes one away.
fn rule(lines: &str) -> Source {
    let key = |line: &str| line.split(' ').next().unwrap().to_owned();
    let given: Vec<String> = lines.lines().map(key).collect();
    let sound = "name = \"r\"\ntargets = [\"resolution\"]\nfee_percent = 0.5\nper = \"hour\"\n\
                 rounding = \"half_up\"";
    let kept = sound.lines().filter(|line| !given.contains(&key(line)));
    let lines: Vec<&str> = lines.lines().filter(|line| !line.ends_with('-')).collect();
    let kept: Vec<&str> = kept.collect();
    bundle(&format!(
        "[[rule]]\n{}\n{}\n",
        kept.join("\n"),
        lines.join("\n")
    ))
}

fn said(source: &Source) -> String {
    let found = match compile(source) {
        Ok((_, warnings)) => warnings,
        Err(found) => found,
    };
    let of_file = found.iter().filter(|one| one.file == "compensation.toml");
    of_file
        .map(|one| match &one.hint {
            Some(hint) => format!("{one}\n  {hint}\n"),
            None => format!("{one}\n"),
        })
        .collect()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "expectations are written in the call"
)]
fn check(source: &Source, expected: Expect) {
    expected.assert_eq(&said(source));
}

fn ticket(tier: &str, severity: Severity) -> Features {
    Features {
        number: "HCS-2026-000001".into(),
        excerpt: String::new(),
        customer: "c-1".into(),
        tier: tier.into(),
        region: String::new(),
        channel: String::new(),
        product: String::new(),
        language: "zh".into(),
        severity: Some(severity),
        category: String::new(),
        kind: String::new(),
        sentiment: None,
        tags: Vec::new(),
        attributes: Attributes::from([("monthly_fee".to_owned(), "1200".to_owned())]),
        opened_at: Timestamp::from_millis(0),
        reopens: 0,
        queue: String::new(),
        state: State::Resolved,
        signals: Vec::new(),
        abstained: false,
        incident: String::new(),
    }
}

/// What a shipped bundle owes for a resolution so many minutes late.
fn owed(name: &str, ticket: &Features, late_minutes: i64) -> String {
    let late_ms = late_minutes * HOUR_MS / 60;
    let breach = Breach {
        target: Target::Resolution,
        late_working_ms: late_ms,
        late_elapsed_ms: late_ms,
    };
    let policy = Policy::shipped(name).unwrap();
    let accruals = policy.compensations.on_end(ticket, &breach);
    let told = accruals
        .iter()
        .map(|one| format!("{}: {} {}", one.rule, one.amount, one.unit));
    told.collect::<Vec<_>>().join(", ")
}

#[test]
fn h_owes_by_service_and_by_impact() {
    let basic = ticket("standard", Severity::P1);
    assert_eq!(owed("h", &basic, 130), "basic: 18.00 CNY");
    assert_eq!(owed("h", &basic, 0), "");
    assert_eq!(owed("h", &basic, 60 * 24 * 30), "basic: 1200.00 CNY");
    let major = ticket("enterprise", Severity::P0);
    assert_eq!(owed("h", &major, 90), "major-fault: 19.20 CNY");
    let enterprise = ticket("enterprise", Severity::P2);
    assert_eq!(
        owed("h", &enterprise, 90),
        "enterprise-extension: 120 minutes"
    );
    let ordinary = Features {
        kind: "incident".into(),
        ..ticket("standard", Severity::P2)
    };
    assert_eq!(owed("h", &ordinary, 61), "ordinary-fault: 20.00 CNY");
    let mut stop = ticket("standard", Severity::P1);
    stop.attributes.insert("impact".into(), "stop".into());
    assert_eq!(owed("h", &stop, 121), "temporary-stop: 150 points");
    let mut unknown = ticket("standard", Severity::P1);
    unknown.attributes.clear();
    assert_eq!(
        owed("h", &unknown, 61),
        "basic: 1.0000 percent_of_monthly_fee"
    );
}

#[test]
fn a1_owes_multiples_once() {
    assert_eq!(
        owed("a1", &ticket("gold", Severity::P0), 6_000),
        "outage: 2400.00 CNY"
    );
    let lost = Features {
        tags: vec!["data_loss".into()],
        ..ticket("gold", Severity::P0)
    };
    assert_eq!(owed("a1", &lost, 1), "data-loss: 360.00 CNY");
    assert_eq!(owed("a1", &ticket("gold", Severity::P2), 6_000), "");
}

#[test]
fn others_owe_nothing() {
    for name in ["default", "a2"] {
        assert_eq!(owed(name, &ticket("gold", Severity::P0), 6_000), "");
        assert_eq!(said(&Source::shipped(name).unwrap()), "");
    }
}

#[test]
fn what_the_agreements_leave_open_is_told() {
    for name in ["a1", "h"] {
        let (_, warnings) = compile(&Source::shipped(name).unwrap()).unwrap();
        assert!(
            warnings.iter().any(|one| one.code == Code::UnitAssumed),
            "{name}"
        );
    }
    check(
        &Source::shipped("h").unwrap(),
        expect![[r#"
        compensation.toml:21:1: warning POL0064: `per = "hour"` is assumed: the formula multiplies a duration without a unit; the rows beside it count hours
          have it settled in the agreement, then leave out what is assumed
        compensation.toml:22:1: warning POL0064: `lateness = "elapsed"` is assumed: it counts the affected time, which is not known here; the lateness stands for it
          have it settled in the agreement, then leave out what is assumed
        compensation.toml:23:1: warning POL0064: `cap = 100` is assumed: no limit is stated; more than the fee cannot be reduced
          have it settled in the agreement, then leave out what is assumed
        compensation.toml:24:1: warning POL0064: `rounding = "half_up"` is assumed: no rounding is stated
          have it settled in the agreement, then leave out what is assumed
        compensation.toml:43:13: warning POL0064: `extension = "1h"` is assumed: the table does not say how long; here as long as the lateness
          have it settled in the agreement, then leave out what is assumed
        compensation.toml:54:13: warning POL0064: `amount = 10` is assumed: it is given as service time, but no price of an hour is stated; accounted as money
          have it settled in the agreement, then leave out what is assumed
        compensation.toml:66:1: warning POL0064: `fee_percent = 0.5` is assumed: the table says 0.5 % of the fee, and not of which; here of the monthly fee
          have it settled in the agreement, then leave out what is assumed
        compensation.toml:67:1: warning POL0064: `cap = 100` is assumed: no limit is stated; more than the fee is not given back
          have it settled in the agreement, then leave out what is assumed
    "#]],
    );
    check(
        &Source::shipped("a1").unwrap(),
        expect![[r#"
        compensation.toml:15:13: warning POL0064: `fee_percent = 30` is assumed: the case says 30 % of the fee, and not of which; here of the monthly fee
          have it settled in the agreement, then leave out what is assumed
        compensation.toml:27:1: warning POL0064: `fee_percent = 200` is assumed: both cases say 200 % of the service fee, and not of which period; here of a month
          have it settled in the agreement, then leave out what is assumed
        compensation.toml:28:1: warning POL0064: `per = "breach"` is assumed: they do not say whether it grows with the lateness; here it does not
          have it settled in the agreement, then leave out what is assumed
    "#]],
    );
}

#[test]
fn sound_rules_are_sound() {
    for lines in [
        "",
        "fee_percent -\namount = \"10.50\"\ncurrency = \"EUR\"\ncap = 100",
        "fee_percent -\npoints = 50\ncounting = \"exact\"\nlateness = \"elapsed\"",
        "fee_percent -\nextension = \"1h30m\"\nper = \"breach\"\ngoes_on = true",
    ] {
        assert_eq!(said(&rule(lines)), "", "{lines}");
    }
}

#[test]
fn missing_units_are_errors() {
    check(
        &rule("per -"),
        expect![[r#"
        compensation.toml:1:1: error POL0005: the key `per` is missing
    "#]],
    );
    check(
        &rule("rounding -"),
        expect![[r#"
        compensation.toml:1:1: error POL0005: the key `rounding` is missing
    "#]],
    );
    check(
        &rule("targets -"),
        expect![[r#"
        compensation.toml:1:1: error POL0005: the key `targets` is missing
    "#]],
    );
    check(
        &rule("fee_percent -"),
        expect![[r#"
        compensation.toml:1:1: error POL0005: a rule owes one of fee_percent, amount, points, extension
    "#]],
    );
    check(
        &rule("fee_percent -\namount = 10"),
        expect![[r#"
        compensation.toml:6:10: error POL0063: the amount has no currency
          write for example currency = "CNY" beside it
    "#]],
    );
    check(
        &rule("fee_percent -\nextension = 60"),
        expect![[r#"
        compensation.toml:6:13: error POL0009: 60 has no unit
          write "60m" for minutes, "60h" for hours
    "#]],
    );
}

#[test]
fn absurd_numbers_are_errors() {
    check(
        &rule("fee_percent = 10001"),
        expect![[r#"
        compensation.toml:6:15: error POL0007: 10001 is not from 0 to 10000 with at most 6 digits after the point
    "#]],
    );
    check(
        &rule("fee_percent = -0.5"),
        expect![[r#"
        compensation.toml:6:15: error POL0007: -0.5 is not from 0 to 10000 with at most 6 digits after the point
    "#]],
    );
    check(
        &rule("fee_percent = 0.12345678"),
        expect![[r#"
        compensation.toml:6:15: error POL0007: 0.12345678 is not from 0 to 10000 with at most 6 digits after the point
    "#]],
    );
    check(
        &rule("fee_percent = nan"),
        expect![[r#"
        compensation.toml:6:15: error POL0063: `nan` is no amount
          write a decimal number, such as 0.5, and its unit in the keys beside it
    "#]],
    );
    check(
        &rule("fee_percent = \"half\""),
        expect![[r#"
        compensation.toml:6:15: error POL0063: `half` is no amount
          write a decimal number, such as 0.5, and its unit in the keys beside it
    "#]],
    );
    check(
        &rule("fee_percent = true"),
        expect![[r#"
        compensation.toml:6:15: error POL0006: want a number, got true or false
    "#]],
    );
    check(
        &rule("fee_percent -\npoints = 1000000000001"),
        expect![[r#"
        compensation.toml:6:10: error POL0007: 1000000000001 is not from 0 to 1000000000000 with at most 6 digits after the point
    "#]],
    );
    check(
        &rule("cap = 1e30"),
        expect![[r#"
        compensation.toml:7:7: error POL0063: `1e30` is no amount
          write a decimal number, such as 0.5, and its unit in the keys beside it
    "#]],
    );
    check(
        &rule("fee_percent -\nextension = \"400000h\""),
        expect![[r#"
        compensation.toml:6:13: error POL0007: 400000h is not from 1ms to 8784h
    "#]],
    );
}

#[test]
fn contradicting_keys_are_errors() {
    check(
        &rule("points = 50"),
        expect![[r#"
        compensation.toml:7:10: error POL0004: a rule owes one thing, and `fee_percent` stands beside `points`
          write two rules
    "#]],
    );
    check(
        &rule("currency = \"CNY\""),
        expect![[r#"
        compensation.toml:7:12: error POL0004: `currency` has no effect beside `fee_percent`
    "#]],
    );
    check(
        &rule("per = \"breach\"\ncounting = \"exact\""),
        expect![[r#"
        compensation.toml:7:12: error POL0004: `counting` has no effect beside `per = "breach"`
          leave out one
    "#]],
    );
    check(
        &rule("per = \"week\""),
        expect![[r#"
        compensation.toml:6:7: error POL0011: there is no period `week`
          known are: breach, minute, hour, day
    "#]],
    );
    check(
        &rule("rounding = \"nearest\""),
        expect![[r#"
        compensation.toml:6:12: error POL0011: there is no rounding `nearest`
          known are: half_up, half_even, up, down
    "#]],
    );
    check(
        &rule("counting = \"begun\""),
        expect![[r#"
        compensation.toml:7:12: error POL0011: there is no counting `begun`
          known are: started, completed, exact
    "#]],
    );
    check(
        &rule("lateness = \"wall\""),
        expect![[r#"
        compensation.toml:7:12: error POL0011: there is no lateness `wall`
          known are: working, elapsed
    "#]],
    );
    check(
        &rule("targets = []"),
        expect![[r#"
        compensation.toml:6:11: error POL0005: the rule is about no target
          for example targets = ["resolution"]
    "#]],
    );
    check(
        &rule("targets = [\"solution\"]"),
        expect![[r#"
        compensation.toml:6:12: error POL0011: there is no target `solution`
          did you mean `resolution`?
    "#]],
    );
    check(
        &rule("assumed = { cap = \"why\" }"),
        expect![[r#"
        compensation.toml:7:13: error POL0014: the rule has no key `cap` that could be assumed
    "#]],
    );
}

#[test]
fn currencies_and_tiers_are_known() {
    let fee = |lines: &str| bundle(&format!("[fee]\nattribute = \"fee\"\n{lines}\n"));
    assert_eq!(said(&fee("currency = \"JPY\"\ntiers = { gold = 500 }")), "");
    check(
        &fee("currency = \"RMB\""),
        expect![[r#"
        compensation.toml:3:12: error POL0063: there is no currency `RMB`
          write an ISO 4217 code, such as CNY, EUR or USD
    "#]],
    );
    check(
        &fee("currency = \"cny\""),
        expect![[r#"
        compensation.toml:3:12: error POL0063: there is no currency `cny`
          write an ISO 4217 code, such as CNY, EUR or USD
    "#]],
    );
    check(
        &fee("currency = \"XAU\""),
        expect![[r#"
        compensation.toml:3:12: error POL0063: there is no currency `XAU`
          write an ISO 4217 code, such as CNY, EUR or USD
    "#]],
    );
    check(
        &fee("tiers = { gold = 500 }"),
        expect![[r#"
        compensation.toml:1:1: error POL0005: the key `currency` is missing
    "#]],
    );
    check(
        &fee("currency = \"CNY\"\ntiers = { diamond = 500 }"),
        expect![[r#"
            compensation.toml:4:11: error POL0014: there is no tier `diamond`
        "#]],
    );
    check(
        &fee("currency = \"CNY\"\ntiers = { gold = -1 }"),
        expect![[r#"
        compensation.toml:4:18: error POL0007: -1 is not from 0 to 1000000000000 with at most 6 digits after the point
    "#]],
    );
}

#[test]
fn a_rule_after_the_last_is_never_reached() {
    let all = "targets = [\"first_response\", \"next_response\", \"update\", \"resolution\"]";
    let one = |name: &str, targets: &str, more: &str| {
        format!(
            "[[rule]]\nname = \"{name}\"\n{targets}\npoints = 1\nper = \"hour\"\n\
             rounding = \"up\"\n{more}\n"
        )
    };
    let some = "targets = [\"resolution\"]";
    let last = bundle(&format!("{}{}", one("all", all, ""), one("late", some, "")));
    check(
        &last,
        expect![[r#"
        compensation.toml:8:1: warning POL0022: no ticket reaches this rule: `all` above takes every one
          move it up, or give the rule above it a condition
    "#]],
    );
    let goes_on = bundle(&format!(
        "{}{}",
        one("all", all, "goes_on = true"),
        one("more", some, "")
    ));
    assert_eq!(said(&goes_on), "");
    let partly = bundle(&format!(
        "{}{}",
        one("some", some, ""),
        one("rest", all, "")
    ));
    assert_eq!(said(&partly), "");
}

#[test]
fn a_bundle_with_nonsense_is_drawn() {
    let source = rule("per = \"week\"");
    let found = compile(&source).unwrap_err();
    assert!(render(&found, &source, false).contains("compensation.toml:6:7"));
}
