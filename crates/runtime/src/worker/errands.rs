//! Errands: what is done outside the system. Claimed first, then run, then noted in the log.
//!
//! Of two owners that want to run the same attempt only one wins the claim: it is published with
//! the sequence of the last claim that its owner has seen. What an errand found out comes back
//! as facts, through the log, like everything else.

use std::sync::Arc;

use futures::FutureExt;
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Error as BusError, Outgoing, header};
use posthouse_domain::ticket::Fact;
use posthouse_domain::{FactId, TicketId};
use posthouse_wire::Claim;

use super::Worker;
use super::concluded::message_of;
use super::outputs::publish;
use super::spans::Site;
use crate::trace::{self, Current, SpanContext, SpanId};
use crate::{Errand, Handler, limits};

/// What became of an errand.
#[derive(Debug)]
pub(super) struct Ran {
    id: FactId,
    /// Where its claim stands in the stream.
    claim: u64,
}

impl<H: Handler> Worker<H> {
    /// Starts errands that are due, as far as there is room. Claims go one after the other:
    /// each names the one before.
    pub(super) async fn start_errands(&mut self) {
        self.forget_seen_claims();
        if !self.is_owner || self.errands.len() >= limits::ERRANDS_MAX {
            return;
        }
        let room = limits::ERRANDS_MAX - self.errands.len();
        for errand in self.handler.errands(&self.view, self.log_time, room) {
            if self.errands.contains(&errand.id) {
                continue;
            }
            match self.claim(errand.id, errand.attempt).await {
                Ok(claim) => self.run_errand(errand, claim),
                Err(error) => {
                    // Somebody else claimed first, or nobody answered: the log will tell.
                    self.context.metrics.claim_lost();
                    tracing::info!(errand = %errand.id, %error, "attempt not claimed");
                    break;
                }
            }
        }
    }

    pub(super) fn errand_ran(&mut self, ran: Ran) {
        self.context.metrics.errand_done();
        self.ran.push(ran);
    }

    /// An errand that ran is under way until its own claim has come back through the log: until
    /// then the view still shows the attempt before.
    fn forget_seen_claims(&mut self) {
        let position = self.position;
        for ran in self.ran.extract_if(.., |ran| ran.claim <= position) {
            self.errands.remove(&ran.id);
            self.context.metrics.errands(self.errands.len());
        }
    }

    async fn claim(&mut self, errand: FactId, attempt: u32) -> Result<u64, BusError> {
        let claim = Claim {
            errand: errand.to_string(),
            attempt,
            owner: self.context.node.clone(),
        };
        let message = Outgoing {
            subject: self
                .context
                .topology
                .subjects
                .claim(self.context.spec.partition),
            payload: claim.encode().into(),
            expected_last_sequence: Some(self.last_claim),
            ..Outgoing::default()
        };
        let stored = publish(self.context.bus.as_ref(), message).await?;
        self.last_claim = stored.sequence;
        Ok(stored.sequence)
    }

    fn run_errand(&mut self, errand: Errand, claim: u64) {
        self.errands.insert(errand.id);
        let (id, bus) = (errand.id, Arc::clone(&self.context.bus));
        let topology = Arc::clone(&self.context.topology);
        self.context.metrics.errand_started(self.errands.len());
        let (context, span) = self.spans.errand(&errand, self.log_time);
        let site = Arc::clone(self.spans.site());
        let tracer = site.tracer().clone();
        let (ticket, work) = (errand.ticket, (errand.work)());
        self.errands_running.push(
            async move {
                let outcome = trace::within(Current { context, tracer }, work).await;
                if let Some(span) = span {
                    site.tracer().end(span);
                }
                for fact in outcome {
                    note(bus.as_ref(), &topology, &site, &fact, (context, ticket)).await;
                }
                Ran { id, claim }
            }
            .boxed(),
        );
    }
}

/// Notes in the log what an errand found out; tried until the log holds it.
async fn note(
    bus: &dyn Bus,
    topology: &Topology,
    site: &Site,
    fact: &Fact,
    (parent, ticket): (SpanContext, TicketId),
) {
    let mut message = message_of(topology, fact);
    let context = parent.child(SpanId::of_fact(fact.id));
    message
        .headers
        .set(header::TRACEPARENT, context.to_string());
    let span = site.tracer().wants(context).then(|| {
        let (subject, bytes) = (&message.subject, message.payload.len());
        site.send_span(fact, subject, bytes, (context, parent), ticket)
    });
    let mut attempt = 0;
    while let Err(error) = publish(bus, message.clone()).await {
        if !error.may_retry() {
            tracing::error!(%error, fact = %fact.id, "what an errand found out is not noted");
            return;
        }
        attempt += 1;
        tokio::time::sleep(super::outputs::backoff(attempt)).await;
    }
    if let Some(span) = span {
        site.tracer().end(span);
    }
}
