//! The `Idempotency-Key` of a request.
//!
//! # Source
//!
//! draft-ietf-httpapi-idempotency-key-header: a string in double quotes. Most senders leave the
//! quotes out, so both are taken, and both are the same key.

use axum::http::HeaderMap;

use crate::identity::Idempotency;
use crate::limits::IDEMPOTENCY_KEY_BYTES_MAX;
use crate::refused::Refused;

const NAME: &str = "Idempotency-Key";

/// The key of a request, if it has one.
pub(super) fn read(headers: &HeaderMap) -> Result<Option<Idempotency>, Refused> {
    let mut values = headers.get_all(NAME).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let refuse = |what: String| Err(Refused::field(NAME, what));
    if values.next().is_some() {
        return refuse("is there more than once".to_owned());
    }
    let Ok(text) = value.to_str() else {
        return refuse("is not printable ASCII".to_owned());
    };
    let text = text.trim();
    let key = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    if key.is_empty() {
        return refuse("is empty".to_owned());
    }
    if key.len() > IDEMPOTENCY_KEY_BYTES_MAX {
        let bytes = key.len();
        return refuse(format!(
            "is {bytes} bytes long; at most {IDEMPOTENCY_KEY_BYTES_MAX}"
        ));
    }
    Ok(Some(Idempotency::Key(key.to_owned())))
}
