//! Models in a region: the policy names one, the store brings it, every label names it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use bytes::Bytes;
use futures::StreamExt;
use posthouse_bus::topology::{OwnedSpec, Topology};
use posthouse_bus::{Bus, Role, Until};
use posthouse_classifier::telemetry::{SHADOW, Telemetry};
use posthouse_classifier::{Classifier, Engines};
use posthouse_domain::ticket::{Body, Classified, FactKind, Opened};
use posthouse_model::{Corpus, Label, Model, Options, Row, train};
use posthouse_policy::Source;
use posthouse_runtime::Handler;
use posthouse_runtime::metrics::Metrics;
use posthouse_testkit::builders::{REGION, opened};
use posthouse_wire::DeadLetter;
use scenario::Region;

const NAMES_DEFAULT: &str = "[model]\nname = \"default\"";

fn owns(topology: &Topology) -> OwnedSpec {
    topology.owned(Role::Classifier, 0, Classifier::default().consumes())
}

/// The shipped bundle with other lines for `name = "default"`.
fn bundle(lines: &str) -> Source {
    let mut source = Source::shipped("default").unwrap();
    let taxonomy = source.files.get_mut("taxonomy.toml").unwrap();
    let changed = taxonomy.replace(NAMES_DEFAULT, &format!("[model]\n{lines}"));
    assert_ne!(*taxonomy, changed, "the shipped bundle names its model");
    *taxonomy = changed;
    source
}

/// A model that knows two categories by one word each.
fn model(seed: u64) -> Model {
    let row = |n: usize| {
        let (word, label) = [("router", "network"), ("invoice", "billing")][n % 2];
        Row {
            subject: format!("{word} number {n} again"),
            body: format!("the {word} is not as it should be, case {n} of {seed}"),
            labels: vec![Label::One(label.to_owned())],
        }
    };
    let corpus = Corpus {
        fields: vec!["category".to_owned()],
        rows: (0..40).map(row).collect(),
    };
    let options = Options {
        rows_per_gram_min: 1,
        ..Options::default()
    };
    Model::from_bytes(train(&corpus, &options).unwrap()).unwrap()
}

/// A ticket as the model was taught.
fn about_the_router() -> Opened {
    Opened {
        body: "the router is not as it should be, case 4 of 1".to_owned(),
        ..opened("router number 4 again")
    }
}

async fn store(region: &Region, model: &Model) {
    let store = region.topology.models();
    let objects = region.bus.objects(&store).await.unwrap();
    let bytes = Bytes::copy_from_slice(model.as_bytes());
    objects.put(model.id(), bytes).await.unwrap();
}

/// What the classifier said so far, ticket by ticket, once there are so many.
async fn labels(region: &Region, count: usize) -> Vec<Classified> {
    let facts = region.wait_for(&[FactKind::Classified], count).await;
    let labels = facts.into_iter().map(|fact| match fact.body {
        Body::Classified(body) => body,
        other => panic!("{other:?} is none of those asked for"),
    });
    labels.collect()
}

async fn letters(region: &Region) -> Vec<DeadLetter> {
    let subject = region.topology.subjects.dead_letter(0, Role::Classifier);
    let stream = region.topology.log_stream(0);
    let read = region.bus.read(&stream, &[subject], 0, Until::Now).await;
    let letters = read
        .unwrap()
        .map(|delivery| DeadLetter::decode(delivery.unwrap().payload).unwrap());
    letters.collect().await
}

#[tokio::test(start_paused = true)]
async fn the_next_ticket_is_labelled_by_the_model_that_was_promoted() {
    let mut region = Region::new(owns, &Source::shipped("default").unwrap()).await;
    let worker = region.start(Classifier::default());
    region.open(1, about_the_router()).await;
    let shipped = Model::shipped();
    assert!(labels(&region, 1).await[0].model.ends_with(shipped.id()));

    let ours = model(1);
    store(&region, &ours).await;
    region
        .activate(&bundle(&format!("name = \"{}\"", ours.id())))
        .await;
    region.open(2, about_the_router()).await;
    let said = labels(&region, 2).await;
    assert!(said[1].model.ends_with(ours.id()), "{}", said[1].model);
    assert_eq!(said[1].features.category, "network");

    // The way back is the same way.
    region.activate(&Source::shipped("default").unwrap()).await;
    region.open(3, about_the_router()).await;
    let said = labels(&region, 3).await;
    assert!(said[2].model.ends_with(shipped.id()), "{}", said[2].model);
    worker.stop().await;
    assert!(letters(&region).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_model_that_nobody_stored_is_refused_and_never_replaced_in_silence() {
    let mut region = Region::new(owns, &Source::shipped("default").unwrap()).await;
    let before = Source::shipped("default").unwrap().version();
    let worker = region.start(Classifier::default());
    let ours = model(1);
    region
        .activate(&bundle(&format!("name = \"{}\"", ours.id())))
        .await;
    region.open(1, about_the_router()).await;
    let facts = region.wait_for(&[FactKind::Classified], 1).await;
    assert_eq!(
        facts[0].policy, before,
        "the policy before it stays in force"
    );
    let letters = letters(&region).await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0].code, "CLS0020");
    assert!(letters[0].reason.contains(ours.id()), "{letters:?}");
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_another_model_is_refused() {
    let region = Region::new(owns, &Source::shipped("default").unwrap()).await;
    let (named, held) = (model(1), model(2));
    assert_ne!(named.id(), held.id());
    let objects = region.bus.objects(&region.topology.models()).await.unwrap();
    let bytes = Bytes::copy_from_slice(held.as_bytes());
    objects.put(named.id(), bytes).await.unwrap();
    let worker = region.start(Classifier::default());
    region
        .activate(&bundle(&format!("name = \"{}\"", named.id())))
        .await;
    let subject = region.topology.subjects.dead_letter(0, Role::Classifier);
    let stream = region.topology.log_stream(0);
    let letter = region
        .bus
        .read(&stream, &[subject], 0, Until::Forever)
        .await
        .unwrap()
        .next()
        .await
        .unwrap();
    let letter = DeadLetter::decode(letter.unwrap().payload).unwrap();
    assert_eq!(letter.code, "CLS0022", "{letter:?}");
    worker.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_challenger_changes_nothing_and_is_counted() {
    let mut region = Region::new(owns, &Source::shipped("default").unwrap()).await;
    let metrics = Metrics::new();
    let classifier =
        Classifier::sharing(&Engines::default()).measuring(Telemetry::new(&metrics, REGION));
    let worker = region.start(classifier);
    region.open(1, about_the_router()).await;
    let alone = labels(&region, 1).await.remove(0);
    assert!(!metrics.encode().contains(&format!("{}{{", SHADOW.name)));

    let challenger = model(1);
    store(&region, &challenger).await;
    let lines = format!("name = \"default\"\nchallenger = \"{}\"", challenger.id());
    region.activate(&bundle(&lines)).await;
    region.open(2, about_the_router()).await;
    let beside = labels(&region, 2).await.remove(1);
    assert_eq!(beside.features.category, alone.features.category);
    assert_eq!(beside.reasons, alone.reasons);
    assert!(!beside.model.contains(challenger.id()));
    worker.stop().await;

    let text = metrics.encode();
    let counted: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with(&format!("{}{{", SHADOW.name)))
        .collect();
    assert_eq!(counted.len(), 1, "the one head that both have: {counted:?}");
    assert!(counted[0].contains("head=\"category\""), "{counted:?}");
    assert!(counted[0].ends_with(" 1"), "{counted:?}");
}
