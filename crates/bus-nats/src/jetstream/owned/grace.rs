//! The time that a new owner has to catch up.
//!
//! A takeover replays the log, which may take longer than an owner may be silent. Losing the
//! partition to the next in line meanwhile would make that one replay too, at the worst moment.
//! So the partition is asked for while its new owner is busy, until it asks itself or
//! [`settings::TAKEOVER_MAX`] is over.

use posthouse_bus::limits;
use tokio::time::{Instant, MissedTickBehavior};

use super::super::pull::Pull;
use super::super::settings;
use super::super::task::Task;

/// Asks for the partition until this is dropped, but not for ever.
pub(super) fn begin(pull: &Pull) -> Task {
    let asking = pull.asking(1);
    Task::spawn(async move {
        let begun = Instant::now();
        let mut due = tokio::time::interval(limits::PULL_EXPIRES);
        due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while begun.elapsed() < settings::TAKEOVER_MAX {
            due.tick().await;
            if let Err(error) = asking.ask().await {
                tracing::debug!(%error, "partition not asked for");
            }
        }
    })
}
