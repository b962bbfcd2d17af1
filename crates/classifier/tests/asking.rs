//! Customers are asked for what is missing, once for each classification, and what they answer is
//! noticed: the classifier in its worker, over a bus in memory.

#[path = "../../runtime/tests/scenario/mod.rs"]
mod scenario;

use posthouse_bus::Role;
use posthouse_bus::topology::Topology;
use posthouse_classifier::Classifier;
use posthouse_domain::ticket::{Body, Classified, Fact, FactKind, InfoRequested, Opened};
use posthouse_policy::Source;
use posthouse_runtime::Handler;
use posthouse_testkit::builders::{opened, replied};
use scenario::{Region, Worker};

async fn region(change: impl FnOnce(&mut String)) -> (Region, Worker) {
    let mut bundle = Source::shipped("default").expect("it is shipped");
    change(bundle.files.get_mut("taxonomy.toml").expect("it has one"));
    let owns =
        |topology: &Topology| topology.owned(Role::Classifier, 0, Classifier::default().consumes());
    let region = Region::new(owns, &bundle).await;
    let worker = region.start(Classifier::default());
    (region, worker)
}

/// A report that lacks when it began, where, and of what.
fn vague() -> Opened {
    Opened {
        body: "专线一直丢包，请尽快处理。".to_owned(),
        ..opened("网络丢包严重")
    }
}

fn asked(fact: &Fact) -> &InfoRequested {
    match &fact.body {
        Body::InfoRequested(asked) => asked,
        other => panic!("{} is no question", other.kind()),
    }
}

fn classified(fact: &Fact) -> &Classified {
    match &fact.body {
        Body::Classified(classified) => classified,
        other => panic!("{} has no labels", other.kind()),
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_follows_from_the_labels_and_an_answer_ends_it() {
    let (mut region, worker) = region(|_| {}).await;
    region.open(1, vague()).await;
    let questions = region.wait_for(&[FactKind::InfoRequested], 1).await;
    let labels = region.wait_for(&[FactKind::Classified], 1).await;
    assert_eq!(questions[0].cause, Some(labels[0].id));
    let missing = classified(&labels[0]).missing.clone();
    let question = asked(&questions[0]);
    let keys: Vec<&String> = question.questions.iter().map(|it| &it.key).collect();
    assert_eq!(keys, missing.iter().collect::<Vec<_>>());
    assert_eq!(question.language, "zh");
    assert!(!question.pauses_clocks);

    // Words of an agent, and words that say nothing new, are no answer.
    region
        .tell_by_agent(1, Body::Replied(replied("09:30, cn-north-1, i-0abc12")))
        .await;
    region.tell(1, Body::Replied(replied("快点！"))).await;
    region.tell(1, Body::Replied(replied("从 9:30 开始"))).await;
    let labels = region.wait_for(&[FactKind::Classified], 2).await;
    let second = classified(&labels[1]);
    assert_eq!(second.missing.len(), missing.len() - 1, "{second:?}");
    assert_eq!(second.features, classified(&labels[0]).features);
    assert_eq!(
        (&*second.reasons[0].value, &*second.reasons[0].rule),
        ("time", "replied")
    );
    region
        .tell(1, Body::Replied(replied("华东，vpn-0abc12")))
        .await;
    let labels = region.wait_for(&[FactKind::Classified], 3).await;
    assert_eq!(classified(&labels[2]).missing, [""; 0]);
    worker.stop().await;
    assert!(
        region.rows("asked").await.is_empty(),
        "nothing is waited for"
    );
    let facts = region.facts().await.into_iter();
    let questions = facts.filter(|(_, fact)| fact.body.kind() == FactKind::InfoRequested);
    assert_eq!(questions.count(), 1, "nobody is asked twice");
}

#[tokio::test(start_paused = true)]
async fn the_policy_says_whether_clocks_wait() {
    let (mut region, worker) = region(|taxonomy| {
        *taxonomy = taxonomy.replace("asks_pause_clocks = false", "asks_pause_clocks = true");
    })
    .await;
    region.open(1, vague()).await;
    let questions = region.wait_for(&[FactKind::InfoRequested], 1).await;
    assert!(asked(&questions[0]).pauses_clocks);
    worker.stop().await;
}
