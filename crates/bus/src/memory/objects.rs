//! Large objects.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;

use super::shared::Connection;
use crate::{Error, Objects};

/// What a store of objects holds, by name.
pub(super) type Things = BTreeMap<String, Bytes>;

/// A client's view of a store of objects.
pub(super) struct MemoryObjects {
    connection: Connection,
    name: String,
}

impl MemoryObjects {
    pub(super) fn new(connection: Connection, name: &str) -> Result<Self, Error> {
        connection.enter()?.0.store_of(name)?;
        Ok(Self {
            connection,
            name: name.to_owned(),
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut Things) -> T) -> Result<T, Error> {
        let (mut state, _) = self.connection.enter()?;
        state.store_of(&self.name).map(act)
    }
}

#[async_trait]
impl Objects for MemoryObjects {
    async fn put(&self, name: &str, data: Bytes) -> Result<(), Error> {
        self.with(|things| {
            things.insert(name.to_owned(), data);
        })
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, Error> {
        self.with(|things| things.get(name).cloned())
    }

    async fn delete(&self, name: &str) -> Result<(), Error> {
        self.with(|things| {
            things.remove(name);
        })
    }

    async fn names(&self) -> Result<Vec<String>, Error> {
        self.with(|things| things.keys().cloned().collect())
    }
}
