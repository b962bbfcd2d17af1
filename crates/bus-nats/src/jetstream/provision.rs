//! Making what a topology asks for.
//!
//! What is there is read first and overlaid with what is wanted: settings that the topology does
//! not speak about, an operator's placement for one, stay as they are.

mod consumers;

use std::sync::Arc;

use async_nats::jetstream::stream::{
    Config, DiscardPolicy, Info, RetentionPolicy, Source, StorageType, SubjectTransform,
};
use async_nats::jetstream::{kv, object_store};
use posthouse_bus::Error;
use posthouse_bus::topology::{Change, SourceSpec, StreamSpec, Topology};
use serde_json::Value;

use super::connection::Connection;
use super::fetch;

/// JetStream's code for a stream that somebody else has just made otherwise.
const NAME_IN_USE: u64 = 10_058;

/// Creates what is not there, upgrades what differs.
pub(super) async fn provision(
    connection: &Arc<Connection>,
    topology: &Topology,
) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for spec in topology.streams() {
        changes.extend(stream(connection, &spec).await?);
    }
    for spec in &topology.consumers {
        changes.extend(consumers::owned(connection, spec).await?);
    }
    changes.extend(consumers::inbox(connection, &topology.inbox()).await?);
    let replicas = usize::from(topology.size.replicas);
    for name in topology.buckets() {
        changes.extend(bucket(connection, name, replicas).await?);
    }
    for name in topology.object_stores() {
        changes.extend(object_store(connection, name, replicas).await?);
    }
    Ok(changes)
}

async fn stream(connection: &Connection, spec: &StreamSpec) -> Result<Option<Change>, Error> {
    let what = format!("stream {}", spec.name);
    let created = match fetch::stream_info(connection, &spec.name).await {
        Ok(info) => return update(connection, spec, info, &what).await,
        Err(Error::NotFound(_)) => {
            let config = overlaid(Config::default(), spec)?;
            let operation = format!("STREAM.CREATE.{}", spec.name);
            connection.api::<Value>(&operation, &config, &what).await
        }
        Err(error) => return Err(error),
    };
    match created {
        Ok(_) => Ok(Some(Change::Created(spec.name.clone()))),
        Err(Error::Refused {
            code: NAME_IN_USE, ..
        }) => {
            let info = fetch::stream_info(connection, &spec.name).await?;
            update(connection, spec, info, &what).await
        }
        Err(error) => Err(error),
    }
}

async fn update(
    connection: &Connection,
    spec: &StreamSpec,
    info: Info,
    what: &str,
) -> Result<Option<Change>, Error> {
    let wanted = overlaid(info.config.clone(), spec)?;
    if wanted == info.config {
        return Ok(None);
    }
    let operation = format!("STREAM.UPDATE.{}", spec.name);
    let _: Value = connection.api(&operation, &wanted, what).await?;
    Ok(Some(Change::Updated(spec.name.clone())))
}

/// `config` with everything that `spec` speaks about.
fn overlaid(config: Config, spec: &StreamSpec) -> Result<Config, Error> {
    let message_bytes_max = i32::try_from(spec.message_bytes_max).map_err(|_| Error::Refused {
        doing: format!("provision stream {}", spec.name),
        code: 0,
        why: format!("messages of {} bytes are too large", spec.message_bytes_max),
    })?;
    Ok(Config {
        name: spec.name.clone(),
        description: Some(spec.description.clone()),
        subjects: spec.subjects.clone(),
        sources: sources(config.sources.as_deref(), &spec.sources),
        num_replicas: usize::from(spec.replicas),
        max_age: spec.age_max,
        max_message_size: message_bytes_max,
        duplicate_window: spec.duplicate_window,
        allow_message_ttl: spec.allows_ttl,
        allow_direct: true,
        storage: StorageType::File,
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::Old,
        ..config
    })
}

/// The sources as the server would have them: those that are there and are meant the same stay
/// as they are written.
fn sources(there: Option<&[Source]>, wanted: &[SourceSpec]) -> Option<Vec<Source>> {
    if wanted.is_empty() {
        return None;
    }
    let source = |spec: &SourceSpec| {
        let found = there
            .unwrap_or_default()
            .iter()
            .find(|it| it.name == spec.stream);
        Source {
            name: spec.stream.clone(),
            subject_transforms: spec
                .transforms
                .iter()
                .map(|(source, destination)| SubjectTransform {
                    source: source.clone(),
                    destination: destination.clone(),
                })
                .collect(),
            ..found.cloned().unwrap_or_default()
        }
    };
    Some(wanted.iter().map(source).collect())
}

async fn bucket(
    connection: &Connection,
    name: String,
    replicas: usize,
) -> Result<Option<Change>, Error> {
    if exists(connection, &format!("KV_{name}")).await? {
        return Ok(None);
    }
    let config = kv::Config {
        bucket: name.clone(),
        history: 1,
        storage: StorageType::File,
        num_replicas: replicas,
        ..kv::Config::default()
    };
    let made = connection.context.create_key_value(config).await;
    made.map_err(|error| not_made("bucket", &name, &error))?;
    Ok(Some(Change::Created(name)))
}

async fn object_store(
    connection: &Connection,
    name: String,
    replicas: usize,
) -> Result<Option<Change>, Error> {
    if exists(connection, &format!("OBJ_{name}")).await? {
        return Ok(None);
    }
    let config = object_store::Config {
        bucket: name.clone(),
        storage: StorageType::File,
        num_replicas: replicas,
        ..object_store::Config::default()
    };
    let made = connection.context.create_object_store(config).await;
    made.map_err(|error| not_made("object store", &name, &error))?;
    Ok(Some(Change::Created(name)))
}

async fn exists(connection: &Connection, stream: &str) -> Result<bool, Error> {
    match fetch::stream_info(connection, stream).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn not_made(kind: &str, name: &str, error: &impl ToString) -> Error {
    Error::Refused {
        doing: format!("make {kind} {name}"),
        code: 0,
        why: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use posthouse_bus::topology::Size;

    use super::*;

    #[test]
    fn what_the_topology_does_not_speak_about_stays() {
        let topology = Topology::new("a", Size::LAPTOP);
        let spec = topology.streams().pop().unwrap();
        let first = overlaid(Config::default(), &spec).unwrap();
        let kept = Config {
            max_bytes: 1_000_000,
            ..first.clone()
        };
        assert_eq!(overlaid(kept.clone(), &spec).unwrap(), kept);
        assert_eq!(overlaid(first.clone(), &spec).unwrap(), first);
    }
}
