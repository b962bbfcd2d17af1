//! Systems of which queueing theory knows the answer, played as scenarios: one centre that never
//! closes, one pool per level, memoryless work.
//!
//! Exact values: M/M/c is Erlang C (A. K. Erlang 1917); classes by priority without preemption
//! are A. Cobham 1954 (one server) and, for several servers with one common service, R. H. Davis
//! 1966 and O. Kella & U. Yechiali 1985; two levels are a network of J. R. Jackson 1957. The
//! tolerances are 4.5 standard deviations of a mean over so many runs of that length.

mod scenarios;

use posthouse_domain::dispatch::Order;

use crate::dispatched::Dispatched;
use crate::draw::{Demand, demand, speeds};
use crate::floor::Floor;
use crate::naive::{Line, Naive};
use crate::plan::{Plan, Scope, compile};
use crate::reach::Desks;
use crate::world::{Played, play};
use scenarios::System;

/// A played system.
struct Run {
    demand: Demand,
    played: Played,
}

/// Plays a system with a seed on a naive floor.
fn naive(system: &System, seed: u64, line: Line) -> Run {
    run(system, seed, |plan, desks, demand| {
        Box::new(Naive::new(plan, desks, demand, line))
    })
}

/// Plays a system with a seed on the floor of production.
fn dispatched(system: &System, seed: u64, order: Order) -> Run {
    run(system, seed, |plan, desks, demand| {
        Box::new(Dispatched::new(plan, desks, demand, order).unwrap())
    })
}

fn run(
    system: &System,
    seed: u64,
    floor: impl for<'a> Fn(&'a Plan, &'a Desks, &'a Demand) -> Box<dyn Floor + 'a>,
) -> Run {
    let plan = plan(system);
    let demand = demand(&plan, seed).unwrap();
    let desks = Desks::of(&plan);
    let speeds = speeds(&plan, seed);
    let played = play(
        &plan,
        &desks,
        &demand,
        &speeds,
        &mut *floor(&plan, &desks, &demand),
    );
    Run { demand, played }
}

fn plan(system: &System) -> Plan {
    let scenario = system.scenario();
    compile(&scenario.file, &Scope::default()).unwrap()
}

impl Run {
    /// Waits at a level, in minutes, of a severity or of all.
    fn waits(&self, level: usize, severity: Option<usize>) -> Vec<f64> {
        let waits = self.played.waits.iter().filter(|one| {
            let of = self.demand.tickets[one.ticket].severity;
            one.level == level && severity.is_none_or(|severity| severity == of)
        });
        waits
            .map(|one| crate::draw::float(one.ms) / 60_000.0)
            .collect()
    }

    fn mean(&self, level: usize, severity: Option<usize>) -> f64 {
        mean(&self.waits(level, severity))
    }

    /// The share of their time that agents had work in hand.
    fn utilisation(&self) -> f64 {
        let sums = self.played.meters.iter().map(|meter| meter.sums(1_000));
        let (used, duty) = sums.fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
        used / duty
    }

    /// The share of waits longer than so many minutes.
    fn longer(&self, level: usize, severity: Option<usize>, than: f64) -> f64 {
        let waits = self.waits(level, severity);
        let longer = waits.iter().filter(|wait| **wait > than).count();
        longer as f64 / waits.len() as f64
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean over seeds of a figure of each run lies by its exact value.
#[track_caller]
fn assert_near(what: &str, found: f64, exact: f64, tolerance: f64) {
    assert!(
        (found - exact).abs() <= tolerance,
        "{what}: {found:.4}, exactly {exact}, tolerance {tolerance}"
    );
}

/// The mean of a figure over runs with some seeds.
fn over(runs: &[Run], figure: impl Fn(&Run) -> f64) -> f64 {
    mean(&runs.iter().map(figure).collect::<Vec<_>>())
}

/// Four agents, 80 % busy, first come first served: Erlang C.
#[test]
fn one_line_waits_as_erlang_says() {
    let runs = [1, 2].map(|seed| dispatched(&System::mm4(), seed, Order::Fifo));
    let longer = |than| over(&runs, |run| run.longer(0, None, than));
    let mean_wait = over(&runs, |run| run.mean(0, None));
    assert_near("mean wait", mean_wait, 7.45541, 0.58);
    assert_near("P(W > 0)", longer(0.0), 0.596_432, 0.012);
    assert_near("P(W > 1)", longer(1.0), 0.550_577, 0.013);
    assert_near("P(W > 5)", longer(5.0), 0.399_801, 0.015);
    assert_near("P(W > 15)", longer(15.0), 0.179_642, 0.014);
    let busy = over(&runs, Run::utilisation);
    assert_near("utilisation", busy, 0.8, 0.0063);
}

/// One agent, three classes, the worst severity first: Cobham.
#[test]
fn one_agent_serves_classes_as_cobham_says() {
    let runs = [1, 2].map(|seed| dispatched(&System::cobham(), seed, Order::StrictPriority));
    let exact = [(11.4545, 0.18), (17.8977, 0.33), (98.4375, 5.0)];
    for (severity, (exact, tolerance)) in exact.into_iter().enumerate() {
        let found = over(&runs, |run| run.mean(0, Some(severity)));
        assert_near(&format!("P{severity}"), found, exact, tolerance);
    }
    let longer = over(&runs, |run| run.longer(0, Some(0), 15.0));
    assert_near("P0 longer than 15", longer, 0.279_612, 0.0055);
    let longer = over(&runs, |run| run.longer(0, Some(2), 120.0));
    assert_near("P2 longer than 120", longer, 0.294_047, 0.012);
}

/// Six agents, four classes: the share of the wait that each class has.
#[test]
fn six_agents_serve_classes_as_theory_says() {
    let runs = [1, 2, 3].map(|seed| dispatched(&System::mm6(), seed, Order::StrictPriority));
    let exact = [
        (1.25416, 0.034),
        (1.49305, 0.031),
        (2.38888, 0.058),
        (12.5416, 0.64),
    ];
    for (severity, (exact, tolerance)) in exact.into_iter().enumerate() {
        let found = over(&runs, |run| run.mean(0, Some(severity)));
        assert_near(&format!("P{severity}"), found, exact, tolerance);
    }
    let longer = over(&runs, |run| run.longer(0, Some(3), 60.0));
    assert_near("P3 longer than 60", longer, 0.040_459_1, 0.0054);
}

/// Two levels, of which the first hands a tenth of its tickets to the second: both wait as if
/// they stood alone.
#[test]
fn levels_wait_as_jackson_says() {
    let runs = [1, 2, 3, 4].map(|seed| dispatched(&System::jackson(), seed, Order::Fifo));
    let first = over(&runs, |run| run.mean(0, None));
    let second = over(&runs, |run| run.mean(1, None));
    assert_near("mean wait at L1", first, 1.78491, 0.097);
    assert_near("mean wait at L2", second, 43.1461, 5.7);
    let longer = over(&runs, |run| run.longer(1, None, 0.0));
    assert_near("P(W > 0) at L2", longer, 0.647_191, 0.02);
}

/// The cheapest strong test there is: whoever goes first, somebody else waits for it. The mean
/// wait over all tickets is the same under every order that leaves nobody idle while work waits,
/// and is that of Erlang C; only who has it differs.
#[test]
fn the_mean_wait_hangs_on_no_order() {
    // Erlang C for six agents and 5.04 Erlang of work: exactly 7.52498 minutes.
    let means = Order::ALL.map(|order| dispatched(&System::mm6(), 1, order).mean(0, None));
    for (order, mean) in Order::ALL.iter().zip(means) {
        assert_near(order.as_str(), mean, 7.52498, 0.61);
        // The same tickets: what is left is which service fell to whom.
        assert_near(order.as_str(), mean / means[0], 1.0, 0.02);
    }
    for line in [Line::Fifo, Line::LastFirst, Line::Severity, Line::Deadline] {
        let mean = naive(&System::mm6().shorter(20.0), 1, line).mean(0, None);
        let fifo = naive(&System::mm6().shorter(20.0), 1, Line::Fifo).mean(0, None);
        assert_near(&format!("naive {line:?}"), mean / fifo, 1.0, 0.05);
    }
}

/// With one agent there is no question who serves, so the production's index and the naive scan
/// must agree about every single wait.
#[test]
fn the_index_agrees_with_a_naive_scan() {
    let lines = [
        (Line::Fifo, Order::Fifo),
        (Line::Severity, Order::StrictPriority),
    ];
    for (line, order) in lines {
        let system = System::cobham().shorter(20.0);
        let naive = naive(&system, 3, line).played.waits;
        let dispatched = dispatched(&system, 3, order).played.waits;
        assert!(naive.len() > 10_000);
        let differ = naive
            .iter()
            .zip(&dispatched)
            .find(|(one, other)| one != other);
        assert_eq!(differ, None, "{order:?}");
        assert_eq!(naive.len(), dispatched.len());
    }
}
