//! What a rule tells later, or again: each a row that waits for its turn.
//!
//! # Invariants
//!
//! - A turn comes at the instant that the rule and the log's times say, and is judged by the
//!   ticket as it stands there; turns come in the order of their instants.
//! - Whatever is planned ends: with its last turn, with the ticket, or with the rule.

use posthouse_domain::notify::Request;
use posthouse_domain::{FactId, Timestamp};
use posthouse_runtime::{Refusal, View, WakeIndex};
use posthouse_store::Table;
use serde::{Deserialize, Serialize};

const LATER: Table = Table::new("later");
const LATER_WAKE: Table = Table::new("later_wake");
/// The tables of the view that are this module's.
pub(crate) const LATER_TABLES: [Table; 2] = [LATER, LATER_WAKE];

/// Something that is to be told later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Planned {
    /// The fact that it tells of, as it travelled.
    pub(crate) fact: Vec<u8>,
    /// Who is told, and by which rule.
    pub(crate) request: Request,
    /// Which time it is, from 0.
    pub(crate) round: u32,
    /// When it was first planned.
    pub(crate) since: Timestamp,
    /// When.
    pub(crate) at: Timestamp,
    /// Whether the ticket was open at the fact.
    pub(crate) was_open: bool,
}

/// What is planned in a partition.
#[derive(Debug)]
pub(crate) struct Later {
    wake: WakeIndex,
}

impl Default for Later {
    fn default() -> Self {
        Self {
            wake: WakeIndex::new(LATER_WAKE),
        }
    }
}

impl Later {
    pub(crate) fn restored(&mut self) {
        self.wake.reset();
    }

    pub(crate) fn next_wake(&mut self, view: &View) -> Option<Timestamp> {
        // A view that cannot be read is due at once: the ring finds out, and the loop starts anew.
        self.wake.earliest(view).unwrap_or(Some(Timestamp::MIN))
    }

    /// Plans something under the identity of the request that it becomes the first time.
    pub(crate) fn plan(
        &mut self,
        view: &mut View,
        id: FactId,
        planned: &Planned,
    ) -> Result<(), Refusal> {
        let old = get(view, id)?;
        let old_at = old.map(|old| old.at);
        self.wake
            .set(view, id.0.as_bytes(), old_at, Some(planned.at));
        let bytes = postcard::to_stdvec(planned)
            .map_err(|error| Refusal::new(Refusal::VIEW, format!("write plan {id}: {error}")))?;
        view.put(LATER, id.0.as_bytes().to_vec(), bytes);
        Ok(())
    }

    /// Nothing more is to be told of it.
    pub(crate) fn forget(&mut self, view: &mut View, id: FactId, planned: &Planned) {
        self.wake.set(view, id.0.as_bytes(), Some(planned.at), None);
        view.delete(LATER, id.0.as_bytes().to_vec());
    }

    /// What comes first, before `now`.
    pub(crate) fn first_due(
        &self,
        view: &View,
        now: Timestamp,
    ) -> Result<Option<(FactId, Planned)>, Refusal> {
        let Some((_, key)) = self.wake.due(view, now, 1)?.into_iter().next() else {
            return Ok(None);
        };
        let missing = || Refusal::new(Refusal::VIEW, "a plan is missing".to_owned());
        let bytes: [u8; 16] = key.try_into().map_err(|_| missing())?;
        let id = FactId(posthouse_domain::ids::Uuid::from_bytes(bytes));
        let planned = get(view, id)?.ok_or_else(missing)?;
        Ok(Some((id, planned)))
    }
}

fn get(view: &View, id: FactId) -> Result<Option<Planned>, Refusal> {
    let Some(bytes) = view.get(LATER, id.0.as_bytes())? else {
        return Ok(None);
    };
    let read = postcard::from_bytes(&bytes);
    read.map(Some)
        .map_err(|error| Refusal::new(Refusal::VIEW, format!("read plan {id}: {error}")))
}
