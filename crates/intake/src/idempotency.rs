//! Idempotency records: what was answered to a key, for as many hours as keys are remembered.
//!
//! A record that a kill took away does little harm: identities follow from the key, so the
//! repeat names the same ticket and the same fact, which the log recognises.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use posthouse_domain::ticket::{Fact, PolicyVersion};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_store::{Row, Store, Write};
use posthouse_wire::encode;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::keep::{EXPIRIES, RECORDS, blocking};
use crate::limits::{IDEMPOTENCY_RECORDS_MAX, PURGE_EVERY, PURGE_ROWS_MAX};
use crate::refused::Refused;
use crate::telemetry::Counts;

/// What is compared when a key comes again: a hash of everything that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// The digest of what is asked: who did what to which ticket. When it came and which policy
    /// was in force is no part of it, nor is the number, which is not given yet.
    pub(crate) fn of(fact: &Fact) -> Self {
        let bare = Fact {
            at: Timestamp::default(),
            policy: PolicyVersion::default(),
            ..fact.clone()
        };
        Self(Sha256::digest(encode(&bare)).into())
    }
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) digest: Digest,
    pub(crate) ticket: TicketId,
    pub(crate) number: Option<String>,
    expires_ms: i64,
}

/// The records of this intake.
pub(crate) struct Records {
    store: Arc<dyn Store>,
    keep_ms: i64,
    kept: AtomicUsize,
    kept_max: usize,
    /// There are more than there may be.
    many: Notify,
    working: Mutex<HashSet<FactId>>,
    counts: Counts,
}

/// A command that is being worked on; nobody else works on it until this is dropped.
pub(crate) struct Working {
    records: Arc<Records>,
    fact: FactId,
}

impl Records {
    /// The records in `store`, each kept for `hours`.
    ///
    /// # Errors
    ///
    /// As the store.
    pub(crate) fn open(store: Arc<dyn Store>, hours: u32, counts: Counts) -> Result<Self, Error> {
        let kept = count(store.as_ref())?;
        counts.records.set(i64::try_from(kept).unwrap_or(i64::MAX));
        Ok(Self {
            store,
            keep_ms: i64::from(hours) * 3_600_000,
            kept: AtomicUsize::new(kept),
            kept_max: IDEMPOTENCY_RECORDS_MAX,
            many: Notify::new(),
            working: Mutex::default(),
            counts,
        })
    }

    /// Begins to work on the command that becomes `fact`.
    ///
    /// # Errors
    ///
    /// [`Refused::InFlight`] while somebody else does.
    pub(crate) fn begin(self: &Arc<Self>, fact: FactId) -> Result<Working, Refused> {
        if !self.working().insert(fact) {
            return Err(Refused::InFlight);
        }
        Ok(Working {
            records: Arc::clone(self),
            fact,
        })
    }

    /// What was answered to the command that becomes `fact`, if it is remembered.
    ///
    /// # Errors
    ///
    /// [`Refused::KeyReused`] when it was another command, [`Refused::NotKept`] when the disk
    /// fails.
    pub(crate) async fn find(
        &self,
        fact: FactId,
        digest: Digest,
        now: Timestamp,
    ) -> Result<Option<Record>, Refused> {
        let store = Arc::clone(&self.store);
        let get = move || store.get(RECORDS, fact.0.as_bytes());
        let read = blocking(self.store.as_ref(), get).await;
        let row = read
            .and_then(|row| row.map_err(Error::from))
            .map_err(|error| Refused::NotKept(error.to_string()))?;
        // A row of another shape is as good as none: identities are derived.
        let record: Option<Record> = row.and_then(|row| postcard::from_bytes(&row).ok());
        match record {
            Some(record) if record.expires_ms <= now.as_millis() => Ok(None),
            Some(record) if record.digest != digest => Err(Refused::KeyReused),
            record => Ok(record),
        }
    }

    /// The changes that remember an answer.
    pub(crate) fn writes(
        &self,
        fact: FactId,
        digest: Digest,
        ticket: TicketId,
        number: Option<String>,
        now: Timestamp,
    ) -> Vec<Write> {
        let expires_ms = now.plus_millis(self.keep_ms).as_millis();
        let record = Record {
            digest,
            ticket,
            number,
            expires_ms,
        };
        let Ok(value) = postcard::to_stdvec(&record) else {
            return Vec::new();
        };
        self.counts.records.inc();
        if self.kept.fetch_add(1, Ordering::Relaxed) >= self.kept_max {
            self.many.notify_one();
        }
        vec![
            Write::Put {
                table: RECORDS,
                key: fact.0.as_bytes().to_vec(),
                value,
            },
            Write::Put {
                table: EXPIRIES,
                key: expiry(expires_ms, fact),
                value: Vec::new(),
            },
        ]
    }

    /// Remembers an answer. Not flushed, and a failure is only told of: the answer stands.
    pub(crate) async fn remember(&self, writes: Vec<Write>) {
        let store = Arc::clone(&self.store);
        let written = blocking(self.store.as_ref(), move || store.apply(&writes)).await;
        if let Err(error) = written.and_then(|written| written.map_err(Error::from)) {
            tracing::warn!(code = error.code(), %error, "an idempotency key is not remembered");
        }
    }

    /// Removes what is no longer needed, until the process is to end.
    ///
    /// # Errors
    ///
    /// As the store.
    pub(crate) async fn purge(
        self: &Arc<Self>,
        now: impl Fn() -> Timestamp,
        shutdown: &CancellationToken,
    ) -> Result<(), Error> {
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return Ok(()),
                () = self.many.notified() => {}
                () = tokio::time::sleep(PURGE_EVERY) => {}
            }
            let now = now();
            loop {
                let records = Arc::clone(self);
                let purge = move || records.purge_some(now);
                if !blocking(self.store.as_ref(), purge).await?? {
                    break;
                }
            }
        }
    }

    /// Removes some of what is no longer needed; gives whether there may be more of it.
    fn purge_some(&self, now: Timestamp) -> Result<bool, Error> {
        let over = self
            .kept
            .load(Ordering::Relaxed)
            .saturating_sub(self.kept_max);
        let rows = self.store.scan(EXPIRIES, &[], None, PURGE_ROWS_MAX)?;
        let doomed: Vec<&Row> = rows
            .iter()
            .enumerate()
            .take_while(|(n, (key, _))| {
                *n < over || instant(key).is_none_or(|expires| expires <= now.as_millis())
            })
            .map(|(_, row)| row)
            .collect();
        if doomed.is_empty() {
            return Ok(false);
        }
        let mut writes = Vec::with_capacity(doomed.len() * 2);
        for (key, _) in &doomed {
            writes.push(Write::Delete {
                table: EXPIRIES,
                key: key.clone(),
            });
            // The key may have been used anew since; then its record has another expiry.
            let fact = key.get(8..).unwrap_or_default();
            let record = self.store.get(RECORDS, fact)?;
            let record: Option<Record> = record.and_then(|row| postcard::from_bytes(&row).ok());
            if record.is_none_or(|record| Some(record.expires_ms) == instant(key)) {
                writes.push(Write::Delete {
                    table: RECORDS,
                    key: fact.to_vec(),
                });
            }
        }
        self.store.apply(&writes)?;
        self.kept.fetch_sub(doomed.len(), Ordering::Relaxed);
        self.counts
            .records
            .dec_by(i64::try_from(doomed.len()).unwrap_or(i64::MAX));
        Ok(doomed.len() == rows.len())
    }

    fn working(&self) -> std::sync::MutexGuard<'_, HashSet<FactId>> {
        self.working.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.records.working().remove(&self.fact);
    }
}

fn count(store: &dyn Store) -> Result<usize, Error> {
    let (mut kept, mut from) = (0, Vec::new());
    loop {
        let rows = store.scan(EXPIRIES, &from, None, PURGE_ROWS_MAX)?;
        kept += rows.len();
        match rows.last() {
            Some((key, _)) if rows.len() == PURGE_ROWS_MAX => from = [key, &[0][..]].concat(),
            _ => return Ok(kept),
        }
    }
}

/// The instant, so that bytes sort as instants do, then the fact. No instant is before 1970.
fn expiry(expires_ms: i64, fact: FactId) -> Vec<u8> {
    let sortable = u64::try_from(expires_ms).unwrap_or(0);
    [&sortable.to_be_bytes(), &fact.0.as_bytes()[..]].concat()
}

fn instant(key: &[u8]) -> Option<i64> {
    let sortable = u64::from_be_bytes(key.get(..8)?.try_into().ok()?);
    i64::try_from(sortable).ok()
}

#[cfg(test)]
mod tests {
    use posthouse_domain::ticket::{Actor, Body, Closed};
    use posthouse_runtime::metrics::Metrics;
    use posthouse_store::MemoryStore;

    use super::*;

    fn records(kept_max: usize) -> Records {
        let store = Arc::new(MemoryStore::new(&[RECORDS, EXPIRIES]).unwrap());
        let counts = Counts::new(&Metrics::new(), "cn-north", 1);
        Records {
            kept_max,
            ..Records::open(store, 1, counts).unwrap()
        }
    }

    fn close(name: &str, reason: &str) -> Fact {
        Fact {
            id: FactId::from_command(&[name]),
            ticket: TicketId::derive(&["t"]),
            region: "cn-north".to_owned(),
            at: Timestamp::from_millis(7),
            actor: Actor::service("test"),
            cause: None,
            policy: PolicyVersion("v".to_owned()),
            body: Body::Closed(Closed {
                reason: reason.to_owned(),
            }),
        }
    }

    async fn remember(records: &Records, fact: &Fact, at: Timestamp) {
        let writes = records.writes(fact.id, Digest::of(fact), fact.ticket, None, at);
        records.remember(writes).await;
    }

    async fn knows(records: &Records, fact: &Fact, at: Timestamp) -> bool {
        records
            .find(fact.id, Digest::of(fact), at)
            .await
            .unwrap()
            .is_some()
    }

    #[test]
    fn a_digest_is_of_what_is_asked() {
        let fact = close("a", "r");
        let later = Fact {
            at: Timestamp::default(),
            policy: PolicyVersion::default(),
            ..close("a", "r")
        };
        assert_eq!(Digest::of(&fact), Digest::of(&later));
        assert_ne!(Digest::of(&fact), Digest::of(&close("a", "other")));
    }

    #[tokio::test]
    async fn records_are_forgotten_in_time_and_not_before() {
        let records = records(10);
        let (fact, start) = (close("a", "r"), Timestamp::from_millis(1_000_000));
        remember(&records, &fact, start).await;
        let hour = start.plus_millis(3_600_000);
        assert!(knows(&records, &fact, hour.plus_millis(-1)).await);
        assert!(
            !knows(&records, &fact, hour).await,
            "not even before it is purged"
        );
        // The key is used anew; its old expiry must not take the new record along.
        remember(&records, &fact, hour).await;
        assert_eq!(count(records.store.as_ref()).unwrap(), 2);
        records.purge_some(hour).unwrap();
        assert!(knows(&records, &fact, hour).await);
        assert_eq!(count(records.store.as_ref()).unwrap(), 1);
        records.purge_some(hour.plus_millis(3_600_000)).unwrap();
        assert_eq!(count(records.store.as_ref()).unwrap(), 0);
        assert_eq!(
            records.store.get(RECORDS, fact.id.0.as_bytes()).unwrap(),
            None
        );
        assert_eq!(records.kept.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn beyond_the_bound_the_oldest_go_first() {
        let records = records(3);
        let at = |n: i64| Timestamp::from_millis(1_000_000 + n);
        let facts: Vec<Fact> = (0..5).map(|n| close(&n.to_string(), "r")).collect();
        for (n, fact) in (0..).zip(&facts) {
            remember(&records, fact, at(n)).await;
        }
        records.purge_some(at(9)).unwrap();
        let mut known = Vec::new();
        for fact in &facts {
            known.push(knows(&records, fact, at(9)).await);
        }
        assert_eq!(known, [false, false, true, true, true]);
    }
}
