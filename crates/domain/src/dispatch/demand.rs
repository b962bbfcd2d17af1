//! A kind of demand: what tickets ask of an agent, and the tickets that ask for it.

use super::bits::Bits;
use super::choose::PODIUM;
use super::class::{Class, Entry};
use super::masks::Masks;
use crate::route::Queue;

/// What tickets ask of an agent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Needs {
    /// Their own queue, then those that overflow has opened.
    pub(super) queues: Vec<Queue>,
    pub(super) proficiency_min: u16,
    pub(super) clearances: Vec<String>,
    /// Says what they take of a capacity.
    pub(super) channel: String,
    /// While they wait for somebody: whom.
    pub(super) only: Only,
}

/// For whom a ticket waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Only {
    /// For anybody who can serve it.
    #[default]
    Anybody,
    /// For these of them, who know the matter.
    These(Vec<usize>),
    /// For an agent to whom somebody gave it, whether the roster says that they can serve it or
    /// not.
    Given(usize),
}

/// A kind of demand.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub(super) needs: Needs,
    /// Which of the loads it is, and what that takes, in thousandths of a person.
    pub(super) load: (usize, u32),
    /// Who can serve it.
    pub(super) all: Bits,
    /// Who of them can serve its tickets' own queue; `None` where that is everybody.
    pub(super) home: Option<Bits>,
    /// How well each agent of the roster knows what it is about, in thousandths.
    pub(super) proficiency: Vec<u16>,
    pub(super) classes: Vec<Class>,
    /// What of them an index is reckoned from, at the same places, packed for the eye that goes over
    /// all of them.
    pub(super) fronts: Vec<Front>,
    /// How many tickets wait.
    pub(super) len: usize,
    /// How many of them were not taken by somebody.
    pub(super) barred: usize,
    /// What was found best at an instant; forgotten with each change.
    pub(super) best: Option<(i64, Heads)>,
}

/// The ranks of the tickets of a class that can be best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Front {
    /// The number of its urgency.
    pub(super) urgency: usize,
    /// Of the first; [`NO_RANK`] where there is none.
    pub(super) first: i64,
    /// Of the first that was not late when that was last asked.
    pub(super) soon: i64,
}

/// Stands for no ticket; no instant is so late.
pub(super) const NO_RANK: i64 = i64::MAX;

/// The best tickets of some, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Heads([Option<Head>; PODIUM]);

impl Heads {
    /// Takes one in; one that is there already is not taken twice.
    pub(super) fn take(&mut self, head: Head) {
        let same = |other: &Head| other.entry == head.entry;
        if self.0.iter().flatten().any(same) {
            return;
        }
        let mut next = Some(head);
        for place in &mut self.0 {
            let Some(head) = next else { return };
            if place.is_none_or(|other| head.before(&other)) {
                next = place.replace(head);
            }
        }
    }

    /// Whether one with that index could be among the best.
    pub(super) fn admits(&self, jumps: bool, index: u128) -> bool {
        let last = self.0.last().copied().flatten();
        last.is_none_or(|last| (jumps, index) >= (last.jumps, last.index))
    }

    pub(super) fn first(&self) -> Option<Head> {
        self.0[0]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Head> + '_ {
        self.0.iter().flatten().copied()
    }
}

/// A ticket at the head of its class, and its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) jumps: bool,
    pub(super) index: u128,
    pub(super) entry: Entry,
}

impl Head {
    /// Whether it is to be taken before the other: the larger index, then the earlier rank, then
    /// the smaller identity. Never of two equal ones.
    pub(super) fn before(&self, other: &Self) -> bool {
        let key = |head: &Self| (head.jumps, head.index);
        key(self) > key(other) || (key(self) == key(other) && self.entry < other.entry)
    }
}

impl Demand {
    pub(super) fn new(needs: Needs, load: (usize, u32), masks: &Masks) -> Self {
        let serving = |queue| masks.serving(queue, needs.proficiency_min, &needs.clearances);
        let mut all = Bits::default();
        let mut home = None;
        for queue in &needs.queues {
            let queue = serving(queue);
            all.add(&queue);
            home.get_or_insert(queue);
        }
        match &needs.only {
            Only::Anybody => {}
            Only::These(these) => {
                let mut only = Bits::default();
                these.iter().for_each(|at| only.set(*at));
                all.keep(&only);
            }
            Only::Given(at) => {
                all = Bits::default();
                all.set(*at);
                home = None;
            }
        }
        Self {
            home: home.filter(|_| needs.queues.len() > 1),
            proficiency: masks.proficiency(&needs.queues),
            needs,
            load,
            all,
            classes: Vec::new(),
            fronts: Vec::new(),
            len: 0,
            barred: 0,
            best: None,
        }
    }

    pub(super) fn insert(&mut self, urgency: usize, entry: Entry) {
        let at = match self.position(urgency) {
            Ok(at) => at,
            Err(at) => {
                self.classes.insert(at, Class::new(urgency));
                let front = Front {
                    urgency,
                    first: NO_RANK,
                    soon: NO_RANK,
                };
                self.fronts.insert(at, front);
                at
            }
        };
        self.classes[at].insert(entry);
        self.look(at);
        self.len += 1;
        self.best = None;
    }

    pub(super) fn remove(&mut self, urgency: usize, entry: Entry) {
        if let Ok(at) = self.position(urgency) {
            self.classes[at].remove(entry);
            self.look(at);
            self.len -= 1;
            self.best = None;
        }
    }

    /// Looks anew at the front of a class.
    fn look(&mut self, at: usize) {
        let rank = |entry: Option<Entry>| entry.map_or(NO_RANK, |entry| entry.rank);
        let class = &self.classes[at];
        self.fronts[at].first = rank(class.first());
        self.fronts[at].soon = rank(class.last_soon());
    }

    /// The rank of the first ticket of a class that is not late.
    pub(super) fn soon(&mut self, at: usize, now: i64) -> i64 {
        if self.fronts[at].soon < now {
            let soon = self.classes[at].soon(now);
            self.fronts[at].soon = soon.map_or(NO_RANK, |entry| entry.rank);
        }
        self.fronts[at].soon
    }

    fn position(&self, urgency: usize) -> Result<usize, usize> {
        self.classes
            .binary_search_by_key(&urgency, |class| class.urgency)
    }

    /// Its own queue.
    pub(super) fn queue(&self) -> Option<&Queue> {
        self.needs.queues.first()
    }
}
