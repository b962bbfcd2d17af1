//! What an operator wants to know of a region's servers: read only, asked rarely.

use async_nats::jetstream::account::Account;
use async_nats::jetstream::consumer::Info as ConsumerInfo;
use async_nats::jetstream::stream::{Info as StreamInfo, PersistenceMode};
use posthouse_bus::topology::Topology;
use posthouse_bus::{Error, Role};
use posthouse_domain::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::connection::Connection;

/// What the servers say of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The version of the server we are connected to.
    pub server_version: String,
    /// What JetStream uses of its disk, in bytes.
    pub storage_bytes: u64,
    /// What JetStream may use, in bytes; `None` where nobody set a limit.
    pub storage_bytes_max: Option<u64>,
    /// The region's streams, in the order of the topology.
    pub streams: Vec<StreamReport>,
    /// The durable consumers of owners of partitions, and of the inbox.
    pub consumers: Vec<ConsumerReport>,
}

/// A stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamReport {
    /// Its name.
    pub name: String,
    /// What is there; `None` when the stream is not.
    pub found: Option<StreamState>,
}

/// A stream that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamState {
    /// Messages in it.
    pub messages: u64,
    /// What they weigh, in bytes.
    pub bytes: u64,
    /// Copies it is meant to have.
    pub replicas: usize,
    /// Copies that are there and up to date, the leader's among them.
    pub replicas_current: usize,
    /// Receipts are given before the message is stored.
    pub is_async: bool,
    /// What the clock of the server showed when it answered.
    pub server_time: Option<Timestamp>,
}

/// A durable consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerReport {
    /// Its name: the role and the partition.
    pub name: String,
    /// The stream it reads.
    pub stream: String,
    /// Messages it has yet to deliver.
    pub pending: u64,
    /// Messages it delivered and that are not acknowledged.
    pub unacknowledged: usize,
    /// Whether somebody asks it for messages.
    pub is_read: bool,
}

/// A stream's answer with the time of the server, which the client library leaves out.
#[derive(Debug, Deserialize)]
struct Timed {
    #[serde(flatten)]
    info: StreamInfo,
    ts: Option<Timestamp>,
}

/// Inspects a region.
pub(super) async fn inspect(
    connection: &Connection,
    topology: &Topology,
) -> Result<Inspection, Error> {
    let account: Account = connection.api("INFO", &json!({}), "the account").await?;
    let mut streams = Vec::new();
    let mut consumers = Vec::new();
    for spec in topology.streams() {
        let report = stream(connection, &spec.name).await?;
        if report.found.is_some() {
            consumers.extend(consumers_of(connection, topology, &spec.name).await?);
        }
        streams.push(report);
    }
    Ok(Inspection {
        server_version: connection.client.server_info().version,
        storage_bytes: account.storage,
        storage_bytes_max: account
            .limits
            .max_storage
            .and_then(|max| u64::try_from(max).ok()),
        streams,
        consumers,
    })
}

async fn stream(connection: &Connection, name: &str) -> Result<StreamReport, Error> {
    let operation = format!("STREAM.INFO.{name}");
    let answer = connection
        .api(&operation, &json!({}), &format!("stream {name}"))
        .await;
    let found = match answer {
        Ok(timed) => Some(state(timed)),
        Err(Error::NotFound(_)) => None,
        Err(error) => return Err(error),
    };
    Ok(StreamReport {
        name: name.to_owned(),
        found,
    })
}

fn state(Timed { info, ts }: Timed) -> StreamState {
    let followers = info.cluster.iter().flat_map(|cluster| &cluster.replicas);
    StreamState {
        messages: info.state.messages,
        bytes: info.state.bytes,
        replicas: info.config.num_replicas,
        replicas_current: 1 + followers
            .filter(|peer| peer.current && !peer.offline)
            .count(),
        is_async: info.config.persist_mode == Some(PersistenceMode::Async),
        server_time: ts,
    }
}

async fn consumers_of(
    connection: &Connection,
    topology: &Topology,
    stream: &str,
) -> Result<Vec<ConsumerReport>, Error> {
    let mut reports = Vec::new();
    for name in durable(topology, stream) {
        let operation = format!("CONSUMER.INFO.{stream}.{name}");
        let what = format!("consumer {name} of stream {stream}");
        let info: ConsumerInfo = match connection.api(&operation, &json!({}), &what).await {
            Ok(info) => info,
            Err(Error::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        let pinned = info
            .priority_groups
            .iter()
            .any(|group| group.pinned_client_id.is_some());
        reports.push(ConsumerReport {
            name,
            stream: stream.to_owned(),
            pending: info.num_pending,
            unacknowledged: info.num_ack_pending,
            is_read: pinned || info.num_waiting > 0,
        });
    }
    Ok(reports)
}

/// The durable consumers that a stream of the topology has.
fn durable(topology: &Topology, stream: &str) -> Vec<String> {
    let size = &topology.size;
    if stream == topology.inbox_stream() {
        return vec![topology.inbox().consumer];
    }
    let copies = topology
        .copies_owned()
        .filter(|owned| owned.stream == stream);
    let copies: Vec<String> = copies.map(|owned| owned.consumer).collect();
    if !copies.is_empty() {
        return copies;
    }
    let here = (0..size.partitions).filter(|partition| topology.log_stream(*partition) == stream);
    let names = |partition| Role::OWNERS.map(|role| topology.owned(role, partition, &[]).consumer);
    here.flat_map(names).collect()
}
