//! The systems, as scenarios in the format that people write.

use serde_json::{Value, json};

use crate::scenario::Scenario;

/// A system of queueing theory. Spans are minutes, rates are per minute.
#[derive(Clone, Debug)]
pub(super) struct System {
    /// Arrivals by severity, P0 first.
    pub(super) rates: Vec<f64>,
    /// Agents and mean service by level.
    pub(super) levels: Vec<(u32, f64)>,
    /// The share of tickets that climb from the first level.
    pub(super) climbs: f64,
    /// Tickets that count, and those before them that do not.
    pub(super) arrivals: f64,
    pub(super) warmup: f64,
}

impl System {
    /// M/M/4, 80 % busy.
    pub(super) fn mm4() -> Self {
        Self {
            rates: vec![0.32],
            levels: vec![(4, 10.0)],
            climbs: 0.0,
            arrivals: 450_000.0,
            warmup: 50_000.0,
        }
    }

    /// One agent and three classes.
    pub(super) fn cobham() -> Self {
        Self {
            rates: vec![0.01, 0.02, 0.04],
            levels: vec![(1, 12.0)],
            climbs: 0.0,
            arrivals: 900_000.0,
            warmup: 100_000.0,
        }
    }

    /// Six agents and four classes.
    pub(super) fn mm6() -> Self {
        Self {
            rates: vec![0.02, 0.06, 0.12, 0.22],
            levels: vec![(6, 12.0)],
            climbs: 0.0,
            arrivals: 900_000.0,
            warmup: 100_000.0,
        }
    }

    /// Two levels; a tenth of the tickets climbs.
    pub(super) fn jackson() -> Self {
        Self {
            rates: vec![0.6],
            levels: vec![(8, 10.0), (3, 40.0)],
            climbs: 0.1,
            arrivals: 450_000.0,
            warmup: 50_000.0,
        }
    }

    /// The same system for less time.
    pub(super) fn shorter(self, times: f64) -> Self {
        Self {
            arrivals: self.arrivals / times,
            warmup: self.warmup / times,
            ..self
        }
    }

    pub(super) fn scenario(&self) -> Scenario {
        let text = self.file().to_string();
        Scenario::read("system.json", |_| Ok(text.clone())).unwrap()
    }

    fn file(&self) -> Value {
        let rate: f64 = self.rates.iter().sum();
        let names = ["P0", "P1", "P2", "P3"];
        let mix: serde_json::Map<String, Value> = names
            .iter()
            .zip(&self.rates)
            .map(|(name, part)| ((*name).to_owned(), json!(part / rate)))
            .collect();
        let severities = names
            .map(|id| json!({"id": id, "response_min": 60, "resolve_min": 480, "clock": "24x7"}));
        let levels = ["L1", "L2"].iter().zip(&self.levels);
        let handling: serde_json::Map<String, Value> = levels
            .clone()
            .map(|(level, (_, mean))| {
                let spread = json!({"dist": "exponential", "mean_min": mean});
                ((*level).to_owned(), spread)
            })
            .collect();
        let pools: Vec<Value> = levels
            .map(|(level, (heads, _))| pool(level, *heads))
            .collect();
        json!({
            "schema_version": 1,
            "id": "system",
            "seed": 1,
            "clock": {
                "start_utc": "2026-01-01T00:00:00Z",
                "warmup_h": self.warmup / rate / 60.0,
                "measure_h": self.arrivals / rate / 60.0,
            },
            "arrivals": {
                "tickets_per_day": rate * 1440.0,
                "profiles_local_hour": {"flat": vec![1.0 / 24.0; 24]},
            },
            "centres": [{
                "id": "c", "utc_offset_min": 0, "service_hours": ["00:00", "24:00"],
            }],
            "customer_regions": [{
                "id": "r", "share": 1, "utc_offset_min": 0, "profile": "flat",
                "service_hours_of": "c", "languages": {"en": 1}, "data_residency": null,
                "coverage": {"en": ["c"]},
            }],
            "out_of_hours": {"eligible_severities": [], "eligible_tiers": []},
            "severities": severities,
            "tiers": [{"id": "standard", "share": 1}],
            "breach_cost": {
                "severity": {"P0": 64, "P1": 16, "P2": 4, "P3": 1},
                "tier": {"standard": 1}, "response_share": 0.4, "resolve_share": 0.6,
            },
            "categories": [{
                "id": "all", "share": 1, "skill": "any", "severity_mix": mix,
                "escalate": {"L1": self.climbs}, "handling": handling,
            }],
            "channels": {"ticket": {"share": 1, "capacity_units": 1}},
            "shifts": {"always": {"centre": "c", "start_local": "00:00", "minutes": 1440}},
            "pools": pools,
        })
    }
}

fn pool(level: &str, heads: u32) -> Value {
    json!({
        "id": level, "centre": "c", "level": level, "skills": ["any"], "languages": ["en"],
        "heads": {"always": heads}, "capacity_units": 1, "role": "day",
    })
}
