//! What overlays add: incidents, centres that vanish, other rates, more people.

use std::collections::BTreeMap;

use posthouse_domain::Timestamp;
use serde::Deserialize;

use super::{Mix, Spread};

/// Many tickets about one matter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Incident {
    pub(crate) id: String,
    pub(crate) region: String,
    #[serde(default, rename = "product_region")]
    pub(crate) _product_region: String,
    pub(crate) declared_utc: Timestamp,
    #[serde(default)]
    pub(crate) major: bool,
    #[serde(default)]
    pub(crate) opens_all_hours: bool,
    #[serde(default, rename = "root_cause")]
    pub(crate) _root_cause: String,
    pub(crate) mitigated_utc: Option<Timestamp>,
    pub(crate) extra_tickets: ExtraTickets,
    /// The work that a ticket needs, on the first level, once it is linked to the incident.
    pub(crate) linked_handling: Option<Spread>,
    #[serde(default, rename = "on_mitigation")]
    pub(crate) _on_mitigation: String,
}

/// The tickets of an incident, with mixes of their own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtraTickets {
    pub(crate) count: u32,
    pub(crate) start_utc: Timestamp,
    pub(crate) per_minute_weights: Vec<f64>,
    pub(crate) region_mix: Mix,
    #[serde(default, rename = "distinct_customers")]
    pub(crate) _distinct_customers: u32,
    #[serde(default)]
    pub(crate) same_incident_share: f64,
    pub(crate) category_mix: Mix,
    pub(crate) severity_mix: Mix,
    pub(crate) tier_mix: Mix,
    #[serde(default)]
    pub(crate) bot_resolves: Mix,
}

/// A centre whose agents vanish and come back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CentreOutage {
    pub(crate) centre: String,
    pub(crate) start_utc: Timestamp,
    pub(crate) end_utc: Timestamp,
    #[serde(default, rename = "start_local")]
    pub(crate) _start_local: String,
    #[serde(default, rename = "agents")]
    pub(crate) _agents: String,
    #[serde(default, rename = "open_work")]
    pub(crate) _open_work: String,
    #[serde(default, rename = "failover_deadline_s")]
    pub(crate) _failover_deadline_s: f64,
}

/// Offsets that differ from those of the scenario that is extended.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OffsetOverrides {
    #[serde(default)]
    pub(crate) centres: BTreeMap<String, i64>,
    #[serde(default)]
    pub(crate) customer_regions: BTreeMap<String, i64>,
}

/// A step function on the rate of some regions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateMultiplier {
    pub(crate) regions: Vec<String>,
    #[serde(rename = "interpolation")]
    pub(crate) _interpolation: StepOnly,
    pub(crate) points: Vec<(Timestamp, f64)>,
}

/// The one interpolation there is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepOnly {
    /// A value holds until the next.
    Step,
}

/// More people than usual, for a while.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Staffing {
    pub(crate) centres: Vec<String>,
    pub(crate) from_utc: Timestamp,
    pub(crate) to_utc: Timestamp,
    pub(crate) day_heads_factor: f64,
    pub(crate) extra_shift: Option<ExtraShift>,
}

/// A shift that is worked once.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtraShift {
    pub(crate) share_of_largest_day_shift: f64,
    pub(crate) start_utc: Timestamp,
    pub(crate) minutes: i64,
}
