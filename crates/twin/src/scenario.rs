//! Scenarios: a day of a support organisation as data. What comes, who is there, what is
//! promised, what a broken promise weighs.
//!
//! A file is read whole or refused: unknown keys, shares that do not add up, names that nobody
//! has, and totals that are not what the file says of itself.

pub(crate) mod format;
mod read;

pub(crate) use read::nearest;

use crate::error::Error;
use format::File;

/// A scenario, read and merged with what it extends.
#[derive(Debug)]
pub struct Scenario {
    pub(crate) file: File,
}

impl Scenario {
    /// Reads a scenario; `fetch` gives the text of a file by its name, or says why it cannot.
    ///
    /// # Errors
    ///
    /// What is wrong with it, or with a file that it extends.
    pub fn read(
        name: &str,
        mut fetch: impl FnMut(&str) -> Result<String, String>,
    ) -> Result<Self, Error> {
        let file = read::read(name, &mut fetch)?;
        if file.schema_version != 1 {
            let why = format!("version {} is not known, only 1", file.schema_version);
            return Err(Error::senseless("schema_version", why));
        }
        Ok(Self { file })
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.file.id
    }

    /// What it is about, for people.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.file.about
    }

    /// The seed that it asks for.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.file.seed
    }

    /// Keys of this scenario that the twin reads and does not act upon.
    #[must_use]
    pub fn not_played(&self) -> Vec<&'static str> {
        let mut keys = Vec::new();
        if self.file.failover.is_some() {
            keys.push("failover");
        }
        if self.file.pre_warning.is_some() {
            keys.push("pre_warning");
        }
        keys
    }
}
