//! The bus in memory does what every bus must do.

use std::sync::Arc;

use async_trait::async_trait;
use posthouse_bus::Bus;
use posthouse_bus::memory::MemoryBus;
use posthouse_domain::Timestamp;
use posthouse_testkit::conformance::Stage;

struct MemoryStage(MemoryBus);

#[async_trait]
impl Stage for MemoryStage {
    fn region(&self) -> &str {
        "memory"
    }

    async fn client(&self) -> Arc<dyn Bus> {
        Arc::new(self.0.client())
    }
}

async fn memory_stage() -> Option<MemoryStage> {
    let start = Timestamp::from_millis(1_790_000_000_000);
    Some(MemoryStage(MemoryBus::with_tokio_clock(start)))
}

posthouse_testkit::bus_conformance!(
    #[tokio::test(start_paused = true)]
    memory_stage
);
