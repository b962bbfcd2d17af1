//! Spans of the door: what was asked, the ticket that came of it, and what was sent to the log.
//!
//! Where the sender brought a trace, it goes on through us; else what it asks for begins one: that
//! of the ticket where it opens one, of the fact where it changes one. All identities but those of
//! repeats and refusals are derived, so nothing has to be carried from the door to the log.

use posthouse_bus::subject::Subjects;
use posthouse_bus::{Delivery, Outgoing, Stored, header};
use posthouse_domain::ticket::{Fact, FactKind};
use posthouse_domain::{FactId, TicketId};
use posthouse_runtime::trace::names::{self, operation};
use posthouse_runtime::trace::{Kind, Span, SpanContext, SpanId, TraceId, Tracer};
use uuid::Uuid;

use crate::refused::Refused;
use crate::submit::{Accepted, Place};

/// What the spans of one region's door have in common.
#[derive(Clone, Debug)]
pub(crate) struct Spans {
    tracer: Tracer,
    subjects: Subjects,
}

/// A command that has come in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    /// Where its sender is, if it said so.
    pub(crate) caller: Option<SpanContext>,
    started_ns: u64,
}

/// The door that a command came by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By<'a> {
    /// A request, answered with this status.
    Http { route: &'static str, status: u16 },
    /// A message.
    Inbox(&'a Delivery),
}

impl Spans {
    pub(crate) const fn new(tracer: Tracer, subjects: Subjects) -> Self {
        Self { tracer, subjects }
    }

    /// A command comes in, from a sender who says that it is there.
    pub(crate) fn arrived(&self, traceparent: Option<&str>) -> Arrival {
        self.began(traceparent.and_then(SpanContext::parse))
    }

    /// A command of a sender who is there is to be worked on.
    pub(crate) fn began(&self, caller: Option<SpanContext>) -> Arrival {
        Arrival {
            caller,
            started_ns: self.tracer.now_ns(),
        }
    }

    /// Where a command that becomes this fact is worked on.
    pub(crate) fn entry(
        &self,
        caller: Option<SpanContext>,
        ticket: TicketId,
        fact: FactId,
        kind: FactKind,
    ) -> SpanContext {
        let own = SpanId::derive(&[b"command", fact.0.as_bytes()]);
        if let Some(caller) = caller {
            return caller.child(own);
        }
        let trace = if kind == FactKind::Opened {
            TraceId::of_ticket(ticket)
        } else {
            TraceId::of_fact(fact)
        };
        self.tracer.root(trace, own)
    }

    /// A command was accepted.
    pub(crate) fn accepted(&self, arrival: Arrival, accepted: &Accepted, by: By<'_>) {
        let Accepted {
            ticket, fact, kind, ..
        } = *accepted;
        let is_repeat = accepted.place == Place::Earlier && matches!(by, By::Http { .. });
        let context = if is_repeat {
            self.fresh(arrival.caller)
        } else {
            self.entry(arrival.caller, ticket, fact, kind)
        };
        tracing::debug!(
            trace_id = %context.trace, span_id = %context.span, ticket.id = %ticket, fact = %fact,
            kind = %kind, place = ?accepted.place, "accepted",
        );
        if !self.tracer.wants(context) {
            return;
        }
        let mut span = self.command(context, arrival, by);
        span.set(names::FACT_KIND, kind.as_str());
        span.set(names::MESSAGING_MESSAGE_ID, fact.to_string());
        self.place(&mut span, names::is_of_ticket(kind), ticket);
        if accepted.place == Place::Outbox {
            span.set(names::OUTBOX, true);
        }
        let begins_ticket = kind == FactKind::Opened && accepted.place != Place::Earlier;
        let created = SpanContext {
            flags: context.flags,
            ..SpanContext::created(ticket)
        };
        if names::is_of_ticket(kind) && context.trace != created.trace {
            span.link(created);
        }
        if begins_ticket {
            self.created(created, context, arrival, accepted);
        }
        self.tracer.end(span);
    }

    /// The span that anybody can link to who knows the ticket: part of the command where that began
    /// the ticket's trace, else the beginning of it.
    fn created(
        &self,
        created: SpanContext,
        command: SpanContext,
        arrival: Arrival,
        accepted: &Accepted,
    ) {
        let is_same = created.trace == command.trace;
        let parent = is_same.then_some(command.span);
        let name = names::CREATE_TICKET;
        let mut span = Span::new(created, parent, Kind::Producer, name, arrival.started_ns);
        span.set(names::MESSAGING_SYSTEM, names::NATS);
        span.set(names::MESSAGING_OPERATION_NAME, operation::CREATE);
        span.set(names::MESSAGING_OPERATION_TYPE, operation::CREATE);
        span.set(names::MESSAGING_MESSAGE_ID, accepted.fact.to_string());
        self.place(&mut span, true, accepted.ticket);
        if !is_same {
            span.link(command);
        }
        self.tracer.end(span);
    }

    /// A command was refused.
    pub(crate) fn refused(&self, arrival: Arrival, refused: &Refused, by: By<'_>) {
        let context = self.fresh(arrival.caller);
        tracing::debug!(
            trace_id = %context.trace, span_id = %context.span, code = refused.code(), "refused",
        );
        if !self.tracer.wants(context) {
            return;
        }
        let mut span = self.command(context, arrival, by);
        span.set(names::REGION, self.subjects.region().to_owned());
        span.set(names::ROLE, ROLE);
        span.set(names::REASON, refused.code());
        // Who asks for what cannot be has failed, not we.
        let is_ours = match by {
            By::Http { status, .. } => status >= 500,
            By::Inbox(_) => true,
        };
        if is_ours {
            fail(&mut span, refused.code());
        }
        self.tracer.end(span);
    }

    /// The span in which a message is sent, if that is wanted; `entry` is where its command is
    /// worked on.
    pub(crate) fn sending(
        &self,
        fact: &Fact,
        message: &Outgoing,
        entry: SpanContext,
    ) -> Option<Span> {
        let context = entry.child(SpanId::of_fact(fact.id));
        let span = self.send(context, entry.span, message)?;
        let span = span.with(names::FACT_KIND, fact.body.kind().as_str());
        let Some(policy) = Some(fact.policy.short()).filter(|version| !version.is_empty()) else {
            return Some(span);
        };
        Some(span.with(names::POLICY, policy.to_owned()))
    }

    /// The same for a message that waited on disk.
    pub(crate) fn forwarding(&self, message: &Outgoing) -> Option<Span> {
        let text = message.headers.get(header::TRACEPARENT)?;
        let context = SpanContext::parse(text)?;
        let fact: FactId = message.id.as_deref()?.parse().ok()?;
        let entry = SpanId::derive(&[b"command", fact.0.as_bytes()]);
        let span = self.send(context, entry, message)?;
        Some(span.with(names::OUTBOX, true))
    }

    fn send(&self, context: SpanContext, entry: SpanId, message: &Outgoing) -> Option<Span> {
        if !self.tracer.wants(context) {
            return None;
        }
        let kind = message.subject.splitn(4, '.').nth(3).unwrap_or_default();
        let template = format!("ph.{{region}}.{{partition}}.{kind}");
        let name = format!("{} {template}", operation::SEND);
        let now_ns = self.tracer.now_ns();
        let mut span = Span::new(context, Some(entry), Kind::Producer, name, now_ns);
        span.set(names::MESSAGING_DESTINATION_TEMPLATE, template);
        sent(&mut span, message);
        let is_of_ticket = kind.parse().is_ok_and(names::is_of_ticket);
        match message.headers.get(header::TICKET).map(str::parse) {
            Some(Ok(ticket)) => self.place(&mut span, is_of_ticket, ticket),
            _ => span.set(names::REGION, self.subjects.region().to_owned()),
        }
        Some(span)
    }

    /// A dead letter is to be sent: the beginning of a trace that is always recorded.
    pub(crate) fn letter(
        &self,
        letter: &mut Outgoing,
        code: &'static str,
        caller: Option<SpanContext>,
    ) -> Option<Span> {
        let id: FactId = letter.id.as_deref()?.parse().ok()?;
        let root = self
            .tracer
            .forced_root(TraceId::of_fact(id), SpanId::of_fact(id));
        letter.headers.set(header::TRACEPARENT, root.to_string());
        if !self.tracer.wants(root) {
            return None;
        }
        let name = format!("{} {}", operation::SEND, names::DEAD_LETTER_TEMPLATE);
        let mut span = Span::new(root, None, Kind::Producer, name, self.tracer.now_ns());
        let template = names::DEAD_LETTER_TEMPLATE;
        span.set(names::MESSAGING_DESTINATION_TEMPLATE, template);
        sent(&mut span, letter);
        span.set(names::REGION, self.subjects.region().to_owned());
        span.set(names::ROLE, ROLE);
        fail(&mut span, code);
        if let Some(caller) = caller {
            span.link(caller);
        }
        Some(span)
    }

    /// What was sent is in the log.
    pub(crate) fn end(&self, span: Option<Span>, stored: Stored) {
        let Some(mut span) = span else { return };
        if stored.duplicate {
            span.set(names::DUPLICATE, true);
        }
        self.tracer.end(span);
    }

    /// The span of a command, which began when it arrived.
    fn command(&self, context: SpanContext, arrival: Arrival, by: By<'_>) -> Span {
        let parent = arrival.caller.map(|caller| caller.span);
        let (kind, name) = match by {
            By::Http { route, .. } => (Kind::Server, format!("POST {route}")),
            By::Inbox(_) => (
                Kind::Consumer,
                format!("{} {}", operation::PROCESS, names::INBOX_TEMPLATE),
            ),
        };
        let mut span = Span::new(context, parent, kind, name, arrival.started_ns);
        match by {
            By::Http { route, status } => {
                span.set(names::HTTP_METHOD, "POST");
                span.set(names::HTTP_ROUTE, route);
                span.set(names::URL_SCHEME, "http");
                span.set(names::HTTP_STATUS, status);
            }
            By::Inbox(delivery) => {
                span.set(names::MESSAGING_SYSTEM, names::NATS);
                span.set(names::MESSAGING_OPERATION_NAME, operation::PROCESS);
                span.set(names::MESSAGING_OPERATION_TYPE, operation::PROCESS);
                span.set(names::MESSAGING_DESTINATION, delivery.subject.clone());
                span.set(names::MESSAGING_DESTINATION_TEMPLATE, names::INBOX_TEMPLATE);
                span.set(names::SEQUENCE, delivery.sequence);
            }
        }
        span
    }

    fn place(&self, span: &mut Span, is_of_ticket: bool, ticket: TicketId) {
        if is_of_ticket {
            span.set(names::TICKET_ID, ticket.to_string());
        }
        span.set(names::REGION, self.subjects.region().to_owned());
        span.set(names::PARTITION, self.subjects.partition(ticket));
        span.set(names::ROLE, ROLE);
    }

    /// A place that nothing names: of a command that became nothing new.
    fn fresh(&self, caller: Option<SpanContext>) -> SpanContext {
        let id = FactId(Uuid::now_v7());
        let own = SpanId::of_fact(id);
        caller.map_or_else(
            || self.tracer.root(TraceId::of_fact(id), own),
            |caller| caller.child(own),
        )
    }
}

/// Who we are, in spans.
const ROLE: &str = "intake";

fn sent(span: &mut Span, message: &Outgoing) {
    span.set(names::MESSAGING_SYSTEM, names::NATS);
    span.set(names::MESSAGING_OPERATION_NAME, operation::SEND);
    span.set(names::MESSAGING_OPERATION_TYPE, operation::SEND);
    span.set(names::MESSAGING_DESTINATION, message.subject.clone());
    span.set(names::MESSAGING_BODY_SIZE, message.payload.len());
    if let Some(id) = &message.id {
        span.set(names::MESSAGING_MESSAGE_ID, id.clone());
    }
}

fn fail(span: &mut Span, code: &'static str) {
    span.set(names::ERROR_TYPE, code);
    span.failed = Some(code.into());
}
