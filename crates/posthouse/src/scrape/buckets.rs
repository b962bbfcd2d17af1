//! What a histogram counted: how many values stayed below each bound.

/// Bounds and how many values stayed below each, in the order of the bounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Buckets(Vec<(f64, f64)>);

impl FromIterator<(f64, f64)> for Buckets {
    fn from_iter<T: IntoIterator<Item = (f64, f64)>>(counts: T) -> Self {
        let mut buckets: Vec<_> = counts.into_iter().collect();
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self(buckets)
    }
}

impl Buckets {
    /// Adds what another series of the same metric counted. Bounds that only one of them has are
    /// kept as they are: two versions of a program may differ in them.
    pub(super) fn add(&mut self, other: &Self) {
        for &(bound, count) in &other.0 {
            match self.0.iter_mut().find(|(known, _)| *known == bound) {
                Some((_, counted)) => *counted += count,
                None => self.0.push((bound, count)),
            }
        }
        self.0.sort_by(|a, b| a.0.total_cmp(&b.0));
    }

    /// What was counted since an earlier reading. A process that began anew is counted from zero.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        if self.total() < earlier.total() {
            return self.clone();
        }
        let before = |bound: f64| {
            let known = earlier.0.iter().find(|(known, _)| *known == bound);
            known.map_or(0.0, |(_, count)| *count)
        };
        let counts = self.0.iter();
        counts
            .map(|&(bound, count)| (bound, (count - before(bound)).max(0.0)))
            .collect()
    }

    /// The value that a share `q` (0 to 1) of all values stays below, `None` when there are none.
    ///
    /// # Source
    ///
    /// As `histogram_quantile` of Prometheus: linear within a bucket, and the highest finite bound
    /// for what lies above it.
    pub(super) fn quantile(&self, q: f64) -> Option<f64> {
        let total = self.total();
        if total <= 0.0 {
            return None;
        }
        let rank = q.clamp(0.0, 1.0) * total;
        let (mut lower, mut below) = (0.0, 0.0);
        for &(bound, count) in &self.0 {
            if count >= rank {
                if bound.is_infinite() {
                    return Some(lower);
                }
                let within = count - below;
                let part = if within > 0.0 {
                    (rank - below) / within
                } else {
                    1.0
                };
                return Some(lower + (bound - lower) * part);
            }
            (lower, below) = (bound, count);
        }
        Some(lower)
    }

    fn total(&self) -> f64 {
        self.0.last().map_or(0.0, |(_, count)| *count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(counts: [f64; 3]) -> Buckets {
        [
            (1.0, counts[0]),
            (2.0, counts[1]),
            (f64::INFINITY, counts[2]),
        ]
        .into_iter()
        .collect()
    }

    /// Worked by hand from the definition of `histogram_quantile`.
    #[test]
    fn quantiles_are_those_of_prometheus() {
        let all = buckets([5.0, 10.0, 10.0]);
        assert_eq!(all.quantile(0.25), Some(0.5));
        assert_eq!(all.quantile(0.5), Some(1.0));
        assert_eq!(all.quantile(0.75), Some(1.5));
        assert_eq!(all.quantile(1.0), Some(2.0));
        assert_eq!(buckets([0.0, 0.0, 4.0]).quantile(0.99), Some(2.0));
        assert_eq!(buckets([0.0; 3]).quantile(0.5), None);
        assert_eq!(Buckets::default().quantile(0.5), None);
    }

    #[test]
    fn only_what_was_counted_meanwhile_counts() {
        let (before, now) = (buckets([5.0, 5.0, 5.0]), buckets([5.0, 9.0, 9.0]));
        assert_eq!(now.since(&before), buckets([0.0, 4.0, 4.0]));
        // The process began anew.
        assert_eq!(before.since(&now), before);
        let mut both = before.clone();
        both.add(&now);
        assert_eq!(both, buckets([10.0, 14.0, 14.0]));
        let mut new = Buckets::default();
        new.add(&now);
        assert_eq!(new, now);
    }
}
