//! Training: what is learnt, that it is learnt again in the same way, and what is refused.

use crate::common::{corpus, with_outside};
use posthouse_model::{Corpus, Label, Model, Options, Row, Text, evaluate, train};

fn trained(corpus: &Corpus) -> Model {
    let artefact = train(corpus, &Options::default()).expect("it can be learnt from");
    Model::from_bytes(artefact).expect("it was just written")
}

#[test]
fn what_was_shown_is_known_in_other_words() {
    let model = trained(&corpus());
    for (text, label) in [
        ("my parcel did not come", "delivery"),
        ("card charged, please refund", "payment"),
        ("forgot the password, cannot log in", "login"),
        ("快递在哪里", "delivery"),
        ("ｐａｓｓｗｏｒｄ　ＲＥＳＥＴ", "login"),
    ] {
        let prediction = model.predict(&Text::of(text));
        assert_eq!(prediction.answer("topic").unwrap().label, label, "{text}");
    }
}

#[test]
fn many_labels_may_hold() {
    let model = trained(&corpus());
    let prediction = model.predict(&Text::of("付款失败了，卡被扣了"));
    let marks: Vec<&str> = prediction.marks("signs").map(|mark| mark.label).collect();
    assert_eq!(marks, ["chinese", "payment"]);
    assert!(prediction.answer("signs").is_none());
}

#[test]
fn a_subject_is_read_as_a_body_is() {
    let model = trained(&corpus());
    let subject = Text {
        subject: "my parcel did not come",
        body: "",
    };
    let (one, other) = (
        model.predict(&subject),
        model.predict(&Text::of(subject.subject)),
    );
    assert_eq!(one, other);
}

#[test]
fn equal_rows_give_equal_bytes() {
    let options = Options::default();
    let corpus = with_outside();
    let first = train(&corpus, &options).unwrap();
    assert_eq!(first, train(&corpus, &options).unwrap());
    let seeded = Options { seed: 2, ..options };
    assert_ne!(first, train(&corpus, &seeded).unwrap());
}

/// The bytes of a model on every machine and in every build: no processor, no optimisation and no
/// order of memory has a say. A change here means that models cannot be trained again to the byte.
#[test]
fn the_bytes_are_those_of_every_other_machine() {
    let model = trained(&with_outside());
    expect_test::expect!["da12da10e41224bfe65543bebe26cd4fe3d2a217b2d3f7601b2a227a1af3ac9d"]
        .assert_eq(model.id());
}

#[test]
fn texts_from_outside_are_told() {
    let corpus = with_outside();
    let model = trained(&corpus);
    assert!(model.head("topic").unwrap().background.is_some());
    let report = evaluate(&model, &corpus, "topic").unwrap();
    let outside = report.outside.unwrap();
    assert_eq!((report.rows, outside.rows), (18, 12));
    assert!(outside.auroc > 0.95, "{outside:?}");
    let odd = model.predict(&Text::of("a joke about the weather in paris"));
    let known = model.predict(&Text::of("the parcel is at the wrong door"));
    let score = |it: &posthouse_model::Prediction<'_>| it.answer("topic").unwrap().score;
    assert!(score(&odd) < score(&known));
}

#[test]
fn hints_teach_and_are_not_judged() {
    let mut corpus = corpus();
    for (word, label) in [
        ("voucher", "payment"),
        ("gutschein", "payment"),
        ("drone", "delivery"),
    ] {
        for text in [word.to_owned(), format!("{word}s")] {
            corpus.rows.push(Row {
                subject: String::new(),
                body: text,
                labels: vec![Label::One(label.to_owned()), Label::Missing],
            });
        }
    }
    let options = Options {
        hints: 6,
        ..Options::default()
    };
    let model = Model::from_bytes(train(&corpus, &options).unwrap()).unwrap();
    let prediction = model.predict(&Text::of("gutschein"));
    assert_eq!(prediction.answer("topic").unwrap().label, "payment");
    assert_eq!(model.head("topic").unwrap().quality.rows, 18);
    let only = Options {
        hints: corpus.rows.len(),
        ..options
    };
    assert!(train(&corpus, &only).is_err());
}

#[test]
fn a_greater_budget_abstains_more() {
    let threshold = |budget| {
        let options = Options {
            budget,
            ..Options::default()
        };
        let model = Model::from_bytes(train(&corpus(), &options).unwrap()).unwrap();
        model.head("topic").unwrap().threshold
    };
    assert!(threshold(0.0) < threshold(0.5));
}

#[test]
fn a_label_that_the_model_does_not_know_is_never_answered_right() {
    let model = trained(&corpus());
    let mut asked = corpus();
    asked.rows.truncate(3);
    asked.rows[0].labels[0] = Label::One("returns".to_owned());
    asked.rows[1].labels[0] = Label::Missing;
    let report = evaluate(&model, &asked, "topic").unwrap();
    assert_eq!(report.rows, 2);
    assert!((report.accuracy - 0.5).abs() < 1e-9, "{report:?}");
    assert_eq!(report.confusions[0].right, "returns");
    assert!(evaluate(&model, &asked, "colour").is_none());
}

#[test]
fn a_rare_label_among_many_is_not_learnt() {
    let mut corpus = corpus();
    corpus.rows[0].labels[1] = Label::Many(vec!["odd".to_owned()]);
    let model = trained(&corpus);
    let labels = &model.head("signs").unwrap().labels;
    assert_eq!(*labels, ["chinese", "delivery", "login", "payment"]);
}

#[test]
fn what_cannot_be_learnt_from_is_refused() {
    let row = |labels: &[Label]| Row {
        subject: String::new(),
        body: "text".to_owned(),
        labels: labels.to_vec(),
    };
    let one = |label: &str| Label::One(label.to_owned());
    let many = Label::Many(vec!["a".to_owned(), "b".to_owned()]);
    let of = |fields: &[&str], rows: Vec<Row>| Corpus {
        fields: fields.iter().map(|it| (*it).to_owned()).collect(),
        rows,
    };
    let refused = |corpus: &Corpus, options: Options| {
        let error = train(corpus, &options).unwrap_err();
        assert_eq!(error.code(), "MDL0003");
        error.to_string()
    };
    let options = Options::default();
    let told = [
        refused(&of(&[], Vec::new()), options),
        refused(&of(&["kind"], Vec::new()), options),
        refused(
            &of(&["kind"], vec![row(&[one("a")]), row(&[one("a")])]),
            options,
        ),
        refused(
            &of(&["kind"], vec![row(&[one("a")]), row(&[Label::Outside])]),
            options,
        ),
        refused(&of(&["kind"], vec![row(&[one("a")]), row(&[])]), options),
        refused(
            &of(&["kind"], vec![row(&[many]), row(&[one("c")])]),
            options,
        ),
        refused(
            &corpus(),
            Options {
                cost: 0.0,
                ..options
            },
        ),
        refused(
            &corpus(),
            Options {
                budget: 1.0,
                ..options
            },
        ),
        refused(
            &corpus(),
            Options {
                folds: 1,
                ..options
            },
        ),
    ];
    expect_test::expect![[r#"
        train: 0 fields of labels; name 1 to 16
        train `kind`: no row has a label; give it rows of two labels at least
        train `kind`: every labelled row says `a`; give it rows of two labels at least
        train `kind`: every labelled row says `a`; give it rows of two labels at least
        train: row 2 has 0 labels for 1 fields
        train `kind`: row 2 has one label where others have a list; give all a list
        train: the cost must be above 0
        train: the budget must be 0 or more, and below 100 percent
        train: honest answers need two folds at least"#]]
    .assert_eq(&told.join("\n"));
}
