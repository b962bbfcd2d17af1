//! Whose hands a ticket is in: who has it, and to whom it is offered.
//!
//! Written from the words of the architecture, not from the code that services fold with: one
//! offer at a time, only in the queue where the ticket waits, numbered without gaps; an answer
//! only from the agent who was asked, once; a ticket taken back only from who has it.

use posthouse_wire::v1::State;

use crate::note::{Note, Told};

/// Whose hands a ticket is in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hands {
    holder: Option<Box<str>>,
    asked: Option<Asked>,
    queue: Box<str>,
    /// How many offers counted, in this cycle.
    rounds: u32,
}

/// An agent who was asked to take a ticket.
#[derive(Clone, Debug)]
struct Asked {
    offer: String,
    agent: Box<str>,
    /// Whether they take it; nothing while they did not answer.
    takes: Option<bool>,
}

impl Hands {
    /// Goes one fact further, which takes the ticket from one state to the next; `Err` with a
    /// reason when it changes nothing.
    pub(crate) fn follow(&mut self, note: &Note, from: State, to: State) -> Result<(), String> {
        match &note.told {
            Told::Offered {
                agent,
                queue,
                round,
            } => {
                let is_next = self.rounds.checked_add(1) == Some(*round);
                if !is_next || *queue != self.queue || self.asked.is_some() {
                    return Err("offers what was offered or routed meanwhile".to_owned());
                }
                self.rounds = *round;
                self.asked = Some(Asked {
                    offer: note.id.to_string(),
                    agent: agent.clone(),
                    takes: None,
                });
            }
            Told::Answered {
                agent,
                offer,
                accepts,
            } => {
                let is_open = |it: &&mut Asked| {
                    it.agent == *agent && *it.offer == **offer && it.takes.is_none()
                };
                let asked = self.asked.as_mut().filter(is_open);
                asked.ok_or("answers no offer that stands")?.takes = Some(*accepts);
            }
            Told::Assigned { agent } => {
                let is_asked = |it: &Asked| it.agent == *agent && it.takes != Some(false);
                if note.by_service && !self.asked.as_ref().is_some_and(is_asked) {
                    return Err("gives it to an agent to whom it is not offered".to_owned());
                }
                self.holder = Some(agent.clone());
            }
            Told::Requeued { agent, .. } => self.take_back(agent, from)?,
            Told::Transferred { .. } => (self.holder, self.asked) = (None, None),
            Told::Reopened => (self.holder, self.rounds) = (None, 0),
            Told::Routed { queue, .. } if *queue != self.queue => {
                self.queue.clone_from(queue);
                self.asked = None;
            }
            _ => {}
        }
        if to != State::Queued {
            self.asked = None;
        }
        Ok(())
    }

    fn take_back(&mut self, agent: &str, from: State) -> Result<(), String> {
        let has_it = if from == State::Queued {
            let asked = self.asked.as_ref();
            asked.is_some_and(|it| *it.agent == *agent && it.takes != Some(true))
        } else {
            self.holder.as_deref() == Some(agent)
        };
        if !has_it {
            return Err("takes it from an agent who does not have it".to_owned());
        }
        (self.holder, self.asked) = (None, None);
        Ok(())
    }
}
