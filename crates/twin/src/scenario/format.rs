//! The format of scenario files, key by key. A key that is not here is refused.
//!
//! All instants are UTC; `*_local` is local time of a centre; spans are minutes unless the name
//! says otherwise. Offsets from UTC are fixed for a scenario's date, so that no time-zone
//! database is needed.

mod overlay;

use std::collections::BTreeMap;

use posthouse_domain::Timestamp;
use serde::Deserialize;

pub(crate) use overlay::{CentreOutage, Incident, OffsetOverrides, RateMultiplier, Staffing};

/// Shares, odds or weights by name.
pub(crate) type Mix = BTreeMap<String, f64>;

/// A whole scenario, after what it extends was merged into it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) schema_version: u32,
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) about: String,
    pub(crate) seed: u64,
    pub(crate) clock: Clock,
    pub(crate) arrivals: Arrivals,
    pub(crate) centres: Vec<Centre>,
    pub(crate) customer_regions: Vec<Region>,
    #[serde(default)]
    pub(crate) coverage_rule: CoverageRule,
    pub(crate) out_of_hours: OutOfHours,
    pub(crate) severities: Vec<Severity>,
    pub(crate) tiers: Vec<Tier>,
    #[serde(default, rename = "sla_rule")]
    pub(crate) _sla_rule: String,
    pub(crate) breach_cost: BreachCost,
    #[serde(default, rename = "sectors")]
    pub(crate) _sectors: Mix,
    pub(crate) categories: Vec<Category>,
    #[serde(default)]
    pub(crate) handling_factors: HandlingFactors,
    pub(crate) channels: BTreeMap<String, Channel>,
    pub(crate) bot: Option<Bot>,
    pub(crate) customer_reply: Option<CustomerReply>,
    #[serde(default, rename = "skill_groups")]
    pub(crate) _skill_groups: BTreeMap<String, Vec<String>>,
    pub(crate) shifts: BTreeMap<String, Shift>,
    pub(crate) pools: Vec<Pool>,
    pub(crate) check_totals: Option<CheckTotals>,

    // What overlays add.
    #[serde(default)]
    pub(crate) incidents: Vec<Incident>,
    #[serde(default)]
    pub(crate) centre_outages: Vec<CentreOutage>,
    pub(crate) failover: Option<serde_json::Value>,
    #[serde(default)]
    pub(crate) utc_offset_overrides: OffsetOverrides,
    #[serde(default)]
    pub(crate) rate_multipliers: Vec<RateMultiplier>,
    #[serde(default)]
    pub(crate) category_share_multipliers: Mix,
    #[serde(default)]
    pub(crate) severity_odds_multipliers: Mix,
    #[serde(default)]
    pub(crate) staffing: Vec<Staffing>,
    #[serde(default)]
    pub(crate) opens_all_hours: Vec<String>,
    pub(crate) pre_warning: Option<serde_json::Value>,
    #[serde(default, rename = "questions")]
    pub(crate) _questions: Vec<String>,
}

/// When the scenario starts, what of it is discarded and what is measured, in hours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clock {
    pub(crate) start_utc: Timestamp,
    pub(crate) warmup_h: f64,
    pub(crate) measure_h: f64,
    #[serde(default, rename = "weekday")]
    pub(crate) _weekday: String,
}

/// How many tickets come, and when.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arrivals {
    #[serde(default, rename = "process")]
    pub(crate) _process: String,
    pub(crate) tickets_per_day: f64,
    /// Coefficient of variation of the gamma draw (mean 1) that each region-hour is multiplied by.
    #[serde(default)]
    pub(crate) hourly_gamma_cv: f64,
    /// Share of a region's day in each local hour, by profile.
    pub(crate) profiles_local_hour: BTreeMap<String, Vec<f64>>,
}

/// A centre and its service hours: `["07:00", "23:00"]`; `24:00` is midnight.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Centre {
    pub(crate) id: String,
    #[serde(default, rename = "name")]
    pub(crate) _name: String,
    #[serde(default, rename = "tz")]
    pub(crate) _tz: String,
    pub(crate) utc_offset_min: i64,
    pub(crate) service_hours: [String; 2],
    #[serde(default, rename = "languages")]
    pub(crate) _languages: Vec<String>,
    #[serde(default, rename = "hours_source")]
    pub(crate) _hours_source: String,
}

/// Where customers are, what they speak, and which centres serve them, in order of preference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Region {
    pub(crate) id: String,
    pub(crate) share: f64,
    pub(crate) utc_offset_min: i64,
    pub(crate) profile: String,
    pub(crate) service_hours_of: String,
    pub(crate) languages: Mix,
    pub(crate) data_residency: Option<String>,
    pub(crate) coverage: BTreeMap<String, Vec<String>>,
}

/// When an overflow step becomes available, in seconds waited.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CoverageRule {
    #[serde(default)]
    pub(crate) step_after_s: Vec<f64>,
    #[serde(default)]
    pub(crate) closed_step_after_s: f64,
    #[serde(default, rename = "note")]
    pub(crate) _note: String,
}

/// Who is served while the home centre is closed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutOfHours {
    pub(crate) eligible_severities: Vec<String>,
    pub(crate) eligible_tiers: Vec<String>,
    #[serde(default, rename = "others")]
    pub(crate) _others: String,
    #[serde(default)]
    pub(crate) major_incident_opens_all_hours: bool,
}

/// Which clock a promise runs by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum RunsBy {
    /// Every minute counts.
    #[serde(rename = "24x7")]
    AllHours,
    /// Only minutes in which the home centre is open count.
    #[serde(rename = "service_hours")]
    ServiceHours,
}

/// A severity, its targets in minutes, and the clock that they run by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Severity {
    pub(crate) id: String,
    pub(crate) response_min: f64,
    pub(crate) resolve_min: f64,
    pub(crate) clock: RunsBy,
    #[serde(default, rename = "source")]
    pub(crate) _source: String,
}

/// What a customer pays for, and what it promises beyond the severity.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tier {
    pub(crate) id: String,
    pub(crate) share: f64,
    pub(crate) response_cap_min: Option<f64>,
    pub(crate) clock: Option<RunsBy>,
    #[serde(default, rename = "vip")]
    pub(crate) _vip: bool,
}

/// What a breach weighs: severity x tier x (response or resolve share).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BreachCost {
    pub(crate) severity: Mix,
    pub(crate) tier: Mix,
    pub(crate) response_share: f64,
    pub(crate) resolve_share: f64,
}

/// What tickets are about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Category {
    pub(crate) id: String,
    #[serde(default, rename = "scene")]
    pub(crate) _scene: String,
    pub(crate) share: f64,
    pub(crate) skill: String,
    pub(crate) severity_mix: Mix,
    /// The share that the bot resolves, by severity.
    #[serde(default)]
    pub(crate) bot_resolves: Mix,
    /// The probability that a finished handling goes one level up, by level.
    #[serde(default)]
    pub(crate) escalate: Mix,
    /// Handling time by level.
    pub(crate) handling: BTreeMap<String, Spread>,
}

/// A distribution of minutes.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "dist", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Spread {
    /// Logarithm normally distributed; `scv` is the squared coefficient of variation.
    Lognormal {
        /// Minutes.
        #[serde(alias = "mean")]
        mean_min: f64,
        /// Squared coefficient of variation.
        scv: f64,
        /// Mean of the logarithm of minutes, to check by.
        mu: Option<f64>,
        /// Standard deviation of the logarithm of minutes, to check by.
        sigma: Option<f64>,
        /// For people.
        #[serde(default, rename = "note")]
        _note: String,
    },
    /// Memoryless.
    Exponential {
        /// Minutes.
        mean_min: f64,
    },
    /// Always the same.
    Fixed {
        /// Minutes.
        mean_min: f64,
    },
}

/// What handling time is multiplied by (severity, channel) or divided by (speed).
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandlingFactors {
    #[serde(default)]
    pub(crate) severity: Mix,
    #[serde(default)]
    pub(crate) channel: Mix,
    pub(crate) agent_speed: Option<Spread>,
}

/// A channel, and the part of an agent's capacity that one ticket of it takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Channel {
    pub(crate) share: f64,
    pub(crate) capacity_units: f64,
}

/// The robot level that some severities start at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bot {
    pub(crate) applies_to: Vec<String>,
    pub(crate) give_up_after: Spread,
    #[serde(default, rename = "rounds")]
    pub(crate) _rounds: u32,
    pub(crate) force_human_after_min: f64,
}

/// Tickets that wait once for their customer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerReply {
    pub(crate) prob: f64,
    pub(crate) delay: Spread,
    pub(crate) second_handling_factor: f64,
    #[serde(default, rename = "clock")]
    pub(crate) _clock: String,
    #[serde(default)]
    pub(crate) prefer_same_agent_min: f64,
}

/// A shift of a centre, every day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shift {
    pub(crate) centre: String,
    pub(crate) start_local: String,
    pub(crate) minutes: i64,
}

/// Agents that are alike. `heads` is how many are on duty, by shift.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pool {
    pub(crate) id: String,
    pub(crate) centre: String,
    #[serde(default, rename = "group")]
    pub(crate) _group: String,
    pub(crate) level: String,
    pub(crate) skills: Vec<String>,
    pub(crate) languages: Vec<String>,
    pub(crate) heads: BTreeMap<String, u32>,
    pub(crate) capacity_units: f64,
    #[serde(default)]
    pub(crate) eu_cleared: bool,
    pub(crate) role: PoolRole,
    /// The tiers that it serves; all when absent.
    pub(crate) tiers: Option<Vec<String>>,
}

/// When a pool is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PoolRole {
    /// While its centre is open.
    Day,
    /// While its centre is closed, for tickets that are served then.
    NightDuty,
    /// By everybody, a little later than their own centre.
    Professional,
}

/// Derived totals, to check a reader of the file by.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckTotals {
    pub(crate) pools: Option<u64>,
    pub(crate) agents: Option<u64>,
    #[serde(default)]
    pub(crate) agents_by_centre: BTreeMap<String, u64>,
    pub(crate) staffed_agent_hours: Option<f64>,
    pub(crate) human_tickets_per_day: Option<f64>,
    pub(crate) bot_resolved_share: Option<f64>,
    #[serde(default)]
    pub(crate) offered_agent_hours: Mix,
    pub(crate) occupancy: Option<f64>,
}
