//! Hours: which shifts a date has, as `calendars.toml` says it.
//!
//! # Invariants
//!
//! - Hours of an exception outrank a holiday, a holiday outranks a season, a season the week.
//! - A key that is not known means rules that are not known, so such a calendar is refused.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::Deserialize;

use crate::holidays;

/// A shift: the minutes after midnight at which it opens and closes; after the next midnight
/// when it closes above 1440.
pub(crate) type Shift = (i64, i64);

/// The shifts of seven weekdays, Monday first.
type Week = [Vec<Shift>; 7];

/// Most dates that an exception may take.
const EXCEPTION_DAYS_MAX: usize = 366;

/// The text of a calendar.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    #[serde(rename = "title")]
    _title: Option<String>,
    /// What a source says of it moves no clock.
    #[serde(rename = "claims")]
    _claims: Option<toml::Value>,
    #[serde(default)]
    always: bool,
    zone: Option<String>,
    every_day: Option<Vec<String>>,
    weekdays: Option<Vec<String>>,
    weekend: Option<Vec<String>>,
    mon: Option<Vec<String>>,
    tue: Option<Vec<String>>,
    wed: Option<Vec<String>>,
    thu: Option<Vec<String>>,
    fri: Option<Vec<String>>,
    sat: Option<Vec<String>>,
    sun: Option<Vec<String>>,
    #[serde(default)]
    holidays: Vec<toml::Value>,
    holidays_from: Option<OneOrMore>,
    #[serde(default)]
    seasons: Vec<SeasonText>,
    #[serde(default)]
    exceptions: Vec<ExceptionText>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeasonText {
    #[serde(rename = "title")]
    _title: Option<String>,
    from: toml::Value,
    to: toml::Value,
    every_day: Option<Vec<String>>,
    weekdays: Option<Vec<String>>,
    weekend: Option<Vec<String>>,
    mon: Option<Vec<String>>,
    tue: Option<Vec<String>>,
    wed: Option<Vec<String>>,
    thu: Option<Vec<String>>,
    fri: Option<Vec<String>>,
    sat: Option<Vec<String>>,
    sun: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionText {
    #[serde(rename = "title")]
    _title: Option<String>,
    date: Option<toml::Value>,
    from: Option<toml::Value>,
    to: Option<toml::Value>,
    hours: Vec<String>,
}

/// When a desk that closes works.
#[derive(Debug)]
pub(crate) struct Hours {
    pub(crate) zone: TimeZone,
    week: Week,
    /// First and last date, and the week between.
    seasons: Vec<(Date, Date, Week)>,
    holidays: BTreeSet<Date>,
    exceptions: BTreeMap<Date, Vec<Shift>>,
}

impl Hours {
    /// Reads a calendar; nothing when it never closes. `files` are those of the bundle.
    ///
    /// # Errors
    ///
    /// What is not understood, in words.
    pub(crate) fn read(
        text: &Text,
        files: &BTreeMap<String, String>,
    ) -> Result<Option<Self>, String> {
        if text.always {
            return Ok(None);
        }
        let zone = text.zone.as_deref().ok_or("it has no zone")?;
        let zone = TimeZoneDatabase::bundled()
            .get(zone)
            .map_err(|error| error.to_string())?;
        let closed = Week::default();
        let all = [&text.weekdays, &text.weekend, &text.every_day];
        let days = [
            &text.mon, &text.tue, &text.wed, &text.thu, &text.fri, &text.sat, &text.sun,
        ];
        let week = week(days, all, &closed)?;
        let mut seasons = Vec::new();
        for it in &text.seasons {
            let all = [&it.weekdays, &it.weekend, &it.every_day];
            let days = [
                &it.mon, &it.tue, &it.wed, &it.thu, &it.fri, &it.sat, &it.sun,
            ];
            let of_season = self::week(days, all, &week)?;
            seasons.push((date(&it.from)?, date(&it.to)?, of_season));
        }
        Ok(Some(Self {
            zone,
            week,
            seasons,
            holidays: holidays_of(text, files)?,
            exceptions: exceptions(&text.exceptions)?,
        }))
    }

    /// Whether anybody is there when the wall clock shows that.
    pub(crate) fn are_open(&self, wall: DateTime) -> bool {
        self.covers(wall.date(), wall) || self.is_night_of_yesterday(wall)
    }

    /// Whether a shift of `date` is at work at that time of the same date.
    pub(crate) fn covers(&self, date: Date, wall: DateTime) -> bool {
        is_in(self.of(date), minute_of(wall))
    }

    /// Whether a shift that opened on the date before is still at work.
    pub(crate) fn is_night_of_yesterday(&self, wall: DateTime) -> bool {
        let before = wall.date().yesterday();
        before.is_ok_and(|before| is_in(self.of(before), minute_of(wall) + 24 * 60))
    }

    /// The shifts that open on a date.
    pub(crate) fn of(&self, date: Date) -> &[Shift] {
        if let Some(shifts) = self.exceptions.get(&date) {
            return shifts;
        }
        if self.holidays.contains(&date) {
            return &[];
        }
        let mut seasons = self.seasons.iter();
        let season = seasons.find(|(from, to, _)| (*from..=*to).contains(&date));
        let week = season.map_or(&self.week, |(_, _, week)| week);
        &week[match date.weekday() {
            Weekday::Monday => 0,
            Weekday::Tuesday => 1,
            Weekday::Wednesday => 2,
            Weekday::Thursday => 3,
            Weekday::Friday => 4,
            Weekday::Saturday => 5,
            Weekday::Sunday => 6,
        }]
    }
}

fn minute_of(wall: DateTime) -> i64 {
    i64::from(wall.hour()) * 60 + i64::from(wall.minute())
}

fn is_in(shifts: &[Shift], minute: i64) -> bool {
    let mut shifts = shifts.iter();
    shifts.any(|(open, close)| (*open..*close).contains(&minute))
}

/// A week from the keys of its days and those of several; what has no key is as `usual`.
fn week(
    days: [&Option<Vec<String>>; 7],
    [weekdays, weekend, every_day]: [&Option<Vec<String>>; 3],
    usual: &Week,
) -> Result<Week, String> {
    let mut week = usual.clone();
    for (place, day) in days.into_iter().enumerate() {
        let several = if place < 5 { weekdays } else { weekend };
        let texts = day.as_ref().or(several.as_ref()).or(every_day.as_ref());
        if let Some(texts) = texts {
            week[place] = shifts(texts)?;
        }
    }
    Ok(week)
}

fn holidays_of(text: &Text, files: &BTreeMap<String, String>) -> Result<BTreeSet<Date>, String> {
    let mut dates = BTreeSet::new();
    for holiday in &text.holidays {
        dates.insert(date(holiday)?);
    }
    let names = match &text.holidays_from {
        None => Vec::new(),
        Some(OneOrMore::One(name)) => vec![name],
        Some(OneOrMore::More(names)) => names.iter().collect(),
    };
    for name in names {
        let file = files.get(name).ok_or_else(|| format!("it has no {name}"))?;
        dates.extend(holidays::read(file).map_err(|why| format!("{name}: {why}"))?);
    }
    Ok(dates)
}

fn exceptions(texts: &[ExceptionText]) -> Result<BTreeMap<Date, Vec<Shift>>, String> {
    let mut all = BTreeMap::new();
    for text in texts {
        let hours = shifts(&text.hours)?;
        let (from, to) = match (&text.date, &text.from, &text.to) {
            (Some(on), None, None) => (date(on)?, date(on)?),
            (None, Some(from), Some(to)) => (date(from)?, date(to)?),
            _ => return Err("an exception has a date, or from and to".to_owned()),
        };
        let dates = std::iter::successors(Some(from), |date| date.tomorrow().ok());
        let dates = dates.take_while(|date| *date <= to);
        for date in dates.take(EXCEPTION_DAYS_MAX) {
            all.insert(date, hours.clone());
        }
    }
    Ok(all)
}

/// Reads `09:00-18:00`; a closing at or before the opening is on the next date.
fn shifts(texts: &[String]) -> Result<Vec<Shift>, String> {
    let minute = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        Some(hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?)
    };
    texts
        .iter()
        .map(|text| {
            let read = text
                .split_once('-')
                .and_then(|(open, close)| Some((minute(open)?, minute(close)?)));
            let (open, close) = read.ok_or_else(|| format!("`{text}` are no hours"))?;
            let next_date = if close <= open { 24 * 60 } else { 0 };
            Ok((open, close + next_date))
        })
        .collect()
}

fn date(value: &toml::Value) -> Result<Date, String> {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    text.parse().map_err(|error: jiff::Error| error.to_string())
}
