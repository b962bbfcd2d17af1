//! What holds for every ticket under every calendar.

use std::collections::BTreeSet;

use posthouse_domain::Timestamp;
use posthouse_domain::sla::clock::End;
use posthouse_domain::sla::watch::{Packed, Watched};
use posthouse_domain::sla::{Calendar, Slas, Target};
use posthouse_domain::ticket::{Body, Severity};
use posthouse_domain::words::Words;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::life::{Act, Life, MINUTE_MS, act, bundle, ring_of, sla, timed};
use crate::strategies::{Plan, near_ms, plan};

/// Takes in so few words that others stand in the rows.
#[derive(Default)]
struct FewWords(Vec<String>);

impl Words for FewWords {
    fn number(&mut self, text: &str) -> Option<u32> {
        if !self.0.iter().any(|known| known == text) && self.0.len() < 4 {
            self.0.push(text.to_owned());
        }
        let place = self.0.iter().position(|known| known == text);
        place.map(|place| u32::try_from(place).unwrap())
    }

    fn text(&self, number: u32) -> Option<&str> {
        self.0
            .get(usize::try_from(number).unwrap())
            .map(String::as_str)
    }
}

const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Two bundles: by the random calendar, and around the clock without P0 and under another name.
fn bundles(plan: &Plan) -> Vec<Slas> {
    use Target::{FirstResponse, Resolution};
    let first = [
        (FirstResponse, Severity::P0, 5),
        (FirstResponse, Severity::P2, 60),
        (Resolution, Severity::P0, 60),
        (Resolution, Severity::P1, 240),
        (Resolution, Severity::P2, 600),
    ];
    let second = [
        (FirstResponse, Severity::P2, 30),
        (Resolution, Severity::P1, 120),
        (Resolution, Severity::P2, 480),
        (Resolution, Severity::P3, 2_000),
    ];
    vec![
        bundle(
            sla("desk", "random", &[50, 75, 90], &first),
            [plan.calendar()],
        ),
        bundle(
            sla("always", "always", &[30, 75], &second),
            [Calendar::always("always")],
        ),
    ]
}

/// Milliseconds until the next thing happens: often few, sometimes days.
fn gap() -> impl Strategy<Value = i64> {
    prop_oneof![
        1 => Just(0),
        1 => 0..3_i64,
        4 => 0..3 * 60 * MINUTE_MS,
        1 => 0..3 * DAY_MS,
    ]
}

pub(crate) fn acts() -> impl Strategy<Value = Vec<(i64, Act)>> {
    prop::collection::vec((gap(), act()), 1..30)
}

pub(crate) fn life(plan: &Plan, start: i64) -> Life {
    Life::new(bundles(plan), plan.anchor.plus_millis(start))
}

/// Promises that were kept, by target and cycle.
fn kept(watched: &Watched) -> impl Iterator<Item = (Target, u32)> + '_ {
    let kept = watched
        .clocks
        .iter()
        .filter(|clock| matches!(clock.end, Some(End::Kept(_))));
    kept.map(|clock| (clock.target, clock.cycle))
}

fn later(at: Timestamp, ms: i64) -> Timestamp {
    at.plus_millis(ms)
}

proptest! {
    #[test]
    fn a_clock_rings_once_for_a_level_and_never_after_it_was_kept(
        plan in plan(), start in near_ms(), acts in acts(),
    ) {
        let mut life = life(&plan, start);
        let (mut rung, mut ids, mut kept_before) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (gap, act) in &acts {
            for conclusion in life.after(*gap, act) {
                prop_assert!(ids.insert((conclusion.cause, conclusion.rule.clone(), conclusion.ordinal)));
                let Some(ring) = ring_of(&conclusion) else { continue };
                prop_assert!(rung.insert(ring), "{ring:?} twice");
                prop_assert!(!kept_before.contains(&(ring.0, ring.1)), "{ring:?} after it was kept");
            }
            kept_before.extend(kept(&life.watched));
        }
    }

    #[test]
    fn the_next_ring_is_the_earliest_and_rings_strictly_after_its_instant(
        plan in plan(), start in near_ms(), acts in acts(),
    ) {
        let mut life = life(&plan, start);
        for (gap, act) in &acts {
            life.after(*gap, act);
            let earliest = life.watched.clocks.iter().filter(|clock| clock.is_running() || clock.is_overdue())
                .map(|clock| match clock.warnings.first() {
                    Some(first) if !clock.is_overdue() => first.at,
                    _ => clock.due_at,
                })
                .min();
            prop_assert_eq!(life.watched.next_ring(), earliest);
            let Some(next) = earliest else { continue };
            prop_assert_eq!(life.clone().ring(next), vec![]);
            let rang = life.clone().ring(later(next, 1));
            prop_assert!(!rang.is_empty() && rang.iter().all(|conclusion| conclusion.at == next));
        }
    }

    #[test]
    fn rings_come_in_the_order_of_their_instants_and_leave_nothing_due(
        plan in plan(), start in near_ms(), acts in acts(), wait in gap(),
    ) {
        let mut life = life(&plan, start);
        for (gap, act) in &acts {
            life.after(*gap, act);
        }
        let now = later(life.now, wait);
        let rang = life.ring(now);
        prop_assert!(rang.is_sorted_by_key(|conclusion| conclusion.at));
        prop_assert!(life.watched.next_ring().is_none_or(|next| next >= now));
    }

    /// Looking often or seldom concludes the same: ticks are no facts.
    #[test]
    fn ticks_change_nothing(plan in plan(), start in near_ms(), acts in acts()) {
        let (mut often, mut seldom) = (life(&plan, start), life(&plan, start));
        let mut waited = 0;
        for (gap, act) in &acts {
            often.after(*gap / 2, &Act::Tick);
            often.after(*gap - *gap / 2, act);
            waited += gap;
            if !matches!(act, Act::Tick) {
                // The same facts have the same identities.
                seldom.skip_to_place_of(&often);
                seldom.after(waited, act);
                waited = 0;
            }
        }
        often.after(0, &Act::Tick);
        seldom.after(waited, &Act::Tick);
        prop_assert_eq!(often.concluded, seldom.concluded);
        prop_assert_eq!(often.watched, seldom.watched);
    }

    #[test]
    fn a_snapshot_anywhere_goes_on_as_if_there_were_none(
        plan in plan(), start in near_ms(), acts in acts(), cut in any::<Index>(),
    ) {
        let (mut whole, mut restored) = (life(&plan, start), life(&plan, start));
        let cut = cut.index(acts.len());
        for (index, (gap, act)) in acts.iter().enumerate() {
            if index == cut {
                let mut words = FewWords::default();
                let packed = restored.watched.pack(&mut words);
                let bytes = postcard::to_stdvec(&packed).unwrap();
                let id = restored.watched.ticket.id;
                let packed: Packed = postcard::from_bytes(&bytes).unwrap();
                restored.watched = Watched::unpack(packed, id, &words).unwrap();
            }
            prop_assert_eq!(whole.after(*gap, act), restored.after(*gap, act));
        }
        prop_assert_eq!(whole.watched, restored.watched);
    }

    #[test]
    fn waiting_moves_a_deadline_by_the_working_time_waited(
        plan in plan(),
        start in near_ms(),
        waits in prop::collection::vec((0.0_f64..0.9, 0..2 * DAY_MS), 1..5),
    ) {
        let calendar = plan.calendar();
        let mut life = life(&plan, start);
        life.in_work(Severity::P2);
        for (place, wait) in waits {
            let before = life.due(Target::Resolution).unwrap();
            let left = before.millis_since(life.now);
            #[expect(clippy::cast_possible_truncation, reason = "a share of a span lies inside it")]
            let until = (left as f64 * place) as i64;
            life.after(until, &Act::Answer(true));
            let since = life.now;
            let concluded = life.after(wait, &Act::CustomerReplies);
            let after = life.due(Target::Resolution).unwrap();
            let waited = calendar.working_ms_between(since, life.now);
            prop_assert_eq!(calendar.working_ms_between(before, after), waited);
            prop_assert_eq!(timed(&concluded).is_some(), waited > 0, "a new deadline is told");
        }
    }

    /// Whoever reads the facts knows the deadline of each clock that runs.
    #[test]
    fn facts_tell_the_deadlines_of_running_clocks(
        plan in plan(), start in near_ms(), acts in acts(),
    ) {
        let mut life = life(&plan, start);
        life.after(0, &Act::Classify(Severity::P2));
        for (gap, act) in &acts {
            life.after(*gap, act);
            let told = life.concluded.iter().rev().find_map(|conclusion| match &conclusion.body {
                Body::Timed(timed) => Some(timed.targets.clone()),
                _ => None,
            });
            let mut told = told.unwrap_or_default();
            told.iter_mut().for_each(|due| due.previous_due_at = None);
            for clock in life.watched.clocks.iter().filter(|clock| clock.is_running()) {
                prop_assert!(told.contains(&clock.due()), "{:?} is not in {told:?}", clock.due());
            }
        }
    }
}
