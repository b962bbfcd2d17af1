//! What the outside world knows: what it sent, what it was promised, what reached it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use crate::limits::{LATE_MS_MAX, TAKEOVER_MS_MAX};
use crate::report::{Found, Report, Sort};

/// A command that was accepted: answered with a 2xx, or with a receipt of the bus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// The idempotency key, or whatever the sender calls it. The same key with the same kind is
    /// the same command, however often it was answered.
    pub key: String,
    /// The ticket that the answer named.
    pub ticket_id: String,
    /// The number that the answer named; empty where it named none.
    pub number: String,
    /// The kind of fact that it becomes: `opened`, `replied`, …
    pub kind: String,
    /// When it was accepted, in milliseconds since 1970.
    pub at_ms: i64,
}

/// A notification as it arrived outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// What names it, as a webhook's `webhook-id` does: the identity of the request.
    pub id: String,
    /// Who got it.
    pub receiver: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Whether it says of itself that it may be a duplicate.
    pub marked_duplicate: bool,
}

/// What the outside world knows of a run. Empty for a log that nobody watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// How many commands were sent, answered or not, each counted once; 0 when nobody counted.
    /// More facts of the sorts that commands become than that are a finding, so a caller that
    /// counts must count everything that reaches the region.
    pub sent: u64,
    /// What was accepted.
    pub accepted: Vec<Accepted>,
    /// What arrived outside and was answered with success.
    pub received: Vec<Received>,
    /// Spans, in milliseconds since 1970, in which a deadline could not be kept in time: nobody
    /// owned the partition, the bus was away.
    pub excused: Vec<(i64, i64)>,
    /// Whether `received` is complete, so that notified without received is a finding.
    pub listens: bool,
    /// When the run was quiet, by log time, in milliseconds since 1970: everything due before it
    /// must have happened. 0 when nobody watched: then what the log has seen counts, and clocks
    /// that rang late are counted, but are no violation, since nobody knows who was away.
    pub settled_at_ms: i64,
}

impl Outside {
    /// Whether somebody watched the run.
    pub(crate) const fn is_watched(&self) -> bool {
        self.settled_at_ms > 0
    }

    /// Whether what follows from something at `at` must be there by now.
    pub(crate) const fn has_settled(&self, at: i64) -> bool {
        !self.is_watched() || at <= self.settled_at_ms
    }

    /// Until when a clock that could ring from `from` on must have rung, in milliseconds.
    ///
    /// After a span in which nobody could ring, a successor has its time to take over, also for
    /// clocks that fall due meanwhile.
    pub(crate) fn patience(&self, from: i64) -> i64 {
        let mut excused = self.excused.clone();
        excused.sort_unstable();
        let mut until = from.saturating_add(LATE_MS_MAX);
        for (begin, end) in excused {
            let taken_over = end.saturating_add(TAKEOVER_MS_MAX);
            if begin <= until && taken_over >= from {
                until = until.max(taken_over);
            }
        }
        until
    }
}

/// What was promised outside, by ticket.
#[derive(Debug, Default)]
pub(crate) struct Promised<'a> {
    by_ticket: HashMap<Uuid, Vec<&'a Accepted>>,
    received: HashMap<&'a str, Vec<&'a Received>>,
}

/// What the log has told so far of what the outside knows.
#[derive(Debug, Default)]
pub(crate) struct Explained {
    tickets: BTreeSet<Uuid>,
    requests: BTreeSet<String>,
    /// Facts that commands became.
    pub(crate) commands: u64,
}

impl<'a> Promised<'a> {
    pub(crate) fn of(outside: &'a Outside) -> Self {
        let mut promised = Self::default();
        for accepted in distinct(outside) {
            if let Ok(ticket) = accepted.ticket_id.parse() {
                promised.by_ticket.entry(ticket).or_default().push(accepted);
            }
        }
        for received in &outside.received {
            promised
                .received
                .entry(&received.id)
                .or_default()
                .push(received);
        }
        promised
    }

    /// What was accepted of a ticket and is not among its facts: `kinds` counts them by kind.
    pub(crate) fn lost(
        &self,
        ticket: Uuid,
        number: Option<&str>,
        kinds: &BTreeMap<&str, u64>,
        explained: &mut Explained,
    ) -> Vec<Found> {
        let Some(accepted) = self.by_ticket.get(&ticket) else {
            return Vec::new();
        };
        explained.tickets.insert(ticket);
        let mut found = Vec::new();
        let mut wanted: BTreeMap<&str, Vec<&Accepted>> = BTreeMap::new();
        for it in accepted {
            wanted.entry(&it.kind).or_default().push(it);
            if number.is_some_and(|number| !it.number.is_empty() && number != it.number) {
                let (key, told, number) = (&it.key, &it.number, number.unwrap_or_default());
                let what = format!("`{key}` was told number {told}, the log has {number}");
                found.push(Found::new(Sort::Lost, &[], what));
            }
        }
        for (kind, wanted) in wanted {
            let there = usize::try_from(kinds.get(kind).copied().unwrap_or(0)).unwrap_or(0);
            for it in wanted.iter().skip(there) {
                let what = lost(it, wanted.len(), there);
                found.push(Found::new(Sort::Lost, &[], what));
            }
        }
        found
    }

    /// What arrived of a request. `is_marked`: the log says that it may have arrived twice.
    pub(crate) fn arrived(
        &self,
        request: Uuid,
        is_marked: bool,
        explained: &mut Explained,
    ) -> Arrived {
        let id = request.to_string();
        let Some(received) = self.received.get(id.as_str()) else {
            return Arrived::Never;
        };
        explained.requests.insert(id);
        let marked = received.iter().filter(|it| it.marked_duplicate).count();
        if is_marked || received.len() <= 1 + marked {
            return Arrived::AsPromised;
        }
        Arrived::TooOften(received.len(), received[0].receiver.clone())
    }
}

/// How a notification arrived outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    Never,
    AsPromised,
    /// So often, at this receiver, and not marked as a duplicate.
    TooOften(usize, String),
}

impl Explained {
    /// What the outside knows and the log as a whole does not explain.
    pub(crate) fn finish(&self, outside: &Outside, report: &mut Report) {
        let accepted = distinct(outside);
        report.sent += outside.sent;
        report.accepted += accepted.len() as u64;
        report.received += outside.received.len() as u64;
        report.check(1, accepted.len() as u64);
        report.check(2, outside.received.len() as u64);
        for it in &accepted {
            let ticket = it.ticket_id.parse().ok();
            if ticket.is_none_or(|ticket| !self.tickets.contains(&ticket)) {
                report.note(ticket, Found::new(Sort::Lost, &[], lost(it, 1, 0)));
            }
        }
        opened_twice(&accepted, report);
        let mut strange: Vec<&Received> = outside.received.iter().collect();
        strange.retain(|it| !self.requests.contains(&it.id));
        for it in strange {
            let (receiver, id) = (&it.receiver, &it.id);
            let what = format!("{receiver} received `{id}`, for which nothing in the log asks");
            report.note(None, Found::new(Sort::Doubled, &[], what));
        }
        if outside.sent > 0 && self.commands > outside.sent {
            let (commands, sent) = (self.commands, outside.sent);
            let what = format!("{sent} commands were sent and became {commands} facts");
            report.note(None, Found::new(Sort::Doubled, &[], what));
        }
    }
}

/// A key that opened two tickets.
fn opened_twice(accepted: &[&Accepted], report: &mut Report) {
    let mut by_key: BTreeMap<&str, &Accepted> = BTreeMap::new();
    for it in accepted.iter().filter(|it| it.kind == "opened") {
        let Some(first) = by_key.insert(&it.key, it) else {
            continue;
        };
        if first.ticket_id != it.ticket_id {
            let (key, one, other) = (&it.key, &first.number, &it.number);
            let what = format!("`{key}` was accepted as {one} and again as {other}");
            let ticket = it.ticket_id.parse().ok();
            report.note(ticket, Found::new(Sort::Doubled, &[], what));
        }
    }
}

/// What was accepted, each command once.
fn distinct(outside: &Outside) -> Vec<&Accepted> {
    let mut seen = BTreeSet::new();
    let accepted = outside.accepted.iter();
    accepted
        .filter(|it| seen.insert((&it.key, &it.ticket_id, &it.kind)))
        .collect()
}

fn lost(it: &Accepted, accepted: usize, there: usize) -> String {
    let (key, kind, number) = (&it.key, &it.kind, &it.number);
    format!("`{key}` was accepted as {kind} of {number}; accepted {accepted}, in the log {there}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_covers_spans_that_follow_each_other() {
        let outside = Outside {
            excused: vec![(50_000, 60_000), (10_000, 20_000), (28_000, 30_000)],
            ..Outside::default()
        };
        assert_eq!(outside.patience(0), 1_000);
        assert_eq!(outside.patience(9_500), 40_000);
        assert_eq!(outside.patience(15_000), 40_000);
        assert_eq!(outside.patience(22_000), 40_000);
        assert_eq!(outside.patience(39_500), 40_500);
        assert_eq!(outside.patience(41_000), 42_000);
        assert_eq!(outside.patience(45_000), 46_000);
        assert_eq!(outside.patience(49_000), 70_000);
    }
}
