//! The robot: what it tries first, and when it hands over to people.
//!
//! A robot is the agents of one level. It hands a ticket over after so many failed rounds in a row
//! (it answered, and the customer wrote again), when the customer asks for a person, and when the
//! ticket was with it for too long (requirements, R11). It hands over once for each cycle: what
//! people have had does not come back to it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::condition::{Conditions, Scope};
use crate::time::Timestamp;

/// What the robot tries, and when it gives up.
#[derive(Clone, Debug)]
pub struct Robot {
    /// Its level.
    pub level: String,
    /// The level that it hands over to, unless the ticket's rule asks for a deeper one.
    pub hands_to: String,
    /// Which tickets it tries: the one condition of this list.
    pub conditions: Arc<dyn Conditions>,
    /// How many failed rounds in a row are enough.
    pub rounds_max: u32,
    /// How long it may have a ticket, in milliseconds of wall time.
    pub patience_ms: i64,
    /// What a customer writes who wants a person, in lower case.
    pub words: Vec<String>,
}

/// How far the robot is with a ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// Since when it has the ticket; `None` while it has not.
    pub since: Option<Timestamp>,
    /// How many rounds in a row failed.
    pub failed: u32,
    /// Whether it answered what the customer wrote last.
    pub answered: bool,
    /// Whether it handed the ticket over in this cycle.
    pub handed_over: bool,
}

impl Robot {
    /// Whether it tries a ticket.
    ///
    /// # Errors
    ///
    /// Why the condition could not be evaluated; it does not try then.
    pub fn tries(&self, scope: &Scope<'_>) -> Result<bool, String> {
        self.conditions.prepare(scope).holds(0)
    }

    /// The word by which a customer asks for a person, if they do.
    #[must_use]
    pub fn asks_for_a_person(&self, text: &str) -> Option<&str> {
        let text = text.to_lowercase();
        let mut words = self.words.iter();
        words.find(|word| has_word(&text, word)).map(String::as_str)
    }
}

impl Trial {
    /// The robot has the ticket from now on, unless it had it before.
    pub(super) const fn begin(&mut self, now: Timestamp) {
        if self.since.is_none() {
            self.since = Some(now);
            self.failed = 0;
            self.answered = false;
        }
    }

    /// People have it from now on.
    pub(super) const fn hand_over(&mut self) {
        self.since = None;
        self.handed_over = true;
    }

    /// The robot wrote.
    pub(super) const fn wrote(&mut self) {
        self.answered = true;
    }

    /// The customer wrote. Why the robot is to hand over now, if it is.
    pub(super) fn heard(&mut self, text: &str, robot: &Robot) -> Option<String> {
        if let Some(word) = robot.asks_for_a_person(text) {
            return Some(format!("the customer asks for a person: `{word}`"));
        }
        if self.answered {
            self.answered = false;
            self.failed = self.failed.saturating_add(1);
        }
        let failed = self.failed;
        (failed >= robot.rounds_max).then(|| format!("{failed} rounds with the robot failed"))
    }

    /// When it is out of patience, while the robot has the ticket.
    #[must_use]
    pub fn ends_at(&self, robot: &Robot) -> Option<Timestamp> {
        self.since.map(|since| since.plus_millis(robot.patience_ms))
    }
}

/// Whether a word stands in a text, as a word of its own where it is written with spaces.
fn has_word(text: &str, word: &str) -> bool {
    let is_latin = word.is_ascii();
    text.match_indices(word).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() || !c.is_ascii());
        !is_latin || (is_edge(before) && is_edge(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Functions;

    fn robot() -> Robot {
        Robot {
            level: "L0".to_owned(),
            hands_to: "L1".to_owned(),
            conditions: Arc::new(Functions(vec![|_| true])),
            rounds_max: 3,
            patience_ms: 7_200_000,
            words: vec![
                "human".to_owned(),
                "人工".to_owned(),
                "real person".to_owned(),
            ],
        }
    }

    #[test]
    fn three_rounds_in_a_row_are_enough() {
        let (robot, mut trial) = (robot(), Trial::default());
        trial.begin(Timestamp::from_millis(0));
        // What the customer adds before an answer is no round.
        assert_eq!(trial.heard("and also this", &robot), None);
        for round in 1..=3 {
            trial.wrote();
            let why = trial.heard("it still does not work", &robot);
            assert_eq!(why.is_some(), round == 3, "{why:?}");
        }
    }

    #[test]
    fn a_person_is_asked_for_in_words() {
        let robot = robot();
        for (text, asks) in [
            ("I want a HUMAN!", true),
            ("humanity", false),
            ("请转人工客服", true),
            ("a real person please", true),
            ("the realperson", false),
            ("", false),
        ] {
            assert_eq!(robot.asks_for_a_person(text).is_some(), asks, "{text}");
        }
    }
}
