//! What holds for any text.

use posthouse_model::{Model, Part, Scratch, Text};
use proptest::prelude::*;

/// Texts of all kinds: any characters, many scripts, numbers and marks, one character repeated.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,200}",
        "[a-z ]{0,400}",
        "[\\u{4e00}-\\u{4fff}，。]{0,200}",
        "[\\u{600}-\\u{6ff}\\u{200f} ]{0,200}",
        "[0-9a-f.:/\\-\\n]{0,300}",
        "[\\u{1f600}-\\u{1f64f}?!]{0,50}",
        ("\\PC", 0..3_000_usize).prop_map(|(c, times)| c.repeat(times)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_text_has_an_answer(subject in text(), body in text()) {
        let model = Model::shipped();
        let text = Text { subject: &subject, body: &body };
        let prediction = model.predict(&text);
        let ones = model.heads().iter().filter(|head| prediction.answer(&head.name).is_some());
        prop_assert_eq!(ones.count(), prediction.answers.len());
        for answer in &prediction.answers {
            prop_assert!((0.0..=1.0).contains(&answer.probability));
            prop_assert!(answer.margin.is_finite() && answer.score.is_finite());
        }
        for mark in &prediction.marks {
            prop_assert!((0.0..=1.0).contains(&mark.probability));
        }
    }

    #[test]
    fn memory_that_is_used_again_changes_nothing(texts in prop::collection::vec(text(), 1..5)) {
        let model = Model::shipped();
        let mut scratch = Scratch::default();
        for text in &texts {
            let text = Text::of(text);
            prop_assert_eq!(model.predict_with(&text, &mut scratch), model.predict(&text));
        }
    }

    /// What is shown of an explanation stands in the text, and adds to what it says it does.
    #[test]
    fn explanations_point_into_the_text(subject in text(), body in text()) {
        let model = Model::shipped();
        let text = Text { subject: &subject, body: &body };
        let told = model.explain(&text, "category", None, 10).unwrap();
        prop_assert!(told.toward.len() <= 10 && told.against.len() <= 10);
        prop_assert!(told.toward.iter().all(|it| it.weight > 0.0));
        prop_assert!(told.against.iter().all(|it| it.weight < 0.0));
        for shown in told.toward.iter().chain(&told.against) {
            let part = if shown.part == Part::Subject { &subject } else { &body };
            let covered: String = part.chars().skip(shown.start).take(shown.end - shown.start).collect();
            prop_assert_eq!(&covered, &shown.text);
        }
    }
}

#[test]
fn of_nothing_nothing_is_known() {
    let model = Model::shipped();
    for nothing in ["", " \n\t", "\u{200b}\u{feff}", "。。。", "\0\0"] {
        let prediction = model.predict(&Text::of(nothing));
        let answer = prediction.answer("category").unwrap();
        assert!(answer.probability < 0.5, "{nothing:?} {answer:?}");
        assert!(
            model
                .explain(&Text::of(nothing), "category", None, 5)
                .unwrap()
                .toward
                .is_empty()
        );
    }
    assert!(model.explain(&Text::of("x"), "colour", None, 5).is_none());
    assert!(
        model
            .explain(&Text::of("x"), "category", Some("colour"), 5)
            .is_none()
    );
}

#[test]
fn what_is_explained_speaks_for_the_label() {
    let model = Model::shipped();
    let text = Text::of("the invoice of march charges us twice, please refund");
    let told = model.explain(&text, "category", None, 5).unwrap();
    assert_eq!(told.label, "billing");
    assert!(
        told.toward
            .iter()
            .any(|it| "invoice".contains(it.text.trim())),
        "{told:?}"
    );
}
