//! Shares by name, turned into numbers and checked.

use crate::dice::{Choice, Draw, Ms, ms_of_minutes};
use crate::error::Error;
use crate::hours::MINUTE;
use crate::limits::{MINUTES_MAX, SHARES_TOLERANCE, TOTALS_TOLERANCE};
use crate::scenario::format::{Mix, Spread};
use crate::scenario::nearest;

/// The index of a name among those that are known.
pub(super) fn index(path: &str, name: &str, known: &[String]) -> Result<usize, Error> {
    known.iter().position(|one| one == name).ok_or_else(|| {
        let hint = nearest(name, known.iter().map(String::as_str))
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        Error::senseless(path, format!("there is no `{name}`{hint}"))
    })
}

/// The indices of names among those that are known.
pub(super) fn indices(path: &str, names: &[String], known: &[String]) -> Result<Vec<usize>, Error> {
    names.iter().map(|name| index(path, name, known)).collect()
}

/// Values by index, `default` where there is none.
pub(super) fn values(
    path: &str,
    mix: &Mix,
    known: &[String],
    default: f64,
) -> Result<Vec<f64>, Error> {
    let mut values = vec![default; known.len()];
    for (name, value) in mix {
        values[index(path, name, known)?] = not_negative(path, *value)?;
    }
    Ok(values)
}

/// Shares by index, which add up to one.
pub(super) fn shares(path: &str, mix: &Mix, known: &[String]) -> Result<Vec<f64>, Error> {
    let shares = values(path, mix, known, 0.0)?;
    one(path, &shares)?;
    Ok(shares)
}

/// A choice by shares that add up to one.
pub(super) fn choice(path: &str, mix: &Mix, known: &[String]) -> Result<Choice, Error> {
    Ok(Choice::of(shares(path, mix, known)?))
}

/// Refuses shares that do not add up to one.
pub(super) fn one(path: &str, shares: &[f64]) -> Result<(), Error> {
    let sum: f64 = shares.iter().sum();
    if (sum - 1.0).abs() <= SHARES_TOLERANCE {
        return Ok(());
    }
    let why = format!("the shares add up to {sum:.4} and must add up to 1");
    Err(Error::senseless(path, why))
}

/// A probability.
pub(super) fn probability(path: &str, value: f64) -> Result<f64, Error> {
    if (0.0..=1.0).contains(&value) {
        return Ok(value);
    }
    Err(Error::senseless(path, format!("{value} is no probability")))
}

/// A number that is not negative.
pub(super) fn not_negative(path: &str, value: f64) -> Result<f64, Error> {
    if value.is_finite() && value >= 0.0 {
        return Ok(value);
    }
    Err(Error::senseless(
        path,
        format!("{value} must not be negative"),
    ))
}

/// A number above zero.
pub(super) fn positive(path: &str, value: f64) -> Result<f64, Error> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(Error::senseless(
        path,
        format!("{value} must be above zero"),
    ))
}

/// Minutes above zero, as milliseconds.
pub(super) fn minutes(path: &str, value: f64) -> Result<Ms, Error> {
    Ok(ms_of_minutes(positive(path, value)?).max(1))
}

/// Whole minutes of either sign, as milliseconds.
pub(super) fn whole_minutes(path: &str, minutes: i64) -> Result<Ms, Error> {
    if (-MINUTES_MAX..=MINUTES_MAX).contains(&minutes) {
        return Ok(minutes * MINUTE);
    }
    let why = format!("{minutes} is more than {MINUTES_MAX} minutes");
    Err(Error::senseless(path, why))
}

/// Thousandths of a part above zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to lie in the range first"
)]
pub(super) fn permille(path: &str, part: f64) -> Result<u32, Error> {
    const PARTS_MAX: f64 = 1_000.0;
    let part = positive(path, part)?;
    if part > PARTS_MAX {
        let why = format!("{part} is more than {PARTS_MAX}");
        return Err(Error::senseless(path, why));
    }
    Ok((part * 1_000.0).round().max(1.0) as u32)
}

/// A distribution, checked against the parameters that the file repeats.
pub(super) fn draw(path: &str, spread: &Spread) -> Result<Draw, Error> {
    let senseless = || Error::senseless(path, "there is no such distribution");
    match spread {
        Spread::Lognormal {
            mean_min,
            scv,
            mu,
            sigma,
            ..
        } => {
            let mean = positive(path, *mean_min)?;
            // The logarithm's variance is ln(1 + scv), its mean ln(mean) less half of that.
            let variance = log_of_one_plus(not_negative(path, *scv)?);
            repeated(path, "mu", *mu, mean.ln() - variance / 2.0)?;
            repeated(path, "sigma", *sigma, variance.sqrt())?;
            Draw::lognormal(mean, *scv).ok_or_else(senseless)
        }
        Spread::Exponential { mean_min } => {
            Draw::exponential(positive(path, *mean_min)?).ok_or_else(senseless)
        }
        Spread::Fixed { mean_min } => Ok(Draw::Fixed(positive(path, *mean_min)?)),
    }
}

/// Only compared with a tolerance, never drawn from: how the last bit falls is of no interest.
fn log_of_one_plus(value: f64) -> f64 {
    value.ln_1p()
}

fn repeated(path: &str, name: &str, said: Option<f64>, found: f64) -> Result<(), Error> {
    match said {
        Some(said) if (said - found).abs() > TOTALS_TOLERANCE => {
            let why = format!("`{name}` is {said}, but mean and scv make it {found:.6}");
            Err(Error::senseless(path, why))
        }
        _ => Ok(()),
    }
}

/// The mean of a distribution, in minutes.
pub(super) const fn mean(spread: &Spread) -> f64 {
    match spread {
        Spread::Lognormal { mean_min, .. }
        | Spread::Exponential { mean_min }
        | Spread::Fixed { mean_min } => *mean_min,
    }
}
