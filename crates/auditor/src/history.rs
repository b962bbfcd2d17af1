//! What a ticket's clocks see of its life: states and reasons, and what begins again and again.

use posthouse_wire::v1::State;

use crate::calendar::Pause;
use crate::limits::PAUSES_MAX;
use crate::note::{Note, Told};

/// A stretch of a ticket's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: i64,
    pub(crate) state: State,
    /// What it waits for, as was said.
    pub(crate) reason: Box<str>,
}

/// The stretches of a cycle, in order.
#[derive(Debug, Default)]
pub(crate) struct History(Vec<Stretch>);

/// Rounds of one kind: a customer who waits for the next answer, or for news.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rounds {
    number: u32,
    began_at: i64,
    is_running: bool,
}

impl History {
    /// A fact counted, and the ticket is in `state`.
    pub(crate) fn note(&mut self, note: &Note, state: State) {
        let is_waiting = matches!(state, State::WaitingOnCustomer | State::WaitingOnThirdParty);
        let reason = match (&note.told, self.0.last()) {
            (Told::Progressed { reason, .. }, _) if is_waiting => reason.clone(),
            (_, Some(last)) if last.state == state => last.reason.clone(),
            (Told::InfoRequested { .. }, _) if is_waiting => "information".into(),
            _ => "".into(),
        };
        let is_full = self.0.len() >= 2 * PAUSES_MAX;
        self.0.push(Stretch {
            from: note.stored_at,
            state: if is_full { State::InProgress } else { state },
            reason,
        });
        if let [.., before, last] = self.0.as_slice()
            && (&before.state, &before.reason) == (&last.state, &last.reason)
        {
            self.0.pop();
        }
        self.0.truncate(2 * PAUSES_MAX + 1);
    }

    pub(crate) fn restart(&mut self) {
        self.0.clear();
    }

    pub(crate) fn now(&self) -> Option<&Stretch> {
        self.0.last()
    }

    /// The pauses after `from` that are over, and since when one goes on.
    pub(crate) fn pauses(
        &self,
        from: i64,
        stands: impl Fn(&Stretch) -> bool,
    ) -> (Vec<Pause>, Option<i64>) {
        let (mut over, mut since): (Vec<Pause>, _) = (Vec::new(), None);
        for (place, stretch) in self.0.iter().enumerate() {
            let to = self.0.get(place + 1).map(|next| next.from);
            if !stands(stretch) || to.is_some_and(|to| to <= from) {
                continue;
            }
            let mut begin = stretch.from.max(from);
            if let Some(before) = over.pop_if(|before| before.1 == begin) {
                begin = before.0;
            }
            match to {
                Some(to) if begin <= to => over.push((begin, to)),
                Some(_) => {}
                None => since = Some(begin),
            }
        }
        (over, since)
    }
}

impl Rounds {
    pub(crate) fn begin(&mut self, at: i64) {
        if !self.is_running {
            *self = Self {
                number: self.number.saturating_add(1),
                began_at: at,
                is_running: true,
            };
        }
    }

    pub(crate) fn end(&mut self) {
        self.is_running = false;
    }

    /// The number of the round that runs, and when it began.
    pub(crate) fn running(&self) -> Option<(u32, i64)> {
        self.is_running.then_some((self.number, self.began_at))
    }
}
