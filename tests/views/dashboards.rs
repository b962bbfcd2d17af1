//! Dashboards: that each panel can show something, and says what.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::known::{Catalogue, Labels, documented};
use crate::promql::{ANY, Judge, Shape};
use crate::shipped::{files, stem, text};

/// How wide a dashboard is, in the units of Grafana.
const COLUMNS: u64 = 24;

/// Variables of Grafana's own, and something to put in their place.
const OF_GRAFANA: [(&str, &str); 3] = [
    ("$__rate_interval", "5m"),
    ("$__interval", "1m"),
    ("$__range", "6h"),
];

struct Dashboard {
    name: String,
    json: Value,
}

impl Dashboard {
    fn read(path: &Path) -> Self {
        let name = stem(path);
        let json = serde_json::from_str(&text(path)).unwrap_or_else(|why| panic!("{name}: {why}"));
        Self { name, json }
    }

    fn all() -> Vec<Self> {
        files("deploy/grafana", "json")
            .iter()
            .map(|path| Self::read(path))
            .collect()
    }

    /// Its panels, without the headings of rows.
    fn panels(&self) -> impl Iterator<Item = &Value> {
        let panels = self.json["panels"].as_array().unwrap();
        panels.iter().filter(|panel| panel["type"] != "row")
    }

    fn variables(&self) -> &[Value] {
        self.json["templating"]["list"].as_array().unwrap()
    }

    /// An expression as Prometheus would see it.
    fn filled_in(&self, expression: &str) -> String {
        let mut filled = expression.to_owned();
        for (variable, value) in OF_GRAFANA {
            filled = filled.replace(variable, value);
        }
        for variable in self.variables() {
            let name = variable["name"].as_str().unwrap();
            filled = filled.replace(&format!("${name}"), ANY);
        }
        assert!(!filled.contains('$'), "{}: {filled}", self.name);
        filled
    }
}

/// Every expression of every dashboard as Prometheus would see it, with where it is from.
pub(crate) fn expressions() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for dashboard in Dashboard::all() {
        for panel in dashboard.panels() {
            let place = format!("{}: {}", dashboard.name, string(&panel["title"]));
            for target in panel["targets"].as_array().unwrap() {
                let expression = dashboard.filled_in(string(&target["expr"]));
                all.push((place.clone(), expression));
            }
        }
        for annotation in dashboard.json["annotations"]["list"].as_array().unwrap() {
            let expression = dashboard.filled_in(string(&annotation["expr"]));
            all.push((format!("{}: annotations", dashboard.name), expression));
        }
    }
    all
}

#[test]
fn every_expression_can_have_a_result() {
    let known = Catalogue::recorded();
    let faults: Vec<String> = expressions()
        .into_iter()
        .filter_map(|(place, expression)| {
            let why = Judge::new(&known).judge(&expression).err()?;
            Some(format!("{place}: {why}"))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn legends_name_labels_that_are_there() {
    let known = Catalogue::recorded();
    for dashboard in Dashboard::all() {
        for target in dashboard
            .panels()
            .flat_map(|panel| panel["targets"].as_array().unwrap())
        {
            let Some(legend) = target["legendFormat"].as_str() else {
                continue;
            };
            let expression = dashboard.filled_in(string(&target["expr"]));
            let Ok(Shape::Vector(Some(labels))) = Judge::new(&known).judge(&expression) else {
                panic!("{}: {legend} on {expression}", dashboard.name);
            };
            let unknown = &named_in(legend) - &labels;
            assert!(
                unknown.is_empty(),
                "{}: {legend}: {expression}",
                dashboard.name
            );
        }
    }
}

#[test]
fn variables_ask_for_labels_that_are_there() {
    let known = Catalogue::recorded();
    for dashboard in Dashboard::all() {
        for variable in dashboard
            .variables()
            .iter()
            .filter(|one| one["type"] == "query")
        {
            let query = dashboard.filled_in(string(&variable["query"]["query"]));
            let (selector, label) = query
                .strip_prefix("label_values(")
                .and_then(|rest| rest.strip_suffix(')'))
                .and_then(|both| both.rsplit_once(", "))
                .unwrap_or_else(|| panic!("{}: {query}", dashboard.name));
            let group = format!("count by ({label}) (changes({selector}[5m]))");
            let judged = Judge::new(&known).judge(&group);
            judged.unwrap_or_else(|why| panic!("{}: {why}", dashboard.name));
        }
    }
}

#[test]
fn every_panel_says_what_it_shows() {
    for dashboard in Dashboard::all() {
        let name = &dashboard.name;
        for panel in dashboard.panels() {
            let title = string(&panel["title"]);
            let description = string(&panel["description"]);
            assert!(description.ends_with('.'), "{name}: {title}: {description}");
            let unit = panel["fieldConfig"]["defaults"]["unit"].as_str();
            assert!(
                unit.is_some_and(|unit| !unit.is_empty()),
                "{name}: {title} has no unit"
            );
            assert!(
                !panel["targets"].as_array().unwrap().is_empty(),
                "{name}: {title}"
            );
            for target in panel["targets"].as_array().unwrap() {
                assert_eq!(
                    target["datasource"]["uid"], "${datasource}",
                    "{name}: {title}"
                );
            }
        }
    }
}

#[test]
fn dashboards_can_be_told_apart_and_lead_to_each_other() {
    let mut seen = BTreeSet::new();
    for dashboard in Dashboard::all() {
        let uid = string(&dashboard.json["uid"]).to_owned();
        assert_eq!(uid, format!("posthouse-{}", dashboard.name));
        assert!(seen.insert(uid));
        assert!(seen.insert(string(&dashboard.json["title"]).to_owned()));
        assert_eq!(dashboard.json["tags"][0], "posthouse");
        assert_eq!(dashboard.json["links"][0]["tags"][0], "posthouse");
    }
}

#[test]
fn panels_have_a_place_of_their_own() {
    for dashboard in Dashboard::all() {
        let mut ids = BTreeSet::new();
        let mut taken = BTreeSet::new();
        for panel in dashboard.json["panels"].as_array().unwrap() {
            let title = string(&panel["title"]);
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}");
            let at = |field: &str| panel["gridPos"][field].as_u64().unwrap();
            assert!(
                at("x") + at("w") <= COLUMNS,
                "{}: {title} is too wide",
                dashboard.name
            );
            for x in at("x")..at("x") + at("w") {
                for y in at("y")..at("y") + at("h") {
                    assert!(
                        taken.insert((x, y)),
                        "{}: {title} lies on another",
                        dashboard.name
                    );
                }
            }
        }
    }
}

/// Nobody counts what nobody looks at.
#[test]
fn every_metric_is_on_a_dashboard() {
    let expressions: String = expressions()
        .into_iter()
        .map(|(_, expression)| expression + "\n")
        .collect();
    let words: BTreeSet<&str> = expressions
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .collect();
    for metric in documented() {
        let name = metric.name;
        let series = match metric.kind.as_str() {
            "histogram" => vec![format!("{name}_bucket"), format!("{name}_sum")],
            _ => vec![name.clone()],
        };
        let shown = series.iter().any(|series| words.contains(series.as_str()));
        assert!(shown, "no dashboard shows {name}");
    }
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The labels that a legend names: `{{region}}`.
fn named_in(legend: &str) -> Labels {
    let names = legend.split("{{").skip(1);
    names
        .map(|rest| rest.split("}}").next().unwrap().trim().to_owned())
        .collect()
}
