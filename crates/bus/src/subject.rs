//! Every subject, in one place.
//!
//! ```text
//! ph.<region>.<pp>.<kind>                        a fact of a ticket in partition pp
//! ph.<region>.<pp>.notification_requested.<rr>   the same, for a receiver in partition rr
//! ph.<region>.<pp>.policy_activated              a policy takes effect in the partition
//! ph.<region>.<pp>.tick.<role>                   the log is asked for the time
//! ph.<region>.<pp>.dlq.<role>                    a dead letter
//! ph.<region>.<pp>.dlq_settled.<role>            an operator dealt with one
//! ph.<region>.courier.<rr>.<kind>                derived: what couriers read, by receiver
//! ph.<region>.courier.all.<kind>                 what all couriers read: silences, preferences
//! ph.<region>.lookout.00.<kind>                  derived: what the lookout reads
//! ph.<region>.dispatch.00.<kind>                 derived: what the dispatcher reads
//! ph.<region>.inbox.<source>                     what other systems send us
//! ph.<region>.query.<question>                   request and reply
//! ```

use posthouse_domain::ids::{TicketId, partition_of};
use posthouse_domain::ticket::{Body, FactKind};

use crate::Role;
use crate::limits::REGION_BYTES_MAX;

/// The kind of the message that activates a policy.
pub const POLICY_ACTIVATED: &str = "policy_activated";

/// Whether a region's key may stand in subjects and stream names: `[a-z0-9-]`, not empty, at
/// most [`REGION_BYTES_MAX`] bytes.
#[must_use]
pub fn is_region(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= REGION_BYTES_MAX
        && key
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The subjects of one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subjects {
    region: String,
    partitions: u16,
    receiver_partitions: u16,
}

/// What a subject of the log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// A fact of a ticket.
    Fact(FactKind),
    /// A policy takes effect.
    PolicyActivated,
    /// The log was asked for the time.
    Tick,
    /// A dead letter of a role.
    DeadLetter(&'a str),
    /// A dead letter of a role was dealt with.
    DeadLetterSettled(&'a str),
    /// An owner is about to act outside.
    Claim,
    /// Nothing that this version knows.
    Unknown,
}

impl Subjects {
    /// The subjects of a region with so many partitions by ticket and by receiver.
    #[must_use]
    pub fn new(region: &str, partitions: u16, receiver_partitions: u16) -> Self {
        Self {
            region: region.to_owned(),
            partitions,
            receiver_partitions,
        }
    }

    /// The region's key.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// How many partitions the log has.
    #[must_use]
    pub const fn partitions(&self) -> u16 {
        self.partitions
    }

    /// How many partitions receivers are spread over.
    #[must_use]
    pub const fn receiver_partitions(&self) -> u16 {
        self.receiver_partitions
    }

    /// The partition of a ticket.
    #[must_use]
    pub fn partition(&self, ticket: TicketId) -> u16 {
        ticket.partition(self.partitions)
    }

    /// The partition of a receiver.
    #[must_use]
    pub fn receiver_partition(&self, receiver: &str) -> u16 {
        partition_of(receiver.as_bytes(), self.receiver_partitions)
    }

    /// The subject of a fact of `ticket`.
    #[must_use]
    pub fn fact(&self, ticket: TicketId, body: &Body) -> String {
        let partition = self.partition(ticket);
        let receiver = match body {
            Body::NotificationRequested(body) => &body.receiver,
            Body::Notified(body) => &body.receiver,
            Body::NotificationFailed(body) => &body.receiver,
            Body::NotificationSuppressed(body) => &body.receiver,
            _ => return self.fact_kind(partition, body.kind()),
        };
        let receiver_partition = self.receiver_partition(receiver);
        format!(
            "{}.{receiver_partition:02}",
            self.fact_kind(partition, body.kind())
        )
    }

    /// The subject of facts of a kind that do not go to receivers.
    #[must_use]
    pub fn fact_kind(&self, partition: u16, kind: FactKind) -> String {
        self.in_partition(partition, kind.as_str())
    }

    /// Where a policy is activated.
    #[must_use]
    pub fn policy_activated(&self, partition: u16) -> String {
        self.in_partition(partition, POLICY_ACTIVATED)
    }

    /// Where a role asks the log for the time.
    #[must_use]
    pub fn tick(&self, partition: u16, role: Role) -> String {
        self.in_partition(partition, &format!("tick.{role}"))
    }

    /// Where a role's dead letters go.
    #[must_use]
    pub fn dead_letter(&self, partition: u16, role: Role) -> String {
        self.in_partition(partition, &format!("dlq.{role}"))
    }

    /// Where it is noted that a dead letter was dealt with.
    #[must_use]
    pub fn dead_letter_settled(&self, partition: u16, role: &str) -> String {
        self.in_partition(partition, &format!("dlq_settled.{role}"))
    }

    /// Everything in a partition of the log.
    #[must_use]
    pub fn partition_all(&self, partition: u16) -> String {
        self.in_partition(partition, ">")
    }

    /// What an owner of a partition of the log reads: the kinds of fact, policies, and its own
    /// ticks.
    #[must_use]
    pub fn consumed(&self, partition: u16, role: Role, kinds: &[FactKind]) -> Vec<String> {
        let mut filters: Vec<String> = kinds
            .iter()
            .map(|kind| match self.fact_kind(partition, *kind) {
                subject if kind.is_for_receivers() => format!("{subject}.*"),
                subject => subject,
            })
            .collect();
        filters.push(self.policy_activated(partition));
        filters.push(self.tick(partition, role));
        filters
    }

    /// Everything in a partition of what couriers read.
    #[must_use]
    pub fn courier_all(&self, receiver_partition: u16) -> String {
        self.in_courier(receiver_partition, ">")
    }

    /// Where a courier claims what it is about to do.
    #[must_use]
    pub fn claim(&self, receiver_partition: u16) -> String {
        self.in_courier(receiver_partition, "claim")
    }

    /// Where a courier asks for the time.
    #[must_use]
    pub fn courier_tick(&self, receiver_partition: u16) -> String {
        self.in_courier(receiver_partition, "tick.courier")
    }

    /// The log's subject that couriers read facts of `kind` from, and how it is rewritten.
    #[must_use]
    pub fn courier_source(&self, kind: &str) -> (String, String) {
        let source = format!("ph.{}.*.{kind}.*", self.region);
        let destination = format!("ph.{}.courier.{{{{wildcard(2)}}}}.{kind}", self.region);
        (source, destination)
    }

    /// What every courier reads, whatever its partition.
    #[must_use]
    pub fn couriers_all(&self) -> String {
        self.to_couriers(">")
    }

    /// Where a fact of this kind is told to all couriers.
    #[must_use]
    pub fn to_all_couriers(&self, kind: FactKind) -> String {
        self.to_couriers(kind.as_str())
    }

    /// The log's subject that all couriers read facts of `kind` from, and how it is rewritten.
    #[must_use]
    pub fn couriers_source(&self, kind: FactKind) -> (String, String) {
        let source = format!("ph.{}.*.{kind}", self.region);
        (source, self.to_all_couriers(kind))
    }

    /// Where policies are activated for couriers: in each of their partitions.
    #[must_use]
    pub fn courier_policy_activated(&self, receiver_partition: u16) -> String {
        self.in_courier(receiver_partition, POLICY_ACTIVATED)
    }

    /// Where a courier's dead letters go.
    #[must_use]
    pub fn courier_dead_letter(&self, receiver_partition: u16) -> String {
        self.in_courier(receiver_partition, "dlq.courier")
    }

    /// Where it is noted that a courier's dead letter was dealt with.
    #[must_use]
    pub fn courier_dead_letter_settled(&self, receiver_partition: u16) -> String {
        self.in_courier(receiver_partition, "dlq_settled.courier")
    }

    /// Everything that the lookout reads.
    #[must_use]
    pub fn lookout_all(&self) -> String {
        self.in_lookout(">")
    }

    /// Where the lookout asks for the time.
    #[must_use]
    pub fn lookout_tick(&self) -> String {
        self.in_lookout("tick.lookout")
    }

    /// The log's subject that the lookout reads facts of `kind` from, and how it is rewritten.
    #[must_use]
    pub fn lookout_source(&self, kind: FactKind) -> (String, String) {
        let source = format!("ph.{}.*.{kind}", self.region);
        (source, self.in_lookout(kind.as_str()))
    }

    /// Where policies are activated for the lookout.
    #[must_use]
    pub fn lookout_policy_activated(&self) -> String {
        self.in_lookout(POLICY_ACTIVATED)
    }

    /// Where the lookout's dead letters go.
    #[must_use]
    pub fn lookout_dead_letter(&self) -> String {
        self.in_lookout("dlq.lookout")
    }

    /// Where it is noted that a dead letter of the lookout was dealt with.
    #[must_use]
    pub fn lookout_dead_letter_settled(&self) -> String {
        self.in_lookout("dlq_settled.lookout")
    }

    /// Everything that the dispatcher reads.
    #[must_use]
    pub fn dispatch_all(&self) -> String {
        self.in_dispatch(">")
    }

    /// Where the dispatcher asks for the time.
    #[must_use]
    pub fn dispatch_tick(&self) -> String {
        self.in_dispatch("tick.dispatcher")
    }

    /// The log's subject that the dispatcher reads facts of `kind` from, and how it is rewritten.
    #[must_use]
    pub fn dispatch_source(&self, kind: FactKind) -> (String, String) {
        let source = format!("ph.{}.*.{kind}", self.region);
        (source, self.in_dispatch(kind.as_str()))
    }

    /// Where policies are activated for the dispatcher.
    #[must_use]
    pub fn dispatch_policy_activated(&self) -> String {
        self.in_dispatch(POLICY_ACTIVATED)
    }

    /// Where the dispatcher's dead letters go.
    #[must_use]
    pub fn dispatch_dead_letter(&self) -> String {
        self.in_dispatch("dlq.dispatcher")
    }

    /// Where it is noted that a dead letter of the dispatcher was dealt with.
    #[must_use]
    pub fn dispatch_dead_letter_settled(&self) -> String {
        self.in_dispatch("dlq_settled.dispatcher")
    }

    /// Where another system sends to.
    #[must_use]
    pub fn inbox(&self, source: &str) -> String {
        format!("ph.{}.inbox.{source}", self.region)
    }

    /// Where a question is asked.
    #[must_use]
    pub fn query(&self, question: &str) -> String {
        format!("ph.{}.query.{question}", self.region)
    }

    fn in_partition(&self, partition: u16, rest: &str) -> String {
        format!("ph.{}.{partition:02}.{rest}", self.region)
    }

    fn in_courier(&self, receiver_partition: u16, rest: &str) -> String {
        format!("ph.{}.courier.{receiver_partition:02}.{rest}", self.region)
    }

    fn to_couriers(&self, rest: &str) -> String {
        format!("ph.{}.courier.all.{rest}", self.region)
    }

    /// There is one lookout, so there is one partition.
    fn in_lookout(&self, rest: &str) -> String {
        format!("ph.{}.lookout.00.{rest}", self.region)
    }

    /// There is one dispatcher, so that nobody is offered two tickets at once.
    fn in_dispatch(&self, rest: &str) -> String {
        format!("ph.{}.dispatch.00.{rest}", self.region)
    }
}

/// What a subject of the log, or of what couriers, the lookout or the dispatcher read, says.
#[must_use]
pub fn said(subject: &str) -> Said<'_> {
    let mut tokens = subject.split('.').skip(2);
    let mut first = tokens.next();
    if matches!(first, Some("courier" | "lookout" | "dispatch")) {
        first = tokens.next();
    }
    let (Some(_partition), Some(kind)) = (first, tokens.next()) else {
        return Said::Unknown;
    };
    match (kind, tokens.next()) {
        (POLICY_ACTIVATED, None) => Said::PolicyActivated,
        ("tick", _) => Said::Tick,
        ("claim", None) => Said::Claim,
        ("dlq", Some(role)) => Said::DeadLetter(role),
        ("dlq_settled", Some(role)) => Said::DeadLetterSettled(role),
        (kind, _) => kind.parse().map_or(Said::Unknown, Said::Fact),
    }
}

/// The partition that a subject of the log names.
#[must_use]
pub fn partition_in(subject: &str) -> Option<u16> {
    subject.split('.').nth(2)?.parse().ok()
}

/// Whether `subject` matches `filter`, with `*` for one token and a last `>` for the rest.
#[must_use]
pub fn matches(filter: &str, subject: &str) -> bool {
    let mut subject_tokens = subject.split('.');
    let mut filter_tokens = filter.split('.').peekable();
    while let Some(wanted) = filter_tokens.next() {
        let token = subject_tokens.next();
        match (wanted, token) {
            (">", Some(_)) if filter_tokens.peek().is_none() => return true,
            ("*", Some(_)) => {}
            (wanted, Some(token)) if wanted == token => {}
            _ => return false,
        }
    }
    subject_tokens.next().is_none()
}

/// Whether there is a subject that both filters match.
#[must_use]
pub fn overlap(one: &str, other: &str) -> bool {
    let (mut ones, mut others) = (one.split('.'), other.split('.'));
    loop {
        match (ones.next(), others.next()) {
            (Some(">"), Some(_)) | (Some(_), Some(">")) | (None, None) => return true,
            (Some(one), Some(other)) if one == other || one == "*" || other == "*" => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_overlap_where_a_subject_matches_both() {
        for (one, other) in [
            ("a.>", "a.b"),
            ("a.*", "*.b"),
            ("a.b", "a.b"),
            ("a.*.>", "a.b.c.d"),
        ] {
            assert!(overlap(one, other) && overlap(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("a.>", "a"),
            ("a.*", "b.*"),
            ("a.b", "a.b.c"),
            ("a.*", "a.b.c"),
        ] {
            assert!(
                !overlap(one, other) && !overlap(other, one),
                "{one} {other}"
            );
        }
    }

    #[test]
    fn subjects_say_what_they_were_built_for() {
        let subjects = Subjects::new("cn-north", 4, 2);
        for kind in FactKind::ALL {
            assert_eq!(said(&subjects.fact_kind(3, *kind)), Said::Fact(*kind));
        }
        assert_eq!(said(&subjects.tick(0, Role::Router)), Said::Tick);
        assert_eq!(said(&subjects.policy_activated(1)), Said::PolicyActivated);
        assert_eq!(
            said(&subjects.courier_policy_activated(1)),
            Said::PolicyActivated
        );
        assert_eq!(
            said(&subjects.dead_letter(1, Role::Intake)),
            Said::DeadLetter("intake")
        );
        assert_eq!(said(&subjects.claim(1)), Said::Claim);
        assert_eq!(
            said("ph.cn-north.courier.01.notified"),
            Said::Fact(FactKind::Notified)
        );
        assert_eq!(
            said(&subjects.couriers_source(FactKind::Unsilenced).1),
            Said::Fact(FactKind::Unsilenced)
        );
        assert_eq!(
            said(&subjects.lookout_source(FactKind::Folded).1),
            Said::Fact(FactKind::Folded)
        );
        assert_eq!(
            said(&subjects.lookout_policy_activated()),
            Said::PolicyActivated
        );
        assert_eq!(
            said(&subjects.dispatch_source(FactKind::Routed).1),
            Said::Fact(FactKind::Routed)
        );
        assert_eq!(said(&subjects.dispatch_tick()), Said::Tick);
        assert_eq!(
            said(&subjects.dispatch_policy_activated()),
            Said::PolicyActivated
        );
        assert_eq!(said("ph.cn-north.01.nonsense"), Said::Unknown);
        assert_eq!(said("ph"), Said::Unknown);
        assert_eq!(partition_in(&subjects.tick(3, Role::Router)), Some(3));
    }

    #[test]
    fn wildcards_match_as_the_server_does() {
        assert!(matches("ph.a.>", "ph.a.00.opened"));
        assert!(!matches("ph.a.>", "ph.a"));
        assert!(matches("ph.*.00.opened", "ph.a.00.opened"));
        assert!(!matches("ph.*.00", "ph.a.00.opened"));
        assert!(!matches("ph.a.00.opened.x", "ph.a.00.opened"));
    }

    #[test]
    fn region_keys_are_plain() {
        assert!(is_region("cn-north"));
        for bad in ["", "CN", "a.b", "a b", "*", "é", &"x".repeat(33)] {
            assert!(!is_region(bad), "{bad}");
        }
    }
}
