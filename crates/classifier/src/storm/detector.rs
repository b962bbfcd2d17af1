//! The detector: tells a storm from a busy day.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::storm::Storms;
use posthouse_domain::ticket::{Folded, Unfolded};
use posthouse_domain::{FactId, TicketId, Timestamp};

use super::Key;
use super::incident::{Conclusion, Incident, What};
use super::ongoing::{Belongs, Storm};
use super::rows::{self, Row, Unreadable};
use super::usual::{Expected, ONE, Usual, Whole};
use super::window::{Heard, Voice, Window};
use crate::limits::{FOLDS_PER_STEP_MAX, STORMS_KEPT_MAX, STORMS_OPEN_MAX};

/// Where and when something is decided, and by which policy.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The `now` of the decision: when the stream stored what is decided upon.
    pub log_time: Timestamp,
    /// The region.
    pub region: &'a str,
    /// What the numbers of the region begin with.
    pub prefix: &'a str,
    /// The parameters of the policy.
    pub parameters: &'a Storms,
}

/// A row's key and what it holds now; nothing when it is gone.
pub type Change = (Vec<u8>, Option<Vec<u8>>);

/// What is known of the storms of a region; see [`crate::storm`].
#[derive(Clone, Debug, Default)]
pub struct Detector {
    /// The latest time at which a ticket came.
    latest: Timestamp,
    window: Window,
    usual: Usual,
    storms: BTreeMap<TicketId, Storm>,
    /// Rows that are not in the view as they are here.
    changed: BTreeSet<Row>,
}

/// A key of which more came than is expected.
struct Hot {
    customers: usize,
    /// What is usual, and what is expected now, in millionths of a ticket per window.
    usual: u64,
    expected: u64,
    /// The part that came beyond what is expected, in thousandths.
    score_permille: u16,
}

impl Detector {
    /// A ticket was labelled. Gives what follows, in order: the incident before its tickets.
    ///
    /// A ticket that is told twice changes nothing the second time while it is in the window or
    /// in a storm.
    pub fn hear(&mut self, heard: Heard, scene: Scene<'_>) -> Vec<Conclusion> {
        let parameters = scene.parameters;
        if !parameters.enabled || self.knows(&heard) {
            return Vec::new();
        }
        self.advance(heard.at, parameters);
        let counts = parameters.kinds.contains(&heard.kind);
        let least = parameters.similar.score_min_permille;
        if let Some((incident, belongs)) = self.storm_of(&heard, counts, least) {
            return vec![self.fold(incident, &heard, belongs, scene)];
        }
        if heard.at <= self.window_start(parameters) {
            if counts {
                self.note(&heard, 1);
            }
            return Vec::new();
        }
        let keys = heard.keys.clone();
        let place = self.window.insert(heard, counts, least);
        self.changed.insert(Row::Voice(place.0, place.1));
        let mut conclusions = Vec::new();
        for key in keys.iter().filter(|_| counts) {
            // Once it is folded it says nothing of its other keys.
            let Some(cause) = self.window.get(place).map(|voice| voice.heard.cause) else {
                break;
            };
            if let Some(hot) = self.hot(key, parameters) {
                self.storm(key, &hot, cause, scene, &mut conclusions);
            }
        }
        conclusions
    }

    /// How many storms are under way.
    #[must_use]
    pub fn open_storms(&self) -> usize {
        self.storms.values().filter(|storm| storm.is_open()).count()
    }

    /// How many tickets are in the window.
    #[must_use]
    pub fn window_tickets(&self) -> usize {
        self.window.len()
    }

    /// A person took a ticket out of an incident, or said of an incident that it is none: then
    /// all its tickets are taken out, step by step, by [`Self::ring`].
    pub fn unfold(&mut self, ticket: TicketId, now: Timestamp) {
        if let Some(storm) = self.storms.get_mut(&ticket) {
            storm.dissolve(now);
            self.changed.insert(Row::Storm(ticket));
            return;
        }
        for (incident, storm) in &mut self.storms {
            if storm.take_out(ticket, now) {
                self.changed.insert(Row::Storm(*incident));
                self.changed.insert(Row::Member(*incident, ticket));
            }
        }
    }

    /// The ticket was resolved or closed. If it is an incident, nothing is folded into it any
    /// more.
    pub fn settle(&mut self, ticket: TicketId, now: Timestamp) {
        if let Some(storm) = self.storms.get_mut(&ticket)
            && storm.is_open()
        {
            storm.end(now);
            self.changed.insert(Row::Storm(ticket));
        }
    }

    /// When it next wants to be told the time.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.storms.values().map(Storm::wake_at).min()
    }

    /// Storms that became quiet before `now` are over, those that were over for long are
    /// forgotten, and those that are none lose their tickets, at most `limit` at once.
    pub fn ring(&mut self, now: Timestamp, limit: usize) -> Vec<Conclusion> {
        let mut conclusions = Vec::new();
        let due: Vec<TicketId> = self
            .storms
            .values()
            .filter(|storm| storm.wake_at() < now)
            .map(|storm| storm.incident)
            .collect();
        for incident in due {
            let room = limit - conclusions.len();
            conclusions.extend(self.wake(incident, room));
        }
        conclusions
    }

    /// The storms that are known, over or not.
    pub fn storms(&self) -> impl Iterator<Item = &Storm> {
        self.storms.values()
    }

    /// The rows that changed since this was last asked, each with what it holds now: nothing
    /// when it is gone.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when something cannot be written down.
    pub fn take_changes(&mut self) -> Result<Vec<Change>, Unreadable> {
        let changed = std::mem::take(&mut self.changed);
        let change = |row: Row| Ok((row.key()?, self.value(&row)?));
        changed.into_iter().map(change).collect()
    }

    /// Takes a row of the view in, as [`Self::take_changes`] gave it. Rows come in the order of
    /// their keys.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] when it is none.
    pub fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), Unreadable> {
        match Row::of(key)? {
            Row::Whole => {
                (self.latest, self.usual.whole) = rows::read::<(Timestamp, Whole)>(value)?
            }
            Row::Level(key) => {
                self.usual.keys.insert(key, rows::read(value)?);
            }
            Row::Voice(..) => {
                self.window.restore(rows::read(value)?);
            }
            Row::Storm(incident) => {
                self.storms.insert(incident, rows::read(value)?);
            }
            Row::Exemplar(incident, _) => {
                let sketch = rows::read(value)?;
                if let Some(storm) = self.storms.get_mut(&incident) {
                    storm.exemplars.push(sketch);
                }
            }
            Row::Member(incident, ticket) => {
                if let Some(storm) = self.storms.get_mut(&incident) {
                    storm.members.insert(ticket, rows::read(value)?);
                }
            }
        }
        Ok(())
    }

    fn value(&self, row: &Row) -> Result<Option<Vec<u8>>, Unreadable> {
        let storm = |incident| self.storms.get(incident);
        match row {
            Row::Whole => Some(rows::write(&(self.latest, &self.usual.whole))),
            Row::Level(key) => self.usual.keys.get(key).map(rows::write),
            Row::Voice(at, ticket) => self.window.get((*at, *ticket)).map(rows::write),
            Row::Storm(incident) => storm(incident).map(rows::write),
            Row::Exemplar(incident, number) => storm(incident)
                .and_then(|storm| storm.exemplars.get(usize::from(*number)))
                .map(rows::write),
            Row::Member(incident, ticket) => storm(incident)
                .and_then(|storm| storm.members.get(ticket))
                .map(rows::write),
        }
        .transpose()
    }

    fn knows(&self, heard: &Heard) -> bool {
        let is_member = |storm: &Storm| storm.members.contains_key(&heard.ticket);
        self.window.get(heard.window_place()).is_some() || self.storms.values().any(is_member)
    }

    fn window_start(&self, parameters: &Storms) -> Timestamp {
        self.latest.plus_millis(-parameters.window_ms)
    }

    /// Time went on: what leaves the window is usual.
    fn advance(&mut self, at: Timestamp, parameters: &Storms) {
        let stale = self.usual.set(parameters.window_ms, parameters.memory_ms);
        self.changed.extend(stale.into_iter().map(Row::Level));
        self.latest = self.latest.max(at);
        self.usual.begin(self.latest);
        self.changed.insert(Row::Whole);
        while let Some(voice) = self.window.leave(self.window_start(parameters)) {
            let (at, ticket) = voice.heard.window_place();
            self.changed.insert(Row::Voice(at, ticket));
            if voice.counts {
                self.note(&voice.heard, voice.weight());
            }
        }
    }

    fn note(&mut self, heard: &Heard, weight: u64) {
        let forgotten = self.usual.note(&heard.keys, heard.at, weight);
        let keys = heard.keys.iter().cloned().chain(forgotten);
        self.changed.extend(keys.map(Row::Level));
    }

    /// The open storm that a ticket belongs to: by its text before by what it is about, and of
    /// several the oldest.
    fn storm_of(&self, heard: &Heard, counts: bool, least: u16) -> Option<(TicketId, Belongs)> {
        let takes = |storm: &Storm| {
            let belongs = storm.takes(heard, counts, least)?;
            let is_by_text = belongs.rule == "text";
            Some(((!is_by_text, storm.opened_at, storm.incident), belongs))
        };
        let best = self.storms.values().filter_map(takes);
        let ((_, _, incident), belongs) = best.min_by_key(|(order, _)| *order)?;
        Some((incident, belongs))
    }

    /// Whether more of `key` came than is expected.
    fn hot(&self, key: &Key, parameters: &Storms) -> Option<Hot> {
        let tally = self.window.tally(key)?;
        let customers = tally.customers();
        if (customers as u64) < u64::from(parameters.customers_min) {
            return None;
        }
        let strength = tally.strength() as u64 * ONE;
        let spread = 1_000 * tally.strength() as u64 / customers.max(1) as u64;
        let others = self.window.others(key);
        let expected = self
            .usual
            .expected(key, others, self.window_start(parameters));
        is_storm(strength, spread, expected, parameters).then(|| {
            let most = expected.usual.max(expected.share);
            let beyond = 1_000 * (strength - most.min(strength)) / strength;
            Hot {
                customers,
                usual: expected.usual,
                expected: most,
                score_permille: u16::try_from(beyond).expect("a part of a thousand"),
            }
        })
    }

    /// A key is hot: it belongs to a storm that began shortly before, or is one of its own. Its
    /// tickets in the window are folded.
    fn storm(
        &mut self,
        key: &Key,
        hot: &Hot,
        cause: FactId,
        scene: Scene<'_>,
        conclusions: &mut Vec<Conclusion>,
    ) {
        let place = match key {
            Key::Place(place) => Some(place.clone()),
            _ => self.window.place_of(key),
        };
        let together = |storm: &&Storm| {
            let age_ms = scene.log_time.millis_since(storm.opened_at);
            let is_new_to_it = !storm.keys.contains_key(key);
            let is_close = age_ms <= scene.parameters.together_ms;
            storm.is_open() && is_new_to_it && is_close && storm.may_be_at(place.as_deref())
        };
        let known = self.storms.values().filter(together);
        let known = known.min_by_key(|storm| (storm.opened_at, storm.incident));
        let incident = match known.map(|storm| storm.incident) {
            Some(incident) => incident,
            None => match self.open(key, hot, place, cause, scene) {
                Some(opened) => {
                    let incident = opened.ticket;
                    conclusions.push(opened);
                    incident
                }
                None => return,
            },
        };
        if let Some(storm) = self.storms.get_mut(&incident) {
            let windows = storm.quiet_ms() / scene.parameters.window_ms.max(1);
            let usual = hot.usual / 1_000 * u64::try_from(windows).unwrap_or(1).max(1);
            storm.grow(key.clone(), hot.score_permille, usual);
            self.changed.insert(Row::Storm(incident));
        }
        self.fold_window(incident, scene, conclusions);
    }

    fn open(
        &mut self,
        key: &Key,
        hot: &Hot,
        place: Option<String>,
        cause: FactId,
        scene: Scene<'_>,
    ) -> Option<Conclusion> {
        if self.open_storms() >= STORMS_OPEN_MAX {
            return None;
        }
        self.make_room();
        let name = [scene.region, "storm", &cause.to_string(), &key.to_string()];
        let ticket = TicketId::derive(&name);
        let [a, b, c, d, ..] = *ticket.0.as_bytes();
        let number = format!("{}-S{a:02X}{b:02X}{c:02X}{d:02X}", scene.prefix);
        let storm = Storm::new((ticket, number.clone()), place.clone(), scene);
        self.storms.insert(ticket, storm);
        let incident = Incident {
            number,
            key: key.clone(),
            place,
            customers: hot.customers,
            expected_thousandths: hot.expected / 1_000,
            window_ms: scene.parameters.window_ms,
        };
        Some(Conclusion {
            ticket,
            region: scene.region.to_owned(),
            cause,
            at: scene.log_time,
            what: What::Opened(incident),
        })
    }

    /// Forgets the storm that was over first, when there are too many.
    fn make_room(&mut self) {
        while self.storms.len() >= STORMS_KEPT_MAX {
            let over = self.storms.values().filter(|storm| !storm.is_open());
            let Some(oldest) = over.min_by_key(|storm| (storm.wake_at(), storm.incident)) else {
                return;
            };
            self.forget(oldest.incident);
        }
    }

    /// Folds the tickets of the window that belong to a storm: the newest ones, when they are
    /// too many for one step. The rest stay as they are; they are the ones that came before it.
    fn fold_window(
        &mut self,
        incident: TicketId,
        scene: Scene<'_>,
        conclusions: &mut Vec<Conclusion>,
    ) {
        let Some(storm) = self.storms.get(&incident) else {
            return;
        };
        let least = scene.parameters.similar.score_min_permille;
        let takes = |voice: &Voice| {
            let belongs = storm.takes(&voice.heard, voice.counts, least)?;
            Some((voice.heard.clone(), belongs))
        };
        let mut found: Vec<_> = self
            .window
            .newest()
            .filter_map(takes)
            .take(FOLDS_PER_STEP_MAX)
            .collect();
        found.reverse();
        for (heard, belongs) in found {
            let (at, ticket) = heard.window_place();
            self.window.remove((at, ticket));
            self.changed.insert(Row::Voice(at, ticket));
            conclusions.push(self.fold(incident, &heard, belongs, scene));
        }
    }

    /// A ticket joins a storm.
    fn fold(
        &mut self,
        incident: TicketId,
        heard: &Heard,
        belongs: Belongs,
        scene: Scene<'_>,
    ) -> Conclusion {
        let least = scene.parameters.similar.score_min_permille;
        let storm = self.storms.get_mut(&incident);
        let storm = storm.expect("a ticket is folded into a storm that is known");
        if storm.join(heard, scene.log_time, least) {
            let number = u8::try_from(storm.exemplars.len() - 1).expect("the bound is small");
            self.changed.insert(Row::Exemplar(incident, number));
        }
        let number = storm.number.clone();
        self.changed.insert(Row::Storm(incident));
        self.changed.insert(Row::Member(incident, heard.ticket));
        let folded = Folded {
            incident,
            number,
            score_permille: belongs.score_permille,
            rule: belongs.rule,
        };
        Conclusion {
            ticket: heard.ticket,
            region: scene.region.to_owned(),
            cause: heard.cause,
            at: scene.log_time,
            what: What::Folded(folded),
        }
    }

    /// A storm is looked at because its time has come.
    fn wake(&mut self, incident: TicketId, room: usize) -> Vec<Conclusion> {
        let Some(storm) = self.storms.get_mut(&incident) else {
            return Vec::new();
        };
        if let Some(at) = storm.dissolving_since() {
            let mut taken = Vec::new();
            while taken.len() < room
                && let Some((ticket, cause)) = storm.members.pop_first()
            {
                self.changed.insert(Row::Member(incident, ticket));
                taken.push((ticket, cause));
            }
            let unfolded = Unfolded {
                incident: Some(incident),
                reason: "the incident is none".to_owned(),
            };
            let conclusion = |(ticket, cause)| Conclusion {
                ticket,
                region: storm.region.clone(),
                cause,
                at,
                what: What::Unfolded(unfolded.clone()),
            };
            return taken.into_iter().map(conclusion).collect();
        }
        if storm.is_over() {
            self.forget(incident);
        } else {
            // Not at `now`: a replay looks at another time.
            storm.end(storm.wake_at());
            self.changed.insert(Row::Storm(incident));
        }
        Vec::new()
    }

    fn forget(&mut self, incident: TicketId) {
        let Some(storm) = self.storms.remove(&incident) else {
            return;
        };
        self.changed.insert(Row::Storm(incident));
        let members = storm.members.keys();
        self.changed
            .extend(members.map(|ticket| Row::Member(incident, *ticket)));
        let exemplars = (0..=u8::MAX).take(storm.exemplars.len());
        self.changed
            .extend(exemplars.map(|number| Row::Exemplar(incident, number)));
    }
}

/// Whether so much is a storm: by how many times, and by how many standard deviations, it is
/// above what is expected. All in millionths of a ticket per window.
///
/// A Poisson count has no fixed deviation, but its square root has: one half (Anscombe, *The
/// transformation of Poisson, binomial and negative-binomial data*, 1948). So `z` deviations
/// above `e` are `(sqrt(e) + z/2)^2 = e + z sqrt(e) + z^2/4`, for small `e`, too. Where tickets
/// count twice the variance grows by as much as the mean does: by `spread`, in thousandths.
fn is_storm(strength: u64, spread: u64, expected: Expected, parameters: &Storms) -> bool {
    let times = |expected: u64, tenths: u32| {
        u128::from(strength) * 10 >= u128::from(expected) * u128::from(tenths)
    };
    let most = expected.usual.max(expected.share);
    let root = (most / 1_000)
        .saturating_mul(spread)
        .saturating_mul(ONE)
        .isqrt();
    let sigmas = u64::from(parameters.sigmas);
    let beyond = sigmas * root + sigmas * sigmas * spread * (ONE / 4_000);
    times(expected.usual, parameters.times_usual_tenths)
        && times(expected.share, parameters.times_share_tenths)
        && strength >= most.saturating_add(beyond)
}
