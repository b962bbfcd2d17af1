//! The bundles that come with the binary: they compile, and they say what they are meant to say.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic, like the test"
)]

use std::path::Path;

use expect_test::expect;
use posthouse_domain::Timestamp;
use posthouse_domain::condition::Scope;
use posthouse_domain::route::{Asked, Routing, Standing, decide};
use posthouse_domain::sla::{Promise, Target};
use posthouse_domain::ticket::{Attributes, Features, Severity, State};
use posthouse_policy::{Code, Policy, SHIPPED, Source, compile, render};

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy/policies")
        .join(name)
}

fn ticket() -> Features {
    Features {
        number: "CN-2026-000001".into(),
        excerpt: "packet loss".into(),
        customer: "c-example".into(),
        tier: "standard".into(),
        region: "cn-north".into(),
        channel: "portal".into(),
        product: "ECS".into(),
        language: "zh".into(),
        severity: Some(Severity::P2),
        category: "network".into(),
        kind: "incident".into(),
        sentiment: None,
        tags: vec![],
        attributes: Attributes::new(),
        opened_at: "2026-11-23T10:00:00+08:00".parse().unwrap(),
        reopens: 0,
        queue: String::new(),
        state: State::Triaged,
        signals: Vec::new(),
        abstained: false,
        incident: String::new(),
    }
}

/// Where a new ticket goes when it is opened.
fn routed(features: &Features, policy: &Policy) -> Routing {
    let standing = Standing::promised(features, &policy.slas);
    let asked = Asked::first(features, &standing, features.opened_at);
    decide(&asked, &policy.routing)
}

#[test]
fn all_shipped_bundles_compile() {
    for name in SHIPPED {
        let source = Source::shipped(name).unwrap();
        match compile(&source) {
            Ok((policy, warnings)) => {
                assert_eq!(policy.name, *name);
                // Those of the others are their sources' own; lint.rs shows them.
                if *name == "default" {
                    assert!(warnings.is_empty(), "{}", render(&warnings, &source, false));
                }
            }
            Err(diagnostics) => panic!("{name}\n{}", render(&diagnostics, &source, false)),
        }
    }
}

#[test]
fn the_folders_are_what_is_embedded() {
    for name in SHIPPED {
        let read = Source::read(&folder(name)).unwrap();
        assert_eq!(Some(read), Source::shipped(name));
    }
}

#[test]
fn a2_answers_a_p1_before_a_p0_and_is_told_so() {
    let source = Source::shipped("a2").unwrap();
    let (policy, warnings) = compile(&source).unwrap();
    expect![[r#"
        warning[POL0050]: the source promises P1 a first_response of 15m here, and of 5m elsewhere
          --> sla.toml:12:36
           |
        12 | claims = { first_response = { P1 = "5m" } }
           |                                    ^^^^
           |
           = help: what stands in the policy holds; ask which of the two was meant

        warning[POL0019]: P1 has a faster first_response (5m) than P0 (15m)
          --> sla.toml:20:37
           |
        20 | first_response = { P0 = "15m", P1 = "5m", P2 = "5m", P3 = "5m" }
           |                                     ^^^^

        0 errors, 2 warnings
    "#]]
    .assert_eq(&render(&warnings, &source, false));
    assert_eq!(warnings[1].code, Code::SeverityOrder);
    let promise = policy.slas.slas[1].promise(Target::FirstResponse, Severity::P1);
    assert_eq!(promise, Some(Promise::Working(5 * 60 * 1_000)));
}

#[test]
fn every_language_of_the_customers_is_spoken_in_every_default_region() {
    let policy = Policy::shipped("default").unwrap();
    let spoken = |region: &posthouse_domain::region::Region, language: &str| {
        let centres = region
            .centres
            .iter()
            .map(|centre| &policy.routing.centres[centre]);
        centres
            .into_iter()
            .any(|centre| centre.languages.iter().any(|spoken| spoken == language))
    };
    for region in policy.regions.values() {
        for language in ["zh", "en", "ja", "ko", "de", "fr", "es", "ar"] {
            assert!(spoken(region, language), "{language} in {}", region.key);
        }
    }
}

#[test]
fn every_default_ticket_is_promised_something() {
    let policy = Policy::shipped("default").unwrap();
    for region in policy.regions.keys().map(String::as_str).chain([""]) {
        for tier in policy.tiers.iter().map(String::as_str).chain([""]) {
            for severity in Severity::ALL {
                let features = Features {
                    region: region.into(),
                    tier: tier.into(),
                    severity: Some(severity),
                    ..ticket()
                };
                let sla = policy
                    .slas
                    .choose(&features)
                    .slas
                    .first()
                    .copied()
                    .expect("some policy matches");
                for target in [Target::FirstResponse, Target::Resolution] {
                    let promise = sla.promise(target, severity);
                    assert!(promise.is_some(), "{} {target} {severity}", sla.name);
                }
            }
        }
    }
}

#[test]
fn default_routes_by_urgency_then_by_subject() {
    let policy = Policy::shipped("default").unwrap();
    let told = |change: fn(&mut Features)| {
        let mut features = ticket();
        change(&mut features);
        let routing = routed(&features, &policy);
        format!("{} by {}", routing.queue, routing.rule)
    };
    assert_eq!(told(|_| {}), "beijing/L1/network/zh by network");
    assert_eq!(
        told(|ticket| {
            ticket.category = "security".into();
            ticket.severity = Some(Severity::P0);
        }),
        "beijing/L3/security/zh by security-critical"
    );
    assert_eq!(
        told(|ticket| ticket.language = "ko".into()),
        "singapore/L1/network/ko by network"
    );
    assert_eq!(
        told(|ticket| ticket.category = String::new()),
        "beijing/L1/general/zh by general"
    );
}

#[test]
fn h_has_a_duty_manager_at_night() {
    let policy = Policy::shipped("h").unwrap();
    let at = |hour: &str, severity| {
        let opened_at: Timestamp = format!("2026-11-23T{hour}:00+08:00").parse().unwrap();
        let features = Features {
            opened_at,
            severity: Some(severity),
            ..ticket()
        };
        routed(&features, &policy).queue.level
    };
    assert_eq!(at("19:59", Severity::P1), "L1");
    assert_eq!(at("20:00", Severity::P1), "duty");
    assert_eq!(at("07:59", Severity::P0), "duty");
    assert_eq!(at("08:00", Severity::P0), "L2");
    assert_eq!(at("03:00", Severity::P3), "L1");
}

#[test]
fn entry_codes_mean_different_things_to_different_organisations() {
    let skill = |bundle: &str, code: &str| {
        let policy = Policy::shipped(bundle).unwrap();
        let mut features = ticket();
        features.attributes.insert("entry_code".into(), code.into());
        routed(&features, &policy).queue.skill
    };
    assert_eq!(skill("a1", "8899"), "finance");
    assert_eq!(skill("h", "8899"), "security");
    assert_eq!(skill("a1", "95273"), "incident");
    assert_eq!(skill("a1", "12345678"), "key_account");
    assert_eq!(skill("h", "8888"), "general");
}

#[test]
fn no_shipped_condition_fails_on_a_bare_ticket() {
    for name in SHIPPED {
        let policy = Policy::shipped(name).unwrap();
        let features = ticket();
        let scope = Scope {
            features: &features,
            event: None,
            situation: None,
        };
        let mut evaluation = policy.routing.conditions.prepare(&scope);
        for (index, rule) in policy.routing.rules.iter().enumerate() {
            assert!(evaluation.holds(index).is_ok(), "{name}: {}", rule.name);
        }
    }
}
