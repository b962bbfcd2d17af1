//! The climbs of one ticket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Climb, Ladders, Rung};
use crate::ids::FactId;
use crate::sla::{Calendar, Target};
use crate::ticket::{Body, Features};
use crate::time::Timestamp;

/// The climbs of one ticket: at most one per promise and ladder.
///
/// Whoever watches a ticket calls
///
/// - [`begin`](Self::begin) with each warning, breach and forecast that it concludes, and that
///   fact's identity;
/// - [`ring`](Self::ring) until `None` before it folds a fact in, with the fact's log time, and
///   whenever [`next_ring`](Self::next_ring) has passed; each [`Rung`] is an `escalated` fact of
///   cause `set_by`, rule `escalated` and ordinal `step`;
/// - [`answered`](Self::answered) when an agent replied, moved the ticket or was given it,
///   [`kept`](Self::kept) when a promise was kept, [`resolved`](Self::resolved) when the ticket
///   was resolved or closed, [`withdrawn`](Self::withdrawn) when a promise is no longer made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Climbs(Vec<Climb>);

impl Climbs {
    /// Begins to climb for the warning, breach or forecast `body`, of identity `set_by` and
    /// instant `at`, when a ladder is for it.
    ///
    /// A ladder that is already climbed for the promise goes on as it is. One that ended before
    /// begins again, and its steps are numbered on.
    pub fn begin(
        &mut self,
        body: &Body,
        set_by: FactId,
        at: Timestamp,
        features: &Features,
        ladders: &Ladders,
    ) {
        let Some(mut climb) = Climb::begin(body, set_by, at, features, ladders) else {
            return;
        };
        self.0
            .retain(|old| old.target != climb.target || old.cycle >= climb.cycle);
        let before = self.0.iter_mut().find(|old| {
            (old.target, old.cycle, &old.ladder) == (climb.target, climb.cycle, &climb.ladder)
        });
        match before {
            Some(old) if old.end.is_none() => {}
            Some(old) => {
                climb.taken = old.taken;
                *old = climb;
            }
            None => self.0.push(climb),
        }
    }

    /// The climbs, also those that ended, in the order in which they began.
    #[must_use]
    pub fn as_slice(&self) -> &[Climb] {
        &self.0
    }

    /// The instant of the next step of any climb.
    #[must_use]
    pub fn next_ring(&self) -> Option<Timestamp> {
        self.0.iter().filter_map(Climb::next_ring).min()
    }

    /// Takes at most one step that fell due strictly before `now`; call again until `None`. See
    /// [`Climb::ring`] for gaps and for changes of policy.
    pub fn ring(
        &mut self,
        now: Timestamp,
        features: &Features,
        ladders: &Ladders,
        calendars: &BTreeMap<String, Calendar>,
    ) -> Option<Rung> {
        loop {
            let due = self.0.iter_mut().filter(|climb| climb.is_due(now));
            let climb = due.min_by_key(|climb| climb.next_at)?;
            let rung = climb.ring(now, features, ladders, calendars);
            if rung.is_some() {
                return rung;
            }
        }
    }

    /// A person takes care, at `now`: an agent replied, moved the ticket, or was given it.
    pub fn answered(&mut self, now: Timestamp) {
        self.0.iter_mut().for_each(|climb| climb.answered(now));
    }

    /// A promise was kept, at `now`, be it late.
    pub fn kept(&mut self, target: Target, cycle: u32, now: Timestamp) {
        self.of(target, cycle).for_each(|climb| climb.kept(now));
    }

    /// The ticket was resolved or closed, at `now`.
    pub fn resolved(&mut self, now: Timestamp) {
        self.0.iter_mut().for_each(|climb| climb.resolved(now));
    }

    /// A promise is no longer made, from `now` on.
    pub fn withdrawn(&mut self, target: Target, cycle: u32, now: Timestamp) {
        self.of(target, cycle).for_each(|climb| climb.withdraw(now));
    }

    fn of(&mut self, target: Target, cycle: u32) -> impl Iterator<Item = &mut Climb> {
        self.0
            .iter_mut()
            .filter(move |climb| climb.target == target && climb.cycle == cycle)
    }
}
