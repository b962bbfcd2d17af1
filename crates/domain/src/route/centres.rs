//! Which centre takes a ticket: the one with the least in its way.
//!
//! Each centre is looked at once, in the order of preference. What stands in the way of each is
//! ranked; the smallest obstacle wins, the earlier opening and then the earlier place in the order
//! among equals. So a ticket follows the sun where that is wanted, and waits where the wait is
//! shortest when everybody sleeps. Data without a cleared centre goes nowhere.

use super::{Demand, Rule, Rules};
use crate::condition::Scope;
use crate::ticket::{Considered, Features, Outcome};
use crate::time::Timestamp;

use super::rules::Centre;

/// The centre of a ticket that no centre may or can take.
pub const UNASSIGNED: &str = "unassigned";

/// What stands in the way of a centre, the least first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Obstacle {
    /// Nothing.
    None,
    /// The ticket waited there before, and nobody took it.
    Tried,
    /// So many centres that could take it stand before it, and no more are to be asked yet.
    Beyond(u32),
    /// It is closed until then; `None` where no opening can be found.
    Closed(Opening),
    /// It does not speak the language.
    Language(String),
    /// It is down.
    Down,
    /// It may not see the data.
    NotCleared(String),
    /// The policy does not have it.
    Unknown,
}

/// The next opening; one that cannot be found comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Opening {
    At(Timestamp),
    Never,
}

/// What is asked of a centre for one ticket.
pub(super) struct Wanted<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) rules: &'a Rules,
    pub(super) demand: Demand<'a>,
    pub(super) now: Timestamp,
    /// Whether another centre is to take it while those before are closed.
    pub(super) follows: bool,
    /// Centres where nobody took it.
    pub(super) tried: &'a [String],
    /// The centre where it stands, if it may stay there.
    pub(super) stays: Option<&'a str>,
}

/// The centre that takes a ticket and the language that is spoken there; tells of every centre
/// that was looked at.
pub(super) fn choose(
    wanted: &Wanted<'_>,
    rule: &Rule,
    considered: &mut Vec<Considered>,
) -> (String, String) {
    let looked_at = candidates(wanted, rule);
    let mut obstacles: Vec<Obstacle> = looked_at.iter().map(|key| wanted.obstacle(key)).collect();
    if let Some(first) = wanted.demand.centres {
        leave_first(&mut obstacles, first);
    }
    let allowed = (0..looked_at.len()).filter(|index| obstacles[*index].can_be_borne());
    let best = allowed.min_by_key(|index| (obstacles[*index].clone(), *index));
    tell(&looked_at, &obstacles, best, considered);
    let features = wanted.scope.features;
    let Some(best) = best else {
        considered.push(told(format!("centre {UNASSIGNED}"), Outcome::Chosen));
        return (UNASSIGNED.to_owned(), features.language.clone());
    };
    let key = looked_at[best];
    if let Some(in_spite_of) = obstacles[best].in_spite_of() {
        let chosen = format!("centre {key} {in_spite_of}");
        considered.push(told(chosen, Outcome::Chosen));
    }
    (key.to_owned(), spoken(wanted, key, features))
}

/// Tells of the centres that were looked at. Behind one that nothing stands in the way of the
/// others are told in one line: nobody asks them.
fn tell(
    looked_at: &[&str],
    obstacles: &[Obstacle],
    best: Option<usize>,
    considered: &mut Vec<Considered>,
) {
    for (index, key) in looked_at.iter().enumerate() {
        let is_best = best == Some(index);
        let outcome = match &obstacles[index] {
            Obstacle::None if is_best => Outcome::Chosen,
            Obstacle::None => Outcome::Rejected("another stands before it".to_owned()),
            obstacle => Outcome::Rejected(obstacle.said()),
        };
        considered.push(told(format!("centre {key}"), outcome));
        if is_best && obstacles[index] == Obstacle::None {
            let behind = &looked_at[index + 1..];
            if !behind.is_empty() {
                let why = format!("{key} stands before them");
                let behind = format!("centres {}", behind.join(", "));
                considered.push(told(behind, Outcome::Rejected(why)));
            }
            return;
        }
    }
}

/// The language in which a centre answers: the ticket's where it is spoken, else its own.
fn spoken(wanted: &Wanted<'_>, key: &str, features: &Features) -> String {
    let centre = wanted.rules.centres.get(key);
    let languages = centre.map_or(&[][..], |centre| &centre.languages);
    if languages.contains(&features.language) {
        return features.language.clone();
    }
    languages.first().unwrap_or(&features.language).clone()
}

const fn told(rule: String, outcome: Outcome) -> Considered {
    Considered { rule, outcome }
}

/// The centres to look at, in order: the one where it may stay, the rule's own or those of the
/// region; and, for each that is down, the one that stands in for it.
fn candidates<'a>(wanted: &Wanted<'a>, rule: &'a Rule) -> Vec<&'a str> {
    let rules = wanted.rules;
    let mut keys: Vec<&str> = wanted.stays.into_iter().collect();
    match &rule.centre {
        Some(centre) => keys.push(centre),
        None => {
            let region = rules.regions.get(&wanted.scope.features.region);
            let all = region.map_or(&[][..], |region| &region.centres);
            keys.extend(all.iter().map(String::as_str));
        }
    }
    let mut all: Vec<&str> = Vec::new();
    for key in keys {
        let down = rules.centres.get(key).filter(|centre| centre.down);
        let stands_in = down.and_then(|centre| centre.stands_in.as_deref());
        for key in [Some(key), stands_in].into_iter().flatten() {
            if !all.contains(&key) {
                all.push(key);
            }
        }
    }
    all
}

/// Leaves the first so many of the centres that could take the ticket.
fn leave_first(obstacles: &mut [Obstacle], first: u32) {
    let could = |obstacle: &&mut Obstacle| matches!(obstacle, Obstacle::None | Obstacle::Tried);
    let inside = usize::try_from(first).unwrap_or(usize::MAX);
    for beyond in obstacles.iter_mut().filter(could).skip(inside) {
        *beyond = Obstacle::Beyond(first);
    }
}

impl Wanted<'_> {
    /// The worst that stands in the way of a centre.
    fn obstacle(&self, key: &str) -> Obstacle {
        let Some(centre) = self.rules.centres.get(key) else {
            return Obstacle::Unknown;
        };
        let features = self.scope.features;
        let residency = self.rules.residency(features);
        if !residency.is_empty() && !centre.clearances.iter().any(|known| known == residency) {
            return Obstacle::NotCleared(residency.to_owned());
        }
        if centre.down {
            return Obstacle::Down;
        }
        if !self.demand.any_language && !centre.languages.contains(&features.language) {
            return Obstacle::Language(features.language.clone());
        }
        if self.follows && !centre.is_open(self.rules, self.now) {
            return Obstacle::Closed(centre.opens(self.rules, self.now));
        }
        if self.tried.iter().any(|tried| tried == key) {
            return Obstacle::Tried;
        }
        Obstacle::None
    }
}

impl Obstacle {
    /// Whether a ticket may go there all the same, when nothing better is found.
    const fn can_be_borne(&self) -> bool {
        !matches!(self, Self::NotCleared(_) | Self::Unknown)
    }

    /// Why not, for people.
    fn said(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Tried => "nobody took it there".to_owned(),
            Self::Beyond(first) => format!("beyond the first {first} that could"),
            Self::Closed(Opening::At(at)) => format!("closed until {at}"),
            Self::Closed(Opening::Never) => "closed".to_owned(),
            Self::Language(language) => format!("does not speak `{language}`"),
            Self::Down => "is down".to_owned(),
            Self::NotCleared(residency) => format!("is not cleared for data of `{residency}`"),
            Self::Unknown => "the policy does not have it".to_owned(),
        }
    }

    /// How a centre is told that was chosen all the same; `None` where nothing stood in its way.
    const fn in_spite_of(&self) -> Option<&'static str> {
        Some(match self {
            Self::Tried => "once more",
            Self::Closed(_) => "which opens first",
            Self::Language(_) => "in its own language",
            Self::Down => "although it is down",
            Self::None | Self::Beyond(_) | Self::NotCleared(_) | Self::Unknown => return None,
        })
    }
}

impl Centre {
    /// Whether its service hours hold. One whose hours the policy does not have never closes.
    #[must_use]
    pub fn is_open(&self, rules: &Rules, at: Timestamp) -> bool {
        let hours = rules.hours.get(&self.calendar);
        hours.is_none_or(|hours| hours.is_open(at))
    }

    fn opens(&self, rules: &Rules, at: Timestamp) -> Opening {
        let hours = rules.hours.get(&self.calendar);
        let next = hours.map_or(Some(at), |hours| hours.next_opening(at));
        next.map_or(Opening::Never, Opening::At)
    }
}
