//! Reading requests: every way in which one can be wrong has its problem, with the field.

use std::error::Error;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::{Problem, problems};

/// A JSON body, in requests and in answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// The query of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

/// The parameters in the path of a request. A path that cannot be read leads nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| unread(&error))?;
        parse(&body).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|query| Self(query.0))
            .map_err(|error| bad_query(&error))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|path| Self(path.0))
            .map_err(|error: PathRejection| problems::NO_PATH.detail(error.body_text()))
    }
}

/// The field is known to a source of the rejection.
fn bad_query(rejection: &QueryRejection) -> Problem {
    let mut cause: Option<&dyn Error> = Some(rejection);
    while let Some(error) = cause {
        if let Some(wrong) = error.downcast_ref::<AtField>() {
            let message = wrong.inner().to_string();
            return problems::BAD_QUERY.field(field(&wrong.path().to_string(), &message), message);
        }
        cause = error.source();
    }
    problems::BAD_QUERY.detail(rejection.body_text())
}

type AtField = serde_path_to_error::Error<serde::de::value::Error>;

fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let declared = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media = declared
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let media = media.to_ascii_lowercase();
    let is_json = media == "application/json"
        || (media.starts_with("application/") && media.ends_with("+json"));
    if is_json {
        return Ok(());
    }
    Err(problems::NOT_JSON_MEDIA.detail(match declared {
        Some(declared) => format!("Content-Type is {declared:?} and must be application/json"),
        None => "Content-Type is missing and must be application/json".to_owned(),
    }))
}

fn unread(error: &BytesRejection) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return problems::TOO_LARGE.detail("this server takes less; see http.body_bytes_max");
    }
    problems::CUT_OFF.detail(error.body_text())
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(body).map_err(|error| {
        problems::NOT_UTF8.detail(format!("the byte at offset {} is not", error.valid_up_to()))
    })?;
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refused(&path, error.inner())
    })?;
    json.end().map_err(|error| refused("", &error))?;
    Ok(value)
}

fn refused(path: &str, error: &serde_json::Error) -> Problem {
    let at = format!("line {}, column {}", error.line(), error.column());
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    match error.classify() {
        Category::Data => problems::BAD_FIELD
            .detail(format!("at {at}"))
            .field(field(path, said), said),
        Category::Syntax | Category::Eof | Category::Io => {
            problems::NOT_JSON.detail(format!("{said} at {at}"))
        }
    }
}

/// The path of the field that is at fault. For a field that is missing or unknown, serde knows
/// the path of what should hold it, and says the name in its message.
fn field(path: &str, message: &str) -> String {
    let parent = if path == "." { "" } else { path };
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next());
    match named {
        None => parent.to_owned(),
        Some(name) if parent.is_empty() || parent == name => name.to_owned(),
        Some(name) if parent.ends_with(&format!(".{name}")) => parent.to_owned(),
        Some(name) => format!("{parent}.{name}"),
    }
}
