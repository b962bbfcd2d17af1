//! The files that ship, as they lie in the repository.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// A file of rules, for Prometheus.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleFile {
    pub(crate) groups: Vec<Group>,
}

/// Rules that are evaluated one after the other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) rules: Vec<Rule>,
}

/// Something that is recorded, or an alert.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) record: Option<String>,
    pub(crate) alert: Option<String>,
    pub(crate) expr: String,
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) annotations: BTreeMap<String, String>,
    #[serde(rename = "for")]
    pub(crate) _pending: Option<String>,
}

/// The part of a file for `promtool test rules` that is looked at here.
#[derive(Debug, Deserialize)]
pub(crate) struct Stories {
    pub(crate) tests: Vec<Story>,
}

/// What is scraped, and what must come of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Story {
    pub(crate) input_series: Vec<Series>,
    pub(crate) alert_rule_test: Vec<Outcome>,
}

/// A series that is scraped.
#[derive(Debug, Deserialize)]
pub(crate) struct Series {
    pub(crate) series: String,
}

/// Which alerts fire at a time.
#[derive(Debug, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) alertname: String,
    pub(crate) exp_alerts: Vec<Expected>,
}

/// An alert that fires.
#[derive(Debug, Deserialize)]
pub(crate) struct Expected {
    pub(crate) exp_labels: BTreeMap<String, String>,
}

/// A place in the repository.
pub(crate) fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join(path)
}

/// The files of a folder with this ending, in the order of their names. There is at least one.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place(folder)).unwrap_or_else(|why| panic!("{folder}: {why}"));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "there is no .{ending} in {folder}");
    files
}

/// The name of a file up to its first dot.
pub(crate) fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.split('.').next().unwrap().to_owned()
}

/// A file's text.
pub(crate) fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// A file of YAML.
pub(crate) fn yaml<T: DeserializeOwned>(path: &Path) -> T {
    serde_saphyr::from_str(&text(path)).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// All rules, what is recorded before what may use it.
pub(crate) fn rules() -> Vec<Rule> {
    let mut files = files("deploy/prometheus/rules", "yml");
    files.extend(self::files("deploy/prometheus/alerts", "yml"));
    let groups = files.iter().flat_map(|path| yaml::<RuleFile>(path).groups);
    groups.flat_map(|group| group.rules).collect()
}

/// All alerts; one name may have several.
pub(crate) fn alerts() -> Vec<(String, Rule)> {
    let named = |rule: Rule| Some((rule.alert.clone()?, rule));
    rules().into_iter().filter_map(named).collect()
}
