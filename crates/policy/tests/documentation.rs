//! The documentation says what the code does: every code, field and example.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic, like the test"
)]

use std::path::{Path, PathBuf};

use posthouse_policy::{Code, Error, FIELDS, Source, compile};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn reference() -> String {
    std::fs::read_to_string(docs().join("policy.md")).unwrap()
}

#[test]
fn every_code_has_a_page_and_a_line() {
    let reference = reference();
    for code in Code::ALL {
        let page = docs().join(format!("errors/{code}.md"));
        let page = std::fs::read_to_string(&page).unwrap_or_else(|_| panic!("no page of {code}"));
        let heading = format!("# {code}: {}\n", code.title());
        assert!(
            page.starts_with(&heading),
            "{code} is not called {}",
            code.title()
        );
        let line = format!(
            "| [{code}](errors/{code}.md) | {} | {} |",
            code.severity(),
            code.title()
        );
        assert!(reference.contains(&line), "{line}");
    }
}

#[test]
fn every_error_of_reading_has_a_page() {
    let path = PathBuf::from("bundle");
    let source = std::io::Error::other("x");
    for error in [
        Error::Read {
            path: path.clone(),
            source,
        },
        Error::TooLarge { path: path.clone() },
        Error::TooMany { path: path.clone() },
        Error::NoBundle { path },
    ] {
        assert!(
            docs().join(format!("errors/{}.md", error.code())).exists(),
            "{}",
            error.code()
        );
    }
}

#[test]
fn no_page_is_left_of_a_code_that_is_gone() {
    for entry in std::fs::read_dir(docs().join("errors")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(code) = name
            .strip_prefix("POL")
            .and_then(|_| name.strip_suffix(".md"))
        else {
            continue;
        };
        let known = Code::ALL.iter().any(|known| known.as_str() == code);
        assert!(known || code.starts_with("POL003"), "{code}");
    }
}

#[test]
fn every_field_is_listed() {
    let reference = reference();
    for field in FIELDS {
        assert!(
            reference.contains(&format!("| `{}` |", field.name)),
            "{}",
            field.name
        );
    }
}

#[test]
fn every_condition_of_the_reference_compiles() {
    let reference = reference();
    let conditions = reference
        .lines()
        .filter(|line| line.starts_with("when = '"));
    let mut tried = 0;
    for condition in conditions {
        let mut source = Source::shipped("default").unwrap();
        let receivers = source.files.get_mut("receivers.toml").unwrap();
        *receivers = receivers.replace("when = 'event.percent >= 75'", condition);
        assert!(receivers.contains(condition));
        let compiled = compile(&source);
        let warnings = compiled
            .map(|(_, warnings)| warnings)
            .map_err(|all| format!("{all:#?}"));
        assert_eq!(warnings, Ok(vec![]), "{condition}");
        tried += 1;
    }
    assert!(tried >= 4);
}
