//! Making what a topology asks for.

use std::sync::Arc;

use posthouse_domain::Timestamp;

use super::bucket::Values;
use super::log::Message;
use super::objects::Things;
use super::state::State;
use super::stream::Stream;
use super::transform::Transform;
use crate::Error;
use crate::topology::{Change, StreamSpec, Topology};

/// Creates what is not there, upgrades what differs.
pub(super) fn provision(
    state: &mut State,
    topology: &Topology,
    now: Timestamp,
) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for spec in topology.streams() {
        changes.extend(stream(state, spec, now)?);
    }
    for name in topology.buckets() {
        if !state.buckets.contains_key(&name) {
            state.buckets.insert(name.clone(), Values::default());
            changes.push(Change::Created(name));
        }
    }
    for name in topology.object_stores() {
        if !state.objects.contains_key(&name) {
            state.objects.insert(name.clone(), Things::new());
            changes.push(Change::Created(name));
        }
    }
    Ok(changes)
}

fn stream(state: &mut State, spec: StreamSpec, now: Timestamp) -> Result<Option<Change>, Error> {
    let sources = sources(&spec)?;
    let name = spec.name.clone();
    let Some(stream) = state.streams.get_mut(&name) else {
        state
            .streams
            .insert(name.clone(), Stream::new(spec, sources));
        copy_what_is_there(state, &name, now);
        return Ok(Some(Change::Created(name)));
    };
    if stream.spec == spec {
        return Ok(None);
    }
    stream.spec = spec;
    stream.sources = sources;
    Ok(Some(Change::Updated(name)))
}

fn sources(spec: &StreamSpec) -> Result<Vec<(String, Vec<Transform>)>, Error> {
    spec.sources
        .iter()
        .map(|source| {
            let transforms = source
                .transforms
                .iter()
                .map(|(filter, destination)| Transform::parse(filter, destination))
                .collect::<Result<Vec<_>, _>>()?;
            Ok((source.stream.clone(), transforms))
        })
        .collect()
}

/// A new stream begins with what its sources hold.
fn copy_what_is_there(state: &mut State, destination: &str, now: Timestamp) {
    let mut copies: Vec<(String, Arc<Message>)> = Vec::new();
    for (source, transforms) in &state.streams[destination].sources {
        let Some(stream) = state.streams.get(source) else {
            continue;
        };
        copies.extend(stream.log.all().filter_map(|message| {
            Transform::first(transforms, &message.subject)
                .map(|subject| (subject, Arc::clone(message)))
        }));
    }
    for (subject, message) in copies {
        state.copy_to(destination, subject, &message, now);
    }
}
