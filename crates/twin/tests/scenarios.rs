//! Scenarios from outside: what is read, what is refused and in which words, and what a run of
//! the shipped samples has to be like.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may fail as loudly as the test"
)]

use posthouse_twin::{Error, Policy, Report, Scenario, Scope, Twin};
use serde_json::{Value, json};

fn sample(name: &str) -> Result<String, String> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../deploy/samples/scenarios"
    );
    std::fs::read_to_string(format!("{folder}/{name}")).map_err(|error| error.to_string())
}

fn read(name: &str) -> Scenario {
    Scenario::read(name, sample).unwrap()
}

/// A scenario that extends the small day.
fn over(mut overlay: Value) -> Result<Twin, Error> {
    overlay["extends"] = json!("small_day.json");
    let scenario = Scenario::read("over.json", |name| match name {
        "over.json" => Ok(overlay.to_string()),
        base => sample(base),
    })?;
    Twin::draw(&scenario, &Scope::default(), 1)
}

fn play(name: &str, scope: &Scope, policy: &str) -> Report {
    let twin = Twin::draw(&read(name), scope, 7).unwrap();
    twin.play(policy.parse().unwrap()).unwrap()
}

#[track_caller]
fn refuses(overlay: Value, code: &str, words: &[&str]) {
    let error = over(overlay).map(|_| ()).unwrap_err();
    let text = error.to_string();
    assert_eq!(error.code(), code, "{text}");
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

#[test]
fn unknown_keys_are_refused_with_the_nearest() {
    refuses(
        json!({"incidentz": []}),
        "TWN0002",
        &["incidentz", "did you mean `incidents`?"],
    );
    let typo = json!({"start_utc": "2026-03-09T16:00:00Z", "warmup_h": 1, "mesure_h": 1});
    refuses(
        json!({"clock": typo}),
        "TWN0002",
        &["did you mean `measure_h`?"],
    );
}

#[test]
fn what_makes_no_sense_is_refused_by_its_path() {
    let day = serde_json::from_str::<Value>(&sample("small_day.json").unwrap()).unwrap();
    let change = |change: &dyn Fn(&mut Value)| {
        let mut day = day.clone();
        day["check_totals"] = Value::Null;
        change(&mut day);
        day
    };
    let shares = change(&|day| day["tiers"][0]["share"] = json!(0.9));
    refuses(shares, "TWN0004", &["tiers", "add up to 1.2"]);
    let centre = change(&|day| day["customer_regions"][0]["service_hours_of"] = json!("lion"));
    refuses(
        centre,
        "TWN0004",
        &["customer_regions.asia", "did you mean `lyon`?"],
    );
    let hours = change(&|day| day["centres"][0]["service_hours"] = json!(["22:00", "08:00"]));
    refuses(hours, "TWN0004", &["centres.nanjing.service_hours"]);
    let shift = change(&|day| day["pools"][0]["heads"] = json!({"lyon-early": 1}));
    refuses(
        shift,
        "TWN0004",
        &["pools.nanjing-systems-L1.heads", "centre `lyon`"],
    );
    let severity = change(&|day| day["severities"][0]["id"] = json!("P9"));
    refuses(severity, "TWN0004", &["P0"]);
    let many = change(&|day| day["pools"][0]["heads"]["nanjing-early"] = json!(4_000_000_000_u32));
    refuses(many, "TWN0004", &["more than 100000 agents"]);
    let long = change(&|day| day["shifts"]["lyon-late"]["minutes"] = json!(i64::MAX));
    refuses(long, "TWN0004", &["shifts.lyon-late"]);
    let rates = json!([{
        "regions": ["asia"], "interpolation": "step",
        "points": [["2026-03-09T16:00:00Z", 1e9]],
    }]);
    refuses(
        json!({"rate_multipliers": rates}),
        "TWN0004",
        &["tickets come"],
    );
    refuses(json!({"schema_version": 2}), "TWN0004", &["schema_version"]);
}

#[test]
fn totals_that_are_not_what_they_say_are_refused() {
    let said = json!({"check_totals": {"agents": 88}});
    refuses(said, "TWN0005", &["`agents`", "88", "87"]);
    let said = json!({"check_totals": {"offered_agent_hours": {"L1": 300.0}}});
    refuses(said, "TWN0005", &["offered_agent_hours.L1"]);
}

#[test]
fn what_is_extended_has_to_be_there_and_to_end() {
    let alone = |text: &str| {
        let text = text.to_owned();
        Scenario::read("one.json", move |name| match name {
            "one.json" => Ok(text.clone()),
            _ => Err("no such file".to_owned()),
        })
    };
    let missing = alone(r#"{"extends": "two.json"}"#).unwrap_err();
    assert_eq!(missing.code(), "TWN0003");
    let circle = alone(r#"{"extends": "one.json"}"#).unwrap_err();
    assert_eq!(circle.code(), "TWN0003");
    let broken = alone("{\n  \"id\": }").unwrap_err();
    assert!(broken.to_string().contains("line 2, column 9"), "{broken}");
    assert_eq!(broken.code(), "TWN0001");
}

#[test]
fn equal_seeds_give_equal_reports() {
    let scenario = read("small_day.json");
    let twin = |seed| Twin::draw(&scenario, &Scope::default(), seed).unwrap();
    let report = |seed| twin(seed).play(Policy::ALL[0]).unwrap();
    assert_eq!(report(7), report(7));
    assert_ne!(report(7), report(8));
}

/// All see the same tickets, nothing is left behind, and the order that knows what a breach
/// costs costs less than those that do not.
#[test]
fn policies_differ_on_equal_tickets() {
    let twin = Twin::draw(&read("small_storm.json"), &Scope::default(), 7).unwrap();
    let reports = Policy::ALL.map(|policy| twin.play(policy).unwrap());
    let [default, fifo, strict, ..] = &reports;
    assert!(
        reports
            .iter()
            .all(|one| one.tickets == default.tickets && one.unfinished == 0)
    );
    assert!(default.tickets > 1_500, "{}", default.tickets);
    assert!(
        default.breach_cost < strict.breach_cost,
        "{default:?} {strict:?}"
    );
    assert!(strict.breach_cost < fifo.breach_cost);
}

/// Linking takes most of a storm's work away.
#[test]
fn linked_tickets_take_little_work() {
    let linked = Scope {
        linked: true,
        ..Scope::default()
    };
    let without = play("small_storm.json", &Scope::default(), "default");
    let with = play("small_storm.json", &linked, "default");
    assert_eq!(with.tickets, without.tickets);
    assert!(with.breach_cost < without.breach_cost);
    assert!(with.events < without.events);
}

/// A centre that vanishes leaves its work to whoever may do it, and loses none.
#[test]
fn work_of_a_centre_that_vanishes_is_not_lost() {
    let day = play("small_day.json", &Scope::default(), "default");
    let outage = play("small_outage.json", &Scope::default(), "default");
    assert_eq!(outage.tickets, day.tickets);
    assert_eq!(outage.unfinished, 0);
    assert!(outage.response_breach_rate > day.response_breach_rate);
}

/// A scope keeps what belongs to a centre, and scales what comes to what it can do.
#[test]
fn a_scope_is_one_centre_as_busy_as_asked() {
    let scope = |busy| Scope {
        centre: Some("lyon".to_owned()),
        busy: Some(busy),
        ..Scope::default()
    };
    let calm = play("small_day.json", &scope(0.5), "default");
    let busy = play("small_day.json", &scope(1.0), "default");
    assert!(
        calm.tickets * 18 < busy.tickets * 10,
        "{} {}",
        calm.tickets,
        busy.tickets
    );
    assert!(
        calm.occupancy < 0.6 && busy.occupancy > 0.75,
        "{} {}",
        calm.occupancy,
        busy.occupancy
    );
    let nobody = Scope {
        centre: Some("nowhere".to_owned()),
        ..Scope::default()
    };
    let error = Twin::draw(&read("small_day.json"), &nobody, 7).unwrap_err();
    assert_eq!(error.code(), "TWN0004");
}
