//! Modes that begin, end or move while clocks run: open deadlines move with them.
//!
//! An activation that gives a calendar other modes starts a *recount* at its place in the log:
//! before anything later is taken in, every ticket is looked at once, and clocks that count by
//! that calendar are counted anew. It is done in steps, as timers ring, so that a partition with
//! very many clocks stays responsive; how far it got stands in the view.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::Timestamp;
use posthouse_domain::sla::Calendar;
use posthouse_runtime::{Refusal, View};
use posthouse_store::Table;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What is known of modes.
pub(crate) const MODES: Table = Table::new("modes");
/// The row with the modes by which clocks count.
const IN_FORCE: &[u8] = b"in_force";
/// The row with the recount under way.
const RECOUNT: &[u8] = b"recount";

/// The modes of calendars that have any: first and last instant of each, in milliseconds.
type InForce = BTreeMap<String, Vec<(i64, i64)>>;

/// A recount under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recount {
    /// The log time of the activation.
    pub(crate) at: Timestamp,
    /// The calendars whose modes are others.
    pub(crate) calendars: BTreeSet<String>,
    /// The key of the row that comes next.
    pub(crate) next: Vec<u8>,
}

/// The modes of a partition.
#[derive(Debug, Default)]
pub(crate) struct Modes {
    /// The recount under way, once it was looked up.
    recount: Option<Option<Recount>>,
}

impl Modes {
    /// Forgets what was remembered, because the view changed underneath.
    pub(crate) fn forget(&mut self) {
        self.recount = None;
    }

    /// Calendars are these from `at` on: begins a recount when their modes are others than before.
    pub(crate) fn activated(
        &mut self,
        view: &mut View,
        calendars: &BTreeMap<String, Calendar>,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        let before: InForce = read(view, IN_FORCE)?.unwrap_or_default();
        let now = in_force(calendars);
        let names = before.keys().chain(now.keys());
        let changed: BTreeSet<String> = names
            .filter(|name| before.get(*name) != now.get(*name))
            .cloned()
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        write(view, IN_FORCE, &now);
        let mut recount = self.recount(view)?.unwrap_or_else(|| Recount {
            at,
            calendars: BTreeSet::new(),
            next: Vec::new(),
        });
        recount.at = at;
        recount.calendars.extend(changed);
        recount.next.clear();
        self.keep(view, Some(recount));
        Ok(())
    }

    /// The recount under way.
    pub(crate) fn recount(&mut self, view: &View) -> Result<Option<Recount>, Refusal> {
        let recount = match self.recount.take() {
            Some(recount) => recount,
            None => read(view, RECOUNT)?,
        };
        Ok(self.recount.insert(recount).clone())
    }

    /// How far the recount got; `None` at its end.
    pub(crate) fn keep(&mut self, view: &mut View, recount: Option<Recount>) {
        match &recount {
            Some(recount) => write(view, RECOUNT, recount),
            None => view.delete(MODES, RECOUNT.to_vec()),
        }
        self.recount = Some(recount);
    }
}

fn in_force(calendars: &BTreeMap<String, Calendar>) -> InForce {
    let spans = |calendar: &Calendar| -> Vec<(i64, i64)> {
        let modes = calendar.modes();
        modes
            .map(|mode| {
                let to = mode.to.unwrap_or(Timestamp::MAX);
                (mode.from.as_millis(), to.as_millis())
            })
            .collect()
    };
    calendars
        .iter()
        .map(|(name, calendar)| (name.clone(), spans(calendar)))
        .filter(|(_, spans)| !spans.is_empty())
        .collect()
}

fn read<T: DeserializeOwned>(view: &View, key: &[u8]) -> Result<Option<T>, Refusal> {
    let Some(row) = view.get(MODES, key)? else {
        return Ok(None);
    };
    let read = postcard::from_bytes(&row).map_err(|error| Refusal {
        code: Refusal::VIEW,
        reason: format!("read what is known of modes: {error}"),
    })?;
    Ok(Some(read))
}

fn write<T: Serialize>(view: &mut View, key: &[u8], value: &T) {
    let row = postcard::to_allocvec(value).expect("numbers and texts can always be written");
    view.put(MODES, key.to_vec(), row);
}
