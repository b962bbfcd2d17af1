//! Chance that is the same each time.

/// Numbers that look random (SplitMix64), the same for a seed.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0..bound`; 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = bound.max(1) as u64;
        usize::try_from(self.roll() % bound).expect("it is below a size")
    }

    /// A number in `0.0..1.0`.
    pub(super) fn part(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let part = (self.roll() >> 11) as f64 / (1_u64 << 53) as f64;
        part
    }

    /// Whether something of this probability happens.
    pub(super) fn strikes(&mut self, probability: f64) -> bool {
        self.part() < probability
    }

    /// One of several, by their weights; `None` of none.
    pub(super) fn pick<'a, T>(&mut self, weighted: &'a [(T, f64)]) -> Option<&'a T> {
        let all: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        let mut left = self.part() * all;
        for (item, weight) in weighted {
            left -= weight;
            if left < 0.0 {
                return Some(item);
            }
        }
        weighted.last().map(|(item, _)| item)
    }
}
