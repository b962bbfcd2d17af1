//! Every code that this crate can show has its page, and no page is left over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const FAMILIES: [&str; 3] = ["CFG", "HTTP", "RUN"];

#[test]
fn codes_and_pages_are_pairs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut shown = BTreeSet::new();
    for file in files(&root.join("src")).unwrap() {
        if file.file_name().is_some_and(|name| name != "tests.rs") {
            shown.extend(codes(&std::fs::read_to_string(file).unwrap()));
        }
    }
    let pages: BTreeSet<String> = files(&root.join("../../docs/errors"))
        .unwrap()
        .iter()
        .filter_map(|page| page.file_stem()?.to_str().map(str::to_owned))
        .filter(|page| FAMILIES.iter().any(|family| page.starts_with(family)))
        .collect();
    assert!(shown.len() > 20, "the codes are found: {shown:?}");
    assert_eq!(shown, pages);
    for code in pages {
        let page = std::fs::read_to_string(root.join(format!("../../docs/errors/{code}.md")));
        assert!(
            page.unwrap().starts_with(&format!("# {code}: ")),
            "{code}.md names another code"
        );
    }
}

/// The words in quotation marks that are a family and four digits.
fn codes(source: &str) -> Vec<String> {
    let is_code = |word: &&str| {
        FAMILIES.iter().any(|family| {
            let digits = word.strip_prefix(family).unwrap_or_default();
            digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())
        })
    };
    source
        .split('"')
        .filter(is_code)
        .map(str::to_owned)
        .collect()
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
