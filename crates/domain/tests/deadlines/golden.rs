//! Reads `tests/golden/deadlines.txt`, calculates it anew and compares the texts.

use std::collections::BTreeSet;
use std::str::SplitWhitespace;

use expect_test::expect_file;
use jiff::civil::Date;
use posthouse_domain::sla::{
    Calendar, Exception, Interval, Mode, Pause, Season, Week, WorkingTime,
};
use posthouse_domain::time::Timestamp;

const GOLDEN: &str = include_str!("../golden/deadlines.txt");
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

#[test]
fn worked_examples() {
    let mut plan = Plan::default();
    let mut text = String::new();
    let mut cases = 0;
    for line in GOLDEN.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("calendar") => plan = Plan::named(words),
            Some("holiday") => plan.holidays.extend(words.map(date)),
            Some("on") => plan.exceptions.push(exception(words)),
            Some("season") => plan.seasons.push(season(words)),
            Some("mode") => plan.modes.push(mode(words)),
            Some(days) if days.starts_with(|c: char| c.is_ascii_lowercase()) => {
                plan.add_shifts(days, &shifts(words));
            }
            Some(weekday) if !weekday.starts_with('#') => {
                cases += 1;
                text.push_str(&format!("  {}\n", calculated(&plan.calendar(), words)));
                continue;
            }
            _ => {}
        }
        text.push_str(line);
        text.push('\n');
    }
    assert!(cases >= 40, "only {cases} examples were read");
    expect_file!["../golden/deadlines.txt"].assert_eq(&text);
}

/// A calendar while its lines are read.
#[derive(Default)]
struct Plan {
    name: String,
    zone: String,
    week: Week,
    holidays: BTreeSet<Date>,
    exceptions: Vec<Exception>,
    seasons: Vec<Season>,
    modes: Vec<Mode>,
}

impl Plan {
    fn named(mut words: SplitWhitespace<'_>) -> Self {
        let mut word = || words.next().unwrap().to_owned();
        Self {
            name: word(),
            zone: word(),
            ..Self::default()
        }
    }

    /// Adds to the week, or to that of the last season.
    fn add_shifts(&mut self, days: &str, shifts: &[Interval]) {
        let season = self.seasons.last_mut().map(|season| &mut season.week);
        let week = season.unwrap_or(&mut self.week);
        let all = [
            &mut week.mon,
            &mut week.tue,
            &mut week.wed,
            &mut week.thu,
            &mut week.fri,
            &mut week.sat,
            &mut week.sun,
        ];
        for (day, name) in all.into_iter().zip(WEEKDAYS) {
            let weekday = day_is_between(name, "mon", "fri");
            if days == "daily" || days == name || (days == "mon-fri" && weekday) {
                day.extend_from_slice(shifts);
            }
        }
    }

    fn calendar(&self) -> Calendar {
        if self.zone == "always" {
            return Calendar::always(&self.name);
        }
        Calendar::new(
            &self.name,
            &self.zone,
            &self.week,
            &self.holidays,
            &self.exceptions,
        )
        .unwrap()
        .with_seasons(&self.seasons)
        .with_modes(&self.modes)
    }
}

fn day_is_between(name: &str, first: &str, last: &str) -> bool {
    let place = |name: &str| WEEKDAYS.iter().position(|day| *day == name).unwrap();
    (place(first)..=place(last)).contains(&place(name))
}

/// The line of a case with everything that can be calculated calculated.
fn calculated(calendar: &Calendar, mut words: SplitWhitespace<'_>) -> String {
    let start = instant(words.next().unwrap());
    assert_eq!(words.next(), Some("+"));
    let count = words.next().unwrap();
    let unit = words.next().unwrap();
    let pauses = pauses(words);
    let due = match unit {
        "min" => {
            let target = WorkingTime::from_minutes(count.parse().unwrap()).unwrap();
            calendar.due(start, target, &pauses)
        }
        "days" => calendar.due_in_business_days(start, count.parse().unwrap(), &pauses),
        other => panic!("{other:?} is no unit"),
    };
    let shown = |at: Timestamp| shown(calendar, at);
    let paused: String = pauses
        .iter()
        .map(|pause| format!("paused {} to {} ", shown(pause.from()), shown(pause.to())))
        .collect();
    format!(
        "{} + {count} {unit} {paused}= {}",
        shown(start),
        shown(due.unwrap())
    )
}

/// Reads `paused Www FROM to Www TO` as often as it comes, up to the `=`.
fn pauses(mut words: SplitWhitespace<'_>) -> Vec<Pause> {
    let mut pauses = Vec::new();
    while words.next() == Some("paused") {
        let from = instant(words.nth(1).unwrap());
        assert_eq!(words.next(), Some("to"));
        pauses.push(Pause::new(from, instant(words.nth(1).unwrap())).unwrap());
    }
    pauses
}

fn shown(calendar: &Calendar, at: Timestamp) -> String {
    let zoned = at.to_jiff().to_zoned(calendar.time_zone().clone());
    zoned.strftime("%a %Y-%m-%dT%H:%M:%S%.f%:z").to_string()
}

fn shifts(words: SplitWhitespace<'_>) -> Vec<Interval> {
    words
        .filter(|word| *word != "closed")
        .map(|word| {
            let (open, close) = word.split_once('-').unwrap();
            Interval::parse(open, close).unwrap()
        })
        .collect()
}

fn exception(mut words: SplitWhitespace<'_>) -> Exception {
    Exception {
        date: date(words.next().unwrap()),
        hours: shifts(words),
    }
}

fn season(mut words: SplitWhitespace<'_>) -> Season {
    Season {
        from: date(words.next().unwrap()),
        to: date(words.nth(1).unwrap()),
        week: Week::default(),
    }
}

fn mode(mut words: SplitWhitespace<'_>) -> Mode {
    Mode {
        from: instant(words.next().unwrap()),
        to: words.nth(1).map(instant),
    }
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}
