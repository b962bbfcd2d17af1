//! Holidays from the iCalendar files of a bundle: the dates of its all-day events.
//!
//! It refuses what could be a holiday and is not understood: events with a time of day, and
//! recurrences other than plain yearly ones.
//!
//! # Source
//!
//! RFC 5545, 3.1 (folded lines), 3.6.1 (events) and 3.8.5 (recurrences).

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::Date;

/// The last year in which a recurrence counts.
const YEAR_MAX: i16 = 2_100;
/// Most days of one event.
const DAYS_MAX: usize = 366;

/// An event while it is read.
#[derive(Default)]
struct Event {
    from: Option<Date>,
    /// The date after the last.
    to: Option<Date>,
    yearly: Option<Yearly>,
    except: Vec<Date>,
    besides: Vec<Date>,
    is_cancelled: bool,
}

/// A date every year, or every few years.
#[derive(Clone, Copy)]
struct Yearly {
    interval: i16,
    count: usize,
    until: Date,
}

/// Reads the dates of all events.
///
/// # Errors
///
/// What is not understood, in words.
pub(crate) fn read(text: &str) -> Result<BTreeSet<Date>, String> {
    // A line that begins with a blank goes on with the one before.
    let text = text.replace("\r\n", "\n");
    let text = text.replace("\n ", "").replace("\n\t", "");
    let mut dates = BTreeSet::new();
    let mut event: Option<Event> = None;
    for line in text.lines() {
        match (line.trim_end(), &mut event) {
            ("BEGIN:VEVENT", _) => event = Some(Event::default()),
            ("END:VEVENT", Some(it)) => {
                dates.extend(it.dates()?);
                event = None;
            }
            (line, Some(it)) => it.take(line)?,
            _ => {}
        }
    }
    Ok(dates)
}

impl Event {
    fn take(&mut self, line: &str) -> Result<(), String> {
        let Some((head, value)) = line.split_once(':') else {
            return Ok(());
        };
        let name = head.split(';').next().unwrap_or(head);
        let is_date = head.to_uppercase().contains("VALUE=DATE") && !head.contains("DATE-TIME");
        let dates = || -> Result<Vec<Date>, String> {
            if !is_date {
                return Err(format!("`{line}` is not all day"));
            }
            value.split(',').map(date).collect()
        };
        match name.to_uppercase().as_str() {
            "DTSTART" => self.from = dates()?.first().copied(),
            "DTEND" => self.to = dates()?.first().copied(),
            "EXDATE" => self.except.extend(dates()?),
            "RDATE" => self.besides.extend(dates()?),
            "RRULE" => self.yearly = Some(yearly(value)?),
            "STATUS" => self.is_cancelled = value.eq_ignore_ascii_case("CANCELLED"),
            "DURATION" | "EXRULE" | "RECURRENCE-ID" => {
                return Err(format!("`{line}` is not understood"));
            }
            _ => {}
        }
        Ok(())
    }

    fn dates(&self) -> Result<Vec<Date>, String> {
        if self.is_cancelled {
            return Ok(Vec::new());
        }
        let from = self.from.ok_or("an event has no date")?;
        let days = match self.to {
            Some(to) => std::iter::successors(Some(from), |it| it.tomorrow().ok())
                .take_while(|it| *it < to)
                .take(DAYS_MAX)
                .count(),
            None => 1,
        };
        let mut begins = match self.yearly {
            Some(yearly) => yearly.from(from),
            None => vec![from],
        };
        begins.extend(&self.besides);
        begins.retain(|begin| !self.except.contains(begin));
        let of_one = |begin: Date| {
            let all = std::iter::successors(Some(begin), |it| it.tomorrow().ok());
            all.take(days.max(1))
        };
        Ok(begins.into_iter().flat_map(of_one).collect())
    }
}

impl Yearly {
    /// The dates; the 29th of February only where there is one.
    fn from(self, first: Date) -> Vec<Date> {
        let years = (0_i16..).map(|turn| turn.saturating_mul(self.interval));
        let years = years.take_while(|years| first.year() + years <= YEAR_MAX);
        let same_day = |years: i16| {
            let date = first.checked_add(Span::new().years(years)).ok()?;
            (date.day() == first.day()).then_some(date)
        };
        let dates = years.filter_map(same_day).take(self.count);
        dates.take_while(|date| *date <= self.until).collect()
    }
}

fn yearly(rule: &str) -> Result<Yearly, String> {
    let refused = || format!("`{rule}` is not understood");
    let mut yearly = Yearly {
        interval: 1,
        count: usize::MAX,
        until: Date::MAX,
    };
    let mut is_yearly = false;
    for part in rule.split(';') {
        let (key, value) = part.split_once('=').ok_or_else(refused)?;
        match key {
            "FREQ" => is_yearly = value == "YEARLY",
            "INTERVAL" => yearly.interval = value.parse().map_err(|_| refused())?,
            "COUNT" => yearly.count = value.parse().map_err(|_| refused())?,
            "UNTIL" => yearly.until = date(value)?,
            _ => return Err(refused()),
        }
    }
    if is_yearly && yearly.interval > 0 {
        Ok(yearly)
    } else {
        Err(refused())
    }
}

fn date(text: &str) -> Result<Date, String> {
    Date::strptime("%Y%m%d", text.trim()).map_err(|_| format!("`{text}` is no date"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(lines: &str) -> Result<Vec<String>, String> {
        let text =
            format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR");
        Ok(read(&text)?.iter().map(Date::to_string).collect())
    }

    #[test]
    fn days_spans_and_years() {
        let one = event("DTSTART;VALUE=DATE:20260101\r\nSUMMARY:New\r\n  Year").unwrap();
        assert_eq!(one, ["2026-01-01"]);
        let span = event("DTSTART;VALUE=DATE:20260101\r\nDTEND;VALUE=DA\r\n TE:20260103").unwrap();
        assert_eq!(span, ["2026-01-01", "2026-01-02"]);
        let years = "DTSTART;VALUE=DATE:20261225\r\nRRULE:FREQ=YEARLY;COUNT=3\r\nEXDATE;VALUE=DATE:20271225\r\nRDATE;VALUE=DATE:20300101";
        let found = event(years).unwrap();
        assert_eq!(found, ["2026-12-25", "2028-12-25", "2030-01-01"]);
        let for_ever = event("DTSTART;VALUE=DATE:20240229\r\nRRULE:FREQ=YEARLY").unwrap();
        assert_eq!((for_ever.len(), &*for_ever[1]), (19, "2028-02-29"));
        assert_eq!(
            event("DTSTART;VALUE=DATE:20260101\r\nSTATUS:CANCELLED"),
            Ok(vec![])
        );
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for lines in [
            "DTSTART:20260101T090000Z",
            "DTSTART;VALUE=DATE:2026",
            "DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=MONTHLY",
            "DTSTART;VALUE=DATE:20260101\r\nRRULE:FREQ=YEARLY;BYDAY=1MO",
            "SUMMARY:no date",
        ] {
            assert!(event(lines).is_err(), "{lines}");
        }
    }
}
