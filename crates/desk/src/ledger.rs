//! Where a ticket's time went: the ledger of each promise about it.
//!
//! The spans are counted from the facts of the ticket by the policies that they name, as the
//! watchdog counted; nothing of it is kept here. A policy that cannot be had is a finding of the
//! ledger, not a failure of the question.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use posthouse_domain::Timestamp;
use posthouse_domain::sla::ledger::{self, Ledger, Revision, Span, What};
use posthouse_domain::ticket::{Fact, PolicyVersion};
use posthouse_policy::Policy;
use posthouse_runtime::policies::Policies;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::error::Error;
use crate::ticket::{facts, find};

/// Where the time of a ticket went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LedgerView {
    /// The ticket.
    pub ticket_id: String,
    /// Its number.
    pub number: String,
    /// When it was looked at.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Its age then, in milliseconds: what the spans of each ledger add up to.
    pub age_ms: i64,
    /// One for each promise, in the order in which they were made.
    pub ledgers: Vec<Value>,
}

/// A ticket's facts, to be accounted for.
pub(crate) struct Account {
    ticket_id: String,
    number: String,
    opened_at: Timestamp,
    facts: Vec<(Timestamp, Fact)>,
}

/// The facts of the ticket with this identity or number.
///
/// # Errors
///
/// Those of the database.
pub(crate) fn account(connection: &Connection, name: &str) -> Result<Option<Account>, Error> {
    let Some((folded, _)) = find(connection, name)? else {
        return Ok(None);
    };
    let kept = facts(connection, folded.ticket.id)?;
    Ok(Some(Account {
        ticket_id: folded.ticket.id.to_string(),
        number: folded.ticket.features.number.clone(),
        opened_at: folded.ticket.features.opened_at,
        facts: kept
            .into_iter()
            .map(|kept| (kept.log_time, kept.fact))
            .collect(),
    }))
}

impl Account {
    /// The ledgers as things stood at `at`.
    pub(crate) async fn ledgers(&self, at: Timestamp, policies: &Policies) -> LedgerView {
        let known = self.policies(policies).await;
        let in_force = match policies.active().await {
            Ok(Some(version)) => policies.load(&version).await.ok(),
            _ => None,
        };
        let slas_of = |version: &PolicyVersion| known.get(version).map(|policy| &policy.slas);
        let in_force = in_force.as_ref().map(|policy| &policy.slas);
        let ledgers = ledger::ledgers(&self.facts, at, &slas_of, in_force);
        LedgerView {
            ticket_id: self.ticket_id.clone(),
            number: self.number.clone(),
            at,
            age_ms: at.millis_since(self.opened_at).max(0),
            ledgers: ledgers.iter().map(readable).collect(),
        }
    }

    /// The policies that the facts name, as far as they can be had.
    async fn policies(&self, policies: &Policies) -> BTreeMap<PolicyVersion, Arc<Policy>> {
        let mut known = BTreeMap::new();
        let mut tried = BTreeSet::new();
        for (_, fact) in &self.facts {
            if fact.policy.0.is_empty() || !tried.insert(&fact.policy) {
                continue;
            }
            match policies.load(&fact.policy).await {
                Ok(policy) => drop(known.insert(fact.policy.clone(), policy)),
                Err(error) => tracing::warn!(%error, "a ledger lacks the policy that counted"),
            }
        }
        known
    }
}

fn readable(ledger: &Ledger) -> Value {
    json!({
        "target": ledger.target.as_str(),
        "cycle": ledger.cycle,
        "promise": ledger.promise.to_string(),
        "sla": ledger.sla,
        "calendar": ledger.calendar,
        "policy": ledger.policy,
        "started_at": ledger.started_at,
        "due_at": ledger.due_at,
        "done_at": ledger.done_at,
        "working_ms": ledger.working_ms(),
        "paused_ms": ledger.paused_ms(),
        "closed_ms": ledger.ms_of(|what| *what == What::Closed),
        "holiday_ms": ledger.ms_of(|what| *what == What::Holiday),
        "spans": ledger.spans.iter().map(|it| span(it, ledger)).collect::<Vec<_>>(),
        "revisions": ledger.revisions.iter().map(revision).collect::<Vec<_>>(),
        "finding": ledger.finding,
    })
}

fn span(span: &Span, ledger: &Ledger) -> Value {
    let (what, state, reason) = match &span.what {
        What::NotBegun => ("not_begun", None, None),
        What::Working => ("working", None, None),
        What::Closed => ("closed", None, None),
        What::Holiday => ("holiday", None, None),
        What::Paused { state, reason } => ("paused", Some(state.as_str()), Some(reason)),
        What::Over => ("over", None, None),
        What::Unknown => ("unknown", None, None),
    };
    json!({
        "from": span.from,
        "to": span.to,
        "ms": span.to.millis_since(span.from),
        "what": what,
        "state": state,
        "reason": reason.filter(|reason| !reason.is_empty()),
        "policy": ledger.policy,
    })
}

fn revision(revision: &Revision) -> Value {
    json!({
        "at": revision.at,
        "told_by": revision.told_by.to_string(),
        "why": revision.why,
        "policy": revision.policy,
        "sla": revision.sla,
        "promise": revision.promise.to_string(),
        "due_at": revision.due_at,
        "previous_due_at": revision.previous_due_at,
    })
}
