//! Every ticket is told to the detector of its region, and what follows is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use posthouse_classifier::similar::Sketch;
use posthouse_classifier::storm::{Conclusion, Detector, Heard, Key, Places, Scene, What};
use posthouse_domain::{FactId, TicketId};
use posthouse_policy::Policy;

use super::crowd::{Crowd, Ticket};

/// What followed.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// From the first ticket of the storm to the incident in the storm's own region.
    pub(super) detected_after_ms: Option<f64>,
    pub(super) folded: usize,
    pub(super) folded_of_storm: usize,
    /// Incidents opened from the beginning of the storm on.
    pub(super) incidents: usize,
    /// Incidents opened before.
    pub(super) false_incidents: usize,
    pub(super) micros_per_ticket: f64,
}

/// Plays all tickets in virtual time.
pub(super) fn play(crowd: &Crowd, policy: &Policy) -> Played {
    let places = Places::new(&policy.storms.places);
    let mut detectors: BTreeMap<&str, Detector> = BTreeMap::new();
    let (mut played, mut spent) = (Played::default(), Duration::ZERO);
    let of_storm: BTreeSet<TicketId> = crowd
        .tickets
        .iter()
        .filter(|ticket| ticket.is_storm)
        .map(identity)
        .collect();
    for ticket in &crowd.tickets {
        let detector = detectors.entry(&ticket.region).or_default();
        let started = Instant::now();
        while detector.next_wake().is_some_and(|wake| wake < ticket.at) {
            drop(detector.ring(ticket.at, usize::MAX));
        }
        let numbers = policy.regions.get(&ticket.region);
        let scene = Scene {
            log_time: ticket.at,
            region: &ticket.region,
            prefix: numbers.map_or("", |region| region.numbers.prefix.as_str()),
            parameters: &policy.storms,
        };
        let conclusions = detector.hear(heard(ticket, &places), scene);
        spent += started.elapsed();
        for conclusion in conclusions {
            count(&conclusion, crowd, ticket, &of_storm, &mut played);
        }
        // Nobody keeps the rows.
        drop(detector.take_changes());
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of tickets are small")]
    let tickets = crowd.tickets.len().max(1) as f64;
    played.micros_per_ticket = spent.as_secs_f64() * 1e6 / tickets;
    played
}

fn count(
    conclusion: &Conclusion,
    crowd: &Crowd,
    ticket: &Ticket,
    of_storm: &BTreeSet<TicketId>,
    played: &mut Played,
) {
    match &conclusion.what {
        What::Opened(_) if ticket.at < crowd.storm_at => played.false_incidents += 1,
        What::Opened(_) => {
            played.incidents += 1;
            if ticket.region == crowd.storm_region {
                let after_ms = ticket.at.millis_since(crowd.storm_at);
                #[expect(clippy::cast_precision_loss, reason = "a storm lasts minutes")]
                played.detected_after_ms.get_or_insert(after_ms as f64);
            }
        }
        What::Folded(_) => {
            played.folded += 1;
            played.folded_of_storm += usize::from(of_storm.contains(&conclusion.ticket));
        }
        What::Unfolded(_) => {}
    }
}

fn identity(ticket: &Ticket) -> TicketId {
    TicketId::derive(&["bench", &ticket.opened.number])
}

/// The ticket, as the lookout would tell the detector of it.
fn heard(ticket: &Ticket, places: &Places) -> Heard {
    let place = places.named(&ticket.opened).map(Key::Place);
    let keys = [
        Some(Key::Category(ticket.labels.category.clone())),
        Key::product(&ticket.labels.product),
        place,
    ];
    Heard {
        ticket: identity(ticket),
        number: ticket.opened.number.clone(),
        cause: FactId::from_command(&["bench", &ticket.opened.number]),
        at: ticket.at,
        customer: number_of(&ticket.opened.customer),
        keys: keys.into_iter().flatten().collect(),
        kind: ticket.labels.kind.clone(),
        sketch: Sketch::of(&[&ticket.opened.subject, &ticket.opened.body]),
    }
}

fn number_of(customer: &str) -> u64 {
    let uuid = TicketId::derive(&["customer", customer]).0;
    uuid.as_u64_pair().1
}
