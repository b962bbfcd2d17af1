//! Storms, as data: what a policy says about near-duplicates and about tickets that come together.
//!
//! The classifier links tickets that read alike and finds storms; this module holds the
//! parameters that it does so by.

use serde::{Deserialize, Serialize};

/// The customer of every incident that the lookout opens.
pub const INCIDENT_CUSTOMER: &str = "(storm)";
/// The attribute of every incident that the lookout opens: what its tickets have in common.
pub const INCIDENT_ATTRIBUTE: &str = "storm";

/// What counts as a near-duplicate, and how many are linked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Similar {
    /// Most tickets that one ticket is linked to; 0 links none.
    pub links_max: u16,
    /// How much two texts must have in common, in thousandths of what they have together.
    pub score_min_permille: u16,
    /// How long a ticket can be linked to, in milliseconds of log time.
    pub window_ms: i64,
}

/// When tickets that come together are one storm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storms {
    /// Whether storms are looked for at all.
    pub enabled: bool,
    /// Kinds of ticket that can start a storm: what reports that something is broken.
    pub kinds: Vec<String>,
    /// Over how long tickets are counted together, in milliseconds.
    pub window_ms: i64,
    /// Fewest customers in a window; one customer alone is never a storm.
    pub customers_min: u32,
    /// How many times the usual number of tickets, in tenths: 30 is three times.
    pub times_usual_tenths: u32,
    /// How many times the usual share of all tickets, in tenths: a rush of everything is no storm.
    pub times_share_tenths: u32,
    /// How many standard deviations above what is expected.
    pub sigmas: u32,
    /// How far back what is usual reaches, in milliseconds: the time constant of its average.
    pub memory_ms: i64,
    /// A product or place that begins to storm so soon after another belongs to the same storm,
    /// unless its tickets name another place; in milliseconds.
    pub together_ms: i64,
    /// A storm is over when fewer than [`Self::quiet_below`] tickets joined it within this, in
    /// milliseconds.
    pub quiet_ms: i64,
    /// See [`Self::quiet_ms`].
    pub quiet_below: u16,
    /// Places that tickets name, and the words by which one sees them.
    pub places: Vec<Place>,
    /// The near-duplicates of tickets.
    pub similar: Similar,
}

/// A place of the provider that tickets name: one of its regions, a data centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its key.
    pub key: String,
    /// The words, in any language.
    pub words: Vec<String>,
}

impl Default for Similar {
    fn default() -> Self {
        Self {
            links_max: 5,
            score_min_permille: 500,
            window_ms: 3 * 24 * 60 * 60 * 1_000,
        }
    }
}

impl Default for Storms {
    fn default() -> Self {
        Self {
            enabled: true,
            kinds: vec!["incident".to_owned()],
            window_ms: 5 * 60 * 1_000,
            customers_min: 8,
            times_usual_tenths: 30,
            times_share_tenths: 20,
            sigmas: 5,
            memory_ms: 6 * 60 * 60 * 1_000,
            together_ms: 15 * 60 * 1_000,
            quiet_ms: 10 * 60 * 1_000,
            quiet_below: 3,
            places: Vec::new(),
            similar: Similar::default(),
        }
    }
}
