//! A model: reads a text once and answers every head's question.

use std::fmt;
use std::sync::Arc;

use crate::artefact::{self, Layout};
use crate::bag::Scratch;
use crate::calibrate::{along, logistic, softmax};
use crate::error::Error;
use crate::header::{Choice, Head, Header};
use crate::number::wide;
use crate::places::Places;
use crate::text::Text;

/// An artefact's bytes: part of the program, or shared.
#[derive(Clone)]
pub enum Bytes {
    /// Part of the program.
    Static(&'static [u8]),
    /// Read from elsewhere.
    Shared(Arc<[u8]>),
}

impl Bytes {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Static(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.as_slice().len())
    }
}

impl From<&'static [u8]> for Bytes {
    fn from(bytes: &'static [u8]) -> Self {
        Self::Static(bytes)
    }
}

impl From<Arc<[u8]>> for Bytes {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self::Shared(bytes)
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Shared(bytes.into())
    }
}

/// A trained model. Copies share its bytes.
#[derive(Clone, Debug)]
pub struct Model {
    pub(crate) bytes: Bytes,
    pub(crate) layout: Layout,
    header: Arc<Header>,
    id: Arc<str>,
}

/// What a head that picks one label says of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer<'m> {
    /// The head's name.
    pub head: &'m str,
    /// The likeliest label.
    pub label: &'m str,
    /// How likely it is, calibrated, in 0 to 1.
    pub probability: f32,
    /// How far it is on its side of the line that parts its label from the others; less than
    /// zero means that no label claims the text.
    pub margin: f32,
    /// What is compared with the head's threshold: the margin, less half of that of texts from
    /// outside where the head was shown any.
    pub score: f32,
    /// Whether the score is below the threshold: the head does not know.
    pub abstained: bool,
    /// Whether this is a second opinion; see [`crate::Revise`].
    pub revised: bool,
}

/// A label of a head that may pick many, which holds for a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark<'m> {
    /// The head's name.
    pub head: &'m str,
    /// The label.
    pub label: &'m str,
    /// How likely it is, in 0 to 1.
    pub probability: f32,
    /// How far it is above the line.
    pub margin: f32,
}

/// What a model says of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prediction<'m> {
    /// For each head that picks one label, in the order of [`Model::heads`].
    pub answers: Vec<Answer<'m>>,
    /// The labels that hold of heads that may pick many, in the order of heads and labels.
    pub marks: Vec<Mark<'m>>,
}

impl<'m> Prediction<'m> {
    /// What the head of that name says, if there is one that picks one label.
    #[must_use]
    pub fn answer(&self, head: &str) -> Option<&Answer<'m>> {
        self.answers.iter().find(|answer| answer.head == head)
    }

    /// The labels that hold of the head of that name.
    pub fn marks<'p>(&'p self, head: &'p str) -> impl Iterator<Item = &'p Mark<'m>> {
        self.marks.iter().filter(move |mark| mark.head == head)
    }
}

impl Model {
    /// Reads an artefact. Its bytes stay where they are.
    ///
    /// # Errors
    ///
    /// Any [`Error`]: the bytes are no model, not whole, not those that were written, or for
    /// another version of this program. Operators see `MDL0001` or `MDL0002`.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self, Error> {
        let bytes = bytes.into();
        let (header, layout, id) = artefact::read(bytes.as_slice())?;
        Ok(Self {
            bytes,
            layout,
            header: Arc::new(header),
            id: id.into(),
        })
    }

    /// The SHA-256 of its content, in hexadecimal digits: equal identities, equal answers.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its bytes, as they were read.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }

    /// What it knows about itself.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Its heads.
    #[must_use]
    pub fn heads(&self) -> &[Head] {
        &self.header.heads
    }

    /// The head of that name.
    #[must_use]
    pub fn head(&self, name: &str) -> Option<&Head> {
        self.heads().iter().find(|head| head.name == name)
    }

    /// Answers every head's question of a text.
    ///
    /// Any text has an answer; work is bounded by [`crate::limits`].
    #[must_use]
    pub fn predict(&self, text: &Text<'_>) -> Prediction<'_> {
        self.predict_with(text, &mut Scratch::default())
    }

    /// As [`Self::predict`], in memory that is used again.
    #[must_use]
    pub fn predict_with(&self, text: &Text<'_>, scratch: &mut Scratch) -> Prediction<'_> {
        self.read(text, scratch);
        let mut prediction = Prediction::default();
        for head in self.heads() {
            match head.choice {
                Choice::One => prediction.answers.push(answer(head, &scratch.sums)),
                Choice::Many => prediction.marks.extend(marks(head, &scratch.sums)),
            }
        }
        prediction
    }

    /// The margins of a head's labels, in their order, of the text that was read last.
    pub(crate) fn margins<'s>(head: &Head, sums: &'s [f32]) -> &'s [f32] {
        let first = wide(head.first);
        &sums[first..first + head.labels.len()]
    }

    /// Reads a text: its features, and the sum at every output.
    pub(crate) fn read(&self, text: &Text<'_>, scratch: &mut Scratch) {
        let bytes = self.bytes.as_slice();
        scratch.read(text, self.places(), &bytes[self.layout.idf.clone()]);
        let outputs = wide(self.header.outputs);
        scratch.sums.clear();
        scratch.sums.resize(outputs, 0.0);
        for feature in &scratch.features {
            for (sum, weight) in scratch.sums.iter_mut().zip(self.weights(feature.row)) {
                *sum += f32::from(weight.cast_signed()) * feature.value;
            }
        }
        let (scales, biases) = (&self.header.scales, &self.header.biases);
        for ((sum, scale), bias) in scratch.sums.iter_mut().zip(scales).zip(biases) {
            *sum = *sum * scale + bias;
        }
    }

    pub(crate) fn places(&self) -> Places<'_> {
        Places::of(&self.bytes.as_slice()[self.layout.places.clone()])
    }

    /// A row of weights, one for each output.
    pub(crate) fn weights(&self, row: u32) -> &[u8] {
        let outputs = wide(self.header.outputs);
        let start = self.layout.weights.start + wide(row) * outputs;
        &self.bytes.as_slice()[start..start + outputs]
    }
}

/// The score of a text under a head: its best margin, less half of the background's.
pub(crate) fn score(best: f32, background: Option<f32>) -> f32 {
    background.map_or(best, |background| best - 0.5 * background)
}

/// How likely a label of a head that picks one is.
pub(crate) fn probability(head: &Head, margins: &[f32], label: usize) -> f32 {
    along(&head.curve, softmax(margins, head.temperature, label))
}

/// The index of the greatest margin, the first of equals.
pub(crate) fn best(margins: &[f32]) -> usize {
    let mut best = 0;
    for (index, margin) in margins.iter().enumerate() {
        if *margin > margins[best] {
            best = index;
        }
    }
    best
}

fn answer<'m>(head: &'m Head, sums: &[f32]) -> Answer<'m> {
    let margins = Model::margins(head, sums);
    let best = best(margins);
    let margin = margins[best];
    let score = score(margin, head.background.map(|output| sums[wide(output)]));
    Answer {
        head: &head.name,
        label: &head.labels[best],
        probability: probability(head, margins, best),
        margin,
        score,
        abstained: score < head.threshold,
        revised: false,
    }
}

/// How far each margin is above its own threshold.
pub(crate) fn above(margins: &[f32], thresholds: &[f32]) -> Vec<f32> {
    let pairs = margins.iter().zip(thresholds);
    pairs
        .map(|(margin, threshold)| margin - threshold)
        .collect()
}

/// Which labels hold: those above their thresholds; if there are none but should be, the nearest.
pub(crate) fn holding(above: &[f32], is_never_empty: bool) -> Vec<bool> {
    let best = best(above);
    let holds = |(label, above): (usize, &f32)| *above >= 0.0 || (is_never_empty && label == best);
    above.iter().enumerate().map(holds).collect()
}

/// The labels that hold, of a head that may pick many.
pub(crate) fn marks<'m>(head: &'m Head, sums: &[f32]) -> Vec<Mark<'m>> {
    let above = above(Model::margins(head, sums), &head.thresholds);
    let holding = holding(&above, head.is_never_empty);
    (0..above.len())
        .filter(|label| holding[*label])
        .map(|label| Mark {
            head: &head.name,
            label: &head.labels[label],
            probability: logistic(above[label], head.temperature),
            margin: above[label],
        })
        .collect()
}
