//! Every code that an operator can see has a page, and every page a code.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use posthouse_store::{Error, Op, Table};

#[test]
fn codes_and_pages_pair_up() {
    let pages_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    let pages: BTreeSet<String> = fs::read_dir(&pages_dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| Some(name.strip_suffix(".md")?.to_owned()))
        .filter(|name| name.starts_with("STO"))
        .collect();
    let codes: BTreeSet<String> = every_error().iter().map(|e| e.code().to_owned()).collect();
    assert_eq!(pages, codes);
    for code in codes {
        let page = fs::read_to_string(pages_dir.join(format!("{code}.md"))).unwrap();
        assert!(page.starts_with(&format!("# {code}: ")), "{code}");
        assert!(page.contains("## What to do"), "{code}");
    }
}

#[test]
fn messages_follow_failed_to() {
    for error in every_error() {
        let message = error.to_string();
        assert!(
            message.starts_with(|c: char| c.is_ascii_lowercase()),
            "{message}"
        );
        assert!(!message.ends_with('.'), "{message}");
    }
}

fn every_error() -> Vec<Error> {
    let path = || PathBuf::from("views/watchdog-03");
    let message = || "page 7".to_owned();
    let source = io::Error::from(io::ErrorKind::StorageFull);
    vec![
        Error::Held {
            path: path(),
            pid: Some(812),
        },
        Error::Io {
            op: Op::Apply,
            path: path(),
            source,
        },
        Error::Panicked {
            op: Op::Get,
            path: path(),
            message: message(),
        },
        Error::Corrupt {
            op: Op::Scan,
            path: path(),
            message: message(),
        },
        Error::Broken {
            op: Op::Flush,
            path: path(),
            first: message(),
        },
        Error::UnknownTable {
            table: Table::new("wake_up"),
        },
        Error::TooLarge {
            what: "a key",
            unit: "bytes",
            actual: 2,
            max: 1,
        },
        Error::BadOptions { why: message() },
        Error::Hung {
            path: path(),
            ms: 1,
        },
    ]
}
