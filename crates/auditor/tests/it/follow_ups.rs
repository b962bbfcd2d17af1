//! What follows from clocks: forecasts, ladders and costs; and promises that begin anew.

use std::collections::BTreeMap;
use std::path::Path;

use posthouse_auditor::{Outside, Report};
use posthouse_wire::v1;
use posthouse_wire::v1::ticket_fact::Body;
use posthouse_wire::v1::{ActorKind, Severity, State, Target};
use uuid::Uuid;

use crate::convicts::convicted;
use crate::log::{Log, Ticket, due, features, instant, moved, ms, resolved};

const FIRST: Target = Target::FirstResponse;
const NEXT: Target = Target::NextResponse;
const UPDATE: Target = Target::Update;
const RESOLUTION: Target = Target::Resolution;

/// An hour until the resolution, and what follows when it passes.
const ONE_HOUR: &str = "[[sla]]\nname = \"rest\"\ncalendar = \"always\"\n\
    resolution = { P2 = \"1h\" }\nwarn = [50, \"15m\"]\n\
    forecast = { at_percents = [25, 75], at_risk_permille = [500, 800] }\n";
const LADDERS: &str = "[[ladder]]\nname = \"vip\"\non = [\"target_breached\"]\n\
    when = 'ticket.tier == \"gold\"'\nsteps = [{ to = \"L3\" }]\n\
    [[ladder]]\nname = \"all\"\non = [\"target_breached\"]\n\
    steps = [{ to = \"L2\" }, { to = \"L3\", after = \"15m\" }]\n";
const COSTS: &str = "[[rule]]\nname = \"late\"\ntargets = [\"resolution\"]\namount = 10\n\
    currency = \"CNY\"\nper = \"hour\"\nrounding = \"up\"\n";

fn watched(until: f64) -> Outside {
    Outside {
        settled_at_ms: ms(until),
        ..Outside::default()
    }
}

/// A ticket that is forecast, warned, missed, escalated twice, resolved and paid for.
struct Story {
    log: Log,
    ticket: Ticket,
    classified: Uuid,
    breached: Uuid,
    resolved: Uuid,
}

fn at_risk(threshold: u32) -> Body {
    Body::TargetAtRisk(v1::TargetAtRisk {
        target: RESOLUTION.into(),
        cycle: 0,
        threshold_permille: threshold,
        probability_permille: 810,
        due_at: instant(ms(3_600.0)),
        features: features(State::Queued, 0),
        ..v1::TargetAtRisk::default()
    })
}

fn escalated(ladder: &str, step: u32, to: &str, state: State) -> Body {
    Body::Escalated(v1::Escalated {
        target: RESOLUTION.into(),
        cycle: 0,
        ladder: ladder.to_owned(),
        step,
        to: to.to_owned(),
        level: to.to_owned(),
        due_at: instant(ms(3_600.0)),
        features: features(state, 0),
        ..v1::Escalated::default()
    })
}

fn accrued(rule: &str) -> Body {
    Body::CompensationAccrued(v1::CompensationAccrued {
        target: RESOLUTION.into(),
        cycle: 0,
        rule: rule.to_owned(),
        amount: "10".to_owned(),
        currency: "CNY".to_owned(),
        features: features(State::Resolved, 0),
        ..v1::CompensationAccrued::default()
    })
}

fn warned(percent: u32, before_ms: i64) -> Body {
    Body::TargetWarned(v1::TargetWarned {
        target: RESOLUTION.into(),
        cycle: 0,
        percent,
        before_ms,
        due_at: instant(ms(3_600.0)),
        features: features(State::Queued, 0),
    })
}

fn breached() -> Body {
    Body::TargetBreached(v1::TargetBreached {
        target: RESOLUTION.into(),
        cycle: 0,
        due_at: instant(ms(3_600.0)),
        features: features(State::Queued, 0),
        minutes: None,
    })
}

fn log(sla: &str) -> Log {
    let mut log = Log::new();
    log.sla = sla.to_owned();
    for (name, text) in [("ladders.toml", LADDERS), ("compensation.toml", COSTS)] {
        log.files.insert(name.to_owned(), text.to_owned());
    }
    log
}

fn story() -> Story {
    let mut log = log(ONE_HOUR);
    let (ticket, opened) = log.open(0.0, Severity::P2);
    let targets = vec![due(RESOLUTION, 0, 0.0, 1.0, 3_600.0)];
    let classified = log.triage(ticket, 1.0, (opened, 0.0), targets);
    log.concluded(ticket, 900.5, (classified, 900.0), at_risk(800));
    log.concluded(ticket, 1_800.5, (classified, 1_800.0), warned(50, 0));
    log.concluded(ticket, 2_700.5, (classified, 2_700.0), warned(75, 900_000));
    let breached = log.concluded(ticket, 3_600.5, (classified, 3_600.0), breached());
    let step = |step, to| escalated("all", step, to, State::Queued);
    log.concluded(ticket, 3_600.6, (breached, 3_600.0), step(1, "L2"));
    log.concluded(ticket, 4_500.6, (breached, 4_500.0), step(2, "L3"));
    let resolved = log.said(ticket, 5_000.0, ActorKind::Agent, resolved());
    log.concluded(ticket, 5_000.1, (resolved, 5_000.0), accrued("late"));
    Story {
        log,
        ticket,
        classified,
        breached,
        resolved,
    }
}

fn audit(log: Log) -> Report {
    log.in_order().audit(&watched(10_000.0))
}

/// The story without the facts of a kind from the `nth` on.
fn without(kind: &str, nth: usize) -> Story {
    let mut story = story();
    for place in story.log.places(kind).into_iter().skip(nth).rev() {
        story.log.entries.remove(place);
    }
    story
}

#[test]
fn all_that_follows_is_judged() {
    let report = audit(story().log);
    assert_eq!(report.first_violation(), None);
    assert_eq!((report.unjudged, report.void, report.facts), (0, 0, 12));
    let unwatched = story().log.audit(&Outside::default());
    assert_eq!(unwatched.first_violation(), None);
}

#[test]
fn doubled_and_misnamed() {
    for kind in ["target_at_risk", "escalated", "compensation_accrued"] {
        let mut log = story().log;
        let place = log.places(kind)[0];
        let mut entry = log.entries[place].clone();
        entry.message_id = None;
        log.entries.push(entry);
        let last = log.entries.len() - 1;
        log.at(last).fact_id = "00000000-0000-7000-8000-00000000bad0".to_owned();
        let report = audit(log);
        assert_eq!((report.doubled, report.misnamed), (1, 1), "{kind}");
        convicted(&report, 2, "twice, under different identities");
    }
}

#[test]
fn a_forecast_that_nobody_asked_for() {
    for threshold in [700, 900] {
        let Story {
            mut log,
            ticket,
            classified,
            ..
        } = without("target_at_risk", 0);
        log.concluded(ticket, 900.5, (classified, 900.0), at_risk(threshold));
        convicted(&audit(log), 4, "asks for no such forecast");
    }
    let mut log = story().log;
    log.first("target_at_risk").occurred_at = instant(ms(1_000.0));
    convicted(&audit(log), 4, "asks for no such forecast");
    // To ask is not to tell.
    assert_eq!(
        audit(without("target_at_risk", 0).log).first_violation(),
        None
    );
}

#[test]
fn a_step_that_is_not_taken() {
    convicted(&audit(without("escalated", 1).log), 4, "L3 was to be told");
    convicted(
        &audit(without("escalated", 0).log),
        4,
        "of which nobody was told",
    );
    let Story {
        mut log,
        ticket,
        breached,
        ..
    } = without("escalated", 0);
    // The ladder before it may have been for it, and reaches somebody else.
    let step = escalated("vip", 1, "L3", State::Queued);
    log.concluded(ticket, 3_600.6, (breached, 3_600.0), step);
    assert_eq!(audit(log).first_violation(), None);
}

#[test]
fn a_step_that_is_not_of_the_ladder() {
    for (ladder, to, said) in [
        ("all", "L1", "from scratch L2 at"),
        ("none", "L2", "is not for what it follows"),
    ] {
        let Story {
            mut log,
            ticket,
            breached,
            ..
        } = without("escalated", 0);
        let step = escalated(ladder, 1, to, State::Queued);
        log.concluded(ticket, 3_600.6, (breached, 3_600.0), step);
        convicted(&audit(log), 4, said);
    }
}

#[test]
fn a_step_after_an_answer() {
    let Story {
        mut log,
        ticket,
        breached,
        ..
    } = without("escalated", 1);
    log.reply(ticket, 4_000.0, ActorKind::Agent, false);
    assert_eq!(audit(log.clone()).first_violation(), None);
    let step = escalated("all", 2, "L3", State::InProgress);
    log.concluded(ticket, 4_500.6, (breached, 4_500.0), step);
    convicted(&audit(log), 4, "over or answered");
}

#[test]
fn a_customer_does_not_stop_a_ladder() {
    let mut story = without("escalated", 1);
    story
        .log
        .reply(story.ticket, 4_000.0, ActorKind::Customer, false);
    convicted(&audit(story.log), 4, "L3 was to be told");
}

#[test]
fn an_escalation_of_nothing() {
    let Story {
        mut log,
        ticket,
        classified,
        ..
    } = without("escalated", 0);
    let place = log.places("target_breached")[0];
    let after = log.entries.split_off(place);
    let step = escalated("all", 1, "L2", State::Queued);
    log.concluded(ticket, 3_500.0, (classified, 3_400.0), step);
    drop(after);
    let report = log.audit(&watched(3_500.0));
    convicted(&report, 3, "neither warned of nor missed");
}

#[test]
fn a_step_of_another_ticket_than_the_log_has() {
    let mut log = story().log;
    if let Some(Body::Escalated(body)) = &mut log.first("escalated").body {
        body.features = features(State::Assigned, 0);
    }
    convicted(&audit(log), 3, "another state than the log had it in");
}

#[test]
fn costs_of_what_was_kept() {
    let Story {
        mut log,
        ticket,
        classified,
        ..
    } = without("escalated", 0);
    let place = log.places("target_warned")[0];
    drop(log.entries.split_off(place));
    let solved = log.said(ticket, 1_000.0, ActorKind::Agent, resolved());
    let sound = log.audit(&watched(10_000.0));
    assert_eq!(sound.first_violation(), None);
    log.concluded(ticket, 1_000.1, (solved, 1_000.0), accrued("late"));
    let report = log.audit(&watched(10_000.0));
    convicted(&report, 4, "nothing missed ended there");
    assert_ne!(classified, solved);
}

#[test]
fn costs_by_a_rule_that_is_not_there() {
    let Story {
        mut log,
        ticket,
        resolved,
        breached,
        ..
    } = without("compensation_accrued", 0);
    log.concluded(ticket, 5_000.1, (resolved, 5_000.0), accrued("other"));
    assert_ne!(breached, resolved);
    convicted(&audit(log), 4, "`other` is no rule of its policy");
}

const ANEW: &str = "[[sla]]\nname = \"rest\"\ncalendar = \"always\"\n\
    first_response = { P2 = \"1h\" }\nnext_response = { P2 = \"1h\" }\n\
    update = { P2 = \"2h\" }\nresolution = { P2 = \"8h\" }\n\
    pauses = { resolution = [{ state = \"waiting_on_third_party\", reasons = [\"vendor\"] }] }\n";

/// Answered, asked again, answered; each question and each silence is a clock of its own.
fn anew() -> Log {
    let mut log = log(ANEW);
    let (ticket, opened) = log.open(0.0, Severity::P2);
    let first = due(FIRST, 0, 0.0, 1.0, 3_600.0);
    let resolution = due(RESOLUTION, 0, 0.0, 8.0, 28_800.0);
    let update = |cycle, from: f64| due(UPDATE, cycle, from, 2.0, from + 7_200.0);
    let next = |cycle, from: f64| due(NEXT, cycle, from, 1.0, from + 3_600.0);
    let all = |more: &[v1::TargetDue]| [&[first.clone(), resolution.clone()], more].concat();
    log.triage(ticket, 1.0, (opened, 0.0), all(&[update(1, 0.0)]));
    let answer = log.reply(ticket, 100.0, ActorKind::Agent, false);
    let told = all(&[update(2, 100.0)]);
    log.time(ticket, 100.1, (answer, 100.0), State::InProgress, told);
    let question = log.reply(ticket, 200.0, ActorKind::Customer, false);
    let told = all(&[next(1, 200.0), update(2, 100.0)]);
    log.time(ticket, 200.1, (question, 200.0), State::InProgress, told);
    let answer = log.reply(ticket, 300.0, ActorKind::Agent, false);
    let told = all(&[next(1, 200.0), update(3, 300.0)]);
    log.time(ticket, 300.1, (answer, 300.0), State::InProgress, told);
    let waits = |reason: &str| {
        Body::Progressed(v1::Progressed {
            to: v1::Progress::WaitingOnThirdParty.into(),
            reason: reason.to_owned(),
        })
    };
    log.said(
        ticket,
        400.0,
        ActorKind::Agent,
        waits("Vendor: part ordered"),
    );
    let back = log.said(ticket, 1_400.0, ActorKind::Agent, waits("the courier"));
    let resolution = moved(due(RESOLUTION, 0, 0.0, 8.0, 29_800.0), 28_800.0);
    let told = vec![first.clone(), resolution, next(1, 200.0), update(3, 300.0)];
    let cause = (back, 1_400.0);
    log.time(ticket, 1_400.1, cause, State::WaitingOnThirdParty, told);
    log.said(ticket, 2_000.0, ActorKind::Agent, resolved());
    log
}

#[test]
fn promises_that_begin_anew() {
    let report = audit(anew());
    assert_eq!(report.first_violation(), None);
    assert_eq!((report.unjudged, report.facts), (0, 14));
    for nth in 0..5 {
        let mut log = anew();
        let place = log.places("timed")[nth];
        if let Some(Body::Timed(body)) = &mut log.at(place).body {
            let last = body.targets.last_mut().unwrap();
            last.due_at.as_mut().unwrap().seconds += 1;
        }
        convicted(&audit(log), 4, "from scratch they are");
    }
    for nth in 1..5 {
        let mut log = anew();
        let place = log.places("timed")[nth];
        log.entries.remove(place);
        convicted(&audit(log), 1, "no `timed` tells of it");
    }
}

#[test]
fn a_deadline_before_that_is_told_wrong() {
    let mut log = anew();
    let place = log.places("timed")[4];
    if let Some(Body::Timed(body)) = &mut log.at(place).body {
        body.targets[1].previous_due_at = None;
    }
    convicted(&audit(log), 4, "from scratch they are");
}

#[test]
fn of_several_the_strictest() {
    let two = "choose = \"strictest\"\n[[sla]]\nname = \"gold\"\nwhen = 'ticket.tier == \"gold\"'\n\
        calendar = \"always\"\nfirst_response = { P2 = \"30m\" }\nresolution = { P2 = \"9h\" }\n\
        [[sla]]\nname = \"rest\"\ncalendar = \"always\"\n\
        first_response = { P2 = \"1h\" }\nresolution = { P2 = \"8h\" }\n";
    let told = |first: v1::TargetDue, resolution: v1::TargetDue| {
        let mut log = log(two);
        let (ticket, opened) = log.open(0.0, Severity::P2);
        log.triage(ticket, 1.0, (opened, 0.0), vec![first, resolution]);
        log.audit(&watched(60.0))
    };
    let gold = |due: v1::TargetDue| v1::TargetDue {
        sla: "gold".to_owned(),
        ..due
    };
    let report = told(
        gold(due(FIRST, 0, 0.0, 0.5, 1_800.0)),
        due(RESOLUTION, 0, 0.0, 8.0, 28_800.0),
    );
    assert_eq!((report.first_violation(), report.unjudged), (None, 0));
    let report = told(
        gold(due(FIRST, 0, 0.0, 0.5, 1_800.0)),
        gold(due(RESOLUTION, 0, 0.0, 9.0, 32_400.0)),
    );
    convicted(&report, 4, "from scratch they are");
}

/// The files of a shipped bundle, inherited ones included.
fn shipped(name: &str) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/policies");
    let mut files = BTreeMap::new();
    for folder in ["default", name] {
        for inside in ["", "holidays"] {
            let Ok(entries) = std::fs::read_dir(root.join(folder).join(inside)) else {
                continue;
            };
            for path in entries
                .map(|entry| entry.unwrap().path())
                .filter(|it| it.is_file())
            {
                let file = path.file_name().unwrap().to_str().unwrap();
                let file = Path::new(inside).join(file).to_str().unwrap().to_owned();
                files.insert(file, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    files
}

/// A ticket of the shipped bundles, by an entry of each: what its text promises is understood.
#[test]
fn the_shipped_bundles_are_judged() {
    // 2027-01-15 is a Friday: 08:00 in UTC, 16:00 in Shanghai.
    let day = 86_400.0;
    let billing = v1::TargetDue {
        target_ms: 0,
        business_days: 15,
        calendar: "mainland_working_days".to_owned(),
        ..due(RESOLUTION, 0, 0.0, 0.0, 21.0 * day)
    };
    for (name, sla, targets) in [
        (
            "default",
            "urgent",
            vec![
                due(FIRST, 0, 0.0, 0.5, 1_800.0),
                due(RESOLUTION, 0, 0.0, 4.0, 14_400.0),
            ],
        ),
        ("a1", "billing-dispute", vec![billing]),
        (
            "a2",
            "service-protection",
            vec![
                due(FIRST, 0, 0.0, 1.0 / 12.0, 300.0),
                due(RESOLUTION, 0, 0.0, 4.0, 14_400.0),
            ],
        ),
        (
            "h",
            "basic",
            vec![
                due(FIRST, 0, 0.0, 0.25, 900.0),
                due(RESOLUTION, 0, 0.0, 4.0, 14_400.0),
            ],
        ),
    ] {
        let mut log = Log::new();
        log.files = shipped(name);
        let (ticket, opened) = log.open(0.0, Severity::P1);
        let named = targets.into_iter().map(|due| v1::TargetDue {
            sla: sla.to_owned(),
            ..due
        });
        log.triage(ticket, 1.0, (opened, 0.0), named.collect());
        if let Some(Body::Classified(body)) = &mut log.first("classified").body {
            body.features.as_mut().unwrap().severity = Severity::P1.into();
        }
        if let Some(Body::Timed(body)) = &mut log.first("timed").body {
            body.sla = sla.to_owned();
        }
        let report = log.audit(&watched(30.0));
        assert_eq!(report.first_violation(), None, "{name}");
        assert_eq!(report.unjudged, 0, "{name}");
        assert!(report.invariants[3].checked > 0, "{name}");
    }
}
