//! Problem documents (RFC 9457), as far as people care.

use serde::Deserialize;

use crate::exit::{Error, Exit};

/// What details begin with; our own errors say it once for all.
const FAILED_TO: &str = "failed to ";

/// What a server says is wrong.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    title: String,
    detail: Option<String>,
    code: String,
    errors: Vec<Fault>,
}

/// What is wrong with one field.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fault {
    field: String,
    message: String,
}

impl Problem {
    /// Reads a problem document; `None` when the text is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let problem: Self = serde_json::from_str(text).ok()?;
        (!problem.title.is_empty()).then_some(problem)
    }

    /// The error for people; `asked` says what was asked for, where the server does not.
    pub(super) fn into_error(self, exit: Exit, asked: &str) -> Error {
        let detail = self.detail.as_deref();
        let mut message = match (detail, detail.and_then(|it| it.strip_prefix(FAILED_TO))) {
            (_, Some(failed_to)) => failed_to.to_owned(),
            (Some(detail), None) => format!("{asked}: {detail}"),
            (None, None) => format!("{asked}: {}", uncapitalised(&self.title)),
        };
        for fault in &self.errors {
            if !message.contains(&fault.message) {
                message.push_str("\n  ");
                message.push_str(&fault.told());
            }
        }
        if !self.code.is_empty() {
            message.push_str(&format!(" ({})", self.code));
        }
        Error::new(exit, message)
    }
}

impl Fault {
    fn told(&self) -> String {
        if self.field.is_empty() || self.message.contains(&self.field) {
            return self.message.clone();
        }
        format!("{} {}", self.field, self.message)
    }
}

fn uncapitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        Problem::parse(text)
            .unwrap()
            .into_error(Exit::Usage, "ask for it")
            .to_string()
    }

    #[test]
    fn problems_become_sentences() {
        let detailed = r#"{"title":"A field","detail":"failed to accept the command: customer is
            missing","code":"INT0002","errors":[{"field":"subject","message":"is empty"}]}"#
            .replace("\n            ", " ");
        assert_eq!(
            told(&detailed),
            "accept the command: customer is missing\n  subject is empty (INT0002)"
        );
        let bare = r#"{"title":"There is no such ticket","code":"DSK0008"}"#;
        assert_eq!(told(bare), "ask for it: there is no such ticket (DSK0008)");
        let worded = r#"{"title":"There is no such ticket","detail":"no ticket has the number 7"}"#;
        assert_eq!(told(worded), "ask for it: no ticket has the number 7");
        assert!(Problem::parse(r#"{"error":"x"}"#).is_none());
        assert!(Problem::parse("<html>").is_none());
    }
}
