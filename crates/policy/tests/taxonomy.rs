//! Rules over labels, the model, and the questions to customers: what is read, what is refused.

use posthouse_domain::ticket::{Labels, Severity};
use posthouse_policy::{Code, Diagnostic, Policy, Source, compile};

/// The shipped bundle with more text at the end of its taxonomy.
fn with(text: &str) -> Result<Policy, Vec<Diagnostic>> {
    changed(|taxonomy| taxonomy.push_str(text))
}

fn changed(change: impl FnOnce(&mut String)) -> Result<Policy, Vec<Diagnostic>> {
    let mut source = Source::shipped("default").expect("it is shipped");
    change(source.files.get_mut("taxonomy.toml").expect("it has one"));
    compile(&source).map(|(policy, _)| policy)
}

/// What is wrong with the added text.
fn refused(text: &str) -> Vec<(Code, String)> {
    let diagnostics = with(text).expect_err("it is refused");
    let shown = diagnostics.into_iter();
    shown.map(|it| (it.code, it.message)).collect()
}

#[test]
fn a_rule_is_read_as_it_is_written() {
    let policy = with(
        "\n[[rule]]\nname = \"core\"\nwhen = 'ticket.tier == \"gold\"'\npatterns = ['x1']\n\
         force = { category = \"network\", tags = [\"quota\"] }\nveto = { severity = \"P0\" }\n\
         reason = \"because\"\n",
    )
    .expect("it compiles");
    let rule = policy.label_rules.rules.last().expect("it is the last");
    assert_eq!((&*rule.name, &*rule.reason), ("core", "because"));
    assert_eq!(rule.patterns, ["x1"]);
    let forced = Labels {
        category: Some("network".to_owned()),
        tags: Some(vec!["quota".to_owned()]),
        ..Labels::default()
    };
    assert_eq!(rule.force, forced);
    assert_eq!(rule.veto.severity, Some(Severity::P0));
    assert!(rule.suggest.is_empty());
}

#[test]
fn a_rule_must_be_able_to_hold_and_not_to_hold_and_do_something() {
    let nothing = refused("\n[[rule]]\nname = \"r\"\nwhen = 'ticket.reopens > 1'\n");
    let what = "the rule does nothing: it has none of `force`, `suggest`, `veto`";
    assert_eq!(nothing, [(Code::KeyMissing, what.to_owned())]);
    let always = refused("\n[[rule]]\nname = \"r\"\nforce = { kind = \"request\" }\n");
    let what = "the rule holds for every ticket";
    assert_eq!(always, [(Code::KeyMissing, what.to_owned())]);
}

#[test]
fn rules_name_labels_of_the_taxonomy() {
    let found = refused(
        "\n[[rule]]\nname = \"r\"\npatterns = ['x', '(']\n\
         force = { category = \"netwrk\", tags = [\"nothing\"], queue = \"q\" }\n",
    );
    let codes: Vec<Code> = found.iter().map(|(code, _)| *code).collect();
    for code in [Code::Pattern, Code::ReferenceUnknown, Code::KeyUnknown] {
        assert!(codes.contains(&code), "{code} in {found:?}");
    }
    let names = found
        .iter()
        .filter(|(code, _)| *code == Code::ReferenceUnknown);
    assert_eq!(names.count(), 2, "{found:?}");
}

#[test]
fn a_model_is_named_by_word_or_address() {
    let named = |name: &str| {
        changed(|taxonomy| {
            *taxonomy = taxonomy.replace(
                "name = \"default\"\nabstain",
                &format!("name = \"{name}\"\nabstain"),
            );
        })
    };
    let name_of = |name: &str| named(name).expect("it compiles").taxonomy.model.name;
    assert_eq!(name_of("none"), None);
    assert_eq!(name_of("default").as_deref(), Some("default"));
    let address = "0a".repeat(32);
    assert_eq!(name_of(&address), Some(address));
    let diagnostics = named("defualt").expect_err("it is refused");
    assert_eq!(diagnostics[0].code, Code::ReferenceUnknown);
    assert!(
        diagnostics[0]
            .hint
            .as_deref()
            .unwrap_or_default()
            .contains("classifier push")
    );
}

#[test]
fn a_question_says_something() {
    let mut refusals = Vec::new();
    for question in [
        "\" \"",
        "{ text = \"Which?\", choices = [\"\"] }",
        "{ choices = [] }",
    ] {
        let result = changed(|taxonomy| {
            let at = taxonomy
                .find("en = { text = \"When did")
                .expect("it is there");
            let end = taxonomy[at..].find("\nzh").expect("it ends") + at;
            taxonomy.replace_range(at..end, &format!("en = {question}"));
        });
        refusals.push(result.expect_err(question)[0].code);
    }
    assert_eq!(
        refusals,
        [Code::OutOfRange, Code::OutOfRange, Code::KeyMissing]
    );
}
