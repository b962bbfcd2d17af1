//! Waiting for something that cannot wake us.

use std::time::{Duration, Instant};

use crate::limits::LOOK_EVERY;

/// Looks again and again until there is something to return.
///
/// # Panics
///
/// When `within` is over, with `what` was waited for and what was seen last.
pub async fn eventually<T>(
    what: &str,
    within: Duration,
    mut look: impl AsyncFnMut() -> Result<T, String>,
) -> T {
    let started = Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) if started.elapsed() > within => {
                panic!(
                    "waited {} s for {what}; seen last: {seen}",
                    within.as_secs()
                )
            }
            Err(_) => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}
