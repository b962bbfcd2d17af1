//! Who does the work of a partition, as its spans say it.

use posthouse_domain::TicketId;
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::{Fact, FactKind, PolicyVersion};

use super::super::Context;
use crate::limits;
use crate::trace::names::{self, operation};
use crate::trace::{Kind, Link, Span, SpanContext, SpanId, TraceId, Tracer, explain};

/// Who does the work of a partition.
#[derive(Debug)]
pub(in super::super) struct Site {
    pub(super) tracer: Tracer,
    pub(super) role: &'static str,
    pub(super) consumer: String,
    pub(super) stream: String,
    region: String,
    partition: u16,
}

impl Site {
    pub(super) fn new(context: &Context) -> Self {
        let spec = &context.spec;
        Self {
            tracer: context.tracer.clone(),
            role: spec.role.as_str(),
            consumer: spec.consumer.clone(),
            stream: spec.stream.clone(),
            region: context.topology.subjects.region().to_owned(),
            partition: spec.partition,
        }
    }

    pub(in super::super) const fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// The span of sending `fact` as part of what is about `ticket`; it ends when the bus has stored it.
    pub(in super::super) fn send_span(
        &self,
        fact: &Fact,
        subject: &str,
        bytes: usize,
        (context, parent): (SpanContext, SpanContext),
        ticket: TicketId,
    ) -> Span {
        let template = template(&fact.body.kind());
        let name = format!("{} {template}", operation::SEND);
        let now_ns = self.tracer.now_ns();
        let mut span = Span::new(context, Some(parent.span), Kind::Producer, name, now_ns);
        self.describe(&mut span, operation::SEND);
        span.set(names::MESSAGING_DESTINATION, subject.to_owned());
        span.set(names::MESSAGING_DESTINATION_TEMPLATE, template);
        span.set(names::MESSAGING_BODY_SIZE, bytes);
        about(&mut span, fact, &fact.policy);
        explain(&mut span, &fact.body);
        if ticket != fact.ticket && names::is_of_ticket(fact.body.kind()) {
            span.link(SpanContext::created(fact.ticket));
        }
        span
    }

    /// A span about many messages: a trace of its own. `None` where none of them is recorded.
    pub(super) fn batch(
        &self,
        parts: &[&[u8]],
        operation: &'static str,
        kind: Kind,
        links: &[SpanContext],
    ) -> Option<Span> {
        if links.is_empty() || !self.tracer.is_on() {
            return None;
        }
        let context = self
            .tracer
            .forced_root(TraceId::derive(parts), SpanId::derive(parts));
        let name = format!("{operation} {}", self.stream);
        let mut span = Span::new(context, None, kind, name, self.tracer.now_ns());
        self.describe(&mut span, operation);
        span.set(names::MESSAGING_DESTINATION, self.stream.clone());
        span.set(names::MESSAGING_CONSUMER_GROUP, self.consumer.clone());
        span.links = links
            .iter()
            .take(limits::LINKS_PER_SPAN_MAX)
            .map(|context| Link {
                context: *context,
                attributes: Vec::new(),
            })
            .collect();
        Some(span)
    }

    /// Who did it, and what was done to messages.
    pub(super) fn describe(&self, span: &mut Span, operation: &'static str) {
        self.place(span);
        if operation != operation::STORE {
            span.set(names::MESSAGING_SYSTEM, names::NATS);
            span.set(names::MESSAGING_OPERATION_NAME, operation);
            span.set(names::MESSAGING_OPERATION_TYPE, operation);
        }
    }

    /// Who did it.
    pub(super) fn place(&self, span: &mut Span) {
        span.set(names::ROLE, self.role);
        span.set(names::REGION, self.region.clone());
        span.set(names::PARTITION, self.partition);
    }
}

/// The subject of a kind of fact, without what tells many apart.
pub(super) fn template(kind: &FactKind) -> String {
    let receiver = if kind.is_for_receivers() {
        ".{receiver_partition}"
    } else {
        ""
    };
    format!("ph.{{region}}.{{partition}}.{kind}{receiver}")
}

pub(super) fn about(span: &mut Span, fact: &Fact, policy: &PolicyVersion) {
    span.set(names::MESSAGING_MESSAGE_ID, fact.id.to_string());
    span.set(names::FACT_KIND, fact.body.kind().as_str());
    if names::is_of_ticket(fact.body.kind()) {
        span.set(names::TICKET_ID, fact.ticket.to_string());
    }
    if !policy.0.is_empty() {
        span.set(names::POLICY, policy.short().to_owned());
    }
}

pub(super) fn fail(span: &mut Span, code: &'static str) {
    span.set(names::ERROR_TYPE, code);
    span.failed = Some(code.into());
}

/// What was done in an earlier life is told by the log's time.
pub(super) fn at_log_time(span: &mut Span, at: Timestamp) {
    let at_ns = u64::try_from(at.as_millis())
        .unwrap_or_default()
        .saturating_mul(1_000_000);
    (span.started_ns, span.ended_ns) = (at_ns, at_ns);
    span.set(names::REPLAYED, true);
}
