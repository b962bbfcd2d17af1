//! What tickets teach, fact by fact.

use posthouse_bus::Outgoing;
use posthouse_bus::memory::MemoryBus;
use posthouse_bus::topology::Size;
use posthouse_domain::ticket::{Classified, Corrected, Features, Folded, Resolved, Severity};
use posthouse_testkit::builders::{START, classified, fact, features, opened, ticket};

use super::*;

const SUBJECT: &str = "The router is down";

fn labelled(change: impl FnOnce(&mut Features)) -> Body {
    let mut labels = classified(features(&opened(SUBJECT)));
    change(&mut labels.features);
    Body::Classified(Classified { ..labels })
}

fn corrected(category: &str) -> Body {
    Body::Corrected(Corrected {
        labels: Labels {
            category: Some(category.to_owned()),
            ..Labels::default()
        },
        note: String::new(),
    })
}

fn resolved() -> Body {
    Body::Resolved(Resolved {
        summary: "Rebooted".to_owned(),
    })
}

/// What a ticket with these facts teaches.
fn row(confirmed: bool, bodies: Vec<Body>) -> Option<Row> {
    let mut tickets = BTreeMap::new();
    let first = Body::Opened(opened(SUBJECT));
    for (place, body) in (0..).zip(std::iter::once(first).chain(bodies)) {
        let fact = fact(ticket(1), place, body);
        take(&mut tickets, &fact, fact.at, None);
    }
    let (_, told) = tickets.pop_first().unwrap();
    told.row(confirmed)
}

#[test]
fn a_correction_wins_over_the_classifier() {
    let row = row(false, vec![labelled(|_| {}), corrected("security")]).unwrap();
    assert_eq!(row.subject, SUBJECT);
    let expected = Labels {
        category: Some("security".to_owned()),
        ..Labels::default()
    };
    assert_eq!(row.labels, expected, "of the other labels nobody spoke");
}

#[test]
fn the_last_correction_counts() {
    let row = row(
        false,
        vec![
            corrected("security"),
            labelled(|_| {}),
            corrected("storage"),
        ],
    );
    assert_eq!(row.unwrap().labels.category.as_deref(), Some("storage"));
}

#[test]
fn what_a_person_let_stand_counts_where_that_is_asked_for() {
    let facts = || vec![labelled(|_| {}), resolved()];
    assert_eq!(row(false, facts()), None);
    let labels = row(true, facts()).unwrap().labels;
    assert_eq!(labels.category.as_deref(), Some("network"));
    assert_eq!(labels.severity, Some(Severity::P2));
    assert_eq!(labels.tags, Some(Vec::new()));
    // A correction of one label lets the others stand.
    let both = vec![labelled(|_| {}), corrected("security"), resolved()];
    let labels = row(true, both).unwrap().labels;
    assert_eq!(labels.category.as_deref(), Some("security"));
    assert_eq!(labels.kind.as_deref(), Some("incident"));
}

#[test]
fn what_nobody_vouches_for_teaches_nothing() {
    let folded = Body::Folded(Folded {
        incident: ticket(9),
        number: "EU-2026-000009".to_owned(),
        score_permille: 900,
        rule: "storm".to_owned(),
    });
    let unsure = |labels: &mut Features| labels.abstained = true;
    for (why, facts) in [
        ("nobody looked", vec![labelled(|_| {})]),
        ("nobody labelled it", vec![resolved()]),
        (
            "the classifier did not know",
            vec![labelled(unsure), resolved()],
        ),
        (
            "many say the same",
            vec![labelled(|_| {}), folded, resolved()],
        ),
    ] {
        assert_eq!(row(true, facts), None, "{why}");
    }
}

#[test]
fn rows_become_labels_of_the_fields_that_are_learnt() {
    let row = row(false, vec![corrected("out_of_scope")]).unwrap();
    let mut corpus = Corpus {
        fields: vec!["kind".to_owned(), "category".to_owned()],
        rows: Vec::new(),
    };
    extend(&mut corpus, std::slice::from_ref(&row), "oos");
    extend(&mut corpus, std::slice::from_ref(&row), "out_of_scope");
    let labels: Vec<&Label> = corpus.rows.iter().map(|row| &row.labels[1]).collect();
    let said = Label::One("out_of_scope".to_owned());
    assert_eq!(labels, [&said, &Label::Outside]);
    corpus.fields = vec!["kind".to_owned()];
    corpus.rows.clear();
    extend(&mut corpus, &[row], "oos");
    assert_eq!(corpus.rows, [], "of kinds it says nothing");
}

#[tokio::test]
async fn the_log_is_read_partition_by_partition() {
    let bus = MemoryBus::with_tokio_clock(START);
    let topology = Topology::new("eu-central", Size::LAPTOP);
    bus.provision(&topology).await.unwrap();
    let publish = async |n: u32, place: u32, body: Body| {
        let fact = fact(ticket(n), place, body);
        let subject = topology.subjects.fact(fact.ticket, &fact.body);
        let bytes = posthouse_wire::encode(&fact).into();
        let message = Outgoing::new(subject, fact.id.to_string(), bytes);
        bus.publish(message).await.unwrap().await.unwrap();
    };
    for n in 1..=8 {
        publish(n, 0, Body::Opened(opened(SUBJECT))).await;
        publish(n, 1, corrected("security")).await;
    }
    // Never opened here, and nothing that can be read.
    publish(9, 1, corrected("storage")).await;
    let subject = topology.subjects.fact_kind(0, FactKind::Opened);
    let noise = Outgoing::new(subject, "noise".to_owned(), b"noise".to_vec().into());
    bus.publish(noise).await.unwrap().await.unwrap();

    let rows = rows_from_log(&bus, &topology, None, false).await.unwrap();
    assert_eq!(rows.len(), 8);
    let later = START.plus_millis(3_600_000);
    let rows = rows_from_log(&bus, &topology, Some(later), false).await;
    assert_eq!(rows.unwrap(), [], "they were opened before");
}
