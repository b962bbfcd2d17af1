//! The query language, as a reviewer reads it: each question with what it means.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use expect_test::expect_file;
use posthouse_desk::{Field, Listing, limits, parse_query};
use proptest::prelude::*;

/// What a question means, or why it means nothing.
fn meaning(text: &str) -> String {
    let filter = match parse_query(text) {
        Ok(filter) => filter,
        Err(error) => return format!("failed to {error}"),
    };
    let mut parts = Vec::new();
    let stages: Vec<&str> = filter
        .stages()
        .iter()
        .map(|stage| {
            stage
                .step
                .map_or(stage.state.as_str(), |step| step.as_str())
        })
        .collect();
    let severities: Vec<&str> = filter.severities().iter().map(|s| s.as_str()).collect();
    for (name, values) in [("state", stages), ("severity", severities)] {
        if !values.is_empty() {
            parts.push(format!("{name} is {}", values.join(" or ")));
        }
    }
    for field in Field::ALL {
        let values = filter.values(field);
        if !values.is_empty() {
            let between = if field == Field::Text {
                " and "
            } else {
                " or "
            };
            parts.push(format!("{} is {}", field.as_str(), values.join(between)));
        }
    }
    if parts.is_empty() {
        "everything".to_owned()
    } else {
        parts.join("; ")
    }
}

#[test]
fn questions_and_meanings() {
    let questions = include_str!("golden/questions.txt");
    let text: String = questions
        .lines()
        .map(|question| format!("{question}\n    {}\n", meaning(question)))
        .collect();
    expect_file!["golden/query.txt"].assert_eq(&text);
}

#[test]
fn size_is_bounded() {
    let long = "x".repeat(limits::QUERY_BYTES_MAX + 1);
    assert!(meaning(&long).contains("bytes"));
    let many: String = (0..=limits::VALUES_MAX)
        .map(|n| format!("customer={n} "))
        .collect();
    assert!(meaning(&many).contains("values"));
    let words: String = (0..=limits::TEXT_WORDS_MAX)
        .map(|n| format!("text={n} "))
        .collect();
    assert!(meaning(&words).contains("words to look for"));
}

#[test]
fn parameters_take_the_same_words() {
    let listing = Listing::from_parameters([
        ("状态", "待处理"),
        ("severity", "P0,P1"),
        ("query", "customer=acme severity=P2"),
        ("limit", "7"),
        ("sort", "-due_at"),
    ])
    .unwrap();
    assert_eq!(listing.filter.stages().len(), 3);
    assert_eq!(listing.filter.severities().len(), 3);
    assert_eq!(listing.filter.values(Field::Customer), ["acme"]);
    assert_eq!((listing.limit, listing.sort.descending), (7, true));
    for (name, value, hint) in [
        ("stat", "new", "`state`"),
        ("limits", "1", "`limit`"),
        ("sort", "opened", "`opened_at`"),
        ("limit", "0", "1 to 500"),
        ("limit", "501", "1 to 500"),
        ("limit", "ten", "1 to 500"),
        ("cursor", "!", "begin again"),
        ("state", "", "missing"),
    ] {
        let error = Listing::from_parameters([(name, value)])
            .unwrap_err()
            .to_string();
        assert!(error.contains(hint), "{name}={value}: {error}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,60}") {
        drop(meaning(&text));
    }

    #[test]
    fn pieces_of_the_language_do_not_either(
        pieces in proptest::collection::vec(
            prop::sample::select(vec![
                "state", "=", "＝", " ", ",", "|", "\"", "“", "”", "待处理", "P0", "and", "text", "x",
            ]),
            0..20,
        ),
    ) {
        drop(meaning(&pieces.concat()));
    }

    #[test]
    fn any_value_can_be_quoted(value in "[^\"\\s][^\"]{0,30}[^\"\\s]") {
        let filter = parse_query(&format!("customer=\"{value}\" severity=P0")).unwrap();
        prop_assert_eq!(filter.values(Field::Customer), &[value.trim().to_owned()]);
        prop_assert_eq!(filter.severities().len(), 1);
    }
}
