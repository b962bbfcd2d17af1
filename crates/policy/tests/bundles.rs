//! Versions, inheritance, folders, differences, and text that no person would write.

use std::collections::BTreeMap;

use expect_test::expect;
use posthouse_policy::{Code, Error, Policy, SHIPPED, Source, compile, diff, limits};
use proptest::prelude::*;

#[test]
fn equal_files_have_equal_versions_and_each_byte_counts() {
    for name in SHIPPED {
        let source = Source::shipped(name).unwrap();
        let version = source.version();
        assert_eq!(version, Source::shipped(name).unwrap().version());
        assert_eq!(version.0.len(), 64);
        for file in source.files.keys() {
            let mut other = source.clone();
            other.files.get_mut(file).unwrap().push(' ');
            assert_ne!(other.version(), version, "{name}/{file}");
        }
    }
}

#[test]
fn the_name_of_the_folder_is_not_part_of_the_version() {
    let source = Source::shipped("a1").unwrap();
    let renamed = Source {
        name: "copy".into(),
        ..source.clone()
    };
    assert_eq!(renamed.version(), source.version());
}

#[test]
fn what_is_inherited_counts_as_if_it_were_there() {
    let inheriting = Source::shipped("a1").unwrap();
    let mut complete = inheriting.clone();
    let default = Source::shipped("default").unwrap();
    for file in [
        "holidays/cn-2026.ics",
        "receivers.toml",
        "storms.toml",
        "taxonomy.toml",
    ] {
        complete
            .files
            .insert(file.into(), default.files[file].clone());
    }
    assert_eq!(complete.version(), inheriting.version());
    let policy = Policy::shipped("a1").unwrap();
    assert_eq!(
        policy.taxonomy,
        Policy::shipped("default").unwrap().taxonomy
    );
}

#[test]
fn a_policy_names_the_version_of_its_source() {
    let source = Source::shipped("default").unwrap();
    let (policy, _) = compile(&source).unwrap();
    assert_eq!(policy.version, source.version());
    assert_eq!(
        policy.taxonomy.severity_default,
        Some(policy.severity_default)
    );
}

#[test]
fn no_bundle_extends_what_does_not_exist() {
    let files = BTreeMap::from([(
        "bundle.toml".to_owned(),
        "format = 1\nname = \"x\"\ntitle = \"X\"\nextends = \"defualt\"\nseverity_default = \"P2\"\n\
         tiers = []\nchannels = []\n"
            .to_owned(),
    )]);
    let found = compile(&Source {
        name: "x".into(),
        files,
    })
    .unwrap_err();
    assert!(
        found
            .iter()
            .any(|one| one.hint.as_deref() == Some("did you mean `default`?"))
    );
}

#[test]
fn folders_are_read_with_bounds() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(
        Source::read(dir.path()),
        Err(Error::NoBundle { .. })
    ));
    std::fs::write(dir.path().join("bundle.toml"), "name = \"x\"").unwrap();
    std::fs::write(dir.path().join("README.md"), [0xff]).unwrap();
    assert_eq!(Source::read(dir.path()).unwrap().files.len(), 1);

    let large = dir.path().join("sla.toml");
    std::fs::write(
        &large,
        vec![b'#'; usize::try_from(limits::FILE_BYTES_MAX).unwrap() + 1],
    )
    .unwrap();
    assert!(matches!(
        Source::read(dir.path()),
        Err(Error::TooLarge { .. })
    ));
    std::fs::write(&large, [0xff, 0xfe]).unwrap();
    let error = Source::read(dir.path()).unwrap_err();
    assert_eq!(error.code(), "POL0030");
    std::fs::remove_file(&large).unwrap();

    let other = tempfile::NamedTempFile::new().unwrap();
    for elsewhere in [other.path(), std::path::Path::new("/dev/zero")] {
        std::os::unix::fs::symlink(elsewhere, &large).unwrap();
        let error = Source::read(dir.path()).unwrap_err();
        assert_eq!(error.code(), "POL0034", "{error}");
        std::fs::remove_file(&large).unwrap();
    }
    // As configurations are mounted: by links that stay inside.
    std::fs::create_dir(dir.path().join("data")).unwrap();
    std::fs::write(dir.path().join("data/sla.toml"), "").unwrap();
    std::os::unix::fs::symlink("data/sla.toml", &large).unwrap();
    assert_eq!(Source::read(dir.path()).unwrap().files.len(), 2);
    std::fs::remove_file(&large).unwrap();

    for number in 0..limits::FILES_MAX {
        std::fs::write(dir.path().join(format!("f{number}.toml")), "").unwrap();
    }
    assert!(matches!(
        Source::read(dir.path()),
        Err(Error::TooMany { .. })
    ));
    let nowhere = dir.path().join("nowhere");
    assert!(matches!(Source::read(&nowhere), Err(Error::Read { .. })));
}

#[test]
fn a_bundle_differs_from_itself_in_nothing() {
    let source = Source::shipped("default").unwrap();
    assert_eq!(diff(&source, &source), []);
}

#[test]
fn differences_are_told_by_name() {
    let old = Source::shipped("default").unwrap();
    let mut new = old.clone();
    let sla = new.files.get_mut("sla.toml").unwrap();
    *sla = sla.replace("P0 = \"15m\", P1 = \"30m\"", "P0 = \"10m\"");
    let routing = new.files.get_mut("routing.toml").unwrap();
    let first = "[[rule]]\nname = \"first\"\nlevel = \"L1\"\nskill = \"s\"\nwhen = 'false'\n\n";
    let start = routing.find("[[rule]]\nname").unwrap();
    routing.insert_str(start, first);
    *routing = routing
        .replace("name = \"network\"", "name = \"swapped\"")
        .replace("name = \"compute\"", "name = \"network\"")
        .replace("name = \"swapped\"", "name = \"compute\"");
    new.files
        .get_mut("receivers.toml")
        .unwrap()
        .push_str("\n# a comment is no difference\n");
    let lines: Vec<String> = diff(&old, &new).iter().map(ToString::to_string).collect();
    expect![[r#"
        ~ routing.toml rule.(order): security-critical, data-loss, database-down, critical, complaint, came-back, platinum-incident, security, database, network-degraded, network, compute, storage, billing, account, other, out-of-scope -> security-critical, data-loss, database-down, critical, complaint, came-back, platinum-incident, security, database, network-degraded, compute, network, storage, billing, account, other, out-of-scope
        ~ routing.toml rule.compute.skill: "compute" -> "network"
        ~ routing.toml rule.compute.when: 'ticket.category == "compute"' -> 'ticket.category == "network"'
        + routing.toml rule.first.level: "L1"
        + routing.toml rule.first.name: "first"
        + routing.toml rule.first.skill: "s"
        + routing.toml rule.first.when: "false"
        ~ routing.toml rule.network.skill: "network" -> "compute"
        ~ routing.toml rule.network.when: 'ticket.category == "network"' -> 'ticket.category == "compute"'
        ~ sla.toml sla.urgent.first_response.P0: "15m" -> "10m"
        - sla.toml sla.urgent.first_response.P1: "30m""#]].assert_eq(&lines.join("\n"));
}

/// Damages text as people and editors do: cuts, doubles, swaps, puts marks in.
fn damage(text: &str, at: usize, length: usize, with: &str) -> String {
    let start = text.floor_char_boundary(at % (text.len() + 1));
    let end = text.ceil_char_boundary((start + length).min(text.len()));
    format!("{}{with}{}", &text[..start], &text[end..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 100 } else { 2_000 }))]

    /// Whatever becomes of a bundle, there are diagnostics or a policy, and never a panic.
    #[test]
    fn damaged_bundles_are_diagnosed(
        bundle in prop::sample::select(SHIPPED),
        wounds in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<usize>(), 0_usize..40,
             prop_oneof![
                 Just(String::new()),
                 "[\\[\\]{}'\"=.,#0-9a-z\n\\\\ -]{0,6}",
                 "(ticket|event|open)\\.[a-z]{0,9}( (==|<=|in|&&|\\|\\|) [\"a-z0-9\\[\\]]{0,6})?",
                 any::<char>().prop_map(String::from),
             ]),
            1..6,
        ),
    ) {
        let mut source = Source::shipped(bundle).unwrap();
        for (file, at, length, with) in wounds {
            let name = file.get(&source.files.keys().cloned().collect::<Vec<_>>()).clone();
            let text = source.files.get_mut(&name).unwrap();
            *text = damage(text, at, length, &with);
        }
        let found = match compile(&source) {
            Ok((_, warnings)) => warnings,
            Err(found) => {
                prop_assert!(!found.is_empty());
                found
            }
        };
        let drawn = posthouse_policy::render(&found, &source, false);
        prop_assert!(drawn.ends_with('\n'));
        let _ = diff(&source, &Source::shipped("default").unwrap());
    }

    /// Conditions are damaged by themselves, since most of a bundle is something else.
    #[test]
    fn any_text_is_a_condition_or_has_a_diagnostic(
        when in "([ticketopensvr_.]{1,12}|[0-9]{1,3}|\"[a-zP0-9\u{4e00}-\u{4e10}]{0,4}\"| |==|<=|in|&&|\\|\\||!|\\(|\\)|\\[|\\]|\\?|:|\\{|\\}|,|\\.|-|/|%|has|size|x){0,14}",
    ) {
        let mut source = Source::shipped("default").unwrap();
        let quoted = format!("when = '''{when}'''");
        let routing = source.files.get_mut("routing.toml").unwrap();
        *routing = routing.replacen("when = 'ticket.severity == \"P0\"'", &quoted, 1);
        prop_assert!(routing.contains(&quoted));
        if let Err(found) = compile(&source) {
            prop_assert!(!posthouse_policy::render(&found, &source, false).is_empty());
        }
    }
}

/// Long chains make deep trees; whoever walks them must not run out of stack.
#[test]
fn deep_conditions_are_refused_before_they_hurt() {
    let chain = |count: usize| {
        [
            format!("1{} == 2", "+1".repeat(count)),
            format!("ticket{} == \"\"", ".a".repeat(count)),
            format!("ticket.tags{} == \"\"", "[0]".repeat(count)),
            format!("{}true", "!".repeat(count)),
            format!("{}1 == 1", "-".repeat(count)),
            format!("{}1{} == 1", "(".repeat(count), ")".repeat(count)),
            format!("{}{} == []", "[".repeat(count), "]".repeat(count)),
            format!("{}true", "true ? true : ".repeat(count)),
            format!("true{}", " == true".repeat(count)),
            format!("true{}", " && true".repeat(count)),
            format!("ticket.tier{} == 1", ".size()".repeat(count)),
            format!("{}true{}", "[1].all(x, ".repeat(count), ")".repeat(count)),
        ]
    };
    let chains = [20, 40, 60, 90, 130, 190, 390, 2_000]
        .into_iter()
        .flat_map(chain);
    let mut accepted = 0;
    for chain in chains {
        let mut source = Source::shipped("default").unwrap();
        let routing = source.files.get_mut("routing.toml").unwrap();
        let quoted = format!("when = '{chain}'");
        *routing = routing.replacen("when = 'ticket.severity == \"P0\"'", &quoted, 1);
        assert!(routing.contains(&quoted));
        match compile(&source) {
            Ok(_) => accepted += 1,
            Err(found) => {
                let bounded = found.iter().any(|one| one.code == Code::OutOfRange);
                assert!(bounded || chain.len() < 300, "{chain}: {found:?}");
            }
        }
    }
    assert!(accepted > 10, "what people write is not refused");
}
