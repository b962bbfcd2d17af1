//! One climb: how far a ladder was taken for one promise, and what comes next.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Closed, Destination, Ladder, Ladders, On, Step, Until, shown};
use crate::ids::FactId;
use crate::sla::{Calendar, Target};
use crate::ticket::{Body, Features};
use crate::time::Timestamp;

/// A ladder being climbed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Climb {
    /// The promise it is about.
    pub target: Target,
    /// The cycle of that promise.
    pub cycle: u32,
    /// The ladder, by name.
    pub ladder: String,
    /// What began it.
    pub on: On,
    /// The warning or breach that began it: what it concludes follows from that fact.
    pub set_by: FactId,
    /// When it began.
    pub began_at: Timestamp,
    /// What stops it.
    pub until: Until,
    /// The pass it is in, from 0.
    pub pass: u32,
    /// When this pass began; later by whatever it waited for an opening.
    pub pass_began_at: Timestamp,
    /// The next step of the ladder, by its place in it.
    pub step: u32,
    /// When that step is due.
    pub next_at: Timestamp,
    /// The number of the last step taken, over all climbs of this promise and ladder.
    pub taken: u32,
    /// How many steps this climb has taken.
    pub taken_now: u32,
    /// How it ended, if it did.
    pub end: Option<End>,
}

/// How a climb ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// Somebody took care.
    Answered(Timestamp),
    /// The promise was kept after all.
    Kept(Timestamp),
    /// The ticket was resolved or closed.
    Resolved(Timestamp),
    /// Nothing is promised any more, or no ladder of the policy is for it any more.
    Withdrawn(Timestamp),
    /// Every step of every pass was taken and nobody answered.
    Exhausted(Timestamp),
}

/// A step that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The promise.
    pub target: Target,
    /// Its cycle.
    pub cycle: u32,
    /// The fact it follows from. With the step it names the conclusion.
    pub set_by: FactId,
    /// The ladder.
    pub ladder: String,
    /// Which step, from 1; repeats and later climbs of the same promise count on.
    pub step: u32,
    /// When it was due.
    pub at: Timestamp,
    /// Who is told.
    pub to: Destination,
    /// Why, for people.
    pub reason: String,
}

impl Climb {
    /// Begins at `at`, the instant of the warning, breach or forecast `body`, whose identity is
    /// `set_by`. `None` when no ladder is for it.
    #[must_use]
    pub fn begin(
        body: &Body,
        set_by: FactId,
        at: Timestamp,
        features: &Features,
        ladders: &Ladders,
    ) -> Option<Self> {
        let ladder = ladders.choose(body, features)?;
        let (target, cycle) = promise_of(body)?;
        Some(Self {
            target,
            cycle,
            ladder: ladder.name.clone(),
            on: On::of(body)?,
            set_by,
            began_at: at,
            until: ladder.until,
            pass: 0,
            pass_began_at: at,
            step: 0,
            next_at: at.plus_millis(first_after(ladder)),
            taken: 0,
            taken_now: 0,
            end: None,
        })
    }

    /// The instant of its next step, if it goes on.
    #[must_use]
    pub fn next_ring(&self) -> Option<Timestamp> {
        self.end.is_none().then_some(self.next_at)
    }

    /// Whether a step of it fell due strictly before `now`.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next_ring().is_some_and(|at| at < now)
    }

    /// Takes at most one step that fell due strictly before `now`; call again until `None`.
    ///
    /// Of steps that were missed in a gap (nobody owned the partition), each destination is told
    /// once, by the last step for it that is due; the steps before are counted and passed over.
    /// So a gap of hours tells everybody whom it should have told, and floods nobody.
    ///
    /// # A change of policy
    ///
    /// It takes hold at the next step: that step is taken when it was planned, as the new text has
    /// it. Where the ladder has become shorter than the climb is high, the pass is over. Where it
    /// is gone, the climb goes over to the first step of the ladder that is now for the same
    /// cause, and is withdrawn when there is none. A calendar that is gone counts as open.
    pub fn ring(
        &mut self,
        now: Timestamp,
        features: &Features,
        ladders: &Ladders,
        calendars: &BTreeMap<String, Calendar>,
    ) -> Option<Rung> {
        let world = World {
            now,
            features,
            ladders,
            calendars,
        };
        let mut passed_over = 0;
        while let Some(mut rung) = self.advance(&world) {
            if self.clone().tells_again(&rung.to, &world) {
                passed_over += 1;
                continue;
            }
            if passed_over > 0 {
                rung.reason = format!("{} ({passed_over} earlier missed)", rung.reason);
            }
            return Some(rung);
        }
        None
    }

    /// A person takes care, at `now`: an agent replied, moved the ticket, or was given it.
    pub fn answered(&mut self, now: Timestamp) {
        if self.until == Until::Answer {
            self.stop(End::Answered(now), now);
        }
    }

    /// The promise was kept after all, at `now`.
    pub fn kept(&mut self, now: Timestamp) {
        if self.until != Until::Resolution {
            self.stop(End::Kept(now), now);
        }
    }

    /// The ticket was resolved or closed, at `now`.
    pub fn resolved(&mut self, now: Timestamp) {
        self.stop(End::Resolved(now), now);
    }

    /// Nothing is promised any more, from `now` on.
    pub fn withdraw(&mut self, now: Timestamp) {
        self.stop(End::Withdrawn(now), now);
    }

    /// Ends it, unless it ended before or what ends it happened before it began.
    fn stop(&mut self, end: End, now: Timestamp) {
        if self.end.is_none() && now >= self.began_at {
            self.end = Some(end);
        }
    }

    /// Whether another step for `to` is due before now, as things stand.
    fn tells_again(mut self, to: &Destination, world: &World<'_>) -> bool {
        std::iter::from_fn(|| self.advance(world)).any(|rung| rung.to == *to)
    }

    /// Goes on to the next step that is due and open, and takes it.
    fn advance(&mut self, world: &World<'_>) -> Option<Rung> {
        while self.is_due(world.now) {
            let Some(ladder) = world.ladders.named(&self.ladder) else {
                self.change_over(world);
                continue;
            };
            let place = usize::try_from(self.step).unwrap_or(usize::MAX);
            let Some(step) = ladder.steps.get(place) else {
                self.end_pass(ladder, world);
                continue;
            };
            match opening(step, self.next_at, world) {
                Some(opening) if opening == self.next_at => {
                    let rung = self.take(step);
                    self.plan(ladder, world);
                    return Some(rung);
                }
                Some(opening) if step.closed == Closed::Wait => self.wait_until(opening),
                _ => {
                    self.step += 1;
                    self.plan(ladder, world);
                }
            }
        }
        None
    }

    fn take(&mut self, step: &Step) -> Rung {
        let reason = format!(
            "{} {}, step {} of ladder {} after {}, not answered",
            self.target,
            self.on,
            self.step + 1,
            self.ladder,
            shown(self.next_at.millis_since(self.began_at)),
        );
        self.step += 1;
        self.taken += 1;
        self.taken_now += 1;
        Rung {
            target: self.target,
            cycle: self.cycle,
            set_by: self.set_by,
            ladder: self.ladder.clone(),
            step: self.taken,
            at: self.next_at,
            to: step.to.clone(),
            reason,
        }
    }

    /// Moves this pass by the time that it waits.
    fn wait_until(&mut self, opening: Timestamp) {
        let waited_ms = opening.millis_since(self.next_at);
        self.pass_began_at = self.pass_began_at.plus_millis(waited_ms);
        self.next_at = opening;
    }

    /// Plans the step that stands next, never earlier than the one before.
    fn plan(&mut self, ladder: &Ladder, world: &World<'_>) {
        let place = usize::try_from(self.step).unwrap_or(usize::MAX);
        match ladder.steps.get(place) {
            Some(step) => {
                let at = self.pass_began_at.plus_millis(step.after_ms);
                self.next_at = at.max(self.next_at);
            }
            None => self.end_pass(ladder, world),
        }
    }

    /// Begins the next pass; after the last one it is over, unless nobody was there at all.
    fn end_pass(&mut self, ladder: &Ladder, world: &World<'_>) {
        if self.pass < ladder.repeats {
            self.pass += 1;
            let begin = self.pass_began_at.plus_millis(ladder.pass_ms());
            self.begin_pass(begin.max(self.next_at), 0, ladder);
        } else if self.taken_now > 0 {
            self.end = Some(End::Exhausted(self.next_at));
        } else {
            self.wait_for_anybody(ladder, world);
        }
    }

    /// Nobody was there in any pass: the ladder goes on where somebody is there first.
    fn wait_for_anybody(&mut self, ladder: &Ladder, world: &World<'_>) {
        let first = ladder
            .steps
            .iter()
            .zip(0_u32..)
            .filter_map(|(step, place)| Some((opening(step, self.next_at, world)?, place)))
            .min();
        let Some((at, place)) = first else {
            self.end = Some(End::Exhausted(self.next_at));
            return;
        };
        let after_ms = ladder
            .steps
            .get(usize::try_from(place).unwrap_or(usize::MAX))
            .map_or(0, |step| step.after_ms);
        self.step = place;
        self.pass_began_at = at.plus_millis(-after_ms);
        self.next_at = at;
    }

    fn begin_pass(&mut self, at: Timestamp, step: u32, ladder: &Ladder) {
        self.step = step;
        self.pass_began_at = at;
        self.next_at = at.plus_millis(first_after(ladder));
    }

    /// Its ladder is gone: goes over to the one that is for the same cause now.
    fn change_over(&mut self, world: &World<'_>) {
        let other = world
            .ladders
            .first_for(self.on, self.on.event(self.target), world.features);
        match other {
            Some(ladder) => {
                self.ladder.clone_from(&ladder.name);
                self.until = ladder.until;
                self.pass = 0;
                self.begin_pass(self.next_at, 0, ladder);
            }
            None => self.end = Some(End::Withdrawn(self.next_at)),
        }
    }
}

/// What a climb looks at when it goes on.
struct World<'a> {
    now: Timestamp,
    features: &'a Features,
    ladders: &'a Ladders,
    calendars: &'a BTreeMap<String, Calendar>,
}

/// The first instant from `at` on at which a step may be taken; `None` when it never opens.
fn opening(step: &Step, at: Timestamp, world: &World<'_>) -> Option<Timestamp> {
    let calendar = step
        .hours
        .as_ref()
        .and_then(|name| world.calendars.get(name));
    match calendar {
        Some(calendar) => calendar.next_opening(at),
        None => Some(at),
    }
}

fn first_after(ladder: &Ladder) -> i64 {
    ladder.steps.first().map_or(0, |step| step.after_ms)
}

/// The promise that a warning, breach or forecast is about.
fn promise_of(body: &Body) -> Option<(Target, u32)> {
    Some(match body {
        Body::TargetWarned(warned) => (warned.target, warned.cycle),
        Body::TargetBreached(breached) => (breached.target, breached.cycle),
        Body::TargetAtRisk(at_risk) => (at_risk.target, at_risk.cycle),
        _ => return None,
    })
}
