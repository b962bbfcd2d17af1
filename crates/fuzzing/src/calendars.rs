//! Calendars and deadlines: any calendar that loads keeps the promises of deadline arithmetic.

use std::collections::BTreeSet;

use arbitrary::{Result, Unstructured};
use jiff::civil::Date;
use posthouse_domain::Timestamp;
use posthouse_domain::sla::limits::{
    CLOSE_MINUTE_MAX, HORIZON_DAYS, OPEN_MINUTE_MAX, TARGET_MS_MAX,
};
use posthouse_domain::sla::vectors::{Vector, evaluate};
use posthouse_domain::sla::{Calendar, Exception, Interval, Pause, Week, WorkingTime};

use crate::says_why;

/// Zones with gaps, repeats, halves of hours, whole days skipped, and none of it.
const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/Nuuk",
];
/// The last start that has a whole horizon before it, and a pause.
const LAST_START: Timestamp =
    Timestamp::MAX.plus_millis(-(HORIZON_DAYS + 60) * 24 * 60 * 60 * 1_000);
/// Most shifts of a day, holidays, exceptions and pauses.
const ENTRIES_MAX: usize = 4;

/// Any calendar, start, pauses and two targets.
pub(crate) fn calendars(bytes: &[u8]) {
    let mut bytes = Unstructured::new(bytes);
    // What is left when the bytes end is no case.
    if let Ok(Some(case)) = Case::read(&mut bytes) {
        case.check();
    }
}

/// Vectors, as anybody may write them in JSON.
pub(crate) fn vectors(bytes: &[u8]) {
    let Ok(mut vector) = serde_json::from_slice::<Vector>(bytes) else {
        return;
    };
    vector.expected_due = None;
    let outcome = match evaluate(&vector) {
        Ok(outcome) => outcome,
        Err(error) => return says_why(&error),
    };
    let due: Timestamp = outcome.due.parse().expect("a deadline is an instant");
    assert!(due >= vector.start, "due before the start");
    vector.expected_due = Some(due);
    let again = evaluate(&vector).expect("the same again");
    assert_eq!(again.ok, Some(true), "{vector:?}");
}

/// A calendar and what is asked of it.
#[derive(Debug)]
struct Case {
    calendar: Calendar,
    start: Timestamp,
    pauses: Vec<Pause>,
    target: WorkingTime,
    /// At least as long as the target.
    longer: WorkingTime,
}

impl Case {
    /// Makes a case; none when the calendar does not load.
    fn read(bytes: &mut Unstructured<'_>) -> Result<Option<Self>> {
        let zone = *bytes.choose(ZONES)?;
        let mut week = Week::default();
        let days = [
            &mut week.mon,
            &mut week.tue,
            &mut week.wed,
            &mut week.thu,
            &mut week.fri,
            &mut week.sat,
            &mut week.sun,
        ];
        for day in days {
            *day = shifts(bytes)?;
        }
        let start = Timestamp::from_millis(if bytes.ratio(1, 8)? {
            bytes.int_in_range(Timestamp::MIN.as_millis()..=LAST_START.as_millis())?
        } else {
            // The years 1970 to 2100.
            bytes.int_in_range(0..=4_102_444_800_000)?
        });
        let holidays: BTreeSet<Date> = list(bytes, |bytes| date(bytes, start))?
            .into_iter()
            .collect();
        let exceptions = list(bytes, |bytes| {
            Ok(Exception {
                date: date(bytes, start)?,
                hours: shifts(bytes)?,
            })
        })?;
        let pauses = list(bytes, |bytes| {
            let from = start.plus_millis(bytes.int_in_range(-604_800_000..=2_419_200_000)?);
            let to = from.plus_millis(bytes.int_in_range(0..=604_800_000)?);
            Ok(Pause::new(from, to).expect("it ends after it begins"))
        })?;
        let millis = bytes.int_in_range(1..=TARGET_MS_MAX)?;
        let millis = if bytes.ratio(3, 4)? {
            1 + millis % 1_209_600_000
        } else {
            millis
        };
        let more = bytes.int_in_range(0..=TARGET_MS_MAX - millis)? % 604_800_000;
        let target = |millis| WorkingTime::from_millis(millis).expect("it is within its bounds");
        let calendar = match Calendar::new("fuzz", zone, &week, &holidays, &exceptions) {
            Ok(calendar) => calendar,
            Err(error) => {
                says_why(&error);
                return Ok(None);
            }
        };
        Ok(Some(Self {
            calendar,
            start,
            pauses,
            target: target(millis),
            longer: target(millis + more),
        }))
    }

    fn check(&self) {
        let Self {
            calendar, start, ..
        } = self;
        self.check_openings();
        let due = match calendar.due(*start, self.target, &[]) {
            Ok(due) => due,
            Err(error) => return says_why(&error),
        };
        assert!(due > *start, "a target takes time: {self:?}");
        let worked = calendar.working_ms_between(*start, due);
        assert_eq!(worked, self.target.as_millis(), "{self:?}");
        if let Ok(longer) = calendar.due(*start, self.longer, &[]) {
            assert!(longer >= due, "a longer target is due earlier: {self:?}");
        }
        if let Ok(later) = calendar.due(start.plus_millis(60_000), self.target, &[]) {
            assert!(later >= due, "a later start is due earlier: {self:?}");
        }
        self.check_pauses(due);
    }

    fn check_openings(&self) {
        let Self {
            calendar, start, ..
        } = self;
        match calendar.next_opening(*start) {
            Some(opening) => {
                assert!(opening >= *start && calendar.is_open(opening), "{self:?}");
                assert_eq!(calendar.working_ms_between(*start, opening), 0, "{self:?}");
            }
            None => assert!(!calendar.is_open(*start), "{self:?}"),
        }
    }

    fn check_pauses(&self, without: Timestamp) {
        let Self {
            calendar,
            start,
            pauses,
            target,
            ..
        } = self;
        let Ok(due) = calendar.due(*start, *target, pauses) else {
            return;
        };
        assert!(due >= without, "a pause moves the deadline back: {self:?}");
        let running = calendar.running_ms_between(*start, due, pauses);
        assert_eq!(running, target.as_millis(), "{self:?}");
    }
}

fn shifts(bytes: &mut Unstructured<'_>) -> Result<Vec<Interval>> {
    let shifts = list(bytes, |bytes| {
        let open = bytes.int_in_range(0..=OPEN_MINUTE_MAX)?;
        let close = bytes.int_in_range(0..=CLOSE_MINUTE_MAX)?;
        Ok(Interval::new(open, close))
    })?;
    for refused in shifts.iter().filter_map(|shift| shift.as_ref().err()) {
        says_why(refused);
    }
    Ok(shifts.into_iter().flatten().collect())
}

/// A date within a few weeks of the start.
fn date(bytes: &mut Unstructured<'_>, start: Timestamp) -> Result<Date> {
    let days: i64 = bytes.int_in_range(-2..=60)?;
    let near = start.plus_millis(days * 24 * 60 * 60 * 1_000);
    Ok(near.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date())
}

fn list<'a, T>(
    bytes: &mut Unstructured<'a>,
    entry: impl Fn(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let entries = bytes.int_in_range(0..=ENTRIES_MAX)?;
    (0..entries).map(|_| entry(bytes)).collect()
}
