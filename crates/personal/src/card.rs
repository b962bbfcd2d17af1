//! Numbers of bank cards: issuer, length and check digit (ISO/IEC 7812).

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::Kind;
use crate::found::Found;
use crate::text::{Text, digits, pattern};

static CARD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"[0-9]{4} [0-9]{4} [0-9]{4} [0-9]{4}(?: [0-9]{1,3})?|[0-9]{4} [0-9]{6} [0-9]{4,5}",
        r"|[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{4}(?:-[0-9]{1,3})?|[0-9]{4}-[0-9]{6}-[0-9]{4,5}",
        r"|[0-9]{12,19}",
    ))
});
static SAYS_CARD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)card|(?-u:\b)cc(?-u:\b)|visa|maestro|amex|卡|カード|카드|karte|carte|tarjeta|cartão|carta",
    )
});
static SAYS_OTHER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:order|ticket|case|request|trace|transaction|session|instance|invoice|serial|tracking|订单|工单|单号|流水|编号|实例|发票|运单|注文|주문)(?: ?(?:no\.?|number|id|编号|号|号码|番号|번호))?[ :=#是为]{0,3}$|(?:^|[^a-z])id[ :=#]{1,3}$",
    )
});

pub(crate) fn find(text: &Text<'_>, found: &mut Found) {
    text.each(&CARD, |place| {
        is_card(text, &place, found) && found.claim(place, Kind::CreditCard)
    });
}

fn is_card(text: &Text<'_>, place: &Range<usize>, found: &Found) -> bool {
    let number = &text.as_str()[place.clone()];
    let mut values = [0; 19];
    let mut len = 0;
    for (slot, value) in values.iter_mut().zip(digits(number)) {
        *slot = value;
        len += 1;
    }
    let before = text.before(place.start);
    let issued = match issuer(&values[..len]) {
        Issuer::Unknown => false,
        // Numbers of these lengths and beginnings are issued, but most of them are no cards.
        Issuer::Rare => SAYS_CARD.is_match(before),
        Issuer::Known => !is_other(before),
    };
    issued && luhn(&values[..len]) && is_alone(text, place, found)
}

/// Whether nothing before or behind the number makes it part of a longer one, or of a name.
///
/// The check digit speaks for a card, so lists (`card,12/27,123`) and pairs (`card:card`) are no
/// longer numbers; neither is what was found to be something else already.
fn is_alone(text: &Text<'_>, place: &Range<usize>, found: &Found) -> bool {
    let bytes = text.as_str().as_bytes();
    let goes_on_before = match bytes[..place.start] {
        [.., c, b'-' | b'.' | b'+'] => c.is_ascii_alphanumeric() && !found.holds(place.start - 2),
        _ => false,
    };
    let goes_on_behind = match bytes[place.end..] {
        [b'-' | b'.', c, ..] => c.is_ascii_digit() && !found.holds(place.end + 1),
        _ => false,
    };
    text.is_whole(place) && !goes_on_before && !goes_on_behind
}

/// Whether the words before a number say that it is an order, a ticket, an instance.
pub(crate) fn is_other(before: &str) -> bool {
    SAYS_OTHER.is_match(before)
}

enum Issuer {
    Unknown,
    Rare,
    Known,
}

/// Who issues numbers that begin so and have this length.
fn issuer(values: &[u32]) -> Issuer {
    let first = |many: usize| {
        values
            .iter()
            .take(many)
            .fold(0, |sum, value| sum * 10 + value)
    };
    let len = values.len();
    let known = match (first(1), first(2), first(3), first(4)) {
        // Visa.
        (4, ..) => matches!(len, 13 | 16 | 19),
        // Mastercard.
        (_, 51..=55, ..) | (_, _, _, 2221..=2720) => len == 16,
        // American Express.
        (_, 34 | 37, ..) => len == 15,
        // Diners Club.
        (_, 36 | 38 | 39, ..) | (_, _, 300..=305, _) => matches!(len, 14 | 16..=19),
        // JCB.
        (_, 35, ..) => matches!(len, 16..=19),
        (_, _, _, 2131 | 1800) => len == 15,
        // UnionPay; Discover; RuPay.
        (_, 62 | 81, ..) | (_, 65 | 60, ..) | (_, _, 644..=649, _) => matches!(len, 16..=19),
        _ => false,
    };
    let rare = matches!(first(2), 50 | 56..=69) && matches!(len, 12..=19);
    match (known, rare) {
        (true, _) => Issuer::Known,
        (false, true) => Issuer::Rare,
        (false, false) => Issuer::Unknown,
    }
}

/// The check digit of ISO/IEC 7812-1, annex B. Sixteen zeros pass it and are no card.
fn luhn(values: &[u32]) -> bool {
    let sum: u32 = values
        .iter()
        .rev()
        .enumerate()
        .map(|(place, value)| match place % 2 {
            0 => *value,
            _ => value * 2 / 10 + value * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10) && values.iter().any(|value| *value != values[0])
}
