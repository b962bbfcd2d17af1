//! Convert, decide, convert.

use std::sync::Arc;

use bytes::Bytes;
use posthouse_bus::Role;
use posthouse_domain::ticket::{
    Body, Classified, Fact, FactKind, Features, InfoRequested, Opened, Origin, SimilarTicket,
};
use posthouse_model::Text;
use posthouse_policy::Policy;
use posthouse_runtime::{Handler, Input, Refusal, View};
use posthouse_store::Table;

use crate::asked;
use crate::engines::{Compiled, Engines};
use crate::shadow::Shadow;
use crate::similar::{Duplicates, Hit, TABLE as SIMILAR};
use crate::telemetry::Telemetry;

const TABLES: &[Table] = &[asked::ASKED, SIMILAR];
/// The version of the view's format.
const SCHEMA: u32 = 2;
const ROLE: &str = Role::Classifier.as_str();

/// The classifier of one partition. What it says of a ticket follows from the opening, the policy
/// and the model alone; it remembers what customers were asked for, until they gave it, and how
/// the last tickets read, to link those that read alike.
#[derive(Debug, Default)]
pub struct Classifier {
    active: Option<Active>,
    engines: Engines,
    duplicates: Duplicates,
    telemetry: Option<Telemetry>,
}

impl Classifier {
    /// A classifier that shares what is compiled with others.
    #[must_use]
    pub fn sharing(engines: &Engines) -> Self {
        Self {
            engines: engines.clone(),
            ..Self::default()
        }
    }

    /// The same, which counts how often a challenger agrees with the model that decides.
    #[must_use]
    pub fn measuring(self, telemetry: Telemetry) -> Self {
        Self {
            telemetry: Some(telemetry),
            ..self
        }
    }

    /// Asks the challenger what the model that decides was asked, for the metrics alone.
    fn shadow(&self, opened: &Opened) {
        let shadow = self.active.as_ref().and_then(|it| it.shadow.as_ref());
        if let (Some(shadow), Some(telemetry)) = (shadow, &self.telemetry) {
            let text = Text {
                subject: &opened.subject,
                body: &opened.body,
            };
            for (head, agrees) in shadow.agreement(&text) {
                telemetry.shadowed(head, agrees);
            }
        }
    }
}

#[derive(Debug)]
struct Active {
    policy: Arc<Policy>,
    /// A taxonomy that does not compile refuses every ticket with the reason; the policy linter
    /// finds it before.
    engine: Compiled,
    /// The challenger, if the policy names one.
    shadow: Option<Shadow>,
}

impl Handler for Classifier {
    fn tables(&self) -> &'static [Table] {
        TABLES
    }

    fn schema(&self) -> u32 {
        SCHEMA
    }

    fn consumes(&self) -> &'static [FactKind] {
        &[FactKind::Opened, FactKind::Replied, FactKind::Closed]
    }

    fn produces(&self) -> &'static [FactKind] {
        &[FactKind::Classified, FactKind::InfoRequested]
    }

    fn restored(&mut self) {
        self.duplicates.restored();
    }

    fn counting(&mut self, counts: bool) {
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.counting(counts);
        }
    }

    fn needs(&self, policy: &Policy) -> Vec<String> {
        let chosen = &policy.taxonomy.model;
        let named = chosen.name.iter().chain(&chosen.challenger);
        named
            .filter(|name| self.engines.models().lacks(name))
            .cloned()
            .collect()
    }

    fn receive(&mut self, name: &str, object: Option<Bytes>) -> Result<(), Refusal> {
        let received = self.engines.models().receive(name, object.as_deref());
        received.map_err(|error| Refusal::new(error.code(), error.to_string()))
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        self.active = Some(Active {
            policy: Arc::clone(policy),
            engine: self.engines.of(policy),
            shadow: Shadow::of(&policy.taxonomy.model, self.engines.models()),
        });
    }

    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let active = self.active.as_ref().ok_or_else(Refusal::no_policy)?;
        let engine = active.engine.as_ref().map_err(Clone::clone)?;
        let (fact, now) = (input.fact, input.log_time);
        let origin = Origin::of(ROLE, fact, now, &active.policy.version);
        match &fact.body {
            Body::Opened(opened) => {
                let declared = Features::declared(opened, &fact.region, now);
                let home = active.language(&declared.region);
                let mut classified = engine.classify(opened, &[], home, &declared);
                let asked = engine.ask(&classified, home);
                if let Some(asked) = &asked {
                    asked::remember(view, fact, &classified, asked)?;
                }
                self.shadow(opened);
                let parameters = &active.policy.storms.similar;
                let alike = self.duplicates.link(view, input, opened, parameters)?;
                classified.similar = alike.into_iter().map(similar).collect();
                Ok(conclude(&origin, classified, asked))
            }
            Body::Replied(replied) => {
                let classified = asked::answered(view, fact, replied, engine)?;
                let labels = classified.map(|classified| conclude(&origin, classified, None));
                Ok(labels.unwrap_or_default())
            }
            Body::Closed(_) => {
                asked::forget(view, fact);
                Ok(Vec::new())
            }
            _ => Ok(Vec::new()),
        }
    }
}

impl Active {
    /// The language of a region, where its customers wrote none that is known.
    fn language(&self, region: &str) -> &str {
        let region = self.policy.regions.get(region);
        region.map_or("en", |region| region.language.as_str())
    }
}

fn similar(hit: Hit) -> SimilarTicket {
    SimilarTicket {
        ticket: hit.ticket,
        number: hit.number,
        score_permille: hit.score_permille,
    }
}

/// The labels, and the question that follows from them.
fn conclude(
    origin: &Origin<'_>,
    classified: Classified,
    asked: Option<InfoRequested>,
) -> Vec<Fact> {
    let labels = origin.fact("classified", 0, Body::Classified(classified));
    let question = asked.map(|asked| {
        let follows = Origin {
            cause: labels.id,
            ..*origin
        };
        follows.fact("info_requested", 0, Body::InfoRequested(asked))
    });
    std::iter::once(labels).chain(question).collect()
}
