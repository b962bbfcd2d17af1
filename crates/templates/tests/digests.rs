//! What stands above several notices, in every shipped language.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use expect_test::expect;
use posthouse_domain::notify::Audience;
use posthouse_templates::check::{self, Uses};
use posthouse_templates::{Digest, Templates};

const LANGUAGES: [&str; 8] = ["ar", "de", "en", "es", "fr", "ja", "ko", "zh"];

fn text(language: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/policies/default");
    std::fs::read_to_string(folder.join(format!("templates/{language}.ftl"))).unwrap()
}

fn digest<'a>(audience: Audience, tickets: usize, languages: &'a [&'a str]) -> Digest<'a> {
    Digest {
        audience,
        count: 3,
        tickets,
        subject: "CN-1",
        languages,
    }
}

#[test]
fn every_language_says_how_many_there_are() {
    let mut said = String::new();
    for language in LANGUAGES {
        let templates = Templates::new([(language, text(language).as_str())]);
        for (audience, tickets) in [
            (Audience::Staff, 1),
            (Audience::Staff, 3),
            (Audience::Customer, 2),
        ] {
            let notice = templates.digest(&digest(audience, tickets, &[language]));
            assert_eq!(notice.language, language);
            said.push_str(&format!(
                "{language} {} | {}\n",
                notice.subject, notice.text
            ));
        }
    }
    expect![[r#""#]].assert_eq(&said);
}

/// A language without them takes those of English; without any, the count has to do.
#[test]
fn where_there_is_no_template_the_count_has_to_do() {
    let english = text("en");
    let templates = Templates::new([("it", "field-number = Numero\n"), ("en", english.as_str())]);
    let notice = templates.digest(&digest(Audience::Staff, 3, &["it"]));
    assert_eq!(notice.subject, "3 notifications: CN-1");
    let none = Templates::new([("it", "")]).digest(&digest(Audience::Staff, 3, &["it"]));
    assert_eq!(none.subject, "×3: CN-1");
}

#[test]
fn what_is_wrong_with_them_is_found() {
    let faults = |text: &str| {
        let problems = check::check(text, &Uses::default()).into_iter();
        problems
            .map(|it| format!("{:?}", it.fault))
            .collect::<Vec<_>>()
    };
    let half = faults("staff-digest = { $count }: { $subject }\n");
    assert_eq!(half, [r#"Half("staff-digest")"#]);
    let wrong = faults("customer-digest = { $number }\n    .text = { $tickets }\n");
    assert!(wrong[0].contains(r#"name: "number""#), "{wrong:?}");
    assert!(check::needed().contains("staff-digest"));
}
