//! Findings of meaning, as people see them: the default bundle with one slip, beside what is said;
//! and the contradictions of the shipped bundles, which are their sources' own.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic, like the test"
)]

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use posthouse_policy::{Code, Diagnostic, Source, compile, coverage, render};

/// Codes before this one have their pictures in `diagnostics.rs`.
const FIRST: &str = "POL0040";

/// Codes from this one on have theirs elsewhere.
const BEYOND: &str = "POL0060";

fn diagnose(source: &Source) -> Vec<Diagnostic> {
    match compile(source) {
        Ok((_, warnings)) => warnings,
        Err(all) => all,
    }
}

fn default() -> Source {
    Source::shipped("default").unwrap()
}

/// The default bundle with `from` replaced by `to`, once, in one file, outside of comments.
fn slip(file: &str, from: &str, to: &str) -> Source {
    slipped(default(), file, from, to)
}

fn slipped(mut source: Source, file: &str, from: &str, to: &str) -> Source {
    let text = source.files.get_mut(file).unwrap();
    let code = |at: &usize| !text[..*at].rsplit('\n').next().unwrap().starts_with('#');
    let at = text.match_indices(from).map(|(at, _)| at).find(code);
    let at = at.unwrap_or_else(|| panic!("{file} has no {from}"));
    text.replace_range(at..at + from.len(), to);
    source
}

/// The default bundle with this as the whole of its `ladders.toml`.
fn ladders(text: &str) -> Source {
    let mut source = default();
    source.files.insert("ladders.toml".into(), text.into());
    source
}

/// A ladder with these steps.
fn steps(steps: &str) -> Source {
    ladders(&format!(
        "[[ladder]]\nname = \"tried\"\non = [\"target_breached\"]\nsteps = [{steps}]\n"
    ))
}

/// The default bundle with another first response to an urgent P0.
fn urgent(first_response: &str) -> Source {
    let promise = |promise: &str| format!("first_response = {{ P0 = \"{promise}\"");
    slip("sla.toml", &promise("15m"), &promise(first_response))
}

/// All findings, drawn.
#[expect(
    clippy::needless_pass_by_value,
    reason = "expectations are written in the call"
)]
fn check(source: &Source, expected: Expect) {
    expected.assert_eq(&render(&diagnose(source), source, false));
}

fn codes(source: &Source) -> Vec<&'static str> {
    let found = diagnose(source);
    found.iter().map(|one| one.code.as_str()).collect()
}

#[test]
fn an_escalation_to_nobody_is_refused() {
    check(
        &steps("{ to = \"L2\" }, { to = \"directer\", after = \"1h\" }"),
        expect![[r#"
            error[POL0040]: there is no level or receiver `directer`
             --> ladders.toml:4:32
              |
            4 | steps = [{ to = "L2" }, { to = "directer", after = "1h" }]
              |                                ^^^^^^^^^^
              |
              = help: known are: L0, L1, L2, L3, duty_manager, console

            1 error, 0 warnings
        "#]],
    );
    let unserved = slipped(
        steps("{ to = \"L4\" }"),
        "routing.toml",
        "\"duty_manager\"]",
        "\"duty_manager\", \"L4\"]",
    );
    check(
        &unserved,
        expect![[r#"
            error[POL0040]: nobody serves level `L4`
             --> ladders.toml:4:17
              |
            4 | steps = [{ to = "L4" }]
              |                 ^^^^
              |
              = help: give it hours with [level.L4], or a rule in routing.toml that leads there

            1 error, 0 warnings
        "#]],
    );
    check(
        &steps("{ to = \"L0\" }"),
        expect![[r#"
            error[POL0040]: `L0` is the robot: nobody is reached there
             --> ladders.toml:4:17
              |
            4 | steps = [{ to = "L0" }]
              |                 ^^^^
              |
              = help: escalate to a level where people are

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn a_level_of_the_ladders_is_one_of_the_routing() {
    check(
        &ladders("[level.director]\nhours = \"always\"\n"),
        expect![[r#"
            error[POL0014]: there is no level `director`
             --> ladders.toml:1:8
              |
            1 | [level.director]
              |        ^^^^^^^^
              |
              = help: known are: L0, L1, L2, L3, duty_manager

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn a_name_that_is_a_level_and_a_receiver_is_refused() {
    let both = slipped(
        steps("{ to = \"console\" }"),
        "routing.toml",
        "\"duty_manager\"]",
        "\"duty_manager\", \"console\"]",
    );
    check(
        &both,
        expect![[r#"
            error[POL0013]: `console` is a level and a receiver
             --> ladders.toml:4:17
              |
            4 | steps = [{ to = "console" }]
              |                 ^^^^^^^^^
              |
              = help: call one of them something else

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn steps_stand_in_order() {
    check(
        &steps("{ to = \"L2\", after = \"30m\" }, { to = \"L3\", after = \"15m\" }"),
        expect![[r#"
            error[POL0041]: this step is due before the one that stands before it
             --> ladders.toml:4:61
              |
            4 | steps = [{ to = "L2", after = "30m" }, { to = "L3", after = "15m" }]
              |                                                             ^^^^^
              |
              = help: delays count from the breach, not from the step before

            1 error, 0 warnings
        "#]],
    );
    check(
        &steps("{ to = \"L2\" }, { to = \"L3\" }"),
        expect![[r#"
            warning[POL0044]: `tried` reaches nobody at times
             --> ladders.toml:4:9
              |
            4 | steps = [{ to = "L2" }, { to = "L3" }]
              |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: policy check --coverage lists them; end it with a duty manager

            warning[POL0042]: this step is due together with the one before it
             --> ladders.toml:4:25
              |
            4 | steps = [{ to = "L2" }, { to = "L3" }]
              |                         ^^^^^^^^^^^^^
              |
              = help: let a delay stand between them, or give them hours that do not overlap

            0 errors, 2 warnings
        "#]],
    );
    check(
        &steps("{ to = \"L2\" }, { to = \"L3\", after = \"5m\" }, { to = \"L2\", after = \"9m\" }"),
        expect![[r#"
            warning[POL0044]: `tried` reaches nobody at times
             --> ladders.toml:4:9
              |
            4 | steps = [{ to = "L2" }, { to = "L3", after = "5m" }, { to = "L2", after = "9m" }]
              |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: policy check --coverage lists them; end it with a duty manager

            warning[POL0043]: `L2` was told by a step before
             --> ladders.toml:4:61
              |
            4 | steps = [{ to = "L2" }, { to = "L3", after = "5m" }, { to = "L2", after = "9m" }]
              |                                                             ^^^^
              |
              = help: go on to somebody else; to begin anew write repeat and repeat_after

            0 errors, 2 warnings
        "#]],
    );
}

#[test]
fn by_day_and_by_night_may_be_at_once() {
    let source = ladders(
        "[[ladder]]\nname = \"tried\"\non = [\"target_breached\"]\nsteps = [\n\
         { to = \"L2\", hours = \"cn_day\" },\n\
         { to = \"console\", hours = \"cn_night\" },\n\
         { to = \"L2\", after = \"1h\", hours = \"cn_night\" },\n]\n",
    );
    let night = "[calendar.cn_night]\nzone = \"Asia/Shanghai\"\nevery_day = [\"22:00-08:00\"]\n\n[calendar.cn_day]";
    let source = slipped(source, "calendars.toml", "[calendar.cn_day]", night);
    assert_eq!(codes(&source), [""; 0]);
}

#[test]
fn a_ladder_without_steps_or_cause_is_none() {
    check(
        &ladders("[[ladder]]\nname = \"tried\"\non = []\nsteps = []\n"),
        expect![[r#"
            error[POL0007]: a ladder is for something
             --> ladders.toml:3:6
              |
            3 | on = []
              |      ^^
              |
              = help: for example on = ["target_breached", { warned = 75 }]

            error[POL0007]: a ladder has 1 to 20 steps
             --> ladders.toml:4:9
              |
            4 | steps = []
              |         ^^
              |
              = help: for example steps = [{ to = "L2" }, { to = "L3", after = "15m" }]

            2 errors, 0 warnings
        "#]],
    );
}

#[test]
fn words_numbers_and_durations_are_checked() {
    check(
        &ladders(
            "[[ladder]]\nname = \"tried\"\non = [\"breached\", { warned = 100 }, { warned = 30 }]\n\
             until = \"anser\"\nrepeat = 2\n\
             steps = [{ to = \"L2\", after = 15 }, { to = \"L3\", hours = \"nights\", closed = \"hold\" }]\n",
        ),
        expect![[r#"
            error[POL0005]: the key `repeat_after` is missing
             --> ladders.toml:1:1
              |
            1 | [[ladder]]
              | ^^^^^^^^^^

            error[POL0011]: there is no trigger `breached`
             --> ladders.toml:3:7
              |
            3 | on = ["breached", { warned = 100 }, { warned = 30 }]
              |       ^^^^^^^^^^
              |
              = help: known are: target_breached, target_at_risk

            error[POL0007]: 100 is not from 1 to 99
             --> ladders.toml:3:30
              |
            3 | on = ["breached", { warned = 100 }, { warned = 30 }]
              |                              ^^^

            error[POL0011]: there is no end of an escalation `anser`
             --> ladders.toml:4:9
              |
            4 | until = "anser"
              |         ^^^^^^^
              |
              = help: did you mean `answer`?

            error[POL0009]: 15 has no unit
             --> ladders.toml:6:31
              |
            6 | steps = [{ to = "L2", after = 15 }, { to = "L3", hours = "nights", closed = "hold" }]
              |                               ^^
              |
              = help: write "15m" for minutes, "15h" for hours

            error[POL0014]: there is no calendar `nights`
             --> ladders.toml:6:58
              |
            6 | steps = [{ to = "L2", after = 15 }, { to = "L3", hours = "nights", closed = "hold" }]
              |                                                          ^^^^^^^^
              |
              = help: known are: ae_office, always, cn_day, cn_office, de_office, jp_office, sg_day, us_office

            error[POL0011]: there is no way with closed hours `hold`
             --> ladders.toml:6:77
              |
            6 | steps = [{ to = "L2", after = 15 }, { to = "L3", hours = "nights", closed = "hold" }]
              |                                                                             ^^^^^^
              |
              = help: known are: skip, wait

            7 errors, 0 warnings
        "#]],
    );
}

#[test]
fn a_ladder_nobody_begins_is_found() {
    let source = ladders(
        "[[ladder]]\nname = \"all\"\non = [\"target_breached\"]\nsteps = [{ to = \"L2\" }]\n\n\
         [[ladder]]\nname = \"late\"\non = [\"target_breached\"]\nwhen = 'ticket.tier == \"gold\"'\n\
         steps = [{ to = \"L3\" }]\n\n\
         [[ladder]]\nname = \"odd\"\non = [{ warned = 42 }]\nsteps = [{ to = \"L3\" }]\n",
    );
    check(
        &source,
        expect![[r#"
            warning[POL0044]: `all` reaches nobody at times
             --> ladders.toml:4:9
              |
            4 | steps = [{ to = "L2" }]
              |         ^^^^^^^^^^^^^^^
              |
              = help: policy check --coverage lists them; end it with a duty manager

            warning[POL0022]: nothing begins `late`: ladders above take it all
             --> ladders.toml:6:1
              |
            6 | [[ladder]]
              | ^^^^^^^^^^
              |
              = help: move it up, or give those above other conditions

            warning[POL0044]: `late` reaches nobody at times
              --> ladders.toml:10:9
               |
            10 | steps = [{ to = "L3" }]
               |         ^^^^^^^^^^^^^^^
               |
               = help: policy check --coverage lists them; end it with a duty manager

            warning[POL0022]: no SLA policy warns at 42 %
              --> ladders.toml:14:7
               |
            14 | on = [{ warned = 42 }]
               |       ^^^^^^^^^^^^^^^
               |
               = help: name a warning of sla.toml

            warning[POL0044]: `odd` reaches nobody at times
              --> ladders.toml:15:9
               |
            15 | steps = [{ to = "L3" }]
               |         ^^^^^^^^^^^^^^^
               |
               = help: policy check --coverage lists them; end it with a duty manager

            0 errors, 5 warnings
        "#]],
    );
    let twice = ladders(
        "[[ladder]]\nname = \"one\"\non = [\"target_breached\"]\nwhen = 'ticket.tier == \"gold\"'\n\
         steps = [{ to = \"L2\" }]\n\n\
         [[ladder]]\nname = \"two\"\non = [\"target_breached\"]\nwhen = 'ticket.tier == \"gold\"'\n\
         steps = [{ to = \"L3\" }]\n",
    );
    check(
        &twice,
        expect![[r#"
            warning[POL0044]: `one` reaches nobody at times
             --> ladders.toml:5:9
              |
            5 | steps = [{ to = "L2" }]
              |         ^^^^^^^^^^^^^^^
              |
              = help: policy check --coverage lists them; end it with a duty manager

            warning[POL0022]: nothing begins `two`: ladders above take it all
             --> ladders.toml:7:1
              |
            7 | [[ladder]]
              | ^^^^^^^^^^
              |
              = help: move it up, or give those above other conditions

            warning[POL0044]: `two` reaches nobody at times
              --> ladders.toml:11:9
               |
            11 | steps = [{ to = "L3" }]
               |         ^^^^^^^^^^^^^^^
               |
               = help: policy check --coverage lists them; end it with a duty manager

            0 errors, 3 warnings
        "#]],
    );
}

/// grafana-cold-storage/oncall#1326: escalations went to people without any contact rule.
#[test]
fn oncall_1326_an_escalation_that_nobody_is_told_of_is_found() {
    let source = slip(
        "receivers.toml",
        "about = [\"escalated\"]",
        "about = [\"closed\"]",
    );
    check(
        &source,
        expect![[r#"
            warning[POL0046]: no rule of receivers.toml tells anybody of an escalation
              --> ladders.toml:39:1
               |
            39 | [[ladder]]
               | ^^^^^^^^^^
               |
               = help: write a [[rule]] with about = ["escalated"]

            0 errors, 1 warning
        "#]],
    );
}

#[test]
fn a_ladder_that_ends_nowhere_is_found() {
    check(
        &steps("{ to = \"L2\", hours = \"cn_office\" }"),
        expect![[r#"
            warning[POL0044]: `tried` reaches nobody at times
             --> ladders.toml:4:9
              |
            4 | steps = [{ to = "L2", hours = "cn_office" }]
              |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: policy check --coverage lists them; end it with a duty manager

            0 errors, 1 warning
        "#]],
    );
}

/// grafana-cold-storage/oncall#1326, over time: the proof names each span in which nobody would
/// be reached, and every default ladder reaches somebody at any time.
#[test]
fn oncall_1326_every_minute_in_which_nobody_would_be_reached_is_listed() {
    let source = steps("{ to = \"L2\", hours = \"cn_office\" }");
    let (policy, _) = compile(&source).unwrap();
    let from = "2026-12-31T00:00:30Z".parse().unwrap();
    let gaps = coverage(&source, &policy, from, 4);
    let lines: Vec<String> = gaps
        .iter()
        .map(|gap| {
            format!(
                "{} {} {} {}",
                gap.from, gap.to, gap.minutes, gap.finding.message
            )
        })
        .collect();
    expect![[r#"
        2026-12-31T00:00:00.000Z 2026-12-31T01:00:00.000Z 60 an escalation by `tried` that begins from 2026-12-31T00:00Z to 2026-12-31T01:00Z reaches nobody: L2 is outside of `cn_office`
        2026-12-31T10:00:00.000Z 2027-01-01T01:00:00.000Z 900 an escalation by `tried` that begins from 2026-12-31T10:00Z to 2027-01-01T01:00Z reaches nobody: L2 is outside of `cn_office`
        2027-01-01T10:00:00.000Z 2027-01-04T00:00:00.000Z 3720 an escalation by `tried` that begins from 2027-01-01T10:00Z to 2027-01-04T00:00Z reaches nobody: L2 is outside of `cn_office`"#]].assert_eq(&lines.join("\n"));
    for name in ["default", "a2"] {
        let source = Source::shipped(name).unwrap();
        let (policy, _) = compile(&source).unwrap();
        assert!(coverage(&source, &policy, from, 90).is_empty(), "{name}");
    }
}

#[test]
fn coverage_is_told_by_region_where_it_differs() {
    let source = Source::shipped("h").unwrap();
    let (policy, _) = compile(&source).unwrap();
    let gaps = coverage(&source, &policy, "2026-11-23T00:00:00Z".parse().unwrap(), 1);
    let lines: Vec<String> = gaps
        .iter()
        .map(|gap| {
            let regions = gap.regions.join(",");
            format!("{} [{regions}] {} {}", gap.ladder, gap.from, gap.minutes)
        })
        .collect();
    expect![[r#"
        urgent-abroad [ap-southeast,eu-west,me-central] 2026-11-23T19:00:00.000Z 195
        dispute [ap-southeast,cn-north,cn-south,eu-west,me-central] 2026-11-23T19:00:00.000Z 300
        basic [ap-southeast,cn-north,cn-south,eu-west,me-central] 2026-11-23T19:00:00.000Z 60"#]]
    .assert_eq(&lines.join("\n"));
}

#[test]
fn a_better_tier_that_waits_longer_is_found() {
    let source = slip(
        "sla.toml",
        "first_response = { P2 = \"1h\", P3 = \"8h\" }",
        "first_response = { P2 = \"20h\", P3 = \"8h\" }",
    );
    check(
        &source,
        expect![[r#"
            warning[POL0047]: tier gold is promised a slower first_response of P2 (20h) than tier silver below it (2h by `standard`)
              --> sla.toml:57:18
               |
            57 | first_response = { P2 = "20h", P3 = "8h" }
               |                  ^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: tiers are listed with the lowest first; was another order meant?

            warning[POL0020]: P2 may be answered (20h) after it is resolved (8h)
              --> sla.toml:57:25
               |
            57 | first_response = { P2 = "20h", P3 = "8h" }
               |                         ^^^^^

            warning[POL0019]: P3 has a faster first_response (8h) than P2 (20h)
              --> sla.toml:57:37
               |
            57 | first_response = { P2 = "20h", P3 = "8h" }
               |                                     ^^^^

            0 errors, 3 warnings
        "#]],
    );
}

/// Eight hours around the clock are less than eight hours of an office, so gold waits less.
#[test]
fn working_times_of_different_calendars_are_compared_on_the_wall() {
    let source = slip(
        "sla.toml",
        "first_response = { P2 = \"1h\", P3 = \"8h\" }",
        "first_response = { P2 = \"2h\", P3 = \"8h\" }",
    );
    assert_eq!(codes(&source), [""; 0]);
}

#[test]
fn a_severity_that_is_promised_nothing_is_found() {
    let mut source = default();
    let sla = source.files.get_mut("sla.toml").unwrap();
    while let Some(at) = sla.find(", P3 = \"") {
        let end = sla[at..].match_indices('"').nth(1).unwrap().0;
        sla.replace_range(at..=at + end, "");
    }
    check(
        &source,
        expect![[r#"
            warning[POL0048]: no ticket of severity P3 is promised anything
            --> sla.toml
             = help: promise something, if only first_response = { P3 = "8h" }

            0 errors, 1 warning
        "#]],
    );
}

#[test]
fn promises_that_nobody_keeps_or_waits_for_are_found() {
    check(
        &urgent("15s"),
        expect![[r#"
            warning[POL0047]: tier gold is promised a slower first_response of P0 (5m) than tier silver below it (15s by `urgent`)
              --> sla.toml:34:18
               |
            34 | first_response = { P0 = "5m", P1 = "15m" }
               |                  ^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: tiers are listed with the lowest first; was another order meant?

            warning[POL0052]: no person keeps a first_response of 15s
              --> sla.toml:46:25
               |
            46 | first_response = { P0 = "15s", P1 = "30m" }
               |                         ^^^^^
               |
               = help: a promise is at least 1m; "m" are minutes

            0 errors, 2 warnings
        "#]],
    );
    let source = slipped(
        slip("sla.toml", "P3 = \"5bd\"", "P3 = \"1800h\""),
        "sla.toml",
        "first_response = { P2 = \"2h\", P3 = \"8h\" }",
        "first_response = { P2 = \"2h\", P3 = \"400h\" }",
    );
    check(
        &source,
        expect![[r#"
            warning[POL0052]: a first_response of 400h takes up to 68 days by calendar `cn_office`
              --> sla.toml:68:36
               |
            68 | first_response = { P2 = "2h", P3 = "400h" }
               |                                    ^^^^^^
               |
               = help: it never takes less than its hours allow; 30 days are the bound

            warning[POL0052]: a resolution of 1800h takes up to 301 days by calendar `cn_office`
              --> sla.toml:69:32
               |
            69 | resolution = { P2 = "8h", P3 = "1800h" }
               |                                ^^^^^^^
               |
               = help: it never takes less than its hours allow; 180 days are the bound

            0 errors, 2 warnings
        "#]],
    );
}

#[test]
fn negative_and_endless_promises_are_refused() {
    check(
        &urgent("-15m"),
        expect![[r#"
            error[POL0007]: -15m is not from 1ms to 8784h
              --> sla.toml:46:25
               |
            46 | first_response = { P0 = "-15m", P1 = "30m" }
               |                         ^^^^^^

            1 error, 0 warnings
        "#]],
    );
    check(
        &urgent("9000h"),
        expect![[r#"
            error[POL0007]: 9000h is not from 1ms to 8784h
              --> sla.toml:46:25
               |
            46 | first_response = { P0 = "9000h", P1 = "30m" }
               |                         ^^^^^^^

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn warnings_stand_in_order() {
    let source = slip("sla.toml", "[50, 75, 90]", "[75, 50, 90]");
    check(
        &source,
        expect![[r#"
            warning[POL0053]: 50 % stands after 75 %
              --> sla.toml:39:13
               |
            39 | warn = [75, 50, 90]
               |             ^^
               |
               = help: write warnings in the order in which they come, each once

            0 errors, 1 warning
        "#]],
    );
}

#[test]
fn a_policy_under_the_condition_of_another_is_found() {
    let source = slip(
        "sla.toml",
        "when = 'ticket.region == \"us-west\"'",
        "when = 'ticket.region == \"eu-central\"'",
    );
    check(
        &source,
        expect![[r#"
            warning[POL0022]: no ticket reaches this rule: `europe` above has the same condition
              --> sla.toml:82:1
               |
            82 | [[sla]]
               | ^^^^^^^
               |
               = help: give it another condition, or leave it out

            0 errors, 1 warning
        "#]],
    );
}

#[test]
fn claims_of_the_source_are_compared() {
    let source = slip(
        "calendars.toml",
        "title = \"Singapore, every day\"\n",
        "claims = { summer_time = true, always = true }\n",
    );
    check(
        &source,
        expect![[r#"
            warning[POL0049]: the source speaks of summer time, and Asia/Singapore has none
              --> calendars.toml:49:26
               |
            49 | claims = { summer_time = true, always = true }
               |                          ^^^^
               |
               = help: the hours hold all year; hours for a time of the year are a season

            warning[POL0050]: the source claims service around the clock, and gives hours that are 98 of 168 a week
              --> calendars.toml:49:41
               |
            49 | claims = { summer_time = true, always = true }
               |                                         ^^^^
               |
               = help: the hours hold; ask which of the two was meant

            0 errors, 2 warnings
        "#]],
    );
    let source = slip(
        "calendars.toml",
        "title = \"Germany, working days\"\n",
        "claims = { summer_time = false }\n",
    );
    check(
        &source,
        expect![[r#"
            warning[POL0049]: the source gives one offset all year, and Europe/Berlin has summer time
              --> calendars.toml:60:26
               |
            60 | claims = { summer_time = false }
               |                          ^^^^^
               |
               = help: the wall clock of the zone counts, so the offset is right in summer too

            0 errors, 1 warning
        "#]],
    );
    let source = slip(
        "sla.toml",
        "calendar = \"always\"\n",
        "calendar = \"always\"\nclaims = { first_response = { P0 = \"5m\", P1 = \"30m\" } }\n",
    );
    check(
        &source,
        expect![[r#"
            warning[POL0050]: the source promises P1 a first_response of 15m here, and of 30m elsewhere
              --> sla.toml:34:47
               |
            34 | claims = { first_response = { P0 = "5m", P1 = "30m" } }
               |                                               ^^^^^
               |
               = help: what stands in the policy holds; ask which of the two was meant

            0 errors, 1 warning
        "#]],
    );
}

#[test]
fn claims_that_hold_are_not_worth_a_word() {
    let source = slip(
        "calendars.toml",
        "title = \"Germany, working days\"\n",
        "claims = { summer_time = true, always = false }\n",
    );
    assert_eq!(codes(&source), [""; 0]);
}

#[test]
fn hours_that_count_on_no_day_are_found() {
    let source = slip(
        "calendars.toml",
        "weekdays = [\"09:00-18:00\"]\n",
        "every_day = [\"08:00-20:00\"]\nweekdays = [\"09:00-18:00\"]\nweekend = []\n",
    );
    check(
        &source,
        expect![[r#"
            warning[POL0051]: `every_day` counts on no day: the closer keys replace it
              --> calendars.toml:40:13
               |
            40 | every_day = ["08:00-20:00"]
               |             ^^^^^^^^^^^^^^^
               |
               = help: leave it out, or leave out one of the others

            0 errors, 1 warning
        "#]],
    );
}

#[test]
fn a_bundle_without_ladders_escalates_nothing() {
    let mut source = default();
    source.files.remove("ladders.toml");
    let (policy, warnings) = compile(&source).unwrap();
    assert!(warnings.is_empty());
    assert!(policy.ladders.ladders.is_empty());
    assert!(
        coverage(
            &source,
            &policy,
            "2026-11-23T00:00:00Z".parse().unwrap(),
            90
        )
        .is_empty()
    );
}

#[test]
fn the_contradictions_of_a1_are_flagged() {
    check(
        &Source::shipped("a1").unwrap(),
        expect![[r#"
            warning[POL0050]: the source claims service around the clock, and gives hours that are 112 of 168 a week
              --> calendars.toml:19:21
               |
            19 | claims = { always = true } # so says the headline
               |                     ^^^^
               |
               = help: the hours hold; ask which of the two was meant

            warning[POL0049]: the source speaks of summer time, and Asia/Hong_Kong has none
              --> calendars.toml:36:26
               |
            36 | claims = { summer_time = true }
               |                          ^^^^
               |
               = help: the hours hold all year; hours for a time of the year are a season

            warning[POL0064]: `fee_percent = 30` is assumed: the case says 30 % of the fee, and not of which; here of the monthly fee
              --> compensation.toml:15:13
               |
            15 | assumed = { fee_percent = "the case says 30 % of the fee, and not of which; here of the monthly fee" }
               |             ^^^^^^^^^^^
               |
               = help: have it settled in the agreement, then leave out what is assumed

            warning[POL0064]: `fee_percent = 200` is assumed: both cases say 200 % of the service fee, and not of which period; here of a month
              --> compensation.toml:27:1
               |
            27 | fee_percent = "both cases say 200 % of the service fee, and not of which period; here of a month"
               | ^^^^^^^^^^^
               |
               = help: have it settled in the agreement, then leave out what is assumed

            warning[POL0064]: `per = "breach"` is assumed: they do not say whether it grows with the lateness; here it does not
              --> compensation.toml:28:1
               |
            28 | per = "they do not say whether it grows with the lateness; here it does not"
               | ^^^
               |
               = help: have it settled in the agreement, then leave out what is assumed

            warning[POL0044]: `emergency` reaches nobody for tickets of ap-southeast, cn-hongkong, me-central at times
              --> ladders.toml:13:9
               |
            13 | steps = [{ to = "L2" }, { to = "L3", after = "15m" }]
               |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: policy check --coverage lists them; end it with a duty manager

            warning[POL0044]: `complaint` reaches nobody for tickets of ap-southeast, cn-hongkong, me-central at times
              --> ladders.toml:22:9
               |
            22 | steps = [{ to = "L2" }, { to = "L3", after = "24h" }]
               |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: policy check --coverage lists them; end it with a duty manager

            warning[POL0044]: `daily-tracking` reaches nobody for tickets of ap-southeast, cn-hongkong, me-central at times
              --> ladders.toml:28:9
               |
            28 | steps = [{ to = "L2" }, { to = "L3", after = "72h" }]
               |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: policy check --coverage lists them; end it with a duty manager

            warning[POL0048]: no ticket of severity P3 is promised anything
            --> sla.toml
             = help: promise something, if only first_response = { P3 = "8h" }

            0 errors, 9 warnings
        "#]],
    );
}

#[test]
fn the_contradictions_of_a2_are_flagged() {
    check(
        &Source::shipped("a2").unwrap(),
        expect![[r#"
            warning[POL0050]: the source promises P1 a first_response of 15m here, and of 5m elsewhere
              --> sla.toml:12:36
               |
            12 | claims = { first_response = { P1 = "5m" } }
               |                                    ^^^^
               |
               = help: what stands in the policy holds; ask which of the two was meant

            warning[POL0019]: P1 has a faster first_response (5m) than P0 (15m)
              --> sla.toml:20:37
               |
            20 | first_response = { P0 = "15m", P1 = "5m", P2 = "5m", P3 = "5m" }
               |                                     ^^^^

            0 errors, 2 warnings
        "#]],
    );
}

#[test]
fn the_contradictions_of_h_are_flagged() {
    check(
        &Source::shipped("h").unwrap(),
        expect![[r#"
            warning[POL0050]: the source claims service around the clock, and gives hours that are 84 of 168 a week
              --> calendars.toml:13:21
               |
            13 | claims = { always = true }
               |                     ^^^^
               |
               = help: the hours hold; ask which of the two was meant

            warning[POL0049]: the source gives one offset all year, and America/New_York has summer time
              --> calendars.toml:34:26
               |
            34 | claims = { summer_time = false }
               |                          ^^^^^
               |
               = help: the wall clock of the zone counts, so the offset is right in summer too

            warning[POL0049]: the source gives one offset all year, and America/Chicago has summer time
              --> calendars.toml:39:26
               |
            39 | claims = { summer_time = false }
               |                          ^^^^^
               |
               = help: the wall clock of the zone counts, so the offset is right in summer too

            warning[POL0049]: the source gives one offset all year, and Europe/Brussels has summer time
              --> calendars.toml:44:26
               |
            44 | claims = { summer_time = false }
               |                          ^^^^^
               |
               = help: the wall clock of the zone counts, so the offset is right in summer too

            warning[POL0064]: `per = "hour"` is assumed: the formula multiplies a duration without a unit; the rows beside it count hours
              --> compensation.toml:21:1
               |
            21 | per = "the formula multiplies a duration without a unit; the rows beside it count hours"
               | ^^^
               |
               = help: have it settled in the agreement, then leave out what is assumed

            warning[POL0064]: `lateness = "elapsed"` is assumed: it counts the affected time, which is not known here; the lateness stands for it
              --> compensation.toml:22:1
               |
            22 | lateness = "it counts the affected time, which is not known here; the lateness stands for it"
               | ^^^^^^^^
               |
               = help: have it settled in the agreement, then leave out what is assumed

            warning[POL0064]: `cap = 100` is assumed: no limit is stated; more than the fee cannot be reduced
              --> compensation.toml:23:1
               |
            23 | cap = "no limit is stated; more than the fee cannot be reduced"
               | ^^^
               |
               = help: have it settled in the agreement, then leave out what is assumed

            warning[POL0064]: `rounding = "half_up"` is assumed: no rounding is stated
              --> compensation.toml:24:1
               |
            24 | rounding = "no rounding is stated"
               | ^^^^^^^^
               |
               = help: have it settled in the agreement, then leave out what is assumed

            warning[POL0064]: `extension = "1h"` is assumed: the table does not say how long; here as long as the lateness
              --> compensation.toml:43:13
               |
            43 | assumed = { extension = "the table does not say how long; here as long as the lateness" }
               |             ^^^^^^^^^
               |
               = help: have it settled in the agreement, then leave out what is assumed

            warning[POL0064]: `amount = 10` is assumed: it is given as service time, but no price of an hour is stated; accounted as money
              --> compensation.toml:54:13
               |
            54 | assumed = { amount = "it is given as service time, but no price of an hour is stated; accounted as money" }
               |             ^^^^^^
               |
               = help: have it settled in the agreement, then leave out what is assumed

            warning[POL0064]: `fee_percent = 0.5` is assumed: the table says 0.5 % of the fee, and not of which; here of the monthly fee
              --> compensation.toml:66:1
               |
            66 | fee_percent = "the table says 0.5 % of the fee, and not of which; here of the monthly fee"
               | ^^^^^^^^^^^
               |
               = help: have it settled in the agreement, then leave out what is assumed

            warning[POL0064]: `cap = 100` is assumed: no limit is stated; more than the fee is not given back
              --> compensation.toml:67:1
               |
            67 | cap = "no limit is stated; more than the fee is not given back"
               | ^^^
               |
               = help: have it settled in the agreement, then leave out what is assumed

            warning[POL0044]: `urgent-abroad` reaches nobody for tickets of ap-southeast, eu-west, me-central at times
              --> ladders.toml:29:9
               |
            29 | steps = [{ to = "L2" }, { to = "L3", after = "15m" }]
               |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: policy check --coverage lists them; end it with a duty manager

            warning[POL0044]: `dispute` reaches nobody for tickets of ap-southeast, cn-north, cn-south, eu-west, me-central at times
              --> ladders.toml:37:9
               |
            37 | steps = [{ to = "L3" }]
               |         ^^^^^^^^^^^^^^^
               |
               = help: policy check --coverage lists them; end it with a duty manager

            warning[POL0044]: `basic` reaches nobody for tickets of ap-southeast, cn-north, cn-south, eu-west, me-central at times
              --> ladders.toml:42:9
               |
            42 | steps = [{ to = "L2" }, { to = "L3", after = "4h" }]
               |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: policy check --coverage lists them; end it with a duty manager

            warning[POL0050]: the source promises P0 a first_response of 5m here, and of 15m elsewhere
              --> sla.toml:22:36
               |
            22 | claims = { first_response = { P0 = "15m" } }
               |                                    ^^^^^
               |
               = help: what stands in the policy holds; ask which of the two was meant

            warning[POL0047]: tier enterprise is promised a slower first_response of P1 (30m) than tier standard below it (15m by `basic`)
              --> sla.toml:30:18
               |
            30 | first_response = { P1 = "30m", P2 = "30m", P3 = "30m" }
               |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: tiers are listed with the lowest first; was another order meant?

            warning[POL0050]: the source promises P3 a first_response of 15m here, and of 30m elsewhere
              --> sla.toml:40:36
               |
            40 | claims = { first_response = { P3 = "30m" }, resolution = { P1 = "2h" } }
               |                                    ^^^^^
               |
               = help: what stands in the policy holds; ask which of the two was meant

            warning[POL0050]: the source promises P1 a resolution of 4h here, and of 2h elsewhere
              --> sla.toml:40:65
               |
            40 | claims = { first_response = { P3 = "30m" }, resolution = { P1 = "2h" } }
               |                                                                 ^^^^
               |
               = help: what stands in the policy holds; ask which of the two was meant

            0 errors, 19 warnings
        "#]],
    );
}

#[test]
fn the_default_bundle_is_clean() {
    assert_eq!(codes(&default()), [""; 0]);
}

/// The pictures of this file show every code that `diagnostics.rs` does not.
#[test]
fn every_code_of_meaning_has_a_picture() {
    let text = include_str!("lint.rs");
    let codes = Code::ALL.iter().map(|code| code.as_str());
    let missing: BTreeSet<_> = codes
        .filter(|code| (FIRST..BEYOND).contains(code))
        .filter(|code| !text.contains(&format!("[{code}]")) && *code != "POL0045")
        .collect();
    assert!(missing.is_empty(), "no picture of {missing:?}");
}
