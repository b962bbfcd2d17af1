//! How the servers themselves are: the driver stores a message of its own again and again, with
//! as many copies as the region's streams have, and notes how long each took.
//!
//! What is measured has nothing of Posthouse in it. So a span in which it was slow says that the
//! disk, the processor or a leader was away, and that no clock could have rung in time then; and
//! a clock that rang late while it was quick has no such excuse.

use std::sync::{Arc, Mutex, PoisonError};

use async_nats::jetstream::{self, stream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::clock::now_ms;
use super::error::Error;
use super::limits::{BUS_WITHIN, PULSE_EVERY, PULSE_SLOW};

const STREAM: &str = "chaos_pulse";
const SUBJECT: &str = "chaos.pulse";

/// Spans in milliseconds since 1970, in which the servers were slow.
type Slow = Vec<(i64, i64)>;

/// Feels the pulse until it is dropped.
#[derive(Debug)]
pub(super) struct Pulse {
    slow: Arc<Mutex<Slow>>,
    beating: JoinHandle<()>,
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

impl Pulse {
    /// Begins, on streams with so many copies.
    ///
    /// # Errors
    ///
    /// [`Error::Bus`] when the servers do not take a stream for it.
    pub(super) async fn begin(bus: jetstream::Context, copies: usize) -> Result<Self, Error> {
        let config = stream::Config {
            name: STREAM.to_owned(),
            subjects: vec![SUBJECT.to_owned()],
            num_replicas: copies,
            max_messages: 1,
            ..stream::Config::default()
        };
        let created = timeout(BUS_WITHIN, bus.create_stream(config)).await;
        let failed = |why: String| Error::bus("feel the servers' pulse", why);
        created
            .map_err(|_| failed("no stream can be had".to_owned()))?
            .map_err(|why| failed(why.to_string()))?;
        let slow = Arc::new(Mutex::new(Slow::new()));
        let beating = tokio::spawn(beat(bus, Arc::clone(&slow)));
        Ok(Self { slow, beating })
    }

    /// The spans so far in which the servers were slow.
    pub(super) fn slow(&self) -> Slow {
        let slow = self.slow.lock().unwrap_or_else(PoisonError::into_inner);
        slow.clone()
    }
}

async fn beat(bus: jetstream::Context, slow: Arc<Mutex<Slow>>) {
    let mut due = Instant::now();
    loop {
        // From when it was due on: a driver that was held up is a machine that was.
        due = Instant::now().max(due + PULSE_EVERY);
        sleep_until(due).await;
        let due_ms = now_ms() - as_ms(due.elapsed());
        let stored = timeout(BUS_WITHIN, async {
            match bus.publish(SUBJECT, "".into()).await {
                Ok(receipt) => receipt.await.is_ok(),
                Err(_) => false,
            }
        });
        let is_stored = stored.await.unwrap_or(false);
        if !is_stored || due.elapsed() > PULSE_SLOW {
            let mut slow = slow.lock().unwrap_or_else(PoisonError::into_inner);
            slow.push((due_ms, now_ms()));
        }
    }
}

fn as_ms(time: std::time::Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
