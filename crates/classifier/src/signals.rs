//! Signals: what in a text speaks of urgency or risk.
//!
//! A signal is a label of the taxonomy (`[[signal]]`) with the words that speak for it; any number
//! hold at once. What is done about one is not decided here: conditions of routing, of ladders and
//! of receivers look at `ticket.signals`.
//!
//! A signal holds where its words have a score above zero: words of negative weight (`no rush`)
//! speak against it. Its evidence are the words that spoke, the strongest first.

use posthouse_domain::classify::Label;
use posthouse_domain::limits::SIGNALS_MAX;
use posthouse_domain::ticket::Signal;

use crate::error::Error;
use crate::words::{Builder, Tally};

/// The signals of a taxonomy, each a contest of one label.
#[derive(Debug)]
pub(crate) struct Signals(Vec<(String, usize)>);

impl Signals {
    /// Adds the words of all signals.
    ///
    /// # Errors
    ///
    /// What [`Builder::add`] refuses.
    pub(crate) fn compile(words: &mut Builder, labels: &[Label<String>]) -> Result<Self, Error> {
        let mut signals = Vec::with_capacity(labels.len());
        for label in labels {
            let contest = words.contest(1);
            let name = format!("signal {}", label.key);
            for word in &label.words {
                words.add(contest, 0, &name, word)?;
            }
            signals.push((label.key.clone(), contest));
        }
        Ok(Self(signals))
    }

    /// The signals that the words of a text give, in the order of the taxonomy; at most
    /// [`SIGNALS_MAX`].
    pub(crate) fn tell(&self, tally: &Tally<'_>) -> Vec<Signal> {
        self.0
            .iter()
            .filter_map(|(key, contest)| {
                let winner = tally.winner(*contest)?;
                Some(Signal {
                    key: key.clone(),
                    evidence: tally.evidence(*contest, winner.label),
                })
            })
            .take(SIGNALS_MAX)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use posthouse_domain::classify::Word;

    use super::*;
    use crate::fold::fold;

    fn label(key: &str, words: &[(&str, i32)]) -> Label<String> {
        let word = |(text, weight): &(&str, i32)| Word {
            text: (*text).to_owned(),
            weight: *weight,
        };
        Label {
            key: key.to_owned(),
            words: words.iter().map(word).collect(),
        }
    }

    fn told(labels: &[Label<String>], text: &str) -> Vec<(String, String)> {
        let mut builder = Builder::default();
        // Whatever other contests there are before.
        builder.contest(3);
        let signals = Signals::compile(&mut builder, labels).unwrap();
        let words = builder.build().unwrap();
        let told = signals.tell(&words.tally(&fold(text), 0));
        told.into_iter()
            .map(|signal| (signal.key, signal.evidence))
            .collect()
    }

    #[test]
    fn any_number_hold_at_once_with_what_was_seen() {
        let labels = [
            label(
                "urgent",
                &[("紧急", 2), ("asap", 1), ("not urgent", -3), ("urgent", 2)],
            ),
            label("legal_action", &[("律师函", 3), ("lawyer", 2)]),
        ];
        assert_eq!(told(&labels, "一切正常"), []);
        assert_eq!(
            told(&labels, "紧急！ASAP，否则发律师函"),
            [
                ("urgent".to_owned(), "紧急, asap".to_owned()),
                ("legal_action".to_owned(), "律师函".to_owned()),
            ]
        );
        assert_eq!(told(&labels, "This is not urgent"), []);
    }

    #[test]
    fn they_are_as_many_as_a_classification_holds() {
        let many: Vec<Label<String>> = (0..SIGNALS_MAX + 5)
            .map(|number| label(&format!("s{number}"), &[("down", 1)]))
            .collect();
        assert_eq!(told(&many, "down").len(), SIGNALS_MAX);
    }
}
