//! The templates of a policy: Fluent messages by language, and how a notice is made of them.
//!
//! A template is a message `staff-KIND` or `customer-KIND` (or `staff-NAME` for one that a rule
//! names): its value is the subject, its attribute `text` the text. A message that a language
//! lacks is taken from the next one: the languages that whoever is told reads, each with its
//! more general forms, then English.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use posthouse_domain::limits::{NOTICE_CHARS_MAX, cut};
use posthouse_domain::notify::Audience;
use posthouse_domain::ticket::FactKind;
use unic_langid::LanguageIdentifier;

use crate::check;
use crate::form::{FSI, PDI, turns};
use crate::limits::SUBJECT_CHARS_MAX;
use crate::notice::{Field, Notice};
use crate::number;
use crate::telling::{Telling, Values, fields};

/// The language that is asked when no other has a message.
pub const LAST_LANGUAGE: &str = "en";
/// The template of a kind of fact that has none of its own.
pub(crate) const ANY_KIND: &str = "fact";
/// What stands below what customers are told.
pub(crate) const CLOSING: &str = "customer-closing";

/// The templates of a policy. Clones share them.
#[derive(Clone, Default)]
pub struct Templates {
    languages: Arc<BTreeMap<String, Language>>,
}

/// The messages of one language.
struct Language {
    tag: LanguageIdentifier,
    messages: FluentBundle<FluentResource>,
}

impl Templates {
    /// Takes the text of each language, by its tag. What cannot be read is left out: `check`
    /// finds it.
    #[must_use]
    pub fn new<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let languages = texts.into_iter().filter_map(|(tag, text)| {
            let language = Language::new(tag.parse().ok()?, text);
            Some((tag.to_owned(), language))
        });
        Self {
            languages: Arc::new(languages.collect()),
        }
    }

    /// The tags of the languages that are there.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.keys().map(String::as_str)
    }

    /// Whether a text is a language tag.
    #[must_use]
    pub fn is_language(tag: &str) -> bool {
        tag.parse::<LanguageIdentifier>().is_ok()
    }

    /// The messages that can be said neither in a language nor in a more general form of it.
    #[must_use]
    pub fn untold(&self, tag: &str) -> Vec<String> {
        let own = self.chain_of(&[tag]);
        let lacking = |name: &String| !own.iter().any(|language| language.has(name));
        check::needed().into_iter().filter(lacking).collect()
    }

    /// What is told of a fact. Where no language has a template, the number and the kind of
    /// fact have to do.
    #[must_use]
    pub fn notice(&self, telling: &Telling<'_>) -> Notice {
        let values = Values::of(telling);
        let kind = telling.body.kind();
        let names = names(telling.audience, telling.template, kind);
        let chain = self.chain(telling.languages);
        let found = chain.iter().find_map(|language| {
            let args = values.args(&language.tag);
            let name = names.iter().find(|name| language.has(name))?;
            let subject = language.say(name, None, &args)?;
            let text = language.say(name, Some("text"), &args).unwrap_or_default();
            Some((*language, subject, text))
        });
        let Some((language, subject, text)) = found else {
            return bare(&values, kind);
        };
        let label = |name: &str| {
            let name = format!("field-{name}");
            self.label(&name, &chain)
        };
        let fields = fields(telling.audience, kind).iter().filter_map(|name| {
            let value = values.shown(name, &language.tag)?;
            Some(Field {
                label: label(name),
                value: format!("{FSI}{value}{PDI}"),
            })
        });
        let closing = (telling.audience == Audience::Customer && kind != FactKind::InfoRequested)
            .then(|| self.label(CLOSING, &chain));
        let text = cut(&text, NOTICE_CHARS_MAX);
        let notice = Notice {
            language: language.tag.to_string(),
            subject: cut(&subject, SUBJECT_CHARS_MAX),
            text: [Some(text), closing]
                .into_iter()
                .flatten()
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
                .join("\n\n"),
            fields: fields.collect(),
            links: Vec::new(),
        };
        without_needless_marks(notice)
    }

    /// A template in the first of the languages that has it: the language, its value and its
    /// attribute `text`.
    pub(crate) fn say_first(
        &self,
        name: &str,
        languages: &[&str],
        args: &FluentArgs<'_>,
    ) -> Option<(String, String, String)> {
        self.chain(languages).into_iter().find_map(|language| {
            let subject = language.say(name, None, args)?;
            let text = language.say(name, Some("text"), args).unwrap_or_default();
            Some((language.tag.to_string(), subject, text))
        })
    }

    /// A message that has no variables, in the first of the languages that has it; empty where
    /// none has.
    #[must_use]
    pub fn phrase(&self, name: &str, languages: &[&str]) -> String {
        self.label(name, &self.chain(languages))
    }

    /// The language in which a message that has no variables is said.
    pub(crate) fn spoken(&self, name: &str, languages: &[&str]) -> Option<String> {
        let mut chain = self.chain(languages).into_iter();
        let first = chain.find(|language| language.has(name))?;
        Some(first.tag.to_string())
    }

    fn label(&self, name: &str, chain: &[&Language]) -> String {
        let mut said = chain
            .iter()
            .filter_map(|language| language.say(name, None, &FluentArgs::new()));
        said.next().unwrap_or_default()
    }

    /// The languages to ask, in order.
    fn chain(&self, wanted: &[&str]) -> Vec<&Language> {
        self.chain_of(&[wanted, &[LAST_LANGUAGE]].concat())
    }

    fn chain_of(&self, wanted: &[&str]) -> Vec<&Language> {
        let available: Vec<&LanguageIdentifier> =
            self.languages.values().map(|known| &known.tag).collect();
        let wanted: Vec<LanguageIdentifier> = wanted
            .iter()
            .filter(|tag| !tag.is_empty())
            .filter_map(|tag| tag.parse().ok())
            .collect();
        let tags = negotiate_languages(&wanted, &available, None, NegotiationStrategy::Filtering);
        let known = |tag: &&LanguageIdentifier| {
            let mut languages = self.languages.values();
            languages.find(|language| language.tag == **tag)
        };
        tags.into_iter().filter_map(known).collect()
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.languages.keys()).finish()
    }
}

impl Language {
    fn new(tag: LanguageIdentifier, text: &str) -> Self {
        let mut messages = FluentBundle::new_concurrent(vec![tag.clone()]);
        messages.set_formatter(Some(number::localized));
        let resource = match FluentResource::try_new(text.to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        messages.add_resource_overriding(resource);
        Self { tag, messages }
    }

    fn has(&self, name: &str) -> bool {
        self.messages.has_message(name)
    }

    /// A message or one of its attributes; `None` where it is not there or refers to something
    /// that is not there.
    fn say(&self, name: &str, attribute: Option<&str>, args: &FluentArgs<'_>) -> Option<String> {
        let message = self.messages.get_message(name)?;
        let pattern = match attribute {
            Some(attribute) => message.get_attribute(attribute)?.value(),
            None => message.value()?,
        };
        let mut errors = Vec::new();
        let said = self
            .messages
            .format_pattern(pattern, Some(args), &mut errors);
        errors.is_empty().then(|| said.trim().to_owned())
    }
}

/// The names of the messages that can tell of a kind of fact, the most particular first.
pub(crate) fn names(audience: Audience, template: Option<&str>, kind: FactKind) -> Vec<String> {
    let names = [template, Some(kind.as_str()), Some(ANY_KIND)];
    names
        .into_iter()
        .flatten()
        .map(|name| format!("{}-{name}", audience.as_str()))
        .collect()
}

/// What is told where no template says anything.
fn bare(values: &Values<'_>, kind: FactKind) -> Notice {
    let tag = LanguageIdentifier::default();
    let shown = |name| values.shown(name, &tag).unwrap_or_default();
    Notice {
        subject: format!("{} {kind}", shown("number")),
        text: shown("question"),
        ..Notice::default()
    }
}

/// The notice without isolation marks where all of it runs one way: other systems and consoles
/// show them as they are.
pub(crate) fn without_needless_marks(mut notice: Notice) -> Notice {
    let mut parts = vec![&mut notice.subject, &mut notice.text];
    for field in &mut notice.fields {
        parts.extend([&mut field.label, &mut field.value]);
    }
    if !parts.iter().any(|part| turns(part)) {
        for part in parts {
            part.retain(|c| !matches!(c, FSI | PDI));
        }
    }
    notice
}
