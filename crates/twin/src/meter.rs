//! How much of their time on duty agents had their hands full.

use crate::dice::Ms;

/// One agent's time, as far as it lies in the measured span.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    on_duty: bool,
    used_permille: u32,
    counted_to: Ms,
    /// Milliseconds on duty.
    duty: i64,
    /// Thousandths of milliseconds of capacity used on duty.
    used: i64,
}

impl Meter {
    /// Counts up to now, within the span.
    pub(crate) fn count(&mut self, now: Ms, (from, to): (Ms, Ms)) {
        let passed = now.clamp(from, to) - self.counted_to.clamp(from, to);
        if self.on_duty {
            self.duty += passed;
            self.used += passed * i64::from(self.used_permille);
        }
        self.counted_to = now;
    }

    /// Comes to work or goes; count first.
    pub(crate) const fn duty(&mut self, on_duty: bool) {
        self.on_duty = on_duty;
    }

    pub(crate) const fn on_duty(&self) -> bool {
        self.on_duty
    }

    /// Takes work up; count first.
    pub(crate) const fn take(&mut self, load_permille: u32) {
        self.used_permille += load_permille;
    }

    /// Lays work down; count first.
    pub(crate) const fn lay(&mut self, load_permille: u32) {
        self.used_permille -= load_permille;
    }

    /// Capacity used (of `capacity_permille`) and time on duty, both in milliseconds.
    pub(crate) fn sums(&self, capacity_permille: u32) -> (f64, f64) {
        let used = crate::draw::float(self.used) / f64::from(capacity_permille);
        (used, crate::draw::float(self.duty))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_time_on_duty_within_the_span_counts() {
        let span = (100, 200);
        let mut meter = Meter::default();
        meter.count(50, span);
        meter.duty(true);
        meter.count(150, span);
        meter.take(500);
        meter.count(190, span);
        meter.duty(false);
        meter.count(300, span);
        assert_eq!(meter.sums(1_000), (20.0, 90.0));
    }
}
