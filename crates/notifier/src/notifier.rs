//! Who is told: convert, decide, convert.

use std::sync::Arc;

use posthouse_bus::Role;
use posthouse_domain::notify;
use posthouse_domain::ticket::{Body, Fact, FactKind, NotificationRequested, Origin};
use posthouse_policy::Policy;
use posthouse_runtime::{Folded, Handler, Input, Refusal, Tickets, View};
use posthouse_store::Table;

const TICKET: Table = Table::new("ticket");
const TABLES: &[Table] = &[TICKET];
/// The version of the view's format.
const SCHEMA: u32 = 3;
/// What receivers can be told of.
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
    FactKind::TargetWarned,
    FactKind::TargetBreached,
    FactKind::TargetAtRisk,
    FactKind::Escalated,
    FactKind::CompensationAccrued,
    FactKind::InfoRequested,
    FactKind::Corrected,
    FactKind::Folded,
    FactKind::Unfolded,
];

/// The notifier of one partition.
#[derive(Debug, Default)]
pub struct Notifier {
    policy: Option<Arc<Policy>>,
}

impl Handler for Notifier {
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
        &[FactKind::NotificationRequested]
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        self.policy = Some(Arc::clone(policy));
    }

    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let policy = self.policy.as_ref().ok_or_else(Refusal::no_policy)?;
        let Folded::Counted(ticket) = Tickets::new(TICKET).fold(view, input)? else {
            return Ok(Vec::new());
        };
        let fact = input.fact;
        let role = Role::Notifier.as_str();
        let origin = Origin::of(role, fact, input.log_time, &policy.version);
        let requests = notify::decide(fact, &ticket.features, &policy.receivers);
        Ok(requests
            .into_iter()
            .map(|request| {
                // The receiver is part of the rule's name, so that one more receiver does not
                // rename the requests to the others.
                let rule = format!("notify {}", request.receiver);
                let body = Body::NotificationRequested(NotificationRequested {
                    receiver: request.receiver,
                    rule: request.rule,
                    about: fact.body.kind(),
                    title: notify::title(&fact.body, &ticket.features),
                    text: notify::text(&fact.body, &ticket.features),
                    features: ticket.features.clone(),
                });
                origin.fact(&rule, 0, body)
            })
            .collect())
    }
}
