//! What is kept of a ticket: the fold of its facts, and what became of each promise.

use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{Body, Fact, FactKind, Orphan, Round, TargetDue, Ticket, Verdict};
use posthouse_domain::{Timestamp, ticket::VoidReason};
use serde::{Deserialize, Serialize};

/// A ticket as the desk keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Folded {
    /// The fold of its facts.
    pub(crate) ticket: Ticket,
    /// The promises of its present cycle, as the log tells them.
    pub(crate) promises: Vec<Promise>,
    /// Which kinds of fact have counted, one bit each.
    kinds: u32,
}

/// What the log says of one promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Promise {
    pub(crate) target: Target,
    pub(crate) cycle: u32,
    pub(crate) due_at: Timestamp,
    pub(crate) calendar: String,
    /// The highest warning level, in percent.
    pub(crate) warned_percent: Option<u8>,
    pub(crate) breached: bool,
}

/// Where a promise stands. By the log alone: a deadline that has passed is a breach when the
/// watchdog says so, because only it knows how long the clock stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// The clock runs, or stands still.
    Running,
    /// It runs, and the deadline comes near.
    Warned,
    /// The promise was kept.
    Met,
    /// The promise was broken.
    Breached,
}

impl Status {
    /// The word for it in outputs.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Warned => "warned",
            Self::Met => "met",
            Self::Breached => "breached",
        }
    }
}

impl Folded {
    /// Begins a ticket with its first fact.
    ///
    /// # Errors
    ///
    /// [`Orphan`] when the fact opens none.
    pub(crate) fn open(fact: &Fact, log_time: Timestamp) -> Result<Self, Orphan> {
        let ticket = Ticket::open(fact, log_time)?;
        Ok(Self {
            ticket,
            promises: Vec::new(),
            kinds: bit(FactKind::Opened),
        })
    }

    /// Folds the next fact in. Gives whether it was the first of its kind that counted.
    ///
    /// # Errors
    ///
    /// Why it is void.
    pub(crate) fn apply(&mut self, fact: &Fact, log_time: Timestamp) -> Result<bool, VoidReason> {
        if let Verdict::Void(reason) = self.ticket.apply(fact, log_time) {
            return Err(reason);
        }
        self.promise(&fact.body);
        let kind = bit(fact.body.kind());
        let first = self.kinds & kind == 0;
        self.kinds |= kind;
        Ok(first)
    }

    /// Where a promise stands.
    pub(crate) fn status(&self, promise: &Promise) -> Status {
        let round = self.ticket.cycle_of(promise.target, promise.cycle);
        if promise.breached {
            Status::Breached
        } else if round != Round::Running {
            Status::Met
        } else if promise.warned_percent.is_some() {
            Status::Warned
        } else {
            Status::Running
        }
    }

    /// The nearest deadline of a clock that has not stopped.
    pub(crate) fn due_at(&self) -> Option<Timestamp> {
        self.promises
            .iter()
            .filter(|promise| matches!(self.status(promise), Status::Running | Status::Warned))
            .map(|promise| promise.due_at)
            .min()
    }

    fn promise(&mut self, body: &Body) {
        match body {
            Body::Timed(timed) => self.set_promises(&timed.targets),
            Body::Reopened(_) => self.promises.clear(),
            Body::TargetWarned(warned) => {
                let promise = self.promise_of(warned.target, warned.cycle, warned.due_at);
                promise.warned_percent = promise.warned_percent.max(Some(warned.percent));
            }
            Body::TargetBreached(breached) => {
                let promise = self.promise_of(breached.target, breached.cycle, breached.due_at);
                promise.breached = true;
            }
            _ => {}
        }
    }

    fn set_promises(&mut self, targets: &[TargetDue]) {
        let before = std::mem::take(&mut self.promises);
        self.promises = targets
            .iter()
            .map(|due| {
                let known = before
                    .iter()
                    .find(|p| (p.target, p.cycle) == (due.target, due.cycle));
                Promise {
                    target: due.target,
                    cycle: due.cycle,
                    due_at: due.due_at,
                    calendar: due.calendar.clone(),
                    warned_percent: known.and_then(|promise| promise.warned_percent),
                    breached: known.is_some_and(|promise| promise.breached),
                }
            })
            .collect();
    }

    /// The promise that a clock speaks of, with the deadline it names: it may have moved.
    fn promise_of(&mut self, target: Target, cycle: u32, due_at: Timestamp) -> &mut Promise {
        let known = self
            .promises
            .iter()
            .position(|p| (p.target, p.cycle) == (target, cycle));
        let index = known.unwrap_or_else(|| {
            let calendar = String::new();
            let promise = Promise {
                target,
                cycle,
                due_at,
                calendar,
                warned_percent: None,
                breached: false,
            };
            self.promises.push(promise);
            self.promises.len() - 1
        });
        let promise = &mut self.promises[index];
        promise.due_at = due_at;
        promise
    }
}

/// The bit of a kind: its place in the list of all.
const fn bit(kind: FactKind) -> u32 {
    1 << kind as u32
}
