//! What came of a run.

use std::collections::BTreeMap;
use std::fmt;

use crate::Plant;

/// Something that happened and must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which rule was broken, in a few words.
    pub what: &'static str,
    /// How.
    pub detail: String,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The seed that decided everything.
    pub seed: u64,
    /// The defect that was planted, if any.
    pub plant: Option<Plant>,
    /// What went wrong on purpose, and how often, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// What must not have happened.
    pub violations: Vec<Violation>,
    /// Messages in all streams at the end.
    pub messages: u64,
    /// A hash of everything that is in the streams at the end, in hexadecimal: two runs of one
    /// seed have the same.
    pub log_hash: String,
}

impl Outcome {
    /// Whether anything happened that must not.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        !self.violations.is_empty()
    }

    /// How often anything went wrong on purpose.
    #[must_use]
    pub fn fault_count(&self) -> u64 {
        self.faults.values().sum()
    }

    /// The command that makes the same run again.
    #[must_use]
    pub fn replay(&self) -> String {
        let plant = self
            .plant
            .map(|plant| format!(" --plant {plant}"))
            .unwrap_or_default();
        format!("cargo xtask simulate --seeds 1 --seed {}{plant}", self.seed)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.detail)
    }
}
