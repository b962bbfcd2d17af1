//! Our messages as the client library's, and back.

use std::str::FromStr;
use std::sync::Arc;

use async_nats::header::{HeaderName, HeaderValue};
use async_nats::{HeaderMap, Message, Subject};
use posthouse_bus::{AckToken, Delivery, Error, Headers, Outgoing, header};
use posthouse_domain::Timestamp;

/// What the server writes into messages begins with this.
const SERVER_PREFIX: &str = "Nats-";
const EXPECTED_LAST: &str = "Nats-Expected-Last-Subject-Sequence";
const TTL: &str = "Nats-TTL";
const DIRECT_SEQUENCE: &str = "Nats-Sequence";
const DIRECT_SUBJECT: &str = "Nats-Subject";
const DIRECT_TIME: &str = "Nats-Time-Stamp";

/// Where a delivery stands, as its reply subject says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// How often it was delivered, this time included.
    pub(super) attempt: u64,
    /// Its place in the stream.
    pub(super) sequence: u64,
    /// Its place among all that the consumer delivered.
    pub(super) consumer_sequence: u64,
    stored_at: Timestamp,
    /// How many the consumer has yet to deliver.
    pub(super) pending: u64,
}

impl Place {
    /// Reads `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<attempt>.<sequence>.<consumer
    /// sequence>.<ns>.<pending>[.<token>]`.
    pub(super) fn parse(reply: &str) -> Option<Self> {
        let tokens = reply.strip_prefix("$JS.ACK.")?.split('.');
        let skipped = if tokens.clone().count() >= 9 { 4 } else { 2 };
        let mut numbers = tokens.skip(skipped);
        let mut number = || numbers.next()?.parse::<u64>().ok();
        Some(Self {
            attempt: number()?,
            sequence: number()?,
            consumer_sequence: number()?,
            stored_at: from_nanos(number()?),
            pending: number()?,
        })
    }
}

/// A message of a consumer, and where it stands. `None` if it is not one.
pub(super) fn delivery(message: Message, stream: &Arc<str>) -> Option<(Delivery, Place)> {
    let reply = message.reply?;
    let place = Place::parse(&reply)?;
    let delivery = Delivery {
        stream: Arc::clone(stream),
        sequence: place.sequence,
        stored_at: place.stored_at,
        subject: message.subject.into_string(),
        headers: message.headers.as_ref().map(headers).unwrap_or_default(),
        payload: message.payload,
        ack: AckToken(reply.into_string()),
        pending: place.pending,
    };
    Some((delivery, place))
}

/// A message that was got directly, without a consumer. `None` if it is not one.
pub(super) fn direct(message: Message, stream: &str) -> Option<Delivery> {
    let map = message.headers?;
    let text = |name: &str| map.get(name).map(HeaderValue::as_str);
    Some(Delivery {
        stream: stream.into(),
        sequence: text(DIRECT_SEQUENCE)?.parse().ok()?,
        stored_at: text(DIRECT_TIME)?.parse().ok()?,
        subject: text(DIRECT_SUBJECT)?.to_owned(),
        headers: headers(&map),
        payload: message.payload,
        ack: AckToken::default(),
        pending: 0,
    })
}

/// The headers that somebody else than the server wrote, by name: the client library has
/// forgotten their order.
pub(super) fn headers(map: &HeaderMap) -> Headers {
    let mut pairs: Vec<(&str, &str)> = map
        .iter()
        .filter_map(|(name, values)| {
            let name: &str = name.as_ref();
            Some((name, values.first()?.as_str()))
        })
        .filter(|(name, _)| *name == header::MESSAGE_ID || !name.starts_with(SERVER_PREFIX))
        .collect();
    pairs.sort_unstable();
    let mut headers = Headers::default();
    for (name, value) in pairs {
        headers.set(name, value);
    }
    headers
}

/// The headers of a message to be stored.
///
/// # Errors
///
/// [`Error::Refused`] for a name or a value that would not arrive as it was sent.
pub(super) fn outgoing_headers(message: &Outgoing) -> Result<HeaderMap, Error> {
    let mut map = HeaderMap::new();
    for (name, value) in message.headers.iter() {
        insert(&mut map, name, value)?;
    }
    if let Some(id) = &message.id {
        insert(&mut map, header::MESSAGE_ID, id)?;
    }
    if let Some(sequence) = message.expected_last_sequence {
        map.insert(EXPECTED_LAST, HeaderValue::from(sequence));
    }
    if let Some(ttl) = message.ttl {
        // Whole seconds, at least one, rounded up: rather too long than too short.
        let seconds = ttl.as_secs() + u64::from(ttl.subsec_nanos() > 0);
        map.insert(TTL, HeaderValue::from(seconds.max(1)));
    }
    Ok(map)
}

/// A subject that one message can be published to.
///
/// # Errors
///
/// [`Error::Refused`] if it has wildcards, blanks or empty tokens.
pub(super) fn plain_subject(subject: &str) -> Result<Subject, Error> {
    let is_plain = subject.split('.').all(|token| {
        !token.is_empty()
            && token != "*"
            && token != ">"
            && !token.contains(|c: char| c.is_whitespace() || c.is_control())
    });
    if is_plain {
        return Ok(Subject::from(subject));
    }
    Err(refused(
        format!("publish to `{subject}`"),
        "this is no subject",
    ))
}

fn insert(map: &mut HeaderMap, name: &str, value: &str) -> Result<(), Error> {
    let doing = || format!("send header {name}");
    let key = HeaderName::from_str(name).map_err(|_| refused(doing(), "this is no name"))?;
    if !Headers::may_hold(value) {
        let why = "its value has control characters or blanks around it";
        return Err(refused(doing(), why));
    }
    let value = HeaderValue::from_str(value).map_err(|why| refused(doing(), &why.to_string()))?;
    map.insert(key, value);
    Ok(())
}

fn from_nanos(nanos: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(nanos / 1_000_000).unwrap_or(i64::MAX))
}

fn refused(doing: String, why: &str) -> Error {
    Error::Refused {
        doing,
        code: 0,
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_of_reply_subjects() {
        let place = Place {
            attempt: 2,
            sequence: 70,
            consumer_sequence: 9,
            stored_at: Timestamp::from_millis(1_795_329_000_123),
            pending: 3,
        };
        for reply in [
            "$JS.ACK.PH_a_0.router_00.2.70.9.1795329000123999999.3",
            "$JS.ACK._.acc.PH_a_0.router_00.2.70.9.1795329000123999999.3",
            "$JS.ACK.hub.acc.PH_a_0.router_00.2.70.9.1795329000123999999.3.token",
        ] {
            assert_eq!(Place::parse(reply), Some(place), "{reply}");
        }
        for reply in ["", "$JS.ACK.", "_INBOX.a.b", "$JS.ACK.s.c.1.2.x.4.5"] {
            assert_eq!(Place::parse(reply), None, "{reply}");
        }
    }

    #[test]
    fn what_the_server_wrote_is_not_shown() {
        let mut map = HeaderMap::new();
        map.insert("Nats-Msg-Id", "id");
        map.insert("Nats-Pin-Id", "pin");
        map.insert("traceparent", "00");
        map.insert("Posthouse-Ticket", "t");
        let shown = headers(&map);
        let names: Vec<&str> = shown.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Nats-Msg-Id", "Posthouse-Ticket", "traceparent"]);
    }

    #[test]
    fn what_would_not_arrive_is_refused() {
        for (name, value) in [("a:b", "x"), ("a b\n", "x"), ("a", "x\r\ny"), ("a", " x")] {
            let message = Outgoing {
                headers: Headers::default().with(name, value),
                ..Outgoing::default()
            };
            assert!(outgoing_headers(&message).is_err(), "{name:?}: {value:?}");
        }
        for subject in ["", "a..b", "a.*", "a.>", "a b", ".a"] {
            assert!(plain_subject(subject).is_err(), "{subject:?}");
        }
    }

    #[test]
    fn a_time_to_live_is_rounded_up() {
        let ttl = |ms| {
            let message = Outgoing {
                ttl: Some(std::time::Duration::from_millis(ms)),
                ..Outgoing::default()
            };
            outgoing_headers(&message)
                .unwrap()
                .get(TTL)
                .unwrap()
                .to_string()
        };
        assert_eq!([ttl(0), ttl(1_000), ttl(1_001)], ["1", "1", "2"]);
    }
}
