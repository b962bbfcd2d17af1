//! Tickets as the HTTP door gives them, as far as people are shown them.
//!
//! Reading is lenient: a field that is missing is shown as empty, one that is not known is left
//! alone, so that a command of one version can look at a server of the next.

use jiff::{SpanRound, Timestamp, Unit};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// A row of a list, and the head of a ticket.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ticket {
    #[serde(deserialize_with = "text")]
    pub(super) ticket_id: String,
    #[serde(deserialize_with = "text")]
    pub(super) number: String,
    #[serde(deserialize_with = "text")]
    pub(super) state: String,
    #[serde(deserialize_with = "text")]
    pub(super) severity: String,
    #[serde(deserialize_with = "text")]
    pub(super) category: String,
    #[serde(deserialize_with = "text")]
    pub(super) kind: String,
    #[serde(deserialize_with = "text")]
    pub(super) language: String,
    #[serde(deserialize_with = "text")]
    pub(super) sentiment: String,
    #[serde(deserialize_with = "text")]
    pub(super) queue: String,
    #[serde(deserialize_with = "text")]
    pub(super) customer: String,
    #[serde(deserialize_with = "text")]
    pub(super) tier: String,
    #[serde(deserialize_with = "text")]
    pub(super) region: String,
    #[serde(deserialize_with = "text")]
    pub(super) assignee: String,
    #[serde(deserialize_with = "text")]
    pub(super) subject: String,
    #[serde(deserialize_with = "text")]
    pub(super) opened_at: String,
    /// What was promised.
    pub(super) targets: Vec<Map<String, Value>>,
    /// What happened, in order.
    pub(super) facts: Vec<Map<String, Value>>,
}

/// Text, or nothing.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

/// A value of an object as text; empty where there is none.
pub(in crate::commands) fn text_of(object: &Map<String, Value>, name: &str) -> String {
    match object.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// How long ago something was: `3h 12m`; empty for what is no instant.
pub(super) fn age(at: &str, now: Timestamp) -> String {
    let Ok(at) = at.parse::<Timestamp>() else {
        return String::new();
    };
    let unit = match now.duration_since(at).as_secs() {
        ..=59 => Unit::Second,
        60..=86_399 => Unit::Minute,
        _ => Unit::Hour,
    };
    let rounding = SpanRound::new()
        .largest(Unit::Day)
        .smallest(unit)
        .days_are_24_hours();
    match now.since(at).and_then(|span| span.round(rounding)) {
        Ok(span) => format!("{span:#}"),
        Err(_) => String::new(),
    }
}

/// An instant in the zone of this machine, to the second; as it came when it is none.
pub(in crate::commands) fn local(at: &str) -> String {
    match at.parse::<Timestamp>() {
        Ok(at) => {
            let zoned = at.to_zoned(jiff::tz::TimeZone::system());
            zoned.strftime("%Y-%m-%d %H:%M:%S %z").to_string()
        }
        Err(_) => at.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        for (at, shown) in [
            ("2026-11-22T11:59:30Z", "30s"),
            ("2026-11-22T08:48:10Z", "3h 12m"),
            ("2026-11-19T10:30:00Z", "3d 2h"),
            ("yesterday", ""),
        ] {
            assert_eq!(age(at, now), shown);
        }
    }

    #[test]
    fn what_is_missing_is_empty() {
        let ticket: Ticket =
            serde_json::from_str(r#"{"number":"A","severity":null,"x":1}"#).unwrap();
        assert_eq!(
            (ticket.number.as_str(), ticket.severity.as_str()),
            ("A", "")
        );
    }
}
