//! Facts: what happened to a ticket, in the past tense.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    Accepted, AgentChanged, Attributes, Classified, CompensationAccrued, Corrected, Declined,
    Escalated, Features, Folded, InfoRequested, Offered, Progress, Requeued, Severity,
    TargetAtRisk, TargetBreached, TargetWarned, Timed, Transferred, Trigger, Unfolded, UnknownWord,
};
use crate::ids::{FactId, TicketId};
use crate::notify::{Preferred, Resilenced, Silenced, Unsilenced};
use crate::route::Queue;
use crate::time::Timestamp;

/// One thing that happened to one ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its identity; derived where another fact caused it.
    pub id: FactId,
    /// The ticket it is about.
    pub ticket: TicketId,
    /// The region whose log holds it.
    pub region: String,
    /// When it happened, by the clock of whoever caused it; for derived facts the log time of
    /// the cause. The order of the log decides, not this.
    pub at: Timestamp,
    /// Who caused it.
    pub actor: Actor,
    /// The fact it follows from, if any.
    pub cause: Option<FactId>,
    /// The policy in force when it was decided.
    pub policy: PolicyVersion,
    /// What happened.
    pub body: Body,
}

/// The content hash of a policy bundle, in hexadecimal; empty where no policy took part.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyVersion(pub String);

impl PolicyVersion {
    /// The first twelve digits, for people.
    #[must_use]
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who caused a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// What sort of actor.
    pub kind: ActorKind,
    /// Its key: a customer, an agent, a role, a system.
    pub name: String,
}

/// What sort of actor caused a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ActorKind {
    /// The customer.
    Customer,
    /// A person of the support organisation.
    Agent,
    /// A role of this system.
    Service,
    /// Another system.
    System,
}

/// How the person who wrote can be reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Their name; may be empty.
    pub name: String,
    /// Their e-mail address; may be empty.
    pub email: String,
    /// Their telephone number; may be empty.
    pub phone: String,
}

/// What happened. Each variant is one kind of fact and one kind of subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Somebody reported a problem and it was accepted.
    Opened(Opened),
    /// Somebody wrote.
    Replied(Replied),
    /// A person was given the ticket.
    Assigned(Assigned),
    /// The person who has it moved it.
    Progressed(Progressed),
    /// The problem was solved.
    Resolved(Resolved),
    /// The problem came back.
    Reopened(Reopened),
    /// The ticket was closed.
    Closed(Closed),
    /// The ticket was labelled.
    Classified(Classified),
    /// The ticket was put in a queue.
    Routed(Routed),
    /// Service-level targets were set, or set anew.
    Timed(Timed),
    /// A deadline comes near.
    TargetWarned(TargetWarned),
    /// A deadline was missed.
    TargetBreached(TargetBreached),
    /// A deadline will probably be missed.
    TargetAtRisk(TargetAtRisk),
    /// Somebody further up is to take care of a promise.
    Escalated(Escalated),
    /// A missed promise costs something.
    CompensationAccrued(CompensationAccrued),
    /// Somebody is to be told.
    NotificationRequested(NotificationRequested),
    /// Somebody was told.
    Notified(Notified),
    /// Somebody could not be told.
    NotificationFailed(NotificationFailed),
    /// Somebody was not to be told, and why.
    NotificationSuppressed(NotificationSuppressed),
    /// The customer is asked for what is missing.
    InfoRequested(InfoRequested),
    /// A person says what the labels are.
    Corrected(Corrected),
    /// The ticket belongs to an incident that many report.
    Folded(Folded),
    /// The ticket does not belong to the incident after all.
    Unfolded(Unfolded),
    /// An agent came, went, or showed a sign of life; about no ticket.
    AgentChanged(AgentChanged),
    /// The ticket was offered to an agent.
    Offered(Offered),
    /// An agent takes a ticket that was offered to them.
    Accepted(Accepted),
    /// An agent does not take a ticket that was offered to them.
    Declined(Declined),
    /// The ticket waits in its queue again.
    Requeued(Requeued),
    /// The ticket is to go elsewhere.
    Transferred(Transferred),
    /// Somebody wants not to be told of something for a while.
    Silenced(Silenced),
    /// A silence is over, or an incident mutes nothing any more.
    Unsilenced(Unsilenced),
    /// An incident was opened again, and mutes again.
    Resilenced(Resilenced),
    /// A customer says how they want to be told; about no ticket.
    Preferred(Preferred),
}

/// Somebody reported a problem and it was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The number people see, in the region's format.
    pub number: String,
    /// The customer's key.
    pub customer: String,
    /// One line.
    pub subject: String,
    /// The whole text.
    pub body: String,
    /// The severity the customer chose, if any.
    pub severity: Option<Severity>,
    /// The customer's region; empty for the region of the log.
    pub region: String,
    /// The customer's tier; empty when not known.
    pub tier: String,
    /// The way it came; empty when not known.
    pub channel: String,
    /// The language the customer chose, BCP 47; empty when not known.
    pub language: String,
    /// The product concerned; empty when not known.
    pub product: String,
    /// Free properties.
    pub attributes: Attributes,
    /// How the person can be reached.
    pub contact: Contact,
}

/// Somebody wrote. The fact's actor tells who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replied {
    /// What they wrote.
    pub text: String,
    /// For an agent: work now waits for the customer's answer.
    pub awaits_customer: bool,
}

/// A person was given the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The person's key.
    pub agent: String,
}

/// The person who has the ticket moved it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progressed {
    /// Where to.
    pub to: Progress,
    /// Why; may be empty.
    pub reason: String,
}

/// The problem was solved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// What solved it; may be empty.
    pub summary: String,
}

/// The problem came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reopened {
    /// Why; may be empty.
    pub reason: String,
}

/// The ticket was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Why; may be empty.
    pub reason: String,
}

/// The ticket was put in a queue; one per routing round (per cause).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    /// Where it stands now.
    pub queue: Queue,
    /// The rule that decided.
    pub rule: String,
    /// Every rule that was looked at, in order, and what became of it.
    pub considered: Vec<Considered>,
    /// What the rules looked at.
    pub features: Features,
    /// How far it was taken beyond the queue that was wanted at first, because nobody took it
    /// there in time; 0 for that queue.
    pub step: u32,
    /// Why it was routed again; empty for the first time.
    pub why: String,
}

/// What became of one rule of a first-match list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// The rule's name.
    pub rule: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a rule or a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It decided.
    Chosen,
    /// Its condition did not hold.
    NoMatch,
    /// It matched but was passed over, and why.
    Rejected(String),
    /// Its condition could not be evaluated, and why; counted as no match.
    Failed(String),
}

/// Somebody is to be told; one per cause and receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationRequested {
    /// The receiver: a key of the policy.
    pub receiver: String,
    /// The rule that asked for it.
    pub rule: String,
    /// The kind of fact it tells of.
    pub about: FactKind,
    /// One line for people.
    pub title: String,
    /// The text for people.
    pub text: String,
    /// What else is known, by name, for people.
    pub fields: Vec<NoticeField>,
    /// The language of all that, BCP 47; empty where it is not known.
    pub language: String,
    /// The ticket as it stood.
    pub features: Features,
    /// Whether the receiver is disturbed at any hour and no group is waited for.
    pub urgent: bool,
    /// Which time it is that the rule asks for this, from 0.
    pub round: u32,
    /// For customers: the fact it tells of, as it travels, so that it can be said in the language
    /// that they prefer. Empty for staff.
    pub told_of: Vec<u8>,
}

/// One thing that somebody is told, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeField {
    /// What it is, in the language of the notice.
    pub label: String,
    /// The value, as people of that language write it.
    pub value: String,
}

/// Somebody was told; one per request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notified {
    /// The receiver.
    pub receiver: String,
    /// How many attempts it took.
    pub attempts: u32,
    /// What the other side answered.
    pub receipt: String,
    /// An earlier attempt may have arrived too: its answer was lost.
    pub possible_duplicate: bool,
}

/// Somebody could not be told; one per request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationFailed {
    /// The receiver.
    pub receiver: String,
    /// How many attempts were made.
    pub attempts: u32,
    /// What went wrong last.
    pub error: String,
}

/// Somebody was not to be told: one per cause and receiver instead of a request, or the outcome
/// of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationSuppressed {
    /// The receiver.
    pub receiver: String,
    /// The rule that would have asked for it.
    pub rule: String,
    /// Why not.
    pub why: String,
    /// Whether it had been asked for: then this is the outcome of the request that caused it.
    pub requested: bool,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $word:literal),* $(,)?) => {
        /// The kinds of fact, as subjects and people name them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FactKind {
            $($(#[$doc])* $kind),*
        }

        impl FactKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The word for the kind in subjects, messages and outputs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $word),* }
            }
        }

        impl Body {
            /// Which kind of fact it is.
            #[must_use]
            pub const fn kind(&self) -> FactKind {
                match self { $(Self::$kind(_) => FactKind::$kind),* }
            }
        }
    };
}

kinds! {
    /// [`Body::Opened`].
    Opened "opened",
    /// [`Body::Replied`].
    Replied "replied",
    /// [`Body::Assigned`].
    Assigned "assigned",
    /// [`Body::Progressed`].
    Progressed "progressed",
    /// [`Body::Resolved`].
    Resolved "resolved",
    /// [`Body::Reopened`].
    Reopened "reopened",
    /// [`Body::Closed`].
    Closed "closed",
    /// [`Body::Classified`].
    Classified "classified",
    /// [`Body::Routed`].
    Routed "routed",
    /// [`Body::Timed`].
    Timed "timed",
    /// [`Body::TargetWarned`].
    TargetWarned "target_warned",
    /// [`Body::TargetBreached`].
    TargetBreached "target_breached",
    /// [`Body::TargetAtRisk`].
    TargetAtRisk "target_at_risk",
    /// [`Body::Escalated`].
    Escalated "escalated",
    /// [`Body::CompensationAccrued`].
    CompensationAccrued "compensation_accrued",
    /// [`Body::NotificationRequested`].
    NotificationRequested "notification_requested",
    /// [`Body::Notified`].
    Notified "notified",
    /// [`Body::NotificationFailed`].
    NotificationFailed "notification_failed",
    /// [`Body::NotificationSuppressed`].
    NotificationSuppressed "notification_suppressed",
    /// [`Body::InfoRequested`].
    InfoRequested "info_requested",
    /// [`Body::Corrected`].
    Corrected "corrected",
    /// [`Body::Folded`].
    Folded "folded",
    /// [`Body::Unfolded`].
    Unfolded "unfolded",
    /// [`Body::AgentChanged`].
    AgentChanged "agent_changed",
    /// [`Body::Offered`].
    Offered "offered",
    /// [`Body::Accepted`].
    Accepted "accepted",
    /// [`Body::Declined`].
    Declined "declined",
    /// [`Body::Requeued`].
    Requeued "requeued",
    /// [`Body::Transferred`].
    Transferred "transferred",
    /// [`Body::Silenced`].
    Silenced "silenced",
    /// [`Body::Unsilenced`].
    Unsilenced "unsilenced",
    /// [`Body::Resilenced`].
    Resilenced "resilenced",
    /// [`Body::Preferred`].
    Preferred "preferred",
}

impl FactKind {
    /// The kinds that move a ticket through its life or change what rules see of it. A reader that folds tickets reads these;
    /// the others note something about them.
    pub const LIFE: &'static [Self] = &[
        Self::Opened,
        Self::Replied,
        Self::Assigned,
        Self::Progressed,
        Self::Resolved,
        Self::Reopened,
        Self::Closed,
        Self::Classified,
        Self::Routed,
        Self::InfoRequested,
        Self::Corrected,
        Self::Folded,
        Self::Unfolded,
        Self::Offered,
        Self::Accepted,
        Self::Declined,
        Self::Requeued,
        Self::Transferred,
    ];

    /// Whether facts of this kind are about a ticket. Whoever folds tickets passes the others by.
    #[must_use]
    pub const fn is_about_ticket(self) -> bool {
        !matches!(self, Self::AgentChanged | Self::Preferred)
    }

    /// Whether facts of this kind are read by receiver as well as by ticket, so that their
    /// subject names the receiver's partition too.
    #[must_use]
    pub const fn is_for_receivers(self) -> bool {
        matches!(
            self,
            Self::NotificationRequested
                | Self::Notified
                | Self::NotificationFailed
                | Self::NotificationSuppressed
        )
    }
}

impl FactKind {
    /// Whether facts of this kind are read by all couriers, whoever the receiver is.
    #[must_use]
    pub const fn is_for_all_couriers(self) -> bool {
        matches!(
            self,
            Self::Silenced | Self::Unsilenced | Self::Resilenced | Self::Preferred
        )
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FactKind {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("kind of fact", text, Self::ALL, Self::as_str)
    }
}

impl ActorKind {
    /// All sorts of actor.
    pub const ALL: [Self; 4] = [Self::Customer, Self::Agent, Self::Service, Self::System];

    /// The word for it in messages and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
            Self::Service => "service",
            Self::System => "system",
        }
    }
}

impl FromStr for ActorKind {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("actor", text, &Self::ALL, Self::as_str)
    }
}

impl Actor {
    /// A role of this system.
    #[must_use]
    pub fn service(role: &str) -> Self {
        Self {
            kind: ActorKind::Service,
            name: role.to_owned(),
        }
    }
}

impl fmt::Display for Actor {
    /// `customer:c-42`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.name)
    }
}

impl Fact {
    /// What the fact asks of the state machine; `None` for [`Body::Opened`], which begins it, and
    /// for what is about no ticket.
    #[must_use]
    pub fn trigger(&self) -> Option<Trigger> {
        let by_customer = self.actor.kind == ActorKind::Customer;
        Some(match &self.body {
            Body::Opened(_) | Body::AgentChanged(_) | Body::Preferred(_) => return None,
            Body::Replied(_) if by_customer => Trigger::CustomerReplied,
            Body::Replied(reply) if reply.awaits_customer => Trigger::AgentAsked,
            Body::Replied(_) => Trigger::AgentReplied,
            Body::Assigned(_) => Trigger::Assigned,
            Body::Progressed(progressed) => Trigger::Progressed(progressed.to),
            Body::Resolved(_) => Trigger::Resolved,
            Body::Reopened(_) => Trigger::Reopened,
            Body::Closed(_) => Trigger::Closed,
            Body::Classified(_) => Trigger::Classified,
            Body::Routed(_) => Trigger::Routed,
            Body::InfoRequested(_) | Body::Corrected(_) | Body::Folded(_) | Body::Unfolded(_) => {
                Trigger::Described
            }
            Body::Offered(_) => Trigger::Offered,
            Body::Accepted(_) | Body::Declined(_) => Trigger::Answered,
            Body::Requeued(_) => Trigger::Requeued,
            Body::Transferred(body) if body.to.is_routed_anew() => Trigger::Transferred,
            Body::Transferred(_) => Trigger::Kept,
            Body::Timed(_)
            | Body::TargetWarned(_)
            | Body::TargetBreached(_)
            | Body::TargetAtRisk(_)
            | Body::Escalated(_)
            | Body::CompensationAccrued(_)
            | Body::NotificationRequested(_)
            | Body::Notified(_)
            | Body::NotificationFailed(_)
            | Body::NotificationSuppressed(_)
            | Body::Silenced(_)
            | Body::Unsilenced(_)
            | Body::Resilenced(_) => Trigger::Noted,
        })
    }

    /// Whether a person takes care of the ticket by it: answers, moves it, or is given it.
    #[must_use]
    pub fn takes_care(&self) -> bool {
        let is_care = matches!(
            self.body,
            Body::Replied(_) | Body::Assigned(_) | Body::Progressed(_)
        );
        is_care && self.actor.kind != ActorKind::Customer
    }

    /// What the fact says of the ticket's properties, if it carries them along.
    #[must_use]
    pub const fn features(&self) -> Option<&Features> {
        match &self.body {
            Body::Classified(body) => Some(&body.features),
            Body::Routed(body) => Some(&body.features),
            Body::Timed(body) => Some(&body.features),
            Body::TargetWarned(body) => Some(&body.features),
            Body::TargetBreached(body) => Some(&body.features),
            Body::TargetAtRisk(body) => Some(&body.features),
            Body::Escalated(body) => Some(&body.features),
            Body::CompensationAccrued(body) => Some(&body.features),
            Body::NotificationRequested(body) => Some(&body.features),
            Body::Offered(body) => Some(&body.features),
            _ => None,
        }
    }
}

/// Where a derived fact comes from: who concluded it, about which ticket, from what, when and by
/// which policy.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The role that concludes.
    pub role: &'a str,
    /// The ticket.
    pub ticket: TicketId,
    /// The region whose log holds it.
    pub region: &'a str,
    /// The fact it follows from.
    pub cause: FactId,
    /// When it became true: the log time of the cause, or the due time of a timer.
    pub at: Timestamp,
    /// The policy in force.
    pub policy: &'a PolicyVersion,
}

impl<'a> Origin<'a> {
    /// What `role` concludes from `cause`, which the log stored at `log_time`.
    #[must_use]
    pub fn of(
        role: &'a str,
        cause: &'a Fact,
        log_time: Timestamp,
        policy: &'a PolicyVersion,
    ) -> Self {
        Self {
            role,
            ticket: cause.ticket,
            region: &cause.region,
            cause: cause.id,
            at: log_time,
            policy,
        }
    }

    /// The fact that is concluded by `rule`; `ordinal` tells apart several of one rule. Its
    /// identity follows from role, cause, rule and ordinal alone.
    #[must_use]
    pub fn fact(&self, rule: &str, ordinal: u32, body: Body) -> Fact {
        Fact {
            id: FactId::derive(self.role, self.cause, rule, ordinal),
            ticket: self.ticket,
            region: self.region.to_owned(),
            at: self.at,
            actor: Actor::service(self.role),
            cause: Some(self.cause),
            policy: self.policy.clone(),
            body,
        }
    }
}

impl Contact {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_empty() && self.email.is_empty() && self.phone.is_empty()
    }
}
