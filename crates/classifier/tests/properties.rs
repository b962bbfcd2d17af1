//! What holds for every text.

mod common;

use std::sync::LazyLock;

use posthouse_classifier::{Engine, limits};
use posthouse_domain::limits::BODY_BYTES_MAX;
use posthouse_domain::ticket::{Classified, Severity};
use proptest::prelude::*;

static ENGINE: LazyLock<Engine> = LazyLock::new(common::engine);
static OTHER_ENGINE: LazyLock<Engine> = LazyLock::new(common::engine);

fn classify(subject: &str, body: &str) -> Classified {
    common::classify(&ENGINE, &common::opened(subject, body))
}

/// Words of tickets, of every script, and pieces that are none.
fn pieces() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "ECS",
        "rds",
        "crash",
        "down",
        "the",
        "is",
        "refund",
        "MFA",
        "invoice",
        "502",
        "?",
        "urgent",
        "please",
        "not",
        "服务器",
        "宕机",
        "请问",
        "怎么",
        "发票",
        "障害",
        "できません",
        "서버",
        "오류",
        "datenbank",
        "langsam",
        "für",
        "échec",
        "contraseña",
        "فاتورة",
        "لا يعمل",
        ",",
        "!",
        "\n",
        "x",
        "i-0042",
        "14:05",
        "证书",
        "hacked",
        "全部",
        "P0",
    ]);
    prop::collection::vec(word, 0..24).prop_map(|words| words.join(" "))
}

fn full_width(text: &str) -> String {
    let widen = |c: char| match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).expect("full-width forms mirror ASCII"),
        ' ' => '\u{3000}',
        other => other,
    };
    text.chars().map(widen).collect()
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(subject in any::<String>(), body in ".{0,400}") {
        let classified = classify(&subject, &body);
        prop_assert!(classified.confidence_permille <= 1000);
        prop_assert!(classified.features.severity.is_some());
        prop_assert!(!classified.features.language.is_empty());
        for reason in &classified.reasons {
            prop_assert!(reason.evidence.chars().count() <= limits::EVIDENCE_CHARS_MAX);
        }
    }

    #[test]
    fn equal_text_gets_equal_labels(subject in pieces(), body in pieces()) {
        let again = common::classify(&OTHER_ENGINE, &common::opened(&subject, &body));
        prop_assert_eq!(classify(&subject, &body), again);
    }

    #[test]
    fn case_and_width_do_not_matter(subject in pieces(), body in pieces()) {
        let plain = labels(&subject, &body);
        prop_assert_eq!(&plain, &labels(&subject.to_uppercase(), &body.to_uppercase()));
        prop_assert_eq!(&plain, &labels(&full_width(&subject), &full_width(&body)));
    }

    #[test]
    fn nothing_lowers_a_declared_p0(subject in pieces(), body in pieces()) {
        let mut opened = common::opened(&subject, &body);
        opened.severity = Some(Severity::P0);
        let classified = common::classify(&ENGINE, &opened);
        prop_assert_eq!(classified.features.severity, Some(Severity::P0));
    }

    #[test]
    fn chinese_stays_chinese_among_latin_words(
        words in prop::collection::vec("[a-z]{4,10}", 0..20),
    ) {
        let body = format!("实例重启之后一直报错 {} 麻烦帮忙看一下", words.join(" "));
        prop_assert_eq!(classify("ECS error", &body).features.language, "zh");
    }
}

/// All that a text decides; the excerpt shows the text as it was written.
fn labels(subject: &str, body: &str) -> Classified {
    let mut classified = classify(subject, body);
    classified.features.excerpt.clear();
    classified
}

#[test]
fn an_empty_text_gets_the_defaults() {
    let classified = classify("", "");
    let features = &classified.features;
    assert_eq!(
        (features.category.as_str(), features.kind.as_str()),
        ("other", "incident")
    );
    assert_eq!(features.language, "zh");
    assert_eq!(classified.confidence_permille, 0);
}

#[test]
fn the_longest_text_is_read_to_its_end() {
    let filler = "x ".repeat((BODY_BYTES_MAX - 30) / 2);
    let classified = classify("", &format!("{filler} our database was hacked"));
    assert_eq!(classified.features.category, "security");
    let chinese = "数据库".repeat(BODY_BYTES_MAX / 9);
    assert_eq!(classify("", &chinese).features.category, "database");
}

#[test]
fn later_replies_count_as_body() {
    let opened = common::opened("hello", "");
    let declared = common::declared(&opened);
    let classified = ENGINE.classify(&opened, &["the mysql replica lags"], "en", &declared);
    assert_eq!(classified.features.category, "database");
}

#[test]
fn what_was_declared_stays_beside_the_labels() {
    let mut opened = common::opened("VPN tunnel down", "");
    opened.tier = "gold".to_owned();
    opened.attributes.insert("zone".to_owned(), "b".to_owned());
    let declared = common::declared(&opened);
    let features = common::classify(&ENGINE, &opened).features;
    assert_eq!(
        (&features.tier, &features.attributes),
        (&declared.tier, &declared.attributes)
    );
    assert_eq!(
        (&features.number, features.state),
        (&declared.number, declared.state)
    );
}

#[test]
fn the_version_names_the_taxonomy() {
    let engine = common::engine();
    let hash = engine.version().strip_prefix("rules-1 ").unwrap();
    assert!(hash.len() == 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(classify("", "").model, engine.version());
    let other = Engine::compile(&posthouse_domain::classify::Taxonomy::default()).unwrap();
    assert_ne!(other.version(), engine.version());
}

#[test]
fn a_taxonomy_without_labels_still_answers() {
    let engine = Engine::compile(&posthouse_domain::classify::Taxonomy::default()).unwrap();
    let opened = common::opened("ECS 宕机", "down?");
    let classified = common::classify(&engine, &opened);
    assert_eq!(classified.features.category, "");
    assert_eq!(classified.features.severity, Some(Severity::P2));
}
