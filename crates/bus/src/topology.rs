//! The topology of a region, as data: which streams, buckets and stores it needs.
//!
//! Created and upgraded by one provisioning step, never by workers. A change here is a change
//! of every region's next `up` or `apply`, so it is additive.

use std::time::Duration;

use posthouse_domain::ticket::FactKind;

use crate::subject::Subjects;
use crate::{Role, limits};

/// The kinds of fact that are copied for the dispatcher.
pub const DISPATCH_KINDS: [FactKind; 14] = [
    FactKind::Routed,
    FactKind::Timed,
    FactKind::Offered,
    FactKind::Accepted,
    FactKind::Declined,
    FactKind::Requeued,
    FactKind::Transferred,
    FactKind::Assigned,
    FactKind::Replied,
    FactKind::Progressed,
    FactKind::Resolved,
    FactKind::Reopened,
    FactKind::Closed,
    FactKind::AgentChanged,
];

/// How large and how safe a region is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// Partitions of the log; fixed when the region is created.
    pub partitions: u16,
    /// Partitions that one stream holds.
    pub partitions_per_stream: u16,
    /// Partitions that receivers are spread over; fixed when the region is created.
    pub receiver_partitions: u16,
    /// Copies of each stream.
    pub replicas: u8,
    /// How long facts are kept (requirements, R82).
    pub age_max: Duration,
}

impl Size {
    /// One laptop: four partitions in one stream, one copy.
    pub const LAPTOP: Self = Self {
        partitions: 4,
        partitions_per_stream: 4,
        receiver_partitions: 2,
        replicas: 1,
        age_max: Duration::from_secs(180 * 24 * 3600),
    };
    /// Production: 64 partitions in 16 streams, three copies.
    pub const PRODUCTION: Self = Self {
        partitions: 64,
        partitions_per_stream: 4,
        receiver_partitions: 16,
        replicas: 3,
        age_max: Duration::from_secs(180 * 24 * 3600),
    };
}

/// What a region needs on its bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    /// The region's subjects.
    pub subjects: Subjects,
    /// How large and how safe it is.
    pub size: Size,
    /// The durable consumers of the roles that own partitions; see [`Self::with_consumers`].
    pub consumers: Vec<OwnedSpec>,
}

/// A stream to be provisioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamSpec {
    /// Its name.
    pub name: String,
    /// What people read about it.
    pub description: String,
    /// The subjects it stores.
    pub subjects: Vec<String>,
    /// Streams it copies from, each with the rewriting of subjects.
    pub sources: Vec<SourceSpec>,
    /// Copies.
    pub replicas: u8,
    /// How long messages are kept.
    pub age_max: Duration,
    /// How long message ids are remembered.
    pub duplicate_window: Duration,
    /// Whether a message may carry a time to live.
    pub allows_ttl: bool,
    /// The largest message it takes, in bytes: what is larger is refused at the edge.
    pub message_bytes_max: usize,
}

/// A stream that another copies from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpec {
    /// The stream copied from.
    pub stream: String,
    /// Which subjects, and what they become. Several destinations from one source are allowed.
    pub transforms: Vec<(String, String)>,
}

/// A partition as a role owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedSpec {
    /// The stream that holds the partition.
    pub stream: String,
    /// The durable consumer's name.
    pub consumer: String,
    /// The subjects it reads.
    pub filters: Vec<String>,
    /// The subject that wakes an idle partition and asks it for the time.
    pub tick_subject: String,
    /// The role.
    pub role: Role,
    /// The partition.
    pub partition: u16,
}

/// An inbox that intakes share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxSpec {
    /// The stream.
    pub stream: String,
    /// The durable consumer's name.
    pub consumer: String,
}

/// What provisioning changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    Created(String),
    /// It was there and differed.
    Updated(String),
}

impl Topology {
    /// The topology of `region` in the given size.
    ///
    /// # Panics
    ///
    /// When the size has no partitions, or more than [`limits::PARTITIONS_MAX`].
    #[must_use]
    pub fn new(region: &str, size: Size) -> Self {
        assert!(
            (1..=limits::PARTITIONS_MAX).contains(&size.partitions)
                && (1..=limits::PARTITIONS_MAX).contains(&size.receiver_partitions)
                && size.partitions_per_stream > 0,
            "a region has 1 to {} partitions",
            limits::PARTITIONS_MAX,
        );
        let subjects = Subjects::new(region, size.partitions, size.receiver_partitions);
        Self {
            subjects,
            size,
            consumers: Vec::new(),
        }
    }

    /// The same topology with the consumers of these roles as well. Which kinds of fact a role
    /// reads is the role's own affair, so whoever puts the roles together says it here.
    #[must_use]
    pub fn with_consumers(mut self, consumers: impl IntoIterator<Item = OwnedSpec>) -> Self {
        self.consumers.extend(consumers);
        self
    }

    /// The streams of the log, in the order of their partitions.
    #[must_use]
    pub fn log_streams(&self) -> Vec<String> {
        let count = self
            .size
            .partitions
            .div_ceil(self.size.partitions_per_stream);
        (0..count)
            .map(|group| self.log_stream_of_group(group))
            .collect()
    }

    /// The stream that holds a partition of the log.
    #[must_use]
    pub fn log_stream(&self, partition: u16) -> String {
        self.log_stream_of_group(partition / self.size.partitions_per_stream)
    }

    /// The stream that couriers read.
    #[must_use]
    pub fn courier_stream(&self) -> String {
        format!("PH_{}_courier", self.subjects.region())
    }

    /// The stream that the lookout reads.
    #[must_use]
    pub fn lookout_stream(&self) -> String {
        format!("PH_{}_lookout", self.subjects.region())
    }

    /// The stream that the dispatcher reads.
    #[must_use]
    pub fn dispatch_stream(&self) -> String {
        format!("PH_{}_dispatch", self.subjects.region())
    }

    /// The stream of what other systems send.
    #[must_use]
    pub fn inbox_stream(&self) -> String {
        format!("PH_{}_inbox", self.subjects.region())
    }

    /// All streams, those that others copy from first.
    #[must_use]
    pub fn streams(&self) -> Vec<StreamSpec> {
        let mut streams = Vec::new();
        for (group, name) in (0..).zip(self.log_streams()) {
            let first = group * self.size.partitions_per_stream;
            let end = (first + self.size.partitions_per_stream).min(self.size.partitions);
            let subjects = (first..end)
                .map(|p| self.subjects.partition_all(p))
                .collect();
            let description = format!(
                "Posthouse: ticket facts of {}, partitions {first} to {}",
                self.subjects.region(),
                end - 1
            );
            streams.push(self.stream(name, description, subjects, Vec::new()));
        }
        let inbox = self.stream(
            self.inbox_stream(),
            format!(
                "Posthouse: what other systems send to {}",
                self.subjects.region()
            ),
            vec![self.subjects.inbox(">")],
            Vec::new(),
        );
        streams.push(StreamSpec {
            message_bytes_max: limits::MESSAGE_BYTES_MAX,
            ..inbox
        });
        streams.push(self.stream(
            self.courier_stream(),
            format!(
                "Posthouse: notifications of {}, by receiver",
                self.subjects.region()
            ),
            self.courier_own_subjects(),
            self.courier_sources(),
        ));
        let lookout = self.stream(
            self.lookout_stream(),
            format!(
                "Posthouse: openings and labels of {}, for storms",
                self.subjects.region()
            ),
            self.lookout_own_subjects(),
            self.lookout_sources(),
        );
        streams.push(StreamSpec {
            age_max: limits::LOOKOUT_AGE_MAX.min(self.size.age_max),
            ..lookout
        });
        let dispatch = self.stream(
            self.dispatch_stream(),
            format!(
                "Posthouse: queues and agents of {}, for dispatch",
                self.subjects.region()
            ),
            self.dispatch_own_subjects(),
            self.dispatch_sources(),
        );
        streams.push(StreamSpec {
            age_max: limits::DISPATCH_AGE_MAX.min(self.size.age_max),
            ..dispatch
        });
        streams
    }

    /// The bucket that holds policy bundles and which of them is active.
    #[must_use]
    pub fn policy_bucket(&self) -> String {
        format!("PH_{}_policy", self.subjects.region())
    }

    /// The bucket that holds what intakes agree on: number ranges.
    #[must_use]
    pub fn numbers_bucket(&self) -> String {
        format!("PH_{}_numbers", self.subjects.region())
    }

    /// All buckets.
    #[must_use]
    pub fn buckets(&self) -> Vec<String> {
        vec![self.policy_bucket(), self.numbers_bucket()]
    }

    /// The store of snapshots.
    #[must_use]
    pub fn snapshots(&self) -> String {
        format!("PH_{}_snapshots", self.subjects.region())
    }

    /// The store of models, each under the hash of its content.
    #[must_use]
    pub fn models(&self) -> String {
        format!("PH_{}_models", self.subjects.region())
    }

    /// All stores of objects.
    #[must_use]
    pub fn object_stores(&self) -> Vec<String> {
        vec![self.snapshots(), self.models()]
    }

    /// A partition of the log as `role` owns it, reading facts of `kinds`.
    #[must_use]
    pub fn owned(&self, role: Role, partition: u16, kinds: &[FactKind]) -> OwnedSpec {
        OwnedSpec {
            stream: self.log_stream(partition),
            consumer: format!("{role}_{partition:02}"),
            filters: self.subjects.consumed(partition, role, kinds),
            tick_subject: self.subjects.tick(partition, role),
            role,
            partition,
        }
    }

    /// A partition of what couriers read.
    #[must_use]
    pub fn courier_owned(&self, receiver_partition: u16) -> OwnedSpec {
        OwnedSpec {
            stream: self.courier_stream(),
            consumer: format!("courier_{receiver_partition:02}"),
            filters: vec![
                self.subjects.courier_all(receiver_partition),
                self.subjects.couriers_all(),
            ],
            tick_subject: self.subjects.courier_tick(receiver_partition),
            role: Role::Courier,
            partition: receiver_partition,
        }
    }

    /// What the lookout reads.
    #[must_use]
    pub fn lookout_owned(&self) -> OwnedSpec {
        OwnedSpec {
            stream: self.lookout_stream(),
            consumer: "lookout_00".to_owned(),
            filters: vec![self.subjects.lookout_all()],
            tick_subject: self.subjects.lookout_tick(),
            role: Role::Lookout,
            partition: 0,
        }
    }

    /// What the dispatcher reads.
    #[must_use]
    pub fn dispatch_owned(&self) -> OwnedSpec {
        OwnedSpec {
            stream: self.dispatch_stream(),
            consumer: "dispatcher_00".to_owned(),
            filters: vec![self.subjects.dispatch_all()],
            tick_subject: self.subjects.dispatch_tick(),
            role: Role::Dispatcher,
            partition: 0,
        }
    }

    /// The partitions of the roles that read copies; see [`Role::reads_copies`].
    pub fn copies_owned(&self) -> impl Iterator<Item = OwnedSpec> {
        (0..self.size.receiver_partitions)
            .map(|partition| self.courier_owned(partition))
            .chain([self.lookout_owned(), self.dispatch_owned()])
    }

    /// The inbox as intakes share it.
    #[must_use]
    pub fn inbox(&self) -> InboxSpec {
        InboxSpec {
            stream: self.inbox_stream(),
            consumer: "intake".to_owned(),
        }
    }

    fn log_stream_of_group(&self, group: u16) -> String {
        format!("PH_{}_{group}", self.subjects.region())
    }

    fn stream(
        &self,
        name: String,
        description: String,
        subjects: Vec<String>,
        sources: Vec<SourceSpec>,
    ) -> StreamSpec {
        StreamSpec {
            name,
            description,
            subjects,
            sources,
            replicas: self.size.replicas,
            age_max: self.size.age_max,
            duplicate_window: limits::DUPLICATE_WINDOW,
            allows_ttl: true,
            // A dead letter holds a whole message of the inbox.
            message_bytes_max: limits::PAYLOAD_BYTES_MAX,
        }
    }

    /// What couriers write themselves, beside what is copied.
    fn courier_own_subjects(&self) -> Vec<String> {
        let region = self.subjects.region();
        [
            "claim",
            "tick.courier",
            "dlq.courier",
            "dlq_settled.courier",
            crate::subject::POLICY_ACTIVATED,
        ]
        .iter()
        .map(|rest| format!("ph.{region}.courier.*.{rest}"))
        // What people say to all couriers stands nowhere else (ADR 12).
        .chain(
            [FactKind::Silenced, FactKind::Unsilenced].map(|it| self.subjects.to_all_couriers(it)),
        )
        .collect()
    }

    /// What the lookout writes itself, beside what is copied.
    fn lookout_own_subjects(&self) -> Vec<String> {
        vec![
            self.subjects.lookout_tick(),
            self.subjects.lookout_dead_letter(),
            self.subjects.lookout_dead_letter_settled(),
            self.subjects.lookout_policy_activated(),
        ]
    }

    /// What storms are found by, copied from all partitions of the log into one.
    fn lookout_sources(&self) -> Vec<SourceSpec> {
        let kinds = [
            FactKind::Opened,
            FactKind::Classified,
            FactKind::Resolved,
            FactKind::Closed,
            FactKind::Folded,
            FactKind::Unfolded,
        ];
        let transforms = kinds.map(|kind| self.subjects.lookout_source(kind));
        self.sources(transforms.to_vec())
    }

    /// What the dispatcher writes itself, beside what is copied.
    fn dispatch_own_subjects(&self) -> Vec<String> {
        vec![
            self.subjects.dispatch_tick(),
            self.subjects.dispatch_dead_letter(),
            self.subjects.dispatch_dead_letter_settled(),
            self.subjects.dispatch_policy_activated(),
        ]
    }

    /// What moves tickets between queues and agents, copied from all partitions of the log into
    /// one: everything from the first queue on that changes who has a ticket, whether it was
    /// answered and by when it is to be, and what agents say of themselves.
    fn dispatch_sources(&self) -> Vec<SourceSpec> {
        let transforms = DISPATCH_KINDS.map(|kind| self.subjects.dispatch_source(kind));
        self.sources(transforms.to_vec())
    }

    /// Requests and their outcomes, copied from the log under the receiver's partition.
    fn courier_sources(&self) -> Vec<SourceSpec> {
        let kinds = [
            FactKind::NotificationRequested,
            FactKind::Notified,
            FactKind::NotificationFailed,
            FactKind::NotificationSuppressed,
        ];
        let by_receiver = kinds
            .iter()
            .map(|kind| self.subjects.courier_source(kind.as_str()));
        let to_all = [
            FactKind::Unsilenced,
            FactKind::Resilenced,
            FactKind::Preferred,
        ]
        .map(|kind| self.subjects.couriers_source(kind));
        self.sources(by_receiver.chain(to_all).collect())
    }

    /// Every stream of the log, with this rewriting.
    fn sources(&self, transforms: Vec<(String, String)>) -> Vec<SourceSpec> {
        self.log_streams()
            .into_iter()
            .map(|stream| SourceSpec {
                stream,
                transforms: transforms.clone(),
            })
            .collect()
    }
}
