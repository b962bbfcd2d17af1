//! The survey of the bus: asks it again and again how a region stands, and shows the answers as
//! metrics ([`crate::telemetry`]).
//!
//! One process of a region does it, the one that runs its desk; where there are several desks,
//! each of them does, and their answers agree. What no worker can tell is learnt here: that a
//! partition has no owner at all.

use std::sync::Arc;
use std::time::Duration;

use posthouse_bus::topology::Topology;
use posthouse_bus_nats::NatsBus;
use posthouse_runtime::clock::Clock;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::telemetry::BusTelemetry;

/// How often the bus is asked. A region of 64 partitions takes about 300 small questions each
/// time, one after the other.
const EVERY: Duration = Duration::from_secs(15);
/// How long all answers together may take.
const WITHIN: Duration = Duration::from_secs(10);

/// Asks until the process is to end.
pub(super) async fn survey(
    bus: Arc<NatsBus>,
    topology: Arc<Topology>,
    telemetry: BusTelemetry,
    clock: Clock,
    shutdown: CancellationToken,
) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        let asking = tokio::time::timeout(WITHIN, bus.inspect(&topology));
        let Some(answer) = shutdown.run_until_cancelled(asking).await else {
            return;
        };
        match answer {
            Ok(Ok(inspection)) => telemetry.show(&inspection, clock.now()),
            Ok(Err(error)) => {
                telemetry.failed();
                tracing::debug!(%error, "the bus did not say how the region stands");
            }
            Err(_late) => {
                telemetry.failed();
                tracing::debug!(
                    within_s = WITHIN.as_secs(),
                    "the bus was too slow to say how the region stands"
                );
            }
        }
    }
}
