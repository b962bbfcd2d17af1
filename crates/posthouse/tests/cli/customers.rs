//! How customers want to be told, through the HTTP door.

use serde_json::json;

use crate::door::Door;
use crate::posthouse::{Ran, run};

fn ask(door: &Door, args: &[&str]) -> Ran {
    let url = door.url();
    let server = ["--server", url.as_str()];
    let args: Vec<&str> = args.iter().copied().chain(server).collect();
    run(&args)
}

#[test]
fn a_customer_says_what_they_prefer_all_at_once() {
    let accepted = json!({"fact_id": "f-1"});
    let door = Door::new([("POST /v1/customers/c-42/preference", 202, accepted.clone())]);
    let said = |args: &[&str]| {
        let args = [&["customer", "prefer", "c-42"], args].concat();
        ask(&door, &args).ends_with(0);
        door.asked().last().unwrap().body.clone()
    };
    assert_eq!(said(&[]), json!({}));
    assert_eq!(said(&["--no-about"]), json!({"about": []}));
    assert_eq!(
        said(&[
            "--channel",
            "email",
            "--channel",
            "sms",
            "--language",
            "de",
            "--about",
            "resolved",
            "--by",
            "li",
        ]),
        json!({"channels": ["email", "sms"], "language": "de", "about": ["resolved"],
               "actor": {"kind": "agent", "name": "li"}})
    );
    let args = ["customer", "prefer", "c-42", "--no-channel", "--json"];
    assert_eq!(ask(&door, &args).ends_with(0).objects(), [accepted]);
    let wrong = ["customer", "prefer", "c-42", "--channel", "fax"];
    ask(&door, &wrong).ends_with(2);
    let both = [
        "customer",
        "prefer",
        "c-42",
        "--about",
        "resolved",
        "--no-about",
    ];
    ask(&door, &both).ends_with(2);
}

#[test]
fn what_a_customer_prefers_is_shown() {
    let said = json!({
        "customer": "c-42", "language": "de", "channels": ["email"], "about": [],
        "by": "customer:c-42", "at": "2026-11-22T06:30:00.000Z",
    });
    let path = "GET /v1/customers/c-42/preference";
    let door = Door::new([(path, 200, said.clone())]);
    let args = ["customer", "show", "c-42"];
    let shown = ask(&door, &args).ends_with(0).stdout;
    for word in ["email", "none", "customer:c-42"] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    let as_json = [&args[..], &["--json"]].concat();
    assert_eq!(ask(&door, &as_json).ends_with(0).objects(), [said]);
    let nothing = json!({"customer": "c-42", "language": "", "channels": null, "about": null,
                         "by": null, "at": null});
    let door = Door::new([(path, 200, nothing)]);
    let shown = ask(&door, &args).ends_with(0).stdout;
    assert!(shown.contains("nobody said anything"), "{shown}");
}
