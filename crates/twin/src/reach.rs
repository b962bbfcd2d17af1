//! Who may be asked about a ticket, and when: the scenario's rules of coverage.
//!
//! A *desk* is a sort of pools of one centre that may be asked together: those of the day, those
//! of the night, those that serve the whole world. A ticket reaches the desks of its home centre
//! first and more of them the longer it waits; at night only some tickets reach anybody.

use crate::dice::Ms;
use crate::plan::{Plan, Pool};
use crate::scenario::format::PoolRole;

/// A sort of pools that may be asked together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Desk {
    pub(crate) centre: usize,
    pub(crate) role: PoolRole,
    /// The tiers that it serves; all when absent.
    pub(crate) tiers: Option<Vec<usize>>,
}

/// The desks of a plan.
#[derive(Debug)]
pub(crate) struct Desks {
    all: Vec<Desk>,
}

/// What is asked about a ticket that waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) region: usize,
    pub(crate) language: usize,
    pub(crate) tier: usize,
    /// Whether it is served while its home centre is closed.
    pub(crate) out_of_hours: bool,
    /// Since when it has waited where somebody could have come.
    pub(crate) since: Ms,
}

/// Which desks a ticket reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// In order of preference; none while it waits for its region's opening.
    pub(crate) desks: Vec<usize>,
    /// Whether it waits for its region's opening.
    pub(crate) held: bool,
    /// When waiting alone opens more desks.
    pub(crate) more_at: Option<Ms>,
}

impl Desks {
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut all: Vec<Desk> = plan.pools.iter().map(Desk::of).collect();
        all.sort_unstable();
        all.dedup();
        Self { all }
    }

    /// The desk of a pool.
    pub(crate) fn of_pool(&self, pool: &Pool) -> usize {
        self.all
            .binary_search(&Desk::of(pool))
            .expect("desks are made of all pools")
    }

    /// The name under which dispatch knows a desk: its centre and what sets it apart there.
    pub(crate) fn name(&self, at: usize, plan: &Plan) -> String {
        let desk = &self.all[at];
        let centre = &plan.centres[desk.centre].id;
        let role = match desk.role {
            PoolRole::Day => "day",
            PoolRole::NightDuty => "night",
            PoolRole::Professional => "professional",
        };
        format!("{centre} {role} {at}")
    }

    pub(crate) const fn len(&self) -> usize {
        self.all.len()
    }

    /// Which desks a ticket reaches now, while some centres are out.
    pub(crate) fn reach(&self, plan: &Plan, out: &[bool], asked: &Asked, now: Ms) -> Reach {
        let region = &plan.regions[asked.region];
        let mut reach = Making {
            desks: self,
            asked,
            now,
            reach: Reach::default(),
        };
        if region.is_open(now) {
            reach.by_day(plan, out);
        } else if asked.out_of_hours {
            reach.by_night(plan, out);
        } else {
            reach.reach.held = true;
            return reach.reach;
        }
        reach.role(plan.steps.professional, PoolRole::Professional, None);
        reach.reach
    }
}

impl Desk {
    fn of(pool: &Pool) -> Self {
        Self {
            centre: pool.centre,
            role: pool.role,
            tiers: pool.tiers.clone(),
        }
    }
}

/// A reach that is being made.
struct Making<'a> {
    desks: &'a Desks,
    asked: &'a Asked,
    now: Ms,
    reach: Reach,
}

impl Making<'_> {
    /// The home centre at once, the others of the list step by step; where home is out, all at
    /// once.
    fn by_day(&mut self, plan: &Plan, out: &[bool]) {
        let region = &plan.regions[self.asked.region];
        let home_out = out[region.home];
        let last = plan.steps.open.last().copied().unwrap_or(0);
        for (step, centre) in region.coverage[self.asked.language].iter().enumerate() {
            let home = *centre == region.home;
            if out[*centre] || !(home || plan.centres[*centre].hours.holds(self.now)) {
                continue;
            }
            let after = plan.steps.open.get(step).copied().unwrap_or(last);
            self.role(
                if home_out { 0 } else { after },
                PoolRole::Day,
                Some(*centre),
            );
        }
    }

    /// Night duty at once, open centres of the list a little later.
    fn by_night(&mut self, plan: &Plan, out: &[bool]) {
        let region = &plan.regions[self.asked.region];
        let on_duty = plan.centres[region.home].night_duty && !out[region.home];
        if on_duty {
            self.role(0, PoolRole::NightDuty, Some(region.home));
        }
        let after = if on_duty { plan.steps.closed } else { 0 };
        for centre in &region.coverage[self.asked.language] {
            if !out[*centre] && plan.centres[*centre].hours.holds(self.now) {
                self.role(after, PoolRole::Day, Some(*centre));
            }
        }
    }

    /// Adds the desks of a role, of one centre or of all, once the ticket has waited so long.
    fn role(&mut self, after: Ms, role: PoolRole, centre: Option<usize>) {
        let at = self.asked.since + after;
        for (desk, found) in self.desks.all.iter().enumerate() {
            let serves = found
                .tiers
                .as_ref()
                .is_none_or(|tiers| tiers.contains(&self.asked.tier));
            let there = centre.is_none_or(|centre| centre == found.centre);
            if found.role != role || !there || !serves {
                continue;
            }
            if at <= self.now {
                self.reach.desks.push(desk);
            } else {
                self.reach.more_at = Some(self.reach.more_at.map_or(at, |more| more.min(at)));
            }
        }
    }
}
