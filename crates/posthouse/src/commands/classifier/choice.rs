//! Which model a bundle names, and the same bundle with another one.
//!
//! The taxonomy's table `[model]` is edited as text, so that everything else in the file stays as
//! its authors wrote it, comments included. A bundle that inherits its taxonomy gets a copy of its
//! own.
//!
//! A bundle may name no model; then words alone decide, which is written as `none`.

use posthouse_policy::Source;
use toml_edit::{DocumentMut, Item, Table, Value, value};

use crate::exit::Error;

/// The file that names the model.
const TAXONOMY: &str = "taxonomy.toml";
const MODEL: &str = "model";
const NAME: &str = "name";
const CHALLENGER: &str = "challenger";
/// The name of no model.
pub(super) const NONE: &str = "none";

/// What is to be changed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change<'a> {
    /// This model decides from here on. A challenger of that address stops being one.
    Decide(&'a str),
    /// This model runs beside the one that decides; none for [`NONE`].
    Challenge(&'a str),
}

/// The bundle with another model.
///
/// # Errors
///
/// When the bundle's taxonomy cannot be read as TOML, or `model` in it is no table.
pub(super) fn changed(source: &Source, change: Change<'_>) -> Result<Source, Error> {
    let text = source.with_inherited().remove(TAXONOMY).unwrap_or_default();
    let mut document: DocumentMut = text.parse().map_err(|error| {
        Error::failed(format!(
            "read {TAXONOMY} of bundle `{}`: {error}",
            source.name
        ))
    })?;
    let item = document.entry(MODEL).or_insert(Item::Table(Table::new()));
    let table = item.as_table_mut().ok_or_else(|| {
        Error::failed(format!(
            "change {TAXONOMY} of bundle `{}`: `{MODEL}` is no table",
            source.name
        ))
    })?;
    if !table.contains_key(NAME) {
        set(table, NAME, NONE);
    }
    match change {
        Change::Decide(address) => {
            set(table, NAME, address);
            if table.get(CHALLENGER).and_then(Item::as_str) == Some(address) {
                table.remove(CHALLENGER);
            }
        }
        Change::Challenge(NONE) => {
            table.remove(CHALLENGER);
        }
        Change::Challenge(address) => set(table, CHALLENGER, address),
    }
    let mut changed = source.clone();
    changed
        .files
        .insert(TAXONOMY.to_owned(), document.to_string());
    Ok(changed)
}

/// Sets a key of a table; what stands around an earlier value, such as a comment, stays.
fn set(table: &mut Table, key: &str, text: &str) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(earlier) => {
            let around = earlier.decor().clone();
            *earlier = Value::from(text);
            *earlier.decor_mut() = around;
        }
        None => table[key] = value(text),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn bundle(taxonomy: &str) -> Source {
        Source {
            name: "test".to_owned(),
            files: BTreeMap::from([(TAXONOMY.to_owned(), taxonomy.to_owned())]),
        }
    }

    fn taxonomy(source: &Source) -> &str {
        &source.files[TAXONOMY]
    }

    #[test]
    fn everything_else_stays_as_it_was_written() {
        let before = "# Ours.\n[model]\nname = \"a\" # since May\nchallenger = \"b\"\n\n[[tag]]\nkey = 'x'  # odd\n";
        let after = changed(&bundle(before), Change::Decide("b")).unwrap();
        let expected = "# Ours.\n[model]\nname = \"b\" # since May\n\n[[tag]]\nkey = 'x'  # odd\n";
        assert_eq!(taxonomy(&after), expected);
        let back = changed(&after, Change::Decide("a")).unwrap();
        assert_eq!(taxonomy(&back), expected.replace("\"b\"", "\"a\""));
    }

    #[test]
    fn a_challenger_comes_and_goes() {
        let with = changed(&bundle("a = 1\n"), Change::Challenge("c")).unwrap();
        let words = "a = 1\n\n[model]\nname = \"none\"\n";
        assert_eq!(taxonomy(&with), format!("{words}challenger = \"c\"\n"));
        let without = changed(&with, Change::Challenge(NONE)).unwrap();
        assert_eq!(taxonomy(&without), words);
    }

    #[test]
    fn an_inherited_taxonomy_becomes_its_own() {
        let mut source = bundle("");
        source.files.clear();
        source.files.insert(
            "bundle.toml".to_owned(),
            "extends = \"default\"\n".to_owned(),
        );
        let after = changed(&source, Change::Decide("d")).unwrap();
        assert!(taxonomy(&after).contains("[[category]]"));
        assert!(taxonomy(&after).contains("name = \"d\""));
        assert_ne!(after.version(), source.version());
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let error = changed(&bundle("model = 3\n"), Change::Decide("d")).unwrap_err();
        assert!(error.to_string().contains("`model` is no table"), "{error}");
        assert!(changed(&bundle("= oops"), Change::Challenge(NONE)).is_err());
    }
}
