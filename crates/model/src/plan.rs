//! The plan of a training: which heads and outputs there will be, and which side of each line
//! every row is on.

use crate::corpus::{Corpus, Label};
use crate::header::Choice;
use crate::number::narrow;

/// Texts from outside that a head must be shown before it learns to tell them.
const OUTSIDE_ROWS_MIN: usize = 10;

/// Rows that a label needs of a field that may hold many.
const LABEL_ROWS_MIN: usize = 5;

/// One head to be.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) field: usize,
    pub(crate) name: String,
    pub(crate) choice: Choice,
    pub(crate) labels: Vec<String>,
    pub(crate) first: usize,
    pub(crate) background: Option<usize>,
    /// Of [`Choice::Many`]: whether every row has a label.
    pub(crate) is_never_empty: bool,
}

impl Planned {
    /// The number of a label among the head's.
    pub(crate) fn number(&self, label: &str) -> Option<usize> {
        self.labels
            .binary_search_by(|it| it.as_str().cmp(label))
            .ok()
    }

    /// For each of the head's labels, whether it holds.
    pub(crate) fn holds(&self, label: &Label) -> Vec<bool> {
        let held = label.as_slice();
        self.labels.iter().map(|it| held.contains(it)).collect()
    }
}

/// Plans the heads of a corpus. Each field has two labels at least.
pub(crate) fn plan(corpus: &Corpus) -> Vec<Planned> {
    let mut outputs = 0;
    let mut heads = Vec::with_capacity(corpus.fields.len());
    for (field, name) in corpus.fields.iter().enumerate() {
        let choice = corpus.choice(field);
        let labels = learnt(corpus, field, choice);
        let first = outputs;
        outputs += labels.len();
        let of_field = || corpus.rows.iter().map(|row| &row.labels[field]);
        let outside = of_field().filter(|it| **it == Label::Outside).count();
        let has_background = choice == Choice::One && outside >= OUTSIDE_ROWS_MIN;
        let background = has_background.then_some(outputs);
        outputs += usize::from(has_background);
        heads.push(Planned {
            field,
            name: name.clone(),
            choice,
            labels,
            first,
            background,
            is_never_empty: of_field().all(|it| !it.as_slice().is_empty()),
        });
    }
    heads
}

/// The labels that a field teaches, sorted. Of a field that may hold many, one that a handful of
/// rows have would be drawn to whatever else these rows say.
fn learnt(corpus: &Corpus, field: usize, choice: Choice) -> Vec<String> {
    let counts = corpus.counts(field);
    let fewest = match choice {
        Choice::One => 1,
        Choice::Many => LABEL_ROWS_MIN,
    };
    let is_enough = |rows: &usize| *rows >= fewest;
    // A field of rare labels only teaches all of them: little is better than nothing.
    let fewest_are_enough = counts.values().any(is_enough);
    let learnt = counts
        .into_iter()
        .filter(|(_, rows)| is_enough(rows) || !fewest_are_enough);
    learnt.map(|(label, _)| label.to_owned()).collect()
}

/// How many outputs a plan has.
pub(crate) fn outputs(heads: &[Planned]) -> usize {
    heads.iter().fold(0, |outputs, head| {
        outputs + head.labels.len() + usize::from(head.background.is_some())
    })
}

/// For each row, for each output: 1, -1, or 0 for a row that takes no part.
pub(crate) fn sides(corpus: &Corpus, heads: &[Planned]) -> Vec<i8> {
    let outputs = outputs(heads);
    let mut sides = vec![0; corpus.rows.len() * outputs];
    for (row, sides) in corpus
        .rows
        .iter()
        .zip(sides.chunks_exact_mut(outputs.max(1)))
    {
        for head in heads {
            let label = &row.labels[head.field];
            if *label == Label::Missing {
                continue;
            }
            sides[head.first..head.first + head.labels.len()].fill(-1);
            for label in label.as_slice() {
                if let Some(number) = head.number(label) {
                    sides[head.first + number] = 1;
                }
            }
            if let Some(background) = head.background {
                sides[background] = if *label == Label::Outside { 1 } else { -1 };
            }
        }
    }
    sides
}

/// A number for each row, below `folds`, so that rows of a label are spread evenly. `order` is an
/// order of chance.
pub(crate) fn folds(corpus: &Corpus, order: &[usize], folds: usize) -> Vec<u32> {
    let mut sorted = order.to_vec();
    // By the first field that says something; rows alike in it stay in the order of chance.
    sorted.sort_by_key(|&row| {
        let labels = &corpus.rows[row].labels;
        let told = labels.iter().find(|it| **it != Label::Missing);
        told.and_then(|it| it.as_slice().first()).cloned()
    });
    let mut of = vec![0; corpus.rows.len()];
    for (place, row) in sorted.into_iter().enumerate() {
        of[row] = narrow(place % folds);
    }
    of
}
