//! What is compiled of policies: a bundle is compiled once for all runs, because that takes longer
//! than a run.
//!
//! What is compiled follows from the bundle alone, so sharing it changes no run, as long as every
//! run finds all of it or nothing. Some runs find nothing: their processes ask the bus for each
//! bundle and compile it, so that this may fail too.

use std::sync::Arc;

use posthouse_bus::Bus;
use posthouse_bus::memory::MemoryBus;
use posthouse_bus::topology::{Size, Topology};
use posthouse_classifier::Engines;
use posthouse_runtime::policies::{self, Policies};
use tokio::sync::OnceCell;

use crate::bundles::{BUNDLES, REGION, bundle};
use crate::world::START;

/// What is compiled of policies.
#[derive(Clone)]
pub(crate) struct Workshop {
    /// All bundles, compiled; nothing where each process compiles its own.
    policies: Option<Arc<Policies>>,
    pub(crate) engines: Engines,
}

static FINISHED: OnceCell<Workshop> = OnceCell::const_new();

impl Workshop {
    /// The one in which everything is finished.
    pub(crate) async fn finished() -> Self {
        FINISHED.get_or_init(finish).await.clone()
    }

    /// One in which everybody makes their own.
    pub(crate) async fn bare() -> Self {
        Self {
            policies: None,
            ..Self::finished().await
        }
    }

    /// The policies for a process with this connection.
    pub(crate) fn policies(&self, bus: Arc<dyn Bus>, topology: &Topology) -> Arc<Policies> {
        Arc::new(match &self.policies {
            Some(policies) => policies.on(bus),
            None => Policies::new(bus, topology),
        })
    }
}

/// Compiles all bundles.
async fn finish() -> Workshop {
    let bus: Arc<dyn Bus> = Arc::new(MemoryBus::new(Arc::new(|| START)));
    let topology = Topology::new(REGION, Size::LAPTOP);
    bus.provision(&topology)
        .await
        .expect("a bus in memory can be provisioned");
    let policies = Policies::new(Arc::clone(&bus), &topology);
    for index in 0..BUNDLES.len() {
        let source = bundle(index);
        policies::activate(bus.as_ref(), &topology, &source, "simulation", START)
            .await
            .expect("a bus without faults takes a policy");
        policies
            .load(&source.version())
            .await
            .expect("the bundle compiles");
    }
    Workshop {
        policies: Some(Arc::new(policies)),
        engines: Engines::default(),
    }
}
