//! Formulas: an amount for a breach, or for each period of its lateness.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::{Breach, Money, Rounding, Unit};
use crate::sla::limits::AMOUNT_MAX;
use crate::ticket::UnknownWord;

/// How much a rule owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    /// Of what, for one period.
    pub basis: Basis,
    /// What a period is.
    pub per: Per,
    /// Which periods count.
    pub counting: Counting,
    /// Whether only working time counts as late, or all time after the deadline.
    pub working_time: bool,
    /// The most that is owed for a breach: in the unit, or, for a share, in percent of the fee.
    pub cap: Option<Decimal>,
    /// How the result is brought to the digits of its unit.
    pub rounding: Rounding,
}

/// What one period costs; never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Percent of the customer's monthly fee.
    FeePercent(Decimal),
    /// Money.
    Amount(Money),
    /// Points.
    Points(Decimal),
    /// Minutes of service, free of charge.
    Minutes(Decimal),
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// The breach as a whole.
    Breach,
    /// A minute of lateness.
    Minute,
    /// An hour of lateness.
    Hour,
    /// Twenty-four hours of lateness.
    Day,
}

/// Which periods of lateness count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counting {
    /// Each that has begun.
    #[default]
    Started,
    /// Each that is over.
    Completed,
    /// All, and the part of the last one.
    Exact,
}

/// What a formula gives for a breach.
pub(super) struct Owed {
    pub(super) amount: Decimal,
    pub(super) unit: Unit,
    pub(super) computation: String,
}

impl Formula {
    /// What is owed; `None` when that is nothing.
    pub(super) fn owed(&self, breach: &Breach, fee: Option<&Money>) -> Option<Owed> {
        let late_ms = if self.working_time {
            breach.late_working_ms
        } else {
            breach.late_elapsed_ms
        };
        if late_ms <= 0 {
            return None;
        }
        let periods = self.periods(late_ms);
        let (one, unit, cap) = self.one(fee);
        let before = one.checked_mul(periods).unwrap_or(limit()).min(limit());
        let is_capped = cap.is_some_and(|cap| before > cap);
        let rounded = self.rounding.round(before, unit.digits());
        // Rounding up does not lift an amount over its cap.
        let cap = cap.map(|cap| Rounding::Down.round(cap, unit.digits()));
        let amount = cap.map_or(rounded, |cap| rounded.min(cap));
        if amount.is_zero() {
            return None;
        }
        let computation = Computation {
            formula: self,
            late_ms,
            periods,
            fee,
            cap: cap.filter(|_| is_capped),
            amount,
            unit,
        };
        Some(Owed {
            amount,
            unit,
            computation: computation.to_string(),
        })
    }

    /// How many periods count, with the part of one where parts count.
    fn periods(&self, late_ms: i64) -> Decimal {
        let Some(period_ms) = self.per.ms() else {
            return Decimal::ONE;
        };
        let completed = late_ms / period_ms;
        match self.counting {
            Counting::Started => Decimal::from(completed + i64::from(late_ms % period_ms > 0)),
            Counting::Completed => Decimal::from(completed),
            Counting::Exact => Decimal::from(late_ms) / Decimal::from(period_ms),
        }
    }

    /// The price of one period, its unit, and the cap in that unit.
    fn one(&self, fee: Option<&Money>) -> (Decimal, Unit, Option<Decimal>) {
        match (self.basis, fee) {
            (Basis::FeePercent(percent), Some(fee)) => {
                let share = |percent: Decimal| {
                    let part = fee.amount.checked_mul(percent);
                    part.map_or(limit(), |part| part / Decimal::ONE_HUNDRED)
                };
                let unit = Unit::Currency(fee.currency);
                (share(percent), unit, self.cap.map(share))
            }
            (Basis::FeePercent(percent), None) => (percent, Unit::FeePercent, self.cap),
            (Basis::Amount(money), _) => (money.amount, Unit::Currency(money.currency), self.cap),
            (Basis::Points(points), _) => (points, Unit::Points, self.cap),
            (Basis::Minutes(minutes), _) => (minutes, Unit::Minutes, self.cap),
        }
    }
}

/// The most that anything can cost.
fn limit() -> Decimal {
    Decimal::from(AMOUNT_MAX)
}

/// A formula with its numbers: `2h 10m late: 3 started hours x 0.5 % of 1200 CNY = 18.00 CNY`.
struct Computation<'a> {
    formula: &'a Formula,
    late_ms: i64,
    periods: Decimal,
    fee: Option<&'a Money>,
    /// Only when it took something away.
    cap: Option<Decimal>,
    amount: Decimal,
    unit: Unit,
}

impl fmt::Display for Computation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Formula {
            basis,
            per,
            counting,
            working_time,
            rounding,
            ..
        } = self.formula;
        let late = SignedDuration::from_millis(self.late_ms);
        let time = if *working_time {
            "working time"
        } else {
            "time"
        };
        write!(f, "{late:#} of {time} late: ")?;
        if *per != Per::Breach {
            let periods = self.periods.normalize();
            write!(f, "{periods} {} x ", per.counted(*counting, periods))?;
        }
        match (basis, self.fee) {
            (Basis::FeePercent(percent), Some(fee)) => write!(f, "{percent} % of {fee} a month")?,
            (Basis::FeePercent(percent), None) => {
                write!(f, "{percent} % of a monthly fee that is not known")?;
            }
            (Basis::Amount(money), _) => write!(f, "{money}")?,
            (Basis::Points(points), _) => write!(f, "{points} points")?,
            (Basis::Minutes(minutes), _) => write!(f, "{minutes} minutes of service")?,
        }
        if let Some(cap) = self.cap {
            write!(f, ", at most {}", cap.normalize())?;
        }
        let rounding = rounding.as_str();
        write!(f, " = {} {} ({rounding})", self.amount, self.unit)
    }
}

impl Per {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Breach, Self::Minute, Self::Hour, Self::Day];

    /// The word for it in policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Breach => "breach",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// How long it is; `None` for the breach as a whole.
    const fn ms(self) -> Option<i64> {
        const MINUTE_MS: i64 = 60_000;
        match self {
            Self::Breach => None,
            Self::Minute => Some(MINUTE_MS),
            Self::Hour => Some(60 * MINUTE_MS),
            Self::Day => Some(24 * 60 * MINUTE_MS),
        }
    }

    /// `started hours`.
    fn counted(self, counting: Counting, periods: Decimal) -> String {
        let plural = if periods == Decimal::ONE { "" } else { "s" };
        match counting {
            Counting::Exact => format!("{}{plural}", self.as_str()),
            counting => format!("{} {}{plural}", counting.as_str(), self.as_str()),
        }
    }
}

impl FromStr for Per {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("period", text, &Self::ALL, Self::as_str)
    }
}

impl Counting {
    /// All ways.
    pub const ALL: [Self; 3] = [Self::Started, Self::Completed, Self::Exact];

    /// The word for it in policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Exact => "exact",
        }
    }
}

impl FromStr for Counting {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("counting", text, &Self::ALL, Self::as_str)
    }
}
