//! Which values a setting may have: a rule that checks and describes itself, so that what is
//! documented is what is enforced.

use std::fmt::Display;
use std::ops::RangeInclusive;

/// The values allowed for a setting of type `T`.
pub(super) struct Allowed<T> {
    /// For people: completes "allowed: ".
    pub(super) text: String,
    accepts: Box<dyn Fn(&T) -> bool>,
}

impl<T> Allowed<T> {
    /// Whether `value` is one of them.
    pub(super) fn accepts(&self, value: &T) -> bool {
        (self.accepts)(value)
    }
}

/// Everything of the type; `text` says what that is.
pub(super) fn any<T>(text: &str) -> Allowed<T> {
    only(text, |_| true)
}

/// What `accepts` says.
pub(super) fn only<T>(text: &str, accepts: impl Fn(&T) -> bool + 'static) -> Allowed<T> {
    Allowed {
        text: text.to_owned(),
        accepts: Box::new(accepts),
    }
}

/// Numbers of a range, in a unit.
pub(super) fn within<T>(range: RangeInclusive<T>, unit: &str) -> Allowed<T>
where
    T: PartialOrd + Display + 'static,
{
    let text = format!("{} to {} {unit}", range.start(), range.end());
    Allowed {
        text,
        accepts: Box::new(move |value| range.contains(value)),
    }
}
