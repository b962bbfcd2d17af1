//! A time zone from the bundled database, as stretches of constant offset.
//!
//! Inside a stretch the wall clock runs like any other clock, so the walk converts with one
//! addition and looks for another stretch only when one ends. Those of the years in which
//! tickets live are looked up once, when the zone is built; others are asked of the database.
//! All values are milliseconds: UTC for instants, and for the wall clock those since
//! 1970-01-01T00:00 as it shows them.

use jiff::civil::date;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::hours::{DAY_MS, day_number};
use crate::sla::error::Error;
use crate::time::Timestamp;

/// The years whose stretches are kept: both included. It decides speed, never a result.
const KEPT_YEARS: (i16, i16) = (2020, 2045);

/// A zone that is the same on every machine.
#[derive(Clone, Debug)]
pub(in crate::sla) struct Zone {
    zone: TimeZone,
    /// The stretches of [`KEPT_YEARS`], in order and without gaps.
    kept: Box<[Stretch]>,
}

impl PartialEq for Zone {
    /// What is kept follows from the zone.
    fn eq(&self, other: &Self) -> bool {
        self.zone == other.zone
    }
}

impl Eq for Zone {}

/// Time during which the offset does not change: `from..until`.
///
/// `from` is where the stretch was asked for; it may have begun before.
#[derive(Clone, Copy, Debug)]
pub(in crate::sla) struct Stretch {
    pub(in crate::sla) from: i64,
    pub(in crate::sla) until: i64,
    /// Wall clock less UTC.
    pub(in crate::sla) offset_ms: i64,
}

impl Zone {
    pub(super) fn named(name: &str) -> Result<Self, Error> {
        let found = TimeZoneDatabase::bundled().get(name);
        found.map(Self::keeping).map_err(|_| Error::UnknownZone {
            zone: name.to_owned(),
        })
    }

    pub(super) fn utc() -> Self {
        Self::keeping(TimeZone::UTC)
    }

    fn keeping(zone: TimeZone) -> Self {
        let year = |year| day_number(date(year, 1, 1)) * DAY_MS;
        let (mut at, end) = (year(KEPT_YEARS.0), year(KEPT_YEARS.1 + 1));
        let mut kept = Vec::new();
        while at < end {
            let stretch = asked(&zone, at);
            kept.push(stretch);
            at = stretch.until;
        }
        Self {
            zone,
            kept: kept.into(),
        }
    }

    pub(super) fn as_jiff(&self) -> &TimeZone {
        &self.zone
    }

    /// The stretch of constant offset that holds the instant `at`.
    pub(in crate::sla) fn stretch_at(&self, at: i64) -> Stretch {
        let after = self.kept.partition_point(|stretch| stretch.until <= at);
        match self.kept.get(after) {
            Some(stretch) if stretch.from <= at => Stretch {
                from: at,
                ..*stretch
            },
            _ => asked(&self.zone, at),
        }
    }

    /// The first instant at which the wall clock shows `wall` or later.
    ///
    /// Of a repeated time that is the first showing; for a skipped time, the end of the gap.
    pub(in crate::sla) fn first_instant_at(&self, wall: i64) -> i64 {
        // No zone ever was a whole day away from UTC, so a day earlier is early enough.
        let mut stretch = self.stretch_at(wall - DAY_MS);
        loop {
            let at = stretch.from.max(wall - stretch.offset_ms);
            if at < stretch.until {
                return at;
            }
            stretch = self.stretch_at(stretch.until);
        }
    }
}

/// The stretch that holds `at`, from the database.
fn asked(zone: &TimeZone, at: i64) -> Stretch {
    let instant = Timestamp::from_millis(at).to_jiff();
    let next = zone.following(instant).next();
    Stretch {
        from: at,
        until: next.map_or(i64::MAX, |change| change.timestamp().as_millisecond()),
        offset_ms: i64::from(zone.to_offset(instant).seconds()) * 1_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a wall clock shows, as milliseconds.
    fn wall(text: &str) -> i64 {
        format!("{text}Z").parse::<Timestamp>().unwrap().as_millis()
    }

    fn instant_in(zone: &str, text: &str) -> String {
        let at = Zone::named(zone).unwrap().first_instant_at(wall(text));
        Timestamp::from_millis(at).to_string()
    }

    #[test]
    fn a_skipped_time_is_the_end_of_the_gap() {
        let end = "2026-03-29T01:00:00.000Z";
        assert_eq!(instant_in("Europe/Berlin", "2026-03-29T02:00:00"), end);
        assert_eq!(instant_in("Europe/Berlin", "2026-03-29T02:59:59.999"), end);
        assert_eq!(instant_in("Europe/Berlin", "2026-03-29T03:00:00"), end);
        assert_eq!(
            instant_in("Pacific/Apia", "2011-12-30T12:00:00"),
            instant_in("Pacific/Apia", "2011-12-31T00:00:00")
        );
    }

    #[test]
    fn a_repeated_time_is_its_first_showing() {
        let first = "2026-10-25T00:30:00.000Z";
        assert_eq!(instant_in("Europe/Berlin", "2026-10-25T02:30:00"), first);
    }

    #[test]
    fn offsets_hold_until_the_clocks_change() {
        let zone = Zone::named("Australia/Lord_Howe").unwrap();
        let summer = zone.stretch_at(wall("2026-01-01T00:00:00"));
        assert_eq!(summer.offset_ms, 11 * 3_600_000);
        let winter = zone.stretch_at(summer.until);
        assert_eq!(winter.offset_ms, 11 * 3_600_000 - 1_800_000);
        assert_eq!(Zone::utc().stretch_at(0).until, i64::MAX);
    }

    #[test]
    fn what_is_kept_is_what_the_database_says() {
        for name in ["Europe/Berlin", "Africa/Casablanca", "Asia/Shanghai", "UTC"] {
            let zone = Zone::named(name).unwrap();
            for year in 2019..=2047 {
                for month in 1..=12 {
                    let at = wall(&format!("{year}-{month:02}-27T00:30:00"));
                    let (kept, asked) = (zone.stretch_at(at), asked(&zone.zone, at));
                    let values =
                        |stretch: Stretch| (stretch.from, stretch.until, stretch.offset_ms);
                    assert_eq!(values(kept), values(asked), "{name} {year}-{month}");
                }
            }
        }
    }
}
