//! Yearly recurrences: the same date, or the same weekday of a month, every year.
//!
//! Holidays recur yearly or are written out. Any other rule, and any part that is not known
//! here, is refused: to read half of it would move a holiday.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};

use super::event::{self, Problem};
use crate::limits::HOLIDAY_YEAR_MAX;

const HINT: &str = "yearly rules are read: FREQ=YEARLY with INTERVAL, COUNT, UNTIL, and BYMONTH \
                    with BYMONTHDAY or a BYDAY such as 1MO; write other dates out";

/// A rule, as far as it is known here.
struct Rule {
    interval: i16,
    count: Option<usize>,
    until: Date,
    month: i8,
    day: Day,
}

/// Which day of the month.
#[derive(Clone, Copy)]
enum Day {
    Number(i8),
    /// The first Monday, the last (-1) Thursday.
    Nth(i8, Weekday),
}

/// The first days of all recurrences, to [`HOLIDAY_YEAR_MAX`].
pub(super) fn starts(text: &str, start: Date) -> Result<BTreeSet<Date>, Problem> {
    let rule = Rule::read(text, start)?;
    let years =
        (start.year()..=HOLIDAY_YEAR_MAX).step_by(usize::from(rule.interval.unsigned_abs()));
    Ok(years
        .filter_map(|year| rule.date_in(year))
        .filter(|date| *date >= start)
        .take_while(|date| *date <= rule.until)
        .take(rule.count.unwrap_or(usize::MAX))
        .collect())
}

impl Rule {
    fn read(text: &str, start: Date) -> Result<Self, Problem> {
        let mut rule = Self {
            interval: 1,
            count: None,
            until: Date::MAX,
            month: start.month(),
            day: Day::Number(start.day()),
        };
        let mut yearly = false;
        for part in text.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let read = match name.to_ascii_uppercase().as_str() {
                "FREQ" => {
                    yearly = value.eq_ignore_ascii_case("YEARLY");
                    yearly.then_some(())
                }
                "INTERVAL" => number(value, 1, 100).map(|years| rule.interval = years),
                "COUNT" => number(value, 1, 10_000).map(|count| {
                    rule.count = usize::try_from(count).ok();
                }),
                "UNTIL" => until(value).map(|until| rule.until = until),
                "BYMONTH" => number(value, 1, 12).and_then(|month| {
                    rule.month = i8::try_from(month).ok()?;
                    Some(())
                }),
                "BYMONTHDAY" => number(value, 1, 31).and_then(|day| {
                    rule.day = Day::Number(i8::try_from(day).ok()?);
                    Some(())
                }),
                "BYDAY" => nth(value).map(|day| rule.day = day),
                "WKST" => Some(()),
                _ => None,
            };
            if read.is_none() {
                let message = format!("the recurrence `{part}` is not read");
                return Err(Problem::of("RRULE", message).hint(HINT));
            }
        }
        if !yearly {
            return Err(Problem::of("RRULE", "the recurrence has no FREQ=YEARLY").hint(HINT));
        }
        // Without a month, the first Monday would be that of the year.
        let month_missing =
            matches!(rule.day, Day::Nth(..)) && !text.to_ascii_uppercase().contains("BYMONTH=");
        if month_missing {
            return Err(Problem::of("RRULE", "BYDAY stands without BYMONTH").hint(HINT));
        }
        Ok(rule)
    }

    /// `None` in a year without that date: 29 February, a fifth Friday.
    fn date_in(&self, year: i16) -> Option<Date> {
        match self.day {
            Day::Number(day) => Date::new(year, self.month, day).ok(),
            Day::Nth(nth, weekday) => {
                let month = Date::new(year, self.month, 1).ok()?;
                month.nth_weekday_of_month(nth, weekday).ok()
            }
        }
    }
}

fn number(text: &str, min: i16, max: i16) -> Option<i16> {
    let number = text.parse().ok()?;
    (min..=max).contains(&number).then_some(number)
}

/// The last date; of an instant, its date.
fn until(text: &str) -> Option<Date> {
    event::date(text.get(..8)?, "RRULE").ok()
}

/// `1MO`, `-1TH`: which weekday of the month.
fn nth(text: &str) -> Option<Day> {
    let split = text.len().checked_sub(2)?;
    let (nth, weekday) = (text.get(..split)?, text.get(split..)?);
    let weekday = match weekday.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    let nth: i8 = nth.parse().ok()?;
    let in_a_month = (-5..=5).contains(&nth) && nth != 0;
    in_a_month.then_some(Day::Nth(nth, weekday))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rule: &str, start: &str) -> Result<Vec<String>, String> {
        let starts = starts(rule, start.parse().unwrap()).map_err(|problem| problem.message)?;
        Ok(starts.iter().take(4).map(ToString::to_string).collect())
    }

    #[test]
    fn yearly_rules_give_dates() {
        let dates = |rule, start| shown(rule, start).unwrap().join(" ");
        assert_eq!(
            dates("FREQ=YEARLY", "2026-10-01"),
            "2026-10-01 2027-10-01 2028-10-01 2029-10-01"
        );
        assert_eq!(
            dates("FREQ=YEARLY;INTERVAL=2;COUNT=2", "2026-10-01"),
            "2026-10-01 2028-10-01"
        );
        assert_eq!(
            dates("FREQ=YEARLY;UNTIL=20271001T000000Z", "2026-10-01"),
            "2026-10-01 2027-10-01"
        );
        assert_eq!(
            dates("FREQ=YEARLY;BYMONTH=9;BYDAY=1MO", "2026-09-07"),
            "2026-09-07 2027-09-06 2028-09-04 2029-09-03"
        );
        assert_eq!(
            dates("FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;WKST=SU", "2026-05-25"),
            "2026-05-25 2027-05-31 2028-05-29 2029-05-28"
        );
        // 29 February comes in leap years.
        assert_eq!(
            dates("FREQ=YEARLY", "2028-02-29"),
            "2028-02-29 2032-02-29 2036-02-29 2040-02-29"
        );
    }

    #[test]
    fn recurrences_end() {
        let all = starts("FREQ=YEARLY", "2026-10-01".parse().unwrap()).unwrap_or_default();
        assert_eq!(all.last().map(|last| last.year()), Some(HOLIDAY_YEAR_MAX));
    }

    #[test]
    fn other_rules_are_refused() {
        for rule in [
            "",
            "FREQ=MONTHLY",
            "FREQ=YEARLY;BYEASTER=0",
            "FREQ=YEARLY;BYDAY=MO",
            "FREQ=YEARLY;BYDAY=1MO",
            "FREQ=YEARLY;BYMONTH=9;BYDAY=6MO",
            "FREQ=YEARLY;BYMONTH=13",
            "FREQ=YEARLY;BYMONTHDAY=1,2",
            "FREQ=YEARLY;INTERVAL=0",
            "FREQ=YEARLY;UNTIL=never",
            "FREQ=YEARLY;UNTIL=2026年月",
        ] {
            assert!(shown(rule, "2026-10-01").is_err(), "{rule}");
        }
    }
}
