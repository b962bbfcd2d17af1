//! Waiting for the roles to become ready.

use std::time::{Duration, Instant};

use posthouse_runtime::health::State;

use super::House;
use crate::exit::{Error, Exit};

/// How long the roles may take to become ready.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// How long to wait for a partition before standing by is taken for ready: longer than the
/// server needs to notice that an earlier owner died.
const STANDBY_AFTER: Duration = Duration::from_secs(15);
/// How often readiness is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Waits until every part does its work. Where another process owns partitions already, standing
/// by is as ready as it gets.
pub(super) async fn wait(house: &House) -> Result<(), Error> {
    let started = Instant::now();
    loop {
        let mut waiting = Vec::new();
        for part in house.health.report().parts {
            match part.state {
                State::Ready => {}
                State::Standby if started.elapsed() > STANDBY_AFTER => {}
                State::Standby => waiting.push(format!("{}: no partition yet", part.name)),
                State::NotReady(why) => waiting.push(format!("{}: {why}", part.name)),
            }
        }
        if waiting.is_empty() {
            return Ok(());
        }
        if house.shutdown.is_draining() {
            return Err(Error::failed("become ready: asked to end before"));
        }
        if started.elapsed() > READY_WITHIN {
            let message = format!("become ready within {} s", READY_WITHIN.as_secs());
            return Err(Error::new(Exit::Unavailable, message).hint(waiting.join("\n  ")));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
