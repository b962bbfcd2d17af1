//! Asking customers for what their tickets lack.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Texts by language, BCP 47.
pub type Texts = BTreeMap<String, String>;

/// How customers are asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// Whether clocks count the ticket as waiting for the customer until an answer.
    pub pauses_clocks: bool,
    /// What stands before the questions.
    pub before: Texts,
    /// What stands after them.
    pub after: Texts,
}

/// The question for one piece of information, in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The question.
    pub text: String,
    /// Answers to choose from; empty where the customer has to write.
    pub choices: Vec<String>,
}

/// The first of `languages`, each followed by what it is a variety of, for which `has` holds:
/// `zh-TW` is followed by `zh`.
#[must_use]
pub fn first_language<'l>(
    languages: impl IntoIterator<Item = &'l str>,
    has: impl Fn(&str) -> bool,
) -> Option<&'l str> {
    languages
        .into_iter()
        .flat_map(|language| [language, primary(language)])
        .find(|language| has(language))
}

fn primary(language: &str) -> &str {
    language.split(['-', '_']).next().unwrap_or(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variety_is_followed_by_what_it_is_one_of() {
        let first = |languages: &[&'static str], known: &[&str]| {
            first_language(languages.iter().copied(), |language| {
                known.contains(&language)
            })
        };
        assert_eq!(first(&["zh-TW", "en"], &["zh", "en"]), Some("zh"));
        assert_eq!(first(&["pt-BR", "en"], &["zh", "en"]), Some("en"));
        assert_eq!(first(&["pt-BR", ""], &["zh"]), None);
    }
}
