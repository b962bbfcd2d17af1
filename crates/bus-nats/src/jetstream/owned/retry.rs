//! When to try again.
//!
//! Whoever waits for an owned partition is dropped and asked again whenever its caller has
//! something else to do, a worker with timers every second. So what was begun to be waited for
//! is written down: a wait that began anew each time would never end.

use tokio::time::{Instant, sleep_until};

use super::super::settings;

/// Attempts that failed one after the other, and when the next is due.
#[derive(Debug, Default)]
pub(super) struct Retry {
    failures: usize,
    due: Option<Instant>,
}

impl Retry {
    /// Waits until the next attempt is due, by what is written down. May be dropped and called
    /// again.
    pub(super) async fn due(&mut self) {
        let due = match self.due {
            Some(due) => due,
            None => {
                self.failures += 1;
                let pause = settings::pause(self.failures, settings::RETRY_PAUSE_MAX);
                *self.due.insert(Instant::now() + pause)
            }
        };
        sleep_until(due).await;
    }

    /// The attempt was made; the next one has a pause of its own.
    pub(super) const fn made(&mut self) {
        self.due = None;
    }

    /// All is well again.
    pub(super) const fn well(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Duration, timeout};

    use super::*;

    const OFTEN: Duration = Duration::from_millis(300);

    /// Waits in pieces, as a worker does that has something to do between; gives how many.
    async fn pieces(retry: &mut Retry) -> usize {
        for piece in 1..20 {
            if timeout(OFTEN, retry.due()).await.is_ok() {
                return piece;
            }
        }
        panic!("the wait began anew each time");
    }

    #[tokio::test]
    async fn a_wait_ends_although_it_is_dropped_again_and_again() {
        let mut retry = Retry {
            failures: 100,
            due: None,
        };
        let first = pieces(&mut retry).await;
        assert!(
            (3..=6).contains(&first),
            "the longest pause is a second: {first}"
        );
        retry.made();
        let second = pieces(&mut retry).await;
        assert!((3..=6).contains(&second), "so is the next: {second}");
        retry.made();
        retry.well();
        assert_eq!(
            pieces(&mut retry).await,
            1,
            "the first attempt is due at once"
        );
    }
}
