//! Waiting for events, with bounds.

use std::future::Future;
use std::time::Duration;

use posthouse_bus::limits;

/// How long an event may take that nothing delays: generous, for busy machines.
pub const SOON: Duration = Duration::from_secs(10);

/// How long a partition may stay without its next owner.
pub(super) const TAKEOVER_MAX: Duration = limits::OWNER_SILENCE_MAX.saturating_add(SOON);

/// How long to watch that nothing happens: long enough for a pull request to end and be made
/// anew.
pub(super) const A_WHILE: Duration = limits::PULL_EXPIRES
    .saturating_mul(2)
    .saturating_add(Duration::from_millis(500));

/// Waits for an event that nothing delays.
pub(super) async fn soon<T>(what: &str, event: impl Future<Output = T>) -> T {
    within(SOON, what, event).await
}

/// Waits for an event, at most so long.
pub(super) async fn within<T>(most: Duration, what: &str, event: impl Future<Output = T>) -> T {
    match tokio::time::timeout(most, event).await {
        Ok(outcome) => outcome,
        Err(_) => panic!("not within {most:?}: {what}"),
    }
}

/// Asks again and again until the answer is there.
pub(super) async fn eventually<T, F>(what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    soon(what, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

/// Sees that something does not happen for a while; it may happen afterwards.
pub(super) async fn not_yet<T>(what: &str, event: &mut (impl Future<Output = T> + Unpin)) {
    let early = tokio::time::timeout(A_WHILE, event).await;
    assert!(early.is_err(), "too early: {what}");
}
