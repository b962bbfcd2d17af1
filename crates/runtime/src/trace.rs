//! Traces: what happened to a message, step by step, as operators read it.
//!
//! This is the port. It names no back-end: a [`Span`] is a value, a [`Sink`] takes spans, and a
//! [`Tracer`] says which are wanted. `docs/tracing.md` shows what is recorded where; ADR 13 says
//! why.
//!
//! A ticket lives for days, so it is never one span. What one stimulus sets off by itself is one
//! short trace; what a timer or a person does later begins a new one that links to the ticket's
//! *creation context*, which anybody derives from the ticket's identity ([`SpanContext::created`]).
//!
//! # What it refuses
//!
//! - `tracestate` and `baggage` are read by nobody and sent on to nobody: a stranger's words do
//!   not travel through a region. Only a `traceparent` that is one does, rebuilt.
//! - Nothing is decided by a span. Without a tracer the log holds the same facts.
//!
//! # Invariants
//!
//! - Identities of spans follow from identities of facts: a repeat of a step repeats its span, and
//!   nothing here needs randomness.
//! - What is not sampled allocates nothing.
//! - Recording never waits.

mod context;
mod current;
mod decision;
mod ids;
pub mod names;
mod span;
mod tracer;

pub use context::SpanContext;
pub use current::{Current, current, within};
pub use decision::explain;
pub use ids::{SpanId, TraceId};
pub use span::{Attribute, Kind, Link, Span, Value};
pub use tracer::{Ratio, Sink, Tracer};
