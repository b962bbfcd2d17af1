//! Checking a condition before it is tried: names, types, and words that can never occur.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use cel::common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, SelectExpr, operators};
use cel::{IdedExpr, Program};
use posthouse_domain::sla::Calendar;

use super::Problem;
use super::Sees;
use super::fields::{FIELDS, FUNCTIONS, Kind, Known, ROOTS, Vocabulary, field};
use crate::diagnostic::Code;
use crate::report::suggestion;

/// Names of types, which expressions compare `type(x)` with.
const TYPES: &[&str] = &[
    "bool",
    "int",
    "uint",
    "double",
    "string",
    "bytes",
    "list",
    "map",
    "null_type",
    "type",
];

const EQUALITY: &[&str] = &[operators::EQUALS, operators::NOT_EQUALS];
const ORDER: &[&str] = &[
    operators::LESS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::GREATER_EQUALS,
];
const LOGICAL: &[&str] = &[
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
];

/// Whether an expression is the word `true`.
pub(super) fn is_true(expression: &IdedExpr) -> bool {
    matches!(&expression.expr, Expr::Literal(LiteralValue::Boolean(value)) if *value.inner())
}

/// The problems that can be seen without a ticket.
pub(super) fn check(
    program: &Program,
    vocabulary: &Vocabulary,
    calendars: &BTreeMap<String, Calendar>,
    sees: Sees,
) -> Vec<Problem> {
    let mut checker = Checker {
        program,
        vocabulary,
        calendars,
        sees,
        bound: Vec::new(),
        problems: Vec::new(),
    };
    let root = program.expression();
    checker.walk(root);
    checker.want_flag(root);
    checker.problems
}

struct Checker<'c> {
    program: &'c Program,
    vocabulary: &'c Vocabulary,
    calendars: &'c BTreeMap<String, Calendar>,
    sees: Sees,
    /// Variables of the comprehensions around the place that is looked at.
    bound: Vec<&'c str>,
    problems: Vec<Problem>,
}

impl<'c> Checker<'c> {
    fn walk(&mut self, expression: &'c IdedExpr) {
        match &expression.expr {
            Expr::Ident(name) => self.check_ident(expression, name),
            Expr::Select(select) => self.check_select(expression, select),
            Expr::Call(call) => {
                call.target.iter().for_each(|target| self.walk(target));
                call.args.iter().for_each(|argument| self.walk(argument));
                self.check_call(expression, call);
            }
            Expr::List(list) => list.elements.iter().for_each(|element| self.walk(element)),
            Expr::Map(map) => map
                .entries
                .iter()
                .for_each(|entry| self.walk_entry(&entry.expr)),
            Expr::Struct(made) => {
                let hint = suggestion(&made.type_name, ROOTS.iter().copied());
                let message = format!("there is no type `{}`", made.type_name);
                self.add(Code::VariableUnknown, self.span(expression), message, hint);
            }
            Expr::Comprehension(comprehension) => {
                self.walk(&comprehension.iter_range);
                let outside = self.bound.len();
                self.bound
                    .extend([&*comprehension.iter_var, &*comprehension.accu_var]);
                self.bound.extend(comprehension.iter_var2.as_deref());
                for part in [
                    &comprehension.accu_init,
                    &comprehension.loop_cond,
                    &comprehension.loop_step,
                    &comprehension.result,
                ] {
                    self.walk(part);
                }
                self.bound.truncate(outside);
            }
            Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    fn walk_entry(&mut self, entry: &'c EntryExpr) {
        match entry {
            EntryExpr::MapEntry(entry) => {
                self.walk(&entry.key);
                self.walk(&entry.value);
            }
            EntryExpr::StructField(field) => self.walk(&field.value),
        }
    }

    fn check_ident(&mut self, expression: &IdedExpr, name: &str) {
        if self.bound.contains(&name) || TYPES.contains(&name) {
            return;
        }
        let span = self.span(expression);
        let span = span.start..span.start + name.len();
        if ROOTS.contains(&name) {
            let message = format!("`{name}` is no value by itself");
            let hint = Some(format!("name one of its fields: `{name}.NAME`"));
            self.add(Code::VariableUnknown, span, message, hint);
            return;
        }
        let ending = format!(".{name}");
        let hint = match FIELDS.iter().find(|field| field.name.ends_with(&ending)) {
            Some(field) => Some(format!("did you mean `{}`?", field.name)),
            None => suggestion(name, ROOTS.iter().copied()),
        };
        self.add(
            Code::VariableUnknown,
            span,
            format!("there is no variable `{name}`"),
            hint,
        );
    }

    fn check_select(&mut self, expression: &'c IdedExpr, select: &'c SelectExpr) {
        let Some(path) = path(expression).filter(|path| !self.bound.contains(&path[0])) else {
            self.walk(&select.operand);
            return;
        };
        if !ROOTS.contains(&path[0]) {
            self.walk(&select.operand);
            return;
        }
        if let Err((message, hint)) = self.check_path(&path, select.test) {
            self.add(Code::VariableUnknown, self.span(expression), message, hint);
        }
    }

    /// Checks `root.field` or `ticket.attributes.name`.
    fn check_path(&self, path: &[&str], test: bool) -> Result<(), (String, Option<String>)> {
        let (root, rest) = (path[0], &path[1..]);
        if root == "open" {
            return self.check_calendar(rest);
        }
        if root == "event" && self.sees != Sees::Told {
            let hint = "conditions of receivers.toml and ladders.toml know it".to_owned();
            return Err(("`event` is not known here".to_owned(), Some(hint)));
        }
        let name = format!("{root}.{}", rest[0]);
        let Some(field) = field(&name) else {
            let known = FIELDS
                .iter()
                .map(|field| field.name)
                .filter(|name| name.starts_with(root));
            return Err((
                format!("there is no field `{name}`"),
                suggestion(&name, known),
            ));
        };
        if field.known == Known::Routed && self.sees != Sees::Routed {
            let hint = "conditions of routing.toml know it".to_owned();
            return Err((format!("`{name}` is not known here"), Some(hint)));
        }
        match (field.kind, rest.len(), test) {
            (Kind::Map, 1..=2, false) | (Kind::Map, 2, true) | (_, 1, false) => Ok(()),
            (_, 1, true) => {
                let hint = format!("it is always there: compare {name} with \"\"");
                Err((format!("`has({name})` would always hold"), Some(hint)))
            }
            _ => Err((format!("`{name}` has no fields"), None)),
        }
    }

    fn check_calendar(&self, rest: &[&str]) -> Result<(), (String, Option<String>)> {
        match rest {
            [calendar] if self.calendars.contains_key(*calendar) => Ok(()),
            _ => {
                let name = rest.join(".");
                let hint = suggestion(&name, self.calendars.keys().map(String::as_str));
                Err((format!("there is no calendar `{name}`"), hint))
            }
        }
    }

    fn check_call(&mut self, expression: &IdedExpr, call: &'c CallExpr) {
        let name = call.func_name.as_str();
        match (name, &call.args[..]) {
            (_, [a, b]) if EQUALITY.contains(&name) || ORDER.contains(&name) => {
                self.check_same_kind(expression, a, b);
                self.check_word(a, b);
                self.check_word(b, a);
            }
            (operators::IN, [item, list]) => self.check_in(item, list),
            _ if LOGICAL.contains(&name) => {
                call.args
                    .iter()
                    .for_each(|argument| self.want_flag(argument));
            }
            _ if is_operator(name) || FUNCTIONS.contains(&name) => {}
            _ => {
                let hint = suggestion(name, FUNCTIONS.iter().copied());
                let message = format!("there is no function `{name}`");
                self.add(Code::VariableUnknown, self.span(expression), message, hint);
            }
        }
    }

    fn check_same_kind(&mut self, whole: &IdedExpr, a: &IdedExpr, b: &IdedExpr) {
        let (Some(kind_a), Some(kind_b)) = (self.kind(a), self.kind(b)) else {
            return;
        };
        if kind_a != kind_b {
            let message = format!(
                "{} is compared with {}, which never fits",
                said(kind_a),
                said(kind_b)
            );
            let hint = match (kind_a, kind_b) {
                (Kind::Number, Kind::Text) | (Kind::Text, Kind::Number) => {
                    Some("texts stand in quotes, numbers do not".to_owned())
                }
                _ => None,
            };
            self.add(Code::ConditionFails, self.span(whole), message, hint);
        }
    }

    fn check_in(&mut self, item: &IdedExpr, list: &'c IdedExpr) {
        if let Expr::List(list) = &list.expr {
            for element in &list.elements {
                self.check_same_kind(element, item, element);
                self.check_word(item, element);
            }
        } else if self.kind(list) == Some(Kind::Text) {
            let hint = "write TEXT.contains(PART)".to_owned();
            let message = "a text is no list".to_owned();
            self.add(Code::ConditionFails, self.span(list), message, Some(hint));
        } else {
            self.check_word(list, item);
        }
    }

    /// Warns of a word that can never occur in the field that it is compared with.
    fn check_word(&mut self, compared: &IdedExpr, literal: &IdedExpr) {
        let Expr::Literal(LiteralValue::String(word)) = &literal.expr else {
            return;
        };
        let Some(path) = path(compared) else { return };
        let name = path.join(".");
        let Some(words) = self.vocabulary.words(&name) else {
            return;
        };
        let word = word.inner();
        if word.is_empty() || words.iter().any(|known| known == word) {
            return;
        }
        let message = format!("`{name}` is never \"{word}\"");
        let hint = suggestion(word, words.iter().map(String::as_str));
        self.add(Code::NeverEqual, self.span(literal), message, hint);
    }

    fn want_flag(&mut self, expression: &IdedExpr) {
        match self.kind(expression) {
            None | Some(Kind::Flag) => {}
            Some(kind) => {
                let message = format!("want true or false, got {}", said(kind));
                let hint = Some("a condition compares, for example with `==`".to_owned());
                self.add(Code::ConditionFails, self.span(expression), message, hint);
            }
        }
    }

    /// The type of an expression, where it can be seen.
    fn kind(&self, expression: &IdedExpr) -> Option<Kind> {
        match &expression.expr {
            Expr::Literal(LiteralValue::String(_)) => Some(Kind::Text),
            Expr::Literal(LiteralValue::Boolean(_)) => Some(Kind::Flag),
            Expr::Literal(
                LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_),
            ) => Some(Kind::Number),
            Expr::List(_) => Some(Kind::List),
            Expr::Map(_) => Some(Kind::Map),
            Expr::Select(select) if select.test => Some(Kind::Flag),
            Expr::Select(_) => self.kind_of_path(&path(expression)?),
            Expr::Call(call) => {
                let name = call.func_name.as_str();
                let flag = EQUALITY.contains(&name)
                    || ORDER.contains(&name)
                    || LOGICAL.contains(&name)
                    || name == operators::IN;
                flag.then_some(Kind::Flag)
            }
            _ => None,
        }
    }

    fn kind_of_path(&self, path: &[&str]) -> Option<Kind> {
        match path {
            [root, ..] if self.bound.contains(root) => None,
            ["open", _] => Some(Kind::Flag),
            ["ticket", "attributes", _] => Some(Kind::Text),
            _ => field(&path.join(".")).map(|field| field.kind),
        }
    }

    /// The bytes of an expression: of a path from its root to its last name, of a call the
    /// function's name, else of the operator or value that the parser noted.
    fn span(&self, expression: &IdedExpr) -> Range<usize> {
        if let (Some(root), Some(path)) = (root_of(expression), path(expression)) {
            let start = self.noted(root).start;
            return start..start + path.join(".").len();
        }
        let own = self.noted(expression);
        match &expression.expr {
            Expr::Call(call) => self.called(call, &own).unwrap_or(own),
            _ => own,
        }
    }

    fn noted(&self, expression: &IdedExpr) -> Range<usize> {
        let place = self.program.source_info().offset_for(expression.id);
        place.map_or(0..1, |(start, stop)| start as usize..stop as usize + 1)
    }

    /// The parser notes a call at its bracket; the name stands before it.
    fn called(&self, call: &CallExpr, bracket: &Range<usize>) -> Option<Range<usize>> {
        let before = self.program.source_info().source.get(..bracket.start)?;
        let start = before.strip_suffix(call.func_name.as_str())?.len();
        Some(start..bracket.start)
    }

    fn add(&mut self, code: Code, span: Range<usize>, message: String, hint: Option<String>) {
        self.problems.push(Problem {
            code,
            span,
            message,
            hint,
        });
    }
}

/// Whether the name of a call is that of an operator, which has marks in it.
fn is_operator(name: &str) -> bool {
    name.contains(|c: char| !c.is_ascii_alphanumeric())
}

/// The names of a path such as `ticket.attributes.zone`, root first.
pub(super) fn path(expression: &IdedExpr) -> Option<Vec<&str>> {
    match &expression.expr {
        Expr::Ident(name) => Some(vec![name]),
        Expr::Select(select) => {
            let mut path = path(&select.operand)?;
            path.push(&select.field);
            Some(path)
        }
        _ => None,
    }
}

/// The paths that an expression looks at. A name that a macro binds is none that anybody asks for.
pub(super) fn fields(expression: &IdedExpr) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    let mut open = vec![expression];
    while let Some(part) = open.pop() {
        match &part.expr {
            Expr::Ident(_) | Expr::Select(_) if path(part).is_some() => {
                fields.extend(path(part).map(|path| path.join(".")));
            }
            Expr::Select(select) => open.push(&select.operand),
            Expr::Call(call) => {
                open.extend(call.target.iter().map(|target| &**target));
                open.extend(&call.args);
            }
            Expr::List(list) => open.extend(&list.elements),
            Expr::Comprehension(comprehension) => open.extend([
                &comprehension.iter_range,
                &comprehension.accu_init,
                &comprehension.loop_cond,
                &comprehension.loop_step,
                &comprehension.result,
            ]),
            _ => {}
        }
    }
    fields
}

fn root_of(expression: &IdedExpr) -> Option<&IdedExpr> {
    match &expression.expr {
        Expr::Ident(_) => Some(expression),
        Expr::Select(select) => root_of(&select.operand),
        _ => None,
    }
}

fn said(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text",
        Kind::Number => "a number",
        Kind::Flag => "true or false",
        Kind::List => "a list",
        Kind::Map => "a table",
    }
}
