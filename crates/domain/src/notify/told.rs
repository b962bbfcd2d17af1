//! The kinds of fact that somebody can be told of: what rules may be about, what the notifier
//! reads, and what every language has words for. One list, so that none of them knows a kind that
//! another does not.

use crate::ticket::FactKind;

/// The kinds, in the order of a ticket's life.
///
/// What is about no ticket is not among them, nor is what becomes of notifications: telling of a
/// telling would never end.
pub const TOLD: &[FactKind] = &[
    FactKind::Opened,
    FactKind::Replied,
    FactKind::Assigned,
    FactKind::Progressed,
    FactKind::Resolved,
    FactKind::Reopened,
    FactKind::Closed,
    FactKind::Classified,
    FactKind::Routed,
    FactKind::Timed,
    FactKind::TargetWarned,
    FactKind::TargetBreached,
    FactKind::TargetAtRisk,
    FactKind::Escalated,
    FactKind::CompensationAccrued,
    FactKind::InfoRequested,
    FactKind::Corrected,
    FactKind::Folded,
    FactKind::Unfolded,
    FactKind::Offered,
    FactKind::Accepted,
    FactKind::Declined,
    FactKind::Requeued,
    FactKind::Transferred,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The notifier folds the tickets that it tells of: what moves them is read, too.
    #[test]
    fn whatever_moves_a_ticket_can_be_told_of() {
        let unread = FactKind::LIFE.iter().find(|kind| !TOLD.contains(kind));
        assert_eq!(unread, None);
    }

    #[test]
    fn nobody_is_told_of_a_telling_or_of_what_is_no_tickets() {
        for kind in TOLD {
            assert!(kind.is_about_ticket(), "{kind}");
            assert!(!kind.is_for_receivers(), "{kind}");
            assert!(!kind.is_for_all_couriers(), "{kind}");
        }
    }
}
