//! Calibration: margins as probabilities that can be believed.
//!
//! A margin is a distance, not a probability. Divided by one temperature per head, chosen so that
//! what did happen was as likely as can be, margins become odds (Guo et al. 2017, “On calibration
//! of modern neural networks”). One number cannot overfit, and it changes no order.

use crate::number::single;

/// Temperatures that are tried: from almost certain to almost indifferent.
const TEMPERATURES: (f64, f64) = (0.02, 20.0);
/// Steps of the search; each leaves 62 % of the range, so this many leave nothing.
const STEPS: usize = 40;

/// The probability of the label at `index`: `exp(margin / temperature)`, over the sum of all.
pub(crate) fn softmax(margins: &[f32], temperature: f32, index: usize) -> f32 {
    let temperature = f64::from(temperature);
    let of = f64::from(margins[index]);
    let sum: f64 = margins
        .iter()
        .map(|margin| libm::exp((f64::from(*margin) - of) / temperature))
        .sum();
    single(1.0 / sum)
}

/// The probability of a label that stands for itself: one half at margin zero.
pub(crate) fn logistic(margin: f32, temperature: f32) -> f32 {
    single(1.0 / (1.0 + libm::exp(-f64::from(margin) / f64::from(temperature))))
}

/// The temperature at which `loss` is least, by golden section over its logarithm: the loss of
/// temperature scaling has one valley.
pub(crate) fn temperature(loss: impl Fn(f64) -> f64) -> f32 {
    let golden = (libm::sqrt(5.0) - 1.0) / 2.0;
    let (mut low, mut high) = (libm::log(TEMPERATURES.0), libm::log(TEMPERATURES.1));
    let at = |place: f64| loss(libm::exp(place));
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut left_loss, mut right_loss) = (at(left), at(right));
    for _ in 0..STEPS {
        if left_loss <= right_loss {
            (high, right, right_loss) = (right, left, left_loss);
            left = high - golden * (high - low);
            left_loss = at(left);
        } else {
            (low, left, left_loss) = (left, right, right_loss);
            right = low + golden * (high - low);
            right_loss = at(right);
        }
    }
    single(libm::exp((low + high) / 2.0))
}

/// Minus the logarithm of [`softmax`], without the rounding.
pub(crate) fn surprise(margins: &[f32], temperature: f64, index: usize) -> f64 {
    let of = f64::from(margins[index]);
    let sum: f64 = margins
        .iter()
        .map(|margin| libm::exp((f64::from(*margin) - of) / temperature))
        .sum();
    libm::log(sum)
}

/// Minus the logarithm of [`logistic`], or of its complement, without the rounding.
pub(crate) fn surprise_of_one(margin: f32, temperature: f64, holds: bool) -> f64 {
    let signed = if holds { margin } else { -margin };
    libm::log1p(libm::exp(-f64::from(signed) / temperature))
}
