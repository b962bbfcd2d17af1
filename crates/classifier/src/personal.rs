//! Where the texts of a ticket hold personal data.
//!
//! The crate `posthouse-personal` finds it; here it is told in the words of facts: which text,
//! from where to where. Facts name places, never the data itself.

use posthouse_domain::limits::{EXCERPT_CHARS_MAX, PERSONAL_SPANS_MAX, cut};
use posthouse_domain::ticket::{Features, Opened, PersonalSpan};
use posthouse_personal::{find, masked};

/// The personal data in subject, body and later replies, in this order; at most
/// [`PERSONAL_SPANS_MAX`].
///
/// `replies` are `reply1`, `reply2`, … The name of the contact is a name wherever it stands. Who
/// masks a text finds anew, so what is beyond the bound is masked all the same.
pub(crate) fn spans(opened: &Opened, replies: &[&str]) -> Vec<PersonalSpan> {
    let names = [opened.contact.name.as_str()];
    let mut spans = Vec::new();
    let mut add = |field: String, text: &str| {
        let left = PERSONAL_SPANS_MAX - spans.len();
        let found = find(text, &names).into_iter().take(left);
        spans.extend(found.map(|span| PersonalSpan {
            kind: span.kind.as_str().to_owned(),
            field: field.clone(),
            start: point(span.start),
            end: point(span.end),
        }));
    };
    add("subject".to_owned(), &opened.subject);
    add("body".to_owned(), &opened.body);
    for (number, reply) in (1..).zip(replies) {
        add(format!("reply{number}"), reply);
    }
    spans
}

/// The excerpt of a ticket that other facts carry along, without what is personal.
pub(crate) fn masked_excerpt(opened: &Opened, declared: &Features) -> String {
    let names = [opened.contact.name.as_str()];
    cut(&masked(&declared.excerpt, &names), EXCERPT_CHARS_MAX)
}

/// A place in a text as facts hold it.
fn point(at: usize) -> u32 {
    u32::try_from(at).expect("texts are bounded far below 4 GiB")
}
