//! `storms.toml`: what reads alike, and when tickets that come together are one storm.
//!
//! A bundle can do without it, and each key can be left out: the defaults are those of
//! [`Storms`].

use posthouse_domain::limits::SIMILAR_MAX;
use posthouse_domain::storm::{Place, Similar, Storms};

use crate::diagnostic::Code;
use crate::file::Names;
use crate::limits::{STORM_MS_MAX, STORM_NUMBER_MAX, STORM_WORDS_MAX};
use crate::read::{Table, Value};

/// The file.
pub(crate) const FILE: &str = "storms.toml";

pub(crate) const KEYS: &[&str] = &["storm", "similar", "place"];

const STORM_KEYS: &[&str] = &[
    "enabled",
    "kinds",
    "window",
    "customers_min",
    "times_usual",
    "times_share",
    "sigmas",
    "memory",
    "together",
    "quiet",
    "quiet_below",
];

const SIMILAR_KEYS: &[&str] = &["links_max", "score_min_permille", "window"];

const PLACE_KEYS: &[&str] = &["words"];

/// Reads the file. `kinds` are those of the taxonomy; `None` when it could not be read.
pub(crate) fn read(file: Table<'_>, kinds: Option<&[String]>) -> Storms {
    let mut storms = file
        .get("storm")
        .and_then(|value| value.table(STORM_KEYS))
        .map_or_else(Storms::default, |table| storm(table, kinds));
    if let Some(table) = file
        .get("similar")
        .and_then(|value| value.table(SIMILAR_KEYS))
    {
        storms.similar = similar(table);
    }
    storms.places = places(file);
    storms
}

fn storm(table: Table<'_>, kinds: Option<&[String]>) -> Storms {
    let usual = Storms::default();
    let storms = Storms {
        enabled: table
            .get("enabled")
            .and_then(|value| value.boolean())
            .unwrap_or(usual.enabled),
        kinds: table
            .get("kinds")
            .map_or(usual.kinds, |value| known_kinds(value, kinds)),
        window_ms: duration(table, "window", usual.window_ms),
        customers_min: count(table, "customers_min", 2, usual.customers_min),
        times_usual_tenths: tenths(table, "times_usual", usual.times_usual_tenths),
        times_share_tenths: tenths(table, "times_share", usual.times_share_tenths),
        sigmas: count(table, "sigmas", 1, usual.sigmas),
        memory_ms: duration(table, "memory", usual.memory_ms),
        together_ms: duration(table, "together", usual.together_ms),
        quiet_ms: duration(table, "quiet", usual.quiet_ms),
        quiet_below: u16::try_from(count(table, "quiet_below", 1, usual.quiet_below.into()))
            .unwrap_or(usual.quiet_below),
        places: Vec::new(),
        similar: Similar::default(),
    };
    check_memory(table, &storms);
    storms
}

/// What is usual is an average over windows: of fewer than ten it is an accident.
fn check_memory(table: Table<'_>, storms: &Storms) {
    if storms.memory_ms / storms.window_ms < 10 {
        let spot = table
            .get("memory")
            .map_or_else(|| table.spot(), |value| value.spot());
        let message = "the memory is shorter than ten windows";
        let hint = "what is usual is an average over the windows of the memory".to_owned();
        table
            .report()
            .add(Code::OutOfRange, &spot, message, Some(hint));
    }
}

fn known_kinds(value: Value<'_>, kinds: Option<&[String]>) -> Vec<String> {
    let known = kinds.map(|kinds| kinds.iter().map(String::as_str));
    let items = value.array().unwrap_or_default();
    if items.is_empty() {
        value.add(Code::OutOfRange, "a storm has at least one kind", None);
    }
    items
        .into_iter()
        .filter_map(|item| item.reference("kind", known.clone()))
        .map(str::to_owned)
        .collect()
}

fn similar(table: Table<'_>) -> Similar {
    let usual = Similar::default();
    let whole = |key: &str, min, max, otherwise: u16| {
        let number = table.get(key).and_then(|value| value.integer(min, max));
        number
            .and_then(|number| u16::try_from(number).ok())
            .unwrap_or(otherwise)
    };
    let links_max = i64::try_from(SIMILAR_MAX).expect("the bound is small");
    Similar {
        links_max: whole("links_max", 0, links_max, usual.links_max),
        score_min_permille: whole("score_min_permille", 300, 1_000, usual.score_min_permille),
        window_ms: duration(table, "window", usual.window_ms),
    }
}

fn places(file: Table<'_>) -> Vec<Place> {
    let mut taken = Names::default();
    let mut places = Vec::new();
    for (key, _, table) in file.named("place", PLACE_KEYS) {
        let items = table
            .need("words")
            .and_then(|value| value.texts())
            .unwrap_or_default();
        if let Some((_, beyond)) = items.get(STORM_WORDS_MAX) {
            let message = format!("more than {STORM_WORDS_MAX} words");
            beyond.add(Code::OutOfRange, message, None);
        }
        let mut words = Vec::new();
        for (text, item) in items {
            let word = text.trim().to_lowercase();
            if word.chars().count() < 2 {
                let hint = Some("write at least two characters".to_owned());
                item.add(Code::OutOfRange, "a word so short is in every text", hint);
            } else if taken.is_new(text) {
                words.push(word);
            } else {
                let message = format!("`{text}` stands for two places, or twice for one");
                item.add(Code::NameTwice, message, None);
            }
        }
        places.push(Place {
            key: key.to_owned(),
            words,
        });
    }
    places
}

fn duration(table: Table<'_>, key: &str, otherwise: i64) -> i64 {
    let value = table
        .get(key)
        .and_then(|value| value.duration_ms(STORM_MS_MAX));
    value.unwrap_or(otherwise)
}

fn count(table: Table<'_>, key: &str, min: i64, otherwise: u32) -> u32 {
    let number = table
        .get(key)
        .and_then(|value| value.integer(min, STORM_NUMBER_MAX));
    number
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(otherwise)
}

/// A number of times with one digit behind the point, as text or as a whole number, in tenths.
fn tenths(table: Table<'_>, key: &str, otherwise: u32) -> u32 {
    let Some(value) = table.get(key) else {
        return otherwise;
    };
    if !value.is_text() {
        let whole = value.integer(1, STORM_NUMBER_MAX);
        return whole
            .and_then(|whole| u32::try_from(10 * whole).ok())
            .unwrap_or(otherwise);
    }
    let text = value.text().unwrap_or_default();
    let parsed = text.split_once('.').and_then(|(whole, tenth)| {
        let digit = tenth.parse::<u32>().ok().filter(|_| tenth.len() == 1)?;
        whole
            .parse::<u32>()
            .ok()?
            .checked_mul(10)?
            .checked_add(digit)
    });
    match parsed.filter(|tenths| *tenths >= 10 && i64::from(*tenths) <= 10 * STORM_NUMBER_MAX) {
        Some(tenths) => tenths,
        None => {
            let message = format!("`{text}` is no number of times");
            let hint = "write a whole number, or one digit behind the point: \"2.5\"".to_owned();
            value.add(Code::OutOfRange, message, Some(hint));
            otherwise
        }
    }
}
