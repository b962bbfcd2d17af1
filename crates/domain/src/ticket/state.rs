//! The state machine of a ticket, as one table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::UnknownWord;

/// Where a ticket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    /// Accepted, not yet classified.
    New,
    /// Classified, not yet in a queue.
    Triaged,
    /// In a queue, waiting for a person.
    Queued,
    /// Given to a person who has not begun.
    Assigned,
    /// A person works on it.
    InProgress,
    /// Work stands still until the customer answers.
    WaitingOnCustomer,
    /// Work stands still until somebody else does something.
    WaitingOnThirdParty,
    /// The problem is solved; the customer may disagree.
    Resolved,
    /// Done and accounted for.
    Closed,
}

/// What engineers do with a ticket in progress (requirements, R58).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Engineering {
    /// A fix is being written.
    Developing,
    /// The fix is being tested.
    Testing,
    /// The fix is being verified with the customer.
    Verifying,
}

/// Where work on a ticket can be moved to by the person who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Progress {
    /// Somebody works on it.
    InProgress,
    /// Work stands still until the customer answers.
    WaitingOnCustomer,
    /// Work stands still until somebody else does something.
    WaitingOnThirdParty,
    /// In progress, with the engineers at the given step.
    Engineering(Engineering),
}

/// What asks for a transition: the kind of a fact, with what the table needs to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trigger {
    /// The ticket was classified, for the first time or again.
    Classified,
    /// The ticket was put in a queue.
    Routed,
    /// The ticket was given to a person.
    Assigned,
    /// The ticket was offered to an agent.
    Offered,
    /// The agent to whom it was offered answered.
    Answered,
    /// The ticket waits in its queue again.
    Requeued,
    /// The ticket is to go elsewhere: a queue has to be found for it.
    Transferred,
    /// The ticket is meant for an agent, and waits for them in its queue.
    Kept,
    /// The customer wrote.
    CustomerReplied,
    /// A person of the support organisation wrote.
    AgentReplied,
    /// A person of the support organisation wrote, and waits for the customer.
    AgentAsked,
    /// The person who has the ticket moved it.
    Progressed(Progress),
    /// The problem was solved.
    Resolved,
    /// The problem came back.
    Reopened,
    /// The ticket was closed.
    Closed,
    /// What is known of the ticket changed: labels set by a person, a question, an incident.
    Described,
    /// Something was noted that moves no ticket: a clock, a notification.
    Noted,
}

/// The state after `trigger` in `state`, or `None` when it is not allowed there.
///
/// This is the whole state machine; every reader of the log decides by it.
#[must_use]
pub const fn next_state(state: State, trigger: Trigger) -> Option<State> {
    use State::{
        Assigned, Closed, InProgress, New, Queued, Resolved, Triaged, WaitingOnCustomer,
        WaitingOnThirdParty,
    };
    match (trigger, state) {
        (Trigger::Classified, New) => Some(Triaged),
        // Once a person has it, a queue that was decided before comes too late.
        (Trigger::Routed, Triaged | Queued) => Some(Queued),
        (
            Trigger::Assigned,
            Queued | Assigned | InProgress | WaitingOnCustomer | WaitingOnThirdParty,
        ) => Some(Assigned),
        (Trigger::Offered | Trigger::Answered, Queued) => Some(Queued),
        // Work that waits for somebody outside goes on waiting, whoever will go on with it.
        (Trigger::Requeued, Queued | Assigned | InProgress) => Some(Queued),
        (
            Trigger::Transferred,
            Triaged | Queued | Assigned | InProgress | WaitingOnCustomer | WaitingOnThirdParty,
        ) => Some(Triaged),
        (
            Trigger::Kept,
            Queued | Assigned | InProgress | WaitingOnCustomer | WaitingOnThirdParty,
        ) => Some(Queued),
        (Trigger::CustomerReplied, WaitingOnCustomer) => Some(InProgress),
        (Trigger::AgentReplied, Queued | Assigned | InProgress | WaitingOnCustomer) => {
            Some(InProgress)
        }
        (
            Trigger::AgentAsked,
            Queued | Assigned | InProgress | WaitingOnCustomer | WaitingOnThirdParty,
        ) => Some(WaitingOnCustomer),
        (
            Trigger::Progressed(to),
            Queued | Assigned | InProgress | WaitingOnCustomer | WaitingOnThirdParty,
        ) => Some(match to {
            Progress::InProgress | Progress::Engineering(_) => InProgress,
            Progress::WaitingOnCustomer => WaitingOnCustomer,
            Progress::WaitingOnThirdParty => WaitingOnThirdParty,
        }),
        (Trigger::Resolved, Resolved | Closed) => None,
        (Trigger::Resolved, _) => Some(Resolved),
        (Trigger::Reopened, Resolved | Closed) => Some(Queued),
        (Trigger::Closed, Closed) => None,
        (Trigger::Closed, _) => Some(Closed),
        (
            Trigger::Routed
            | Trigger::Assigned
            | Trigger::Offered
            | Trigger::Answered
            | Trigger::Requeued
            | Trigger::Transferred
            | Trigger::Kept
            | Trigger::Progressed(_)
            | Trigger::Reopened,
            _,
        ) => None,
        // A receipt or a void clock may arrive after the end; it is noted and moves nothing.
        (Trigger::Noted, same) => Some(same),
        // Words and labels are welcome anywhere but after the end.
        (_, Closed) => None,
        (_, same) => Some(same),
    }
}

impl State {
    /// All states, in the order of a ticket's life.
    pub const ALL: [Self; 9] = [
        Self::New,
        Self::Triaged,
        Self::Queued,
        Self::Assigned,
        Self::InProgress,
        Self::WaitingOnCustomer,
        Self::WaitingOnThirdParty,
        Self::Resolved,
        Self::Closed,
    ];

    /// The word for the state in messages, queries and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Triaged => "triaged",
            Self::Queued => "queued",
            Self::Assigned => "assigned",
            Self::InProgress => "in_progress",
            Self::WaitingOnCustomer => "waiting_on_customer",
            Self::WaitingOnThirdParty => "waiting_on_third_party",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    /// Whether the ticket still wants somebody to do something.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed)
    }

    /// Whether work stands still until somebody outside acts.
    #[must_use]
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::WaitingOnCustomer | Self::WaitingOnThirdParty)
    }
}

impl Progress {
    /// All places, in the order people use them.
    pub const ALL: [Self; 6] = [
        Self::InProgress,
        Self::WaitingOnCustomer,
        Self::WaitingOnThirdParty,
        Self::Engineering(Engineering::Developing),
        Self::Engineering(Engineering::Testing),
        Self::Engineering(Engineering::Verifying),
    ];

    /// The word for the place in messages and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::WaitingOnCustomer => "waiting_on_customer",
            Self::WaitingOnThirdParty => "waiting_on_third_party",
            Self::Engineering(step) => step.as_str(),
        }
    }
}

impl Engineering {
    /// The word for the step in messages and outputs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Developing => "developing",
            Self::Testing => "testing",
            Self::Verifying => "verifying",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for State {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("state", text, &Self::ALL, |state| state.as_str())
    }
}

impl FromStr for Progress {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("progress", text, &Self::ALL, |progress| progress.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIGGERS: [Trigger; 22] = [
        Trigger::Classified,
        Trigger::Routed,
        Trigger::Assigned,
        Trigger::Offered,
        Trigger::Answered,
        Trigger::Requeued,
        Trigger::Transferred,
        Trigger::Kept,
        Trigger::CustomerReplied,
        Trigger::AgentReplied,
        Trigger::AgentAsked,
        Trigger::Progressed(Progress::InProgress),
        Trigger::Progressed(Progress::WaitingOnCustomer),
        Trigger::Progressed(Progress::WaitingOnThirdParty),
        Trigger::Progressed(Progress::Engineering(Engineering::Developing)),
        Trigger::Progressed(Progress::Engineering(Engineering::Testing)),
        Trigger::Progressed(Progress::Engineering(Engineering::Verifying)),
        Trigger::Resolved,
        Trigger::Reopened,
        Trigger::Closed,
        Trigger::Described,
        Trigger::Noted,
    ];

    /// The whole table as text, so that a reviewer sees what a change of it changes.
    #[test]
    fn the_table() {
        let mut table = String::new();
        for state in State::ALL {
            for trigger in TRIGGERS {
                let next = next_state(state, trigger).map_or("void", State::as_str);
                table.push_str(&format!(
                    "{:<22} {:<42} {next}\n",
                    state.as_str(),
                    format!("{trigger:?}")
                ));
            }
        }
        expect_test::expect_file!["../../tests/golden/states.txt"].assert_eq(&table);
    }

    #[test]
    fn closed_is_left_only_by_reopening() {
        for trigger in TRIGGERS {
            let next = next_state(State::Closed, trigger);
            match trigger {
                Trigger::Reopened => assert_eq!(next, Some(State::Queued)),
                Trigger::Noted => assert_eq!(next, Some(State::Closed)),
                _ => assert_eq!(next, None, "{trigger:?}"),
            }
        }
    }

    #[test]
    fn every_word_reads_back() {
        for state in State::ALL {
            assert_eq!(state.as_str().parse::<State>().unwrap(), state);
        }
        for progress in Progress::ALL {
            assert_eq!(progress.as_str().parse::<Progress>().unwrap(), progress);
        }
        let error = "in_progres".parse::<State>().unwrap_err();
        assert!(error.to_string().contains("in_progress"), "{error}");
    }
}
