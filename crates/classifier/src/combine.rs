//! How rules, model and words come to one label.
//!
//! For category, kind and sentiment the first of these that says something decides:
//!
//! 1. a rule that forces the label (`rule:NAME`);
//! 2. the model (`model:…`), where it does not abstain, unless words say otherwise and it is not
//!    sure: how sure it has to be says the policy, label by label, because it depends on how good
//!    its words are and how many tickets of its own the model has seen;
//! 3. the words (`words`);
//! 4. a rule that suggests the label (`rule:NAME`);
//! 5. the taxonomy's default: `abstained` where a model was asked, `default` where none was.
//!
//! What a rule vetoes is as if nobody had said it. A model that names a label which the taxonomy
//! does not have says nothing. Tags are those of words, model and rules together, without the
//! vetoed ones. Severity is a count of votes: `severity.rs`.
//!
//! Confidence is that of the part that decided: the model's calibrated probability, how far the
//! words are ahead (`engine.rs`), 1000 for a forced label, [`SUGGESTED_PERMILLE`] for a suggested
//! one, 0 for the default.

use posthouse_domain::limits::TAGS_MAX;
use posthouse_domain::ticket::{Labels, Reason};

use crate::rules::{Ruling, Says};

/// The confidence of a label that only a rule suggested, in thousandths.
const SUGGESTED_PERMILLE: u16 = 500;

/// What the model says of a label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Vote {
    pub(crate) label: String,
    pub(crate) permille: u16,
    pub(crate) abstained: bool,
    /// Whether it outweighs words that say otherwise.
    pub(crate) sure: bool,
}

/// What the words say of a label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) label: String,
    pub(crate) permille: u16,
    pub(crate) evidence: String,
}

/// All that is said of one label.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims<'r> {
    pub(crate) field: &'static str,
    pub(crate) forced: Option<&'r Says<String>>,
    /// What decides as a model does: `model:…`, with its vote.
    pub(crate) model: Option<(&'r str, Vote)>,
    pub(crate) words: Option<Spoken>,
    pub(crate) suggested: Option<&'r Says<String>>,
    pub(crate) vetoed: Vec<&'r str>,
    pub(crate) default: &'r str,
}

/// The label, and who decided it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) reason: Reason,
    pub(crate) permille: u16,
    /// Whether nobody said anything.
    pub(crate) by_default: bool,
}

impl Claims<'_> {
    /// Decides by the order of this module.
    pub(crate) fn decide(self) -> Decided {
        if let Some(forced) = self.forced {
            return self.decided(&forced.value, &forced.by, forced.evidence.clone(), 1_000);
        }
        let may = |label: &str| !self.vetoed.contains(&label);
        let words = self.words.as_ref().filter(|words| may(&words.label));
        let model = self.model.as_ref();
        let model = model.filter(|(_, vote)| !vote.abstained && may(&vote.label));
        match (model, words) {
            (Some((_, vote)), Some(words)) if words_outweigh(vote, words) => self.by_words(words),
            (Some((name, vote)), _) => {
                let evidence = percent(vote.permille);
                self.decided(&vote.label, name, evidence, vote.permille)
            }
            (None, Some(words)) => self.by_words(words),
            (None, None) => self.by_nobody(),
        }
    }

    fn by_words(&self, words: &Spoken) -> Decided {
        self.decided(
            &words.label,
            "words",
            words.evidence.clone(),
            words.permille,
        )
    }

    fn by_nobody(&self) -> Decided {
        let may = |says: &&Says<String>| !self.vetoed.contains(&says.value.as_str());
        if let Some(says) = self.suggested.filter(may) {
            let evidence = says.evidence.clone();
            return self.decided(&says.value, &says.by, evidence, SUGGESTED_PERMILLE);
        }
        let (rule, evidence) = match &self.model {
            Some((name, vote)) => (
                "abstained",
                format!("{name}: {} {}", vote.label, percent(vote.permille)),
            ),
            None => ("default", String::new()),
        };
        Decided {
            by_default: true,
            ..self.decided(self.default, rule, evidence, 0)
        }
    }

    fn decided(&self, value: &str, rule: &str, evidence: String, permille: u16) -> Decided {
        Decided {
            reason: reason(self.field, value, rule, evidence),
            permille,
            by_default: false,
        }
    }
}

fn words_outweigh(vote: &Vote, words: &Spoken) -> bool {
    vote.label != words.label && !vote.sure
}

fn percent(permille: u16) -> String {
    format!("{} %", permille / 10)
}

/// All tags that hold, with a reason for each: those of the words, then of the model, then of
/// rules.
pub(crate) fn tags(
    spoken: Vec<(String, String)>,
    marked: Option<(&str, Vec<Vote>)>,
    ruling: &Ruling,
) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    let mut add = |tag: &str, rule: &str, evidence: String| {
        let is_known = reasons.iter().any(|reason| reason.value == tag);
        if !is_known && reasons.len() < TAGS_MAX && !ruling.vetoes_tag(tag) {
            reasons.push(reason("tag", tag, rule, evidence));
        }
    };
    for (tag, evidence) in spoken {
        add(&tag, "words", evidence);
    }
    if let Some((name, votes)) = marked {
        for vote in votes {
            add(&vote.label, name, percent(vote.permille));
        }
    }
    for says in ruling.force.tags.iter().chain(&ruling.suggest.tags) {
        add(&says.value, &says.by, says.evidence.clone());
    }
    reasons
}

/// The values of one label that rules veto.
pub(crate) fn vetoed<'r>(
    ruling: &'r Ruling,
    label: impl Fn(&'r Labels) -> Option<&'r str>,
) -> Vec<&'r str> {
    ruling.veto.iter().filter_map(label).collect()
}

/// Why a label was chosen.
pub(crate) fn reason(field: &str, value: &str, rule: &str, evidence: String) -> Reason {
    Reason {
        field: field.to_owned(),
        value: value.to_owned(),
        rule: rule.to_owned(),
        evidence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(label: &str, permille: u16, abstained: bool) -> Option<(&'static str, Vote)> {
        let vote = Vote {
            label: label.to_owned(),
            permille,
            abstained,
            sure: permille >= 650,
        };
        Some(("model:1", vote))
    }

    fn words(label: &str, permille: u16) -> Option<Spoken> {
        Some(Spoken {
            label: label.to_owned(),
            permille,
            evidence: "w".to_owned(),
        })
    }

    fn says(value: &str) -> Says<String> {
        Says {
            value: value.to_owned(),
            by: "rule:r".to_owned(),
            evidence: String::new(),
        }
    }

    /// Who decides, what, and how sure.
    fn told(claims: Claims<'_>) -> (String, String, u16) {
        let decided = claims.decide();
        (decided.reason.value, decided.reason.rule, decided.permille)
    }

    #[test]
    fn who_comes_before_whom() {
        let (forced, suggested) = (says("forced"), says("suggested"));
        let all = || Claims {
            field: "category",
            forced: Some(&forced),
            model: vote("model", 900, false),
            words: words("words", 400),
            suggested: Some(&suggested),
            vetoed: Vec::new(),
            default: "other",
        };
        let expect = |claims, value: &str, rule: &str, permille| {
            let expected = (value.to_owned(), rule.to_owned(), permille);
            assert_eq!(told(claims), expected);
        };
        expect(all(), "forced", "rule:r", 1_000);
        let free = || Claims {
            forced: None,
            ..all()
        };
        expect(free(), "model", "model:1", 900);
        let doubtful = Claims {
            model: vote("model", 400, false),
            ..free()
        };
        expect(doubtful.clone(), "words", "words", 400);
        let agreeing = Claims {
            words: words("model", 400),
            ..doubtful.clone()
        };
        expect(agreeing, "model", "model:1", 400);
        let unopposed = Claims {
            words: None,
            ..doubtful
        };
        expect(unopposed, "model", "model:1", 400);
        let silent = || Claims {
            model: vote("model", 300, true),
            ..free()
        };
        expect(silent(), "words", "words", 400);
        let speechless = || Claims {
            words: None,
            ..silent()
        };
        expect(speechless(), "suggested", "rule:r", SUGGESTED_PERMILLE);
        let nobody = Claims {
            suggested: None,
            ..speechless()
        };
        assert!(nobody.clone().decide().by_default);
        expect(nobody, "other", "abstained", 0);
    }

    #[test]
    fn what_is_vetoed_nobody_has_said() {
        let suggested = says("model");
        let claims = Claims {
            field: "category",
            model: vote("model", 900, false),
            words: words("words", 200),
            suggested: Some(&suggested),
            vetoed: vec!["model"],
            default: "other",
            ..Claims::default()
        };
        assert_eq!(told(claims.clone()).1, "words");
        let claims = Claims {
            vetoed: vec!["model", "words"],
            model: None,
            ..claims
        };
        assert_eq!(told(claims), ("other".to_owned(), "default".to_owned(), 0));
    }

    #[test]
    fn tags_are_those_of_all_parts() {
        let spoken = vec![("quota".to_owned(), "limit".to_owned())];
        let (_, marked) = vote("vip", 700, false).unwrap();
        let mut ruling = Ruling::default();
        ruling.force.tags = vec![says("quota"), says("drill")];
        ruling.veto = vec![Labels {
            tags: Some(vec!["vip".to_owned()]),
            ..Labels::default()
        }];
        let reasons = tags(spoken, Some(("model:1", vec![marked])), &ruling);
        let told: Vec<_> = reasons.iter().map(|it| (&*it.value, &*it.rule)).collect();
        assert_eq!(told, [("quota", "words"), ("drill", "rule:r")]);
    }
}
