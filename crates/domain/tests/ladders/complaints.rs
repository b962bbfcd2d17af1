//! What users of other systems complained of, each as a test that it does not happen here.

use super::*;

/// grafana-cold-storage/oncall#1206: an escalation that waited for its time window was never
/// resumed, least of all after a restart.
#[test]
fn oncall_1206_an_escalation_goes_on_after_its_time_window_and_a_restart() {
    let ladders = ladders(vec![ladder(
        "office",
        vec![waiting(during("day", level("L2", 0))), level("L3", 30)],
    )]);
    let mut climbs = breached_at("2026-11-23T23:00:00Z", &ladders);
    assert!(rung_by(&mut climbs, at("2026-11-24T02:00:00Z"), &ladders).is_empty());
    let stored = postcard::to_allocvec(&climbs).unwrap();
    let mut restarted: Climbs = postcard::from_bytes(&stored).unwrap();
    assert_eq!(restarted, climbs);
    assert_eq!(restarted.next_ring(), Some(at("2026-11-24T08:00:00Z")));
    assert_eq!(
        story(&mut restarted, &ladders),
        ["24 08:00 L2", "24 08:30 L3"]
    );
}

/// The same with steps that are passed over: when nobody was there in any pass, the ladder goes
/// on with whoever is there first, instead of ending unheard.
#[test]
fn oncall_1206_a_ladder_whose_hours_were_all_closed_is_not_lost() {
    let ladders = ladders(vec![ladder(
        "office",
        vec![
            during("day", level("L2", 0)),
            during("day", level("L3", 30)),
        ],
    )]);
    let mut climbs = breached_at("2026-11-23T23:00:00Z", &ladders);
    assert_eq!(story(&mut climbs, &ladders), ["24 08:00 L2", "24 08:30 L3"]);
}

/// grafana-cold-storage/oncall#1931: the wait between two steps was ignored.
#[test]
fn oncall_1931_the_wait_between_two_steps_is_kept() {
    let ladders = ladders(vec![ladder("l", vec![level("L2", 0), level("L3", 15)])]);
    let mut climbs = breached_at(NOON, &ladders);
    assert_eq!(
        rung_by(&mut climbs, minutes_after(NOON, 1), &ladders).len(),
        1
    );
    for minute in 2..=15 {
        let now = minutes_after(NOON, minute);
        assert!(
            rung_by(&mut climbs, now, &ladders).is_empty(),
            "minute {minute}"
        );
    }
    assert_eq!(
        rung_by(&mut climbs, minutes_after(NOON, 16), &ladders).len(),
        1
    );
}

/// A step that is noticed late (nobody owned the partition) does not move the next one.
#[test]
fn oncall_1931_a_late_step_does_not_shorten_or_stretch_the_next_wait() {
    let ladders = ladders(vec![ladder("l", vec![level("L2", 0), level("L3", 15)])]);
    let mut climbs = breached_at(NOON, &ladders);
    assert_eq!(
        rung_by(&mut climbs, minutes_after(NOON, 14), &ladders).len(),
        1
    );
    assert_eq!(climbs.next_ring(), Some(minutes_after(NOON, 15)));
}

/// grafana-cold-storage/oncall#1503: one failed delivery blocked the next. A step does not ask
/// what became of the one before: the climb has nowhere to be told.
#[test]
fn oncall_1503_a_failed_delivery_blocks_no_later_step() {
    let steps = vec![
        receiver("broken", 0),
        receiver("broken", 5),
        receiver("works", 10),
    ];
    let ladders = ladders(vec![ladder("l", steps)]);
    let mut climbs = breached_at(NOON, &ladders);
    let expected = ["23 12:00 broken", "23 12:05 broken", "23 12:10 works"];
    assert_eq!(story(&mut climbs, &ladders), expected);
}

/// Nor does a gap let the broken one stand before the one that works.
#[test]
fn oncall_1503_after_a_gap_each_receiver_is_told() {
    let steps = vec![
        receiver("broken", 0),
        receiver("broken", 5),
        receiver("works", 10),
    ];
    let ladders = ladders(vec![ladder("l", steps)]);
    let mut climbs = breached_at(NOON, &ladders);
    let rungs = rung_by(&mut climbs, minutes_after(NOON, 60), &ladders);
    let told: Vec<_> = rungs.iter().map(|rung| rung.to.key()).collect();
    assert_eq!(told, ["broken", "works"]);
}

/// glpi-project/glpi#22678: escalations rang at 00:00 of the day instead of at their instant.
#[test]
fn glpi_22678_an_escalation_rings_at_its_instant_and_not_at_midnight() {
    let ladders = ladders(vec![ladder(
        "l",
        vec![level("L2", 0), level("L3", 24 * 60)],
    )]);
    let start = "2026-11-23T16:47:00Z";
    let mut climbs = breached_at(start, &ladders);
    assert_eq!(story(&mut climbs, &ladders), ["23 16:47 L2", "24 16:47 L3"]);
}
