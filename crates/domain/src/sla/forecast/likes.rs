//! Likes: what became of the promises that stood where this one stands.

use serde::{Deserialize, Serialize};

use super::limits::{FORECAST_LIKES_MEMORY, FORECAST_PRIOR};
use super::{Question, Told};

/// The weight of one promise.
const ONE: u32 = 1 << 16;
/// Parts into which the working time used is divided.
const USED_PARTS: u8 = 8;
/// Upper bounds of the classes of how long the queue ahead takes, as eighths of the time left.
/// Before the first: nobody is ahead. After the last: longer than there is time.
const QUEUE_EIGHTHS: [u128; 4] = [1, 2, 4, 8];
const QUEUE_CLASSES: u8 = 6;

/// Of the promises asked about in each situation, how many were missed. A situation is the part
/// of the time that is used, and the part of the time left that the queue ahead will take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Likes {
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Cell {
    asked: u32,
    missed: u32,
}

/// Which situation a question describes.
pub(super) fn situation(question: &Question) -> u8 {
    let used = u128::try_from(question.elapsed_ms).unwrap_or_default();
    let left = u128::try_from(question.left_ms).unwrap_or_default();
    let part = used * u128::from(USED_PARTS) / (used + left).max(1);
    let part = u8::try_from(part).unwrap_or(USED_PARTS).min(USED_PARTS - 1);
    part * QUEUE_CLASSES + queue_class(question)
}

/// How long the queue ahead takes at the pace since the ticket came, against the time left.
fn queue_class(question: &Question) -> u8 {
    if question.ahead == 0 {
        return 0;
    }
    let needed = u128::try_from(question.queue_ms()).unwrap_or_default() * 8;
    let left = u128::try_from(question.left_ms).unwrap_or_default();
    let class = QUEUE_EIGHTHS
        .iter()
        .position(|eighths| needed <= left * eighths)
        .unwrap_or(QUEUE_EIGHTHS.len());
    u8::try_from(class + 1).unwrap_or(QUEUE_CLASSES - 1)
}

impl Likes {
    /// A promise ended about which forecasts were made.
    pub(super) fn ended(&mut self, told: &[Told], missed: bool) {
        for told in told {
            let index = usize::from(told.situation.min(USED_PARTS * QUEUE_CLASSES - 1));
            if self.cells.len() <= index {
                self.cells.resize(index + 1, Cell::default());
            }
            let cell = &mut self.cells[index];
            cell.asked -= cell.asked.div_ceil(FORECAST_LIKES_MEMORY);
            cell.missed -= cell.missed.div_ceil(FORECAST_LIKES_MEMORY);
            cell.asked += ONE;
            cell.missed += if missed { ONE } else { 0 };
        }
    }

    /// The share that was missed in a situation, in thousandths, when `expected` would be
    /// thought without having seen any; and how many were seen.
    pub(super) fn missed_permille(&self, situation: u8, expected: u16) -> (u16, u32) {
        let cell = self.cells.get(usize::from(situation));
        let cell = cell.copied().unwrap_or_default();
        let prior = u64::from(FORECAST_PRIOR * ONE);
        let missed = u64::from(cell.missed) * 1_000 + prior * u64::from(expected);
        let all = u64::from(cell.asked) + prior;
        let share = u16::try_from((missed + all / 2) / all).unwrap_or(1_000);
        (share.min(1_000), cell.asked / ONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(elapsed_ms: i64, left_ms: i64, ahead: u32, served: u32) -> Question {
        Question {
            elapsed_ms,
            left_ms,
            ahead,
            served,
        }
    }

    #[test]
    fn situations_differ_by_the_time_used_and_by_the_queue() {
        let of = |ahead, served| situation(&question(50, 50, ahead, served)) % QUEUE_CLASSES;
        let classes = [(0, 9), (1, 9), (2, 9), (4, 9), (9, 9), (10, 9)].map(|(a, s)| of(a, s));
        assert_eq!(classes, [0, 1, 2, 3, 4, 5]);
        assert_eq!(of(1, 0), 4, "nobody was served: as if one had been");
        let used = |elapsed| situation(&question(elapsed, 100 - elapsed, 0, 0)) / QUEUE_CLASSES;
        assert_eq!([0, 12, 13, 25, 50, 99].map(used), [0, 0, 1, 2, 4, 7]);
        assert!(situation(&question(5, -5, u32::MAX, 0)) < USED_PARTS * QUEUE_CLASSES);
        assert!(situation(&question(-5, -5, 1, 0)) < USED_PARTS * QUEUE_CLASSES);
    }

    #[test]
    fn what_became_of_its_likes_outweighs_what_was_expected() {
        let mut likes = Likes::default();
        let told = Told {
            situation: 20,
            ..Told::default()
        };
        assert_eq!(likes.missed_permille(20, 300), (300, 0));
        (0..100).for_each(|number| likes.ended(&[told], number % 4 == 0));
        let (share, seen) = likes.missed_permille(20, 900);
        assert!((280..380).contains(&share), "{share}");
        assert!(seen > 30);
        assert_eq!(likes.missed_permille(21, 300), (300, 0), "others are not");
    }
}
