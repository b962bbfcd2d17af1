//! A notice in the forms of channels.

use crate::form::{self, Dialect, Direction, Sms};
use crate::notice::Notice;

/// A notice in the forms of channels. What most channels need is there; the rest is made when
/// it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line without control characters: the subject of an e-mail, the title of a card.
    pub subject: String,
    /// Plain text, lines parted by a line feed, with the links written out.
    pub text: String,
    /// A whole HTML document that refers to nothing outside it but the links; `None` where there
    /// is nothing to say but the subject.
    pub html: Option<String>,
    /// The language, BCP 47; empty where it is not known.
    pub language: String,
    /// Which way the language runs.
    pub direction: Direction,
    notice: Notice,
}

impl Rendered {
    /// The forms of a notice.
    #[must_use]
    pub fn new(notice: Notice) -> Self {
        let subject = form::subject(&notice);
        let said = !notice.text.is_empty() || !notice.fields.is_empty() || !notice.links.is_empty();
        Self {
            text: form::plain(&notice),
            html: said.then(|| form::html(&notice)),
            language: notice.language.clone(),
            direction: Direction::of(&notice.language),
            subject,
            notice,
        }
    }

    /// The notice in a chat's dialect of Markdown, the subject first, within the chat's bound.
    #[must_use]
    pub fn markdown(&self, dialect: Dialect) -> String {
        form::markdown(&self.notice, dialect)
    }

    /// The notice as one SMS of at most `parts_max` parts (at least one): the subject, what fits
    /// of the text, and the first link where it fits whole.
    #[must_use]
    pub fn sms(&self, parts_max: usize) -> Sms {
        form::sms(&self.notice, parts_max.max(1))
    }

    /// What it was made from.
    #[must_use]
    pub fn notice(&self) -> &Notice {
        &self.notice
    }
}
