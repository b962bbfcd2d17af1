//! Rules over labels: what an organisation knows better than any model.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::condition::{Conditions, Functions};
use crate::ticket::Labels;

/// The rules of a taxonomy, in order.
#[derive(Clone, Debug)]
pub struct LabelRules {
    /// The rules.
    pub rules: Vec<LabelRule>,
    /// Their conditions, at the same indices.
    pub conditions: Arc<dyn Conditions>,
}

/// One rule; its condition stands at the same index in [`LabelRules::conditions`].
///
/// It holds where its condition does and, if it has any, one of its patterns is in the text. It
/// may say several things at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelRule {
    /// Its name, unique in the list.
    pub name: String,
    /// Regular expressions over the text as words see it; one that matches is enough. Empty: the
    /// condition alone decides.
    pub patterns: Vec<String>,
    /// Labels that hold whatever words and model say.
    pub force: Labels,
    /// Labels that hold where neither words nor model say anything; tags are added, and a severity
    /// is at least so bad.
    pub suggest: Labels,
    /// Labels that do not hold, whatever words and model say.
    pub veto: Labels,
    /// Why, for people; may be empty.
    pub reason: String,
}

impl Default for LabelRules {
    /// No rules.
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            conditions: Arc::new(Functions(Vec::new())),
        }
    }
}
