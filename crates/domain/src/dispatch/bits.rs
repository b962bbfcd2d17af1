//! Sets of small numbers: agents of the roster, kinds of demand.

/// A set of numbers, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// A set of the numbers below `len`, all of them.
    pub(super) fn all(len: usize) -> Self {
        let mut bits = Self::default();
        (0..len).for_each(|at| bits.set(at));
        bits
    }

    pub(super) fn set(&mut self, at: usize) {
        if self.0.len() <= at / 64 {
            self.0.resize(at / 64 + 1, 0);
        }
        self.0[at / 64] |= 1 << (at % 64);
    }

    pub(super) fn clear(&mut self, at: usize) {
        if let Some(word) = self.0.get_mut(at / 64) {
            *word &= !(1 << (at % 64));
        }
    }

    pub(super) fn put(&mut self, at: usize, holds: bool) {
        if holds { self.set(at) } else { self.clear(at) }
    }

    pub(super) fn get(&self, at: usize) -> bool {
        let word = self.0.get(at / 64);
        word.is_some_and(|word| word & (1 << (at % 64)) != 0)
    }

    pub(super) fn count(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Keeps what is in the other set too.
    pub(super) fn keep(&mut self, other: &Self) {
        for (at, word) in self.0.iter_mut().enumerate() {
            *word &= other.0.get(at).copied().unwrap_or(0);
        }
    }

    /// Takes in what is in the other set.
    pub(super) fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    /// Whether both sets have something in common.
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// What is in both sets, in order.
    pub(super) fn common<'b>(&'b self, other: &'b Self) -> impl Iterator<Item = usize> + 'b {
        let words = self.0.iter().zip(&other.0).map(|(a, b)| a & b);
        words.enumerate().flat_map(|(at, word)| ones(at, word))
    }

    /// What is in the set, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let words = self.0.iter().copied().enumerate();
        words.flat_map(|(at, word)| ones(at, word))
    }
}

/// The bits of a word that are set, lowest first.
fn ones(at: usize, mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros();
        (word != 0).then(|| {
            word &= word - 1;
            at * 64 + bit as usize
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_sets() {
        let mut a = Bits::default();
        [3, 64, 200].iter().for_each(|at| a.set(*at));
        let mut b = Bits::all(65);
        assert_eq!(a.common(&b).collect::<Vec<_>>(), [3, 64]);
        assert_eq!(a.iter().collect::<Vec<_>>(), [3, 64, 200]);
        assert_eq!((a.count(), b.count()), (3, 65));
        b.clear(3);
        b.clear(64);
        assert!(!a.meets(&b) && a.get(200) && !a.get(4_000));
        b.add(&a);
        a.keep(&b);
        assert_eq!(a.count(), 3);
    }
}
