//! The address to which a person replies by e-mail, so that what they write finds its ticket.
//!
//! `support+t…@example.com`: behind the `+` of the deployment's own address (sub-addressing,
//! RFC 5233) stand `t`, the ticket's identity and a code over it, in base 32 without padding
//! (RFC 4648 §6, lower case). The local part stays within the 64 octets of RFC 5321 and keeps
//! its meaning when a mail server changes its case. The code keeps strangers from writing to
//! tickets whose identity they guess; it does not say who writes.

use posthouse_domain::TicketId;
use uuid::Uuid;

use crate::limits::{ADDRESS_BYTES_MAX, LOCAL_PART_BYTES_MAX};
use crate::link::Keys;

/// What the code is made over, before the ticket.
const PURPOSE: &[u8] = b"posthouse/reply/1";
/// What the part behind the `+` begins with.
const MARK: char = 't';
/// Bytes of the code: 72 bits, so that ticket and code end with a whole digit.
const CODE_BYTES: usize = 9;
/// Bytes of ticket and code.
const BYTES: usize = 16 + CODE_BYTES;
const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The address to which people reply about a ticket; `None` where the deployment's address is
/// none, or leaves no room.
#[must_use]
pub fn address(base: &str, ticket: TicketId, keys: &Keys) -> Option<String> {
    let (local, domain) = base.rsplit_once('@')?;
    let mut bytes = ticket.0.as_bytes().to_vec();
    bytes.extend(&keys.code(PURPOSE, ticket.0.as_bytes())[..CODE_BYTES]);
    let local = format!("{local}+{MARK}{}", encode(&bytes));
    let fits = local.len() <= LOCAL_PART_BYTES_MAX && !domain.is_empty();
    fits.then(|| format!("{local}@{domain}"))
}

/// The ticket that an address is for; `None` for any address that was not made by one of the
/// keys.
#[must_use]
pub fn ticket(address: &str, keys: &Keys) -> Option<TicketId> {
    if address.len() > ADDRESS_BYTES_MAX {
        return None;
    }
    let (local, _) = address.rsplit_once('@')?;
    let (_, detail) = local.rsplit_once('+')?;
    let detail = detail.to_ascii_lowercase();
    let bytes = decode(detail.strip_prefix(MARK)?)?;
    let (ticket, code) = bytes.split_at_checked(16)?;
    let right = keys.accept(PURPOSE, ticket, code, CODE_BYTES);
    right.then(|| Uuid::from_slice(ticket).ok().map(TicketId))?
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(DIGITS[(held >> bits & 31) as usize].into());
        }
    }
    text
}

/// Exactly [`BYTES`] bytes, or nothing.
fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() != BYTES * 8 / 5 {
        return None;
    }
    let mut bytes = Vec::with_capacity(BYTES);
    let (mut held, mut bits) = (0_u32, 0_u32);
    for digit in text.bytes() {
        let value = DIGITS.iter().position(|known| *known == digit)?;
        held = (held << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 255).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys() -> Keys {
        Keys::read("a key of thirty-two characters!!").unwrap()
    }

    proptest! {
        #[test]
        fn a_reply_finds_its_ticket_in_any_case(id in any::<u128>()) {
            let id = TicketId(Uuid::from_u128(id));
            let address = address("support@example.com", id, &keys()).unwrap();
            let local = address.split('@').next().unwrap();
            prop_assert!(local.len() <= LOCAL_PART_BYTES_MAX);
            prop_assert_eq!(ticket(&address, &keys()), Some(id));
            prop_assert_eq!(ticket(&address.to_uppercase(), &keys()), Some(id));
        }

        #[test]
        fn any_other_address_is_for_no_ticket(text in "[a-z+@.]{0,80}") {
            prop_assert_eq!(ticket(&text, &keys()), None);
        }
    }

    #[test]
    fn another_ticket_under_the_code_of_one_is_refused() {
        let of = |id| {
            address(
                "support@example.com",
                TicketId(Uuid::from_u128(id)),
                &keys(),
            )
        };
        let (one, other) = (of(1).unwrap(), of(u128::MAX).unwrap());
        // The first ticket with the second's code.
        let mixed = format!("{}{}", &one[..33], &other[33..]);
        assert_eq!(ticket(&mixed, &keys()), None);
        assert_eq!(ticket(&one, &keys()), Some(TicketId(Uuid::from_u128(1))));
    }

    #[test]
    fn an_address_without_room_is_none() {
        let long = format!("{}@example.com", "s".repeat(40));
        assert_eq!(address(&long, TicketId(Uuid::nil()), &keys()), None);
        assert_eq!(address("support", TicketId(Uuid::nil()), &keys()), None);
    }
}
