//! Links by which staff act on a ticket: once, signed, and never by looking.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic, like the test"
)]

mod common;

use axum::body::Body as HttpBody;
use axum::http::{Request, StatusCode};
use common::{Door, World};
use posthouse_domain::notify::{Field, LinkAction};
use posthouse_domain::ticket::{Body, Fact, FactKind};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_templates::link::{Keys, Offer};
use tower::ServiceExt;

const HOUR_MS: i64 = 60 * 60 * 1_000;

fn keys() -> Keys {
    Keys::read("a key of thirty-two characters!!").unwrap()
}

/// A ticket, and a link to do something to it.
async fn link(world: &World, door: &Door, action: LinkAction, valid_ms: i64) -> (Offer, String) {
    let (id, number) = door.open_ticket().await;
    let offer = Offer {
        action,
        ticket: id.parse::<TicketId>().unwrap(),
        request: FactId::from_command(&["request", &id]),
        bearer: "duty".to_owned(),
        number,
        ends_at: world.clock.now().plus_millis(valid_ms),
    };
    let path = format!("/v1/links/{}", offer.token(&keys()));
    (offer, path)
}

async fn ask(door: &Door, method: &str, path: &str) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("accept-language", "de-AT, en;q=0.5")
        .body(HttpBody::empty())
        .unwrap();
    let router = door.intake.router_with_links(keys());
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    if parts.status != StatusCode::METHOD_NOT_ALLOWED {
        assert_eq!(parts.headers["cache-control"], "no-store");
        assert_eq!(parts.headers["referrer-policy"], "no-referrer");
    }
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (parts.status, String::from_utf8(bytes.to_vec()).unwrap())
}

/// What happened since the ticket was opened.
async fn since_opened(world: &World) -> Vec<Fact> {
    let mut facts = world.facts().await;
    facts.retain(|fact| fact.body.kind() != FactKind::Opened);
    facts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_does_nothing_and_a_second_use_nothing_more() {
    let world = World::new().await;
    let _desk = world.read_side().await;
    let door = world.door("a").await;
    let (offer, path) = link(&world, &door, LinkAction::Resolve, HOUR_MS).await;
    for _ in 0..3 {
        let (status, page) = ask(&door, "GET", &path).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Als gelöst markieren") && page.contains(&offer.number));
        assert!(page.contains("<form method=\"post\">"), "{page}");
    }
    assert_eq!(ask(&door, "HEAD", &path).await.0, StatusCode::OK);
    assert_eq!(since_opened(&world).await, []);
    let (status, page) = ask(&door, "POST", &path).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{page}");
    assert!(page.contains("Erledigt."), "{page}");
    let (status, page) = ask(&door, "POST", &path).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(page.contains("bereits erledigt"), "{page}");
    let facts = since_opened(&world).await;
    let [resolved] = facts.as_slice() else {
        panic!("{facts:?}");
    };
    assert_eq!(resolved.body.kind(), FactKind::Resolved);
    assert_eq!(resolved.ticket, offer.ticket);
    assert_eq!(resolved.actor.to_string(), "agent:duty");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_action_becomes_its_fact() {
    let world = World::new().await;
    let _desk = world.read_side().await;
    let door = world.door("a").await;
    for action in [LinkAction::Acknowledge, LinkAction::TakeOver] {
        let (_, path) = link(&world, &door, action, HOUR_MS).await;
        // Until it is in a queue, nobody can have it: the state machine decides, not the link.
        let (status, page) = ask(&door, "POST", &path).await;
        assert_eq!(status, StatusCode::CONFLICT, "{page}");
        assert!(page.contains("gerade nicht"), "{page}");
    }
    let (offer, path) = link(&world, &door, LinkAction::Snooze, HOUR_MS).await;
    assert_eq!(ask(&door, "POST", &path).await.0, StatusCode::ACCEPTED);
    assert_eq!(ask(&door, "POST", &path).await.0, StatusCode::ACCEPTED);
    let facts = since_opened(&world).await;
    let silences: Vec<_> = facts
        .iter()
        .filter_map(|fact| match &fact.body {
            Body::Silenced(said) => Some((fact, said)),
            _ => None,
        })
        .collect();
    let (fact, said) = silences[0];
    assert!(silences.iter().all(|(other, _)| other.id == fact.id));
    assert_eq!(said.ends_at.millis_since(said.starts_at), HOUR_MS);
    let matched: Vec<_> = said
        .matchers
        .iter()
        .map(|matcher| (matcher.field.clone(), matcher.values[0].as_str()))
        .collect();
    let expected = [
        (Field::Receiver, "duty"),
        (Field::Ticket, offer.number.as_str()),
    ];
    assert_eq!(matched, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_ended_or_were_made_up_do_nothing() {
    let world = World::new().await;
    let door = world.door("a").await;
    let (mut offer, path) = link(&world, &door, LinkAction::Resolve, 0).await;
    for method in ["GET", "POST"] {
        let (status, page) = ask(&door, method, &path).await;
        assert_eq!(status, StatusCode::GONE);
        assert!(page.contains("abgelaufen"), "{page}");
    }
    offer.ends_at = Timestamp::MAX;
    let forged = offer.token(&Keys::read("another key of many characters!!").unwrap());
    for token in [forged.as_str(), "x", "%00", &"A".repeat(5_000)] {
        let (status, page) = ask(&door, "POST", &format!("/v1/links/{token}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{page}");
        assert!(page.contains("ungültig"), "{page}");
    }
    assert_eq!(since_opened(&world).await, []);
}

/// What is described is what is answered, and a door without keys has no such pages.
#[test]
fn the_pages_behind_links_are_described() {
    let described =
        |page| serde_json::to_value(page).unwrap()["paths"]["/v1/links/{token}"].clone();
    let with = described(posthouse_intake::Intake::openapi_with_links());
    let statuses = |method: &str| {
        let responses = with[method]["responses"].as_object().unwrap();
        responses.keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(statuses("get"), ["200", "404", "410"]);
    let of_post = ["200", "202", "404", "409", "410", "429", "503"];
    assert_eq!(statuses("post"), of_post);
    assert!(described(posthouse_intake::Intake::openapi()).is_null());
}
