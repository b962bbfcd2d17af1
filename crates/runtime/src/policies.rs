//! Policies by version: loaded from the region's bucket, compiled once, kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Error as BusError, Outgoing};
use posthouse_domain::ticket::PolicyVersion;
use posthouse_domain::{FactId, Timestamp};
use posthouse_policy::{Policy, Source};
use posthouse_wire::{PolicyActivated, v1};
use prost::Message;

use crate::limits;

/// Why a policy cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bus failed.
    #[error("{0}")]
    Bus(#[from] BusError),
    /// The bucket does not hold it.
    #[error("find policy {0} in the region's bucket; store it with `posthouse policy apply`")]
    Unknown(String),
    /// What the bucket holds under that name is something else, or does not compile.
    #[error("compile policy {version}: {why}")]
    Broken {
        /// The version asked for.
        version: String,
        /// What is wrong.
        why: String,
    },
}

/// The policies of a region.
pub struct Policies {
    bus: Arc<dyn Bus>,
    bucket: String,
    compiled: Arc<Mutex<BTreeMap<PolicyVersion, Arc<Policy>>>>,
}

/// The key under which the bucket holds the version in force.
pub const ACTIVE: &str = "active";

impl Policies {
    /// The policies of the topology's region.
    #[must_use]
    pub fn new(bus: Arc<dyn Bus>, topology: &Topology) -> Self {
        Self {
            bus,
            bucket: topology.policy_bucket(),
            compiled: Arc::default(),
        }
    }

    /// The same region's policies over another connection. What either of them compiles is there
    /// for both: a version is the hash of its bundle, so it is the same wherever it came from.
    #[must_use]
    pub fn on(&self, bus: Arc<dyn Bus>) -> Self {
        Self {
            bus,
            bucket: self.bucket.clone(),
            compiled: Arc::clone(&self.compiled),
        }
    }

    /// The policy of this version.
    ///
    /// # Errors
    ///
    /// [`Error`]; only [`Error::Bus`] may pass.
    pub async fn load(&self, version: &PolicyVersion) -> Result<Arc<Policy>, Error> {
        if let Some(policy) = self.known().get(version) {
            return Ok(Arc::clone(policy));
        }
        let bucket = self.bus.bucket(&self.bucket).await?;
        let entry = bucket.get(&bundle_key(version)).await?;
        let bytes = entry
            .and_then(|entry| entry.value)
            .ok_or_else(|| Error::Unknown(version.to_string()))?;
        let policy = Arc::new(compile(version, &bytes)?);
        let mut known = self.known();
        if known.len() >= limits::POLICIES_MAX {
            known.pop_first();
        }
        known.insert(version.clone(), Arc::clone(&policy));
        Ok(policy)
    }

    /// The version in force, if any policy was ever activated.
    ///
    /// # Errors
    ///
    /// When the bus fails.
    pub async fn active(&self) -> Result<Option<PolicyVersion>, Error> {
        let bucket = self.bus.bucket(&self.bucket).await?;
        let entry = bucket.get(ACTIVE).await?;
        let bytes = entry.and_then(|entry| entry.value);
        Ok(bytes.map(|bytes| PolicyVersion(String::from_utf8_lossy(&bytes).into_owned())))
    }

    /// The files of a stored policy.
    ///
    /// # Errors
    ///
    /// As [`Self::load`].
    pub async fn source(&self, version: &PolicyVersion) -> Result<Source, Error> {
        let bucket = self.bus.bucket(&self.bucket).await?;
        let entry = bucket.get(&bundle_key(version)).await?;
        let bytes = entry
            .and_then(|entry| entry.value)
            .ok_or_else(|| Error::Unknown(version.to_string()))?;
        source_of(version, &bytes)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<PolicyVersion, Arc<Policy>>> {
        self.compiled
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Stores a policy and activates it in every partition of the region, if it is not in force.
/// Returns whether anything changed.
///
/// # Errors
///
/// When the bus fails; repeating it does what is left to do.
pub async fn activate(
    bus: &dyn Bus,
    topology: &Topology,
    source: &Source,
    by: &str,
    at: Timestamp,
) -> Result<bool, Error> {
    let version = source.version();
    let bucket = bus.bucket(&topology.policy_bucket()).await?;
    let active = bucket.get(ACTIVE).await?;
    let is_active = active
        .as_ref()
        .and_then(|entry| entry.value.as_deref())
        .is_some_and(|value| value == version.0.as_bytes());
    if is_active {
        return Ok(false);
    }
    bucket
        .put(&bundle_key(&version), Bytes::from(encode(source)))
        .await?;
    let revision = active.map_or(0, |entry| entry.revision);
    let message = PolicyActivated {
        version: version.clone(),
        name: source.name.clone(),
        at,
        by: by.to_owned(),
    };
    let payload = Bytes::from(message.encode());
    for subject in activation_subjects(topology) {
        let id = FactId::from_command(&["policy", &subject, &version.0, &revision.to_string()]);
        let outgoing = Outgoing::new(subject, id.to_string(), payload.clone());
        bus.publish(outgoing).await?.await?;
    }
    bucket.put(ACTIVE, Bytes::from(version.0)).await?;
    Ok(true)
}

/// Every partition by ticket, then every partition by receiver, then those of the lookout and the
/// dispatcher.
fn activation_subjects(topology: &Topology) -> Vec<String> {
    let subjects = &topology.subjects;
    let by_ticket = (0..subjects.partitions()).map(|p| subjects.policy_activated(p));
    let by_receiver =
        (0..subjects.receiver_partitions()).map(|p| subjects.courier_policy_activated(p));
    let across = [
        subjects.lookout_policy_activated(),
        subjects.dispatch_policy_activated(),
    ];
    by_ticket.chain(by_receiver).chain(across).collect()
}

fn bundle_key(version: &PolicyVersion) -> String {
    format!("bundle.{version}")
}

fn encode(source: &Source) -> Vec<u8> {
    let files = source
        .files
        .iter()
        .map(|(path, text)| (path.clone(), Bytes::from(text.clone())))
        .collect();
    v1::PolicyBundle {
        name: source.name.clone(),
        files,
    }
    .encode_to_vec()
}

fn source_of(version: &PolicyVersion, bytes: &[u8]) -> Result<Source, Error> {
    let broken = |why: String| Error::Broken {
        version: version.to_string(),
        why,
    };
    let bundle = v1::PolicyBundle::decode(bytes).map_err(|error| broken(error.to_string()))?;
    let mut files = BTreeMap::new();
    for (path, text) in bundle.files {
        let text =
            String::from_utf8(text.to_vec()).map_err(|_| broken(format!("{path} is not UTF-8")))?;
        files.insert(path, text);
    }
    let source = Source {
        name: bundle.name,
        files,
    };
    if source.version() != *version {
        return Err(broken("its content has another hash".to_owned()));
    }
    Ok(source)
}

fn compile(version: &PolicyVersion, bytes: &[u8]) -> Result<Policy, Error> {
    let source = source_of(version, bytes)?;
    match posthouse_policy::compile(&source) {
        Ok((policy, _warnings)) => Ok(policy),
        Err(diagnostics) => Err(Error::Broken {
            version: version.to_string(),
            why: posthouse_policy::render(&diagnostics, &source, false),
        }),
    }
}
