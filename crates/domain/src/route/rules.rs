//! The routing part of a policy, as data.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Demand, Entries, Overflows, Robot};
use crate::condition::{Conditions, Scope};
use crate::region::Region;
use crate::sla::Calendar;
use crate::ticket::{Features, Routed};

/// How an overflow is told among what was considered: this, and its name.
pub(super) const OVERFLOW: &str = "overflow ";

/// The attribute by which a ticket says where its data may be seen.
const RESIDENCY: &str = "residency";

/// A support centre.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Centre {
    /// Its key.
    pub key: String,
    /// Its name for people.
    pub title: String,
    /// The languages it speaks, BCP 47; the first is the one it falls back to.
    pub languages: Vec<String>,
    /// The name of the calendar of its service hours.
    pub calendar: String,
    /// The residencies whose data may be seen there.
    pub clearances: Vec<String>,
    /// It cannot be reached or worked in: a declared outage.
    pub down: bool,
    /// The centre that stands in while it is down.
    pub stands_in: Option<String>,
}

/// One routing rule; its condition stands at the same index in [`Rules::conditions`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name, unique in the list.
    pub name: String,
    /// The level it sends to.
    pub level: String,
    /// The skill it asks for.
    pub skill: String,
    /// The centre it sends to; `None` for the region's own.
    pub centre: Option<String>,
}

/// Which tickets another centre serves while those before it are closed.
#[derive(Clone, Debug, Default)]
pub enum FollowTheSun {
    /// None: a ticket waits until its own centre opens.
    #[default]
    Nobody,
    /// Those for which the one condition of this list holds.
    When(Arc<dyn Conditions>),
}

/// The routing part of a policy.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The levels of support, the lowest first.
    pub levels: Vec<String>,
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// Their conditions, at the same indices.
    pub conditions: Arc<dyn Conditions>,
    /// The centres, by key.
    pub centres: BTreeMap<String, Centre>,
    /// The regions, by key.
    pub regions: BTreeMap<String, Region>,
    /// The calendars of the centres' service hours, by name.
    pub hours: BTreeMap<String, Calendar>,
    /// Where a ticket goes that no rule matches, by its region.
    pub defaults: BTreeMap<String, Rule>,
    /// The same for regions without a default of their own.
    pub fallback: Rule,
    /// What entry codes say.
    pub entries: Entries,
    /// The residency of the data of a region's customers, by region.
    pub residency: BTreeMap<String, String>,
    /// Who is served by other centres out of hours.
    pub follow: FollowTheSun,
    /// What happens while nobody takes a ticket.
    pub overflows: Overflows,
    /// The account managers, by customer: keys of the roster.
    pub managers: BTreeMap<String, String>,
    /// The robot, if it tries anything.
    pub robot: Option<Robot>,
}

impl Rules {
    /// How deep a level is; `None` for one that the policy does not have.
    #[must_use]
    pub fn depth(&self, level: &str) -> Option<usize> {
        self.levels.iter().position(|known| known == level)
    }

    /// Whether `level` is further up than `other`. A level that the policy does not have is not.
    #[must_use]
    pub fn is_deeper(&self, level: &str, other: &str) -> bool {
        match (self.depth(level), self.depth(other)) {
            (Some(depth), Some(than)) => depth > than,
            (depth, None) => depth.is_some(),
            (None, _) => false,
        }
    }

    /// Where the data of a ticket may be seen; empty for anywhere. What the ticket says of itself
    /// counts before what its region says.
    #[must_use]
    pub fn residency<'a>(&'a self, features: &'a Features) -> &'a str {
        residency(features, &self.residency)
    }

    /// The account manager of a customer; empty for none.
    #[must_use]
    pub fn manager(&self, customer: &str) -> &str {
        self.managers.get(customer).map_or("", String::as_str)
    }

    /// Who may take a ticket that was routed so: what the steps of its overflow so far say.
    /// Anybody, where it has none, or the policy has that overflow no more.
    #[must_use]
    pub fn demand_of(&self, routed: &Routed) -> Demand<'_> {
        let mut considered = routed.considered.iter();
        let name = considered.find_map(|one| one.rule.strip_prefix(OVERFLOW));
        let overflow = name.and_then(|name| self.overflows.named(name));
        overflow.map_or_else(Demand::default, |overflow| overflow.demand(routed.step))
    }

    /// The rule for what no rule matches.
    #[must_use]
    pub fn default_of(&self, region: &str) -> &Rule {
        self.defaults.get(region).unwrap_or(&self.fallback)
    }

    /// Whether a rule is one for what no rule matches.
    #[must_use]
    pub fn is_default(&self, rule: &str) -> bool {
        let mut defaults = self.defaults.values().chain([&self.fallback]);
        defaults.any(|default| default.name == rule)
    }
}

/// Where the data of a ticket may be seen, by what it says of itself, else by its region; empty
/// for anywhere.
#[must_use]
pub fn residency<'a>(features: &'a Features, by_region: &'a BTreeMap<String, String>) -> &'a str {
    let own = features.attributes.get(RESIDENCY);
    let own = own.filter(|residency| !residency.is_empty());
    own.or_else(|| by_region.get(&features.region))
        .map_or("", String::as_str)
}

impl FollowTheSun {
    /// Whether the ticket is served by another centre while its own is closed. A condition that
    /// fails does not hold.
    #[must_use]
    pub(super) fn holds(&self, scope: &Scope<'_>) -> bool {
        match self {
            Self::Nobody => false,
            Self::When(conditions) => conditions.prepare(scope).holds(0).unwrap_or(false),
        }
    }
}
