//! Claims: somebody is about to act outside the system.

use bytes::Buf;
use prost::Message;

use crate::error::Error;
use crate::path::Path;
use crate::read::{decode_message, key, required_key};
use crate::v1;

/// Somebody is about to act outside the system. Published with an expected sequence, so that of
/// two owners only one wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What is to be done once: the identity of the request.
    pub errand: String,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// Who claims: instance and process; may be empty.
    pub owner: String,
}

impl Claim {
    /// Writes the claim.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (errand, owner) = (self.errand.clone(), self.owner.clone());
        v1::Claim {
            errand,
            attempt: self.attempt,
            owner,
        }
        .encode_to_vec()
    }

    /// Reads a claim.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; the same bytes fail again.
    pub fn decode(bytes: impl Buf) -> Result<Self, Error> {
        let wire: v1::Claim = decode_message("claim", bytes)?;
        if wire.attempt == 0 {
            return Err(Error::Missing {
                field: "attempt".to_owned(),
            });
        }
        Ok(Self {
            errand: required_key(wire.errand, &Path::top("errand"))?,
            attempt: wire.attempt,
            owner: key(wire.owner, &Path::top("owner"))?,
        })
    }
}
