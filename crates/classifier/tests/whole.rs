//! Words, rules and model of the shipped bundle together, and what follows from them.

mod common;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use posthouse_classifier::Engine;
use posthouse_domain::ticket::{Attributes, Classified, Opened, Reason, Severity};
use posthouse_policy::Policy;

static WHOLE: LazyLock<Engine> = LazyLock::new(common::whole);

/// The languages in which the shipped bundle asks.
const LANGUAGES: [&str; 8] = ["ar", "de", "en", "es", "fr", "ja", "ko", "zh"];

fn why<'c>(classified: &'c Classified, field: &str) -> &'c Reason {
    let mut reasons = classified.reasons.iter();
    let found = reasons.find(|reason| reason.field == field);
    found.expect("every label has a reason")
}

fn classify(opened: &Opened) -> Classified {
    common::classify(&WHOLE, opened)
}

#[test]
fn an_error_code_forces_its_category() {
    let opened = common::opened("The invoice page fails", "It shows ORA-00600 since today.");
    let classified = classify(&opened);
    assert_eq!(classified.features.category, "database");
    let reason = why(&classified, "category");
    assert_eq!(reason.rule, "rule:database-error-code");
    assert_eq!(reason.evidence, "an error code of a database: ora-00600");
    assert_eq!(classified.confidence_permille, 1_000);
    assert!(!classified.features.abstained);
}

#[test]
fn the_emergency_line_is_a_vote_for_p1() {
    let usual = common::opened("One server is a bit slow", "It has been so for some days.");
    let dialled = Opened {
        attributes: Attributes::from([("entry_code".to_owned(), "95273".to_owned())]),
        ..usual.clone()
    };
    let severity = |opened: &Opened| classify(opened).features.severity;
    assert!(severity(&usual) > Some(Severity::P1));
    assert_eq!(severity(&dialled), Some(Severity::P1));
    let classified = classify(&dialled);
    assert_eq!(why(&classified, "severity").rule, "rule:emergency-line");
}

#[test]
fn a_drill_is_no_p0_unless_the_customer_says_so() {
    let drill = common::opened(
        "Failover drill: production database down, all data lost",
        "This is a failover drill. Production is completely down for all customers.",
    );
    assert_ne!(classify(&drill).features.severity, Some(Severity::P0));
    let declared = Opened {
        severity: Some(Severity::P0),
        ..drill
    };
    let classified = classify(&declared);
    assert_eq!(classified.features.severity, Some(Severity::P0));
    assert_eq!(why(&classified, "severity").rule, "declared_p0_stays");
}

#[test]
fn what_decided_is_named_with_its_model() {
    let opened = common::opened(
        "Packet loss between two regions",
        "The VPN drops every minute.",
    );
    let classified = classify(&opened);
    let id = WHOLE.model().expect("it has one").id();
    assert!(classified.model.ends_with(id), "{}", classified.model);
    assert_eq!(classified.features.category, "network");
    let known = |rule: &str| {
        ["words", "default", "abstained", "nothing_speaks"].contains(&rule)
            || rule.starts_with("rule:")
            || rule == format!("model:{}", &id[..12])
    };
    for field in ["category", "kind", "sentiment"] {
        let reason = why(&classified, field);
        assert!(known(&reason.rule), "{reason:?}");
    }
}

#[test]
fn who_says_nothing_gets_the_default_and_a_mark() {
    for (subject, body) in [("?", ""), ("🙂🙂🙂", "🙂"), ("", "\u{0}\u{1}")] {
        let classified = classify(&common::opened(subject, body));
        assert!(classified.features.abstained, "{subject:?}: {classified:?}");
        assert_eq!(classified.features.category, "other");
        assert_eq!(classified.confidence_permille, 0);
        assert_eq!(why(&classified, "category").rule, "abstained");
    }
}

#[test]
fn every_question_is_known_in_every_language() {
    let policy = Policy::shipped("default").expect("the shipped bundle compiles");
    let required: BTreeSet<&String> = policy.taxonomy.required.values().flatten().collect();
    for piece in &policy.taxonomy.information {
        let known: Vec<&str> = piece.questions.keys().map(String::as_str).collect();
        assert_eq!(known, LANGUAGES, "{}", piece.key);
        assert!(required.contains(&piece.key), "{} is asked for", piece.key);
    }
    for texts in [
        &policy.taxonomy.asking.before,
        &policy.taxonomy.asking.after,
    ] {
        let known: Vec<&str> = texts.keys().map(String::as_str).collect();
        assert_eq!(known, LANGUAGES);
    }
}

#[test]
fn the_customer_is_asked_in_their_language_for_what_is_missing() {
    let opened = common::opened("网络丢包严重", "我们的专线一直丢包，请尽快处理。");
    let classified = classify(&opened);
    assert_eq!(classified.features.category, "network");
    let asked = WHOLE.ask(&classified, "en").expect("something is missing");
    assert_eq!(asked.language, "zh");
    let keys: Vec<&String> = asked
        .questions
        .iter()
        .map(|question| &question.key)
        .collect();
    assert_eq!(keys, classified.missing.iter().collect::<Vec<_>>());
    assert!(asked.text.contains("1. "), "{}", asked.text);
    let reply = "今天上午 9:30 开始，华东，i-0abc123";
    let given = WHOLE.given(&classified.missing, reply);
    assert_eq!(given.len(), classified.missing.len(), "{given:?}");
    let chosen = &asked.questions[0].choices[0];
    let given = WHOLE.given(&classified.missing, chosen);
    assert_eq!(given[0].0, asked.questions[0].key, "a choice is an answer");
}
