//! A region in memory, with a desk, and short ways to tell it what happened.

#![allow(dead_code, reason = "every test file uses another part of it")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body as HttpBody, to_bytes};
use axum::http::Request;
use posthouse_bus::memory::MemoryBus;
use posthouse_bus::topology::{Size, Topology};
use posthouse_bus::{Bus, Headers, Outgoing, header};
use posthouse_desk::{Counts, Desk};
use posthouse_domain::ids::Uuid;
use posthouse_domain::route::Queue;
use posthouse_domain::sla::{Promise, Target};
use posthouse_domain::ticket::{
    Actor, ActorKind, Body, Classified, Considered, Contact, Fact, FactKind, Features,
    NotificationRequested, Notified, Opened, Outcome, PolicyVersion, Reason, Replied, Routed,
    Sentiment, Severity, TargetBreached, TargetDue, Timed,
};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_runtime::clock::Clock;
use posthouse_runtime::health::Health;
use posthouse_runtime::metrics::Metrics;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

pub(crate) const START_MS: i64 = 1_795_329_000_000;
pub(crate) const POLICY: &str = "0123456789abcdef0123456789abcdef";
/// Longest wait for something that is to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A region.
pub(crate) struct World {
    pub(crate) bus: Arc<MemoryBus>,
    pub(crate) topology: Arc<Topology>,
    clock_ms: Arc<AtomicI64>,
}

/// A desk that runs.
pub(crate) struct Running {
    pub(crate) desk: Desk,
    pub(crate) health: Health,
    pub(crate) metrics: Metrics,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), posthouse_desk::Error>>,
}

impl World {
    pub(crate) async fn new(region: &str) -> Self {
        // Two streams, so that the order between streams is not the order of anything.
        let size = Size {
            partitions_per_stream: 2,
            ..Size::LAPTOP
        };
        let topology = Arc::new(Topology::new(region, size));
        let clock_ms = Arc::new(AtomicI64::new(START_MS));
        let shown = Arc::clone(&clock_ms);
        let bus = MemoryBus::new(Arc::new(move || {
            Timestamp::from_millis(shown.load(Ordering::Relaxed))
        }));
        bus.provision(&topology).await.unwrap();
        Self {
            bus: Arc::new(bus),
            topology,
            clock_ms,
        }
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.clock_ms.fetch_add(ms, Ordering::Relaxed);
        self.bus.clock_moved();
    }

    /// Opens a desk and lets it run.
    pub(crate) async fn desk(&self, path: Option<&Path>) -> Running {
        let shutdown = CancellationToken::new();
        let (health, metrics) = (Health::new(), Metrics::new());
        let shown = Arc::clone(&self.clock_ms);
        let desk = Desk::open(
            Arc::new(self.bus.client()),
            Arc::clone(&self.topology),
            path.map(Path::to_owned),
            Clock::from_fn(move || Timestamp::from_millis(shown.load(Ordering::Relaxed))),
            &metrics,
            &health,
            shutdown.clone(),
        )
        .await
        .unwrap();
        let runs = desk.clone();
        let task = tokio::spawn(async move { runs.run().await });
        Running {
            desk,
            health,
            metrics,
            shutdown,
            task,
        }
    }

    /// Puts a fact into the log under its identity, as services do.
    pub(crate) async fn tell(&self, fact: &Fact) {
        self.publish(fact, Some(fact.id.to_string())).await;
    }

    /// Puts a fact into the log whether it is there or not, as one does whose repeat comes after
    /// the bus has forgotten the identity.
    pub(crate) async fn tell_again(&self, fact: &Fact) {
        self.publish(fact, None).await;
    }

    pub(crate) async fn tell_all<'f>(&self, facts: impl IntoIterator<Item = &'f Fact>) {
        for fact in facts {
            self.tell(fact).await;
        }
    }

    /// Puts a fact into the log with a trace context.
    pub(crate) async fn tell_in(&self, fact: &Fact, traceparent: &str) {
        let message = Outgoing {
            subject: self.topology.subjects.fact(fact.ticket, &fact.body),
            id: Some(fact.id.to_string()),
            headers: Headers::default().with(header::TRACEPARENT, traceparent),
            payload: posthouse_wire::encode(fact).into(),
            ..Outgoing::default()
        };
        self.bus.publish(message).await.unwrap().await.unwrap();
    }

    pub(crate) async fn raw(&self, subject: String, payload: Vec<u8>) -> u64 {
        let message = Outgoing {
            subject,
            payload: payload.into(),
            ..Outgoing::default()
        };
        self.bus
            .publish(message)
            .await
            .unwrap()
            .await
            .unwrap()
            .sequence
    }

    async fn publish(&self, fact: &Fact, id: Option<String>) {
        let subject = self.topology.subjects.fact(fact.ticket, &fact.body);
        let payload = posthouse_wire::encode(fact).into();
        let message = Outgoing {
            subject,
            id,
            payload,
            ..Outgoing::default()
        };
        self.bus.publish(message).await.unwrap().await.unwrap();
    }
}

impl Running {
    /// Waits until the counts are as wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&Counts) -> bool) -> Counts {
        let mut counts = self.desk.watch_counts();
        let reached = tokio::time::timeout(PATIENCE, counts.wait_for(|counts| wanted(counts)));
        let reached = reached.await.map(|counts| *counts.unwrap());
        reached.unwrap_or_else(|_| panic!("not reached: {:?}", self.desk.counts()))
    }

    pub(crate) async fn until_facts(&self, facts: u64) -> Counts {
        self.until(|counts| counts.facts == facts).await
    }

    /// Ends it as a process ends.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.task)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        ask(&self.desk.router(), Request::get(path)).await
    }
}

pub(crate) async fn ask(router: &Router, request: axum::http::request::Builder) -> (u16, Value) {
    let request = request.body(HttpBody::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let json = serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&bytes)));
    (status, json)
}

/// A text as it stands in a URL.
pub(crate) fn url(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~=&".contains(&b);
    let encode = |b: u8| {
        if plain(b) {
            char::from(b).to_string()
        } else {
            format!("%{b:02X}")
        }
    };
    text.bytes().map(encode).collect()
}

pub(crate) fn ticket_id(n: u128) -> TicketId {
    TicketId(Uuid::from_u128(
        0x0190_0000_0000_7000_8000_0000_0000_0000 + n,
    ))
}

/// One ticket's facts, as the services would tell them.
pub(crate) struct Story {
    pub(crate) ticket: TicketId,
    pub(crate) region: String,
    pub(crate) facts: Vec<Fact>,
}

impl Story {
    pub(crate) fn open(region: &str, n: u128, change: impl FnOnce(&mut Opened)) -> Self {
        let mut opened = Opened {
            number: format!("T-2026-{n:04}"),
            customer: format!("c-{}", n % 5),
            subject: format!("ticket {n} 磁盘写满"),
            body: "生产环境无法写入 ENOSPC".to_owned(),
            severity: None,
            region: String::new(),
            tier: "gold".to_owned(),
            channel: "web".to_owned(),
            language: String::new(),
            product: "ECS".to_owned(),
            attributes: [("instance".to_owned(), "i-1".to_owned())].into(),
            contact: Contact {
                name: "Li".to_owned(),
                ..Contact::default()
            },
        };
        change(&mut opened);
        let customer = opened.customer.clone();
        let mut story = Self {
            ticket: ticket_id(n),
            region: region.to_owned(),
            facts: Vec::new(),
        };
        story.add(ActorKind::Customer, &customer, None, Body::Opened(opened));
        story
    }

    /// Opened, classified, routed, timed, and somebody was told.
    pub(crate) fn whole(region: &str, n: u128) -> Self {
        let mut story = Self::open(region, n, |_| {});
        let severity = Severity::ALL[usize::try_from(n % 4).unwrap()];
        let opened = story.facts[0].id;
        let classified = story.classify(opened, severity);
        story.route(classified, "beijing/L1/storage/zh");
        let due = START_MS + 3_600_000 + i64::try_from(n).unwrap() * 1_000;
        story.time(classified, Timestamp::from_millis(due));
        let request = story.request(opened, "ops");
        story.notified(request);
        story
    }

    pub(crate) fn features(&self) -> Features {
        let mut ticket = None;
        for fact in &self.facts {
            match &mut ticket {
                None => {
                    ticket = Some(posthouse_domain::ticket::Ticket::open(fact, start()).unwrap())
                }
                Some(ticket) => drop(ticket.apply(fact, start())),
            }
        }
        ticket.unwrap().features
    }

    pub(crate) fn add(
        &mut self,
        kind: ActorKind,
        name: &str,
        cause: Option<FactId>,
        body: Body,
    ) -> FactId {
        let n = u128::try_from(self.facts.len()).unwrap();
        let id = FactId(Uuid::from_u128(self.ticket.0.as_u128() ^ ((n + 1) << 64)));
        let policy = match kind {
            ActorKind::Service => PolicyVersion(POLICY.to_owned()),
            _ => PolicyVersion::default(),
        };
        let actor = Actor {
            kind,
            name: name.to_owned(),
        };
        let (ticket, region) = (self.ticket, self.region.clone());
        self.facts.push(Fact {
            id,
            ticket,
            region,
            at: start(),
            actor,
            cause,
            policy,
            body,
        });
        id
    }

    pub(crate) fn classify(&mut self, cause: FactId, severity: Severity) -> FactId {
        let features = Features {
            severity: Some(severity),
            category: "storage".to_owned(),
            kind: "incident".to_owned(),
            language: "zh".to_owned(),
            sentiment: Some(Sentiment::Negative),
            ..self.features()
        };
        let reason = Reason {
            field: "category".to_owned(),
            value: "storage".to_owned(),
            rule: "keyword".to_owned(),
            evidence: "磁盘".to_owned(),
        };
        let body = Body::Classified(Classified {
            features,
            missing: Vec::new(),
            confidence_permille: 900,
            model: "rules-1".to_owned(),
            reasons: vec![reason],
            personal: Vec::new(),
            similar: Vec::new(),
            signals: Vec::new(),
        });
        self.add(ActorKind::Service, "classifier", Some(cause), body)
    }

    pub(crate) fn route(&mut self, cause: FactId, queue: &str) -> FactId {
        let queue: Queue = queue.parse().unwrap();
        let considered = vec![
            Considered {
                rule: "vip".to_owned(),
                outcome: Outcome::NoMatch,
            },
            Considered {
                rule: "storage".to_owned(),
                outcome: Outcome::Chosen,
            },
            Considered {
                rule: "centre dublin".to_owned(),
                outcome: Outcome::Rejected("does not speak zh".to_owned()),
            },
        ];
        let features = self.features();
        let body = Body::Routed(Routed {
            queue,
            rule: "storage".to_owned(),
            considered,
            features,
            step: 0,
            why: String::new(),
        });
        self.add(ActorKind::Service, "router", Some(cause), body)
    }

    pub(crate) fn time(&mut self, cause: FactId, due_at: Timestamp) -> FactId {
        let targets = vec![TargetDue {
            target: Target::Resolution,
            cycle: 0,
            started_at: start(),
            due_at,
            previous_due_at: None,
            promise: Promise::Working(3_600_000),
            calendar: "24x7".to_owned(),
            sla: "gold".to_owned(),
        }];
        let features = self.features();
        let body = Body::Timed(Timed {
            sla: "gold".to_owned(),
            why: String::new(),
            considered: Vec::new(),
            targets,
            features,
        });
        self.add(ActorKind::Service, "watchdog", Some(cause), body)
    }

    pub(crate) fn breach(&mut self, cause: FactId, due_at: Timestamp) -> FactId {
        let features = self.features();
        let body = TargetBreached {
            target: Target::Resolution,
            cycle: 0,
            due_at,
            features,
            minutes: None,
        };
        self.add(
            ActorKind::Service,
            "watchdog",
            Some(cause),
            Body::TargetBreached(body),
        )
    }

    pub(crate) fn request(&mut self, cause: FactId, receiver: &str) -> FactId {
        let body = Body::NotificationRequested(NotificationRequested {
            receiver: receiver.to_owned(),
            rule: "all".to_owned(),
            about: FactKind::Opened,
            title: "new ticket".to_owned(),
            text: "text".to_owned(),
            fields: Vec::new(),
            language: String::new(),
            features: self.features(),
            urgent: false,
            round: 0,
            told_of: Vec::new(),
        });
        self.add(ActorKind::Service, "notifier", Some(cause), body)
    }

    pub(crate) fn notified(&mut self, request: FactId) -> FactId {
        let body = Body::Notified(Notified {
            receiver: "ops".to_owned(),
            attempts: 1,
            receipt: "200".to_owned(),
            possible_duplicate: false,
        });
        self.add(ActorKind::Service, "courier", Some(request), body)
    }

    pub(crate) fn reply(&mut self, kind: ActorKind, text: &str) -> FactId {
        let body = Body::Replied(Replied {
            text: text.to_owned(),
            awaits_customer: false,
        });
        self.add(kind, "somebody", None, body)
    }

    pub(crate) fn last(&self) -> &Fact {
        self.facts.last().unwrap()
    }
}

pub(crate) fn start() -> Timestamp {
    Timestamp::from_millis(START_MS)
}
