//! Clocks: one promise about one ticket, running, standing still, kept or missed.
//!
//! A clock knows its deadline and its warnings as instants, and is told what happens with the
//! log time of it. It never looks at a real clock.

use serde::{Deserialize, Serialize};

use super::{Calendar, Pause, Promise, Sla, Target, WorkingTime};
use crate::ids::FactId;
use crate::limits::CLOCK_PAUSES_MAX;
use crate::ticket::TargetDue;
use crate::time::Timestamp;

/// One promise about one ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The promise.
    pub target: Target,
    /// How often it began anew: the number of reopenings.
    pub cycle: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// Working time promised, in milliseconds.
    pub target_ms: i64,
    /// The calendar that counts, by name.
    pub calendar: String,
    /// The fact that set it; what it concludes is derived from that.
    pub set_by: FactId,
    /// The spans in which it stood still.
    pub pauses: Vec<Pause>,
    /// Since when it stands still, if it does.
    pub paused_since: Option<Timestamp>,
    /// The deadline, as things stand.
    pub due_at: Timestamp,
    /// Warnings still to come: percent and instant, ascending.
    pub warnings: Vec<(u8, Timestamp)>,
    /// The highest warning that rang, in percent; 0 before the first. What was said once is not
    /// said again, whatever the promise becomes.
    pub warned: u8,
    /// How it ended, if it did.
    pub end: Option<End>,
}

/// How a clock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// The promise was kept, at that instant.
    Kept(Timestamp),
    /// The deadline passed.
    Missed,
    /// Nothing is promised any more. The clock can be set again, and remembers what it said.
    Withdrawn,
}

/// What a clock says when its time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    /// So much of the working time is used, in percent.
    Warning(u8),
    /// The deadline passed.
    Breach,
}

/// What a clock is to count.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The promise.
    pub target: Target,
    /// Working time promised, in milliseconds.
    pub target_ms: i64,
    /// The SLA policy it comes from.
    pub sla: &'a Sla,
    /// That policy's calendar.
    pub calendar: &'a Calendar,
    /// The fact that sets it.
    pub set_by: FactId,
}

impl Clock {
    /// Starts a clock that counts from `started_at`, at `now`. Warnings whose instant has passed
    /// by then are passed over.
    ///
    /// # Errors
    ///
    /// When the calendar opens too little for the promise ever to fall due.
    pub fn start(
        setting: Setting<'_>,
        cycle: u32,
        started_at: Timestamp,
        now: Timestamp,
    ) -> Result<Self, super::Error> {
        let mut clock = Self {
            target: setting.target,
            cycle,
            started_at,
            target_ms: setting.target_ms,
            calendar: setting.calendar.name().to_owned(),
            set_by: setting.set_by,
            pauses: Vec::new(),
            paused_since: None,
            due_at: started_at,
            warnings: Vec::new(),
            warned: 0,
            end: None,
        };
        clock.plan(setting, now)?;
        Ok(clock)
    }

    /// Sets a clock anew that is not over, at `now`: another promise or calendar, the same start
    /// and the same pauses. Warnings whose instant has passed are passed over.
    ///
    /// # Errors
    ///
    /// When the calendar opens too little for the promise ever to fall due; the promise is
    /// withdrawn then.
    pub fn set(&mut self, setting: Setting<'_>, now: Timestamp) -> Result<(), super::Error> {
        if self.is_over() {
            return Ok(());
        }
        self.end = None;
        self.target_ms = setting.target_ms;
        setting.calendar.name().clone_into(&mut self.calendar);
        self.set_by = setting.set_by;
        self.plan(setting, now).inspect_err(|_| self.withdraw())
    }

    /// Nothing is promised any more.
    pub fn withdraw(&mut self) {
        if self.end.is_none() {
            self.end = Some(End::Withdrawn);
            self.warnings.clear();
        }
    }

    /// Stands still from `now` on.
    pub fn pause(&mut self, now: Timestamp) {
        let may_pause = !self.is_over() && self.pauses.len() < CLOCK_PAUSES_MAX;
        if may_pause && self.paused_since.is_none() {
            self.paused_since = Some(now);
        }
    }

    /// Goes on at `now`; the deadline moves by the working time it stood still, and so do the
    /// warnings that were still to come when it stopped.
    ///
    /// # Errors
    ///
    /// When the calendar opens too little for the promise ever to fall due; the promise is
    /// withdrawn then.
    pub fn resume(&mut self, setting: Setting<'_>, now: Timestamp) -> Result<(), super::Error> {
        let Some(since) = self.paused_since.take() else {
            return Ok(());
        };
        self.pauses.extend(Pause::new(since, now));
        if self.end.is_some() {
            return Ok(());
        }
        self.plan(setting, since).inspect_err(|_| self.withdraw())
    }

    /// Ends the clock: the promise was kept if the deadline has not passed.
    pub fn stop(&mut self, now: Timestamp) {
        if self.end.is_none() {
            self.end = Some(End::Kept(now));
            self.paused_since = None;
            self.warnings.clear();
        }
    }

    /// Rings at most once for what fell due strictly before `now`; call again until `None`.
    ///
    /// A promise kept in the very millisecond of its deadline is kept.
    pub fn ring(&mut self, now: Timestamp) -> Option<Ring> {
        if !self.is_running() {
            return None;
        }
        match self.warnings.first() {
            Some((percent, at)) if *at < now => {
                self.warned = *percent;
                self.warnings.remove(0);
                Some(Ring::Warning(self.warned))
            }
            _ if self.due_at < now => {
                self.end = Some(End::Missed);
                self.warnings.clear();
                Some(Ring::Breach)
            }
            _ => None,
        }
    }

    /// The instant of its next ring, if it runs.
    #[must_use]
    pub fn next_ring(&self) -> Option<Timestamp> {
        self.is_running()
            .then(|| self.warnings.first().map_or(self.due_at, |(_, at)| *at))
    }

    /// Whether it runs: neither ended nor standing still.
    #[must_use]
    pub const fn is_running(&self) -> bool {
        self.end.is_none() && self.paused_since.is_none()
    }

    /// Whether it was kept or missed, so that nothing can change it any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.end, Some(End::Kept(_) | End::Missed))
    }

    /// The promise as a fact tells it.
    #[must_use]
    pub fn due(&self) -> TargetDue {
        TargetDue {
            target: self.target,
            cycle: self.cycle,
            started_at: self.started_at,
            due_at: self.due_at,
            previous_due_at: None,
            promise: Promise::Working(self.target_ms),
            calendar: self.calendar.clone(),
            sla: String::new(),
        }
    }

    /// Computes the deadline, and the warnings from `from` on that were not given yet.
    fn plan(&mut self, setting: Setting<'_>, from: Timestamp) -> Result<(), super::Error> {
        let instant = |ms| {
            setting
                .calendar
                .due(self.started_at, WorkingTime::from_millis(ms)?, &self.pauses)
        };
        let due_at = instant(self.target_ms)?;
        let mut warnings = Vec::with_capacity(setting.sla.warn_percents.len());
        for percent in &setting.sla.warn_percents {
            let at = instant((self.target_ms * i64::from(*percent) / 100).max(1))?;
            if *percent > self.warned && at >= from && at < due_at {
                warnings.push((*percent, at));
            }
        }
        self.due_at = due_at;
        self.warnings = warnings;
        Ok(())
    }
}
