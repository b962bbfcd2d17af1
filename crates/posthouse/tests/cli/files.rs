//! Commands that need files and no server: `sla`, `policy`, `route`.

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::posthouse::{run, run_with};

fn write(dir: &TempDir, name: &str, text: &str) -> String {
    let path: PathBuf = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Two working hours from Friday 16:00 in an office that closes at 17:00.
fn vector(expected: Value) -> Value {
    json!({
        "id": "weekend",
        "timezone": "Europe/Madrid",
        "business_hours": {"mon": [["09:00", "17:00"]], "fri": [["09:00", "17:00"]]},
        "holidays": [],
        "start": "2026-10-09T16:00:00+02:00",
        "target_minutes": 120,
        "pauses": [],
        "expected_due": expected,
    })
}

#[test]
fn deadlines_are_calculated_and_compared() {
    let due = |expected: Value| {
        let file = json!([vector(expected)]).to_string();
        run_with(&["sla", "due", "--vectors", "-", "--json"], &file)
    };
    let ran = due(json!("2026-10-12T08:00:00Z")).ends_with(0);
    let line = "{\"id\":\"weekend\",\"due\":\"2026-10-12T10:00:00+02:00\",\"ok\":true}\n";
    assert_eq!(ran.stdout, line);
    assert_eq!(
        due(json!(null)).ends_with(0).objects()[0]["ok"],
        json!(null)
    );
    assert_eq!(
        due(json!("2026-10-12T08:00:01Z")).ends_with(6).objects()[0]["ok"],
        json!(false)
    );

    let file = json!([vector(json!(null))]).to_string();
    let table = run_with(&["sla", "due", "--vectors", "-"], &file)
        .ends_with(0)
        .stdout;
    assert!(
        table.contains("weekend  2026-10-12T10:00:00+02:00"),
        "{table}"
    );
}

#[test]
fn bad_vectors_are_refused_with_their_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut closed = vector(json!(null));
    closed["business_hours"] = json!({});
    let mut misspelled = vector(json!(null));
    misspelled["business_hours"] = json!({"monday": []});
    for (text, words) in [
        ("no json".to_owned(), "expected"),
        ("{}".to_owned(), "want an array"),
        ("[7]".to_owned(), "element 0"),
        (json!([closed]).to_string(), "SLA0003"),
        (
            json!([misspelled]).to_string(),
            "vector `weekend`: unknown field `monday`",
        ),
    ] {
        let file = write(&dir, "vectors.json", &text);
        run(&["sla", "due", "--vectors", &file])
            .ends_with(2)
            .complains(&["failed to", words]);
    }
    let missing = dir.path().join("none.json");
    run(&["sla", "due", "--vectors", missing.to_str().unwrap()])
        .ends_with(2)
        .complains(&["none"]);
    std::fs::write(dir.path().join("latin.json"), b"\xff[]").unwrap();
    let latin = dir.path().join("latin.json");
    run(&["sla", "due", "--vectors", latin.to_str().unwrap()])
        .ends_with(2)
        .complains(&["utf-8"]);
}

#[test]
fn shipped_bundles_are_sound() {
    for bundle in ["default", "a1", "a2", "h"] {
        let ran = run(&["policy", "check", bundle]).ends_with(0);
        assert!(ran.stdout.contains("0 errors"), "{}", ran.stdout);
    }
    run(&["policy", "check", "defualt"])
        .ends_with(3)
        .complains(&["did you mean `default`?"]);
}

#[test]
fn coverage_is_proved() {
    let ran = run(&["policy", "check", "default", "--coverage", "90d"]).ends_with(0);
    assert!(ran.stdout.contains("reaches somebody"), "{}", ran.stdout);

    let of_h = [
        "policy",
        "check",
        "h",
        "--coverage",
        "7d",
        "--from",
        "2026-11-23",
    ];
    let ran = run(&[&of_h[..], &["--json"]].concat()).ends_with(0);
    let gap = ran.objects().into_iter().find(|it| it["code"] == "POL0045");
    let gap = gap.unwrap();
    assert_eq!(gap["ladder"], "urgent-abroad");
    assert_eq!(
        (&gap["severity"], &gap["file"]),
        (&json!("warning"), &json!("ladders.toml"))
    );
    assert!(gap["minutes"].as_i64().unwrap() > 0);
    assert!(gap["hint"].as_str().unwrap().contains("duty manager"));
    run(&[&of_h[..], &["--strict"]].concat()).ends_with(6);

    run(&["policy", "check", "h", "--coverage", "90"])
        .ends_with(2)
        .complains(&["such as 90d"]);
}

#[test]
fn diagnostics_have_a_place() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().to_str().unwrap();
    run(&["policy", "check", bundle])
        .ends_with(2)
        .complains(&["bundle.toml", "POL0033"]);

    let head = "name = \"next\"\ntitle = \"Next\"\nextends = \"default\"\n";
    write(&dir, "bundle.toml", &format!("{head}tires = [\"gold\"]\n"));
    let ran = run(&["policy", "check", bundle, "--json"]).ends_with(6);
    let diagnostics = ran.objects();
    let wrong = diagnostics
        .iter()
        .find(|it| it["code"] == "POL0004")
        .unwrap();
    assert_eq!(
        (&wrong["file"], &wrong["line"]),
        (&json!("bundle.toml"), &json!(4))
    );
    assert_eq!(wrong["hint"], "did you mean `tiers`?");
    let drawn = run(&["policy", "check", bundle]).ends_with(6).stdout;
    assert!(drawn.contains("bundle.toml:4:1"), "{drawn}");

    run_with(
        &["route", "explain", "-", "--policy", bundle],
        r#"{"subject":"s"}"#,
    )
    .ends_with(2)
    .complains(&["which has errors", "bundle.toml:4:1"]);
}

#[test]
fn bundles_are_shown_and_compared() {
    let shown = run(&["policy", "show", "a1", "--json"])
        .ends_with(0)
        .objects();
    assert_eq!(shown[0]["name"], "a1");
    assert_eq!(shown[0]["version"].as_str().unwrap().len(), 64);
    let promise = json!({
        "sla": "critical", "calendar": "always", "target": "first_response",
        "severity": "P0", "target_ms": 900_000, "business_days": null,
    });
    assert!(shown[0]["promises"].as_array().unwrap().contains(&promise));
    let people = run(&["policy", "show", "a1"]).ends_with(0).stdout;
    assert!(people.contains("cn-north"), "{people}");

    assert_eq!(run(&["policy", "diff", "a1", "a1"]).ends_with(0).stdout, "");
    let lines = run(&["policy", "diff", "default", "a1"])
        .ends_with(0)
        .stdout;
    assert!(
        lines.contains("~ bundle.toml name: \"default\" -> \"a1\""),
        "{lines}"
    );
    let objects = run(&["policy", "diff", "default", "a1", "--json"])
        .ends_with(0)
        .objects();
    let name = json!({
        "file": "bundle.toml", "key": "name",
        "change": {"changed": {"from": "\"default\"", "to": "\"a1\""}},
    });
    assert!(objects.contains(&name));
}

#[test]
fn a_route_is_explained_offline() {
    let ticket = json!({
        "customer": "c-1", "subject": "VPN 隧道中断", "body": "从 9 点开始，所有 BGP 邻居都断了。",
        "region": "cn-north", "severity": "P0",
    });
    let args = [
        "route",
        "explain",
        "-",
        "--policy",
        "a1",
        "--at",
        "2026-11-22T03:00:00+08:00",
    ];
    let json_args: Vec<&str> = args.iter().copied().chain(["--json"]).collect();
    let explained = run_with(&json_args, &ticket.to_string())
        .ends_with(0)
        .objects()
        .remove(0);
    assert_eq!(explained["category"], "network");
    assert_eq!(explained["severity"], "P0");
    assert_eq!(explained["language"], "zh");
    assert_eq!(explained["at"], "2026-11-21T19:00:00.000Z");
    let chosen = |list: &Value| {
        let list = list.as_array().unwrap();
        list.iter()
            .filter(|it| it["outcome"] == "chosen")
            .map(|it| it["rule"].clone())
            .collect()
    };
    let rules: Vec<Value> = chosen(&explained["considered"]);
    assert_eq!(rules[0], explained["rule"]);
    let slas: Vec<Value> = chosen(&explained["slas_considered"]);
    assert_eq!(slas, vec![explained["sla"].clone()]);
    let first_response = &explained["targets"][0];
    assert_eq!(first_response["target_ms"], 900_000);
    assert_eq!(first_response["due_at"], "2026-11-21T19:15:00+00:00");

    let people = run_with(&args, &ticket.to_string()).ends_with(0).stdout;
    for words in [
        "Labels",
        "Queue",
        explained["queue"].as_str().unwrap(),
        "first_response",
    ] {
        assert!(people.contains(words), "{words}: {people}");
    }
}

/// What happens while nobody takes it, who would be asked, and each dimension; the same bytes for
/// the same ticket, bundle and instant.
#[test]
fn an_explanation_tells_what_follows_and_is_the_same_to_the_byte() {
    let ticket = r#"{"subject":"hello","region":"cn-north","language":"zh",
        "features":{"category":"network","severity":"P1","language":"zh"}}"#;
    let args = [
        "route",
        "explain",
        "-",
        "--at",
        "2026-11-23T10:00:00+08:00",
        "--json",
    ];
    let explain = || run_with(&args, ticket).ends_with(0);
    assert_eq!(explain().stdout, explain().stdout);
    let explained = explain().objects().remove(0);
    assert_eq!(explained["queue"], "beijing/L2/network/zh");
    let later = explained["later"].as_array().unwrap();
    assert_eq!(later[0]["at"], "2026-11-23T02:02:00.000Z");
    assert_eq!(later[0]["step"], 1);
    assert_eq!(later[1]["queue"], "shanghai/L2/network/zh");
    let agents = &explained["agents"];
    let winner = agents["winner"]["agent"].as_str().unwrap();
    assert!(winner.starts_with("beijing-"), "{agents}");
    assert!(!agents["agents"].as_array().unwrap().is_empty(), "{agents}");
    assert_eq!(explained["dimensions"]["ticket.local_hour"], 10);
    assert_eq!(explained["dimensions"]["centre.open"], true);
}

#[test]
fn labels_can_be_set_by_hand() {
    let ticket = r#"{"subject":"hello","features":{"category":"security","severity":"P0"}}"#;
    let explained = run_with(&["route", "explain", "-", "--json"], ticket)
        .ends_with(0)
        .objects()
        .remove(0);
    assert_eq!(explained["category"], "security");
    let reasons = explained["reasons"].as_array().unwrap();
    let severity = reasons
        .iter()
        .find(|reason| reason["field"] == "severity")
        .unwrap();
    assert_eq!(severity["rule"], "by_hand");
}

#[test]
fn a_ticket_that_is_none_is_refused() {
    for (ticket, words) in [
        ("", "read the ticket"),
        ("[]", "read the ticket"),
        (
            r#"{"subject":"s","custmer":"c"}"#,
            "did you mean `customer`?",
        ),
        (
            r#"{"subject":"s","region":"cn-nort"}"#,
            "did you mean `cn-north`?",
        ),
        (r#"{"subject":"s","tier":"golden"}"#, "did you mean `gold`?"),
        (r#"{"subject":"s","severity":"P5"}"#, "P0"),
        (r#"{"body":"b"}"#, "subject is empty"),
    ] {
        run_with(&["route", "explain", "-"], ticket)
            .ends_with(2)
            .complains(&[words]);
    }
    run_with(&["route", "explain", "-", "--at", "yesterday"], "{}").ends_with(2);
}
