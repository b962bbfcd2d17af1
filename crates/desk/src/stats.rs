//! Statistics: what there is, by state, severity and queue.

use std::collections::BTreeMap;

use posthouse_domain::ticket::Severity;
use rusqlite::Connection;
use serde::Serialize;
use utoipa::ToSchema;

use crate::counts::Counts;
use crate::error::{Doing, Error};

/// What there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Stats {
    /// The regions that are counted here.
    pub regions: Vec<String>,
    /// What was counted in the whole log.
    pub counts: Counts,
    /// Notifications that were asked for and have no outcome yet.
    pub pending_notifications: u64,
    /// Dead letters that nobody dealt with.
    pub open_dead_letters: u64,
    /// Tickets by state.
    pub by_state: BTreeMap<String, u64>,
    /// Tickets by severity; those without under the empty name.
    pub by_severity: BTreeMap<String, u64>,
    /// Tickets that are neither resolved nor closed, by queue; those without under the empty
    /// name.
    pub open_by_queue: BTreeMap<String, u64>,
    /// Whether everything is counted that was in the log when reading began.
    pub caught_up: bool,
}

/// Counts the tickets of a database.
///
/// # Errors
///
/// Those of the database.
pub(crate) fn count(connection: &Connection) -> Result<Stats, Error> {
    let severities = groups(connection, "severity", "1")?
        .into_iter()
        .map(|(rank, count)| {
            let known = Severity::ALL
                .into_iter()
                .find(|s| (*s as i64).to_string() == rank);
            (
                known.map_or(String::new(), |severity| severity.as_str().to_owned()),
                count,
            )
        });
    Ok(Stats {
        by_state: groups(connection, "state", "1")?,
        by_severity: severities.collect(),
        open_by_queue: groups(connection, "queue", "state NOT IN ('resolved', 'closed')")?,
        ..Stats::default()
    })
}

fn groups(
    connection: &Connection,
    column: &str,
    condition: &str,
) -> Result<BTreeMap<String, u64>, Error> {
    let sql = format!(
        "SELECT CAST({column} AS TEXT), count(*) FROM ticket WHERE {condition} GROUP BY {column}"
    );
    connection
        .prepare_cached(&sql)
        .and_then(|mut select| {
            let rows = select.query_map([], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
            })?;
            rows.collect()
        })
        .doing("count tickets")
}

impl Stats {
    /// Adds what another region has.
    pub(crate) fn add(&mut self, other: Self) {
        self.regions.extend(other.regions);
        self.counts += other.counts;
        self.pending_notifications += other.pending_notifications;
        self.open_dead_letters += other.open_dead_letters;
        self.caught_up &= other.caught_up;
        let pairs = [
            (&mut self.by_state, other.by_state),
            (&mut self.by_severity, other.by_severity),
            (&mut self.open_by_queue, other.open_by_queue),
        ];
        for (ours, theirs) in pairs {
            for (name, count) in theirs {
                *ours.entry(name).or_default() += count;
            }
        }
    }
}
