//! Webhooks, signed after Standard Webhooks 1.0.
//!
//! The identity of the message is the identity of the request, the same for every attempt, so
//! that the other side can recognise a repeat. Redirects are not followed, and what is not public
//! is not reached; see [`Reach`].

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use posthouse_domain::notify::{Channel, Receiver};
use posthouse_domain::ticket::{Fact, NotificationRequested};
use reqwest::Url;
use serde::Serialize;
use standardwebhooks::Webhook;

use crate::limits;
use crate::reach::{Forbidden, Reach, Resolver};

/// Posts to webhooks. Clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    reach: Arc<Reach>,
}

/// Why an attempt did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The receiver is no webhook, or its secret cannot be used. Nothing was sent. Tried again
    /// all the same: somebody may put it right meanwhile.
    #[error("prepare the webhook: {0}")]
    Misconfigured(String),
    /// It leads where webhooks may not go. Nothing was sent.
    #[error("post: {code}: {0}", code = Forbidden::CODE)]
    Forbidden(#[from] Forbidden),
    /// The other side said that it wants no more of this: 410.
    #[error("post: the receiver is gone (410)")]
    Gone,
    /// The other side answered, but not with success.
    #[error("post: the receiver answered {status}: {answer}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer.
        answer: String,
    },
    /// No answer came. The message may have arrived.
    #[error("post: no answer: {0}")]
    NoAnswer(String),
}

/// What is posted.
#[derive(Clone, Debug)]
pub struct Parcel {
    id: String,
    payload: Vec<u8>,
}

/// The body of a webhook, as Standard Webhooks recommends: type, time, data.
#[derive(Serialize)]
struct Envelope<'a> {
    r#type: String,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    ticket_id: String,
    number: &'a str,
    title: &'a str,
    text: &'a str,
    severity: Option<&'static str>,
    category: &'a str,
    kind: &'a str,
    language: &'a str,
    customer: &'a str,
    tier: &'a str,
    region: &'a str,
    queue: &'a str,
    state: &'static str,
    rule: &'a str,
    policy: &'a str,
    attempt: u32,
}

impl Client {
    /// A client that reaches public addresses only.
    ///
    /// # Errors
    ///
    /// As [`Self::within`].
    pub fn new() -> Result<Self, Error> {
        Self::within(Reach::default())
    }

    /// A client that goes no further than `reach`, follows no redirects, asks no proxy and
    /// verifies certificates by the platform's roots.
    ///
    /// # Errors
    ///
    /// When the platform's certificate roots cannot be used.
    pub fn within(reach: Reach) -> Result<Self, Error> {
        let reach = Arc::new(reach);
        // Fails when another provider is there already, which serves as well.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Resolver(Arc::clone(&reach))))
            .user_agent(concat!("posthouse/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::Misconfigured(error.to_string()))?;
        Ok(Self { http, reach })
    }

    /// Posts a parcel once and returns the receipt.
    pub(crate) async fn post(&self, receiver: &Receiver, parcel: &Parcel) -> Result<String, Error> {
        let Channel::Webhook { url, secret_file } = &receiver.channel else {
            return Err(Error::Misconfigured(format!(
                "{} is no webhook",
                receiver.key
            )));
        };
        let url = Url::parse(url).map_err(|error| {
            Error::Misconfigured(format!("read the address of {}: {error}", receiver.key))
        })?;
        self.reach.check(&url)?;
        let seconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| {
                i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
            });
        let mut request = self
            .http
            .post(url)
            .timeout(Duration::from_millis(receiver.timeout_ms.into()))
            .header("content-type", "application/json")
            .header("webhook-id", &parcel.id)
            .header("webhook-timestamp", seconds.to_string())
            .body(parcel.payload.clone());
        if let Some(file) = secret_file {
            request = request.header("webhook-signature", sign(file, parcel, seconds).await?);
        }
        let answer = request.send().await.map_err(|error| Error::of(&error))?;
        judge(answer).await
    }
}

async fn sign(file: &str, parcel: &Parcel, seconds: i64) -> Result<String, Error> {
    let secret = tokio::fs::read_to_string(file)
        .await
        .map_err(|error| Error::Misconfigured(format!("read secret file {file}: {error}")))?;
    Webhook::new(secret.trim())
        .and_then(|webhook| webhook.sign(&parcel.id, seconds, &parcel.payload))
        .map_err(|error| Error::Misconfigured(format!("use the secret in {file}: {error}")))
}

async fn judge(mut answer: reqwest::Response) -> Result<String, Error> {
    let status = answer.status();
    let mut bytes = Vec::new();
    while bytes.len() < limits::ANSWER_BYTES_MAX {
        match answer.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    let text: String = String::from_utf8_lossy(&bytes)
        .chars()
        .take(limits::RECEIPT_CHARS_MAX)
        .collect();
    match status.as_u16() {
        200..=299 => Ok(format!("HTTP {} {}", status.as_u16(), text.trim())
            .trim()
            .to_owned()),
        410 => Err(Error::Gone),
        status => Err(Error::Refused {
            status,
            answer: text,
        }),
    }
}

impl Error {
    /// Whether trying again is no help.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Gone | Self::Forbidden(_))
    }

    /// Whether the other side answered, so that this attempt certainly had no success.
    #[must_use]
    pub const fn was_answered(&self) -> bool {
        !matches!(self, Self::NoAnswer(_))
    }

    fn of(error: &reqwest::Error) -> Self {
        if let Some(forbidden) = forbidden(error) {
            return forbidden.clone().into();
        }
        let error = error.without_url_text();
        Self::NoAnswer(error)
    }
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
trait WithoutUrl {
    fn without_url_text(&self) -> String;
}

impl WithoutUrl for reqwest::Error {
    fn without_url_text(&self) -> String {
        let mut text = if self.is_timeout() {
            "timed out".to_owned()
        } else if self.is_connect() {
            "could not connect".to_owned()
        } else {
            "the exchange broke off".to_owned()
        };
        let mut source = self.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        text
    }
}

impl Parcel {
    /// The identity of the request, the same for every attempt.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The body, as JSON.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    pub(crate) fn new(fact: &Fact, request: &NotificationRequested, attempt: u32) -> Self {
        let features = &request.features;
        let envelope = Envelope {
            r#type: format!("ticket.{}", request.about),
            timestamp: fact.at.to_string(),
            data: Data {
                ticket_id: fact.ticket.to_string(),
                number: &features.number,
                title: &request.title,
                text: &request.text,
                severity: features.severity.map(|severity| severity.as_str()),
                category: &features.category,
                kind: &features.kind,
                language: &features.language,
                customer: &features.customer,
                tier: &features.tier,
                region: &features.region,
                queue: &features.queue,
                state: features.state.as_str(),
                rule: &request.rule,
                policy: &fact.policy.0,
                attempt,
            },
        };
        let payload = serde_json::to_vec(&envelope).expect("text and numbers always serialise");
        Self {
            id: fact.id.to_string(),
            payload,
        }
    }
}
