//! `[dispatch]` in `routing.toml`: in which order tickets are taken, and who gets them.
//!
//! Each key can be left out: the defaults are those of [`Rules`].

use std::collections::BTreeMap;

use posthouse_domain::dispatch::{Accept, AgentOrder, BreachCost, Jump, Order, Rules};
use posthouse_domain::ticket::Severity;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::agents;
use crate::diagnostic::Code;
use crate::limits::{COST_MAX, DISPATCH_COUNT_MAX, DISPATCH_MS_MAX};
use crate::read::{Table, Value};
use crate::report::suggestion;

/// The table's name.
pub(crate) const TABLE: &str = "dispatch";

const KEYS: &[&str] = &[
    "order",
    "agents",
    "accept",
    "accept_timeout",
    "heartbeat_timeout",
    "refusal",
    "affinity_grace",
    "transfer_grace",
    "starvation_every",
    "slack_permille",
    "late_permille",
    "target_default",
    "handling",
    "weights",
    "cost",
    "jump",
];
const WEIGHT_KEYS: &[&str] = &["proficiency", "idleness"];
const COST_KEYS: &[&str] = &["severity", "tier", "response", "resolution"];
const JUMP_KEYS: &[&str] = &["severities", "tiers", "in_a_row_max"];
const SEVERITIES: &[&str] = &["P0", "P1", "P2", "P3"];

/// What the table refers to; `None` where a file could not be read.
#[derive(Clone, Copy)]
pub(crate) struct Known<'k> {
    pub(crate) levels: Option<&'k [&'k str]>,
    pub(crate) tiers: Option<&'k [String]>,
}

/// Reads the table of `routing.toml`, and puts the roster to it.
pub(crate) fn read(file: Table<'_>, roster: &agents::Read<'_>, known: Known<'_>) -> Rules {
    let usual = Rules::default();
    let rules = Rules {
        channel_load: roster.channel_load.clone(),
        channel_load_default: roster
            .channel_load_default
            .unwrap_or(usual.channel_load_default),
        ..usual
    }
    .with_agents(roster.agents.clone());
    let table = file.get(TABLE).and_then(|value| value.table(KEYS));
    table.map_or(rules.clone(), |table| Reader { table, known }.rules(rules))
}

struct Reader<'r, 'd> {
    table: Table<'d>,
    known: Known<'r>,
}

impl Reader<'_, '_> {
    fn rules(&self, usual: Rules) -> Rules {
        let orders = Order::ALL.map(|order| (order.as_str(), order));
        let agents = AgentOrder::ALL.map(|order| (order.as_str(), order));
        let accept = Accept::ALL.map(|accept| (accept.as_str(), accept));
        Rules {
            order: self.one_of("order", &orders).unwrap_or(usual.order),
            agent_order: self.one_of("agents", &agents).unwrap_or(usual.agent_order),
            accept: self.one_of("accept", &accept).unwrap_or(usual.accept),
            accept_timeout_ms: self.ms("accept_timeout", usual.accept_timeout_ms),
            heartbeat_timeout_ms: self.ms("heartbeat_timeout", usual.heartbeat_timeout_ms),
            refusal_ms: self.ms("refusal", usual.refusal_ms),
            affinity_grace_ms: self.ms("affinity_grace", usual.affinity_grace_ms),
            transfer_grace_ms: self.ms("transfer_grace", usual.transfer_grace_ms),
            target_default_ms: self.ms("target_default", usual.target_default_ms),
            starvation_every: count(self.table, "starvation_every", usual.starvation_every),
            slack_permille: self.permille("slack_permille", usual.slack_permille),
            late_permille: self.permille("late_permille", usual.late_permille),
            handling_ms: self.handling(),
            proficiency_permille: self.proficiency(usual.proficiency_permille),
            cost: self.cost(usual.cost),
            jump: self.jump(),
            agents: usual.agents,
            channel_load: usual.channel_load,
            channel_load_default: usual.channel_load_default,
        }
    }

    fn one_of<T: Copy>(&self, key: &str, known: &[(&'static str, T)]) -> Option<T> {
        let value = self.table.get(key)?;
        let text = value.text()?;
        let found = known.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let hint = suggestion(text, known.iter().map(|(word, _)| *word));
            let message = format!("there is no such way as `{text}`");
            value.add(Code::WordUnknown, message, hint);
        }
        found.map(|(_, meaning)| *meaning)
    }

    fn ms(&self, key: &str, otherwise: i64) -> i64 {
        let value = self.table.get(key);
        let ms = value.and_then(|value| value.duration_ms(DISPATCH_MS_MAX));
        ms.unwrap_or(otherwise)
    }

    fn permille(&self, key: &str, otherwise: u16) -> u16 {
        let value = self.table.get(key);
        let permille = value.and_then(|value| value.integer(1, 10_000));
        permille
            .and_then(|permille| u16::try_from(permille).ok())
            .unwrap_or(otherwise)
    }

    /// How long the work takes, by level.
    fn handling(&self) -> BTreeMap<String, i64> {
        let table = self.table.get("handling").and_then(|it| it.any_table());
        let mut handling = BTreeMap::new();
        for (level, spot, value) in table.iter().flat_map(Table::entries) {
            let levels = self.known.levels;
            if let Some(levels) = levels.filter(|levels| !levels.contains(&level)) {
                let message = format!("there is no level `{level}`");
                let hint = suggestion(level, levels.iter().copied());
                let report = value.report();
                report.add(Code::ReferenceUnknown, &spot, message, hint);
            }
            if let Some(ms) = value.duration_ms(DISPATCH_MS_MAX) {
                handling.insert(level.to_owned(), ms);
            }
        }
        handling
    }

    fn proficiency(&self, otherwise: u16) -> u16 {
        let value = self.table.get("weights");
        let Some(table) = value.and_then(|value| value.table(WEIGHT_KEYS)) else {
            return otherwise;
        };
        whole(table, WEIGHT_KEYS).unwrap_or(otherwise)
    }

    fn cost(&self, usual: BreachCost) -> BreachCost {
        let value = self.table.get("cost");
        let Some(table) = value.and_then(|value| value.table(COST_KEYS)) else {
            return usual;
        };
        let mut cost = usual;
        let severities = table.get("severity").and_then(|it| it.table(SEVERITIES));
        if let Some(severities) = severities {
            for (severity, micro) in SEVERITIES.iter().zip(&mut cost.severity_micro) {
                let value = severities.get(severity).and_then(|value| micro_of(&value));
                *micro = value.unwrap_or(*micro);
            }
        }
        if let Some(value) = table.get("tier") {
            cost.tier_micro = self.tiers(value);
        }
        if table.get("response").is_some() || table.get("resolution").is_some() {
            let share = whole(table, &["response", "resolution"]);
            cost.response_permille = share.unwrap_or(cost.response_permille);
        }
        cost
    }

    fn tiers(&self, value: Value<'_>) -> BTreeMap<String, i64> {
        let table = value.any_table();
        let mut tiers = BTreeMap::new();
        for (tier, spot, value) in table.iter().flat_map(Table::entries) {
            let known = self.known.tiers;
            if let Some(known) = known.filter(|all| !all.iter().any(|known| known == tier)) {
                let message = format!("there is no tier `{tier}`");
                let hint = suggestion(tier, known.iter().map(String::as_str));
                let report = value.report();
                report.add(Code::ReferenceUnknown, &spot, message, hint);
            }
            if let Some(micro) = micro_of(&value) {
                tiers.insert(tier.to_owned(), micro);
            }
        }
        tiers
    }

    fn jump(&self) -> Jump {
        let value = self.table.get("jump");
        let Some(table) = value.and_then(|value| value.table(JUMP_KEYS)) else {
            return Jump::default();
        };
        let list = |key: &str| {
            let items = table.get(key).and_then(|value| value.array());
            items.unwrap_or_default().into_iter()
        };
        let known = self.known.tiers.map(|all| all.iter().map(String::as_str));
        let severity = |item: Value<'_>| item.word::<Severity>();
        let in_a_row_max = table
            .need("in_a_row_max")
            .and_then(|value| value.integer(1, DISPATCH_COUNT_MAX));
        Jump {
            severities: list("severities").filter_map(severity).collect(),
            tiers: list("tiers")
                .filter_map(|item| item.reference("tier", known.clone()))
                .map(str::to_owned)
                .collect(),
            in_a_row_max: in_a_row_max
                .and_then(|count| u32::try_from(count).ok())
                .unwrap_or(1),
        }
    }
}

/// The first of two weights, in thousandths; together they have to be one.
fn whole(table: Table<'_>, keys: &[&str]) -> Option<u16> {
    let mut weights = Vec::new();
    for key in keys {
        weights.push(table.need(key)?.decimal(1)?);
    }
    let sum: Decimal = weights.iter().sum();
    if sum != Decimal::ONE {
        let message = format!("{} add up to {sum}, not to 1", keys.join(" and "));
        let hint = Some("write shares, such as 0.3 and 0.7".to_owned());
        let report = table.report();
        report.add(Code::WeightsSum, &table.spot(), message, hint);
        return None;
    }
    let permille = weights.first()? * Decimal::ONE_THOUSAND;
    permille.round().to_u16()
}

/// A cost, in millionths.
fn micro_of(value: &Value<'_>) -> Option<i64> {
    let cost = value.decimal(COST_MAX)?;
    (cost * Decimal::from(1_000_000)).round().to_i64()
}

fn count(table: Table<'_>, key: &str, otherwise: u32) -> u32 {
    let value = table.get(key);
    let count = value.and_then(|value| value.integer(0, DISPATCH_COUNT_MAX));
    count
        .and_then(|count| u32::try_from(count).ok())
        .unwrap_or(otherwise)
}
