//! Names: what an effect must be called, and where a ticket must stand.
//!
//! Written anew from ADR 1, so that a mistake in how services name things cannot hide itself.

use std::hash::{DefaultHasher, Hasher as _};

use posthouse_wire::v1::Target;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What the identity of a fact is derived from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Derivation {
    pub(crate) role: &'static str,
    pub(crate) rule: String,
    pub(crate) ordinal: u32,
}

impl Derivation {
    pub(crate) fn new(role: &'static str, rule: impl Into<String>, ordinal: u32) -> Self {
        let rule = rule.into();
        Self {
            role,
            rule,
            ordinal,
        }
    }

    /// The identity of what follows from `cause`: `hash(role, cause, rule, ordinal)`.
    pub(crate) fn of(&self, cause: Uuid) -> Uuid {
        let ordinal = self.ordinal.to_be_bytes();
        let parts = [
            self.role.as_bytes(),
            cause.as_bytes(),
            self.rule.as_bytes(),
            &ordinal,
        ];
        identity(b"posthouse/fact/1", &parts)
    }
}

/// The identity of a policy's activation, which has that time in the log, as one ticket sees it.
pub(crate) fn activation(version: &str, log_time_ms: i64, ticket: Uuid) -> Uuid {
    let parts = [
        "policy_activated",
        version,
        &log_time_ms.to_string(),
        &ticket.hyphenated().to_string(),
    ];
    identity(b"posthouse/command/1", &parts.map(str::as_bytes))
}

/// The start of a hash over what it is for and each part with its length, as a UUIDv8.
fn identity(what_for: &[u8], parts: &[&[u8]]) -> Uuid {
    let mut text = what_for.to_vec();
    for part in parts {
        text.extend((part.len() as u64).to_be_bytes());
        text.extend(*part);
    }
    let digest = Sha256::digest(&text);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// The name of a target, as rules have it; nothing for one that is not known.
pub(crate) fn target_name(target: i32) -> Option<&'static str> {
    Some(match Target::try_from(target).ok()? {
        Target::Unspecified => return None,
        Target::FirstResponse => "first_response",
        Target::NextResponse => "next_response",
        Target::Update => "update",
        Target::Resolution => "resolution",
    })
}

/// The partition of a ticket: FNV-1a-32 of its identity's text, modulo the number of partitions.
pub(crate) fn partition(ticket: Uuid, partitions: u16) -> u16 {
    let mut hash = 0x811c_9dc5_u32;
    for byte in ticket.hyphenated().to_string().bytes() {
        hash ^= u32::from(byte);
        hash = hash.wrapping_mul(0x0100_0193);
    }
    u16::try_from(hash % u32::from(partitions.max(1))).expect("a remainder is below its divisor")
}

/// A short stand-in for bytes, to tell equal from different within one audit.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pinned by another implementation: `python3 -c` with hashlib, over the same parts.
    #[test]
    fn identities_are_what_the_decision_record_says() {
        let id = Derivation::new("router", "routed", 0).of(Uuid::from_u128(7));
        assert_eq!(id.to_string(), PINNED);
        assert_eq!(id.get_version_num(), 8);
        assert_ne!(
            id,
            Derivation::new("router", "routed", 1).of(Uuid::from_u128(7))
        );
    }

    const PINNED: &str = "45cb3796-4c5c-8612-9c6b-82ed999f5c4c";

    #[test]
    fn partitions_are_fnv_1a() {
        // hash("00000000-0000-0000-0000-000000000000") = 0xbe478ed1.
        assert_eq!(partition(Uuid::nil(), 64), 17);
        assert_eq!(partition(Uuid::nil(), 1), 0);
    }

    #[test]
    fn targets_have_names() {
        let names: Vec<_> = (0..6).map(target_name).collect();
        let named = ["first_response", "resolution", "next_response", "update"].map(Some);
        assert_eq!(names[1..5], named);
        assert_eq!((names[0], names[5]), (None, None));
    }
}
