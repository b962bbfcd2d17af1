//! The trail of one ticket through the log, judged as a whole.

use std::collections::{BTreeMap, HashMap};

use posthouse_wire::v1::State;
use uuid::Uuid;

use crate::clocks::Step;
use crate::deadlines::Clocked;
use crate::letters::Letters;
use crate::life::Life;
use crate::minutes::Minutes;
use crate::names;
use crate::note::{Level, Note, Rang, Seen, Told};
use crate::outside::{Arrived, Explained, Outside, Promised};
use crate::promise::Promises;
use crate::report::{Found, Report, Sort};

/// What a ticket is judged by.
pub(crate) struct Court<'a> {
    pub(crate) stream: &'a str,
    pub(crate) outside: &'a Outside,
    pub(crate) promised: &'a Promised<'a>,
    pub(crate) letters: &'a Letters,
    pub(crate) policies: &'a mut BTreeMap<String, Promises>,
    /// Policies by the place from which they are in force.
    pub(crate) activations: &'a [(u64, String)],
    /// When each of them was stored, in milliseconds.
    pub(crate) activated_at: &'a [i64],
    /// The latest time that the partition has seen.
    pub(crate) end: i64,
    pub(crate) explained: &'a mut Explained,
}

impl<'a> Court<'a> {
    /// The policies that watchdogs could read, and from where on each is in force.
    pub(crate) fn policies_in_force(
        &self,
    ) -> impl DoubleEndedIterator<Item = &'a (u64, String)> + use<'a> {
        let (letters, stream) = (self.letters, self.stream);
        let is_read =
            move |(at, _): &&(u64, String)| !letters.is_refused_by("watchdog", stream, *at);
        self.activations.iter().filter(is_read)
    }

    /// Whether `cause` is an activation, as a ticket sees it, that was stored by `at`.
    fn is_activation(&self, cause: Uuid, ticket: Uuid, at: i64) -> bool {
        let mut stored = self.activations.iter().zip(self.activated_at);
        stored.any(|((_, version), stored_at)| {
            *stored_at <= at && names::activation(version, *stored_at, ticket) == cause
        })
    }
}

/// What there may be only one of, of one ticket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Effect {
    Opening,
    Classification(Uuid),
    Routing(Uuid),
    Timing(Uuid),
    Ring(i32, u32, Level),
    Risk(i32, u32, u32),
    Rung(String, i32, u32, u32),
    Accrual(String, i32, u32),
    Telling(Uuid, Box<str>, u32),
    Outcome(Uuid),
    Asking(Uuid),
    Folding(Box<str>),
    Unfolding(Uuid),
    Offer(Uuid, u32),
    Requeue(Uuid, u32),
}

/// A ticket while its facts go by.
#[derive(Default)]
struct Trail<'a> {
    life: Option<Life>,
    minutes: Minutes,
    number: Option<&'a str>,
    first: HashMap<Uuid, &'a Note>,
    /// How the ticket stood after a fact that counted.
    after: HashMap<Uuid, Seen>,
    /// Each effect with the fact that had it first.
    effects: HashMap<Effect, &'a Note>,
    steps: Vec<Step<'a>>,
    clocked: Clocked<'a>,
    requests: Vec<&'a Note>,
    is_classified: bool,
    ended_before_classified: bool,
    checked: Checked,
    found: Vec<Found>,
}

/// How much was looked at.
#[derive(Default)]
struct Checked {
    effects: u64,
    order: u64,
    repeats: u64,
    same: u64,
}

/// Judges a ticket by its facts, in the order of the log.
pub(crate) fn judge(ticket: Uuid, notes: &[Note], court: &mut Court<'_>, report: &mut Report) {
    let mut trail = Trail::default();
    let mut facts = 0;
    for note in notes {
        if court.letters.is_refused(court.stream, note.sequence) {
            report.unreadable += 1;
            continue;
        }
        facts += 1;
        trail.follow(note, court);
    }
    if facts == 0 {
        return;
    }
    report.facts += facts;
    report.tickets += u64::from(trail.life.is_some());
    trail.look_back(ticket, court, report);
    for (number, checked) in [
        (2, trail.checked.effects),
        (3, facts + trail.checked.order),
        (5, trail.checked.repeats),
        (7, trail.checked.same),
    ] {
        report.check(number, checked);
    }
    for found in trail.found {
        report.note(Some(ticket), found);
    }
}

impl<'a> Trail<'a> {
    fn find(&mut self, sort: Sort, facts: &[Uuid], what: impl Into<String>) {
        self.found.push(Found::new(sort, facts, what));
    }

    /// Goes one fact further.
    fn follow(&mut self, note: &'a Note, court: &Court<'_>) {
        if matches!(note.told, Told::AgentChanged | Told::Preferred) {
            return self.hear(note);
        }
        if self.life.is_none() {
            return self.begin(note, court);
        }
        if let Some(first) = self.first.get(&note.id).copied() {
            return self.repeat(first, note);
        }
        self.check_name(note);
        self.check_cause(note, court);
        self.first.insert(note.id, note);
        let is_doubled = self.is_doubled(note);
        self.note_presence(note, is_doubled);
        if !is_doubled {
            // A doubled one is judged all the same: its key is taken, so it moves nothing.
            self.move_on(note, court);
        }
    }

    /// What an agent or a customer says of themselves stands under an identity of its own, and moves no ticket. What a
    /// dispatcher says of one who fell silent may follow from a fact of a ticket.
    fn hear(&mut self, note: &'a Note) {
        if let Some(first) = self.first.get(&note.id).copied() {
            return self.repeat(first, note);
        }
        self.check_name(note);
        self.first.insert(note.id, note);
        if self.life.is_some() {
            let what = format!("{} is about no ticket", note.word());
            self.find(Sort::Void, &[note.id], what);
        }
    }

    fn begin(&mut self, note: &'a Note, court: &Court<'_>) {
        let Told::Opened { number, severity } = &note.told else {
            let what = format!("{} stands before any opening", note.word());
            return self.find(Sort::Orphan, &[note.id], what);
        };
        self.number = Some(number);
        self.first.insert(note.id, note);
        self.effects.insert(Effect::Opening, note);
        self.checked.effects += 1;
        let life = Life::opened(*severity);
        self.minutes.follow(note, &life, true);
        self.push_step(note, &life, court);
        self.life = Some(life);
    }

    /// The same identity again: void, and by the same policy it says the same.
    fn repeat(&mut self, first: &Note, note: &Note) {
        self.find(
            Sort::Void,
            &[note.id],
            format!("{} is stored again", note.word()),
        );
        if note.derivation().is_none() {
            return;
        }
        self.checked.repeats += 1;
        if first.policy == note.policy && first.said != 0 {
            self.checked.same += 1;
            if first.said != note.said {
                let what = format!("{} says something else when it is said again", note.word());
                self.find(Sort::Differs, &[note.id], what);
            }
        }
    }

    /// An effect has the identity that follows from its cause.
    fn check_name(&mut self, note: &Note) {
        let Some(derivation) = note.derivation() else {
            return;
        };
        self.checked.effects += 1;
        let word = note.word();
        match note.cause.map(|cause| derivation.of(cause)) {
            Some(wanted) if wanted == note.id && !note.is_misaddressed => {}
            Some(wanted) if wanted == note.id => {
                let what = format!("{word} has a message id that is not its identity");
                self.find(Sort::Misnamed, &[note.id], what);
            }
            Some(wanted) => {
                let what = format!("{word} has an identity of its own; derived, it is {wanted}");
                self.find(Sort::Misnamed, &[note.id], what);
            }
            None => self.find(Sort::Misnamed, &[note.id], format!("{word} has no cause")),
        }
    }

    /// An effect stands behind its cause, in the log and in time, and its author saw the ticket
    /// as the log has it after the cause.
    fn check_cause(&mut self, note: &Note, court: &Court<'_>) {
        let (Some(derivation), Some(cause)) = (note.derivation(), note.cause) else {
            return;
        };
        let word = note.word();
        self.checked.order += 1;
        let Some(first) = self.first.get(&cause) else {
            let is_timed = matches!(note.told, Told::Timed { .. });
            if is_timed && court.is_activation(cause, note.ticket, note.occurred_at) {
                self.clocked.is_recounted = true;
                return;
            }
            let what = format!("{word} follows from {cause}, which does not stand before it");
            return self.find(Sort::OutOfOrder, &[note.id, cause], what);
        };
        // Rings are judged by their clocks. Outcomes, and what the dispatcher concludes, are timed
        // by a stream of copies, which another server may lead.
        let follows_at_once = !matches!(
            note.told,
            Told::Rang(_)
                | Told::AtRisk(_)
                | Told::Escalated(_)
                | Told::Outcome { .. }
                | Told::Muted
                | Told::Offered { .. }
                | Told::Assigned { .. }
                | Told::Requeued { .. }
                // Concluded together with what it follows from.
                | Told::InfoRequested { .. }
                | Told::Folded { .. }
        );
        // A rule may tell later than the fact, and sees the ticket as it is then.
        let tells = matches!(note.told, Told::Requested { .. } | Told::Suppressed { .. });
        let follows_at_once = follows_at_once && !(tells && note.occurred_at > first.stored_at);
        if follows_at_once && note.occurred_at < first.stored_at {
            let by_ms = first.stored_at - note.occurred_at;
            let what = format!("{word} happened {by_ms} ms before its cause was stored");
            return self.find(Sort::OutOfOrder, &[note.id, cause], what);
        }
        let seen = note.seen.filter(|_| follows_at_once);
        let is_excused = court.letters.excuse(note.ticket, derivation.role);
        if let (Some(seen), Some(stood), false) = (seen, self.after.get(&cause), is_excused) {
            self.checked.order += 1;
            if seen != *stood {
                let what = format!(
                    "{word} was concluded of a ticket that was {}, which the log had {}",
                    shown(seen),
                    shown(*stood)
                );
                self.find(Sort::OutOfOrder, &[note.id, cause], what);
            }
        }
    }

    /// What is in the log is not missing, whether it counted or not.
    fn note_presence(&mut self, note: &'a Note, is_doubled: bool) {
        let cause = note.cause.unwrap_or(note.id);
        match note.told {
            // The first of them is there already.
            Told::Rang(_) | Told::AtRisk(_) | Told::Escalated(_) | Told::Accrued(_)
                if is_doubled => {}
            Told::Classified { .. } => {
                let is_ended = self.life.as_ref().is_some_and(Life::is_ended);
                self.ended_before_classified |= is_ended && !self.is_classified;
                self.is_classified = true;
            }
            Told::Timed { .. } => {
                self.clocked.timed.entry(cause).or_insert(note);
            }
            Told::Rang(Rang {
                target,
                cycle,
                level,
                ..
            }) => {
                let key = (target, cycle, level);
                self.clocked.rang.entry(key).or_insert(note);
                self.clocked.triggers.push(note);
            }
            Told::AtRisk(_) => {
                self.clocked.risks.push(note);
                self.clocked.triggers.push(note);
            }
            Told::Escalated(_) => self.clocked.escalated.push(note),
            Told::Accrued(_) => self.clocked.accrued.push(note),
            _ => {}
        }
    }

    /// Whether its effect was there before, under another identity.
    fn is_doubled(&mut self, note: &'a Note) -> bool {
        let Some(effect) = effect(note) else {
            return false;
        };
        let Some(first) = self.effects.get(&effect).map(|first| first.id) else {
            self.effects.insert(effect, note);
            return false;
        };
        let word = note.word();
        if let Told::Outcome {
            is_marked: true, ..
        } = note.told
        {
            let what = format!("{word} says of itself that it may be a duplicate");
            self.find(Sort::Void, &[note.id], what);
        } else {
            let what = format!("{word} twice, under different identities");
            self.find(Sort::Doubled, &[first, note.id], what);
        }
        true
    }

    fn move_on(&mut self, note: &'a Note, court: &Court<'_>) {
        let Some(mut life) = self.life.take() else {
            return;
        };
        let followed = life.follow(note);
        self.minutes.follow(note, &life, followed.is_ok());
        self.check_minutes(note, court);
        match followed {
            Ok(()) if note.told.moves() => self.push_step(note, &life, court),
            Ok(()) => {
                self.after.insert(note.id, seen(&life));
                if let Told::Requested { .. } = note.told {
                    self.requests.push(note);
                }
            }
            Err(why) => self.find(Sort::Void, &[note.id], format!("{} {why}", note.word())),
        }
        self.life = Some(life);
    }

    /// A breach says where the ticket's time went until its deadline. What a mode moved is not
    /// recomputed, and a watchdog that refused a fact of the ticket counts without it.
    fn check_minutes(&mut self, note: &Note, court: &Court<'_>) {
        let (Told::Rang(rang), Some(told)) = (&note.told, &note.minutes) else {
            return;
        };
        if self.clocked.is_recounted || court.letters.excuse(note.ticket, "watchdog") {
            return;
        }
        // One that follows from nothing is found by its cause.
        let set_by = note.cause.and_then(|cause| self.first.get(&cause));
        let Some(set_by) = set_by.copied() else {
            return;
        };
        self.checked.same += 1;
        if let Some(what) = self.minutes.compare(rang.due_at, set_by, told) {
            self.find(Sort::Differs, &[note.id], what);
        }
    }

    fn push_step(&mut self, note: &'a Note, life: &Life, court: &Court<'_>) {
        self.after.insert(note.id, seen(life));
        self.steps.push(Step {
            note,
            state: life.state,
            clock_state: life.clock_state(),
            reopens: life.reopens,
            severity: life.severity,
            answered: life.answered,
            policy: policy_at(note.sequence, court).to_owned(),
        });
    }

    /// Looks at the ticket as a whole, when its last fact went by.
    fn look_back(&mut self, ticket: Uuid, court: &mut Court<'_>, report: &mut Report) {
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        for note in self.first.values() {
            *kinds.entry(note.word()).or_default() += 1;
            court.explained.commands += u64::from(note.derivation().is_none());
        }
        let lost = court
            .promised
            .lost(ticket, self.number, &kinds, court.explained);
        self.found.extend(lost);
        if self.life.is_none() {
            return;
        }
        self.know_policies();
        self.look_for_steps(ticket, court, report);
        self.look_for_outcomes(ticket, court, report);
        self.look_at_clocks(ticket, court, report);
    }

    /// A `timed` names the policy that its author had at its cause, which is more than the log's
    /// activations tell where the oldest are gone.
    fn know_policies(&mut self) {
        let mut known = String::new();
        for step in self.steps.iter_mut().rev() {
            if let Some(timed) = self.clocked.timed.get(&step.note.id) {
                known = timed.policy.to_string();
                step.policy.clone_from(&known);
            } else if step.policy.is_empty() {
                step.policy.clone_from(&known);
            }
        }
    }

    fn has(&self, is_it: fn(&Effect) -> bool) -> bool {
        self.effects.keys().any(is_it)
    }

    /// The effects that each step must have.
    fn look_for_steps(&mut self, ticket: Uuid, court: &Court<'_>, report: &mut Report) {
        let excuses = |role| court.letters.excuse(ticket, role);
        let Some(opened) = self.steps.first() else {
            return;
        };
        if !court.outside.has_settled(opened.note.stored_at) {
            return;
        }
        let is_over = self.ended_before_classified;
        let mut found = Vec::new();
        let mut want = |is_there: bool, what: &str| {
            report.check(1, 1);
            if !is_there {
                found.push(Found::new(Sort::Missing, &[], what));
            }
        };
        let is_classified = self.has(is_classification);
        let is_routed = self.has(|it| matches!(it, Effect::Routing(_)));
        let is_timed = !self.clocked.timed.is_empty();
        want(
            is_classified || excuses("classifier"),
            "it was never classified",
        );
        want(
            is_routed || is_over || excuses("router") || excuses("classifier"),
            "it was never routed",
        );
        let is_promised = court
            .policies
            .get(&opened.policy)
            .is_none_or(Promises::are_for_all);
        let is_excused = is_over || !is_promised || excuses("watchdog") || excuses("classifier");
        want(is_timed || is_excused, "its targets were never set");
        for step in &self.steps {
            if !court.outside.has_settled(step.note.stored_at) {
                continue;
            }
            let asks = matches!(
                step.note.told,
                Told::Classified { .. } | Told::Corrected { .. } | Told::Reopened
            );
            let is_sent_on = matches!(step.note.told, Told::Transferred { is_kept: false });
            let wants_queue =
                (asks || is_sent_on) && matches!(step.state, State::Triaged | State::Queued);
            let id = step.note.id;
            if is_routed && wants_queue && !excuses("router") {
                let is_there = self.effects.contains_key(&Effect::Routing(id));
                want(
                    is_there,
                    &format!("no `routed` follows from the {}", step.note.word()),
                );
            }
            let promises = court.policies.get(&step.policy);
            let is_promised = promises.is_some_and(Promises::are_for_all);
            if is_timed && asks && is_promised && !excuses("watchdog") {
                let is_there = self.clocked.timed.contains_key(&id);
                want(
                    is_there,
                    &format!("no `timed` follows from the {}", step.note.word()),
                );
            }
        }
        self.found.extend(found);
    }

    /// Every request has an outcome, and whoever was told outside was told once.
    fn look_for_outcomes(&mut self, ticket: Uuid, court: &mut Court<'_>, report: &mut Report) {
        let is_excused = court.letters.excuse(ticket, "courier");
        for request in std::mem::take(&mut self.requests) {
            report.check(1, 1);
            let outcome = self.effects.get(&Effect::Outcome(request.id)).copied();
            let is_settled = court.outside.has_settled(request.stored_at);
            if outcome.is_none() && is_settled && !is_excused {
                let what = "a notification was asked for and has no outcome";
                self.find(Sort::Missing, &[request.id], what);
            }
            self.look_outside(request, outcome, court);
        }
    }

    fn look_outside(&mut self, request: &Note, outcome: Option<&Note>, court: &mut Court<'_>) {
        let told = outcome.map(|outcome| &outcome.told);
        let (is_marked, is_outside) = match told {
            Some(Told::Outcome {
                is_marked,
                is_outside,
                ..
            }) => (*is_marked, *is_outside),
            _ => (false, false),
        };
        match court
            .promised
            .arrived(request.id, is_marked, court.explained)
        {
            Arrived::AsPromised => {}
            Arrived::Never if is_outside && court.outside.listens => {
                let what = "the log says that somebody was notified, who was not";
                self.find(Sort::Lost, &[request.id], what);
            }
            Arrived::Never => {}
            Arrived::TooOften(times, receiver) => {
                let what = format!("{receiver} received it {times} times, unmarked");
                self.find(Sort::Doubled, &[request.id], what);
            }
        }
    }

    fn look_at_clocks(&mut self, ticket: Uuid, court: &mut Court<'_>, report: &mut Report) {
        if court.letters.excuse(ticket, "watchdog") {
            report.unjudged += 1;
            return;
        }
        let compared = self.clocked.compare(&self.steps, court);
        report.check(4, compared.checked);
        report.unjudged += u64::from(compared.is_unjudged);
        self.found.extend(compared.found);
    }
}

fn effect(note: &Note) -> Option<Effect> {
    let cause = note.cause.unwrap_or(note.id);
    Some(match &note.told {
        Told::Opened { .. } => Effect::Opening,
        Told::Classified { .. } => Effect::Classification(cause),
        Told::Routed { .. } => Effect::Routing(cause),
        Told::Timed { .. } => Effect::Timing(cause),
        Told::Rang(rang) => Effect::Ring(rang.target, rang.cycle, rang.level),
        Told::AtRisk(it) => Effect::Risk(it.target, it.cycle, it.threshold),
        Told::Escalated(it) => Effect::Rung(it.ladder.clone(), it.target, it.cycle, it.step),
        Told::Accrued(it) => Effect::Accrual(it.rule.clone(), it.target, it.cycle),
        Told::Requested { receiver, round } => Effect::Telling(cause, receiver.clone(), *round),
        Told::Suppressed { receiver } => Effect::Telling(cause, receiver.clone(), 0),
        Told::Outcome { .. } | Told::Muted => Effect::Outcome(cause),
        Told::InfoRequested { .. } => Effect::Asking(cause),
        Told::Folded { incident } => Effect::Folding(incident.clone()),
        Told::Unfolded => Effect::Unfolding(cause),
        Told::Offered { round, .. } => Effect::Offer(cause, *round),
        Told::Requeued { round, .. } => Effect::Requeue(cause, *round),
        _ => return None,
    })
}

const fn is_classification(effect: &Effect) -> bool {
    matches!(effect, Effect::Classification(_))
}

const fn seen(life: &Life) -> Seen {
    Seen {
        state: life.state as i32,
        reopens: life.reopens,
    }
}

fn shown(seen: Seen) -> String {
    let state = State::try_from(seen.state).unwrap_or_default();
    let word = state
        .as_str_name()
        .trim_start_matches("STATE_")
        .to_lowercase();
    format!("{word} after {} reopenings", seen.reopens)
}

/// The policy in force at a place, as far as the log still tells.
fn policy_at<'c>(sequence: u64, court: &'c Court<'_>) -> &'c str {
    let last = court
        .policies_in_force()
        .rev()
        .find(|(at, _)| *at < sequence);
    last.map_or("", |(_, version)| version)
}

/// The numbers of tickets, each of one ticket.
#[derive(Debug, Default)]
pub(crate) struct Numbers(HashMap<Box<str>, Uuid>);

impl Numbers {
    /// Takes a number for a ticket; gives the ticket that has it already.
    pub(crate) fn take(&mut self, number: &str, ticket: Uuid) -> Option<Uuid> {
        if number.is_empty() {
            return None;
        }
        let first = *self.0.entry(number.into()).or_insert(ticket);
        (first != ticket).then_some(first)
    }
}
