//! What is wrong with the templates of a language, found before anybody is told anything.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement, Resource,
};
use fluent_syntax::parser;
use posthouse_domain::notify::{Audience, TOLD};
use posthouse_domain::ticket::FactKind;

use crate::digest;
use crate::telling::{all_fields, common_variables, variables};
use crate::templates::{ANY_KIND, CLOSING};
use crate::words;

/// One problem of the templates of a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The bytes of the text it is about.
    pub span: Range<usize>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not Fluent.
    Syntax(String),
    /// A variable that the template does not get.
    Variable {
        /// Its name.
        name: String,
        /// The template.
        template: String,
        /// The variables that it gets.
        known: Vec<&'static str>,
    },
    /// A message, attribute, term or function that is not there.
    Reference {
        /// What was looked for.
        what: &'static str,
        /// Its name.
        name: String,
        /// Those that are there.
        known: Vec<String>,
    },
    /// A message that nothing says.
    Unused {
        /// Its name.
        name: String,
        /// The names of messages that something says.
        known: Vec<String>,
    },
    /// A message of this name stands above; this one counts.
    Twice(String),
    /// A template without a subject or without the attribute `text`.
    Half(String),
}

/// Which templates tell of which kinds of fact, by name: each kind has its own, and rules name
/// others.
#[derive(Clone, Debug)]
pub struct Uses(BTreeMap<String, BTreeSet<FactKind>>);

impl Default for Uses {
    fn default() -> Self {
        let own = TOLD
            .iter()
            .map(|kind| (kind.as_str().to_owned(), BTreeSet::from([*kind])));
        let any = (ANY_KIND.to_owned(), TOLD.iter().copied().collect());
        Self(own.chain([any]).collect())
    }
}

impl Uses {
    /// Notes that a rule tells of these kinds with a template.
    pub fn take(&mut self, template: &str, about: impl IntoIterator<Item = FactKind>) {
        self.0.entry(template.to_owned()).or_default().extend(about);
    }

    /// The variables that a template can count on.
    fn variables(&self, template: &str) -> Vec<&'static str> {
        let kinds = self.0.get(template).into_iter().flatten();
        let mut known = None;
        for kind in kinds {
            let of_kind = variables(*kind);
            let kept: Vec<&'static str> = match known {
                None => of_kind,
                Some(known) => Vec::<&'static str>::into_iter(known)
                    .filter(|name| of_kind.contains(name))
                    .collect(),
            };
            known = Some(kept);
        }
        known.unwrap_or_else(common_variables)
    }
}

/// The name of the template that a message is, if it is one.
#[must_use]
pub fn template_of(message: &str) -> Option<&str> {
    if message == CLOSING || is_digest(message) {
        return None;
    }
    let audiences = Audience::ALL.iter();
    let mut names =
        audiences.filter_map(|audience| message.strip_prefix(audience.as_str())?.strip_prefix('-'));
    names.next()
}

/// Whether a message stands above several notices; no rule can name it.
fn is_digest(message: &str) -> bool {
    let mut digests = Audience::ALL.iter().map(|audience| digest::name(*audience));
    digests.any(|name| name == message)
}

/// The messages beside templates that are said somewhere.
fn phrases() -> BTreeSet<String> {
    let fields = all_fields().into_iter().map(|name| format!("field-{name}"));
    let words = words::ALL.iter().map(|name| (*name).to_owned());
    fields.chain(words).chain([CLOSING.to_owned()]).collect()
}

/// The messages that a language needs for everything to be said in it.
#[must_use]
pub fn needed() -> BTreeSet<String> {
    let templates = Audience::ALL.iter().flat_map(|audience| {
        let kinds = TOLD.iter().map(|kind| kind.as_str()).chain([ANY_KIND]);
        kinds.map(|kind| format!("{}-{kind}", audience.as_str()))
    });
    let digests = Audience::ALL.map(digest::name);
    templates.chain(digests).chain(phrases()).collect()
}

/// The names of the messages of a text.
#[must_use]
pub fn messages(text: &str) -> BTreeSet<String> {
    let parsed = Parsed::new(text);
    parsed
        .messages
        .keys()
        .map(|name| (*name).to_owned())
        .collect()
}

/// Everything that is wrong with the templates of a language.
#[must_use]
pub fn check(text: &str, uses: &Uses) -> Vec<Problem> {
    let mut parsed = Parsed::new(text);
    let mut problems = std::mem::take(&mut parsed.problems);
    let mut said = BTreeSet::new();
    let phrases = phrases();
    for (name, patterns) in &parsed.messages {
        let is_digest = is_digest(name);
        let known = match template_of(name) {
            None if is_digest => digest::VARIABLES.to_vec(),
            Some(template) if uses.0.contains_key(template) => uses.variables(template),
            None if phrases.contains(*name) => Vec::new(),
            _ => continue,
        };
        if (is_digest || template_of(name).is_some()) && !patterns.contains_key("text") {
            let fault = Fault::Half((*name).to_owned());
            problems.push(Problem {
                span: parsed.span(name),
                fault,
            });
        }
        let mut walk = Walk {
            parsed: &parsed,
            template: name,
            known: &known,
            said: &mut said,
            seen: BTreeSet::new(),
            problems: &mut problems,
        };
        walk.message(name);
    }
    for name in parsed.messages.keys().filter(|name| !said.contains(**name)) {
        let known = phrases
            .iter()
            .cloned()
            .chain(Audience::ALL.map(digest::name))
            .chain(uses.0.keys().flat_map(|template| {
                Audience::ALL.map(|audience| format!("{}-{template}", audience.as_str()))
            }));
        let fault = Fault::Unused {
            name: (*name).to_owned(),
            known: known.collect(),
        };
        problems.push(Problem {
            span: parsed.span(name),
            fault,
        });
    }
    problems.sort_by_key(|problem| problem.span.start);
    problems.dedup();
    problems
}

/// The patterns of a message, by attribute; its value has the empty name.
type Patterns<'t> = BTreeMap<&'t str, Pattern<&'t str>>;

/// A text as its messages and terms.
struct Parsed<'t> {
    text: &'t str,
    messages: BTreeMap<&'t str, Patterns<'t>>,
    terms: BTreeMap<&'t str, Patterns<'t>>,
    problems: Vec<Problem>,
}

impl<'t> Parsed<'t> {
    fn new(text: &'t str) -> Self {
        let (resource, errors) = match parser::parse(text) {
            Ok(resource) => (resource, Vec::new()),
            Err((resource, errors)) => (resource, errors),
        };
        let problems = errors.into_iter().map(|error| Problem {
            span: error.pos,
            fault: Fault::Syntax(error.kind.to_string()),
        });
        let mut parsed = Self {
            text,
            messages: BTreeMap::new(),
            terms: BTreeMap::new(),
            problems: problems.collect(),
        };
        parsed.take(resource);
        parsed
    }

    fn take(&mut self, resource: Resource<&'t str>) {
        for entry in resource.body {
            let (name, patterns, is_term) = match entry {
                Entry::Message(message) => {
                    let value = message.value.map(|value| ("", value));
                    let attributes = message.attributes.into_iter();
                    let attributes = attributes.map(|one| (one.id.name, one.value));
                    let patterns = value.into_iter().chain(attributes).collect();
                    (message.id.name, patterns, false)
                }
                Entry::Term(term) => {
                    let attributes = term.attributes.into_iter();
                    let attributes = attributes.map(|one| (one.id.name, one.value));
                    let patterns = [("", term.value)].into_iter().chain(attributes).collect();
                    (term.id.name, patterns, true)
                }
                _ => continue,
            };
            let map = if is_term {
                &mut self.terms
            } else {
                &mut self.messages
            };
            if map.insert(name, patterns).is_some() {
                let fault = Fault::Twice(name.to_owned());
                self.problems.push(Problem {
                    span: self.span(name),
                    fault,
                });
            }
        }
    }

    /// Where a part of the text stands in it.
    fn span(&self, part: &str) -> Range<usize> {
        let start = part
            .as_ptr()
            .addr()
            .saturating_sub(self.text.as_ptr().addr());
        let start = start.min(self.text.len());
        start..(start + part.len()).min(self.text.len())
    }
}

/// One template and what it refers to.
struct Walk<'w, 't> {
    parsed: &'w Parsed<'t>,
    template: &'w str,
    known: &'w [&'static str],
    said: &'w mut BTreeSet<&'t str>,
    seen: BTreeSet<&'t str>,
    problems: &'w mut Vec<Problem>,
}

impl<'t> Walk<'_, 't> {
    fn message(&mut self, name: &'t str) {
        self.said.insert(name);
        let parsed = self.parsed;
        if let (true, Some(patterns)) = (self.seen.insert(name), parsed.messages.get(name)) {
            patterns.values().for_each(|pattern| self.pattern(pattern));
        }
    }

    fn pattern(&mut self, pattern: &Pattern<&'t str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&'t str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                variants
                    .iter()
                    .for_each(|variant| self.pattern(&variant.value));
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&'t str>) {
        match inline {
            InlineExpression::VariableReference { id } => self.variable(id.name),
            InlineExpression::MessageReference { id, attribute } => {
                let part = attribute.as_ref().map_or("", |attribute| attribute.name);
                self.reference("message", id.name, part);
                self.message(id.name);
            }
            InlineExpression::TermReference {
                id,
                attribute,
                arguments,
            } => {
                let part = attribute.as_ref().map_or("", |attribute| attribute.name);
                self.reference("term", id.name, part);
                arguments
                    .iter()
                    .for_each(|arguments| self.arguments(arguments));
            }
            InlineExpression::FunctionReference { id, arguments } => {
                self.missing("function", id.name, Vec::new());
                self.arguments(arguments);
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        }
    }

    fn arguments(&mut self, arguments: &CallArguments<&'t str>) {
        arguments.positional.iter().for_each(|one| self.inline(one));
        arguments
            .named
            .iter()
            .for_each(|one| self.inline(&one.value));
    }

    fn variable(&mut self, name: &'t str) {
        if self.known.contains(&name) {
            return;
        }
        let fault = Fault::Variable {
            name: name.to_owned(),
            template: self.template.to_owned(),
            known: self.known.to_vec(),
        };
        let span = self.parsed.span(name);
        self.problems.push(Problem { span, fault });
    }

    /// Checks that a message or term, or an attribute of it, is there.
    fn reference(&mut self, what: &'static str, name: &'t str, part: &str) {
        let parsed = self.parsed;
        let map = if what == "term" {
            &parsed.terms
        } else {
            &parsed.messages
        };
        let there = map
            .get(name)
            .is_some_and(|patterns| patterns.contains_key(part));
        if !there {
            let known = map.keys().map(|name| (*name).to_owned()).collect();
            self.missing(what, name, known);
        }
    }

    fn missing(&mut self, what: &'static str, name: &'t str, known: Vec<String>) {
        let fault = Fault::Reference {
            what,
            name: name.to_owned(),
            known,
        };
        let span = self.parsed.span(name);
        self.problems.push(Problem { span, fault });
    }
}
