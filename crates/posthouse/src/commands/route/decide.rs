//! The decisions: what the classifier, the watchdog and the router make of the ticket.

use posthouse_bus::Role;
use posthouse_classifier::Engine;
use posthouse_classifier::models::Models;
use posthouse_domain::route::Standing;
use posthouse_domain::sla::watch::{Inexperienced, Terms, Watched};
use posthouse_domain::ticket::{
    Actor, ActorKind, Body, Choice, Classified, Fact, InfoRequested, Opened, Origin, PolicyVersion,
    Reason, Routed, Timed,
};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_policy::Policy;

use super::follow::Followed;
use super::read::{Asked, Labels, read_sentiment, read_severity};
use crate::exit::Error;

/// What would become of a ticket.
#[derive(Debug)]
pub(in crate::commands) struct Explained {
    /// When it is opened.
    pub(in crate::commands) at: Timestamp,
    /// The region whose log it enters.
    pub(in crate::commands) region: String,
    /// Its labels, and why.
    pub(in crate::commands) classified: Classified,
    /// What the customer would be asked for.
    pub(in crate::commands) question: Option<InfoRequested>,
    /// Its queue, and why.
    pub(in crate::commands) routing: Routed,
    /// What the rules looked at beside the labels.
    pub(in crate::commands) standing: Standing,
    /// What the router does while nobody takes it, and when.
    pub(in crate::commands) later: Vec<(Timestamp, Body)>,
    /// Whom it would be offered to, were everybody on the roster ready.
    pub(in crate::commands) agents: Option<Choice>,
    /// The facts that led there: the opening and the labels.
    pub(in crate::commands) facts: [Fact; 2],
    /// The clocks, running.
    pub(in crate::commands) watched: Watched,
    /// What is promised, and why; `None` when nothing is.
    pub(in crate::commands) timed: Option<Timed>,
}

/// Decides what would become of the ticket, opened at `at`.
pub(in crate::commands) fn decide(
    asked: &Asked,
    policy: &Policy,
    at: Timestamp,
) -> Result<Explained, Error> {
    let opening = asked.opening.clone();
    let opened = opening.opened(number(policy, &asked.region));
    let engine = engine(policy)?;
    let cause = opened_fact(&opened, &asked.region, at);
    let terms = Terms {
        slas: &policy.slas,
        ladders: &policy.ladders,
        compensations: &policy.compensations,
    };
    let mut watched =
        Watched::open(&cause, at, terms).map_err(|error| Error::failed(error.to_string()))?;
    let declared = &watched.ticket.features;
    let home = language(policy, &asked.region);
    let mut classified = engine.classify(&opened, &[], home, declared);
    set_by_hand(&mut classified, &asked.labels)?;
    let question = engine.ask(&classified, home);

    let role = Role::Classifier.as_str();
    let origin = Origin::of(role, &cause, at, &policy.version);
    let labels = origin.fact("classified", 0, Body::Classified(classified.clone()));
    let conclusions = watched.apply(&labels, at, terms, &mut Inexperienced);
    let timed = conclusions
        .into_iter()
        .find_map(|conclusion| match conclusion.body {
            Body::Timed(timed) => Some(timed),
            _ => None,
        });
    let region = asked.region.as_str();
    let followed = Followed::begin(watched.ticket.clone(), &labels, at, policy)
        .ok_or_else(|| Error::failed("route the ticket: its labels ask for no queue"))?;
    Ok(Explained {
        at,
        region: asked.region.clone(),
        classified,
        question,
        later: followed.later(region, policy),
        agents: followed.agents(timed.as_ref(), policy),
        standing: followed.triage.standing,
        routing: followed.routed,
        facts: [cause, labels],
        watched,
        timed,
    })
}

/// What labels tickets under this policy. A model of a region's store is not at hand here.
fn engine(policy: &Policy) -> Result<Engine, Error> {
    let name = policy.taxonomy.model.name.as_ref();
    let model = name
        .map(|name| Models::default().get(name))
        .transpose()
        .map_err(|error| Error::usage(format!("{error}")))?;
    Engine::of(policy, model)
        .map_err(|error| Error::usage(format!("use the taxonomy of the bundle: {error}")))
}

/// The opening as the log would hold it. Its identity is of no consequence.
fn opened_fact(opened: &Opened, region: &str, at: Timestamp) -> Fact {
    Fact {
        id: FactId::from_command(&["explain"]),
        ticket: TicketId::derive(&["explain"]),
        region: region.to_owned(),
        at,
        actor: Actor {
            kind: ActorKind::Customer,
            name: opened.customer.clone(),
        },
        cause: None,
        policy: PolicyVersion::default(),
        body: Body::Opened(opened.clone()),
    }
}

fn number(policy: &Policy, region: &str) -> String {
    policy
        .regions
        .get(region)
        .map(|it| it.numbers.number(0, 0))
        .unwrap_or_default()
}

fn language<'p>(policy: &'p Policy, region: &str) -> &'p str {
    policy
        .regions
        .get(region)
        .map_or("", |region| region.language.as_str())
}

/// Puts labels in place of those that were found, and says so in the reasons.
fn set_by_hand(classified: &mut Classified, labels: &Labels) -> Result<(), Error> {
    let Classified {
        features, reasons, ..
    } = classified;
    let mut say = |field: &str, value: &str| {
        reasons.retain(|reason| reason.field != field);
        reasons.push(Reason {
            field: field.to_owned(),
            value: value.to_owned(),
            rule: "by_hand".to_owned(),
            evidence: String::new(),
        });
    };
    for (field, label, given) in [
        ("category", &mut features.category, &labels.category),
        ("kind", &mut features.kind, &labels.kind),
        ("language", &mut features.language, &labels.language),
    ] {
        if let Some(given) = given {
            label.clone_from(given);
            say(field, given);
        }
    }
    if let Some(severity) = read_severity(labels.severity.as_deref())? {
        features.severity = Some(severity);
        say("severity", severity.as_str());
    }
    if let Some(sentiment) = read_sentiment(labels.sentiment.as_deref())? {
        features.sentiment = Some(sentiment);
        say("sentiment", sentiment.as_str());
    }
    if let Some(tags) = &labels.tags {
        features.tags.clone_from(tags);
        say("tag", &tags.join(", "));
    }
    Ok(())
}
