//! HTTP: one `POST`, and so much of the answer as is looked at.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::reach::{Forbidden, Reach, Resolver};
use crate::channel::{Answer, Error, HttpCall};
use crate::limits;

/// A client that follows no redirects, asks no proxy, and resolves names within `reach`.
pub(super) fn client(reach: &Arc<Reach>) -> Result<reqwest::Client, Error> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_millis(limits::CONNECT_MS_MAX))
        .dns_resolver(Arc::new(Resolver(Arc::clone(reach))))
        .user_agent(concat!("posthouse/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| Error::Misconfigured(error.to_string()))
}

/// Sends a call; the answer has to be whole within the time, or what came of it counts.
pub(super) async fn exchange(
    client: &reqwest::Client,
    call: HttpCall,
    within: Duration,
) -> Result<Answer, Error> {
    let mut request = client.post(call.url).timeout(within).body(call.body);
    for (name, value) in call.headers {
        request = request.header(name, value);
    }
    let mut response = request.send().await.map_err(|error| failure(&error))?;
    let (status, retry_after_ms) = (
        response.status().as_u16(),
        retry_after_ms(response.headers()),
    );
    let mut bytes = Vec::new();
    let cut = loop {
        match response.chunk().await {
            Ok(None) => break None,
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Err(error) => break Some(text(&error)),
        }
        if bytes.len() >= limits::ANSWER_BYTES_MAX {
            bytes.truncate(limits::ANSWER_BYTES_MAX);
            break Some(format!("it has more than {} bytes", bytes.len()));
        }
    };
    Ok(Answer {
        status,
        body: String::from_utf8_lossy(&bytes).into_owned(),
        cut,
        retry_after_ms,
    })
}

/// The seconds of `Retry-After`, within bounds. A date is not looked at: it is by their clock.
fn retry_after_ms(headers: &HeaderMap) -> Option<u32> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let ms = seconds.trim().parse::<u32>().ok()?.saturating_mul(1_000);
    Some(ms.min(limits::RETRY_AFTER_MS_MAX))
}

fn failure(error: &reqwest::Error) -> Error {
    if let Some(forbidden) = forbidden(error) {
        return forbidden.clone().into();
    }
    if error.is_builder() {
        // A header that cannot be sent, such as a token with a line break in it. The cause does
        // not show the value.
        return Error::Misconfigured(text(error));
    }
    if error.is_connect() {
        return Error::Unreached(text(error));
    }
    Error::NoAnswer(text(error))
}

/// What the resolver said, if it was that which ended the attempt.
fn forbidden(error: &reqwest::Error) -> Option<&Forbidden> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(forbidden) = error.downcast_ref() {
            return Some(forbidden);
        }
        cause = error.source();
    }
    None
}

/// The text of an error with its causes and without the address, which may hold a key.
fn text(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() {
        "timed out".to_owned()
    } else if error.is_connect() {
        "could not connect".to_owned()
    } else {
        "the exchange broke off".to_owned()
    };
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
