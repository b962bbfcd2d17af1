//! The best tickets of a kind of demand, found at the fronts of its classes.

use super::bits::Bits;
use super::choose::times;
use super::class::Entry;
use super::demand::{Demand, Front, Head, Heads, NO_RANK};
use super::index::{Urgency, ceiling, index};
use super::limits::REFUSALS_MAX;
use super::rules::{Order, Rules};
use crate::ids::TicketId;

/// The tickets of a demand with the largest indices for which `servable` holds.
pub(super) fn best_of(
    demand: &mut Demand,
    urgencies: &[Urgency],
    rules: &Rules,
    now: i64,
    servable: impl Fn(TicketId, &Bits) -> bool,
) -> Heads {
    if demand.barred > 0 {
        return best_of_servable(demand, urgencies, rules, now, servable);
    }
    if let Some((_, best)) = demand.best.filter(|(at, _)| *at == now) {
        return best;
    }
    let mut best = Heads::default();
    for at in 0..demand.fronts.len() {
        let Front { urgency, first, .. } = demand.fronts[at];
        if first == NO_RANK {
            continue;
        }
        let Some(urgency) = urgencies.get(urgency) else {
            continue;
        };
        let late = rules.order == Order::CostWeightedSlack && first < now;
        let at_most = ceiling(urgency, rules);
        if late || best.admits(urgency.jumps, at_most) {
            let entry = || demand.classes[at].first();
            consider(
                &mut best,
                urgency,
                index(urgency, times(first, now), rules),
                entry,
            );
        }
        if late && best.admits(urgency.jumps, at_most) {
            let soon = demand.soon(at, now);
            if soon != NO_RANK {
                let entry = || demand.classes[at].last_soon();
                consider(
                    &mut best,
                    urgency,
                    index(urgency, times(soon, now), rules),
                    entry,
                );
            }
        }
    }
    demand.best = Some((now, best));
    best
}

/// Takes a ticket in whose index could be among the best; only then it is asked which one it is.
fn consider(
    best: &mut Heads,
    urgency: &Urgency,
    index: u128,
    entry: impl FnOnce() -> Option<Entry>,
) {
    let jumps = urgency.jumps;
    if best.admits(jumps, index)
        && let Some(entry) = entry()
    {
        best.take(Head {
            jumps,
            index,
            entry,
        });
    }
}

/// The same where some tickets were refused: those that everybody refused who is free are passed
/// over.
fn best_of_servable(
    demand: &mut Demand,
    urgencies: &[Urgency],
    rules: &Rules,
    now: i64,
    servable: impl Fn(TicketId, &Bits) -> bool,
) -> Heads {
    let mut best = Heads::default();
    let all = &demand.all;
    for class in &mut demand.classes {
        let Some(first) = class.first() else { continue };
        let urgency = &urgencies[class.urgency];
        let late = rules.order == Order::CostWeightedSlack && first.rank < now;
        let soon = late.then(|| class.soon(now)).flatten();
        for from in [Some(first), soon].into_iter().flatten() {
            let holds = |entry: &Entry| servable(entry.ticket, all);
            if let Some(entry) = class.first_from(from, REFUSALS_MAX, holds) {
                best.take(Head {
                    jumps: urgency.jumps,
                    index: index(urgency, times(entry.rank, now), rules),
                    entry,
                });
            }
        }
    }
    best
}
