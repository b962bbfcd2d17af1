//! The HTTP door: JSON in, 202 or a problem document out.

mod answer;
mod key;
mod links;
mod openapi;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use posthouse_bus::header::TRACEPARENT;
use posthouse_templates::link::Keys;
use tokio::sync::Semaphore;

use crate::Intake;
use crate::action::Action;
use crate::decode;
use crate::limits::REQUESTS_MAX;
use crate::refused::{Busy, Refused};
use crate::spans::{Arrival, By};
use crate::submit::{Accepted, Request};
use crate::words::shown;

use links::Links;

pub(crate) use openapi::openapi;

/// What handlers share.
#[derive(Clone)]
struct Door {
    intake: Intake,
    /// One place for each request that may be under way.
    places: Arc<Semaphore>,
}

/// What arrived: headers and body.
type Arrived = (HeaderMap, Result<Bytes, BytesRejection>);

/// The routes of the door.
pub(crate) fn router(intake: Intake, keys: Option<Keys>) -> Router {
    let body_bytes_max = intake.inner.body_bytes_max;
    let door = Door {
        intake,
        places: Arc::new(Semaphore::new(REQUESTS_MAX)),
    };
    let mut router = Router::new();
    for action in Action::ALL {
        let route = match action {
            Action::Open => post(open),
            _ => post(
                move |State(door): State<Door>, id: Id, headers: HeaderMap, body: Body| async move {
                    match ticket(id) {
                        Ok(ticket) => door.answer(action, &ticket, (headers, body)).await,
                        Err(refused) => door.refuse(&refused),
                    }
                },
            ),
        };
        router = router.route(action.path(), route);
    }
    let links = keys.map(|keys| {
        let links = Links {
            door: door.clone(),
            keys,
        };
        let route = get(links::look).post(links::follow);
        Router::new().route(links::PATH, route).with_state(links)
    });
    router
        .with_state(door)
        .merge(links.unwrap_or_default())
        .layer(DefaultBodyLimit::max(body_bytes_max))
}

type Id = Result<Path<String>, PathRejection>;
type Body = Result<Bytes, BytesRejection>;

async fn open(State(door): State<Door>, headers: HeaderMap, body: Body) -> Response {
    door.answer(Action::Open, "", (headers, body)).await
}

/// The ticket that a path names. What it names must be in the command's own words a line.
fn ticket(id: Id) -> Result<String, Refused> {
    match id {
        Ok(Path(ticket)) => Ok(ticket),
        Err(_) => Err(Refused::field("id", "is not UTF-8 when percent-decoded")),
    }
}

impl Door {
    async fn answer(&self, action: Action, ticket: &str, arrived: Arrived) -> Response {
        let traceparent = arrived.0.get(TRACEPARENT);
        let traceparent = traceparent.and_then(|value| value.to_str().ok());
        let arrival = self.intake.inner.spans.arrived(traceparent);
        match self.accept(action, ticket, arrived, arrival).await {
            Ok(accepted) => {
                let response = answer::accepted(&accepted);
                let by = by(action, &response);
                self.intake.inner.spans.accepted(arrival, &accepted, by);
                response
            }
            Err(refused) => {
                let response = answer::refused(&refused);
                let by = by(action, &response);
                self.intake.inner.spans.refused(arrival, &refused, by);
                response
            }
        }
    }

    async fn accept(
        &self,
        action: Action,
        ticket: &str,
        arrived: Arrived,
        arrival: Arrival,
    ) -> Result<Accepted, Refused> {
        let Ok(_place) = self.places.try_acquire() else {
            return Err(self.count(Refused::Busy(Busy::Requests)));
        };
        let _under_way = self.intake.inner.counts.under_way();
        let request = self.read(action, ticket, arrived);
        let mut request = request.map_err(|refused| self.count(refused))?;
        request.caller = arrival.caller;
        // What is refused from here on is counted where it is refused.
        self.intake.accept(request).await
    }

    fn refuse(&self, refused: &Refused) -> Response {
        self.intake.inner.counts.refused(refused.code());
        answer::refused(refused)
    }

    fn count(&self, refused: Refused) -> Refused {
        self.intake.inner.counts.refused(refused.code());
        refused
    }

    fn read(&self, action: Action, ticket: &str, arrived: Arrived) -> Result<Request, Refused> {
        let (headers, body) = arrived;
        let idempotency = key::read(&headers)?;
        let body = body.map_err(|rejection| self.unread(&rejection))?;
        if !body.is_empty() || !action.may_be_bare() {
            require_json(&headers)?;
        }
        let command = decode::read_body(action, ticket, &body)?;
        Ok(Request::new(command, idempotency))
    }

    fn unread(&self, rejection: &BytesRejection) -> Refused {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Refused::TooLarge {
                bytes_max: self.intake.inner.body_bytes_max,
            };
        }
        Refused::CutOff
    }
}

/// How a request for an action was answered.
fn by(action: Action, response: &Response) -> By<'static> {
    By::Http {
        route: action.path(),
        status: response.status().as_u16(),
    }
}

/// Refuses content that does not say that it is JSON.
fn require_json(headers: &HeaderMap) -> Result<(), Refused> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Err(Refused::MediaType(
            "that is not said; want application/json".to_owned(),
        ));
    };
    let declared = String::from_utf8_lossy(value.as_bytes());
    if is_json(&declared) {
        return Ok(());
    }
    Err(Refused::MediaType(format!(
        "{}; want application/json",
        shown(&declared)
    )))
}

/// Whether a media type is JSON, whatever its parameters.
pub(crate) fn is_json(media_type: &str) -> bool {
    let bare = media_type.split(';').next().unwrap_or_default().trim();
    bare.eq_ignore_ascii_case("application/json")
}
