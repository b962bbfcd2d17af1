//! Keys and values.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{BoxStream, unfold};
use tokio::sync::Notify;

use super::check;
use super::shared::{Connection, Look};
use crate::{Bucket, Entry, Error, Revision};

/// What a bucket holds. Deleted keys stay, without a value.
#[derive(Default)]
pub(super) struct Values {
    entries: BTreeMap<String, Entry>,
    last: Revision,
    changed: Arc<Notify>,
}

impl Values {
    pub(super) fn wake(&self) {
        self.changed.notify_waiters();
    }

    fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key).filter(|entry| entry.value.is_some())
    }

    fn set(&mut self, key: &str, value: Option<Bytes>) -> Revision {
        self.last += 1;
        let entry = Entry {
            key: key.to_owned(),
            value,
            revision: self.last,
        };
        self.entries.insert(key.to_owned(), entry);
        self.wake();
        self.last
    }

    /// Whether `expected` is what the key has: its last revision, or 0 for no value.
    fn is_at(&self, key: &str, expected: Revision) -> bool {
        match self.entries.get(key) {
            None => expected == 0,
            Some(entry) => entry.revision == expected || (expected == 0 && entry.value.is_none()),
        }
    }
}

/// A client's view of a bucket.
pub(super) struct MemoryBucket {
    connection: Connection,
    name: String,
}

impl MemoryBucket {
    pub(super) fn new(connection: Connection, name: &str) -> Result<Self, Error> {
        connection.enter()?.0.bucket(name)?;
        Ok(Self {
            connection,
            name: name.to_owned(),
        })
    }
}

#[async_trait]
impl Bucket for MemoryBucket {
    async fn get(&self, key: &str) -> Result<Option<Entry>, Error> {
        check::key(key)?;
        let (mut state, _) = self.connection.enter()?;
        Ok(state.bucket(&self.name)?.get(key).cloned())
    }

    async fn put(&self, key: &str, value: Bytes) -> Result<Revision, Error> {
        check::key(key)?;
        check::size(value.len())?;
        let (mut state, _) = self.connection.enter()?;
        Ok(state.bucket(&self.name)?.set(key, Some(value)))
    }

    async fn update(&self, key: &str, value: Bytes, expected: Revision) -> Result<Revision, Error> {
        check::key(key)?;
        check::size(value.len())?;
        let (mut state, _) = self.connection.enter()?;
        let values = state.bucket(&self.name)?;
        if !values.is_at(key, expected) {
            return Err(Error::Conflict(format!("key {key} of {}", self.name)));
        }
        Ok(values.set(key, Some(value)))
    }

    async fn delete(&self, key: &str) -> Result<(), Error> {
        check::key(key)?;
        let (mut state, _) = self.connection.enter()?;
        let values = state.bucket(&self.name)?;
        if values.get(key).is_some() {
            values.set(key, None);
        }
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<String>, Error> {
        let (mut state, _) = self.connection.enter()?;
        let entries = &state.bucket(&self.name)?.entries;
        Ok(entries
            .values()
            .filter(|entry| entry.value.is_some())
            .map(|entry| entry.key.clone())
            .collect())
    }

    async fn watch(&self, key: &str) -> Result<BoxStream<'static, Result<Entry, Error>>, Error> {
        check::key(key)?;
        let (mut state, _) = self.connection.enter()?;
        let values = state.bucket(&self.name)?;
        // What was deleted before is no news.
        let seen = match values.entries.get(key) {
            Some(entry) if entry.value.is_none() => entry.revision,
            _ => 0,
        };
        let watcher = Watcher {
            connection: self.connection.clone(),
            bucket: self.name.clone(),
            key: key.to_owned(),
            seen: Some(seen),
        };
        Ok(unfold(watcher, Watcher::next).boxed())
    }
}

/// Who watches a key.
struct Watcher {
    connection: Connection,
    bucket: String,
    key: String,
    /// The last revision seen; nothing after an error.
    seen: Option<Revision>,
}

impl Watcher {
    async fn next(mut self) -> Option<(Result<Entry, Error>, Self)> {
        let seen = self.seen?;
        let changed = self
            .connection
            .wait_for(|state, _| {
                let values = state.bucket(&self.bucket)?;
                let entry = values.entries.get(&self.key);
                Ok(match entry.filter(|entry| entry.revision > seen) {
                    Some(entry) => Look::Found(entry.clone()),
                    None => Look::NotYet(Arc::clone(&values.changed), None),
                })
            })
            .await;
        self.seen = changed.as_ref().ok().map(|entry| entry.revision);
        Some((changed, self))
    }
}
