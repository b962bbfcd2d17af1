//! Queues: where tickets wait for people.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::shown::shown;

/// A queue: centre x level x skill x language.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Queue {
    /// The support centre.
    pub centre: String,
    /// The support level: `L0` (robot) to `L3`.
    pub level: String,
    /// The skill wanted.
    pub skill: String,
    /// The language spoken, BCP 47.
    pub language: String,
}

/// The text is no queue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read queue `{0}`: want centre/level/skill/language, such as beijing/L1/network/zh")]
pub struct InvalidQueue(pub String);

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}/{}",
            self.centre, self.level, self.skill, self.language
        )
    }
}

impl FromStr for Queue {
    type Err = InvalidQueue;
    fn from_str(text: &str) -> Result<Self, InvalidQueue> {
        let parts: Vec<&str> = text.split('/').collect();
        let [centre, level, skill, language] = parts[..] else {
            return Err(InvalidQueue(shown(text)));
        };
        Ok(Self {
            centre: centre.to_owned(),
            level: level.to_owned(),
            skill: skill.to_owned(),
            language: language.to_owned(),
        })
    }
}
