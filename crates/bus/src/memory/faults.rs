//! What a test makes go wrong.

use crate::Error;

/// The faults under way.
#[derive(Default)]
pub(super) struct Faults {
    /// Whether the bus is away.
    pub(super) away: bool,
    /// How many receipts to lose, of messages that are stored.
    pub(super) receipts_to_lose: usize,
    /// How many messages to lose.
    pub(super) messages_to_lose: usize,
}

impl Faults {
    /// Whether the bus answers.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.away {
            return Err(Error::Unavailable("the bus is away".to_owned()));
        }
        Ok(())
    }

    /// Whether the message being sent is to be lost.
    pub(super) fn loses_message(&mut self) -> bool {
        take_one(&mut self.messages_to_lose)
    }

    /// Whether the receipt of the message just stored is to be lost.
    pub(super) fn loses_receipt(&mut self) -> bool {
        take_one(&mut self.receipts_to_lose)
    }
}

fn take_one(count: &mut usize) -> bool {
    let some = *count > 0;
    *count = count.saturating_sub(1);
    some
}
