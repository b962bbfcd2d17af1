//! Counting: when so much of a promise's time is used, by its calendar and pauses.

use super::Planned;
use crate::sla::{Calendar, Error, Pause, Promise, Warning, WorkingTime};
use crate::time::Timestamp;

/// How time counts for a clock.
pub(in crate::sla) struct Count<'a> {
    pub(in crate::sla) calendar: &'a Calendar,
    pub(in crate::sla) started_at: Timestamp,
    pub(in crate::sla) pauses: &'a [Pause],
}

impl Count<'_> {
    /// The deadline.
    pub(in crate::sla) fn due(&self, promise: Promise) -> Result<Timestamp, Error> {
        match promise {
            Promise::Working(ms) => self.used_at(ms),
            Promise::BusinessDays(days) => {
                self.calendar
                    .due_in_business_days(self.started_at, days, self.pauses)
            }
        }
    }

    /// The working time of a promise, in milliseconds: of business days what lies between their
    /// ends when nothing pauses.
    pub(in crate::sla) fn total_ms(&self, promise: Promise) -> Result<i64, Error> {
        let Promise::BusinessDays(days) = promise else {
            return Ok(promise.working_ms().unwrap_or_default());
        };
        let due_at = self
            .calendar
            .due_in_business_days(self.started_at, days, &[])?;
        Ok(self.calendar.working_ms_between(self.started_at, due_at))
    }

    /// When a warning is due; `None` when the whole promise is shorter than the warning asks.
    pub(super) fn warning(
        &self,
        warning: Warning,
        total_ms: i64,
    ) -> Result<Option<Planned>, Error> {
        let (used_ms, percent) = match warning {
            Warning::Percent(percent) => (total_ms * i64::from(percent) / 100, percent),
            Warning::Before(ms) if ms >= total_ms => return Ok(None),
            Warning::Before(ms) => {
                let used_ms = total_ms - ms;
                (
                    used_ms,
                    u8::try_from(used_ms * 100 / total_ms).unwrap_or(99),
                )
            }
        };
        let at = self.used_at(used_ms.max(1))?;
        Ok(Some(Planned {
            at,
            warning,
            percent,
        }))
    }

    fn used_at(&self, working_ms: i64) -> Result<Timestamp, Error> {
        let time = WorkingTime::from_millis(working_ms)?;
        self.calendar.due(self.started_at, time, self.pauses)
    }
}
