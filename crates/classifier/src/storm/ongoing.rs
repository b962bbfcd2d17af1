//! A storm that was found: what belongs to it, and how long it lasts.

use std::collections::{BTreeMap, VecDeque};

use posthouse_domain::{FactId, TicketId, Timestamp};
use serde::{Deserialize, Serialize};

use super::window::{Heard, agreed};
use super::{Key, Scene};
use crate::limits::{EXEMPLARS_MAX, MEMBERS_MAX, STORM_KEPT_MS};
use crate::similar::Sketch;

/// The slices by which the quiet time is counted.
const QUIET_SLICES: usize = 15;

/// A storm and the tickets that are folded into its incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storm {
    /// Its incident.
    pub incident: TicketId,
    /// The number of the incident.
    pub number: String,
    /// The region.
    pub region: String,
    /// What its tickets are about, each with the part of such tickets that is likely to belong
    /// to it, in thousandths: what came beyond what was expected.
    pub keys: BTreeMap<Key, u16>,
    /// The place of the provider that its tickets agree on.
    pub place: Option<String>,
    /// When it was found, by the log.
    pub opened_at: Timestamp,
    /// How often its tickets name each place.
    named: BTreeMap<String, u32>,
    /// How many tickets joined it lately, by slices of [`Self::slice_ms`].
    joins: VecDeque<(i64, u64)>,
    /// The time in which fewer tickets than [`Self::quiet_below`] end it.
    quiet_ms: i64,
    /// Grows with what its keys bring anyway: twice that is as good as quiet.
    quiet_below: u64,
    /// How many tickets people took out of it.
    unfolded: usize,
    /// When it was over.
    over_at: Option<Timestamp>,
    /// When a person said that it is no storm: every ticket is taken out.
    dissolved_at: Option<Timestamp>,
    /// Texts of its tickets, no two alike; rows of their own.
    #[serde(skip)]
    pub(super) exemplars: Vec<Sketch>,
    /// Its tickets, each with the fact that labelled it; rows of their own.
    #[serde(skip)]
    pub(super) members: BTreeMap<TicketId, FactId>,
}

/// Why a ticket belongs to a storm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Belongs {
    pub(super) rule: String,
    pub(super) score_permille: u16,
}

impl Storm {
    pub(super) fn new(
        (incident, number): (TicketId, String),
        place: Option<String>,
        scene: Scene<'_>,
    ) -> Self {
        let parameters = scene.parameters;
        Self {
            incident,
            number,
            region: scene.region.to_owned(),
            keys: BTreeMap::new(),
            place,
            opened_at: scene.log_time,
            named: BTreeMap::new(),
            joins: VecDeque::new(),
            quiet_ms: parameters.quiet_ms,
            quiet_below: u64::from(parameters.quiet_below).max(1),
            unfolded: 0,
            over_at: None,
            dissolved_at: None,
            exemplars: Vec::new(),
            members: BTreeMap::new(),
        }
    }

    /// Whether tickets can join it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.over_at.is_none()
    }

    /// The tickets that are folded into its incident.
    pub fn tickets(&self) -> impl Iterator<Item = TicketId> {
        self.members.keys().copied()
    }

    /// Whether what happens at `place` may be this storm: unless both name another place.
    pub(super) fn may_be_at(&self, place: Option<&str>) -> bool {
        match (self.place.as_deref(), place) {
            (Some(own), Some(other)) => own == other,
            _ => true,
        }
    }

    /// Whether a ticket belongs to it, and why. `counts`: whether it is of a kind that can start
    /// a storm. One that only asks or complains has to name the place of the storm as well.
    pub(super) fn takes(
        &self,
        heard: &Heard,
        counts: bool,
        least_permille: u16,
    ) -> Option<Belongs> {
        let place = heard.place();
        if !self.is_open() || self.members.len() >= MEMBERS_MAX || !self.may_be_at(place) {
            return None;
        }
        if let Some(score_permille) = self.resemblance(heard).filter(|it| *it >= least_permille) {
            let rule = "text".to_owned();
            return Some(Belongs {
                rule,
                score_permille,
            });
        }
        let names_its_place = place.is_some() && place == self.place.as_deref();
        if !counts && !names_its_place {
            return None;
        }
        let known = heard
            .keys
            .iter()
            .filter_map(|key| Some((key, *self.keys.get(key)?)));
        let (key, score_permille) = known.max_by_key(|(_, score)| *score)?;
        Some(Belongs {
            rule: key.to_string(),
            score_permille,
        })
    }

    /// A ticket joins it. Gives whether its text is kept to compare others with.
    pub(super) fn join(&mut self, heard: &Heard, now: Timestamp, least_permille: u16) -> bool {
        self.members.insert(heard.ticket, heard.cause);
        self.count(now);
        if let Some(place) = heard.place() {
            *self.named.entry(place.to_owned()).or_default() += 1;
            if self.place.is_none() {
                let named = self
                    .named
                    .iter()
                    .map(|(place, count)| (place.as_str(), *count));
                self.place = agreed(&named.collect()).map(ToOwned::to_owned);
            }
        }
        let is_new = self
            .resemblance(heard)
            .is_none_or(|score| score < least_permille);
        match &heard.sketch {
            Some(sketch) if is_new && self.exemplars.len() < EXEMPLARS_MAX => {
                self.exemplars.push(sketch.clone());
                true
            }
            _ => false,
        }
    }

    /// A person took a ticket out. When they took out as many as are left, it was no storm.
    pub(super) fn take_out(&mut self, ticket: TicketId, now: Timestamp) -> bool {
        if self.members.remove(&ticket).is_none() {
            return false;
        }
        self.unfolded += 1;
        if self.unfolded >= self.members.len() {
            self.end(now);
        }
        true
    }

    /// No ticket joins it any more.
    pub(super) fn end(&mut self, now: Timestamp) {
        self.over_at.get_or_insert(now);
    }

    /// A person says that it is no storm.
    pub(super) fn dissolve(&mut self, now: Timestamp) {
        self.end(now);
        self.dissolved_at.get_or_insert(now);
    }

    /// Since when tickets are to be taken out because it is no storm, while there are any.
    pub(super) fn dissolving_since(&self) -> Option<Timestamp> {
        self.dissolved_at.filter(|_| !self.members.is_empty())
    }

    /// When something happens to it by itself: a ticket is taken out, it is over, it is forgotten.
    pub(super) fn wake_at(&self) -> Timestamp {
        if let Some(since) = self.dissolving_since() {
            return since;
        }
        if let Some(over_at) = self.over_at {
            return over_at.plus_millis(STORM_KEPT_MS);
        }
        let first_quiet = self.opened_at.plus_millis(self.quiet_ms);
        self.lively_until()
            .map_or(first_quiet, |until| until.max(first_quiet))
    }

    /// What it is about grew by a key, of which `usual_thousandths` tickets come in the quiet
    /// time anyway.
    pub(super) fn grow(&mut self, key: Key, score_permille: u16, usual_thousandths: u64) {
        if self.keys.insert(key, score_permille).is_none() {
            self.quiet_below += 2 * usual_thousandths / 1_000;
        }
    }

    /// The time in which it ends when it is quiet, in milliseconds.
    pub(super) const fn quiet_ms(&self) -> i64 {
        self.quiet_ms
    }

    fn count(&mut self, now: Timestamp) {
        let slice = now.as_millis().div_euclid(self.slice_ms());
        match self.joins.back_mut() {
            Some((last, count)) if *last >= slice => *count += 1,
            _ => self.joins.push_back((slice, 1)),
        }
        while self.joins.len() > QUIET_SLICES + 1 {
            self.joins.pop_front();
        }
    }

    /// Until when enough tickets joined it not long ago.
    fn lively_until(&self) -> Option<Timestamp> {
        let mut joined = 0;
        let mut newest = self.joins.iter().rev();
        let (slice, _) = newest.find(|(_, count)| {
            joined += count;
            joined >= self.quiet_below
        })?;
        let slices = i64::try_from(QUIET_SLICES).expect("the number is small");
        Some(Timestamp::from_millis(
            (slice + slices + 1) * self.slice_ms(),
        ))
    }

    fn slice_ms(&self) -> i64 {
        let slices = i64::try_from(QUIET_SLICES).expect("the number is small");
        (self.quiet_ms / slices).max(1)
    }

    pub(super) const fn is_over(&self) -> bool {
        self.over_at.is_some()
    }

    fn resemblance(&self, heard: &Heard) -> Option<u16> {
        let sketch = heard.sketch.as_ref()?;
        let scores = self
            .exemplars
            .iter()
            .map(|own| own.resemblance_permille(sketch));
        scores.max()
    }
}
