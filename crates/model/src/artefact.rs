//! Artefacts: a model as bytes.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `PHMODEL1` |
//! | 4 | length of the header, little-endian |
//! | header | JSON, with blanks after it up to a multiple of 64 bytes of the whole |
//! | [`places::BYTES`] | which places are known |
//! | 1 for each n-gram | its inverse document frequency |
//! | 1 for each n-gram and output | its weights, row by row |
//! | 32 | SHA-256 of all that comes before |
//!
//! The digest is the model's identity. All but the header is used where it lies: a model that is
//! part of the program is mapped with it and costs no memory of its own.

use std::ops::Range;

use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::grams;
use crate::header::Header;
use crate::limits;
use crate::number::{narrow, wide};
use crate::places::{self, Places};

const MAGIC: &[u8; 8] = b"PHMODEL1";
const DIGEST_BYTES: usize = 32;
const ALIGNED_TO: usize = 64;

/// Where the parts of an artefact lie in its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) places: Range<usize>,
    pub(crate) idf: Range<usize>,
    pub(crate) weights: Range<usize>,
}

impl Layout {
    /// After a header that ends at `from`; `None` when no memory could hold it.
    fn of(header: &Header, from: usize) -> Option<Self> {
        let grams = wide(header.grams);
        let places = from..from.checked_add(places::BYTES)?;
        let idf = places.end..places.end.checked_add(grams)?;
        let weights = grams.checked_mul(wide(header.outputs))?;
        Some(Self {
            weights: idf.end..idf.end.checked_add(weights)?,
            places,
            idf,
        })
    }
}

/// The parts of a model that are not its header.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) places: Vec<u8>,
    pub(crate) idf: Vec<u8>,
    pub(crate) weights: Vec<i8>,
}

/// Writes a model.
pub(crate) fn write(header: &Header, parts: &Parts) -> Vec<u8> {
    let mut json = serde_json::to_vec(header).expect("a header has text keys and finite numbers");
    let begins = MAGIC.len() + 4;
    json.resize(
        (begins + json.len()).next_multiple_of(ALIGNED_TO) - begins,
        b' ',
    );
    let mut bytes = Vec::with_capacity(begins + json.len() + parts.weights.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&narrow(json.len()).to_le_bytes());
    bytes.extend_from_slice(&json);
    bytes.extend_from_slice(&parts.places);
    bytes.extend_from_slice(&parts.idf);
    bytes.extend(parts.weights.iter().map(|weight| weight.cast_unsigned()));
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

/// Reads a model's header, finds its parts and checks them, and names its identity.
pub(crate) fn read(bytes: &[u8]) -> Result<(Header, Layout, String), Error> {
    let begins = MAGIC.len() + 4;
    if bytes.len() < begins || !bytes.starts_with(MAGIC) {
        return Err(Error::NotAModel);
    }
    let length: [u8; 4] = bytes[MAGIC.len()..begins].try_into().expect("four bytes");
    let length = wide(u32::from_le_bytes(length));
    if length > limits::HEADER_BYTES_MAX {
        return Err(wrong("it is longer than any header"));
    }
    let json = bytes.get(begins..begins + length).ok_or(Error::Length {
        expected: begins + length,
        found: bytes.len(),
    })?;
    let header: Header = serde_json::from_slice(json).map_err(|error| wrong(error.to_string()))?;
    if header.features != grams::VERSION {
        return Err(Error::Version {
            expected: grams::VERSION,
            found: header.features,
        });
    }
    header.check().map_err(wrong)?;
    let layout =
        Layout::of(&header, begins + length).ok_or_else(|| wrong("it speaks of too much"))?;
    let expected = layout.weights.end.saturating_add(DIGEST_BYTES);
    if bytes.len() != expected {
        return Err(Error::Length {
            expected,
            found: bytes.len(),
        });
    }
    let (content, told) = bytes.split_at(layout.weights.end);
    let digest = Sha256::digest(content);
    if digest.as_slice() != told {
        return Err(Error::Changed);
    }
    let places = Places::of(&bytes[layout.places.clone()]);
    if places.count() != Some(wide(header.grams)) {
        return Err(wrong("its n-grams are not as many as it says"));
    }
    Ok((header, layout, hex(&digest)))
}

fn wrong(why: impl Into<String>) -> Error {
    Error::Header { why: why.into() }
}

/// Bytes in lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
