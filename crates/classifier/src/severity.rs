//! Severity: how bad it is, from what the customer declared and what the words say.
//!
//! The words *measure*: each severity has words, and the one with the highest score wins. The one
//! that is usual for the ticket's kind has a head start of [`USUAL_HEAD_START`] points, so that
//! one weak word does not outweigh that a question is only a question: the mildest for questions,
//! requests and what is out of scope, the taxonomy's default (or P2) for the rest.
//!
//! Then the measured one meets what was declared; the first rule that applies decides:
//!
//! 1. `declared_p0_stays`: a declared P0 is never lowered.
//! 2. `words_worse_than_declared`: words that speak for something worse than what was declared
//!    are believed. A customer who calls a lost database P2 is modest or new.
//! 3. `declared`: otherwise what was declared holds. Whoever knows that it is milder is a person.
//! 4. `words`: nothing was declared, and words spoke for what was measured.
//! 5. `usual_for_kind`: nothing was declared, and no word had a part.
//!
//! The customer's tier plays no part: it sets targets, it does not make an outage worse.

use posthouse_domain::ticket::Severity;

/// How many points the severity that is usual for a kind has before any word speaks.
pub(crate) const USUAL_HEAD_START: i32 = 5;

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
