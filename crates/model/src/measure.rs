//! Measures: how good answers are, from answers and what they should have been.

use std::collections::BTreeMap;

use crate::number::{part, real, wide};

/// Ranges of probability that calibration is judged in.
const BINS: usize = 15;

/// An answer and what it should have been.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    /// The right label; `None` for a text from outside. Labels that a model does not know have
    /// numbers above those of its own.
    pub(crate) right: Option<usize>,
    pub(crate) answered: usize,
    pub(crate) probability: f32,
    pub(crate) score: f32,
}

impl Judged {
    fn is_right(&self) -> bool {
        self.right == Some(self.answered)
    }
}

/// How often a label was right, given, and both.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) right: usize,
    pub(crate) answered: usize,
    pub(crate) both: usize,
}

impl Tally {
    /// All of them together.
    pub(crate) fn sum<'t>(tallies: impl IntoIterator<Item = &'t Self>) -> Self {
        tallies.into_iter().fold(Self::default(), |sum, it| Self {
            right: sum.right + it.right,
            answered: sum.answered + it.answered,
            both: sum.both + it.both,
        })
    }

    pub(crate) fn precision(&self) -> f64 {
        share(self.both, self.answered)
    }

    pub(crate) fn recall(&self) -> f64 {
        share(self.both, self.right)
    }

    /// The harmonic mean of precision and recall.
    pub(crate) fn f1(&self) -> f64 {
        share(2 * self.both, self.right + self.answered)
    }
}

/// `count` of `all`; nothing of nothing is nothing.
pub(crate) fn share(count: usize, all: usize) -> f64 {
    if all == 0 {
        0.0
    } else {
        real(count) / real(all)
    }
}

/// The mean of the labels' [`Tally::f1`], over labels that are right or answered at all.
pub(crate) fn macro_f1<'t>(tallies: impl IntoIterator<Item = &'t Tally>) -> f64 {
    let (mut sum, mut labels) = (0.0, 0);
    for tally in tallies {
        if tally.right + tally.answered > 0 {
            sum += tally.f1();
            labels += 1;
        }
    }
    if labels == 0 { 0.0 } else { sum / real(labels) }
}

/// For each label, how often it was right, answered and both. Texts from outside are left out.
pub(crate) fn tallies(judged: &[Judged]) -> BTreeMap<usize, Tally> {
    let mut tallies: BTreeMap<usize, Tally> = BTreeMap::new();
    for it in judged {
        let Some(right) = it.right else { continue };
        tallies.entry(right).or_default().right += 1;
        let answered = tallies.entry(it.answered).or_default();
        answered.answered += 1;
        answered.both += usize::from(it.is_right());
    }
    tallies
}

/// The share of texts from inside that are answered right.
pub(crate) fn accuracy(judged: &[Judged]) -> f64 {
    let inside = judged.iter().filter(|it| it.right.is_some()).count();
    share(judged.iter().filter(|it| it.is_right()).count(), inside)
}

/// Expected calibration error: by how much, on average, an answer's probability is off the share
/// of right answers among those of about that probability.
pub(crate) fn calibration_error(answers: impl Iterator<Item = (f32, bool)>) -> f64 {
    let mut bins = [(0.0_f64, 0_usize, 0_usize); BINS];
    let mut all = 0;
    for (probability, is_right) in answers {
        let probability = f64::from(probability);
        let bin = part(BINS, probability).min(BINS - 1);
        bins[bin].0 += probability;
        bins[bin].1 += usize::from(is_right);
        bins[bin].2 += 1;
        all += 1;
    }
    if all == 0 {
        return 0.0;
    }
    let error: f64 = bins
        .iter()
        .map(|(sum, right, _)| libm::fabs(sum - real(*right)))
        .sum();
    error / real(all)
}

/// [`calibration_error`] of the answers to texts from inside.
pub(crate) fn ece(judged: &[Judged]) -> f64 {
    let inside = judged.iter().filter(|it| it.right.is_some());
    calibration_error(inside.map(|it| (it.probability, it.is_right())))
}

/// The probability that a text from inside scores above one from outside: the area under the
/// receiver's operating curve, ties counted by half. `None` without both.
pub(crate) fn auroc(judged: &[Judged]) -> Option<f64> {
    let mut scores: Vec<(f32, bool)> = judged
        .iter()
        .map(|it| (it.score, it.right.is_some()))
        .collect();
    scores.sort_by(|left, right| left.0.total_cmp(&right.0));
    let inside = scores.iter().filter(|it| it.1).count();
    let outside = scores.len() - inside;
    if inside == 0 || outside == 0 {
        return None;
    }
    // Pairs that are in order: for each run of equal scores, those below and half of those beside.
    let (mut below, mut pairs) = (0.0, 0.0);
    for run in scores.chunk_by(|left, right| left.0.total_cmp(&right.0).is_eq()) {
        let inside = real(run.iter().filter(|it| it.1).count());
        let outside = real(run.len()) - inside;
        pairs += inside * (below + outside / 2.0);
        below += outside;
    }
    Some(pairs / (real(inside) * real(outside)))
}

/// Matthews' correlation over all labels and abstention, which is right for texts from outside
/// (Gorodkin 2004). It is what chatbots with many texts from outside are compared by.
pub(crate) fn correlation(judged: &[Judged], threshold: f32) -> f64 {
    let mut tallies: BTreeMap<Option<usize>, Tally> = BTreeMap::new();
    let mut both = 0;
    for it in judged {
        let answered = (it.score >= threshold).then_some(it.answered);
        tallies.entry(it.right).or_default().right += 1;
        tallies.entry(answered).or_default().answered += 1;
        both += usize::from(answered == it.right);
    }
    let sum = |of: &dyn Fn(&Tally) -> f64| tallies.values().map(of).sum::<f64>();
    let all = real(judged.len());
    let crossed = sum(&|it| real(it.right) * real(it.answered));
    let right = sum(&|it| real(it.right) * real(it.right));
    let answered = sum(&|it| real(it.answered) * real(it.answered));
    let length = libm::sqrt((all * all - right) * (all * all - answered));
    if length > 0.0 {
        (real(both) * all - crossed) / length
    } else {
        0.0
    }
}

/// The score below which a share of `budget` of the texts from inside lie.
pub(crate) fn threshold(judged: &[Judged], budget: f64) -> f32 {
    let mut scores: Vec<f32> = judged
        .iter()
        .filter(|it| it.right.is_some())
        .map(|it| it.score)
        .collect();
    scores.sort_by(f32::total_cmp);
    let at = part(scores.len(), budget);
    scores.get(at).copied().unwrap_or(0.0)
}

/// Confusions: what was right, what was answered, and how often; the most frequent first.
pub(crate) fn confusions(judged: &[Judged]) -> Vec<(usize, usize, usize)> {
    let mut counts: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    for it in judged {
        if let Some(right) = it.right
            && right != it.answered
        {
            *counts.entry((right, it.answered)).or_default() += 1;
        }
    }
    let mut confusions: Vec<_> = counts
        .into_iter()
        .map(|((right, answered), count)| (right, answered, wide(count)))
        .collect();
    confusions.sort_by_key(|(right, answered, count)| (usize::MAX - count, *right, *answered));
    confusions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(right: Option<usize>, answered: usize, score: f32) -> Judged {
        Judged {
            right,
            answered,
            probability: 0.5,
            score,
        }
    }

    /// Worked by hand: label 0 has precision 2/3 and recall 1, label 1 precision 1 and recall 1/2.
    #[test]
    fn labels_count_alike() {
        let answers = [(0, 0), (0, 0), (1, 0), (1, 1)]
            .map(|(right, answered)| judged(Some(right), answered, 0.0));
        let tallies = tallies(&answers);
        assert!((tallies[&0].f1() - 0.8).abs() < 1e-9);
        assert!((tallies[&1].f1() - 2.0 / 3.0).abs() < 1e-9);
        assert!((macro_f1(tallies.values()) - 11.0 / 15.0).abs() < 1e-9);
        assert!((accuracy(&answers) - 0.75).abs() < 1e-9);
        assert_eq!(confusions(&answers), [(1, 0, 1)]);
    }

    #[test]
    fn being_sure_and_wrong_costs_what_it_should() {
        let answers = [(0.9, true), (0.9, true), (0.9, false), (0.9, false)];
        assert!((calibration_error(answers.into_iter()) - 0.4).abs() < 1e-6);
        assert!(calibration_error(std::iter::empty()).abs() < f64::EPSILON);
    }

    /// Inside at 3, 2, 1, outside at 2 and 0: of six pairs four are in order and one is tied.
    #[test]
    fn the_area_counts_ties_by_half() {
        let answers = [
            (Some(0), 3.0),
            (Some(0), 2.0),
            (Some(0), 1.0),
            (None, 2.0),
            (None, 0.0),
        ]
        .map(|(right, score)| judged(right, 0, score));
        assert!((auroc(&answers).unwrap() - 4.5 / 6.0).abs() < 1e-9);
        assert_eq!(auroc(&answers[..3]), None);
    }

    #[test]
    fn all_right_correlates_wholly_and_always_the_same_not_at_all() {
        let right = [(Some(0), 0, 1.0), (Some(1), 1, 1.0), (None, 0, -1.0)]
            .map(|(right, answered, score)| judged(right, answered, score));
        assert!((correlation(&right, 0.0) - 1.0).abs() < 1e-9);
        let same = [(Some(0), 0, 1.0), (Some(1), 0, 1.0)]
            .map(|(right, answered, score)| judged(right, answered, score));
        assert!(correlation(&same, 0.0).abs() < 1e-9);
    }

    #[test]
    fn a_budget_is_kept() {
        let answers: Vec<Judged> = (0..100_u8)
            .map(|row| judged(Some(0), 0, f32::from(row)))
            .collect();
        let threshold = threshold(&answers, 0.05);
        assert_eq!(answers.iter().filter(|it| it.score < threshold).count(), 5);
    }
}
