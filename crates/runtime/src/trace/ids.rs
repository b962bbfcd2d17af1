//! Identities of traces and spans, taken from those of tickets and facts.

use std::fmt;

use posthouse_domain::{FactId, TicketId};

/// The identity of a trace: 16 bytes, never all zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId([u8; 16]);

/// The identity of a span within its trace: 8 bytes, never all zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId([u8; 8]);

impl TraceId {
    /// The trace with these bytes; `None` when all are zero.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Option<Self> {
        (bytes != [0; 16]).then_some(Self(bytes))
    }

    /// The trace that a ticket was created in, where its sender brought none.
    #[must_use]
    pub fn of_ticket(ticket: TicketId) -> Self {
        Self::nonzero(*ticket.0.as_bytes())
    }

    /// The trace that begins with a fact: one that a timer or a person caused later.
    #[must_use]
    pub fn of_fact(fact: FactId) -> Self {
        Self::nonzero(*fact.0.as_bytes())
    }

    /// The trace of anything else that these parts name.
    #[must_use]
    pub fn derive(parts: &[&[u8]]) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&hash(b"trace/1", parts));
        bytes[8..].copy_from_slice(&hash(b"trace/2", parts));
        Self::nonzero(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }

    fn nonzero(bytes: [u8; 16]) -> Self {
        Self::new(bytes).unwrap_or(Self([1; 16]))
    }
}

impl SpanId {
    /// The span with these bytes; `None` when all are zero.
    #[must_use]
    pub fn new(bytes: [u8; 8]) -> Option<Self> {
        (bytes != [0; 8]).then_some(Self(bytes))
    }

    /// The span `create ticket`.
    #[must_use]
    pub fn of_ticket(ticket: TicketId) -> Self {
        Self::low(ticket.0.as_bytes())
    }

    /// The span in which a fact was sent.
    #[must_use]
    pub fn of_fact(fact: FactId) -> Self {
        Self::low(fact.0.as_bytes())
    }

    /// The span in which `role` processed a fact.
    #[must_use]
    pub fn of_processing(fact: FactId, role: &str) -> Self {
        Self::derive(&[b"process", fact.0.as_bytes(), role.as_bytes()])
    }

    /// The span of anything else that these parts name.
    #[must_use]
    pub fn derive(parts: &[&[u8]]) -> Self {
        Self::nonzero(hash(b"span/1", parts))
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(self) -> [u8; 8] {
        self.0
    }

    fn low(bytes: &[u8; 16]) -> Self {
        let mut low = [0; 8];
        low.copy_from_slice(&bytes[8..]);
        Self::nonzero(low)
    }

    fn nonzero(bytes: [u8; 8]) -> Self {
        Self::new(bytes).unwrap_or(Self([1; 8]))
    }
}

/// FNV-1a-64 over parts, each after its length, and the finaliser of `SplitMix64` behind it, so that
/// parts which differ in a bit differ in half of the bits. No secret rests on it.
///
/// # Source
///
/// FNV: RFC 9923. `SplitMix64`: Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014, figure 16.
fn hash(domain: &[u8], parts: &[&[u8]]) -> [u8; 8] {
    const PRIME: u64 = 0x0100_0000_01b3;
    let feed = |hash: u64, bytes: &[u8]| {
        bytes.iter().fold(hash, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(PRIME)
        })
    };
    let mut hash = feed(0xcbf2_9ce4_8422_2325, domain);
    for part in parts {
        hash = feed(feed(hash, &(part.len() as u64).to_be_bytes()), part);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash ^ (hash >> 31)).to_be_bytes()
}

macro_rules! hexadecimal {
    ($($id:ty),*) => {$(
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
hexadecimal!(TraceId, SpanId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_derived_is_stable_and_separates_its_parts() {
        assert_eq!(SpanId::derive(&[b"a", b"b"]), SpanId::derive(&[b"a", b"b"]));
        assert_ne!(SpanId::derive(&[b"a", b"b"]), SpanId::derive(&[b"ab"]));
        assert_ne!(SpanId::derive(&[b"a", b"b"]), SpanId::derive(&[b"b", b"a"]));
        // Pinned: another derivation would make half of a trace a stranger to the other half while
        // a release is rolled out.
        assert_eq!(SpanId::derive(&[b"a"]).to_string(), "91c47024017190f6");
        let trace = TraceId::derive(&[b"a"]).to_string();
        assert_eq!(trace, "dd4fd426fb16768ab48fdc59a0e42284");
    }

    #[test]
    fn the_empty_identity_is_none() {
        let nil = TicketId(posthouse_domain::ids::Uuid::nil());
        assert_ne!(TraceId::of_ticket(nil).bytes(), [0; 16]);
        assert_ne!(SpanId::of_ticket(nil).bytes(), [0; 8]);
        assert_eq!(TraceId::new([0; 16]), None);
        assert_eq!(SpanId::new([0; 8]), None);
    }
}
