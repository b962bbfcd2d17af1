//! What stands in views: rows and commit points, as a damaged disk may give them back.

use std::sync::Arc;

use posthouse_domain::TicketId;
use posthouse_domain::sla::watch::Watched;
use posthouse_domain::ticket::Ticket;
use posthouse_runtime::{CommitPoint, Tickets, View};
use posthouse_store::{MemoryStore, Table};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::says_why;

const TICKETS: Table = Table::new("tickets");

/// A row of a ticket, as roles keep it: bare, or with its clocks.
pub(crate) fn rows(bytes: &[u8]) {
    row::<Ticket>(bytes);
    row::<Watched>(bytes);
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

fn row<T>(bytes: &[u8])
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
        Err(refusal) => return says_why(&refusal),
    };
    let written = tickets.put(&mut view, id, &value);
    written.expect("what was read can be written");
    assert_eq!(tickets.get(&view, id), Ok(Some(value)));
}
