//! Why a ticket is where it is: every decision about it, with what it rests on.

use std::collections::HashMap;

use posthouse_domain::ticket::{ActorKind, Body};
use posthouse_domain::{FactId, Timestamp};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::corrections;
use crate::error::{Doing, Error};
use crate::readable;
use crate::ticket::{KeptFact, facts, find};

/// Every decision about a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Why {
    /// The ticket.
    pub ticket_id: String,
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub state: &'static str,
    /// The decisions, in the order of the log.
    pub decisions: Vec<Decision>,
    /// All facts that changed nothing, each with the reason.
    pub void: Vec<VoidFact>,
    /// Where the time went, for each promise; see the ledger of a ticket.
    pub ledgers: Vec<Value>,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Decision {
    /// What was decided: a kind of fact.
    pub kind: &'static str,
    /// When it was true, by the time of the log.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The role that decided.
    pub actor: String,
    /// The fact that says so.
    pub id: String,
    /// The fact it follows from, if any.
    pub cause: Option<String>,
    /// What kind of fact that is, if it is in the log.
    pub cause_kind: Option<&'static str>,
    /// The version of the policy that decided.
    pub policy: String,
    /// The name of that policy, if its activation is in the log.
    pub policy_name: Option<String>,
    /// The rule that decided; empty for decisions that no rule of the policy makes.
    pub rule: String,
    /// What was concluded, by field.
    pub outcome: Value,
    /// What each label rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Value>,
    /// What a person changed: each label with what it was before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Value>,
    /// Every rule and candidate that was looked at, in order, and what became of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub considered: Vec<Value>,
    /// What the rules looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Value>,
    /// Why it changed nothing, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
}

/// A fact that changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VoidFact {
    /// Its kind.
    pub kind: &'static str,
    /// Its identity.
    pub id: String,
    /// Who caused it.
    pub actor: String,
    /// When the log stored it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Why it changed nothing.
    pub reason: String,
}

/// Explains the ticket with this identity or number.
///
/// # Errors
///
/// Those of the database.
pub(crate) fn explain(connection: &Connection, name: &str) -> Result<Option<Why>, Error> {
    let Some((folded, _)) = find(connection, name)? else {
        return Ok(None);
    };
    let ticket = &folded.ticket;
    let facts = facts(connection, ticket.id)?;
    let kinds: HashMap<FactId, &'static str> = facts
        .iter()
        .map(|kept| (kept.fact.id, kept.fact.body.kind().as_str()))
        .collect();
    let mut changes = corrections::changes(&facts);
    let mut names = HashMap::new();
    let mut decisions = Vec::new();
    for kept in &facts {
        let Some(mut decision) = decision(kept) else {
            continue;
        };
        decision.cause_kind = kept.fact.cause.and_then(|cause| kinds.get(&cause).copied());
        decision.changes = changes.remove(&kept.fact.id).unwrap_or_default();
        decision.policy_name = policy_name(connection, &decision.policy, &mut names)?;
        decisions.push(decision);
    }
    Ok(Some(Why {
        ticket_id: ticket.id.to_string(),
        number: ticket.features.number.clone(),
        state: ticket.state().as_str(),
        decisions,
        void: facts.iter().filter_map(void).collect(),
        ledgers: Vec::new(),
    }))
}

fn decision(kept: &KeptFact) -> Option<Decision> {
    let fact = &kept.fact;
    let (rule, reasons, considered) = match &fact.body {
        Body::Classified(body) => ("", readable::reasons(&body.reasons), Vec::new()),
        Body::Routed(body) => (
            body.rule.as_str(),
            Vec::new(),
            readable::considered(&body.considered),
        ),
        Body::Timed(body) => (
            body.sla.as_str(),
            Vec::new(),
            readable::considered(&body.considered),
        ),
        Body::NotificationRequested(body) => (body.rule.as_str(), Vec::new(), Vec::new()),
        Body::NotificationSuppressed(body) => (body.rule.as_str(), Vec::new(), Vec::new()),
        Body::Escalated(body) => (body.ladder.as_str(), Vec::new(), Vec::new()),
        Body::CompensationAccrued(body) => (body.rule.as_str(), Vec::new(), Vec::new()),
        Body::Folded(body) => (body.rule.as_str(), Vec::new(), Vec::new()),
        Body::Offered(body) => (
            body.choice.order.as_str(),
            Vec::new(),
            readable::candidates(&body.choice),
        ),
        // What a person did by hand is no decision of the house; what a dispatcher concluded is.
        Body::Assigned(_) if fact.actor.kind != ActorKind::Service => return None,
        Body::TargetWarned(_)
        | Body::TargetBreached(_)
        | Body::TargetAtRisk(_)
        | Body::Assigned(_)
        | Body::Accepted(_)
        | Body::Declined(_)
        | Body::Requeued(_)
        | Body::Transferred(_)
        | Body::InfoRequested(_)
        | Body::Corrected(_)
        | Body::Unfolded(_) => ("", Vec::new(), Vec::new()),
        _ => return None,
    };
    Some(Decision {
        kind: fact.body.kind().as_str(),
        at: fact.at,
        actor: fact.actor.to_string(),
        id: fact.id.to_string(),
        cause: fact.cause.map(|cause| cause.to_string()),
        cause_kind: None,
        policy: fact.policy.0.clone(),
        policy_name: None,
        rule: rule.to_owned(),
        outcome: outcome(kept),
        reasons,
        changes: Vec::new(),
        considered,
        inputs: fact.features().map(readable::features),
        void: kept.void.clone(),
    })
}

/// What the fact says, without what is shown beside it.
fn outcome(kept: &KeptFact) -> Value {
    let mut outcome = readable::body(&kept.fact.body);
    if let Some(fields) = outcome.as_object_mut() {
        for beside in ["reasons", "considered", "rule"] {
            fields.remove(beside);
        }
        if let Body::Offered(offered) = &kept.fact.body {
            // The candidates stand beside it.
            fields.insert("choice".to_owned(), readable::chosen(&offered.choice));
        }
        if let Body::TargetBreached(breached) = &kept.fact.body {
            // How late the breach was noticed: a partition without an owner notices nothing.
            let late_ms = kept.log_time.millis_since(breached.due_at);
            fields.insert("late_ms".to_owned(), late_ms.max(0).into());
        }
    }
    outcome
}

fn void(kept: &KeptFact) -> Option<VoidFact> {
    Some(VoidFact {
        kind: kept.fact.body.kind().as_str(),
        id: kept.fact.id.to_string(),
        actor: kept.fact.actor.to_string(),
        at: kept.log_time,
        reason: kept.void.clone()?,
    })
}

fn policy_name(
    connection: &Connection,
    version: &str,
    known: &mut HashMap<String, Option<String>>,
) -> Result<Option<String>, Error> {
    if let Some(name) = known.get(version) {
        return Ok(name.clone());
    }
    let name: Option<String> = connection
        .prepare_cached(
            "SELECT name FROM policy_activation WHERE version = ?1 ORDER BY place LIMIT 1",
        )
        .and_then(|mut select| select.query_row([version], |row| row.get(0)).optional())
        .doing("read the name of a policy")?;
    known.insert(version.to_owned(), name.clone());
    Ok(name)
}
