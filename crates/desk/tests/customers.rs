//! Customers at the desk: how they want to be told.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::{World, start};
use posthouse_domain::ids::Uuid;
use posthouse_domain::notify::Preferred;
use posthouse_domain::ticket::{Actor, ActorKind, Body, Fact, FactKind, PolicyVersion};
use posthouse_domain::{FactId, TicketId};
use serde_json::json;

const REGION: &str = "r1";

fn preferred(n: u128, said: Preferred) -> Fact {
    Fact {
        id: FactId(Uuid::from_u128(0xb000 + n)),
        ticket: TicketId::of_customer(REGION, &said.customer),
        region: REGION.to_owned(),
        at: start(),
        actor: Actor {
            kind: ActorKind::Customer,
            name: said.customer.clone(),
        },
        cause: None,
        policy: PolicyVersion::default(),
        body: Body::Preferred(said),
    }
}

/// The last word holds, and one that says nothing takes back what was said; a desk that is rebuilt
/// knows the same.
#[tokio::test]
async fn a_customer_prefers_what_they_said_last() {
    let world = World::new(REGION).await;
    let first = world.desk(None).await;
    let said = |customer: &str| Preferred {
        customer: customer.to_owned(),
        language: "de".to_owned(),
        channels: Some(vec!["email".to_owned(), "sms".to_owned()]),
        about: Some(vec![FactKind::Resolved]),
    };
    let silent = Preferred {
        customer: "c-2".to_owned(),
        ..Preferred::default()
    };
    let by_mail = Preferred {
        about: Some(Vec::new()),
        ..said("c-1")
    };
    let facts = [
        preferred(1, said("c-1")),
        preferred(2, said("c-2")),
        preferred(3, by_mail),
        preferred(4, silent),
    ];
    world.tell_all(&facts).await;
    let counts = first.until_facts(4).await;
    assert_eq!((counts.tickets, counts.orphans, counts.void), (0, 0, 0));
    let (status, shown) = first.get("/v1/customers/c-1/preference").await;
    assert_eq!(status, 200);
    assert_eq!(
        shown,
        json!({"customer": "c-1", "language": "de", "channels": ["email", "sms"], "about": [],
               "by": "customer:c-1", "at": start()})
    );
    let (_, shown) = first.get("/v1/customers/c-2/preference").await;
    assert_eq!(
        shown,
        json!({"customer": "c-2", "language": "", "channels": null, "about": null,
               "by": null, "at": null})
    );
    let second = world.desk(None).await;
    second.until_facts(4).await;
    let dump = first.desk.dump().await.unwrap();
    assert!(dump.contains("preference\t\"c-1\""), "{dump}");
    assert_eq!(dump, second.desk.dump().await.unwrap());
    first.stop().await;
    second.stop().await;
}
