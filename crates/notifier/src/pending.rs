//! Requests that wait: for an attempt, or for the answer to one.
//!
//! ```text
//! requested -> ready -> claimed: attempt n, due again after timeout and back-off -> ready -> …
//!                                    \-> outcome in the log: gone
//! ```
//!
//! What moves a request is the log alone: the request, the claims, the outcome, and the time.

use posthouse_domain::notify::Receiver;
use posthouse_domain::{FactId, Timestamp};
use posthouse_runtime::{Refusal, View, WakeIndex};
use posthouse_store::Table;
use serde::{Deserialize, Serialize};

const PENDING: Table = Table::new("pending");
const READY: Table = Table::new("ready");
const WAKE: Table = Table::new("wake");
/// The tables of the view.
pub(crate) const TABLES: &[Table] = &[PENDING, READY, WAKE];

/// A request that has no outcome yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// The fact that asked for it, as it travelled.
    pub(crate) request: Vec<u8>,
    /// Attempts claimed so far.
    pub(crate) attempts: u32,
    /// When the last of them is given up; `None` while the request is ready.
    pub(crate) wait_until: Option<Timestamp>,
}

/// The pending requests of a partition.
#[derive(Debug)]
pub(crate) struct Requests {
    wake: WakeIndex,
}

impl Requests {
    pub(crate) const fn new() -> Self {
        Self { wake: WakeIndex::new(WAKE) }
    }

    pub(crate) const fn restored(&mut self) {
        self.wake.reset();
    }

    /// A new request is ready at once.
    pub(crate) fn add(&self, view: &mut View, id: FactId, request: Vec<u8>) -> Result<(), Refusal> {
        put(view, id, &Pending { request, attempts: 0, wait_until: None })?;
        view.put(READY, key(id), Vec::new());
        Ok(())
    }

    /// An attempt was claimed at `log_time`: wait for its outcome, then try again.
    pub(crate) fn claimed(
        &mut self,
        view: &mut View,
        id: FactId,
        attempt: u32,
        log_time: Timestamp,
        receiver: &Receiver,
    ) -> Result<(), Refusal> {
        let Some(mut pending) = get(view, id)? else { return Ok(()) };
        let until = log_time.plus_millis(patience_ms(receiver, attempt));
        self.wake.set(view, id.0.as_bytes(), pending.wait_until, Some(until));
        view.delete(READY, key(id));
        pending.attempts = pending.attempts.max(attempt);
        pending.wait_until = Some(until);
        put(view, id, &pending)
    }

    /// The request has an outcome.
    pub(crate) fn remove(&mut self, view: &mut View, id: FactId) -> Result<(), Refusal> {
        let Some(pending) = get(view, id)? else { return Ok(()) };
        self.wake.set(view, id.0.as_bytes(), pending.wait_until, None);
        view.delete(READY, key(id));
        view.delete(PENDING, key(id));
        Ok(())
    }

    /// The next instant at which an attempt is given up.
    pub(crate) fn next_wake(&mut self, view: &View) -> Option<Timestamp> {
        self.wake.earliest(view).unwrap_or_default()
    }

    /// Requests whose last attempt was given up before `now`, each made ready again.
    pub(crate) fn expire(
        &mut self,
        view: &mut View,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(FactId, Pending)>, Refusal> {
        let mut expired = Vec::new();
        for (at, id) in self.wake.due(view, now, limit)? {
            self.wake.set(view, &id, Some(at), None);
            let Some(id) = fact_id(&id) else { continue };
            let Some(mut pending) = get(view, id)? else { continue };
            pending.wait_until = None;
            put(view, id, &pending)?;
            view.put(READY, key(id), Vec::new());
            expired.push((id, pending));
        }
        Ok(expired)
    }

    /// Requests that are ready for an attempt.
    pub(crate) fn ready(
        &self,
        view: &View,
        limit: usize,
    ) -> Result<Vec<(FactId, Pending)>, Refusal> {
        let mut ready = Vec::new();
        for (id, _) in view.scan(READY, &[], None, limit)? {
            let Some(id) = fact_id(&id) else { continue };
            if let Some(pending) = get(view, id)? {
                ready.push((id, pending));
            }
        }
        Ok(ready)
    }

    /// A pending request.
    pub(crate) fn get(&self, view: &View, id: FactId) -> Result<Option<Pending>, Refusal> {
        get(view, id)
    }
}

/// How long to wait for the outcome of an attempt before the next: what the attempt may take,
/// and a back-off that doubles with each, in milliseconds.
fn patience_ms(receiver: &Receiver, attempt: u32) -> i64 {
    let doublings = attempt.saturating_sub(1).min(20);
    let backoff = (u64::from(receiver.backoff_ms) << doublings).min(receiver.backoff_ms_max.into());
    i64::try_from(backoff + u64::from(receiver.timeout_ms)).unwrap_or(i64::MAX)
}

fn get(view: &View, id: FactId) -> Result<Option<Pending>, Refusal> {
    let Some(bytes) = view.get(PENDING, id.0.as_bytes())? else { return Ok(None) };
    let read = postcard::from_bytes(&bytes);
    read.map(Some).map_err(|error| Refusal::new(Refusal::VIEW, format!("read request {id}: {error}")))
}

fn put(view: &mut View, id: FactId, pending: &Pending) -> Result<(), Refusal> {
    let bytes = postcard::to_stdvec(pending)
        .map_err(|error| Refusal::new(Refusal::VIEW, format!("write request {id}: {error}")))?;
    view.put(PENDING, key(id), bytes);
    Ok(())
}

fn key(id: FactId) -> Vec<u8> {
    id.0.as_bytes().to_vec()
}

fn fact_id(bytes: &[u8]) -> Option<FactId> {
    bytes.try_into().ok().map(|bytes| FactId(posthouse_domain::ids::Uuid::from_bytes(bytes)))
}
