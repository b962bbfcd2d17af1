//! What travels: Protobuf messages, and their conversion to and from the domain.
//!
//! Writing cannot fail. Reading is strict: a message that lacks what it must have, or holds a
//! value this version does not know, is refused with the path of the field and a stable code, so
//! that it can be set aside with a reason instead of being half understood.
//!
//! What this crate refuses to do: decide. It knows which messages make sense as such, not which
//! are allowed where they stand (that is [`posthouse_domain::ticket::Ticket::apply`]), nor which
//! commands are acceptable (that is [`posthouse_domain::command::Command::check`]).
//!
//! # Invariants
//!
//! - Reading what was written gives back the same value; equal values have equal bytes.
//! - No input makes it panic.
//! - Two adjacent versions read each other's messages: a field that is not known is ignored. A
//!   *kind* of fact or command that is not known is an error that says so
//!   ([`Error::NewerVersion`]), never a silent loss.

mod claim;
mod command;
mod dead_letter;
mod enums;
mod error;
mod fact;
mod path;
mod policy;
mod read;
mod snapshot;
mod values;

pub use claim::Claim;
pub use command::{decode_command, encode_command};
pub use dead_letter::{DeadLetter, DeadLetterSettled, Settlement};
pub use error::Error;
pub use fact::{decode, encode};
pub use policy::PolicyActivated;
pub use read::{MESSAGE_BYTES_MAX, decode_message};
pub use snapshot::{Row, Snapshot, Table};

/// The messages as they travel, generated from `proto/posthouse/v1`.
///
/// Most callers want the conversions of this crate; this is for the messages that have none
/// (`TicketQuery`, `TicketAnswer`, `PolicyBundle`) and for tests.
pub mod v1 {
    #![expect(
        missing_docs,
        reason = "generated; the comments of the proto are the documentation"
    )]
    include!(concat!(env!("OUT_DIR"), "/posthouse.v1.rs"));
}
