//! The list of problems that reading a bundle fills, and how they find their line.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::limits::DIAGNOSTICS_MAX;
use crate::source::Files;

/// A place in a bundle.
#[derive(Clone, Debug)]
pub(crate) struct Spot<'d> {
    /// The file.
    pub(crate) file: &'d str,
    /// Bytes of it; `None` for the file as a whole.
    pub(crate) span: Option<Range<usize>>,
}

impl<'d> Spot<'d> {
    /// A file as a whole.
    pub(crate) fn file(file: &'d str) -> Self {
        Self { file, span: None }
    }
}

/// The problems found so far.
pub(crate) struct Report<'d> {
    files: &'d Files<'d>,
    found: RefCell<Vec<Diagnostic>>,
    errors: Cell<usize>,
}

impl<'d> Report<'d> {
    pub(crate) fn new(files: &'d Files<'d>) -> Self {
        Self {
            files,
            found: RefCell::default(),
            errors: Cell::new(0),
        }
    }

    /// Notes a problem; after [`DIAGNOSTICS_MAX`] problems only their number is kept.
    pub(crate) fn add(
        &self,
        code: Code,
        spot: &Spot<'_>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        if code.severity() == Severity::Error {
            self.errors.set(self.errors.get() + 1);
        }
        if self.found.borrow().len() >= DIAGNOSTICS_MAX {
            return;
        }
        let made = self.made(code, spot, message, hint);
        self.found.borrow_mut().push(made);
    }

    /// A problem with its line and column, that is not noted.
    pub(crate) fn made(
        &self,
        code: Code,
        spot: &Spot<'_>,
        message: impl Into<String>,
        hint: Option<String>,
    ) -> Diagnostic {
        let text = self.text(spot.file);
        let span = spot.span.clone().map(|span| within(text, span));
        let (line, column) = span
            .as_ref()
            .map_or((0, 0), |span| line_and_column(text, span.start));
        Diagnostic {
            code,
            severity: code.severity(),
            file: spot.file.to_owned(),
            line,
            column,
            span,
            message: printable(&message.into()),
            hint: hint.map(|hint| printable(&hint)),
        }
    }

    /// The text of a file.
    pub(crate) fn text(&self, file: &str) -> &'d str {
        self.files.get(file).copied().unwrap_or("")
    }

    /// How many errors were noted: what is read between two equal counts is sound.
    pub(crate) fn errors(&self) -> usize {
        self.errors.get()
    }

    /// The problems, by file and place.
    pub(crate) fn into_sorted(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        found.sort_by(|a, b| {
            let place = |d: &Diagnostic| (d.file.clone(), d.line, d.column, d.code);
            place(a).cmp(&place(b))
        });
        found
    }
}

/// The text with its control characters spelled out. It quotes bundles, which strangers may have
/// written, and is shown on terminals, which control characters would command.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push(c),
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

/// The span, cut to the text and widened to whole characters.
fn within(text: &str, span: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    let end = text.ceil_char_boundary(span.end.max(start));
    start..end
}

/// Line and column of a byte, both from 1; columns count characters.
fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

/// The known word that is most like `word`, when one is like it at all.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = 1 + word.chars().count() / 4;
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&word.to_lowercase(), candidate),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// A hint: the nearest known word, else all of them when they are few.
pub(crate) fn suggestion<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    /// More than this many words are not worth reading in a hint.
    const LISTED_MAX: usize = 24;
    if let Some(nearest) = nearest(word, known.clone()) {
        return Some(format!("did you mean `{nearest}`?"));
    }
    let words: Vec<&str> = known.into_iter().collect();
    match words.len() {
        0 => None,
        1..=LISTED_MAX => Some(format!("known are: {}", words.join(", "))),
        _ => Some(format!(
            "known are {} words, such as {}",
            words.len(),
            words[..8].join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        assert_eq!(line_and_column("a\n丢包x", 8), (2, 3));
        assert_eq!(line_and_column("", 0), (1, 1));
    }

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(printable("丢\u{1b}[2J\0\n"), "丢\\u{1b}[2J\\u{0}\n");
    }

    #[test]
    fn spans_never_cut_a_character() {
        assert_eq!(within("丢", 1..2), 0..3);
        assert_eq!(within("ab", 5..9), 2..2);
    }

    #[test]
    fn the_nearest_word_is_near() {
        assert_eq!(
            nearest("calender", ["centre", "calendar"]),
            Some("calendar")
        );
        assert_eq!(nearest("colour", ["name", "when"]), None);
    }
}
