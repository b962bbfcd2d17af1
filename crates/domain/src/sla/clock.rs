//! Clocks: one promise about one ticket, running, standing still, kept or missed.
//!
//! A clock knows its deadline and its warnings as instants, and is told what happens with the
//! log time of it. It never looks at a real clock, and keeps no sum of the time it stood still:
//! that is found in the ticket's [`History`] whenever it is planned.

mod count;

use serde::{Deserialize, Serialize};

pub(super) use count::Count;

use super::forecast::Told;
use super::history::{History, Stretch};
use super::{Calendar, Promise, Sla, Target, Warning};
use crate::ids::FactId;
use crate::ticket::TargetDue;
use crate::time::Timestamp;

/// One promise about one ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The promise.
    pub target: Target,
    /// How often it began anew; see [`Target::begins_anew`].
    pub cycle: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// How much time is promised.
    pub promise: Promise,
    /// The SLA policy that promises it, by name.
    pub sla: String,
    /// The calendar that counts, by name.
    pub calendar: String,
    /// The fact that set it; what it concludes is derived from that.
    pub set_by: FactId,
    /// Since when it stands still, if it does.
    pub paused_since: Option<Timestamp>,
    /// The deadline, as things stand.
    pub due_at: Timestamp,
    /// Warnings still to come, by their instants.
    pub warnings: Vec<Planned>,
    /// When it is still to be asked how likely a breach is: percent used and instant.
    pub checks: Vec<(u8, Timestamp)>,
    /// The highest percent at which it was asked; 0 before the first.
    pub checked: u8,
    /// The forecasts that were made.
    pub told: Vec<Told>,
    /// The highest probability told of, as the policy's threshold, in thousandths.
    pub risk_permille: u16,
    /// What was said once and is not said again, whatever the promise becomes.
    pub warned: Warned,
    /// When what was promised was done, be it late.
    pub done_at: Option<Timestamp>,
    /// How it ended, if it did.
    pub end: Option<End>,
}

/// A warning still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// When.
    pub at: Timestamp,
    /// What the policy asks for.
    pub warning: Warning,
    /// How much of the working time is used then, in percent.
    pub percent: u8,
}

/// The last warnings that rang.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warned {
    /// The highest percent; 0 before the first.
    pub percent: u8,
    /// The shortest time left, in milliseconds; 0 before the first.
    pub before_ms: i64,
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
    /// The deadline comes near.
    Warning(Planned),
    /// So much of the time is used, in percent: it is to be asked how likely a breach is.
    Check(u8),
    /// The deadline passed.
    Breach,
}

/// What a clock is to count.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// How much time is promised.
    pub promise: Promise,
    /// The SLA policy it comes from.
    pub sla: &'a Sla,
    /// That policy's calendar.
    pub calendar: &'a Calendar,
    /// The fact that sets it.
    pub set_by: FactId,
    /// What became of the ticket so far.
    pub history: &'a History,
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
        target: Target,
        cycle: u32,
        started_at: Timestamp,
        now: Timestamp,
    ) -> Result<Self, super::Error> {
        let mut clock = Self {
            target,
            cycle,
            started_at,
            promise: setting.promise,
            sla: setting.sla.name.clone(),
            calendar: setting.calendar.name().to_owned(),
            set_by: setting.set_by,
            paused_since: None,
            due_at: started_at,
            warnings: Vec::new(),
            checks: Vec::new(),
            checked: 0,
            told: Vec::new(),
            risk_permille: 0,
            warned: Warned::default(),
            done_at: None,
            end: None,
        };
        clock.plan(setting, now)?;
        Ok(clock)
    }

    /// Sets a clock anew that is not over, at `now`: another promise, policy or calendar, the same
    /// start and the same history. Warnings whose instant has passed are passed over.
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
        self.promise = setting.promise;
        self.sla.clone_from(&setting.sla.name);
        setting.calendar.name().clone_into(&mut self.calendar);
        self.set_by = setting.set_by;
        let was_paused_since = self.paused_since;
        self.plan(setting, was_paused_since.unwrap_or(now))
            .inspect_err(|_| self.withdraw())
    }

    /// Counts anew, at `now`, by a calendar that has become another: the same promise and start.
    /// Warnings whose instant has passed are passed over.
    ///
    /// # Errors
    ///
    /// As [`Self::set`].
    pub fn recount(&mut self, setting: Setting<'_>, now: Timestamp) -> Result<(), super::Error> {
        if self.end.is_some() {
            return Ok(());
        }
        let from = self.paused_since.unwrap_or(now);
        self.plan(setting, from).inspect_err(|_| self.withdraw())
    }

    /// Nothing is promised any more.
    pub fn withdraw(&mut self) {
        if self.end.is_none() {
            self.end = Some(End::Withdrawn);
            self.warnings.clear();
            self.checks.clear();
        }
    }

    /// Stands still or goes on, as the present stretch of the ticket's life asks. Where it goes
    /// on, the deadline has moved by the working time it stood still, and so have the warnings
    /// that were still to come when it stopped.
    ///
    /// # Errors
    ///
    /// When the calendar opens too little for the promise ever to fall due; the promise is
    /// withdrawn then.
    pub fn follow(&mut self, setting: Setting<'_>) -> Result<(), super::Error> {
        if self.end.is_some() {
            return Ok(());
        }
        let Some(now) = setting.history.now() else {
            return Ok(());
        };
        match (setting.sla.pauses(self.target, now), self.paused_since) {
            (true, None) => self.paused_since = Some(now.from.max(self.started_at)),
            (false, Some(since)) => {
                return self.plan(setting, since).inspect_err(|_| self.withdraw());
            }
            (true, Some(_)) | (false, None) => {}
        }
        Ok(())
    }

    /// What was promised is done: kept if the deadline has not passed. Returns whether that is
    /// news.
    pub fn stop(&mut self, now: Timestamp) -> bool {
        let is_news = self.done_at.is_none() && self.end != Some(End::Withdrawn);
        if is_news {
            self.done_at = Some(now);
        }
        if self.end.is_none() {
            self.end = Some(End::Kept(now));
            self.paused_since = None;
            self.warnings.clear();
            self.checks.clear();
        }
        is_news
    }

    /// Rings at most once for what fell due strictly before `now`; call again until `None`.
    ///
    /// A promise kept in the very millisecond of its deadline is kept.
    pub fn ring(&mut self, now: Timestamp) -> Option<Ring> {
        if self.is_overdue() && self.due_at < now {
            return Some(self.miss());
        }
        if !self.is_running() {
            return None;
        }
        if let Some(percent) = self.check(now) {
            return Some(Ring::Check(percent));
        }
        match self.warnings.first() {
            Some(planned) if planned.at < now => {
                let planned = self.warnings.remove(0);
                match planned.warning {
                    Warning::Percent(percent) => self.warned.percent = percent,
                    Warning::Before(ms) => self.warned.before_ms = ms,
                }
                Some(Ring::Warning(planned))
            }
            _ if self.due_at < now => Some(self.miss()),
            _ => None,
        }
    }

    fn miss(&mut self) -> Ring {
        self.end = Some(End::Missed);
        self.warnings.clear();
        self.checks.clear();
        Ring::Breach
    }

    /// The instant of its next ring, if it runs.
    #[must_use]
    pub fn next_ring(&self) -> Option<Timestamp> {
        if self.is_overdue() {
            return Some(self.due_at);
        }
        let warning = self.warnings.first().map_or(self.due_at, |next| next.at);
        let check = self.checks.first().map_or(warning, |(_, at)| *at);
        self.is_running().then_some(warning.min(check))
    }

    /// The percent of a check that fell due strictly before `now`, when no warning stands before
    /// it.
    fn check(&mut self, now: Timestamp) -> Option<u8> {
        let (percent, at) = *self.checks.first()?;
        let warning = self.warnings.first().map_or(self.due_at, |next| next.at);
        if at >= now || warning < at {
            return None;
        }
        self.checks.remove(0);
        self.checked = percent;
        Some(percent)
    }

    /// Whether it stands still, but was due before: another severity can make it so. What was
    /// missed before a pause is not saved by it.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.end.is_none() && self.paused_since.is_some_and(|since| self.due_at < since)
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
            promise: self.promise,
            calendar: self.calendar.clone(),
            sla: self.sla.clone(),
        }
    }

    /// Computes the deadline, and the warnings from `from` on that were not given yet.
    fn plan(&mut self, setting: Setting<'_>, from: Timestamp) -> Result<(), super::Error> {
        let stands = |stretch: &Stretch| setting.sla.pauses(self.target, stretch);
        let pauses = setting.history.pauses(self.started_at, stands);
        let count = Count {
            calendar: setting.calendar,
            started_at: self.started_at,
            pauses: &pauses.over,
        };
        let due_at = count.due(setting.promise)?;
        let mut warnings = Vec::with_capacity(setting.sla.warnings.len());
        let mut checks = Vec::new();
        let at_percents = &setting.sla.forecasts.at_percents;
        if !setting.sla.warnings.is_empty() || !at_percents.is_empty() {
            let total_ms = count.total_ms(setting.promise)?;
            for percent in at_percents.iter().filter(|it| **it > self.checked) {
                let planned = count.warning(Warning::Percent(*percent), total_ms)?;
                let planned = planned.filter(|it| it.at >= from && it.at < due_at);
                checks.extend(planned.map(|it| (*percent, it.at)));
            }
            for warning in &setting.sla.warnings {
                let planned = count.warning(*warning, total_ms)?;
                let is_to_come = |it: &Planned| it.at >= from && it.at < due_at;
                warnings
                    .extend(planned.filter(|it| is_to_come(it) && self.warned.lacks(it.warning)));
            }
        }
        warnings.sort_by_key(|planned| (planned.at, planned.percent));
        self.due_at = due_at;
        self.warnings = warnings;
        self.checks = checks;
        self.paused_since = pauses.since;
        Ok(())
    }
}

impl Warned {
    /// Whether a warning says more than was said.
    const fn lacks(self, warning: Warning) -> bool {
        match warning {
            Warning::Percent(percent) => percent > self.percent,
            Warning::Before(ms) => self.before_ms == 0 || ms < self.before_ms,
        }
    }
}
