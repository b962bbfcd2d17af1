//! `posthouse route simulate`, over the shipped sample scenarios.

use crate::posthouse::run;

/// A shipped sample scenario.
fn sample(name: &str) -> String {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../deploy/samples/scenarios"
    );
    format!("{folder}/{name}")
}

#[test]
fn a_day_is_played_under_several_policies() {
    let file = sample("small_day.json");
    let args = [
        "route",
        "simulate",
        "--scenario",
        &file,
        "--policy",
        "default,fifo,strict,edf,gcmu",
        "--seed",
        "7",
        "--json",
    ];
    let lines = run(&args).ends_with(0).objects();
    let policies: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["policy"].as_str())
        .collect();
    assert_eq!(policies, ["default", "fifo", "strict", "edf", "gcmu"]);
    for line in &lines {
        assert_eq!(
            line["tickets"], lines[0]["tickets"],
            "all see the same tickets"
        );
        assert!(line["events_per_second"].as_u64().unwrap() > 0);
        for severity in ["P0", "P1", "P2", "P3"] {
            let rate = line["breach_rate"][severity].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&rate));
        }
        for figure in ["breach_cost", "longest_wait_minutes", "occupancy_spread"] {
            assert!(line[figure].as_f64().unwrap() >= 0.0, "{figure}");
        }
    }
    let cost = |at: usize| lines[at]["breach_cost"].as_f64().unwrap();
    assert!(cost(0) < cost(1), "better than first come first served");
}

#[test]
fn equal_seeds_give_equal_bytes() {
    let file = sample("small_storm.json");
    let play = |seed: &str| {
        let args = [
            "route",
            "simulate",
            "--scenario",
            &file,
            "--policy",
            "default,strict",
            "--seed",
            seed,
            "--json",
            "--no-speed",
        ];
        run(&args).ends_with(0).stdout
    };
    assert_eq!(play("7"), play("7"));
    assert_ne!(play("7"), play("8"));
}

#[test]
fn what_cannot_be_played_is_refused() {
    let file = sample("small_day.json");
    let unknown = [
        "route",
        "simulate",
        "--scenario",
        &file,
        "--policy",
        "random",
    ];
    run(&unknown)
        .ends_with(2)
        .complains(&["`random`", "default, fifo, strict"]);
    let centre = [
        "route",
        "simulate",
        "--scenario",
        &file,
        "--centre",
        "nanjin",
    ];
    run(&centre)
        .ends_with(2)
        .complains(&["TWN0004", "did you mean `nanjing`?"]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("typo.json");
    std::fs::write(&path, "{\"extends\": \"nowhere.json\"}").unwrap();
    let typo = ["route", "simulate", "--scenario", path.to_str().unwrap()];
    run(&typo)
        .ends_with(2)
        .complains(&["TWN0003", "nowhere.json"]);
}
