//! Reading what was written, and reading what nobody wrote.

use bytes::Bytes;
use posthouse_testkit::strategies::{command, fact};
use posthouse_wire::{
    Claim, DeadLetter, DeadLetterSettled, Error, PolicyActivated, Snapshot, decode, decode_command,
    encode, encode_command,
};
use proptest::prelude::*;

use crate::samples;

/// Reads bytes as every kind of message. What it is for is not to panic.
fn read_as_anything(bytes: &[u8]) {
    let errors: [Option<Error>; 7] = [
        decode(bytes).err(),
        decode_command(bytes).err(),
        PolicyActivated::decode(bytes).err(),
        DeadLetter::decode(bytes).err(),
        DeadLetterSettled::decode(bytes).err(),
        Snapshot::decode(bytes).err(),
        Claim::decode(bytes).err(),
    ];
    for error in errors.into_iter().flatten() {
        assert!(Error::CODES.contains(&error.code()));
        assert!(error.to_string().starts_with("read "), "{error}");
    }
}

proptest! {
    #[test]
    fn facts(fact in fact()) {
        let bytes = encode(&fact);
        prop_assert_eq!(decode(&bytes), Ok(fact));
    }

    #[test]
    fn commands(command in command()) {
        prop_assert_eq!(command.check(), Ok(()));
        let bytes = encode_command(&command);
        prop_assert_eq!(decode_command(&bytes), Ok(command));
    }

    #[test]
    fn equal_facts_have_equal_bytes(fact in fact()) {
        prop_assert_eq!(encode(&fact), encode(&decode(&encode(&fact)).unwrap()));
    }

    #[test]
    fn noise(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_as_anything(&bytes);
    }

    #[test]
    fn a_damaged_fact(
        fact in fact(),
        place in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encode(&fact);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        read_as_anything(&bytes);
    }
}

#[test]
fn facts_cut_short_anywhere() {
    for fact in samples::facts() {
        let bytes = encode(&fact);
        for end in 0..bytes.len() {
            match decode(&bytes[..end]) {
                // The body is written last: without all of it, no sample is whole.
                Ok(read) => panic!("{end} of {} bytes read as {read:?}", bytes.len()),
                Err(error) => {
                    assert!(
                        ["WIRE0001", "WIRE0002"].contains(&error.code()),
                        "{end}: {error}"
                    );
                }
            }
        }
    }
}

#[test]
fn commands_cut_short_anywhere() {
    for command in samples::commands() {
        let bytes = encode_command(&command);
        for end in 0..bytes.len() {
            read_as_anything(&bytes[..end]);
        }
    }
}

#[test]
fn records() {
    let activated = samples::policy_activated();
    assert_eq!(
        PolicyActivated::decode(&activated.encode()[..]),
        Ok(activated)
    );
    let letter = samples::dead_letter();
    assert_eq!(DeadLetter::decode(&letter.encode()[..]), Ok(letter));
    let settled = samples::dead_letter_settled();
    assert_eq!(
        DeadLetterSettled::decode(&settled.encode()[..]),
        Ok(settled)
    );
    let snapshot = samples::snapshot();
    assert_eq!(
        Snapshot::decode(Bytes::from(snapshot.clone().encode())),
        Ok(snapshot)
    );
    let claim = samples::claim();
    assert_eq!(Claim::decode(&claim.encode()[..]), Ok(claim));
}
