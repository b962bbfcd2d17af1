//! When a rule tells: at once or later, again or once, and what stops it.

use serde::{Deserialize, Serialize};

use super::{Receivers, Request, Rule};
use crate::condition::Scope;
use crate::ticket::State;

/// When a rule tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// Whether it disturbs outside of the receiver's hours, and waits for no group.
    pub urgent: bool,
    /// How long after the fact, in milliseconds; 0 tells at once.
    pub after_ms: i64,
    /// Whether it tells again.
    pub repeat: Option<Repeat>,
    /// Whether it has a condition that stops it, at its index in [`super::Manners::stops`].
    pub stops: bool,
}

/// How often a rule tells again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// How long after the last time, in milliseconds.
    pub every_ms: i64,
    /// How many times more, at most.
    pub times: u32,
}

/// What a rule that tells later, or again, does when its time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It tells, and has its next turn so long after, in milliseconds.
    Tell {
        /// How long until the next turn, if there is one.
        next_ms: Option<i64>,
    },
    /// It does not, and is over.
    Stop(&'static str),
}

/// What stands in for the name of a rule where a ladder asked; names of rules have no blank.
const LADDER: &str = "ladder ";

/// What became of a ticket since the fact that a rule tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// Whether the ticket was open at the fact.
    pub was_open: bool,
    /// Whether somebody took care of it, as far as a ladder that asked goes until then.
    pub is_taken: bool,
}

/// What a request that a step of this ladder makes calls its rule.
#[must_use]
pub fn of_ladder(ladder: &str) -> String {
    format!("{LADDER}{ladder}")
}

/// The ladder whose step made a request, by what the request calls its rule; `None` for a rule.
#[must_use]
pub fn ladder_of(rule: &str) -> Option<&str> {
    rule.strip_prefix(LADDER)
}

/// The turn number `round`, from 0, of the rule with this name.
#[must_use]
pub fn turn(policy: &Receivers, rule: &str, round: u32, scope: &Scope<'_>, since: Since) -> Turn {
    if since.was_open && !is_open(scope.features.state) {
        return Turn::Stop("the ticket ended before");
    }
    if ladder_of(rule).is_some() {
        // Its later steps repeat; what is left of this one is the next way to a person.
        return if since.is_taken {
            Turn::Stop("somebody took care of it before")
        } else {
            Turn::Tell { next_ms: None }
        };
    }
    let Some((index, rule)) = find(policy, rule) else {
        return Turn::Stop("the policy has no such rule any more");
    };
    // What cannot be evaluated stops nothing: a message too many is better than none.
    let holds = || policy.manners.stops.prepare(scope).holds(index);
    if rule.timing.stops && holds().unwrap_or(false) {
        return Turn::Stop("the rule's stop condition held before");
    }
    let again = rule.timing.repeat.filter(|repeat| round < repeat.times);
    Turn::Tell {
        next_ms: again.map(|repeat| repeat.every_ms),
    }
}

/// How long after the fact a request is made again, in milliseconds, if it was made at once.
#[must_use]
pub fn repeats_after(policy: &Receivers, request: &Request) -> Option<i64> {
    let (_, rule) = find(policy, &request.rule)?;
    let repeat = rule.timing.repeat.filter(|repeat| repeat.times > 0)?;
    Some(repeat.every_ms)
}

fn find<'p>(policy: &'p Receivers, name: &str) -> Option<(usize, &'p Rule)> {
    let mut rules = policy.rules.iter().enumerate();
    rules.find(|(_, rule)| rule.name == name)
}

/// Whether there is still something to be done about a ticket.
const fn is_open(state: State) -> bool {
    state.is_open()
}
