//! Digests: what stands above several notices that are told in one message.
//!
//! Its words are those of a template, `staff-digest` or `customer-digest`, like those of every
//! notice; how the notices follow each other below it is the courier's affair.

use fluent_bundle::{FluentArgs, FluentValue};
use posthouse_domain::limits::{NOTICE_CHARS_MAX, cut};
use posthouse_domain::notify::Audience;

use crate::limits::SUBJECT_CHARS_MAX;
use crate::notice::Notice;
use crate::templates::{Templates, without_needless_marks};

/// The template, behind the audience.
pub(crate) const DIGEST: &str = "digest";
/// What it may say.
pub(crate) const VARIABLES: &[&str] = &["count", "subject", "tickets"];

/// Several notices that are told in one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest<'a> {
    /// For whom it is written.
    pub audience: Audience,
    /// How many notices there are, at least two.
    pub count: usize,
    /// How many tickets they are about.
    pub tickets: usize,
    /// The subject of the first of them.
    pub subject: &'a str,
    /// The languages that whoever is told reads, the best first, BCP 47.
    pub languages: &'a [&'a str],
}

/// The message that is a digest's template.
pub(crate) fn name(audience: Audience) -> String {
    format!("{}-{DIGEST}", audience.as_str())
}

impl Templates {
    /// What stands above several notices, without them. Where no language has a template, their
    /// count and the first subject have to do.
    #[must_use]
    pub fn digest(&self, digest: &Digest<'_>) -> Notice {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let mut args = FluentArgs::new();
        args.set("count", FluentValue::from(number(digest.count)));
        args.set("tickets", FluentValue::from(number(digest.tickets)));
        args.set("subject", FluentValue::from(digest.subject));
        let said = self.say_first(&name(digest.audience), digest.languages, &args);
        let Some((language, subject, text)) = said else {
            return Notice {
                subject: format!("×{}: {}", digest.count, digest.subject),
                ..Notice::default()
            };
        };
        without_needless_marks(Notice {
            language,
            subject: cut(&subject, SUBJECT_CHARS_MAX),
            text: cut(&text, NOTICE_CHARS_MAX),
            ..Notice::default()
        })
    }
}
