//! Protobuf, as it arrives from the bus and the object store.

use std::fmt::Debug;

use posthouse_domain::Timestamp;
use posthouse_domain::ticket::{Ticket, Verdict};
use posthouse_wire::{
    Claim, DeadLetter, DeadLetterSettled, Error, PolicyActivated, Snapshot, decode, decode_command,
    encode, encode_command,
};

use crate::says_why;

/// A fact is read as it was written, and folds into a ticket once.
pub(crate) fn facts(bytes: &[u8]) {
    let Some(fact) = read_back(decode(bytes), encode, decode) else {
        return;
    };
    let Ok(mut ticket) = Ticket::open(&fact, fact.at) else {
        return;
    };
    let opened = ticket.clone();
    let verdict = ticket.apply(&fact, fact.at.plus_millis(1));
    assert!(
        matches!(verdict, Verdict::Void(_)),
        "opened twice by {fact:?}"
    );
    assert_eq!(
        ticket.state(),
        opened.state(),
        "a void fact changes nothing"
    );
}

/// A command is read as it was written.
pub(crate) fn commands(bytes: &[u8]) {
    let read = decode_command(bytes);
    let command = read_back(read, encode_command, decode_command);
    let problems = command.and_then(|command| command.check().err());
    for problem in problems.unwrap_or_default() {
        says_why(&problem);
    }
}

/// So are claims, dead letters, what was done with them, and activations: any bytes may be any.
pub(crate) fn messages(bytes: &[u8]) {
    read_back(Claim::decode(bytes), Claim::encode, |b| Claim::decode(b));
    let letter = DeadLetter::decode(bytes);
    read_back(letter, DeadLetter::encode, |b| DeadLetter::decode(b));
    let settled = DeadLetterSettled::decode(bytes);
    read_back(settled, DeadLetterSettled::encode, |b| {
        DeadLetterSettled::decode(b)
    });
    let activated = PolicyActivated::decode(bytes);
    read_back(activated, PolicyActivated::encode, |b| {
        PolicyActivated::decode(b)
    });
}

/// So are snapshots.
pub(crate) fn snapshots(bytes: &[u8]) {
    let write = |snapshot: &Snapshot| snapshot.clone().encode();
    let read = read_back(Snapshot::decode(bytes), write, |b| Snapshot::decode(b));
    if let Some(snapshot) = read {
        assert!((Timestamp::MIN..=Timestamp::MAX).contains(&snapshot.taken_at));
    }
}

/// What was read, is read again when it is written; what was not, says why.
fn read_back<T: Debug + PartialEq>(
    read: Result<T, Error>,
    write: impl Fn(&T) -> Vec<u8>,
    again: impl Fn(&[u8]) -> Result<T, Error>,
) -> Option<T> {
    match read {
        Ok(value) => {
            assert_eq!(again(&write(&value)).as_ref(), Ok(&value));
            Some(value)
        }
        Err(error) => {
            assert!(Error::CODES.contains(&error.code()));
            says_why(&error);
            None
        }
    }
}
