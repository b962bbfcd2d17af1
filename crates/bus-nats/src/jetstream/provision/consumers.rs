//! The durable consumers of owners and intakes.

use async_nats::jetstream::consumer::{
    AckPolicy, Config, DeliverPolicy, Info, PriorityPolicy, ReplayPolicy,
};
use posthouse_bus::topology::{Change, InboxSpec, OwnedSpec};
use posthouse_bus::{Error, limits};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::connection::Connection;
use super::super::settings;

/// Makes the consumer of a partition.
pub(super) async fn owned(
    connection: &Connection,
    spec: &OwnedSpec,
) -> Result<Option<Change>, Error> {
    let overlay = |config: Config| {
        let description = format!("Posthouse: {} of partition {}", spec.role, spec.partition);
        Config {
            description: Some(description),
            ack_policy: AckPolicy::All,
            filter_subject: String::new(),
            filter_subjects: spec.filters.clone(),
            max_ack_pending: i64::from(limits::ACK_PENDING_MAX),
            priority_policy: PriorityPolicy::PinnedClient,
            priority_groups: vec![settings::OWNER_GROUP.to_owned()],
            priority_timeout: limits::OWNER_SILENCE_MAX,
            ..durable(config, &spec.consumer)
        }
    };
    make(connection, &spec.stream, &spec.consumer, overlay).await
}

/// Makes the consumer of an inbox.
pub(super) async fn inbox(
    connection: &Connection,
    spec: &InboxSpec,
) -> Result<Option<Change>, Error> {
    let overlay = |config: Config| Config {
        description: Some("Posthouse: intakes".to_owned()),
        ack_policy: AckPolicy::Explicit,
        ..durable(config, &spec.consumer)
    };
    make(connection, &spec.stream, &spec.consumer, overlay).await
}

/// What both have in common.
fn durable(config: Config, name: &str) -> Config {
    Config {
        durable_name: Some(name.to_owned()),
        name: Some(name.to_owned()),
        deliver_policy: DeliverPolicy::All,
        replay_policy: ReplayPolicy::Instant,
        ack_wait: limits::ACK_WAIT,
        // For ever: whoever handles messages decides what is poison.
        max_deliver: -1,
        ..config
    }
}

/// A request for a consumer, on the wire.
#[derive(Serialize)]
struct CreateConsumer<'a> {
    stream_name: &'a str,
    config: &'a Config,
    /// Empty: create or update.
    action: &'static str,
}

async fn make(
    connection: &Connection,
    stream: &str,
    consumer: &str,
    overlay: impl Fn(Config) -> Config,
) -> Result<Option<Change>, Error> {
    let what = format!("consumer {consumer} of stream {stream}");
    let name = format!("{stream}/{consumer}");
    let operation = format!("CONSUMER.INFO.{stream}.{consumer}");
    let found: Result<Info, Error> = connection.api(&operation, &json!({}), &what).await;
    let (wanted, change) = match found {
        Ok(info) => {
            let wanted = overlay(info.config.clone());
            if meant_the_same(&wanted, &info.config) {
                return Ok(None);
            }
            (wanted, Change::Updated(name))
        }
        Err(Error::NotFound(_)) => (overlay(Config::default()), Change::Created(name)),
        Err(error) => return Err(error),
    };
    let request = CreateConsumer {
        stream_name: stream,
        config: &wanted,
        action: "",
    };
    let operation = format!("CONSUMER.CREATE.{stream}.{consumer}");
    let _: Value = connection.api(&operation, &request, &what).await?;
    Ok(Some(change))
}

/// The server writes a single filter its own way.
fn meant_the_same(one: &Config, other: &Config) -> bool {
    let filters = |config: &Config| {
        let mut filters = config.filter_subjects.clone();
        if !config.filter_subject.is_empty() {
            filters.push(config.filter_subject.clone());
        }
        filters
    };
    let rest = |config: &Config| Config {
        filter_subject: String::new(),
        filter_subjects: Vec::new(),
        ..config.clone()
    };
    filters(one) == filters(other) && rest(one) == rest(other)
}
