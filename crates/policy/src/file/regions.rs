//! `regions.toml`: where customers are, how their tickets are numbered, who serves them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use posthouse_domain::region::{NumberFormat, Region};
use posthouse_domain::route::Centre;

use crate::diagnostic::Code;
use crate::file::Names;
use crate::limits::NUMBER_DIGITS_MAX;
use crate::read::{Table, Value};

pub(crate) const KEYS: &[&str] = &["region"];

const REGION_KEYS: &[&str] = &["title", "numbers", "zone", "language", "centres"];

/// Digits of a number where the file says nothing: a million tickets a year look alike.
const DIGITS_DEFAULT: i64 = 6;

/// The centres by key; `None` when their file could not be read.
pub(crate) type Centres<'c> = Option<&'c BTreeMap<String, Centre>>;

pub(crate) fn read(file: Table<'_>, centres: Centres<'_>) -> BTreeMap<String, Region> {
    let mut regions = BTreeMap::new();
    let mut prefixes = Names::default();
    for (key, spot, table) in file.named("region", REGION_KEYS) {
        if key.contains('_') {
            // Regions are part of stream names, where `_` separates.
            let hint = Some(format!("write `{}`", key.replace('_', "-")));
            let message = format!("the region `{key}` has an underscore");
            file.report().add(Code::NameInvalid, &spot, message, hint);
        }
        regions.insert(key.to_owned(), read_one(key, table, centres, &mut prefixes));
    }
    if regions.is_empty() {
        let message = "there is no region";
        file.report().add(
            Code::KeyMissing,
            &file.spot(),
            message,
            Some("[region.NAME]".into()),
        );
    }
    regions
}

fn read_one<'d>(
    key: &str,
    table: Table<'d>,
    centres: Centres<'_>,
    prefixes: &mut Names<'d>,
) -> Region {
    let region = Region {
        key: key.to_owned(),
        title: table.need_text("title").unwrap_or(key).to_owned(),
        numbers: numbers(table, prefixes),
        zone: table.need("zone").and_then(zone).unwrap_or_default(),
        language: table.need_text("language").unwrap_or_default().to_owned(),
        centres: served_by(table, centres),
    };
    check_language(table, &region, centres);
    region
}

fn numbers<'d>(table: Table<'d>, prefixes: &mut Names<'d>) -> NumberFormat {
    let empty = NumberFormat {
        prefix: String::new(),
        digits: 0,
    };
    let Some(numbers) = table
        .need("numbers")
        .and_then(|value| value.table(&["prefix", "digits"]))
    else {
        return empty;
    };
    let digits = match numbers.get("digits") {
        Some(value) => value
            .integer(1, NUMBER_DIGITS_MAX)
            .unwrap_or(DIGITS_DEFAULT),
        None => DIGITS_DEFAULT,
    };
    let digits = u8::try_from(digits).expect("the bound is small");
    let prefix = numbers
        .need("prefix")
        .and_then(|value| prefix(value, prefixes));
    NumberFormat {
        prefix: prefix.unwrap_or_default(),
        digits,
    }
}

/// A prefix: capital letters and digits, of one region only, or numbers would be ambiguous.
fn prefix<'d>(value: Value<'d>, taken: &mut Names<'d>) -> Option<String> {
    let text = value.text()?;
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    if text.is_empty() || text.len() > 8 || !text.chars().all(allowed) {
        let hint = "use one to eight of A-Z and 0-9".to_owned();
        value.add(
            Code::NameInvalid,
            format!("`{text}` is no prefix of numbers"),
            Some(hint),
        );
        return None;
    }
    if !taken.0.insert(text) {
        let message = format!("two regions number their tickets `{text}-…`");
        value.add(Code::NameTwice, message, None);
    }
    Some(text.to_owned())
}

fn zone(value: Value<'_>) -> Option<String> {
    let name = value.text()?;
    if TimeZone::get(name).is_err() {
        let hint = "write an IANA name, such as Asia/Shanghai or Europe/Berlin".to_owned();
        value.add(
            Code::Calendar,
            format!("there is no time zone `{name}`"),
            Some(hint),
        );
    }
    Some(name.to_owned())
}

fn served_by(table: Table<'_>, centres: Centres<'_>) -> Vec<String> {
    let Some(value) = table.need("centres") else {
        return Vec::new();
    };
    let items = value.array().unwrap_or_default();
    if items.is_empty() {
        value.add(Code::OutOfRange, "a region has at least one centre", None);
    }
    let known = centres.map(|centres| centres.keys().map(String::as_str));
    let names = items
        .into_iter()
        .filter_map(|item| item.reference("centre", known.clone()));
    names.map(str::to_owned).collect()
}

fn check_language(table: Table<'_>, region: &Region, centres: Centres<'_>) {
    let (Some(value), Some(centres)) = (table.get("language"), centres) else {
        return;
    };
    let serving: Vec<&Centre> = region
        .centres
        .iter()
        .filter_map(|centre| centres.get(centre))
        .collect();
    let spoken = serving
        .iter()
        .any(|centre| centre.languages.contains(&region.language));
    if !serving.is_empty() && !spoken {
        let message = format!(
            "no centre of `{}` speaks its language `{}`",
            region.key, region.language
        );
        let hint = "tickets in it go to the first centre, in that centre's first language";
        value.add(Code::LanguageUnspoken, message, Some(hint.to_owned()));
    }
}
