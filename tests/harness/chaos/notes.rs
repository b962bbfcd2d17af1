//! What the outside world knows: what it sent, and what it was told is accepted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use posthouse_auditor::Accepted;

/// The record, shared by all who send.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Arc<Mutex<Record>>);

/// What was sent, and what became of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// Different things that were asked for, however often each was tried.
    pub(crate) sent: u64,
    /// Those that were accepted.
    pub(crate) accepted: Vec<Accepted>,
    /// Tries that got no answer.
    pub(crate) unanswered: u64,
    /// Tries that were refused, by status.
    pub(crate) refused: BTreeMap<u16, u64>,
    /// Things that were given up.
    pub(crate) given_up: u64,
    /// Things that were never sent, because too many others waited for their answers.
    pub(crate) held_back: u64,
}

impl Notes {
    pub(crate) fn sent(&self) {
        self.lock().sent += 1;
    }

    pub(crate) fn accepted(&self, accepted: Accepted) {
        self.lock().accepted.push(accepted);
    }

    pub(crate) fn unanswered(&self) {
        self.lock().unanswered += 1;
    }

    pub(crate) fn refused(&self, status: u16) {
        *self.lock().refused.entry(status).or_default() += 1;
    }

    pub(crate) fn given_up(&self) {
        self.lock().given_up += 1;
    }

    pub(crate) fn held_back(&self) {
        self.lock().held_back += 1;
    }

    pub(crate) fn record(&self) -> Record {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
