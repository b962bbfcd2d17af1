//! Addresses of the internet.
//!
//! Four numbers with dots are also what versions look like. A version has something before it
//! that says so: a letter, a slash after a name (`nginx/1.25.3.1`), a word (`version`, 版本).

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::Kind;
use crate::found::Found;
use crate::text::{Text, pattern};

static V4: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"));
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:version|versions|ver|release|rev|build|kernel|driver|firmware|agent|sdk|upgraded? (?:from|to)|版本|版本号|升级到|升级至|バージョン|버전)(?: is| to|:|=|为|是|は)?[ .]?v?$",
    )
});

pub(crate) fn find(text: &Text<'_>, found: &mut Found) {
    if text.has_digits(4) {
        text.each(&V4, |place| {
            is_v4(text, &place) && found.claim(place, Kind::IpAddress)
        });
    }
    find_v6(text, found);
}

fn is_v4(text: &Text<'_>, place: &Range<usize>) -> bool {
    let Ok(address) = text.as_str()[place.clone()].parse::<Ipv4Addr>() else {
        return false;
    };
    let is_netmask = address.to_bits().leading_ones() >= 8
        && address.to_bits().leading_ones() + address.to_bits().trailing_zeros() >= 32;
    if address.is_loopback() || address.is_unspecified() || is_netmask {
        return false;
    }
    let before = &text.as_str()[..place.start];
    let behind = &text.as_str().as_bytes()[place.end..];
    let continues = match behind {
        [c, ..] if c.is_ascii_alphanumeric() || *c == b'_' => true,
        [b'.' | b'-', c, ..] => c.is_ascii_digit(),
        _ => false,
    };
    let is_part = match before.as_bytes() {
        [.., b'/', b'/'] => false,
        [.., c, b'/' | b'-' | b'.'] => c.is_ascii_alphanumeric(),
        [.., c] => c.is_ascii_alphanumeric() || *c == b'_',
        [] => false,
    };
    !continues && !is_part && !VERSION.is_match(text.before(place.start))
}

/// Goes from colon to colon, since few texts have two side by side or seven in a row.
fn find_v6(text: &Text<'_>, found: &mut Found) {
    let bytes = text.as_str().as_bytes();
    let is_part = |c: &u8| c.is_ascii_hexdigit() || *c == b':' || *c == b'.';
    let mut at = 0;
    while let Some(colon) = text.as_str()[at..].find(':') {
        let colon = at + colon;
        let start = colon
            - bytes[at..colon]
                .iter()
                .rev()
                .take_while(|c| is_part(c))
                .count();
        let end = colon + bytes[colon..].iter().take_while(|c| is_part(c)).count();
        // A colon or a dot at the end is punctuation, but `2001:db8::` ends in two.
        let mut place = start..end;
        while bytes[place.clone()].ends_with(b".")
            || (bytes[place.clone()].ends_with(b":") && !bytes[place.clone()].ends_with(b"::"))
        {
            place.end -= 1;
        }
        if is_v6(&text.as_str()[place.clone()]) && text.is_whole(&place) {
            found.claim(place, Kind::IpAddress);
        }
        at = end;
    }
}

fn is_v6(text: &str) -> bool {
    let Ok(address) = text.parse::<Ipv6Addr>() else {
        return false;
    };
    // `a::b` and `::` are paths and punctuation of programs.
    let says_enough = text.len() >= 6 && text.bytes().any(|c| c.is_ascii_digit());
    says_enough && !address.is_loopback() && !address.is_unspecified()
}
