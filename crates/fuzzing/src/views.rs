//! What stands in views: rows and commit points, as a damaged disk may give them back.

use std::sync::Arc;

use posthouse_domain::TicketId;
use posthouse_domain::sla::watch::{Packed, Watched};
use posthouse_domain::ticket::Ticket;
use posthouse_domain::words::Words;
use posthouse_runtime::{CommitPoint, Tickets, View};
use posthouse_store::{MemoryStore, Table};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::says_why;

const TICKETS: Table = Table::new("tickets");

/// A row of a ticket, as roles keep it: bare, or with its clocks.
pub(crate) fn rows(bytes: &[u8]) {
    row::<Ticket>(bytes);
    if let Some(row) = row::<Packed>(bytes) {
        packed(row);
    }
}

/// A vocabulary of one word, whatever is asked for.
struct OneWord;

impl Words for OneWord {
    fn number(&mut self, _text: &str) -> Option<u32> {
        None
    }

    fn text(&self, number: u32) -> Option<&str> {
        (number == 0).then_some("word")
    }
}

/// What can be unpacked is packed as the same again.
fn packed(packed: Packed) {
    let id = TicketId::derive(&["damaged"]);
    if let Some(watched) = Watched::unpack(packed, id, &OneWord) {
        let again = Watched::unpack(watched.pack(&mut OneWord), id, &OneWord);
        assert_eq!(again, Some(watched));
    }
}

/// How far a view reflects the log.
pub(crate) fn commit_points(bytes: &[u8]) {
    match CommitPoint::decode(bytes) {
        Ok(point) => {
            let again = CommitPoint::decode(&point.encode());
            assert_eq!(again.ok(), Some(point));
        }
        Err(error) => says_why(&error),
    }
}

/// The row that the bytes are, if they are one.
fn row<T>(bytes: &[u8]) -> Option<T>
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let store = MemoryStore::new(&[TICKETS]).expect("one table is allowed");
    let mut view = View::new(Arc::new(store));
    let id = TicketId::derive(&["damaged"]);
    view.put(TICKETS, id.0.as_bytes().to_vec(), bytes.to_vec());
    let tickets = Tickets::new(TICKETS);
    let value = match tickets.get::<T>(&view, id) {
        Ok(value) => value.expect("the row is there"),
        Err(refusal) => {
            says_why(&refusal);
            return None;
        }
    };
    let written = tickets.put(&mut view, id, &value);
    written.expect("what was read can be written");
    assert_eq!(
        tickets.get::<T>(&view, id).as_ref().map(Option::as_ref),
        Ok(Some(&value))
    );
    Some(value)
}
