//! What is to happen, in the order of time. Of two events at one instant the one that was
//! planned first comes first, so that a run has one order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::dice::Ms;

/// Something that happens. Numbers are places in the plan or among the drawn tickets; an `epoch`
/// tells an event that still holds from one that was overtaken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A span of a duty begins.
    DutyBegins { duty: usize },
    /// A span of a duty ends.
    DutyEnds { duty: usize },
    /// A centre vanishes with its agents.
    OutageBegins { outage: usize },
    /// It comes back.
    OutageEnds { outage: usize },
    /// A centre or region opens or closes.
    HoursChange,
    /// An incident is over.
    Mitigated { incident: usize },
    /// An agent is done with a ticket.
    Worked { ticket: usize, epoch: u32 },
    /// A customer has answered.
    Replied { ticket: usize },
    /// A ticket has waited long enough for more desks.
    Widens { ticket: usize, epoch: u32 },
}

/// Events to come.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Reverse<(Ms, u64, Event)>>,
    planned: u64,
}

impl Agenda {
    /// Plans an event.
    pub(crate) fn plan(&mut self, at: Ms, event: Event) {
        self.heap.push(Reverse((at, self.planned, event)));
        self.planned += 1;
    }

    /// When the next event is.
    pub(crate) fn next_at(&self) -> Option<Ms> {
        self.heap.peek().map(|Reverse((at, _, _))| *at)
    }

    /// The next event, if it is at this instant.
    pub(crate) fn take(&mut self, at: Ms) -> Option<Event> {
        let due = self.next_at() == Some(at);
        due.then(|| self.heap.pop())
            .flatten()
            .map(|Reverse((_, _, event))| event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_one_instant_keep_their_order() {
        let mut agenda = Agenda::default();
        agenda.plan(5, Event::Replied { ticket: 9 });
        agenda.plan(5, Event::HoursChange);
        agenda.plan(3, Event::Mitigated { incident: 0 });
        assert_eq!(agenda.next_at(), Some(3));
        assert_eq!(agenda.take(5), None);
        assert_eq!(agenda.take(3), Some(Event::Mitigated { incident: 0 }));
        assert_eq!(agenda.take(5), Some(Event::Replied { ticket: 9 }));
        assert_eq!(agenda.take(5), Some(Event::HoursChange));
        assert_eq!(agenda.next_at(), None);
    }
}
