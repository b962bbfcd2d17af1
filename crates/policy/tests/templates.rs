//! What is found in the templates of a bundle, and what is told with them.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic, like the test"
)]

use expect_test::{Expect, expect};
use posthouse_policy::{Code, Source, compile, render};

/// A bundle of the default's files, with a language of its own and further rules.
fn bundle(language: &str, text: &str, rules: &str) -> Source {
    let mut source = Source::shipped("default").unwrap();
    let file = format!("templates/{language}.ftl");
    source.files.insert(file, text.to_owned());
    source
        .files
        .get_mut("receivers.toml")
        .unwrap()
        .push_str(rules);
    source
}

/// What is said of the bundle but for texts that its language lacks: there are many.
fn said(source: &Source) -> String {
    let mut all = match compile(source) {
        Ok((_, warnings)) => warnings,
        Err(all) => all,
    };
    all.retain(|one| one.code != Code::Untold);
    render(&all, source, false)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "expectations are written in the call"
)]
fn check(text: &str, rules: &str, expected: Expect) {
    expected.assert_eq(&said(&bundle("it", text, rules)));
}

#[test]
fn a_variable_that_a_template_does_not_get_is_found() {
    check(
        "staff-opened = { $numer } aperto\n    .text = { word-due }\nword-due = { $due }\n",
        "",
        expect![[r#"
            error[POL0091]: `staff-opened` has no variable `$numer`
             --> templates/it.ftl:1:19
              |
            1 | staff-opened = { $numer } aperto
              |                   ^^^^^
              |
              = help: did you mean `number`?

            error[POL0091]: `staff-opened` has no variable `$due`
             --> templates/it.ftl:3:15
              |
            3 | word-due = { $due }
              |               ^^^
              |
              = help: known are: about, by, category, customer, kind, number, opened, product, queue, region, reopens, severity, state, subject, tier

            2 errors, 0 warnings
        "#]],
    );
}

#[test]
fn a_template_of_two_kinds_may_only_say_what_both_have() {
    check(
        "staff-short = { $number }\n    .text = { $reason } { $summary }\n",
        "[[rule]]\nname = \"short\"\nabout = [\"resolved\", \"closed\"]\nreceivers = [\"console\"]\ntemplate = \"short\"\n",
        expect![[r#"
            error[POL0091]: `staff-short` has no variable `$reason`
             --> templates/it.ftl:2:16
              |
            2 |     .text = { $reason } { $summary }
              |                ^^^^^^
              |
              = help: did you mean `region`?

            error[POL0091]: `staff-short` has no variable `$summary`
             --> templates/it.ftl:2:28
              |
            2 |     .text = { $reason } { $summary }
              |                            ^^^^^^^
              |
              = help: known are: about, by, category, customer, kind, number, opened, product, queue, region, reopens, severity, state, subject, tier

            2 errors, 0 warnings
        "#]],
    );
}

#[test]
fn what_is_not_fluent_or_refers_to_nothing_is_found() {
    check(
        "staff-opened = { $number\nstaff-closed = { word-none } { DATETIME($opened) }\n    .text = { -brand }\n",
        "",
        expect![[r#"
            error[POL0090]: Expected a token starting with "}"
             --> templates/it.ftl:2:1
              |
            2 | staff-closed = { word-none } { DATETIME($opened) }
              | ^
              |
              = help: Fluent: name = text, and further lines are indented

            error[POL0092]: there is no message `word-none` in this file
             --> templates/it.ftl:2:18
              |
            2 | staff-closed = { word-none } { DATETIME($opened) }
              |                  ^^^^^^^^^
              |
              = help: known are: staff-closed

            error[POL0092]: there is no function `DATETIME` in this file
             --> templates/it.ftl:2:32
              |
            2 | staff-closed = { word-none } { DATETIME($opened) }
              |                                ^^^^^^^^

            error[POL0092]: there is no term `brand` in this file
             --> templates/it.ftl:3:16
              |
            3 |     .text = { -brand }
              |                ^^^^^

            4 errors, 0 warnings
        "#]],
    );
}

#[test]
fn what_nobody_is_ever_told_is_found() {
    check(
        "staff-resolvd = { $number }\n    .text = x\nstaff-opened = { $number }\nstaff-opened = { $number }\n",
        "",
        expect![[r#"
            warning[POL0093]: nothing says `staff-resolvd`
             --> templates/it.ftl:1:1
              |
            1 | staff-resolvd = { $number }
              | ^^^^^^^^^^^^^
              |
              = help: did you mean `staff-resolved`?

            error[POL0092]: `staff-opened` has no `.text`
             --> templates/it.ftl:3:1
              |
            3 | staff-opened = { $number }
              | ^^^^^^^^^^^^
              |
              = help: its value is the subject, `.text` the text

            error[POL0013]: there are two `staff-opened`
             --> templates/it.ftl:4:1
              |
            4 | staff-opened = { $number }
              | ^^^^^^^^^^^^

            2 errors, 1 warning
        "#]],
    );
}

#[test]
fn a_template_or_language_that_is_not_there_is_found() {
    check(
        "staff-short = { $number }\n    .text = x\n",
        "[receiver.roma]\nchannel = \"console\"\nlanguage = \"itt\"\naudience = \"costumer\"\n\n[[rule]]\nname = \"short\"\nabout = [\"closed\"]\nreceivers = [\"roma\"]\ntemplate = \"shrt\"\n",
        expect![[r#"
            error[POL0014]: there is no templates in `itt`
               --> receivers.toml:105:12
                |
            105 | language = "itt"
                |            ^^^^^
                |
                = help: did you mean `it`?

            error[POL0011]: there is no audience `costumer`
               --> receivers.toml:106:12
                |
            106 | audience = "costumer"
                |            ^^^^^^^^^^
                |
                = help: did you mean `customer`?

            error[POL0014]: there is no template `shrt`
               --> receivers.toml:112:12
                |
            112 | template = "shrt"
                |            ^^^^^^
                |
                = help: did you mean `short`?

            warning[POL0093]: nothing says `staff-short`
             --> templates/it.ftl:1:1
              |
            1 | staff-short = { $number }
              | ^^^^^^^^^^^
              |
              = help: templates are `staff-KIND` and `customer-KIND`; else delete it

            3 errors, 1 warning
        "#]],
    );
}

#[test]
fn a_file_that_is_for_no_language_is_found() {
    let source = bundle("x", "", "");
    expect![[r#"
        error[POL0011]: `x` is no language tag
        --> templates/x.ftl
         = help: name the file after a language, as in templates/pt-BR.ftl

        1 error, 0 warnings
    "#]]
    .assert_eq(&said(&source));
    let mut source = Source::shipped("default").unwrap();
    source
        .files
        .insert("templates/../it.ftl".to_owned(), String::new());
    assert_eq!(compile(&source).unwrap_err()[0].code, Code::FileUnknown);
}

#[test]
fn what_a_language_cannot_say_is_a_warning() {
    let source = bundle("it", "", "");
    let warnings = compile(&source).unwrap().1;
    expect![[r#"
        warning[POL0094]: `customer-accepted`, `customer-assigned` and 78 more cannot be said: people are told in English
        --> templates/it.ftl

        0 errors, 1 warning
    "#]].assert_eq(&render(&warnings, &source, false));
    // A dialect of a language that says everything lacks nothing.
    let source = bundle("zh-TW", "page-done = 完成。\n", "");
    assert_eq!(compile(&source).unwrap().1, []);
}

#[test]
fn templates_of_a_folder_are_read_and_inherited() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("templates")).unwrap();
    let head = "format = 1\nname = \"own\"\ntitle = \"Own\"\nextends = \"default\"\nseverity_default = \"P2\"\ntiers = [\"standard\", \"silver\", \"gold\", \"platinum\"]\nchannels = [\"portal\", \"console\", \"app\", \"wechat\", \"dingtalk\", \"wecom\", \"email\", \"phone\", \"api\"]\n";
    std::fs::write(dir.path().join("bundle.toml"), head).unwrap();
    std::fs::write(
        dir.path().join("templates/de-AT.ftl"),
        "page-done = Passt.\n",
    )
    .unwrap();
    std::fs::write(dir.path().join("templates/NOTES.md"), "left alone").unwrap();
    let source = Source::read(dir.path()).unwrap();
    assert_eq!(source.files.len(), 2);
    let (policy, warnings) = compile(&source).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(policy.templates.phrase("page-done", &["de-AT"]), "Passt.");
    assert_eq!(
        policy.templates.phrase("page-done", &["de-CH"]),
        "Erledigt."
    );
    assert_eq!(policy.templates.phrase("page-confirm", &["de-AT"]), "Ja");
}
