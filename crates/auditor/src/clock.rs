//! One promise about a ticket, recomputed.

use uuid::Uuid;

use crate::calendar::{Calendar, Pause};
use crate::history::History;
use crate::note::{Due, Level};
use crate::promise::{Promise, Sla};

/// One promise about the ticket.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    pub(crate) due: Due,
    promise: Promise,
    pub(crate) set_by: Uuid,
    /// When it was last set or resumed.
    pub(crate) since: i64,
    pub(crate) paused_since: Option<i64>,
    /// Warnings still to come: when, what, and how much is used then in percent.
    warnings: Vec<(i64, Level, u32)>,
    /// When it is asked how likely a breach is: when, and how much is used then in percent.
    checks: Vec<(i64, u32)>,
    /// The highest percent, and the shortest time left, that was warned of; 0 before that.
    warned: (u32, i64),
    /// The highest percent at which it was asked.
    checked: u32,
    /// Whether what was promised is done.
    is_done: bool,
    pub(crate) end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Kept,
    Missed,
    Withdrawn,
}

/// What a clock says next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A warning or breach, and how much is used by then in percent.
    Ring(Level, u32),
    Check(u32),
}

/// What a clock counts by.
pub(crate) struct By<'a> {
    pub(crate) sla: &'a Sla,
    pub(crate) promise: Promise,
    pub(crate) calendar: &'a mut Calendar,
    pub(crate) history: &'a History,
}

impl By<'_> {
    /// When a promise that began at `start` falls due.
    pub(crate) fn due(&mut self, start: i64, target: i32) -> Option<i64> {
        let stands = |stretch: &_| self.sla.pauses(target, stretch);
        let (pauses, _) = self.history.pauses(start, stands);
        self.due_with(start, &pauses)
    }

    fn due_with(&mut self, start: i64, pauses: &[Pause]) -> Option<i64> {
        match self.promise {
            Promise::Working(ms) => self.calendar.used_up(start, ms, pauses),
            Promise::BusinessDays(days) => self.calendar.business_days(start, days, pauses),
        }
    }

    /// How much working time is promised, in milliseconds; of business days what lies between.
    fn total_ms(&mut self, start: i64) -> Option<i64> {
        match self.promise {
            Promise::Working(ms) => Some(ms),
            Promise::BusinessDays(days) => {
                let due = self.calendar.business_days(start, days, &[])?;
                Some(self.calendar.open_ms(start, due, &[]))
            }
        }
    }
}

impl Clock {
    /// A clock that was not set yet.
    pub(crate) fn new(target: i32, cycle: u32, started_at: i64, set_by: Uuid) -> Self {
        Self {
            due: Due {
                target,
                cycle,
                started_at,
                due_at: started_at,
                target_ms: 0,
                business_days: 0,
                calendar: String::new(),
                sla: String::new(),
                previous: None,
            },
            promise: Promise::Working(0),
            set_by,
            since: started_at,
            paused_since: None,
            warnings: Vec::new(),
            checks: Vec::new(),
            warned: (0, 0),
            checked: 0,
            is_done: false,
            end: None,
        }
    }

    /// Sets it, unless it is over.
    pub(crate) fn set(&mut self, by: &mut By<'_>, set_by: Uuid, now: i64) {
        if matches!(self.end, Some(End::Kept | End::Missed)) {
            return;
        }
        self.end = None;
        self.promise = by.promise;
        (self.due.target_ms, self.due.business_days) = match by.promise {
            Promise::Working(ms) => (ms, 0),
            Promise::BusinessDays(days) => (0, days),
        };
        self.due.sla.clone_from(&by.sla.name);
        self.due.calendar.clone_from(&by.sla.calendar);
        self.set_by = set_by;
        self.since = now;
        let from = self.paused_since.unwrap_or(now);
        if self.plan(by, from).is_none() {
            self.withdraw();
        }
    }

    /// Finds the deadline, and what is to be said from `from` on and was not said yet; nothing
    /// when it never falls due.
    fn plan(&mut self, by: &mut By<'_>, from: i64) -> Option<()> {
        let (start, target) = (self.due.started_at, self.due.target);
        let stands = |stretch: &_| by.sla.pauses(target, stretch);
        let (pauses, since) = by.history.pauses(start, stands);
        let due_at = by.due_with(start, &pauses)?;
        let total_ms = by.total_ms(start)?;
        let (mut warnings, mut checks) = (Vec::new(), Vec::new());
        for level in &by.sla.warnings {
            let (used_ms, percent) = match *level {
                Level::Percent(percent) => (total_ms * i64::from(percent) / 100, percent),
                Level::Before(ms) if ms < total_ms => {
                    let used_ms = total_ms - ms;
                    let percent = u32::try_from(used_ms * 100 / total_ms).unwrap_or(99);
                    (used_ms, percent)
                }
                Level::Before(_) | Level::Breach => continue,
            };
            let at = by.calendar.used_up(start, used_ms.max(1), &pauses)?;
            if (from..due_at).contains(&at) && self.has_yet_to_say(*level) {
                warnings.push((at, *level, percent));
            }
        }
        for percent in by.sla.checks.iter().filter(|it| **it > self.checked) {
            let used_ms = total_ms * i64::from(*percent) / 100;
            let at = by.calendar.used_up(start, used_ms.max(1), &pauses)?;
            checks.extend((from..due_at).contains(&at).then_some((at, *percent)));
        }
        warnings.sort_by_key(|(at, _, percent)| (*at, *percent));
        self.due.due_at = due_at;
        self.warnings = warnings;
        self.checks = checks;
        self.paused_since = since;
        Some(())
    }

    const fn has_yet_to_say(&self, level: Level) -> bool {
        match level {
            Level::Percent(percent) => percent > self.warned.0,
            Level::Before(ms) => self.warned.1 == 0 || ms < self.warned.1,
            Level::Breach => true,
        }
    }

    pub(crate) const fn promise(&self) -> Promise {
        self.promise
    }

    pub(crate) fn withdraw(&mut self) {
        if self.end.is_none() {
            self.end = Some(End::Withdrawn);
            self.warnings.clear();
            self.checks.clear();
        }
    }

    /// What was promised is done, in time or late. Whether that is news.
    pub(crate) fn stop(&mut self) -> bool {
        let is_news = !self.is_done && self.end != Some(End::Withdrawn);
        self.is_done |= is_news;
        if self.end.is_none() {
            self.end = Some(End::Kept);
            self.paused_since = None;
        }
        is_news
    }

    /// Stands still or goes on, as the present stretch asks.
    pub(crate) fn follow(&mut self, by: &mut By<'_>, now: i64) {
        let Some(stretch) = by.history.now() else {
            return;
        };
        match (by.sla.pauses(self.due.target, stretch), self.paused_since) {
            (true, None) => self.paused_since = Some(stretch.from.max(self.due.started_at)),
            (false, Some(since)) => {
                self.since = now;
                if self.plan(by, since).is_none() {
                    self.withdraw();
                }
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    /// What it says next and when, if it runs. What was due before a pause rings all the same.
    pub(crate) fn next(&self) -> Option<(i64, Next)> {
        if self.end.is_some() {
            return None;
        }
        let breach = (self.due.due_at, Next::Ring(Level::Breach, 100));
        if let Some(since) = self.paused_since {
            return (self.due.due_at < since).then_some(breach);
        }
        let warning = self.warnings.first();
        let ring = warning.map_or(breach, |(at, level, percent)| {
            (*at, Next::Ring(*level, *percent))
        });
        let check = self.checks.first().filter(|(at, _)| *at <= ring.0);
        Some(check.map_or(ring, |(at, percent)| (*at, Next::Check(*percent))))
    }

    pub(crate) fn said(&mut self, next: Next) {
        match next {
            Next::Check(percent) => {
                self.checked = percent;
                self.checks.remove(0);
            }
            Next::Ring(Level::Breach, _) => self.end = Some(End::Missed),
            Next::Ring(level, _) => {
                self.warnings.remove(0);
                match level {
                    Level::Percent(percent) => self.warned.0 = percent,
                    Level::Before(ms) => self.warned.1 = ms,
                    Level::Breach => {}
                }
            }
        }
    }
}
