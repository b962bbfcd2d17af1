//! Sums: what every line of a model says of a text, before a label is picked.
//!
//! For who combines a model's answers with others: a label alone cannot be weighed.

use crate::bag::Scratch;
use crate::header::Head;
use crate::model::{self, Model};
use crate::number::wide;
use crate::text::Text;

/// What the lines of all heads say of one text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sums<'s>(&'s [f32]);

/// The likeliest label of a head, as a number in [`Head::labels`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// Which label.
    pub label: usize,
    /// How likely it is, calibrated, in 0 to 1.
    pub probability: f32,
    /// What is compared with the head's threshold.
    pub score: f32,
}

impl<'s> Sums<'s> {
    /// The margins of a head's labels, in their order.
    #[must_use]
    pub fn margins(&self, head: &Head) -> &'s [f32] {
        Model::margins(head, self.0)
    }

    /// What the head answers. Of a head that picks one label.
    #[must_use]
    pub fn best(&self, head: &Head) -> Best {
        let margins = self.margins(head);
        let label = model::best(margins);
        let background = head.background.map(|output| self.0[wide(output)]);
        Best {
            label,
            probability: model::probability(head, margins, label),
            score: model::score(margins[label], background),
        }
    }
}

impl Model {
    /// What every line says of a text; `scratch` is memory that is used again.
    #[must_use]
    pub fn sums<'s>(&self, text: &Text<'_>, scratch: &'s mut Scratch) -> Sums<'s> {
        self.read(text, scratch);
        Sums(&scratch.sums)
    }
}

/// For each row of training, what lines said of it that never saw it. What is learnt from a
/// model's own answers must be learnt from these: of rows that it knows, a model is too sure.
#[derive(Clone, Debug)]
pub struct Honest {
    pub(crate) outputs: usize,
    pub(crate) sums: Vec<f32>,
}

impl Honest {
    /// What was said of that row of the corpus, counted from 0.
    ///
    /// # Panics
    ///
    /// When the corpus had no such row.
    #[must_use]
    pub fn row(&self, row: usize) -> Sums<'_> {
        Sums(&self.sums[row * self.outputs..(row + 1) * self.outputs])
    }
}
