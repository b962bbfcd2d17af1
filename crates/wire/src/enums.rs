//! Enumerations. Zero is "not said" in every one of them.

use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{
    ActorKind, Engineering, Presence, Progress, RequeueReason, Sentiment, Severity, State,
};

use crate::error::Error;
use crate::path::Path;
use crate::v1;

/// An enumeration of the domain that travels as a number.
pub(crate) trait Numbered: Copy {
    /// The number it travels as; never zero.
    fn number(self) -> i32;

    /// What a number stands for; `None` for one that is not known.
    fn of(number: i32) -> Option<Self>;
}

/// A value that may be left out.
pub(crate) fn optional<T: Numbered>(number: i32, at: &Path<'_>) -> Result<Option<T>, Error> {
    if number == 0 {
        return Ok(None);
    }
    match T::of(number) {
        Some(value) => Ok(Some(value)),
        None => Err(Error::UnknownValue {
            field: at.to_string(),
            value: number,
        }),
    }
}

/// A value that must be there.
pub(crate) fn required<T: Numbered>(number: i32, at: &Path<'_>) -> Result<T, Error> {
    optional(number, at)?.ok_or_else(|| Error::Missing {
        field: at.to_string(),
    })
}

/// The number of a value that may be left out.
pub(crate) fn write_optional<T: Numbered>(value: Option<T>) -> i32 {
    value.map_or(0, T::number)
}

macro_rules! numbered {
    ($domain:ident as $wire:ident: $($variant:ident),+ $(,)?) => {
        impl Numbered for $domain {
            fn number(self) -> i32 {
                match self { $(Self::$variant => v1::$wire::$variant as i32),+ }
            }

            fn of(number: i32) -> Option<Self> {
                match v1::$wire::try_from(number).ok()? {
                    v1::$wire::Unspecified => None,
                    $(v1::$wire::$variant => Some(Self::$variant)),+
                }
            }
        }
    };
}
pub(crate) use numbered;

numbered!(Severity as Severity: P0, P1, P2, P3);
numbered!(Sentiment as Sentiment: Negative, Neutral, Positive);
numbered!(Target as Target: FirstResponse, NextResponse, Update, Resolution);
numbered!(ActorKind as ActorKind: Customer, Agent, Service, System);
numbered!(Presence as Presence: SignedIn, Ready, Busy, OnBreak, SignedOut, Seen);
numbered!(RequeueReason as RequeueReason: Declined, TimedOut, AgentGone, Transferred);
numbered!(State as State:
    New, Triaged, Queued, Assigned, InProgress, WaitingOnCustomer, WaitingOnThirdParty,
    Resolved, Closed,
);

impl Numbered for Progress {
    fn number(self) -> i32 {
        let wire = match self {
            Self::InProgress => v1::Progress::InProgress,
            Self::WaitingOnCustomer => v1::Progress::WaitingOnCustomer,
            Self::WaitingOnThirdParty => v1::Progress::WaitingOnThirdParty,
            Self::Engineering(Engineering::Developing) => v1::Progress::Developing,
            Self::Engineering(Engineering::Testing) => v1::Progress::Testing,
            Self::Engineering(Engineering::Verifying) => v1::Progress::Verifying,
        };
        wire as i32
    }

    fn of(number: i32) -> Option<Self> {
        Some(match v1::Progress::try_from(number).ok()? {
            v1::Progress::Unspecified => return None,
            v1::Progress::InProgress => Self::InProgress,
            v1::Progress::WaitingOnCustomer => Self::WaitingOnCustomer,
            v1::Progress::WaitingOnThirdParty => Self::WaitingOnThirdParty,
            v1::Progress::Developing => Self::Engineering(Engineering::Developing),
            v1::Progress::Testing => Self::Engineering(Engineering::Testing),
            v1::Progress::Verifying => Self::Engineering(Engineering::Verifying),
        })
    }
}
