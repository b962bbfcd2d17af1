//! Every code that an operator can see has a page, and every page a code.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use posthouse_desk::{Error, PROBLEM_CODES};

#[test]
fn codes_and_pages_pair_up() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    let pages: BTreeSet<String> = fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| {
            Some(
                entry
                    .unwrap()
                    .file_name()
                    .to_str()?
                    .strip_suffix(".md")?
                    .to_owned(),
            )
        })
        .filter(|name| name.starts_with("DSK"))
        .collect();
    let codes: BTreeSet<String> = Error::CODES
        .iter()
        .chain(&PROBLEM_CODES)
        .map(|code| (*code).to_owned())
        .collect();
    assert_eq!(pages, codes);
    for code in codes {
        let page = fs::read_to_string(folder.join(format!("{code}.md"))).unwrap();
        assert!(page.starts_with(&format!("# {code}: ")), "{code}");
        assert!(
            page.contains("## What it means") && page.contains("## What to do"),
            "{code}"
        );
    }
}
