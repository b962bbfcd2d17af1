//! Which spans are wanted, and where they go.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Span, SpanContext, SpanId, TraceId};

/// Takes spans.
pub trait Sink: Send + Sync + 'static {
    /// Takes a span. Never waits: what it has no room for it drops, and counts.
    fn record(&self, span: Span);
}

/// Says which traces are wanted, and takes their spans. Cheap to clone.
#[derive(Clone, Default)]
pub struct Tracer(Option<Arc<Inner>>);

struct Inner {
    sink: Arc<dyn Sink>,
    ratio: Ratio,
    now: Box<dyn Fn() -> u64 + Send + Sync>,
}

impl Tracer {
    /// Wants nothing. What others sampled goes through as it came.
    #[must_use]
    pub const fn off() -> Self {
        Self(None)
    }

    /// Of the traces that begin here wants `ratio`; of others what they say themselves.
    #[must_use]
    pub fn new(sink: Arc<dyn Sink>, ratio: Ratio) -> Self {
        Self::with_clock(sink, ratio, || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            since.map_or(0, |since| {
                u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
            })
        })
    }

    /// The same by another clock, such as a simulation's: nanoseconds since 1970.
    #[must_use]
    pub fn with_clock(
        sink: Arc<dyn Sink>,
        ratio: Ratio,
        now: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(Inner {
            sink,
            ratio,
            now: Box::new(now),
        })))
    }

    /// Whether it wants anything at all.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Whether a span at this place is wanted.
    #[must_use]
    pub const fn wants(&self, context: SpanContext) -> bool {
        self.is_on() && context.is_sampled()
    }

    /// The first span of a trace that begins here.
    #[must_use]
    pub fn root(&self, trace: TraceId, span: SpanId) -> SpanContext {
        let is_wanted = self.0.as_ref().is_some_and(|it| it.ratio.takes(trace));
        SpanContext {
            trace,
            span,
            flags: u8::from(is_wanted) * SpanContext::SAMPLED,
        }
    }

    /// The first span of a trace that begins here and is recorded whatever the ratio is.
    #[must_use]
    pub fn forced_root(&self, trace: TraceId, span: SpanId) -> SpanContext {
        SpanContext {
            trace,
            span,
            flags: u8::from(self.is_on()) * SpanContext::SAMPLED,
        }
    }

    /// Now, in nanoseconds since 1970; 0 where nothing is wanted.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.0.as_ref().map_or(0, |it| (it.now)())
    }

    /// Hands a span that has ended to the sink.
    pub fn record(&self, span: Span) {
        if let Some(it) = &self.0 {
            it.sink.record(span);
        }
    }

    /// Ends a span now, and hands it to the sink.
    pub fn end(&self, mut span: Span) {
        // A clock may be set back while something is done; nothing ends before it began.
        span.ended_ns = self.now_ns().max(span.started_ns);
        self.record(span);
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ratio = self.0.as_ref().map(|it| it.ratio);
        f.debug_tuple("Tracer").field(&ratio).finish()
    }
}

/// Which part of the traces that begin here is wanted.
///
/// # Source
///
/// OpenTelemetry, "TraceState: Probability Sampling": the last seven bytes of the trace are a
/// random number, and a trace is taken when that is not below `2^56 * (1 - ratio)`. So whoever
/// samples by a larger ratio takes all that one with a smaller ratio takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio {
    per_million: u32,
}

impl Ratio {
    /// Every trace.
    pub const ALL: Self = Self::per_million(1_000_000);
    /// Only what is forced, and what others sampled.
    pub const NONE: Self = Self::per_million(0);

    /// So many of a million traces; more than a million are all.
    #[must_use]
    pub const fn per_million(per_million: u32) -> Self {
        let per_million = if per_million > 1_000_000 {
            1_000_000
        } else {
            per_million
        };
        Self { per_million }
    }

    /// A part from 0 to 1, to six places; what is beyond counts as the nearer end, and what is no
    /// number as 0.
    #[must_use]
    pub fn of(part: f64) -> Self {
        let per_million = (part.clamp(0.0, 1.0) * 1e6).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and a million, or not a number, which becomes 0"
        )]
        Self::per_million(per_million as u32)
    }

    /// How many of a million traces, 0 to 1,000,000.
    #[must_use]
    pub const fn millionths(self) -> u32 {
        self.per_million
    }

    /// Whether it takes a trace.
    #[must_use]
    pub fn takes(self, trace: TraceId) -> bool {
        let bytes = trace.bytes();
        let random = bytes[9..]
            .iter()
            .fold(0_u64, |random, byte| random << 8 | u64::from(*byte));
        let left_out = u128::from(1_000_000 - self.per_million);
        let threshold = (left_out << 56) / 1_000_000;
        u128::from(random) >= threshold
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::Kind;
    use super::*;

    #[derive(Default)]
    struct Kept(Mutex<Vec<Span>>);

    impl Sink for Kept {
        fn record(&self, span: Span) {
            self.0.lock().unwrap().push(span);
        }
    }

    fn traces() -> impl Iterator<Item = TraceId> {
        (0..10_000_u32).map(|n| TraceId::derive(&[&n.to_be_bytes()]))
    }

    #[test]
    fn a_ratio_takes_about_its_part_and_a_larger_one_takes_them_too() {
        let (small, large) = (Ratio::of(0.1), Ratio::of(0.3));
        let taken = traces().filter(|trace| small.takes(*trace)).count();
        assert!((900..1_100).contains(&taken), "{taken}");
        assert!(traces().all(|trace| !small.takes(trace) || large.takes(trace)));
        assert!(traces().all(|trace| Ratio::ALL.takes(trace)));
        assert!(!traces().any(|trace| Ratio::NONE.takes(trace)));
    }

    #[test]
    fn a_ratio_is_read_within_its_bounds() {
        assert_eq!(Ratio::of(2.0), Ratio::ALL);
        assert_eq!(Ratio::of(-1.0), Ratio::NONE);
        assert_eq!(Ratio::of(f64::NAN), Ratio::NONE);
        assert_eq!(Ratio::of(0.25), Ratio::per_million(250_000));
        assert_eq!(Ratio::per_million(u32::MAX), Ratio::ALL);
    }

    #[test]
    fn one_that_is_off_wants_nothing_and_says_so_to_others() {
        let (trace, span) = (TraceId::derive(&[b"t"]), SpanId::derive(&[b"s"]));
        let off = Tracer::off();
        assert!(!off.root(trace, span).is_sampled());
        assert!(!off.forced_root(trace, span).is_sampled());
        let theirs = SpanContext {
            trace,
            span,
            flags: SpanContext::SAMPLED,
        };
        assert!(!off.wants(theirs));
    }

    #[test]
    fn nothing_ends_before_it_began() {
        let kept = Arc::new(Kept::default());
        let tracer = Tracer::with_clock(kept.clone(), Ratio::NONE, || 5);
        let at = tracer.forced_root(TraceId::derive(&[b"t"]), SpanId::derive(&[b"s"]));
        assert!(tracer.wants(at));
        tracer.end(Span::new(at, None, Kind::Internal, "late", 9));
        tracer.end(Span::new(at, None, Kind::Internal, "early", 2));
        let kept = kept.0.lock().unwrap();
        let times: Vec<_> = kept.iter().map(|s| (s.started_ns, s.ended_ns)).collect();
        assert_eq!(times, [(9, 9), (2, 5)]);
    }
}
