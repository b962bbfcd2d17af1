//! What the tests share: the engine of the shipped bundle, and tickets for it.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use posthouse_classifier::Engine;
use posthouse_domain::Timestamp;
use posthouse_domain::ticket::{Attributes, Classified, Contact, Features, Opened};
use posthouse_model::Model;
use posthouse_policy::Policy;

/// The words of the shipped bundle `default`, alone.
pub(crate) fn engine() -> Engine {
    let policy = Policy::shipped("default").expect("the shipped bundle compiles");
    Engine::compile(&policy.taxonomy).expect("its taxonomy compiles")
}

/// All parts of the shipped bundle together: words, rules, and the shipped model.
pub(crate) fn whole() -> Engine {
    let policy = Policy::shipped("default").expect("the shipped bundle compiles");
    Engine::of(&policy, Some(Model::shipped())).expect("it compiles")
}

/// A ticket about which nothing is known but its text.
pub(crate) fn opened(subject: &str, body: &str) -> Opened {
    Opened {
        number: "CN-2026-000001".to_owned(),
        customer: "c-test".to_owned(),
        subject: subject.to_owned(),
        body: body.to_owned(),
        severity: None,
        region: String::new(),
        tier: String::new(),
        channel: String::new(),
        language: String::new(),
        product: String::new(),
        attributes: Attributes::new(),
        contact: Contact::default(),
    }
}

/// Classifies a ticket of a region whose language is Chinese.
pub(crate) fn classify(engine: &Engine, opened: &Opened) -> Classified {
    engine.classify(opened, &[], "zh", &declared(opened))
}

/// What is known of a ticket before it is classified.
pub(crate) fn declared(opened: &Opened) -> Features {
    Features::declared(opened, "cn", Timestamp::from_millis(1_700_000_000_000))
}
