//! Where views are kept: on disk, in memory, or wherever else a process keeps them.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use posthouse_bus::topology::OwnedSpec;
use posthouse_store::{Error, Found, MemoryStore, Options, SledStore, Store, Table};

use crate::worker::Fatal;

/// Opens the store of a view, each time a worker starts.
#[async_trait]
pub trait Views: Debug + Send + Sync {
    /// Opens the store of `spec`'s view in `region`. What it holds may be old, or nothing: the
    /// worker brings it to the end of the log. It must hold the first batches that were applied
    /// to it, none left out between.
    ///
    /// # Errors
    ///
    /// [`Fatal`]; the worker tries again after a wait.
    async fn open(
        &self,
        region: &str,
        spec: &OwnedSpec,
        tables: &[Table],
        schema: u32,
    ) -> Result<Arc<dyn Store>, Fatal>;
}

/// Views on disk, under `<dir>/<region>/<role>/<partition>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnDisk {
    /// The folder.
    pub dir: PathBuf,
    /// The size of each view's cache, in bytes.
    pub cache_bytes_max: u64,
    /// How often views are flushed, in milliseconds.
    pub flush_every_ms: u64,
}

/// Views in memory: each worker rebuilds its view from a snapshot and the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InMemory;

#[async_trait]
impl Views for OnDisk {
    async fn open(
        &self,
        region: &str,
        spec: &OwnedSpec,
        tables: &[Table],
        schema: u32,
    ) -> Result<Arc<dyn Store>, Fatal> {
        let dir = self
            .dir
            .join(region)
            .join(spec.role.as_str())
            .join(format!("{:02}", spec.partition));
        let mut options = Options::new(schema, tables);
        options.cache_bytes_max = self.cache_bytes_max;
        options.flush_every_ms = self.flush_every_ms;
        let opened = tokio::task::spawn_blocking(move || SledStore::open(&dir, &options))
            .await
            .map_err(|error| Fatal::View(error.to_string()))??;
        match &opened.found {
            Found::Fresh | Found::Existing => {}
            found @ (Found::Repaired | Found::Quarantined { .. }) => {
                tracing::warn!(
                    consumer = %spec.consumer, ?found, "the view was damaged or outdated"
                );
            }
        }
        Ok(Arc::new(opened.store))
    }
}

#[async_trait]
impl Views for InMemory {
    async fn open(
        &self,
        _region: &str,
        _spec: &OwnedSpec,
        tables: &[Table],
        _schema: u32,
    ) -> Result<Arc<dyn Store>, Fatal> {
        let store = MemoryStore::new(tables).map_err(|error: Error| Fatal::from(error))?;
        Ok(Arc::new(store))
    }
}
