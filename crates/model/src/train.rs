//! Training: from labelled rows to an artefact.
//!
//! 1. Count in how many rows each n-gram occurs; keep the ones of several rows.
//! 2. Solve on all folds of the rows but one, and let the result answer the one left out; in
//!    turn, until every row was answered by lines that never saw it.
//! 3. From these honest answers come temperatures, thresholds and the quality that is reported.
//! 4. Solve on all rows, and keep each weight in one byte.

use crate::artefact::{self, Parts};
use crate::bag::{self, Scratch};
use crate::calibrate;
use crate::corpus::{Corpus, Label};
use crate::fold::Folded;
use crate::grams;
use crate::header::{Choice, Data, Head, Header, Quality};
use crate::limits;
use crate::measure::{self, Judged, Tally};
use crate::model;
use crate::number::{narrow, real, single, weight, wide};
use crate::places::{self, Places};
use crate::plan::{self, Planned};
use crate::random::Random;
use crate::solver::{self, Lines, Problem, Rows};
use crate::sums::Honest;

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Decides the order of rows, and with it every byte of the result.
    pub seed: u64,
    /// The C of the machine: the cost of a row on the wrong side.
    pub cost: f32,
    /// Share of texts from inside that may be taken for ones from outside, in 0 to 1.
    pub budget: f32,
    /// How many parts the rows are split in for honest answers.
    pub folds: usize,
    /// How many rows at the end of the corpus are hints, such as the words of a taxonomy: they are
    /// learnt from, but no text of a customer, so nothing is judged or calibrated by them.
    pub hints: usize,
    /// Fewest rows in which an n-gram occurs for it to be kept.
    pub rows_per_gram_min: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            cost: 1.0,
            budget: 0.05,
            folds: 3,
            hints: 0,
            rows_per_gram_min: limits::ROWS_PER_GRAM_MIN,
        }
    }
}

/// Why rows cannot be learnt from. Messages follow “failed to”.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No field, or too many of them.
    #[error("train: {found} fields of labels; name 1 to {}", limits::HEADS_MAX)]
    Fields {
        /// How many there are.
        found: usize,
    },
    /// A row has not a label, or the mark of a missing one, for each field.
    #[error("train: row {row} has {found} labels for {expected} fields")]
    Row {
        /// Counted from 1.
        row: usize,
        /// How many fields there are.
        expected: usize,
        /// How many labels it has.
        found: usize,
    },
    /// A field has fewer than two labels.
    #[error("train `{field}`: {found}; give it rows of two labels at least")]
    Classes {
        /// The field.
        field: String,
        /// What there is instead.
        found: String,
    },
    /// A row gives one label where others give many.
    #[error("train `{field}`: row {row} has one label where others have a list; give all a list")]
    Mixed {
        /// The field.
        field: String,
        /// Counted from 1.
        row: usize,
    },
    /// More labels than a model can hold.
    #[error("train: {found} labels; the most is {}", limits::LABELS_MAX)]
    Labels {
        /// How many there are.
        found: usize,
    },
    /// More rows than are learnt from at once.
    #[error("train: {found} rows; the most is {}", limits::ROWS_MAX)]
    Rows {
        /// How many there are.
        found: usize,
    },
    /// An option is out of range.
    #[error("train: {what}")]
    Option {
        /// Which, and what it should be.
        what: &'static str,
    },
}

impl Error {
    /// The stable code; `docs/errors` has a page for it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "MDL0003"
    }
}

/// A trained model, with what it said of rows that it did not know.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The artefact.
    pub artefact: Vec<u8>,
    /// For each row of the corpus, an honest answer.
    pub honest: Honest,
}

/// Trains a model and returns its artefact.
///
/// # Errors
///
/// Any [`Error`]: rows from which nothing can be learnt, or an option out of range.
pub fn train(corpus: &Corpus, options: &Options) -> Result<Vec<u8>, Error> {
    train_honestly(corpus, options).map(|trained| trained.artefact)
}

/// As [`train`], and keeps the answers that the model was calibrated by.
///
/// # Errors
///
/// As [`train`].
pub fn train_honestly(corpus: &Corpus, options: &Options) -> Result<Trained, Error> {
    check(corpus, options)?;
    let heads = plan::plan(corpus);
    let (places, idf) = vocabulary(corpus, options);
    let rows = read(corpus, Places::of(&places), &idf);
    let sides = plan::sides(corpus, &heads);
    let problem = Problem {
        rows: &rows,
        grams: idf.len(),
        outputs: plan::outputs(&heads),
        sides: &sides,
        cost: options.cost,
        seed: options.seed,
    };
    let honest = honest(corpus, &problem, options);
    let lines = solver::solve(&problem, &all(&rows));
    let (weights, scales) = quantise(&lines);
    let header = Header {
        features: grams::VERSION,
        grams: narrow(idf.len()),
        outputs: narrow(problem.outputs),
        data: Data {
            rows: narrow(rows.len()),
            sha256: corpus.sha256(),
        },
        seed: options.seed,
        cost: options.cost,
        budget: options.budget,
        heads: heads
            .into_iter()
            .map(|head| calibrated(head, corpus, &honest, problem.outputs, options))
            .collect(),
        scales,
        biases: lines.biases,
    };
    let artefact = artefact::write(
        &header,
        &Parts {
            places,
            idf,
            weights,
        },
    );
    let honest = Honest {
        outputs: problem.outputs,
        sums: honest,
    };
    Ok(Trained { artefact, honest })
}

fn check(corpus: &Corpus, options: &Options) -> Result<(), Error> {
    if !(options.cost.is_finite() && options.cost > 0.0) {
        return Err(Error::Option {
            what: "the cost must be above 0",
        });
    }
    if !(0.0..1.0).contains(&options.budget) {
        return Err(Error::Option {
            what: "the budget must be 0 or more, and below 100 percent",
        });
    }
    if options.hints >= corpus.rows.len() && options.hints > 0 {
        return Err(Error::Option {
            what: "there must be rows beside the hints",
        });
    }
    if options.folds < 2 {
        return Err(Error::Option {
            what: "honest answers need two folds at least",
        });
    }
    let fields = corpus.fields.len();
    if fields == 0 || fields > limits::HEADS_MAX {
        return Err(Error::Fields { found: fields });
    }
    if corpus.rows.len() > limits::ROWS_MAX {
        return Err(Error::Rows {
            found: corpus.rows.len(),
        });
    }
    for (row, it) in corpus.rows.iter().enumerate() {
        if it.labels.len() != fields {
            return Err(Error::Row {
                row: row + 1,
                expected: fields,
                found: it.labels.len(),
            });
        }
    }
    (0..fields).try_for_each(|field| check_field(corpus, field))?;
    let found = (0..fields).map(|field| corpus.counts(field).len()).sum();
    if found > limits::LABELS_MAX {
        return Err(Error::Labels { found });
    }
    Ok(())
}

fn check_field(corpus: &Corpus, field: usize) -> Result<(), Error> {
    let name = || corpus.fields[field].clone();
    let counts = corpus.counts(field);
    if counts.len() < 2 {
        let found = match counts.keys().next() {
            Some(label) => format!("every labelled row says `{label}`"),
            None => "no row has a label".to_owned(),
        };
        return Err(Error::Classes {
            field: name(),
            found,
        });
    }
    if corpus.choice(field) == Choice::Many {
        let is_one = |row: &crate::Row| matches!(row.labels[field], Label::One(_));
        if let Some(row) = corpus.rows.iter().position(is_one) {
            return Err(Error::Mixed {
                field: name(),
                row: row + 1,
            });
        }
    }
    Ok(())
}

fn all(rows: &Rows) -> Vec<usize> {
    (0..rows.len()).collect()
}

/// The n-grams to keep, as places, and how rare each is.
fn vocabulary(corpus: &Corpus, options: &Options) -> (Vec<u8>, Vec<u8>) {
    let places = 1 << limits::PLACES_LOG2;
    let mut rows_with = vec![0_u32; places];
    let mut seen_in = vec![0_u32; places];
    let mut folded = Folded::default();
    for (row, it) in (1..).zip(&corpus.rows) {
        folded.read(&it.text());
        grams::visit(&folded, |gram| {
            let place = wide(gram.place);
            if seen_in[place] != row {
                seen_in[place] = row;
                rows_with[place] += 1;
            }
        });
    }
    let mut fewest = options.rows_per_gram_min.max(1);
    while rows_with.iter().filter(|rows| **rows >= fewest).count() > limits::GRAMS_MAX {
        fewest += 1;
    }
    let idf = rows_with
        .iter()
        .filter(|with| **with >= fewest)
        .map(|with| bag::idf_code(corpus.rows.len(), *with))
        .collect();
    let bytes = places::build(|place| rows_with[wide(place)] >= fewest);
    (bytes, idf)
}

fn read(corpus: &Corpus, places: Places<'_>, idf: &[u8]) -> Rows {
    let mut rows = Rows::default();
    let mut scratch = Scratch::default();
    for row in &corpus.rows {
        scratch.read(&row.text(), places, idf);
        rows.push(&scratch.features);
    }
    rows
}

/// For each row, the sums at all outputs of lines that never saw it.
fn honest(corpus: &Corpus, problem: &Problem<'_>, options: &Options) -> Vec<f32> {
    let mut order = all(problem.rows);
    Random::new(options.seed).shuffle(&mut order);
    let mut fold_of = plan::folds(corpus, &order, options.folds);
    // Hints are in no fold: they are always learnt from.
    fold_of[judged(corpus, options)..].fill(u32::MAX);
    let mut sums = vec![0.0; problem.rows.len() * problem.outputs];
    for fold in 0..narrow(options.folds) {
        let others: Vec<usize> = (0..problem.rows.len())
            .filter(|row| fold_of[*row] != fold)
            .collect();
        let lines = solver::solve(problem, &others);
        for row in (0..problem.rows.len()).filter(|row| fold_of[*row] == fold) {
            let sums = &mut sums[row * problem.outputs..(row + 1) * problem.outputs];
            lines.sums(problem.rows.get(row), sums);
        }
    }
    sums
}

/// How many rows are judged: all but the hints at the end.
const fn judged(corpus: &Corpus, options: &Options) -> usize {
    corpus.rows.len().saturating_sub(options.hints)
}

/// Each weight as a whole number of steps of its output's own size.
fn quantise(lines: &Lines) -> (Vec<i8>, Vec<f32>) {
    let outputs = lines.outputs;
    let mut greatest = vec![0.0_f32; outputs];
    for row in lines.weights.chunks_exact(outputs) {
        for (greatest, weight) in greatest.iter_mut().zip(row) {
            *greatest = greatest.max(weight.abs());
        }
    }
    let scales: Vec<f32> = greatest.iter().map(|it| it / 127.0).collect();
    let mut weights = Vec::with_capacity(lines.weights.len());
    for row in lines.weights.chunks_exact(outputs) {
        let steps = row.iter().zip(&scales).map(|(value, scale)| {
            if *scale > 0.0 {
                weight(value / scale)
            } else {
                0
            }
        });
        weights.extend(steps);
    }
    (weights, scales)
}

/// A head with its temperature, thresholds and quality, from honest answers.
fn calibrated(
    head: Planned,
    corpus: &Corpus,
    honest: &[f32],
    outputs: usize,
    options: &Options,
) -> Head {
    let shown: Vec<Shown<'_>> = corpus.rows[..judged(corpus, options)]
        .iter()
        .zip(honest.chunks_exact(outputs))
        .filter(|(row, _)| row.labels[head.field] != Label::Missing)
        .map(|(row, sums)| Shown {
            label: &row.labels[head.field],
            margins: &sums[head.first..head.first + head.labels.len()],
            background: head.background.map(|output| sums[output]),
        })
        .collect();
    let found = match head.choice {
        Choice::One => one(&head, &shown, f64::from(options.budget)),
        Choice::Many => many(&head, &shown),
    };
    Head {
        name: head.name,
        choice: head.choice,
        labels: head.labels,
        first: narrow(head.first),
        background: head.background.map(narrow),
        temperature: found.temperature,
        curve: found.curve,
        threshold: found.threshold,
        thresholds: found.thresholds,
        is_never_empty: head.is_never_empty,
        quality: found.quality,
    }
}

/// A row, as one head sees it.
struct Shown<'r> {
    label: &'r Label,
    margins: &'r [f32],
    background: Option<f32>,
}

struct Calibration {
    temperature: f32,
    curve: Vec<(f32, f32)>,
    threshold: f32,
    thresholds: Vec<f32>,
    quality: Quality,
}

fn one(head: &Planned, shown: &[Shown<'_>], budget: f64) -> Calibration {
    let right_of = |row: &Shown<'_>| row.label.as_slice().first().and_then(|it| head.number(it));
    let temperature = calibrate::temperature(|temperature| {
        shown
            .iter()
            .filter_map(|row| {
                let right = right_of(row)?;
                Some(calibrate::surprise(row.margins, temperature, right))
            })
            .sum()
    });
    let mut judged: Vec<Judged> = shown
        .iter()
        .map(|row| {
            let answered = model::best(row.margins);
            Judged {
                right: right_of(row),
                answered,
                probability: calibrate::softmax(row.margins, temperature, answered),
                score: model::score(row.margins[answered], row.background),
            }
        })
        .collect();
    let inside = judged.iter().filter(|it| it.right.is_some());
    let curve = calibrate::curve(
        inside
            .map(|it| (it.probability, it.right == Some(it.answered)))
            .collect(),
    );
    for it in &mut judged {
        it.probability = calibrate::along(&curve, it.probability);
    }
    Calibration {
        temperature,
        curve,
        threshold: measure::threshold(&judged, budget),
        thresholds: Vec::new(),
        quality: Quality {
            rows: narrow(judged.iter().filter(|it| it.right.is_some()).count()),
            accuracy: single(measure::accuracy(&judged)),
            macro_f1: single(measure::macro_f1(measure::tallies(&judged).values())),
            ece: single(measure::ece(&judged)),
        },
    }
}

/// Thresholds of its own for each label find rare ones; one line for all is steadier where labels
/// are plain. Which of the two is better, honest answers tell.
fn many(head: &Planned, shown: &[Shown<'_>]) -> Calibration {
    let right: Vec<Vec<bool>> = shown.iter().map(|row| head.holds(row.label)).collect();
    let own = (0..head.labels.len()).map(|label| {
        let margins = shown.iter().zip(&right);
        dividing(
            margins
                .map(|(row, right)| (row.margins[label], right[label]))
                .collect(),
        )
    });
    let judge = |thresholds: Vec<f32>| Marked::judge(head, shown, &right, thresholds);
    let (plain, own) = (judge(vec![0.0; head.labels.len()]), judge(own.collect()));
    let better = if own.micro_f1() > plain.micro_f1() {
        own
    } else {
        plain
    };
    better.calibration()
}

/// How a head that may pick many does on honest answers, with certain thresholds.
struct Marked {
    thresholds: Vec<f32>,
    tallies: Vec<Tally>,
    rows: usize,
    exact: usize,
    /// How far each margin is above its threshold, and whether the label holds.
    margins: Vec<(f32, bool)>,
}

impl Marked {
    fn judge(
        head: &Planned,
        shown: &[Shown<'_>],
        right: &[Vec<bool>],
        thresholds: Vec<f32>,
    ) -> Self {
        let mut marked = Self {
            tallies: vec![Tally::default(); thresholds.len()],
            thresholds,
            rows: shown.len(),
            exact: 0,
            margins: Vec::with_capacity(shown.len() * head.labels.len()),
        };
        for (row, right) in shown.iter().zip(right) {
            let above = model::above(row.margins, &marked.thresholds);
            let answered = model::holding(&above, head.is_never_empty);
            marked.exact += usize::from(answered == *right);
            for (label, tally) in marked.tallies.iter_mut().enumerate() {
                tally.right += usize::from(right[label]);
                tally.answered += usize::from(answered[label]);
                tally.both += usize::from(right[label] && answered[label]);
            }
            let pairs = above.into_iter().zip(right.iter().copied());
            marked.margins.extend(pairs);
        }
        marked
    }

    fn micro_f1(&self) -> f64 {
        Tally::sum(&self.tallies).f1()
    }

    fn calibration(self) -> Calibration {
        let temperature = calibrate::temperature(|temperature| {
            let surprise = |it: &(f32, bool)| calibrate::surprise_of_one(it.0, temperature, it.1);
            self.margins.iter().map(surprise).sum()
        });
        let answers = self.margins.iter().map(|(margin, holds)| {
            let probability = calibrate::logistic(*margin, temperature);
            if *margin >= 0.0 {
                (probability, *holds)
            } else {
                (1.0 - probability, !holds)
            }
        });
        Calibration {
            temperature,
            curve: Vec::new(),
            threshold: 0.0,
            quality: Quality {
                rows: narrow(self.rows),
                accuracy: single(measure::share(self.exact, self.rows)),
                macro_f1: single(measure::macro_f1(&self.tallies)),
                ece: single(measure::calibration_error(answers)),
            },
            thresholds: self.thresholds,
        }
    }
}

/// The margin that parts rows with a label from those without best, by the harmonic mean of
/// precision and recall: half way between two neighbours.
fn dividing(mut margins: Vec<(f32, bool)>) -> f32 {
    margins.sort_by(|left, right| right.0.total_cmp(&left.0));
    let right = margins.iter().filter(|it| it.1).count();
    let (mut best, mut threshold, mut both) = (-1.0, 0.0, 0);
    for (place, (margin, holds)) in margins.iter().enumerate() {
        both += usize::from(*holds);
        let f1 = 2.0 * real(both) / real(right + place + 1);
        let next = margins.get(place + 1).map_or(margin - 1.0, |it| it.0);
        if f1 > best && next < *margin {
            best = f1;
            threshold = f32::midpoint(*margin, next);
        }
    }
    threshold
}
