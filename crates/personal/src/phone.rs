//! Telephone numbers.
//!
//! Strong forms say by themselves what they are: a plus and a country, a Chinese mobile number, an
//! American number in its three groups, a national number that begins with 0 in groups. Weak ones
//! (`668 5702`, `60-56-85-91`) could be anything; they count where a word beside them speaks of
//! calling. There is a crate that knows the plans of all countries (`phonenumber`); it takes ten
//! times as long for one number as all families together take for a ticket, and refuses the
//! numbers that customers mistype.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::Kind;
use crate::card::is_other;
use crate::found::Found;
use crate::text::{Text, digits, pattern};

static STRONG: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        // A plus or 00, a country, perhaps a (0), groups.
        r"(?:\+|(?-u:\b)00)[1-9][0-9]{0,2}(?:[ .-]?\([0-9]{1,4}\))?(?:[ .-]?[0-9]{1,12}){1,5}(?:x[0-9]{1,6})?",
        // China: mobile, and the numbers of services.
        r"|1[3-9][0-9](?:[ -]?[0-9]{4}){2}",
        r"|[48]00[ -][0-9]{3}[ -]?[0-9]{4}|[48]00[ -][0-9]{4}[ -]?[0-9]{3}",
        // North America.
        r"|(?:1[ .-])?\([2-9][0-9]{2}\)[ .-]?[2-9][0-9]{2}[ .-][0-9]{4}(?: ?x[0-9]{1,6})?",
        r"|(?:1[ .-])?[2-9][0-9]{2}(?:-[2-9][0-9]{2}-|\.[2-9][0-9]{2}\.|[ ][2-9][0-9]{2}[ ])[0-9]{4}(?: ?x[0-9]{1,6})?",
        // National, from 0, in groups: China, Japan, Korea, Europe.
        r"|\(0[1-9][0-9]{0,4}\)[ -]?[0-9]{2,8}(?:[ .-][0-9]{2,4}){0,3}",
        r"|0[1-9][0-9]{0,4}(?:[ -][0-9]{2,8}){1,4}|0[1-9](?:\.[0-9]{2}){4}|0[5-9]0[0-9]{8}|01[016-9][0-9]{7,8}",
    ))
});
static WEAK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\(?[0-9]{2,5}\)?(?:[ .-][0-9]{2,8}){1,4}(?:x[0-9]{1,6})?|[0-9]{7,11}(?:x[0-9]{1,6})?")
});
static SAYS_PHONE_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:phone|mobile|(?-u:\b)cell|(?-u:\b)tel(?-u:\b)|telefon|(?-u:\b)fax|(?-u:\b)desk|office|(?-u:\b)call(?:ed|ing)?(?-u:\b)|(?-u:\b)dial|(?-u:\b)ring|(?-u:\b)reach|answering|hotline|(?-u:\b)sms(?-u:\b)|messages? to|registered|whatsapp|wechat|电话|電話|手机|手機|座机|热线|致电|拨打|来电|回电|短信|联系方式|携帯|전화|휴대폰|연락처|móvil|téléphone|portable)[^\n]{0,28}$|(?i)(?:phone|mobile|tel|fax|desk|office|电话|手机)[^\n]{0,4}\n[ \t]*$",
    )
});
static SAYS_PHONE_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)^[ -]{0,2}\(?(?:office|fax|mobile|cell|home|work|phone|desk)(?-u:\b)")
});

pub(crate) fn find(text: &Text<'_>, found: &mut Found) {
    text.each(&STRONG, |place| {
        is_strong(text, &place) && found.claim(place, Kind::Phone)
    });
    text.each(&WEAK, |place| {
        is_weak(text, &place) && found.claim(place, Kind::Phone)
    });
}

fn is_strong(text: &Text<'_>, place: &Range<usize>) -> bool {
    let number = &text.as_str()[place.clone()];
    let local = number.split('x').next().unwrap_or_default();
    let count = digits(local).count();
    let is_plausible = match local.as_bytes() {
        [b'+', ..] => (8..=15).contains(&count),
        [b'0', b'0', ..] => (10..=17).contains(&count),
        [b'1', b'3'..=b'9', ..] if count == 11 => is_chinese_mobile(local),
        [b'0', ..] | [b'(', b'0', ..] => is_national(local, count) && !is_in_a_row(text, place),
        _ => (10..=11).contains(&count),
    };
    is_plausible && text.stands_alone(place) && !is_other(text.before(place.start))
}

/// The beginnings that the operators of China were given.
fn is_chinese_mobile(number: &str) -> bool {
    let mut digits = digits(number).skip(1);
    match (digits.next(), digits.next()) {
        (Some(3 | 8), _) => true,
        (Some(4), Some(third)) => third != 2 && third != 3,
        (Some(5), Some(third)) => third != 4,
        (Some(6), Some(third)) => matches!(third, 2 | 5 | 6 | 7),
        (Some(7), Some(third)) => third != 9,
        (Some(9), Some(third)) => third != 4,
        _ => false,
    }
}

/// Nine to twelve digits; and no date, hour or sequence of two-digit numbers but the French five.
fn is_national(number: &str, count: usize) -> bool {
    let groups: Vec<usize> = number
        .split([' ', '-', '.'])
        .map(|group| digits(group).count())
        .collect();
    let pairs = groups.iter().filter(|many| **many <= 2).count();
    let is_grouped = match groups.as_slice() {
        [2, 2, 2, 2, 2] => true,
        _ => pairs < groups.len().max(2),
    };
    (9..=12).contains(&count) && is_grouped
}

fn is_weak(text: &Text<'_>, place: &Range<usize>) -> bool {
    let number = &text.as_str()[place.clone()];
    let local = number.split('x').next().unwrap_or_default();
    (7..=12).contains(&digits(local).count())
        && !is_date(local)
        && !is_in_a_row(text, place)
        && text.stands_alone(place)
        && (SAYS_PHONE_BEHIND.is_match(text.behind(place.end))
            || (SAYS_PHONE_BEFORE.is_match(text.before(place.start))
                && !is_other(text.before(place.start))))
}

/// `2026-01-31`, `31.01.2026`, and what begins so.
fn is_date(number: &str) -> bool {
    let mut groups = number.split(['-', '.', ' ']);
    let lens = (groups.next(), groups.next(), groups.next());
    let is_year =
        |text: &str| text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
    match lens {
        (Some(first), Some(second), Some(third)) => {
            (is_year(first) && second.len() == 2 && third.len() >= 2)
                || (first.len() == 2 && second.len() == 2 && is_year(third))
        }
        _ => false,
    }
}

/// Whether another group of digits stands beside it, as in a table or in a dump.
fn is_in_a_row(text: &Text<'_>, place: &Range<usize>) -> bool {
    let bytes = text.as_str().as_bytes();
    let before = matches!(&bytes[..place.start], [.., c, b' '] if c.is_ascii_digit());
    let behind = matches!(&bytes[place.end..], [b' ', c, ..] if c.is_ascii_digit());
    before || behind
}
