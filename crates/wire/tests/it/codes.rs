//! Every code has a page, and every page a code.

use std::path::Path;

use posthouse_wire::Error;

#[test]
fn codes_and_pages_are_pairs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    let mut pages: Vec<String> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .filter(|name| name.starts_with("WIRE"))
        .collect();
    pages.sort();
    assert_eq!(pages, Error::CODES);
    for code in Error::CODES {
        let page = std::fs::read_to_string(folder.join(format!("{code}.md"))).unwrap();
        assert!(page.starts_with(&format!("# {code}: ")), "{code}");
        assert!(
            page.contains("**Retry?**") && page.contains("**What to do**"),
            "{code}"
        );
    }
}
