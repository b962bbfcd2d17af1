//! The pages behind links by which staff act on a ticket from the message that told them.
//!
//! A look at a link does nothing: programs that fetch every link of a message to look for harm
//! would otherwise resolve tickets. Its page has a button, which posts; the post becomes a
//! command with the identity of the link, so a second one is a repeat of the first.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use posthouse_domain::command::{Command, CommandBody};
use posthouse_domain::notify::LinkAction;
use posthouse_domain::ticket::{Actor, ActorKind, Progress};
use posthouse_templates::Templates;
use posthouse_templates::link::{Invalid, Keys, Offer};
use posthouse_templates::page::{self, Said};

use super::{Door, answer};
use crate::identity::Idempotency;
use crate::refused::{Busy, Refused};
use crate::spans::By;
use crate::submit::{Accepted, Place, Request};

/// Where links lead.
pub(super) const PATH: &str = "/v1/links/{token}";
/// What the timeline says of where a command came from.
const BY_LINK: &str = "by a link in a message";

/// The doors to links: with the keys that they are signed by.
#[derive(Clone)]
pub(super) struct Links {
    pub(super) door: Door,
    pub(super) keys: Keys,
}

/// What a link is about to do.
pub(super) async fn look(
    State(links): State<Links>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    match links.read(&token) {
        Ok(offer) => links.page(StatusCode::OK, &headers, Some(&offer), Said::Ask),
        Err(invalid) => links.invalid(&headers, invalid),
    }
}

/// Does what a link offers.
pub(super) async fn follow(
    State(links): State<Links>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let offer = match links.read(&token) {
        Ok(offer) => offer,
        Err(invalid) => return links.invalid(&headers, invalid),
    };
    // Whoever follows a link sits at a browser, which is in no trace of ours.
    let spans = &links.door.intake.inner.spans;
    let arrival = spans.arrived(None);
    match links.act(&offer).await {
        Ok(accepted) => {
            let (status, said) = match accepted.place {
                Place::Earlier => (StatusCode::OK, Said::Again),
                Place::Log | Place::Outbox => (StatusCode::ACCEPTED, Said::Done),
            };
            let (route, code) = (PATH, status.as_u16());
            let by = By::Http {
                route,
                status: code,
            };
            spans.accepted(arrival, &accepted, by);
            links.page(status, &headers, Some(&offer), said)
        }
        Err(refused) => {
            let (status, _) = answer::status(&refused);
            links.page(status, &headers, Some(&offer), Said::Away)
        }
    }
}

impl Links {
    fn read(&self, token: &str) -> Result<Offer, Invalid> {
        Offer::read(token, &self.keys, self.door.intake.inner.clock.now())
    }

    async fn act(&self, offer: &Offer) -> Result<Accepted, Refused> {
        let Ok(_place) = self.door.places.try_acquire() else {
            return Err(Refused::Busy(Busy::Requests));
        };
        let _under_way = self.door.intake.inner.counts.under_way();
        if offer.action == LinkAction::Snooze {
            return self.door.intake.snooze(offer).await;
        }
        let request = Request::new(command(offer), Some(Idempotency::Key(offer.identity())));
        self.door.intake.accept(request).await
    }

    fn invalid(&self, headers: &HeaderMap, invalid: Invalid) -> Response {
        let (status, said) = match invalid {
            Invalid::Forged => (StatusCode::NOT_FOUND, Said::Wrong),
            Invalid::Expired => (StatusCode::GONE, Said::Late),
        };
        tracing::info!(code = invalid.code(), error = %invalid, "a link was not followed");
        self.page(status, headers, None, said)
    }

    fn page(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        offer: Option<&Offer>,
        said: Said,
    ) -> Response {
        let accepted = headers.get(header::ACCEPT_LANGUAGE);
        let accepted = accepted.and_then(|value| value.to_str().ok());
        let languages = page::accepted(accepted.unwrap_or_default());
        let languages: Vec<&str> = languages.iter().map(String::as_str).collect();
        let about = offer.map(|offer| (offer.action, offer.number.as_str()));
        let active = self.door.intake.inner.policy.current();
        let page = match &active {
            Some(active) => page::page(&active.policy.templates, &languages, about, said),
            None => page::page(&Templates::default(), &languages, about, said),
        };
        let fixed = HeaderValue::from_static;
        let headers = [
            (header::CONTENT_TYPE, fixed("text/html; charset=utf-8")),
            (header::CACHE_CONTROL, fixed("no-store")),
            (header::REFERRER_POLICY, fixed("no-referrer")),
            (
                header::CONTENT_SECURITY_POLICY,
                fixed(
                    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
                ),
            ),
        ];
        (status, headers, page).into_response()
    }
}

/// The command that a link becomes, in the name of whoever was told.
fn command(offer: &Offer) -> Command {
    let ticket = offer.ticket.to_string();
    let body = match offer.action {
        LinkAction::TakeOver => CommandBody::Assign {
            ticket,
            agent: offer.bearer.clone(),
        },
        LinkAction::Resolve => CommandBody::Resolve {
            ticket,
            summary: String::new(),
        },
        LinkAction::Acknowledge | LinkAction::Snooze => CommandBody::Progress {
            ticket,
            to: Progress::InProgress,
            reason: BY_LINK.to_owned(),
        },
    };
    Command {
        id: None,
        asked_at: None,
        actor: Some(Actor {
            kind: ActorKind::Agent,
            name: offer.bearer.clone(),
        }),
        body,
    }
}
