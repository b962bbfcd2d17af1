//! Numbers of passports and driving licences.
//!
//! They have no checksum that everybody uses, so a word must name the document shortly before.

use std::sync::LazyLock;

use regex::Regex;

use crate::Kind;
use crate::found::Found;
use crate::text::{Text, pattern};

static DOCUMENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:(passport|护照|護照|パスポート|여권|reisepass|passeport|pasaporte)",
        r"|(?:driver'?s?|driving)[ -]licen[cs]e|驾驶证|驾照|運転免許|운전면허|führerschein|permis de conduire)",
        r"[^0-9\r\n]{0,24}?([A-Z]{0,2}[0-9][0-9A-Z-]{4,16})",
    ))
});

pub(crate) fn find(text: &Text<'_>, found: &mut Found) {
    text.each_group(&DOCUMENT, |groups| {
        let Some(number) = groups.get(2) else {
            return false;
        };
        let digits = number.as_str().bytes().filter(u8::is_ascii_digit).count();
        let kind = match groups.get(1) {
            Some(_) => Kind::Passport,
            None => Kind::DriverLicense,
        };
        digits >= 6 && text.is_whole(&number.range()) && found.claim(number.range(), kind)
    });
}
