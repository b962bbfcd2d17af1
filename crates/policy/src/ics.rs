//! Holidays from iCalendar files (RFC 5545): the dates of their all-day events.
//!
//! Such files come from governments, calendars on the web and personnel departments. Feasts
//! that follow the moon cannot be calculated here; they come as dates, from those who announce
//! them.
//!
//! What cannot be a holiday is refused with its line rather than left out: an event with a time
//! of day, a recurrence other than yearly, a change to a single recurrence. Cancelled events,
//! alarms, zones, tasks are passed over.
//!
//! # Invariants
//!
//! - No text makes it panic, and nesting is bounded before the parser, which recurses.
//! - Equal text gives equal dates: recurrences end with [`HOLIDAY_YEAR_MAX`], not with today.

mod event;
mod recurrence;
mod unfolded;

use std::collections::BTreeMap;

use icalendar::parser::{Component, Property, read_calendar_simple};
use jiff::civil::Date;

use crate::diagnostic::Code;
use crate::limits::{HOLIDAYS_MAX, ICS_DEPTH_MAX};
use crate::report::{Report, Spot};
use crate::source::Files;
use unfolded::Unfolded;

/// The folder of a bundle in which such files are.
pub(crate) const FOLDER: &str = "holidays/";
/// How their names end.
pub(crate) const SUFFIX: &str = ".ics";

/// Holidays and what they are called.
pub(crate) type Holidays = BTreeMap<Date, String>;

/// Whether a file of a bundle is read here, by its name.
pub(crate) fn is_ics(name: &str) -> bool {
    let stem = name
        .strip_prefix(FOLDER)
        .and_then(|rest| rest.strip_suffix(SUFFIX));
    stem.is_some_and(|stem| !stem.is_empty() && !stem.contains(['/', '\\']))
}

/// Reads the holidays of a file; what is wrong is reported and left out.
pub(crate) fn read(report: &Report<'_>, file: &str, text: &str) -> Holidays {
    let reader = Reader {
        report,
        file,
        text: Unfolded::new(text),
    };
    reader.holidays().unwrap_or_default()
}

/// The holidays of a file that need not be reported about; `None` when it has problems.
pub(crate) fn dates(file: &str, text: &str) -> Option<Holidays> {
    let files = Files::from([(file, text)]);
    let report = Report::new(&files);
    let holidays = read(&report, file, text);
    (report.errors() == 0).then_some(holidays)
}

/// A file while it is read.
struct Reader<'r> {
    report: &'r Report<'r>,
    file: &'r str,
    text: Unfolded,
}

impl Reader<'_> {
    /// `None` when the file as a whole cannot be read, which is reported.
    fn holidays(&self) -> Option<Holidays> {
        self.check_depth()?;
        let calendars = match read_calendar_simple(self.text.as_str()) {
            Ok(calendars) => calendars,
            Err(error) => {
                let at = self.text.as_str().len() - error.input.len();
                self.add_at(at, "this is no iCalendar text", Some(LINE_HINT));
                return None;
            }
        };
        let before = self.report.errors();
        let mut holidays = Holidays::new();
        for calendar in &calendars {
            if !calendar.name.as_str().eq_ignore_ascii_case("VCALENDAR") {
                self.add_at(0, "the file does not begin with BEGIN:VCALENDAR", None);
                return None;
            }
            for event in calendar.components.iter().filter(|part| is_event(part)) {
                self.add_event(event, &mut holidays);
            }
        }
        if holidays.is_empty() && self.report.errors() == before {
            self.add_at(0, "the file has no all-day event", None);
        }
        Some(holidays)
    }

    fn add_event(&self, event: &Component<'_>, holidays: &mut Holidays) {
        let dates = match event::dates(event) {
            Ok(dates) => dates,
            Err(problem) => return self.add_problem(event, &problem),
        };
        let title = event::title(event);
        for date in dates {
            holidays.entry(date).or_insert_with(|| title.to_owned());
        }
        if holidays.len() > HOLIDAYS_MAX {
            let message = format!("the file has more than {HOLIDAYS_MAX} holidays");
            self.report
                .add(Code::HolidayFile, &Spot::file(self.file), message, None);
            holidays.clear();
        }
    }

    /// The parser recurses into components.
    fn check_depth(&self) -> Option<()> {
        let mut depth = 0_usize;
        let mut at = 0;
        for line in self.text.as_str().split_inclusive('\n') {
            if begins(line, "BEGIN:") {
                depth += 1;
            } else if begins(line, "END:") {
                depth = depth.saturating_sub(1);
            }
            if depth > ICS_DEPTH_MAX {
                let message = format!("components are nested deeper than {ICS_DEPTH_MAX}");
                self.add_at(at, message, None);
                return None;
            }
            at += line.len();
        }
        Some(())
    }

    fn add_problem(&self, event: &Component<'_>, problem: &event::Problem) {
        let property = event
            .properties
            .iter()
            .find(|one| is_named(one, problem.property));
        let named = property.map_or(event.name.as_str(), |property| property.name.as_str());
        self.add_at(
            self.text.offset_of(named),
            problem.message.as_str(),
            problem.hint,
        );
    }

    /// Reports the line of an offset in the unfolded text.
    fn add_at(&self, at: usize, message: impl Into<String>, hint: Option<&str>) {
        let spot = Spot {
            file: self.file,
            span: Some(self.text.line_in_file(at)),
        };
        self.report
            .add(Code::HolidayFile, &spot, message, hint.map(str::to_owned));
    }
}

const LINE_HINT: &str = "every line is NAME:VALUE, and each BEGIN:X has its END:X";

fn is_event(component: &Component<'_>) -> bool {
    component.name.as_str().eq_ignore_ascii_case("VEVENT")
}

fn is_named(property: &Property<'_>, name: &str) -> bool {
    property.name.as_str().eq_ignore_ascii_case(name)
}

fn begins(line: &str, with: &str) -> bool {
    let start = line.trim_start().get(..with.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(with))
}
