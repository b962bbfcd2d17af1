//! The HTTP door, as a client without any knowledge of Posthouse's code sees it.

use std::sync::Once;

use reqwest::RequestBuilder;
use serde::Deserialize;
use serde_json::Value;

use crate::eventually;
use crate::limits::{ANSWER_WITHIN, CARRIED_WITHIN, START_WITHIN};

/// The facts that every ticket gets on its road.
pub const STATIONS: [&str; 5] = ["opened", "classified", "routed", "timed", "notified"];

/// An HTTP door.
#[derive(Clone, Debug)]
pub struct Door {
    http: reqwest::Client,
    url: String,
}

/// What a request was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type; empty when it is not told.
    pub media: String,
    /// The body.
    pub body: String,
}

/// A ticket that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Accepted {
    /// Its identity.
    pub ticket_id: String,
    /// Its number.
    pub number: String,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The ticket that was accepted, if it was.
    pub fn accepted(&self) -> Option<Accepted> {
        (self.status == 202).then(|| serde_json::from_str(&self.body).ok())?
    }
}

impl Door {
    /// The door at `url`, such as `http://127.0.0.1:7070`.
    ///
    /// # Panics
    ///
    /// When no HTTP client can be made.
    pub fn at(url: &str) -> Self {
        static TLS: Once = Once::new();
        // Where a provider is installed already, that one serves as well.
        TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let http = reqwest::Client::builder()
            .timeout(ANSWER_WITHIN)
            .no_proxy()
            .build()
            .expect("a plain client can be made");
        Self {
            http,
            url: url.to_owned(),
        }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A request that a test makes up itself; `path` begins with `/`.
    pub fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Sends a request.
    ///
    /// # Errors
    ///
    /// When there is no answer, as while the process is dead.
    pub async fn try_send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        let media = response.headers().get("content-type");
        let media = media
            .and_then(|media| media.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        Ok(Answer {
            status: response.status().as_u16(),
            media,
            body: response.text().await?,
        })
    }

    /// Sends a request that must be answered.
    ///
    /// # Panics
    ///
    /// When it is not.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request)
            .await
            .expect("a living process answers")
    }

    /// Asks for something.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(reqwest::Method::GET, path)).await
    }

    /// Asks for something that is there.
    ///
    /// # Panics
    ///
    /// When the answer is not 200 with JSON.
    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// Posts an object.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(reqwest::Method::POST, path).json(body))
            .await
    }

    /// Submits a ticket with a key that makes a repeat the same ticket.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    pub async fn try_submit(&self, body: &Value, key: &str) -> Result<Answer, reqwest::Error> {
        let request = self.request(reqwest::Method::POST, "/v1/tickets");
        self.try_send(request.header("Idempotency-Key", key).json(body))
            .await
    }

    /// Submits a ticket that must be accepted.
    ///
    /// # Panics
    ///
    /// When it is not.
    pub async fn submit(&self, body: &Value) -> Accepted {
        let answer = self.post("/v1/tickets", body).await;
        answer
            .accepted()
            .unwrap_or_else(|| panic!("not accepted: {answer:?}"))
    }

    /// The ticket of this identity or number, once it has been to all [`STATIONS`].
    ///
    /// # Panics
    ///
    /// When it has not within [`CARRIED_WITHIN`].
    pub async fn carried(&self, ticket: &str) -> Value {
        self.once(ticket, "has been to all stations", has_all_stations)
            .await
    }

    /// The ticket of this identity or number, once `is_so`.
    ///
    /// # Panics
    ///
    /// When it is not within [`CARRIED_WITHIN`].
    pub async fn once(&self, ticket: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/v1/tickets/{ticket}");
        eventually(
            &format!("ticket {ticket}, which {what}"),
            CARRIED_WITHIN,
            async || {
                let answer = self.get(&path).await;
                match answer.status {
                    200 if is_so(&answer.json()) => Ok(answer.json()),
                    _ => Err(answer.body),
                }
            },
        )
        .await
    }

    /// What the read side has counted.
    ///
    /// # Panics
    ///
    /// When it does not say.
    pub async fn stats(&self) -> Value {
        self.json("/v1/stats").await
    }

    /// Waits until the read side has counted so many tickets at every station, and nothing is
    /// under way.
    ///
    /// # Panics
    ///
    /// When it has not within [`CARRIED_WITHIN`].
    pub async fn all_carried(&self, tickets: usize) {
        let tickets = u64::try_from(tickets).expect("tests have few");
        eventually(
            &format!("{tickets} tickets at every station"),
            CARRIED_WITHIN,
            async || {
                // While a server is away, the read side may be busy with coming back.
                let answer = self.get("/v1/stats").await;
                if answer.status != 200 {
                    return Err(answer.body);
                }
                let stats = answer.json();
                let there = |name: &&str| stats["counts"][name].as_u64() >= Some(tickets);
                let settled = stats["pending_notifications"] == 0;
                if settled && STATIONS.iter().all(there) {
                    Ok(())
                } else {
                    Err(answer.body)
                }
            },
        )
        .await;
    }

    /// Waits until the process is ready.
    ///
    /// # Panics
    ///
    /// When it is not within [`START_WITHIN`].
    pub async fn ready(&self) {
        eventually(
            &format!("{} to be ready", self.url),
            START_WITHIN,
            async || {
                let answer = self.get("/readyz").await;
                if answer.status == 200 {
                    Ok(())
                } else {
                    Err(answer.body)
                }
            },
        )
        .await;
    }

    /// The address of the server that the process uses.
    ///
    /// # Panics
    ///
    /// When it does not tell.
    pub async fn nats_url(&self) -> String {
        let about = self.json("/v1/about").await;
        about["nats_url"]
            .as_str()
            .unwrap_or_else(|| panic!("{about}"))
            .to_owned()
    }
}

/// Whether a ticket, as the door shows it, has been to all [`STATIONS`].
pub fn has_all_stations(ticket: &Value) -> bool {
    let facts = ticket["facts"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let counts = |kind: &&str| {
        facts
            .iter()
            .any(|fact| fact["kind"] == **kind && fact["void"].is_null())
    };
    STATIONS.iter().all(counts)
}
