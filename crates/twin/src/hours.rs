//! Service hours of a centre: one interval of every local day, at a fixed offset from UTC.
//!
//! Working time is counted in closed form, so that a promise of days costs no more than one of
//! minutes.

use crate::dice::Ms;
use crate::error::Error;

/// A day.
pub(crate) const DAY: Ms = 24 * HOUR;
/// An hour.
pub(crate) const HOUR: Ms = 60 * MINUTE;
/// A minute.
pub(crate) const MINUTE: Ms = 60_000;

/// From when to when a centre is open, every local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hours {
    /// After local midnight.
    open: Ms,
    /// After local midnight, later than `open`, a day at most.
    close: Ms,
    /// What local time is ahead of UTC.
    offset: Ms,
}

impl Hours {
    /// Never closed.
    pub(crate) const ALWAYS: Self = Self {
        open: 0,
        close: DAY,
        offset: 0,
    };

    /// Reads `["07:00", "23:00"]` at an offset.
    ///
    /// # Errors
    ///
    /// [`Error::Senseless`] when these are no times of day in this order.
    pub(crate) fn read(path: &str, hours: &[String; 2], offset: Ms) -> Result<Self, Error> {
        let open = time_of_day(path, &hours[0])?;
        let close = time_of_day(path, &hours[1])?;
        if open >= close {
            let why = format!("it closes at {}, no later than it opens", hours[1]);
            return Err(Error::senseless(path, why));
        }
        Ok(Self {
            open,
            close,
            offset,
        })
    }

    /// Whether it is open at an instant.
    pub(crate) const fn holds(self, at: Ms) -> bool {
        let local = (at + self.offset).rem_euclid(DAY);
        self.open <= local && local < self.close
    }

    /// When it next opens or closes after an instant.
    pub(crate) fn next_change(self, after: Ms) -> Ms {
        let local = after + self.offset;
        let midnight = local - local.rem_euclid(DAY);
        [self.open, self.close, self.open + DAY, self.close + DAY]
            .into_iter()
            .map(|edge| midnight + edge)
            .find(|edge| *edge > local)
            .map_or(after + DAY, |edge| edge - self.offset)
    }

    /// Open time up to an instant, from the start of the epoch.
    const fn worked(self, at: Ms) -> Ms {
        let local = at + self.offset;
        let length = self.close - self.open;
        let today = local.rem_euclid(DAY) - self.open;
        let today = if today < 0 {
            0
        } else if today > length {
            length
        } else {
            today
        };
        local.div_euclid(DAY) * length + today
    }

    /// Open time from one instant to a later one.
    pub(crate) const fn between(self, from: Ms, to: Ms) -> Ms {
        self.worked(to) - self.worked(from)
    }

    /// When this much open time, more than none, has passed since an instant.
    pub(crate) const fn after(self, from: Ms, span: Ms) -> Ms {
        let length = self.close - self.open;
        let wanted = self.worked(from) + span;
        let day = (wanted - 1).div_euclid(length);
        day * DAY + self.open + (wanted - day * length) - self.offset
    }
}

/// Milliseconds after midnight of a time such as `07:30` or `24:00`.
pub(crate) fn time_of_day(path: &str, text: &str) -> Result<Ms, Error> {
    let read = || {
        let (hours, minutes) = text.split_once(':')?;
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        let at = Ms::from(hours) * HOUR + Ms::from(minutes) * MINUTE;
        (minutes < 60 && at <= DAY).then_some(at)
    };
    read().ok_or_else(|| {
        let why = format!("`{text}` is no time of day: want 00:00 to 24:00");
        Error::senseless(path, why)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seven_to_eleven() -> Hours {
        let hours = ["07:00".to_owned(), "23:00".to_owned()];
        Hours::read("hours", &hours, 8 * HOUR).unwrap()
    }

    #[test]
    fn closed_time_does_not_count() {
        let hours = seven_to_eleven();
        // 22:30 local; half an hour is left of the day.
        let at = DAY + 22 * HOUR + 30 * MINUTE - 8 * HOUR;
        assert_eq!(hours.after(at, 30 * MINUTE), at + 30 * MINUTE);
        assert_eq!(hours.after(at, 31 * MINUTE), at + 8 * HOUR + 31 * MINUTE);
        assert_eq!(hours.after(at + HOUR, MINUTE), at + 8 * HOUR + 31 * MINUTE);
        assert_eq!(hours.between(at, at + DAY), 16 * HOUR);
    }

    #[test]
    fn working_time_and_instants_agree() {
        let hours = seven_to_eleven();
        for from in (0..3 * DAY).step_by(37 * 60_000) {
            for span in [1, MINUTE, 5 * HOUR, 16 * HOUR, 40 * HOUR] {
                let end = hours.after(from, span);
                assert_eq!(hours.between(from, end), span, "{from} {span}");
                assert_eq!(hours.between(from, end - 1), span - 1, "{from} {span}");
            }
        }
    }

    #[test]
    fn changes_are_where_it_opens_and_closes() {
        let hours = seven_to_eleven();
        let mut at = 0;
        for _ in 0..10 {
            let next = hours.next_change(at);
            assert_ne!(hours.holds(next - 1), hours.holds(next));
            at = next;
        }
        assert!(Hours::ALWAYS.holds(at));
        assert_eq!(Hours::ALWAYS.after(at, 5), at + 5);
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for text in [
            "7",
            "25:00",
            "24:01",
            "07:60",
            "-1:00",
            "seven",
            "99999999999999999999:00",
        ] {
            assert_eq!(
                time_of_day("x", text).unwrap_err().code(),
                "TWN0004",
                "{text}"
            );
        }
        let hours = ["23:00".to_owned(), "07:00".to_owned()];
        assert!(Hours::read("x", &hours, 0).is_err());
    }
}
