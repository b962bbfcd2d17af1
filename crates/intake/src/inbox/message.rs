//! What a message of the inbox asks for, and what names it.

use posthouse_bus::{Delivery, header};
use posthouse_runtime::trace::SpanContext;

use crate::cloud_events::{self, Event};
use crate::http::is_json;
use crate::identity::Idempotency;
use crate::refused::Refused;
use crate::submit::Request;
use crate::words::shown;

/// The source that a subject of the inbox names: everything after `ph.<region>.inbox.`
pub(super) fn source(subject: &str) -> String {
    subject.splitn(4, '.').nth(3).unwrap_or_default().to_owned()
}

/// Reads a message: a CloudEvent in binary mode, or a `TicketCommand` in Protobuf.
///
/// # Errors
///
/// [`Refused`]; the same message fails again.
pub(crate) fn read(delivery: &Delivery) -> Result<Request, Refused> {
    let (headers, payload) = (&delivery.headers, &delivery.payload);
    let source = source(&delivery.subject);
    if cloud_events::is_event(headers) {
        let event = Event::read(headers)?;
        let command = event.command(headers, payload)?;
        let name = vec![source, "event".to_owned(), event.source, event.id];
        let mut request = Request::new(command, Some(Idempotency::Event(name)));
        request.caller = match caller(delivery) {
            Some(hop) => Some(hop),
            None => {
                let origin = cloud_events::attribute(headers, "ce-traceparent")?;
                origin.as_deref().and_then(SpanContext::parse)
            }
        };
        return Ok(request);
    }
    if let Some(media) = headers.get("content-type").filter(|media| is_json(media)) {
        let why = "send JSON as a CloudEvent, or a TicketCommand in Protobuf";
        return Err(Refused::MediaType(format!(
            "{} without `ce-` headers; {why}",
            shown(media)
        )));
    }
    let command = posthouse_wire::decode_command(payload)?;
    let name = name(delivery, source, command.id.as_deref());
    let mut request = Request::new(command, Some(Idempotency::Event(name)));
    request.caller = caller(delivery);
    Ok(request)
}

/// Where the sender of a message is, if it said so.
pub(super) fn caller(delivery: &Delivery) -> Option<SpanContext> {
    let text = delivery.headers.get(header::TRACEPARENT)?;
    SpanContext::parse(text)
}

/// What names a command: its own identity, else the message's, else its place in the inbox. The
/// place has its time with it, since a stream that is made anew counts from one again.
fn name(delivery: &Delivery, source: String, command: Option<&str>) -> Vec<String> {
    if let Some(id) = command {
        return vec![source, "command".to_owned(), id.to_owned()];
    }
    if let Some(id) = delivery.headers.get(header::MESSAGE_ID) {
        return vec![source, "message".to_owned(), id.to_owned()];
    }
    let place = format!("{}/{}", delivery.stream, delivery.sequence);
    vec![
        source,
        "place".to_owned(),
        place,
        delivery.stored_at.to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_may_have_several_words() {
        assert_eq!(source("ph.cn-north.inbox.crm"), "crm");
        assert_eq!(source("ph.cn-north.inbox.crm.emea"), "crm.emea");
        assert_eq!(source("ph"), "");
    }
}
