//! Tickets in a view: the fold of each ticket's facts, as every stateful role keeps it.

use posthouse_domain::TicketId;
use posthouse_domain::ticket::{Ticket, Verdict};
use posthouse_store::Table;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Input, Refusal, View};

/// A table of a view that holds one value per ticket.
#[derive(Clone, Copy, Debug)]
pub struct Tickets {
    table: Table,
}

/// What the next fact did to a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Folded {
    /// The ticket after a fact that counted.
    Counted(Box<Ticket>),
    /// The fact was void, or is about a ticket that was never opened.
    Void,
}

impl Tickets {
    /// The tickets in `table`.
    #[must_use]
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// The value of a ticket.
    ///
    /// # Errors
    ///
    /// When the store fails or the row cannot be read; both start the partition anew.
    pub fn get<T: DeserializeOwned>(
        &self,
        view: &View,
        id: TicketId,
    ) -> Result<Option<T>, Refusal> {
        let Some(bytes) = view.get(self.table, id.0.as_bytes())? else {
            return Ok(None);
        };
        let read = postcard::from_bytes(&bytes).map_err(|error| Refusal {
            code: Refusal::VIEW,
            reason: format!("read the row of ticket {id}: {error}"),
        })?;
        Ok(Some(read))
    }

    /// Sets the value of a ticket.
    ///
    /// # Errors
    ///
    /// When the value cannot be written down.
    pub fn put<T: Serialize>(
        &self,
        view: &mut View,
        id: TicketId,
        value: &T,
    ) -> Result<(), Refusal> {
        let bytes = postcard::to_stdvec(value).map_err(|error| Refusal {
            code: Refusal::VIEW,
            reason: format!("write the row of ticket {id}: {error}"),
        })?;
        view.put(self.table, id.0.as_bytes().to_vec(), bytes);
        Ok(())
    }

    /// Folds the next fact into its ticket, for a table of bare [`Ticket`]s.
    ///
    /// # Errors
    ///
    /// As [`Self::get`].
    pub fn fold(&self, view: &mut View, input: Input<'_>) -> Result<Folded, Refusal> {
        let fact = input.fact;
        let ticket = match self.get::<Ticket>(view, fact.ticket)? {
            None => match Ticket::open(fact, input.log_time) {
                Ok(ticket) => ticket,
                Err(_orphan) => {
                    view.note_void();
                    return Ok(Folded::Void);
                }
            },
            Some(mut ticket) => {
                let verdict = ticket.apply(fact, input.log_time);
                if let Verdict::Void(_) = verdict {
                    view.note_void();
                    self.put(view, fact.ticket, &ticket)?;
                    return Ok(Folded::Void);
                }
                ticket
            }
        };
        self.put(view, fact.ticket, &ticket)?;
        Ok(Folded::Counted(Box::new(ticket)))
    }
}
