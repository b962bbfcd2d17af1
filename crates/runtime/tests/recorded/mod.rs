//! A sink that keeps what it is given, for tests that ask what was told.
//!
//! The tests of other crates share this file (`#[path]`): it needs the runtime, so it cannot stand
//! in the testkit.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test needs another part of it; one that cannot go on has failed"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use posthouse_runtime::trace::{Ratio, Sink, Span, SpanId, TraceId, Tracer, Value};

/// What was told.
#[derive(Clone, Default)]
pub(crate) struct Recorded(Arc<Mutex<Vec<Span>>>);

impl Sink for Recorded {
    fn record(&self, span: Span) {
        self.0.lock().unwrap().push(span);
    }
}

impl Recorded {
    /// A tracer that tells this.
    pub(crate) fn tracer(&self, ratio: Ratio) -> Tracer {
        Tracer::new(Arc::new(self.clone()), ratio)
    }

    /// Everything, in the order in which it ended.
    pub(crate) fn all(&self) -> Vec<Span> {
        self.0.lock().unwrap().clone()
    }

    /// All with this name.
    pub(crate) fn named(&self, name: &str) -> Vec<Span> {
        self.all()
            .into_iter()
            .filter(|it| it.name == name)
            .collect()
    }

    /// The only one with this name.
    pub(crate) fn one(&self, name: &str) -> Span {
        let named = self.named(name);
        let known: Vec<_> = self.all().into_iter().map(|it| it.name).collect();
        assert_eq!(named.len(), 1, "spans {name:?} among {known:?}");
        named.into_iter().next().unwrap()
    }

    /// Each by its identity. Those that were told twice must be the same step.
    pub(crate) fn by_id(&self) -> BTreeMap<(TraceId, SpanId), Span> {
        let mut spans: BTreeMap<(TraceId, SpanId), Span> = BTreeMap::new();
        for span in self.all() {
            let key = (span.trace, span.id);
            if let Some(first) = spans.get(&key) {
                assert_eq!(
                    (&first.name, first.kind, first.parent),
                    (&span.name, span.kind, span.parent),
                    "one identity, two steps"
                );
            }
            spans.insert(key, span);
        }
        spans
    }
}

/// What a span says under a name, as text; empty where it says nothing.
pub(crate) fn said(span: &Span, name: &str) -> String {
    match span.get(name) {
        None => String::new(),
        Some(Value::Text(text)) => text.clone().into_owned(),
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
    }
}
