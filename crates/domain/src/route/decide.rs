//! The decision: rule, level, skill, centre.

use super::centres::{self, Wanted};
use super::rules::OVERFLOW;
use super::{Demand, Overflow, Queue, Rule, Rules, Situation, Standing};
use crate::condition::Scope;
use crate::ticket::{Considered, Features, Outcome};
use crate::time::Timestamp;

/// A ticket for which a queue is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What rules may look at.
    pub features: &'a Features,
    /// What else is known of it.
    pub standing: &'a Standing,
    /// When: the log time of the cause, or the due time of a timer.
    pub now: Timestamp,
    /// The level that somebody asked for.
    pub wish: Wish<'a>,
    /// Whether the robot may not try any more.
    pub past_robot: bool,
    /// The overflow that goes on, and its step; `None` where one is to be found.
    pub overflow: Option<(&'a Overflow, u32)>,
    /// Centres where nobody took it.
    pub tried: &'a [String],
    /// The centre where it stands, if it may stay there.
    pub stays: Option<&'a str>,
}

/// The level that somebody asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish<'a> {
    /// Nobody did: the rule's, or the robot's where it may try.
    #[default]
    Rule,
    /// This one, or the rule's where that is further up.
    AtLeast(&'a str),
    /// This one.
    Exactly(&'a str),
}

/// Where a ticket goes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// The queue.
    pub queue: Queue,
    /// The rule that decided.
    pub rule: String,
    /// The level that the rule asks for, whoever tries first.
    pub level: String,
    /// What was looked at, in order.
    pub considered: Vec<Considered>,
    /// The overflow that follows; empty for none.
    pub overflow: String,
    /// Which of its steps was taken; 0 for how it begins.
    pub step: u32,
    /// The lowest proficiency that will do, in permille.
    pub proficiency_min: u16,
}

impl<'a> Asked<'a> {
    /// A ticket that comes for the first time.
    #[must_use]
    pub const fn first(features: &'a Features, standing: &'a Standing, now: Timestamp) -> Self {
        Self {
            features,
            standing,
            now,
            wish: Wish::Rule,
            past_robot: false,
            overflow: None,
            tried: &[],
            stays: None,
        }
    }
}

/// Decides the queue of a ticket. There is always one: a default takes what no rule wants.
#[must_use]
pub fn decide(asked: &Asked<'_>, rules: &Rules) -> Routing {
    let features = asked.features;
    let situation = Situation {
        now: asked.now,
        standing: asked.standing,
        account_manager: rules.manager(&features.customer),
        centre: Situation::home(features, rules, asked.now),
    };
    let scope = Scope {
        features,
        event: None,
        situation: Some(&situation),
    };
    let mut considered = Vec::new();
    let rule = first_match(&scope, rules, &mut considered)
        .unwrap_or_else(|| rules.default_of(&features.region));
    considered.push(chosen(rule.name.clone()));
    let level = level(asked, &scope, rules, rule, &mut considered);
    let is_robots = rules
        .robot
        .as_ref()
        .is_some_and(|robot| robot.level == level);
    let (overflow, step) = match asked.overflow {
        Some((overflow, step)) => (Some(overflow), step),
        // A robot takes what it is given, and never sleeps.
        None if is_robots => (None, 0),
        None => (rules.overflows.choose(&scope), 0),
    };
    let demand = overflow.map_or_else(Demand::default, |overflow| overflow.demand(step));
    if let Some(overflow) = overflow {
        considered.push(chosen(format!("{OVERFLOW}{}", overflow.name)));
    }
    let wanted = Wanted {
        scope,
        rules,
        demand,
        now: asked.now,
        // Nobody is sent on to where it is night.
        follows: !is_robots && (!asked.tried.is_empty() || rules.follow.holds(&scope)),
        tried: asked.tried,
        stays: asked.stays,
    };
    let (centre, language) = centres::choose(&wanted, rule, &mut considered);
    Routing {
        queue: Queue {
            centre,
            level: level.to_owned(),
            skill: demand.skill.unwrap_or(&rule.skill).to_owned(),
            language,
        },
        rule: rule.name.clone(),
        level: rule.level.clone(),
        considered,
        overflow: overflow.map_or_else(String::new, |overflow| overflow.name.clone()),
        step,
        proficiency_min: demand.proficiency_min,
    }
}

fn first_match<'a>(
    scope: &Scope<'_>,
    rules: &'a Rules,
    considered: &mut Vec<Considered>,
) -> Option<&'a Rule> {
    let mut evaluation = rules.conditions.prepare(scope);
    for (index, rule) in rules.rules.iter().enumerate() {
        let outcome = match evaluation.holds(index) {
            Ok(true) => return Some(rule),
            Ok(false) => Outcome::NoMatch,
            Err(why) => Outcome::Failed(why),
        };
        considered.push(Considered {
            rule: rule.name.clone(),
            outcome,
        });
    }
    None
}

/// The level: the one that was asked for, else the robot's where it may try, else the rule's.
fn level<'a>(
    asked: &Asked<'a>,
    scope: &Scope<'_>,
    rules: &'a Rules,
    rule: &'a Rule,
    considered: &mut Vec<Considered>,
) -> &'a str {
    let wished = match asked.wish {
        Wish::Rule => None,
        Wish::AtLeast(level) if rules.is_deeper(&rule.level, level) => Some(rule.level.as_str()),
        Wish::AtLeast(level) | Wish::Exactly(level) => Some(level),
    };
    if let Some(level) = wished {
        considered.push(chosen(format!("level {level}")));
        return level;
    }
    let Some(robot) = rules.robot.as_ref().filter(|_| !asked.past_robot) else {
        return &rule.level;
    };
    match robot.tries(scope) {
        Ok(true) => {
            considered.push(chosen(format!("level {}", robot.level)));
            &robot.level
        }
        Ok(false) => &rule.level,
        Err(why) => {
            considered.push(Considered {
                rule: format!("level {}", robot.level),
                outcome: Outcome::Failed(why),
            });
            &rule.level
        }
    }
}

const fn chosen(rule: String) -> Considered {
    Considered {
        rule,
        outcome: Outcome::Chosen,
    }
}
