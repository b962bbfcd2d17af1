//! What an audit says: how much was looked at, and what was found, per invariant.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::limits::EXAMPLES_MAX;

/// The invariants that an audit judges, by their number in `docs/architecture.md`. Of 8 (bounds)
/// and 9 (regions) a log tells nothing.
const INVARIANTS: [(u8, &str); 7] = [
    (1, "nothing accepted is lost"),
    (2, "each effect once"),
    (3, "one order per ticket"),
    (4, "no deadline passes unseen"),
    (5, "zombies are harmless"),
    (6, "bad input stops nobody"),
    (7, "same log, same policy, same result"),
];

/// What an audit found. Several regions' reports add up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Report {
    /// Tickets that were opened.
    pub tickets: u64,
    /// Facts, of whatever worth.
    pub facts: u64,
    /// Facts before, or without, the opening of their ticket.
    pub orphans: u64,
    /// Effects that are not there.
    pub missing: u64,
    /// Effects that are there twice, under different identities; people or systems told twice.
    pub doubled: u64,
    /// Facts that change nothing.
    pub void: u64,
    /// Messages under the subject of a fact that cannot be read.
    pub unreadable: u64,
    /// Commands that somebody sent, as far as the caller counted.
    pub sent: u64,
    /// Commands that were accepted, each counted once.
    pub accepted: u64,
    /// Notifications that arrived outside.
    pub received: u64,
    /// Accepted commands that the log does not hold.
    pub lost: u64,
    /// Facts in the wrong place: another partition, before their cause, told of another state.
    pub out_of_order: u64,
    /// Clocks that rang too late, or never. Where nobody watched the run (see
    /// [`crate::Outside::settled_at_ms`]), clocks that rang late are no violation.
    pub late_deadlines: u64,
    /// Deadlines that differ from the recomputed ones; clocks that rang too early, or though
    /// they stood still or were not set.
    pub wrong_deadlines: u64,
    /// Effects whose identity is not the one that follows from their cause.
    pub misnamed: u64,
    /// Tickets whose deadlines could not be recomputed: their policy's text is not known, or a
    /// dead letter of the watchdog tells why it did not judge them.
    pub unjudged: u64,
    /// Dead letters.
    pub dead_letters: u64,
    /// Unreadable messages that nobody set aside; dead letters without code, reason or the
    /// original bytes.
    pub bad_letters: u64,
    /// Views that differ from rebuilt ones, repeats that say something else than the first by the
    /// same policy, and breaches that say something else of a ticket's minutes than the log.
    pub differing: u64,
    /// Some of each, to look at.
    pub examples: Examples,
    /// What was found, by invariant.
    pub invariants: Vec<Invariant>,
}

/// The first findings of the sorts that have no invariant of their own, at most
/// [`EXAMPLES_MAX`](crate::limits::EXAMPLES_MAX) each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Examples {
    /// Orphans.
    pub orphans: Vec<Example>,
    /// Missing effects.
    pub missing: Vec<Example>,
    /// Doubled effects.
    pub doubled: Vec<Example>,
    /// Void facts.
    pub void: Vec<Example>,
}

/// What was found of one invariant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Invariant {
    /// Its number in `docs/architecture.md`.
    pub number: u8,
    /// What it says, in short.
    pub name: String,
    /// How many things were looked at: who looks at nothing proves nothing.
    pub checked: u64,
    /// How many of them break it.
    pub violations: u64,
    /// The first of those, at most [`EXAMPLES_MAX`](crate::limits::EXAMPLES_MAX).
    pub examples: Vec<Example>,
}

/// One finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Example {
    /// The ticket; empty where none is concerned.
    pub ticket_id: String,
    /// The facts concerned.
    pub facts: Vec<String>,
    /// What was found.
    pub what: String,
}

/// The sorts of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Lost,
    Missing,
    Doubled,
    Misnamed,
    Orphan,
    OutOfOrder,
    Late,
    /// Late, but nobody knows whether somebody could have done better.
    LateUnwatched,
    WrongDeadline,
    Void,
    Zombie,
    BadInput,
    Differs,
}

impl Sort {
    /// The invariant that it breaks, if it breaks one.
    const fn breaks(self) -> Option<u8> {
        Some(match self {
            Self::Lost | Self::Missing => 1,
            Self::Doubled | Self::Misnamed => 2,
            Self::Orphan | Self::OutOfOrder => 3,
            Self::Late | Self::WrongDeadline => 4,
            Self::Zombie => 5,
            Self::BadInput => 6,
            Self::Differs => 7,
            Self::LateUnwatched | Self::Void => return None,
        })
    }
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) sort: Sort,
    pub(crate) facts: Vec<Uuid>,
    pub(crate) what: String,
}

impl Found {
    pub(crate) fn new(sort: Sort, facts: &[Uuid], what: impl Into<String>) -> Self {
        Self {
            sort,
            facts: facts.to_vec(),
            what: what.into(),
        }
    }
}

impl Default for Report {
    fn default() -> Self {
        Self {
            tickets: 0,
            facts: 0,
            orphans: 0,
            missing: 0,
            doubled: 0,
            void: 0,
            unreadable: 0,
            sent: 0,
            accepted: 0,
            received: 0,
            lost: 0,
            out_of_order: 0,
            late_deadlines: 0,
            wrong_deadlines: 0,
            misnamed: 0,
            unjudged: 0,
            dead_letters: 0,
            bad_letters: 0,
            differing: 0,
            examples: Examples::default(),
            invariants: INVARIANTS.map(Invariant::new).to_vec(),
        }
    }
}

impl Report {
    /// Whether an invariant is broken.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.violations() > 0
    }

    /// Violations of all invariants together.
    #[must_use]
    pub fn violations(&self) -> u64 {
        self.invariants.iter().map(|it| it.violations).sum()
    }

    /// The first violation, in words: invariant, ticket and what was found.
    #[must_use]
    pub fn first_violation(&self) -> Option<String> {
        let broken = self.invariants.iter().find(|it| it.violations > 0)?;
        let example = broken.examples.first()?;
        let (number, name) = (broken.number, &broken.name);
        let (ticket, what) = (&example.ticket_id, &example.what);
        Some(match ticket.as_str() {
            "" => format!("invariant {number} ({name}): {what}"),
            ticket => format!("invariant {number} ({name}): ticket {ticket}: {what}"),
        })
    }

    /// Adds another report.
    pub fn add(&mut self, other: Self) {
        for (ours, theirs) in [
            (&mut self.tickets, other.tickets),
            (&mut self.facts, other.facts),
            (&mut self.orphans, other.orphans),
            (&mut self.missing, other.missing),
            (&mut self.doubled, other.doubled),
            (&mut self.void, other.void),
            (&mut self.unreadable, other.unreadable),
            (&mut self.sent, other.sent),
            (&mut self.accepted, other.accepted),
            (&mut self.received, other.received),
            (&mut self.lost, other.lost),
            (&mut self.out_of_order, other.out_of_order),
            (&mut self.late_deadlines, other.late_deadlines),
            (&mut self.wrong_deadlines, other.wrong_deadlines),
            (&mut self.misnamed, other.misnamed),
            (&mut self.unjudged, other.unjudged),
            (&mut self.dead_letters, other.dead_letters),
            (&mut self.bad_letters, other.bad_letters),
            (&mut self.differing, other.differing),
        ] {
            *ours += theirs;
        }
        let (ours, theirs) = (&mut self.examples, other.examples);
        extend(&mut ours.orphans, theirs.orphans);
        extend(&mut ours.missing, theirs.missing);
        extend(&mut ours.doubled, theirs.doubled);
        extend(&mut ours.void, theirs.void);
        let mut by_number: BTreeMap<u8, Invariant> = other
            .invariants
            .into_iter()
            .map(|it| (it.number, it))
            .collect();
        for ours in &mut self.invariants {
            if let Some(theirs) = by_number.remove(&ours.number) {
                ours.checked += theirs.checked;
                ours.violations += theirs.violations;
                extend(&mut ours.examples, theirs.examples);
            }
        }
        self.invariants.extend(by_number.into_values());
    }

    /// Counts things that were looked at for an invariant.
    pub(crate) fn check(&mut self, number: u8, count: u64) {
        if let Some(invariant) = self.invariant(number) {
            invariant.checked += count;
        }
    }

    /// Notes a finding about a ticket, or about none.
    pub(crate) fn note(&mut self, ticket: Option<Uuid>, found: Found) {
        let example = Example {
            ticket_id: ticket.map(|it| it.to_string()).unwrap_or_default(),
            facts: found.facts.iter().map(Uuid::to_string).collect(),
            what: found.what,
        };
        *self.count_of(found.sort) += 1;
        let examples = &mut self.examples;
        match found.sort {
            Sort::Orphan => push(&mut examples.orphans, &example),
            Sort::Missing => push(&mut examples.missing, &example),
            Sort::Doubled => push(&mut examples.doubled, &example),
            Sort::Void => push(&mut examples.void, &example),
            _ => {}
        }
        let broken = found.sort.breaks();
        if let Some(invariant) = broken.and_then(|number| self.invariant(number)) {
            invariant.violations += 1;
            push(&mut invariant.examples, &example);
        }
    }

    fn invariant(&mut self, number: u8) -> Option<&mut Invariant> {
        self.invariants.iter_mut().find(|it| it.number == number)
    }

    fn count_of(&mut self, sort: Sort) -> &mut u64 {
        match sort {
            Sort::Lost => &mut self.lost,
            Sort::Missing => &mut self.missing,
            Sort::Doubled | Sort::Zombie => &mut self.doubled,
            Sort::Misnamed => &mut self.misnamed,
            Sort::Orphan => &mut self.orphans,
            Sort::OutOfOrder => &mut self.out_of_order,
            Sort::Differs => &mut self.differing,
            Sort::Late | Sort::LateUnwatched => &mut self.late_deadlines,
            Sort::WrongDeadline => &mut self.wrong_deadlines,
            Sort::Void => &mut self.void,
            Sort::BadInput => &mut self.bad_letters,
        }
    }
}

impl Invariant {
    fn new((number, name): (u8, &str)) -> Self {
        Self {
            number,
            name: name.to_owned(),
            ..Self::default()
        }
    }
}

fn push(examples: &mut Vec<Example>, example: &Example) {
    if examples.len() < EXAMPLES_MAX {
        examples.push(example.clone());
    }
}

fn extend(ours: &mut Vec<Example>, theirs: Vec<Example>) {
    ours.extend(theirs);
    ours.truncate(EXAMPLES_MAX);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(sort: Sort) -> Report {
        let mut report = Report::default();
        report.note(Some(Uuid::nil()), Found::new(sort, &[], "w"));
        report
    }

    #[test]
    fn reports_add_up() {
        let mut sum = broken(Sort::Lost);
        sum.check(1, 3);
        sum.add(broken(Sort::Lost));
        sum.add(broken(Sort::Void));
        assert_eq!((sum.lost, sum.void, sum.violations()), (2, 1, 2));
        assert_eq!(
            (sum.invariants[0].checked, sum.invariants[0].violations),
            (3, 2)
        );
        assert_eq!(sum.invariants[0].examples.len(), 2);
        let said = sum.first_violation().unwrap();
        assert!(
            said.starts_with("invariant 1 (nothing accepted is lost): ticket 0000"),
            "{said}"
        );
    }

    #[test]
    fn what_is_harmless_breaks_nothing() {
        for sort in [Sort::Void, Sort::LateUnwatched] {
            assert!(!broken(sort).is_broken(), "{sort:?}");
        }
    }

    #[test]
    fn examples_are_few_and_counts_are_not() {
        let mut report = Report::default();
        for _ in 0..100 {
            report.note(None, Found::new(Sort::Doubled, &[], "again"));
        }
        assert_eq!(report.doubled, 100);
        assert_eq!(report.examples.doubled.len(), EXAMPLES_MAX);
        assert_eq!(report.invariants[1].examples.len(), EXAMPLES_MAX);
    }
}
