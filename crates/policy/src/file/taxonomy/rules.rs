//! `[[rule]]`: what forces, suggests or vetoes a label.

use posthouse_domain::classify::{Label, LabelRule, LabelRules, Taxonomy};
use posthouse_domain::ticket::{Labels, Sentiment, Severity};

use super::patterns;
use crate::condition::Compiler;
use crate::diagnostic::Code;
use crate::file::{Names, check_count, condition, conditions, unique_name};
use crate::read::{Table, Value};

const RULE_KEYS: &[&str] = &[
    "name", "when", "patterns", "force", "suggest", "veto", "reason",
];
const LABEL_KEYS: &[&str] = &["category", "kind", "severity", "sentiment", "tags"];
/// What one rule may do.
const VERBS: [&str; 3] = ["force", "suggest", "veto"];

/// The rules. Their conditions see the ticket with the labels that words and model gave it.
pub(crate) fn rules(file: Table<'_>, taxonomy: &Taxonomy, compiler: &Compiler<'_>) -> LabelRules {
    let tables = file.list("rule", RULE_KEYS);
    check_count(&tables);
    let mut names = Names::default();
    let mut rules = Vec::with_capacity(tables.len());
    let mut whens = Vec::with_capacity(tables.len());
    for table in tables {
        rules.push(LabelRule {
            name: unique_name(table, "name", &mut names),
            patterns: table.get("patterns").map(patterns).unwrap_or_default(),
            force: labels(table, VERBS[0], taxonomy),
            suggest: labels(table, VERBS[1], taxonomy),
            veto: labels(table, VERBS[2], taxonomy),
            reason: table
                .get("reason")
                .and_then(|value| value.text())
                .unwrap_or_default()
                .to_owned(),
        });
        whens.push(condition(table, compiler));
        check(table);
    }
    LabelRules {
        rules,
        conditions: conditions(compiler, whens),
    }
}

/// Reports a rule that can do nothing, or cannot do anything else than hold.
fn check(table: Table<'_>) {
    let has = |key: &&str| table.get(key).is_some();
    if !VERBS.iter().any(has) {
        let hint = "force = { category = \"network\" }, for example".to_owned();
        let message = "the rule does nothing: it has none of `force`, `suggest`, `veto`";
        let report = table.report();
        report.add(Code::KeyMissing, &table.spot(), message, Some(hint));
    }
    if !["when", "patterns"].iter().any(has) {
        let hint = "say when it does: when = '…' or patterns = ['…']".to_owned();
        let message = "the rule holds for every ticket";
        let report = table.report();
        report.add(Code::KeyMissing, &table.spot(), message, Some(hint));
    }
}

fn labels(table: Table<'_>, verb: &str, taxonomy: &Taxonomy) -> Labels {
    let said = table.get(verb).and_then(|value| value.table(LABEL_KEYS));
    let Some(said) = said else {
        return Labels::default();
    };
    let tags = said.get("tags").and_then(|value| value.array());
    let tags = tags.map(|tags| {
        let known = tags
            .into_iter()
            .filter_map(|tag| key(tag, "tag", &taxonomy.tags));
        known.collect()
    });
    Labels {
        category: said
            .get("category")
            .and_then(|value| key(value, "category", &taxonomy.categories)),
        kind: said
            .get("kind")
            .and_then(|value| key(value, "kind", &taxonomy.kinds)),
        severity: said
            .get("severity")
            .and_then(|value| value.word::<Severity>()),
        sentiment: said
            .get("sentiment")
            .and_then(|value| value.word::<Sentiment>()),
        language: None,
        tags,
    }
}

/// A key of the taxonomy.
fn key(value: Value<'_>, what: &str, known: &[Label<String>]) -> Option<String> {
    let known = known.iter().map(|label| label.key.as_str());
    value.reference(what, Some(known)).map(str::to_owned)
}
