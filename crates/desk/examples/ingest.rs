//! How fast the desk takes a log in, and how fast it makes texts searchable.
//!
//! ```text
//! cargo run --release -p posthouse-desk --example ingest -- [TICKETS]
//! ```
//!
//! Prints facts per second of wall time, and per second that the one writing thread was at work
//! (what one core sustains); then texts per second for the index that is used, and for SQLite's
//! trigram tokenizer on the same texts.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use posthouse_bus::memory::MemoryBus;
use posthouse_bus::topology::{Size, Topology};
use posthouse_bus::{Bus, Outgoing};
use posthouse_desk::{Desk, Field, Filter, Listing};
use posthouse_domain::ids::Uuid;
use posthouse_domain::sla::{Promise, Target};
use posthouse_domain::ticket::{
    Actor, ActorKind, Body, Classified, Considered, Contact, Fact, FactKind, Features,
    NotificationRequested, Notified, Opened, Outcome, PolicyVersion, Reason, Routed, Severity,
    State, TargetDue, Timed,
};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_runtime::clock::Clock;
use posthouse_runtime::health::Health;
use posthouse_runtime::metrics::Metrics;
use tokio_util::sync::CancellationToken;

const FACTS_PER_TICKET: u64 = 6;
const TEXT: &str = "生产环境数据库主从切换后业务连接全部超时，应用日志里是 connection reset by peer，\
    重启实例没有恢复，监控显示磁盘 IO 打满，请尽快处理。kern: nfs: server nas-web.example not \
    responding, still trying. We see about 3 % of requests fail since 09:40, mostly writes.";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let tickets: u64 = std::env::args()
        .nth(1)
        .map_or(Ok(20_000), |count| count.parse())?;
    let topology = Arc::new(Topology::new("bench", Size::LAPTOP));
    let bus = MemoryBus::new(Arc::new(|| Timestamp::from_millis(1_795_329_000_000)));
    bus.provision(&topology).await?;
    let mut bytes = 0;
    for wave in (0..tickets).collect::<Vec<_>>().chunks(64) {
        // A wave of tickets is worked on together, step by step, as in a region.
        let stories: Vec<Vec<Fact>> = wave.iter().map(|n| story(*n)).collect();
        for step in 0..stories[0].len() {
            for fact in stories.iter().map(|story| &story[step]) {
                let subject = topology.subjects.fact(fact.ticket, &fact.body);
                let payload = posthouse_wire::encode(fact);
                bytes += payload.len();
                let message = Outgoing {
                    subject,
                    payload: payload.into(),
                    ..Outgoing::default()
                };
                bus.publish(message).await?.await?;
            }
        }
    }
    measure(Arc::new(bus), topology, tickets, bytes).await
}

async fn measure(
    bus: Arc<dyn Bus>,
    topology: Arc<Topology>,
    tickets: u64,
    bytes: usize,
) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("desk.sqlite");
    let (metrics, shutdown) = (Metrics::new(), CancellationToken::new());
    let desk = Desk::open(
        bus,
        topology,
        Some(path.clone()),
        Clock::system(),
        &metrics,
        &Health::new(),
        shutdown.clone(),
    )
    .await?;
    let facts = tickets * FACTS_PER_TICKET;
    let started = Instant::now();
    let runs = desk.clone();
    let task = tokio::spawn(async move { runs.run().await });
    desk.watch_counts()
        .wait_for(|counts| counts.facts == facts)
        .await?;
    let wall_s = started.elapsed().as_secs_f64();
    let busy_s = sum_of(&metrics.encode(), "desk_commit_seconds_sum");
    let mut out = std::io::stdout();
    let rate = |seconds: f64| facts as f64 / seconds;
    writeln!(out, "facts {facts}, {} bytes each", bytes as u64 / facts)?;
    writeln!(out, "wall: {wall_s:.2} s, {:.0} facts/s", rate(wall_s))?;
    writeln!(
        out,
        "writing thread: {busy_s:.2} s, {:.0} facts/s",
        rate(busy_s)
    )?;

    let mut filter = Filter::default();
    filter.add(Field::Text, "磁盘")?;
    let listing = Listing::of(filter);
    for what in ["first text query, with catching up", "text query"] {
        let started = Instant::now();
        let found = desk.list(&listing).await?.tickets.len();
        writeln!(
            out,
            "{what}: {:.1} ms, {found} found",
            started.elapsed().as_secs_f64() * 1e3
        )?;
    }
    shutdown.cancel();
    task.await??;
    writeln!(
        out,
        "database: {} MiB",
        std::fs::metadata(&path)?.len() >> 20
    )?;
    trigrams(&mut out, tickets)
}

/// The same texts under SQLite's own tokenizer for substrings.
fn trigrams(out: &mut impl std::io::Write, tickets: u64) -> Result<(), Box<dyn Error>> {
    let mut connection = rusqlite::Connection::open_in_memory()?;
    connection.execute_batch(
        "CREATE VIRTUAL TABLE text USING fts5 (words, content = '', tokenize = 'trigram')",
    )?;
    let started = Instant::now();
    let transaction = connection.transaction()?;
    for n in 0..tickets {
        let text = format!("{}\n{TEXT}", subject(n));
        transaction
            .prepare_cached("INSERT INTO text (words) VALUES (?1)")?
            .execute([text])?;
    }
    transaction.commit()?;
    let rate = tickets as f64 / started.elapsed().as_secs_f64();
    writeln!(out, "trigram index: {rate:.0} texts/s")?;
    Ok(())
}

fn sum_of(metrics: &str, name: &str) -> f64 {
    let line = metrics
        .lines()
        .find(|line| line.starts_with(name))
        .unwrap_or_default();
    line.rsplit(' ')
        .next()
        .and_then(|value| value.parse().ok())
        .unwrap_or(f64::NAN)
}

fn subject(n: u64) -> String {
    format!("订单库 {n} 磁盘写满 database {n} does not answer")
}

/// One ticket's way, as the services tell it.
fn story(n: u64) -> Vec<Fact> {
    let at = Timestamp::from_millis(1_795_329_000_000);
    let ticket = TicketId(Uuid::from_u128(
        0x0199_0000_0000_7000_8000_0000_0000_0000 + u128::from(n),
    ));
    let opened = Opened {
        number: format!("CN-2026-{n:06}"),
        customer: format!("c-{}", n % 500),
        subject: subject(n),
        body: TEXT.to_owned(),
        severity: None,
        region: String::new(),
        tier: "gold".to_owned(),
        channel: "web".to_owned(),
        language: String::new(),
        product: "RDS".to_owned(),
        attributes: [("instance".to_owned(), format!("rds-{n}"))].into(),
        contact: Contact::default(),
    };
    let features = Features {
        severity: Severity::ALL
            .get(usize::try_from(n % 4).unwrap_or_default())
            .copied(),
        category: "database".to_owned(),
        kind: "incident".to_owned(),
        language: "zh".to_owned(),
        state: State::Triaged,
        ..Features::declared(&opened, "bench", at)
    };
    let considered: Vec<Considered> = (0..6)
        .map(|rule| Considered {
            rule: format!("rule-{rule}"),
            outcome: Outcome::NoMatch,
        })
        .collect();
    let id = |step: u128| FactId(Uuid::from_u128(ticket.0.as_u128() ^ (step << 64)));
    let [open, classify, route, time, request, notify] = [1, 2, 3, 4, 5, 6].map(id);
    let bodies = [
        (open, None, Body::Opened(opened)),
        (classify, Some(open), classified(&features)),
        (route, Some(classify), routed(&features, &considered)),
        (time, Some(classify), timed(&features, considered, at)),
        (request, Some(open), requested(&features)),
        (notify, Some(request), notified()),
    ];
    let fact = |(id, cause, body)| Fact {
        id,
        ticket,
        region: "bench".to_owned(),
        at,
        actor: Actor {
            kind: ActorKind::Service,
            name: "service".to_owned(),
        },
        cause,
        policy: PolicyVersion("0123456789abcdef".repeat(4)),
        body,
    };
    bodies.into_iter().map(fact).collect()
}

fn classified(features: &Features) -> Body {
    let reason = |field: &str| Reason {
        field: field.to_owned(),
        value: "database".to_owned(),
        rule: "keywords".to_owned(),
        evidence: "数据库".to_owned(),
    };
    Body::Classified(Classified {
        features: features.clone(),
        missing: vec!["instance_id".to_owned()],
        confidence_permille: 870,
        model: "rules-1".to_owned(),
        reasons: ["category", "kind", "severity", "language"]
            .map(reason)
            .into(),
        personal: Vec::new(),
        similar: Vec::new(),
        signals: Vec::new(),
    })
}

fn routed(features: &Features, considered: &[Considered]) -> Body {
    Body::Routed(Routed {
        queue: posthouse_domain::route::Queue {
            centre: "beijing".to_owned(),
            level: "L1".to_owned(),
            skill: "database".to_owned(),
            language: "zh".to_owned(),
        },
        rule: "database".to_owned(),
        considered: considered.to_vec(),
        features: features.clone(),
        step: 0,
        why: String::new(),
    })
}

fn timed(features: &Features, considered: Vec<Considered>, at: Timestamp) -> Body {
    let due = |target| TargetDue {
        target,
        cycle: 0,
        started_at: at,
        due_at: at.plus_millis(3_600_000),
        previous_due_at: None,
        promise: Promise::Working(3_600_000),
        calendar: "24x7".to_owned(),
        sla: "gold".to_owned(),
    };
    Body::Timed(Timed {
        sla: "gold".to_owned(),
        why: String::new(),
        considered,
        targets: Target::ALL.map(due).into(),
        features: features.clone(),
    })
}

fn requested(features: &Features) -> Body {
    Body::NotificationRequested(NotificationRequested {
        receiver: "ops".to_owned(),
        rule: "all".to_owned(),
        about: FactKind::Opened,
        title: features.excerpt.clone(),
        text: TEXT.to_owned(),
        fields: Vec::new(),
        language: String::new(),
        features: features.clone(),
        urgent: false,
        round: 0,
        told_of: Vec::new(),
    })
}

fn notified() -> Body {
    Body::Notified(Notified {
        receiver: "ops".to_owned(),
        attempts: 1,
        receipt: "200".to_owned(),
        possible_duplicate: false,
    })
}
