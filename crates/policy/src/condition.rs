//! Conditions: CEL expressions over a ticket, compiled and tried when the bundle is loaded.
//!
//! A condition sees the ticket ([`FIELDS`]), for notifications the fact that is told of, and
//! whether a calendar was open when the ticket was opened. It sees no clock and no other
//! ticket, so a condition that held once holds again in a replay.
//!
//! # Invariants
//!
//! - A condition that was accepted gives true or false for the sample tickets, the empty one
//!   included; names nothing that is not there; and compares no two things of different types.
//! - A ticket's texts are lent to the expression, never copied.

mod check;
mod depth;
mod fields;
mod partial;
mod program;
mod trial;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use cel::{Env, Program};
use jiff::tz::TimeZone;
use posthouse_domain::route::Entries;
use posthouse_domain::sla::Calendar;
use posthouse_domain::ticket::Severity;

use crate::diagnostic::{self, Code};
use crate::limits::{
    CONDITION_BYTES_MAX, CONDITION_DEPTH_MAX, CONDITION_MARKS_MAX, SYNTAX_CHARS_MAX,
};
use crate::read::Value;
use crate::report::Spot;
pub(crate) use fields::Vocabulary;
pub use fields::{FIELDS, Field, Kind, Known};
pub(crate) use partial::{Partial, set};
use program::Programs;
pub(crate) use trial::unknown;

/// What all conditions of a bundle share.
pub(crate) struct Shared {
    env: Arc<Env>,
    calendars: BTreeMap<String, Calendar>,
    severity_default: Severity,
    origins: Origins,
}

/// Where tickets come from, as far as it follows from what they say of themselves.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// What entry codes say.
    pub(crate) entries: Entries,
    /// The time zones of the regions.
    pub(crate) zones: BTreeMap<String, TimeZone>,
    /// The residency of the data of a region's customers.
    pub(crate) residency: BTreeMap<String, String>,
}

/// What a condition may look at beside the ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sees {
    /// Nothing.
    Ticket,
    /// The fact that is told of.
    Told,
    /// The instant at which the ticket is routed.
    Routed,
}

/// A condition of a rule.
pub(crate) enum Condition {
    /// There is none: the rule always matches.
    Always,
    /// It has to be asked.
    When(Program),
    /// It has errors; the bundle will not be used.
    Broken,
}

impl Condition {
    /// Whether it holds for every ticket, and so hides the rules behind it.
    pub(crate) fn always(&self) -> bool {
        match self {
            Self::Always => true,
            Self::When(program) => check::is_true(program.expression()),
            Self::Broken => false,
        }
    }
}

impl Condition {
    /// The paths that it looks at: `ticket.severity`, `open.cn_day`.
    pub(crate) fn fields(&self) -> BTreeSet<String> {
        match self {
            Self::When(program) => check::fields(program.expression()),
            Self::Always | Self::Broken => BTreeSet::new(),
        }
    }

    /// Its text; `None` where there is none to compare.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::When(program) => Some(&program.source_info().source),
            Self::Always | Self::Broken => None,
        }
    }
}

/// Something wrong inside a condition.
struct Problem {
    code: Code,
    /// Bytes of the condition.
    span: Range<usize>,
    message: String,
    hint: Option<String>,
}

/// Compiles the conditions of a bundle.
#[derive(Clone)]
pub(crate) struct Compiler<'d> {
    shared: Arc<Shared>,
    vocabulary: &'d Vocabulary,
    sees: Sees,
}

impl<'d> Compiler<'d> {
    pub(crate) fn new(
        calendars: BTreeMap<String, Calendar>,
        severity_default: Severity,
        origins: Origins,
        vocabulary: &'d Vocabulary,
    ) -> Self {
        let env = Arc::new(Env::stdlib().with_optional_support(false));
        let shared = Arc::new(Shared {
            env,
            calendars,
            severity_default,
            origins,
        });
        Self {
            shared,
            vocabulary,
            sees: Sees::Ticket,
        }
    }

    /// The same for conditions that may look at `event`.
    pub(crate) fn with_events(&self) -> Self {
        Self {
            sees: Sees::Told,
            ..self.clone()
        }
    }

    /// The same for conditions that may look at the instant at which a ticket is routed.
    pub(crate) fn with_moments(&self) -> Self {
        Self {
            sees: Sees::Routed,
            ..self.clone()
        }
    }

    /// Compiles the `when` of a rule, if it has one, and reports what is wrong with it.
    pub(crate) fn compile(&self, when: Option<Value<'_>>) -> Condition {
        let Some(when) = when else {
            return Condition::Always;
        };
        let Some(text) = when.text() else {
            return Condition::Broken;
        };
        match self.compile_text(text) {
            Ok((program, warnings)) => {
                report_all(when, text, warnings);
                Condition::When(program)
            }
            Err(problems) => {
                report_all(when, text, problems);
                Condition::Broken
            }
        }
    }

    /// Whether something was said about a condition already, and what follows is its echo.
    pub(crate) fn is_doubtful(&self, condition: &Condition) -> bool {
        let Condition::When(program) = condition else {
            return false;
        };
        let calendars = &self.shared.calendars;
        !check::check(program, self.vocabulary, calendars, Sees::Routed).is_empty()
    }

    /// The words that can occur in a field; `None` for any.
    pub(crate) fn words(&self, field: &str) -> Option<&[String]> {
        self.vocabulary.words(field)
    }

    /// The conditions of a list of rules, for the domain.
    pub(crate) fn list(&self, list: Vec<Condition>) -> Programs {
        Programs::new(list, Arc::clone(&self.shared))
    }

    /// The program and the warnings about it, or its problems.
    fn compile_text(&self, text: &str) -> Result<(Program, Vec<Problem>), Vec<Problem>> {
        let refused = |why| vec![Problem::of_all(Code::OutOfRange, text, why)];
        check_text(text).map_err(refused)?;
        let parsed = self.shared.env.compile(text);
        let program = parsed.map_err(|errors| syntax(text, &errors))?;
        check_depth(&program).map_err(refused)?;
        let shared = &*self.shared;
        let mut problems = check::check(&program, self.vocabulary, &shared.calendars, self.sees);
        if !fatal(&problems) {
            problems.extend(trial::run(&program, shared, self.sees, text));
        }
        if fatal(&problems) {
            return Err(problems);
        }
        Ok((program, problems))
    }
}

impl Problem {
    /// A problem of the condition as a whole.
    fn of_all(code: Code, text: &str, message: String) -> Self {
        Self {
            code,
            span: 0..text.len(),
            message,
            hint: None,
        }
    }
}

fn fatal(problems: &[Problem]) -> bool {
    let mut codes = problems.iter().map(|problem| problem.code.severity());
    codes.any(|severity| severity == diagnostic::Severity::Error)
}

/// Refuses what could be too much for the parser.
fn check_text(text: &str) -> Result<(), String> {
    if text.len() > CONDITION_BYTES_MAX {
        let message = format!("the condition has more than {CONDITION_BYTES_MAX} bytes");
        return Err(message);
    }
    if depth::marks(text) > CONDITION_MARKS_MAX {
        let message = format!("the condition has more than {CONDITION_MARKS_MAX} operators");
        return Err(message);
    }
    Ok(())
}

/// Refuses what could be too much for the interpreter.
fn check_depth(program: &Program) -> Result<(), String> {
    let depth = depth::depth(program.expression());
    if depth.levels > CONDITION_DEPTH_MAX {
        return Err(TOO_DEEP.to_owned());
    }
    if depth.loops > 1 {
        return Err("a macro inside of a macro takes too long".to_owned());
    }
    Ok(())
}

/// The first problem of an expression that is not CEL; those behind it are mostly its echo.
fn syntax(text: &str, errors: &cel::ParseErrors) -> Vec<Problem> {
    let problem = |error: &cel::ParseError| {
        if error.msg.contains("Recursion limit") {
            return Problem::of_all(Code::OutOfRange, text, TOO_DEEP.to_owned());
        }
        let at = offset_of(text, error.pos);
        let message = format!("the condition is no expression: {}", said(&error.msg));
        let hint = syntax_hint(text, at);
        Problem {
            code: Code::ConditionSyntax,
            span: at..at + 1,
            message,
            hint,
        }
    };
    errors.errors.iter().take(1).map(problem).collect()
}

/// What is said of a condition beyond [`CONDITION_DEPTH_MAX`], or too deep for the parser.
const TOO_DEEP: &str = "the condition nests too deeply";

/// The parser's message without the list of everything that it would rather have seen, and
/// without all but the beginning of what it quotes: it may quote the whole condition.
fn said(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let line = line.strip_prefix("Syntax error: ").unwrap_or(line);
    let line = line.split(" expecting ").next().unwrap_or(line);
    if line.chars().count() <= SYNTAX_CHARS_MAX {
        return line.to_owned();
    }
    let begin: String = line.chars().take(SYNTAX_CHARS_MAX).collect();
    format!("{begin}…")
}

/// Slips that the parser's own message does not name.
fn syntax_hint(text: &str, at: usize) -> Option<String> {
    let near = text.get(at.saturating_sub(1)..)?.trim_start();
    let hint = if near.starts_with('=') {
        "compare with `==`"
    } else if near.starts_with("and ") || near.starts_with("or ") || near.starts_with("not ") {
        "write `&&` for and, `||` for or, `!` for not"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

/// The byte at a line and column as the parser counts them, both from 1, columns in characters.
fn offset_of(text: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line - 1).unwrap_or(0);
    let column = usize::try_from(column - 1).unwrap_or(0);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let within = text[start..].char_indices().nth(column).map(|(at, _)| at);
    within.map_or(text.len(), |at| start + at)
}

fn report_all(when: Value<'_>, text: &str, problems: Vec<Problem>) {
    for problem in problems {
        let span = place(when, text, &problem.span);
        let spot = Spot {
            file: when.file(),
            span: Some(span),
        };
        when.report()
            .add(problem.code, &spot, problem.message, problem.hint);
    }
}

/// The bytes of the file for bytes of the condition: exact where the text stands in the file as
/// it is, the whole value where escapes make the two differ.
fn place(when: Value<'_>, text: &str, inner: &Range<usize>) -> Range<usize> {
    let outer = when.span();
    match when.verbatim().find(text) {
        Some(offset) => outer.start + offset + inner.start..outer.start + offset + inner.end,
        None => outer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_become_bytes() {
        assert_eq!(offset_of("ab\ncd", (2, 2)), 4);
        assert_eq!(offset_of("ab", (0, 0)), 0);
        assert_eq!(offset_of("ab", (9, 9)), 2);
        assert_eq!(offset_of("丢x", (1, 2)), 3);
    }

    #[test]
    fn a_condition_that_ends_in_a_quote_is_quoted_in_part() {
        let said = said(&format!(
            "token recognition error at: '\"{}'",
            "长".repeat(1_000)
        ));
        assert!(said.ends_with("长…"), "{said}");
        assert_eq!(said.chars().count(), SYNTAX_CHARS_MAX + 1);
    }
}
