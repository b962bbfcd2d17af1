//! Scenarios: a normal day, and an outage on top of it, as far as tickets are concerned.
//!
//! A key that the outage gives replaces that of the day it extends.

use std::collections::BTreeMap;

use posthouse_domain::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// What is needed of a scenario.
#[derive(Debug, Deserialize)]
pub(super) struct Scenario {
    pub(super) id: String,
    #[serde(default)]
    pub(super) about: String,
    pub(super) arrivals: Arrivals,
    pub(super) customer_regions: Vec<Region>,
    pub(super) categories: Vec<Category>,
    pub(super) incidents: Vec<Incident>,
}

/// How many tickets come, and when.
#[derive(Debug, Deserialize)]
pub(super) struct Arrivals {
    pub(super) tickets_per_day: f64,
    /// The share of a region's day in each local hour.
    pub(super) profiles_local_hour: BTreeMap<String, Vec<f64>>,
}

/// A region of customers.
#[derive(Debug, Deserialize)]
pub(super) struct Region {
    pub(super) id: String,
    pub(super) share: f64,
    pub(super) utc_offset_min: i64,
    pub(super) profile: String,
}

/// What tickets are about on a normal day.
#[derive(Debug, Deserialize)]
pub(super) struct Category {
    pub(super) id: String,
    pub(super) share: f64,
}

/// An outage.
#[derive(Debug, Deserialize)]
pub(super) struct Incident {
    pub(super) region: String,
    pub(super) product_region: String,
    pub(super) extra_tickets: Extra,
}

/// The tickets of an outage.
#[derive(Debug, Deserialize)]
pub(super) struct Extra {
    pub(super) count: usize,
    start_utc: String,
    pub(super) per_minute_weights: Vec<f64>,
    pub(super) region_mix: BTreeMap<String, f64>,
    pub(super) distinct_customers: usize,
    pub(super) same_incident_share: f64,
    pub(super) category_mix: BTreeMap<String, f64>,
}

impl Scenario {
    /// A scenario on top of the one that it extends.
    pub(super) fn of(own: Value, base: Option<Value>) -> Result<Self, String> {
        let mut whole = base.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        match (whole.as_object_mut(), own) {
            (Some(whole), Value::Object(own)) => whole.extend(own),
            _ => return Err("it is no object".to_owned()),
        }
        let scenario: Self = serde_json::from_value(whole).map_err(|error| error.to_string())?;
        if scenario.incidents.is_empty() {
            return Err("it has no incidents".to_owned());
        }
        Ok(scenario)
    }
}

impl Extra {
    /// When the first ticket may come.
    pub(super) fn start(&self) -> Result<Timestamp, String> {
        let read = self.start_utc.parse();
        read.map_err(|_| format!("`{}` is no instant", self.start_utc))
    }
}
