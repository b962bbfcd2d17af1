//! Convert, decide, convert; and wake up when a clock is due.

use std::sync::Arc;

use posthouse_domain::sla::watch::{self, Conclusion, Terms, Watched};
use posthouse_domain::ticket::minutes::Course;
use posthouse_domain::ticket::{Fact, FactKind, Origin};
use posthouse_domain::{FactId, TicketId, Timestamp};
use posthouse_policy::Policy;
use posthouse_runtime::{Handler, Input, Refusal, View, WakeIndex, limits};
use posthouse_store::Table;

use crate::experience::{self, Learnt, RATES, STANDING};
use crate::modes::{MODES, Modes, Recount};
use crate::rows::{Row, Rows, WATCHED};
use crate::telemetry::Telemetry;
use crate::words::WORDS;

const WAKE: Table = Table::new("wake");
const TABLES: &[Table] = &[WATCHED, WAKE, WORDS, MODES, RATES, STANDING];
/// The version of the view's format.
const SCHEMA: u32 = 6;

/// The watchdog of one partition.
#[derive(Debug)]
pub struct Watchdog {
    policy: Option<Arc<Policy>>,
    wake: WakeIndex,
    rows: Rows,
    modes: Modes,
    /// What operators measure, if anybody does.
    telemetry: Option<Telemetry>,
}

impl Default for Watchdog {
    fn default() -> Self {
        Self {
            policy: None,
            wake: WakeIndex::new(WAKE),
            rows: Rows::default(),
            modes: Modes::default(),
            telemetry: None,
        }
    }
}

impl Watchdog {
    /// A watchdog that counts what became of promises, and shows how good its forecasts are.
    #[must_use]
    pub fn measuring(telemetry: Telemetry) -> Self {
        Self {
            telemetry: Some(telemetry),
            ..Self::default()
        }
    }

    /// Shows what was learnt.
    fn show(&self, view: &mut View) -> Result<(), Refusal> {
        if let Some(telemetry) = &self.telemetry {
            telemetry.forecasts.set(experience::score(view)?);
        }
        Ok(())
    }

    /// Takes in what became of telling somebody: it says where the ticket's time goes.
    fn hear(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let Some(mut row) = self.rows.get(view, input.fact.ticket)? else {
            view.note_void();
            return Ok(Vec::new());
        };
        if row.watched.hear(input.fact, input.log_time) {
            self.rows.put(view, &row)?;
        }
        Ok(Vec::new())
    }

    /// One step of a recount: the next tickets are counted by the modes that are in force now.
    fn recount(
        &mut self,
        view: &mut View,
        mut recount: Recount,
        policy: &Policy,
    ) -> Result<Vec<Fact>, Refusal> {
        let mut outputs = Vec::new();
        let limit = limits::RINGS_PER_STEP_MAX;
        let found = view.scan(WATCHED, &recount.next, None, limit)?;
        for (key, _) in &found {
            let Some(id) = ticket_id(key) else { continue };
            let Some(mut row) = self.rows.get(view, id)? else {
                continue;
            };
            let before = row.watched.clone();
            let cause = FactId::of_activation(&policy.version.0, recount.at, id);
            let timed = row
                .watched
                .recount(&recount.calendars, cause, recount.at, &policy.slas);
            if row.watched == before {
                continue;
            }
            let (old, new) = (before.next_ring(), row.watched.next_ring());
            self.wake.set(view, key, old, new);
            self.rows.put(view, &row)?;
            outputs.extend(facts(&row, timed.into_iter().collect(), policy));
        }
        let next = found.last().filter(|_| found.len() == limit);
        let next = next.map(|(key, _)| [key.as_slice(), &[0]].concat());
        let goes_on = next.map(|next| {
            recount.next = next;
            recount
        });
        self.modes.keep(view, goes_on);
        Ok(outputs)
    }
}

impl Handler for Watchdog {
    fn tables(&self) -> &'static [Table] {
        TABLES
    }

    fn schema(&self) -> u32 {
        SCHEMA
    }

    fn consumes(&self) -> &'static [FactKind] {
        Course::KINDS
    }

    fn produces(&self) -> &'static [FactKind] {
        &[
            FactKind::Timed,
            FactKind::TargetWarned,
            FactKind::TargetBreached,
            FactKind::TargetAtRisk,
            FactKind::Escalated,
            FactKind::CompensationAccrued,
        ]
    }

    fn restored(&mut self) {
        self.wake.reset();
        self.rows.forget();
        self.modes.forget();
    }

    fn counting(&mut self, counts: bool) {
        if let Some(telemetry) = &mut self.telemetry {
            telemetry.promises.counting(counts);
        }
    }

    fn activate(&mut self, policy: &Arc<Policy>) {
        self.policy = Some(Arc::clone(policy));
    }

    fn activated(&mut self, view: &mut View, log_time: Timestamp) -> Result<(), Refusal> {
        let policy = self.policy.clone().ok_or_else(Refusal::no_policy)?;
        self.modes.activated(view, &policy.slas.calendars, log_time)
    }

    fn handle(&mut self, view: &mut View, input: Input<'_>) -> Result<Vec<Fact>, Refusal> {
        let policy = self.policy.clone().ok_or_else(Refusal::no_policy)?;
        let (fact, now) = (input.fact, input.log_time);
        if fact.body.kind().is_for_receivers() {
            return self.hear(view, input);
        }
        let (old, row, conclusions) = match self.rows.get(view, fact.ticket)? {
            Some(mut row) => {
                let old = row.watched.next_ring();
                let void = row.watched.ticket.void;
                let promises = self.telemetry.as_ref().map(Telemetry::promises);
                let mut learnt = Learnt::new(view).counting(promises);
                let terms = terms(&policy);
                let conclusions = row.watched.apply(fact, now, terms, &mut learnt);
                if learnt.finish()? {
                    self.show(view)?;
                }
                if row.watched.ticket.void > void {
                    view.note_void();
                }
                (old, row, conclusions)
            }
            None => match Watched::open(fact, now, terms(&policy)) {
                Ok(watched) => (
                    None,
                    Row {
                        region: fact.region.clone(),
                        watched,
                    },
                    Vec::new(),
                ),
                Err(_orphan) => {
                    view.note_void();
                    return Ok(Vec::new());
                }
            },
        };
        self.wake
            .set(view, fact.ticket.0.as_bytes(), old, row.watched.next_ring());
        self.rows.put(view, &row)?;
        Ok(facts(&row, conclusions, &policy))
    }

    fn next_wake(&mut self, view: &View) -> Option<Timestamp> {
        // A view that cannot be read is due at once: the ring finds out, and the loop starts anew.
        let (Ok(earliest), Ok(recount)) = (self.wake.earliest(view), self.modes.recount(view))
        else {
            return Some(Timestamp::MIN);
        };
        let recount_at = recount.map(|recount| recount.at);
        earliest.into_iter().chain(recount_at).min()
    }

    fn ring(&mut self, view: &mut View, now: Timestamp) -> Result<Vec<Fact>, Refusal> {
        let policy = self.policy.clone().ok_or_else(Refusal::no_policy)?;
        let recount = self.modes.recount(view)?;
        if let Some(recount) = recount.filter(|recount| recount.at < now) {
            return self.recount(view, recount, &policy);
        }
        let mut outputs = Vec::new();
        let mut has_learnt = false;
        for _ in 0..limits::RINGS_PER_STEP_MAX {
            let Some((at, id)) = self.wake.due(view, now, 1)?.pop() else {
                break;
            };
            let Some(id) = ticket_id(&id) else {
                self.wake.set(view, &id, Some(at), None);
                continue;
            };
            let Some(mut row) = self.rows.get(view, id)? else {
                self.wake.set(view, id.0.as_bytes(), Some(at), None);
                continue;
            };
            let promises = self.telemetry.as_ref().map(Telemetry::promises);
            let mut learnt = Learnt::new(view).counting(promises);
            // One instant after the other, over all tickets: what is learnt from one counts for
            // the next. So it makes no difference how late, and how many at once, they ring.
            let just_after = at.plus_millis(1);
            let conclusions = row.watched.ring(just_after, terms(&policy), &mut learnt);
            has_learnt |= learnt.finish()?;
            self.wake
                .set(view, id.0.as_bytes(), Some(at), row.watched.next_ring());
            self.rows.put(view, &row)?;
            outputs.extend(facts(&row, conclusions, &policy));
        }
        if has_learnt {
            self.show(view)?;
        }
        Ok(outputs)
    }
}

fn facts(row: &Row, conclusions: Vec<Conclusion>, policy: &Policy) -> Vec<Fact> {
    conclusions
        .into_iter()
        .map(|conclusion| {
            let origin = Origin {
                role: watch::ROLE,
                ticket: row.watched.ticket.id,
                region: &row.region,
                cause: conclusion.cause,
                at: conclusion.at,
                policy: &policy.version,
            };
            origin.fact(&conclusion.rule, conclusion.ordinal, conclusion.body)
        })
        .collect()
}

fn terms(policy: &Policy) -> Terms<'_> {
    Terms {
        slas: &policy.slas,
        ladders: &policy.ladders,
        compensations: &policy.compensations,
    }
}

fn ticket_id(bytes: &[u8]) -> Option<TicketId> {
    bytes
        .try_into()
        .ok()
        .map(|bytes| TicketId(posthouse_domain::ids::Uuid::from_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use posthouse_bus::Role;
    use posthouse_domain::sla::watch;

    /// The identity of what is concluded holds the name of the role.
    #[test]
    fn the_domain_knows_the_role_by_its_name() {
        assert_eq!(watch::ROLE, Role::Watchdog.as_str());
    }
}
