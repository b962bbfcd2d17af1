//! The rows of the view: what is watched, packed.

use posthouse_domain::TicketId;
use posthouse_domain::sla::watch::{Packed, Watched};
use posthouse_domain::words::Words;
use posthouse_runtime::{Refusal, Tickets, View};
use posthouse_store::Table;
use serde::{Deserialize, Serialize};

use crate::words::Vocabulary;

/// What is watched, by ticket.
pub(crate) const WATCHED: Table = Table::new("watched");

/// A ticket that is watched, and the region of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The region in whose log the ticket is.
    pub region: String,
    /// The ticket and its clocks.
    pub watched: Watched,
}

/// A row as it stands in the view.
#[derive(Serialize, Deserialize)]
struct PackedRow {
    /// The region, where it is not the customer's.
    region: Option<String>,
    watched: Packed,
}

impl Row {
    /// Reads the row of a ticket; `None` when it is none.
    #[must_use]
    pub fn decode(id: TicketId, bytes: &[u8], words: &Vocabulary) -> Option<Self> {
        Self::unpack(postcard::from_bytes(bytes).ok()?, id, words)
    }

    fn pack(&self, words: &mut dyn Words) -> PackedRow {
        let is_the_customers = self.region == self.watched.ticket.features.region;
        PackedRow {
            region: (!is_the_customers).then(|| self.region.clone()),
            watched: self.watched.pack(words),
        }
    }

    fn unpack(packed: PackedRow, id: TicketId, words: &dyn Words) -> Option<Self> {
        let watched = Watched::unpack(packed.watched, id, words)?;
        let region = packed.region;
        Some(Self {
            region: region.unwrap_or_else(|| watched.ticket.features.region.clone()),
            watched,
        })
    }
}

/// The rows of a partition.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Its words, once they were read.
    words: Option<Vocabulary>,
}

impl Rows {
    /// Forgets what was remembered, because the view changed underneath.
    pub(crate) fn forget(&mut self) {
        self.words = None;
    }

    pub(crate) fn get(&mut self, view: &View, id: TicketId) -> Result<Option<Row>, Refusal> {
        let Some(packed) = Tickets::new(WATCHED).get::<PackedRow>(view, id)? else {
            return Ok(None);
        };
        let row = Row::unpack(packed, id, self.words(view)?);
        row.map(Some).ok_or_else(|| Refusal {
            code: Refusal::VIEW,
            reason: format!("read the row of ticket {id}: it has a word that nobody knows"),
        })
    }

    pub(crate) fn put(&mut self, view: &mut View, row: &Row) -> Result<(), Refusal> {
        let words = self.words(view)?;
        let packed = row.pack(words);
        words.keep(view);
        Tickets::new(WATCHED).put(view, row.watched.ticket.id, &packed)
    }

    fn words(&mut self, view: &View) -> Result<&mut Vocabulary, Refusal> {
        let words = match self.words.take() {
            Some(words) => words,
            None => Vocabulary::read(view)?,
        };
        Ok(self.words.insert(words))
    }
}
