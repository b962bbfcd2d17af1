//! Values of a label that somebody outside decides on: as many as there is room for.
//!
//! Each value of a label is a time series of its own, kept for as long as the process lives here
//! and for as long as anything is kept in the monitoring system. So a caller who sends a new tier
//! with every ticket must not be able to make a new series with every ticket.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use super::lock;

/// What stands for all values that there was no room for.
pub const OTHER: &str = "other";
/// Longest value, in bytes: what is longer is no name.
const VALUE_BYTES_MAX: usize = 64;

/// The values of one label: the first ones that come; the rest is [`OTHER`]. Copies share them.
#[derive(Clone, Debug)]
pub struct Few {
    known: Arc<Mutex<BTreeSet<String>>>,
    max: usize,
}

impl Few {
    /// Room for `max` values, besides [`OTHER`] and the empty one.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self {
            known: Arc::default(),
            max,
        }
    }

    /// The value, or [`OTHER`] where there is no room for it.
    #[must_use]
    pub fn of(&self, value: &str) -> String {
        if value.is_empty() {
            return String::new();
        }
        let mut known = lock(&self.known);
        let is_known = known.contains(value);
        if !is_known && (known.len() >= self.max || value.len() > VALUE_BYTES_MAX) {
            return OTHER.to_owned();
        }
        if !is_known {
            known.insert(value.to_owned());
        }
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_values_stay_and_the_rest_is_other() {
        let tiers = Few::new(2);
        let long = "x".repeat(VALUE_BYTES_MAX + 1);
        let seen: Vec<String> = ["gold", &long, "", "free", "c-4711", "gold"]
            .iter()
            .map(|tier| tiers.of(tier))
            .collect();
        assert_eq!(seen, ["gold", OTHER, "", "free", OTHER, "gold"]);
        assert_eq!(tiers.clone().of("c-4712"), OTHER);
    }
}
