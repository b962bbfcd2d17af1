//! Subjects, as far as a judge must read them:
//! `ph.<region>.<partition>.<kind>[.<rest>]`, and `ph.<region>.<reader>.<partition>.<kind>` of
//! what couriers, the lookout and the dispatcher read.

/// What a subject tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject<'a> {
    pub(crate) region: &'a str,
    /// Whether it stands in what a role of this name reads, which repeats facts of the log.
    pub(crate) copied_for: &'a str,
    pub(crate) partition: u16,
    pub(crate) kind: &'a str,
}

/// The kinds of message that facts have.
const FACTS: [&str; 33] = [
    "opened",
    "replied",
    "assigned",
    "progressed",
    "resolved",
    "reopened",
    "closed",
    "classified",
    "routed",
    "timed",
    "target_warned",
    "target_breached",
    "target_at_risk",
    "escalated",
    "compensation_accrued",
    "notification_requested",
    "notified",
    "notification_failed",
    "notification_suppressed",
    "info_requested",
    "corrected",
    "folded",
    "unfolded",
    "agent_changed",
    "offered",
    "accepted",
    "declined",
    "requeued",
    "transferred",
    "silenced",
    "unsilenced",
    "resilenced",
    "preferred",
];

impl<'a> Subject<'a> {
    /// Reads a subject; nothing when it is none of a log.
    pub(crate) fn read(subject: &'a str) -> Option<Self> {
        let mut tokens = subject.split('.').skip(1).peekable();
        let region = tokens.next()?;
        let reader = tokens.next_if(|token| matches!(*token, "courier" | "lookout" | "dispatch"));
        Some(Self {
            region,
            copied_for: reader.unwrap_or_default(),
            partition: tokens.next()?.parse().ok()?,
            kind: tokens.next()?,
        })
    }

    /// Whether a fact should stand here.
    pub(crate) fn is_fact(&self) -> bool {
        self.copied_for.is_empty() && FACTS.contains(&self.kind)
    }

    /// Whether some role sets a message aside that it cannot read here. What only the desk reads
    /// nobody sets aside, and what agents and customers say, and silences, are read as copies.
    pub(crate) fn is_consumed(&self) -> bool {
        const AS_COPIES: &[&str] = &[
            "agent_changed",
            "silenced",
            "unsilenced",
            "resilenced",
            "preferred",
        ];
        self.is_fact() && !AS_COPIES.contains(&self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::Subject;

    #[test]
    fn tells_the_log_from_copies() {
        let read = |subject| Subject::read(subject).map(|it| (it.partition, it.kind, it.is_fact()));
        assert_eq!(read("ph.cn-north.03.opened"), Some((3, "opened", true)));
        assert_eq!(read("ph.a.00.notified.07"), Some((0, "notified", true)));
        assert_eq!(
            read("ph.a.courier.07.notified"),
            Some((7, "notified", false))
        );
        assert_eq!(read("ph.a.lookout.00.opened"), Some((0, "opened", false)));
        assert_eq!(read("ph.a.03.dlq.router"), Some((3, "dlq", false)));
        assert_eq!(read("ph.a.inbox.shop"), None);
        assert_eq!(read("ph"), None);
    }
}
