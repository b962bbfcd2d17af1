//! Colours, where they are wanted.

use clap::builder::styling::{AnsiColor, Style};

/// Paints text, or leaves it plain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    colours: bool,
}

impl Paint {
    /// Paints only if `colours`.
    pub(crate) const fn new(colours: bool) -> Self {
        Self { colours }
    }

    /// Whether it paints.
    pub(crate) const fn colours(self) -> bool {
        self.colours
    }

    /// Something that is wrong.
    pub(crate) fn bad(self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default().bold(), text)
    }

    /// Something to look at.
    pub(crate) fn warn(self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default().bold(), text)
    }

    /// Something that is well.
    pub(crate) fn good(self, text: &str) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    /// What to look at first.
    pub(crate) fn strong(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    /// What to look at last.
    pub(crate) fn faint(self, text: &str) -> String {
        self.with(Style::new().dimmed(), text)
    }

    /// The word for a severity, the worse the louder.
    pub(crate) fn severity(self, word: &str) -> String {
        match word {
            "P0" => self.bad(word),
            "P1" => self.warn(word),
            _ => word.to_owned(),
        }
    }

    fn with(self, style: Style, text: &str) -> String {
        if self.colours {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}
