//! `posthouse policy check --coverage`: when would an escalation reach nobody?

use jiff::civil::Date;
use jiff::tz::TimeZone;
use posthouse_domain::Timestamp;
use posthouse_policy::{Gap, Policy, Source, coverage};
use posthouse_runtime::clock::Clock;

use crate::exit::Error;
use crate::output::Output;

/// Lists the spans in which nobody would be reached, of `days` days from a date or from now on.
pub(super) fn run(
    source: &Source,
    policy: &Policy,
    days: u32,
    from: Option<Date>,
    output: &Output,
) -> Result<Vec<Gap>, Error> {
    let from = match from {
        Some(date) => midnight(date)?,
        None => Clock::system().now(),
    };
    let gaps = coverage(source, policy, from, days);
    if output.json() {
        gaps.iter().try_for_each(|gap| output.object(gap))?;
        return Ok(gaps);
    }
    for gap in &gaps {
        output.line(gap.finding.to_string())?;
    }
    output.line(summary(&gaps, from, days))?;
    Ok(gaps)
}

/// The first instant of a date in UTC.
fn midnight(date: Date) -> Result<Timestamp, Error> {
    let at = date.to_zoned(TimeZone::UTC);
    let at = at.map_err(|error| Error::usage(format!("begin on {date}: {error}")))?;
    Ok(Timestamp::from(at.timestamp()))
}

/// The last line: whether somebody is there at any time.
fn summary(gaps: &[Gap], from: Timestamp, days: u32) -> String {
    if gaps.is_empty() {
        return format!("every escalation of {days} days from {from} on reaches somebody");
    }
    let minutes: i64 = gaps.iter().map(|gap| gap.minutes).sum();
    let spans = gaps.len();
    format!("{spans} spans, {minutes} minutes of {days} days from {from} on reach nobody")
}
