//! Spans about many messages at once: each begins a trace of its own, and links to those of its
//! messages that are recorded.

use posthouse_bus::Delivery;

use super::{Spans, context_of};
use crate::trace::names::{self, operation};
use crate::trace::{Kind, Span, SpanContext, SpanId};

impl Spans {
    /// Messages arrived. An instant: waiting for messages is no work.
    pub(in super::super) fn received(&self, deliveries: &[Delivery]) {
        let (Some(first), Some(last)) = (deliveries.first(), deliveries.last()) else {
            return;
        };
        if !self.site.tracer.is_on() {
            return;
        }
        let sampled = deliveries.iter().filter_map(context_of);
        let links: Vec<SpanContext> = sampled.filter(|it| it.is_sampled()).collect();
        let (first, last) = (first.sequence.to_be_bytes(), last.sequence.to_be_bytes());
        let parts: [&[u8]; 4] = [b"receive", self.site.stream.as_bytes(), &first, &last];
        if let Some(span) = self
            .site
            .batch(&parts, operation::RECEIVE, Kind::Client, &links)
        {
            let span = span.with(names::MESSAGING_BATCH_COUNT, deliveries.len());
            self.site.tracer.end(span);
        }
    }

    /// The records up to this number are in the store, by a transaction that began then.
    pub(in super::super) fn committed(
        &mut self,
        number: u64,
        inputs: usize,
        rows: usize,
        started_ns: u64,
    ) {
        let mut links = Vec::new();
        while let Some((_, context)) = self.uncommitted.pop_front_if(|it| it.0 <= number) {
            links.push(context);
        }
        // A successor counts its records anew, so the first input tells its commits apart.
        let first = links.first().map(|it| it.span.bytes()).unwrap_or_default();
        let (consumer, number) = (self.site.consumer.as_bytes(), number.to_be_bytes());
        let parts: [&[u8]; 4] = [b"store", consumer, &number, &first];
        let Some(mut span) = self
            .site
            .batch(&parts, operation::STORE, Kind::Internal, &links)
        else {
            return;
        };
        span.started_ns = started_ns;
        span.set(names::MESSAGING_BATCH_COUNT, inputs);
        span.set(names::STORE_ROWS, rows);
        self.committed = Some((span.context(), inputs));
        self.site.tracer.end(span);
    }

    /// What was committed is acknowledged, by an answer that began then.
    pub(in super::super) fn settled(&mut self, started_ns: u64) {
        let Some((commit, inputs)) = self.committed.take() else {
            return;
        };
        let context = commit.child(SpanId::derive(&[b"settle", &commit.span.bytes()]));
        let name = format!("{} {}", operation::SETTLE, self.site.stream);
        let parent = Some(commit.span);
        let mut span = Span::new(context, parent, Kind::Client, name, started_ns);
        self.site.describe(&mut span, operation::SETTLE);
        span.set(names::MESSAGING_DESTINATION, self.site.stream.clone());
        span.set(names::MESSAGING_CONSUMER_GROUP, self.site.consumer.clone());
        span.set(names::MESSAGING_BATCH_COUNT, inputs);
        self.site.tracer.end(span);
    }
}
