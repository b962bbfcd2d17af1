//! What a server would refuse.

use crate::subject::overlap;
use crate::{Error, Outgoing, limits};

/// Whether a message may be sent.
pub(super) fn message(message: &Outgoing) -> Result<(), Error> {
    if !is_plain_subject(&message.subject) {
        return Err(refused(
            format!("publish to `{}`", message.subject),
            "this is no subject",
        ));
    }
    let mut bytes = message.payload.len();
    for (name, value) in message.headers.iter() {
        header(name, value)?;
        bytes += name.len() + value.len();
    }
    if let Some(id) = &message.id {
        header("message id", id)?;
        bytes += id.len();
    }
    size(bytes)
}

/// Whether a value is small enough.
pub(super) fn size(bytes: usize) -> Result<(), Error> {
    if bytes > limits::PAYLOAD_BYTES_MAX {
        return Err(Error::TooLarge {
            bytes,
            bytes_max: limits::PAYLOAD_BYTES_MAX,
        });
    }
    Ok(())
}

/// Whether a key may stand in a bucket.
pub(super) fn key(key: &str) -> Result<(), Error> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_=./".contains(&b);
    let inner = !key.starts_with('.') && !key.ends_with('.');
    if !key.is_empty() && inner && key.bytes().all(plain) {
        return Ok(());
    }
    Err(refused(format!("use key `{key}`"), "this is no key"))
}

/// Whether a stream may be read by these filters.
pub(super) fn filters(filters: &[String]) -> Result<(), Error> {
    for (index, one) in filters.iter().enumerate() {
        if let Some(other) = filters[..index].iter().find(|it| overlap(one, it)) {
            return Err(refused(
                format!("read `{one}` and `{other}`"),
                "filters cannot overlap",
            ));
        }
    }
    Ok(())
}

fn header(name: &str, value: &str) -> Result<(), Error> {
    if crate::Headers::may_hold(value) {
        return Ok(());
    }
    Err(refused(
        format!("send header {name}"),
        "its value has line breaks or blanks around it",
    ))
}

fn is_plain_subject(subject: &str) -> bool {
    subject.split('.').all(|token| {
        !token.is_empty()
            && token != "*"
            && token != ">"
            && !token.contains(|c: char| c.is_whitespace() || c.is_control())
    })
}

fn refused(doing: String, why: &str) -> Error {
    Error::Refused {
        doing,
        code: 0,
        why: why.to_owned(),
    }
}
