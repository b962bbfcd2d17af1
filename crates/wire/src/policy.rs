//! Policy in the log: from which place on which bundle decides.

use bytes::Buf;
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::PolicyVersion;
use prost::Message;

use crate::error::Error;
use crate::path::Path;
use crate::read::{decode_message, instant, key, required_key, write_instant};
use crate::v1;

/// From this place in the partition on, decisions follow this bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyActivated {
    /// The content hash of the bundle.
    pub version: PolicyVersion,
    /// The bundle's name, for people.
    pub name: String,
    /// When it was activated, by the clock of whoever did it.
    pub at: Timestamp,
    /// Who activated it.
    pub by: String,
}

impl PolicyActivated {
    /// Writes the message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let wire = v1::PolicyActivated {
            version: self.version.0.clone(),
            name: self.name.clone(),
            activated_at: write_instant(self.at),
            activated_by: self.by.clone(),
        };
        wire.encode_to_vec()
    }

    /// Reads the message.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; the same bytes fail again.
    pub fn decode(bytes: impl Buf) -> Result<Self, Error> {
        let wire: v1::PolicyActivated = decode_message("policy_activated", bytes)?;
        Ok(Self {
            version: PolicyVersion(required_key(wire.version, &Path::top("version"))?),
            name: key(wire.name, &Path::top("name"))?,
            at: instant(wire.activated_at, &Path::top("activated_at"))?,
            by: key(wire.activated_by, &Path::top("activated_by"))?,
        })
    }
}
