//! The ticket: its states, its facts, and the fold from one to the other.

mod dispatched;
mod fact;
mod features;
mod fold;
mod labels;
pub mod minutes;
mod offers;
pub(crate) mod packed;
mod promised;
mod resume;
mod rounds;
mod state;

pub use dispatched::{
    Accepted, AgentChanged, Answer, Candidate, Choice, Component, Declined, Destination,
    InvalidDestination, Offer, Offered, OtherTicket, Presence, Remaining, RequeueReason, Requeued,
    Transferred,
};
pub use fact::{
    Actor, ActorKind, Assigned, Body, Closed, Considered, Contact, Fact, FactKind, NoticeField,
    NotificationFailed, NotificationRequested, NotificationSuppressed, Notified, Opened, Origin,
    Outcome, PolicyVersion, Progressed, Reopened, Replied, Resolved, Routed,
};
pub use features::{Attributes, Features, Sentiment, Severity, UnknownWord};
pub use fold::{Orphan, Ticket, Verdict, VoidReason};
pub use labels::{
    Classified, Corrected, Folded, InfoRequested, Labels, PersonalSpan, Question, Reason, Signal,
    SimilarTicket, Unfolded,
};
pub use minutes::{Minutes, Part};
pub use promised::{
    CompensationAccrued, Escalated, RiskReason, TargetAtRisk, TargetBreached, TargetDue,
    TargetWarned, Timed,
};
pub use rounds::{Round, Rounds};
pub use state::{Engineering, Progress, State, Trigger, next_state};
