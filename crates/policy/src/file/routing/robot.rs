//! `[robot]`: what the robot tries first, and when it hands over to people.

use std::sync::Arc;

use posthouse_domain::condition::Functions;
use posthouse_domain::route::Robot;

use super::level;
use crate::condition::{Compiler, Condition};
use crate::diagnostic::Code;
use crate::file::condition;
use crate::limits::{ROBOT_ROUNDS_MAX, ROBOT_WORDS_MAX, WAIT_MS_MAX};
use crate::read::{Table, Value};

const KEYS: &[&str] = &[
    "level",
    "hands_to",
    "when",
    "rounds_max",
    "patience",
    "words",
];

/// Failed rounds in a row where the file says nothing (requirements, R11).
const ROUNDS_DEFAULT: i64 = 3;
/// How long the robot may have a ticket where the file says nothing: two hours, as R11.
const PATIENCE_MS_DEFAULT: i64 = 2 * 60 * 60 * 1_000;

/// The robot and what it tries; `None` where there is none.
pub(super) fn read<'d>(
    file: Table<'d>,
    levels: &[&str],
    compiler: &Compiler<'_>,
) -> Option<(Robot, Condition, Table<'d>)> {
    let table = file.get("robot")?.table(KEYS)?;
    let of = |key: &str| table.need(key).and_then(|value| level(value, levels));
    let (own, hands_to) = (of("level").unwrap_or_default(), of("hands_to"));
    let hands_to = hands_to.unwrap_or_default();
    check_upwards(table, levels, &own, &hands_to);
    let rounds = table
        .get("rounds_max")
        .and_then(|value| value.integer(1, ROBOT_ROUNDS_MAX));
    let patience = table
        .get("patience")
        .and_then(|value| value.duration_ms(WAIT_MS_MAX));
    let robot = Robot {
        level: own,
        hands_to,
        // Replaced by the compiled condition.
        conditions: Arc::new(Functions(Vec::new())),
        rounds_max: u32::try_from(rounds.unwrap_or(ROUNDS_DEFAULT)).expect("the bound is small"),
        patience_ms: patience.unwrap_or(PATIENCE_MS_DEFAULT),
        words: table.get("words").map(words).unwrap_or_default(),
    };
    Some((robot, condition(table, compiler), table))
}

/// A robot that hands over to itself, or down, hands over to nobody.
fn check_upwards(table: Table<'_>, levels: &[&str], own: &str, hands_to: &str) {
    let depth = |level: &str| levels.iter().position(|known| *known == level);
    let (Some(from), Some(to), Some(value)) = (depth(own), depth(hands_to), table.get("hands_to"))
    else {
        return;
    };
    if to <= from {
        let message = format!("the robot of {own} hands over to {hands_to}, where no people are");
        let hint = "name a level further up".to_owned();
        value.add(Code::EscalatesToNobody, message, Some(hint));
    }
}

fn words(value: Value<'_>) -> Vec<String> {
    let texts = value.texts().unwrap_or_default();
    if let Some((_, beyond)) = texts.get(ROBOT_WORDS_MAX) {
        let message = format!("more than {ROBOT_WORDS_MAX} words");
        beyond.add(Code::OutOfRange, message, None);
    }
    let mut words = Vec::new();
    for (text, value) in texts {
        let word = text.trim().to_lowercase();
        if word.is_empty() {
            value.add(Code::OutOfRange, "an empty word is in every text", None);
        } else {
            words.push(word);
        }
    }
    words
}
