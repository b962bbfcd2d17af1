//! Questions for what a ticket lacks, in the customer's language.
//!
//! The questions are written in the first language, of the ticket's, that of its region, and
//! English, in which one of them is known; each question that is not known in it falls back along
//! the same chain by itself. A piece of information that nobody wrote a question for is not asked.

use std::collections::BTreeMap;

use posthouse_domain::classify::{Ask, Asking, Information, Taxonomy, Texts, first_language};
use posthouse_domain::limits::QUESTIONS_MAX;
use posthouse_domain::ticket::{InfoRequested, Question};

use crate::fold::fold;

/// What is asked where nothing else is known.
const LAST_RESORT: &str = "en";

/// The questions of a taxonomy.
#[derive(Debug)]
pub(crate) struct Questions {
    asking: Asking,
    by_key: BTreeMap<String, BTreeMap<String, Ask>>,
    /// Answers to choose from, folded, in all languages.
    choices: BTreeMap<String, Vec<String>>,
}

impl Questions {
    pub(crate) fn of(taxonomy: &Taxonomy) -> Self {
        let asked = taxonomy.information.iter();
        let asked = asked.filter(|piece| !piece.questions.is_empty());
        let choices = |piece: &Information| {
            let choices = piece.questions.values().flat_map(|ask| &ask.choices);
            let folded = choices.map(|choice| fold(choice));
            (piece.key.clone(), folded.collect())
        };
        Self {
            asking: taxonomy.asking.clone(),
            choices: asked.clone().map(choices).collect(),
            by_key: asked
                .map(|piece| (piece.key.clone(), piece.questions.clone()))
                .collect(),
        }
    }

    /// The answer to choose from that a reply, which is folded, holds.
    pub(crate) fn chosen(&self, key: &str, reply: &str) -> Option<&str> {
        let choices = self.choices.get(key)?.iter();
        let mut found = choices.filter(|choice| reply.contains(choice.as_str()));
        found.next().map(String::as_str)
    }

    /// What to ask for what is missing; nothing where there is no question for any of it.
    pub(crate) fn ask(
        &self,
        missing: &[String],
        language: &str,
        home: &str,
    ) -> Option<InfoRequested> {
        let chain = [language, home, LAST_RESORT];
        let asked = || {
            missing
                .iter()
                .filter_map(|key| self.by_key.get_key_value(key))
        };
        let knows = |language: &str| asked().any(|(_, asks)| asks.contains_key(language));
        let language = first_language(chain, knows)?;
        let chain = [language, chain[0], chain[1], chain[2]];
        let questions: Vec<Question> = asked()
            .filter_map(|(key, asks)| {
                let told_in = first_language(chain, |language| asks.contains_key(language))?;
                let ask = &asks[told_in];
                Some(Question {
                    key: key.clone(),
                    text: ask.text.clone(),
                    choices: ask.choices.clone(),
                })
            })
            .take(QUESTIONS_MAX)
            .collect();
        Some(InfoRequested {
            language: language.to_owned(),
            text: self.text(&questions, language),
            questions,
            pauses_clocks: self.asking.pauses_clocks,
        })
    }

    /// What the customer reads: each question in a line, its answers to choose from below it.
    fn text(&self, questions: &[Question], language: &str) -> String {
        let mut paragraphs: Vec<String> = Vec::with_capacity(3);
        paragraphs.extend(in_language(&self.asking.before, language));
        let lines = (1..).zip(questions).map(|(number, question)| {
            let choices = question
                .choices
                .iter()
                .map(|choice| format!("\n   - {choice}"));
            format!("{number}. {}{}", question.text, choices.collect::<String>())
        });
        paragraphs.push(lines.collect::<Vec<_>>().join("\n"));
        paragraphs.extend(in_language(&self.asking.after, language));
        paragraphs.join("\n\n")
    }
}

fn in_language(texts: &Texts, language: &str) -> Option<String> {
    let known = first_language([language], |language| texts.contains_key(language))?;
    texts.get(known).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions() -> Questions {
        let ask = |text: &str, choices: &[&str]| Ask {
            text: text.to_owned(),
            choices: choices.iter().map(|&choice| choice.to_owned()).collect(),
        };
        let piece = |key: &str, asks: Vec<(&str, Ask)>| Information {
            key: key.to_owned(),
            patterns: Vec::new(),
            questions: asks
                .into_iter()
                .map(|(language, ask)| (language.to_owned(), ask))
                .collect(),
        };
        Questions::of(&Taxonomy {
            information: vec![
                piece(
                    "time",
                    vec![
                        ("en", ask("Since when?", &[])),
                        ("zh", ask("何时开始？", &[])),
                    ],
                ),
                piece(
                    "region",
                    vec![("en", ask("Where?", &["eu-west", "us-east"]))],
                ),
                piece("unasked", Vec::new()),
            ],
            asking: Asking {
                pauses_clocks: true,
                before: [("zh".to_owned(), "您好！".to_owned())].into(),
                after: Texts::new(),
            },
            ..Taxonomy::default()
        })
    }

    fn keys(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|&key| key.to_owned()).collect()
    }

    #[test]
    fn a_question_that_is_not_known_in_a_language_falls_back_alone() {
        let missing = keys(&["time", "region", "unasked"]);
        let asked = questions().ask(&missing, "zh-TW", "de").unwrap();
        assert_eq!(asked.language, "zh");
        assert_eq!(
            asked.text,
            "您好！\n\n1. 何时开始？\n2. Where?\n   - eu-west\n   - us-east"
        );
        let told: Vec<&str> = asked.questions.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(told, ["time", "region"]);
        assert!(asked.pauses_clocks);
    }

    #[test]
    fn the_language_of_the_region_comes_before_english() {
        let missing = keys(&["time"]);
        let language = |own, home| questions().ask(&missing, own, home).unwrap().language;
        assert_eq!(language("fr", "zh"), "zh");
        assert_eq!(language("fr", "de"), "en");
    }

    #[test]
    fn an_answer_to_choose_from_is_an_answer() {
        let chosen = |reply: &str| {
            questions()
                .chosen("region", &fold(reply))
                .map(str::to_owned)
        };
        assert_eq!(chosen("It is EU-West."), Some("eu-west".to_owned()));
        assert_eq!(chosen("It is everywhere."), None);
    }

    #[test]
    fn what_nobody_wrote_a_question_for_is_not_asked() {
        assert_eq!(questions().ask(&keys(&["unasked"]), "en", ""), None);
        assert_eq!(questions().ask(&[], "en", ""), None);
    }
}
