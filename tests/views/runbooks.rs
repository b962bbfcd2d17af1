//! Runbooks: one for each alert, and each says the same things in the same order.

use std::collections::BTreeSet;

use crate::known::Catalogue;
use crate::promql::Judge;
use crate::shipped::{alerts, files, place, stem, text};

/// What somebody who was woken wants to know, in this order.
const SECTIONS: [&str; 4] = [
    "## What customers notice",
    "## Look",
    "## Do",
    "## When it is over",
];

#[test]
fn runbooks_and_alerts_pair() {
    let alerts: BTreeSet<String> = alerts().into_iter().map(|(name, _)| name).collect();
    let pages: BTreeSet<String> = files("docs/runbooks", "md")
        .iter()
        .map(|path| stem(path))
        .filter(|name| name != "README")
        .collect();
    assert_eq!(pages, alerts);
}

#[test]
fn runbooks_answer_the_same_questions() {
    for path in files("docs/runbooks", "md") {
        let name = stem(&path);
        if name == "README" {
            continue;
        }
        let page = text(&path);
        assert!(page.starts_with(&format!("# {name}: ")), "{name}");
        let found: Vec<&str> = page
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        assert_eq!(found, SECTIONS, "{name}");
    }
}

#[test]
fn the_contents_name_every_runbook() {
    let contents = text(&place("docs/runbooks/README.md"));
    for (name, _) in alerts() {
        assert!(contents.contains(&format!("({name}.md)")), "{name}");
    }
}

/// Somebody copies them at three in the morning: one a line.
#[test]
fn queries_of_runbooks_can_have_a_result() {
    let known = Catalogue::recorded();
    let mut queries = 0;
    for path in files("docs/runbooks", "md") {
        for query in text(&path).split("```promql\n").skip(1) {
            let query = query.split("```").next().unwrap();
            for line in query.lines() {
                let judged = Judge::new(&known).judge(line);
                judged.unwrap_or_else(|why| panic!("{}: {why}", stem(&path)));
                queries += 1;
            }
        }
    }
    assert!(queries > alerts().len(), "{queries} queries were found");
}

/// Commands are those of the command line: `docs/cli.md` is made beside it.
#[test]
fn commands_of_runbooks_are_there() {
    let reference = text(&place("docs/cli.md"));
    for path in files("docs/runbooks", "md") {
        for command in text(&path).split("posthouse ").skip(1) {
            let words: Vec<&str> = command.split([' ', '`', '\n', '#', ')']).collect();
            let sub = words.get(1).filter(|word| is_lower(word));
            let wanted = match sub {
                Some(sub) if !matches!(words[0], "doctor" | "top" | "run") => {
                    format!("posthouse {} {sub}", words[0])
                }
                _ => format!("posthouse {}", words[0]),
            };
            assert!(reference.contains(&wanted), "{}: {wanted}", stem(&path));
        }
    }
}

fn is_lower(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase())
}
