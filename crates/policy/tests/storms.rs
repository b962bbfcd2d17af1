//! `storms.toml`: what it says, what it lacks, and what is wrong with it.

#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something unexpected happens"
)]

use posthouse_domain::storm::Storms;
use posthouse_policy::{Code, Policy, Source, compile};

/// The shipped bundle with another `storms.toml`.
fn bundle(storms: &str) -> Source {
    let mut source = Source::shipped("default").unwrap();
    source
        .files
        .insert("storms.toml".to_owned(), storms.to_owned());
    source
}

fn problems(storms: &str) -> Vec<(Code, String)> {
    let found = match compile(&bundle(storms)) {
        Ok((_, warnings)) => warnings,
        Err(diagnostics) => diagnostics,
    };
    let of_storms = found.into_iter().filter(|it| it.file == "storms.toml");
    of_storms.map(|it| (it.code, it.message)).collect()
}

#[test]
fn the_shipped_file_says_what_holds_without_it() {
    let shipped = Policy::shipped("default").unwrap().storms;
    assert!(shipped.places.len() > 3);
    let without_places = Storms {
        places: Vec::new(),
        ..shipped
    };
    assert_eq!(without_places, Storms::default());
    let (policy, _) = compile(&bundle("")).unwrap();
    assert_eq!(policy.storms, Storms::default());
}

#[test]
fn every_key_is_read() {
    let text = r#"
        [storm]
        enabled = false
        kinds = ["incident", "complaint"]
        window = "2m"
        customers_min = 20
        times_usual = "2.5"
        times_share = 4
        sigmas = 6
        memory = "1h"
        together = "10m"
        quiet = "30m"
        quiet_below = 7
        [similar]
        links_max = 0
        score_min_permille = 700
        window = "24h"
        [place.here]
        words = ["Here", "hier"]
    "#;
    let storms = compile(&bundle(text)).unwrap().0.storms;
    assert!(!storms.enabled);
    assert_eq!(storms.kinds, ["incident", "complaint"]);
    assert_eq!((storms.window_ms, storms.memory_ms), (120_000, 3_600_000));
    assert_eq!((storms.together_ms, storms.quiet_ms), (600_000, 1_800_000));
    assert_eq!(
        (storms.customers_min, storms.sigmas, storms.quiet_below),
        (20, 6, 7)
    );
    assert_eq!(
        (storms.times_usual_tenths, storms.times_share_tenths),
        (25, 40)
    );
    assert_eq!(
        (storms.similar.links_max, storms.similar.score_min_permille),
        (0, 700)
    );
    assert_eq!(storms.similar.window_ms, 86_400_000);
    assert_eq!(storms.places[0].words, ["here", "hier"]);
}

#[test]
fn what_is_wrong_is_named() {
    for (text, code) in [
        ("[storms]", Code::KeyUnknown),
        ("[storm]\nwindows = \"5m\"", Code::KeyUnknown),
        ("[storm]\nwindow = 5", Code::UnitMissing),
        ("[storm]\nwindow = \"200h\"", Code::OutOfRange),
        ("[storm]\ncustomers_min = 1", Code::OutOfRange),
        ("[storm]\nkinds = [\"outage\"]", Code::ReferenceUnknown),
        ("[storm]\nkinds = []", Code::OutOfRange),
        ("[storm]\ntimes_usual = \"lots\"", Code::OutOfRange),
        ("[storm]\ntimes_usual = \"0.5\"", Code::OutOfRange),
        ("[storm]\ntimes_usual = \"2.55\"", Code::OutOfRange),
        ("[storm]\nmemory = \"20m\"", Code::OutOfRange),
        ("[similar]\nlinks_max = 17", Code::OutOfRange),
        ("[similar]\nscore_min_permille = 100", Code::OutOfRange),
        ("[place.a]", Code::KeyMissing),
        ("[place.a]\nwords = [\"x\"]", Code::OutOfRange),
        (
            "[place.a]\nwords = [\"here\"]\n[place.b]\nwords = [\"here\"]",
            Code::NameTwice,
        ),
        ("[place.\"A b\"]\nwords = [\"here\"]", Code::NameInvalid),
    ] {
        let found = problems(text);
        assert!(found.iter().any(|(it, _)| *it == code), "{text}: {found:?}");
    }
}
