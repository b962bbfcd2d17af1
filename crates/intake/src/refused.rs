//! Why a command was not accepted: one enum for all doors.

use std::fmt;

use posthouse_domain::command::Problem;
use posthouse_domain::ticket::{FactKind, State};

use crate::limits::RETRY_AFTER_S;

/// Why a command was not accepted. The text follows "failed to".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// What was sent is not what it says it is.
    #[error("read the request: {0}")]
    Unreadable(String),
    /// Fields are missing, unknown, of a wrong kind, too long, or hold unknown words.
    #[error("accept the command: {}", told(.0))]
    Invalid(Vec<Problem>),
    /// The content is of a type that is not understood.
    #[error("read content of type {0}")]
    MediaType(String),
    /// There is more of it than is read.
    #[error("read the request: it is larger than {bytes_max} bytes")]
    TooLarge {
        /// The largest size, in bytes.
        bytes_max: usize,
    },
    /// It did not arrive whole.
    #[error("read the request: it did not arrive whole")]
    CutOff,
    /// Nobody knows the ticket.
    #[error("find ticket {0}")]
    UnknownTicket(String),
    /// The ticket does not allow it as it stands.
    #[error("change ticket {ticket}: in state {state} it cannot be {asked}")]
    NotAllowed {
        /// The ticket, as the sender named it.
        ticket: String,
        /// Where it stands.
        state: State,
        /// What it would become.
        asked: FactKind,
    },
    /// The key was used before, for something else.
    #[error("accept the command: its idempotency key was used before for another one")]
    KeyReused,
    /// The same command is being worked on.
    #[error("accept the command: another one with its idempotency key is being worked on")]
    InFlight,
    /// There is too much to do.
    #[error("accept the command now: {0}")]
    Busy(Busy),
    /// Something that is needed to decide cannot be had now.
    #[error("accept the command yet: {0}")]
    NotReady(String),
    /// It could not be written down.
    #[error("keep the command: {0}")]
    NotKept(String),
    /// An inbox message cannot be read as a command.
    #[error("{0}")]
    Wire(#[from] posthouse_wire::Error),
    /// An inbox message was tried so often that it is taken for poison.
    #[error("deal with the message: it was delivered {attempts} times in vain")]
    Poison {
        /// How often it was delivered.
        attempts: u32,
    },
}

/// What there is too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// The log is away, and the outbox holds as much as it may.
    OutboxFull,
    /// The disk cannot keep up.
    DiskBehind,
    /// All ticket numbers are given away, and no more can be had now.
    NumbersSpent,
    /// More requests are under way than may be.
    Requests,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutboxFull => "the log is away and the outbox is full",
            Self::DiskBehind => "the disk cannot keep up",
            Self::NumbersSpent => "there is no ticket number to be had",
            Self::Requests => "too many requests are under way",
        })
    }
}

/// What to do with an inbox message that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disposition {
    /// It will never be accepted.
    DeadLetter,
    /// It may be accepted later.
    RetryLater,
}

impl Refused {
    /// The stable code; each has a page in `docs/errors`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "INT0001",
            Self::Invalid(_) => "INT0002",
            Self::MediaType(_) => "INT0003",
            Self::TooLarge { .. } => "INT0004",
            Self::UnknownTicket(_) => "INT0005",
            Self::NotAllowed { .. } => "INT0006",
            Self::KeyReused => "INT0007",
            Self::InFlight => "INT0008",
            Self::Busy(_) => "INT0009",
            Self::NotReady(_) => "INT0010",
            Self::NotKept(_) => "INT0011",
            Self::CutOff => "INT0012",
            Self::Poison { .. } => "INT0013",
            Self::Wire(error) => error.code(),
        }
    }

    /// One problem with one field.
    pub(crate) fn field(field: &str, what: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem {
            field: field.to_owned(),
            what: what.into(),
        }])
    }

    /// After how many seconds it is worth trying again, if waiting can help.
    #[must_use]
    pub const fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Busy(_) | Self::NotReady(_) | Self::NotKept(_) | Self::InFlight => {
                Some(RETRY_AFTER_S)
            }
            _ => None,
        }
    }

    /// What to do with an inbox message that was refused for this.
    pub(crate) const fn disposition(&self) -> Disposition {
        match self {
            Self::Busy(_)
            | Self::NotReady(_)
            | Self::NotKept(_)
            | Self::InFlight
            | Self::CutOff => Disposition::RetryLater,
            Self::Unreadable(_)
            | Self::Invalid(_)
            | Self::MediaType(_)
            | Self::TooLarge { .. }
            | Self::UnknownTicket(_)
            | Self::NotAllowed { .. }
            | Self::KeyReused
            | Self::Wire(_)
            | Self::Poison { .. } => Disposition::DeadLetter,
        }
    }
}

fn told(problems: &[Problem]) -> String {
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    told.join("; ")
}
