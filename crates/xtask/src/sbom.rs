//! `cargo xtask sbom`: what is in the binary, for those who have to know (CycloneDX 1.5).
//!
//! It lists every package that is compiled into `posthouse`, with its licence and the checksum
//! that Cargo.lock pins. It has no time and no serial number, so that equal sources give equal
//! bytes.
//!
//! # Source
//!
//! CycloneDX 1.5, JSON; package URL specification, type `cargo`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};
use clap::Args;
use serde::{Deserialize, Serialize};

/// The package that ships.
const SHIPPED: &str = "posthouse";

/// List what is in the binary, as CycloneDX JSON on standard output
#[derive(Clone, Debug, Args)]
pub(crate) struct SbomArgs {
    /// For which platform; by default for all
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
}

/// Writes it.
#[expect(clippy::print_stdout, reason = "it is a command, and this is its data")]
pub(crate) fn run(args: &SbomArgs) -> ExitCode {
    match bill(args.target.as_deref()) {
        Ok(bill) => {
            let text = serde_json::to_string_pretty(&bill).expect("text can be written");
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("failed to {error}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bill {
    bom_format: String,
    spec_version: String,
    version: u32,
    metadata: About,
    components: Vec<Component>,
    dependencies: Vec<Edges>,
}

#[derive(Debug, Serialize, Deserialize)]
struct About {
    component: Component,
}

#[derive(Debug, Serialize, Deserialize)]
struct Component {
    r#type: String,
    #[serde(rename = "bom-ref")]
    bom_ref: String,
    name: String,
    version: String,
    purl: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<License>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
}

#[derive(Debug, Serialize, Deserialize)]
struct License {
    expression: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Edges {
    r#ref: String,
    depends_on: Vec<String>,
}

/// What Cargo.lock says of the packages.
#[derive(Debug, Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Debug, Deserialize)]
struct Locked {
    name: String,
    version: String,
    checksum: Option<String>,
}

fn bill(target: Option<&str>) -> Result<Bill, String> {
    let mut command = MetadataCommand::new();
    let platform = target.map(|target| format!("--filter-platform={target}"));
    command.other_options(
        platform
            .into_iter()
            .chain(["--locked".to_owned()])
            .collect::<Vec<_>>(),
    );
    let metadata = command
        .exec()
        .map_err(|error| format!("read what the workspace depends on: {error}"))?;
    let lock = metadata.workspace_root.join("Cargo.lock");
    let lock = std::fs::read_to_string(&lock).map_err(|error| format!("read {lock}: {error}"))?;
    let lock: Lock =
        toml::from_str(&lock).map_err(|error| format!("understand Cargo.lock: {error}"))?;
    let graph = graph(&metadata)?;
    let (mut components, mut shipped) = (Vec::new(), None);
    for package in graph.keys().map(|id| &metadata[*id]) {
        let component = component(package, &lock);
        if package.name == SHIPPED {
            shipped = Some(component);
        } else {
            components.push(component);
        }
    }
    let reference = |id: &&PackageId| purl(&metadata[*id]);
    let edges = graph.iter().map(|(id, to)| Edges {
        r#ref: purl(&metadata[*id]),
        depends_on: to.iter().map(reference).collect(),
    });
    Ok(Bill {
        bom_format: "CycloneDX".to_owned(),
        spec_version: "1.5".to_owned(),
        version: 1,
        dependencies: edges.collect(),
        metadata: About {
            component: shipped.ok_or_else(|| format!("find the package {SHIPPED}"))?,
        },
        components,
    })
}

/// Every package that is compiled into what ships, and which of them each one needs. Those that
/// only tests or build scripts need are none of them.
fn graph(metadata: &Metadata) -> Result<BTreeMap<&PackageId, BTreeSet<&PackageId>>, String> {
    let resolve = metadata
        .resolve
        .as_ref()
        .ok_or("resolve the dependencies")?;
    let mut waiting: Vec<&PackageId> = metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| package.name == SHIPPED)
        .map(|package| &package.id)
        .collect();
    let mut graph = BTreeMap::new();
    while let Some(id) = waiting.pop() {
        if graph.contains_key(id) {
            continue;
        }
        let needed = resolve[id].deps.iter().filter(|needed| {
            let mut kinds = needed.dep_kinds.iter().map(|info| info.kind);
            kinds.any(|kind| kind == DependencyKind::Normal)
        });
        let needed: BTreeSet<&PackageId> = needed.map(|needed| &needed.pkg).collect();
        waiting.extend(&needed);
        graph.insert(id, needed);
    }
    Ok(graph)
}

fn component(package: &Package, lock: &Lock) -> Component {
    let (name, version) = (package.name.to_string(), package.version.to_string());
    let is_this = |locked: &&Locked| locked.name == name && locked.version == version;
    let checksum = lock.package.iter().find(is_this);
    let hash = |content: &String| Hash {
        alg: "SHA-256".to_owned(),
        content: content.clone(),
    };
    let is_shipped = name == SHIPPED;
    Component {
        r#type: if is_shipped { "application" } else { "library" }.to_owned(),
        bom_ref: purl(package),
        purl: purl(package),
        licenses: expression(package).into_iter().collect(),
        hashes: checksum
            .and_then(|locked| locked.checksum.as_ref())
            .map(hash)
            .into_iter()
            .collect(),
        name,
        version,
    }
}

/// The licence, as SPDX writes it: some packages still put a slash between alternatives.
fn expression(package: &Package) -> Option<License> {
    let license = package.license.as_ref()?;
    let expression = license
        .split('/')
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" OR ");
    Some(License { expression })
}

fn purl(package: &Package) -> String {
    // A `+` of a version would be a blank.
    let version = package.version.to_string().replace('+', "%2B");
    format!("pkg:cargo/{}@{version}", package.name)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// `cargo tree` walks the same graph in its own way.
    #[test]
    fn it_lists_what_cargo_says_is_in_the_binary() {
        let text = serde_json::to_string(&bill(None).unwrap()).unwrap();
        let bill: Bill = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&*bill.bom_format, &*bill.spec_version),
            ("CycloneDX", "1.5")
        );
        let listed: BTreeSet<(String, String)> = bill
            .components
            .iter()
            .chain([&bill.metadata.component])
            .map(|component| (component.name.clone(), component.version.clone()))
            .collect();
        let tree = Command::new(env!("CARGO"))
            .args([
                "tree",
                "--locked",
                "--package",
                SHIPPED,
                "--edges",
                "normal",
            ])
            .args(["--prefix", "none", "--format", "{p}"])
            .output()
            .unwrap();
        assert!(tree.status.success(), "{tree:?}");
        let tree = String::from_utf8(tree.stdout).unwrap();
        let compiled: BTreeSet<(String, String)> = tree
            .lines()
            .filter_map(|line| {
                let mut words = line.split(' ');
                let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
                Some((name.to_owned(), version.to_owned()))
            })
            .collect();
        assert!(compiled.len() > 100, "{compiled:?}");
        let forgotten: Vec<_> = compiled.difference(&listed).collect();
        assert!(forgotten.is_empty(), "{forgotten:?}");
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_package_of_others_is_pinned() {
        let bill = bill(None).unwrap();
        let known: BTreeSet<&String> = bill.dependencies.iter().map(|edges| &edges.r#ref).collect();
        let reached = bill.dependencies.iter().flat_map(|edges| &edges.depends_on);
        assert!(reached.clone().all(|to| known.contains(to)));
        assert_eq!(known.len(), bill.components.len() + 1);
        for component in &bill.components {
            assert!(!component.licenses.is_empty(), "{component:?}");
            let is_ours = component.name.starts_with("posthouse-");
            assert_eq!(component.hashes.is_empty(), is_ours, "{component:?}");
        }
    }
}
