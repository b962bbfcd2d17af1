//! Addresses of electronic mail: what stands around an `@`, after RFC 5321 without its oddities.

use crate::Kind;
use crate::found::Found;
use crate::limits::{DOMAIN_BYTES_MAX, LOCAL_BYTES_MAX};
use crate::text::Text;

pub(crate) fn find(text: &Text<'_>, found: &mut Found) {
    let bytes = text.as_str().as_bytes();
    for (at, _) in text.as_str().match_indices('@') {
        let local = local(&bytes[at.saturating_sub(LOCAL_BYTES_MAX + 1)..at]);
        let rest = &bytes[at + 1..];
        let domain = domain(&rest[..rest.len().min(DOMAIN_BYTES_MAX)]);
        if local == 0 || domain == 0 || is_remote(&bytes[at - local..at], rest.get(domain)) {
            continue;
        }
        found.claim(at - local..at + 1 + domain, Kind::EmailAddress);
    }
}

/// How many bytes at the end of `text` are a local part.
fn local(text: &[u8]) -> usize {
    let is_part = |c: &u8| c.is_ascii_alphanumeric() || b"._%+'-".contains(c);
    let long = text.iter().rev().take_while(|c| is_part(c)).count();
    // More than the longest: no address, but a piece of something else.
    if long > LOCAL_BYTES_MAX {
        return 0;
    }
    // It begins with a letter, a digit or `_`: quotes and dots before it belong to the prose.
    let part = &text[text.len() - long..];
    let begins = |c: &u8| c.is_ascii_alphanumeric() || *c == b'_';
    part.iter().position(begins).map_or(0, |skip| long - skip)
}

/// How many bytes at the beginning of `text` are a domain with a top level of letters.
fn domain(text: &[u8]) -> usize {
    let is_part = |c: &u8| c.is_ascii_alphanumeric() || b".-".contains(c);
    let mut long = text.iter().take_while(|c| is_part(c)).count();
    // The dot that ends the sentence, the hyphens that begin a clause.
    while long > 0 && b".-".contains(&text[long - 1]) {
        long -= 1;
    }
    let mut labels = text[..long].split(|c| *c == b'.').rev();
    let top = labels.next().unwrap_or_default();
    let has_top = top.len() >= 2 && top.iter().all(u8::is_ascii_alphabetic);
    let mut has_more = false;
    for label in labels {
        if label.is_empty() || label.starts_with(b"-") {
            return 0;
        }
        has_more = true;
    }
    if has_top && has_more { long } else { 0 }
}

/// Whether it is the address of a repository (`git@host:path`), which names nobody.
fn is_remote(local: &[u8], behind: Option<&u8>) -> bool {
    local == b"git" && behind == Some(&b':')
}
