//! A region of one partition in memory, with a handler that is easy to judge.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use posthouse_bus::memory::MemoryBus;
use posthouse_bus::subject::{Said, said};
use posthouse_bus::topology::{Size, Topology};
use posthouse_bus::{Bus, Outgoing, Role, Until, header};
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{
    Body, Closed, Fact, FactKind, Origin, PolicyVersion, TargetBreached,
};
use posthouse_domain::{TicketId, Timestamp};
use posthouse_policy::{Policy, Source};
use posthouse_runtime::clock::Clock;
use posthouse_runtime::health::Health;
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::policies::{self, Policies};
use posthouse_runtime::trace::{SpanContext, Tracer};
use posthouse_runtime::{Context, Handler, Input, Pace, Refusal, View, WakeIndex, run_partition};
use posthouse_store::{MemoryStore, Store, Table, Write};
use posthouse_testkit::builders;
use posthouse_wire::{DeadLetter, PolicyActivated, Snapshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Subjects that make the handler misbehave.
pub(crate) const PANIC: &str = "panic";
pub(crate) const REFUSE: &str = "refuse";
/// A subject that sets a timer.
pub(crate) const TIMER: &str = "timer";
/// A subject that sets a timer which finds a target breached.
pub(crate) const BREACH: &str = "breach";
/// A subject that sets a timer and makes the handler refuse after that.
pub(crate) const TIMER_REFUSED: &str = "timer, refused";
/// The bundle that the handler needs [`MODEL`] for.
pub(crate) const NEEDY: &str = "a1";
/// What it needs.
pub(crate) const MODEL: &str = "model";
/// When that timer rings after its ticket was opened.
pub(crate) const TIMER_AFTER: Duration = Duration::from_secs(30);

const SEEN: Table = Table::new("seen");
const WAKE: Table = Table::new("wake");
/// How long a test waits for anything, in virtual time.
const PATIENCE: Duration = Duration::from_secs(120);

/// Labels what is opened, and closes tickets whose timer rings.
struct Probe {
    policy: PolicyVersion,
    wake: WakeIndex,
    counts: bool,
    counted: Arc<AtomicUsize>,
}

impl Probe {
    fn conclude(&self, cause: &Fact, at: Timestamp, rule: &str, body: Body) -> Fact {
        Origin::of("classifier", cause, at, &self.policy).fact(rule, 0, body)
    }
}

impl Handler for Probe {
    fn tables(&self) -> &'static [Table] {
        &[SEEN, WAKE]
    }

    fn schema(&self) -> u32 {
        1
    }

    fn consumes(&self) -> &'static [FactKind] {
        &[FactKind::Opened]
    }

    fn produces(&self) -> &'static [FactKind] {
        &[
            FactKind::Classified,
            FactKind::Closed,
            FactKind::TargetBreached,
        ]
    }

    fn restored(&mut self) {
        self.wake.reset();
    }

    fn counting(&mut self, counts: bool) {
        self.counts = counts;
    }

    fn needs(&self, policy: &Policy) -> Vec<String> {
        let needy = policy.name == NEEDY;
        needy.then(|| MODEL.to_owned()).into_iter().collect()
    }

    fn receive(&mut self, name: &str, object: Option<Bytes>) -> Result<(), Refusal> {
        assert_eq!(name, MODEL);
        match object {
            Some(_) => Ok(()),
            None => Err(Refusal::new("TST0002", "nobody has the model")),
        }
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        self.policy = policy.version.clone();
    }

    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let fact = input.fact;
        let Body::Opened(opened) = &fact.body else {
            return Ok(Vec::new());
        };
        if self.counts {
            self.counted.fetch_add(1, Ordering::Relaxed);
        }
        let key = fact.ticket.0.as_bytes().to_vec();
        if view.get(SEEN, &key)?.is_some() {
            return Ok(Vec::new());
        }
        view.put(SEEN, key, posthouse_wire::encode(fact));
        match opened.subject.as_str() {
            PANIC => panic!("as the test asked"),
            REFUSE => return Err(Refusal::new("TST0001", "as the test asked")),
            TIMER | TIMER_REFUSED | BREACH => {
                let after = i64::try_from(TIMER_AFTER.as_millis()).unwrap();
                let at = input.log_time.plus_millis(after);
                self.wake
                    .set(view, fact.ticket.0.as_bytes(), None, Some(at));
                if opened.subject == TIMER_REFUSED {
                    return Err(Refusal::new("TST0001", "as the test asked"));
                }
            }
            _ => {}
        }
        let body = Body::Classified(builders::classified(builders::features(opened)));
        Ok(vec![self.conclude(
            fact,
            input.log_time,
            "classified",
            body,
        )])
    }

    fn next_wake(&mut self, view: &View) -> Option<Timestamp> {
        self.wake.earliest(view).unwrap()
    }

    fn ring(&mut self, view: &mut View, now: Timestamp) -> Result<Vec<Fact>, Refusal> {
        let mut outputs = Vec::new();
        for (at, id) in self.wake.due(view, now, 10)? {
            self.wake.set(view, &id, Some(at), None);
            let bytes = view.get(SEEN, &id)?.expect("a timer belongs to a ticket");
            let opened = posthouse_wire::decode(&bytes).unwrap();
            let body = Body::Closed(Closed {
                reason: "its time has come".to_owned(),
            });
            let mut cause = opened.clone();
            if let Body::Opened(said) = &opened.body
                && said.subject == BREACH
            {
                let breach = Body::TargetBreached(TargetBreached {
                    target: Target::Resolution,
                    cycle: 0,
                    due_at: at,
                    features: builders::features(said),
                    minutes: None,
                });
                cause = self.conclude(&opened, at, "breached", breach);
                outputs.push(cause.clone());
            }
            outputs.push(self.conclude(&cause, at, "rang", body));
        }
        Ok(outputs)
    }
}

pub(crate) struct Stage {
    pub(crate) bus: MemoryBus,
    pub(crate) topology: Arc<Topology>,
    clock: Clock,
    /// How many openings all workers have counted.
    counted: Arc<AtomicUsize>,
    tracer: Tracer,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let start = "2026-11-22T08:00:00Z".parse().unwrap();
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
        let topology = Topology::new("test", size);
        let owned = topology.owned(Role::Classifier, 0, &[FactKind::Opened]);
        let topology = Arc::new(topology.with_consumers([owned]));
        bus.provision(&topology).await.unwrap();
        let source = Source::shipped("default").unwrap();
        policies::activate(&bus, &topology, &source, "test", clock.now())
            .await
            .unwrap();
        Self {
            bus,
            topology,
            clock,
            counted: Arc::default(),
            tracer: Tracer::off(),
        }
    }

    /// The same, with workers that tell spans.
    pub(crate) fn telling(self, tracer: Tracer) -> Self {
        Self { tracer, ..self }
    }

    /// How many openings all workers have counted.
    pub(crate) fn counted(&self) -> usize {
        self.counted.load(Ordering::Relaxed)
    }

    /// Starts a worker with an empty store.
    pub(crate) fn start(&self) -> Worker {
        self.start_on(store())
    }

    /// Starts a worker whose predecessor was killed while it loaded a snapshot in which this
    /// ticket had been seen.
    pub(crate) fn start_after_half_a_snapshot(&self, number: u32) -> Worker {
        let store = store();
        store
            .apply(&[Write::Put {
                table: SEEN,
                key: builders::ticket(number).0.as_bytes().to_vec(),
                value: Vec::new(),
            }])
            .unwrap();
        self.start_on(store)
    }

    fn start_on(&self, store: MemoryStore) -> Worker {
        let bus: Arc<dyn Bus> = Arc::new(self.bus.client());
        let shutdown = CancellationToken::new();
        let context = Context {
            bus: Arc::clone(&bus),
            topology: Arc::clone(&self.topology),
            spec: self.topology.consumers[0].clone(),
            store: Arc::new(store),
            policies: Arc::new(Policies::new(bus, &self.topology)),
            clock: self.clock.clone(),
            metrics: Metrics::new().worker("classifier", "test"),
            tracer: self.tracer.clone(),
            part: Health::new().part("worker"),
            shutdown: shutdown.clone(),
            node: "test".to_owned(),
            pace: Pace::default(),
        };
        let probe = Probe {
            policy: PolicyVersion::default(),
            wake: WakeIndex::new(WAKE),
            counts: false,
            counted: Arc::clone(&self.counted),
        };
        let task = tokio::spawn(async move { run_partition(context, probe).await });
        Worker { task, shutdown }
    }

    pub(crate) async fn open(&self, numbers: impl IntoIterator<Item = u32>) {
        for number in numbers {
            self.open_saying(number, "all is well").await;
        }
    }

    /// As [`Self::open`], where receipts may get lost.
    pub(crate) async fn open_unheard(&self, numbers: RangeInclusive<u32>) {
        for number in numbers {
            let message = self.opening(number, "all is well");
            drop(self.bus.publish(message).await.unwrap());
        }
    }

    pub(crate) async fn open_saying(&self, number: u32, subject: &str) {
        let message = self.opening(number, subject);
        self.bus.publish(message).await.unwrap().await.unwrap();
    }

    /// Opens a ticket whose sender is there. Its receipt may get lost.
    pub(crate) async fn open_from(&self, number: u32, subject: &str, at: Option<SpanContext>) {
        let mut message = self.opening(number, subject);
        let ticket = builders::ticket(number).to_string();
        message.headers.set(header::TICKET, ticket);
        if let Some(at) = at {
            message.headers.set(header::TRACEPARENT, at.to_string());
        }
        drop(self.bus.publish(message).await.unwrap().await);
    }

    fn opening(&self, number: u32, subject: &str) -> Outgoing {
        let body = Body::Opened(builders::opened(subject));
        let fact = builders::fact(builders::ticket(number), 0, body);
        let subject = self.topology.subjects.fact(fact.ticket, &fact.body);
        Outgoing::new(
            subject,
            fact.id.to_string(),
            posthouse_wire::encode(&fact).into(),
        )
    }

    /// Puts a shipped bundle in force.
    pub(crate) async fn put_in_force(&self, bundle: &str) {
        let source = Source::shipped(bundle).unwrap();
        policies::activate(&self.bus, &self.topology, &source, "test", self.clock.now())
            .await
            .unwrap();
    }

    /// Stores what [`NEEDY`] needs.
    pub(crate) async fn store_model(&self) {
        let objects = self.bus.objects(&self.topology.models()).await.unwrap();
        objects
            .put(MODEL, Bytes::from_static(b"weights"))
            .await
            .unwrap();
    }

    /// The policies that decided, ticket by ticket.
    pub(crate) async fn policies(&self) -> Vec<PolicyVersion> {
        let facts = self.facts(FactKind::Classified).await;
        facts.into_iter().map(|fact| fact.policy).collect()
    }

    /// Activates a policy without storing it.
    pub(crate) async fn activate(&self, version: &str) {
        let activated = PolicyActivated {
            version: PolicyVersion(version.to_owned()),
            name: "nobody has it".to_owned(),
            at: self.clock.now(),
            by: "test".to_owned(),
        };
        let subject = self.topology.subjects.policy_activated(0);
        let message = Outgoing {
            subject,
            payload: activated.encode().into(),
            ..Outgoing::default()
        };
        self.bus.publish(message).await.unwrap().await.unwrap();
    }

    pub(crate) async fn raw(&self, kind: FactKind, payload: &[u8]) {
        let subject = self.topology.subjects.fact_kind(0, kind);
        let message = Outgoing {
            subject,
            payload: payload.to_vec().into(),
            ..Outgoing::default()
        };
        self.bus.publish(message).await.unwrap().await.unwrap();
    }

    /// Waits until the log holds so many facts of a kind.
    pub(crate) async fn wait_for(&self, kind: FactKind, count: u32) {
        let subject = self.topology.subjects.fact_kind(0, kind);
        let stream = self.topology.log_stream(0);
        let all = self
            .bus
            .read(&stream, &[subject], 0, Until::Forever)
            .await
            .unwrap();
        let wanted = all
            .take(usize::try_from(count).unwrap())
            .collect::<Vec<_>>();
        tokio::time::timeout(PATIENCE, wanted)
            .await
            .unwrap_or_else(|_| panic!("there are not {count} facts {kind} in time"));
    }

    async fn facts(&self, kind: FactKind) -> Vec<Fact> {
        let stream = self.topology.log_stream(0);
        let all = self.bus.read(&stream, &[], 0, Until::Now).await.unwrap();
        all.filter_map(|delivery| async move {
            let delivery = delivery.unwrap();
            (said(&delivery.subject) == Said::Fact(kind))
                .then(|| posthouse_wire::decode(&delivery.payload).unwrap())
        })
        .collect()
        .await
    }

    /// For how many tickets the log holds an effect of this kind, one each.
    pub(crate) async fn effects(&self, kind: FactKind) -> usize {
        let facts = self.facts(kind).await;
        let tickets: BTreeSet<TicketId> = facts.iter().map(|fact| fact.ticket).collect();
        let ids: BTreeSet<_> = facts.iter().map(|fact| fact.id).collect();
        assert_eq!(tickets.len(), ids.len(), "one effect per ticket");
        tickets.len()
    }

    /// How many messages of this kind the log holds, repeats included.
    pub(crate) async fn stored(&self, kind: FactKind) -> usize {
        self.facts(kind).await.len()
    }

    pub(crate) async fn dead_letters(&self) -> Vec<DeadLetter> {
        let subject = self.topology.subjects.dead_letter(0, Role::Classifier);
        let stream = self.topology.log_stream(0);
        let all = self
            .bus
            .read(&stream, &[subject], 0, Until::Now)
            .await
            .unwrap();
        all.map(|delivery| DeadLetter::decode(delivery.unwrap().payload).unwrap())
            .collect()
            .await
    }

    pub(crate) async fn snapshot(&self) -> Option<Snapshot> {
        let objects = self.bus.objects(&self.topology.snapshots()).await.unwrap();
        let bytes = objects.get("classifier.00").await.unwrap()?;
        Some(Snapshot::decode(bytes).unwrap())
    }

    pub(crate) async fn forget_snapshot(&self) {
        let objects = self.bus.objects(&self.topology.snapshots()).await.unwrap();
        objects.delete("classifier.00").await.unwrap();
    }
}

fn store() -> MemoryStore {
    MemoryStore::new(&[Table::new("loop"), SEEN, WAKE]).unwrap()
}

pub(crate) fn rows(snapshot: &Snapshot, table: &str) -> usize {
    snapshot
        .tables
        .iter()
        .filter(|t| t.name == table)
        .map(|t| t.rows.len())
        .sum()
}

/// A worker under way.
pub(crate) struct Worker {
    task: JoinHandle<Result<(), posthouse_runtime::Fatal>>,
    shutdown: CancellationToken,
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
