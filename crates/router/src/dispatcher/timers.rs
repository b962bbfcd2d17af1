//! What the dispatcher waits for, as identities in its index of wake-ups.

use posthouse_domain::{TicketId, Timestamp};
use posthouse_runtime::{Refusal, limits as loop_limits};
use serde::{Deserialize, Serialize};

use super::rows;
use super::work::Work;

/// Something that falls due. Written down, it is an identity in the index of wake-ups; of two at
/// one instant the one whose bytes are smaller rings first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Wake {
    /// An offer of this ticket lapses.
    Lapse(TicketId),
    /// An agent has shown no sign of life.
    Silent(String),
    /// An agent is gone, and tickets after this one are still to be taken from them.
    TakeBack {
        /// Who is gone.
        agent: String,
        /// The last ticket that was looked at.
        after: TicketId,
    },
    /// More can be offered than was offered at once.
    OfferMore,
    /// This ticket ended long ago.
    Forget(TicketId),
}

impl Work<'_> {
    /// Lets ring what was due strictly before `until`, each at its own instant, so that it does
    /// not matter how late the loop learns of the time.
    pub(super) fn ring_until(&mut self, until: Timestamp) -> Result<(), Refusal> {
        for _ in 0..loop_limits::RINGS_PER_STEP_MAX {
            let Some(due) = self.state.next_wake(self.view)? else {
                return Ok(());
            };
            if due >= until {
                return Ok(());
            }
            self.now = due;
            if let Some(wake) = self.state.take_wake(self.view, due)? {
                self.ring(wake)?;
            }
            self.offer_all()?;
        }
        Ok(())
    }

    fn ring(&mut self, wake: Wake) -> Result<(), Refusal> {
        match wake {
            Wake::Lapse(ticket) => self.lapse(ticket),
            Wake::Silent(agent) => self.fell_silent(&agent),
            Wake::TakeBack { agent, after } => self.take_back(&agent, Some(after)),
            // Whoever rings offers what can be offered.
            Wake::OfferMore => Ok(()),
            Wake::Forget(ticket) => {
                self.view.delete(rows::ENDED, ticket.0.as_bytes().to_vec());
                Ok(())
            }
        }
    }
}
