//! What is watched, as it is kept among very many.
//!
//! A row holds nothing twice: words stand in it by number ([`Words`]), instants as milliseconds
//! since the opening, and the fact that set several clocks once. What most clocks lack (a pause,
//! an end, forecasts) takes one byte for all of it.

use serde::{Deserialize, Serialize};

use super::{Waiting, Watched};
use crate::ids::{FactId, TicketId};
use crate::sla::clock::{Clock, End, Planned, Warned};
use crate::sla::forecast::{Place, Told};
use crate::sla::history::{History, Stretch};
use crate::sla::ladder::Climbs;
use crate::sla::{Promise, Target, Warning};
use crate::ticket::State;
use crate::ticket::minutes::{Count, Course};
use crate::ticket::packed::{PackedTicket, Since};
use crate::time::Timestamp;
use crate::words::{Packer, Unpacker, Words};

/// A [`Watched`], packed; the ticket's identity is the key that it is kept under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    ticket: PackedTicket,
    began: i64,
    history: Vec<(i64, State, String)>,
    sla: u32,
    /// The facts that set clocks, each once.
    setters: Vec<FactId>,
    clocks: Vec<PackedClock>,
    climbs: Climbs,
    waiting: Option<(u32, Place)>,
    count: Count,
    /// Texts that are no words.
    loose: Vec<String>,
}

/// A clock; instants in milliseconds since the opening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PackedClock {
    target: Target,
    cycle: u32,
    started: i64,
    promise: Promise,
    sla: u32,
    calendar: u32,
    /// The place of the fact that set it.
    setter: usize,
    due: i64,
    warnings: Vec<(i64, PackedWarning)>,
    checks: Vec<(i64, u8)>,
    past: Option<Past>,
}

/// A warning still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum PackedWarning {
    /// At so many percent of the time.
    Percent(u8),
    /// So long before the deadline, in milliseconds, and the percent used then.
    Before(i64, u8),
}

/// What happened to a clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Past {
    paused_since: Option<Timestamp>,
    checked: u8,
    told: Vec<Told>,
    risk_permille: u16,
    warned: Warned,
    done_at: Option<Timestamp>,
    end: Option<End>,
}

impl Watched {
    /// As it is kept.
    #[must_use]
    pub fn pack(&self, words: &mut dyn Words) -> Packed {
        let mut words = Packer::new(words);
        let ticket = PackedTicket::pack(&self.ticket, &mut words);
        let since = ticket.since();
        let history = self.history.stretches().iter();
        let mut setters = Vec::new();
        Packed {
            began: since.pack(self.began_at),
            history: history
                .map(|it| (since.pack(it.from), it.state, it.reason.clone()))
                .collect(),
            sla: words.pack(&self.sla),
            clocks: self
                .clocks
                .iter()
                .map(|clock| PackedClock::pack(clock, since, &mut setters, &mut words))
                .collect(),
            setters,
            climbs: self.climbs.clone(),
            waiting: self
                .waiting
                .as_ref()
                .map(|waiting| (words.pack(&waiting.queue), waiting.place)),
            count: self.course.count().clone(),
            ticket,
            loose: words.into_loose(),
        }
    }

    /// What was kept under the identity `id`; `None` when it names a word that is not known.
    #[must_use]
    pub fn unpack(packed: Packed, id: TicketId, words: &dyn Words) -> Option<Self> {
        let mut words = Unpacker::new(words, packed.loose);
        let since = packed.ticket.since();
        let ticket = packed.ticket.unpack(id, &mut words)?;
        let history = packed.history.into_iter();
        let sla = words.unpack(packed.sla)?;
        let clocks = packed.clocks.into_iter();
        let clocks = clocks.map(|clock| clock.unpack(since, &packed.setters, &mut words));
        let clocks = clocks.collect::<Option<Vec<Clock>>>()?;
        let waiting = match packed.waiting {
            Some((queue, place)) => Some(Waiting {
                queue: words.unpack(queue)?,
                place,
            }),
            None => None,
        };
        let course = Course::resume(ticket.features.opened_at, packed.count);
        Some(Self {
            ticket,
            clocks,
            began_at: since.unpack(packed.began),
            history: History::of(history.map(|(from, state, reason)| Stretch {
                from: since.unpack(from),
                state,
                reason,
            })),
            sla,
            climbs: packed.climbs,
            waiting,
            course,
        })
    }
}

impl PackedClock {
    fn pack(
        clock: &Clock,
        since: Since,
        setters: &mut Vec<FactId>,
        words: &mut Packer<'_>,
    ) -> Self {
        let known = setters.iter().position(|setter| *setter == clock.set_by);
        let setter = known.unwrap_or_else(|| {
            setters.push(clock.set_by);
            setters.len() - 1
        });
        let warning = |planned: &Planned| {
            let warning = match planned.warning {
                Warning::Percent(percent) => PackedWarning::Percent(percent),
                Warning::Before(ms) => PackedWarning::Before(ms, planned.percent),
            };
            (since.pack(planned.at), warning)
        };
        let past = Past::of(clock);
        Self {
            target: clock.target,
            cycle: clock.cycle,
            started: since.pack(clock.started_at),
            promise: clock.promise,
            sla: words.pack(&clock.sla),
            calendar: words.pack(&clock.calendar),
            setter,
            due: since.pack(clock.due_at),
            warnings: clock.warnings.iter().map(warning).collect(),
            checks: clock
                .checks
                .iter()
                .map(|(percent, at)| (since.pack(*at), *percent))
                .collect(),
            past: (past != Past::default()).then_some(past),
        }
    }

    fn unpack(self, since: Since, setters: &[FactId], words: &mut Unpacker<'_>) -> Option<Clock> {
        let past = self.past.unwrap_or_default();
        let planned = |(at, warning)| {
            let (warning, percent) = match warning {
                PackedWarning::Percent(percent) => (Warning::Percent(percent), percent),
                PackedWarning::Before(ms, percent) => (Warning::Before(ms), percent),
            };
            Planned {
                at: since.unpack(at),
                warning,
                percent,
            }
        };
        Some(Clock {
            target: self.target,
            cycle: self.cycle,
            started_at: since.unpack(self.started),
            promise: self.promise,
            sla: words.unpack(self.sla)?,
            calendar: words.unpack(self.calendar)?,
            set_by: *setters.get(self.setter)?,
            paused_since: past.paused_since,
            due_at: since.unpack(self.due),
            warnings: self.warnings.into_iter().map(planned).collect(),
            checks: self
                .checks
                .into_iter()
                .map(|(at, percent)| (percent, since.unpack(at)))
                .collect(),
            checked: past.checked,
            told: past.told,
            risk_permille: past.risk_permille,
            warned: past.warned,
            done_at: past.done_at,
            end: past.end,
        })
    }
}

impl Past {
    fn of(clock: &Clock) -> Self {
        Self {
            paused_since: clock.paused_since,
            checked: clock.checked,
            told: clock.told.clone(),
            risk_permille: clock.risk_permille,
            warned: clock.warned,
            done_at: clock.done_at,
            end: clock.end,
        }
    }
}
