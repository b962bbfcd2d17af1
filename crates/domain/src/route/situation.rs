//! What routing knows beside a ticket's features: the time, its promises, who had it before.

use serde::{Deserialize, Serialize};

use super::Rules;
use crate::sla::{Promise, Slas, Target, WorkingTime};
use crate::ticket::{Features, TargetDue};
use crate::time::Timestamp;

const MINUTE_MS: i64 = 60_000;

/// What is known of a ticket beside its features, from its facts so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// When the first response is due, while one is promised.
    pub response_due: Option<Timestamp>,
    /// When the resolution is due, while one is promised.
    pub resolution_due: Option<Timestamp>,
    /// The calendar by which the next of them counts; empty where nothing is promised.
    pub calendar: String,
    /// How often somebody further up was asked to take care.
    pub escalations: u32,
    /// Who had it last; empty for nobody.
    pub last_agent: String,
}

/// One instant of a ticket, for conditions.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The instant: the log time of the cause, or the due time of a timer.
    pub now: Timestamp,
    /// What its facts say.
    pub standing: &'a Standing,
    /// The customer's account manager; empty for none.
    pub account_manager: &'a str,
    /// The centre that is looked at: the first of the customer's region.
    pub centre: Home,
}

/// How a centre stands at an instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Home {
    /// Its service hours hold, and it is not down.
    pub open: bool,
    /// It is down, and another stands in where the policy names one.
    pub down: bool,
}

impl Standing {
    /// What a new ticket is promised, before the watchdog said so: by the policies that match, and
    /// from its opening on.
    #[must_use]
    pub fn promised(features: &Features, slas: &Slas) -> Self {
        let mut standing = Self::default();
        let severity = features.severity.unwrap_or(slas.severity_default);
        for sla in slas.choose(features).slas {
            let Some(calendar) = slas.calendars.get(&sla.calendar) else {
                continue;
            };
            for target in [Target::FirstResponse, Target::Resolution] {
                let due = match sla.promise(target, severity) {
                    Some(Promise::Working(ms)) => WorkingTime::from_millis(ms)
                        .and_then(|time| calendar.due(features.opened_at, time, &[]))
                        .ok(),
                    Some(Promise::BusinessDays(days)) => calendar
                        .due_in_business_days(features.opened_at, days, &[])
                        .ok(),
                    None => None,
                };
                standing.promise(target, due, &sla.calendar);
            }
        }
        standing
    }

    /// Takes what the watchdog promised.
    pub(super) fn take(&mut self, targets: &[TargetDue]) {
        self.response_due = None;
        self.resolution_due = None;
        self.calendar.clear();
        for due in targets {
            self.promise(due.target, Some(due.due_at), &due.calendar);
        }
    }

    /// Notes a deadline; the earlier of two counts.
    fn promise(&mut self, target: Target, due: Option<Timestamp>, calendar: &str) {
        let Some(due) = due else { return };
        let slot = match target {
            Target::FirstResponse => &mut self.response_due,
            Target::Resolution => &mut self.resolution_due,
            Target::NextResponse | Target::Update => return,
        };
        if slot.is_none_or(|known| due < known) {
            *slot = Some(due);
            if target == Target::FirstResponse || self.calendar.is_empty() {
                calendar.clone_into(&mut self.calendar);
            }
        }
    }
}

impl Situation<'_> {
    /// How the home centre of a ticket stands: the first of its region.
    #[must_use]
    pub(super) fn home(features: &Features, rules: &Rules, now: Timestamp) -> Home {
        let region = rules.regions.get(&features.region);
        let first = region.and_then(|region| region.centres.first());
        let Some(centre) = first.and_then(|key| rules.centres.get(key)) else {
            return Home::default();
        };
        Home {
            open: !centre.down && centre.is_open(rules, now),
            down: centre.down,
        }
    }

    /// Minutes from now until a deadline, rounded down; negative once it has passed, and
    /// [`Self::NEVER_MIN`] where nothing is promised.
    #[must_use]
    pub fn minutes_until(&self, due: Option<Timestamp>) -> i64 {
        due.map_or(Self::NEVER_MIN, |due| {
            due.millis_since(self.now).div_euclid(MINUTE_MS)
        })
    }

    /// Minutes since an instant, rounded down.
    #[must_use]
    pub const fn minutes_since(&self, at: Timestamp) -> i64 {
        self.now.millis_since(at).div_euclid(MINUTE_MS)
    }

    /// The slack of what is not promised, in minutes: more than a lifetime.
    pub const NEVER_MIN: i64 = 1_000_000_000;
}
