//! Policies: files of a bundle, and the conditions in them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use posthouse_domain::route::{Asked, Standing};
use posthouse_domain::ticket::{Attributes, Contact, Features, Opened, Severity};
use posthouse_domain::{Timestamp, route};
use posthouse_policy::{Diagnostic, Policy, Severity as Weight, Source, compile, limits, render};

use crate::says_why;

/// A small bundle that compiles; the shipped ones take too long to be compiled a million times.
const FILES: [(&str, &str); 7] = [
    ("bundle.toml", include_str!("../bundle/bundle.toml")),
    ("calendars.toml", include_str!("../bundle/calendars.toml")),
    ("receivers.toml", include_str!("../bundle/receivers.toml")),
    ("regions.toml", include_str!("../bundle/regions.toml")),
    ("routing.toml", include_str!("../bundle/routing.toml")),
    ("sla.toml", include_str!("../bundle/sla.toml")),
    ("taxonomy.toml", include_str!("../bundle/taxonomy.toml")),
];
/// What stands in front of the name of a file.
const FILE_MARK: &str = "=== ";

/// Files of a bundle: `=== name`, then text, any number of times, over those of a small bundle.
pub(crate) fn bundles(bytes: &[u8]) {
    let mut source = small();
    let text = String::from_utf8_lossy(bytes);
    let mut name = "";
    for line in text.split_inclusive('\n') {
        if let Some(named) = line.strip_prefix(FILE_MARK) {
            name = named.trim_end();
            source.files.insert(name.to_owned(), String::new());
        } else if let Some(file) = source.files.get_mut(name) {
            file.push_str(line);
        }
    }
    if let Some(policy) = judged(&source) {
        decide(&policy);
    }
}

/// One condition, as the `when` of a rule of routing.
pub(crate) fn conditions(bytes: &[u8]) {
    let when = toml::Value::String(String::from_utf8_lossy(bytes).into_owned());
    let rule = format!(
        "\n[[rule]]\nname = \"tried\"\nlevel = \"L1\"\nskill = \"general\"\nwhen = {when}\n"
    );
    let mut source = small();
    let routing = source.files.get_mut("routing.toml").expect("it has rules");
    let at = routing.find("[[rule]]").expect("it has rules");
    routing.insert_str(at, &rule);
    if let Some(policy) = judged(&source) {
        decide(&policy);
    }
}

fn small() -> Source {
    let files = FILES.map(|(name, text)| (name.to_owned(), text.to_owned()));
    Source {
        name: "small".to_owned(),
        files: BTreeMap::from(files),
    }
}

/// The policy, if it compiles. If not, something says why; either way, the same again.
fn judged(source: &Source) -> Option<Policy> {
    let (policy, said) = match compile(source) {
        Ok((policy, warnings)) => (Some(policy), warnings),
        Err(said) => (None, said),
    };
    let is_error = |one: &Diagnostic| one.severity == Weight::Error;
    assert_eq!(
        said.iter().any(is_error),
        policy.is_none(),
        "a bundle is refused by its errors: {said:?}"
    );
    assert!(said.len() <= limits::DIAGNOSTICS_MAX + 1);
    said.iter().for_each(|one| says_why(&one.message));
    // Every span lies inside its text, on whole characters.
    let drawn = render(&said, source, false);
    assert!(said.is_empty() || !drawn.is_empty());
    policy
}

/// Rules decide, and alike each time.
fn decide(policy: &Policy) {
    for features in tickets() {
        let standing = Standing::default();
        let asked = Asked::first(features, &standing, features.opened_at);
        let routing = route::decide(&asked, &policy.routing);
        assert_eq!(routing, route::decide(&asked, &policy.routing));
    }
}

/// A ticket of which nothing is known, and one of which much is.
fn tickets() -> &'static [Features; 2] {
    static TICKETS: OnceLock<[Features; 2]> = OnceLock::new();
    TICKETS.get_or_init(|| {
        let bare = Opened {
            number: "XX-1".to_owned(),
            customer: "c-1".to_owned(),
            subject: "It is down".to_owned(),
            body: String::new(),
            severity: None,
            region: String::new(),
            tier: String::new(),
            channel: String::new(),
            language: String::new(),
            product: String::new(),
            attributes: Attributes::new(),
            contact: Contact::default(),
        };
        let full = Opened {
            severity: Some(Severity::P0),
            region: "here".to_owned(),
            tier: "gold".to_owned(),
            channel: "portal".to_owned(),
            language: "en".to_owned(),
            product: "db".to_owned(),
            attributes: Attributes::from([("k".to_owned(), "v".to_owned())]),
            ..bare.clone()
        };
        let at = Timestamp::from_millis(1_795_424_400_000);
        [bare, full].map(|opened| Features::declared(&opened, "here", at))
    })
}
