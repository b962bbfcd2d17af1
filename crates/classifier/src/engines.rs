//! Engines by policy: compiled once for all partitions of a process.

use std::sync::{Arc, Mutex, PoisonError};

use posthouse_domain::ticket::PolicyVersion;
use posthouse_policy::Policy;
use posthouse_runtime::Refusal;

use crate::models::Models;
use crate::{Engine, limits};

/// What came of compiling a taxonomy.
pub(crate) type Compiled = Result<Arc<Engine>, Refusal>;

/// The engines that were compiled last, and the models they ask. Copies share them.
#[derive(Clone, Debug, Default)]
pub struct Engines {
    compiled: Arc<Mutex<Vec<(PolicyVersion, Compiled)>>>,
    models: Models,
}

impl Engines {
    /// The models that engines ask.
    #[must_use]
    pub const fn models(&self) -> &Models {
        &self.models
    }

    /// The engine of a policy; a version is the hash of its bundle, so it has one.
    pub(crate) fn of(&self, policy: &Policy) -> Compiled {
        // Whoever comes second waits for the first rather than compiling the same.
        let mut known = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, compiled)) = known.iter().find(|(version, _)| *version == policy.version) {
            return compiled.clone();
        }
        let compiled = self.compile(policy).map(Arc::new);
        if known.len() >= limits::ENGINES_MAX {
            drop(known.remove(0));
        }
        known.push((policy.version.clone(), compiled.clone()));
        compiled
    }

    fn compile(&self, policy: &Policy) -> Result<Engine, Refusal> {
        let name = policy.taxonomy.model.name.as_ref();
        let model = name
            .map(|name| self.models.get(name))
            .transpose()
            .map_err(|error| Refusal::new(error.code(), error.to_string()))?;
        Engine::of(policy, model)
            .map_err(|error| Refusal::new(error.code(), format!("compile the taxonomy: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use posthouse_policy::{Source, compile};

    use super::*;

    fn policy(name: &str) -> Policy {
        compile(&Source::shipped(name).unwrap()).unwrap().0
    }

    #[test]
    fn one_engine_serves_all_who_ask_for_it() {
        let engines = Engines::default();
        let policy = policy("default");
        let (first, second) = (engines.of(&policy), engines.clone().of(&policy));
        assert!(Arc::ptr_eq(&first.unwrap(), &second.unwrap()));
    }

    #[test]
    fn the_oldest_goes_first() {
        let engines = Engines::default();
        let oldest = engines.of(&policy("default")).unwrap();
        for number in 0..limits::ENGINES_MAX {
            let mut other = policy("a1");
            other.version = PolicyVersion(number.to_string());
            engines.of(&other).unwrap();
        }
        assert_eq!(engines.compiled.lock().unwrap().len(), limits::ENGINES_MAX);
        assert!(!Arc::ptr_eq(
            &oldest,
            &engines.of(&policy("default")).unwrap()
        ));
    }
}
