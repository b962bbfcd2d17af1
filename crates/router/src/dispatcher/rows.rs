//! The rows of the dispatcher's view: a ticket from its first queue to some time after its end,
//! and an agent since their first sign of life.

use posthouse_domain::dispatch::{AgentState, Due, Turns};
use posthouse_domain::route;
use posthouse_domain::sla::Target;
use posthouse_domain::ticket::{Routed, TargetDue, Ticket};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_runtime::{Refusal, View};
use posthouse_store::Table;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Tickets that are not resolved, by identity.
pub(super) const TICKET: Table = Table::new("ticket");
/// Tickets that are resolved or closed, by identity, for as long as they are remembered.
pub(super) const ENDED: Table = Table::new("ended");
/// Agents, by key.
pub(super) const AGENT: Table = Table::new("agent");
/// Whose turn it is in each pool of agents, by the key of its first agent.
pub(super) const TURNS: Table = Table::new("turns");
/// The log time of the last step; one row.
pub(super) const CLOCK: Table = Table::new("clock");
const CLOCK_KEY: &[u8] = b"now";

/// A ticket, as dispatch sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    /// The fold of its facts.
    pub(super) ticket: Ticket,
    /// The region of its log.
    pub(super) region: String,
    /// Since when it waits for an agent, in this cycle; kept over offers that come to nothing.
    pub(super) entered: Option<Timestamp>,
    /// The fact that made it wait, from which the next offer follows. `None` while it is not to
    /// be offered: before a queue is found for it, and once an offer followed.
    pub(super) cause: Option<FactId>,
    /// The offer that was decided and has not come back through the stream.
    pub(super) offering: Option<Offering>,
    /// The fact by which whoever has it was given it.
    pub(super) given_by: Option<FactId>,
    /// Whose capacity it takes.
    pub(super) taken_by: Option<String>,
    /// When its offer lapses, as the index of wake-ups has it.
    pub(super) lapses_at: Option<Timestamp>,
    /// When it is forgotten, as the index of wake-ups has it.
    pub(super) forgotten_at: Option<Timestamp>,
    /// Who did not take it, and when they said so; the newest last.
    pub(super) refusals: Vec<(String, Timestamp)>,
    /// How well an agent has to know the skill, in thousandths, by the steps of its overflow.
    pub(super) proficiency_min: u16,
    /// Where its data may be seen, as it was routed; empty for anywhere.
    pub(super) residency: String,
    /// When the first answer is due.
    response: Option<Promised>,
    /// When the resolution is due.
    resolution: Option<Promised>,
}

/// An offer on its way into the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Offering {
    /// Its identity.
    pub(super) id: FactId,
    /// To whom.
    pub(super) agent: String,
    /// When it lapses.
    pub(super) until: Timestamp,
    /// Its round.
    pub(super) round: u32,
}

/// A promise that runs: [`Due`] as it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Promised {
    due_at: Timestamp,
    target_ms: i64,
}

/// An agent who is or was at work, or whom people gave a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AgentRow {
    /// The region of the log.
    pub(super) region: String,
    /// The last fact that they caused since they were first at work; `None` for one whom people
    /// gave a ticket by hand.
    pub(super) seen_by: Option<FactId>,
    /// When they are taken for gone, as the index of wake-ups has it.
    pub(super) silent_at: Option<Timestamp>,
    /// What they are doing, as the index has it.
    pub(super) doing: AgentState,
}

impl Row {
    pub(super) fn new(ticket: Ticket, region: &str) -> Self {
        Self {
            ticket,
            region: region.to_owned(),
            entered: None,
            cause: None,
            offering: None,
            given_by: None,
            taken_by: None,
            lapses_at: None,
            forgotten_at: None,
            refusals: Vec::new(),
            proficiency_min: 0,
            residency: String::new(),
            response: None,
            resolution: None,
        }
    }

    pub(super) fn response(&self) -> Option<Due> {
        self.response.map(Promised::due)
    }

    pub(super) fn resolution(&self) -> Option<Due> {
        self.resolution.map(Promised::due)
    }

    /// Takes what its routing asks of whoever takes it.
    pub(super) fn demand(&mut self, routed: &Routed, rules: &route::Rules) {
        self.proficiency_min = rules.demand_of(routed).proficiency_min;
        rules
            .residency(&routed.features)
            .clone_into(&mut self.residency);
    }

    /// Takes the deadlines that were set for the cycle that runs.
    pub(super) fn promise(&mut self, targets: &[TargetDue]) {
        let reopens = self.ticket.features.reopens;
        for target in targets.iter().filter(|it| it.cycle == reopens) {
            match target.target {
                Target::FirstResponse => self.response = Some(Promised::of(target)),
                Target::Resolution => self.resolution = Some(Promised::of(target)),
                // They begin once somebody has the ticket.
                Target::NextResponse | Target::Update => {}
            }
        }
    }

    /// A cycle begins anew: nothing of the last one is promised or refused any more.
    pub(super) fn begin_anew(&mut self) {
        (self.entered, self.cause) = (None, None);
        (self.response, self.resolution) = (None, None);
        self.refusals.clear();
    }
}

impl Promised {
    /// Business days have no length of their own; the time to the deadline stands for it.
    fn of(target: &TargetDue) -> Self {
        let wall_ms = target.due_at.millis_since(target.started_at);
        Self {
            due_at: target.due_at,
            target_ms: target.promise.working_ms().unwrap_or(wall_ms),
        }
    }

    const fn due(self) -> Due {
        Due {
            due_at: self.due_at,
            target_ms: self.target_ms,
        }
    }
}

/// The row of a ticket, ended or not.
pub(super) fn ticket(view: &View, id: TicketId) -> Result<Option<Row>, Refusal> {
    let key = id.0.as_bytes();
    match view.get(TICKET, key)? {
        Some(bytes) => read(&bytes).map(Some),
        None => view.get(ENDED, key)?.map(|bytes| read(&bytes)).transpose(),
    }
}

/// Writes a ticket down where it belongs by its state.
pub(super) fn put_ticket(view: &mut View, row: &Row) -> Result<(), Refusal> {
    let key = row.ticket.id.0.as_bytes();
    let (table, other) = match row.ticket.state().is_open() {
        true => (TICKET, ENDED),
        false => (ENDED, TICKET),
    };
    if view.get(other, key)?.is_some() {
        view.delete(other, key.to_vec());
    }
    view.put(table, key.to_vec(), write(row)?);
    Ok(())
}

/// The row of an agent.
pub(super) fn agent(view: &View, key: &str) -> Result<Option<AgentRow>, Refusal> {
    let bytes = view.get(AGENT, key.as_bytes())?;
    bytes.map(|bytes| read(&bytes)).transpose()
}

/// Writes an agent down.
pub(super) fn put_agent(view: &mut View, key: &str, row: &AgentRow) -> Result<(), Refusal> {
    view.put(AGENT, key.as_bytes().to_vec(), write(row)?);
    Ok(())
}

/// Writes down whose turn it is in a pool.
pub(super) fn put_turns(view: &mut View, turns: &Turns) -> Result<(), Refusal> {
    view.put(TURNS, turns.pool.as_bytes().to_vec(), write(turns)?);
    Ok(())
}

/// The log time of the last step.
pub(super) fn clock(view: &View) -> Result<Timestamp, Refusal> {
    let bytes = view.get(CLOCK, CLOCK_KEY)?;
    bytes.map_or(Ok(Timestamp::MIN), |bytes| read(&bytes))
}

/// A step was done at this log time.
pub(super) fn put_clock(view: &mut View, now: Timestamp) -> Result<(), Refusal> {
    view.put(CLOCK, CLOCK_KEY.to_vec(), write(&now)?);
    Ok(())
}

pub(super) fn write(value: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    postcard::to_stdvec(value).map_err(|error| unusable(&error))
}

pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    postcard::from_bytes(bytes).map_err(|error| unusable(&error))
}

/// Calls `take` with every row of a table, in the order of their keys.
pub(super) fn each(
    view: &View,
    table: Table,
    mut take: impl FnMut(&[u8], &[u8]) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let mut from = Vec::new();
    loop {
        let rows = view.scan(table, &from, None, crate::limits::ROWS_PER_SCAN)?;
        let is_last = rows.len() < crate::limits::ROWS_PER_SCAN;
        for (key, value) in rows {
            take(&key, &value)?;
            from = [key.as_slice(), &[0]].concat();
        }
        if is_last {
            return Ok(());
        }
    }
}

fn unusable(error: &postcard::Error) -> Refusal {
    Refusal {
        code: Refusal::VIEW,
        reason: format!("use a row of the dispatcher: {error}"),
    }
}
