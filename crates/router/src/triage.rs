//! Convert, decide, convert; and wake up when a step or the robot's patience is due.

use std::sync::Arc;

use posthouse_domain::route::{Closed, Conclusion, ROLE, Terms, Triage};
use posthouse_domain::ticket::{Fact, FactKind, Origin, Ticket};
use posthouse_domain::{TicketId, Timestamp};
use posthouse_policy::Policy;
use posthouse_runtime::{Folded, Handler, Input, Refusal, Tickets, View, WakeIndex, limits};
use posthouse_store::Table;

use crate::telemetry::Telemetry;

const TICKET: Table = Table::new("ticket");
const TRIAGE: Table = Table::new("triage");
const WAKE: Table = Table::new("wake");
const TABLES: &[Table] = &[TICKET, TRIAGE, WAKE];
/// The version of the view's format.
const SCHEMA: u32 = 5;

/// What moves a ticket through its life, what is promised about it, and who was asked for help.
const CONSUMES: &[FactKind] = &[
    FactKind::Opened,
    FactKind::Replied,
    FactKind::Assigned,
    FactKind::Progressed,
    FactKind::Resolved,
    FactKind::Reopened,
    FactKind::Closed,
    FactKind::Classified,
    FactKind::Routed,
    FactKind::InfoRequested,
    FactKind::Corrected,
    FactKind::Folded,
    FactKind::Unfolded,
    FactKind::Offered,
    FactKind::Accepted,
    FactKind::Declined,
    FactKind::Requeued,
    FactKind::Transferred,
    FactKind::Timed,
    FactKind::Escalated,
];

/// The router of one partition.
#[derive(Debug)]
pub struct Router {
    policy: Option<Arc<Policy>>,
    wake: WakeIndex,
    /// What operators measure, if anybody does.
    telemetry: Option<Telemetry>,
}

impl Default for Router {
    fn default() -> Self {
        Self {
            policy: None,
            wake: WakeIndex::new(WAKE),
            telemetry: None,
        }
    }
}

impl Router {
    /// A router that counts for operators.
    #[must_use]
    pub fn measuring(telemetry: Telemetry) -> Self {
        Self {
            telemetry: Some(telemetry),
            ..Self::default()
        }
    }

    fn policy(&self) -> Result<Arc<Policy>, Refusal> {
        self.policy.clone().ok_or_else(Refusal::no_policy)
    }

    /// The new facts, and a note of those that no rule wants.
    fn facts(
        &self,
        conclusion: Option<Conclusion>,
        ticket: TicketId,
        region: &str,
        policy: &Policy,
    ) -> Vec<Fact> {
        let conclusion = conclusion.into_iter();
        let fact = |conclusion: Conclusion| {
            if let Some(telemetry) = &self.telemetry {
                telemetry.concluded(&conclusion.body, &policy.routing);
            }
            let origin = Origin {
                role: ROLE,
                ticket,
                region,
                cause: conclusion.cause,
                at: conclusion.at,
                policy: &policy.version,
            };
            origin.fact(conclusion.rule, conclusion.ordinal, conclusion.body)
        };
        conclusion.map(fact).collect()
    }
}

impl Handler for Router {
    fn tables(&self) -> &'static [Table] {
        TABLES
    }

    fn schema(&self) -> u32 {
        SCHEMA
    }

    fn consumes(&self) -> &'static [FactKind] {
        CONSUMES
    }

    fn produces(&self) -> &'static [FactKind] {
        &[FactKind::Routed, FactKind::Transferred]
    }

    fn restored(&mut self) {
        self.wake.reset();
    }

    fn counting(&mut self, counts: bool) {
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.counting(counts);
        }
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        self.policy = Some(Arc::clone(policy));
    }

    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let policy = self.policy()?;
        let fact = input.fact;
        let known: Option<Ticket> = Tickets::new(TICKET).get(view, fact.ticket)?;
        let Folded::Counted(ticket) = Tickets::new(TICKET).fold(view, input)? else {
            return Ok(Vec::new());
        };
        if let Some(telemetry) = &self.telemetry {
            telemetry.stored(fact, known.as_ref(), input.log_time);
        }
        let mut triage = triage(view, fact.ticket)?;
        let old = known.and_then(|known| triage.next_ring(&known));
        let before = triage.clone();
        let terms = terms(&policy, &fact.region);
        let conclusion = triage.apply(&ticket, fact, input.log_time, terms);
        let id = fact.ticket.0.as_bytes();
        self.wake.set(view, id, old, triage.next_ring(&ticket));
        if triage != before {
            Tickets::new(TRIAGE).put(view, fact.ticket, &triage)?;
        }
        Ok(self.facts(conclusion, fact.ticket, &fact.region, &policy))
    }

    fn next_wake(&mut self, view: &View) -> Option<Timestamp> {
        // A view that cannot be read is due at once: the ring finds out, and the loop starts anew.
        self.wake.earliest(view).unwrap_or(Some(Timestamp::MIN))
    }

    fn ring(&mut self, view: &mut View, now: Timestamp) -> Result<Vec<Fact>, Refusal> {
        let policy = self.policy()?;
        let mut outputs = Vec::new();
        for _ in 0..limits::RINGS_PER_STEP_MAX {
            let Some((at, key)) = self.wake.due(view, now, 1)?.pop() else {
                break;
            };
            let Some(id) = ticket_id(&key) else {
                self.wake.set(view, &key, Some(at), None);
                continue;
            };
            let ticket: Option<Ticket> = Tickets::new(TICKET).get(view, id)?;
            let Some(ticket) = ticket else {
                self.wake.set(view, &key, Some(at), None);
                continue;
            };
            let mut triage = triage(view, id)?;
            let region = triage.region().to_owned();
            let conclusion = triage.ring(&ticket, at, terms(&policy, &region));
            self.wake
                .set(view, &key, Some(at), triage.next_ring(&ticket));
            Tickets::new(TRIAGE).put(view, id, &triage)?;
            outputs.extend(self.facts(conclusion, id, &region, &policy));
        }
        Ok(outputs)
    }
}

fn triage(view: &View, id: TicketId) -> Result<Triage, Refusal> {
    let triage = Tickets::new(TRIAGE).get(view, id)?;
    Ok(triage.unwrap_or_default())
}

/// No gate to another region is open yet.
fn terms<'a>(policy: &'a Policy, region: &'a str) -> Terms<'a> {
    Terms {
        rules: &policy.routing,
        slas: &policy.slas,
        gate: &Closed,
        region,
    }
}

fn ticket_id(bytes: &[u8]) -> Option<TicketId> {
    let bytes = bytes.try_into().ok()?;
    Some(TicketId(posthouse_domain::ids::Uuid::from_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use posthouse_bus::Role;
    use posthouse_domain::ticket::FactKind;

    use super::*;

    /// The identity of what is concluded holds the name of the role.
    #[test]
    fn the_domain_knows_the_role_by_its_name() {
        assert_eq!(ROLE, Role::Router.as_str());
    }

    #[test]
    fn it_reads_all_of_a_tickets_life() {
        let missing: Vec<_> = FactKind::LIFE
            .iter()
            .filter(|kind| !CONSUMES.contains(kind))
            .collect();
        assert_eq!(missing, Vec::<&FactKind>::new());
    }
}
