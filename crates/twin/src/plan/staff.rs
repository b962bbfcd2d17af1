//! Heads of shifts, turned into agents and the spans in which they work.

use std::collections::BTreeMap;

use super::mixes::whole_minutes;
use super::{Agent, Duty, Pool};
use crate::dice::{Ms, ms};
use crate::error::Error;
use crate::hours::{DAY, time_of_day};
use crate::limits::AGENTS_MAX;
use crate::scenario::format::{self, File, PoolRole};

/// From when to when somebody may work at all.
type Span = (Ms, Ms);

/// Duties and agents as they are made.
#[derive(Debug, Default)]
pub(super) struct Staff {
    pub(super) duties: Vec<Duty>,
    pub(super) agents: Vec<Agent>,
    /// The duty of a shift within a span, and of a shift that is worked once.
    known: BTreeMap<(String, Span), usize>,
}

/// Staffs the pools from `start` to `end`. `places` pairs each pool with its entry in the file;
/// `offset` tells how far a centre's local time is ahead of UTC.
pub(super) fn staff(
    file: &File,
    places: &[(&format::Pool, Pool)],
    span: Span,
    offset: &dyn Fn(&str) -> Result<Ms, Error>,
) -> Result<Staff, Error> {
    let mut staff = Staff::default();
    for (at, (pool, _)) in places.iter().enumerate() {
        for (shift, heads) in &pool.heads {
            let duty = staff.daily(file, pool, shift, span, offset)?;
            staff.hire(at, duty, *heads)?;
        }
        if pool.role == PoolRole::Day {
            staff.reinforce(file, at, pool, span, offset)?;
        }
    }
    Ok(staff)
}

impl Staff {
    /// People that a scenario adds for a while.
    fn reinforce(
        &mut self,
        file: &File,
        at: usize,
        pool: &format::Pool,
        (start, end): Span,
        offset: &dyn Fn(&str) -> Result<Ms, Error>,
    ) -> Result<(), Error> {
        let more = file.staffing.iter();
        for more in more.filter(|more| more.centres.contains(&pool.centre)) {
            if more.day_heads_factor < 1.0 {
                let why = "it can add people, not take them away: the factor is below 1";
                return Err(Error::senseless("staffing", why));
            }
            let from = more.from_utc.as_millis().max(start);
            let to = more.to_utc.as_millis().min(end);
            for (shift, heads) in &pool.heads {
                let extra = part(*heads, more.day_heads_factor - 1.0);
                let duty = self.daily(file, pool, shift, (from, to), offset)?;
                self.hire(at, duty, extra)?;
            }
            if let Some(extra) = &more.extra_shift {
                let largest = pool.heads.values().copied().max().unwrap_or(0);
                let heads = part(largest, extra.share_of_largest_day_shift);
                let from = extra.start_utc.as_millis();
                let length = whole_minutes("staffing", extra.minutes)?.max(0);
                let span = (from, from + length);
                let duty = self.duty(("once".to_owned(), span), || vec![span]);
                self.hire(at, duty, heads)?;
            }
        }
        Ok(())
    }

    /// The duty of a shift that is worked every day within a span.
    fn daily(
        &mut self,
        file: &File,
        pool: &format::Pool,
        shift: &str,
        span: Span,
        offset: &dyn Fn(&str) -> Result<Ms, Error>,
    ) -> Result<usize, Error> {
        let path = format!("pools.{}.heads", pool.id);
        let Some(known) = file.shifts.get(shift) else {
            let why = format!("there is no shift `{shift}`");
            return Err(Error::senseless(path, why));
        };
        if known.centre != pool.centre {
            let why = format!("shift `{shift}` is one of centre `{}`", known.centre);
            return Err(Error::senseless(path, why));
        }
        let path = format!("shifts.{shift}");
        let begins = time_of_day(&path, &known.start_local)? - offset(&known.centre)?;
        let length = whole_minutes(&path, known.minutes)?;
        if !(1..=DAY).contains(&length) {
            let why = "a shift lasts a day at most, and not less than a minute";
            return Err(Error::senseless(path, why));
        }
        Ok(self.duty((shift.to_owned(), span), || days(begins, length, span)))
    }

    fn duty(&mut self, key: (String, Span), spans: impl FnOnce() -> Vec<Span>) -> usize {
        *self.known.entry(key).or_insert_with(|| {
            self.duties.push(Duty { spans: spans() });
            self.duties.len() - 1
        })
    }

    fn hire(&mut self, pool: usize, duty: usize, heads: u32) -> Result<(), Error> {
        let all = self.agents.len().saturating_add(heads as usize);
        if all > AGENTS_MAX {
            let why = format!("there are more than {AGENTS_MAX} agents");
            return Err(Error::senseless("pools", why));
        }
        self.agents.resize(all, Agent { pool, duty });
        Ok(())
    }
}

/// The spans of something that begins at a time of each day, cut to a span; what touches is one.
fn days(begins: Ms, length: Ms, (start, end): Span) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut at = start - (start - begins).rem_euclid(DAY) - DAY;
    while at < end {
        let (from, to) = (at.max(start), (at + length).min(end));
        match spans.last_mut() {
            Some(last) if last.1 >= from && from < to => last.1 = to,
            _ if from < to => spans.push((from, to)),
            _ => {}
        }
        at += DAY;
    }
    spans
}

/// A part of some heads, to the nearest.
fn part(heads: u32, part: f64) -> u32 {
    u32::try_from(ms(f64::from(heads) * part)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hours::HOUR;

    #[test]
    fn a_shift_of_a_whole_day_is_one_span() {
        assert_eq!(days(0, DAY, (0, 3 * DAY)), [(0, 3 * DAY)]);
    }

    #[test]
    fn a_shift_over_midnight_is_cut_where_the_run_starts() {
        let spans = days(23 * HOUR, 8 * HOUR, (DAY, 2 * DAY));
        assert_eq!(spans, [(DAY, DAY + 7 * HOUR), (DAY + 23 * HOUR, 2 * DAY)]);
    }
}
