//! Second opinions as bytes: what is learnt, kept in a file of its own beside the model.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `PHSECOND` |
//! | body | postcard of [`SecondOpinion`] |
//! | 32 | SHA-256 of all that comes before |
//!
//! It names the model and the embedder that it was learnt with, by their addresses; with others
//! its numbers mean nothing.

use posthouse_model::{Best, Model, Sums};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::embed::Embed;
use crate::error::Error;
use crate::fusion::Fusion;
use crate::limits::{OPINION_BYTES_MAX, SHARE_PERCENT, WIDTH_MAX};
use crate::lines::{Lines, softmax};

const MAGIC: &[u8; 8] = b"PHSECOND";
const DIGEST_BYTES: usize = 32;

/// Who is asked, and when he has doubts, for one share of texts that may be embedded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The model's score below which a text is embedded.
    pub below: f32,
    /// The fused score below which an embedded text is abstained from; infinite where no more
    /// texts are embedded than may be abstained from, so that the model's own score decides.
    pub threshold: f32,
}

/// How well both did on rows of training that they had not learnt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Rows with a label.
    pub rows: u32,
    /// Share that the linear model answered right.
    pub linear: f32,
    /// Share that lines over the embedding answered right.
    pub embedding: f32,
    /// Share that both together answered right.
    pub fused: f32,
}

/// What was learnt for one head of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The head's name.
    pub name: String,
    /// A line for each of its labels.
    pub lines: Lines,
    /// How both opinions weigh.
    pub fusion: Fusion,
    /// For each share, in percent from 1 to 100.
    pub steps: Vec<Step>,
    /// How it did in training.
    pub quality: Quality,
}

/// All that is learnt from an embedder's vectors beside a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecondOpinion {
    /// The address of the model.
    pub model: String,
    /// The address of the embedder.
    pub embedder: String,
    /// How many numbers its vectors have.
    pub width: usize,
    /// For each head of the model that picks one label.
    pub heads: Vec<Head>,
}

impl Head {
    /// What both say together of a text: `sums` by the model, `vector` by the embedder.
    ///
    /// Its score stands where the model's own would: below `threshold`, the head's, exactly when
    /// the answer is abstained from, and below that of every text that is not embedded.
    pub(crate) fn answer(
        &self,
        head: &posthouse_model::Head,
        sums: &Sums<'_>,
        vector: &[f32],
        step: Step,
    ) -> Best {
        let fused = Fused::of(self, head, sums, vector);
        let score = match step.threshold.is_infinite() {
            true => sums.best(head).score,
            false => standing(fused.score - step.threshold, head.threshold, step.below),
        };
        Best {
            score,
            label: fused.label,
            probability: fused.probability,
        }
    }
}

/// Both opinions as one, before anybody asks whether it is sure enough.
pub(crate) struct Fused {
    pub(crate) label: usize,
    pub(crate) probability: f32,
    pub(crate) score: f32,
}

impl Fused {
    pub(crate) fn of(
        second: &Head,
        head: &posthouse_model::Head,
        sums: &Sums<'_>,
        vector: &[f32],
    ) -> Self {
        let linear = sums.margins(head);
        Self::by(&second.fusion, linear, &second.lines.margins(vector), {
            let best = sums.best(head);
            best.score - linear[best.label]
        })
    }

    /// `lift` is what the model's score has above its margin: less than nothing where the text
    /// looks like those from outside.
    pub(crate) fn by(fusion: &Fusion, linear: &[f32], embedding: &[f32], lift: f32) -> Self {
        let mut margins = fusion.margins(linear, embedding);
        let label = best(&margins);
        let score = margins[label] + fusion.linear * lift;
        softmax(&mut margins);
        Self {
            label,
            probability: margins[label],
            score,
        }
    }
}

/// The index of the greatest, the first of equals.
pub(crate) fn best(margins: &[f32]) -> usize {
    let later = |best, (label, margin): (usize, &f32)| {
        if *margin > margins[best] { label } else { best }
    };
    margins.iter().enumerate().fold(0, later)
}

/// Where a fused score that is `above` its threshold stands among scores of the model: those
/// above nothing come between the head's threshold and `below`, in order.
fn standing(above: f32, threshold: f32, below: f32) -> f32 {
    if above < 0.0 || below.is_infinite() {
        return threshold + above;
    }
    let room = (below - threshold).max(0.0);
    threshold + room * above / (1.0 + above)
}

impl SecondOpinion {
    /// Writes it.
    ///
    /// # Panics
    ///
    /// Never: numbers and words can always be written to memory.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let body = postcard::to_stdvec(self).expect("numbers and words can be written");
        bytes.extend(body);
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        bytes
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// [`Error::Opinion`] for bytes that are none, or not those that were written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let wrong = |why: &str| Error::Opinion {
            why: why.to_owned(),
        };
        if !bytes.starts_with(MAGIC) || bytes.len() < MAGIC.len() + DIGEST_BYTES {
            return Err(wrong("it does not begin as one does"));
        }
        if bytes.len() > OPINION_BYTES_MAX {
            return Err(wrong("it is longer than any"));
        }
        let (content, told) = bytes.split_at(bytes.len() - DIGEST_BYTES);
        if Sha256::digest(content).as_slice() != told {
            return Err(wrong("its bytes are not those that were written"));
        }
        let opinion: Self = postcard::from_bytes(&content[MAGIC.len()..])
            .map_err(|error| wrong(&error.to_string()))?;
        if !opinion.is_sound() {
            return Err(wrong("its parts contradict each other"));
        }
        Ok(opinion)
    }

    /// The head of that name.
    #[must_use]
    pub fn head(&self, name: &str) -> Option<&Head> {
        self.heads.iter().find(|head| head.name == name)
    }

    /// Whether it was learnt with that model and that embedder.
    ///
    /// # Errors
    ///
    /// [`Error::OtherModel`] or [`Error::OtherEmbedder`] when it was not.
    pub fn check(&self, model: &Model, embed: &dyn Embed) -> Result<(), Error> {
        if self.model != model.id() {
            return Err(Error::OtherModel {
                expected: self.model.clone(),
                found: model.id().to_owned(),
            });
        }
        if self.embedder != embed.id() || self.width != embed.width() {
            return Err(Error::OtherEmbedder {
                expected: self.embedder.clone(),
                found: embed.id().to_owned(),
            });
        }
        let fits = |second: &Head| {
            let labels = model.head(&second.name).map(|head| head.labels.len());
            labels == Some(second.lines.labels())
        };
        if self.heads.iter().all(fits) {
            return Ok(());
        }
        let why = "its heads are not those of the model".to_owned();
        Err(Error::Opinion { why })
    }

    fn is_sound(&self) -> bool {
        self.width <= WIDTH_MAX
            && self.heads.iter().all(|head| {
                let weights = [head.fusion.linear, head.fusion.embedding];
                head.lines.is_sound(self.width)
                    && weights.iter().all(|it| it.is_finite())
                    && head.steps.len() == SHARE_PERCENT.1
                    && head
                        .steps
                        .iter()
                        .all(|step| !step.below.is_nan() && !step.threshold.is_nan())
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_stand_in_order_around_the_threshold() {
        let scores: Vec<f32> = [-3.0, -0.1, 0.0, 0.5, 4.0, 1e6]
            .map(|above| standing(above, -0.2, 0.3))
            .to_vec();
        assert!(scores.is_sorted(), "{scores:?}");
        assert!(scores[1] < -0.2 && scores[2] >= -0.2);
        assert!(scores.iter().all(|score| *score <= 0.3), "{scores:?}");
        // Where every text is embedded, there is no room to keep.
        assert!((standing(4.0, -0.2, f32::INFINITY) - 3.8).abs() < 1e-6);
    }

    #[test]
    fn the_first_of_equals_is_best() {
        assert_eq!(best(&[0.0, 2.0, 2.0, 1.0]), 1);
    }
}
