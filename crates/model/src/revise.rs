//! Second opinions: who is asked after the model, where it is unsure.

use std::fmt;

use crate::model::{Model, Prediction};
use crate::text::Text;

/// Somebody who may know better where a model is unsure.
pub trait Revise: fmt::Debug + Send + Sync {
    /// What it is called where reasons are told, such as `embedding:4f2a91c0d7e3`.
    fn name(&self) -> &str;

    /// Puts other answers in the place of those it has something to say to, and marks them as
    /// [`crate::Answer::revised`]. All others stay as they are.
    fn revise<'m>(&self, model: &'m Model, text: &Text<'_>, prediction: &mut Prediction<'m>);
}
