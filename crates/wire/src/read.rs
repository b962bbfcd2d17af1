//! The steps of reading that all messages share.

use std::str::FromStr;

use bytes::Buf;
use posthouse_domain::Timestamp;
use posthouse_domain::limits::{BODY_BYTES_MAX, KEY_BYTES_MAX};
use prost::Message;

use crate::error::Error;
use crate::path::Path;

/// Longest message that is read, in bytes: what a server takes that was not told otherwise.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Reads one message of at most [`MESSAGE_BYTES_MAX`] bytes. `name` is for the error alone.
///
/// Conversions to the domain begin with it; by itself it serves the messages of [`crate::v1`]
/// that have no conversion.
///
/// # Errors
///
/// [`Error::TooLarge`] for the message as a whole, [`Error::Malformed`] for its bytes.
pub fn decode_message<M: Message + Default>(
    name: &'static str,
    bytes: impl Buf,
) -> Result<M, Error> {
    at_most(
        &Path::top(name),
        bytes.remaining(),
        "bytes",
        MESSAGE_BYTES_MAX,
    )?;
    decode_unbounded(name, bytes)
}

/// Reads one message of any length, for what does not travel over the bus.
pub(crate) fn decode_unbounded<M: Message + Default>(
    name: &'static str,
    bytes: impl Buf,
) -> Result<M, Error> {
    M::decode(bytes).map_err(|error| {
        let text = error.to_string();
        let why = text
            .strip_prefix("failed to decode Protobuf message: ")
            .unwrap_or(&text);
        Error::Malformed {
            message: name,
            why: why.to_owned(),
        }
    })
}

/// A value that must be there.
pub(crate) fn required<T>(value: Option<T>, at: &Path<'_>) -> Result<T, Error> {
    value.ok_or_else(|| Error::Missing {
        field: at.to_string(),
    })
}

/// The error for a value that cannot be what its field holds.
pub(crate) fn unreadable(at: &Path<'_>, why: impl Into<String>) -> Error {
    Error::Unreadable {
        field: at.to_string(),
        why: why.into(),
    }
}

/// Refuses a size beyond its limit.
pub(crate) fn at_most(
    at: &Path<'_>,
    size: usize,
    unit: &'static str,
    limit: usize,
) -> Result<(), Error> {
    if size > limit {
        return Err(Error::TooLarge {
            field: at.to_string(),
            size,
            unit,
            limit,
        });
    }
    Ok(())
}

/// Text of at most `limit` bytes; may be empty.
pub(crate) fn text(value: String, at: &Path<'_>, limit: usize) -> Result<String, Error> {
    at_most(at, value.len(), "bytes", limit)?;
    Ok(value)
}

/// Words for people; may be empty.
pub(crate) fn prose(value: String, at: &Path<'_>) -> Result<String, Error> {
    text(value, at, BODY_BYTES_MAX)
}

/// A key that may be empty.
pub(crate) fn key(value: String, at: &Path<'_>) -> Result<String, Error> {
    text(value, at, KEY_BYTES_MAX)
}

/// A key that must be there.
pub(crate) fn required_key(value: String, at: &Path<'_>) -> Result<String, Error> {
    if value.is_empty() {
        return Err(Error::Missing {
            field: at.to_string(),
        });
    }
    key(value, at)
}

/// An identity, or another value that is written as a word, that must be there.
pub(crate) fn required_word<T>(value: &str, at: &Path<'_>) -> Result<T, Error>
where
    T: FromStr<Err: std::fmt::Display>,
{
    optional_word(value, at)?.ok_or_else(|| Error::Missing {
        field: at.to_string(),
    })
}

/// An identity, or another value that is written as a word; empty text for none.
pub(crate) fn optional_word<T>(value: &str, at: &Path<'_>) -> Result<Option<T>, Error>
where
    T: FromStr<Err: std::fmt::Display>,
{
    if value.is_empty() {
        return Ok(None);
    }
    value
        .parse()
        .map(Some)
        .map_err(|error: T::Err| unreadable(at, error.to_string()))
}

/// A number that the domain keeps in a smaller type.
pub(crate) fn narrow<T>(value: u32, at: &Path<'_>, max: T) -> Result<T, Error>
where
    T: TryFrom<u32> + PartialOrd + std::fmt::Display,
{
    match T::try_from(value) {
        Ok(narrow) if narrow <= max => Ok(narrow),
        _ => Err(unreadable(at, format!("{value} is more than {max}"))),
    }
}

/// An instant that must be there; what is finer than a millisecond is cut off.
pub(crate) fn instant(
    value: Option<prost_types::Timestamp>,
    at: &Path<'_>,
) -> Result<Timestamp, Error> {
    optional_instant(value, at)?.ok_or_else(|| Error::Missing {
        field: at.to_string(),
    })
}

/// An instant that may be absent; what is finer than a millisecond is cut off.
pub(crate) fn optional_instant(
    value: Option<prost_types::Timestamp>,
    at: &Path<'_>,
) -> Result<Option<Timestamp>, Error> {
    let Some(value) = value else { return Ok(None) };
    let seconds = Timestamp::MIN.as_millis() / 1_000..=Timestamp::MAX.as_millis() / 1_000;
    if !seconds.contains(&value.seconds) || !(0..1_000_000_000).contains(&value.nanos) {
        let (seconds, nanos) = (value.seconds, value.nanos);
        let why = format!("{seconds} s and {nanos} ns is no instant of the years 1 to 9999");
        return Err(unreadable(at, why));
    }
    let millis = value.seconds * 1_000 + i64::from(value.nanos / 1_000_000);
    Ok(Some(Timestamp::from_millis(millis)))
}

/// An instant as it travels. (Always `Some`: message fields are optional in the generated code.)
pub(crate) fn write_instant(at: Timestamp) -> Option<prost_types::Timestamp> {
    let millis = at.as_millis();
    let nanos = i32::try_from(millis.rem_euclid(1_000) * 1_000_000)
        .expect("less than a second has less than 10^9 nanoseconds");
    Some(prost_types::Timestamp {
        seconds: millis.div_euclid(1_000),
        nanos,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_outside_the_calendar_are_refused() {
        let at = Path::top("occurred_at");
        for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (0, -1), (0, 1_000_000_000)] {
            let value = Some(prost_types::Timestamp { seconds, nanos });
            let error = instant(value, &at).unwrap_err();
            assert_eq!(error.code(), "WIRE0003", "{seconds} {nanos}");
        }
        for edge in [Timestamp::MIN, Timestamp::MAX, Timestamp::from_millis(-1)] {
            assert_eq!(instant(write_instant(edge), &at), Ok(edge));
        }
    }

    #[test]
    fn a_message_beyond_the_limit_is_not_looked_at() {
        let bytes = vec![0_u8; MESSAGE_BYTES_MAX + 1];
        let error = decode_message::<crate::v1::TicketFact>("fact", &bytes[..]).unwrap_err();
        assert_eq!(error.code(), "WIRE0006");
        assert!(error.to_string().contains("1048577 bytes"), "{error}");
    }
}
