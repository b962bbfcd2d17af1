//! Subjects, as anybody may publish on them.

use posthouse_bus::subject::{Said, is_region, matches, partition_in, said};

/// `said` and `matches`: the first line is a filter, the second a subject.
pub(crate) fn subjects(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (filter, subject) = text.split_once('\n').unwrap_or((&text, &text));
    if let Said::Fact(kind) = said(subject) {
        let token = |place| subject.split('.').nth(place);
        assert!(
            [token(3), token(4)].contains(&Some(kind.as_str())),
            "{subject} is no {kind}"
        );
    }
    if let Some(partition) = partition_in(subject) {
        assert!(subject.contains(&partition.to_string()));
    }
    if is_region(subject) {
        assert!(!subject.contains(['.', '*', '>', ' ']));
    }
    let (filters, tokens): (Vec<_>, Vec<_>) =
        (filter.split('.').collect(), subject.split('.').collect());
    let expected = is_match(&filters, &tokens);
    assert_eq!(matches(filter, subject), expected, "{filter:?} {subject:?}");
    assert!(matches(">", subject));
    if expected {
        assert!(matches(&format!("*.{filter}"), &format!("x.{subject}")));
    }
}

/// The rule of the server, as its documentation says it, told backwards.
fn is_match(filter: &[&str], subject: &[&str]) -> bool {
    match (filter, subject) {
        ([], []) | ([">"], [_, ..]) => true,
        (["*", filter @ ..], [_, subject @ ..]) => is_match(filter, subject),
        ([word, filter @ ..], [token, subject @ ..]) => word == token && is_match(filter, subject),
        _ => false,
    }
}
