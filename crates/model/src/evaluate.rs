//! Evaluation: how well a model answers rows whose labels are known.

use std::collections::BTreeMap;

use crate::bag::Scratch;
use crate::corpus::{Corpus, Label, Row};
use crate::header::{Choice, Head};
use crate::measure::{self, Judged, Tally};
use crate::model::{self, Model};
use crate::number::part;
use crate::sums::Best;

/// Shares of texts that an abstaining model might answer, for [`Report::curve`].
const COVERAGES: [u8; 8] = [50, 60, 70, 80, 85, 90, 95, 100];

/// How one label does.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelReport {
    /// The label.
    pub label: String,
    /// Rows that have it.
    pub rows: usize,
    /// Share of its answers that are right.
    pub precision: f64,
    /// Share of its rows that are answered so.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
}

/// Two labels that are taken for each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    /// The right label.
    pub right: String,
    /// The one that was answered.
    pub answered: String,
    /// How often.
    pub rows: usize,
}

/// What would be gained by answering only the surest texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Share of texts that are answered.
    pub coverage: f64,
    /// Share of these answers that are right.
    pub accuracy: f64,
    /// The score from which a text is answered.
    pub score: f32,
}

/// How texts from outside are told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outside {
    /// Texts from outside.
    pub rows: usize,
    /// Share of texts from inside that are answered, and right.
    pub in_scope_accuracy: f64,
    /// Share of texts from outside for which the head abstains.
    pub recall: f64,
    /// The probability that a text from inside scores above one from outside.
    pub auroc: f64,
    /// Matthews' correlation over all labels and abstention.
    pub correlation: f64,
}

/// How well a head answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The head.
    pub head: String,
    /// Labelled rows from inside.
    pub rows: usize,
    /// Share of them that are answered right. Of a head that may pick many: exactly right.
    pub accuracy: f64,
    /// Mean of the labels' harmonic means of precision and recall.
    pub macro_f1: f64,
    /// The harmonic mean of precision and recall over all labels together.
    pub micro_f1: f64,
    /// Expected calibration error.
    pub ece: f64,
    /// Share of texts from inside for which it does not abstain.
    pub coverage: f64,
    /// Share of these that are answered right.
    pub accuracy_when_covered: f64,
    /// Of a corpus with texts from outside.
    pub outside: Option<Outside>,
    /// By label.
    pub labels: Vec<LabelReport>,
    /// The labels that are taken for each other, the worst first.
    pub confusions: Vec<Confusion>,
    /// What would be gained by answering less.
    pub curve: Vec<Coverage>,
}

/// Judges the answers of a model's head by the field of a corpus that is labelled for it.
///
/// Rows without that label take no part; a label that the model does not know is never answered
/// right. `None` when the model has no such head or the corpus no such field.
#[must_use]
pub fn evaluate(model: &Model, corpus: &Corpus, field: &str) -> Option<Report> {
    let head = model.head(field)?;
    let mut scratch = Scratch::default();
    match head.choice {
        Choice::One => evaluate_as(model, corpus, field, head.threshold, |row| {
            model.sums(&row.text(), &mut scratch).best(head)
        }),
        Choice::Many => Some(Asked::new(head, corpus)?.many(model, corpus)),
    }
}

/// As [`evaluate`], of a head that picks one label, with answers that come from `answer`: those
/// of the model, or of somebody who was asked after it. Below `threshold`, a score abstains.
#[must_use]
pub fn evaluate_as(
    model: &Model,
    corpus: &Corpus,
    field: &str,
    threshold: f32,
    answer: impl FnMut(&Row) -> Best,
) -> Option<Report> {
    let head = model.head(field)?;
    Some(Asked::new(head, corpus)?.one(corpus, threshold, answer))
}

struct Asked<'a> {
    head: &'a Head,
    place: usize,
    /// The head's labels, then those of the corpus that it does not know.
    names: Vec<String>,
}

impl<'a> Asked<'a> {
    fn new(head: &'a Head, corpus: &Corpus) -> Option<Self> {
        let place = corpus.fields.iter().position(|it| *it == head.name)?;
        let mut names = head.labels.clone();
        let unknown = corpus.counts(place).into_keys().map(str::to_owned);
        names.extend(unknown.filter(|it| head.labels.binary_search(it).is_err()));
        Some(Self { head, place, names })
    }

    fn labelled<'c>(&self, corpus: &'c Corpus) -> impl Iterator<Item = (&'c Row, &'c Label)> {
        let place = self.place;
        let rows = corpus.rows.iter().map(move |row| (row, &row.labels[place]));
        rows.filter(|(_, label)| **label != Label::Missing)
    }

    fn number(&self, label: &str) -> Option<usize> {
        self.names.iter().position(|it| it == label)
    }

    fn one(&self, corpus: &Corpus, threshold: f32, mut answer: impl FnMut(&Row) -> Best) -> Report {
        let judged: Vec<Judged> = self
            .labelled(corpus)
            .map(|(row, label)| self.judge(label, answer(row)))
            .collect();
        let inside = judged.iter().filter(|it| it.right.is_some());
        let rows = inside.clone().count();
        let covered = inside.clone().filter(|it| it.score >= threshold);
        let right = covered
            .clone()
            .filter(|it| it.right == Some(it.answered))
            .count();
        let tallies = measure::tallies(&judged);
        let accuracy = measure::accuracy(&judged);
        Report {
            head: self.head.name.clone(),
            rows,
            accuracy,
            macro_f1: measure::macro_f1(tallies.values()),
            micro_f1: accuracy,
            ece: measure::ece(&judged),
            coverage: measure::share(covered.clone().count(), rows),
            accuracy_when_covered: measure::share(right, covered.count()),
            outside: outside(&judged, threshold, measure::share(right, rows)),
            labels: self.labels(&tallies),
            confusions: self.confusions(&judged),
            curve: curve(&judged),
        }
    }

    fn judge(&self, label: &Label, answer: Best) -> Judged {
        Judged {
            right: label.as_slice().first().and_then(|it| self.number(it)),
            answered: answer.label,
            probability: answer.probability,
            score: answer.score,
        }
    }

    fn many(&self, model: &Model, corpus: &Corpus) -> Report {
        let mut scratch = Scratch::default();
        let mut tallies = vec![Tally::default(); self.names.len()];
        let (mut rows, mut exact) = (0, 0);
        let mut answers = Vec::new();
        for (row, label) in self.labelled(corpus) {
            model.read(&row.text(), &mut scratch);
            let marks = model::marks(self.head, &scratch.sums);
            let mut is_exact = true;
            for (number, tally) in tallies.iter_mut().enumerate() {
                let right = label.as_slice().contains(&self.names[number]);
                let mark = marks.iter().find(|mark| mark.label == self.names[number]);
                is_exact &= right == mark.is_some();
                tally.right += usize::from(right);
                tally.answered += usize::from(mark.is_some());
                tally.both += usize::from(right && mark.is_some());
                answers.extend(mark.map(|mark| (mark.probability, right)));
            }
            rows += 1;
            exact += usize::from(is_exact);
        }
        Report {
            head: self.head.name.clone(),
            rows,
            accuracy: measure::share(exact, rows),
            macro_f1: measure::macro_f1(&tallies),
            micro_f1: Tally::sum(&tallies).f1(),
            ece: measure::calibration_error(answers.into_iter()),
            coverage: 1.0,
            accuracy_when_covered: measure::share(exact, rows),
            outside: None,
            labels: self.labels(&tallies.into_iter().enumerate().collect()),
            confusions: Vec::new(),
            curve: Vec::new(),
        }
    }

    fn labels(&self, tallies: &BTreeMap<usize, Tally>) -> Vec<LabelReport> {
        let of = |(number, tally): (&usize, &Tally)| LabelReport {
            label: self.names[*number].clone(),
            rows: tally.right,
            precision: tally.precision(),
            recall: tally.recall(),
            f1: tally.f1(),
        };
        tallies.iter().map(of).collect()
    }

    fn confusions(&self, judged: &[Judged]) -> Vec<Confusion> {
        let of = |(right, answered, rows): (usize, usize, usize)| Confusion {
            right: self.names[right].clone(),
            answered: self.names[answered].clone(),
            rows,
        };
        measure::confusions(judged).into_iter().map(of).collect()
    }
}

fn outside(judged: &[Judged], threshold: f32, in_scope_accuracy: f64) -> Option<Outside> {
    let outside = judged.iter().filter(|it| it.right.is_none());
    let rows = outside.clone().count();
    let told = outside.filter(|it| it.score < threshold).count();
    Some(Outside {
        rows,
        in_scope_accuracy,
        recall: measure::share(told, rows),
        auroc: measure::auroc(judged)?,
        correlation: measure::correlation(judged, threshold),
    })
}

fn curve(judged: &[Judged]) -> Vec<Coverage> {
    let mut surest: Vec<&Judged> = judged.iter().filter(|it| it.right.is_some()).collect();
    surest.sort_by(|left, right| right.score.total_cmp(&left.score));
    let at = |percent: u8| {
        let count = part(surest.len(), f64::from(percent) / 100.0).max(1);
        let answered = surest.get(..count)?;
        let right = answered.iter().filter(|it| it.right == Some(it.answered));
        Some(Coverage {
            coverage: measure::share(count, surest.len()),
            accuracy: measure::share(right.count(), count),
            score: answered.last()?.score,
        })
    };
    COVERAGES.into_iter().filter_map(at).collect()
}
