//! Receipts of published messages, all on one subscription of the connection.
//!
//! JetStream answers each message on its reply subject. A request of its own for each would cost
//! a fifth of the throughput, so replies go to `<inbox>.<token>` and a table knows who waits for
//! which token.
//!
//! # Invariants
//!
//! - At most [`limits::RECEIPTS_PENDING_MAX`] wait at a time.
//! - Whoever waits is answered: by the server, by [`limits::RECEIPT_WAIT`], or by the end of the
//!   connection.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_nats::{Client, StatusCode, Subject, Subscriber};
use futures::StreamExt;
use posthouse_bus::{Error, Stored, limits};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, oneshot, watch};
use tokio::time::{Duration, Instant};

use super::answer::Failure;
use super::health::{Health, Violation};
use super::settings;
use super::task::Task;

/// What becomes of a published message.
pub(super) type Outcome = Result<Stored, Error>;

/// The receipts of a connection.
pub(super) struct Receipts {
    /// `<inbox>.`, what comes before a token.
    prefix: String,
    next_token: AtomicU64,
    table: Arc<Table>,
    room: Arc<Semaphore>,
    _tasks: [Task; 2],
}

/// Somebody who waits for a receipt.
struct Waiting {
    subject: Subject,
    bytes: usize,
    answer: oneshot::Sender<Outcome>,
    until: Instant,
    _room: OwnedSemaphorePermit,
}

#[derive(Default)]
struct Table(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: HashMap<u64, Waiting>,
    /// Why no receipt can ever come, if so.
    hopeless: Option<Error>,
}

/// JetStream's receipt, on the wire.
#[derive(Debug, Deserialize)]
struct PubAck {
    #[serde(default)]
    seq: u64,
    #[serde(default)]
    duplicate: bool,
    error: Option<Failure>,
}

impl Receipts {
    pub(super) async fn open(client: &Client, health: &Health) -> Result<Self, Error> {
        let prefix = format!("{}.", client.new_inbox());
        let subject = format!("{prefix}*");
        let replies = client
            .subscribe(subject.clone())
            .await
            .map_err(|error| Error::Unavailable(format!("subscribe to receipts: {error}")))?;
        let table = Arc::new(Table::default());
        let tasks = [
            Task::spawn(take(replies, prefix.len(), Arc::clone(&table))),
            Task::spawn(watch(
                Arc::clone(&table),
                health.epochs(),
                health.violations(),
                subject,
            )),
        ];
        Ok(Self {
            prefix,
            next_token: AtomicU64::new(0),
            table,
            room: Arc::new(Semaphore::new(limits::RECEIPTS_PENDING_MAX)),
            _tasks: tasks,
        })
    }

    /// Waits for room, and gives the subject to which the receipt of a message on `subject` is
    /// to be sent, and where it will be found.
    pub(super) async fn expect(
        &self,
        subject: &Subject,
        bytes: usize,
    ) -> Result<(Subject, oneshot::Receiver<Outcome>), Error> {
        let room = Arc::clone(&self.room)
            .acquire_owned()
            .await
            .map_err(|_| Error::Closed)?;
        let token = self.next_token.fetch_add(1, Ordering::Relaxed);
        let (answer, receipt) = oneshot::channel();
        let waiting = Waiting {
            subject: subject.clone(),
            bytes,
            answer,
            until: Instant::now() + limits::RECEIPT_WAIT,
            _room: room,
        };
        self.table.insert(token, waiting)?;
        Ok((Subject::from(format!("{}{token}", self.prefix)), receipt))
    }

    /// The message could not even be sent.
    pub(super) fn forget(&self, reply: &Subject) {
        let token = reply
            .get(self.prefix.len()..)
            .and_then(|it| it.parse().ok());
        if let Some(token) = token {
            self.table.lock().waiting.remove(&token);
        }
    }

    /// Waits until nobody waits.
    pub(super) async fn settled(&self) {
        let all = u32::try_from(limits::RECEIPTS_PENDING_MAX).unwrap_or(u32::MAX);
        // An error means that the receipts were closed: nobody waits either.
        self.room.acquire_many(all).await.ok();
    }

    /// Answers all who wait that the bus was closed.
    pub(super) fn close(&self) {
        self.room.close();
        self.table.give_up(Error::Closed);
    }
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, token: u64, waiting: Waiting) -> Result<(), Error> {
        let mut state = self.lock();
        if let Some(hopeless) = &state.hopeless {
            return Err(hopeless.clone());
        }
        state.waiting.insert(token, waiting);
        Ok(())
    }

    fn answer(&self, token: u64, message: &async_nats::Message) {
        let waiting = self.lock().waiting.remove(&token);
        if let Some(waiting) = waiting {
            let outcome = outcome(message, &waiting.subject, waiting.bytes);
            waiting.tell(outcome);
        }
    }

    /// Answers all of whom `select` says so.
    fn answer_where(&self, select: impl Fn(&Waiting) -> bool, error: impl Fn(&Waiting) -> Error) {
        let mut state = self.lock();
        let over: Vec<Waiting> = state
            .waiting
            .extract_if(|_, waiting| select(waiting))
            .map(|(_, waiting)| waiting)
            .collect();
        drop(state);
        for waiting in over {
            let error = error(&waiting);
            waiting.tell(Err(error));
        }
    }

    /// Answers all, now and from now on.
    fn give_up(&self, error: Error) {
        self.lock().hopeless = Some(error.clone());
        self.answer_where(|_| true, |_| error.clone());
    }

    /// Lets nobody wait longer than `wait` from now.
    fn hurry(&self, wait: Duration) {
        let until = Instant::now() + wait;
        for waiting in self.lock().waiting.values_mut() {
            waiting.until = waiting.until.min(until);
        }
    }
}

impl Waiting {
    fn tell(self, outcome: Outcome) {
        // Whoever dropped the receipt does not want to know.
        self.answer.send(outcome).ok();
    }
}

/// Takes receipts as they come.
async fn take(mut replies: Subscriber, prefix_len: usize, table: Arc<Table>) {
    while let Some(message) = replies.next().await {
        let token = message
            .subject
            .get(prefix_len..)
            .and_then(|it| it.parse().ok());
        if let Some(token) = token {
            table.answer(token, &message);
        }
    }
    table.give_up(Error::Closed);
}

/// Answers those to whom the server will not.
async fn watch(
    table: Arc<Table>,
    mut epochs: watch::Receiver<u64>,
    mut violations: broadcast::Receiver<Violation>,
    replies: String,
) {
    let mut sweep = tokio::time::interval(settings::RECEIPT_SWEEP_EVERY);
    sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            now = sweep.tick() => table.answer_where(|it| it.until <= now, timed_out),
            Ok(()) = epochs.changed() => table.hurry(settings::RECEIPT_WAIT_RECONNECTED),
            Ok(violation) = violations.recv() => forbid(&table, violation, &replies),
        }
    }
}

fn forbid(table: &Table, violation: Violation, replies: &str) {
    if violation.subject == replies {
        table.give_up(violation.into_error("receive receipts"));
        return;
    }
    table.answer_where(
        |it| it.subject.as_str() == violation.subject,
        |it| violation.clone().into_error(&publishing(&it.subject)),
    );
}

fn timed_out(waiting: &Waiting) -> Error {
    Error::Unavailable(format!(
        "{}: no receipt in time",
        publishing(&waiting.subject)
    ))
}

fn outcome(message: &async_nats::Message, subject: &Subject, bytes: usize) -> Outcome {
    if message.status == Some(StatusCode::NO_RESPONDERS) {
        let doing = publishing(subject);
        return Err(Error::Unavailable(format!(
            "{doing}: no stream takes it now"
        )));
    }
    let ack: PubAck = serde_json::from_slice(&message.payload).map_err(|why| Error::Refused {
        doing: publishing(subject),
        code: 0,
        why: format!("the receipt cannot be read: {why}"),
    })?;
    match ack.error {
        Some(failure) => Err(failure.into_error(&publishing(subject), subject, bytes)),
        None => Ok(Stored {
            sequence: ack.seq,
            duplicate: ack.duplicate,
        }),
    }
}

fn publishing(subject: &str) -> String {
    format!("publish to {subject}")
}
