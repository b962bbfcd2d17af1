//! Random calendars around the hours at which clocks change.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZoneDatabase;
use posthouse_domain::sla::{Calendar, Exception, Interval, Mode, Pause, Season, Week};
use posthouse_domain::time::Timestamp;
use proptest::prelude::*;

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Zones, each with an instant near which something happens to its clocks.
const ANCHORS: [(&str, &str); 14] = [
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    ("America/New_York", "2026-03-08T07:00:00Z"),
    ("America/New_York", "2026-11-01T06:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("America/Havana", "2026-03-08T05:00:00Z"),
    ("America/Havana", "2026-11-01T05:00:00Z"),
    ("America/Sao_Paulo", "2018-02-18T02:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("Africa/Casablanca", "2026-02-15T02:00:00Z"),
    ("Europe/Dublin", "2050-10-30T01:00:00Z"),
    ("Asia/Kathmandu", "2026-06-05T00:00:00Z"),
    ("UTC", "2026-02-28T23:00:00Z"),
];

/// What a calendar is made of, for the oracle to read on its own.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) zone: &'static str,
    pub(crate) anchor: Timestamp,
    /// Monday first.
    pub(crate) week: [Vec<Interval>; 7],
    pub(crate) holidays: BTreeSet<Date>,
    pub(crate) exceptions: Vec<Exception>,
    /// First date, last date, and the week between.
    pub(crate) season: Option<(Date, Date, [Vec<Interval>; 7])>,
    pub(crate) modes: Vec<Mode>,
}

impl Plan {
    pub(crate) fn calendar(&self) -> Calendar {
        let seasons: Vec<Season> = self
            .season
            .iter()
            .map(|(from, to, days)| Season {
                from: *from,
                to: *to,
                week: week(days),
            })
            .collect();
        let week = week(&self.week);
        Calendar::new("random", self.zone, &week, &self.holidays, &self.exceptions)
            .unwrap()
            .with_seasons(&seasons)
            .with_modes(&self.modes)
    }
}

fn week(days: &[Vec<Interval>; 7]) -> Week {
    let [mon, tue, wed, thu, fri, sat, sun] = days.clone();
    Week {
        mon,
        tue,
        wed,
        thu,
        fri,
        sat,
        sun,
    }
}

fn shift() -> impl Strategy<Value = Interval> {
    let shift = |(open, close)| Interval::new(open, close).unwrap();
    prop_oneof![
        3 => (0_u16..=1439, 0_u16..=1440).prop_map(shift),
        // Around the hours at which clocks change.
        2 => (0_u16..=240, 0_u16..=240).prop_map(shift),
        1 => Just(Interval::ALL_DAY),
    ]
}

fn shifts() -> impl Strategy<Value = Vec<Interval>> {
    prop::collection::vec(shift(), 0..=3)
}

/// First and last date after the anchor's, and a week.
fn season() -> impl Strategy<Value = (i64, i64, [Vec<Interval>; 7])> {
    (-8_i64..=8, 0_i64..=9, prop::array::uniform7(shifts()))
        .prop_map(|(from, days, week)| (from, from + days, week))
}

/// Begin after the anchor and length, in minutes; some never end.
fn mode() -> impl Strategy<Value = (i64, Option<i64>)> {
    let length = prop_oneof![9 => (0_i64..2 * 24 * 60).prop_map(Some), 1 => Just(None)];
    (-4 * 24 * 60_i64..2 * 24 * 60, length)
}

/// A calendar that opens at least once a week, outside of its season.
pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let special = (
        prop::option::weighted(0.3, season()),
        prop_oneof![2 => Just(vec![]), 1 => prop::collection::vec(mode(), 1..=2)],
    );
    (regular_plan(), special).prop_map(|(plan, (season, modes))| {
        let today = TimeZoneDatabase::bundled()
            .get(plan.zone)
            .unwrap()
            .to_datetime(plan.anchor.to_jiff())
            .date();
        let date = |days: i64| today.checked_add(days.days()).unwrap();
        let at = |minutes: i64| plan.anchor.plus_millis(minutes * MINUTE_MS);
        let mode = |(from, length): (i64, Option<i64>)| Mode {
            from: at(from),
            to: length.map(|length| at(from + length)),
        };
        Plan {
            season: season.map(|(from, to, week)| (date(from), date(to), week)),
            modes: modes.into_iter().map(mode).collect(),
            ..plan
        }
    })
}

/// A calendar without season and modes.
fn regular_plan() -> impl Strategy<Value = Plan> {
    let near = || -6_i64..=8;
    (
        0..ANCHORS.len(),
        prop::array::uniform7(shifts()),
        (0_usize..7, shift()),
        prop::collection::vec(near(), 0..=3),
        prop::collection::btree_map(near(), shifts(), 0..=2),
    )
        .prop_map(|(anchor, mut week, (day, sure), holidays, exceptions)| {
            week[day].push(sure);
            let (zone, anchor) = ANCHORS[anchor];
            let anchor: Timestamp = anchor.parse().unwrap();
            let zoned = TimeZoneDatabase::bundled().get(zone).unwrap();
            let today = zoned.to_datetime(anchor.to_jiff()).date();
            let date = |days: i64| today.checked_add(days.days()).unwrap();
            Plan {
                zone,
                anchor,
                week,
                holidays: holidays.into_iter().map(date).collect(),
                exceptions: exceptions
                    .into_iter()
                    .map(|(days, hours)| Exception {
                        date: date(days),
                        hours,
                    })
                    .collect(),
                season: None,
                modes: Vec::new(),
            }
        })
}

/// Milliseconds from four days before an anchor to two days after it.
pub(crate) fn near_ms() -> impl Strategy<Value = i64> {
    -4 * DAY_MS..2 * DAY_MS
}

/// Pauses as `(begin after the anchor, length)` in milliseconds.
pub(crate) fn pauses_ms() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((near_ms(), 0..2 * DAY_MS), 0..=4)
}

/// Those pauses, every edge cut to a multiple of `unit_ms` after the anchor.
pub(crate) fn pauses(plan: &Plan, raw: &[(i64, i64)], unit_ms: i64) -> Vec<Pause> {
    let cut = |ms: i64| ms.div_euclid(unit_ms) * unit_ms;
    let at = |ms: i64| plan.anchor.plus_millis(cut(ms));
    raw.iter()
        .map(|&(from, length)| Pause::new(at(from), at(from + length)).unwrap())
        .collect()
}
