//! The chain of a ticket: its facts with the traces they belong to, and where its minutes went.
//!
//! A ticket is many short traces. The spans are with whoever keeps spans; what is kept here is
//! the context that came with each fact, so that they can be looked up, whether they were sampled
//! or not. The legs are the critical path: each instant of the ticket's life is in exactly one of
//! them ([`posthouse_domain::ticket::minutes`]), so what is not in them delayed nothing.

use std::collections::HashMap;

use posthouse_domain::ticket::minutes::{Leg, legs};
use posthouse_domain::ticket::{Minutes, Part};
use posthouse_domain::{FactId, Timestamp};
use posthouse_runtime::trace::{SpanContext, SpanId, TraceId};
use rusqlite::Connection;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::ticket::{KeptFact, facts, find};

/// Bytes of a context as it is kept: the trace, the span, the flags.
const CONTEXT_BYTES: usize = 16 + 8 + 1;

/// A ticket as a chain of traces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TraceView {
    /// The ticket.
    pub ticket_id: String,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub state: &'static str,
    /// When it was looked at.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The context in which it was created: all its traces link to it.
    pub created: ContextView,
    /// The traces, in the order in which they first touched it.
    pub traces: Vec<TraceSummary>,
    /// How many facts came without a context; 0 when the chain is whole.
    pub untraced: usize,
    /// Where its time went from the opening until now or until its end.
    pub minutes: MinutesView,
    /// Who had it one after the other, without gaps: the critical path.
    pub legs: Vec<LegView>,
    /// Its facts, in the order of the log.
    pub steps: Vec<StepView>,
}

/// Where in which trace something happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContextView {
    /// The trace, 32 hexadecimal digits.
    pub trace_id: String,
    /// The span, 16 hexadecimal digits.
    pub span_id: String,
}

/// A trace that touched the ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TraceSummary {
    /// Its identity, to look it up by.
    pub trace_id: String,
    /// Whether its spans were recorded.
    pub sampled: bool,
    /// When the log stored the first of its facts.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// When the log stored the last of them.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// How many facts of this ticket it has.
    pub facts: usize,
}

/// The time of a ticket by who had it, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MinutesView {
    /// The machines: no queue was found for it yet.
    pub decide_ms: u64,
    /// A queue: it waited for somebody.
    pub queue_ms: u64,
    /// Who had to act was being told and was not told yet.
    pub notifier_ms: u64,
    /// Somebody had it.
    pub person_ms: u64,
    /// Somebody outside, mostly the customer.
    pub pause_ms: u64,
    /// All of it.
    pub whole_ms: u64,
}

/// A stretch of the ticket's life that one part has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LegView {
    /// Its begin.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Its end, where the next one begins.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// How long it lasted, in milliseconds.
    pub ms: u64,
    /// `decide`, `queue`, `notifier`, `person` or `pause`.
    pub part: &'static str,
    /// The fact that began it.
    pub begun_by: String,
    /// What kind of fact that is.
    pub kind: &'static str,
}

/// One fact, as a step of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepView {
    /// When the log stored it.
    #[schema(value_type = String, format = DateTime)]
    pub log_time: Timestamp,
    /// What happened.
    pub kind: &'static str,
    /// Who caused it.
    pub actor: String,
    /// Its identity.
    pub id: String,
    /// The fact it follows from, if any.
    pub cause: Option<String>,
    /// What kind of fact that is, if it is in the log.
    pub cause_kind: Option<&'static str>,
    /// How long after that one the log stored it, in milliseconds.
    pub after_cause_ms: Option<i64>,
    /// Where its sending is recorded; absent where it came without a context.
    #[serde(flatten)]
    pub context: Option<ContextView>,
    /// Whether that was recorded.
    pub sampled: bool,
    /// The part that has the ticket from here on, where it changed hands: the step is on the
    /// critical path.
    pub begins: Option<&'static str>,
    /// Why it changed nothing, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
}

/// The chain of the ticket with this identity or number, as things stood at `at`.
///
/// # Errors
///
/// Those of the database.
pub(crate) fn chain(
    connection: &Connection,
    name: &str,
    at: Timestamp,
) -> Result<Option<TraceView>, Error> {
    let Some((folded, _)) = find(connection, name)? else {
        return Ok(None);
    };
    let ticket = &folded.ticket;
    let facts = facts(connection, ticket.id)?;
    let legs = legs(facts.iter().map(|kept| (kept.log_time, &kept.fact)), at);
    let mut minutes = Minutes::default();
    for leg in &legs {
        minutes += (leg.part, leg.ms());
    }
    Ok(Some(TraceView {
        ticket_id: ticket.id.to_string(),
        number: ticket.features.number.clone(),
        state: ticket.state().as_str(),
        at,
        created: ContextView::of(SpanContext::created(ticket.id)),
        traces: traces(&facts),
        untraced: facts.iter().filter(|kept| kept.trace.is_none()).count(),
        minutes: minutes.into(),
        steps: steps(&facts, &legs),
        legs: legs.iter().map(|leg| LegView::of(leg, &facts)).collect(),
    }))
}

/// The traces of these facts, in the order of their first ones.
fn traces(facts: &[KeptFact]) -> Vec<TraceSummary> {
    let mut traces: Vec<TraceSummary> = Vec::new();
    let mut places: HashMap<TraceId, usize> = HashMap::new();
    for kept in facts {
        let Some(context) = kept.trace else { continue };
        let place = *places.entry(context.trace).or_insert_with(|| {
            traces.push(TraceSummary {
                trace_id: context.trace.to_string(),
                sampled: false,
                from: kept.log_time,
                to: kept.log_time,
                facts: 0,
            });
            traces.len() - 1
        });
        let trace = &mut traces[place];
        trace.sampled |= context.is_sampled();
        trace.to = trace.to.max(kept.log_time);
        trace.facts += 1;
    }
    traces
}

fn steps(facts: &[KeptFact], legs: &[Leg]) -> Vec<StepView> {
    let mut begun: HashMap<usize, Part> = HashMap::new();
    for leg in legs {
        begun.insert(leg.begun_by, leg.part);
    }
    let mut known: HashMap<FactId, (Timestamp, &'static str)> = HashMap::new();
    let mut steps = Vec::with_capacity(facts.len());
    for (place, kept) in facts.iter().enumerate() {
        let fact = &kept.fact;
        let cause = fact.cause.and_then(|cause| known.get(&cause));
        steps.push(StepView {
            log_time: kept.log_time,
            kind: fact.body.kind().as_str(),
            actor: fact.actor.to_string(),
            id: fact.id.to_string(),
            cause: fact.cause.map(|cause| cause.to_string()),
            cause_kind: cause.map(|(_, kind)| *kind),
            after_cause_ms: cause.map(|(at, _)| kept.log_time.millis_since(*at)),
            context: kept.trace.map(ContextView::of),
            sampled: kept.trace.is_some_and(SpanContext::is_sampled),
            begins: begun.get(&place).map(|part| part.as_str()),
            void: kept.void.clone(),
        });
        // Of repeats the first is what others follow from.
        let it = (kept.log_time, fact.body.kind().as_str());
        known.entry(fact.id).or_insert(it);
    }
    steps
}

/// A context as it is kept.
pub(crate) fn pack(context: SpanContext) -> [u8; CONTEXT_BYTES] {
    let mut bytes = [0; CONTEXT_BYTES];
    bytes[..16].copy_from_slice(&context.trace.bytes());
    bytes[16..24].copy_from_slice(&context.span.bytes());
    bytes[24] = context.flags;
    bytes
}

/// What was kept; `None` when it is no context.
pub(crate) fn unpack(bytes: &[u8]) -> Option<SpanContext> {
    let bytes: [u8; CONTEXT_BYTES] = bytes.try_into().ok()?;
    let (trace, rest) = bytes.split_first_chunk::<16>()?;
    let (span, flags) = rest.split_first_chunk::<8>()?;
    Some(SpanContext {
        trace: TraceId::new(*trace)?,
        span: SpanId::new(*span)?,
        flags: *flags.first()?,
    })
}

impl ContextView {
    fn of(context: SpanContext) -> Self {
        Self {
            trace_id: context.trace.to_string(),
            span_id: context.span.to_string(),
        }
    }
}

impl LegView {
    fn of(leg: &Leg, facts: &[KeptFact]) -> Self {
        let begun_by = &facts[leg.begun_by].fact;
        Self {
            from: leg.from,
            to: leg.to,
            ms: leg.ms(),
            part: leg.part.as_str(),
            begun_by: begun_by.id.to_string(),
            kind: begun_by.body.kind().as_str(),
        }
    }
}

impl From<Minutes> for MinutesView {
    fn from(minutes: Minutes) -> Self {
        Self {
            decide_ms: minutes.decide_ms,
            queue_ms: minutes.queue_ms,
            notifier_ms: minutes.notifier_ms,
            person_ms: minutes.person_ms,
            pause_ms: minutes.pause_ms,
            whole_ms: minutes.whole_ms(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_kept_whole() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let context = SpanContext::parse(text).unwrap();
        let kept = pack(context);
        assert_eq!(unpack(&kept), Some(context));
        assert_eq!(unpack(&kept[1..]), None);
        assert_eq!(unpack(&[0; CONTEXT_BYTES]), None);
    }
}
