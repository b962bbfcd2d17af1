//! Every name that a span or an attribute of ours can have: the one table.
//!
//! # Source
//!
//! OpenTelemetry semantic conventions 1.44.0 ([`SCHEMA_URL`]): messaging spans (status:
//! development), HTTP spans (stable), error attributes (stable). They have no page for NATS;
//! `nats` as the value of [`MESSAGING_SYSTEM`] is a custom value, as they permit.
//! Names that begin with `posthouse.` or `ticket.` are ours.

use posthouse_domain::ticket::FactKind;

/// Whether spans about facts of this kind name their ticket: what agents say of themselves, and
/// silences, stand under an identity that is no ticket's.
#[must_use]
pub const fn is_of_ticket(kind: FactKind) -> bool {
    kind.is_about_ticket() && !kind.is_for_all_couriers()
}

/// What the names below mean.
pub const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.44.0";

/// The value of [`MESSAGING_SYSTEM`].
pub const NATS: &str = "nats";

/// Operations of messages: the first word of a span's name, and its attribute.
pub mod operation {
    /// A message was made; the context that others link to.
    pub const CREATE: &str = "create";
    /// A message was handed to the bus, until the bus has stored it.
    pub const SEND: &str = "send";
    /// Messages were taken from the bus.
    pub const RECEIVE: &str = "receive";
    /// A message was decided on.
    pub const PROCESS: &str = "process";
    /// Messages were acknowledged.
    pub const SETTLE: &str = "settle";
    /// What messages changed was stored. No operation of the bus, so it is in the name alone.
    pub const STORE: &str = "store";
}

/// The subject of dead letters, without what tells many apart.
pub const DEAD_LETTER_TEMPLATE: &str = "ph.{region}.{partition}.dlq.{role}";
/// The subject of the inbox, without what tells many apart.
pub const INBOX_TEMPLATE: &str = "ph.{region}.inbox.{source}";
/// A timer rang; followed by the role.
pub const RING: &str = "ring";
/// Something is done outside the system; followed by the role.
pub const ERRAND: &str = "errand";
/// The first span of a ticket, which anybody can link to.
pub const CREATE_TICKET: &str = "create ticket";

/// Which messaging system.
pub const MESSAGING_SYSTEM: &str = "messaging.system";
/// What was done, in our words.
pub const MESSAGING_OPERATION_NAME: &str = "messaging.operation.name";
/// What was done, in those of the conventions.
pub const MESSAGING_OPERATION_TYPE: &str = "messaging.operation.type";
/// The subject.
pub const MESSAGING_DESTINATION: &str = "messaging.destination.name";
/// The subject without what distinguishes many: `ph.{region}.{partition}.opened`.
pub const MESSAGING_DESTINATION_TEMPLATE: &str = "messaging.destination.template";
/// The durable consumer.
pub const MESSAGING_CONSUMER_GROUP: &str = "messaging.consumer.group.name";
/// How many messages a batch has.
pub const MESSAGING_BATCH_COUNT: &str = "messaging.batch.message_count";
/// The identity of the message: that of the fact it carries.
pub const MESSAGING_MESSAGE_ID: &str = "messaging.message.id";
/// The size of what the message says, in bytes.
pub const MESSAGING_BODY_SIZE: &str = "messaging.message.body.size";
/// What went wrong: a stable code.
pub const ERROR_TYPE: &str = "error.type";

/// The method of a request.
pub const HTTP_METHOD: &str = "http.request.method";
/// The route of a request: a template, without identities.
pub const HTTP_ROUTE: &str = "http.route";
/// The status of an answer.
pub const HTTP_STATUS: &str = "http.response.status_code";
/// `http` or `https`.
pub const URL_SCHEME: &str = "url.scheme";
/// The host that was asked.
pub const SERVER_ADDRESS: &str = "server.address";

/// The ticket. On spans only, never a label of a metric.
pub const TICKET_ID: &str = "ticket.id";
/// The region.
pub const REGION: &str = "posthouse.region";
/// The partition of the region.
pub const PARTITION: &str = "posthouse.partition";
/// The role that did it.
pub const ROLE: &str = "posthouse.role";
/// The kind of fact.
pub const FACT_KIND: &str = "posthouse.fact.kind";
/// The place in the stream.
pub const SEQUENCE: &str = "posthouse.sequence";
/// The policy that was in force, its first twelve digits.
pub const POLICY: &str = "posthouse.policy.version";
/// What was decided: the kinds of fact concluded, `nothing`, `void` or `refused`.
pub const DECISION: &str = "posthouse.decision";
/// Why, as a stable word.
pub const REASON: &str = "posthouse.decision.reason";
/// The rule that decided.
pub const RULE: &str = "posthouse.decision.rule";
/// How many rows were stored.
pub const STORE_ROWS: &str = "posthouse.store.rows";
/// When a timer was due, in UTC.
pub const DUE: &str = "posthouse.due";
/// Which attempt it is, from 1.
pub const ATTEMPT: &str = "posthouse.attempt";
/// The way somebody is told: `webhook`, `email`.
pub const CHANNEL: &str = "posthouse.channel";
/// The log held the message already, under the same identity.
pub const DUPLICATE: &str = "posthouse.duplicate";
/// It waited on disk while the log was away.
pub const OUTBOX: &str = "posthouse.outbox";
/// It was done before, by this owner or another, and is done again after a takeover.
pub const REPLAYED: &str = "posthouse.replayed";
/// The sequence of the dead letter that a redriven message was.
pub const REDRIVEN: &str = "posthouse.redriven";
