//! Numbers of bank accounts: the crate `iban_validate` knows the lengths and forms of each
//! country and the check digits (ISO 13616, ISO 7064 mod 97-10).

use std::sync::LazyLock;

use iban::Iban;
use regex::Regex;

use crate::Kind;
use crate::found::Found;
use crate::text::{Text, pattern};

static IBAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"[A-Z]{2}[0-9]{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,3})?)")
});

pub(crate) fn find(text: &Text<'_>, found: &mut Found) {
    text.each(&IBAN, |mut place| {
        // The words behind a number in groups may look like one more group of it.
        loop {
            let number = &text.as_str()[place.clone()];
            if number.parse::<Iban>().is_ok() && text.is_whole(&place) {
                return found.claim(place, Kind::IbanCode);
            }
            match number.rfind(' ') {
                Some(space) => place.end = place.start + space,
                None => return false,
            }
        }
    });
}
