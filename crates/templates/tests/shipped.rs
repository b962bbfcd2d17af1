//! The shipped templates, as people read them: every notice in every language.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic, like the test"
)]

use std::collections::BTreeMap;
use std::path::Path;

use expect_test::expect_file;
use posthouse_domain::notify::{Audience, TOLD};
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{
    Accepted, ActorKind, Assigned, Body, Choice, Closed, CompensationAccrued, Corrected, Declined,
    Destination, Escalated, FactKind, Features, Folded, InfoRequested, Labels, Offered, Progress,
    Progressed, Reopened, Replied, RequeueReason, Requeued, Resolved, Severity, TargetAtRisk,
    TargetBreached, TargetWarned, Timed, Transferred, Unfolded,
};
use posthouse_domain::{FactId, Timestamp};
use posthouse_templates::check::{self, Uses};
use posthouse_templates::{Notice, Rendered, Telling, Templates};
use posthouse_testkit::builders;

const LANGUAGES: [&str; 8] = ["ar", "de", "en", "es", "fr", "ja", "ko", "zh"];

fn texts() -> BTreeMap<&'static str, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/policies/default");
    let read = |language| {
        let file = folder.join(format!("templates/{language}.ftl"));
        (language, std::fs::read_to_string(file).unwrap())
    };
    LANGUAGES.into_iter().map(read).collect()
}

fn templates() -> Templates {
    let texts = texts();
    Templates::new(
        texts
            .iter()
            .map(|(language, text)| (*language, text.as_str())),
    )
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn features() -> Features {
    let mut features = builders::features(&builders::opened("支付接口超时"));
    features.number = "CN-2026-000042".to_owned();
    features.severity = Some(Severity::P1);
    features.tier = "gold".to_owned();
    features.region = "cn-north".to_owned();
    features.product = "RDS".to_owned();
    features.category = "database".to_owned();
    features.queue = "beijing/L2/database".to_owned();
    features.opened_at = at("2026-11-22T06:30:00Z");
    features.reopens = 2;
    features
}

/// A fact of each kind that can be told of, with something in every field that is told.
fn bodies() -> Vec<Body> {
    let features = features();
    let due_at = at("2026-11-22T07:45:00Z");
    TOLD.iter()
        .map(|kind| match kind {
            FactKind::Opened => Body::Opened(builders::opened("支付接口超时")),
            FactKind::Replied => Body::Replied(Replied {
                text: "Restart it.\n\nThen try again.".to_owned(),
                awaits_customer: false,
            }),
            FactKind::Assigned => Body::Assigned(Assigned {
                agent: "li.wei".to_owned(),
            }),
            FactKind::Progressed => Body::Progressed(Progressed {
                to: Progress::WaitingOnCustomer,
                reason: "needs the log".to_owned(),
            }),
            FactKind::Resolved => Body::Resolved(Resolved {
                summary: "failover".to_owned(),
            }),
            FactKind::Reopened => Body::Reopened(Reopened {
                reason: "broke after lunch".to_owned(),
            }),
            FactKind::Closed => Body::Closed(Closed {
                reason: "done".to_owned(),
            }),
            FactKind::Classified => Body::Classified(builders::classified(features.clone())),
            FactKind::Routed => Body::Routed(builders::routed(features.clone())),
            FactKind::Timed => Body::Timed(Timed {
                sla: "gold".to_owned(),
                why: String::new(),
                considered: Vec::new(),
                targets: Vec::new(),
                features: features.clone(),
            }),
            FactKind::TargetWarned => Body::TargetWarned(TargetWarned {
                target: Target::FirstResponse,
                cycle: 0,
                percent: 75,
                before_ms: 0,
                due_at,
                features: features.clone(),
            }),
            FactKind::TargetBreached => Body::TargetBreached(TargetBreached {
                target: Target::Resolution,
                cycle: 0,
                due_at,
                features: features.clone(),
                minutes: None,
            }),
            FactKind::TargetAtRisk => Body::TargetAtRisk(TargetAtRisk {
                target: Target::Update,
                cycle: 1,
                threshold_permille: 800,
                probability_permille: 910,
                due_at,
                reasons: Vec::new(),
                features: features.clone(),
            }),
            FactKind::Escalated => Body::Escalated(Escalated {
                target: Target::NextResponse,
                cycle: 1,
                ladder: "critical".to_owned(),
                step: 2,
                to: "duty_manager".to_owned(),
                level: "L3".to_owned(),
                reason: "no answer".to_owned(),
                due_at,
                features: features.clone(),
            }),
            FactKind::CompensationAccrued => Body::CompensationAccrued(CompensationAccrued {
                target: Target::Resolution,
                cycle: 0,
                rule: "gold".to_owned(),
                amount: "120.50".to_owned(),
                currency: "CNY".to_owned(),
                computation: "10 % of 1,205".to_owned(),
                features: features.clone(),
            }),
            FactKind::InfoRequested => Body::InfoRequested(InfoRequested {
                language: "zh".to_owned(),
                text: "请问从什么时候开始？".to_owned(),
                questions: Vec::new(),
                pauses_clocks: false,
            }),
            FactKind::Corrected => Body::Corrected(Corrected {
                labels: Labels::default(),
                note: "it is the network".to_owned(),
            }),
            FactKind::Folded => Body::Folded(Folded {
                incident: builders::ticket(9),
                number: "CN-S3F9A01BC".to_owned(),
                score_permille: 700,
                rule: "place".to_owned(),
            }),
            FactKind::Unfolded => Body::Unfolded(Unfolded {
                incident: None,
                reason: "another fault".to_owned(),
            }),
            FactKind::Offered => Body::Offered(Offered {
                agent: "li.wei".to_owned(),
                queue: builders::routed(features.clone()).queue,
                round: 1,
                until: due_at,
                choice: Choice::default(),
                features: features.clone(),
            }),
            FactKind::Accepted => Body::Accepted(Accepted {
                agent: "li.wei".to_owned(),
                offer: FactId::from_command(&["offer"]),
            }),
            FactKind::Declined => Body::Declined(Declined {
                agent: "li.wei".to_owned(),
                offer: FactId::from_command(&["offer"]),
                reason: "not my field".to_owned(),
            }),
            FactKind::Requeued => Body::Requeued(Requeued {
                agent: "li.wei".to_owned(),
                reason: RequeueReason::TimedOut,
                round: 1,
            }),
            FactKind::Transferred => Body::Transferred(Transferred {
                to: Destination::Level("L3".to_owned()),
                reason: "needs a kernel patch".to_owned(),
            }),
            other => panic!("{other} can be told of, and this test knows no example"),
        })
        .collect()
}

fn telling<'a>(
    body: &'a Body,
    features: &'a Features,
    audience: Audience,
    languages: &'a [&'a str],
) -> Telling<'a> {
    Telling {
        body,
        at: at("2026-11-22T07:00:00Z"),
        by: ActorKind::Agent,
        features,
        audience,
        template: None,
        languages,
        zone: "Asia/Shanghai",
        written: str::to_owned,
    }
}

fn notice(language: &str, audience: Audience, body: &Body) -> Notice {
    templates().notice(&telling(body, &features(), audience, &[language]))
}

#[test]
fn nothing_is_wrong_and_nothing_is_missing() {
    let templates = templates();
    for (language, text) in texts() {
        assert_eq!(check::check(&text, &Uses::default()), [], "{language}");
        assert_eq!(templates.untold(language), [""; 0], "{language}");
    }
}

/// One page a language: what staff and customers are told of every kind of fact. Reviewed by
/// reading.
#[test]
fn every_notice_reads_as_it_should() {
    let (templates, features) = (templates(), features());
    for language in LANGUAGES {
        let mut page = String::new();
        for audience in Audience::ALL {
            for body in bodies() {
                let languages = [language];
                let notice = templates.notice(&telling(&body, &features, audience, &languages));
                assert_eq!(notice.language, language);
                let rendered = Rendered::new(notice);
                page.push_str(&format!(
                    "== {} {}\n{}\n\n{}\n\n",
                    audience.as_str(),
                    body.kind(),
                    rendered.subject,
                    rendered.text
                ));
            }
        }
        let file = format!(
            "{}/tests/notices/{language}.txt",
            env!("CARGO_MANIFEST_DIR")
        );
        expect_file![file].assert_eq(&page);
    }
}

/// What the organisation thinks of a ticket is not for the customer: severity, tier, queue,
/// reasons, who has it.
#[test]
fn a_customer_never_reads_what_is_thought_of_them() {
    let inside = [
        "P1",
        "gold",
        "beijing",
        "database",
        "duty_manager",
        "critical",
        "li.wei",
        "no answer",
        "120.50",
        "lunch",
        "failover",
        "needs the log",
        "it is the network",
        "S3F9A01BC",
        "not my field",
        "kernel patch",
        "L3",
    ];
    for language in LANGUAGES {
        for body in bodies() {
            let notice = notice(language, Audience::Customer, &body);
            let rendered = Rendered::new(notice);
            let told = format!("{} {}", rendered.subject, rendered.text);
            for word in inside {
                assert!(!told.contains(word), "{language}: {word} in {told}");
            }
        }
    }
}

#[test]
fn plural_forms_are_those_of_the_language() {
    let left = |language: &str, minutes: i64| {
        let mut body = bodies()
            .into_iter()
            .find(|body| body.kind() == FactKind::TargetWarned)
            .unwrap();
        if let Body::TargetWarned(warned) = &mut body {
            warned.due_at = at("2026-11-22T07:00:00Z").plus_millis(minutes * 60_000);
        }
        let text = notice(language, Audience::Staff, &body).text;
        text.replace(['\u{2068}', '\u{2069}'], "")
    };
    for (language, minutes, expected) in [
        ("en", 1, "1 minute."),
        ("en", 2, "2 minutes"),
        ("de", 1, "noch 1 Minute."),
        ("de", 45, "noch 45 Minuten"),
        ("fr", 0, "0 minute."),
        ("fr", 2, "2 minutes."),
        ("ar", 2, "دقيقتان"),
        ("ar", 3, "3 دقائق"),
        ("ar", 11, "11 دقيقة"),
        ("zh", 90, "90 分钟"),
        ("es", 180, "3 horas"),
        ("ko", 3 * 24 * 60, "3일"),
    ] {
        let told = left(language, minutes);
        assert!(told.contains(expected), "{language} {minutes}: {told}");
    }
}

#[test]
fn a_language_that_lacks_something_asks_the_next_one() {
    let short = "staff-opened = { $number } è aperto\n    .text = Nuovo.\n";
    let texts = texts();
    let known = [("it", short), ("en", texts["en"].as_str())];
    let templates = Templates::new(known);
    let (features, bodies) = (features(), bodies());
    let told = |body: &Body, languages: &[&str]| {
        let told = telling(body, &features, Audience::Staff, languages);
        templates.notice(&told)
    };
    let opened = told(&bodies[0], &["", "it-CH", "de"]);
    assert_eq!(opened.language, "it");
    assert_eq!(opened.subject, "CN-2026-000042 è aperto");
    // Names of fields that Italian lacks come from English.
    assert_eq!(opened.fields[0].label, "Customer");
    let replied = told(&bodies[1], &["it-CH", "not a language", "xx"]);
    assert_eq!(replied.language, "en");
}

#[test]
fn without_any_template_the_number_has_to_do() {
    let (features, bodies) = (features(), bodies());
    let told = telling(&bodies[0], &features, Audience::Staff, &["en"]);
    let notice = Templates::default().notice(&told);
    assert_eq!(notice.subject, "CN-2026-000042 opened");
    let question = bodies
        .iter()
        .find(|body| body.kind() == FactKind::InfoRequested);
    let told = telling(question.unwrap(), &features, Audience::Customer, &["en"]);
    assert_eq!(
        Templates::default().notice(&told).text,
        "请问从什么时候开始？"
    );
}

/// An English name, a Latin number and a Chinese subject in an Arabic sentence keep their own
/// direction, and nothing that a customer wrote can turn what stands around it.
#[test]
fn values_cannot_turn_a_sentence_round() {
    let mut features = features();
    features.excerpt = "evil \u{202e}txt.exe\u{2069}".to_owned();
    let bodies = bodies();
    let told = telling(&bodies[0], &features, Audience::Staff, &["ar"]);
    let notice = templates().notice(&told);
    assert!(notice.subject.contains("\u{2068}CN-2026-000042\u{2069}"));
    assert!(notice.subject.contains("\u{2068}evil txt.exe\u{2069}"));
    let opened = notice.subject.matches('\u{2068}').count();
    assert_eq!(opened, notice.subject.matches('\u{2069}').count());
    let rendered = Rendered::new(notice);
    let html = rendered.html.as_ref().unwrap();
    assert!(html.contains("<html lang=\"ar\" dir=\"rtl\">"), "{html}");
    assert!(html.contains("<bdi>gold</bdi>"), "{html}");
    // Where all runs one way there are no marks at all.
    let told = telling(&bodies[0], &features, Audience::Staff, &["zh"]);
    let notice = templates().notice(&told);
    let whole = format!("{notice:?}");
    assert!(!whole.contains("\\u{2068}"), "{whole}");
}
