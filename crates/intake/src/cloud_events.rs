//! CloudEvents 1.0 in binary mode: attributes in headers, the data as the payload.
//!
//! Structured mode (the whole event as one JSON document) is refused with a reason.
//!
//! # Source
//!
//! CloudEvents NATS protocol binding 1.0.3: `ce-` headers whose values are percent-encoded,
//! `content-type` for the type of the data.

use percent_encoding::percent_decode_str;
use posthouse_bus::Headers;
use posthouse_domain::Timestamp;
use posthouse_domain::command::{Command, CommandBody};

use crate::action::{Action, Subject};
use crate::http::is_json;
use crate::json::Json;
use crate::reading;
use crate::refused::Refused;
use crate::words::{shown, unknown};

/// What the types of events about tickets begin with.
const TICKET_TYPE: &str = "com.posthouse.ticket.";
/// What the types of events about agents begin with.
const AGENT_TYPE: &str = "com.posthouse.agent.";
/// What the types of events about customers begin with.
const CUSTOMER_TYPE: &str = "com.posthouse.customer.";
/// The version that is understood.
const SPEC_VERSION: &str = "1.0";
/// The field of the data that names the ticket, where the subject of the event does not.
const TICKET: &str = "ticket_id";
/// The field of the data that names the agent, where the subject of the event does not.
const AGENT: &str = "agent";
/// The field of the data that names the customer, where the subject does not.
const CUSTOMER: &str = "customer";

/// An event, as its headers describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// Unique at its source.
    pub(crate) id: String,
    pub(crate) source: String,
    action: Action,
    /// What it is about: a ticket, an agent or a customer; may be empty.
    subject: String,
    time: Option<Timestamp>,
}

/// Whether a message says that it is a CloudEvent.
pub(crate) fn is_event(headers: &Headers) -> bool {
    headers.get("ce-specversion").is_some()
        || headers.get("content-type").is_some_and(|media| {
            media
                .trim()
                .to_ascii_lowercase()
                .starts_with("application/cloudevents")
        })
}

impl Event {
    /// Reads the headers.
    ///
    /// # Errors
    ///
    /// [`Refused::MediaType`] for structured mode, else [`Refused::Invalid`] with the header.
    pub(crate) fn read(headers: &Headers) -> Result<Self, Refused> {
        let media = headers.get("content-type").unwrap_or_default();
        if headers.get("ce-specversion").is_none() {
            return Err(Refused::MediaType(format!(
                "{}: send events in binary mode, with `ce-` headers",
                shown(media)
            )));
        }
        let version = required(headers, "ce-specversion")?;
        if version != SPEC_VERSION {
            let what = format!("is {} and must be `{SPEC_VERSION}`", shown(&version));
            return Err(Refused::field("ce-specversion", what));
        }
        let time = match attribute(headers, "ce-time")? {
            None => None,
            Some(time) => Some(time.parse().map_err(|_| {
                Refused::field(
                    "ce-time",
                    format!("is {}, no RFC 3339 instant", shown(&time)),
                )
            })?),
        };
        Ok(Self {
            id: required(headers, "ce-id")?,
            source: required(headers, "ce-source")?,
            action: action(&required(headers, "ce-type")?)?,
            subject: attribute(headers, "ce-subject")?.unwrap_or_default(),
            time,
        })
    }

    /// Reads the data.
    ///
    /// # Errors
    ///
    /// [`Refused`], with the field.
    pub(crate) fn command(&self, headers: &Headers, data: &[u8]) -> Result<Command, Refused> {
        let media = match headers.get("content-type") {
            Some(media) => media.to_owned(),
            None => attribute(headers, "ce-datacontenttype")?.unwrap_or_default(),
        };
        let bare = media.split(';').next().unwrap_or_default().trim();
        let mut command = if bare.is_empty() || is_json(bare) {
            self.read_json(data)?
        } else if bare.eq_ignore_ascii_case("application/protobuf") {
            self.read_protobuf(data)?
        } else {
            let why = "want application/json or application/protobuf";
            return Err(Refused::MediaType(format!("{}; {why}", shown(&media))));
        };
        command.asked_at = command.asked_at.or(self.time);
        Ok(command)
    }

    fn read_json(&self, data: &[u8]) -> Result<Command, Refused> {
        let mut json = if data.is_empty() && self.action.may_be_bare() {
            Json::Object(Vec::new())
        } else {
            Json::parse(data).map_err(|why| Refused::Unreadable(format!("the data {why}")))?
        };
        let ticket = match self.action {
            Action::Open => String::new(),
            Action::Presence => self.about(AGENT, &mut json)?,
            Action::Prefer => self.about(CUSTOMER, &mut json)?,
            _ => self.about(TICKET, &mut json)?,
        };
        reading::command(self.action, json, &ticket).map_err(Refused::Invalid)
    }

    /// What the event is about: its subject, or a field of the data.
    fn about(&self, field: &'static str, json: &mut Json) -> Result<String, Refused> {
        let Json::Object(entries) = json else {
            return Ok(self.subject.clone());
        };
        let Some(at) = entries.iter().position(|(name, _)| name == field) else {
            if self.subject.is_empty() {
                return Err(Refused::field(
                    field,
                    "is missing, and there is no ce-subject",
                ));
            }
            return Ok(self.subject.clone());
        };
        match entries.remove(at).1 {
            Json::Text(name) if self.subject.is_empty() || self.subject == name => Ok(name),
            Json::Text(_) => {
                let what = self.action.subject().word();
                let what = format!("names another {what} than ce-subject");
                Err(Refused::field(field, what))
            }
            other => Err(Refused::field(
                field,
                format!("is {} and must be text", other.kind()),
            )),
        }
    }

    fn read_protobuf(&self, data: &[u8]) -> Result<Command, Refused> {
        let command = posthouse_wire::decode_command(data)?;
        let found = action_of(&command.body);
        if found != self.action {
            let what = format!(
                "says {} but the data says {}",
                self.action.word(),
                found.word()
            );
            return Err(Refused::field("ce-type", what));
        }
        Ok(command)
    }
}

const fn action_of(body: &CommandBody) -> Action {
    match body {
        CommandBody::Open(_) => Action::Open,
        CommandBody::Reply { .. } => Action::Reply,
        CommandBody::Assign { .. } => Action::Assign,
        CommandBody::Progress { .. } => Action::Progress,
        CommandBody::Resolve { .. } => Action::Resolve,
        CommandBody::Reopen { .. } => Action::Reopen,
        CommandBody::Close { .. } => Action::Close,
        CommandBody::Correct { .. } => Action::Correct,
        CommandBody::Unfold { .. } => Action::Unfold,
        CommandBody::Accept { .. } => Action::Accept,
        CommandBody::Decline { .. } => Action::Decline,
        CommandBody::Transfer { .. } => Action::Transfer,
        CommandBody::Presence { .. } => Action::Presence,
        CommandBody::Prefer(_) => Action::Prefer,
    }
}

fn action(kind: &str) -> Result<Action, Refused> {
    let found = Action::ALL
        .into_iter()
        .find(|action| kind.strip_prefix(type_prefix(*action)) == Some(action.word()));
    found.ok_or_else(|| {
        let known: Vec<String> = Action::ALL
            .iter()
            .map(|action| format!("{}{}", type_prefix(*action), action.word()))
            .collect();
        Refused::field("ce-type", unknown(kind, known.iter().map(String::as_str)))
    })
}

const fn type_prefix(action: Action) -> &'static str {
    match action.subject() {
        Subject::Ticket => TICKET_TYPE,
        Subject::Agent => AGENT_TYPE,
        Subject::Customer => CUSTOMER_TYPE,
    }
}

/// An attribute that an event must have.
fn required(headers: &Headers, name: &str) -> Result<String, Refused> {
    match attribute(headers, name)? {
        Some(value) if !value.is_empty() => Ok(value),
        Some(_) => Err(Refused::field(name, "is empty")),
        None => Err(Refused::field(name, "is missing")),
    }
}

/// An attribute, percent-decoded.
pub(crate) fn attribute(headers: &Headers, name: &str) -> Result<Option<String>, Refused> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let decoded = percent_decode_str(value).decode_utf8();
    match decoded {
        Ok(text) => Ok(Some(text.into_owned())),
        Err(_) => Err(Refused::field(name, "is not UTF-8 when percent-decoded")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(more: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::default()
            .with("ce-specversion", "1.0")
            .with("ce-id", "42")
            .with("CE-Source", "/crm/%E4%B8%AD%E5%9B%BD")
            .with("ce-type", "com.posthouse.ticket.reply");
        for (name, value) in more {
            headers.set(*name, *value);
        }
        headers
    }

    fn read(more: &[(&str, &str)], data: &str) -> Result<(Event, Command), String> {
        let headers = headers(more);
        let event = Event::read(&headers).map_err(|refused| refused.to_string())?;
        let command = event.command(&headers, data.as_bytes());
        command
            .map(|command| (event, command))
            .map_err(|refused| refused.to_string())
    }

    #[test]
    fn an_event_names_its_ticket_in_the_subject_or_in_the_data() {
        let (event, command) = read(
            &[("ce-subject", "CN-1"), ("ce-time", "2026-11-22T06:00:00Z")],
            r#"{"text":"t"}"#,
        )
        .unwrap();
        assert_eq!(event.source, "/crm/中国");
        assert_eq!(command.body.ticket(), Some("CN-1"));
        assert_eq!(
            command.asked_at.unwrap().to_string(),
            "2026-11-22T06:00:00.000Z"
        );
        let (_, command) = read(&[], r#"{"ticket_id":"CN-2","text":"t"}"#).unwrap();
        assert_eq!(command.body.ticket(), Some("CN-2"));
    }

    #[test]
    fn what_is_wrong_is_told_by_header_or_field() {
        let data = r#"{"text":"t"}"#;
        for (more, data, expected) in [
            (
                &[("ce-specversion", "0.3")][..],
                data,
                "ce-specversion is `0.3` and must be `1.0`",
            ),
            (&[("ce-id", "")], data, "ce-id is empty"),
            (
                &[("ce-id", "%FF")],
                data,
                "ce-id is not UTF-8 when percent-decoded",
            ),
            (
                &[("ce-type", "com.posthouse.ticket.replay")],
                data,
                "com.posthouse.ticket.reply`?",
            ),
            (
                &[("ce-time", "yesterday")],
                data,
                "ce-time is `yesterday`, no RFC 3339 instant",
            ),
            (
                &[("content-type", "text/xml")],
                data,
                "`text/xml`; want application/json",
            ),
            (
                &[],
                data,
                "ticket_id is missing, and there is no ce-subject",
            ),
            (
                &[("ce-subject", "a")],
                r#"{"ticket_id":"b","text":"t"}"#,
                "another ticket",
            ),
            (
                &[],
                r#"{"ticket_id":7,"text":"t"}"#,
                "ticket_id is a number and must be text",
            ),
            (
                &[("ce-subject", "a")],
                "[1]",
                "the body is a list and must be an object",
            ),
            (
                &[("content-type", "application/protobuf")],
                "\u{1}",
                "read command",
            ),
        ] {
            let error = read(more, data).unwrap_err();
            assert!(error.contains(expected), "{error} lacks {expected}");
        }
    }

    #[test]
    fn structured_mode_is_refused_with_the_way_out() {
        let headers = Headers::default().with(
            "content-type",
            "application/cloudevents+json; charset=utf-8",
        );
        assert!(is_event(&headers));
        let refused = Event::read(&headers).unwrap_err();
        assert_eq!(refused.code(), "INT0003");
        assert!(refused.to_string().contains("binary mode"));
    }
}
