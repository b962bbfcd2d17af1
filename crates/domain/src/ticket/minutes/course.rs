//! The course of a ticket: its minutes, counted fact by fact.

use serde::{Deserialize, Serialize};

use super::{Minutes, Part};
use crate::ids::FactId;
use crate::limits::HANDOVER_REQUESTS_MAX;
use crate::ticket::{Body, Fact, FactKind, State, Ticket, Verdict};
use crate::time::Timestamp;

/// The count of a ticket's minutes so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    opened_at: Timestamp,
    count: Count,
}

/// What a [`Course`] has to keep; the opening it counts from stands in the ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The legs that are over.
    over: Minutes,
    /// Who has it now; `None` after its end.
    part: Option<Part>,
    telling: Telling,
}

/// Whether somebody who must act is still to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Telling {
    /// There is nothing to tell, it was told, or was given up.
    #[default]
    Settled,
    /// The ticket was handed over by this fact, and nobody has asked yet that it be told.
    Handed(Short),
    /// It was handed over by this fact; these requests have no outcome yet.
    Asked(Short, Vec<Short>),
}

/// An identity in short, which tells apart what happens to one ticket: very many counts are kept.
/// Were two of its facts alike in it, one in four thousand million, a leg would end early.
type Short = [u8; 4];

/// A stretch of a ticket's life that one part has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Its begin.
    pub from: Timestamp,
    /// Its end; the next one begins there.
    pub to: Timestamp,
    /// Who had the ticket.
    pub part: Part,
    /// The place of the fact that began it, among those that were given.
    pub begun_by: usize,
}

impl Course {
    /// The kinds of fact that bear on it: what moves a ticket through its life, and what becomes
    /// of telling people about it.
    pub const KINDS: &'static [FactKind] = &[
        FactKind::Opened,
        FactKind::Replied,
        FactKind::Assigned,
        FactKind::Progressed,
        FactKind::Resolved,
        FactKind::Reopened,
        FactKind::Closed,
        FactKind::Classified,
        FactKind::Routed,
        FactKind::InfoRequested,
        FactKind::Corrected,
        FactKind::Folded,
        FactKind::Unfolded,
        FactKind::Offered,
        FactKind::Accepted,
        FactKind::Declined,
        FactKind::Requeued,
        FactKind::Transferred,
        FactKind::NotificationRequested,
        FactKind::Notified,
        FactKind::NotificationFailed,
        FactKind::NotificationSuppressed,
    ];

    /// Begins to count with the opening of a ticket.
    #[must_use]
    pub const fn open(opened_at: Timestamp) -> Self {
        let count = Count {
            over: Minutes {
                decide_ms: 0,
                queue_ms: 0,
                person_ms: 0,
                pause_ms: 0,
                notifier_ms: 0,
            },
            part: Some(Part::Decide),
            telling: Telling::Settled,
        };
        Self { opened_at, count }
    }

    /// Goes on with a count that was kept.
    #[must_use]
    pub const fn resume(opened_at: Timestamp, count: Count) -> Self {
        Self { opened_at, count }
    }

    /// What is to be kept.
    #[must_use]
    pub const fn count(&self) -> &Count {
        &self.count
    }

    /// Who has the ticket now; `None` after its end.
    #[must_use]
    pub const fn part(&self) -> Option<Part> {
        self.count.part
    }

    /// When the present leg began; after the end of the ticket, when that was.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        let over_ms = self.count.over.whole_ms();
        let over_ms = i64::try_from(over_ms).unwrap_or(i64::MAX);
        self.opened_at.plus_millis(over_ms)
    }

    /// The minutes from the opening until `at`, or until the ticket's end if that was before.
    #[must_use]
    pub fn minutes(&self, at: Timestamp) -> Minutes {
        let mut minutes = self.count.over;
        if let Some(part) = self.count.part {
            minutes += (part, ms_between(self.since(), at));
        }
        minutes
    }

    /// Takes in what a fact did to `ticket`, which it was already folded into; `counts` says
    /// whether it counted there. Gives whether the ticket changed hands: then a leg ended at
    /// `log_time`.
    ///
    /// What notifications tell is taken from the facts themselves, so readers need not fold those
    /// into the ticket.
    pub fn take(
        &mut self,
        ticket: &Ticket,
        fact: &Fact,
        counts: bool,
        log_time: Timestamp,
    ) -> bool {
        if counts {
            self.hand_over(ticket, fact);
        }
        self.hear(fact);
        let part = part_of(ticket, &self.count.telling);
        if part == self.count.part {
            return false;
        }
        let ms = ms_between(self.since(), log_time);
        // A ticket that comes back was the customer's meanwhile.
        self.count.over += (self.count.part.unwrap_or(Part::Pause), ms);
        self.count.part = part;
        true
    }

    /// Somebody else must act from here on, or somebody began to.
    fn hand_over(&mut self, ticket: &Ticket, fact: &Fact) {
        let hands_over = matches!(
            fact.body,
            Body::Routed(_)
                | Body::Offered(_)
                | Body::Assigned(_)
                | Body::Requeued(_)
                | Body::Transferred(_)
                | Body::Reopened(_)
        );
        if !matches!(ticket.state(), State::Queued | State::Assigned) {
            self.count.telling = Telling::Settled;
        } else if hands_over {
            self.count.telling = Telling::Handed(short(fact.id));
        }
    }

    /// Somebody is to be told of the hand-over, or was told. One who was is enough.
    fn hear(&mut self, fact: &Fact) {
        let Some(cause) = fact.cause.map(short) else {
            return;
        };
        let telling = &mut self.count.telling;
        match (&fact.body, &mut *telling) {
            (Body::NotificationRequested(_), Telling::Handed(by)) if *by == cause => {
                *telling = Telling::Asked(cause, vec![short(fact.id)]);
            }
            (Body::NotificationRequested(_), Telling::Asked(by, open)) if *by == cause => {
                let request = short(fact.id);
                if open.len() < HANDOVER_REQUESTS_MAX && !open.contains(&request) {
                    open.push(request);
                }
            }
            (Body::Notified(_), Telling::Asked(_, open)) if open.contains(&cause) => {
                *telling = Telling::Settled;
            }
            (
                Body::NotificationFailed(_) | Body::NotificationSuppressed(_),
                Telling::Asked(_, open),
            ) => {
                open.retain(|request| *request != cause);
                if open.is_empty() {
                    *telling = Telling::Settled;
                }
            }
            _ => {}
        }
    }
}

/// The legs of a ticket's life until `at`, in order, from its facts in the order of the log with
/// their log times. What was stored after `at` is not looked at.
///
/// The time between the end of a ticket and its coming back is a leg; that after its end is none.
#[must_use]
pub fn legs<'a>(facts: impl IntoIterator<Item = (Timestamp, &'a Fact)>, at: Timestamp) -> Vec<Leg> {
    let mut legs = Vec::new();
    let mut life: Option<(Ticket, Course)> = None;
    let mut begun_by = 0;
    for (place, (log_time, fact)) in facts.into_iter().enumerate() {
        if log_time > at {
            break;
        }
        let Some((ticket, course)) = &mut life else {
            if let Ok(ticket) = Ticket::open(fact, log_time) {
                life = Some((ticket, Course::open(log_time)));
                begun_by = place;
            }
            continue;
        };
        let verdict = ticket.apply(fact, log_time);
        let (from, part) = (course.since(), course.part());
        let counts = matches!(verdict, Verdict::Counted(..));
        if course.take(ticket, fact, counts, log_time) {
            legs.push(Leg {
                from,
                to: course.since(),
                part: part.unwrap_or(Part::Pause),
                begun_by,
            });
            begun_by = place;
        }
    }
    let present = life.and_then(|(_, course)| Some((course.since(), course.part()?)));
    legs.extend(present.map(|(from, part)| Leg {
        from,
        to: at.max(from),
        part,
        begun_by,
    }));
    legs
}

impl Leg {
    /// How long it lasted, in milliseconds.
    #[must_use]
    pub fn ms(&self) -> u64 {
        ms_between(self.from, self.to)
    }
}

fn part_of(ticket: &Ticket, telling: &Telling) -> Option<Part> {
    let is_told = !matches!(telling, Telling::Asked(..));
    Some(match ticket.clock_state() {
        State::New | State::Triaged => Part::Decide,
        State::Queued if is_told => Part::Queue,
        State::Assigned if is_told => Part::Person,
        State::Queued | State::Assigned => Part::Notifier,
        State::InProgress => Part::Person,
        State::WaitingOnCustomer | State::WaitingOnThirdParty => Part::Pause,
        State::Resolved | State::Closed => return None,
    })
}

fn ms_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.millis_since(from)).unwrap_or(0)
}

fn short(id: FactId) -> Short {
    let mut short = Short::default();
    for part in id.0.as_bytes().chunks_exact(short.len()) {
        for (byte, other) in short.iter_mut().zip(part) {
            *byte ^= other;
        }
    }
    short
}
