//! Regions: where tickets are kept, how they are numbered, who serves them.

use serde::{Deserialize, Serialize};

/// A region of the deployment, and of customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Its key, part of subjects and stream names: `[a-z0-9-]+`.
    pub key: String,
    /// Its name for people.
    pub title: String,
    /// How its tickets are numbered.
    pub numbers: NumberFormat,
    /// The time zone whose year a number shows, as an IANA name.
    pub zone: String,
    /// The language assumed where none can be found, BCP 47.
    pub language: String,
    /// Centres that serve it, the preferred one first.
    pub centres: Vec<String>,
}

/// How a region's tickets are numbered: `CN-2026-000001`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberFormat {
    /// What comes first: `CN`.
    pub prefix: String,
    /// How many digits at least; a larger number just gets longer (requirements, R16: four
    /// digits overflow at 9,999 a year).
    pub digits: u8,
}

impl NumberFormat {
    /// Writes the `n`-th number of `year`.
    #[must_use]
    pub fn number(&self, year: i16, n: u64) -> String {
        let width = usize::from(self.digits);
        format!("{}-{year}-{n:0width$}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outgrow_their_width() {
        let format = NumberFormat {
            prefix: "HCS".into(),
            digits: 4,
        };
        assert_eq!(format.number(2026, 7), "HCS-2026-0007");
        assert_eq!(format.number(2026, 10_000), "HCS-2026-10000");
    }
}
