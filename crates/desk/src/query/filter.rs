//! Which tickets are wanted.

use std::collections::BTreeMap;

use posthouse_domain::ticket::{Engineering, Severity, State};
use rusqlite::types::Value;

use super::error::{QueryError, cut};
use super::{Field, words};
use crate::limits;
use crate::search;

/// Which tickets are wanted; all, when nothing was added. Fields must all match; the values of
/// one field are alternatives, texts excepted, which must all be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    stages: Vec<Stage>,
    severities: Vec<Severity>,
    keys: BTreeMap<Field, Vec<String>>,
    texts: Vec<String>,
}

/// A state, or one step of the engineers in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The state.
    pub state: State,
    /// The engineers' step; `None` for the state whatever the step.
    pub step: Option<Engineering>,
}

impl Stage {
    pub(super) const fn of(state: State) -> Self {
        Self { state, step: None }
    }

    pub(super) const fn step(step: Engineering) -> Self {
        Self {
            state: State::InProgress,
            step: Some(step),
        }
    }
}

impl Filter {
    /// Adds what one field is to be.
    ///
    /// # Errors
    ///
    /// [`QueryError`] when the field has no such value, or the filter has too many.
    pub fn add(&mut self, field: Field, value: &str) -> Result<(), QueryError> {
        let value = value.trim();
        if value.is_empty() {
            return Err(QueryError::NoValue {
                key: field.as_str().to_owned(),
            });
        }
        match field {
            Field::State => self.stages.extend(words::stages(value)?),
            Field::Severity => self.severities.push(words::severity(value)?),
            Field::Text => self.add_text(value)?,
            _ => self.keys.entry(field).or_default().push(value.to_owned()),
        }
        self.within_limits()
    }

    /// Adds the alternatives that a value lists.
    ///
    /// # Errors
    ///
    /// As [`Self::add`].
    pub(crate) fn add_list(
        &mut self,
        field: Field,
        value: &str,
        between: &[char],
    ) -> Result<(), QueryError> {
        if field == Field::Text {
            return self.add(field, value);
        }
        value
            .split(between)
            .try_for_each(|value| self.add(field, value))
    }

    /// Adds everything that another filter has.
    ///
    /// # Errors
    ///
    /// [`QueryError::TooMuch`].
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        self.stages.extend(other.stages);
        self.severities.extend(other.severities);
        for (field, values) in other.keys {
            self.keys.entry(field).or_default().extend(values);
        }
        self.texts.extend(other.texts);
        self.within_limits()
    }

    /// The stages that are wanted; all, when empty.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The severities that are wanted; all, when empty.
    #[must_use]
    pub fn severities(&self) -> &[Severity] {
        &self.severities
    }

    /// The values of another field that are wanted; all, when empty.
    #[must_use]
    pub fn values(&self, field: Field) -> &[String] {
        match field {
            Field::Text => &self.texts,
            _ => self.keys.get(&field).map_or(&[], Vec::as_slice),
        }
    }

    /// Whether texts are looked into.
    pub(crate) fn has_text(&self) -> bool {
        !self.texts.is_empty()
    }

    /// Each word of a text is looked for by itself, in any text of the ticket.
    fn add_text(&mut self, text: &str) -> Result<(), QueryError> {
        for word in text.split_whitespace() {
            if search::phrase(word).is_none() {
                let hint = "want a letter or a digit in it".to_owned();
                return Err(QueryError::UnknownWord {
                    key: "text",
                    word: cut(word),
                    hint,
                });
            }
            self.texts.push(word.to_owned());
        }
        Ok(())
    }

    fn within_limits(&self) -> Result<(), QueryError> {
        let keys: usize = self.keys.values().map(Vec::len).sum();
        if self.stages.len() + self.severities.len() + keys > limits::VALUES_MAX {
            return Err(QueryError::TooMuch {
                unit: "values",
                limit: limits::VALUES_MAX,
            });
        }
        if self.texts.len() > limits::TEXT_WORDS_MAX {
            let limit = limits::TEXT_WORDS_MAX;
            return Err(QueryError::TooMuch {
                unit: "words to look for",
                limit,
            });
        }
        Ok(())
    }

    /// The conditions on rows of the table of tickets, and their parameters.
    pub(crate) fn conditions(&self) -> (Vec<String>, Vec<Value>) {
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        let mut any = |alternatives: Vec<(String, Vec<Value>)>| {
            if !alternatives.is_empty() {
                let texts: Vec<String> =
                    alternatives.iter().map(|(text, _)| text.clone()).collect();
                conditions.push(format!("({})", texts.join(" OR ")));
                values.extend(alternatives.into_iter().flat_map(|(_, values)| values));
            }
        };
        any(self.stages.iter().map(|stage| is_stage(*stage)).collect());
        any(self
            .severities
            .iter()
            .map(|severity| is_severity(*severity))
            .collect());
        for (field, wanted) in &self.keys {
            any(wanted.iter().map(|value| is_value(*field, value)).collect());
        }
        for word in &self.texts {
            any(search::phrase(word).into_iter().map(has_text).collect());
        }
        (conditions, values)
    }
}

fn is_stage(stage: Stage) -> (String, Vec<Value>) {
    let state = Value::from(stage.state.as_str().to_owned());
    match stage.step {
        None => ("state = ?".to_owned(), vec![state]),
        Some(step) => (
            "(state = ? AND step = ?)".to_owned(),
            vec![state, step.as_str().to_owned().into()],
        ),
    }
}

fn is_severity(severity: Severity) -> (String, Vec<Value>) {
    (
        "severity = ?".to_owned(),
        vec![Value::from(severity as i64)],
    )
}

/// A queue may be named by its first parts: `beijing/L1` for every queue of that level there.
fn is_value(field: Field, value: &str) -> (String, Vec<Value>) {
    let column = field.as_str();
    let exact = Value::from(value.to_owned());
    if field == Field::Queue {
        // `0` is the character after `/`.
        let parts = [
            Value::from(format!("{value}/")),
            Value::from(format!("{value}0")),
        ];
        let text = format!("({column} = ? OR ({column} >= ? AND {column} < ?))");
        return (text, [exact].into_iter().chain(parts).collect());
    }
    (format!("{column} = ?"), vec![exact])
}

fn has_text(phrase: String) -> (String, Vec<Value>) {
    let text = "id IN (SELECT fact.ticket FROM text JOIN fact ON fact.place = text.rowid \
                WHERE text MATCH ?)";
    (text.to_owned(), vec![Value::from(phrase)])
}
