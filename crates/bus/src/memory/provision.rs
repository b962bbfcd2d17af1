//! Making what a topology asks for.
//!
//! A topology names streams before those that copy from them, and both are made at once: what
//! is copied begins with the first message.

use super::bucket::Values;
use super::objects::Things;
use super::state::State;
use super::stream::Stream;
use super::transform::Transform;
use crate::Error;
use crate::topology::{Change, StreamSpec, Topology};

/// Creates what is not there, upgrades what differs.
pub(super) fn provision(state: &mut State, topology: &Topology) -> Result<Vec<Change>, Error> {
    let mut changes = Vec::new();
    for spec in topology.streams() {
        changes.extend(stream(state, spec)?);
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

fn stream(state: &mut State, spec: StreamSpec) -> Result<Option<Change>, Error> {
    let sources = sources(&spec)?;
    let name = spec.name.clone();
    let Some(stream) = state.streams.get_mut(&name) else {
        state
            .streams
            .insert(name.clone(), Stream::new(spec, sources));
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
