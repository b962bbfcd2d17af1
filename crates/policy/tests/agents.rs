//! `agents.toml` and `[dispatch]`: what they say, what they lack, and what is wrong with them.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something unexpected happens"
)]

use posthouse_domain::dispatch::{Accept, AgentOrder, Jump, Order, Rules};
use posthouse_domain::ticket::Severity;
use posthouse_policy::{Code, Policy, SHIPPED, Source, compile};

/// The shipped bundle with another roster, and more in `routing.toml`.
fn bundle(agents: &str, dispatch: &str) -> Source {
    let mut source = Source::shipped("default").unwrap();
    let routing = source.files.get_mut("routing.toml").unwrap();
    let without = routing.find("\n[dispatch]").unwrap_or(routing.len());
    routing.truncate(without);
    routing.push('\n');
    routing.push_str(dispatch);
    source
        .files
        .insert("agents.toml".to_owned(), agents.to_owned());
    source
}

fn problems(agents: &str, dispatch: &str) -> Vec<(Code, String)> {
    let found = match compile(&bundle(agents, dispatch)) {
        Ok((_, warnings)) => warnings,
        Err(diagnostics) => diagnostics,
    };
    found.into_iter().map(|it| (it.code, it.message)).collect()
}

fn rules(agents: &str, dispatch: &str) -> Rules {
    let (policy, _) = compile(&bundle(agents, dispatch)).unwrap();
    (*policy.dispatch).clone()
}

const ANN: &str = r#"
    [channel_load]
    phone = 1000
    wechat = 400
    [team.first]
    centre = "beijing"
    levels = ["L1", "L2"]
    skills = { network = 700, compute = 900 }
    calendar = "cn_day"
    capacity = 2000
    clearances = ["cn"]
    [agent.ann]
    team = "first"
    title = "Ann"
    skills = { network = 950 }
    account_manager_of = ["c-42"]
    [agent.bob]
    centre = "shanghai"
    levels = ["L3"]
    skills = { storage = 800 }
    languages = ["zh"]
"#;

#[test]
fn agents_say_what_differs_from_their_team() {
    let rules = rules(ANN, "");
    let ann = rules.agent("ann").unwrap();
    assert_eq!((ann.title.as_str(), ann.team.as_str()), ("Ann", "first"));
    assert_eq!(ann.centre, "beijing");
    assert_eq!(ann.levels, ["L1", "L2"]);
    assert_eq!(ann.skills.get("network"), Some(&950));
    assert_eq!(ann.skills.len(), 1, "its own skills replace the team's");
    assert_eq!(ann.languages, ["zh", "en"], "what the centre speaks");
    assert_eq!(ann.clearances, ["cn"]);
    assert_eq!(ann.capacity, 2_000);
    assert_eq!(ann.shift.as_ref().unwrap().name(), "cn_day");
    assert_eq!(ann.account_manager_of, ["c-42"]);
    let bob = rules.agent("bob").unwrap();
    assert_eq!((bob.capacity, bob.shift.is_none()), (1_000, true));
    assert_eq!(bob.languages, ["zh"]);
    assert_eq!((rules.load("wechat"), rules.load("email")), (400, 1_000));
}

#[test]
fn every_key_of_dispatch_is_read() {
    let text = r#"
        [dispatch]
        order = "gcmu"
        agents = "longest_idle"
        accept = "auto"
        accept_timeout = "45s"
        heartbeat_timeout = "3m"
        refusal = "7m"
        affinity_grace = "90s"
        transfer_grace = "20m"
        starvation_every = 8
        slack_permille = 350
        late_permille = 250
        target_default = "12h"
        handling = { L1 = "13m", L2 = "42m" }
        weights = { proficiency = 0.25, idleness = 0.75 }
        jump = { severities = ["P0"], tiers = ["platinum"], in_a_row_max = 4 }
        [dispatch.cost]
        severity = { P0 = 32, P3 = 0.5 }
        tier = { gold = 2 }
        response = 0.3
        resolution = 0.7
    "#;
    let rules = rules(ANN, text);
    assert_eq!(rules.order, Order::Gcmu);
    assert_eq!(rules.agent_order, AgentOrder::LongestIdle);
    assert_eq!(rules.accept, Accept::Auto);
    assert_eq!(rules.accept_timeout_ms, 45_000);
    assert_eq!(rules.heartbeat_timeout_ms, 180_000);
    assert_eq!(rules.refusal_ms, 420_000);
    assert_eq!(rules.affinity_grace_ms, 90_000);
    assert_eq!(rules.transfer_grace_ms, 1_200_000);
    assert_eq!(rules.starvation_every, 8);
    assert_eq!((rules.slack_permille, rules.late_permille), (350, 250));
    assert_eq!(rules.target_default_ms, 43_200_000);
    assert_eq!(rules.handling_ms.get("L2"), Some(&2_520_000));
    assert_eq!(rules.proficiency_permille, 250);
    let jump = Jump {
        severities: vec![Severity::P0],
        tiers: vec!["platinum".to_owned()],
        in_a_row_max: 4,
    };
    assert_eq!(rules.jump, jump);
    let cost = &rules.cost;
    let expected = [32_000_000, 16_000_000, 4_000_000, 500_000];
    assert_eq!(cost.severity_micro, expected);
    assert_eq!(cost.tier_micro.get("gold"), Some(&2_000_000));
    assert_eq!(cost.response_permille, 300);
}

#[test]
fn a_bundle_that_says_nothing_has_the_defaults_and_nobody() {
    assert_eq!(rules("", ""), Rules::default());
    assert!(problems("", "").is_empty(), "{:?}", problems("", ""));
}

#[test]
fn every_shipped_bundle_has_a_roster_that_serves_its_queues() {
    for name in SHIPPED {
        let policy = Policy::shipped(name).unwrap();
        assert!(policy.dispatch.agents.len() > 10, "{name}");
        let (_, warnings) = compile(&Source::shipped(name).unwrap()).unwrap();
        let of_roster = [Code::SkillUnknown, Code::QueueUnserved, Code::HoursApart];
        let found = warnings.iter().filter(|it| of_roster.contains(&it.code));
        assert_eq!(found.count(), 0, "{name}: {warnings:?}");
    }
}

#[test]
fn what_cannot_be_meant_is_found() {
    let agent = |more: &str| {
        format!(
            "[agent.ann]\ncentre = \"beijing\"\nlevels = [\"L1\"]\nskills = {{ network = 900 }}\n{more}"
        )
    };
    for (agents, dispatch, code, word) in [
        (
            agent("calender = \"cn_day\""),
            "",
            Code::KeyUnknown,
            "calender",
        ),
        (
            agent("team = \"x\""),
            "",
            Code::ReferenceUnknown,
            "no team `x`",
        ),
        (
            agent("calendar = \"x\""),
            "",
            Code::ReferenceUnknown,
            "no calendar `x`",
        ),
        (
            agent("capacity = 0"),
            "",
            Code::OutOfRange,
            "0 is not from 1",
        ),
        ("[agent.a]".to_owned(), "", Code::KeyMissing, "centre"),
        (
            "[channel_load]\nfax = 1".to_owned(),
            "",
            Code::ReferenceUnknown,
            "no channel `fax`",
        ),
        (
            "[agent.a]\ncentre = \"bejing\"\nlevels = [\"L7\"]\nskills = { x = 1001 }".to_owned(),
            "",
            Code::OutOfRange,
            "1001",
        ),
        (
            agent(""),
            "[dispatch]\norder = \"lifo\"",
            Code::WordUnknown,
            "lifo",
        ),
        (
            agent(""),
            "[dispatch]\nweights = { proficiency = 0.5, idleness = 0.6 }",
            Code::WeightsSum,
            "1.1",
        ),
        (
            agent(""),
            "[dispatch.cost]\nresponse = 0.5\nresolution = 0.6",
            Code::WeightsSum,
            "response and resolution",
        ),
        (
            agent(""),
            "[dispatch]\nweights = { proficiency = -0.5, idleness = 1 }",
            Code::OutOfRange,
            "-0.5",
        ),
        (
            agent(""),
            "[dispatch.cost]\nseverity = { P0 = -1 }",
            Code::OutOfRange,
            "-1",
        ),
        (
            agent(""),
            "[dispatch.cost]\ntier = { diamond = 9 }",
            Code::ReferenceUnknown,
            "no tier `diamond`",
        ),
        (
            agent(""),
            "[dispatch]\nhandling = { L9 = \"1m\" }",
            Code::ReferenceUnknown,
            "L9",
        ),
        (
            agent(""),
            "[dispatch]\naccept_timeout = 30",
            Code::UnitMissing,
            "30",
        ),
        (
            agent(""),
            "[dispatch]\njump = { tiers = [\"gold\"] }",
            Code::KeyMissing,
            "in_a_row_max",
        ),
        (agent(""), "", Code::SkillUnknown, "`incident`"),
        (
            agent(""),
            "",
            Code::QueueUnserved,
            "L1 with network in: dubai",
        ),
    ] {
        let found = problems(&agents, dispatch);
        let hit = found
            .iter()
            .any(|(other, message)| *other == code && message.contains(word));
        assert!(hit, "{agents}{dispatch}: want {code} {word}, got {found:?}");
    }
}

#[test]
fn a_shift_that_never_meets_the_hours_of_its_centre_is_found() {
    let agents = "[agent.ann]\ncentre = \"beijing\"\nlevels = [\"L1\"]\nskills = { network = 900 }\n\
                  calendar = \"us_office\"";
    // 07:00 to 19:00 in Los Angeles is 23:00 to 11:00 in Beijing: they meet in the morning.
    let apart = |source: &Source| {
        let found = compile(source).map_or_else(|all| all, |(_, warnings)| warnings);
        found
            .iter()
            .any(|it| it.code == Code::HoursApart && it.file == "agents.toml")
    };
    let mut source = bundle(agents, "");
    assert!(!apart(&source));
    let calendars = source.files.get_mut("calendars.toml").unwrap();
    calendars.push_str(
        "\n[calendar.small_hours]\nzone = \"Asia/Shanghai\"\nevery_day = [\"02:00-04:00\"]\n",
    );
    let roster = source.files.get_mut("agents.toml").unwrap();
    *roster = roster.replace("us_office", "small_hours");
    assert!(apart(&source));
}
