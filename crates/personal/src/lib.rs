//! Personal data: found in the text of tickets, and masked.
//!
//! Each family of personal data has a file: a pattern that is cheap to look for, and a validator
//! that judges what the pattern found. A bank card must have the length and the check digit of
//! its issuer, an identity card a day of birth that exists, an address of the network must be
//! one and stand where no version number stands. What has no checksum (telephones, passwords,
//! names) is judged by its neighbours: the characters beside it and the words before it.
//!
//! Where to read on: `text.rs` for how a text is searched; `found.rs` for who wins where two
//! families claim the same characters; then the families.
//!
//! # What it refuses to do
//!
//! It names no people from running prose: that takes a model, and a wrong guess hides what the
//! agent has to read. Names are found where something announces them: the ticket's own contact,
//! a form of address, a label. It does not take addresses of houses, organisations and dates for
//! personal data, nor addresses of the network that everybody has (`127.0.0.1`, `0.0.0.0`,
//! netmasks).
//!
//! # Invariants
//!
//! - Spans are half-open ranges of Unicode code points of the text as it was given, in order,
//!   without overlap, none empty.
//! - Equal texts give equal spans on every machine.
//! - No text makes it panic, and its work is linear in the length of the text.
//! - What is masked holds nothing of what was found: finding again in it gives no span of the
//!   kinds with a checksum.

mod card;
mod document;
mod email;
mod found;
mod iban;
mod identity;
mod key;
pub mod limits;
mod mask;
mod network;
mod person;
mod phone;
mod secret;
mod text;

use std::fmt;

use found::Found;
use text::Text;

pub use mask::{mask, masked};

/// What a piece of personal data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Passwords, tokens, private keys: what opens a door by itself.
    Secret,
    /// Keys of programming interfaces, of clouds and others.
    ApiKey,
    /// Addresses of electronic mail.
    EmailAddress,
    /// Numbers of bank accounts (ISO 13616).
    IbanCode,
    /// Numbers of identity cards: China, Hong Kong, Korea.
    IdCard,
    /// Numbers of the social security of the United States.
    UsSsn,
    /// Numbers of bank cards.
    CreditCard,
    /// Addresses of the internet, versions 4 and 6.
    IpAddress,
    /// Numbers of passports.
    Passport,
    /// Numbers of driving licences.
    DriverLicense,
    /// Telephone numbers.
    Phone,
    /// Names of people.
    Person,
}

impl Kind {
    /// All kinds, the first claim first: where two families claim the same characters, the
    /// earlier one has them.
    pub const ALL: [Self; 12] = [
        Self::Secret,
        Self::ApiKey,
        Self::EmailAddress,
        Self::IbanCode,
        Self::IdCard,
        Self::UsSsn,
        Self::IpAddress,
        Self::CreditCard,
        Self::Passport,
        Self::DriverLicense,
        Self::Phone,
        Self::Person,
    ];

    /// The word for it in facts and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "SECRET",
            Self::ApiKey => "API_KEY",
            Self::EmailAddress => "EMAIL_ADDRESS",
            Self::IbanCode => "IBAN_CODE",
            Self::IdCard => "ID_CARD",
            Self::UsSsn => "US_SSN",
            Self::CreditCard => "CREDIT_CARD",
            Self::IpAddress => "IP_ADDRESS",
            Self::Passport => "PASSPORT",
            Self::DriverLicense => "DRIVER_LICENSE",
            Self::Phone => "PHONE",
            Self::Person => "PERSON",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a piece of personal data stands: code points `start..end` of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its first code point.
    pub start: usize,
    /// The code point behind its last one.
    pub end: usize,
    /// What it is.
    pub kind: Kind,
}

/// Finds the personal data of a text.
///
/// `names` are names that are known to belong to people, as that of the ticket's contact; they
/// are found wherever they stand alone. Names shorter than [`limits::NAME_CHARS_MIN`] characters
/// and all but the first [`limits::NAMES_MAX`] are passed over.
#[must_use]
pub fn find(text: &str, names: &[&str]) -> Vec<Span> {
    let text = Text::of(text);
    let mut found = Found::default();
    // The order of the claims: see `Kind::ALL`.
    secret::find(&text, &mut found);
    key::find(&text, &mut found);
    email::find(&text, &mut found);
    if text.has_digits(limits::DIGITS_MIN) {
        iban::find(&text, &mut found);
        identity::find(&text, &mut found);
    }
    network::find(&text, &mut found);
    if text.has_digits(limits::DIGITS_MIN) {
        // Looks at what stands beside it: see `card::is_alone`.
        card::find(&text, &mut found);
        document::find(&text, &mut found);
        phone::find(&text, &mut found);
    }
    person::find(&text, names, &mut found);
    found.into_spans(text.as_str())
}

#[cfg(test)]
mod tests;
