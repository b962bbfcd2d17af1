//! The proof of coverage: when would an escalation reach nobody?
//!
//! For every ladder and region the spans are found in which a climb would begin without any of
//! its steps reaching anybody at its time: each step's hours are closed then, or whoever it is for
//! does not work. A level with hours of its own (`[level.NAME]` of `ladders.toml`) is served in
//! these; any other level while a centre of the ticket's region is open. A receiver is always
//! there.
//!
//! It reads no clock: the caller says where the time begins.

use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::Timestamp;
use posthouse_domain::region::Region;
use posthouse_domain::route::Centre;
use posthouse_domain::sla::Calendar;
use posthouse_domain::sla::ladder::{Destination, Hole, Ladder, Step, holes};
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::file::ladders;
use crate::policy::Policy;
use crate::read::{Table, parse};
use crate::report::Report;
use crate::source::Source;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A span in which escalations by one ladder would reach nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The finding, at the ladder's place.
    #[serde(flatten)]
    pub finding: Diagnostic,
    /// The ladder, by name.
    pub ladder: String,
    /// The regions of the tickets concerned; empty for all regions of the bundle.
    pub regions: Vec<String>,
    /// The first minute in which an escalation would begin.
    pub from: Timestamp,
    /// The end of the last such minute.
    pub to: Timestamp,
    /// How many minutes these are.
    pub minutes: i64,
}

/// Every span of the `days` days from `from` on in which an escalation would begin that reaches
/// nobody, by ladder and time.
///
/// `policy` is what `source` compiles to. The first instant is rounded down to a minute.
#[must_use]
pub fn coverage(source: &Source, policy: &Policy, from: Timestamp, days: u32) -> Vec<Gap> {
    let from = Timestamp::from_millis(floor_minute(from.as_millis()));
    let to = from.plus_millis(i64::from(days) * DAY_MS);
    let places = places(source);
    let staff = Staff {
        calendars: &policy.slas.calendars,
        centres: &policy.routing.centres,
        regions: &policy.regions,
        level_hours: &policy.ladders.level_hours,
    };
    let ladders = policy.ladders.ladders.iter().zip(&policy.ladder_regions);
    let mut gaps = Vec::new();
    for ((ladder, regions), place) in ladders.zip(&places) {
        for unreached in staff.unreached(ladder, regions, from, to) {
            let holes = &unreached.holes;
            gaps.extend(
                holes
                    .iter()
                    .map(|hole| gap(&staff, ladder, &unreached, *hole, place)),
            );
        }
    }
    gaps
}

fn gap(staff: &Staff<'_>, ladder: &Ladder, at: &Unreached, hole: Hole, place: &Diagnostic) -> Gap {
    let from = floor_minute(hole.from.as_millis());
    let to = floor_minute(hole.to.as_millis() + MINUTE_MS - 1);
    let minutes = (to - from) / MINUTE_MS;
    let (from, to) = (Timestamp::from_millis(from), Timestamp::from_millis(to));
    let whose = staff.whose(&at.regions);
    let why = staff.why(ladder, at.regions.first().map(String::as_str), hole.from);
    let name = &ladder.name;
    let message = format!(
        "an escalation by `{name}`{whose} that begins from {} to {} reaches nobody: {why}",
        minute(from),
        minute(to)
    );
    Gap {
        finding: Diagnostic {
            message,
            ..place.clone()
        },
        ladder: name.clone(),
        regions: if whose.is_empty() {
            Vec::new()
        } else {
            at.regions.clone()
        },
        from,
        to,
        minutes,
    }
}

/// The minute that an instant is in.
const fn floor_minute(ms: i64) -> i64 {
    ms.div_euclid(MINUTE_MS) * MINUTE_MS
}

/// `2026-11-23T20:00Z`.
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    let end = text.len().saturating_sub(":00.000Z".len());
    format!("{}Z", &text[..end])
}

/// For each ladder a finding at its place, still without a message.
fn places(source: &Source) -> Vec<Diagnostic> {
    let files = source.effective();
    let report = Report::new(&files);
    let Some(text) = files.get(ladders::FILE) else {
        return Vec::new();
    };
    let parsed = parse(&report, ladders::FILE, text);
    let tables = Table::whole(&report, ladders::FILE, &parsed, ladders::KEYS);
    let tables = tables.list("ladder", ladders::LADDER_KEYS);
    let hint = "give it a step without hours, or one for these hours: a duty manager";
    let found = tables.iter().map(|table| {
        let place = table
            .get("name")
            .map_or_else(|| table.spot(), |name| name.spot());
        report.made(Code::ReachesNobody, &place, "", Some(hint.to_owned()))
    });
    found.collect()
}

/// Who works when.
pub(crate) struct Staff<'s> {
    pub(crate) calendars: &'s BTreeMap<String, Calendar>,
    pub(crate) centres: &'s BTreeMap<String, Centre>,
    pub(crate) regions: &'s BTreeMap<String, Region>,
    /// The calendars of the levels that have hours of their own.
    pub(crate) level_hours: &'s BTreeMap<String, String>,
}

/// The holes of a ladder, the same for tickets of these regions.
pub(crate) struct Unreached {
    pub(crate) regions: Vec<String>,
    pub(crate) holes: Vec<Hole>,
}

impl Staff<'_> {
    /// The holes of a ladder for tickets of `regions`, by region; regions with the same holes are
    /// together.
    pub(crate) fn unreached(
        &self,
        ladder: &Ladder,
        regions: &BTreeSet<String>,
        from: Timestamp,
        to: Timestamp,
    ) -> Vec<Unreached> {
        let mut all: Vec<Unreached> = Vec::new();
        let always = Calendar::always("always");
        for region in regions {
            let served_by = |to: &Destination| self.served_by(to, region, &always);
            let holes = holes(ladder, self.calendars, served_by, from, to);
            match all.iter_mut().find(|found| found.holes == holes) {
                Some(same) => same.regions.push(region.clone()),
                None => all.push(Unreached {
                    regions: vec![region.clone()],
                    holes,
                }),
            }
        }
        all.retain(|found| !found.holes.is_empty());
        all
    }

    /// ` for tickets of REGIONS`; nothing when these are all.
    pub(crate) fn whose(&self, regions: &[String]) -> String {
        if regions.len() == self.regions.len() {
            return String::new();
        }
        format!(" for tickets of {}", regions.join(", "))
    }

    /// The calendars in whose open time somebody is there.
    fn served_by<'a>(
        &'a self,
        to: &Destination,
        region: &str,
        always: &'a Calendar,
    ) -> Vec<&'a Calendar> {
        let Destination::Level(level) = to else {
            return vec![always];
        };
        if let Some(hours) = self.level_hours.get(level) {
            return self.calendars.get(hours).into_iter().collect();
        }
        let centres = self.regions.get(region).map(|region| &region.centres);
        let centres = centres.into_iter().flatten();
        centres
            .filter_map(|centre| self.calendars.get(&self.centres.get(centre)?.calendar))
            .collect()
    }

    /// Why each step reaches nobody when the climb begins at `from`.
    fn why(&self, ladder: &Ladder, region: Option<&str>, from: Timestamp) -> String {
        let why = ladder.steps.iter().map(|step| {
            let at = from.plus_millis(step.after_ms);
            format!("{} {}", step.to.key(), self.why_not(step, region, at))
        });
        why.collect::<Vec<_>>().join(", ")
    }

    fn why_not(&self, step: &Step, region: Option<&str>, at: Timestamp) -> String {
        let closed = |name: &&String| {
            let calendar = self.calendars.get(*name);
            calendar.is_some_and(|calendar| !calendar.is_open(at))
        };
        let own = step.hours.as_ref();
        let level = self.level_hours.get(step.to.key());
        match own.filter(closed).or_else(|| level.filter(closed)) {
            Some(hours) => format!("is outside of `{hours}`"),
            None => format!("has no open centre in {}", region.unwrap_or("any region")),
        }
    }
}
