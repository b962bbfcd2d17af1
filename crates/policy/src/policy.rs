//! From text to policy: reads the files in the order in which they refer to each other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use posthouse_domain::classify::{LabelRules, Taxonomy};
use posthouse_domain::dispatch;
use posthouse_domain::notify::Receivers;
use posthouse_domain::region::Region;
use posthouse_domain::route::Rules;
use posthouse_domain::sla::Slas;
use posthouse_domain::sla::compensation::Compensations;
use posthouse_domain::sla::ladder::Ladders;
use posthouse_domain::storm::Storms;
use posthouse_domain::ticket::{PolicyVersion, Severity};
use posthouse_templates::Templates;
use toml::Spanned;
use toml::de::DeTable;

use crate::condition::{Compiler, Origins, Vocabulary};
use crate::diagnostic::{Code, Diagnostic};
use crate::file::bundle::Bundle;
use crate::file::calendars::HolidayFiles;
use crate::file::{
    KNOWN, OPTIONAL, agents, bundle, calendars, compensation, dispatch as dispatch_file, ladders,
    receivers, regions, routing, sla, storms, taxonomy, templates,
};
use crate::ics;
use crate::lint::{self, Sections, Subject};
use crate::read::{Table, parse};
use crate::report::{Report, Spot, suggestion};
use crate::source::{BUNDLE, Files, Source};

/// A compiled bundle: everything that services decide by.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The content hash of the bundle.
    pub version: PolicyVersion,
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The severity assumed while a ticket has none.
    pub severity_default: Severity,
    /// The tiers of customers, the lowest first.
    pub tiers: Vec<String>,
    /// The ways by which tickets come.
    pub channels: Vec<String>,
    /// The regions, by key.
    pub regions: BTreeMap<String, Region>,
    /// What is promised.
    pub slas: Slas,
    /// Who gets the tickets.
    pub routing: Rules,
    /// Which ticket goes to which agent.
    pub dispatch: Arc<dispatch::Rules>,
    /// Who is told.
    pub receivers: Receivers,
    /// What they are told, in their languages.
    pub templates: Templates,
    /// What a missed promise costs.
    pub compensations: Compensations,
    /// Who is told when that was not answered.
    pub ladders: Ladders,
    /// For tickets of which regions each ladder can be climbed, at the same indices.
    pub(crate) ladder_regions: Vec<BTreeSet<String>>,
    /// What tickets are about.
    pub taxonomy: Taxonomy,
    /// What forces, suggests or vetoes a label.
    pub label_rules: LabelRules,
    /// What reads alike, and when tickets that come together are one storm.
    pub storms: Storms,
}

impl Policy {
    /// A bundle that comes with the binary, compiled; see [`crate::SHIPPED`].
    ///
    /// # Panics
    ///
    /// Never: a test compiles every shipped bundle.
    #[must_use]
    pub fn shipped(name: &str) -> Option<Self> {
        let compiled = compile(&Source::shipped(name)?);
        Some(compiled.expect("shipped bundles compile").0)
    }
}

/// Compiles a bundle. A bundle with warnings can be used, one with errors cannot.
///
/// # Errors
///
/// All diagnostics, warnings too, by file and line, when at least one is an error.
pub fn compile(source: &Source) -> Result<(Policy, Vec<Diagnostic>), Vec<Diagnostic>> {
    let files = source.effective();
    let report = Report::new(&files);
    check_files(&report, &files);
    let parsed = files
        .iter()
        .filter(|(name, _)| name.ends_with(TOML))
        .map(|(name, text)| (*name, parse(&report, name, text)))
        .collect();
    let documents = Documents {
        report: &report,
        parsed: &parsed,
        holidays: HolidayFiles::of(&files),
        files: &files,
    };
    let policy = documents.policy(source);
    let failed = report.errors() > 0;
    match (policy, failed) {
        (Some(policy), false) => Ok((policy, report.into_sorted())),
        _ => Err(report.into_sorted()),
    }
}

fn check_files(report: &Report<'_>, files: &Files<'_>) {
    let known = |name: &str| {
        KNOWN.contains(&name) || ics::is_ics(name) || templates::language_of(name).is_some()
    };
    for name in files.keys().filter(|name| !known(name)) {
        let hint = suggestion(name, KNOWN.iter().copied());
        let message = format!("a bundle has no file `{name}`");
        report.add(Code::FileUnknown, &Spot::file(name), message, hint);
    }
    let needed = KNOWN.iter().filter(|name| !OPTIONAL.contains(name));
    for name in needed.filter(|name| !files.contains_key(*name)) {
        let hint = "write it, or inherit it: extends = \"default\" in bundle.toml".to_owned();
        let message = format!("the bundle has no `{name}`");
        report.add(Code::FileMissing, &Spot::file(name), message, Some(hint));
    }
}

/// How the names of files end that are parsed as TOML.
const TOML: &str = ".toml";

/// The parsed files of a bundle.
struct Documents<'d> {
    report: &'d Report<'d>,
    parsed: &'d BTreeMap<&'d str, Spanned<DeTable<'d>>>,
    holidays: HolidayFiles<'d>,
    files: &'d Files<'d>,
}

impl<'d> Documents<'d> {
    fn file(&self, name: &'d str, keys: &[&str]) -> Option<Table<'d>> {
        let table = self.parsed.get(name)?;
        Some(Table::whole(self.report, name, table, keys))
    }

    /// The policy; `None` when a file is missing, which is reported.
    ///
    /// Every file that is there is read, whatever the others lack, so that all problems are
    /// found in one run.
    fn policy(&self, source: &Source) -> Option<Policy> {
        let head = self.file(BUNDLE, bundle::KEYS).map(bundle::read);
        let severity_default = head
            .as_ref()
            .map_or(Severity::P3, |head| head.severity_default);
        let calendars_file = self.file("calendars.toml", calendars::KEYS);
        let calendars = calendars_file.map(|file| {
            let calendars = calendars::read(file, &self.holidays);
            let own = source.files.keys().map(String::as_str);
            self.holidays.report_unused(self.report, own);
            calendars
        });
        let routing_file = self.file("routing.toml", routing::KEYS);
        let centres = routing_file.map(|file| routing::centres(file, calendars.as_ref()));
        let regions_file = self.file("regions.toml", regions::KEYS);
        let regions = regions_file.map(|file| regions::read(file, centres.as_ref()));
        let taxonomy_file = self.file("taxonomy.toml", taxonomy::KEYS);
        let taxonomy = taxonomy_file.map(|file| taxonomy::read(file, severity_default));
        let kinds: Option<Vec<String>> = taxonomy.as_ref().map(|taxonomy| {
            let kinds = taxonomy.kinds.iter();
            kinds.map(|label| label.key.clone()).collect()
        });
        let storms = self
            .file(storms::FILE, storms::KEYS)
            .map(|file| storms::read(file, kinds.as_deref()));

        let vocabulary = vocabulary(head.as_ref(), regions.as_ref(), taxonomy.as_ref());
        let known = calendars.clone().unwrap_or_default();
        let entries = routing_file.map(routing::entries).unwrap_or_default();
        let residency = routing_file.map(|file| routing::residency(file, regions.as_ref()));
        let residency = residency.unwrap_or_default();
        let origins = Origins {
            entries: entries.clone(),
            zones: zones(regions.as_ref()),
            residency: residency.clone(),
        };
        let compiler = Compiler::new(known, severity_default, origins, &vocabulary);
        let label_rules = taxonomy_file
            .zip(taxonomy.as_ref())
            .map(|(file, taxonomy)| taxonomy::rules(file, taxonomy, &compiler));
        let sla_file = self.file("sla.toml", sla::KEYS);
        let slas =
            sla_file.map(|file| sla::read(file, calendars.as_ref(), severity_default, &compiler));
        let tiers = head.as_ref().map(|head| head.tiers.as_slice());
        let compensations = self
            .file(compensation::FILE, compensation::KEYS)
            .map(|file| compensation::read(file, tiers, &compiler));
        let empty = (BTreeMap::new(), BTreeMap::new());
        let levels = routing_file.map(routing::levels);
        let known = routing::Known {
            levels: levels.as_deref().unwrap_or_default(),
            centres: centres.as_ref().unwrap_or(&empty.0),
            regions: regions.as_ref().unwrap_or(&empty.1),
            calendars: calendars.as_ref(),
            entries,
            residency,
        };
        let routing = routing_file.map(|file| routing::rules(file, known, &compiler));
        let written = templates::read(self.files);
        let receivers_file = self.file("receivers.toml", receivers::KEYS);
        let receivers = receivers_file.map(|file| {
            receivers::read(file, &compiler.with_events(), &written, calendars.as_ref())
        });
        let rules = receivers
            .as_ref()
            .map(|receivers| receivers.rules.as_slice());
        templates::report(self.report, self.files, &written, rules.unwrap_or_default());
        let persons = receivers.as_ref().map(|file| &file.manners.persons);
        let receiver_keys = receivers.as_ref().map(|file| {
            let persons = file.manners.persons.keys();
            let keys = file.receivers.keys().chain(persons);
            keys.map(String::as_str).collect()
        });
        let known = ladders::Known {
            calendars: calendars.as_ref(),
            levels: levels.as_deref(),
            receivers: receiver_keys.as_ref(),
            persons,
        };
        let ladders = self
            .file(ladders::FILE, ladders::KEYS)
            .map(|file| ladders::read(file, known, &compiler.with_events()))
            .unwrap_or_default();
        if let Some((file, read)) = receivers_file.zip(receivers.as_ref()) {
            receivers::check_told(file, read, &ladders.ladders);
        }

        let roster = self
            .file(agents::FILE, agents::KEYS)
            .map(|file| {
                let known = agents::Known {
                    calendars: calendars.as_ref(),
                    centres: centres.as_ref(),
                    levels: levels.as_deref(),
                    channels: head.as_ref().map(|head| head.channels.as_slice()),
                };
                agents::read(file, known)
            })
            .unwrap_or_default();
        let known = dispatch_file::Known {
            levels: levels.as_deref(),
            tiers,
        };
        let dispatch = routing_file.map(|file| dispatch_file::read(file, &roster, known));

        let head = head?;
        let categories: Vec<String> = taxonomy
            .iter()
            .flat_map(|taxonomy| &taxonomy.categories)
            .map(|label| label.key.clone())
            .collect();
        let subject = Subject {
            report: self.report,
            files: Sections {
                calendars: calendars_file,
                sla: sla_file,
                routing: routing_file,
            },
            head: &head,
            regions: regions.as_ref()?,
            slas: slas.as_ref()?,
            routing: routing.as_ref()?,
            categories: &categories,
            roster: &roster,
            receivers: receivers.as_ref()?,
            ladders: &ladders,
            compiler: &compiler,
        };
        let ladder_regions = lint::run(&subject);
        Some(Policy {
            version: source.version(),
            name: head.name,
            title: head.title,
            description: head.description,
            severity_default,
            tiers: head.tiers,
            channels: head.channels,
            regions: regions?,
            slas: slas?,
            routing: Rules {
                managers: managers(&roster.agents),
                ..routing?.into_rules(&compiler)
            },
            dispatch: Arc::new(dispatch?),
            receivers: receivers?,
            templates: written.templates,
            compensations: compensations.unwrap_or_default(),
            ladders: ladders.into_ladders(&compiler),
            ladder_regions,
            taxonomy: taxonomy?,
            label_rules: label_rules.unwrap_or_default(),
            storms: storms.unwrap_or_default(),
        })
    }
}

/// The account managers, by customer; the first of two on the roster counts.
fn managers(agents: &[dispatch::Agent]) -> BTreeMap<String, String> {
    let mut managers = BTreeMap::new();
    for agent in agents {
        for customer in &agent.account_manager_of {
            let first = managers.entry(customer.clone());
            first.or_insert_with(|| agent.key.clone());
        }
    }
    managers
}

/// The time zones of the regions; one that cannot be read is reported elsewhere.
fn zones(regions: Option<&BTreeMap<String, Region>>) -> BTreeMap<String, TimeZone> {
    let regions = regions.into_iter().flat_map(BTreeMap::values);
    let zones = regions.filter_map(|region| {
        let zone = TimeZone::get(&region.zone).ok()?;
        Some((region.key.clone(), zone))
    });
    zones.collect()
}

/// The words of this bundle, for the linter of conditions.
fn vocabulary(
    head: Option<&Bundle>,
    regions: Option<&BTreeMap<String, Region>>,
    taxonomy: Option<&Taxonomy>,
) -> Vocabulary {
    let mut vocabulary = Vocabulary::of_the_domain();
    if let Some(head) = head {
        vocabulary.set("ticket.tier", head.tiers.iter().map(String::as_str));
        vocabulary.set("ticket.channel", head.channels.iter().map(String::as_str));
    }
    if let Some(regions) = regions {
        vocabulary.set("ticket.region", regions.keys().map(String::as_str));
    }
    if let Some(taxonomy) = taxonomy {
        let keys = |labels: &'_ [posthouse_domain::classify::Label<String>]| {
            labels
                .iter()
                .map(|label| label.key.clone())
                .collect::<Vec<_>>()
        };
        for (field, labels) in [
            ("ticket.category", &taxonomy.categories),
            ("ticket.kind", &taxonomy.kinds),
            ("ticket.tags", &taxonomy.tags),
        ] {
            vocabulary.set(field, keys(labels).iter().map(String::as_str));
        }
    }
    vocabulary
}
