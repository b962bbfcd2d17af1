//! The life of a ticket, as simply as it can be told: what may happen when.

use posthouse_wire::v1::ticket_fact::Body;

/// Where a ticket is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// Opened.
    #[default]
    New,
    /// Labelled, in no queue.
    Labelled,
    /// In a queue, or in somebody's hands.
    Queued,
    /// Solved.
    Resolved,
    /// Over.
    Closed,
}

impl Phase {
    /// The phase after a fact; nothing when the fact is not allowed here.
    pub(super) const fn after(self, body: &Body) -> Option<Self> {
        let next = match body {
            Body::Classified(_) if matches!(self, Self::New) => Self::Labelled,
            Body::Routed(_) | Body::Reopened(_) => Self::Queued,
            Body::Resolved(_) => Self::Resolved,
            Body::Closed(_) => Self::Closed,
            _ => self,
        };
        if self.allows(body) { Some(next) } else { None }
    }

    /// Whether the ticket is over, if only until it is reopened.
    pub(super) const fn is_ended(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }

    const fn allows(self, body: &Body) -> bool {
        match body {
            Body::Opened(_) => false,
            Body::Replied(_) | Body::Classified(_) | Body::Closed(_) => {
                !matches!(self, Self::Closed)
            }
            Body::Routed(_) => matches!(self, Self::Labelled | Self::Queued),
            Body::Assigned(_) | Body::Progressed(_) => matches!(self, Self::Queued),
            Body::Resolved(_) => !self.is_ended(),
            Body::Reopened(_) => self.is_ended(),
            // Clocks and notifications note something and move nothing.
            Body::Timed(_)
            | Body::TargetWarned(_)
            | Body::TargetBreached(_)
            | Body::TargetAtRisk(_)
            | Body::Escalated(_)
            | Body::CompensationAccrued(_)
            | Body::NotificationRequested(_)
            | Body::Notified(_)
            | Body::NotificationFailed(_)
            | Body::NotificationSuppressed(_) => true,
        }
    }
}
