//! Where a ticket's minutes went, looked up again: who had it from when on.
//!
//! Written from the words of the glossary and simpler than what services count with: every change
//! is kept, and the time until an instant is added up when a breach speaks of it. Where the
//! server's clock stepped back, what a watchdog had seen by an instant is not told, so nothing is
//! judged.

use posthouse_wire::v1::State;
use uuid::Uuid;

use crate::life::Life;
use crate::limits::REQUESTS_MAX;
use crate::note::{Note, Told};

/// The parts, as a breach lists them.
const PARTS: [&str; 5] = ["decide", "queue", "person", "pause", "notifier"];
const DECIDE: usize = 0;
const QUEUE: usize = 1;
const PERSON: usize = 2;
const PAUSE: usize = 3;
const NOTIFIER: usize = 4;

/// Milliseconds by part, in the order of [`PARTS`].
pub(crate) type Sums = [u64; PARTS.len()];

/// Who had a ticket from when on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Minutes {
    changes: Vec<Change>,
    /// The last hand-over, while somebody may still be told of it.
    handed: Option<Handed>,
    stepped_back: bool,
}

/// From here on it was somebody else's.
#[derive(Clone, Copy, Debug)]
struct Change {
    /// The place of the fact that brought it about.
    sequence: u64,
    /// When that was stored.
    at: i64,
    /// The place in [`PARTS`]; `None` after the ticket's end.
    part: Option<usize>,
}

/// A hand-over.
#[derive(Clone, Debug)]
struct Handed {
    by: Uuid,
    /// Requests to tell of it that have no outcome yet.
    asked: Vec<Uuid>,
}

impl Minutes {
    /// Goes one fact further, which the ticket's life has followed; `counts` says whether it
    /// changed anything there.
    pub(crate) fn follow(&mut self, note: &Note, life: &Life, counts: bool) {
        self.stepped_back |= note.stored_at < note.log_now;
        if counts && note.told.moves() {
            self.hand_over(note, life);
        }
        self.hear(note);
        let part = self.part(life);
        if self.changes.last().map(|change| change.part) != Some(part) {
            self.changes.push(Change {
                sequence: note.sequence,
                at: note.stored_at,
                part,
            });
        }
    }

    /// Finds fault with what a breach says, if there is any. The fact that set the clock was there
    /// when it rang, even where it moved the deadline into the past.
    pub(crate) fn compare(&self, due_at: i64, set_by: &Note, told: &Sums) -> Option<String> {
        let sums = self.until(due_at, set_by.sequence);
        if self.stepped_back || sums == *told {
            return None;
        }
        let shown = |sums: &Sums| {
            let parts = PARTS
                .iter()
                .zip(sums)
                .map(|(part, ms)| format!("{part} {ms}"));
            parts.collect::<Vec<_>>().join(", ")
        };
        Some(format!(
            "target_breached says of the ticket's time {} ms; it was {} ms",
            shown(told),
            shown(&sums)
        ))
    }

    fn hand_over(&mut self, note: &Note, life: &Life) {
        if !matches!(life.state, State::Queued | State::Assigned) {
            self.handed = None;
            return;
        }
        let is_one = matches!(
            note.told,
            Told::Routed { .. }
                | Told::Offered { .. }
                | Told::Assigned { .. }
                | Told::Requeued { .. }
                | Told::Transferred { .. }
                | Told::Reopened
        );
        if is_one {
            let (by, asked) = (note.id, Vec::new());
            self.handed = Some(Handed { by, asked });
        }
    }

    /// One who was told is enough; where nobody can be told any more, nobody is waited for.
    fn hear(&mut self, note: &Note) {
        let (Some(handed), Some(cause)) = (&mut self.handed, note.cause) else {
            return;
        };
        match note.told {
            Told::Requested { .. } if cause == handed.by && handed.asked.len() < REQUESTS_MAX => {
                handed.asked.push(note.id);
            }
            Told::Outcome { is_told: true, .. } if handed.asked.contains(&cause) => {
                self.handed = None;
            }
            Told::Outcome { .. } | Told::Muted if handed.asked.contains(&cause) => {
                handed.asked.retain(|request| *request != cause);
                if handed.asked.is_empty() {
                    self.handed = None;
                }
            }
            _ => {}
        }
    }

    /// The place of the part in [`PARTS`].
    fn part(&self, life: &Life) -> Option<usize> {
        let is_awaited = self.handed.as_ref().is_some_and(|it| !it.asked.is_empty());
        match life.clock_state() {
            State::Unspecified | State::New | State::Triaged => Some(DECIDE),
            State::Queued | State::Assigned if is_awaited => Some(NOTIFIER),
            State::Queued => Some(QUEUE),
            State::Assigned | State::InProgress => Some(PERSON),
            State::WaitingOnCustomer | State::WaitingOnThirdParty => Some(PAUSE),
            State::Resolved | State::Closed => None,
        }
    }

    /// The time until an instant, by part, as known when that or the fact at `known` was the last
    /// that had happened: until the last change then, where that was later. What lies between an
    /// end and a return is a pause.
    fn until(&self, at: i64, known: u64) -> Sums {
        let is_known = |change: &&Change| change.at <= at || change.sequence <= known;
        let changes = || self.changes.iter().take_while(is_known);
        let ends = changes().skip(1).map(|next| (next.at, true));
        let mut sums = Sums::default();
        for (change, (to, goes_on)) in changes().zip(ends.chain([(at, false)])) {
            let part = match change.part {
                Some(part) => part,
                None if goes_on => PAUSE,
                None => continue,
            };
            sums[part] += u64::try_from(to - change.at).unwrap_or(0);
        }
        sums
    }
}
