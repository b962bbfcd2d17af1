//! Severity: how bad it is, from what the customer declared and what all parts say.
//!
//! It is *measured* by votes, and the severity with the most points wins:
//!
//! - words: the points of each severity's words;
//! - the ticket's kind: the severity that is usual for it has [`USUAL_HEAD_START`] points, so that
//!   one weak word does not outweigh that a question is only a question: the mildest for
//!   questions, requests and what is out of scope, the taxonomy's default (or P2) for the rest;
//! - the model: up to [`MODEL_POINTS`], by its probability.
//!
//! A rule that suggests a severity says that it is at least so bad; by rules, the customer's tier,
//! an entry code and other properties have a part. What a rule vetoes gives way to the next milder one. Then the measured one meets what was
//! declared; the first rule that applies decides:
//!
//! 1. `declared_p0_stays`: a declared P0 is never lowered, not even by force.
//! 2. `rule:NAME`: a rule forces a severity.
//! 3. `words_worse_than_declared`, or `rule:NAME`: words or a rule that speak for something worse
//!    than what was declared are believed. A customer who calls a lost database P2 is modest or
//!    new. A model alone is not: it is a vote, no evidence.
//! 4. `declared`: otherwise what was declared holds. Whoever knows that it is milder is a person.
//! 5. `words`, `rule:NAME` or `model:…`: nothing was declared; whoever gave the most points.
//! 6. `usual_for_kind`: nothing was declared, and nobody spoke for it.

use posthouse_domain::ticket::{Reason, Severity};

use crate::combine::reason;
use crate::rules::Ruling;
use crate::words::Tally;

/// How many points the severity that is usual for a kind has before any word speaks.
pub(crate) const USUAL_HEAD_START: i32 = 5;
/// How many points a model that is certain gives to its severity.
pub(crate) const MODEL_POINTS: i32 = 8;

/// Kinds by which the customer reports nothing broken.
const ASKS_ONLY: [&str; 2] = ["question", "request"];

/// A severity and the rule that chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) severity: Severity,
    pub(crate) rule: &'static str,
}

/// The severity of most tickets of a kind; `foreign` ones are out of scope.
pub(crate) fn usual(kind: &str, foreign: bool, default: Option<Severity>) -> Severity {
    if foreign || is_asking(kind) {
        Severity::P3
    } else {
        default.unwrap_or(Severity::P2)
    }
}

/// Whether a customer who writes a ticket of this kind reports nothing broken.
pub(crate) fn is_asking(kind: &str) -> bool {
    ASKS_ONLY.contains(&kind)
}

/// All that speaks for a severity.
pub(crate) struct Measuring<'m, 'w> {
    pub(crate) tally: &'m mut Tally<'w>,
    pub(crate) contest: usize,
    /// The labels of the contest.
    pub(crate) severities: &'m [Severity],
    pub(crate) usual: Severity,
    /// The model by name, its severity, and how likely that is, in thousandths.
    pub(crate) voted: Option<(String, Severity, u16)>,
    pub(crate) ruling: &'m Ruling,
}

/// A part that speaks for the measured severity.
struct Part {
    points: i32,
    name: String,
    evidence: String,
    /// Whether it outweighs what the customer declared.
    is_evidence: bool,
}

impl Measuring<'_, '_> {
    /// Decides by the order of this module.
    pub(crate) fn decide(mut self, declared: Option<Severity>) -> (Severity, Reason) {
        let measured = self.measure();
        if let Some(forced) = &self.ruling.force.severity
            && declared != Some(Severity::P0)
        {
            let why = reason(
                "severity",
                forced.value.as_str(),
                &forced.by,
                forced.evidence.clone(),
            );
            return (forced.value, why);
        }
        let strongest = self.strongest(measured);
        let speaks = strongest
            .as_ref()
            .is_some_and(|part| part.is_evidence || declared.is_none());
        let decided = decide(declared, measured, speaks);
        let (name, evidence) = match strongest {
            Some(part) => (part.name, part.evidence),
            None => (decided.rule.to_owned(), String::new()),
        };
        let rule = match decided.rule {
            "words_worse_than_declared" if name == "words" => decided.rule,
            "words_worse_than_declared" | "words" => &name,
            rule => rule,
        };
        let why = reason("severity", decided.severity.as_str(), rule, evidence);
        (decided.severity, why)
    }

    /// Counts the votes.
    fn measure(&mut self) -> Severity {
        self.vote(self.usual, USUAL_HEAD_START);
        if let Some((_, severity, permille)) = self.voted {
            self.vote(severity, model_points(permille));
        }
        let winner = self.tally.winner(self.contest);
        let voted = winner.map_or(self.usual, |winner| self.severities[winner.label]);
        let suggested = self.ruling.suggest.severity.as_ref();
        // P0 sorts first, so the worse of two is the smaller.
        let measured = suggested.map_or(voted, |suggested| voted.min(suggested.value));
        let milder = Severity::ALL.into_iter().filter(|it| *it >= measured);
        let mut allowed = milder.filter(|it| !self.ruling.vetoes_severity(*it));
        allowed.next().unwrap_or(measured)
    }

    fn vote(&mut self, severity: Severity, points: i32) {
        if let Some(label) = self.place(severity) {
            self.tally.head_start(self.contest, label, points);
        }
    }

    fn place(&self, severity: Severity) -> Option<usize> {
        self.severities.iter().position(|it| *it == severity)
    }

    /// Who gave the measured severity the most points, besides its being usual.
    fn strongest(&self, measured: Severity) -> Option<Part> {
        let model = self.voted.as_ref().filter(|(_, it, _)| *it == measured);
        let model = model.map(|(name, _, permille)| Part {
            points: model_points(*permille),
            name: name.clone(),
            evidence: format!("{} %", permille / 10),
            is_evidence: false,
        });
        let suggested = self.ruling.suggest.severity.as_ref();
        let suggested = suggested.filter(|it| it.value == measured).map(|it| Part {
            points: i32::MAX,
            name: it.by.clone(),
            evidence: it.evidence.clone(),
            is_evidence: true,
        });
        let words = self.words(measured);
        // Of equal ones the last: words can be shown to people.
        let parts = [model, suggested, words].into_iter().flatten();
        let parts: Vec<Part> = parts.filter(|part| part.points > 0).collect();
        let is_evidence = parts.iter().any(|part| part.is_evidence);
        let strongest = parts
            .into_iter()
            .filter(|part| part.is_evidence == is_evidence);
        strongest.max_by_key(|part| part.points)
    }

    fn words(&self, measured: Severity) -> Option<Part> {
        let label = self.place(measured)?;
        let evidence = self.tally.evidence(self.contest, label);
        let points = self.tally.word_points(self.contest, label);
        (!evidence.is_empty()).then(|| Part {
            points: points.max(1),
            name: "words".to_owned(),
            evidence,
            is_evidence: true,
        })
    }
}

fn model_points(permille: u16) -> i32 {
    MODEL_POINTS * i32::from(permille) / 1_000
}

/// Decides between what was declared and what was `measured`, `by_words` or by kind alone.
pub(crate) fn decide(declared: Option<Severity>, measured: Severity, by_words: bool) -> Decided {
    // P0 sorts first, so the worse of two is the smaller.
    let (severity, rule) = match declared {
        Some(Severity::P0) => (Severity::P0, "declared_p0_stays"),
        Some(declared) if by_words && measured < declared => {
            (measured, "words_worse_than_declared")
        }
        Some(declared) => (declared, "declared"),
        None if by_words => (measured, "words"),
        None => (measured, "usual_for_kind"),
    };
    Decided { severity, rule }
}

#[cfg(test)]
mod tests {
    use posthouse_domain::ticket::Severity::{self, P0, P1, P2, P3};

    use super::{decide, usual};

    #[test]
    fn the_table() {
        let cases = [
            (Some(P0), P3, true, (P0, "declared_p0_stays")),
            (Some(P2), P0, true, (P0, "words_worse_than_declared")),
            (Some(P3), P2, false, (P3, "declared")),
            (Some(P1), P3, true, (P1, "declared")),
            (None, P1, true, (P1, "words")),
            (None, P3, false, (P3, "usual_for_kind")),
        ];
        for (declared, measured, by_words, expected) in cases {
            let decided = decide(declared, measured, by_words);
            assert_eq!((decided.severity, decided.rule), expected);
        }
    }

    #[test]
    fn what_is_usual() {
        assert_eq!(usual("question", false, Some(P1)), P3);
        assert_eq!(usual("request", false, None), P3);
        assert_eq!(usual("incident", false, Some(P1)), P1);
        assert_eq!(usual("complaint", false, None), P2);
        assert_eq!(usual("incident", true, Some(P1)), P3);
    }

    #[test]
    fn a_declared_severity_is_never_lowered() {
        for declared in Severity::ALL {
            for measured in Severity::ALL {
                assert!(decide(Some(declared), measured, true).severity <= declared);
            }
        }
    }
}
