//! The 28 dimensions of routing, with what a ticket has in each.

use posthouse_domain::Timestamp;
use posthouse_domain::route::{DIMENSIONS, Of, Standing};
use posthouse_domain::ticket::Features;
use posthouse_policy::Policy;
use serde_json::{Map, Value, json};

const MINUTE_MS: i64 = 60_000;

/// The dimensions by the name that conditions know them by. Those of agents are told with the
/// agents.
pub(super) fn of(
    features: &Features,
    standing: &Standing,
    policy: &Policy,
    now: Timestamp,
) -> Map<String, Value> {
    let fields = DIMENSIONS
        .iter()
        .filter(|one| one.of != Of::Agent)
        .flat_map(|one| one.fields);
    let told = fields.filter_map(|field| {
        let value = value(field, features, standing, policy, now)?;
        Some(((*field).to_owned(), value))
    });
    told.collect()
}

fn value(
    field: &str,
    features: &Features,
    standing: &Standing,
    policy: &Policy,
    now: Timestamp,
) -> Option<Value> {
    let rules = &policy.routing;
    let caller = rules.entries.caller(&features.attributes);
    let queue = |part: usize| features.queue.split('/').nth(part).unwrap_or_default();
    let home = || {
        let region = rules.regions.get(&features.region)?;
        rules.centres.get(region.centres.first()?)
    };
    let minutes =
        |due: Option<Timestamp>| due.map(|due| due.millis_since(now).div_euclid(MINUTE_MS));
    Some(match field {
        "ticket.region" => json!(features.region),
        "ticket.local_hour" => json!(local(features, policy, now)?.hour()),
        "ticket.local_weekday" => {
            let day = format!("{:?}", local(features, policy, now)?.weekday());
            json!(day.to_lowercase().get(..3)?)
        }
        "ticket.language" => json!(features.language),
        "ticket.channel" => json!(features.channel),
        "ticket.category" => json!(features.category),
        "ticket.skill" => json!(queue(2)),
        "ticket.scene" => json!(caller.scene),
        "ticket.severity" => {
            json!(
                features
                    .severity
                    .unwrap_or(policy.severity_default)
                    .as_str()
            )
        }
        "ticket.response_slack" => json!(minutes(standing.response_due)),
        "ticket.resolution_slack" => json!(minutes(standing.resolution_due)),
        "ticket.calendar" => json!(standing.calendar),
        "ticket.age" => json!(minutes(Some(features.opened_at)).map(|since| -since)),
        "ticket.level" => json!(queue(1)),
        "ticket.escalations" => json!(standing.escalations),
        "ticket.reopens" => json!(features.reopens),
        "ticket.sentiment" => json!(features.sentiment.map(|sentiment| sentiment.as_str())),
        "ticket.incident" => json!(features.incident),
        "ticket.tier" => json!(features.tier),
        "ticket.vip" => json!(caller.vip),
        "ticket.segment" => json!(caller.segment),
        "ticket.sector" => json!(caller.sector),
        "ticket.residency" => json!(rules.residency(features)),
        "ticket.last_agent" => json!(standing.last_agent),
        "ticket.account_manager" => json!(rules.manager(&features.customer)),
        "centre.open" => {
            let centre = home()?;
            json!(!centre.down && centre.is_open(rules, now))
        }
        "centre.down" => json!(home()?.down),
        _ => return None,
    })
}

fn local(features: &Features, policy: &Policy, now: Timestamp) -> Option<jiff::civil::DateTime> {
    let region = policy.regions.get(&features.region)?;
    let zone = jiff::tz::TimeZone::get(&region.zone).ok()?;
    Some(zone.to_datetime(now.to_jiff()))
}

#[cfg(test)]
mod tests {
    use posthouse_domain::ticket::Opened;
    use posthouse_testkit::builders;

    use super::*;

    /// None is forgotten when another is added.
    #[test]
    fn each_dimension_is_told() {
        let policy = Policy::shipped("default").unwrap();
        let features = builders::features(&Opened {
            region: "cn-north".to_owned(),
            ..builders::opened("It burns")
        });
        let standing = Standing::default();
        let told = of(&features, &standing, &policy, builders::START);
        let fields = DIMENSIONS
            .iter()
            .filter(|one| one.of != Of::Agent)
            .flat_map(|one| one.fields);
        for field in fields {
            assert!(told.contains_key(*field), "{field}");
        }
        assert_eq!(told["ticket.local_weekday"], "mon");
        assert_eq!(told["ticket.local_hour"], 17);
    }
}
