//! The arrows between crates, as `docs/architecture.md` draws them. Any other arrow fails here.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Who may depend on whom inside the house, in code that ships.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &[]),
    ("model", &[]),
    ("personal", &[]),
    ("embedding", &["model"]),
    ("templates", &["domain"]),
    ("policy", &["domain", "templates"]),
    ("wire", &["domain"]),
    ("bus", &["domain"]),
    ("bus-nats", &["bus", "domain"]),
    ("testkit", &["bus", "domain", "wire"]),
    (
        "fuzzing",
        &[
            "bus", "desk", "domain", "intake", "policy", "runtime", "store", "wire",
        ],
    ),
    ("runtime", &["bus", "domain", "policy", "store", "wire"]),
    ("telemetry", &["runtime"]),
    (
        "intake",
        &[
            "bus",
            "domain",
            "policy",
            "runtime",
            "store",
            "templates",
            "wire",
        ],
    ),
    (
        "classifier",
        &[
            "bus", "domain", "model", "personal", "policy", "runtime", "store", "wire",
        ],
    ),
    ("router", SERVICE),
    ("watchdog", SERVICE),
    (
        "notifier",
        &[
            "bus",
            "domain",
            "personal",
            "policy",
            "runtime",
            "store",
            "templates",
            "wire",
        ],
    ),
    ("auditor", &["wire"]),
    (
        "desk",
        &[
            "auditor", "bus", "domain", "personal", "policy", "runtime", "store", "wire",
        ],
    ),
    (
        "posthouse",
        &[
            "auditor",
            "bus",
            "bus-nats",
            "classifier",
            "desk",
            "domain",
            "embedding",
            "intake",
            "model",
            "notifier",
            "policy",
            "router",
            "runtime",
            "store",
            "telemetry",
            "templates",
            "twin",
            "watchdog",
            "wire",
        ],
    ),
    (
        "simulation",
        &[
            "auditor",
            "bus",
            "classifier",
            "domain",
            "intake",
            "notifier",
            "policy",
            "router",
            "runtime",
            "store",
            "watchdog",
            "wire",
        ],
    ),
    ("twin", &["domain"]),
    ("xtask", &["simulation"]),
];

/// What a service stands on. Services know nothing of each other.
const SERVICE: &[&str] = &["bus", "domain", "policy", "runtime", "store", "wire"];

/// Outside crates that only one crate may name, in code that ships.
const NAMED_ONCE: &[(&str, &str)] = &[
    ("async-nats", "bus-nats"),
    ("sled", "store"),
    ("rusqlite", "desk"),
    ("cel", "policy"),
    ("candle-core", "embedding"),
    ("tokenizers", "embedding"),
    ("opentelemetry-proto", "telemetry"),
    ("tonic", "telemetry"),
];

#[test]
fn only_the_drawn_arrows_exist() {
    let metadata = metadata();
    let allowed: BTreeMap<&str, BTreeSet<&str>> = ARROWS
        .iter()
        .map(|(from, to)| (*from, to.iter().copied().collect()))
        .collect();
    let mut wrong = Vec::new();
    for package in house(&metadata) {
        let from = short(&package.name);
        let Some(allowed) = allowed.get(from) else {
            wrong.push(format!(
                "{from} is not drawn: add it to ARROWS and docs/architecture.md"
            ));
            continue;
        };
        for to in shipped_dependencies(package)
            .map(short)
            .filter(|to| to != &from)
        {
            if is_ours(to, &metadata) && !allowed.contains(to) {
                wrong.push(format!("{from} -> {to}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "arrows that are not drawn:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn no_arrow_is_drawn_that_does_not_exist() {
    let metadata = metadata();
    for (from, _) in ARROWS {
        assert!(
            house(&metadata).any(|package| short(&package.name) == *from),
            "{from} is drawn but there is no such crate",
        );
    }
}

#[test]
fn engines_are_named_once() {
    let metadata = metadata();
    for (engine, owner) in NAMED_ONCE {
        let named_by: BTreeSet<&str> = house(&metadata)
            .filter(|package| shipped_dependencies(package).any(|name| name == *engine))
            .map(|package| short(&package.name))
            .collect();
        assert_eq!(named_by, BTreeSet::from([*owner]), "who names {engine}");
    }
}

#[test]
fn the_domain_is_pure() {
    let metadata = metadata();
    let domain = house(&metadata)
        .find(|package| short(&package.name) == "domain")
        .expect("there is a domain crate");
    let impure = [
        "tokio",
        "futures",
        "async-trait",
        "rand",
        "reqwest",
        "axum",
        "tracing",
    ];
    let named: Vec<&str> = shipped_dependencies(domain)
        .filter(|name| impure.contains(name))
        .collect();
    assert!(
        named.is_empty(),
        "the domain decides and does nothing else, but names {named:?}"
    );
}

#[test]
fn errors_and_pages_are_paired() {
    let root = metadata().workspace_root.into_std_path_buf();
    let mut codes = BTreeSet::new();
    for source in sources(&root.join("crates")) {
        let text = std::fs::read_to_string(&source).expect("a source file can be read");
        codes.extend(error_codes(&text));
    }
    let pages: BTreeSet<String> = std::fs::read_dir(root.join("docs/errors"))
        .expect("docs/errors is there")
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    let without_page: Vec<_> = codes.difference(&pages).collect();
    let without_code: Vec<_> = pages.difference(&codes).collect();
    assert!(
        without_page.is_empty(),
        "codes without a page in docs/errors: {without_page:?}"
    );
    assert!(
        without_code.is_empty(),
        "pages in docs/errors without a code: {without_code:?}"
    );
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata works where cargo test does")
}

/// The crates of the house, without this package of tests.
fn house(metadata: &Metadata) -> impl Iterator<Item = &Package> {
    metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| package.name != "posthouse-tests")
}

fn shipped_dependencies(package: &Package) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind != DependencyKind::Development)
        .map(|dependency| dependency.name.as_str())
}

fn is_ours(name: &str, metadata: &Metadata) -> bool {
    house(metadata).any(|package| short(&package.name) == name)
}

fn short(name: &str) -> &str {
    name.strip_prefix("posthouse-").unwrap_or(name)
}

fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)
        .expect("a folder of the house can be read")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("tests") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// String literals that look like an error code: three or four capitals and four digits.
fn error_codes(text: &str) -> impl Iterator<Item = String> {
    text.split('"')
        .filter(|word| is_code(word))
        .map(str::to_owned)
}

fn is_code(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    matches!(letters, 3 | 4)
        && word.len() == letters + 4
        && word.bytes().skip(letters).all(|b| b.is_ascii_digit())
}
