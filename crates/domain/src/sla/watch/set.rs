//! Setting clocks: which policy promises what, and by when.

use super::Watched;
use crate::ids::FactId;
use crate::sla::clock::{Clock, Count, End, Setting};
use crate::sla::policy::{Choice, Choose};
use crate::sla::{Promise, Sla, Slas, Target};
use crate::ticket::{Considered, Outcome, Round, Severity};
use crate::time::Timestamp;

/// What one policy promises for a target.
#[derive(Clone, Copy)]
struct Offer<'a> {
    sla: &'a Sla,
    promise: Promise,
    /// The deadline, where several policies are compared.
    due_at: Option<Timestamp>,
}

impl Watched {
    /// The severity by which promises are looked up.
    pub(super) fn severity(&self, slas: &Slas) -> Severity {
        let known = self.ticket.features.severity;
        known.unwrap_or(slas.severity_default)
    }

    /// Whether any clock stands still.
    pub(super) fn is_paused(&self) -> bool {
        let mut clocks = self.clocks.iter();
        clocks.any(|clock| clock.end.is_none() && clock.paused_since.is_some())
    }

    /// The cycle of a target that runs now and when it began; `None` where none does.
    pub(super) fn cycle(&self, target: Target) -> Option<(u32, Timestamp)> {
        match target {
            Target::FirstResponse | Target::Resolution => {
                Some((self.ticket.features.reopens, self.began_at))
            }
            Target::NextResponse => self.ticket.next_answers.running(),
            Target::Update => self.ticket.updates.running(),
        }
    }

    /// As [`Self::cycle`], but for what is done already: nobody can be late with it any more.
    fn cycle_to_be_kept(&self, target: Target) -> Option<(u32, Timestamp)> {
        let (cycle, began_at) = self.cycle(target)?;
        let is_running = self.ticket.cycle_of(target, cycle) == Round::Running;
        is_running.then_some((cycle, began_at))
    }

    /// Whether a clock that is not over can no longer be counted by the policy it came from: a
    /// newer bundle lacks that policy or its calendar. A pause would never end then.
    pub(super) fn lost_its_policy(&self, slas: &Slas) -> bool {
        let is_lost = |clock: &Clock| {
            slas.named(&clock.sla).is_none() || !slas.calendars.contains_key(&clock.calendar)
        };
        let mut running = self.clocks.iter().filter(|clock| clock.end.is_none());
        running.any(is_lost)
    }

    /// Sets the clocks of `targets` by the SLA policies that hold now, and returns what was looked
    /// at to find them. A promise whose calendar never opens long enough gets no clock; the policy
    /// linter refuses such bundles.
    pub(super) fn set_clocks(
        &mut self,
        targets: &[Target],
        set_by: FactId,
        now: Timestamp,
        slas: &Slas,
    ) -> Vec<Considered> {
        let choice = slas.choose(&self.ticket.features);
        let mut giving: Vec<&str> = Vec::new();
        let mut looser: Vec<(String, String)> = Vec::new();
        for target in targets {
            let offers = self.offers(&choice, *target, slas);
            let best = strictest(&offers);
            for offer in &offers {
                if Some(offer.sla.name.as_str()) != best.map(|best| best.sla.name.as_str()) {
                    let due_at = offer.due_at.map_or_else(String::new, |at| at.to_string());
                    let text = format!("{target} due {due_at}");
                    looser.push((offer.sla.name.clone(), text));
                }
            }
            let setting = best.and_then(|best| {
                Some(Setting {
                    promise: best.promise,
                    sla: best.sla,
                    calendar: slas.calendars.get(&best.sla.calendar)?,
                    set_by,
                    history: &self.history,
                })
            });
            giving.extend(setting.map(|setting| setting.sla.name.as_str()));
            let cycle = self.cycle_to_be_kept(*target);
            set_clock(&mut self.clocks, *target, cycle, setting, now);
        }
        self.sla = self.sla_names(&choice, &giving, targets, slas);
        told(choice, slas.choose, &giving, &looser)
    }

    /// What the policies promise for a target, in their order.
    fn offers<'s>(&self, choice: &Choice<'s>, target: Target, slas: &'s Slas) -> Vec<Offer<'s>> {
        let Some((_, started_at)) = self.cycle(target) else {
            return Vec::new();
        };
        let severity = self.severity(slas);
        let is_alone = choice.slas.len() == 1;
        let offer = |sla: &&'s Sla| {
            let promise = sla.promise(target, severity)?;
            let due_at = if is_alone {
                None
            } else {
                Some(self.due(sla, target, promise, started_at, slas)?)
            };
            Some(Offer {
                sla,
                promise,
                due_at,
            })
        };
        choice.slas.iter().filter_map(offer).collect()
    }

    fn due(
        &self,
        sla: &Sla,
        target: Target,
        promise: Promise,
        started_at: Timestamp,
        slas: &Slas,
    ) -> Option<Timestamp> {
        let stands = |stretch: &_| sla.pauses(target, stretch);
        let pauses = self.history.pauses(started_at, stands);
        let count = Count {
            calendar: slas.calendars.get(&sla.calendar)?,
            started_at,
            pauses: &pauses.over,
        };
        count.due(promise).ok()
    }

    /// The names of the policies that hold, as `timed` tells them.
    fn sla_names(
        &self,
        choice: &Choice<'_>,
        giving: &[&str],
        targets: &[Target],
        slas: &Slas,
    ) -> String {
        if slas.choose == Choose::First && targets.len() == Target::ALL.len() {
            let first = choice.slas.first();
            let is_known = |sla: &&&Sla| slas.calendars.contains_key(&sla.calendar);
            return first
                .filter(is_known)
                .map_or_else(String::new, |sla| sla.name.clone());
        }
        let clocks = self.clocks.iter();
        let of_clocks = clocks
            .filter(|clock| clock.end != Some(End::Withdrawn))
            .map(|clock| clock.sla.as_str());
        let mut names: Vec<&str> = Vec::new();
        for name in of_clocks.chain(giving.iter().copied()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(", ")
    }
}

/// The offer with the earliest deadline; the first of equal ones.
fn strictest<'a, 's>(offers: &'a [Offer<'s>]) -> Option<&'a Offer<'s>> {
    offers.iter().min_by_key(|offer| offer.due_at)
}

fn set_clock(
    clocks: &mut Vec<Clock>,
    target: Target,
    cycle: Option<(u32, Timestamp)>,
    setting: Option<Setting<'_>>,
    now: Timestamp,
) {
    let Some((cycle, started_at)) = cycle else {
        return;
    };
    clocks.retain(|clock| clock.target != target || clock.cycle == cycle);
    let clock = clocks.iter_mut().find(|clock| clock.target == target);
    match (clock, setting) {
        (Some(clock), Some(setting)) => drop(clock.set(setting, now)),
        (Some(clock), None) => clock.withdraw(),
        (None, Some(setting)) => {
            let clock = Clock::start(setting, target, cycle, started_at, now);
            clocks.extend(clock);
            clocks.sort_by_key(|clock| clock.target);
        }
        (None, None) => {}
    }
}

/// What was looked at: of the policies that matched, those whose promises were looser were passed
/// over.
fn told(
    choice: Choice<'_>,
    choose: Choose,
    giving: &[&str],
    looser: &[(String, String)],
) -> Vec<Considered> {
    let mut considered = choice.considered;
    if choose == Choose::First {
        return considered;
    }
    for it in &mut considered {
        if it.outcome != Outcome::Chosen || giving.contains(&it.rule.as_str()) {
            continue;
        }
        let deadlines: Vec<&str> = looser
            .iter()
            .filter(|(name, _)| *name == it.rule)
            .map(|(_, text)| text.as_str())
            .collect();
        it.outcome = Outcome::Rejected(if deadlines.is_empty() {
            "it promises nothing here".to_owned()
        } else {
            format!("looser: {}", deadlines.join(", "))
        });
    }
    considered
}
