//! Masking: the text without what was found in it.

use std::borrow::Cow;

use crate::{Span, find};

/// The text with each span replaced by its kind in brackets, as `[PHONE]`.
///
/// Spans are those of [`find`] for the same text: in order and without overlap. Of spans that
/// are not, an overlapping part is masked once, and what lies beyond the end of the text is
/// passed over.
#[must_use]
pub fn mask(text: &str, spans: &[Span]) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut spans = spans.iter().filter(|span| span.start < span.end);
    let mut next = spans.next();
    let mut hidden_until = 0;
    for (point, c) in text.chars().enumerate() {
        while let Some(span) = next.filter(|span| span.start <= point) {
            if span.end > point {
                masked.push('[');
                masked.push_str(span.kind.as_str());
                masked.push(']');
            }
            hidden_until = hidden_until.max(span.end);
            next = spans.next();
        }
        if point >= hidden_until {
            masked.push(c);
        }
    }
    masked
}

/// The text with all personal data masked that [`find`] finds in it; the text itself where it
/// finds none.
#[must_use]
pub fn masked<'t>(text: &'t str, names: &[&str]) -> Cow<'t, str> {
    let spans = find(text, names);
    if spans.is_empty() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(mask(text, &spans))
    }
}
