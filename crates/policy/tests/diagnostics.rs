//! Every diagnostic, as people see it: the default bundle with one slip, beside what is said.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic, like the test"
)]

use std::collections::BTreeSet;
use std::sync::Mutex;

use expect_test::{Expect, expect};
use posthouse_policy::{Code, Diagnostic, Severity, Source, compile, render};

/// The codes that the tests of this file have provoked.
static PROVOKED: Mutex<BTreeSet<Code>> = Mutex::new(BTreeSet::new());

fn diagnose(source: &Source) -> Vec<Diagnostic> {
    match compile(source) {
        Ok((_, warnings)) => {
            assert!(warnings.iter().all(|one| one.severity == Severity::Warning));
            warnings
        }
        Err(all) => {
            assert!(all.iter().any(|one| one.severity == Severity::Error));
            all
        }
    }
}

/// The default bundle with `from` replaced by `to`, once, in one file, outside of comments.
fn slip(file: &str, from: &str, to: &str) -> Source {
    let mut source = Source::shipped("default").unwrap();
    let text = source.files.get_mut(file).unwrap();
    let code = |at: &usize| !text[..*at].rsplit('\n').next().unwrap().starts_with('#');
    let at = text.match_indices(from).map(|(at, _)| at).find(code);
    let at = at.unwrap_or_else(|| panic!("{file} has no {from}"));
    text.replace_range(at..at + from.len(), to);
    source
}

/// A taxonomy small enough to be drawn in full; the shipped one is edited often.
const TAXONOMY: &str = "category_default = \"other\"
kind_default = \"incident\"

[[category]]
key = \"other\"
words = []

[[kind]]
key = \"incident\"
words = [{ text = \"how\", weight = 3 }]

[[information]]
key = \"time\"
patterns = ['(oops', '[0-9]+']
";

/// Puts a rule with the condition in front of the routing rules.
fn condition(when: &str) -> Source {
    let rule =
        format!("[[rule]]\nname = \"tried\"\nlevel = \"L1\"\nskill = \"s\"\nwhen = {when}\n");
    slip("routing.toml", "[[rule]]\n", &format!("{rule}\n[[rule]]\n"))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "expectations are written in the call"
)]
fn check(code: Code, source: &Source, expected: Expect) {
    let diagnostics = diagnose(source);
    assert!(
        diagnostics.iter().any(|one| one.code == code),
        "{diagnostics:#?}"
    );
    PROVOKED
        .lock()
        .unwrap()
        .extend(diagnostics.iter().map(|one| one.code));
    expected.assert_eq(&render(&diagnostics, source, false));
}

fn files() {
    let mut source = Source::shipped("default").unwrap();
    source.files.remove("sla.toml");
    check(
        Code::FileMissing,
        &source,
        expect![[r#"
        error[POL0001]: the bundle has no `sla.toml`
        --> sla.toml
         = help: write it, or inherit it: extends = "default" in bundle.toml

        1 error, 0 warnings
    "#]],
    );
    let mut source = Source::shipped("default").unwrap();
    source.files.insert("routeing.toml".into(), String::new());
    check(
        Code::FileUnknown,
        &source,
        expect![[r#"
        error[POL0002]: a bundle has no file `routeing.toml`
        --> routeing.toml
         = help: did you mean `routing.toml`?

        1 error, 0 warnings
    "#]],
    );
    let source = slip("sla.toml", "calendar = \"always\"", "calendar = always");
    check(
        Code::NotToml,
        &source,
        expect![[r#"
            error[POL0003]: string values must be quoted, expected literal string
              --> sla.toml:33:12
               |
            33 | calendar = always
               |            ^^^^^^

            1 error, 0 warnings
        "#]],
    );
}

fn keys_and_types() {
    let source = slip(
        "routing.toml",
        "skill = \"security\"",
        "skil = \"security\"",
    );
    check(
        Code::KeyUnknown,
        &source,
        expect![[r#"
            error[POL0005]: the key `skill` is missing
              --> routing.toml:72:1
               |
            72 | [[rule]]
               | ^^^^^^^^

            error[POL0004]: there is no key `skil`
              --> routing.toml:76:1
               |
            76 | skil = "security"
               | ^^^^
               |
               = help: did you mean `skill`?

            2 errors, 0 warnings
        "#]],
    );
    let source = slip("bundle.toml", "severity_default = \"P2\"\n", "");
    check(
        Code::KeyMissing,
        &source,
        expect![[r#"
        error[POL0005]: the key `severity_default` is missing
         --> bundle.toml:1:1
          |
        1 | # The head of a bundle: what it is called, and the words that its other files use.
          | ^

        1 error, 0 warnings
    "#]],
    );
    let source = slip(
        "receivers.toml",
        "receivers = [\"console\"]",
        "receivers = \"console\"",
    );
    check(
        Code::WrongType,
        &source,
        expect![[r#"
            error[POL0006]: want a list, got a text
              --> receivers.toml:71:13
               |
            71 | receivers = "console"
               |             ^^^^^^^^^

            1 error, 0 warnings
        "#]],
    );
    let source = slip("sla.toml", "[50, 75, 90]", "[50, 75, 100]");
    check(
        Code::OutOfRange,
        &source,
        expect![[r#"
            error[POL0007]: 100 is not from 1 to 99
              --> sla.toml:39:17
               |
            39 | warn = [50, 75, 100]
               |                 ^^^

            1 error, 0 warnings
        "#]],
    );
}

fn words_and_names() {
    let source = slip(
        "receivers.toml",
        "[\"target_breached\"]",
        "[\"target_breach\"]",
    );
    check(
        Code::WordUnknown,
        &source,
        expect![[r#"
            error[POL0011]: there is no kind of fact `target_breach`
              --> receivers.toml:82:10
               |
            82 | about = ["target_breach"]
               |          ^^^^^^^^^^^^^^^
               |
               = help: did you mean `target_breached`?

            1 error, 0 warnings
        "#]],
    );
    let source = slip(
        "routing.toml",
        "name = \"critical\"",
        "name = \"Very critical\"",
    );
    check(
        Code::NameInvalid,
        &source,
        expect![[r#"
            error[POL0012]: `Very critical` is no name
              --> routing.toml:91:8
               |
            91 | name = "Very critical"
               |        ^^^^^^^^^^^^^^^
               |
               = help: use a-z, 0-9, `_` and `-`, at most 64 of them

            1 error, 0 warnings
        "#]],
    );
    let source = slip(
        "routing.toml",
        "name = \"critical\"",
        "name = \"data-loss\"",
    );
    check(
        Code::NameTwice,
        &source,
        expect![[r#"
            error[POL0013]: there are two `data-loss`
              --> routing.toml:91:8
               |
            91 | name = "data-loss"
               |        ^^^^^^^^^^^

            1 error, 0 warnings
        "#]],
    );
    let source = slip(
        "regions.toml",
        "\"beijing\", \"shanghai\"",
        "\"bejing\", \"shanghai\"",
    );
    check(
        Code::ReferenceUnknown,
        &source,
        expect![[r#"
        error[POL0014]: there is no centre `bejing`
          --> regions.toml:16:12
           |
        16 | centres = ["bejing", "shanghai", "singapore", "frankfurt", "san-francisco", "dubai"]
           |            ^^^^^^^^
           |
           = help: did you mean `beijing`?

        1 error, 0 warnings
    "#]],
    );
    let mut source = Source::shipped("a2").unwrap();
    source.files.insert("taxonomy.toml".into(), TAXONOMY.into());
    check(
        Code::Pattern,
        &source,
        expect![[r#"
            warning[POL0018]: `ticket.category` is never "security"
              --> routing.toml:64:28
               |
            64 | when = 'ticket.category == "security"'
               |                            ^^^^^^^^^^
               |
               = help: known are: other

            warning[POL0018]: `ticket.category` is never "database"
              --> routing.toml:78:28
               |
            78 | when = 'ticket.category == "database" && ticket.product.contains("data")'
               |                            ^^^^^^^^^^
               |
               = help: known are: other

            warning[POL0018]: `ticket.category` is never "compute"
               --> routing.toml:135:28
                |
            135 | when = 'ticket.category == "compute"'
                |                            ^^^^^^^^^
                |
                = help: known are: other

            warning[POL0018]: `ticket.category` is never "storage"
               --> routing.toml:141:28
                |
            141 | when = 'ticket.category == "storage"'
                |                            ^^^^^^^^^
                |
                = help: known are: other

            warning[POL0018]: `ticket.category` is never "network"
               --> routing.toml:147:28
                |
            147 | when = 'ticket.category == "network"'
                |                            ^^^^^^^^^
                |
                = help: known are: other

            warning[POL0018]: `ticket.category` is never "database"
               --> routing.toml:153:29
                |
            153 | when = 'ticket.category in ["database", "billing", "account", "other", "out_of_scope"]'
                |                             ^^^^^^^^^^
                |
                = help: known are: other

            warning[POL0018]: `ticket.category` is never "billing"
               --> routing.toml:153:41
                |
            153 | when = 'ticket.category in ["database", "billing", "account", "other", "out_of_scope"]'
                |                                         ^^^^^^^^^
                |
                = help: known are: other

            warning[POL0018]: `ticket.category` is never "account"
               --> routing.toml:153:52
                |
            153 | when = 'ticket.category in ["database", "billing", "account", "other", "out_of_scope"]'
                |                                                    ^^^^^^^^^
                |
                = help: known are: other

            warning[POL0018]: `ticket.category` is never "out_of_scope"
               --> routing.toml:153:72
                |
            153 | when = 'ticket.category in ["database", "billing", "account", "other", "out_of_scope"]'
                |                                                                        ^^^^^^^^^^^^^^
                |
                = help: known are: other

            warning[POL0019]: P1 has a faster first_response (5m) than P0 (15m)
              --> sla.toml:20:37
               |
            20 | first_response = { P0 = "15m", P1 = "5m", P2 = "5m", P3 = "5m" }
               |                                     ^^^^

            error[POL0026]: the pattern cannot be read: unclosed group
              --> taxonomy.toml:14:13
               |
            14 | patterns = ['(oops', '[0-9]+']
               |             ^^^^^^^
               |
               = help: write patterns in '…', where a backslash stays a backslash

            1 error, 10 warnings
        "#]],
    );
}

fn times() {
    let source = slip("sla.toml", "P0 = \"15m\"", "P0 = \"a quarter\"");
    check(
        Code::Duration,
        &source,
        expect![[r#"
            error[POL0008]: `a quarter` is no duration
              --> sla.toml:46:25
               |
            46 | first_response = { P0 = "a quarter", P1 = "30m" }
               |                         ^^^^^^^^^^^
               |
               = help: write for example "15m", "2h" or "4h30m"

            1 error, 0 warnings
        "#]],
    );
    let source = slip("sla.toml", "P3 = \"5bd\"", "P3 = \"5d\"");
    check(
        Code::Duration,
        &source,
        expect![[r#"
            error[POL0008]: `5d` is no duration
              --> sla.toml:69:32
               |
            69 | resolution = { P2 = "8h", P3 = "5d" }
               |                                ^^^^
               |
               = help: write "5bd" for five business days, and count other working time in hours, because a working day is as long as its calendar says

            1 error, 0 warnings
        "#]],
    );
    let source = slip("sla.toml", "P0 = \"15m\"", "P0 = 15");
    check(
        Code::UnitMissing,
        &source,
        expect![[r#"
            error[POL0009]: 15 has no unit
              --> sla.toml:46:25
               |
            46 | first_response = { P0 = 15, P1 = "30m" }
               |                         ^^
               |
               = help: write "15m" for minutes, "15h" for hours

            1 error, 0 warnings
        "#]],
    );
    let source = slip("calendars.toml", "\"08:00-22:00\"", "\"8-22\"");
    check(
        Code::Calendar,
        &source,
        expect![[r#"
            error[POL0010]: `8-22` are no hours
              --> calendars.toml:35:14
               |
            35 | every_day = ["8-22"]
               |              ^^^^^^
               |
               = help: write opening and closing as HH:MM-HH:MM, such as "09:00-18:00", "00:00-24:00" or, past midnight, "20:00-08:00"

            1 error, 0 warnings
        "#]],
    );
    let source = slip("calendars.toml", "\"Asia/Shanghai\"", "\"Asia/Beijing\"");
    check(
        Code::Calendar,
        &source,
        expect![[r#"
            error[POL0010]: there is no time zone `Asia/Beijing`
              --> calendars.toml:34:8
               |
            34 | zone = "Asia/Beijing"
               |        ^^^^^^^^^^^^^^
               |
               = help: write an IANA name, such as Asia/Shanghai or Europe/Berlin

            1 error, 0 warnings
        "#]],
    );
}

fn conditions() {
    let source = condition("'ticket.tier = \"gold\"'");
    check(
        Code::ConditionSyntax,
        &source,
        expect![[r#"
            error[POL0015]: the condition is no expression: token recognition error at: '= '
              --> routing.toml:76:21
               |
            76 | when = 'ticket.tier = "gold"'
               |                     ^
               |
               = help: compare with `==`

            1 error, 0 warnings
        "#]],
    );
    let source = condition("'\"网络\" == ticket.product && ticket.tier == \"gold\" and true'");
    check(
        Code::ConditionSyntax,
        &source,
        expect![[r#"
            error[POL0015]: the condition is no expression: mismatched input 'and'
              --> routing.toml:76:57
               |
            76 | when = '"网络" == ticket.product && ticket.tier == "gold" and true'
               |                                                           ^
               |
               = help: write `&&` for and, `||` for or, `!` for not

            1 error, 0 warnings
        "#]],
    );
    let source = condition("'ticket.severty == \"P0\"'");
    check(
        Code::VariableUnknown,
        &source,
        expect![[r#"
            error[POL0016]: there is no field `ticket.severty`
              --> routing.toml:76:9
               |
            76 | when = 'ticket.severty == "P0"'
               |         ^^^^^^^^^^^^^^
               |
               = help: did you mean `ticket.severity`?

            1 error, 0 warnings
        "#]],
    );
    let source = condition("'severity == \"P0\" || has(ticket.tier)'");
    check(
        Code::VariableUnknown,
        &source,
        expect![[r#"
            error[POL0016]: there is no variable `severity`
              --> routing.toml:76:9
               |
            76 | when = 'severity == "P0" || has(ticket.tier)'
               |         ^^^^^^^^
               |
               = help: did you mean `ticket.severity`?

            error[POL0016]: `has(ticket.tier)` would always hold
              --> routing.toml:76:33
               |
            76 | when = 'severity == "P0" || has(ticket.tier)'
               |                                 ^^^^^^^^^^^
               |
               = help: it is always there: compare ticket.tier with ""

            2 errors, 0 warnings
        "#]],
    );
    let source = condition("'!open.cn_dya || event.percent > 5 || ticket.product.contain(\"x\")'");
    check(
        Code::VariableUnknown,
        &source,
        expect![[r#"
            error[POL0016]: there is no calendar `cn_dya`
              --> routing.toml:76:10
               |
            76 | when = '!open.cn_dya || event.percent > 5 || ticket.product.contain("x")'
               |          ^^^^^^^^^^^
               |
               = help: did you mean `cn_day`?

            error[POL0016]: `event` is not known here
              --> routing.toml:76:25
               |
            76 | when = '!open.cn_dya || event.percent > 5 || ticket.product.contain("x")'
               |                         ^^^^^^^^^^^^^
               |
               = help: conditions of receivers.toml and ladders.toml know it

            error[POL0016]: there is no function `contain`
              --> routing.toml:76:61
               |
            76 | when = '!open.cn_dya || event.percent > 5 || ticket.product.contain("x")'
               |                                                             ^^^^^^^
               |
               = help: did you mean `contains`?

            3 errors, 0 warnings
        "#]],
    );
    let source = condition("'ticket.reopens == \"3\"'");
    check(
        Code::ConditionFails,
        &source,
        expect![[r#"
            error[POL0017]: a number is compared with a text, which never fits
              --> routing.toml:76:24
               |
            76 | when = 'ticket.reopens == "3"'
               |                        ^^
               |
               = help: texts stand in quotes, numbers do not

            1 error, 0 warnings
        "#]],
    );
    let source = condition("'ticket.customer'");
    check(
        Code::ConditionFails,
        &source,
        expect![[r#"
            error[POL0017]: want true or false, got a text
              --> routing.toml:76:9
               |
            76 | when = 'ticket.customer'
               |         ^^^^^^^^^^^^^^^
               |
               = help: a condition compares, for example with `==`

            1 error, 0 warnings
        "#]],
    );
    let source = condition("'ticket.attributes[\"zone\"] == \"a\"'");
    check(
        Code::ConditionFails,
        &source,
        expect![[r#"
            error[POL0017]: the condition fails for a ticket of which nothing is known: it has no `zone`
              --> routing.toml:76:9
               |
            76 | when = 'ticket.attributes["zone"] == "a"'
               |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: write ticket.attributes.NAME, which is empty where there is none, or ask "NAME" in ticket.attributes first

            1 error, 0 warnings
        "#]],
    );
    let source = condition("'10 / ticket.reopens > 2'");
    check(
        Code::ConditionFails,
        &source,
        expect![[r#"
            error[POL0017]: the condition fails for a ticket of which nothing is known: division by zero
              --> routing.toml:76:9
               |
            76 | when = '10 / ticket.reopens > 2'
               |         ^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: a number may be zero: ask for that first

            1 error, 0 warnings
        "#]],
    );
    let source = condition("'ticket.tier == \"platinum\" || ticket.product.contains(1)'");
    check(
        Code::ConditionFails,
        &source,
        expect![[r#"
            error[POL0017]: the condition fails for a ticket of which nothing is known: found no matching overload for 'contains' applied to 'string.(int)'
              --> routing.toml:76:9
               |
            76 | when = 'ticket.tier == "platinum" || ticket.product.contains(1)'
               |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

            1 error, 0 warnings
        "#]],
    );
    let source = condition("'ticket.tier in [\"gold\", \"platinium\"]'");
    check(
        Code::NeverEqual,
        &source,
        expect![[r#"
            warning[POL0081]: nobody on the roster has the skill `s`
              --> routing.toml:75:9
               |
            75 | skill = "s"
               |         ^^^
               |
               = help: known are: account, billing, complaint, compute, database, escalation, general, incident, key_account, network, security, storage

            warning[POL0018]: `ticket.tier` is never "platinium"
              --> routing.toml:76:33
               |
            76 | when = 'ticket.tier in ["gold", "platinium"]'
               |                                 ^^^^^^^^^^^
               |
               = help: did you mean `platinum`?

            0 errors, 2 warnings
        "#]],
    );
    let source = condition("\"ticket.tier == \\\"golden\\\"\"");
    check(
        Code::NeverEqual,
        &source,
        expect![[r#"
            warning[POL0081]: nobody on the roster has the skill `s`
              --> routing.toml:75:9
               |
            75 | skill = "s"
               |         ^^^
               |
               = help: known are: account, billing, complaint, compute, database, escalation, general, incident, key_account, network, security, storage

            warning[POL0018]: `ticket.tier` is never "golden"
              --> routing.toml:76:8
               |
            76 | when = "ticket.tier == \"golden\""
               |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: did you mean `gold`?

            0 errors, 2 warnings
        "#]],
    );
}

fn meaning() {
    let source = slip(
        "sla.toml",
        "{ P0 = \"15m\", P1 = \"30m\" }",
        "{ P0 = \"15m\", P1 = \"5m\" }",
    );
    check(
        Code::SeverityOrder,
        &source,
        expect![[r#"
            warning[POL0047]: tier gold is promised a slower first_response of P1 (15m) than tier silver below it (5m by `urgent`)
              --> sla.toml:34:18
               |
            34 | first_response = { P0 = "5m", P1 = "15m" }
               |                  ^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: tiers are listed with the lowest first; was another order meant?

            warning[POL0019]: P1 has a faster first_response (5m) than P0 (15m)
              --> sla.toml:46:37
               |
            46 | first_response = { P0 = "15m", P1 = "5m" }
               |                                     ^^^^

            0 errors, 2 warnings
        "#]],
    );
    let source = slip(
        "sla.toml",
        "{ P0 = \"15m\", P1 = \"30m\" }",
        "{ P0 = \"3h\", P1 = \"3h\" }",
    );
    check(
        Code::TargetOrder,
        &source,
        expect![[r#"
            warning[POL0020]: P0 may be answered (3h) after it is resolved (2h)
              --> sla.toml:46:25
               |
            46 | first_response = { P0 = "3h", P1 = "3h" }
               |                         ^^^^

            0 errors, 1 warning
        "#]],
    );
    let source = slip(
        "calendars.toml",
        "weekdays = [\"09:00-18:00\"]",
        "weekdays = []",
    );
    let source = Source {
        files: [(
            "calendars.toml".to_owned(),
            format!(
                "{}\n[calendar.never]\nzone = \"UTC\"\n",
                source.files["calendars.toml"]
            ),
        )]
        .into_iter()
        .chain(
            Source::shipped("default")
                .unwrap()
                .files
                .into_iter()
                .filter(|(name, _)| name != "calendars.toml"),
        )
        .collect(),
        ..source
    };
    check(
        Code::NeverOpens,
        &source,
        expect![[r#"
            error[POL0021]: calendar `never` never opens
              --> calendars.toml:85:11
               |
            85 | [calendar.never]
               |           ^^^^^
               |
               = help: give it hours, for example every_day = ["09:00-18:00"]

            error[POL0021]: calendar `cn_office` opens too little for 5 business days
              --> sla.toml:69:32
               |
            69 | resolution = { P2 = "8h", P3 = "5bd" }
               |                                ^^^^^

            2 errors, 0 warnings
        "#]],
    );
    let source = slip("routing.toml", "when = 'ticket.severity == \"P0\"'\n", "");
    check(
        Code::Unreachable,
        &source,
        expect![[r#"
            warning[POL0022]: no ticket reaches this and the 12 below it: `critical` above takes every one
              --> routing.toml:97:1
               |
            97 | [[rule]]
               | ^^^^^^^^
               |
               = help: move it up, or give the rule above it a condition

            0 errors, 1 warning
        "#]],
    );
    let source = slip(
        "receivers.toml",
        "when = 'ticket.reopens == 0'",
        "goes_on = false",
    );
    let receivers = format!(
        "{}\n[[rule]]\nname = \"late\"\nabout = [\"routed\"]\nreceivers = [\"console\"]\n",
        source.files["receivers.toml"]
    );
    let mut source = source;
    source.files.insert("receivers.toml".into(), receivers);
    check(
        Code::Unreachable,
        &source,
        expect![[r#"
            warning[POL0022]: no fact comes this far: rules above take every one and do not go on
               --> receivers.toml:104:1
                |
            104 | [[rule]]
                | ^^^^^^^^
                |
                = help: move it up, or write goes_on = true above

            0 errors, 1 warning
        "#]],
    );
    let source = slip("regions.toml", "language = \"ar\"", "language = \"fa\"");
    check(
        Code::LanguageUnspoken,
        &source,
        expect![[r#"
        warning[POL0023]: no centre of `me-central` speaks its language `fa`
          --> regions.toml:50:12
           |
        50 | language = "fa"
           |            ^^^^
           |
           = help: tickets in it go to the first centre, in that centre's first language

        0 errors, 1 warning
    "#]],
    );
    let source = slip(
        "receivers.toml",
        "[receiver.console]",
        "[receiver.spare]\nchannel = \"console\"\n\n[receiver.console]",
    );
    check(
        Code::ReceiverUnused,
        &source,
        expect![[r#"
            warning[POL0024]: nothing tells the receiver `spare`
              --> receivers.toml:42:11
               |
            42 | [receiver.spare]
               |           ^^^^^

            0 errors, 1 warning
        "#]],
    );
    let source = slip(
        "receivers.toml",
        "channel = \"console\"\n\n",
        "channel = \"webhook\"\nurl = \"hooks.example.com\"\n\n",
    );
    check(
        Code::WebhookUrl,
        &source,
        expect![[r#"
            error[POL0025]: `hooks.example.com` is no webhook address
              --> receivers.toml:44:7
               |
            44 | url = "hooks.example.com"
               |       ^^^^^^^^^^^^^^^^^^^
               |
               = help: write https://host/path, or http:// inside your own network

            1 error, 0 warnings
        "#]],
    );
}

fn channels() {
    let receiver = |text: &str| {
        let receiver = format!("[receiver.console]\n{text}\n\n");
        slip(
            "receivers.toml",
            "[receiver.console]\nchannel = \"console\"\n\n",
            &receiver,
        )
    };
    check(
        Code::SecretInBundle,
        &receiver("channel = \"slack\"\nurl = \"https://hooks.slack.com/services/T/B/X\""),
        expect![[r#"
            error[POL0027]: `url` is a secret, and bundles are no place for one
              --> receivers.toml:44:1
               |
            44 | url = "https://hooks.slack.com/services/T/B/X"
               | ^^^
               |
               = help: write url_file = "/run/secrets/…" or url_env = "…"

            1 error, 0 warnings
        "#]],
    );
    check(
        Code::SecretInBundle,
        &receiver(
            "channel = \"webhook\"\nurl = \"https://example.com/?access_token=1\"\nsecret_file = \"whsec_Zm9v\"",
        ),
        expect![[r#"
            error[POL0027]: the address holds a secret, and bundles are no place for one
              --> receivers.toml:44:7
               |
            44 | url = "https://example.com/?access_token=1"
               |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: put it into a file and write url_file = "/run/secrets/…"

            error[POL0027]: this is no path of a file, and would be a secret in a bundle
              --> receivers.toml:45:15
               |
            45 | secret_file = "whsec_Zm9v"
               |               ^^^^^^^^^^^^
               |
               = help: write the whole path, such as /run/secrets/operations

            2 errors, 0 warnings
        "#]],
    );
    check(
        Code::NameInvalid,
        &receiver("channel = \"wecom\"\nurl_env = \"PATH\""),
        expect![[r#"
            error[POL0012]: `PATH` is no variable for a secret
              --> receivers.toml:44:11
               |
            44 | url_env = "PATH"
               |           ^^^^^^
               |
               = help: its name begins with POSTHOUSE_SECRET_, then A-Z, 0-9 and _

            1 error, 0 warnings
        "#]],
    );
    check(
        Code::AddressInvalid,
        &receiver(
            "channel = \"email\"\nrelay = \"smtp.example.com:587\"\nfrom = \"support\"\nto = [\"a@example.com\"]",
        ),
        expect![[r#"
            error[POL0028]: `support` is no mailbox
              --> receivers.toml:45:8
               |
            45 | from = "support"
               |        ^^^^^^^^^
               |
               = help: write name@example.com or Name <name@example.com>

            1 error, 0 warnings
        "#]],
    );
    check(
        Code::AddressInvalid,
        &receiver("channel = \"nats\"\nsubject = \"ph.cn-north.00.opened\""),
        expect![[r#"
            error[POL0028]: `ph.cn-north.00.opened` is no subject of another system
              --> receivers.toml:44:11
               |
            44 | subject = "ph.cn-north.00.opened"
               |           ^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: subjects of Posthouse begin with `ph.`, those of the server with `$` or `_`; wildcards cannot be published on

            1 error, 0 warnings
        "#]],
    );
    check(
        Code::AddressInvalid,
        &receiver(
            "channel = \"sms\"\ngateway = \"http\"\nurl = \"https://sms.example.com\"\nto = \"138 0013 8000\"",
        ),
        expect![[r#"
            error[POL0028]: `138 0013 8000` is no telephone number
              --> receivers.toml:46:6
               |
            46 | to = "138 0013 8000"
               |      ^^^^^^^^^^^^^^^
               |
               = help: write + and the country, then digits only: +8613800138000

            1 error, 0 warnings
        "#]],
    );
    check(
        Code::PasswordInClear,
        &receiver(
            "channel = \"email\"\nrelay = \"127.0.0.1\"\ntls = \"none\"\nuser = \"posthouse\"\npassword_file = \"/run/secrets/relay\"\nfrom = \"a@example.com\"\nto = \"b@example.com\"",
        ),
        expect![[r#"
            error[POL0029]: the password would travel in the clear
              --> receivers.toml:46:8
               |
            46 | user = "posthouse"
               |        ^^^^^^^^^^^
               |
               = help: write tls = "starttls" or tls = "implicit", or leave the user out

            1 error, 0 warnings
        "#]],
    );
    check(
        Code::KeyUnknown,
        &receiver(
            "channel = \"slack\"\nurl_file = \"/run/secrets/slack\"\nsecret_file = \"/run/secrets/none\"",
        ),
        expect![[r#"
            error[POL0004]: `secret_file` has no effect on the channel `slack`
              --> receivers.toml:45:1
               |
            45 | secret_file = "/run/secrets/none"
               | ^^^^^^^^^^^

            1 error, 0 warnings
        "#]],
    );
}

/// One test, so that it can say at its end that no code was left out.
#[test]
fn every_code_has_a_picture() {
    files();
    keys_and_types();
    words_and_names();
    times();
    conditions();
    meaning();
    channels();
    let provoked = PROVOKED.lock().unwrap();
    let missing: Vec<&Code> = Code::ALL
        .iter()
        .filter(|code| code.as_str() < "POL0040") // those of meaning are in lint.rs
        .filter(|code| !provoked.contains(code))
        .collect();
    assert!(missing.is_empty(), "no picture of {missing:?}");
}

#[test]
fn all_slips_are_found_in_one_run() {
    let mut source = slip(
        "routing.toml",
        "skill = \"security\"",
        "skil = \"security\"",
    );
    let sla = source.files.get_mut("sla.toml").unwrap();
    *sla = sla
        .replace("calendar = \"de_office\"", "calendar = \"de_ofice\"")
        .replace("\"2h\"", "2");
    let calendars = source.files.get_mut("calendars.toml").unwrap();
    *calendars = calendars.replace("Asia/Dubai", "Asia/Duba");
    let mut codes: Vec<Code> = diagnose(&source).into_iter().map(|one| one.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let found = [
        Code::KeyUnknown,
        Code::KeyMissing,
        Code::UnitMissing,
        Code::Calendar,
        Code::ReferenceUnknown,
    ];
    assert_eq!(codes, found);
}

#[test]
fn a_missing_file_does_not_make_every_reference_to_it_wrong() {
    let mut source = Source::shipped("default").unwrap();
    source
        .files
        .insert("calendars.toml".into(), "calendar = oops".into());
    let codes: BTreeSet<Code> = diagnose(&source).iter().map(|one| one.code).collect();
    assert!(codes.contains(&Code::NotToml));
    source.files.remove("calendars.toml");
    let found = diagnose(&source);
    assert_eq!(found.len(), 1, "{}", render(&found, &source, false));
    assert_eq!(found[0].code, Code::FileMissing);
}

#[test]
fn positions_are_lines_and_columns_of_characters() {
    let source = condition("'\"网络\" == ticket.product && ticket.teir == \"gold\"'");
    let found = diagnose(&source);
    assert_eq!(found.len(), 1);
    let line = source.files["routing.toml"]
        .lines()
        .nth(found[0].line - 1)
        .unwrap();
    let at: String = line.chars().skip(found[0].column - 1).take(11).collect();
    assert_eq!(at, "ticket.teir");
}

#[test]
fn colour_only_colours() {
    let source = slip("sla.toml", "P0 = \"15m\"", "P0 = 15");
    let found = diagnose(&source);
    let drawn = render(&found, &source, true);
    assert!(drawn.contains("\u{1b}["), "{drawn}");
    assert!(!render(&found, &source, false).contains('\u{1b}'));
}
