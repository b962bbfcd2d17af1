//! The place of a message: which stream of the region, and where in it, as one number.
//!
//! It is the key of everything that the desk keeps of a message, so that a rebuilt database has
//! the same rows however the streams were interleaved while it was filled.

/// Bits of a place that hold the sequence. A stream that stores a million messages a second
/// needs nine years to use them up.
const SEQUENCE_BITS: u32 = 48;

/// The place of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place(pub(crate) i64);

impl Place {
    /// The place at `sequence` of the stream with this number.
    pub(crate) fn new(stream: u16, sequence: u64) -> Self {
        let sequence = i64::try_from(sequence).unwrap_or(i64::MAX) & Self::SEQUENCES;
        Self((i64::from(stream) << SEQUENCE_BITS) | sequence)
    }

    const SEQUENCES: i64 = (1 << SEQUENCE_BITS) - 1;

    /// Its sequence in the stream.
    pub(crate) fn sequence(self) -> u64 {
        (self.0 & Self::SEQUENCES).unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_both_and_sorts_by_stream_then_sequence() {
        let place = Place::new(100, 281_474_976_710_655);
        assert_eq!(place.sequence(), 281_474_976_710_655);
        assert_eq!(place.0 >> SEQUENCE_BITS, 100);
        assert!(Place::new(0, 900) < Place::new(1, 1));
        assert!(Place::new(1, 1) < Place::new(1, 2));
    }
}
