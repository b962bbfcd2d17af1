//! The proof of coverage.

use posthouse_domain::sla::ladder::{Hole, Ladder, holes};

use super::*;

const MONDAY: &str = "2026-11-23T00:00:00Z";
const THURSDAY: &str = "2026-11-26T00:00:00Z";

/// The holes of a ladder for three days, with every destination served around the clock.
fn found(ladder: &Ladder) -> Vec<String> {
    let calendars = calendars();
    let always = Calendar::always("always");
    let found = holes(
        ladder,
        &calendars,
        |_| vec![&always],
        at(MONDAY),
        at(THURSDAY),
    );
    shown(&found)
}

fn shown(holes: &[Hole]) -> Vec<String> {
    let shown = holes
        .iter()
        .map(|hole| format!("{} to {}", short(hole.from), short(hole.to)));
    shown.collect()
}

#[test]
fn a_ladder_without_hours_has_no_holes() {
    assert!(found(&ladder("l", vec![level("L2", 0)])).is_empty());
}

#[test]
fn a_ladder_by_day_has_its_nights_as_holes() {
    let holes = found(&ladder("l", vec![during("day", level("L2", 0))]));
    let expected = [
        "23 00:00 to 23 08:00",
        "23 20:00 to 24 08:00",
        "24 20:00 to 25 08:00",
    ];
    assert_eq!(holes[..3], expected);
    assert_eq!(holes[3..], ["25 20:00 to 26 00:00"]);
}

#[test]
fn a_duty_manager_fills_the_nights() {
    let steps = vec![
        during("day", level("L2", 0)),
        during("night", level("duty", 0)),
    ];
    assert!(found(&ladder("l", steps)).is_empty());
}

#[test]
fn a_later_step_covers_what_begins_before_its_hours() {
    let holes = found(&ladder(
        "l",
        vec![
            during("day", level("L2", 0)),
            during("day", level("L3", 60)),
        ],
    ));
    assert_eq!(holes[0], "23 00:00 to 23 07:00");
    assert_eq!(holes[1], "23 20:00 to 24 07:00");
}

#[test]
fn repeats_cover_too() {
    let once = ladder("l", vec![during("day", level("L2", 0))]);
    let often = Ladder {
        repeats: 12,
        repeat_after_ms: 60 * MINUTE_MS,
        ..once
    };
    assert!(found(&often).is_empty());
}

#[test]
fn a_level_that_nobody_serves_is_one_hole() {
    let calendars = calendars();
    let l = ladder("l", vec![level("L2", 0)]);
    let found = holes(&l, &calendars, |_| Vec::new(), at(MONDAY), at(THURSDAY));
    assert_eq!(shown(&found), ["23 00:00 to 26 00:00"]);
    let day = &calendars["day"];
    let served = holes(&l, &calendars, |_| vec![day], at(MONDAY), at(THURSDAY));
    assert_eq!(served.len(), 4);
}
