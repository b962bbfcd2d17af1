//! The numbers of the connection and of reading; those that services share are in
//! [`posthouse_bus::limits`].

use std::time::Duration;

/// How often the server is asked whether it is there. The client library's own default, a
/// minute, hides links that are cut on one side.
pub(super) const PING_EVERY: Duration = Duration::from_secs(3);
/// How long one attempt to connect may take.
pub(super) const CONNECT_WAIT: Duration = Duration::from_secs(2);
/// Longest pause between two attempts to connect.
pub(super) const RECONNECT_PAUSE_MAX: Duration = Duration::from_secs(2);
/// How long the JetStream API may take to answer.
pub(super) const API_WAIT: Duration = Duration::from_secs(2);
/// How long receipts that were outstanding when the connection came back are waited for: the
/// answers of what was sent before are lost, those of what was still buffered come at once.
pub(super) const RECEIPT_WAIT_RECONNECTED: Duration = Duration::from_secs(1);
/// How often receipts are looked through for those that waited too long.
pub(super) const RECEIPT_SWEEP_EVERY: Duration = Duration::from_millis(250);
/// How long closing waits, for each of its steps.
pub(super) const CLOSE_STEP_WAIT: Duration = Duration::from_secs(2);
/// Messages that an owner asks for at once.
pub(super) const OWNER_BATCH: usize = 1_024;
/// Messages that one intake asks for at once: few, since others share the inbox.
pub(super) const INBOX_BATCH: usize = 256;
/// Messages that a reader asks for at once.
pub(super) const READER_BATCH: usize = 4_096;
/// How long a reader that reads to the end waits for a sign of life before it begins anew.
pub(super) const READER_SILENCE_MAX: Duration = Duration::from_secs(3);
/// How often a reader that reads to the end begins anew without progress before it gives up.
pub(super) const READER_FAILURES_MAX: u32 = 5;
/// How long the next piece of an object may take.
pub(super) const OBJECT_SILENCE_MAX: Duration = Duration::from_secs(3);
/// How long the server keeps the consumer of a reader that is gone.
pub(super) const READER_KEPT: Duration = Duration::from_secs(15);
/// How long the last message of a replicated stream is waited for: the replica that a reader
/// was given may be this much behind the leader.
pub(super) const REPLICA_LAG_WAIT: Duration = Duration::from_millis(250);
/// First pause before something is tried again; doubles up to [`RETRY_PAUSE_MAX`].
pub(super) const RETRY_PAUSE: Duration = Duration::from_millis(50);
/// Longest pause before something is tried again.
pub(super) const RETRY_PAUSE_MAX: Duration = Duration::from_secs(1);
/// How long a new owner may be busy with its takeover before it has to ask for more.
pub(super) const TAKEOVER_MAX: Duration = Duration::from_secs(60);
/// The priority group in which owners ask for a partition.
pub(super) const OWNER_GROUP: &str = "owner";

/// The pause before attempt `attempt`, counted from 1: none, then doubling.
pub(super) fn pause(attempt: usize, longest: Duration) -> Duration {
    let Some(doublings) = attempt.checked_sub(2) else {
        return Duration::ZERO;
    };
    let factor = u32::try_from(doublings).map_or(u32::MAX, |it| 2_u32.saturating_pow(it));
    RETRY_PAUSE.saturating_mul(factor).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<u128> = [1, 2, 3, 4, 1_000]
            .map(|attempt| pause(attempt, RETRY_PAUSE_MAX).as_millis())
            .to_vec();
        assert_eq!(pauses, [0, 50, 100, 200, 1_000]);
    }
}
