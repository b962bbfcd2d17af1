//! Deadline vectors: calculations that anybody can write down and have checked.
//!
//! A file of vectors is a JSON array of [`Vector`]s; each holds a calendar, a start, a target
//! and, when its author knows it, the expected deadline. The same format serves to compare
//! this module with other implementations.
//!
//! Unknown fields of a vector are its author's notes. Inside the hours and the pauses an
//! unknown field is refused, since a misspelled weekday would be a closed one.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Interval, Week};
use super::due::{Pause, WorkingTime};
use super::error::Error;
use crate::time::Timestamp;

/// One calculation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vector {
    /// What to call it in results.
    pub id: String,
    /// The IANA name of the zone in which all hours are wall-clock times.
    pub timezone: String,
    /// The shifts of every weekday.
    pub business_hours: BusinessHours,
    /// Dates whose opening shifts do not exist.
    #[serde(default)]
    pub holidays: BTreeSet<Date>,
    /// When the promise is made.
    pub start: Timestamp,
    /// Time that does not count, in any order.
    #[serde(default)]
    pub pauses: Vec<Pause>,
    /// Working minutes until due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_minutes: Option<i64>,
    /// Business days until due, at the same time of day; outranks the minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_business_days: Option<u32>,
    /// The deadline that its author expects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_due: Option<Timestamp>,
}

/// `[open, close]` pairs for every weekday; a missing weekday is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "the names are the weekdays")]
pub struct BusinessHours {
    pub mon: Vec<(String, String)>,
    pub tue: Vec<(String, String)>,
    pub wed: Vec<(String, String)>,
    pub thu: Vec<(String, String)>,
    pub fri: Vec<(String, String)>,
    pub sat: Vec<(String, String)>,
    pub sun: Vec<(String, String)>,
}

/// What a vector gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The vector's name.
    pub id: String,
    /// The deadline in RFC 3339, with the offset of the vector's zone at that instant; in UTC
    /// where that offset is no whole number of minutes.
    pub due: String,
    /// Whether the deadline is the expected one; `None` where none was expected.
    pub ok: Option<bool>,
}

/// Calculates the deadline of a vector and compares it with the expected one.
///
/// # Errors
///
/// - [`Error::TargetMissing`] when the vector has neither target.
/// - Those of [`Calendar::new`], [`Interval::parse`], [`Calendar::due`] and
///   [`Calendar::due_in_business_days`].
pub fn evaluate(vector: &Vector) -> Result<Outcome, Error> {
    let calendar = calendar_of(vector)?;
    let due = due_of(vector, &calendar)?;
    let mut offset = calendar.time_zone().to_offset(due.to_jiff());
    if offset.seconds() % 60 != 0 {
        // Local mean time, as before there were zones: RFC 3339 cannot say it.
        offset = Offset::UTC;
    }
    Ok(Outcome {
        id: vector.id.clone(),
        due: due.to_jiff().display_with_offset(offset).to_string(),
        ok: vector.expected_due.map(|expected| expected == due),
    })
}

fn calendar_of(vector: &Vector) -> Result<Calendar, Error> {
    let hours = &vector.business_hours;
    let week = Week {
        mon: shifts_of(&hours.mon)?,
        tue: shifts_of(&hours.tue)?,
        wed: shifts_of(&hours.wed)?,
        thu: shifts_of(&hours.thu)?,
        fri: shifts_of(&hours.fri)?,
        sat: shifts_of(&hours.sat)?,
        sun: shifts_of(&hours.sun)?,
    };
    Calendar::new(&vector.id, &vector.timezone, &week, &vector.holidays, &[])
}

fn shifts_of(pairs: &[(String, String)]) -> Result<Vec<Interval>, Error> {
    pairs
        .iter()
        .map(|(open, close)| Interval::parse(open, close))
        .collect()
}

fn due_of(vector: &Vector, calendar: &Calendar) -> Result<Timestamp, Error> {
    let pauses = &vector.pauses;
    match (vector.target_business_days, vector.target_minutes) {
        (Some(days), _) => calendar.due_in_business_days(vector.start, days, pauses),
        (None, Some(minutes)) => {
            calendar.due(vector.start, WorkingTime::from_minutes(minutes)?, pauses)
        }
        (None, None) => Err(Error::TargetMissing {
            id: vector.id.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Two hours from Friday 16:00 in an office that closes at 17:00 and has Monday off.
    fn bridge() -> serde_json::Value {
        json!({
            "id": "bridge",
            "note": "kept by the author",
            "timezone": "Europe/Madrid",
            "business_hours": {
                "mon": [["09:00", "17:00"]],
                "tue": [["09:00", "17:00"]],
                "fri": [["09:00", "17:00"]],
            },
            "holidays": ["2026-10-12"],
            "start": "2026-10-09T16:00:00+02:00",
            "target_minutes": 120,
            "pauses": [],
            "expected_due": "2026-10-13T08:00:00Z",
        })
    }

    fn outcome(vector: serde_json::Value) -> Result<Outcome, Error> {
        evaluate(&serde_json::from_value(vector).unwrap())
    }

    #[test]
    fn compares_with_what_is_expected() {
        let mut vector = bridge();
        let given = outcome(vector.clone()).unwrap();
        assert_eq!(
            serde_json::to_value(given).unwrap(),
            json!({"id": "bridge", "due": "2026-10-13T10:00:00+02:00", "ok": true})
        );
        vector["expected_due"] = json!("2026-10-13T08:00:01Z");
        assert_eq!(outcome(vector.clone()).unwrap().ok, Some(false));
        vector["expected_due"] = json!(null);
        assert_eq!(outcome(vector).unwrap().ok, None);
    }

    /// Found by fuzzing: the text was up to half a minute beside the deadline.
    #[test]
    fn before_there_were_zones_the_deadline_is_told_in_utc() {
        let mut vector = bridge();
        vector["start"] = json!("1013-10-11T16:00:00Z");
        vector["expected_due"] = json!(null);
        let due = outcome(vector.clone()).unwrap().due;
        assert!(due.ends_with('Z') || due.ends_with("+00:00"), "{due}");
        vector["expected_due"] = json!(due);
        assert_eq!(outcome(vector).unwrap().ok, Some(true));
    }

    #[test]
    fn days_outrank_minutes() {
        let mut vector = bridge();
        vector["target_business_days"] = json!(2);
        assert_eq!(outcome(vector).unwrap().due, "2026-10-16T16:00:00+02:00");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let code_with = |field: &str, value: serde_json::Value| {
            let mut vector = bridge();
            vector[field] = value;
            outcome(vector).unwrap_err().code()
        };
        assert_eq!(code_with("target_minutes", json!(0)), "SLA0001");
        assert_eq!(code_with("target_business_days", json!(0)), "SLA0002");
        assert_eq!(code_with("business_hours", json!({})), "SLA0003");
        assert_eq!(code_with("timezone", json!("Europe/Atlantis")), "SLA0004");
        assert_eq!(
            code_with("business_hours", json!({"mon": [["24:00", "08:00"]]})),
            "SLA0005"
        );
        assert_eq!(
            code_with("business_hours", json!({"mon": [["9am", "17:00"]]})),
            "SLA0006"
        );
        assert_eq!(code_with("target_minutes", json!(null)), "SLA0009");
    }

    #[test]
    fn a_reversed_pause_is_refused() {
        let mut vector = bridge();
        vector["pauses"] = json!([{"from": "2026-10-09T16:00:00Z", "to": "2026-10-09T15:00:00Z"}]);
        let refused = serde_json::from_value::<Vector>(vector).unwrap_err();
        assert!(refused.to_string().contains("pause from"));
    }

    #[test]
    fn a_misspelled_weekday_is_refused() {
        let mut vector = bridge();
        vector["business_hours"] = json!({"monday": [["09:00", "17:00"]]});
        let refused = serde_json::from_value::<Vector>(vector).unwrap_err();
        assert!(refused.to_string().contains("monday"));
    }
}
