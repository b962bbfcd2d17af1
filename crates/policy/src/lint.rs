//! Checks of meaning that look at several files: what can be read, and still cannot be meant.
//!
//! They run once a bundle is sound in itself, so that none of their findings is the echo of
//! another. What the files say is compared with the zones' own rules, with the other files and
//! with what the bundle's source claims elsewhere.

mod calendars;
mod ladders;
mod promises;
mod roster;
mod routing;

use std::collections::{BTreeMap, BTreeSet};

use posthouse_domain::Timestamp;
use posthouse_domain::notify::Receivers;
use posthouse_domain::region::Region;
use posthouse_domain::sla::Slas;
use posthouse_domain::ticket::Features;

use crate::condition::{Compiler, Partial, unknown};
use crate::file::agents;
use crate::file::bundle::Bundle;
use crate::file::ladders::Read;
use crate::file::routing::Read as Routing;
use crate::read::Table;
use crate::report::Report;

/// When a week is tried at load: from a working Monday on, always the same one.
const TRIED_AT_MS: i64 = 1_767_600_000_000;

/// The files whose text is looked at again.
#[derive(Clone, Copy)]
pub(crate) struct Sections<'s> {
    pub(crate) calendars: Option<Table<'s>>,
    pub(crate) sla: Option<Table<'s>>,
    pub(crate) routing: Option<Table<'s>>,
}

/// A bundle that can be read, before it is looked at as a whole.
pub(crate) struct Subject<'s> {
    pub(crate) report: &'s Report<'s>,
    pub(crate) files: Sections<'s>,
    pub(crate) head: &'s Bundle,
    pub(crate) regions: &'s BTreeMap<String, Region>,
    pub(crate) slas: &'s Slas,
    pub(crate) routing: &'s Routing<'s>,
    /// The categories of the taxonomy.
    pub(crate) categories: &'s [String],
    pub(crate) roster: &'s agents::Read<'s>,
    pub(crate) receivers: &'s Receivers,
    pub(crate) ladders: &'s Read<'s>,
    pub(crate) compiler: &'s Compiler<'s>,
}

/// Reports what cannot be meant. Returns for each ladder the regions of the tickets for which it
/// can be climbed.
pub(crate) fn run(subject: &Subject<'_>) -> Vec<BTreeSet<String>> {
    let regions = subject.ladder_regions();
    if subject.report.errors() == 0 {
        calendars::check(subject);
        promises::check(subject);
        ladders::check(subject, &regions);
        routing::check(subject);
        roster::check(subject);
    }
    regions
}

impl Subject<'_> {
    fn ladder_regions(&self) -> Vec<BTreeSet<String>> {
        let whens = self.ladders.whens.iter();
        whens.map(|when| self.regions_of(when)).collect()
    }

    /// The regions for whose tickets a condition can hold.
    fn regions_of(&self, when: &crate::condition::Condition) -> BTreeSet<String> {
        let can_hold = |region: &&String| {
            let features = Features {
                region: (*region).clone(),
                ..unknown(tried_from())
            };
            let ticket = Partial {
                known: &["ticket.region"],
                features: &features,
            };
            self.compiler.decide(when, &ticket) != Some(false)
        };
        self.regions.keys().filter(can_hold).cloned().collect()
    }
}

/// The start of the time that is tried.
fn tried_from() -> Timestamp {
    Timestamp::from_millis(TRIED_AT_MS)
}
