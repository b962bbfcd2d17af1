//! Spans of the loop: what was received, processed, sent, stored and settled.
//!
//! What carries several messages (receive, store, settle) is a short trace of its own that links to
//! them. What is about one message is a part of that message's trace.
//!
//! # Invariants
//!
//! - The identities of spans follow from those of facts, so an owner that repeats what another has
//!   done repeats its spans, too.
//! - What is kept here is bounded by the inputs in flight.

mod batches;
mod site;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use posthouse_bus::{Delivery, Error as BusError, Outgoing, Role, header};
use posthouse_domain::ticket::{Fact, FactKind, PolicyVersion};
use posthouse_domain::{FactId, TicketId, Timestamp};

use super::Context;
use crate::trace::names::{self, operation};
use crate::trace::{Kind, Span, SpanContext, SpanId, TraceId, explain};
use crate::{Errand, limits};

pub(super) use site::Site;
use site::{about, at_log_time, fail, template};

/// What conclusions follow from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stimulus {
    /// A message that was processed: where, and the ticket it is about.
    Message(SpanContext, TicketId),
    /// A timer that rang, or a policy that took effect.
    Timer,
}

/// One input that is being decided on.
#[derive(Debug)]
pub(super) struct Decision {
    /// Where.
    pub(super) context: SpanContext,
    /// What it is part of.
    parent: Option<SpanId>,
    started_ns: u64,
}

/// What became of an input.
#[derive(Clone, Copy, Debug)]
pub(super) enum Decided<'a> {
    /// It was taken in, and these conclusions follow.
    Concluded(&'a [Fact]),
    /// It changes nothing that counts.
    Void,
    /// It was set aside, with this code.
    Refused(&'static str),
}

/// How a step is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Telling {
    /// It is done now.
    Live,
    /// It is done again, in a replay, for whoever did it first may not have told it: at the time
    /// of the log.
    Again(Timestamp),
    /// Not at all: it was told long ago.
    Never,
}

/// What a worker says of its work.
pub(super) struct Spans {
    site: Arc<Site>,
    /// Outputs on their way that are recorded.
    sending: BTreeMap<FactId, Span>,
    /// Recorded inputs that are not committed, by the number of their record.
    uncommitted: VecDeque<(u64, SpanContext)>,
    /// The commit that is to be acknowledged, and how many inputs it has.
    committed: Option<(SpanContext, usize)>,
    /// Requests whose errands may come, and when the log stored them; for roles that run errands.
    asked: Option<BTreeMap<FactId, (SpanContext, Timestamp)>>,
}

impl Spans {
    pub(super) fn new(context: &Context) -> Self {
        Self {
            site: Arc::new(Site::new(context)),
            sending: BTreeMap::new(),
            uncommitted: VecDeque::new(),
            committed: None,
            asked: (context.spec.role == Role::Courier).then(BTreeMap::new),
        }
    }

    pub(super) const fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// Nothing is on its way any more.
    pub(super) fn clear(&mut self) {
        self.sending.clear();
        self.uncommitted.clear();
        self.committed = None;
        if let Some(asked) = &mut self.asked {
            asked.clear();
        }
    }

    /// An input is about to be decided on.
    pub(super) fn begin(&self, delivery: &Delivery, fact: &Fact) -> Decision {
        let processing = || SpanId::of_processing(fact.id, self.site.role);
        let sent = context_of(delivery);
        let context = match sent {
            Some(sent) if self.site.tracer.wants(sent) => sent.child(processing()),
            // What nobody records needs no place of its own.
            Some(sent) => sent,
            None => self
                .site
                .tracer
                .root(TraceId::of_fact(fact.id), processing()),
        };
        let started_ns = if self.site.tracer.wants(context) {
            self.site.tracer.now_ns()
        } else {
            0
        };
        Decision {
            context,
            parent: sent.map(|sent| sent.span),
            started_ns,
        }
    }

    /// An input was decided on: by the record with this number.
    pub(super) fn decided(
        &mut self,
        decision: &Decision,
        (delivery, fact): (&Delivery, &Fact),
        decided: Decided<'_>,
        policy: &PolicyVersion,
        number: u64,
        telling: Telling,
    ) {
        let context = decision.context;
        if matches!(telling, Telling::Never) {
            return;
        }
        tracing::debug!(
            trace_id = %context.trace, span_id = %context.span, ticket.id = %fact.ticket,
            fact = %fact.id, kind = %fact.body.kind(), decision = %decided.words(), "decided",
        );
        if fact.body.kind() == FactKind::NotificationRequested {
            self.note_asked(fact.id, (context, delivery.stored_at));
        }
        if !self.site.tracer.wants(context) {
            return;
        }
        let template = template(&fact.body.kind());
        let name = format!("{} {template}", operation::PROCESS);
        let mut span = Span::new(
            context,
            decision.parent,
            Kind::Consumer,
            name,
            decision.started_ns,
        );
        self.site.describe(&mut span, operation::PROCESS);
        span.set(names::MESSAGING_DESTINATION, delivery.subject.clone());
        span.set(names::MESSAGING_DESTINATION_TEMPLATE, template);
        span.set(names::MESSAGING_CONSUMER_GROUP, self.site.consumer.clone());
        about(&mut span, fact, policy);
        span.set(names::SEQUENCE, delivery.sequence);
        span.set(names::DECISION, decided.words());
        match decided {
            Decided::Concluded([first, ..]) => explain(&mut span, &first.body),
            Decided::Refused(code) => fail(&mut span, code),
            Decided::Concluded([]) | Decided::Void => {}
        }
        if let Some(letter) = delivery.headers.get(header::REDRIVEN) {
            span.set(names::REDRIVEN, letter.to_owned());
        }
        if matches!(telling, Telling::Live) {
            self.uncommitted.push_back((number, context));
        }
        self.tell(span, telling);
    }

    /// Where what follows from a timer begins: a trace that links to the ticket's creation. A
    /// breach is always recorded, whatever it follows from.
    pub(super) fn ring(
        &self,
        fact: &Fact,
        due: Option<Timestamp>,
        telling: Telling,
    ) -> SpanContext {
        let id = SpanId::derive(&[b"ring", fact.id.0.as_bytes()]);
        let trace = TraceId::of_fact(fact.id);
        let context = if fact.body.kind() == FactKind::TargetBreached {
            self.site.tracer.forced_root(trace, id)
        } else {
            self.site.tracer.root(trace, id)
        };
        if self.site.tracer.wants(context) {
            let name = format!("{} {}", names::RING, self.site.role);
            let now_ns = self.site.tracer.now_ns();
            let mut span = Span::new(context, None, Kind::Internal, name, now_ns);
            self.site.place(&mut span);
            about(&mut span, fact, &fact.policy);
            span.set(names::DECISION, fact.body.kind().as_str());
            if let Some(due) = due {
                span.set(names::DUE, due.to_string());
            }
            explain(&mut span, &fact.body);
            if names::is_of_ticket(fact.body.kind()) {
                span.link(SpanContext::created(fact.ticket));
            }
            self.tell(span, telling);
        }
        context
    }

    /// A message that carries `fact` is to be sent, as part of `parent`, which is about that
    /// ticket. Returns where.
    pub(super) fn sending(
        &mut self,
        fact: &Fact,
        subject: &str,
        bytes: usize,
        parent: SpanContext,
        about: TicketId,
    ) -> SpanContext {
        let context = parent.child(SpanId::of_fact(fact.id));
        if self.site.tracer.wants(context) && !self.sending.contains_key(&fact.id) {
            let span = self
                .site
                .send_span(fact, subject, bytes, (context, parent), about);
            self.sending.insert(fact.id, span);
        }
        context
    }

    /// A dead letter is to be sent: the beginning of a trace that is always recorded. `from` is
    /// where what was set aside stood.
    pub(super) fn sending_letter(
        &mut self,
        id: FactId,
        letter: &mut Outgoing,
        code: &'static str,
        from: Option<SpanContext>,
        ticket: Option<TicketId>,
    ) {
        let context = self
            .site
            .tracer
            .forced_root(TraceId::of_fact(id), SpanId::of_fact(id));
        letter.headers.set(header::TRACEPARENT, context.to_string());
        if !self.site.tracer.wants(context) {
            return;
        }
        let name = format!("{} {}", operation::SEND, names::DEAD_LETTER_TEMPLATE);
        let now_ns = self.site.tracer.now_ns();
        let mut span = Span::new(context, None, Kind::Producer, name, now_ns);
        self.site.describe(&mut span, operation::SEND);
        span.set(names::MESSAGING_DESTINATION, letter.subject.clone());
        span.set(
            names::MESSAGING_DESTINATION_TEMPLATE,
            names::DEAD_LETTER_TEMPLATE,
        );
        span.set(names::MESSAGING_MESSAGE_ID, id.to_string());
        fail(&mut span, code);
        if let Some(ticket) = ticket {
            span.set(names::TICKET_ID, ticket.to_string());
            span.link(SpanContext::created(ticket));
        }
        if let Some(from) = from {
            span.link(from);
        }
        self.sending.insert(id, span);
    }

    /// An output is handed to the bus now.
    pub(super) fn sent(&mut self, id: FactId) {
        if let Some(span) = self.sending.get_mut(&id) {
            span.started_ns = self.site.tracer.now_ns();
        }
    }

    /// The log holds an output.
    pub(super) fn stored(&mut self, id: FactId, is_duplicate: bool) {
        if let Some(mut span) = self.sending.remove(&id) {
            if is_duplicate {
                span.set(names::DUPLICATE, true);
            }
            self.site.tracer.end(span);
        }
    }

    /// The log held an output already, when a replay came to it.
    pub(super) fn recognised(&mut self, id: FactId, telling: Telling) {
        if let Some(span) = self.sending.remove(&id) {
            self.tell(span, telling);
        }
    }

    /// The bus will never take an output.
    pub(super) fn unsendable(&mut self, id: FactId, error: &BusError) -> Option<SpanContext> {
        let mut span = self.sending.remove(&id)?;
        let context = span.context();
        fail(&mut span, error.code());
        self.site.tracer.end(span);
        Some(context)
    }

    /// Where an errand is done at `now`, a time of the log: in the trace of its request where this
    /// owner has just seen it, else in a new one that links to the ticket's creation.
    pub(super) fn errand(
        &mut self,
        errand: &Errand,
        now: Timestamp,
    ) -> (SpanContext, Option<Span>) {
        let Errand {
            id,
            attempt,
            ticket,
            ..
        } = *errand;
        let number = attempt.to_be_bytes();
        let own = SpanId::derive(&[b"errand", id.0.as_bytes(), &number]);
        let asked = self.asked.as_mut().and_then(|asked| asked.remove(&id));
        let just = asked.filter(|(_, at)| now.millis_since(*at) <= limits::ERRAND_AT_ONCE_MS);
        let context = match just {
            Some((asked, _)) => asked.child(own),
            None => {
                let trace = TraceId::derive(&[b"errand", id.0.as_bytes(), &number]);
                self.site.tracer.root(trace, own)
            }
        };
        if !self.site.tracer.wants(context) {
            return (context, None);
        }
        let parent = just.map(|(asked, _)| asked.span);
        let now_ns = self.site.tracer.now_ns();
        let name = format!("{} {}", names::ERRAND, self.site.role);
        let mut span = Span::new(context, parent, Kind::Internal, name, now_ns);
        self.site.place(&mut span);
        span.set(names::TICKET_ID, ticket.to_string());
        span.set(names::MESSAGING_MESSAGE_ID, id.to_string());
        span.set(names::ATTEMPT, attempt);
        if parent.is_none() {
            span.link(SpanContext::created(ticket));
            if let Some((asked, _)) = asked {
                span.link(asked);
            }
        }
        (context, Some(span))
    }

    fn tell(&self, mut span: Span, telling: Telling) {
        match telling {
            Telling::Live => self.site.tracer.end(span),
            Telling::Again(at) => {
                at_log_time(&mut span, at);
                self.site.tracer.record(span);
            }
            Telling::Never => {}
        }
    }

    /// Remembers where a request was processed, for its errand. Of too many the oldest identity
    /// goes: its errand begins a trace of its own.
    fn note_asked(&mut self, id: FactId, asked_at: (SpanContext, Timestamp)) {
        let Some(asked) = &mut self.asked else { return };
        if asked.len() >= limits::REQUESTS_TRACED_MAX {
            asked.pop_first();
        }
        asked.insert(id, asked_at);
    }
}

impl Decided<'_> {
    /// What was decided, in a word or the kinds of the conclusions.
    fn words(self) -> String {
        match self {
            Self::Concluded([]) => "nothing".to_owned(),
            Self::Concluded(facts) => {
                let mut kinds: Vec<&str> = facts.iter().map(|it| it.body.kind().as_str()).collect();
                kinds.dedup();
                kinds.truncate(limits::DECISION_KINDS_MAX);
                kinds.join(",")
            }
            Self::Void => "void".to_owned(),
            Self::Refused(_) => "refused".to_owned(),
        }
    }
}

/// Where a message was sent.
pub(super) fn context_of(delivery: &Delivery) -> Option<SpanContext> {
    let text = delivery.headers.get(header::TRACEPARENT)?;
    SpanContext::parse(text)
}
