//! JetStream is held to what every adapter of the bus must do.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use posthouse_bus::Bus;
use posthouse_bus_nats::{NatsBus, Options};
use posthouse_testkit::bus_conformance;
use posthouse_testkit::conformance::Stage;
use support::Server;

/// Counts the regions that were played in.
static PLAYED: AtomicU32 = AtomicU32::new(0);

/// A place on the server that all tests share.
struct NatsStage {
    server: Arc<Server>,
    region: String,
}

#[async_trait]
impl Stage for NatsStage {
    fn region(&self) -> &str {
        &self.region
    }

    async fn client(&self) -> Arc<dyn Bus> {
        let options = Options::new([self.server.url()]);
        NatsBus::connect(&options).await.expect("a connection")
    }
}

async fn stage() -> Option<NatsStage> {
    let server = support::shared().await?;
    let number = PLAYED.fetch_add(1, Ordering::Relaxed);
    Some(NatsStage {
        server,
        region: format!("play-{number}"),
    })
}

bus_conformance!(
    #[tokio::test]
    stage
);
