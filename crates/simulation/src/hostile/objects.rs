//! Snapshots on a bad day: lost, old, or no snapshots any more.
//!
//! A store of objects keeps a hash of each, so what is damaged is told apart from what is whole;
//! the worst that can come is an error, nothing, or something that is no snapshot at all.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use posthouse_bus::{Error, Objects};

use crate::life::Life;

/// A store of objects through the connection of one life.
pub(super) struct HostileObjects {
    life: Arc<Life>,
    inner: Box<dyn Objects>,
}

impl HostileObjects {
    pub(super) fn new(life: Arc<Life>, inner: Box<dyn Objects>) -> Self {
        Self { life, inner }
    }

    async fn reach(&self) -> Result<(), Error> {
        self.life.pass().await;
        self.life.reach()
    }

    async fn answer<T>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        self.life.pass().await;
        self.life.reach().and(answer)
    }
}

#[async_trait]
impl Objects for HostileObjects {
    async fn put(&self, name: &str, data: Bytes) -> Result<(), Error> {
        self.reach().await?;
        if self
            .life
            .strikes("bad snapshot", |rates| rates.bad_snapshot)
        {
            match self.life.draw(|dice| dice.below(3)) {
                // It is gone.
                0 => self.inner.delete(name).await?,
                // The one before stays, and nobody is told.
                1 => {}
                _ => {
                    let noise = self.life.draw(|dice| dice.bytes(64));
                    self.inner.put(name, Bytes::from(noise)).await?;
                }
            }
            return self.answer(Ok(())).await;
        }
        self.answer(self.inner.put(name, data).await).await
    }

    async fn get(&self, name: &str) -> Result<Option<Bytes>, Error> {
        self.reach().await?;
        if self
            .life
            .strikes("bad snapshot", |rates| rates.bad_snapshot)
        {
            return self.answer(Ok(None)).await;
        }
        self.answer(self.inner.get(name).await).await
    }

    async fn delete(&self, name: &str) -> Result<(), Error> {
        self.reach().await?;
        self.answer(self.inner.delete(name).await).await
    }

    async fn names(&self) -> Result<Vec<String>, Error> {
        self.reach().await?;
        self.answer(self.inner.names().await).await
    }
}
