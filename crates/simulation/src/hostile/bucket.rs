//! Keys and values on a bad day.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use posthouse_bus::{Bucket, Entry, Error, Revision};

use crate::life::Life;

/// A bucket through the connection of one life.
pub(super) struct HostileBucket {
    life: Arc<Life>,
    inner: Box<dyn Bucket>,
}

impl HostileBucket {
    pub(super) fn new(life: Arc<Life>, inner: Box<dyn Bucket>) -> Self {
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
impl Bucket for HostileBucket {
    async fn get(&self, key: &str) -> Result<Option<Entry>, Error> {
        self.reach().await?;
        self.answer(self.inner.get(key).await).await
    }

    async fn put(&self, key: &str, value: Bytes) -> Result<Revision, Error> {
        self.reach().await?;
        self.answer(self.inner.put(key, value).await).await
    }

    async fn update(&self, key: &str, value: Bytes, expected: Revision) -> Result<Revision, Error> {
        self.reach().await?;
        let updated = self.inner.update(key, value, expected).await;
        self.answer(updated).await
    }

    async fn delete(&self, key: &str) -> Result<(), Error> {
        self.reach().await?;
        self.answer(self.inner.delete(key).await).await
    }

    async fn keys(&self) -> Result<Vec<String>, Error> {
        self.reach().await?;
        self.answer(self.inner.keys().await).await
    }

    async fn watch(&self, key: &str) -> Result<BoxStream<'static, Result<Entry, Error>>, Error> {
        self.reach().await?;
        let watched = self.inner.watch(key).await;
        let changes = self.answer(watched).await?;
        let life = Arc::clone(&self.life);
        let changes = changes.then(move |change| {
            let life = Arc::clone(&life);
            async move {
                life.pass().await;
                change
            }
        });
        Ok(changes.boxed())
    }
}
