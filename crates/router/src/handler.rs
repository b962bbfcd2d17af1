//! Convert, decide, convert.

use std::sync::Arc;

use posthouse_bus::Role;
use posthouse_domain::route;
use posthouse_domain::ticket::{Body, Fact, FactKind, Origin, Routed, State, Ticket};
use posthouse_policy::Policy;
use posthouse_runtime::{Folded, Handler, Input, Refusal, Tickets, View};
use posthouse_store::Table;

const TICKET: Table = Table::new("ticket");
const TABLES: &[Table] = &[TICKET];
/// The version of the view's format.
const SCHEMA: u32 = 3;

/// The router of one partition.
#[derive(Debug, Default)]
pub struct Router {
    policy: Option<Arc<Policy>>,
}

impl Handler for Router {
    fn tables(&self) -> &'static [Table] {
        TABLES
    }

    fn schema(&self) -> u32 {
        SCHEMA
    }

    fn consumes(&self) -> &'static [FactKind] {
        FactKind::LIFE
    }

    fn produces(&self) -> &'static [FactKind] {
        &[FactKind::Routed]
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        self.policy = Some(Arc::clone(policy));
    }

    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let policy = self.policy.as_ref().ok_or_else(Refusal::no_policy)?;
        let Folded::Counted(ticket) = Tickets::new(TICKET).fold(view, input)? else {
            return Ok(Vec::new());
        };
        if !wants_queue(input.fact, &ticket) {
            return Ok(Vec::new());
        }
        let routing = route::decide(&ticket.features, &policy.routing);
        let body = Body::Routed(Routed {
            queue: routing.queue,
            rule: routing.rule,
            considered: routing.considered,
            features: ticket.features,
            step: 0,
            why: String::new(),
        });
        let role = Role::Router.as_str();
        let origin = Origin::of(role, input.fact, input.log_time, &policy.version);
        Ok(vec![origin.fact("routed", 0, body)])
    }
}

/// Whether this fact is a reason to look for a queue, now that it has made the ticket so.
fn wants_queue(fact: &Fact, ticket: &Ticket) -> bool {
    match fact.body {
        Body::Classified(_) | Body::Corrected(_) => {
            matches!(ticket.state(), State::Triaged | State::Queued)
        }
        Body::Reopened(_) => true,
        _ => false,
    }
}
