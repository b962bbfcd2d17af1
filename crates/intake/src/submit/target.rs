//! Which ticket a command is about, and whether the ticket allows it, as far as can be told.

use std::sync::Arc;

use posthouse_domain::TicketId;
use posthouse_domain::command::CommandBody;
use posthouse_domain::ticket::{Fact, State, next_state};
use tokio::time::Instant;

use crate::Inner;
use crate::identity::{self, Idempotency};
use crate::limits::READ_SIDE_PAUSE;
use crate::read_side::{Known, Said};
use crate::refused::Refused;

/// Whether the ticket of a command is known to be in the log, or on its way there before the
/// command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// It is: the read side knows it, or this process has what comes first.
    Seen,
    /// Nobody said so. Its opening may wait in the outbox of another intake.
    Unseen,
}

/// The ticket a command is about.
pub(super) struct Target {
    pub(super) ticket: TicketId,
    /// Its customer; empty when not known.
    pub(super) customer: String,
    /// Where it stands, if the read side was asked already.
    state: Option<State>,
}

impl Target {
    fn unseen(ticket: TicketId) -> Self {
        Self {
            ticket,
            customer: String::new(),
            state: None,
        }
    }

    fn seen(known: Known) -> Self {
        Self {
            ticket: known.ticket,
            customer: known.customer,
            state: Some(known.state),
        }
    }
}

impl Inner {
    /// The ticket that a command is about: the one it opens, the one of this identity, or the one
    /// of this number. What is about an agent or a customer stands under an
    /// identity of its own.
    pub(super) async fn target(
        self: &Arc<Self>,
        body: &CommandBody,
        idempotency: Option<&Idempotency>,
        until: Instant,
    ) -> Result<Target, Refused> {
        let region = self.topology.subjects.region();
        let named = match body {
            CommandBody::Open(opening) => {
                return Ok(Target::unseen(identity::ticket(
                    idempotency,
                    region,
                    &opening.customer,
                )));
            }
            CommandBody::Presence { agent, .. } => {
                return Ok(Target::unseen(TicketId::of_agent(region, agent)));
            }
            CommandBody::Prefer(preferred) => {
                let customer = &preferred.customer;
                return Ok(Target::unseen(TicketId::of_customer(region, customer)));
            }
            other => other.ticket().unwrap_or_default(),
        };
        match named.parse() {
            Ok(ticket) => Ok(Target::unseen(ticket)),
            Err(_) => self.by_number(named, until).await.map(Target::seen),
        }
    }

    async fn by_number(&self, number: &str, until: Instant) -> Result<Known, Refused> {
        loop {
            match self.read_side.ask(number).await {
                Said::Known(known) => return Ok(known),
                Said::Nothing => {
                    return Err(Refused::NotReady(
                        "tickets cannot be found by number now; use the ticket's identity".into(),
                    ));
                }
                Said::Unknown if Instant::now() >= until && !self.outbox.is_empty() => {
                    return Err(Refused::NotReady(
                        "the ticket may not be in the log yet; use its identity".into(),
                    ));
                }
                Said::Unknown if Instant::now() >= until => {
                    return Err(Refused::UnknownTicket(crate::words::short(number)));
                }
                Said::Unknown => tokio::time::sleep(READ_SIDE_PAUSE).await,
            }
        }
    }

    /// Refuses what the ticket, as the read side knows it, does not allow; gives whether the
    /// ticket is known at all. What the read side knows may be old, so a refusal is believed only
    /// when it stands for a while. `named` is what the sender called the ticket.
    pub(super) async fn judge(
        &self,
        fact: &Fact,
        named: &str,
        target: &mut Target,
        until: Instant,
    ) -> Result<Sight, Refused> {
        let Some(trigger) = fact.trigger() else {
            return Ok(Sight::Seen);
        };
        // What was accepted for it is not in the log yet, so nobody can know how it stands.
        if self.outbox.holds(fact.ticket) {
            return Ok(Sight::Seen);
        }
        let allows = |state| next_state(state, trigger).is_some();
        if target.state.is_some_and(allows) {
            return Ok(Sight::Seen);
        }
        let identity = fact.ticket.to_string();
        loop {
            let refused = match self.read_side.ask(&identity).await {
                Said::Nothing => return Ok(Sight::Unseen),
                Said::Unknown => Refused::UnknownTicket(named.to_owned()),
                Said::Known(known) => {
                    target.customer = known.customer;
                    if allows(known.state) {
                        return Ok(Sight::Seen);
                    }
                    let asked = fact.body.kind();
                    Refused::NotAllowed {
                        ticket: named.to_owned(),
                        state: known.state,
                        asked,
                    }
                }
            };
            if Instant::now() >= until {
                return Err(refused);
            }
            tokio::time::sleep(READ_SIDE_PAUSE).await;
        }
    }
}
