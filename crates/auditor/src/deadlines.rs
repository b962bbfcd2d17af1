//! Deadlines: what was told and what rang, against what is recomputed.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use crate::clocks::{Expected, GaveUp, Ring, Step, recompute};
use crate::follow_ups;
use crate::names::target_name;
use crate::note::{Due, Level, Note, Rang, Told};
use crate::outside::Outside;
use crate::report::{Found, Sort};
use crate::trail::Court;

/// What a ticket's clocks did.
#[derive(Debug, Default)]
pub(crate) struct Clocked<'a> {
    /// Those `timed` that came first, by cause.
    pub(crate) timed: HashMap<Uuid, &'a Note>,
    /// Warnings and breaches that came first, by target, cycle and level.
    pub(crate) rang: BTreeMap<(i32, u32, Level), &'a Note>,
    /// What may begin a ladder: warnings, breaches and forecasts, in the order of the log.
    pub(crate) triggers: Vec<&'a Note>,
    pub(crate) risks: Vec<&'a Note>,
    pub(crate) escalated: Vec<&'a Note>,
    pub(crate) accrued: Vec<&'a Note>,
    /// Whether a mode moved them, which is not recomputed.
    pub(crate) is_recounted: bool,
}

/// What came of comparing.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) found: Vec<Found>,
    /// How many deadlines, warnings and breaches were compared.
    pub(crate) checked: u64,
    /// Whether something could not be recomputed.
    pub(crate) is_unjudged: bool,
}

impl<'a> Clocked<'a> {
    /// Compares with what is recomputed.
    ///
    /// Which entries hold before the first `timed` is not told, so every choice is tried that
    /// conditions may have made; the one that explains the log best counts.
    pub(crate) fn compare(&self, steps: &[Step<'a>], court: &mut Court<'_>) -> Compared {
        let unjudged = || Compared {
            is_unjudged: true,
            ..Compared::default()
        };
        if self.is_recounted {
            return unjudged();
        }
        let Some(opened) = steps.first() else {
            return Compared::default();
        };
        let Some(promises) = court.policies.get(&opened.policy) else {
            return unjudged();
        };
        let mut choices = promises.choices();
        let first = self.first_told(steps);
        choices.sort_by_key(|choice| choice.first().map(String::as_str) != first);
        let mut best: Option<Compared> = None;
        for choice in choices {
            let expected = recompute(steps, &self.timed, court.policies, choice, court.end);
            let compared = self.compare_one(&expected, steps, court);
            let is_clean = compared.found.is_empty();
            let is_better = |best: &Compared| compared.found.len() < best.found.len();
            if best.as_ref().is_none_or(is_better) {
                best = Some(compared);
            }
            if is_clean {
                break;
            }
        }
        best.unwrap_or_else(unjudged)
    }

    /// The entry that the first `timed` names.
    fn first_told(&self, steps: &[Step<'_>]) -> Option<&str> {
        let told = steps
            .iter()
            .find_map(|step| self.timed.get(&step.note.id))?;
        match &told.told {
            Told::Timed { sla, .. } => Some(sla),
            _ => None,
        }
    }

    fn compare_one(
        &self,
        expected: &Expected,
        steps: &[Step<'a>],
        court: &mut Court<'_>,
    ) -> Compared {
        let mut compared = Compared::default();
        match &expected.gave_up {
            None => {}
            // A `timed` that is missing is found among the other effects.
            Some(GaveUp::NoPolicy | GaveUp::NotTold | GaveUp::Missing) => {
                compared.is_unjudged = true;
                return compared;
            }
            Some(GaveUp::NoSuchEntry(cause, name)) => {
                let what = format!("targets were set by `{name}`, which its policy does not have");
                compared
                    .found
                    .push(Found::new(Sort::WrongDeadline, &[*cause], what));
                return compared;
            }
        }
        self.compare_timed(expected, court.outside, &mut compared);
        self.compare_rings(expected, court, &mut compared);
        let followed = follow_ups::compare(self, steps, expected, court);
        compared.found.extend(followed.found);
        compared.checked += followed.checked;
        compared.is_unjudged |= followed.is_unjudged;
        compared
    }

    fn compare_timed(&self, expected: &Expected, outside: &Outside, compared: &mut Compared) {
        let mut told = self.timed.clone();
        for wanted in &expected.timed {
            let Some(note) = told.remove(&wanted.cause) else {
                if outside.has_settled(wanted.cause_at) {
                    let what = "its targets were moved and no `timed` tells of it";
                    compared
                        .found
                        .push(Found::new(Sort::Missing, &[wanted.cause], what));
                }
                continue;
            };
            let Told::Timed { targets, .. } = &note.told else {
                continue;
            };
            let mut targets = targets.clone();
            targets.sort();
            compared.checked += targets.len() as u64;
            if targets != wanted.targets {
                let what = difference(&targets, &wanted.targets);
                compared
                    .found
                    .push(Found::new(Sort::WrongDeadline, &[note.id], what));
            }
        }
        let mut strange: Vec<&&Note> = told.values().collect();
        strange.sort_unstable_by_key(|note| note.sequence);
        for note in strange {
            let what = "targets were set though nothing moved them";
            compared
                .found
                .push(Found::new(Sort::WrongDeadline, &[note.id], what));
        }
    }

    fn compare_rings(&self, expected: &Expected, court: &Court<'_>, compared: &mut Compared) {
        let mut rang = self.rang.clone();
        for ring in &expected.rings {
            let key = (ring.rang.target, ring.rang.cycle, ring.rang.level);
            let found = match rang.remove(&key) {
                Some(note) => compare_ring(ring, note, court.outside),
                None => not_rung(ring, court),
            };
            compared.checked += 1;
            compared.found.extend(found);
        }
        for note in rang.values() {
            let Told::Rang(rang) = note.told else {
                continue;
            };
            let what = format!(
                "{} though its clock had stopped, stood still or was not set",
                said(rang)
            );
            compared
                .found
                .push(Found::new(Sort::WrongDeadline, &[note.id], what));
        }
    }
}

fn compare_ring(ring: &Ring, note: &Note, outside: &Outside) -> Option<Found> {
    let Told::Rang(rang) = note.told else {
        return None;
    };
    let (sort, what) = if rang != ring.rang || note.occurred_at != ring.at {
        let (due, at) = (ring.rang.due_at, ring.at);
        let (told, then) = (rang.due_at, note.occurred_at);
        let what = format!("at {then} (due at {told}), but from scratch it is {at} (due at {due})");
        (Sort::WrongDeadline, what)
    } else if note.cause != Some(ring.set_by) {
        let what = format!("by another cause than {}, which set its clock", ring.set_by);
        (Sort::WrongDeadline, what)
    } else if note.seen.is_some_and(|seen| seen != ring.seen) {
        let what = "of a ticket in another state than the log had it in".to_owned();
        (Sort::OutOfOrder, what)
    } else if note.log_now <= ring.at {
        let what = format!("{} ms before its time had passed", ring.at - note.log_now);
        (Sort::WrongDeadline, what)
    } else if note.stored_at > outside.patience(ring.from) {
        (late(outside), late_by(note, ring.from))
    } else {
        return None;
    };
    Some(Found::new(
        sort,
        &[note.id],
        format!("{} {what}", said(rang)),
    ))
}

/// Until when what is not in the log is known to be missing, in milliseconds.
pub(crate) fn known_until(court: &Court<'_>) -> i64 {
    if court.outside.is_watched() {
        court.outside.settled_at_ms
    } else {
        court.end.saturating_sub(crate::limits::TAKEOVER_MS_MAX)
    }
}

/// A ring that is not there; nothing while it may still come.
fn not_rung(ring: &Ring, court: &Court<'_>) -> Option<Found> {
    let (rang, at) = (said(ring.rang), ring.at);
    let what = format!("{rang} at {at} from scratch, but is not in the log");
    (court.outside.patience(ring.from) <= known_until(court))
        .then(|| Found::new(Sort::Late, &[ring.set_by], what))
}

/// How late something is that could ring from `from` on, and when it came, so that it can be
/// found in what processes logged.
pub(crate) fn late_by(note: &Note, from: i64) -> String {
    let late_ms = note.stored_at - from;
    match jiff::Timestamp::from_millisecond(note.stored_at) {
        Ok(at) => format!("{late_ms} ms late, at {at}"),
        Err(_) => format!("{late_ms} ms late"),
    }
}

pub(crate) const fn late(outside: &Outside) -> Sort {
    if outside.is_watched() {
        Sort::Late
    } else {
        Sort::LateUnwatched
    }
}

/// The ring in words.
fn said(rang: Rang) -> String {
    let (target, cycle) = (target(rang.target), rang.cycle);
    match rang.level {
        Level::Breach => format!("{target} of cycle {cycle} breached"),
        Level::Percent(percent) => format!("{target} of cycle {cycle} warned at {percent} %"),
        Level::Before(ms) => format!("{target} of cycle {cycle} warned {ms} ms before"),
    }
}

fn target(target: i32) -> &'static str {
    target_name(target).unwrap_or("an unknown target")
}

fn difference(told: &[Due], wanted: &[Due]) -> String {
    let all = |dues: &[Due]| {
        let each = dues.iter().map(|due| {
            let (name, cycle) = (target(due.target), due.cycle);
            let before = due
                .previous
                .map_or_else(String::new, |at| format!(", before {at}"));
            format!(
                "{name}/{cycle} by {} from {} due at {}{before}",
                due.sla, due.started_at, due.due_at
            )
        });
        each.collect::<Vec<_>>().join(", ")
    };
    format!(
        "targets tell [{}], from scratch they are [{}]",
        all(told),
        all(wanted)
    )
}
