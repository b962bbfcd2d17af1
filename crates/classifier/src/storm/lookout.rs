//! The lookout: the role that looks across tickets. Convert, decide, convert.

use std::sync::Arc;

use posthouse_bus::Role;
use posthouse_domain::storm::{INCIDENT_ATTRIBUTE, INCIDENT_CUSTOMER};
use posthouse_domain::ticket::{
    Actor, ActorKind, Body, Classified, Fact, FactKind, Opened, Origin, Severity,
};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_policy::Policy;
use posthouse_runtime::{Handler, Input, Refusal, View, limits as loop_limits};
use posthouse_store::Table;

use super::rows::{self, Unreadable};
use super::waiting::{Said, Waiting};
use super::{Conclusion, Detector, Incident, Key, Places, Scene, What};
use crate::limits::SIMILAR_ROWS_PER_SCAN;
use crate::telemetry::LookoutTelemetry;

/// The version of the view's format.
const SCHEMA: u32 = 1;

/// What the detector remembers; see `rows.rs`.
const STORMS: Table = Table::new("storms");
/// Tickets without labels: the place of `opened` in the stream (big-endian), then what it says.
const WAITING: Table = Table::new("waiting");

/// The lookout of a region. There is one: an outage goes across products, so whoever looks for
/// it has to see them all (ADR 8).
#[derive(Debug, Default)]
pub struct Lookout {
    active: Option<Active>,
    /// `None` until it was read from the view.
    state: Option<State>,
    /// What operators measure, if anybody does.
    telemetry: Option<LookoutTelemetry>,
}

#[derive(Debug)]
struct Active {
    policy: Arc<Policy>,
    places: Places,
}

#[derive(Debug, Default)]
struct State {
    detector: Detector,
    waiting: Waiting,
}

impl Lookout {
    /// A lookout that shows how full it is.
    #[must_use]
    pub fn measuring(telemetry: LookoutTelemetry) -> Self {
        Self {
            telemetry: Some(telemetry),
            ..Self::default()
        }
    }

    fn show(&self) {
        if let (Some(telemetry), Some(state)) = (&self.telemetry, &self.state) {
            let detector = &state.detector;
            telemetry.show(
                detector.open_storms(),
                detector.window_tickets(),
                state.waiting.len(),
            );
        }
    }

    /// The state, read from the view where that was replaced.
    fn load(&mut self, view: &View) -> Result<(), Refusal> {
        if self.state.is_none() {
            let mut state = State::default();
            each_row(view, STORMS, |key, value| {
                state.detector.restore(key, value)
            })?;
            each_row(view, WAITING, |key, value| {
                let said: Said = rows::read(value)?;
                state.waiting.put(place_in(key), said);
                Ok(())
            })?;
            self.state = Some(state);
        }
        Ok(())
    }

    fn take_in(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        self.load(view)?;
        let (Some(active), Some(state)) = (&self.active, &mut self.state) else {
            // A region whose lookout is older than its policy: nothing is looked for yet.
            return Ok(Vec::new());
        };
        let (fact, now) = (input.fact, input.log_time);
        let conclusions = match &fact.body {
            Body::Opened(_) if is_own(&fact.actor) => Vec::new(),
            Body::Opened(opened) => {
                let said = Said::of(fact.ticket, opened, &active.places, now);
                view.put(WAITING, key_of(input.sequence), write(&said)?);
                for place in state.waiting.put(input.sequence, said) {
                    view.delete(WAITING, key_of(place));
                }
                Vec::new()
            }
            Body::Classified(classified) => hear(view, state, active, input, classified),
            Body::Unfolded(_) if !is_own(&fact.actor) => {
                state.detector.unfold(fact.ticket, now);
                Vec::new()
            }
            Body::Resolved(_) | Body::Closed(_) => {
                state.detector.settle(fact.ticket, now);
                Vec::new()
            }
            _ => Vec::new(),
        };
        keep(view, &mut state.detector)?;
        let facts = conclusions.into_iter();
        Ok(facts.map(|it| said_of(it, &active.policy)).collect())
    }
}

impl Handler for Lookout {
    fn tables(&self) -> &'static [Table] {
        &[STORMS, WAITING]
    }

    fn schema(&self) -> u32 {
        SCHEMA
    }

    fn consumes(&self) -> &'static [FactKind] {
        &[
            FactKind::Opened,
            FactKind::Classified,
            FactKind::Resolved,
            FactKind::Closed,
            FactKind::Folded,
            FactKind::Unfolded,
        ]
    }

    fn produces(&self) -> &'static [FactKind] {
        &[FactKind::Opened, FactKind::Folded, FactKind::Unfolded]
    }

    fn restored(&mut self) {
        self.state = None;
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        self.active = Some(Active {
            places: Places::new(&policy.storms.places),
            policy: Arc::clone(policy),
        });
    }

    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let handled = self.take_in(view, input);
        self.show();
        if handled.is_err() {
            // What the view undoes has to be forgotten here, too.
            self.state = None;
        }
        handled
    }

    fn next_wake(&mut self, view: &View) -> Option<Timestamp> {
        // A view that cannot be read is due at once: the ring finds out, and the loop starts anew.
        match self.load(view) {
            Ok(()) => self.state.as_ref()?.detector.next_wake(),
            Err(_) => Some(Timestamp::MIN),
        }
    }

    fn ring(&mut self, view: &mut View, now: Timestamp) -> Result<Vec<Fact>, Refusal> {
        self.load(view)?;
        let policy = self
            .active
            .as_ref()
            .map(|active| Arc::clone(&active.policy));
        let (Some(policy), Some(state)) = (policy, &mut self.state) else {
            return Err(Refusal::no_policy());
        };
        let conclusions = state.detector.ring(now, loop_limits::RINGS_PER_STEP_MAX);
        keep(view, &mut state.detector)?;
        self.show();
        let facts = conclusions.into_iter();
        Ok(facts.map(|it| said_of(it, &policy)).collect())
    }
}

/// A ticket was labelled.
fn hear(
    view: &mut View,
    state: &mut State,
    active: &Active,
    input: Input<'_>,
    classified: &Classified,
) -> Vec<Conclusion> {
    let Some((place, said)) = state.waiting.take(input.fact.ticket) else {
        return Vec::new();
    };
    view.delete(WAITING, key_of(place));
    let region = input.fact.region.as_str();
    let numbers = active.policy.regions.get(region);
    let scene = Scene {
        log_time: input.log_time,
        region,
        prefix: numbers.map_or(region, |region| region.numbers.prefix.as_str()),
        parameters: &active.policy.storms,
    };
    state
        .detector
        .hear(said.labelled(input.fact, classified), scene)
}

/// The fact that says what was concluded.
fn said_of(conclusion: Conclusion, policy: &Policy) -> Fact {
    let Conclusion {
        ticket,
        region,
        cause,
        at,
        what,
    } = conclusion;
    let origin = Origin {
        role: Role::Lookout.as_str(),
        ticket,
        region: &region,
        cause,
        at,
        policy: &policy.version,
    };
    match what {
        What::Opened(incident) => {
            let rule = format!("incident {}", incident.key);
            origin.fact(&rule, 0, Body::Opened(opened(&incident)))
        }
        What::Folded(folded) => {
            let rule = folding(folded.incident);
            origin.fact(&rule, 0, Body::Folded(folded))
        }
        What::Unfolded(unfolded) => {
            let folded = unfolded.incident.map_or_else(String::new, folding);
            let cause = FactId::derive(origin.role, cause, &folded, 0);
            let origin = Origin { cause, ..origin };
            origin.fact("unfolded", 0, Body::Unfolded(unfolded))
        }
    }
}

/// The rule by which a ticket is folded into an incident: one may be folded into several, one
/// after the other.
fn folding(incident: TicketId) -> String {
    format!("folded {incident}")
}

/// What the incident says.
fn opened(incident: &Incident) -> Opened {
    let minutes = incident.window_ms / 60_000;
    let at = incident
        .place
        .as_ref()
        .filter(|_| !matches!(incident.key, Key::Place(_)));
    let at = at.map_or_else(String::new, |place| format!(" at {place}"));
    let (whole, tenths) = (
        incident.expected_thousandths / 1_000,
        incident.expected_thousandths / 100 % 10,
    );
    let product = match &incident.key {
        Key::Product(product) => product.clone(),
        Key::Category(_) | Key::Place(_) => String::new(),
    };
    Opened {
        number: incident.number.clone(),
        customer: INCIDENT_CUSTOMER.to_owned(),
        subject: format!(
            "Storm: {}{at}, {} customers in {minutes} min",
            incident.key, incident.customers
        ),
        body: format!(
            "Incident: {} customers reported failures of {}{at} within {minutes} minutes; \
             {whole}.{tenths} tickets are expected in that time. Their tickets are folded into \
             this incident and keep their own clocks.",
            incident.customers, incident.key,
        ),
        severity: Some(Severity::P1),
        region: String::new(),
        tier: String::new(),
        channel: String::new(),
        language: "en".to_owned(),
        product,
        attributes: [(INCIDENT_ATTRIBUTE.to_owned(), incident.key.to_string())]
            .into_iter()
            .collect(),
        contact: posthouse_domain::ticket::Contact::default(),
    }
}

fn is_own(actor: &Actor) -> bool {
    actor.kind == ActorKind::Service && actor.name == Role::Lookout.as_str()
}

/// Writes down what changed.
fn keep(view: &mut View, detector: &mut Detector) -> Result<(), Refusal> {
    for (key, value) in detector
        .take_changes()
        .map_err(|error| unreadable(&error))?
    {
        match value {
            Some(value) => view.put(STORMS, key, value),
            None => view.delete(STORMS, key),
        }
    }
    Ok(())
}

fn each_row(
    view: &View,
    table: Table,
    mut take: impl FnMut(&[u8], &[u8]) -> Result<(), Unreadable>,
) -> Result<(), Refusal> {
    let mut from = Vec::new();
    loop {
        let rows = view.scan(table, &from, None, SIMILAR_ROWS_PER_SCAN)?;
        let is_last = rows.len() < SIMILAR_ROWS_PER_SCAN;
        for (key, value) in rows {
            take(&key, &value).map_err(|error| unreadable(&error))?;
            from = [key.as_slice(), &[0]].concat();
        }
        if is_last {
            return Ok(());
        }
    }
}

fn write(said: &Said) -> Result<Vec<u8>, Refusal> {
    rows::write(said).map_err(|error| unreadable(&error))
}

fn unreadable(error: &Unreadable) -> Refusal {
    Refusal::new(Refusal::VIEW, error.to_string())
}

fn key_of(place: u64) -> Vec<u8> {
    place.to_be_bytes().to_vec()
}

fn place_in(key: &[u8]) -> u64 {
    key.try_into().map_or(0, u64::from_be_bytes)
}
