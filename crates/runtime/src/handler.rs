//! What a service brings: a function from facts to facts, with a view of its own.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use posthouse_domain::ticket::{Fact, FactKind};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_policy::Policy;
use posthouse_store::Table;

use crate::View;

/// One fact at its place in the log.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The fact.
    pub fact: &'a Fact,
    /// When the log stored it: the `now` of everything that follows from it.
    pub log_time: Timestamp,
    /// Its place in the stream.
    pub sequence: u64,
}

/// Why an input cannot be handled. It goes to the dead letters, and the partition goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// A stable code with a page in `docs/errors`.
    pub code: &'static str,
    /// What is wrong with it, for people.
    pub reason: String,
}

/// Something to be done outside the system, once.
pub struct Errand {
    /// What names it: the fact that asked for it.
    pub id: FactId,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The ticket that it is about.
    pub ticket: TicketId,
    /// Does it, and returns what is to be noted in the log: nothing when it is to be tried
    /// again later. Runs only after this owner has claimed the attempt.
    pub work: Box<dyn FnOnce() -> BoxFuture<'static, Vec<Fact>> + Send>,
}

impl fmt::Debug for Errand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Errand")
            .field("id", &self.id)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// A service, as the worker loop sees it. One instance serves one partition.
///
/// What a handler returns and what it writes to its view must follow from the inputs so far and
/// the policies activated among them, and from nothing else: the loop replays inputs, and
/// publishes only what the log does not hold yet. Neither clocks nor randomness nor waiting
/// belong here.
pub trait Handler: Send + 'static {
    /// The tables of its view.
    fn tables(&self) -> &'static [Table];

    /// The version of the view's format. Another one on disk is thrown away and rebuilt.
    fn schema(&self) -> u32;

    /// The kinds of fact it reads.
    fn consumes(&self) -> &'static [FactKind];

    /// The kinds of fact it appends.
    fn produces(&self) -> &'static [FactKind];

    /// The view was opened or replaced: forget what was remembered of it.
    fn restored(&mut self) {}

    /// Whether what follows is to be counted for operators: not while a view is rebuilt from the
    /// whole log, for that was counted when it happened. What is decided must not depend on it.
    ///
    /// A takeover that goes on from a commit or a snapshot counts what it replays: nobody may have
    /// seen it. So what a predecessor on another host did since its last snapshot counts again.
    fn counting(&mut self, _counts: bool) {}

    /// The objects of the region's store of models that this policy names and the handler has
    /// not got yet. The loop fetches them before it activates the policy.
    fn needs(&self, _policy: &Policy) -> Vec<String> {
        Vec::new()
    }

    /// What the store holds under a name that was needed; `None` when it holds nothing.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] when the policy cannot be decided by without it: the activation becomes a
    /// dead letter, and the policy before it stays in force.
    fn receive(&mut self, _name: &str, _object: Option<Bytes>) -> Result<(), Refusal> {
        Ok(())
    }

    /// From here on, decide by this policy.
    fn activate(&mut self, policy: &Arc<Policy>);

    /// The policy was activated at a place in the log that has this time: called after
    /// [`Self::activate`] there, but not when a view is opened that was past it.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] when the view cannot be read; the loop then starts anew from its store.
    fn activated(&mut self, _view: &mut View, _log_time: Timestamp) -> Result<(), Refusal> {
        Ok(())
    }

    /// Takes the next fact in.
    ///
    /// # Errors
    ///
    /// A [`Refusal`]: what the handler wrote to the view for this input is undone, and the
    /// input becomes a dead letter.
    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal>;

    /// When it next wants to be told the time, if at all.
    fn next_wake(&mut self, _view: &View) -> Option<Timestamp> {
        None
    }

    /// Concludes what fell due strictly before `now`, at most
    /// [`crate::limits::RINGS_PER_STEP_MAX`] at once; called again until [`Self::next_wake`] is
    /// not before `now`.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] when the view cannot be read; the loop then starts anew from its store.
    fn ring(&mut self, _view: &mut View, _now: Timestamp) -> Result<Vec<Fact>, Refusal> {
        Ok(Vec::new())
    }

    /// An owner claimed an attempt of an errand: note it. Called for every claim in the log,
    /// one's own included.
    ///
    /// # Errors
    ///
    /// As [`Self::handle`].
    fn claimed(
        &mut self,
        _view: &mut View,
        _errand: FactId,
        _attempt: u32,
        _log_time: Timestamp,
    ) -> Result<(), Refusal> {
        Ok(())
    }

    /// Errands to be run now, at most `room`. May give an errand that is still under way; the
    /// loop passes over those it is running.
    fn errands(&mut self, _view: &View, _now: Timestamp, _room: usize) -> Vec<Errand> {
        Vec::new()
    }
}

impl Refusal {
    /// The view could not be read or written: not the input's fault.
    #[must_use]
    pub fn view(error: &posthouse_store::Error) -> Self {
        Self {
            code: Self::VIEW,
            reason: error.to_string(),
        }
    }

    /// The code of a refusal that is the view's fault: the partition starts anew.
    pub const VIEW: &'static str = "RUN0001";
    /// The code of a handler that panicked.
    pub const PANIC: &'static str = "RUN0002";
    /// The code of an activation whose policy nobody stored, or does not compile.
    pub const POLICY: &'static str = "RUN0009";
    /// The code of a fact that stands in the log before any policy.
    pub const NO_POLICY: &'static str = "RUN0004";
    /// The code of a subject that says nothing this version knows.
    pub const SUBJECT: &'static str = "RUN0003";
}

impl Refusal {
    /// No policy was in force where the fact stands.
    #[must_use]
    pub fn no_policy() -> Self {
        Self {
            code: Self::NO_POLICY,
            reason: "no policy is in force at this place of the log; activate one with \
                     `posthouse policy apply` and redrive"
                .to_owned(),
        }
    }
}

impl From<posthouse_store::Error> for Refusal {
    fn from(error: posthouse_store::Error) -> Self {
        Self::view(&error)
    }
}
