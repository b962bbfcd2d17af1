//! Where an errand is, for whoever works on it and calls other systems: they are not handed
//! anything, since what they do is decided without it.

use super::{SpanContext, Tracer};

tokio::task_local! {
    static CURRENT: Current;
}

/// What the work under way belongs to.
#[derive(Clone, Debug)]
pub struct Current {
    /// The span that it is part of.
    pub context: SpanContext,
    /// Where spans go.
    pub tracer: Tracer,
}

/// Does `work` as part of `current`.
pub async fn within<W: Future>(current: Current, work: W) -> W::Output {
    CURRENT.scope(current, work).await
}

/// What the work under way belongs to, if it was begun by [`within`].
#[must_use]
pub fn current() -> Option<Current> {
    CURRENT.try_with(Clone::clone).ok()
}

#[cfg(test)]
mod tests {
    use super::super::{SpanId, TraceId};
    use super::*;

    #[tokio::test]
    async fn work_knows_what_it_belongs_to() {
        let context = SpanContext {
            trace: TraceId::derive(&[b"t"]),
            span: SpanId::derive(&[b"s"]),
            flags: 0,
        };
        let tracer = Tracer::off();
        let known = within(Current { context, tracer }, async { current() }).await;
        assert_eq!(known.map(|it| it.context), Some(context));
        assert!(current().is_none());
    }
}
