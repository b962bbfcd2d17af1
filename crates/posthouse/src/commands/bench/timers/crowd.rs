//! Crowds: tickets opened and labelled, as facts for the log.

use std::time::{Duration, Instant};

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Outgoing, Role, header};
use posthouse_domain::command::CommandBody;
use posthouse_domain::ticket::{
    Actor, ActorKind, Body, Classified, Fact, Features, Origin, Severity,
};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_policy::Policy;

use crate::exit::Error;
use crate::samples::Sample;

/// How often a paced crowd looks at the time.
const PACE: Duration = Duration::from_millis(5);

/// What a crowd is for; it is the product its tickets are about, by which the policy tells them
/// apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Warm,
    Held,
    Burst,
    Steady,
}

impl Group {
    pub(super) const ALL: [Self; 4] = [Self::Warm, Self::Held, Self::Burst, Self::Steady];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Warm => "bench-warm",
            Self::Held => "bench-held",
            Self::Burst => "bench-burst",
            Self::Steady => "bench-steady",
        }
    }
}

/// Tickets to come.
pub(super) struct Crowd {
    group: Group,
    /// How many.
    pub(super) tickets: u64,
    per_second: Option<u64>,
}

/// Where a crowd goes.
pub(super) struct Door<'a> {
    pub(super) bus: &'a dyn Bus,
    pub(super) topology: &'a Topology,
    pub(super) policy: &'a Policy,
    pub(super) samples: &'a [Sample],
    pub(super) now: &'a (dyn Fn() -> Timestamp + Sync),
}

impl Crowd {
    pub(super) const fn new(group: Group, tickets: u64) -> Self {
        Self {
            group,
            tickets,
            per_second: None,
        }
    }

    /// Not as fast as they are taken, but so many a second.
    pub(super) const fn paced(mut self, per_second: u64) -> Self {
        self.per_second = Some(per_second);
        self
    }

    /// Appends the facts of all tickets, pipelined, and waits until the log holds them.
    pub(super) async fn enter(&self, door: &Door<'_>) -> Result<(), Error> {
        let started = Instant::now();
        let mut receipts = FuturesUnordered::new();
        for number in 0..self.tickets {
            self.wait_for_turn(number, started).await;
            for fact in self.facts(number, door) {
                receipts.push(door.bus.publish(message(door.topology, &fact)).await?);
            }
            while let Some(Some(stored)) = receipts.next().now_or_never() {
                stored?;
            }
        }
        while let Some(stored) = receipts.next().await {
            stored?;
        }
        Ok(())
    }

    async fn wait_for_turn(&self, number: u64, started: Instant) {
        let Some(per_second) = self.per_second else {
            return;
        };
        let turn = Duration::from_micros(number.saturating_mul(1_000_000) / per_second.max(1));
        while started.elapsed() < turn {
            tokio::time::sleep(PACE).await;
        }
    }

    /// A sample as its customer sends it, and the labels that a careful reader gave it; but of
    /// the lowest severity.
    fn facts(&self, number: u64, door: &Door<'_>) -> [Fact; 2] {
        let index = usize::try_from(number).unwrap_or_default() % door.samples.len();
        let sample = &door.samples[index];
        let CommandBody::Open(opening) = sample.command(door.policy).body else {
            unreachable!("samples open tickets");
        };
        let region = door.topology.subjects.region();
        let mut opened = opening.opened(format!("BE-2026-{number:06}"));
        opened.product = self.group.as_str().to_owned();
        opened.severity = Some(Severity::P3);
        let name = [self.group.as_str(), region, &number.to_string()].map(str::to_owned);
        let name = name.each_ref().map(String::as_str);
        let now = (door.now)();
        let features = Features {
            severity: Some(Severity::P3),
            category: sample.expected.category.clone(),
            kind: sample.expected.kind.clone(),
            language: sample.expected.language.clone(),
            ..Features::declared(&opened, region, now)
        };
        let opened = Fact {
            id: FactId::from_command(&name),
            ticket: TicketId::derive(&name),
            region: region.to_owned(),
            at: now,
            actor: Actor {
                kind: ActorKind::Customer,
                name: opened.customer.clone(),
            },
            cause: None,
            policy: door.policy.version.clone(),
            body: Body::Opened(opened),
        };
        let classified = Body::Classified(Classified {
            features,
            missing: Vec::new(),
            confidence_permille: 900,
            model: "bench/1".to_owned(),
            reasons: Vec::new(),
            personal: Vec::new(),
            similar: Vec::new(),
            signals: Vec::new(),
        });
        let origin = Origin::of(
            Role::Classifier.as_str(),
            &opened,
            now,
            &door.policy.version,
        );
        let classified = origin.fact("labels", 0, classified);
        [opened, classified]
    }
}

fn message(topology: &Topology, fact: &Fact) -> Outgoing {
    let subject = topology.subjects.fact(fact.ticket, &fact.body);
    let payload = posthouse_wire::encode(fact).into();
    let mut message = Outgoing::new(subject, fact.id.to_string(), payload);
    message.headers.set(header::TICKET, fact.ticket.to_string());
    message
}
