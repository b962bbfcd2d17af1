//! What a deadline costs: due times a second on one core, by calendar, beside the raw baseline
//! of adding to an instant.
//!
//! Run with `cargo bench -p posthouse-domain --bench due`.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use posthouse_domain::Timestamp;
use posthouse_domain::sla::{Calendar, Exception, Interval, Pause, Season, Week, WorkingTime};

/// How long each line is measured.
const MEASURED: Duration = Duration::from_millis(1_500);
/// Starts and targets, so that no two calculations in a row are alike.
const CASES: usize = 4_096;
const HOUR_MS: i64 = 60 * 60 * 1_000;

fn main() {
    let cases = cases();
    let baseline = rate(|index| {
        let (start, target) = cases[index];
        start.plus_millis(target.as_millis()).as_millis()
    });
    eprintln!("{:<44} {baseline:>12.0}/s", "baseline: start + target");
    let pause_ms = 30 * 60 * 1_000;
    for calendar in calendars() {
        let plain = rate(|index| {
            let (start, target) = cases[index];
            due(&calendar, start, target, &[])
        });
        let paused = rate(|index| {
            let (start, target) = cases[index];
            let from = start.plus_millis(pause_ms);
            let pause = Pause::new(from, from.plus_millis(pause_ms)).expect("it ends later");
            due(&calendar, start, target, &[pause])
        });
        let long = WorkingTime::from_millis(240 * HOUR_MS).expect("ten days are in range");
        let long = rate(|index| due(&calendar, cases[index].0, long, &[]));
        for (what, rate) in [("", plain), (", one pause", paused), (", 240 h", long)] {
            let name = format!("{}{what}", calendar.name());
            eprintln!(
                "{name:<44} {rate:>12.0}/s  1/{:.0} of baseline",
                baseline / rate
            );
        }
    }
}

fn due(calendar: &Calendar, start: Timestamp, target: WorkingTime, pauses: &[Pause]) -> i64 {
    let due = calendar.due(start, target, pauses);
    due.expect("the calendars open enough").as_millis()
}

/// Calculations a second.
#[expect(clippy::disallowed_methods, reason = "a benchmark looks at the clock")]
fn rate(mut calculate: impl FnMut(usize) -> i64) -> f64 {
    let (started, mut done) = (Instant::now(), 0_u32);
    while started.elapsed() < MEASURED {
        for index in 0..CASES {
            black_box(calculate(black_box(index)));
        }
        done += 1;
    }
    f64::from(done) * CASES as f64 / started.elapsed().as_secs_f64()
}

/// Starts all over 2026, and targets from 5 minutes to 72 hours, by a fixed sequence.
fn cases() -> Vec<(Timestamp, WorkingTime)> {
    let begin: Timestamp = "2026-01-01T00:00:00Z".parse().expect("an instant");
    let targets = [5, 15, 30, 60, 120, 240, 480, 960, 1_440, 2_700, 4_320];
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    (0..CASES)
        .map(|index| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let into_year = i64::try_from(seed % (365 * 24 * 3_600_000)).expect("a year fits");
            let target = WorkingTime::from_minutes(targets[index % targets.len()]);
            (begin.plus_millis(into_year), target.expect("in range"))
        })
        .collect()
}

fn calendars() -> [Calendar; 3] {
    let shift = |open, close| Interval::parse(open, close).expect("hours");
    let date = |text: &str| text.parse::<Date>().expect("a date");
    let days = shift("07:00", "23:00");
    let daily = Calendar::new(
        "Shanghai, daily 07-23",
        "Asia/Shanghai",
        &Week::every_day(&[days]),
        &BTreeSet::new(),
        &[],
    );
    let holidays = [
        "2026-01-01",
        "2026-04-03",
        "2026-04-06",
        "2026-05-01",
        "2026-05-14",
        "2026-05-25",
        "2026-12-25",
    ];
    let office = Week::weekdays(&[shift("08:00", "12:00"), shift("13:00", "18:00")]);
    let office = Calendar::new(
        "Berlin, office with lunch and holidays",
        "Europe/Berlin",
        &office,
        &holidays.into_iter().map(date).collect(),
        &[Exception {
            date: date("2026-12-24"),
            hours: vec![shift("08:00", "12:00")],
        }],
    );
    let nights = Calendar::new(
        "New York, nights, a season",
        "America/New_York",
        &Week::every_day(&[shift("20:00", "08:00")]),
        &BTreeSet::from([date("2026-07-03"), date("2026-11-26")]),
        &[],
    );
    let season = Season {
        from: date("2026-06-15"),
        to: date("2026-08-31"),
        week: Week::every_day(&[shift("21:00", "07:00")]),
    };
    [
        daily.expect("it is sound"),
        office.expect("it is sound"),
        nights.expect("it is sound").with_seasons(&[season]),
    ]
}
