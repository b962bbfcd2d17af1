//! The one source of chance: what a run draws follows from its seed and the purpose of the draw.
//!
//! Every purpose has a stream of its own, so that one more draw here does not change what is
//! drawn there. Policies draw nothing: all of them see the same tickets and the same agents.
//!
//! Distributions come from `rand_distr`, whose logarithms and powers come from `libm`, so that
//! equal seeds give equal draws wherever floating-point numbers are those of IEEE 754.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp, Gamma, LogNormal, Poisson};
use sha2::{Digest, Sha256};

/// Milliseconds.
pub(crate) type Ms = i64;

/// A seeded generator.
#[derive(Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of a seed for a purpose.
    pub(crate) fn of(seed: u64, purpose: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"posthouse/twin/1");
        hash.update(seed.to_be_bytes());
        hash.update(purpose.as_bytes());
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// A number from 0 (included) to 1 (excluded).
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// How many events happen where `mean` are expected.
    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        match Poisson::new(mean) {
            Ok(poisson) => whole(poisson.sample(&mut self.0)),
            // Nothing is expected.
            Err(_) => 0,
        }
    }

    /// A factor of mean 1 and this coefficient of variation.
    pub(crate) fn gamma(&mut self, variation: f64) -> f64 {
        let shape = 1.0 / (variation * variation);
        match Gamma::new(shape, 1.0 / shape) {
            Ok(gamma) => gamma.sample(&mut self.0),
            // No variation.
            Err(_) => 1.0,
        }
    }
}

/// A distribution of spans or factors, ready to be drawn from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Draw {
    /// Logarithm normally distributed.
    Lognormal(LogNormal<f64>),
    /// Memoryless.
    Exponential(Exp<f64>),
    /// Always the same.
    Fixed(f64),
}

impl Draw {
    /// Logarithm normally distributed with this mean and squared coefficient of variation; none
    /// when they are no such.
    pub(crate) fn lognormal(mean: f64, scv: f64) -> Option<Self> {
        LogNormal::from_mean_cv(mean, scv.sqrt())
            .ok()
            .map(Self::Lognormal)
    }

    /// Memoryless with this mean; none when it is no positive number.
    pub(crate) fn exponential(mean: f64) -> Option<Self> {
        Exp::new(1.0 / mean).ok().map(Self::Exponential)
    }

    /// Draws.
    pub(crate) fn sample(&self, dice: &mut Dice) -> f64 {
        match self {
            Self::Lognormal(lognormal) => lognormal.sample(&mut dice.0),
            Self::Exponential(exponential) => exponential.sample(&mut dice.0),
            Self::Fixed(value) => *value,
        }
    }
}

/// A choice among several by weight.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// Sums of the weights up to each.
    sums: Vec<f64>,
}

impl Choice {
    /// By these weights, which are not negative and not all zero.
    pub(crate) fn of(weights: impl IntoIterator<Item = f64>) -> Self {
        let sums = weights
            .into_iter()
            .scan(0.0, |sum, weight| {
                *sum += weight;
                Some(*sum)
            })
            .collect();
        Self { sums }
    }

    /// The index of one.
    pub(crate) fn pick(&self, dice: &mut Dice) -> usize {
        let at = dice.unit() * self.sums.last().copied().unwrap_or(0.0);
        let index = self.sums.partition_point(|sum| *sum <= at);
        index.min(self.sums.len().saturating_sub(1))
    }
}

/// Minutes as milliseconds, to the nearest.
pub(crate) fn ms_of_minutes(minutes: f64) -> Ms {
    ms(minutes * 60_000.0)
}

/// Milliseconds as a whole number, to the nearest.
#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to what a simulated age needs, far inside the range"
)]
pub(crate) fn ms(value: f64) -> Ms {
    const AGE: f64 = 1e15;
    value.clamp(-AGE, AGE).round() as Ms
}

/// A count that was drawn as a floating-point number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range first"
)]
fn whole(value: f64) -> usize {
    const MANY: f64 = 1e9;
    value.clamp(0.0, MANY) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_purpose_say_everything() {
        let draw = |seed, purpose| Dice::of(seed, purpose).unit();
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
    }

    fn mean(mut draw: impl FnMut(&mut Dice) -> f64) -> f64 {
        let mut dice = Dice::of(7, "mean");
        (0..100_000).map(|_| draw(&mut dice)).sum::<f64>() / 100_000.0
    }

    #[test]
    fn means_are_those_asked_for() {
        let lognormal = Draw::lognormal(13.0, 1.2).unwrap();
        let exponential = Draw::exponential(10.0).unwrap();
        assert!((mean(|dice| lognormal.sample(dice)) - 13.0).abs() < 0.25);
        assert!((mean(|dice| exponential.sample(dice)) - 10.0).abs() < 0.2);
        assert!((mean(|dice| dice.gamma(0.08)) - 1.0).abs() < 0.002);
    }

    #[test]
    fn what_weighs_nothing_is_never_picked() {
        let choice = Choice::of([0.0, 3.0, 0.0, 1.0]);
        let mut dice = Dice::of(7, "pick");
        let mut picked = [0_u32; 4];
        for _ in 0..10_000 {
            picked[choice.pick(&mut dice)] += 1;
        }
        assert_eq!((picked[0], picked[2]), (0, 0));
        assert!((7_200..7_800).contains(&picked[1]), "{picked:?}");
    }
}
