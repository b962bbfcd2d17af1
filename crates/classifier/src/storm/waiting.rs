//! Tickets that were opened and are not labelled yet.

use std::collections::{BTreeMap, HashMap};

use posthouse_domain::ticket::{Classified, Fact, Opened};
use posthouse_domain::{TicketId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Heard, Key, Places};
use crate::limits::WAITING_MAX;
use crate::similar::Sketch;

/// What an opening says that a label does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    ticket: TicketId,
    at: Timestamp,
    customer: u64,
    place: Option<String>,
    sketch: Option<Sketch>,
}

/// Tickets that wait for their labels, by the place of their opening in the stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    said: BTreeMap<u64, Said>,
    places: HashMap<TicketId, u64>,
}

impl Said {
    pub(super) fn of(ticket: TicketId, opened: &Opened, places: &Places, at: Timestamp) -> Self {
        Self {
            ticket,
            at,
            customer: number_of(&opened.customer),
            place: places.named(opened),
            sketch: Sketch::of(&[&opened.subject, &opened.body]),
        }
    }

    /// The ticket, now that it is labelled by `fact`.
    pub(super) fn labelled(self, fact: &Fact, classified: &Classified) -> Heard {
        let features = &classified.features;
        let category = Some(Key::Category(features.category.clone()));
        let place = self.place.map(Key::Place);
        let keys = [category, Key::product(&features.product), place];
        Heard {
            ticket: self.ticket,
            number: features.number.clone(),
            cause: fact.id,
            at: self.at,
            customer: self.customer,
            keys: keys.into_iter().flatten().collect(),
            kind: features.kind.clone(),
            sketch: self.sketch,
        }
    }
}

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.said.len()
    }

    /// A ticket was opened at `place` of the stream. Gives the places of those that are forgotten
    /// for it.
    pub(super) fn put(&mut self, place: u64, said: Said) -> Vec<u64> {
        let before = self.places.insert(said.ticket, place);
        self.said.insert(place, said);
        let mut forgotten: Vec<u64> = before.into_iter().filter(|old| *old != place).collect();
        forgotten.iter().for_each(|old| drop(self.said.remove(old)));
        while self.said.len() > WAITING_MAX {
            let Some((oldest, said)) = self.said.pop_first() else {
                break;
            };
            self.places.remove(&said.ticket);
            forgotten.push(oldest);
        }
        forgotten
    }

    /// The ticket was labelled: it waits no longer.
    pub(super) fn take(&mut self, ticket: TicketId) -> Option<(u64, Said)> {
        let place = self.places.remove(&ticket)?;
        Some((place, self.said.remove(&place)?))
    }
}

/// A number that is equal for equal texts (FNV-1a, 64 bits).
fn number_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use posthouse_domain::ids::Uuid;
    use posthouse_testkit::builders::opened;

    use super::*;

    fn said(number: u128) -> Said {
        let ticket = TicketId(Uuid::from_u128(number));
        let places = Places::new(&[]);
        Said::of(ticket, &opened("It is down"), &places, Timestamp::MIN)
    }

    #[test]
    fn a_ticket_waits_once_and_not_for_ever() {
        let mut waiting = Waiting::default();
        assert!(waiting.put(1, said(1)).is_empty());
        assert_eq!(waiting.put(2, said(1)), [1], "opened twice");
        for place in 3..2 + WAITING_MAX as u64 {
            assert!(waiting.put(place, said(place.into())).is_empty());
        }
        let last = 2 + WAITING_MAX as u64;
        assert_eq!(waiting.put(last, said(last.into())), [2], "the oldest");
        assert_eq!(waiting.take(TicketId(Uuid::from_u128(1))), None);
        let (place, _) = waiting.take(TicketId(Uuid::from_u128(7))).unwrap();
        assert_eq!((place, waiting.said.len()), (7, WAITING_MAX - 1));
        assert_eq!(waiting.take(TicketId(Uuid::from_u128(7))), None);
    }
}
