//! The worker loop: one partition of one role, from taking it over to handing it on.
//!
//! ```text
//! take over: store or snapshot, replay to the end of the log as seen now, publish what it lacks
//! then:      pull -> handle, in order -> publish, pipelined -> as receipts come back in order,
//!            the commit point moves up -> one transaction -> acknowledge
//! ```
//!
//! Pulling, handling, publishing and committing overlap; every stage of it is bounded.
//!
//! # Invariants
//!
//! - Inputs are handled in the order of the log, each once per life of the view.
//! - The commit point is the last input before the first one whose outputs are not all stored.
//! - Timers ring by log time only: before an input is handled, everything due before it rings;
//!   an idle partition asks the log for the time by sending itself a tick (ADR 6).

mod concluded;
mod dead_letters;
mod errands;
mod inputs;
mod outputs;
mod records;
mod snapshots;
mod spans;
mod takeover;

pub use self::takeover::CommitPoint;
pub(crate) use self::takeover::META;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_bus::{AckToken, Bus, Error as BusError, Owned, Role, Turn};
use posthouse_domain::ticket::{FactKind, PolicyVersion};
use posthouse_domain::{FactId, Timestamp};
use posthouse_store::Store;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::outputs::Settled;
use self::records::Records;
use self::spans::Spans;
use crate::clock::Clock;
use crate::health::Part;
use crate::metrics::WorkerMetrics;
use crate::policies::Policies;
use crate::trace::Tracer;
use crate::{Handler, Refusal, View, limits};

/// Where a partition is worked on, and with what.
#[derive(Clone)]
pub struct Context {
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// The region's topology.
    pub topology: Arc<Topology>,
    /// The partition.
    pub spec: OwnedSpec,
    /// Where the view is kept.
    pub store: Arc<dyn Store>,
    /// Where policies come from.
    pub policies: Arc<Policies>,
    /// The real clock: decides when to ask the log for the time.
    pub clock: Clock,
    /// What operators measure.
    pub metrics: WorkerMetrics,
    /// Which traces are wanted, and where they go.
    pub tracer: Tracer,
    /// What readiness asks.
    pub part: Part,
    /// Cancelled when the process is to end.
    pub shutdown: CancellationToken,
    /// Which process this is, for claims.
    pub node: String,
    /// How much it may have on its way, and how often it saves its view.
    pub pace: Pace,
}

/// How much a worker may have on its way, and how often it saves its view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Most inputs whose outputs may be on their way at once, at most
    /// [`limits::INPUTS_IN_FLIGHT_MAX`].
    pub inputs_in_flight_max: usize,
    /// How often the view is saved where a successor can find it.
    pub snapshot_every: Duration,
    /// How many messages of its stream a view of one's own may be behind the end of the log and
    /// still be brought up without asking for a snapshot.
    pub replay_max: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            inputs_in_flight_max: limits::INPUTS_IN_FLIGHT_MAX,
            snapshot_every: limits::SNAPSHOT_EVERY,
            replay_max: limits::REPLAY_MAX,
        }
    }
}

/// Why a partition cannot be worked on any further. Its supervisor starts it anew.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fatal {
    /// The view cannot be read or written.
    #[error("use the view: {0}")]
    View(String),
    /// The bus refuses what the loop needs, or is gone for good.
    #[error("use the bus: {0}")]
    Bus(#[from] BusError),
    /// The policy that the log names cannot be had.
    #[error("load policy {version}: {why}")]
    Policy {
        /// The version that the log names.
        version: String,
        /// Why not.
        why: String,
    },
    /// The policy that the log names needs something that cannot be had.
    #[error("decide by policy {version}: {refusal} ({code})", code = refusal.code)]
    Needs {
        /// The version that the log names.
        version: String,
        /// What is missing.
        refusal: Refusal,
    },
}

impl Context {
    /// The subject of the dead letters that this role leaves in this partition.
    fn dead_letters(&self) -> String {
        let (subjects, partition) = (&self.topology.subjects, self.spec.partition);
        match self.spec.role {
            Role::Courier => subjects.courier_dead_letter(partition),
            Role::Lookout => subjects.lookout_dead_letter(),
            Role::Dispatcher => subjects.dispatch_dead_letter(),
            role => subjects.dead_letter(partition, role),
        }
    }

    /// The subjects of the partition under which the log holds facts of these kinds. What
    /// those conclude who read copies goes to tickets' partitions, not to theirs, and comes back
    /// to them through their own stream.
    fn produced_filters(&self, kinds: &BTreeSet<FactKind>) -> Vec<String> {
        if self.spec.role.reads_copies() {
            return Vec::new();
        }
        let (subjects, partition) = (&self.topology.subjects, self.spec.partition);
        kinds
            .iter()
            .map(|kind| {
                let subject = subjects.fact_kind(partition, *kind);
                if kind.is_for_receivers() {
                    format!("{subject}.*")
                } else {
                    subject
                }
            })
            .collect()
    }
}

impl Fatal {
    /// The refusal of an activation whose policy cannot be used, where starting anew does not
    /// help: nobody has the policy, or what it needs.
    fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Policy { .. } => Some(Refusal::new(Refusal::POLICY, self.to_string())),
            Self::Needs { refusal, .. } => Some(refusal.clone()),
            Self::View(_) | Self::Bus(_) => None,
        }
    }
}

impl From<posthouse_store::Error> for Fatal {
    fn from(error: posthouse_store::Error) -> Self {
        Self::View(error.to_string())
    }
}

/// Works on a partition until the process is to end: waits for it, takes it over, handles what
/// comes, and on the way out commits, saves the view for the successor and gives it back.
///
/// # Errors
///
/// [`Fatal`], when the caller must start anew with a view opened anew.
pub async fn run_partition<H: Handler>(context: Context, handler: H) -> Result<(), Fatal> {
    let owned = context.bus.own(&context.spec).await?;
    let mut worker = Worker::new(context, handler);
    worker.run(owned).await
}

/// One partition of one role.
struct Worker<H> {
    context: Context,
    handler: H,
    view: View,
    /// The last input that was handled, by its place in the stream.
    position: u64,
    /// The latest log time seen.
    log_time: Timestamp,
    /// A log time, and when on this host it was at least that.
    seen: Option<(Timestamp, Instant)>,
    /// Whether the log itself was asked since the partition was taken over, so that this host's
    /// clock need not be.
    is_told: bool,
    /// The policy in force at `position`.
    policy: PolicyVersion,
    /// Since when, at the earliest, messages wait at the server that were not delivered, by log
    /// time; `None` where none was known to wait when it last delivered.
    waiting_since: Option<Timestamp>,
    /// Inputs whose changes are not committed yet.
    records: Records,
    /// Outputs on their way.
    settling: FuturesUnordered<BoxFuture<'static, Settled>>,
    /// The last delivery that a commit covers, to be acknowledged.
    to_ack: Option<AckToken>,
    /// Whether the partition is ours and caught up.
    is_owner: bool,
    /// When the next timer rings, by log time.
    next_wake: Option<Timestamp>,
    /// When a tick was last asked for.
    tick_asked: Option<Instant>,
    last_commit: Instant,
    last_snapshot: Instant,
    snapshot_position: u64,
    /// The view on its way to where successors find it; one at most.
    saving: FuturesUnordered<BoxFuture<'static, snapshots::Saved>>,
    /// Errands under way.
    errands: BTreeSet<FactId>,
    /// Errands that ran and whose claims were not seen in the log yet.
    ran: Vec<errands::Ran>,
    errands_running: FuturesUnordered<BoxFuture<'static, errands::Ran>>,
    /// The last claim of this partition, by its place in the stream.
    last_claim: u64,
    /// What is said of the work done here.
    spans: Spans,
    /// From here on in the stream a replay is told in spans, too: an owner that died may not have
    /// come to it. What is older was told when it was done.
    traced_from: u64,
}

impl<H: Handler> Worker<H> {
    fn new(context: Context, handler: H) -> Self {
        let view = View::new(Arc::clone(&context.store));
        let now = Instant::now();
        let spans = Spans::new(&context);
        Self {
            spans,
            traced_from: 0,
            context,
            handler,
            view,
            position: 0,
            log_time: Timestamp::MIN,
            seen: None,
            is_told: false,
            policy: PolicyVersion::default(),
            waiting_since: None,
            records: Records::default(),
            settling: FuturesUnordered::new(),
            to_ack: None,
            is_owner: false,
            next_wake: None,
            tick_asked: None,
            last_commit: now,
            last_snapshot: now,
            snapshot_position: 0,
            saving: FuturesUnordered::new(),
            errands: BTreeSet::new(),
            ran: Vec::new(),
            errands_running: FuturesUnordered::new(),
            last_claim: 0,
        }
    }

    async fn run(&mut self, mut owned: Box<dyn Owned>) -> Result<(), Fatal> {
        let shutdown = self.context.shutdown.clone();
        self.context.part.standby();
        self.context
            .metrics
            .in_flight_max(self.context.pace.inputs_in_flight_max);
        while !shutdown.is_cancelled() {
            self.step(owned.as_mut(), &shutdown).await?;
        }
        self.drain(owned).await
    }

    /// Waits for whatever comes first, and deals with it.
    async fn step(
        &mut self,
        owned: &mut dyn Owned,
        shutdown: &CancellationToken,
    ) -> Result<(), Fatal> {
        let room = self
            .context
            .pace
            .inputs_in_flight_max
            .saturating_sub(self.records.len());
        let pull = room.min(posthouse_bus::limits::TURN_DELIVERIES_MAX);
        let wait_until = self.next_look();
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return Ok(()),
            Some(settled) = self.settling.next(), if !self.settling.is_empty() => {
                self.settle(settled);
                self.settle_ready();
            }
            Some(saved) = self.saving.next(), if !self.saving.is_empty() => self.saved(saved),
            Some(ran) = self.errands_running.next(), if !self.errands_running.is_empty() => {
                self.errand_ran(ran);
            }
            turn = owned.next(pull), if room > 0 => self.turn(turn).await?,
            () = tokio::time::sleep_until(wait_until) => self.look().await,
        }
        self.commit_if_due(owned).await?;
        self.start_errands().await;
        self.show_oldest();
        Ok(())
    }

    /// Deals with what the owned partition gave.
    async fn turn(&mut self, turn: Result<Turn, BusError>) -> Result<(), Fatal> {
        match turn {
            Ok(Turn::Taken) => self.take_over().await,
            Ok(Turn::Deliveries(deliveries)) => {
                self.spans.received(&deliveries);
                for delivery in deliveries {
                    self.deliver(&delivery).await?;
                }
                self.next_wake = self.handler.next_wake(&self.view);
                Ok(())
            }
            Err(error) if error.may_retry() => {
                self.context.part.not_ready(&error.to_string());
                tokio::time::sleep(limits::RETRY_FIRST).await;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Shows for how long the oldest message has been in the log that is not finished: of those
    /// that are handled and not complete, or of those that were not delivered yet. The latter
    /// came after the last one that was.
    fn show_oldest(&self) {
        let oldest = self.records.oldest_incomplete().or(self.waiting_since);
        let now = self.context.clock.now();
        let age_ms = oldest.map(|since| now.millis_since(since));
        self.context.metrics.oldest_ms(age_ms);
    }

    /// What the log's clock shows now, as far as can be told: by the log's last answer and the
    /// time since; before there is one by this host's clock, or by what came, where that is
    /// further. Good enough to decide when to ask: what rings is decided by the answer.
    fn log_now(&self) -> Timestamp {
        match self.log_seen() {
            Some(seen) if self.is_told => seen,
            Some(seen) => seen.max(self.context.clock.now()),
            None => self.context.clock.now(),
        }
    }

    fn log_seen(&self) -> Option<Timestamp> {
        let (log_time, since) = self.seen?;
        let ms = i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX);
        Some(log_time.plus_millis(ms))
    }

    /// The log delivered something live that it stored at this time.
    fn saw(&mut self, log_time: Timestamp) {
        if self.log_seen().is_none_or(|seen| log_time > seen) {
            self.seen = Some((log_time, Instant::now()));
        }
    }

    /// The log answered with the time. It stored the question after it was asked, so it showed
    /// that much then or a little later.
    fn told(&mut self, log_time: Timestamp) {
        if let Some(asked) = self.tick_asked.take()
            && self.is_owner
        {
            self.seen = Some((log_time, asked));
            self.is_told = true;
            self.show_clock_offset(log_time, asked);
        }
    }

    /// Shows how far the clocks of this host and of the log are apart: the log answered half-way
    /// between question and answer, give or take as much.
    fn show_clock_offset(&self, log_time: Timestamp, asked: Instant) {
        let half_ms = i64::try_from(asked.elapsed().as_millis() / 2).unwrap_or(i64::MAX);
        let offset_ms = self.context.clock.now().millis_since(log_time);
        let offset_ms = offset_ms.saturating_sub(half_ms);
        self.context.metrics.clock_offset_ms(offset_ms);
    }

    /// When to look up from waiting: for a commit, a timer, an idle partition, a snapshot.
    fn next_look(&self) -> Instant {
        let now = Instant::now();
        let commit = self
            .records
            .front_is_complete()
            .then(|| self.last_commit + limits::COMMIT_WAIT);
        let other = if self.is_owner {
            let snapshot = self.last_snapshot + self.context.pace.snapshot_every;
            self.wake_look(now)
                .map_or(snapshot, |wake| wake.min(snapshot))
        } else {
            self.tick_asked
                .map_or(now, |asked| asked + limits::WAKE_EVERY)
        };
        commit.map_or(other, |commit| commit.min(other))
    }

    /// When to ask the log for the time, so that the next timer rings.
    fn wake_look(&self, now: Instant) -> Option<Instant> {
        let ms = self.next_wake?.millis_since(self.log_now()).max(0);
        let ms = u64::try_from(ms).unwrap_or_default().min(3_600_000);
        // One millisecond more: timers ring strictly after their instant. Until the log has told
        // the time it is this host's clock that counts, and that may be set meanwhile, so it is
        // looked at again before long.
        let due = now + Duration::from_millis(ms + 1).min(limits::CLOCK_EVERY);
        let asked_again = self.tick_asked.map(|asked| asked + limits::TICK_WAIT);
        Some(asked_again.map_or(due, |again| due.max(again)))
    }

    /// Asks the log for the time where somebody waits for it, and saves the view when due.
    async fn look(&mut self) {
        let timer_waits = self.next_wake.is_some_and(|wake| wake < self.log_now());
        if !self.is_owner || timer_waits {
            self.ask_time().await;
        }
        if self.is_owner && self.last_snapshot.elapsed() >= self.context.pace.snapshot_every {
            self.begin_snapshot();
        }
    }

    /// Sends the partition a tick: it comes back in its place in the log, with the log's time.
    /// A tick that is lost is asked for again.
    async fn ask_time(&mut self) {
        self.tick_asked = Some(Instant::now());
        let tick = posthouse_bus::Outgoing {
            subject: self.context.spec.tick_subject.clone(),
            ttl: Some(posthouse_bus::limits::TICK_TTL),
            ..posthouse_bus::Outgoing::default()
        };
        if let Err(error) = self.context.bus.publish(tick).await {
            tracing::debug!(%error, consumer = %self.context.spec.consumer, "tick not sent");
        }
    }

    /// Commits what is complete, in one transaction, and acknowledges what it covers.
    async fn commit_if_due(&mut self, owned: &mut dyn Owned) -> Result<(), Fatal> {
        let complete = self.records.complete_len(limits::COMMIT_INPUTS_MAX);
        let is_due = complete >= limits::COMMIT_INPUTS_MAX
            || self.records.len() >= self.context.pace.inputs_in_flight_max
            || self.last_commit.elapsed() >= limits::COMMIT_WAIT;
        if complete > 0 && is_due {
            self.commit()?;
        }
        // Everything before the token is committed: by the commit above, or because it was
        // handled in an earlier life of this view and nothing else is on its way.
        if self.to_ack.is_some() {
            self.acknowledge(owned).await;
        }
        Ok(())
    }

    async fn acknowledge(&mut self, owned: &mut dyn Owned) {
        let Some(token) = self.to_ack.take() else {
            return;
        };
        let started_ns = self.context.tracer.now_ns();
        if let Err(error) = owned.ack_through(&token).await {
            tracing::debug!(%error, "acknowledgement not sent; the messages will come again");
        } else {
            self.spans.settled(started_ns);
        }
    }

    /// Finishes what is on its way, within bounds, and hands the partition on.
    async fn drain(&mut self, mut owned: Box<dyn Owned>) -> Result<(), Fatal> {
        let deadline = Instant::now() + limits::DRAIN_MAX;
        loop {
            self.commit()?;
            if self.records.is_empty() {
                break;
            }
            tokio::select! {
                settled = self.settling.next() => {
                    let Some(settled) = settled else { break };
                    self.settle(settled);
                    self.settle_ready();
                }
                () = tokio::time::sleep_until(deadline) => break,
            }
        }
        self.acknowledge(owned.as_mut()).await;
        self.context.store.flush()?;
        if self.is_owner {
            self.save_snapshot().await;
        }
        if let Err(error) = owned.release().await {
            tracing::debug!(%error, "partition not given back; it will time out");
        }
        Ok(())
    }
}
