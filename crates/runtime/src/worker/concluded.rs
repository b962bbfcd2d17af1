//! From conclusions to messages: where in which trace each of them is sent.

use std::collections::BTreeMap;

use posthouse_bus::topology::Topology;
use posthouse_bus::{AckToken, Delivery, Outgoing, header};
use posthouse_domain::ticket::{Fact, FactKind};
use posthouse_domain::{FactId, TicketId, Timestamp};

use super::Worker;
use super::spans::{Stimulus, Telling, context_of};
use crate::trace::SpanContext;
use crate::{Handler, Refusal};

impl<H: Handler> Worker<H> {
    /// Notes what follows from an input, or from timers that were due then. What follows from
    /// another output waits until the log holds that.
    pub(super) fn push_record(
        &mut self,
        position: u64,
        ack: Option<AckToken>,
        outputs: Vec<Fact>,
        stimulus: Stimulus,
        due: Option<Timestamp>,
    ) {
        let causes: Vec<_> = outputs
            .iter()
            .filter_map(|fact| Some((fact.id, fact.cause?)))
            .collect();
        let telling = self.telling(position, self.log_time);
        let messages = self.messages(&outputs, stimulus, due, telling);
        self.push(position, ack, messages, due);
        for (id, cause) in causes {
            self.records.hold(id, cause);
        }
    }

    fn messages(
        &mut self,
        outputs: &[Fact],
        stimulus: Stimulus,
        due: Option<Timestamp>,
        telling: Telling,
    ) -> Vec<(FactId, Outgoing)> {
        let mut begun: BTreeMap<FactId, SpanContext> = BTreeMap::new();
        let mut messages = Vec::with_capacity(outputs.len());
        for fact in outputs {
            let known = fact.cause.and_then(|cause| begun.get(&cause).copied());
            let parent = known.unwrap_or_else(|| self.parent(fact, stimulus, due, telling));
            if matches!(stimulus, Stimulus::Timer) || fact.body.kind() == FactKind::TargetBreached {
                begun.insert(fact.id, parent);
            }
            let about = match stimulus {
                Stimulus::Message(_, ticket) => ticket,
                Stimulus::Timer => fact.ticket,
            };
            messages.push((fact.id, self.output(fact, parent, about)));
        }
        messages
    }

    /// What the sending of a conclusion is part of.
    fn parent(
        &self,
        fact: &Fact,
        stimulus: Stimulus,
        due: Option<Timestamp>,
        telling: Telling,
    ) -> SpanContext {
        match stimulus {
            Stimulus::Message(context, _)
                if context.is_sampled()
                    || fact.body.kind() != FactKind::TargetBreached
                    || !self.context.tracer.is_on() =>
            {
                context
            }
            Stimulus::Message(..) | Stimulus::Timer => self.spans.ring(fact, due, telling),
        }
    }

    fn output(&mut self, fact: &Fact, parent: SpanContext, about: TicketId) -> Outgoing {
        let mut message = message_of(&self.context.topology, fact);
        let (subject, bytes) = (&message.subject, message.payload.len());
        let context = self.spans.sending(fact, subject, bytes, parent, about);
        message
            .headers
            .set(header::TRACEPARENT, context.to_string());
        message
    }

    /// The dead letter for an input, in a trace of its own.
    pub(super) fn letter(&mut self, delivery: &Delivery, refusal: &Refusal) -> (FactId, Outgoing) {
        let (id, mut letter) = self.dead_letter(delivery, refusal);
        let ticket = ticket_of(delivery.headers.get(header::TICKET));
        self.spans
            .sending_letter(id, &mut letter, refusal.code, context_of(delivery), ticket);
        (id, letter)
    }
}

/// The ticket that a header names.
pub(super) fn ticket_of(header: Option<&str>) -> Option<TicketId> {
    header?.parse().ok()
}

/// The message that carries a fact.
pub(super) fn message_of(topology: &Topology, fact: &Fact) -> Outgoing {
    let subject = topology.subjects.fact(fact.ticket, &fact.body);
    let payload = posthouse_wire::encode(fact).into();
    let mut message = Outgoing::new(subject, fact.id.to_string(), payload);
    message.headers.set(header::TICKET, fact.ticket.to_string());
    message
}
