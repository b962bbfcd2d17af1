//! The life of a ticket, as simply as it can be told: what may happen when.
//!
//! Written from the table of the design, state by state, not from the code that services fold
//! with.

use std::collections::HashSet;

use posthouse_wire::v1::{Progress, State};
use uuid::Uuid;

use crate::hands::Hands;
use crate::note::{Note, Told};

/// Most facts of a ticket that count.
const FACTS_MAX: usize = 10_000;

/// A ticket while its facts go by.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) state: State,
    pub(crate) reopens: u32,
    /// As `v1::Severity`; 0 while nobody has said.
    pub(crate) severity: i32,
    /// Whether somebody of the support organisation has answered in this cycle.
    pub(crate) answered: bool,
    /// The severity that a person set, which no classification changes; 0 for none.
    corrected: i32,
    /// Whether clocks wait for the customer to give information.
    awaits_information: bool,
    /// What was judged, counted or void: a repeat of either is void.
    judged: HashSet<Key>,
    hands: Hands,
}

/// What there may be only one of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Opening,
    Classification(Uuid),
    Routing(Uuid),
    Asking(Uuid),
    Folding(Box<str>),
    Unfolding(Uuid),
    Offer(Uuid, u32),
    Answer(Box<str>, Box<str>, bool),
    Requeue(Uuid, u32),
    Other(Uuid),
}

impl Life {
    /// The life of a ticket that was just opened.
    pub(crate) fn opened(severity: i32) -> Self {
        Self {
            state: State::New,
            reopens: 0,
            severity,
            answered: false,
            corrected: 0,
            awaits_information: false,
            judged: HashSet::from([Key::Opening]),
            hands: Hands::default(),
        }
    }

    /// Goes one fact further; `Err` with a reason when it changes nothing.
    pub(crate) fn follow(&mut self, note: &Note) -> Result<(), String> {
        if !note.told.moves() {
            return Ok(());
        }
        let is_full = self.judged.len() >= FACTS_MAX;
        if is_full || !self.judged.insert(key(note)) {
            return Err("repeats an earlier fact".to_owned());
        }
        let state = self.state;
        let next = after(state, note).ok_or_else(|| {
            let state = state.as_str_name().trim_start_matches("STATE_");
            format!("is not allowed when the ticket is {}", state.to_lowercase())
        })?;
        self.hands.follow(note, state, next)?;
        self.state = next;
        match &note.told {
            Told::Classified { .. } if self.corrected != 0 => {}
            Told::Classified { severity } => self.severity = *severity,
            Told::Corrected { severity } if *severity != 0 => {
                (self.severity, self.corrected) = (*severity, *severity);
            }
            Told::Replied { .. } if !note.by_customer => self.answered = true,
            Told::Resolved => self.answered = true,
            Told::Reopened => {
                self.reopens += 1;
                self.answered = false;
            }
            _ => {}
        }
        self.await_information(note);
        Ok(())
    }

    /// A question for information holds up clocks until somebody writes or begins to work.
    fn await_information(&mut self, note: &Note) {
        use State::{Assigned, New, Queued, Triaged};
        self.awaits_information |= note.told == Told::InfoRequested { pauses: true };
        let is_untouched = matches!(self.state, New | Triaged | Queued | Assigned);
        let ends = matches!(note.told, Told::Replied { .. } | Told::Reopened);
        self.awaits_information &= is_untouched && !ends;
    }

    /// The state that clocks see.
    pub(crate) const fn clock_state(&self) -> State {
        if self.awaits_information {
            State::WaitingOnCustomer
        } else {
            self.state
        }
    }

    /// Whether the ticket is over, if only until it is reopened.
    pub(crate) const fn is_ended(&self) -> bool {
        matches!(self.state, State::Resolved | State::Closed)
    }
}

fn key(note: &Note) -> Key {
    let cause = note.cause.unwrap_or(note.id);
    match &note.told {
        Told::Opened { .. } => Key::Opening,
        Told::Classified { .. } => Key::Classification(cause),
        Told::Routed { .. } => Key::Routing(cause),
        Told::InfoRequested { .. } => Key::Asking(cause),
        Told::Folded { incident } => Key::Folding(incident.clone()),
        Told::Unfolded => Key::Unfolding(cause),
        Told::Offered { round, .. } => Key::Offer(cause, *round),
        Told::Answered {
            agent,
            offer,
            accepts,
        } => Key::Answer(offer.clone(), agent.clone(), *accepts),
        Told::Requeued { round, .. } => Key::Requeue(cause, *round),
        _ => Key::Other(note.id),
    }
}

/// The state after a fact; nothing when the fact is not allowed here.
fn after(state: State, note: &Note) -> Option<State> {
    let is_in_work = matches!(
        state,
        State::Queued
            | State::Assigned
            | State::InProgress
            | State::WaitingOnCustomer
            | State::WaitingOnThirdParty
    );
    let is_ended = matches!(state, State::Resolved | State::Closed);
    let in_work = |to: State| is_in_work.then_some(to);
    let unless_closed = |to: State| (state != State::Closed).then_some(to);
    match &note.told {
        Told::Opened { .. } => None,
        Told::Classified { .. } if state == State::New => Some(State::Triaged),
        Told::Classified { .. } => unless_closed(state),
        Told::Routed { .. } => {
            matches!(state, State::Triaged | State::Queued).then_some(State::Queued)
        }
        Told::Assigned { .. } => in_work(State::Assigned),
        Told::Offered { .. } | Told::Answered { .. } => {
            (state == State::Queued).then_some(State::Queued)
        }
        Told::Requeued { .. } => {
            let has_agent = matches!(state, State::Assigned | State::InProgress);
            (has_agent || state == State::Queued).then_some(State::Queued)
        }
        Told::Transferred { is_kept: true } => in_work(State::Queued),
        Told::Transferred { is_kept: false } if state == State::Triaged => Some(state),
        Told::Transferred { is_kept: false } => in_work(State::Triaged),
        Told::Progressed { to, .. } => in_work(*to),
        Told::Replied { awaits } => unless_closed(after_words(state, note.by_customer, *awaits)),
        Told::Resolved => (!is_ended).then_some(State::Resolved),
        Told::Reopened => is_ended.then_some(State::Queued),
        Told::Closed => unless_closed(State::Closed),
        Told::InfoRequested { .. }
        | Told::Corrected { .. }
        | Told::Folded { .. }
        | Told::Unfolded => unless_closed(state),
        _ => Some(state),
    }
}

/// What words do: an answer sets work going, a question lets it wait.
fn after_words(state: State, by_customer: bool, awaits: bool) -> State {
    use State::{Assigned, InProgress, Queued, WaitingOnCustomer, WaitingOnThirdParty};
    match state {
        WaitingOnCustomer if by_customer => InProgress,
        _ if by_customer => state,
        Queued | Assigned | InProgress | WaitingOnCustomer | WaitingOnThirdParty if awaits => {
            WaitingOnCustomer
        }
        Queued | Assigned | InProgress | WaitingOnCustomer if !awaits => InProgress,
        other => other,
    }
}

/// Where a person moved a ticket to.
pub(crate) fn moved_to(progress: i32) -> Option<State> {
    Some(match Progress::try_from(progress).ok()? {
        Progress::Unspecified => return None,
        Progress::WaitingOnCustomer => State::WaitingOnCustomer,
        Progress::WaitingOnThirdParty => State::WaitingOnThirdParty,
        Progress::InProgress | Progress::Developing | Progress::Testing | Progress::Verifying => {
            State::InProgress
        }
    })
}
