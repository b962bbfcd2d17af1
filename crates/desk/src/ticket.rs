//! A ticket as people and programs see it: its properties, its promises, its facts.
//!
//! The names of all fields are part of the contract with scripts: they are added to, never
//! changed.

use posthouse_domain::ticket::{Attributes, Body, Contact, Fact, Sentiment, Severity};
use posthouse_domain::{TicketId, Timestamp};
use posthouse_runtime::trace::SpanContext;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::agents::OfferView;
use crate::error::{Doing, Error};
use crate::folded::Folded;
use crate::limits;
use crate::number::order_key;
use crate::place::Place;
use crate::readable;
use crate::trace;

/// A ticket on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TicketSummary {
    /// Its identity.
    pub ticket_id: String,
    /// The number people see.
    pub number: String,
    /// Where it stands.
    pub state: &'static str,
    /// The engineers' step, while they have it: `developing`, `testing`, `verifying`.
    pub step: Option<&'static str>,
    /// How bad it is; null while not known.
    pub severity: Option<&'static str>,
    /// Its category; empty while not known.
    pub category: String,
    /// Its kind; empty while not known.
    pub kind: String,
    /// The language of its text, BCP 47; empty while not known.
    pub language: String,
    /// How the customer sounds: `neg`, `neutral`, `pos`; null while not known.
    pub sentiment: Option<&'static str>,
    /// Its queue; empty while it has none.
    pub queue: String,
    /// The customer's region.
    pub region: String,
    /// The customer.
    pub customer: String,
    /// The customer's tier; empty when not known.
    pub tier: String,
    /// One line.
    pub subject: String,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// When a fact last counted.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
    /// Its nearest deadline; null when no clock runs.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
}

/// A ticket with its whole history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TicketView {
    /// What the list shows too.
    #[serde(flatten)]
    pub summary: TicketSummary,
    /// The whole text it was opened with.
    pub body: String,
    /// The way it came; empty when not known.
    pub channel: String,
    /// The product concerned; empty when not known.
    pub product: String,
    /// Tags of the taxonomy.
    pub tags: Vec<String>,
    /// Free properties that the sender attached.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub attributes: Attributes,
    /// How the person who wrote can be reached.
    pub contact: ContactView,
    /// The person who has it.
    pub assignee: Option<String>,
    /// The last person who had it and has it no longer.
    pub last_agent: Option<String>,
    /// The agent to whom it was transferred, while it waits for them.
    pub meant_for: Option<String>,
    /// The offer that stands.
    pub offer: Option<OfferView>,
    /// How many times it was offered.
    pub rounds: u32,
    /// How often it was reopened.
    pub reopens: u32,
    /// What speaks of urgency or risk: keys of the taxonomy.
    pub signals: Vec<String>,
    /// Whether the classifier was not sure enough of the category to decide.
    pub abstained: bool,
    /// The incident that it is folded into; empty for none.
    pub incident: String,
    /// When somebody first answered, in this cycle.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Timestamp>,
    /// When it was last resolved.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resolved_at: Option<Timestamp>,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
    /// What was promised, and what became of it, in this cycle.
    pub targets: Vec<TargetView>,
    /// Everything that happened, in the order of the log, void facts included.
    pub facts: Vec<FactView>,
}

/// How the person who wrote can be reached; what is not known is empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContactView {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their telephone number.
    pub phone: String,
}

/// One promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TargetView {
    /// `first_response` or `resolution`.
    pub target: &'static str,
    /// The deadline, as the log last named it: it moves when a clock stands still.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// `running`, `warned`, `met` or `breached`, by what the log says.
    pub status: &'static str,
    /// The calendar that counts.
    pub calendar: String,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FactView {
    /// What happened.
    pub kind: &'static str,
    /// When, by the clock of whoever caused it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// When the log stored it.
    #[schema(value_type = String, format = DateTime)]
    pub log_time: Timestamp,
    /// Who caused it, such as `customer:c-42`.
    pub actor: String,
    /// The version of the policy that decided; empty where none took part.
    pub policy: String,
    /// Why it changed nothing, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
    /// Its identity.
    pub id: String,
    /// The fact it follows from, if any.
    pub cause: Option<String>,
    /// Its sequence in the stream.
    pub sequence: u64,
    /// What it says, by field.
    pub data: Value,
}

impl TicketSummary {
    pub(crate) fn of(folded: &Folded, subject: String) -> Self {
        let ticket = &folded.ticket;
        let features = ticket.features.clone();
        Self {
            ticket_id: ticket.id.to_string(),
            number: features.number,
            state: features.state.as_str(),
            step: ticket.engineering.map(|step| step.as_str()),
            severity: features.severity.map(Severity::as_str),
            category: features.category,
            kind: features.kind,
            language: features.language,
            sentiment: features.sentiment.map(Sentiment::as_str),
            queue: features.queue,
            region: features.region,
            customer: features.customer,
            tier: features.tier,
            subject,
            opened_at: features.opened_at,
            changed_at: ticket.changed_at,
            due_at: folded.due_at(),
        }
    }
}

/// A fact as the database keeps it.
pub(crate) struct KeptFact {
    pub(crate) place: Place,
    pub(crate) log_time: Timestamp,
    pub(crate) void: Option<String>,
    /// The context it came with.
    pub(crate) trace: Option<SpanContext>,
    pub(crate) fact: Fact,
}

/// The ticket with this identity or number, with its facts. Of several with one number, which
/// only a fault of numbering can bring about, the first.
///
/// # Errors
///
/// Those of the database.
pub(crate) fn show(connection: &Connection, name: &str) -> Result<Option<TicketView>, Error> {
    let Some((folded, subject)) = find(connection, name)? else {
        return Ok(None);
    };
    let facts = facts(connection, folded.ticket.id)?;
    Ok(Some(view(&folded, subject, &facts)))
}

/// The fold and the subject of a ticket.
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Option<(Folded, String)>, Error> {
    let columns = "SELECT folded, subject FROM ticket";
    let found: Option<(Vec<u8>, String)> = if let Ok(id) = name.parse::<TicketId>() {
        connection
            .prepare_cached(&format!("{columns} WHERE id = ?1"))
            .and_then(|mut select| {
                select
                    .query_row([id.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .doing("find a ticket")?
    } else {
        let by_number = "WHERE number_order = ?1 AND number = ?2 ORDER BY place LIMIT 1";
        connection
            .prepare_cached(&format!("{columns} {by_number}"))
            .and_then(|mut select| {
                select
                    .query_row((order_key(name), name), |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })
                    .optional()
            })
            .doing("find a ticket")?
    };
    let Some((bytes, subject)) = found else {
        return Ok(None);
    };
    let folded = postcard::from_bytes(&bytes).doing("read the row of a ticket")?;
    Ok(Some((folded, subject)))
}

/// The facts of a ticket in the order of the log, at most [`limits::FACTS_SHOWN_MAX`].
pub(crate) fn facts(connection: &Connection, ticket: TicketId) -> Result<Vec<KeptFact>, Error> {
    let sql = format!(
        "SELECT place, log_time, void, payload, trace FROM fact WHERE ticket = ?1 ORDER BY place LIMIT {}",
        limits::FACTS_SHOWN_MAX
    );
    let mut select = connection.prepare_cached(&sql).doing(READ_FACTS)?;
    let mut rows = select.query([ticket.0.as_bytes()]).doing(READ_FACTS)?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next().doing(READ_FACTS)? {
        facts.push(kept_fact(row)?);
    }
    Ok(facts)
}

const READ_FACTS: &str = "read the facts of a ticket";

fn kept_fact(row: &Row<'_>) -> Result<KeptFact, Error> {
    let payload = row
        .get_ref(3)
        .and_then(|value| Ok(value.as_blob()?))
        .doing(READ_FACTS)?;
    let fact = posthouse_wire::decode(payload)
        .map_err(|error| Error::Damaged(format!("a fact that was kept: {error}")))?;
    let trace: Option<Vec<u8>> = row.get(4).doing(READ_FACTS)?;
    Ok(KeptFact {
        place: Place(row.get(0).doing(READ_FACTS)?),
        log_time: Timestamp::from_millis(row.get(1).doing(READ_FACTS)?),
        void: row.get(2).doing(READ_FACTS)?,
        trace: trace.as_deref().and_then(trace::unpack),
        fact,
    })
}

fn view(folded: &Folded, subject: String, facts: &[KeptFact]) -> TicketView {
    let ticket = &folded.ticket;
    let opened = facts
        .iter()
        .find_map(|kept| match (&kept.fact.body, &kept.void) {
            (Body::Opened(opened), None) => Some(opened),
            _ => None,
        });
    let contact = opened
        .map(|opened| opened.contact.clone())
        .unwrap_or_default();
    TicketView {
        summary: TicketSummary::of(folded, subject),
        body: opened.map(|opened| opened.body.clone()).unwrap_or_default(),
        channel: ticket.features.channel.clone(),
        product: ticket.features.product.clone(),
        tags: ticket.features.tags.clone(),
        attributes: ticket.features.attributes.clone(),
        contact: contact.into(),
        assignee: ticket.assignee.clone(),
        last_agent: ticket.last_agent.clone(),
        meant_for: ticket.meant_for.clone(),
        offer: ticket
            .offer
            .as_ref()
            .map(|offer| OfferView::of(offer, ticket.rounds)),
        rounds: ticket.rounds,
        reopens: ticket.features.reopens,
        signals: ticket.features.signals.clone(),
        abstained: ticket.features.abstained,
        incident: ticket.features.incident.clone(),
        answered_at: ticket.answered_at,
        resolved_at: ticket.resolved_at,
        closed_at: ticket.closed_at,
        targets: targets(folded),
        facts: facts.iter().map(FactView::of).collect(),
    }
}

fn targets(folded: &Folded) -> Vec<TargetView> {
    let promises = folded.promises.iter();
    promises
        .map(|promise| TargetView {
            target: promise.target.as_str(),
            due_at: promise.due_at,
            status: folded.status(promise).as_str(),
            calendar: promise.calendar.clone(),
        })
        .collect()
}

impl FactView {
    fn of(kept: &KeptFact) -> Self {
        let fact = &kept.fact;
        Self {
            kind: fact.body.kind().as_str(),
            at: fact.at,
            log_time: kept.log_time,
            actor: fact.actor.to_string(),
            policy: fact.policy.0.clone(),
            void: kept.void.clone(),
            id: fact.id.to_string(),
            cause: fact.cause.map(|cause| cause.to_string()),
            sequence: kept.place.sequence(),
            data: readable::body(&fact.body),
        }
    }
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        Self {
            name: contact.name,
            email: contact.email,
            phone: contact.phone,
        }
    }
}
