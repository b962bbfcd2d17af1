//! Texts that nobody meant to be classified: a result, with low confidence, in bounded size.

mod common;

use std::sync::LazyLock;

use posthouse_classifier::Engine;
use posthouse_domain::limits::{
    BODY_BYTES_MAX, EXCERPT_CHARS_MAX, PERSONAL_SPANS_MAX, SIGNALS_MAX, TAGS_MAX,
};
use posthouse_domain::ticket::{Classified, Features};
use proptest::prelude::*;

static ENGINE: LazyLock<Engine> = LazyLock::new(common::engine);

/// Most reasons of a classification: one for each of five labels and each tag, and as many again
/// for rules that had a say.
const REASONS_MAX: usize = 2 * (5 + TAGS_MAX);

/// Classifies and checks what holds for every text.
fn classify(subject: &str, body: &str, language: &str) -> Classified {
    let mut opened = common::opened(subject, body);
    opened.language = language.to_owned();
    let classified = common::classify(&ENGINE, &opened);
    let features = &classified.features;
    assert!(!features.category.is_empty() && !features.kind.is_empty());
    assert!(features.severity.is_some() && features.sentiment.is_some());
    assert!(!features.language.is_empty());
    assert!(classified.confidence_permille <= 1000);
    assert!(features.excerpt.chars().count() <= EXCERPT_CHARS_MAX);
    assert!(features.tags.len() <= TAGS_MAX);
    assert!(classified.personal.len() <= PERSONAL_SPANS_MAX);
    assert!(classified.signals.len() <= SIGNALS_MAX);
    assert!(
        classified.reasons.len() <= REASONS_MAX,
        "{:?}",
        classified.reasons
    );
    let keys: Vec<&String> = classified
        .signals
        .iter()
        .map(|signal| &signal.key)
        .collect();
    assert!(keys.into_iter().eq(&features.signals));
    classified
}

/// How sure the classifier is of the language, in thousandths.
fn language_permille(classified: &Classified) -> u32 {
    let reason = classified
        .reasons
        .iter()
        .find(|reason| reason.field == "language");
    let sure = reason.and_then(|reason| reason.evidence.rsplit("sure ").next());
    let digits = sure.and_then(|sure| sure.strip_suffix(" ‰"));
    digits
        .and_then(|digits| digits.parse().ok())
        .expect("it says how sure it is")
}

#[test]
fn next_to_nothing_is_next_to_nothing_known() {
    let texts = [
        "",
        " ",
        "\n\n\n",
        "\0",
        ".",
        "?",
        "a",
        "我",
        "7",
        "👍",
        "👩‍👩‍👧‍👦🔥🔥🔥",
        "\u{301}\u{301}\u{301}",
        "\u{202e}\u{202d}",
        "\u{feff}",
        "........",
        "-----",
    ];
    for text in texts {
        let classified = classify(text, text, "");
        assert!(
            classified.confidence_permille <= 300,
            "{text:?}: {classified:?}"
        );
        assert!(
            language_permille(&classified) <= 500,
            "{text:?}: {classified:?}"
        );
        assert_eq!(classified.personal, [], "{text:?}");
        assert_eq!(classified.signals, [], "{text:?}");
    }
}

#[test]
fn bytes_of_a_picture_are_no_matter_of_ours() {
    // What becomes of binary that somebody pasted: control characters and replacements.
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().step_by(7).take(60_000).collect();
    let text = String::from_utf8_lossy(&bytes);
    let classified = classify("", &text, "");
    assert!(
        language_permille(&classified) <= 500,
        "{:?}",
        classified.reasons
    );
}

#[test]
fn right_to_left_is_read_as_it_is_written() {
    let arabic = "الخادم لا يعمل منذ الصباح، يرجى المساعدة، رقم الهاتف +971-50-000-0171";
    let classified = classify("", arabic, "");
    assert_eq!(classified.features.language, "ar");
    let [span] = classified.personal.as_slice() else {
        panic!("one telephone: {:?}", classified.personal);
    };
    let (start, end) = (span.start as usize, span.end as usize);
    let found: String = arabic.chars().skip(start).take(end - start).collect();
    assert_eq!(
        (span.kind.as_str(), found.as_str()),
        ("PHONE", "+971-50-000-0171")
    );
    let marked = format!("\u{202b}{arabic}\u{202c}");
    assert_eq!(classify("", &marked, "").features.language, "ar");
}

#[test]
fn combining_marks_change_no_label() {
    let plain = classify("", "Échec du réseau, contraseña perdida", "");
    let marked = classify(
        "",
        "E\u{301}chec du re\u{301}seau, contrasen\u{303}a perdida",
        "",
    );
    assert_eq!(plain.features.category, marked.features.category);
    assert_eq!(plain.features.kind, marked.features.kind);
    let many = format!("e{}", "\u{301}".repeat(100_000));
    classify(&many, &many, "");
}

#[test]
fn a_language_that_was_declared_wrongly_is_overruled_and_told() {
    let classified = classify("服务器宕机", "今天上午开始全部无法访问，请尽快处理", "en");
    assert_eq!(classified.features.language, "zh");
    let mut reasons = classified.reasons.iter();
    let reason = reasons
        .find(|reason| reason.field == "language")
        .expect("it has a reason");
    assert!(reason.evidence.starts_with("not en: "), "{reason:?}");
    // Nonsense instead of a language is as good as none.
    for nonsense in ["xx", "klingon", "-", "ＺＨ", "🇨🇳"] {
        classify(
            "server down",
            "the server is down since this morning, please help",
            nonsense,
        );
    }
}

/// The longest bodies, made to be looked at again and again; each is done with in one pass, and
/// what comes of it is bounded (see `classify`).
#[test]
fn the_longest_bodies_give_bounded_results() {
    let pieces = [
        "a",
        "我",
        "1",
        "1 ",
        "13800138000 ",
        "a@b.cn ",
        "urgent ",
        "紧急",
        "密码=",
        "\n",
        "\u{301}",
        "👍",
        "://",
        "eyJ",
        "-----BEGIN ",
        "crash",
        "不",
        "ا",
        "x-1",
    ];
    for piece in pieces {
        let body = piece.repeat(BODY_BYTES_MAX / piece.len());
        let classified = classify("", &body, "");
        let shown: usize = classified
            .reasons
            .iter()
            .map(|reason| reason.evidence.len())
            .sum();
        assert!(shown <= 64 * 1024, "{piece:?}: {shown} bytes of evidence");
    }
    let phones = classify("", &"13800138000 ".repeat(BODY_BYTES_MAX / 12), "");
    assert_eq!(phones.personal.len(), PERSONAL_SPANS_MAX);
}

#[test]
fn where_personal_data_stands_is_told_and_the_excerpt_is_masked() {
    let mut opened = common::opened("电话 13800138000 打不通", "请联系张伟，邮箱 zw@example.com");
    opened.contact.name = "张伟".to_owned();
    let declared = common::declared(&opened);
    let classified = ENGINE.classify(&opened, &["203.0.113.7"], "zh", &declared);
    let told: Vec<(&str, &str, u32, u32)> = classified
        .personal
        .iter()
        .map(|span| {
            (
                span.kind.as_str(),
                span.field.as_str(),
                span.start,
                span.end,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("PHONE", "subject", 3, 14),
            ("PERSON", "body", 3, 5),
            ("EMAIL_ADDRESS", "body", 9, 23),
            ("IP_ADDRESS", "reply1", 0, 11),
        ]
    );
    let Features { excerpt, .. } = classified.features;
    assert_eq!(excerpt, "电话 [PHONE] 打不通");
}

#[test]
fn risks_are_signals_in_every_language() {
    let cases = [
        (
            "再不处理就发律师函，并向12315投诉",
            vec!["legal_action", "regulator"],
        ),
        (
            "We are losing money, my lawyer will call. ASAP!",
            vec!["legal_action", "revenue_loss", "urgent"],
        ),
        (
            "至急対応してください、データが消えました",
            vec!["data_loss", "urgent"],
        ),
        ("고객 데이터 유출이 의심됩니다", vec!["data_breach"]),
        (
            "Wir werden kündigen, schon wieder ein Ausfall",
            vec!["churn", "repeated"],
        ),
        ("Nous demandons un remboursement", vec!["refund"]),
        (
            "Todos los usuarios sin servicio, es urgente",
            vec!["wide_outage", "urgent"],
        ),
        ("This is not urgent, just a question about tags", vec![]),
        ("How do I resize a disk?", vec![]),
    ];
    for (text, mut expected) in cases {
        let mut signals = classify("", text, "").features.signals;
        signals.sort();
        expected.sort_unstable();
        assert_eq!(signals, expected, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_classified(subject in any::<String>(), body in any::<String>(), language in "\\PC{0,12}") {
        classify(&subject, &body, &language);
    }

    #[test]
    fn any_bytes_that_became_a_text_are_classified(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        classify("", &String::from_utf8_lossy(&bytes), "");
    }
}
