//! Forecasts: how likely an open target is to be missed, told while there is time to act.
//!
//! What is asked is the probability that a promise needs more working time than is left, given
//! that it has needed so much already. Three things answer it, each from the facts of the
//! partition: how long promises of that kind took lately ([`Rates`]), how long the queue ahead
//! takes ([`Standing`]), and what became of those that stood in the same situation.
//!
//! It refuses to look at real clocks, at floating-point numbers and at other partitions: equal
//! logs give equal forecasts on every machine. Nothing polls: a clock is asked about when it
//! rings at the instants that the policy names ([`Forecasts::at_percents`]).
//!
//! # The formula
//!
//! With *e* the working time used, *l* the time left, and *S(t)* the share of promises of that
//! kind (target and severity) that last longer than *t*, the times alone say
//!
//! ```text
//! p = S(e + l) / S(e)
//! ```
//!
//! *S* is the product-limit estimate, which uses promises that were missed for what they tell
//! (they lasted longer than their target) without knowing how long they took in the end. Each
//! promise that ends takes weight from those before it, so that about the last
//! [`limits::FORECAST_MEMORY`] count. While there are few, a prior stands in: *S0(t) = 1 / (1 +
//! (t/m)²)* with the median *m* at half of the target, as if [`limits::FORECAST_PRIOR`] promises
//! had been seen; it lets one in five be missed.
//!
//! The queue ahead takes *q = a e / s*, where *a* tickets are ahead and *s* were served in the
//! time used: the pace of the queue in the ticket's own working time. Time used (in eighths of
//! the target) and *q/l* (nobody ahead; up to 1/8, 1/4, 1/2, all of the time left; more) make a
//! situation. Of the *n* promises that were asked about in the same one, *k* were missed, so
//!
//! ```text
//! P(breach) = (k + c p) / (n + c)          c = FORECAST_PRIOR
//! ```
//!
//! which is *p* where nothing was seen, and turns into the share of the missed as more is. A
//! desk that takes tickets from its queue in an order of its own, or in parallel, makes *q* wrong
//! but not the share, and people can be told what it rests on: "of 41 that stood so, 30 were
//! missed".
//!
//! # Invariants
//!
//! - Equal facts give equal forecasts.
//! - What is kept is bounded: see [`limits`].
//!
//! # Source
//!
//! E. L. Kaplan, P. Meier: *Nonparametric estimation from incomplete observations*, 1958; with a
//! prior as in V. Susarla, J. Van Ryzin: *Nonparametric Bayesian estimation of survival curves
//! from incomplete observations*, 1976. Shares by situation: histogram binning as in B. Zadrozny,
//! C. Elkan: *Obtaining calibrated probability estimates*, 2001. G. W. Brier: *Verification of
//! forecasts expressed in terms of probability*, 1950.

mod likes;
mod rates;
mod score;
mod standing;

use serde::{Deserialize, Serialize};

use super::limits;

pub use rates::Rates;
pub use score::Score;
pub use standing::{Place, Standing};

/// When to ask for forecasts, and from where on to tell of them: the key `forecast` of an SLA
/// policy, `forecast = { at_percents = [25, 50, 75], at_risk_permille = [700] }`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecasts {
    /// When to ask: percent of the working time used, ascending, each 1 to 99, at most
    /// [`limits::FORECAST_CHECKS_MAX`]. Empty: never.
    pub at_percents: Vec<u8>,
    /// From which probabilities on to tell, in thousandths, ascending, each 1 to 1000, at most
    /// [`limits::FORECAST_LEVELS_MAX`]. Each level is told once for a target and cycle.
    pub at_risk_permille: Vec<u16>,
}

/// What is asked about an open target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// Working time used, in milliseconds, without pauses.
    pub elapsed_ms: i64,
    /// Working time left, in milliseconds.
    pub left_ms: i64,
    /// Tickets ahead in its queue: [`Standing::ahead`].
    pub ahead: u32,
    /// Tickets of its queue that were served since it came: [`Standing::served`].
    pub served: u32,
}

/// How likely a target is to be missed, and what that follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// The probability, in thousandths.
    pub permille: u16,
    /// What the working times of those that ended say alone, in thousandths.
    pub by_times_permille: u16,
    /// How many ended targets those times are of, at most [`limits::FORECAST_MEMORY`].
    pub observed: u32,
    /// How long the queue ahead takes at its pace, in milliseconds of working time.
    pub queue_ms: i64,
    /// How many targets in the same situation it rests on, at most
    /// [`limits::FORECAST_LIKES_MEMORY`].
    pub likes: u32,
    /// What is to be kept with the clock until it ends.
    pub told: Told,
}

/// A forecast that was made about an open target, kept with its clock until that ends. At most
/// one for each check of the policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The probability, in thousandths.
    pub permille: u16,
    /// What the naive forecast said: the share of breaches among the targets of that kind that
    /// ended lately, in thousandths. Kept to be compared with.
    pub naive_permille: u16,
    /// The situation it was asked in.
    situation: u8,
}

impl Forecasts {
    /// The highest level that a probability reaches, if it is above the highest one told so far
    /// (0 before the first).
    #[must_use]
    pub fn level(&self, permille: u16, told_permille: u16) -> Option<u16> {
        let reached = self
            .at_risk_permille
            .iter()
            .copied()
            .filter(|level| *level <= permille)
            .max();
        reached.filter(|level| *level > told_permille)
    }
}

impl Question {
    /// How long the queue ahead takes at the pace since the ticket came, in milliseconds of
    /// working time. Where nobody was served, as if the next were about to be.
    #[must_use]
    pub fn queue_ms(&self) -> i64 {
        let elapsed = i128::from(self.elapsed_ms.max(0));
        let queue = elapsed * i128::from(self.ahead) / i128::from(self.served.max(1));
        i64::try_from(queue).unwrap_or(i64::MAX)
    }
}

/// How likely the target is to be missed.
#[must_use]
pub fn forecast(rates: &Rates, question: &Question) -> Forecast {
    let by_times_permille = rates.outlasting_permille(question.elapsed_ms, question.left_ms);
    let situation = likes::situation(question);
    let (permille, likes) = rates.likes().missed_permille(situation, by_times_permille);
    Forecast {
        permille,
        by_times_permille,
        observed: rates.observed(),
        queue_ms: question.queue_ms(),
        likes,
        told: Told {
            permille,
            naive_permille: rates.missed_permille(),
            situation,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_told_once_and_a_higher_one_again() {
        let forecasts = Forecasts {
            at_percents: vec![50],
            at_risk_permille: vec![500, 800],
        };
        assert_eq!(forecasts.level(499, 0), None);
        assert_eq!(forecasts.level(500, 0), Some(500));
        assert_eq!(forecasts.level(790, 500), None);
        assert_eq!(forecasts.level(900, 500), Some(800));
        assert_eq!(forecasts.level(1_000, 800), None);
        assert_eq!(Forecasts::default().level(1_000, 0), None);
    }
}
