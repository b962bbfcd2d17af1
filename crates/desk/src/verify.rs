//! Verifying a log: does it tell of every ticket what the invariants promise?
//!
//! Walks every stream of the log from its beginning with a model of its own, which shares
//! nothing with the fold that all services use, so that a fault of the fold cannot hide itself.
//!
//! What is counted:
//!
//! - *Orphan*: a fact of a ticket whose opening does not stand before it.
//! - *Missing*: an effect that must be there and is nowhere in the log: of an opened ticket
//!   `classified`, `routed` or `timed` (the last two not for a ticket that ended before it was
//!   classified), of a request for notification an outcome. What is still under way is missing
//!   too: verify a log whose readers have caught up.
//! - *Doubled*: an effect that a reader without memory would count twice: two facts with
//!   *different* identities for what there may be only one of. That is one opening of a ticket;
//!   one classification, routing and timing per cause; one warning per target, cycle and level;
//!   one breach per target and cycle; one request or suppression per cause and receiver; one
//!   outcome per request, unless it says that it may be a duplicate.
//! - *Void*: a fact that changes nothing and hurts nobody: the same identity stored again, or a
//!   fact that the life of the ticket does not allow where it stands (closed tickets do not take
//!   replies). This model does not judge clocks, so a breach that came too late counts here and
//!   is void to the desk.
//!
//! # Invariants
//!
//! - Every fact is counted in `facts`, and in at most one of orphans, doubled and void.
//! - A ticket's facts are all in one stream, so only one stream's tickets are in memory.

mod life;
mod trail;

use std::collections::HashMap;

use futures::StreamExt;
use posthouse_bus::subject::{Said, said};
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Delivery, Until};
use posthouse_domain::ids::Uuid;
use posthouse_wire::{decode_message, v1};
use serde::Serialize;
use utoipa::ToSchema;

use self::trail::{Found, Trail};
use crate::error::Error;
use crate::limits::EXAMPLES_MAX;

/// What a log looks like. Several regions' reports add up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct VerifyReport {
    /// Tickets that were opened.
    pub tickets: u64,
    /// Facts, of whatever worth.
    pub facts: u64,
    /// Facts before, or without, the opening of their ticket.
    pub orphans: u64,
    /// Effects that are not there.
    pub missing: u64,
    /// Effects that are there twice, under different identities.
    pub doubled: u64,
    /// Facts that change nothing.
    pub void: u64,
    /// Messages under the subject of a fact that cannot be read.
    pub unreadable: u64,
    /// Some of each, to look at.
    pub examples: Examples,
}

/// The first findings of each sort, at most [`EXAMPLES_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Examples {
    /// Orphans.
    pub orphans: Vec<Example>,
    /// Missing effects.
    pub missing: Vec<Example>,
    /// Doubled effects.
    pub doubled: Vec<Example>,
    /// Void facts.
    pub void: Vec<Example>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Example {
    /// The ticket.
    pub ticket_id: String,
    /// The facts concerned.
    pub facts: Vec<String>,
    /// What was found.
    pub what: String,
}

impl VerifyReport {
    /// Whether an invariant is broken: something is orphaned, missing or doubled.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        self.orphans + self.missing + self.doubled > 0
    }

    /// Adds another region's report.
    pub fn add(&mut self, other: Self) {
        self.tickets += other.tickets;
        self.facts += other.facts;
        self.orphans += other.orphans;
        self.missing += other.missing;
        self.doubled += other.doubled;
        self.void += other.void;
        self.unreadable += other.unreadable;
        let (ours, theirs) = (&mut self.examples, other.examples);
        for (ours, theirs) in [
            (&mut ours.orphans, theirs.orphans),
            (&mut ours.missing, theirs.missing),
            (&mut ours.doubled, theirs.doubled),
            (&mut ours.void, theirs.void),
        ] {
            ours.extend(theirs);
            ours.truncate(EXAMPLES_MAX);
        }
    }

    fn note(&mut self, found: Found, ticket: Uuid) {
        let (count, examples, facts, what) = match found {
            Found::Orphan(fact, what) => (
                &mut self.orphans,
                &mut self.examples.orphans,
                vec![fact],
                what,
            ),
            Found::Missing(facts, what) => {
                (&mut self.missing, &mut self.examples.missing, facts, what)
            }
            Found::Doubled(facts, what) => (
                &mut self.doubled,
                &mut self.examples.doubled,
                facts.to_vec(),
                what,
            ),
            Found::Void(fact, what) => (&mut self.void, &mut self.examples.void, vec![fact], what),
        };
        *count += 1;
        if examples.len() < EXAMPLES_MAX {
            let facts = facts.iter().map(Uuid::to_string).collect();
            examples.push(Example {
                ticket_id: ticket.to_string(),
                facts,
                what,
            });
        }
    }
}

/// Walks the log of a region, as it is now, from the beginning.
///
/// # Errors
///
/// When the bus does not give the log.
pub async fn verify(bus: &dyn Bus, topology: &Topology) -> Result<VerifyReport, Error> {
    let mut report = VerifyReport::default();
    for stream in topology.log_streams() {
        let mut trails = HashMap::new();
        let mut deliveries = bus.read(&stream, &[], 1, Until::Now).await?;
        while let Some(delivery) = deliveries.next().await {
            walk(&delivery?, &mut trails, &mut report);
        }
        settle(trails, &mut report);
    }
    Ok(report)
}

fn walk(delivery: &Delivery, trails: &mut HashMap<Uuid, Trail>, report: &mut VerifyReport) {
    let Said::Fact(_) = said(&delivery.subject) else {
        return;
    };
    let Some((id, ticket, fact)) = read(delivery) else {
        report.unreadable += 1;
        return;
    };
    report.facts += 1;
    let trail = trails.entry(ticket).or_default();
    if let Some(found) = trail.follow(id, &fact) {
        report.note(found, ticket);
    }
}

fn read(delivery: &Delivery) -> Option<(Uuid, Uuid, v1::TicketFact)> {
    let fact: v1::TicketFact = decode_message("fact", delivery.payload.clone()).ok()?;
    fact.body.as_ref()?;
    Some((
        fact.fact_id.parse().ok()?,
        fact.ticket_id.parse().ok()?,
        fact,
    ))
}

/// Looks at every ticket's trail as a whole, in the order of their identities.
fn settle(trails: HashMap<Uuid, Trail>, report: &mut VerifyReport) {
    let mut trails: Vec<(Uuid, Trail)> = trails.into_iter().collect();
    trails.sort_unstable_by_key(|(ticket, _)| *ticket);
    for (ticket, trail) in trails {
        report.tickets += u64::from(trail.is_opened());
        for found in trail.missing() {
            report.note(found, ticket);
        }
    }
}
