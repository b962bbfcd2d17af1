//! The real clock, as a value: what the shells use to decide when to look again.
//!
//! Nothing is decided by it. What is true follows from the times in the log (ADR 3).

use std::fmt;
use std::sync::Arc;

use posthouse_domain::Timestamp;

/// A source of the time of day.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The clock of this machine.
    #[must_use]
    pub fn system() -> Self {
        Self::from_fn(|| {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            let ms = since.map_or(0, |since| since.as_millis());
            Timestamp::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
        })
    }

    /// Any other clock, such as a simulation's.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
