//! Amounts: decimal, in a currency or another unit, rounded as a rule says.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::ticket::UnknownWord;

/// A currency of ISO 4217.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Currency {
    code: [u8; 3],
    /// Digits after the point of its smallest coin.
    digits: u8,
}

impl Currency {
    /// A currency by its code of three capital letters, such as `CNY`, and the digits of its
    /// smallest coin. `None` for another code, or more than four digits.
    ///
    /// Whether there is such a currency is for the policy bundle to know.
    #[must_use]
    pub fn new(code: &str, digits: u8) -> Option<Self> {
        /// No currency has a smaller coin than a ten-thousandth.
        const DIGITS_MAX: u8 = 4;
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        let sound = code.iter().all(u8::is_ascii_uppercase) && digits <= DIGITS_MAX;
        sound.then_some(Self { code, digits })
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).expect("three capital letters are text")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of a currency, not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// How much.
    pub amount: Decimal,
    /// Of what.
    pub currency: Currency,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency)
    }
}

/// What is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Money.
    Currency(Currency),
    /// Points of the organisation's credit.
    Points,
    /// Minutes of service, free of charge.
    Minutes,
    /// Percent of a monthly fee that is not known here.
    FeePercent,
}

impl Unit {
    /// Digits after the point.
    pub(super) const fn digits(self) -> u32 {
        match self {
            Self::Currency(currency) => currency.digits as u32,
            Self::Points | Self::Minutes => 0,
            Self::FeePercent => 4,
        }
    }
}

impl fmt::Display for Unit {
    /// As facts name it: `CNY`, `points`, `minutes`, `percent_of_monthly_fee`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Currency(currency) => currency.fmt(f),
            Self::Points => f.write_str("points"),
            Self::Minutes => f.write_str("minutes"),
            Self::FeePercent => f.write_str("percent_of_monthly_fee"),
        }
    }
}

/// How an amount is brought to the digits of its unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, halves away from zero: as people are taught.
    #[default]
    HalfUp,
    /// To the nearest, halves to the even digit: as banks do.
    HalfEven,
    /// Away from zero, for the customer.
    Up,
    /// Towards zero.
    Down,
}

impl Rounding {
    /// All ways.
    pub const ALL: [Self; 4] = [Self::HalfUp, Self::HalfEven, Self::Up, Self::Down];

    /// The word for it in policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HalfUp => "half_up",
            Self::HalfEven => "half_even",
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    /// Rounds, and fills up with zeros, to `digits` after the point.
    pub(super) fn round(self, amount: Decimal, digits: u32) -> Decimal {
        let strategy = match self {
            Self::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Self::HalfEven => RoundingStrategy::MidpointNearestEven,
            Self::Up => RoundingStrategy::AwayFromZero,
            Self::Down => RoundingStrategy::ToZero,
        };
        let mut rounded = amount.round_dp_with_strategy(digits, strategy);
        rounded.rescale(digits);
        rounded
    }
}

impl FromStr for Rounding {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("rounding", text, &Self::ALL, Self::as_str)
    }
}
