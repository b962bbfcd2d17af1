//! Bytes that mean nothing, the same in every run.

/// A generator of bytes (xorshift64*). The same seed gives the same bytes everywhere, so that a
/// failure can be looked at again.
#[derive(Clone, Debug)]
pub struct Noise(u64);

impl Noise {
    /// Noise from a seed; any but zero.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.byte()).collect()
    }

    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D).to_be_bytes()[0]
    }
}
