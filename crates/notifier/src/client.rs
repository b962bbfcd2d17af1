//! The way out of the system: what adapters have prepared is sent here, by HTTP, SMTP or NATS.
//!
//! What it refuses to do: follow redirects, ask a proxy, or go where [`Reach`] does not allow.
//!
//! # Invariants
//!
//! - Every exchange ends within the receiver's timeout, whatever the other side does, and no
//!   more than a bound of what it says is kept in memory.
//! - Nothing that a receipt or an error shows holds a secret, even where the other side repeats
//!   one.

mod http;
mod metered;
mod reach;
mod smtp;
mod spans;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use posthouse_bus::{Bus, Outgoing};
use posthouse_domain::Timestamp;
use posthouse_domain::notify::Receiver;

use crate::channel::{Answer, Call, Error, Keys, adapter};
use crate::parcel::Parcel;
use crate::post::Post;

pub use reach::{Forbidden, Reach};

/// Tells receivers. Clones share connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    reach: Arc<Reach>,
    bus: Option<Arc<dyn Bus>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("reach", &self.reach)
            .field("has_bus", &self.bus.is_some())
            .finish_non_exhaustive()
    }
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
        Ok(Self {
            http: http::client(&reach)?,
            reach,
            bus: None,
        })
    }

    /// The same client, which can tell receivers on the subjects of a bus, too.
    #[must_use]
    pub fn on(self, bus: Arc<dyn Bus>) -> Self {
        Self {
            bus: Some(bus),
            ..self
        }
    }

    async fn exchange(&self, call: Call, within: Duration) -> Result<Answer, Error> {
        match call {
            Call::Http(call) => {
                self.reach.check(&call.url)?;
                http::exchange(&self.http, call, within).await
            }
            Call::Mail(mail) => smtp::exchange(&self.reach, &mail, within).await,
            Call::Message(message) => {
                let bus = self.bus.as_ref().ok_or_else(|| {
                    Error::Misconfigured("this process has no bus to publish on".to_owned())
                })?;
                match tokio::time::timeout(within, publish(bus.as_ref(), message)).await {
                    Ok(answer) => answer,
                    Err(_) => Err(Error::NoAnswer("timed out".to_owned())),
                }
            }
        }
    }
}

/// Publishes a message and waits until a stream holds it. A repeat is one that it holds already.
async fn publish(bus: &dyn Bus, message: Outgoing) -> Result<Answer, Error> {
    let stored = async { bus.publish(message).await?.await }.await;
    match stored {
        Ok(stored) => Ok(Answer {
            body: format!("stored at {}", stored.sequence),
            ..Answer::default()
        }),
        Err(error) if error.may_retry() => Err(Error::NoAnswer(error.to_string())),
        Err(error) => Err(Error::Refused {
            status: 0,
            answer: error.to_string(),
            retry_after_ms: None,
        }),
    }
}

#[async_trait]
impl Post for Client {
    async fn post(&self, receiver: &Receiver, parcel: &Parcel) -> Result<String, Error> {
        let Some(adapter) = adapter(&receiver.channel) else {
            return Ok(receiver.channel.as_str().to_owned());
        };
        let keys = Keys::read(&adapter.secrets()).await?;
        let mut call = adapter.prepare(parcel, &keys, now())?;
        let mut span = spans::begin(receiver, &mut call);
        let within = Duration::from_millis(receiver.timeout_ms.into());
        let told = match self.exchange(call, within).await {
            Ok(mut answer) => {
                span.answered(answer.status);
                answer.body = keys.hidden(answer.body);
                adapter.judge(&answer)
            }
            Err(error) => Err(error),
        };
        span.end(&told);
        told
    }
}

/// The time by this host's clock: other systems judge signatures by theirs.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.map_or(0, |since| since.as_millis());
    Timestamp::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}
