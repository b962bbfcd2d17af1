//! W3C trace context: what travels with a message, as the header `traceparent`.

use std::fmt;

use posthouse_domain::TicketId;

use super::{SpanId, TraceId};

/// Where in which trace something happened, and whether it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanContext {
    /// The trace.
    pub trace: TraceId,
    /// The span.
    pub span: SpanId,
    /// The flags of W3C: [`Self::SAMPLED`], [`Self::RANDOM`].
    pub flags: u8,
}

impl SpanContext {
    /// The flag of what is recorded.
    pub const SAMPLED: u8 = 0x01;
    /// The flag of a trace whose last seven bytes are random.
    pub const RANDOM: u8 = 0x02;

    /// The context that a ticket was created in: the span `create ticket`. Whoever knows the ticket
    /// can link to it, without having seen it. Whether it was recorded is not known; links do not
    /// ask.
    #[must_use]
    pub fn created(ticket: TicketId) -> Self {
        Self {
            trace: TraceId::of_ticket(ticket),
            span: SpanId::of_ticket(ticket),
            flags: Self::SAMPLED,
        }
    }

    /// Whether it is recorded.
    #[must_use]
    pub const fn is_sampled(self) -> bool {
        self.flags & Self::SAMPLED != 0
    }

    /// Another span of the same trace.
    #[must_use]
    pub const fn child(self, span: SpanId) -> Self {
        Self { span, ..self }
    }

    /// Reads a `traceparent`; `None` when it is not well formed. Flags that this version does not
    /// know are cleared.
    ///
    /// # Source
    ///
    /// W3C Trace Context, section 3.2: `00-<16 bytes>-<8 bytes>-<flags>`, lower-case hexadecimal;
    /// later versions may have more behind it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let [version] = hex(parts.next()?)?;
        let trace = TraceId::new(hex(parts.next()?)?)?;
        let span = SpanId::new(hex(parts.next()?)?)?;
        let [flags] = hex(parts.next()?)?;
        let well_formed = version != 0xff && (version != 0 || parts.next().is_none());
        well_formed.then_some(Self {
            trace,
            span,
            flags: flags & (Self::SAMPLED | Self::RANDOM),
        })
    }
}

/// The `traceparent`.
impl fmt::Display for SpanContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace, self.span, self.flags)
    }
}

/// `N` bytes of lower-case hexadecimal digits, and nothing else.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_read_is_written_again() {
        let context = SpanContext::parse(PARENT).unwrap();
        assert!(context.is_sampled());
        assert_eq!(context.to_string(), PARENT);
        let child = context.child(SpanId::derive(&[b"x"]));
        assert_eq!(child.trace, context.trace);
        assert_eq!(SpanContext::parse(&child.to_string()), Some(child));
    }

    #[test]
    fn later_versions_are_read_and_their_flags_dropped() {
        let later = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff-more";
        let context = SpanContext::parse(later).unwrap();
        assert_eq!(context.flags, SpanContext::SAMPLED | SpanContext::RANDOM);
    }

    #[test]
    fn refuses_what_is_no_traceparent() {
        for bad in [
            "",
            "nonsense",
            "00-0-0-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e47é-00f067aa0ba902b7-01",
        ] {
            assert_eq!(SpanContext::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_creation_of_a_ticket_is_derived() {
        let ticket = TicketId::derive(&["t"]);
        let simple = ticket.0.as_simple().to_string();
        let created = SpanContext::created(ticket).to_string();
        assert_eq!(created, format!("00-{simple}-{}-01", &simple[16..]));
    }
}
