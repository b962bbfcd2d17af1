//! Hours as people write them: `09:00-18:00`, several a day, by weekday.

use posthouse_domain::sla::{Interval, Week};

use crate::diagnostic::Code;
use crate::read::{Table, Value};

/// The keys under which a week can be written.
pub(super) const WEEK_KEYS: &[&str] = &[
    "every_day",
    "weekdays",
    "weekend",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
];

/// The week: a weekday's own hours, else those of weekdays or weekend, else those of every day,
/// else the `usual` ones, else none.
pub(super) fn week(table: Table<'_>, usual: Option<&Week>) -> Week {
    let hours = |key: &str| table.get(key).map(shifts);
    let every_day = hours("every_day");
    let weekdays = hours("weekdays").or_else(|| every_day.clone());
    let weekend = hours("weekend").or(every_day);
    let day = |key: &str, group: &Option<Vec<Interval>>, usual: Option<&Vec<Interval>>| {
        let own = hours(key).or_else(|| group.clone());
        own.or_else(|| usual.cloned()).unwrap_or_default()
    };
    Week {
        mon: day("mon", &weekdays, usual.map(|week| &week.mon)),
        tue: day("tue", &weekdays, usual.map(|week| &week.tue)),
        wed: day("wed", &weekdays, usual.map(|week| &week.wed)),
        thu: day("thu", &weekdays, usual.map(|week| &week.thu)),
        fri: day("fri", &weekdays, usual.map(|week| &week.fri)),
        sat: day("sat", &weekend, usual.map(|week| &week.sat)),
        sun: day("sun", &weekend, usual.map(|week| &week.sun)),
    }
}

/// The shifts of a day. Two that overlap are refused: one of them is a slip.
pub(super) fn shifts(value: Value<'_>) -> Vec<Interval> {
    let mut shifts: Vec<(Interval, &str)> = Vec::new();
    for (text, item) in value.texts().unwrap_or_default() {
        let Some(shift) = shift(text, item) else {
            continue;
        };
        if let Some((_, other)) = shifts.iter().find(|(other, _)| overlap(shift, *other)) {
            let message = format!("`{text}` overlaps `{other}`");
            let hint = "write one for both, or let the second begin where the first ends";
            item.add(Code::HoursOverlap, message, Some(hint.to_owned()));
        }
        shifts.push((shift, text));
    }
    shifts.into_iter().map(|(shift, _)| shift).collect()
}

/// Whether two shifts of a date share time; to touch is not to overlap.
fn overlap(a: Interval, b: Interval) -> bool {
    let ((a_open, a_close), (b_open, b_close)) = (minutes(a), minutes(b));
    a_open < b_close && b_open < a_close
}

/// Opening and closing in minutes after the midnight of the date on which it opens.
fn minutes(shift: Interval) -> (u16, u16) {
    let (open, close) = (shift.open_minute(), shift.close_minute());
    let next_date = if close <= open { 24 * 60 } else { 0 };
    (open, close + next_date)
}

/// `09:00-18:00`; a closing at or before the opening is on the next day.
fn shift(text: &str, item: Value<'_>) -> Option<Interval> {
    let shift = text
        .split_once('-')
        .and_then(|(open, close)| Interval::parse(open.trim(), close.trim()).ok());
    if shift.is_none() {
        let hint = "write opening and closing as HH:MM-HH:MM, such as \"09:00-18:00\", \
                    \"00:00-24:00\" or, past midnight, \"20:00-08:00\"";
        item.add(
            Code::Calendar,
            format!("`{text}` are no hours"),
            Some(hint.to_owned()),
        );
    }
    shift
}
