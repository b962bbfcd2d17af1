//! One ticket on its way: where it stands, and its two promises.

use crate::dice::Ms;
use crate::draw::Drawn;
use crate::hours::Hours;
use crate::plan::Plan;

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    /// It has not come to people yet.
    ToCome,
    /// It waits for its region's opening.
    Held,
    /// It waits for an agent.
    Waiting,
    /// An agent works on it.
    InHand {
        /// The agent.
        agent: usize,
    },
    /// It waits for its customer.
    WithCustomer,
    /// It is resolved.
    Done,
}

/// One ticket on its way.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) stands: Stands,
    pub(crate) level: usize,
    /// Grows with every change of where it stands, so that overtaken events are known.
    pub(crate) epoch: u32,
    /// Since when it stands in line.
    pub(crate) entered: Ms,
    /// Since when it has waited where somebody could have come.
    pub(crate) since: Ms,
    /// How long it had waited so before it was held.
    waited_before: Ms,
    /// Whether the floor knows that it waits.
    pub(crate) on_floor: bool,
    pub(crate) response_due: Ms,
    pub(crate) resolve_due: Ms,
    /// Working time that was left of the resolution's target when its clock stopped.
    left: Ms,
    pub(crate) responded: Option<Ms>,
    pub(crate) resolved: Option<Ms>,
    pub(crate) last_agent: Option<usize>,
    /// Whether its customer has answered.
    pub(crate) replied: bool,
}

/// What was promised for a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Promises {
    pub(crate) response: Ms,
    pub(crate) resolve: Ms,
    pub(crate) hours: Hours,
}

impl Promises {
    /// The targets of a ticket: those of its severity, the response no later than its tier's; a
    /// clock that runs at all hours, from either side, wins.
    pub(crate) fn of(plan: &Plan, drawn: &Drawn) -> Self {
        let severity = &plan.severities[drawn.severity];
        let tier = &plan.tiers[drawn.tier];
        let cap = tier.response_cap.unwrap_or(Ms::MAX);
        let always = severity.all_hours || tier.all_hours;
        Self {
            response: severity.response.min(cap),
            resolve: severity.resolve,
            hours: if always {
                Hours::ALWAYS
            } else {
                plan.regions[drawn.region].hours
            },
        }
    }
}

impl Life {
    pub(crate) fn new(drawn: &Drawn, promises: Promises) -> Self {
        Self {
            stands: Stands::ToCome,
            level: 0,
            epoch: 0,
            entered: drawn.to_people,
            since: drawn.to_people,
            waited_before: 0,
            on_floor: false,
            // Until then the robot answers.
            response_due: promises.hours.after(drawn.to_people, promises.response),
            resolve_due: promises.hours.after(drawn.opened, promises.resolve),
            left: 0,
            responded: None,
            resolved: None,
            last_agent: None,
            replied: false,
        }
    }

    /// Moves it to another stand.
    pub(crate) const fn stand(&mut self, stands: Stands) {
        self.stands = stands;
        self.epoch += 1;
    }

    /// Gets into line.
    pub(crate) const fn enter(&mut self, level: usize, now: Ms) {
        self.level = level;
        self.entered = now;
        self.since = now;
        self.waited_before = 0;
    }

    /// Nobody may be asked about it for a while.
    pub(crate) fn hold(&mut self, now: Ms) {
        self.waited_before = self.waited(now);
        self.since = now;
        self.stand(Stands::Held);
    }

    /// How long it has waited, in this line, where somebody could have come.
    pub(crate) fn waited(&self, now: Ms) -> Ms {
        match self.stands {
            Stands::Waiting => self.waited_before + now - self.since,
            _ => self.waited_before,
        }
    }

    /// The resolution's clock stops; one that has run out stays so.
    pub(crate) fn pause(&mut self, hours: Hours, now: Ms) {
        self.left = hours.between(now, self.resolve_due.max(now));
    }

    /// The resolution's clock goes on.
    pub(crate) fn resume(&mut self, hours: Hours, now: Ms) {
        if self.left > 0 {
            self.resolve_due = hours.after(now, self.left);
        }
    }

    /// Whether the first response came too late, or would if it came now.
    pub(crate) fn response_broken(&self, now: Ms) -> bool {
        self.responded.unwrap_or(now) > self.response_due
    }

    /// Whether the resolution came too late, or would if it came now.
    pub(crate) fn resolve_broken(&self, now: Ms) -> bool {
        self.resolved.unwrap_or(now) > self.resolve_due
    }
}
