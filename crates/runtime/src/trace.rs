//! Trace context (W3C), carried in message headers.
//!
//! Each step of a ticket is a short span; it belongs to the trace of the message that caused
//! it. Span identities are taken from the identity of the fact they produced, so a repeat of a
//! step repeats its span and nothing here needs randomness.

use posthouse_domain::{FactId, TicketId};

/// The `traceparent` of a message that follows from one with `parent` (if that is well formed)
/// and carries the fact `fact` about `ticket`.
///
/// # Source
///
/// W3C Trace Context, section 3.2: `00-<16 bytes>-<8 bytes>-<flags>`, lower-case hexadecimal.
#[must_use]
pub fn child(parent: Option<&str>, ticket: TicketId, fact: FactId) -> String {
    let trace = parent.and_then(parse).map_or_else(
        || ticket.0.as_simple().to_string(),
        |parent| parent.trace.to_owned(),
    );
    let flags = parent.and_then(parse).map_or("01", |parent| parent.flags);
    let fact = fact.0.as_simple().to_string();
    format!("00-{trace}-{}-{flags}", &fact[16..])
}

/// The parts of a `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent<'a> {
    /// The trace, 32 hexadecimal digits.
    pub trace: &'a str,
    /// The span, 16 hexadecimal digits.
    pub span: &'a str,
    /// The flags, two hexadecimal digits.
    pub flags: &'a str,
}

/// Reads a `traceparent`; `None` when it is not well formed.
#[must_use]
pub fn parse(text: &str) -> Option<Parent<'_>> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let well_formed = hex(version, 2)
        && version != "ff"
        && (version != "00" || parts.next().is_none())
        && hex(trace, 32)
        && hex(span, 16)
        && hex(flags, 2)
        && trace.bytes().any(|b| b != b'0')
        && span.bytes().any(|b| b != b'0');
    well_formed.then_some(Parent { trace, span, flags })
}

fn hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn ids() -> (TicketId, FactId) {
        let ticket = TicketId::derive(&["t"]);
        (ticket, FactId::from_command(&["f"]))
    }

    #[test]
    fn a_child_keeps_the_trace_and_has_a_span_of_its_own() {
        let (ticket, fact) = ids();
        let child = child(Some(PARENT), ticket, fact);
        let (parent, child) = (parse(PARENT).unwrap(), parse(&child).unwrap());
        assert_eq!(parent.trace, child.trace);
        assert_ne!(parent.span, child.span);
    }

    #[test]
    fn without_a_parent_the_ticket_is_the_trace() {
        let (ticket, fact) = ids();
        for bad in [
            None,
            Some("nonsense"),
            Some("00-0-0-01"),
            Some("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ] {
            let child = child(bad, ticket, fact);
            assert_eq!(
                parse(&child).unwrap().trace,
                ticket.0.as_simple().to_string()
            );
        }
    }
}
