//! `explain-error`: the pages of error codes, out of the program itself.

use crate::posthouse::run;

/// The folder that the program was built from.
const PAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors");

fn codes() -> Vec<String> {
    let mut codes: Vec<String> = std::fs::read_dir(PAGES)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    codes.sort();
    codes
}

#[test]
fn every_code_has_its_page_in_the_program() {
    let codes = codes();
    let listed = run(&["explain-error", "--json"]).ends_with(0).objects();
    let known: Vec<&str> = listed
        .iter()
        .map(|told| told["code"].as_str().unwrap())
        .collect();
    assert_eq!(known, codes);

    let mut args = vec!["explain-error", "--json"];
    args.extend(codes.iter().map(String::as_str));
    for (told, code) in run(&args).ends_with(0).objects().iter().zip(&codes) {
        let page = std::fs::read_to_string(format!("{PAGES}/{code}.md")).unwrap();
        assert_eq!(told["page"], page, "{code}");
    }
}

#[test]
fn people_get_the_page_as_it_is() {
    let page = std::fs::read_to_string(format!("{PAGES}/BUS0001.md")).unwrap();
    let told = run(&["explain-error", "bus0001"]).ends_with(0);
    assert_eq!(told.stdout.trim_end(), page.trim_end());
}

#[test]
fn a_code_that_is_none_gets_the_nearest() {
    run(&["explain-error", "BUS00O1"])
        .ends_with(3)
        .complains(&["`BUS00O1`", "`BUS0001`"]);
    run(&["explain-error", "BUS0001", "yesterday"])
        .ends_with(3)
        .complains(&["lists all of them"]);
}

#[test]
fn an_error_says_where_it_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("posthouse.toml");
    std::fs::write(&config, "[node]\nnmae = 1\n").unwrap();
    let asked = ["run", "router", "--config", config.to_str().unwrap()];
    run(&asked)
        .ends_with(2)
        .complains(&["CFG", "posthouse explain-error CFG"]);
}
