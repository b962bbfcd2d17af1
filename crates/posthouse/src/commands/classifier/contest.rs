//! Two models before the same labelled tickets, head by head.

use std::collections::BTreeSet;

use posthouse_model::{Choice, Corpus, Head, Label, Model, Prediction};
use serde::Serialize;

use super::mcnemar::Contest;

/// How two models fared on the tickets of which a head's label is known.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Compared {
    pub(super) head: String,
    pub(super) tickets: u64,
    /// On how many they did not say the same.
    pub(super) disagree: u64,
    #[serde(flatten)]
    pub(super) contest: Contest,
    pub(super) accuracy_a: f64,
    pub(super) accuracy_b: f64,
    pub(super) p_value: f64,
}

impl Compared {
    /// Whether `b` is worse than `a`: right less often, unless chance explains that with at least
    /// the probability `alpha`.
    pub(super) fn b_is_worse(&self, alpha: Option<f64>) -> bool {
        let is_chance = alpha.is_some_and(|alpha| self.p_value >= alpha);
        self.contest.b_is_worse() && !is_chance
    }
}

/// A head that both models have, as it fares.
struct Tally<'m> {
    a: &'m Head,
    b: &'m Head,
    /// The place of its labels in the corpus.
    field: usize,
    contest: Contest,
    disagree: u64,
}

/// Compares two models on the heads that both have and the corpus has labels for.
///
/// A model that abstains is right only where no label of its head holds: what it has not learnt
/// it cannot tell in another way.
pub(super) fn compare(a: &Model, b: &Model, corpus: &Corpus) -> Vec<Compared> {
    let mut tallies: Vec<Tally<'_>> = a
        .heads()
        .iter()
        .filter_map(|head| Tally::new(head, b, corpus))
        .collect();
    for row in &corpus.rows {
        let (by_a, by_b) = (a.predict(&row.text()), b.predict(&row.text()));
        for tally in &mut tallies {
            tally.count(&row.labels[tally.field], &by_a, &by_b);
        }
    }
    tallies
        .into_iter()
        .filter(|tally| tally.contest.tickets() > 0)
        .map(Compared::from)
        .collect()
}

impl<'m> Tally<'m> {
    fn new(a: &'m Head, b: &'m Model, corpus: &Corpus) -> Option<Self> {
        Some(Self {
            a,
            b: b.head(&a.name)?,
            field: corpus.fields.iter().position(|field| *field == a.name)?,
            contest: Contest::default(),
            disagree: 0,
        })
    }

    fn count(&mut self, label: &Label, by_a: &Prediction<'_>, by_b: &Prediction<'_>) {
        if *label == Label::Missing {
            return;
        }
        let (said_a, said_b) = (said(self.a, by_a), said(self.b, by_b));
        self.disagree += u64::from(said_a != said_b);
        let labels = label.as_slice();
        self.contest.count(
            is_right(self.a, &said_a, labels),
            is_right(self.b, &said_b, labels),
        );
    }
}

impl From<Tally<'_>> for Compared {
    fn from(tally: Tally<'_>) -> Self {
        let contest = tally.contest;
        Self {
            head: tally.a.name.clone(),
            tickets: contest.tickets(),
            disagree: tally.disagree,
            accuracy_a: contest.accuracy_a(),
            accuracy_b: contest.accuracy_b(),
            p_value: contest.p_value(),
            contest,
        }
    }
}

/// What a head says of a text: one label, or none where it abstains; or all that hold.
fn said<'p>(head: &'p Head, prediction: &'p Prediction<'_>) -> BTreeSet<&'p str> {
    match head.choice {
        Choice::One => {
            let answer = prediction.answer(&head.name);
            let picked = answer.filter(|answer| !answer.abstained);
            picked.map(|answer| answer.label).into_iter().collect()
        }
        Choice::Many => prediction
            .marks(&head.name)
            .map(|mark| mark.label)
            .collect(),
    }
}

fn is_right(head: &Head, said: &BTreeSet<&str>, labels: &[String]) -> bool {
    let known = labels
        .iter()
        .map(String::as_str)
        .filter(|label| head.labels.iter().any(|known| known == label));
    *said == known.collect::<BTreeSet<_>>()
}

#[cfg(test)]
pub(super) mod tests {
    use posthouse_model::{Options, Row, train};

    use super::*;

    /// Rows whose first word says what they are about.
    fn corpus(labels: [&str; 2], rows: usize) -> Corpus {
        let row = |n: usize| {
            let label = labels[n % 2];
            let word = ["router", "invoice"][n % 2];
            Row {
                subject: format!("{word} number {n} again"),
                body: format!("the {word} is not as it should be, case {n}"),
                labels: vec![Label::One(label.to_owned())],
            }
        };
        Corpus {
            fields: vec!["category".to_owned()],
            rows: (0..rows).map(row).collect(),
        }
    }

    /// A model that knows `router` and `invoice`, and what each is about.
    pub(in crate::commands::classifier) fn model(labels: [&str; 2]) -> Model {
        let options = Options {
            rows_per_gram_min: 1,
            ..Options::default()
        };
        let artefact = train(&corpus(labels, 40), &options).unwrap();
        Model::from_bytes(artefact).unwrap()
    }

    #[test]
    fn a_model_ties_with_itself() {
        let model = model(["network", "billing"]);
        let test = corpus(["network", "billing"], 10);
        let compared = compare(&model, &model, &test);
        assert_eq!(compared.len(), 1);
        assert_eq!((compared[0].tickets, compared[0].disagree), (10, 0));
        assert!(!compared[0].b_is_worse(None));
    }

    #[test]
    fn a_model_that_learnt_the_opposite_is_worse() {
        let good = model(["network", "billing"]);
        let bad = model(["billing", "network"]);
        let compared = &compare(&good, &bad, &corpus(["network", "billing"], 10))[0];
        assert!(compared.accuracy_a > compared.accuracy_b, "{compared:?}");
        assert!(compared.b_is_worse(None), "{compared:?}");
        assert!(compared.b_is_worse(Some(0.05)), "{compared:?}");
        assert!(
            !compared.b_is_worse(Some(0.0)),
            "chance explains anything then"
        );
        let back = &compare(&bad, &good, &corpus(["network", "billing"], 10))[0];
        assert!(!back.b_is_worse(None), "{back:?}");
    }

    #[test]
    fn what_nobody_labelled_is_not_judged() {
        let model = model(["network", "billing"]);
        let mut test = corpus(["network", "billing"], 4);
        test.rows[0].labels = vec![Label::Missing];
        assert_eq!(compare(&model, &model, &test)[0].tickets, 3);
        test.fields = vec!["kind".to_owned()];
        assert!(compare(&model, &model, &test).is_empty());
    }
}
