//! SMS: short, in one of two alphabets, paid by the part.

use super::direction::isolated;
use super::plain::subject;
use crate::limits::{SMS_GSM_UNITS, SMS_UCS2_UNITS};
use crate::notice::Notice;

/// The alphabet of an SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// The 7-bit default alphabet and its extension, 3GPP TS 23.038.
    Gsm7,
    /// 16-bit units, for everything else.
    Ucs2,
}

/// A text that fits into so many parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sms {
    /// The text.
    pub text: String,
    /// The alphabet that it needs.
    pub encoding: Encoding,
    /// How many parts it is sent and paid as.
    pub parts: usize,
}

/// The default alphabet: one septet each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension: two septets each.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";
/// What stands where a text was cut: three septets rather than a character outside the alphabet.
const CUT: &str = "...";

/// The subject, what fits of the text, and the first link where it fits whole.
pub(crate) fn sms(notice: &Notice, parts_max: usize) -> Sms {
    let subject = plain_words(&subject(notice));
    let text = plain_words(&isolated(&notice.text));
    let link = notice.links.first().map(|link| format!("\n{}", link.url));
    let head = if text.is_empty() {
        subject
    } else {
        format!("{subject}\n{text}")
    };
    let whole = format!("{head}{}", link.as_deref().unwrap_or_default());
    if Sms::of(whole.clone()).parts <= parts_max {
        return Sms::of(whole);
    }
    // The alphabet of the whole is that of what is left of it, or a better one.
    let with_link = link.and_then(|link| shortened(&head, &link, parts_max));
    let short = with_link.or_else(|| shortened(&head, "", parts_max));
    Sms::of(short.unwrap_or_default())
}

/// The longest beginning of `head` that fits with `tail`; `None` when less than a word would be
/// left.
fn shortened(head: &str, tail: &str, parts_max: usize) -> Option<String> {
    let ends: Vec<usize> = head.char_indices().map(|(at, _)| at).collect();
    let fits = |end: &usize| {
        let text = format!("{}{CUT}{tail}", &head[..*end]);
        Sms::of(text).parts <= parts_max
    };
    let count = ends.partition_point(fits);
    let end = *ends.get(count.checked_sub(1)?)?;
    const WORD_CHARS: usize = 8;
    (count > WORD_CHARS).then(|| format!("{}{CUT}{tail}", head[..end].trim_end()))
}

/// One space or line end where there are many, and plain forms of typographic marks that alone
/// would more than halve the room.
fn plain_words(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    let plain = lines.join("\n").replace(['\u{2018}', '\u{2019}'], "'");
    let plain = plain.replace(['\u{201c}', '\u{201d}', '\u{201e}'], "\"");
    let plain = plain.replace(['\u{2013}', '\u{2014}'], "-");
    plain.replace('…', CUT).replace(['\u{a0}', '\u{202f}'], " ")
}

impl Sms {
    fn of(text: String) -> Self {
        let septets: Option<usize> = text.chars().map(septets).sum();
        let (encoding, units, (alone, part)) = match septets {
            Some(units) => (Encoding::Gsm7, units, SMS_GSM_UNITS),
            None => (Encoding::Ucs2, text.encode_utf16().count(), SMS_UCS2_UNITS),
        };
        let parts = if units <= alone {
            1
        } else {
            units.div_ceil(part)
        };
        Self {
            text,
            encoding,
            parts,
        }
    }
}

/// How many septets a character takes; `None` outside the alphabet.
fn septets(c: char) -> Option<usize> {
    if BASIC.contains(c) {
        Some(1)
    } else {
        EXTENDED.contains(c).then_some(2)
    }
}
