//! One connection, shared by everything that a [`super::NatsBus`] hands out.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_nats::client::{Request, RequestErrorKind};
use async_nats::jetstream::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ConnectErrorKind, Subject};
use bytes::Bytes;
use futures::FutureExt;
use posthouse_bus::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answer::Answer;
use super::health::{Health, forbidden};
use super::options::Options;
use super::receipts::Receipts;
use super::settings;

/// The oldest server that has all we need: consumers that can be reset.
const SERVER_MIN: (i64, i64, i64) = (2, 14, 0);

/// A connection to the servers of a region.
pub(super) struct Connection {
    pub(super) client: Client,
    /// For what the client library does better than we: object stores.
    pub(super) context: Context,
    pub(super) health: Arc<Health>,
    pub(super) receipts: Receipts,
}

impl Connection {
    pub(super) async fn open(options: &Options) -> Result<Arc<Self>, Error> {
        let addresses = options.addresses()?;
        let health = Arc::new(Health::new());
        let noted = Arc::clone(&health);
        let connect = options
            .to_connect_options()
            .await?
            .event_callback(move |event| {
                noted.note(&event);
                std::future::ready(())
            });
        let names: Vec<String> = addresses
            .iter()
            .map(|address| format!("{}:{}", address.host(), address.port()))
            .collect();
        let client = connect
            .connect(addresses)
            .await
            .map_err(|error| not_connected(&names.join(", "), &error))?;
        if client.try_server_info().is_some() {
            is_new_enough(&client)?;
            health.set_connected();
        }
        let context = ContextBuilder::new()
            .timeout(settings::API_WAIT)
            .build(client.clone());
        let receipts = Receipts::open(&client, &health).await?;
        Ok(Arc::new(Self {
            client,
            context,
            health,
            receipts,
        }))
    }

    /// That the bus was not closed.
    pub(super) fn check_open(&self) -> Result<(), Error> {
        if self.health.is_closed() {
            return Err(Error::Closed);
        }
        Ok(())
    }

    /// Asks JetStream to do `operation` (what follows `$JS.API.`), which is about `what`.
    ///
    /// # Errors
    ///
    /// As JetStream answers; [`Error::Refused`] at once if we may not ask.
    pub(super) async fn api<T: DeserializeOwned>(
        &self,
        operation: &str,
        body: &impl Serialize,
        what: &str,
    ) -> Result<T, Error> {
        let doing = format!("{} of {what}", in_words(operation));
        let body = serde_json::to_vec(body).map_err(|why| not_understood(&doing, &why))?;
        let subject = format!("$JS.API.{operation}");
        let answer = self
            .ask(&doing, &subject, body.into(), settings::API_WAIT)
            .await?;
        match serde_json::from_slice(&answer.payload) {
            Ok(Answer::Done(done)) => Ok(done),
            Ok(Answer::Failed { error }) => Err(error.into_error(&doing, what, 0)),
            Err(why) => Err(not_understood(&doing, &why)),
        }
    }

    /// Asks whoever listens on `subject`, and waits at most `wait`.
    pub(super) async fn ask(
        &self,
        doing: &str,
        subject: &str,
        payload: Bytes,
        wait: Duration,
    ) -> Result<async_nats::Message, Error> {
        self.check_open()?;
        let mut violations = self.health.violations();
        let request = Request::new().payload(payload).timeout(Some(wait));
        let asked = in_time(wait, self.client.send_request(subject.to_owned(), request));
        tokio::select! {
            answer = asked => match answer {
                Some(answer) => answer.map_err(|error| self.not_answered(doing, &error)),
                None => Err(Error::Unavailable(format!("{doing}: no connection"))),
            },
            violation = forbidden(&mut violations, subject) => Err(violation.into_error(doing)),
        }
    }

    /// Sends a message that nobody answers, such as an acknowledgement.
    pub(super) async fn send(
        &self,
        doing: &str,
        subject: Subject,
        payload: Bytes,
    ) -> Result<(), Error> {
        self.check_open()?;
        let sent = in_time(settings::API_WAIT, self.client.publish(subject, payload)).await;
        match sent {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(Error::Unavailable(format!("{doing}: {error}"))),
            None => Err(Error::Unavailable(format!("{doing}: no connection"))),
        }
    }

    fn not_answered(&self, doing: &str, error: &async_nats::RequestError) -> Error {
        match error.kind() {
            _ if self.health.is_closed() => Error::Closed,
            RequestErrorKind::InvalidSubject => refused(doing, &"not a subject"),
            RequestErrorKind::MaxPayloadExceeded => refused(doing, error),
            RequestErrorKind::TimedOut
            | RequestErrorKind::NoResponders
            | RequestErrorKind::Other => Error::Unavailable(format!("{doing}: {error}")),
        }
    }

    /// Waits until the server has dealt with everything that was sent before, subscriptions
    /// above all. The client library's `flush` only waits for the socket.
    pub(super) async fn settle(&self) -> Result<(), Error> {
        let subject = self.client.new_inbox();
        match self
            .ask(
                "reach the server",
                &subject,
                Bytes::new(),
                settings::API_WAIT,
            )
            .await
        {
            // Nobody listens there, or we may not ask: either way the server has read it.
            Ok(_) | Err(Error::Refused { .. }) => Ok(()),
            Err(Error::Unavailable(why)) if why.ends_with("no responders") => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sends what is buffered and ends the connection. Each step waits within bounds.
    pub(super) async fn close(&self) -> Result<(), Error> {
        if self.health.set_closed() {
            return Ok(());
        }
        let wait = settings::CLOSE_STEP_WAIT;
        let is_connected =
            self.client.connection_state() == async_nats::connection::State::Connected;
        if is_connected {
            tokio::time::timeout(wait, self.receipts.settled())
                .await
                .ok();
        }
        let flushed = tokio::time::timeout(wait, self.client.flush()).await;
        self.client.drain().await.ok();
        if is_connected {
            tokio::time::timeout(wait, self.health.ended()).await.ok();
        }
        self.receipts.close();
        match flushed {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Error::Unavailable(format!(
                "send what is buffered: {error}"
            ))),
            Err(_) => Err(Error::Unavailable(
                "send what is buffered: timed out".to_owned(),
            )),
        }
    }
}

/// What becomes of `work` within `wait`. The client library takes what it can buffer at once, and
/// without a connection it takes no more: then it would wait for ever.
pub(super) async fn in_time<T>(wait: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    match work.as_mut().now_or_never() {
        Some(done) => Some(done),
        None => tokio::time::timeout(wait, work).await.ok(),
    }
}

fn is_new_enough(client: &Client) -> Result<(), Error> {
    let (major, minor, patch) = SERVER_MIN;
    if client.is_server_compatible(major, minor, patch) {
        return Ok(());
    }
    let version = client.server_info().version;
    let why = format!("the server has version {version}; at least {major}.{minor} is needed");
    Err(refused("connect to the bus", &why))
}

fn not_connected(servers: &str, error: &async_nats::ConnectError) -> Error {
    let doing = format!("connect to {servers}");
    match error.kind() {
        ConnectErrorKind::ServerParse
        | ConnectErrorKind::Authentication
        | ConnectErrorKind::AuthorizationViolation
        | ConnectErrorKind::Tls => refused(&doing, error),
        ConnectErrorKind::Dns
        | ConnectErrorKind::TimedOut
        | ConnectErrorKind::Io
        | ConnectErrorKind::MaxReconnects => Error::Unavailable(format!("{servers}: {error}")),
    }
}

fn refused(doing: &str, why: &impl ToString) -> Error {
    Error::Refused {
        doing: doing.to_owned(),
        code: 0,
        why: why.to_string(),
    }
}

fn not_understood(doing: &str, why: &serde_json::Error) -> Error {
    refused(doing, &format!("the answer cannot be read: {why}"))
}

/// `STREAM.INFO.PH_a_0` as people say it: `stream info`.
fn in_words(operation: &str) -> String {
    let words = operation.split('.');
    let words = words.take_while(|word| word.bytes().all(|b| b.is_ascii_uppercase()));
    words
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_said_in_words() {
        assert_eq!(in_words("STREAM.INFO.PH_a_0"), "stream info");
        assert_eq!(
            in_words("CONSUMER.RESET.PH_a_0.router_00"),
            "consumer reset"
        );
    }
}
