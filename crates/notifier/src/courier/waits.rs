//! What keeps a request, for whoever asks.

use posthouse_domain::notify::Mute;
use posthouse_domain::{FactId, Timestamp};
use posthouse_runtime::{Refusal, View};

use super::waiting::pace;
use super::{Courier, read_request};

/// What keeps a request, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// When it is told, as things stand.
    pub until: Timestamp,
    /// For what it waits, for people.
    pub why: String,
}

impl Courier {
    /// What keeps a request at `now`; `None` for one that is not kept.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] when the view cannot be read.
    pub fn waits(
        &mut self,
        view: &View,
        id: FactId,
        now: Timestamp,
    ) -> Result<Option<Waits>, Refusal> {
        let Some(held) = self.requests.held(view, id)? else {
            return Ok(None);
        };
        let Some((_, request)) = read_request(&held) else {
            return Ok(None);
        };
        let policy = self.in_force()?;
        let pace = pace(&policy, &request.receiver);
        let mute = self.mute_of(view, &policy, &request, now)?;
        let group = match &mute {
            Some(Mute { key, .. }) => key.clone(),
            None => pace.group_of(&request),
        };
        let due = self.groups.waits(view, pace, (&request.receiver, &group))?;
        Ok(due.map(|(until, why)| Waits {
            until,
            why: mute.map_or_else(|| why.to_string(), |mute| mute.why),
        }))
    }
}
