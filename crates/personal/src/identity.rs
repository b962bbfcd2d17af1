//! Numbers of identity cards, by their checksums and the days of birth in them.
//!
//! - China: GB 11643-1999, eighteen places; the fifteen of before have no checksum, so the words
//!   before must name the card.
//! - Hong Kong: one or two letters, six digits, a check digit in brackets.
//! - Korea: day of birth, a hyphen, seven digits of which the first tells the century. The check
//!   digit is not used: numbers given out since October 2020 have none.
//! - United States: the social security number; it has no checksum, but areas, groups and
//!   serials that are never given out.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::Kind;
use crate::found::Found;
use crate::text::{Text, digits, pattern};

static CHINA: LazyLock<Regex> = LazyLock::new(|| pattern(r"[1-9][0-9]{16}[0-9Xx]|[1-9][0-9]{14}"));
static HONG_KONG: LazyLock<Regex> = LazyLock::new(|| pattern(r"[A-Z]{1,2}[0-9]{6}\([0-9A]\)"));
static HYPHENS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"[0-9]{6}-[1-8][0-9]{6}|[0-9]{3}-[0-9]{2}-[0-9]{4}"));
static SAYS_CARD: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)身份证|證件|证件|id card"));

/// The provinces of China as the first two digits name them (GB/T 2260), and the old codes of
/// Taiwan, Hong Kong and Macao.
const PROVINCES: [u32; 35] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
    53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83,
];

pub(crate) fn find(text: &Text<'_>, found: &mut Found) {
    if text.has_digits(15) {
        text.each(&CHINA, |place| {
            is_chinese(text, &place) && found.claim(place, Kind::IdCard)
        });
    }
    text.each(&HONG_KONG, |place| {
        let number = &text.as_str()[place.clone()];
        is_of_hong_kong(number) && text.is_whole(&place) && found.claim(place, Kind::IdCard)
    });
    text.each(&HYPHENS, |place| hyphens(text, place, found));
}

fn is_chinese(text: &Text<'_>, place: &Range<usize>) -> bool {
    let number = &text.as_str()[place.clone()];
    let is_known = PROVINCES.contains(&value(&number[..2]));
    // Where the words name the card, one digit mistyped makes it no less personal.
    let is_named = || SAYS_CARD.is_match(text.before(place.start));
    let is_valid = if number.len() == 18 {
        is_day(
            value(&number[6..10]),
            value(&number[10..12]),
            value(&number[12..14]),
        ) && value(&number[6..8]) >= 18
            && (check_of_china(number) || is_named())
    } else {
        is_day(
            1900 + value(&number[6..8]),
            value(&number[8..10]),
            value(&number[10..12]),
        ) && is_named()
    };
    is_known && is_valid && text.is_whole(place)
}

/// ISO 7064 mod 11-2, as GB 11643 uses it.
fn check_of_china(number: &str) -> bool {
    let weighted: u32 = digits(&number[..17])
        .enumerate()
        .map(|(place, digit)| digit * WEIGHTS[place])
        .sum();
    let last = number.as_bytes()[17].to_ascii_uppercase();
    b"10X98765432"[(weighted % 11) as usize] == last
}

/// Powers of two modulo 11, from 2^17 down.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// The weighted sum of all places is a multiple of eleven; a missing first letter counts 36.
fn is_of_hong_kong(number: &str) -> bool {
    let places = number.bytes().filter(u8::is_ascii_alphanumeric);
    let values: Vec<u32> = places
        .map(|c| match c {
            b'0'..=b'9' => u32::from(c - b'0'),
            _ => u32::from(c - b'A') + 10,
        })
        .collect();
    let missing = if values.len() == 8 { 36 * 9 } else { 0 };
    let weighted: u32 = values
        .iter()
        .rev()
        .zip(1..)
        .map(|(value, weight)| value * weight)
        .sum();
    (missing + weighted).is_multiple_of(11)
}

fn hyphens(text: &Text<'_>, place: Range<usize>, found: &mut Found) -> bool {
    if !text.stands_alone(&place) {
        return false;
    }
    let number = &text.as_str()[place.clone()];
    if number.len() == 11 {
        return is_american(number) && found.claim(place, Kind::UsSsn);
    }
    let century = match number.as_bytes()[7] {
        b'1' | b'2' | b'5' | b'6' => 1900,
        _ => 2000,
    };
    let day = (
        century + value(&number[..2]),
        value(&number[2..4]),
        value(&number[4..6]),
    );
    is_day(day.0, day.1, day.2) && found.claim(place, Kind::IdCard)
}

/// Areas 000, 666 and from 900, group 00 and serial 0000 are never given out (20 CFR 422.103).
fn is_american(number: &str) -> bool {
    let area = value(&number[..3]);
    !matches!(area, 0 | 666 | 900..) && value(&number[4..6]) != 0 && value(&number[7..]) != 0
}

fn value(text: &str) -> u32 {
    digits(text).fold(0, |sum, digit| sum * 10 + digit)
}

fn is_day(year: u32, month: u32, day: u32) -> bool {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}
