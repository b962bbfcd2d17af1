//! `[[overflow]]`: what happens, step by step, while nobody takes a ticket.

use posthouse_domain::route::{Overflow, Overflows, Step};

use super::skill;
use crate::condition::{Compiler, Condition};
use crate::diagnostic::Code;
use crate::file::{Names, check_count, check_reachable, condition, conditions, unique_name};
use crate::limits::{OVERFLOW_STEPS_MAX, PROFICIENCY_MAX, STEP_CENTRES_MAX, WAIT_MS_MAX};
use crate::read::Table;

const KEYS: &[&str] = &["name", "when", "begin", "steps"];

const BEGIN_KEYS: &[&str] = &["proficiency_min", "skill", "centres", "any_language"];
const STEP_KEYS: &[&str] = &[
    "after",
    "proficiency_min",
    "skill",
    "centres",
    "any_language",
];

/// The overflows with what the linter asks of them again.
pub(crate) struct Read<'d> {
    pub(crate) list: Vec<Overflow>,
    pub(crate) whens: Vec<Condition>,
    /// Their tables.
    pub(crate) tables: Vec<Table<'d>>,
    /// The tables of the steps of each, without how it begins.
    pub(crate) steps: Vec<Vec<Table<'d>>>,
}

impl Read<'_> {
    pub(super) fn into_overflows(self, compiler: &Compiler<'_>) -> Overflows {
        Overflows {
            conditions: conditions(compiler, self.whens),
            list: self.list,
        }
    }
}

pub(super) fn read<'d>(file: Table<'d>, compiler: &Compiler<'_>) -> Read<'d> {
    let tables = file.list("overflow", KEYS);
    check_count(&tables);
    let whens: Vec<_> = tables
        .iter()
        .map(|table| condition(*table, compiler))
        .collect();
    check_reachable(&tables.iter().copied().zip(&whens).collect::<Vec<_>>());
    let mut names = Names::default();
    let mut list = Vec::new();
    let mut steps = Vec::new();
    for table in &tables {
        let name = unique_name(*table, "name", &mut names);
        let begin = table.get("begin").and_then(|value| value.table(BEGIN_KEYS));
        let begin = begin.map_or_else(Step::default, step);
        let found = steps_of(*table);
        let all = std::iter::once(begin).chain(found.iter().map(|table| timed(*table)));
        list.push(Overflow {
            name,
            steps: all.collect(),
        });
        steps.push(found);
    }
    Read {
        list,
        whens,
        tables,
        steps,
    }
}

fn steps_of<'d>(table: Table<'d>) -> Vec<Table<'d>> {
    let Some(value) = table.need("steps") else {
        return Vec::new();
    };
    let items = value.array().unwrap_or_default();
    if items.is_empty() || items.len() > OVERFLOW_STEPS_MAX {
        let message = format!("an overflow has 1 to {OVERFLOW_STEPS_MAX} steps");
        value.add(Code::OutOfRange, message, None);
    }
    let tables = items.into_iter();
    tables.filter_map(|item| item.table(STEP_KEYS)).collect()
}

fn timed(table: Table<'_>) -> Step {
    let after = table
        .need("after")
        .and_then(|value| value.duration_ms(WAIT_MS_MAX));
    Step {
        after_ms: after.unwrap_or_default(),
        ..step(table)
    }
}

fn step(table: Table<'_>) -> Step {
    let number = |key: &str, min, max| table.get(key).and_then(|value| value.integer(min, max));
    let proficiency = number("proficiency_min", 0, PROFICIENCY_MAX);
    let centres = number("centres", 1, STEP_CENTRES_MAX);
    Step {
        after_ms: 0,
        proficiency_min: proficiency
            .map(|permille| u16::try_from(permille).expect("the bound is small")),
        skill: table.get("skill").and_then(skill),
        centres: centres.map(|centres| u32::try_from(centres).expect("the bound is small")),
        any_language: table.get("any_language").and_then(|value| value.boolean()),
    }
}
