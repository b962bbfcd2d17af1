//! Convert, decide, convert.

use std::sync::Arc;

use posthouse_bus::Role;
use posthouse_domain::ticket::{Body, Fact, FactKind, Features, Origin};
use posthouse_policy::Policy;
use posthouse_runtime::{Handler, Input, Refusal, View};
use posthouse_store::Table;

use crate::engines::{Compiled, Engines};

/// The classifier of one partition. It remembers nothing of tickets: what it says follows from
/// the opening and the taxonomy alone.
#[derive(Debug, Default)]
pub struct Classifier {
    active: Option<Active>,
    engines: Engines,
}

impl Classifier {
    /// A classifier that shares what is compiled with others.
    #[must_use]
    pub fn sharing(engines: &Engines) -> Self {
        Self {
            active: None,
            engines: engines.clone(),
        }
    }
}

#[derive(Debug)]
struct Active {
    policy: Arc<Policy>,
    /// A taxonomy that does not compile refuses every ticket with the reason; the policy linter
    /// finds it before.
    engine: Compiled,
}

impl Handler for Classifier {
    fn tables(&self) -> &'static [Table] {
        &[]
    }

    fn schema(&self) -> u32 {
        1
    }

    fn consumes(&self) -> &'static [FactKind] {
        &[FactKind::Opened]
    }

    fn produces(&self) -> &'static [FactKind] {
        &[FactKind::Classified]
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        let engine = self.engines.of(policy);
        self.active = Some(Active {
            policy: Arc::clone(policy),
            engine,
        });
    }

    fn handle(&mut self, _view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let active = self.active.as_ref().ok_or_else(Refusal::no_policy)?;
        let engine = active.engine.as_ref().map_err(Clone::clone)?;
        let (fact, now) = (input.fact, input.log_time);
        let Body::Opened(opened) = &fact.body else {
            return Ok(Vec::new());
        };
        let declared = Features::declared(opened, &fact.region, now);
        let region = active.policy.regions.get(&declared.region);
        let language = region.map_or("en", |region| region.language.as_str());
        let classified = engine.classify(opened, &[], language, &declared);
        let origin = Origin::of(Role::Classifier.as_str(), fact, now, &active.policy.version);
        Ok(vec![origin.fact(
            "classified",
            0,
            Body::Classified(classified),
        )])
    }
}
