//! A region of one partition in memory in which one service lives, and the story of it.
//!
//! The tests of the services share this file (`#[path]`): it needs the runtime, so it cannot
//! stand in the testkit. Nothing here knows any service.

#![allow(
    dead_code,
    unused_imports,
    reason = "each service needs another part of it"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod story;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use posthouse_bus::memory::MemoryBus;
use posthouse_bus::topology::{OwnedSpec, Size, Topology};
use posthouse_bus::{Bus, Delivery, Outgoing, Until};
use posthouse_domain::ticket::{
    Actor, ActorKind, Body, Classified, Fact, FactKind, Features, Opened, Severity,
};
use posthouse_domain::{TicketId, Timestamp};
use posthouse_policy::Source;
use posthouse_runtime::clock::Clock;
use posthouse_runtime::health::Health;
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::policies::{self, Policies};
use posthouse_runtime::trace::Tracer;
use posthouse_runtime::{Context, Fatal, Handler, Pace, run_partition};
use posthouse_store::{MemoryStore, Table};
use posthouse_testkit::builders;
use posthouse_wire::Snapshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) use story::{describe, stamp};

/// How long a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// A region of one partition.
pub(crate) struct Region {
    pub(crate) bus: MemoryBus,
    pub(crate) topology: Arc<Topology>,
    pub(crate) spec: OwnedSpec,
    clock: Clock,
    tracer: Tracer,
    opened: BTreeMap<u32, Opened>,
    /// How many facts were told.
    told: u32,
}

/// A worker under way.
pub(crate) struct Worker {
    task: JoinHandle<Result<(), Fatal>>,
    shutdown: CancellationToken,
}

/// Which partition a service owns.
pub(crate) type Owns = fn(&Topology) -> OwnedSpec;

impl Region {
    /// A region on a Monday morning, [`builders::START`], with this bundle in force.
    pub(crate) async fn new(owns: Owns, bundle: &Source) -> Self {
        let start = builders::START;
        let bus = MemoryBus::with_tokio_clock(start);
        let origin = tokio::time::Instant::now();
        let clock = Clock::from_fn(move || {
            start.plus_millis(i64::try_from(origin.elapsed().as_millis()).unwrap())
        });
        let size = Size {
            partitions: 1,
            partitions_per_stream: 1,
            receiver_partitions: 1,
            ..Size::LAPTOP
        };
        let topology = Topology::new(builders::REGION, size);
        let spec = owns(&topology);
        let topology = Arc::new(topology.with_consumers([spec.clone()]));
        bus.provision(&topology).await.unwrap();
        let region = Self {
            bus,
            topology,
            spec,
            clock,
            tracer: Tracer::off(),
            opened: BTreeMap::new(),
            told: 0,
        };
        region.activate(bundle).await;
        region
    }

    /// The same, with workers that tell spans.
    pub(crate) fn telling(self, tracer: Tracer) -> Self {
        Self { tracer, ..self }
    }

    /// Puts a bundle in force from here on.
    pub(crate) async fn activate(&self, bundle: &Source) {
        policies::activate(&self.bus, &self.topology, bundle, "test", self.clock.now())
            .await
            .unwrap();
    }

    /// Starts a worker with an empty store.
    pub(crate) fn start<H: Handler>(&self, handler: H) -> Worker {
        self.start_as(&self.spec, "test", handler)
    }

    /// As [`Self::start`], under another consumer or name.
    pub(crate) fn start_as<H: Handler>(&self, spec: &OwnedSpec, node: &str, handler: H) -> Worker {
        let (clock, metrics) = (self.clock.clone(), Metrics::new());
        self.start_on(spec, node, clock, &metrics, handler)
    }

    /// As [`Self::start`], on a host whose clock is wrong by so many milliseconds at each time,
    /// and with these metrics.
    pub(crate) fn start_wrong<H: Handler>(
        &self,
        wrong_by_ms: impl Fn(Timestamp) -> i64 + Send + Sync + 'static,
        metrics: &Metrics,
        handler: H,
    ) -> Worker {
        let right = self.clock.clone();
        let wrong = Clock::from_fn(move || {
            let now = right.now();
            now.plus_millis(wrong_by_ms(now))
        });
        self.start_on(&self.spec, "test", wrong, metrics, handler)
    }

    fn start_on<H: Handler>(
        &self,
        spec: &OwnedSpec,
        node: &str,
        clock: Clock,
        metrics: &Metrics,
        handler: H,
    ) -> Worker {
        let bus: Arc<dyn Bus> = Arc::new(self.bus.client());
        let shutdown = CancellationToken::new();
        let tables: Vec<Table> = std::iter::once(Table::new("loop"))
            .chain(handler.tables().iter().copied())
            .collect();
        let context = Context {
            bus: Arc::clone(&bus),
            topology: Arc::clone(&self.topology),
            spec: spec.clone(),
            store: Arc::new(MemoryStore::new(&tables).unwrap()),
            policies: Arc::new(Policies::new(bus, &self.topology)),
            clock,
            metrics: metrics.worker(spec.role.as_str(), builders::REGION),
            tracer: self.tracer.clone(),
            part: Health::new().part("worker"),
            shutdown: shutdown.clone(),
            node: node.to_owned(),
            pace: Pace::default(),
        };
        let task = tokio::spawn(async move { run_partition(context, handler).await });
        Worker { task, shutdown }
    }

    /// Waits until `11-23 10:00:00` or `11-23 10:00:00.001`, as a story shows it.
    pub(crate) async fn at(&self, time: &str) {
        let at: Timestamp = format!("2026-{}Z", time.replace(' ', "T")).parse().unwrap();
        let wait = u64::try_from(at.millis_since(self.clock.now())).expect("time goes forward");
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }

    /// A ticket is opened.
    pub(crate) async fn open(&mut self, ticket: u32, opened: Opened) -> Fact {
        self.opened.insert(ticket, opened.clone());
        self.tell(ticket, Body::Opened(opened)).await
    }

    /// A ticket is labelled: an incident of this category and severity, written in English.
    pub(crate) async fn classify(
        &mut self,
        ticket: u32,
        category: &str,
        severity: Severity,
    ) -> Fact {
        let labels = self.labels(ticket, |labels| {
            category.clone_into(&mut labels.category);
            labels.severity = Some(severity);
        });
        self.tell(ticket, labels).await
    }

    /// Labels for a ticket that was opened.
    pub(crate) fn labels(&self, ticket: u32, change: impl FnOnce(&mut Features)) -> Body {
        let mut labels = builders::classified(builders::features(&self.opened[&ticket]));
        change(&mut labels.features);
        Body::Classified(Classified { ..labels })
    }

    /// Something happens to a ticket, by whoever does such things.
    pub(crate) async fn tell(&mut self, ticket: u32, body: Body) -> Fact {
        self.told += 1;
        let fact = builders::fact(builders::ticket(ticket), self.told, body);
        self.publish(&fact).await;
        fact
    }

    /// An agent does it.
    pub(crate) async fn tell_by_agent(&mut self, ticket: u32, body: Body) -> Fact {
        self.told += 1;
        let actor = Actor {
            kind: ActorKind::Agent,
            name: "a-1".to_owned(),
        };
        let fact = Fact {
            actor,
            ..builders::fact(builders::ticket(ticket), self.told, body)
        };
        self.publish(&fact).await;
        fact
    }

    /// Puts a fact in the log.
    pub(crate) async fn publish(&self, fact: &Fact) {
        self.publish_as(fact, &fact.id.to_string()).await;
    }

    /// Puts a fact in the log under another message id, as when the server has forgotten the
    /// first one.
    pub(crate) async fn publish_as(&self, fact: &Fact, message_id: &str) {
        let subject = self.topology.subjects.fact(fact.ticket, &fact.body);
        let message = Outgoing::new(
            subject,
            message_id.to_owned(),
            posthouse_wire::encode(fact).into(),
        );
        self.bus.publish(message).await.unwrap().await.unwrap();
    }

    /// The log so far.
    pub(crate) async fn log(&self) -> Vec<Delivery> {
        let stream = self.topology.log_stream(0);
        let all = self.bus.read(&stream, &[], 0, Until::Now).await.unwrap();
        all.map(Result::unwrap).collect().await
    }

    /// The facts of the log so far, with the log time of each.
    pub(crate) async fn facts(&self) -> Vec<(Timestamp, Fact)> {
        let log = self.log().await;
        log.iter().filter_map(story::fact_of).collect()
    }

    /// Waits until the log holds so many facts of these kinds, and returns those.
    pub(crate) async fn wait_for(&self, kinds: &[FactKind], count: usize) -> Vec<Fact> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let stream = self.topology.log_stream(0);
        let all = self
            .bus
            .read(&stream, &[], 0, Until::Forever)
            .await
            .unwrap();
        let wanted = all
            .filter_map(|delivery| async move {
                let (_, fact) = story::fact_of(&delivery.unwrap())?;
                kinds.contains(&fact.body.kind()).then_some(fact)
            })
            .take(count)
            .collect();
        tokio::time::timeout_at(deadline, wanted)
            .await
            .unwrap_or_else(|_| panic!("there are not {count} of {kinds:?} in time"))
    }

    /// Waits until the log holds so many facts of a kind, and not a moment longer: whoever
    /// appends them is in the middle of it.
    pub(crate) async fn wait_until_stored(&self, kind: FactKind, count: u64) {
        let count = usize::try_from(count).unwrap();
        drop(self.wait_for(&[kind], count).await);
    }

    /// Waits until couriers have claimed so many attempts.
    pub(crate) async fn wait_for_claims(&self, count: usize) {
        let (stream, claims) = (
            self.topology.courier_stream(),
            self.topology.subjects.claim(0),
        );
        let all = self
            .bus
            .read(&stream, &[claims], 0, Until::Forever)
            .await
            .unwrap();
        let wanted = all.take(count).collect::<Vec<_>>();
        tokio::time::timeout(PATIENCE, wanted)
            .await
            .expect("they claim in time");
    }

    /// Loses the view that the last worker saved.
    pub(crate) async fn forget_snapshot(&self) {
        let objects = self.bus.objects(&self.topology.snapshots()).await.unwrap();
        objects.delete(&self.snapshot_name()).await.unwrap();
    }

    fn snapshot_name(&self) -> String {
        format!("{}.{:02}", self.spec.role, self.spec.partition)
    }

    /// The log as a timeline: `>` what went in, `<` what the service appended.
    pub(crate) async fn story(&self) -> String {
        story::tell(&self.log().await, self.spec.role)
    }

    /// The rows of a table of the view, as the worker that was stopped last left it.
    pub(crate) async fn rows(&self, table: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let objects = self.bus.objects(&self.topology.snapshots()).await.unwrap();
        let bytes = objects
            .get(&self.snapshot_name())
            .await
            .unwrap()
            .expect("a worker was stopped");
        let snapshot = Snapshot::decode(bytes).unwrap();
        let tables = snapshot.tables.into_iter().filter(|it| it.name == table);
        tables
            .flat_map(|table| table.rows)
            .map(|row| (row.key.to_vec(), row.value.to_vec()))
            .collect()
    }

    /// The wake-ups of the view: instant and identity, in order.
    pub(crate) async fn wakes(&self) -> Vec<(Timestamp, TicketId)> {
        let rows = self.rows("wake").await;
        rows.iter().map(|(key, _)| wake(key)).collect()
    }
}

/// Reads the key of a wake-up: the instant with its sign flipped, then the identity.
fn wake(key: &[u8]) -> (Timestamp, TicketId) {
    let (instant, id) = key.split_at(8);
    let sortable = u64::from_be_bytes(instant.try_into().unwrap());
    let at = Timestamp::from_millis((sortable ^ (1 << 63)).cast_signed());
    let id = posthouse_domain::ids::Uuid::from_slice(id).unwrap();
    (at, TicketId(id))
}

impl Worker {
    /// Ends it in good order.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        let ended = tokio::time::timeout(PATIENCE, self.task)
            .await
            .expect("it ends in time");
        ended.unwrap().unwrap();
    }

    /// Ends it without a word, wherever it is.
    pub(crate) fn kill(self) {
        self.task.abort();
    }
}

/// A bundle that changes these files of the shipped default.
pub(crate) fn bundle(name: &str, files: &[(&str, &str)]) -> Source {
    let shipped = Source::shipped("default").unwrap();
    let head = shipped.files["bundle.toml"]
        .replace("name = \"default\"", &format!("name = \"{name}\""))
        .replace("# extends", "extends");
    let own = files
        .iter()
        .map(|(file, text)| ((*file).to_owned(), (*text).to_owned()));
    let files = own.chain([("bundle.toml".to_owned(), head)]).collect();
    Source {
        name: name.to_owned(),
        files,
    }
}
