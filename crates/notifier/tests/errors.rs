//! Every code that this crate can show has its page.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn codes_have_pages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut codes = BTreeSet::new();
    find(&root.join("src"), &mut codes);
    assert!(codes.len() >= 10, "the codes are found: {codes:?}");
    for code in codes {
        let page = root.join(format!("../../docs/errors/{code}.md"));
        let page = std::fs::read_to_string(&page).unwrap_or_else(|why| panic!("{code}: {why}"));
        assert!(page.starts_with(&format!("# {code}: ")), "{code}");
    }
}

/// The words of this family in the sources below a folder.
fn find(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, codes);
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        let found = source.match_indices("NTF").filter_map(|(at, _)| {
            let code = source.get(at..at + 7)?;
            let is_code = code[3..].bytes().all(|b| b.is_ascii_digit());
            is_code.then(|| code.to_owned())
        });
        codes.extend(found);
    }
}
