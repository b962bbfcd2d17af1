//! What a model reads: a subject and a body.

/// A ticket's text. Either part may be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text<'t> {
    /// The headline.
    pub subject: &'t str,
    /// All that follows it.
    pub body: &'t str,
}

/// One of the two parts of a [`Text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// [`Text::subject`].
    Subject,
    /// [`Text::body`].
    Body,
}

impl Part {
    /// The field's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Body => "body",
        }
    }
}

impl<'t> Text<'t> {
    /// A text without a subject.
    #[must_use]
    pub const fn of(body: &'t str) -> Self {
        Self { subject: "", body }
    }

    /// The part's text.
    #[must_use]
    pub const fn part(&self, part: Part) -> &'t str {
        match part {
            Part::Subject => self.subject,
            Part::Body => self.body,
        }
    }
}
