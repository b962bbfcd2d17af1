//! Cutting a ticket's life into what one clock did.

use super::{SlasOf, Span, Told, What};
use crate::sla::calendar::Kind;
use crate::sla::history::{History, Stretch};
use crate::sla::{Calendar, Sla, Slas, Target};
use crate::ticket::PolicyVersion;
use crate::time::Timestamp;

/// By what the time of a clock is counted.
pub(super) struct Terms<'s> {
    count: Option<(&'s Sla, &'s Calendar)>,
    /// The version of the policy they come from.
    pub(super) policy: PolicyVersion,
    /// What is wrong with them, if anything.
    pub(super) finding: Option<String>,
}

/// The life of a ticket and of one clock in it.
pub(super) struct Life<'a> {
    pub(super) opened_at: Timestamp,
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) at: Timestamp,
    pub(super) history: &'a History,
}

impl<'s> Terms<'s> {
    /// The terms that a promise was made under.
    ///
    /// A promise that was over before a bundle changed is told again under the new one, which may
    /// not know it; it was made under one of the `versions` before. Where nobody has those, the
    /// policy of the same name that is in force counts.
    pub(super) fn find(
        told: &Told,
        versions: &[PolicyVersion],
        slas_of: &SlasOf<'s>,
        in_force: Option<&'s Slas>,
    ) -> Self {
        let due = &told.due;
        let named = |slas: &'s Slas| slas.named(&due.sla).zip(slas.calendars.get(&due.calendar));
        let mut made_under = std::iter::once(&told.policy).chain(versions);
        let found =
            made_under.find_map(|version| Some((version, slas_of(version).and_then(named)?)));
        if let Some((version, count)) = found {
            return Self {
                count: Some(count),
                policy: version.clone(),
                finding: None,
            };
        }
        let count = in_force.and_then(named);
        let missing = format!("nobody has version {} of the policy", told.policy.short());
        let finding = match count {
            Some(_) => format!("{missing}: counted by the one in force"),
            None => format!(
                "{missing}, and the one in force has no `{}` with calendar `{}`",
                due.sla, due.calendar
            ),
        };
        Self {
            count,
            policy: told.policy.clone(),
            finding: Some(finding),
        }
    }
}

impl Life<'_> {
    /// What the clock of `target` did, from the opening of the ticket on.
    pub(super) fn spans(&self, target: Target, terms: &Terms<'_>) -> Vec<Span> {
        let mut spans = Spans::default();
        let started_at = self.started_at.clamp(self.opened_at, self.at);
        let ended_at = self.ended_at.unwrap_or(self.at).clamp(started_at, self.at);
        spans.push(self.opened_at, started_at, What::NotBegun);
        match terms.count {
            Some((sla, calendar)) => {
                for (from, to, stretch) in self.history.since(started_at) {
                    let (from, to) = (from.min(ended_at), to.unwrap_or(ended_at).min(ended_at));
                    if sla.pauses(target, stretch) {
                        spans.push(from, to, paused(stretch));
                    } else {
                        spans.run(from, to, calendar);
                    }
                }
            }
            None => spans.push(started_at, ended_at, What::Unknown),
        }
        spans.push(ended_at, self.at, What::Over);
        spans.0
    }
}

fn paused(stretch: &Stretch) -> What {
    What::Paused {
        state: stretch.state,
        reason: stretch.reason.clone(),
    }
}

/// Spans in order, of which neighbours differ.
#[derive(Default)]
struct Spans(Vec<Span>);

impl Spans {
    /// What a clock does that nothing pauses.
    fn run(&mut self, from: Timestamp, to: Timestamp, calendar: &Calendar) {
        for (from, to, kind) in calendar.spans(from, to) {
            let what = match kind {
                Kind::Open => What::Working,
                Kind::Closed => What::Closed,
                Kind::Holiday => What::Holiday,
            };
            self.push(from, to, what);
        }
    }

    fn push(&mut self, from: Timestamp, to: Timestamp, what: What) {
        if from >= to {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.what == what && last.to == from => last.to = to,
            _ => self.0.push(Span { from, to, what }),
        }
    }
}
