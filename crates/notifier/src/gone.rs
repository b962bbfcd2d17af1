//! Receivers that said that they want no more.
//!
//! An endpoint that answers 410 asks to be left alone for good (Standard Webhooks); a robot that
//! was removed from its group says the same in its own words. The outcome stands in the log, so
//! every owner of the partition comes to know it. What is noted is the address, not the key: a
//! receiver whose address is another may be told again.

use hmac_sha256::Hash;
use posthouse_domain::notify::Receiver;
use posthouse_runtime::{Refusal, View};
use posthouse_store::Table;

/// Receivers by key, with the hash of the address that is gone.
pub(crate) const GONE: Table = Table::new("gone");

/// Whether this is how the failure of a request begins whose receiver wants no more.
pub(crate) fn says_so(error: &str) -> bool {
    error.starts_with("post: NTF0003: ")
}

/// Whether the receiver has said so at its present address.
pub(crate) fn is_gone(view: &View, receiver: &Receiver) -> Result<bool, Refusal> {
    let noted = view.get(GONE, receiver.key.as_bytes())?;
    Ok(noted.is_some_and(|noted| noted == address(receiver)))
}

/// Notes that it said so.
pub(crate) fn note(view: &mut View, receiver: &Receiver) -> Result<(), Refusal> {
    let key = receiver.key.as_bytes().to_vec();
    view.put(GONE, key, address(receiver).to_vec());
    Ok(())
}

/// What stands for the address of a receiver: everything that the policy says of its channel.
fn address(receiver: &Receiver) -> [u8; 32] {
    let bytes = postcard::to_stdvec(&receiver.channel).expect("texts and numbers serialise");
    Hash::hash(&bytes)
}

#[cfg(test)]
mod tests {
    use crate::channel::Error;

    #[test]
    fn the_errors_that_say_so_are_known_by_their_beginning() {
        let gone = Error::Gone("410".to_owned());
        assert!(super::says_so(&gone.to_string()));
        let other = Error::NoAnswer("NTF0003: ".to_owned());
        assert!(!super::says_so(&other.to_string()));
    }
}
