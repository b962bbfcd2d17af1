//! Diagnostics for people: file, line, column, the line itself, what is wrong, what to write.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Files, Source};

/// Draws diagnostics as text for a terminal, each with the line it is about.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], source: &Source, colour: bool) -> String {
    let files = source.effective();
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut drawn = String::new();
    for diagnostic in diagnostics {
        drawn.push_str(&renderer.render(&[group(diagnostic, &files)]));
        drawn.push_str("\n\n");
    }
    drawn.push_str(&summary(diagnostics));
    drawn
}

fn group<'a>(diagnostic: &'a Diagnostic, files: &Files<'a>) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.as_str());
    let group = match (&diagnostic.span, files.get(diagnostic.file.as_str())) {
        (Some(span), Some(text)) => title.element(
            Snippet::source(*text)
                .path(diagnostic.file.as_str())
                .annotation(AnnotationKind::Primary.span(span.clone())),
        ),
        _ => title.element(Origin::path(diagnostic.file.as_str())),
    };
    match &diagnostic.hint {
        Some(hint) => group.element(Level::HELP.message(hint.as_str())),
        None => group,
    }
}

/// The last line: how many of each.
fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| {
        diagnostics
            .iter()
            .filter(|one| one.severity == severity)
            .count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    format!(
        "{}, {}\n",
        counted(errors, "error"),
        counted(warnings, "warning")
    )
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
