//! The ledger accounts for every millisecond, and agrees with the clocks.

use expect_test::expect;
use posthouse_domain::sla::clock::End;
use posthouse_domain::sla::ledger::{Ledger, What, ledgers};
use posthouse_domain::sla::{Calendar, Promise, Target};
use posthouse_domain::ticket::{Progress, Severity};
use posthouse_testkit::builders::START;
use proptest::prelude::*;

use crate::life::{Act, Life, MINUTE_MS, bundle, sla};
use crate::properties::{acts, life};
use crate::strategies::{near_ms, plan};

fn ledgers_of(life: &Life) -> Vec<Ledger> {
    ledgers(&life.told, life.now, &|version| life.slas_of(version), None)
}

proptest! {
    #[test]
    fn spans_add_up_to_the_age_of_the_ticket(plan in plan(), start in near_ms(), acts in acts()) {
        let mut life = life(&plan, start);
        let opened_at = life.now;
        for (gap, act) in &acts {
            life.after(*gap, act);
        }
        for ledger in ledgers_of(&life) {
            let mut at = opened_at;
            for span in &ledger.spans {
                prop_assert_eq!(span.from, at, "a gap in {:?}", &ledger);
                prop_assert!(span.to > span.from);
                at = span.to;
            }
            prop_assert_eq!(at, life.now);
            prop_assert!(ledger.spans.windows(2).all(|pair| pair[0].what != pair[1].what));
            prop_assert_eq!(&ledger.finding, &None);
        }
    }

    /// What was kept was kept within the working time that was promised, what was missed was not.
    #[test]
    fn the_ledger_agrees_with_the_clocks(plan in plan(), start in near_ms(), acts in acts()) {
        let mut life = life(&plan, start);
        for (gap, act) in &acts {
            life.after(*gap, act);
        }
        life.after(1, &Act::Tick);
        let ledgers = ledgers_of(&life);
        for clock in &life.watched.clocks {
            let same = |ledger: &&Ledger| {
                (ledger.target, ledger.cycle, ledger.due_at) == (clock.target, clock.cycle, clock.due_at)
            };
            // A promise is told once the classifier has spoken.
            let Some(ledger) = ledgers.iter().find(same) else { continue };
            let Promise::Working(promised_ms) = clock.promise else { continue };
            match clock.end {
                Some(End::Kept(_)) => prop_assert!(ledger.working_ms() <= promised_ms, "{ledger:?}"),
                Some(End::Missed) => prop_assert!(ledger.working_ms() >= promised_ms, "{ledger:?}"),
                None => prop_assert!(ledger.working_ms() <= promised_ms, "{ledger:?} {clock:?}"),
                Some(End::Withdrawn) => {}
            }
        }
    }
}

/// The account of a ticket that waited, was relabelled and reopened, as people read it.
#[test]
fn a_ledger_to_be_read() {
    let promises = [
        (Target::Resolution, Severity::P1, 240),
        (Target::Resolution, Severity::P2, 480),
    ];
    let slas = bundle(
        sla("usual", "always", &[], &promises),
        [Calendar::always("always")],
    );
    let mut life = Life::new(vec![slas], START);
    life.in_work(Severity::P2);
    life.after(
        60 * MINUTE_MS,
        &Act::ProgressFor(Progress::WaitingOnCustomer, "logs"),
    );
    life.after(30 * MINUTE_MS, &Act::CustomerReplies);
    life.after(10 * MINUTE_MS, &Act::Classify(Severity::P1));
    life.after(50 * MINUTE_MS, &Act::Resolve);
    life.after(30 * MINUTE_MS, &Act::Reopen);
    life.after(15 * MINUTE_MS, &Act::Tick);
    let text: String = ledgers_of(&life).iter().map(shown).collect();
    expect![[r#"
        resolution 0 of usual: done 11:30, due 13:30
          11-23 09:00 60 min Working
          11-23 10:00 30 min Paused { state: WaitingOnCustomer, reason: "logs" }
          11-23 10:30 60 min Working
          11-23 11:30 45 min Over
          09:00 8h due 17:00
          10:30 8h due 17:30 after 17:00: the customer wrote; resumed
          10:40 4h due 13:30 after 17:30: severity P2 to P1
        resolution 1 of usual: due 16:00
          11-23 09:00 180 min NotBegun
          11-23 12:00 15 min Working
          12:00 4h due 16:00: reopened
    "#]]
    .assert_eq(&text);
}

/// Nobody has the policy that a fact names: the one in force counts, and the ledger says so.
#[test]
fn a_policy_that_nobody_has_is_a_finding() {
    let promises = [(Target::Resolution, Severity::P2, 480)];
    let slas = bundle(
        sla("usual", "always", &[], &promises),
        [Calendar::always("always")],
    );
    let mut life = Life::new(vec![slas], START);
    life.after(MINUTE_MS, &Act::Classify(Severity::P2));
    life.after(MINUTE_MS, &Act::Tick);
    let in_force = life.slas_of(&life.told[2].1.policy).unwrap();
    let counted = ledgers(&life.told, life.now, &|_| None, Some(in_force));
    assert_eq!(counted[0].working_ms(), 2 * MINUTE_MS);
    assert_eq!(
        counted[0].finding.as_deref(),
        Some("nobody has version 0 of the policy: counted by the one in force")
    );
    let unknown = ledgers(&life.told, life.now, &|_| None, None);
    assert_eq!(
        unknown[0].ms_of(|what| *what == What::Unknown),
        2 * MINUTE_MS
    );
    assert!(unknown[0].finding.is_some());
}

fn shown(ledger: &Ledger) -> String {
    let clock = |at: posthouse_domain::Timestamp| at.to_string()[11..16].to_owned();
    let done = ledger
        .done_at
        .map_or_else(String::new, |at| format!("done {}, ", clock(at)));
    let mut text = format!(
        "{} {} of {}: {done}due {}\n",
        ledger.target,
        ledger.cycle,
        ledger.sla,
        clock(ledger.due_at)
    );
    for span in &ledger.spans {
        let minutes = span.to.millis_since(span.from) / MINUTE_MS;
        let from = span.from.to_string()[5..16].replace('T', " ");
        text.push_str(&format!("  {from} {minutes} min {:?}\n", span.what));
    }
    for revision in &ledger.revisions {
        let before = revision
            .previous_due_at
            .map_or_else(String::new, |at| format!(" after {}", clock(at)));
        let why = match revision.why.as_str() {
            "" => String::new(),
            why => format!(": {why}"),
        };
        text.push_str(&format!(
            "  {} {} due {}{before}{why}\n",
            clock(revision.at),
            revision.promise,
            clock(revision.due_at)
        ));
    }
    text
}
