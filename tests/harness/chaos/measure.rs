//! How long the region stood still, and how long it took to be itself again: read from the log
//! and from what senders were told, since both clocks are this machine's.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_auditor::{Accepted, Message};
use posthouse_wire::v1::ticket_fact::Body;
use posthouse_wire::v1::{DeadLetter, TicketFact};
use prost::Message as _;

/// What the log shows of effects. Times in milliseconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// When each ticket got to its queue.
    routed: BTreeMap<String, i64>,
    /// When anything was concluded of each ticket for the first time. One that was resolved at
    /// once goes to no queue.
    touched: BTreeMap<String, i64>,
    /// Tickets whose deadlines were set.
    timed: BTreeSet<String>,
    /// When anything was concluded.
    effects: BTreeSet<i64>,
    /// Notifications without an outcome.
    pending: BTreeSet<String>,
    /// Outcomes, by the request: they may be read before it, from the other stream.
    outcomes: BTreeSet<String>,
    /// Dead letters by role, code and reason.
    letters: BTreeMap<String, u64>,
}

/// What was measured over some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Things that were accepted meanwhile.
    pub accepted: usize,
    /// The longest time without any effect in the log while a ticket waited for one, in
    /// milliseconds.
    pub longest_stall_ms: i64,
    /// How long after its end the last ticket was in its queue that was accepted before it, in
    /// milliseconds; `None` when one never was.
    pub recovery_ms: Option<i64>,
}

impl Seen {
    /// Looks at one message of the log. Gives whether it is news: anything but a tick.
    pub(crate) fn look(&mut self, message: &Message<'_>) -> bool {
        if message.subject.contains(".tick.") {
            return false;
        }
        if message.subject.contains(".dlq.") {
            self.look_at_letter(message);
            return true;
        }
        let Ok(fact) = TicketFact::decode(message.payload) else {
            return true;
        };
        if fact.cause.is_empty() {
            return true;
        }
        self.effects.insert(message.stored_at_ms);
        let touched = self.touched.entry(fact.ticket_id.clone());
        touched.or_insert(message.stored_at_ms);
        match fact.body {
            Some(Body::Routed(_)) => {
                let routed = self.routed.entry(fact.ticket_id);
                routed.or_insert(message.stored_at_ms);
            }
            Some(Body::Timed(_)) => {
                self.timed.insert(fact.ticket_id);
            }
            Some(Body::NotificationRequested(_)) if !self.outcomes.contains(&fact.fact_id) => {
                self.pending.insert(fact.fact_id);
            }
            Some(Body::Notified(_) | Body::NotificationFailed(_)) => {
                self.pending.remove(&fact.cause);
                self.outcomes.insert(fact.cause);
            }
            _ => {}
        }
        true
    }

    fn look_at_letter(&mut self, message: &Message<'_>) {
        let Ok(letter) = DeadLetter::decode(message.payload) else {
            return;
        };
        let DeadLetter {
            role, code, reason, ..
        } = letter;
        let text = format!("{role}: {code}: {reason}");
        *self.letters.entry(text).or_default() += 1;
    }

    /// Dead letters by role, code and reason.
    pub(crate) const fn letters(&self) -> &BTreeMap<String, u64> {
        &self.letters
    }

    /// Whether every ticket that was accepted has its deadlines, and all was told.
    pub(crate) fn is_settled(&self, accepted: &[Accepted]) -> bool {
        self.pending.is_empty()
            && openings(accepted).all(|opened| self.timed.contains(&opened.ticket_id))
    }

    /// When a ticket had got as far as it gets by itself.
    fn carried(&self, ticket: &str) -> Option<i64> {
        let routed = self.routed.get(ticket);
        routed.or_else(|| self.touched.get(ticket)).copied()
    }

    /// Measures the time from `from` to `until`.
    pub(crate) fn over(&self, accepted: &[Accepted], from: i64, until: i64) -> Measured {
        let meanwhile = accepted
            .iter()
            .filter(|it| (from..=until).contains(&it.at_ms));
        Measured {
            accepted: meanwhile.count(),
            longest_stall_ms: self.longest_stall(accepted, from, until),
            recovery_ms: self.recovery(accepted, until),
        }
    }

    /// The longest time that touches the given one, in which a ticket waited and nothing was
    /// concluded for any.
    fn longest_stall(&self, accepted: &[Accepted], from: i64, until: i64) -> i64 {
        let mut waits: Vec<(i64, i64)> = openings(accepted)
            .filter_map(|opened| {
                let routed = self.carried(&opened.ticket_id)?;
                (opened.at_ms < routed).then_some((opened.at_ms, routed))
            })
            .collect();
        waits.sort_unstable();
        let mut longest = 0;
        let mut waits = waits.into_iter().peekable();
        while let Some((begin, mut end)) = waits.next() {
            while let Some((_, later)) = waits.next_if(|(next, _)| *next <= end) {
                end = end.max(later);
            }
            let mut last = begin;
            for &effect in self.effects.range(begin..=end) {
                if last <= until && effect >= from {
                    longest = longest.max(effect - last);
                }
                last = effect;
            }
        }
        longest
    }

    fn recovery(&self, accepted: &[Accepted], until: i64) -> Option<i64> {
        let mut longest = 0;
        for opened in openings(accepted).filter(|it| it.at_ms <= until) {
            let routed = self.carried(&opened.ticket_id)?;
            longest = longest.max(routed - until);
        }
        Some(longest)
    }
}

fn openings(accepted: &[Accepted]) -> impl Iterator<Item = &Accepted> {
    accepted.iter().filter(|it| it.kind == "opened")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(ticket: &str, at_ms: i64) -> Accepted {
        Accepted {
            key: ticket.to_owned(),
            ticket_id: ticket.to_owned(),
            number: String::new(),
            kind: "opened".to_owned(),
            at_ms,
        }
    }

    fn seen(routed: &[(&str, i64)], effects: &[i64]) -> Seen {
        let routed = routed
            .iter()
            .map(|(ticket, at)| ((*ticket).to_owned(), *at));
        Seen {
            routed: routed.collect(),
            effects: effects.iter().copied().collect(),
            ..Seen::default()
        }
    }

    #[test]
    fn standing_still_counts_only_while_somebody_waits() {
        let seen = seen(&[("a", 110), ("b", 1_900)], &[105, 110, 1_200, 1_900]);
        let accepted = [opened("a", 100), opened("b", 1_000)];
        // Nobody waited from 110 to 1000, and from 1200 to 1900 somebody did.
        assert_eq!(seen.over(&accepted, 0, 2_000).longest_stall_ms, 700);
        assert_eq!(seen.over(&accepted, 0, 500).longest_stall_ms, 5);
        assert_eq!(seen.over(&accepted, 1_300, 1_400).longest_stall_ms, 700);
    }

    #[test]
    fn recovery_is_over_with_the_last_that_was_accepted_before_the_end() {
        let seen = seen(&[("a", 1_500), ("b", 9_000)], &[]);
        let accepted = [opened("a", 900), opened("b", 1_100)];
        assert_eq!(seen.over(&accepted, 500, 1_000).recovery_ms, Some(500));
        assert_eq!(seen.over(&accepted, 500, 800).recovery_ms, Some(0));
        let lost = [opened("c", 900)];
        assert_eq!(seen.over(&lost, 500, 1_000).recovery_ms, None);
    }
}
