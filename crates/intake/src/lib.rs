//! Intake: the door. Everything that a person or another system causes comes in here, over HTTP
//! or by the NATS inbox, is checked, named and numbered, and becomes a fact in the log.
//!
//! It consumes the inbox and appends `opened`, `replied`, `assigned`, `progressed`, `resolved`,
//! `reopened`, `closed`, `corrected`, `unfolded`, `accepted`, `declined`, `transferred`,
//! `agent_changed` and `preferred`. It owns no partition and keeps no view. What it refuses to do:
//! decide about tickets. It asks the read side whether a ticket exists and allows what is asked,
//! to give a friendly answer; what counts is decided by every reader of the log alike.
//!
//! While the log is away, accepted commands wait on disk in the outbox and are forwarded in
//! order when it returns.
//!
//! # Invariants
//!
//! - What was answered with "accepted" is in the log, or on disk on its way there.
//! - A command that names itself (by an idempotency key, an event's identity, or its place in the
//!   inbox) becomes one fact, however often it comes.
//! - No ticket number is given twice.
//! - No input makes it panic; whatever cannot be accepted is refused with a code and a reason, or
//!   set aside whole as a dead letter, and what comes after it goes on.
//!
//! # Wiring
//!
//! [`Intake::open`], then [`Intake::router`] behind the process's HTTP guard, and
//! [`Intake::run`] until the end. [`Intake::submit`] is for whoever has a command at hand.

mod action;
mod active;
mod cloud_events;
mod decode;
mod error;
mod http;
mod idempotency;
mod identity;
mod inbox;
mod json;
mod keep;
pub mod limits;
mod numbers;
mod options;
mod outbox;
mod pause;
mod read_side;
mod reading;
mod refused;
mod snooze;
mod spans;
mod submit;
pub mod telemetry;
mod words;

use std::sync::Arc;
use std::time::Duration;

use posthouse_bus::Bus;
use posthouse_bus::topology::Topology;
use posthouse_runtime::clock::Clock;
use posthouse_runtime::health::{Health, Part};
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::policies::Policies;
use posthouse_runtime::trace::Tracer;
use posthouse_store::{Store, Table};
use posthouse_templates::link::Keys;
use tokio_util::sync::CancellationToken;

use crate::active::Follower;
use crate::idempotency::Records;
use crate::keep::blocking;
use crate::numbers::Numbers;
use crate::outbox::Outbox;
use crate::read_side::ReadSide;
use crate::spans::Spans;
use crate::telemetry::Counts;

pub use action::Action;
pub use decode::{read_body, read_message};
pub use error::Error;
pub use identity::Idempotency;
pub use options::Options;
pub use refused::{Busy, Refused};
pub use submit::{Accepted, Place};

/// The door of one region. Copies are the same door.
#[derive(Clone)]
pub struct Intake {
    pub(crate) inner: Arc<Inner>,
}

/// What all copies share.
pub(crate) struct Inner {
    bus: Arc<dyn Bus>,
    topology: Arc<Topology>,
    store: Arc<dyn Store>,
    policy: Follower,
    numbers: Arc<Numbers>,
    records: Arc<Records>,
    outbox: Outbox,
    read_side: ReadSide,
    clock: Clock,
    counts: Counts,
    spans: Spans,
    part: Part,
    publish_wait: Duration,
    body_bytes_max: usize,
    shutdown: CancellationToken,
}

impl Intake {
    /// The tables of its store.
    pub const TABLES: &'static [Table] = keep::TABLES;

    /// Opens the outbox and looks for the policy in force. The bus may be away: commands are then
    /// accepted as soon as [`Self::run`] has found the policy.
    ///
    /// # Errors
    ///
    /// [`Error`] when the folder cannot be opened, or another process keeps it.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a part of the process; one caller"
    )]
    pub async fn open(
        bus: Arc<dyn Bus>,
        topology: Arc<Topology>,
        policies: Arc<Policies>,
        clock: Clock,
        metrics: &Metrics,
        tracer: Tracer,
        health: &Health,
        options: Options,
        shutdown: CancellationToken,
    ) -> Result<Self, Error> {
        let store = keep::open(options.dir.clone()).await?;
        Self::open_on(
            store, bus, topology, policies, clock, metrics, tracer, health, options, shutdown,
        )
        .await
    }

    /// The same, with a store that the caller has opened instead of a folder. It has the tables
    /// [`Self::TABLES`], and what was flushed to it survives whatever ends this process.
    ///
    /// # Errors
    ///
    /// [`Error`] when the store fails or holds what cannot be read.
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a part of the process; one caller"
    )]
    pub async fn open_on(
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        topology: Arc<Topology>,
        policies: Arc<Policies>,
        clock: Clock,
        metrics: &Metrics,
        tracer: Tracer,
        health: &Health,
        options: Options,
        shutdown: CancellationToken,
    ) -> Result<Self, Error> {
        let region = topology.subjects.region();
        let counts = Counts::new(metrics, region, options.outbox_tickets_max);
        let part = health.part(format!("{region} intake"));
        let opened = {
            let (store, counts, options) = (Arc::clone(&store), counts.clone(), options.clone());
            let runtime = tokio::runtime::Handle::current();
            let kept = Arc::clone(&store);
            blocking(kept.as_ref(), move || {
                let _within = runtime.enter();
                let outbox = Outbox::open(
                    Arc::clone(&store),
                    options.outbox_tickets_max,
                    counts.clone(),
                )?;
                let rest = keep::take_rest(store.as_ref())?;
                let records = Records::open(store, options.idempotency_hours, counts)?;
                Ok::<_, Error>((outbox, rest, records))
            })
            .await
        };
        let (outbox, rest, records) = opened??;
        let numbers = Numbers::new(
            Arc::clone(&bus),
            topology.numbers_bucket(),
            options.numbers_per_block,
            rest,
            counts.leases.clone(),
        );
        let read_side = ReadSide::new(
            Arc::clone(&bus),
            topology.subjects.query("ticket"),
            options.read_side_wait(),
        );
        let inner = Inner {
            policy: Follower::new(Arc::clone(&bus), &topology, policies),
            numbers: Arc::new(numbers),
            records: Arc::new(records),
            bus,
            store,
            outbox,
            read_side,
            clock,
            counts,
            spans: Spans::new(tracer, topology.subjects.clone()),
            part,
            publish_wait: options.publish_wait(),
            body_bytes_max: options.body_bytes_max,
            shutdown,
            topology,
        };
        tracing::info!(
            region = inner.topology.subjects.region(),
            node = options.node,
            "intake opened"
        );
        let intake = Self {
            inner: Arc::new(inner),
        };
        let looked = intake.inner.policy.look().await;
        intake.known(looked);
        intake.inner.lease_numbers().await;
        Ok(intake)
    }

    /// The routes: `POST /v1/tickets` and what is asked of a ticket. They bound the size of
    /// bodies; time, panics, and paths that are not there belong to the process's guard.
    pub fn router(&self) -> axum::Router {
        http::router(self.clone(), None)
    }

    /// The same, with the pages behind links that were signed by these keys.
    pub fn router_with_links(&self, keys: Keys) -> axum::Router {
        http::router(self.clone(), Some(keys))
    }

    /// What [`Self::router`] offers, as OpenAPI.
    #[must_use]
    pub fn openapi() -> utoipa::openapi::OpenApi {
        http::openapi(false)
    }

    /// What [`Self::router_with_links`] offers, as OpenAPI.
    #[must_use]
    pub fn openapi_with_links() -> utoipa::openapi::OpenApi {
        http::openapi(true)
    }

    /// How many accepted commands wait on disk for the log.
    #[must_use]
    pub fn outbox_held(&self) -> usize {
        self.inner.outbox.held()
    }

    /// Forwards the outbox, takes the inbox in, follows the policy in force, and forgets keys,
    /// until the process is to end; then keeps what is left of leased numbers for the next run.
    ///
    /// # Errors
    ///
    /// [`Error`] when the disk fails. Nothing that was accepted is lost; open intake anew.
    pub async fn run(self) -> Result<(), Error> {
        let inner = &self.inner;
        let stop = inner.shutdown.child_token();
        let _stopped = stop.clone().drop_guard();
        let clock = inner.clock.clone();
        let outcome = tokio::try_join!(
            inner
                .outbox
                .forward(inner.bus.as_ref(), &inner.spans, inner.publish_wait, &stop),
            inner.records.purge(move || clock.now(), &stop),
            async {
                inner.policy.follow(&stop, |known| self.known(known)).await;
                Ok(())
            },
            async {
                self.take_inbox(&stop).await;
                Ok(())
            },
            async {
                tokio::select! {
                    biased;
                    () = inner.outbox.broken() => {
                        Err(Error::Broken("the disk failed; see the log".to_owned()))
                    }
                    () = stop.cancelled() => Ok(()),
                }
            },
        );
        if let Err(error) = &outcome {
            tracing::error!(code = error.code(), %error, "intake ends");
            inner.part.not_ready(&error.to_string());
        }
        let drained = tokio::time::timeout(limits::DRAIN_MAX, self.close()).await;
        match (outcome, drained) {
            (Err(error), _) | (Ok(_), Ok(Err(error))) => Err(error),
            (Ok(_), Ok(Ok(())) | Err(_)) => Ok(()),
        }
    }

    /// Keeps what is left of leased numbers, and makes everything durable.
    async fn close(&self) -> Result<(), Error> {
        let rest = self.inner.numbers.surrender();
        let store = Arc::clone(&self.inner.store);
        let put = move || keep::put_rest(store.as_ref(), &rest);
        blocking(self.inner.store.as_ref(), put).await?
    }

    /// The policy in force became known, or cannot be had.
    fn known(&self, known: Result<(), String>) {
        match known {
            Ok(()) => {
                self.inner.part.ready();
                let inner = Arc::clone(&self.inner);
                tokio::spawn(async move { inner.lease_numbers().await });
            }
            // With one known from before, work goes on.
            Err(why) if self.inner.policy.current().is_none() => self.inner.part.not_ready(&why),
            Err(_) => {}
        }
    }
}

impl Inner {
    /// Leases the first block of numbers, so that there are some when the log goes away.
    async fn lease_numbers(&self) {
        let Some(active) = self.policy.current() else {
            return;
        };
        let year = active.year(self.clock.now());
        if let Err(error) = self.numbers.prepare(year).await {
            tracing::warn!(%error, "no block of ticket numbers could be leased yet");
        }
    }
}
