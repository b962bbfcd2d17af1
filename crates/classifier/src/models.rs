//! Models by name: the one that is part of the program, and those of the region's object store.
//!
//! A policy names its model by content: [`DEFAULT`], or the address of an object, which is the
//! model's identity. So a name means the same bytes for ever, here and in every other process; what
//! the store holds under an address is taken only if it is the model of that address.
//!
//! # What it refuses to do
//!
//! It asks no store: the worker loop does, before it activates the policy that names the model. It
//! never gives another model than the one that was named.
//!
//! # Invariants
//!
//! - A model that was received once is not needed again while it is kept; all partitions of a
//!   process share it.
//! - At most [`limits::MODELS_MAX`] models are kept, the default apart.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use posthouse_model::Model;

use crate::limits;

/// The name of the model that is part of the program.
pub const DEFAULT: &str = "default";

/// How many digits an address has: those of a SHA-256.
pub const ADDRESS_DIGITS: usize = 64;

/// Why a model cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The region's store holds nothing under the address.
    #[error(
        "find model {address} in the region's store; store it with `posthouse classifier push`"
    )]
    Missing {
        /// The address asked for.
        address: String,
    },
    /// What the store holds there cannot be used as a model.
    #[error("use what the store holds as model {address}: {source}")]
    Broken {
        /// The address asked for.
        address: String,
        /// What is wrong with it.
        source: posthouse_model::Error,
    },
    /// What the store holds there is another model.
    #[error("use what the store holds as model {address}: it is model {found}")]
    Another {
        /// The address asked for.
        address: String,
        /// The address that it should lie under.
        found: String,
    },
}

impl Error {
    /// The stable code that operators look up.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "CLS0020",
            Self::Broken { .. } => "CLS0021",
            Self::Another { .. } => "CLS0022",
        }
    }
}

/// The models that were received last. Copies share them.
#[derive(Clone, Debug, Default)]
pub struct Models(Arc<Mutex<Vec<Model>>>);

impl Models {
    /// The model of this name: [`DEFAULT`], or an address that was received.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] where it was never received, or so long ago that it is not kept.
    pub fn get(&self, name: &str) -> Result<Model, Error> {
        if name == DEFAULT {
            return Ok(Model::shipped());
        }
        let kept = self.kept();
        let found = kept.iter().find(|model| model.id() == name);
        found.cloned().ok_or_else(|| Error::Missing {
            address: name.to_owned(),
        })
    }

    /// Whether the model of this name has to be received before it can be used.
    #[must_use]
    pub fn lacks(&self, name: &str) -> bool {
        name != DEFAULT && !self.kept().iter().any(|model| model.id() == name)
    }

    /// Takes what the store holds under an address; `None` where it holds nothing.
    ///
    /// # Errors
    ///
    /// Any [`Error`]; nothing is kept then.
    pub fn receive(&self, address: &str, object: Option<&[u8]>) -> Result<(), Error> {
        let model = read(address, object)?;
        let mut kept = self.kept();
        // Another partition may have been faster.
        if kept.iter().all(|known| known.id() != model.id()) {
            if kept.len() >= limits::MODELS_MAX {
                drop(kept.remove(0));
            }
            kept.push(model);
        }
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Model>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The model that the store holds under an address.
///
/// # Errors
///
/// - [`Error::Missing`] where `object` is `None`.
/// - [`Error::Broken`] and [`Error::Another`] where it is not the model of that address.
pub fn read(address: &str, object: Option<&[u8]>) -> Result<Model, Error> {
    let address = address.to_owned();
    let Some(bytes) = object else {
        return Err(Error::Missing { address });
    };
    match Model::from_bytes(bytes.to_vec()) {
        Ok(model) if model.id() == address => Ok(model),
        Ok(model) => Err(Error::Another {
            address,
            found: model.id().to_owned(),
        }),
        Err(source) => Err(Error::Broken { address, source }),
    }
}

/// Whether a text can be the address of a model: as many lower-case hexadecimal digits as a
/// SHA-256 has.
#[must_use]
pub fn is_address(text: &str) -> bool {
    text.len() == ADDRESS_DIGITS
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> (String, Vec<u8>) {
        let model = Model::shipped();
        (model.id().to_owned(), model.as_bytes().to_vec())
    }

    #[test]
    fn the_default_is_never_lacking() {
        let models = Models::default();
        assert!(!models.lacks(DEFAULT));
        assert_eq!(models.get(DEFAULT).unwrap().id(), shipped().0);
    }

    #[test]
    fn what_was_received_is_shared() {
        let (address, bytes) = shipped();
        let (models, others) = (Models::default(), Models::default());
        assert!(is_address(&address), "{address}");
        assert!(models.lacks(&address));
        assert_eq!(models.get(&address).unwrap_err().code(), "CLS0020");
        models.clone().receive(&address, Some(&bytes)).unwrap();
        models.receive(&address, Some(&bytes)).unwrap();
        assert_eq!(models.kept().len(), 1, "it is kept once");
        assert!(!models.lacks(&address) && others.lacks(&address));
        assert_eq!(models.get(&address).unwrap().id(), address);
    }

    #[test]
    fn never_another_model_than_the_one_named() {
        let (address, mut bytes) = shipped();
        let models = Models::default();
        let other = "0".repeat(ADDRESS_DIGITS);
        let code = |outcome: Result<(), Error>| outcome.unwrap_err().code();
        assert_eq!(code(models.receive(&other, None)), "CLS0020");
        assert_eq!(code(models.receive(&other, Some(&bytes))), "CLS0022");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        assert_eq!(code(models.receive(&address, Some(&bytes))), "CLS0021");
        assert!(models.lacks(&address) && models.lacks(&other));
    }

    #[test]
    fn addresses_are_lower_case_digits() {
        assert!(is_address(&"0a".repeat(32)));
        for text in [
            "",
            "default",
            &"0A".repeat(32),
            &"0a".repeat(31),
            &"é".repeat(32),
        ] {
            assert!(!is_address(text), "{text}");
        }
    }
}
