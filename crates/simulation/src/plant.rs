//! Defects on purpose: a judge that cannot convict proves nothing.

use std::fmt;
use std::str::FromStr;

/// A defect that is planted between the production code and the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// The bus acknowledges some facts and does not store them.
    LostMessage,
    /// Every delivery is acknowledged when it is handed out, before the commit point.
    EarlyAck,
    /// Deliveries of a partition come in another order than the log's.
    Reorder,
    /// Some outputs of the roles get a random identity on their way out.
    RandomId,
}

impl Plant {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::LostMessage,
        Self::EarlyAck,
        Self::Reorder,
        Self::RandomId,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LostMessage => "lost-message",
            Self::EarlyAck => "early-ack",
            Self::Reorder => "reorder",
            Self::RandomId => "random-id",
        }
    }
}

impl fmt::Display for Plant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name of no plant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("find plant `{0}`; there are lost-message, early-ack, reorder and random-id")]
pub struct UnknownPlant(String);

impl FromStr for Plant {
    type Err = UnknownPlant;

    fn from_str(text: &str) -> Result<Self, UnknownPlant> {
        Self::ALL
            .into_iter()
            .find(|plant| plant.as_str() == text)
            .ok_or_else(|| UnknownPlant(text.to_owned()))
    }
}
