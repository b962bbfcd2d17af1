//! A region on a bus in memory, with a door and a read side.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which stop at the first surprise"
)]
#![allow(dead_code, reason = "each test uses some of it")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body as HttpBody;
use axum::http::{HeaderMap, Request, StatusCode};
use futures::StreamExt;
use posthouse_bus::memory::MemoryBus;
use posthouse_bus::topology::{Size, Topology};
use posthouse_bus::{Bus, Delivery, Until};
use posthouse_domain::command::{Command, CommandBody, Opening};
use posthouse_domain::ticket::{Body, Fact, Ticket};
use posthouse_domain::{TicketId, Timestamp};
use posthouse_intake::{Accepted, Error, Intake, Options, Refused};
use posthouse_policy::Source;
use posthouse_runtime::clock::Clock;
use posthouse_runtime::health::Health;
use posthouse_runtime::metrics::Metrics;
use posthouse_runtime::policies::{self, Policies};
use posthouse_runtime::trace::Tracer;
use posthouse_wire::DeadLetter;
use posthouse_wire::v1::{TicketAnswer, TicketQuery};
use prost::Message;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The region of the tests; its numbers begin with `CN`.
pub(crate) const REGION: &str = "cn-north";
/// The longest that a test waits for something that must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A region on a bus in memory, and a folder for its intakes.
pub(crate) struct World {
    pub(crate) bus: MemoryBus,
    pub(crate) topology: Arc<Topology>,
    pub(crate) clock: Clock,
    pub(crate) home: TempDir,
}

impl World {
    /// A region with the default policy in force.
    pub(crate) async fn new() -> Self {
        let world = Self::without_policy().await;
        world.activate("default").await;
        world
    }

    /// A region where no policy was ever activated.
    pub(crate) async fn without_policy() -> Self {
        let start: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        let origin = std::time::Instant::now();
        let clock = Clock::from_fn(move || {
            start.plus_millis(i64::try_from(origin.elapsed().as_millis()).unwrap())
        });
        Self::with_clock(clock).await
    }

    pub(crate) async fn with_clock(clock: Clock) -> Self {
        let of_bus = clock.clone();
        let bus = MemoryBus::new(Arc::new(move || of_bus.now()));
        let topology = Arc::new(Topology::new(REGION, Size::LAPTOP));
        bus.provision(&topology).await.unwrap();
        Self {
            bus,
            topology,
            clock,
            home: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) async fn activate(&self, bundle: &str) {
        let source = Source::shipped(bundle).unwrap();
        let now = self.clock.now();
        policies::activate(&self.bus, &self.topology, &source, "a test", now)
            .await
            .unwrap();
    }

    pub(crate) fn dir(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Opens a door with its folder under this name.
    pub(crate) async fn door(&self, name: &str) -> Door {
        self.door_with(name, |_| {}).await.unwrap()
    }

    /// The same, with a door that tells spans.
    pub(crate) async fn door_telling(&self, name: &str, tracer: Tracer) -> Door {
        self.open(name, tracer, |_| {}).await.unwrap()
    }

    pub(crate) async fn door_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut Options),
    ) -> Result<Door, Error> {
        self.open(name, Tracer::off(), change).await
    }

    async fn open(
        &self,
        name: &str,
        tracer: Tracer,
        change: impl FnOnce(&mut Options),
    ) -> Result<Door, Error> {
        let mut options = options(&self.dir(name));
        change(&mut options);
        let bus: Arc<dyn Bus> = Arc::new(self.bus.client());
        let policies = Arc::new(Policies::new(Arc::clone(&bus), &self.topology));
        let (metrics, health) = (Metrics::new(), Health::new());
        let shutdown = CancellationToken::new();
        let intake = Intake::open(
            bus,
            Arc::clone(&self.topology),
            policies,
            self.clock.clone(),
            &metrics,
            tracer,
            &health,
            options,
            shutdown.clone(),
        )
        .await?;
        Ok(Door {
            intake,
            metrics,
            health,
            shutdown,
            running: None,
        })
    }

    /// Everything in the log, in the order of the stream.
    pub(crate) async fn log(&self) -> Vec<Delivery> {
        let mut log = Vec::new();
        for stream in self.topology.log_streams() {
            let mut read = self.bus.read(&stream, &[], 0, Until::Now).await.unwrap();
            while let Some(delivery) = read.next().await {
                log.push(delivery.unwrap());
            }
        }
        log
    }

    /// All facts in the log.
    pub(crate) async fn facts(&self) -> Vec<Fact> {
        let log = self.log().await;
        log.iter()
            .filter_map(|delivery| posthouse_wire::decode(&delivery.payload).ok())
            .collect()
    }

    /// All dead letters of intake.
    pub(crate) async fn dead_letters(&self) -> Vec<DeadLetter> {
        let log = self.log().await;
        log.iter()
            .filter(|delivery| delivery.subject.ends_with(".dlq.intake"))
            .map(|delivery| DeadLetter::decode(&delivery.payload[..]).unwrap())
            .collect()
    }

    /// Starts a read side that folds the log anew for each question.
    pub(crate) async fn read_side(&self) -> JoinHandle<()> {
        let bus = self.bus.client();
        let subject = self.topology.subjects.query("ticket");
        let mut questions = bus.serve(&subject, "desk").await.unwrap();
        let streams = self.topology.log_streams();
        tokio::spawn(async move {
            while let Some(question) = questions.next().await {
                let query = TicketQuery::decode(&question.payload[..]).unwrap();
                let answer = look_up(&bus, &streams, &query.ticket).await;
                let _ = (question.reply)(answer.encode_to_vec().into()).await;
            }
        })
    }

    /// A read side that hears questions and never answers.
    pub(crate) async fn silent_read_side(&self) -> JoinHandle<()> {
        let bus = self.bus.client();
        let subject = self.topology.subjects.query("ticket");
        let mut questions = bus.serve(&subject, "desk").await.unwrap();
        tokio::spawn(async move {
            let _bus = bus;
            let mut heard = Vec::new();
            while let Some(question) = questions.next().await {
                heard.push(question);
            }
        })
    }
}

async fn look_up(bus: &MemoryBus, streams: &[String], named: &str) -> TicketAnswer {
    let mut found: Option<(Ticket, String)> = None;
    for stream in streams {
        let Ok(mut read) = bus.read(stream, &[], 0, Until::Now).await else {
            continue;
        };
        while let Some(Ok(delivery)) = read.next().await {
            let Ok(fact) = posthouse_wire::decode(&delivery.payload) else {
                continue;
            };
            if let Some((ticket, _)) = &mut found
                && ticket.id == fact.ticket
            {
                ticket.apply(&fact, delivery.stored_at);
            } else if let Body::Opened(opened) = &fact.body
                && (fact.ticket.to_string() == named || opened.number == named)
            {
                let number = opened.number.clone();
                found = Ticket::open(&fact, delivery.stored_at)
                    .ok()
                    .map(|it| (it, number));
            }
        }
    }
    let Some((ticket, number)) = found else {
        return TicketAnswer::default();
    };
    let customer = &ticket.features.customer;
    TicketAnswer {
        found: true,
        ticket_id: ticket.id.to_string(),
        state: ticket.features.state.to_string(),
        json: format!(r#"{{"number":"{number}","customer":"{customer}","queue":null}}"#).into(),
    }
}

pub(crate) fn options(dir: &Path) -> Options {
    Options {
        node: "test".to_owned(),
        dir: dir.to_owned(),
        outbox_tickets_max: 10_000,
        numbers_per_block: 100,
        idempotency_hours: 24,
        publish_wait_ms: 500,
        read_side_wait_ms: 500,
        body_bytes_max: 512 * 1024,
    }
}

/// A door, and what belongs to its process.
pub(crate) struct Door {
    pub(crate) intake: Intake,
    pub(crate) metrics: Metrics,
    pub(crate) health: Health,
    pub(crate) shutdown: CancellationToken,
    running: Option<JoinHandle<Result<(), Error>>>,
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn word(&self, name: &str) -> String {
        self.json()[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}: {self:?}"))
            .to_owned()
    }

    /// The fields that a problem document names, with what is wrong with them.
    pub(crate) fn wrong(&self) -> Vec<String> {
        assert_eq!(
            self.headers["content-type"], "application/problem+json",
            "{self:?}"
        );
        let json = self.json();
        let errors = json["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|e| {
                format!(
                    "{} {}",
                    e["field"].as_str().unwrap(),
                    e["message"].as_str().unwrap()
                )
            })
            .collect()
    }
}

impl Door {
    /// Begins to forward, to take the inbox in, and so on.
    pub(crate) fn run(mut self) -> Self {
        self.running = Some(tokio::spawn(self.intake.clone().run()));
        self
    }

    /// A clean stop.
    pub(crate) async fn stop(mut self) {
        self.shutdown.cancel();
        if let Some(running) = self.running.take() {
            tokio::time::timeout(PATIENCE, running)
                .await
                .unwrap()
                .unwrap()
                .unwrap();
        }
    }

    pub(crate) fn router(&self) -> Router {
        self.intake.router()
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.post_with(
            path,
            &[("content-type", "application/json")],
            body.to_owned(),
        )
        .await
    }

    pub(crate) async fn post_keyed(&self, path: &str, key: &str, body: &str) -> Answer {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        self.post_with(path, &headers, body.to_owned()).await
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<HttpBody>,
    ) -> Answer {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let response = self.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    /// Opens a ticket over HTTP.
    pub(crate) async fn open_ticket(&self) -> (String, String) {
        let answer = self
            .post("/v1/tickets", r#"{"customer":"c-1","subject":"s"}"#)
            .await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{answer:?}");
        (answer.word("ticket_id"), answer.word("number"))
    }

    pub(crate) async fn submit(&self, body: CommandBody) -> Result<Accepted, Refused> {
        self.intake
            .submit(
                Command {
                    id: None,
                    asked_at: None,
                    actor: None,
                    body,
                },
                None,
            )
            .await
    }
}

pub(crate) fn opening(subject: &str) -> CommandBody {
    CommandBody::Open(Opening {
        customer: "c-1".to_owned(),
        subject: subject.to_owned(),
        ..Opening::default()
    })
}

pub(crate) fn reply(ticket: TicketId, text: &str) -> CommandBody {
    CommandBody::Reply {
        ticket: ticket.to_string(),
        text: text.to_owned(),
        awaits_customer: false,
    }
}

/// Waits until something holds.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !holds().await {
        assert!(
            tokio::time::Instant::now() < deadline,
            "waited in vain until {what}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
