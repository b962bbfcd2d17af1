//! Rules and alerts: what they say, and that each alert is tried.

use std::collections::{BTreeMap, BTreeSet};

use crate::known::{Catalogue, Labels};
use crate::promql::{Judge, Shape};
use crate::shipped::{Rule, RuleFile, Stories, alerts, files, place, rules, stem, text, yaml};

/// Whom an alert calls: somebody now, or somebody this week.
const SEVERITIES: [&str; 2] = ["page", "ticket"];

#[test]
fn every_rule_can_have_a_result() {
    let known = Catalogue::recorded();
    for (name, rule) in alerts() {
        let judged = Judge::new(&known).judge(&rule.expr);
        let Shape::Vector(labels) = judged.unwrap_or_else(|why| panic!("{name}: {why}")) else {
            panic!("{name} compares numbers");
        };
        let mut labels = labels.unwrap_or_default();
        labels.extend(rule.labels.keys().cloned());
        for text in rule.annotations.values() {
            let unknown: Labels = &named_in(text) - &labels;
            assert!(unknown.is_empty(), "{name} speaks of {unknown:?}: {text}");
        }
    }
}

#[test]
fn every_alert_says_what_happened_and_where_to_read_on() {
    for (name, rule) in alerts() {
        assert!(name.starts_with("Posthouse"), "{name}");
        let severity = rule.labels.get("severity").map(String::as_str);
        let severity = severity.unwrap_or_else(|| panic!("{name} calls nobody"));
        assert!(SEVERITIES.contains(&severity), "{name}: {severity}");
        for annotation in ["summary", "description"] {
            assert!(
                rule.annotations.contains_key(annotation),
                "{name}: {annotation}"
            );
        }
        let runbook = rule.annotations.get("runbook_url");
        let runbook = runbook.unwrap_or_else(|| panic!("{name} has no runbook"));
        assert_eq!(*runbook, format!("docs/runbooks/{name}.md"));
        assert!(place(runbook).is_file(), "{runbook} is not there");
    }
}

/// Budgets burn at the speeds, and in the windows, that the alerts' head names.
#[test]
fn objectives_burn_in_two_windows() {
    let expected = [
        ("fast", "14.4 *", "rate1h", "rate5m", "page"),
        ("medium", "6 *", "rate6h", "rate30m", "page"),
        ("slow", "1 *", "rate3d", "rate6h", "ticket"),
    ];
    let mut by_objective = BTreeMap::<String, Vec<Rule>>::new();
    for (name, rule) in alerts() {
        if rule.labels.contains_key("burn") {
            by_objective.entry(name).or_default().push(rule);
        }
    }
    assert_eq!(by_objective.len(), 3, "{:?}", by_objective.keys());
    for (name, rules) in by_objective {
        assert_eq!(rules.len(), expected.len(), "{name}");
        for (rule, (burn, speed, long, short, severity)) in rules.iter().zip(expected) {
            assert_eq!(rule.labels["burn"], burn, "{name}");
            assert_eq!(rule.labels["severity"], severity, "{name} {burn}");
            let by_speed = rule.expr.matches(speed).count();
            assert!(by_speed >= 2, "{name} {burn} is not about {speed}");
            for window in [long, short] {
                let ratio = format!("posthouse_errors:ratio_{window}{{");
                assert!(rule.expr.contains(&ratio), "{name} {burn} lacks {window}");
            }
        }
    }
}

#[test]
fn every_group_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for folder in ["rules", "alerts"] {
        for path in files(&format!("deploy/prometheus/{folder}"), "yml") {
            for group in yaml::<RuleFile>(&path).groups {
                assert!(names.insert(group.name.clone()), "{} twice", group.name);
            }
        }
    }
}

#[test]
fn what_is_recorded_is_used() {
    let used: String = rules()
        .iter()
        .map(|rule| rule.expr.clone() + "\n")
        .collect();
    let dashboards: String = files("deploy/grafana", "json")
        .iter()
        .map(|path| text(path))
        .collect();
    for name in rules().iter().filter_map(|rule| rule.record.clone()) {
        assert!(used.contains(&name) || dashboards.contains(&name), "{name}");
    }
}

/// A story in which it fires, with every severity that it has, and a moment in which it does not.
#[test]
fn every_alert_is_tried() {
    let stories: Vec<(String, Stories)> = files("deploy/prometheus/tests", "yml")
        .iter()
        .map(|path| (stem(path), yaml(path)))
        .collect();
    let known = Catalogue::measured();
    let mut fired = BTreeMap::<String, BTreeSet<BTreeMap<String, String>>>::new();
    let mut rested = BTreeSet::new();
    for (file, stories) in &stories {
        for story in &stories.tests {
            for series in &story.input_series {
                let name = series.series.split('{').next().unwrap();
                assert!(known.get(name).is_some(), "{file}: nobody counts {name}");
            }
            for outcome in &story.alert_rule_test {
                assert_eq!(outcome.alertname, *file, "a story of another alert");
                let labels = outcome.exp_alerts.iter().map(|alert| &alert.exp_labels);
                fired
                    .entry(file.clone())
                    .or_default()
                    .extend(labels.cloned());
                if outcome.exp_alerts.is_empty() {
                    rested.insert(file.clone());
                }
            }
        }
    }
    for (name, rule) in alerts() {
        assert!(rested.contains(&name), "{name} never rests");
        let of_rule = |fired: &BTreeMap<String, String>| {
            rule.labels
                .iter()
                .all(|(label, value)| fired.get(label) == Some(value))
        };
        let fires = fired
            .get(&name)
            .is_some_and(|fired| fired.iter().any(of_rule));
        assert!(fires, "{name} {:?} never fires", rule.labels);
    }
    let alerts: BTreeSet<String> = alerts().into_iter().map(|(name, _)| name).collect();
    for (file, _) in stories {
        assert!(alerts.contains(&file), "there is no alert {file}");
    }
}

/// The labels that a template names: `$labels.region`.
fn named_in(template: &str) -> Labels {
    let names = template.split("$labels.").skip(1);
    let name = |rest: &str| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        rest[..end.unwrap_or(rest.len())].to_owned()
    };
    names.map(name).collect()
}
