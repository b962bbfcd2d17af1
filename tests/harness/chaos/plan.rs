//! What happens, when, to whom: a plain list, computed from the seed and nothing else.

use std::fmt;
use std::time::Duration;

use super::fault::{Aim, Fault};
use crate::Noise;

/// When the first accident happens: after the region has had work for a moment.
const FIRST_AT: Duration = Duration::from_secs(3);
/// The least and the most time between the end of an accident and the beginning of the next.
const CALM: (Duration, Duration) = (Duration::from_millis(500), Duration::from_millis(2_500));
/// How much of the next accident's time is taken for one that has no length of its own.
const OF_NO_LENGTH: Duration = Duration::from_millis(1_500);
/// How long after an accident of a server no other happens to any server: leaders are elected,
/// and the one that was away catches up.
const SERVERS_CALM: Duration = Duration::from_secs(5);
/// Of so many accidents, one begins while the one before it still lasts.
const OVERLAPS_ONE_IN: u64 = 3;

/// One accident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When, counted from the beginning of the traffic.
    pub at: Duration,
    /// How long.
    pub lasts: Duration,
    /// What.
    pub fault: Fault,
    /// To whom: the name of a process or server; empty for the region as a whole.
    pub target: String,
    /// What chance has left to say about it.
    pub seed: u64,
}

/// Who is there for things to happen to.
#[derive(Clone, Debug)]
pub(super) struct Cast {
    pub(super) members: Vec<String>,
    pub(super) rebuildable: Vec<String>,
    pub(super) servers: Vec<String>,
}

impl Cast {
    fn aimed_at(&self, aim: Aim) -> &[String] {
        match aim {
            Aim::Member => &self.members,
            Aim::Rebuildable => &self.rebuildable,
            Aim::Server => &self.servers,
            Aim::Region => &[],
        }
    }
}

/// The list of what happens within so much time. Every fault comes once before any comes twice.
pub(super) fn draw(seed: u64, within: Duration, faults: &[Fault], cast: &Cast) -> Vec<Step> {
    let mut noise = Noise::of(seed, 0);
    let mut steps = Vec::new();
    let mut left: Vec<Fault> = Vec::new();
    let mut at = FIRST_AT;
    let mut servers_calm_at = Duration::ZERO;
    while !faults.is_empty() {
        if left.is_empty() {
            left = faults.to_vec();
            noise.shuffle(&mut left);
        }
        let Some(fault) = left.pop() else { break };
        let (least, most) = fault.lasts();
        let lasts = noise.between(least, most);
        let among = cast.aimed_at(fault.aim());
        let target = match among {
            [] => String::new(),
            _ => noise.pick(among).clone(),
        };
        let seed = noise.below(u64::MAX);
        if fault.aim() == Aim::Server {
            // A cluster of three is promised to bear the loss of one.
            at = at.max(servers_calm_at);
            servers_calm_at = at + lasts + SERVERS_CALM;
        }
        if at + lasts > within {
            break;
        }
        steps.push(Step {
            at,
            lasts,
            fault,
            target,
            seed,
        });
        at += if noise.below(OVERLAPS_ONE_IN) == 0 {
            lasts / 2
        } else {
            lasts.max(OF_NO_LENGTH) + noise.between(CALM.0, CALM.1)
        };
    }
    steps
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at, lasts, fault, ..
        } = self;
        let (at, lasts) = (at.as_secs_f64(), lasts.as_secs_f64());
        let target = &self.target;
        write!(f, "{at:>7.1} s  {fault:<17} {target:<13} {lasts:>4.1} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cast() -> Cast {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Cast {
            members: names(&["intake-1", "router-1"]),
            rebuildable: names(&["router-1"]),
            servers: names(&["n1"]),
        }
    }

    #[test]
    fn the_seed_says_it_all() {
        let long = Duration::from_secs(300);
        let steps = draw(7, long, &Fault::ALL, &cast());
        assert_eq!(steps, draw(7, long, &Fault::ALL, &cast()));
        assert_ne!(steps, draw(8, long, &Fault::ALL, &cast()));
    }

    #[test]
    fn servers_suffer_one_after_the_other() {
        for seed in 1..50 {
            let steps = draw(seed, Duration::from_secs(300), &Fault::ALL, &cast());
            let of_servers = steps.iter().filter(|it| it.fault.aim() == Aim::Server);
            let of_servers: Vec<&Step> = of_servers.collect();
            for pair in of_servers.windows(2) {
                let calm = pair[1].at - (pair[0].at + pair[0].lasts);
                assert!(calm >= SERVERS_CALM, "{} {}", pair[0], pair[1]);
            }
        }
    }

    #[test]
    fn every_fault_comes_and_none_comes_late() {
        let long = Duration::from_secs(300);
        for seed in 1..50 {
            let steps = draw(seed, long, &Fault::ALL, &cast());
            for fault in Fault::ALL {
                assert!(steps.iter().any(|step| step.fault == fault), "{fault}");
            }
            for step in steps {
                assert!(step.at + step.lasts <= long, "{step}");
                let allowed = cast().aimed_at(step.fault.aim()).contains(&step.target);
                assert!(allowed || step.target.is_empty(), "{step}");
            }
        }
    }
}
