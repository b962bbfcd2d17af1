//! Ticket numbers: unique in the region and the year, from blocks that intakes lease.
//!
//! The region's bucket holds, for each year, the last number that was leased to anybody. An
//! intake moves it up by a block, if nobody else did at the same moment, and then gives the
//! numbers of the block away without asking. It leases the next block when half of one is used.
//!
//! # Invariants
//!
//! - No number is given twice: a block is used only after its lease was confirmed, and what is
//!   left of one after a clean stop is forgotten on disk before it is used again.
//! - Numbers may be left out: by a kill, by a lease whose answer was lost, at the turn of a year.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use posthouse_bus::{Bus, Error as BusError};
use prometheus_client::metrics::counter::Counter;
use serde::{Deserialize, Serialize};

use crate::limits::{LEASE_ATTEMPTS_MAX, LEASE_WAIT};

/// What is left of the blocks of a year.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rest {
    year: i16,
    blocks: VecDeque<RangeInclusive<u64>>,
}

/// Gives ticket numbers.
pub(crate) struct Numbers {
    bus: Arc<dyn Bus>,
    bucket: String,
    per_block: u64,
    leases: Counter,
    state: Mutex<State>,
    /// Held by whoever leases, so that one block is leased at a time.
    lease: tokio::sync::Mutex<()>,
    /// Whether somebody leases ahead.
    ahead: AtomicBool,
}

#[derive(Default)]
struct State {
    /// Ready to be given away.
    ready: Rest,
    /// Left by the process before; the bucket has yet to confirm that it was leased.
    unconfirmed: Rest,
}

/// Why there is no number now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}")]
    Bus(#[from] BusError),
    #[error("the bucket of numbers did not answer within {} ms", LEASE_WAIT.as_millis())]
    Late,
    #[error("other intakes were faster {LEASE_ATTEMPTS_MAX} times")]
    Contended,
    #[error("the bucket of numbers holds `{0}`, which is no number")]
    Garbled(String),
}

impl Rest {
    fn left(&self) -> u64 {
        self.blocks
            .iter()
            .map(|block| block.end() - block.start() + 1)
            .sum()
    }

    fn take(&mut self) -> Option<u64> {
        let block = self.blocks.front_mut()?;
        let n = block.next()?;
        if block.is_empty() {
            self.blocks.pop_front();
        }
        Some(n)
    }
}

impl Numbers {
    /// Numbers of the bucket, leased `per_block` at once; `rest` is what the process before left.
    pub(crate) fn new(
        bus: Arc<dyn Bus>,
        bucket: String,
        per_block: u32,
        rest: Rest,
        leases: Counter,
    ) -> Self {
        Self {
            bus,
            bucket,
            per_block: u64::from(per_block.max(1)),
            leases,
            state: Mutex::new(State {
                ready: Rest::default(),
                unconfirmed: rest,
            }),
            lease: tokio::sync::Mutex::default(),
            ahead: AtomicBool::new(false),
        }
    }

    /// The next number of `year`.
    ///
    /// # Errors
    ///
    /// [`Error`], when none is at hand and none can be leased within [`LEASE_WAIT`].
    pub(crate) async fn next(self: &Arc<Self>, year: i16) -> Result<u64, Error> {
        loop {
            if let Some((n, left)) = self.take(year) {
                if left <= self.per_block / 2 {
                    self.lease_ahead(year);
                }
                return Ok(n);
            }
            self.lease(year, 0).await?;
        }
    }

    /// Leases a block for `year` unless there are numbers of it.
    ///
    /// # Errors
    ///
    /// As [`Self::next`].
    pub(crate) async fn prepare(&self, year: i16) -> Result<(), Error> {
        self.lease(year, 0).await
    }

    /// Everything that is left, which this process then gives away no more.
    pub(crate) fn surrender(&self) -> Rest {
        let mut state = self.lock();
        let State { ready, unconfirmed } = std::mem::take(&mut *state);
        if ready.blocks.is_empty() {
            unconfirmed
        } else {
            ready
        }
    }

    fn take(&self, year: i16) -> Option<(u64, u64)> {
        let mut state = self.lock();
        if state.ready.year != year {
            return None;
        }
        let n = state.ready.take()?;
        Some((n, state.ready.left()))
    }

    fn lease_ahead(self: &Arc<Self>, year: i16) {
        if self.ahead.swap(true, Ordering::AcqRel) {
            return;
        }
        let numbers = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = numbers.lease(year, numbers.per_block / 2).await {
                tracing::debug!(%error, "no block of numbers could be leased ahead");
            }
            numbers.ahead.store(false, Ordering::Release);
        });
    }

    /// Leases a block for `year`, unless more than `enough` numbers of it are at hand.
    async fn lease(&self, year: i16, enough: u64) -> Result<(), Error> {
        let leasing = async {
            let _alone = self.lease.lock().await;
            let at_hand = {
                let state = self.lock();
                if state.ready.year == year {
                    state.ready.left()
                } else {
                    0
                }
            };
            if at_hand > enough {
                Ok(())
            } else {
                self.lease_block(year).await
            }
        };
        tokio::time::timeout(LEASE_WAIT, leasing)
            .await
            .map_err(|_| Error::Late)?
    }

    async fn lease_block(&self, year: i16) -> Result<(), Error> {
        let bucket = self.bus.bucket(&self.bucket).await?;
        let key = year.to_string();
        for _ in 0..LEASE_ATTEMPTS_MAX {
            let entry = bucket.get(&key).await?;
            let revision = entry.as_ref().map_or(0, |entry| entry.revision);
            let last = match entry.and_then(|entry| entry.value) {
                Some(value) => parse(&value)?,
                None => 0,
            };
            if self.confirm(year, last) {
                return Ok(());
            }
            let end = last.saturating_add(self.per_block);
            let value = Bytes::from(end.to_string());
            match bucket.update(&key, value, revision).await {
                Ok(_) => {
                    self.leases.inc();
                    self.add(year, last + 1..=end);
                    return Ok(());
                }
                Err(BusError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended)
    }

    /// Takes what the process before left into use, now that the bucket says what was leased.
    /// What was leased in a bucket that is no more is dropped.
    fn confirm(&self, year: i16, last: u64) -> bool {
        let rest = std::mem::take(&mut self.lock().unconfirmed);
        let leased = rest.year == year && rest.blocks.iter().all(|block| *block.end() <= last);
        let of_use = leased && rest.left() > 0;
        if of_use {
            for block in rest.blocks {
                self.add(year, block);
            }
        }
        of_use
    }

    fn add(&self, year: i16, block: RangeInclusive<u64>) {
        let mut state = self.lock();
        if state.ready.year != year {
            state.ready = Rest {
                year,
                blocks: VecDeque::new(),
            };
        }
        state.ready.blocks.push_back(block);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn parse(value: &[u8]) -> Result<u64, Error> {
    let text = String::from_utf8_lossy(value);
    text.parse()
        .map_err(|_| Error::Garbled(crate::words::short(&text)))
}
