//! Chance that is the same in every run.

use std::time::Duration;

/// A generator of bytes and numbers (xorshift64*). The same seed gives the same everywhere, so
/// that a failure can be looked at again.
#[derive(Clone, Debug)]
pub struct Noise(u64);

impl Noise {
    /// Noise from a seed; any but zero.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Noise of its own for one thing of many: neighbours' numbers give unlike noise.
    pub const fn of(seed: u64, number: u64) -> Self {
        // The finaliser of SplitMix64, which turns close numbers into distant ones.
        let mixed = seed ^ number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self((mixed ^ (mixed >> 31)) | 1)
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next().to_be_bytes()[0]).collect()
    }

    /// A number below `bound`.
    ///
    /// # Panics
    ///
    /// When the bound is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The low bits are the weak ones. The bias is of no matter for bounds as small as ours.
        (self.next() >> 16) % bound
    }

    /// A place in a list of so many.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub fn place(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).expect("a list fits");
        usize::try_from(self.below(count)).expect("it is below a usize")
    }

    /// One of these.
    ///
    /// # Panics
    ///
    /// When there are none.
    pub fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.place(among.len())]
    }

    /// A time from `least` to `most`, to the millisecond.
    pub fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let span = u64::try_from(most.saturating_sub(least).as_millis()).unwrap_or(u64::MAX - 1);
        least + Duration::from_millis(self.below(span + 1))
    }

    /// Puts a list into an order that the noise chooses.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            list.swap(end, self.place(end + 1));
        }
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}
