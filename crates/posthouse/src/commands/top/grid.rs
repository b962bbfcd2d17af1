//! A picture in words and tones: what the live view draws, and what `--once` prints.

use super::figures::{UNKNOWN, count, percent, rate, time};
use super::picture::{Picture, Process, Region, Stage};
use crate::output::Field;

/// Columns of every grid. They are as wide as 80 letters allow.
pub(super) const COLUMNS: usize = 9;

/// Fewest letters that names of regions get.
const REGION_LEAST: usize = 12;
/// Most letters that names of regions get; what is longer is cut.
const REGION_MOST: usize = 20;
/// What waits longer than this, in seconds, is worth a look.
const OLD_S: f64 = 5.0;
/// What waits longer than this, in seconds, is in trouble.
const VERY_OLD_S: f64 = 60.0;
/// The service's own promise: accepted tickets are routed within this, in seconds.
const ROUTED_WITHIN_S: f64 = 5.0;
/// The service's own promise: timers ring within this, in seconds.
const RING_WITHIN_S: f64 = 1.0;
/// So full, in percent, something bounded is worth a look.
const FULL: u64 = 80;
/// So full, in percent, something bounded is about to refuse.
const VERY_FULL: u64 = 95;

/// How loud something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// As always.
    Plain,
    /// Nothing to see.
    Faint,
    /// Worth a look.
    Warn,
    /// In trouble.
    Bad,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// What it says.
    pub(super) text: String,
    /// How loud.
    pub(super) tone: Tone,
}

/// Rows of figures under headings.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    /// What it shows.
    pub(super) title: &'static str,
    /// What each column says.
    pub(super) headings: [&'static str; COLUMNS],
    /// How wide each column is at least, in letters.
    pub(super) widths: [u16; COLUMNS],
    /// How many columns, from the left, are words; the rest are numbers.
    pub(super) words: usize,
    /// The figures.
    pub(super) rows: Vec<[Cell; COLUMNS]>,
}

impl Grid {
    /// The columns that are written to the right.
    pub(super) fn right(&self) -> std::ops::Range<usize> {
        self.words..COLUMNS
    }
}

/// Everything, in the order in which it is read.
pub(super) fn all(picture: &Picture) -> [Grid; 3] {
    [regions(picture), stages(picture), targets(picture)]
}

/// How wide the names of regions are.
fn letters(picture: &Picture) -> u16 {
    let longest = picture.regions.iter().map(|it| it.region.len()).max();
    let letters = longest.unwrap_or(0).clamp(REGION_LEAST, REGION_MOST);
    u16::try_from(letters).unwrap_or(u16::MAX)
}

/// What each region takes, owes and keeps waiting.
pub(super) fn regions(picture: &Picture) -> Grid {
    Grid {
        title: "regions",
        headings: [
            "region", "open", "in/s", "routed99", "told/s", "waiting", "agents", "outbox", "dead",
        ],
        widths: [letters(picture), 7, 6, 8, 6, 7, 6, 7, 5],
        words: 1,
        rows: picture.regions.iter().map(region).collect(),
    }
}

fn region(region: &Region) -> [Cell; COLUMNS] {
    [
        plain(&region.region),
        counted(region.open, Tone::Plain),
        rated(region.accepted_per_s),
        timed(region.routed_p99_s, ROUTED_WITHIN_S, 2.0 * ROUTED_WITHIN_S),
        rated(region.told_per_s),
        counted(region.waiting, Tone::Plain),
        counted(region.agents, Tone::Plain),
        counted(region.outbox, Tone::Warn),
        counted(region.dead_letters, Tone::Bad),
    ]
}

/// How fast each role is, and how far behind.
pub(super) fn stages(picture: &Picture) -> Grid {
    Grid {
        title: "stages",
        headings: [
            "region", "role", "in/s", "out/s", "lag", "oldest", "decide99", "full", "dead",
        ],
        widths: [letters(picture), 10, 6, 6, 6, 7, 8, 5, 4],
        words: 2,
        rows: picture.stages.iter().map(stage).collect(),
    }
}

fn stage(stage: &Stage) -> [Cell; COLUMNS] {
    [
        plain(&stage.region),
        plain(stage.role),
        rated(stage.inputs_per_s),
        rated(stage.outputs_per_s),
        counted(stage.lag, Tone::Plain),
        timed(stage.oldest_s, OLD_S, VERY_OLD_S),
        timed(stage.decide_p99_s, OLD_S, VERY_OLD_S),
        full(stage.busy, stage.busy_max),
        counted(stage.dead_letters, Tone::Warn),
    ]
}

/// Which promises were kept and missed, and how late the timers were.
pub(super) fn targets(picture: &Picture) -> Grid {
    Grid {
        title: "promises",
        headings: [
            "region", "met", "missed", "share", "P0", "P1", "P2", "P3", "ring99",
        ],
        widths: [letters(picture), 7, 7, 6, 6, 6, 6, 6, 8],
        words: 1,
        rows: picture.regions.iter().map(promises).collect(),
    }
}

fn promises(region: &Region) -> [Cell; COLUMNS] {
    let targets = &region.targets;
    let [p0, p1, p2, p3] = targets.breached_by_severity;
    let is_missing_now = targets.breached_per_s.is_some_and(|rate| rate > 0.0);
    let loud = if is_missing_now {
        Tone::Bad
    } else {
        Tone::Warn
    };
    let share = match (targets.met, targets.breached) {
        (Some(met), Some(missed)) if met + missed > 0 => percent_missed(missed, met + missed)
            .map_or_else(unknown, |text| Cell {
                tone: if missed > 0 { loud } else { Tone::Faint },
                text,
            }),
        _ => unknown(),
    };
    [
        plain(&region.region),
        counted(targets.met, Tone::Plain),
        counted(targets.breached, loud),
        share,
        counted(p0, Tone::Bad),
        counted(p1, Tone::Warn),
        counted(p2, Tone::Plain),
        counted(p3, Tone::Plain),
        timed(targets.ring_late_p99_s, RING_WITHIN_S, 10.0 * RING_WITHIN_S),
    ]
}

/// What part was missed, with one digit where it is small.
fn percent_missed(missed: u64, of: u64) -> Option<String> {
    let permille = missed.checked_mul(1_000)?.div_ceil(of);
    Some(match permille {
        0..100 => format!("{}.{}%", permille / 10, permille % 10),
        _ => format!("{}%", permille / 10),
    })
}

/// How spans leave the processes, in a line.
pub(super) fn telemetry(picture: &Picture) -> Cell {
    let spans = &picture.telemetry;
    let Some(rate_per_s) = spans.spans_per_s else {
        return Cell {
            text: "telemetry: nothing is traced".to_owned(),
            tone: Tone::Faint,
        };
    };
    let dropped = spans.dropped.unwrap_or(0);
    let room = match (spans.queue, spans.queue_max) {
        (Some(queue), Some(max)) => format!(", {queue} of {max} wait"),
        _ => String::new(),
    };
    Cell {
        text: format!(
            "telemetry: {} spans/s{room}, {} dropped",
            rate(rate_per_s),
            count(dropped)
        ),
        tone: if dropped > 0 { Tone::Warn } else { Tone::Faint },
    }
}

/// A line for each process that did not answer; none is good news.
pub(super) fn processes(picture: &Picture) -> Vec<Cell> {
    let away = |process: &Process| {
        let why = process.why.as_deref()?;
        let text = if why.contains(&process.url) {
            why.to_owned()
        } else {
            format!("{}: {why}", process.url)
        };
        Some(Cell {
            text,
            tone: Tone::Bad,
        })
    };
    picture.processes.iter().filter_map(away).collect()
}

fn plain(text: &str) -> Cell {
    Cell {
        text: text.to_owned(),
        tone: Tone::Plain,
    }
}

fn unknown() -> Cell {
    Cell {
        text: UNKNOWN.to_owned(),
        tone: Tone::Faint,
    }
}

/// A count; `loud` is its tone where there is anything to count.
fn counted(value: Option<u64>, loud: Tone) -> Cell {
    match value {
        None => unknown(),
        Some(value) => Cell {
            text: count(value),
            tone: if value > 0 { loud } else { Tone::Faint },
        },
    }
}

fn rated(value: Option<f64>) -> Cell {
    match value {
        None => unknown(),
        Some(value) => Cell {
            text: rate(value),
            tone: if value > 0.0 {
                Tone::Plain
            } else {
                Tone::Faint
            },
        },
    }
}

/// A time that is worth a look beyond `warn`, and trouble beyond `bad`, in seconds.
fn timed(value: Option<f64>, warn: f64, bad: f64) -> Cell {
    let Some(seconds) = value else {
        return unknown();
    };
    let tone = match seconds {
        s if s > bad => Tone::Bad,
        s if s > warn => Tone::Warn,
        s if s > 0.0 => Tone::Plain,
        _ => Tone::Faint,
    };
    Cell {
        text: time(seconds),
        tone,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of things in memory are far below 2^52"
)]
fn full(part: Option<u64>, whole: Option<u64>) -> Cell {
    let known = part.zip(whole);
    let Some(percent) = known.and_then(|(part, whole)| percent(part as f64, whole as f64)) else {
        return unknown();
    };
    Cell {
        text: format!("{percent}%"),
        tone: match percent {
            VERY_FULL.. => Tone::Bad,
            FULL.. => Tone::Warn,
            1.. => Tone::Plain,
            0 => Tone::Faint,
        },
    }
}

impl From<Cell> for Field {
    fn from(cell: Cell) -> Self {
        match cell.tone {
            Tone::Plain | Tone::Faint => cell.text.into(),
            Tone::Warn => Self::warn(cell.text),
            Tone::Bad => Self::bad(cell.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::picture::tests::{counted as desk, page, taken};
    use super::super::source::Desk;
    use super::*;

    fn tones(row: &[Cell; COLUMNS]) -> [Tone; COLUMNS] {
        row.each_ref().map(|cell| cell.tone)
    }

    #[test]
    fn what_is_wrong_is_loud() {
        let (before, now) = (page("cn-north", 100), page("cn-north", 350));
        let picture = taken(&[&before], &[&now], &desk());
        let stages = stages(&picture);
        let watchdog = &stages.rows[2];
        let said = watchdog.each_ref().map(|cell| cell.text.as_str());
        let expected = [
            "cn-north", "watchdog", "25.0", "25.0", "250", "76 s", "990 us", "98%", "1",
        ];
        assert_eq!(said, expected);
        assert_eq!(watchdog[5].tone, Tone::Bad, "the oldest waits too long");
        assert_eq!(watchdog[7].tone, Tone::Bad, "it is full");
        let promises = &targets(&picture).rows[0];
        assert_eq!(promises[2].tone, Tone::Bad, "promises are being missed");
        assert_eq!(promises[3].text, "78%");
        assert_eq!(telemetry(&picture).tone, Tone::Warn);
    }

    #[test]
    fn what_nobody_told_is_no_zero() {
        let picture = taken(
            &[],
            &[],
            &Desk::from([("cn-north".into(), Default::default())]),
        );
        let region = &regions(&picture).rows[0];
        assert_eq!(region[1].text, "0", "the desk says so");
        for cell in &region[2..8] {
            assert_eq!((cell.text.as_str(), cell.tone), ("-", Tone::Faint));
        }
        assert!(tones(region)[1..].iter().all(|tone| *tone == Tone::Faint));
        assert_eq!(telemetry(&picture).text, "telemetry: nothing is traced");
    }

    #[test]
    fn a_small_share_of_misses_is_seen() {
        assert_eq!(percent_missed(1, 100_000).unwrap(), "0.1%");
        assert_eq!(percent_missed(0, 10).unwrap(), "0.0%");
        assert_eq!(percent_missed(1, 2).unwrap(), "50%");
    }

    /// With a blank between columns.
    #[test]
    fn every_grid_fits_80_letters() {
        let long = "a-region-with-a-very-long-name".to_owned();
        let picture = taken(&[], &[], &Desk::from([(long, Default::default())]));
        for grid in all(&picture) {
            let width = grid.widths.iter().sum::<u16>() + 8;
            assert!(width <= 80, "{}: {width}", grid.title);
            for (heading, width) in grid.headings.iter().zip(grid.widths) {
                assert!(heading.len() <= usize::from(width), "{heading}");
            }
        }
    }
}
