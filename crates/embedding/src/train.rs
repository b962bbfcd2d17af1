//! Learning a second opinion: lines over vectors, and how much they weigh.
//!
//! The rows are those that the model learnt. Each is embedded once. Lines are learnt on all folds
//! of them but one, and answer the one left out; those answers and the model's own honest ones
//! decide the weights of both, and where each share of texts begins. Then lines are learnt from
//! all rows.

use posthouse_model::{Choice, Corpus, Honest, Label, Model};

use crate::embed::{self, Embed};
use crate::error::Error;
use crate::fusion::{Fusion, Heard};
use crate::limits::SHARE_PERCENT;
use crate::lines::{Lines, Rows};
use crate::number::{part, real, single};
use crate::opinion::{Fused, Head, Quality, SecondOpinion, Step, best};

/// How many parts the rows are split in for honest answers.
const FOLDS: usize = 3;

/// Learns a second opinion beside a model that was just trained from the same rows.
///
/// Rows from outside teach it nothing: there is no line for what has no label.
///
/// # Errors
///
/// [`Error::Embed`] when a text cannot be embedded, [`Error::NoHead`] when there is nothing to
/// learn.
pub fn train(
    corpus: &Corpus,
    model: &Model,
    honest: &Honest,
    embed: &dyn Embed,
    seed: u64,
) -> Result<SecondOpinion, Error> {
    let single_heads = model.heads().iter().filter(|it| it.choice == Choice::One);
    let asked: Vec<Asked<'_>> = single_heads
        .filter_map(|head| Asked::of(corpus, head))
        .collect();
    if asked.is_empty() {
        return Err(Error::NoHead);
    }
    let texts: Vec<String> = corpus
        .rows
        .iter()
        .map(|row| embed::plain(&row.text()))
        .collect();
    let vectors = embed::all(embed, &texts)?;
    let budget = f64::from(model.header().budget);
    Ok(SecondOpinion {
        model: model.id().to_owned(),
        embedder: embed.id().to_owned(),
        width: embed.width(),
        heads: asked
            .iter()
            .map(|asked| asked.learn(&vectors, honest, budget, seed))
            .collect(),
    })
}

/// One head's question, and the rows of which its answer is known.
struct Asked<'c> {
    head: &'c posthouse_model::Head,
    /// Rows of the corpus.
    rows: Vec<usize>,
    /// The right label of each row of the corpus; of rows without one it is never looked at.
    labels: Vec<usize>,
}

impl<'c> Asked<'c> {
    fn of(corpus: &Corpus, head: &'c posthouse_model::Head) -> Option<Self> {
        let place = corpus.fields.iter().position(|field| *field == head.name)?;
        let mut asked = Self {
            head,
            rows: Vec::new(),
            labels: vec![0; corpus.rows.len()],
        };
        for (number, row) in corpus.rows.iter().enumerate() {
            if let Label::One(label) = &row.labels[place]
                && let Ok(right) = head.labels.binary_search(label)
            {
                asked.rows.push(number);
                asked.labels[number] = right;
            }
        }
        Some(asked)
    }

    fn learn(&self, vectors: &[Vec<f32>], honest: &Honest, budget: f64, seed: u64) -> Head {
        let rows = Rows {
            vectors,
            labels: &self.labels,
        };
        let labels = self.head.labels.len();
        let embedding = self.honest(rows, seed);
        let heard: Vec<Heard<'_>> = self
            .rows
            .iter()
            .zip(&embedding)
            .map(|(row, embedding)| Heard {
                linear: honest.row(*row).margins(self.head),
                embedding,
                right: self.labels[*row],
            })
            .collect();
        let fusion = Fusion::fit(&heard);
        let judged = self.judge(&fusion, &heard, honest);
        Head {
            name: self.head.name.clone(),
            lines: Lines::learn(rows, &self.rows, labels, seed),
            fusion,
            steps: steps(&judged, budget),
            quality: quality(&heard, &judged),
        }
    }

    /// For each row, the margins of lines that never saw it. Rows of one label often stand
    /// together, so neighbours go to different folds.
    fn honest(&self, rows: Rows<'_>, seed: u64) -> Vec<Vec<f32>> {
        let mut margins = vec![Vec::new(); self.rows.len()];
        for fold in 0..FOLDS {
            let is_left_out = |place: &usize| place % FOLDS == fold;
            let places = 0..self.rows.len();
            let others = places.clone().filter(|place| !is_left_out(place));
            let chosen: Vec<usize> = others.map(|place| self.rows[place]).collect();
            let lines = Lines::learn(rows, &chosen, self.head.labels.len(), seed);
            for place in places.filter(is_left_out) {
                margins[place] = lines.margins(&rows.vectors[self.rows[place]]);
            }
        }
        margins
    }

    fn judge(&self, fusion: &Fusion, heard: &[Heard<'_>], honest: &Honest) -> Vec<Judged> {
        self.rows
            .iter()
            .zip(heard)
            .map(|(row, heard)| {
                let linear = honest.row(*row).best(self.head);
                let lift = linear.score - heard.linear[linear.label];
                let fused = Fused::by(fusion, heard.linear, heard.embedding, lift);
                Judged {
                    score: linear.score,
                    fused: fused.score,
                    is_linear_right: linear.label == heard.right,
                    is_fused_right: fused.label == heard.right,
                }
            })
            .collect()
    }
}

/// What both said of a row of training, and whether it was right.
struct Judged {
    /// The model's score.
    score: f32,
    /// The fused score.
    fused: f32,
    is_linear_right: bool,
    is_fused_right: bool,
}

/// For each share of texts: from which score on they are not embedded, and below which fused
/// score to abstain, so that a share of `budget` of all texts from inside is abstained from.
fn steps(judged: &[Judged], budget: f64) -> Vec<Step> {
    let mut surest_last: Vec<&Judged> = judged.iter().collect();
    surest_last.sort_by(|left, right| left.score.total_cmp(&right.score));
    let step = |percent: usize| {
        let embedded = part(judged.len(), real(percent) / 100.0);
        let mut fused: Vec<f32> = surest_last[..embedded].iter().map(|it| it.fused).collect();
        fused.sort_by(f32::total_cmp);
        let abstained = part(judged.len(), budget);
        Step {
            below: surest_last
                .get(embedded)
                .map_or(f32::INFINITY, |it| it.score),
            threshold: fused.get(abstained).copied().unwrap_or(f32::INFINITY),
        }
    };
    (1..=SHARE_PERCENT.1).map(step).collect()
}

fn quality(heard: &[Heard<'_>], judged: &[Judged]) -> Quality {
    let share = |right: usize| single(real(right) / real(heard.len().max(1)));
    let count = |is_right: fn(&Judged) -> bool| judged.iter().filter(|it| is_right(it)).count();
    let is_right = |heard: &&Heard<'_>| best(heard.embedding) == heard.right;
    Quality {
        rows: u32::try_from(heard.len()).unwrap_or(u32::MAX),
        linear: share(count(|it| it.is_linear_right)),
        embedding: share(heard.iter().filter(is_right).count()),
        fused: share(count(|it| it.is_fused_right)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(rows: u8) -> Vec<Judged> {
        (0..rows)
            .map(|row| Judged {
                score: f32::from(row),
                fused: -f32::from(row),
                is_linear_right: true,
                is_fused_right: true,
            })
            .collect()
    }

    #[test]
    fn a_share_of_texts_lies_below_its_step() {
        let rows = judged(200);
        let steps = steps(&rows, 0.05);
        for percent in [1, 20, 50, 99] {
            let below = rows.iter().filter(|it| it.score < steps[percent - 1].below);
            assert_eq!(below.count(), 2 * percent);
        }
        assert!(steps[99].below.is_infinite());
    }

    #[test]
    fn as_many_as_the_budget_allows_are_abstained_from() {
        let rows = judged(200);
        for step in &steps(&rows, 0.05)[5..] {
            let embedded = rows.iter().filter(|it| it.score < step.below);
            assert_eq!(embedded.filter(|it| it.fused < step.threshold).count(), 10);
        }
        // No more than are embedded can be: then the model's own score decides.
        assert!(steps(&rows, 0.05)[4].threshold.is_infinite());
    }
}
