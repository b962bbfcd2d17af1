//! What signatures are made of.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac_sha256::{HMAC, Hash};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// HMAC-SHA256 of `message` with `key`. Both are plain byte texts here, and some messengers swap
/// them: read the caller.
pub(super) fn hmac(key: &str, message: &str) -> [u8; 32] {
    HMAC::mac(message.as_bytes(), key.as_bytes())
}

/// As base64, with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// As hexadecimal, in lower case.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256, as hexadecimal.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Hash::hash(bytes))
}

/// As a part of a query or a path: everything but letters, digits, `-`, `.`, `_` and `~`.
pub(super) fn percent(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// As a form or a query: names and values in the given order.
pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
        .collect();
    pairs.join("&")
}
