//! What can go wrong with a calendar or a target, each with the code operators look up.

use jiff::civil::Date;

use super::limits;
use crate::time::Timestamp;

/// Why a calendar could not be built or a deadline could not be given.
///
/// None of these may be retried: the same inputs fail the same way for ever. The page of
/// each [`code`](Self::code) under `docs/errors/` says what the operator can do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A target of no time, or of more than [`limits::TARGET_MS_MAX`].
    #[error(
        "promise {target_ms} ms of working time: it is not in 1..={}",
        limits::TARGET_MS_MAX
    )]
    TargetOutOfRange {
        /// The refused target, in working milliseconds.
        target_ms: i64,
    },
    /// A target of no business days, or of more than [`limits::BUSINESS_DAYS_MAX`].
    #[error(
        "promise {days} business days: it is not in 1..={}",
        limits::BUSINESS_DAYS_MAX
    )]
    BusinessDaysOutOfRange {
        /// The refused target, in business days.
        days: u32,
    },
    /// The calendar opens too little to use up the target before the horizon.
    #[error(
        "find enough working time in calendar {calendar:?} within {} days of {start}",
        limits::HORIZON_DAYS
    )]
    NoWorkingTime {
        /// The calendar's name.
        calendar: String,
        /// Where the search began.
        start: Timestamp,
    },
    /// A zone that the bundled database does not have.
    #[error("find time zone {zone:?} in the bundled database")]
    UnknownZone {
        /// The name as it was given.
        zone: String,
    },
    /// An opening after 23:59, or a closing after 24:00.
    #[error("open at minute {open_minute} and close at minute {close_minute} of a day")]
    IntervalOutOfRange {
        /// Minutes after midnight.
        open_minute: u16,
        /// Minutes after midnight.
        close_minute: u16,
    },
    /// A time of day that is not `HH:MM` between `00:00` and `24:00`.
    #[error("read {text:?} as a time of day, HH:MM from 00:00 to 24:00")]
    TimeOfDayUnreadable {
        /// The text as it was given.
        text: String,
    },
    /// Two exceptions for one date.
    #[error("choose between two exceptions on {date}")]
    ExceptionTwice {
        /// The date that both claim.
        date: Date,
    },
    /// A pause that ends before it begins.
    #[error("pause from {from} back to {to}")]
    PauseReversed {
        /// Its begin.
        from: Timestamp,
        /// Its earlier end.
        to: Timestamp,
    },
    /// A vector that names neither target.
    #[error("find target_minutes or target_business_days in vector {id:?}")]
    TargetMissing {
        /// The vector's name.
        id: String,
    },
}

impl Error {
    /// The stable code, under which `docs/errors/` explains what to do.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TargetOutOfRange { .. } => "SLA0001",
            Self::BusinessDaysOutOfRange { .. } => "SLA0002",
            Self::NoWorkingTime { .. } => "SLA0003",
            Self::UnknownZone { .. } => "SLA0004",
            Self::IntervalOutOfRange { .. } => "SLA0005",
            Self::TimeOfDayUnreadable { .. } => "SLA0006",
            Self::ExceptionTwice { .. } => "SLA0007",
            Self::PauseReversed { .. } => "SLA0008",
            Self::TargetMissing { .. } => "SLA0009",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One error of each kind.
    fn each() -> Vec<Error> {
        let at = Timestamp::from_millis(0);
        vec![
            Error::TargetOutOfRange { target_ms: 0 },
            Error::BusinessDaysOutOfRange { days: 0 },
            Error::NoWorkingTime {
                calendar: "c".into(),
                start: at,
            },
            Error::UnknownZone { zone: "z".into() },
            Error::IntervalOutOfRange {
                open_minute: 1440,
                close_minute: 0,
            },
            Error::TimeOfDayUnreadable { text: "t".into() },
            Error::ExceptionTwice {
                date: Date::constant(2026, 1, 1),
            },
            Error::PauseReversed { from: at, to: at },
            Error::TargetMissing { id: "v".into() },
        ]
    }

    #[test]
    fn every_code_has_its_own_page() {
        let pages = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors");
        for (number, error) in (1..).zip(each()) {
            assert_eq!(error.code(), format!("SLA{number:04}"));
            let page = std::fs::read_to_string(format!("{pages}/{}.md", error.code())).unwrap();
            assert!(page.starts_with(&format!("# {}: ", error.code())));
        }
    }

    #[test]
    fn messages_follow_failed_to() {
        for error in each() {
            assert!(
                error
                    .to_string()
                    .starts_with(|c: char| c.is_ascii_lowercase())
            );
        }
    }
}
