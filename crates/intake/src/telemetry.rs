//! The name, the kind, the labels and the help of every metric of intake.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use posthouse_domain::ticket::FactKind;
use posthouse_runtime::metrics::{Farthest, Metric, Metrics, Part, family};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::limits;

const REGION: &[&str] = &["region"];

/// Commands accepted.
pub const ACCEPTED: Metric = Metric::counter(
    "intake_accepted_total",
    &["region", "kind"],
    "Commands accepted, by kind of fact",
);
/// Commands refused.
pub const REFUSED: Metric = Metric::counter(
    "intake_refused_total",
    &["region", "code"],
    "Commands refused, by code",
);
/// Commands that repeated an accepted one.
pub const REPLAYED: Metric = Metric::counter(
    "intake_replayed_total",
    REGION,
    "Commands answered from an earlier one with their key",
);
/// What the outbox holds.
pub const OUTBOX: Metric = Metric::gauge(
    "intake_outbox_commands",
    REGION,
    "Accepted commands that wait on disk for the log",
);
/// What the outbox may hold.
pub const OUTBOX_MAX: Metric = Metric::gauge(
    "intake_outbox_commands_max",
    REGION,
    "Most commands that may wait on disk for the log",
);
/// How long the first of them has waited.
pub const OUTBOX_OLDEST: Metric = Metric::gauge(
    "intake_outbox_oldest_seconds",
    REGION,
    "How long the oldest accepted command has waited on disk for the log; 0 where none waits",
);
/// Commands forwarded from the outbox.
pub const FORWARDED: Metric = Metric::counter(
    "intake_forwarded_total",
    REGION,
    "Commands forwarded from the outbox to the log",
);
/// Failed attempts to forward.
pub const FORWARD_FAILURES: Metric = Metric::counter(
    "intake_forward_failures_total",
    REGION,
    "Attempts to forward from the outbox that the bus did not confirm",
);
/// Messages of the inbox.
pub const INBOX: Metric = Metric::counter(
    "intake_inbox_messages_total",
    &["region", "outcome"],
    "Inbox messages, by outcome",
);
/// Idempotency records kept.
pub const RECORDS: Metric = Metric::gauge(
    "intake_idempotency_records",
    REGION,
    "Idempotency keys that are remembered",
);
/// The bound of [`RECORDS`].
pub const RECORDS_MAX: Metric = Metric::gauge(
    "intake_idempotency_records_max",
    REGION,
    "Most idempotency keys that are remembered",
);
/// Requests under way.
pub const REQUESTS: Metric = Metric::gauge(
    "intake_requests",
    REGION,
    "Requests that hold a place among those that are worked on",
);
/// The bound of [`REQUESTS`].
pub const REQUESTS_MAX: Metric = Metric::gauge(
    "intake_requests_max",
    REGION,
    "Most requests that are worked on at once; the next one is refused",
);
/// Blocks of numbers leased.
pub const LEASES: Metric = Metric::counter(
    "intake_number_blocks_total",
    REGION,
    "Blocks of ticket numbers taken",
);

/// All of them; dashboards and alerts are checked against this.
pub const ALL: &[Metric] = &[
    ACCEPTED,
    REFUSED,
    REPLAYED,
    OUTBOX,
    OUTBOX_MAX,
    OUTBOX_OLDEST,
    FORWARDED,
    FORWARD_FAILURES,
    INBOX,
    RECORDS,
    RECORDS_MAX,
    REQUESTS,
    REQUESTS_MAX,
    LEASES,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    region: String,
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    region: String,
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    region: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Region {
    region: String,
}

#[derive(Clone, Debug)]
struct Families {
    accepted: Family<Kind, Counter>,
    refused: Family<Code, Counter>,
    replayed: Family<Region, Counter>,
    outbox: Family<Region, Gauge<i64, AtomicI64>>,
    outbox_max: Family<Region, Gauge<i64, AtomicI64>>,
    outbox_oldest: Family<Region, Farthest>,
    forwarded: Family<Region, Counter>,
    forward_failures: Family<Region, Counter>,
    inbox: Family<Outcome, Counter>,
    records: Family<Region, Gauge<i64, AtomicI64>>,
    records_max: Family<Region, Gauge<i64, AtomicI64>>,
    requests: Family<Region, Gauge<i64, AtomicI64>>,
    requests_max: Family<Region, Gauge<i64, AtomicI64>>,
    leases: Family<Region, Counter>,
}

impl Families {
    fn register(registry: &mut Registry) -> Self {
        Self {
            accepted: family(registry, ACCEPTED),
            refused: family(registry, REFUSED),
            replayed: family(registry, REPLAYED),
            outbox: family(registry, OUTBOX),
            outbox_max: family(registry, OUTBOX_MAX),
            outbox_oldest: family(registry, OUTBOX_OLDEST),
            forwarded: family(registry, FORWARDED),
            forward_failures: family(registry, FORWARD_FAILURES),
            inbox: family(registry, INBOX),
            records: family(registry, RECORDS),
            records_max: family(registry, RECORDS_MAX),
            requests: family(registry, REQUESTS),
            requests_max: family(registry, REQUESTS_MAX),
            leases: family(registry, LEASES),
        }
    }
}

/// What becomes of an inbox message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    /// It became a fact.
    Accepted,
    /// It was set aside as a dead letter.
    DeadLetter,
    /// It will be delivered again.
    Again,
}

impl Fate {
    const ALL: [Self; 3] = [Self::Accepted, Self::DeadLetter, Self::Again];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::DeadLetter => "dead_letter",
            Self::Again => "again",
        }
    }
}

/// What the intake of one region counts. What is counted for every ticket is looked up once.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    region: String,
    families: Families,
    opened: Counter,
    pub(crate) replayed: Counter,
    pub(crate) outbox: Gauge<i64, AtomicI64>,
    pub(crate) outbox_oldest: Arc<Part>,
    pub(crate) forwarded: Counter,
    pub(crate) forward_failures: Counter,
    pub(crate) records: Gauge<i64, AtomicI64>,
    pub(crate) leases: Counter,
    requests: Gauge<i64, AtomicI64>,
}

/// A request that holds a place, until it is dropped.
#[derive(Debug)]
pub(crate) struct UnderWay(Gauge<i64, AtomicI64>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Counts {
    /// The counts of a region; `outbox_max` is how many commands its outbox may hold.
    pub(crate) fn new(metrics: &Metrics, region: &str, outbox_max: usize) -> Self {
        let families = metrics.service(Families::register);
        let label = Region {
            region: region.to_owned(),
        };
        let show_max = |gauges: &Family<Region, Gauge<i64, AtomicI64>>, max: usize| {
            let max = i64::try_from(max).unwrap_or(i64::MAX);
            gauges.get_or_create(&label).set(max);
        };
        show_max(&families.outbox_max, outbox_max);
        show_max(&families.records_max, limits::IDEMPOTENCY_RECORDS_MAX);
        show_max(&families.requests_max, limits::REQUESTS_MAX);
        // From nothing on: what first shows as one is no rise to whoever watches for one.
        for fate in Fate::ALL {
            drop(families.inbox.get_or_create(&Outcome {
                region: region.to_owned(),
                outcome: fate.as_str(),
            }));
        }
        let kind = Kind {
            region: region.to_owned(),
            kind: FactKind::Opened.as_str(),
        };
        let opened = families.accepted.get_or_create(&kind).clone();
        let replayed = families.replayed.get_or_create(&label).clone();
        let outbox = families.outbox.get_or_create(&label).clone();
        let outbox_oldest = families.outbox_oldest.get_or_create_owned(&label);
        let outbox_oldest = Arc::new(Part::of(outbox_oldest));
        let requests = families.requests.get_or_create(&label).clone();
        let forwarded = families.forwarded.get_or_create(&label).clone();
        let forward_failures = families.forward_failures.get_or_create(&label).clone();
        let records = families.records.get_or_create(&label).clone();
        let leases = families.leases.get_or_create(&label).clone();
        Self {
            region: label.region,
            families,
            opened,
            replayed,
            outbox,
            outbox_oldest,
            forwarded,
            forward_failures,
            records,
            leases,
            requests,
        }
    }

    /// A request holds a place, until what this gives is dropped.
    #[must_use = "a request counts until it is dropped"]
    pub(crate) fn under_way(&self) -> UnderWay {
        self.requests.inc();
        UnderWay(self.requests.clone())
    }

    /// A command became a fact of this kind.
    pub(crate) fn accepted(&self, kind: FactKind) {
        if kind == FactKind::Opened {
            self.opened.inc();
            return;
        }
        let label = Kind {
            region: self.region.clone(),
            kind: kind.as_str(),
        };
        self.families.accepted.get_or_create(&label).inc();
    }

    /// A command was refused.
    pub(crate) fn refused(&self, code: &'static str) {
        let label = Code {
            region: self.region.clone(),
            code,
        };
        self.families.refused.get_or_create(&label).inc();
    }

    /// An inbox message was dealt with.
    pub(crate) fn inbox(&self, fate: Fate) {
        let label = Outcome {
            region: self.region.clone(),
            outcome: fate.as_str(),
        };
        self.families.inbox.get_or_create(&label).inc();
    }
}
