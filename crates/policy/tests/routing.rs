//! `routing.toml`: what may be in it, what is found wrong with it, and what its conditions see.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may panic, like the test"
)]

use expect_test::{Expect, expect};
use posthouse_domain::Timestamp;
use posthouse_domain::route::{Asked, DIMENSIONS, Of, Routing, Standing, Wish, decide};
use posthouse_domain::ticket::{Attributes, Features, Severity, State};
use posthouse_policy::{Code, Diagnostic, FIELDS, Policy, Source, compile, render};

/// The default bundle with this behind its `routing.toml`, which has nothing of the sort.
fn with(text: &str) -> Source {
    let mut source = Source::shipped("default").unwrap();
    let routing = source.files.get_mut("routing.toml").unwrap();
    for key in ["[robot]", "[follow_the_sun]", "[[overflow]]", "[[entry]]"] {
        if text.contains(key) {
            *routing = without(routing, key);
        }
    }
    routing.push_str(text);
    source
}

/// A file without the tables under a header.
fn without(text: &str, header: &str) -> String {
    let mut kept = String::new();
    let mut is_left_out = false;
    for line in text.split_inclusive('\n') {
        if line.starts_with('[') {
            is_left_out = line.trim_end() == header;
        }
        if !is_left_out {
            kept.push_str(line);
        }
    }
    kept
}

/// The default bundle with `from` replaced by `to`, once.
fn slip(from: &str, to: &str) -> Source {
    let mut source = Source::shipped("default").unwrap();
    let text = source.files.get_mut("routing.toml").unwrap();
    let code = |at: &usize| !text[..*at].rsplit('\n').next().unwrap().starts_with('#');
    let at = text.match_indices(from).map(|(at, _)| at).find(code);
    let at = at.unwrap_or_else(|| panic!("there is no {from}"));
    text.replace_range(at..at + from.len(), to);
    source
}

fn rule(when: &str) -> Source {
    let rule = format!(
        "[[rule]]\nname = \"tried\"\nwhen = '{when}'\nlevel = \"L1\"\nskill = \"general\"\n\n"
    );
    slip("[[rule]]", &format!("{rule}[[rule]]"))
}

fn diagnose(source: &Source) -> Vec<Diagnostic> {
    compile(source).map_or_else(|all| all, |(_, warnings)| warnings)
}

/// The findings with this code, each with its place and a hint, drawn.
#[expect(
    clippy::needless_pass_by_value,
    reason = "expectations are written in the call"
)]
fn check(code: Code, source: &Source, expected: Expect) {
    let all = diagnose(source);
    let found: Vec<Diagnostic> = all.into_iter().filter(|one| one.code == code).collect();
    for one in &found {
        assert_eq!(one.file, "routing.toml");
        assert!(
            one.line > 0 && one.column > 0 && one.hint.is_some(),
            "{one}"
        );
    }
    expected.assert_eq(&render(&found, source, false));
}

fn policy(source: &Source) -> Policy {
    compile(source)
        .unwrap_or_else(|all| panic!("{}", render(&all, source, false)))
        .0
}

fn ticket(change: impl FnOnce(&mut Features)) -> Features {
    let mut features = Features {
        number: "CN-2026-000001".into(),
        excerpt: "packet loss".into(),
        customer: "c-example".into(),
        tier: "standard".into(),
        region: "cn-north".into(),
        channel: "portal".into(),
        product: "ECS".into(),
        language: "zh".into(),
        severity: Some(Severity::P2),
        category: "network".into(),
        kind: "incident".into(),
        sentiment: None,
        tags: vec![],
        attributes: Attributes::new(),
        opened_at: at("2026-11-23T10:00:00+08:00"),
        reopens: 0,
        queue: String::new(),
        state: State::Triaged,
        signals: Vec::new(),
        abstained: false,
        incident: String::new(),
    };
    change(&mut features);
    features
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn routed_at(policy: &Policy, features: &Features, now: Timestamp) -> Routing {
    let standing = Standing::promised(features, &policy.slas);
    decide(&Asked::first(features, &standing, now), &policy.routing)
}

/// Whether a condition of `routing.toml` holds for a ticket.
fn holds(when: &str, features: &Features, standing: &Standing, now: &str) -> bool {
    let policy = policy(&rule(when));
    let asked = Asked::first(features, standing, at(now));
    decide(&asked, &policy.routing).rule == "tried"
}

#[test]
fn conditions_whose_parts_exclude_each_other() {
    check(
        Code::NeverHolds,
        &rule("ticket.severity == \"P0\" && ticket.severity == \"P1\""),
        expect![[r#"
            warning[POL0071]: this condition never holds: its parts exclude each other
              --> routing.toml:74:8
               |
            74 | when = 'ticket.severity == "P0" && ticket.severity == "P1"'
               |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: was `||` meant for `&&`?

            0 errors, 1 warning
        "#]],
    );
    check(
        Code::NeverHolds,
        &rule("ticket.tier == \"gold\" && (ticket.tier == \"silver\" || false)"),
        expect![[r#"
            warning[POL0071]: this condition never holds: its parts exclude each other
              --> routing.toml:74:8
               |
            74 | when = 'ticket.tier == "gold" && (ticket.tier == "silver" || false)'
               |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: was `||` meant for `&&`?

            0 errors, 1 warning
        "#]],
    );
    // What is not finite stays open.
    check(
        Code::NeverHolds,
        &rule("ticket.product == \"a\" && ticket.product == \"b\""),
        expect![[r#"
            0 errors, 0 warnings
        "#]],
    );
}

#[test]
fn rules_that_others_leave_nothing_for() {
    let source = slip(
        "[fallback]",
        "[[rule]]\nname = \"late\"\nwhen = 'ticket.severity == \"P1\" && \"network\" == \
         ticket.category'\nlevel = \"L1\"\nskill = \"network\"\n\n[fallback]",
    );
    check(
        Code::Unreachable,
        &source,
        expect![[r#"
            warning[POL0022]: no ticket reaches `late`: what it wants goes to `network-degraded` above
               --> routing.toml:182:1
                |
            182 | [[rule]]
                | ^^^^^^^^
                |
                = help: move it up, or leave it out

            0 errors, 1 warning
        "#]],
    );
}

#[test]
fn hours_that_never_meet() {
    check(
        Code::HoursApart,
        &rule("open.cn_office && !open.cn_day"),
        expect![[r#"
            warning[POL0072]: the hours of cn_day, cn_office never meet like this
              --> routing.toml:74:8
               |
            74 | when = 'open.cn_office && !open.cn_day'
               |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
               |
               = help: compare the calendars: posthouse policy show

            0 errors, 1 warning
        "#]],
    );
    let source = slip(
        "[[rule]]",
        "[[rule]]\nname = \"night\"\nwhen = '!open.de_office'\nlevel = \"L1\"\nskill = \
         \"general\"\ncentre = \"frankfurt\"\n\n[[rule]]",
    );
    check(
        Code::HoursApart,
        &source,
        expect![[r#"
        warning[POL0072]: `frankfurt` is closed whenever this rule holds
          --> routing.toml:77:10
           |
        77 | centre = "frankfurt"
           |          ^^^^^^^^^^^
           |
           = help: send them to a centre that is open then

        0 errors, 1 warning
    "#]],
    );
}

#[test]
fn queues_nobody_can_serve() {
    check(
        Code::QueueUnserved,
        &with("[residency]\neu-central = \"eu\"\n"),
        expect![[r#"
            warning[POL0070]: no centre of `eu-central` is cleared for data of `eu`
               --> routing.toml:257:14
                |
            257 | eu-central = "eu"
                |              ^^^^
                |
                = help: give one of them clearances = ["eu"]

            0 errors, 1 warning
        "#]],
    );
    let cleared = "[residency]\neu-central = \"eu\"\n";
    let mut source = with(cleared);
    let text = source.files.get_mut("routing.toml").unwrap();
    *text = text.replacen(
        "[centre.frankfurt]\n",
        "[centre.frankfurt]\nclearances = [\"eu\"]\n",
        1,
    );
    check(
        Code::QueueUnserved,
        &source,
        expect![[r#"
            0 errors, 0 warnings
        "#]],
    );
    let text = source.files.get_mut("routing.toml").unwrap();
    *text = text.replacen(
        "level = \"L3\"\nskill = \"security\"\n",
        "level = \"L3\"\nskill = \"security\"\ncentre = \"beijing\"\n",
        1,
    );
    check(
        Code::QueueUnserved,
        &source,
        expect![[r#"
        warning[POL0070]: `beijing` is not cleared for data of `eu`, and `security-critical` sends tickets of `eu-central` there
          --> routing.toml:78:10
           |
        78 | centre = "beijing"
           |          ^^^^^^^^^
           |
           = help: clear it, or leave these tickets out by ticket.residency

        0 errors, 1 warning
    "#]],
    );
}

#[test]
fn steps_that_help_nobody_and_steps_out_of_order() {
    let overflow = |steps: &str| {
        with(&format!(
            "[[overflow]]\nname = \"slow\"\nbegin = {{ centres = 2, proficiency_min = 500 }}\nsteps \
             = [{steps}]\n"
        ))
    };
    check(
        Code::StepUseless,
        &overflow("{ after = \"1m\" }, { after = \"2m\", centres = 1 }"),
        expect![[r#"
            warning[POL0073]: this step of `slow` helps nobody: it changes nothing
               --> routing.toml:238:10
                |
            238 | steps = [{ after = "1m" }, { after = "2m", centres = 1 }]
                |          ^^^^^^^^^^^^^^^^
                |
                = help: a step lowers proficiency_min, asks more centres, or lets another skill or language do

            warning[POL0073]: this step of `slow` helps nobody: it leaves fewer centres than before
               --> routing.toml:238:28
                |
            238 | steps = [{ after = "1m" }, { after = "2m", centres = 1 }]
                |                            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                |
                = help: a step lowers proficiency_min, asks more centres, or lets another skill or language do

            0 errors, 2 warnings
        "#]],
    );
    check(
        Code::StepUseless,
        &overflow("{ after = \"1m\", centres = 9 }, { after = \"2m\", centres = 10 }"),
        expect![[r#"
            warning[POL0073]: this step of `slow` helps nobody: no region has more than 6 centres
               --> routing.toml:238:41
                |
            238 | steps = [{ after = "1m", centres = 9 }, { after = "2m", centres = 10 }]
                |                                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                |
                = help: a step lowers proficiency_min, asks more centres, or lets another skill or language do

            0 errors, 1 warning
        "#]],
    );
    check(
        Code::StepOrder,
        &overflow("{ after = \"5m\", centres = 3 }, { after = \"2m\", centres = 4 }"),
        expect![[r#"
            error[POL0041]: this step is due no later than the one that stands before it
               --> routing.toml:238:51
                |
            238 | steps = [{ after = "5m", centres = 3 }, { after = "2m", centres = 4 }]
                |                                                   ^^^^
                |
                = help: delays count from the routing, not from the step before

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn categories_no_rule_wants() {
    check(
        Code::Unwanted,
        &slip("ticket.category == \"other\"", "ticket.product == \"x\""),
        expect![[r#"
            warning[POL0074]: no rule wants a plain ticket of category other: `general` takes it
               --> routing.toml:182:1
                |
            182 | [fallback]
                | ^^^^^^^^^^
                |
                = help: write a rule for it, so that the default is left for what nobody thought of

            0 errors, 1 warning
        "#]],
    );
}

#[test]
fn stand_ins_that_cannot_stand_in() {
    let stands_in = |who: &str| {
        slip(
            "[centre.beijing]\n",
            &format!("[centre.beijing]\ndown = true\nstands_in = \"{who}\"\n"),
        )
    };
    check(
        Code::StandIn,
        &stands_in("beijing"),
        expect![[r#"
        warning[POL0075]: `beijing` cannot stand in for `beijing`: it would stand in for itself
          --> routing.toml:42:13
           |
        42 | stands_in = "beijing"
           |             ^^^^^^^^^
           |
           = help: name a centre that can answer these tickets

        0 errors, 1 warning
    "#]],
    );
    let mut silent = stands_in("dubai");
    let text = silent.files.get_mut("routing.toml").unwrap();
    *text = text.replacen("[\"ar\", \"en\", \"fr\"]", "[\"ar\"]", 1);
    check(
        Code::StandIn,
        &silent,
        expect![[r#"
        warning[POL0075]: `dubai` cannot stand in for `beijing`: it speaks none of the languages
          --> routing.toml:42:13
           |
        42 | stands_in = "dubai"
           |             ^^^^^^^
           |
           = help: name a centre that can answer these tickets

        0 errors, 1 warning
    "#]],
    );
    check(
        Code::StandIn,
        &stands_in("shanghai"),
        expect![[r#"
            0 errors, 0 warnings
        "#]],
    );
}

#[test]
fn entries_and_robots_that_cannot_be_meant() {
    let source = with(
        "[[entry]]\ndigits = 4\nsegment = \"line\"\n[[entry]]\ncode = \"8899\"\nsegment = \
         \"finance\"\n",
    );
    check(
        Code::Unreachable,
        &source,
        expect![[r#"
            warning[POL0022]: no call reaches this entry: `line` above takes it
               --> routing.toml:260:8
                |
            260 | code = "8899"
                |        ^^^^^^
                |
                = help: move it up, or leave it out

            0 errors, 1 warning
        "#]],
    );
    check(
        Code::NameInvalid,
        &with("[[entry]]\ncode = \"95-273\"\nsegment = \"emergency\"\n"),
        expect![[r#"
            error[POL0012]: `95-273` is no entry code
               --> routing.toml:257:8
                |
            257 | code = "95-273"
                |        ^^^^^^^^
                |
                = help: write the digits as a text, such as "95273"

            1 error, 0 warnings
        "#]],
    );
    check(
        Code::EscalatesToNobody,
        &with("[robot]\nlevel = \"L0\"\nhands_to = \"L0\"\n"),
        expect![[r#"
            error[POL0040]: the robot of L0 hands over to L0, where no people are
               --> routing.toml:245:12
                |
            245 | hands_to = "L0"
                |            ^^^^
                |
                = help: name a level further up

            1 error, 0 warnings
        "#]],
    );
    check(
        Code::ReferenceUnknown,
        &with("[default.cn-nort]\nname = \"d\"\nlevel = \"L1\"\nskill = \"general\"\n"),
        expect![[r#"
            error[POL0014]: there is no region `cn-nort`
               --> routing.toml:256:10
                |
            256 | [default.cn-nort]
                |          ^^^^^^^
                |
                = help: did you mean `cn-north`?

            1 error, 0 warnings
        "#]],
    );
}

#[test]
fn what_is_known_where_tickets_are_routed_is_not_known_elsewhere() {
    let mut source = Source::shipped("default").unwrap();
    let sla = source.files.get_mut("sla.toml").unwrap();
    let at = sla.find("\nwhen = '").unwrap() + "\nwhen = '".len();
    sla.insert_str(at, "ticket.age > 5 && ");
    let found = diagnose(&source);
    let found: Vec<&Diagnostic> = found
        .iter()
        .filter(|one| one.code == Code::VariableUnknown)
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].message, "`ticket.age` is not known here");
    assert!(found[0].hint.as_ref().unwrap().contains("routing.toml"));
}

/// Each dimension that a ticket or a moment has is a field, and has a value.
#[test]
fn every_dimension_can_be_asked_for() {
    let standing = Standing {
        response_due: Some(at("2026-11-23T10:30:00+08:00")),
        resolution_due: Some(at("2026-11-23T09:00:00+08:00")),
        calendar: "cn_day".to_owned(),
        escalations: 2,
        last_agent: "beijing-1".to_owned(),
    };
    let features = ticket(|ticket| {
        ticket.queue = "beijing/L1/network/zh".to_owned();
        ticket.reopens = 1;
        ticket.attributes = Attributes::from([
            ("industry".to_owned(), "finance".to_owned()),
            ("scene".to_owned(), "checkout".to_owned()),
            ("residency".to_owned(), "cn".to_owned()),
        ]);
    });
    let now = "2026-11-23T10:10:30+08:00";
    for (field, condition) in [
        ("ticket.region", "== \"cn-north\""),
        ("ticket.local_hour", "== 10"),
        ("ticket.local_weekday", "== \"mon\""),
        ("ticket.language", "== \"zh\""),
        ("ticket.channel", "== \"portal\""),
        ("ticket.category", "== \"network\""),
        ("ticket.skill", "== \"network\""),
        ("ticket.scene", "== \"checkout\""),
        ("ticket.severity", "== \"P2\""),
        ("ticket.response_slack", "== 19"),
        ("ticket.resolution_slack", "== -71"),
        ("ticket.calendar", "== \"cn_day\""),
        ("ticket.age", "== 10"),
        ("ticket.level", "== \"L1\""),
        ("ticket.escalations", "== 2"),
        ("ticket.reopens", "== 1"),
        ("ticket.sentiment", "== \"\""),
        ("ticket.incident", "== \"\""),
        ("ticket.tier", "== \"standard\""),
        ("ticket.vip", "== false"),
        ("ticket.segment", "== \"\""),
        ("ticket.sector", "== \"finance\""),
        ("ticket.residency", "== \"cn\""),
        ("ticket.last_agent", "== \"beijing-1\""),
        ("ticket.account_manager", "== \"\""),
        ("centre.open", "== true"),
        ("centre.down", "== false"),
    ] {
        let when = format!("{field} {condition}");
        assert!(holds(&when, &features, &standing, now), "{when}");
        let mut dimensions = DIMENSIONS.iter();
        assert!(dimensions.any(|one| one.fields.contains(&field)), "{field}");
    }
    for dimension in DIMENSIONS.iter().filter(|one| one.of != Of::Agent) {
        for name in dimension.fields {
            assert!(FIELDS.iter().any(|field| field.name == *name), "{name}");
        }
    }
}

#[test]
fn a_ticket_follows_the_sun_where_the_policy_says_so() {
    let source = with("[follow_the_sun]\nwhen = 'ticket.severity == \"P0\"'\n");
    let policy = policy(&source);
    let english = |severity| {
        ticket(|ticket| {
            ticket.language = "en".to_owned();
            ticket.severity = Some(severity);
        })
    };
    // Three in the morning in China, eight in the evening in Frankfurt, noon in San Francisco.
    let now = at("2026-11-24T03:00:00+08:00");
    let centre = |severity| routed_at(&policy, &english(severity), now).queue.centre;
    assert_eq!(centre(Severity::P0), "san-francisco");
    assert_eq!(centre(Severity::P2), "beijing");
    // Nobody who speaks it is awake: it waits where it is light first.
    let chinese = ticket(|ticket| ticket.severity = Some(Severity::P0));
    let routing = routed_at(&policy, &chinese, now);
    assert_eq!(routing.queue.centre, "beijing");
    let last = &routing.considered.last().unwrap().rule;
    assert_eq!(last, "centre beijing which opens first");
}

#[test]
fn data_stays_where_it_may_be_seen() {
    let mut source = with("[residency]\neu-central = \"eu\"\n");
    let text = source.files.get_mut("routing.toml").unwrap();
    *text = text.replacen(
        "[centre.singapore]\n",
        "[centre.singapore]\nclearances = [\"eu\"]\n",
        1,
    );
    let policy = policy(&source);
    let now = at("2026-11-23T10:00:00+01:00");
    let european = ticket(|ticket| {
        ticket.region = "eu-central".to_owned();
        ticket.language = "de".to_owned();
    });
    // Frankfurt speaks the language, and may not see the data.
    assert_eq!(
        routed_at(&policy, &european, now).queue.to_string(),
        "singapore/L1/network/en"
    );
    let elsewhere = ticket(|ticket| {
        ticket
            .attributes
            .insert("residency".to_owned(), "mars".to_owned());
    });
    let routing = routed_at(&policy, &elsewhere, now);
    assert_eq!(routing.queue.centre, "unassigned");
}

#[test]
fn a_centre_that_is_down_is_replaced() {
    let source = slip(
        "[centre.beijing]\n",
        "[centre.beijing]\ndown = true\nstands_in = \"singapore\"\n",
    );
    let policy = policy(&source);
    let routing = routed_at(&policy, &ticket(|_| ()), at("2026-11-23T10:00:00+08:00"));
    assert_eq!(routing.queue.centre, "singapore");
}

#[test]
fn levels_are_asked_for() {
    let policy = Policy::shipped("default").unwrap();
    let features = ticket(|_| ());
    let standing = Standing::default();
    let level = |wish| {
        let asked = Asked {
            wish,
            ..Asked::first(&features, &standing, features.opened_at)
        };
        decide(&asked, &policy.routing).queue.level
    };
    assert_eq!(level(Wish::Rule), "L1");
    assert_eq!(level(Wish::AtLeast("L2")), "L2");
    assert_eq!(level(Wish::AtLeast("L0")), "L1");
    assert_eq!(level(Wish::Exactly("L0")), "L0");
}

#[test]
fn a_region_has_a_default_of_its_own() {
    let source = with("[default.us-west]\nname = \"west\"\nlevel = \"L2\"\nskill = \"general\"\n");
    let policy = policy(&source);
    let rule = |region: &str| {
        let features = ticket(|ticket| {
            ticket.region = region.to_owned();
            ticket.category = "gardening".to_owned();
        });
        routed_at(&policy, &features, features.opened_at).rule
    };
    assert_eq!(
        (rule("us-west"), rule("cn-north")),
        ("west".into(), "general".into())
    );
}
