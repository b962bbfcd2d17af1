//! The ledger: where a ticket's time went, for each promise, to the millisecond.
//!
//! A ledger is found from the facts of a ticket and the policies that they name, and from nothing
//! else: whoever has both can check every deadline. A clock is counted anew from the ticket's
//! history whenever its policy, severity or calendar changes, so all spans of a ledger are counted
//! under one policy, that of the last `timed` about it; what was promised before, and why it
//! changed, stands in its revisions.
//!
//! # Invariants
//!
//! - The spans of a ledger follow each other without gaps from the ticket's opening on, and add up
//!   to its age.
//! - The working time of a promise that was kept is not more than what was promised; that of one
//!   that was missed is more, once it is counted to its end.

mod spans;

use serde::{Deserialize, Serialize};

use super::history::History;
use super::{Promise, Slas, Target};
use crate::ids::FactId;
use crate::ticket::{Body, Fact, PolicyVersion, Round, State, TargetDue, Ticket, Timed, Verdict};
use crate::time::Timestamp;

/// Where the time went, for one promise about one ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The promise.
    pub target: Target,
    /// Which cycle of it.
    pub cycle: u32,
    /// What was promised, at last.
    pub promise: Promise,
    /// The SLA policy that promised it.
    pub sla: String,
    /// The calendar that counts.
    pub calendar: String,
    /// The version of the policy that counts.
    pub policy: PolicyVersion,
    /// When the clock began.
    pub started_at: Timestamp,
    /// The deadline.
    pub due_at: Timestamp,
    /// When what was promised was done, if it was.
    pub done_at: Option<Timestamp>,
    /// From the opening of the ticket until it is asked about, in order.
    pub spans: Vec<Span>,
    /// What was promised before and now, in order.
    pub revisions: Vec<Revision>,
    /// What is wrong with the account, if anything.
    pub finding: Option<String>,
}

/// A span of a ticket's life, as one clock counts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Its begin.
    pub from: Timestamp,
    /// Its end; the next one begins there.
    pub to: Timestamp,
    /// What the clock did.
    pub what: What,
}

/// What a clock did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum What {
    /// It had not begun.
    NotBegun,
    /// It ran.
    Working,
    /// It stood: the calendar was closed.
    Closed,
    /// It stood: a holiday closed the calendar.
    Holiday,
    /// It stood: the ticket was in a state that pauses it.
    Paused {
        /// The state.
        state: State,
        /// Why, as far as anybody said.
        reason: String,
    },
    /// It was over.
    Over,
    /// Nobody knows: the policy that counted is not there any more.
    Unknown,
}

/// One time that a promise was made, or made anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// When, by log time.
    pub at: Timestamp,
    /// The `timed` that tells it.
    pub told_by: FactId,
    /// Why.
    pub why: String,
    /// The version of the policy that decided.
    pub policy: PolicyVersion,
    /// The SLA policy.
    pub sla: String,
    /// What was promised.
    pub promise: Promise,
    /// The deadline from then on.
    pub due_at: Timestamp,
    /// The deadline before, where it moved.
    pub previous_due_at: Option<Timestamp>,
}

/// How policies are found by version.
pub type SlasOf<'s> = dyn Fn(&PolicyVersion) -> Option<&'s Slas> + 's;

impl Ledger {
    /// The time that the clock ran, in milliseconds.
    #[must_use]
    pub fn working_ms(&self) -> i64 {
        self.ms_of(|what| *what == What::Working)
    }

    /// The time that the ticket paused the clock, in milliseconds.
    #[must_use]
    pub fn paused_ms(&self) -> i64 {
        self.ms_of(|what| matches!(what, What::Paused { .. }))
    }

    /// The time of the spans that `is_meant`, in milliseconds.
    #[must_use]
    pub fn ms_of(&self, is_meant: impl Fn(&What) -> bool) -> i64 {
        let spans = self.spans.iter().filter(|span| is_meant(&span.what));
        spans.map(|span| span.to.millis_since(span.from)).sum()
    }
}

/// The ledgers of a ticket as it stood at `at`, in the order in which the promises were made.
/// `facts` are those of one ticket in the order of the log, with their log times; `slas_of` finds
/// policies by version, and `in_force` stands in for those that nobody has.
///
/// Empty when the ticket was not opened by then, or nothing was promised.
#[must_use]
pub fn ledgers<'s>(
    facts: &[(Timestamp, Fact)],
    at: Timestamp,
    slas_of: &SlasOf<'s>,
    in_force: Option<&'s Slas>,
) -> Vec<Ledger> {
    let mut known = facts.iter().filter(|(log_time, _)| *log_time <= at);
    let Some((opened_at, opened)) = known.next() else {
        return Vec::new();
    };
    let Ok(ticket) = Ticket::open(opened, *opened_at) else {
        return Vec::new();
    };
    let mut account = Account::open(ticket, opened, *opened_at);
    for (log_time, fact) in known {
        account.take_in(fact, *log_time);
    }
    let told = std::mem::take(&mut account.told);
    let close = |told| account.close(told, at, slas_of, in_force);
    told.into_iter().map(close).collect()
}

/// What is known of a ticket while its facts are read.
struct Account {
    opened_at: Timestamp,
    ticket: Ticket,
    history: History,
    told: Vec<Told>,
    /// The versions of policies that its facts name, in order.
    versions: Vec<PolicyVersion>,
}

/// What the log tells of one promise.
struct Told {
    due: TargetDue,
    policy: PolicyVersion,
    /// When it was done or withdrawn.
    ended_at: Option<Timestamp>,
    is_done: bool,
    /// Missed: no later policy moves its deadline any more.
    is_missed: bool,
    revisions: Vec<Revision>,
}

impl Account {
    fn open(ticket: Ticket, opened: &Fact, opened_at: Timestamp) -> Self {
        let mut history = History::default();
        history.note(opened_at, ticket.clock_state(), opened);
        Self {
            opened_at,
            ticket,
            history,
            told: Vec::new(),
            versions: vec![opened.policy.clone()],
        }
    }

    fn take_in(&mut self, fact: &Fact, log_time: Timestamp) {
        let Verdict::Counted(..) = self.ticket.apply(fact, log_time) else {
            return;
        };
        self.history.note(log_time, self.ticket.clock_state(), fact);
        if !self.versions.contains(&fact.policy) {
            self.versions.push(fact.policy.clone());
        }
        match &fact.body {
            Body::Timed(timed) => self.timed(fact, timed, log_time),
            Body::TargetBreached(it) => {
                let same =
                    |told: &&mut Told| (told.due.target, told.due.cycle) == (it.target, it.cycle);
                if let Some(told) = self.told.iter_mut().find(same) {
                    told.is_missed = true;
                }
            }
            _ => {}
        }
        for told in &mut self.told {
            let round = self.ticket.cycle_of(told.due.target, told.due.cycle);
            if told.ended_at.is_none() && round != Round::Running {
                told.is_done = true;
                told.ended_at = match round {
                    Round::Ended(ended_at) => Some(ended_at),
                    _ => Some(log_time),
                };
            }
        }
    }

    fn timed(&mut self, fact: &Fact, timed: &Timed, log_time: Timestamp) {
        for told in &mut self.told {
            let is_made = timed.targets.iter().any(|due| told.is_about(due));
            if !is_made && !told.is_done {
                told.ended_at.get_or_insert(log_time);
            }
        }
        for due in &timed.targets {
            let known = self.told.iter().position(|told| told.is_about(due));
            match known.map(|index| &mut self.told[index]) {
                Some(told) => told.revise(fact, timed, due, log_time),
                None => self.told.push(Told::new(fact, timed, due, log_time)),
            }
        }
    }

    fn close<'s>(
        &self,
        told: Told,
        at: Timestamp,
        slas_of: &SlasOf<'s>,
        in_force: Option<&'s Slas>,
    ) -> Ledger {
        let terms = spans::Terms::find(&told, &self.versions, slas_of, in_force);
        let spans = spans::Life {
            opened_at: self.opened_at,
            started_at: told.due.started_at,
            ended_at: told.ended_at,
            at,
            history: &self.history,
        };
        Ledger {
            target: told.due.target,
            cycle: told.due.cycle,
            promise: told.due.promise,
            spans: spans.spans(told.due.target, &terms),
            finding: terms.finding,
            sla: told.due.sla,
            calendar: told.due.calendar,
            policy: terms.policy,
            started_at: told.due.started_at,
            due_at: told.due.due_at,
            done_at: told.ended_at.filter(|_| told.is_done),
            revisions: told.revisions,
        }
    }
}

impl Told {
    fn new(fact: &Fact, timed: &Timed, due: &TargetDue, log_time: Timestamp) -> Self {
        Self {
            due: due.clone(),
            policy: fact.policy.clone(),
            ended_at: None,
            is_done: false,
            is_missed: false,
            revisions: vec![revision(fact, timed, due, log_time)],
        }
    }

    fn is_about(&self, due: &TargetDue) -> bool {
        (self.due.target, self.due.cycle) == (due.target, due.cycle)
    }

    /// Takes a promise as it is told again; one that was kept or missed stays as it was.
    fn revise(&mut self, fact: &Fact, timed: &Timed, due: &TargetDue, log_time: Timestamp) {
        if self.is_done || self.is_missed {
            return;
        }
        let terms = |due: &TargetDue| (due.due_at, due.promise, due.sla.clone());
        if terms(&self.due) != terms(due) || self.ended_at.is_some() {
            self.revisions.push(revision(fact, timed, due, log_time));
        }
        self.ended_at = None;
        self.due = due.clone();
        self.policy = fact.policy.clone();
    }
}

fn revision(fact: &Fact, timed: &Timed, due: &TargetDue, log_time: Timestamp) -> Revision {
    Revision {
        at: log_time,
        told_by: fact.id,
        why: timed.why.clone(),
        policy: fact.policy.clone(),
        sla: due.sla.clone(),
        promise: due.promise,
        due_at: due.due_at,
        previous_due_at: due.previous_due_at,
    }
}
