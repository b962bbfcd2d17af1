//! A heartbeat of the tokio runtime: a task that notes when it last ran. When all workers of the
//! runtime are held up, it falls silent.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

/// How often it beats.
const EVERY: Duration = Duration::from_secs(1);
/// The longest silence of a process that lives.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(10);

/// When the runtime last ran a task of ours. Copies are the same heart; it stops with the last.
#[derive(Clone, Debug)]
pub(super) struct Heartbeat(Arc<Mutex<Instant>>);

impl Heartbeat {
    /// Starts beating on the current runtime.
    pub(super) fn start() -> Self {
        let heart = Arc::new(Mutex::new(Instant::now()));
        tokio::spawn(beat(Arc::downgrade(&heart)));
        Self(heart)
    }

    /// A heart that never beats.
    #[cfg(test)]
    pub(super) fn still() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    /// How long ago it last beat.
    pub(super) fn age(&self) -> Duration {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .elapsed()
    }
}

async fn beat(heart: Weak<Mutex<Instant>>) {
    let mut interval = tokio::time::interval(EVERY);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        interval.tick().await;
        let Some(heart) = heart.upgrade() else { return };
        *heart.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_runtime_that_runs_tasks_is_never_silent() {
        let heart = Heartbeat::start();
        tokio::time::sleep(SILENCE_MAX * 6).await;
        assert!(heart.age() <= EVERY, "{:?}", heart.age());
    }

    #[tokio::test(start_paused = true)]
    async fn it_stops_with_its_last_copy() {
        let heart = Heartbeat::start();
        let weak = Arc::downgrade(&heart.0);
        let tasks = || {
            tokio::runtime::Handle::current()
                .metrics()
                .num_alive_tasks()
        };
        assert_eq!(tasks(), 1);
        drop(heart);
        assert!(weak.upgrade().is_none());
        tokio::time::sleep(EVERY * 2).await;
        assert_eq!(tasks(), 0);
    }
}
