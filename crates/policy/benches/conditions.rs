//! What conditions cost: routing one ticket by the rules of the default bundle, and by twenty
//! rules of which none matches, so that each is evaluated.
//!
//! Run with `cargo bench -p posthouse-policy`.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use posthouse_domain::route::{Asked, Standing, decide};
use posthouse_domain::ticket::{Attributes, Features, Severity, State};
use posthouse_policy::{Policy, Source, compile};

const ROUNDS: u32 = 100_000;

fn main() {
    let features = ticket();
    report(
        "default bundle",
        &Policy::shipped("default").expect("it is shipped"),
        &features,
    );
    report("20 rules, none matches", &twenty_rules(), &features);
}

fn report(what: &str, policy: &Policy, features: &Features) {
    let started = Instant::now();
    let standing = Standing::default();
    for _ in 0..ROUNDS {
        let asked = Asked::first(black_box(features), &standing, features.opened_at);
        black_box(decide(&asked, &policy.routing));
    }
    let micros = started.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS);
    let rules = policy.routing.rules.len();
    eprintln!("route a ticket, {what} ({rules} rules): {micros:.2} us");
}

/// The default bundle with twenty rules of three comparisons each.
fn twenty_rules() -> Policy {
    let mut source = Source::shipped("default").expect("it is shipped");
    let routing = source
        .files
        .get_mut("routing.toml")
        .expect("it has a routing");
    let start = routing.find("\n[[rule]]").expect("it has rules");
    let end = routing.find("\n[fallback]").expect("it has a fallback");
    let mut rules = String::from("\n");
    for number in 0..20 {
        writeln!(
            rules,
            "[[rule]]\nname = \"r{number}\"\nlevel = \"L1\"\nskill = \"s\"\nwhen = 'ticket.category \
             == \"network\" && ticket.severity <= \"P2\" && ticket.attributes.code == \"{number}\"'"
        )
        .expect("a string takes everything");
    }
    routing.replace_range(start..end, &rules);
    compile(&source).expect("it compiles").0
}

fn ticket() -> Features {
    Features {
        number: "CN-2026-000001".into(),
        excerpt: "packet loss between two zones".into(),
        customer: "c-example".into(),
        tier: "standard".into(),
        region: "cn-north".into(),
        channel: "portal".into(),
        product: "VPC".into(),
        language: "zh".into(),
        severity: Some(Severity::P2),
        category: "network".into(),
        kind: "incident".into(),
        sentiment: None,
        tags: vec!["outage".into()],
        attributes: Attributes::new(),
        opened_at: "2026-11-23T10:00:00+08:00"
            .parse()
            .expect("it is an instant"),
        reopens: 0,
        queue: String::new(),
        state: State::Triaged,
        signals: Vec::new(),
        abstained: false,
        incident: String::new(),
    }
}
