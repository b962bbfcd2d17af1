//! Promises: what the text of a policy promises, by the name of the `[[sla]]` entry.
//!
//! Conditions are not evaluated: which entry holds is told by the `timed` facts, and a judge
//! takes their word for it. What it recomputes is what follows from the entry.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use posthouse_wire::v1::{Severity, State, Target};
use serde::Deserialize;

use crate::calendar::Calendar;
use crate::costs::Costs;
use crate::history::Stretch;
use crate::hours::{Hours, Text};
use crate::ladder::Ladders;
use crate::note::Level;

/// The targets, in the order in which clocks are set.
pub(crate) const TARGETS: [i32; 4] = [
    Target::FirstResponse as i32,
    Target::NextResponse as i32,
    Target::Update as i32,
    Target::Resolution as i32,
];

/// Most conditional entries of which every choice is tried where several may hold.
const TRIED_MAX: usize = 6;

/// What a policy promises, and what follows when it is not kept.
#[derive(Debug)]
pub(crate) struct Promises {
    /// In the order in which they are looked at.
    pub(crate) slas: Vec<Sla>,
    /// Whether the strictest of all that match hold, and not the first.
    pub(crate) strictest: bool,
    pub(crate) calendars: BTreeMap<String, Calendar>,
    pub(crate) ladders: Ladders,
    pub(crate) costs: Costs,
    severity_default: i32,
}

/// One `[[sla]]` entry.
#[derive(Clone, Debug)]
pub(crate) struct Sla {
    pub(crate) name: String,
    /// Whether it holds for every ticket that comes so far.
    pub(crate) is_for_all: bool,
    /// Whether its condition can change only when a ticket is classified or reopened.
    is_steady: bool,
    pub(crate) calendar: String,
    /// By target and severity.
    promises: BTreeMap<(i32, i32), Promise>,
    /// Percents first.
    pub(crate) warnings: Vec<Level>,
    /// When it is asked how likely a breach is, in percent of the time.
    pub(crate) checks: Vec<u32>,
    /// The probabilities from which on that is told, in thousandths.
    pub(crate) risks: Vec<u32>,
    /// The states in which a target's clock stands still, and the reasons, if not any.
    pauses: Vec<(i32, State, Vec<String>)>,
}

/// How much time is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// Milliseconds of working time.
    Working(i64),
    BusinessDays(u32),
}

#[derive(Deserialize)]
struct BundleText {
    severity_default: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarsText {
    #[serde(default)]
    calendar: BTreeMap<String, Text>,
    #[serde(default)]
    mode: Vec<ModeText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModeText {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "title")]
    _title: Option<String>,
    from: toml::Value,
    to: Option<toml::Value>,
    calendars: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlasText {
    choose: Option<String>,
    #[serde(default)]
    sla: Vec<SlaText>,
}

/// A key that is not known means promises that are not known, so such a policy is not judged by.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlaText {
    name: String,
    when: Option<String>,
    calendar: String,
    #[serde(default)]
    first_response: BTreeMap<String, String>,
    #[serde(default)]
    next_response: BTreeMap<String, String>,
    #[serde(default)]
    update: BTreeMap<String, String>,
    #[serde(default)]
    resolution: BTreeMap<String, String>,
    #[serde(default)]
    warn: Vec<PercentOrTime>,
    #[serde(default)]
    pauses: BTreeMap<String, Vec<PauseText>>,
    forecast: Option<ForecastText>,
    /// What a source says elsewhere moves no clock.
    #[serde(rename = "claims")]
    _claims: Option<toml::Value>,
}

/// `75` or `"15m"`.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum PercentOrTime {
    Percent(u32),
    Time(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PauseText {
    State(String),
    Reasons(ReasonsText),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonsText {
    state: String,
    reasons: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForecastText {
    at_percents: Vec<u32>,
    at_risk_permille: Vec<u32>,
}

impl Promises {
    /// Reads the files of a bundle.
    ///
    /// # Errors
    ///
    /// What is not understood, in words.
    pub(crate) fn read(files: &BTreeMap<String, String>) -> Result<Self, String> {
        let bundle: BundleText = file(files, "bundle.toml")?;
        let slas: SlasText = file(files, "sla.toml")?;
        let strictest = match slas.choose.as_deref() {
            None | Some("first") => false,
            Some("strictest") => true,
            Some(other) => return Err(format!("`{other}` is no way to choose")),
        };
        Ok(Self {
            slas: slas
                .sla
                .into_iter()
                .map(Sla::read)
                .collect::<Result<_, _>>()?,
            strictest,
            calendars: calendars(files)?,
            ladders: Ladders::read(files)?,
            costs: Costs::read(files)?,
            severity_default: severity(&bundle.severity_default)?,
        })
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Sla> {
        self.slas.iter().find(|sla| sla.name == name)
    }

    /// Whether every ticket is promised something.
    pub(crate) fn are_for_all(&self) -> bool {
        !self.strictest && self.slas.iter().any(|sla| sla.is_for_all)
    }

    /// Whether what holds changes only when a ticket is classified or reopened.
    pub(crate) fn are_steady(&self) -> bool {
        self.slas.iter().all(|sla| sla.is_steady)
    }

    /// Whether any entry promises the target.
    pub(crate) fn promise_any(&self, target: i32) -> bool {
        let mut keys = self.slas.iter().flat_map(|sla| sla.promises.keys());
        keys.any(|(of, _)| *of == target)
    }

    /// Every choice that conditions may have made, by the names of the entries that hold.
    ///
    /// Of the first that holds: the entries up to the first that is for all, and none of them
    /// where no entry is for all. Of all that hold: every set of the conditional ones, as long as
    /// they are few; nothing where they are many.
    pub(crate) fn choices(&self) -> Vec<Vec<String>> {
        if self.strictest {
            return self.sets();
        }
        let last = self.slas.iter().position(|sla| sla.is_for_all);
        let end = last.map_or(self.slas.len(), |last| last + 1);
        let names = self.slas[..end].iter().map(|sla| vec![sla.name.clone()]);
        let none = last.is_none().then(Vec::new);
        names.chain(none).collect()
    }

    fn sets(&self) -> Vec<Vec<String>> {
        let conditional = self.slas.iter().filter(|sla| !sla.is_for_all);
        let conditional: Vec<&str> = conditional.map(|sla| sla.name.as_str()).collect();
        if conditional.len() > TRIED_MAX {
            return Vec::new();
        }
        let sets = 0..1_usize << conditional.len();
        let holds = |set: usize, sla: &Sla| {
            let place = conditional.iter().position(|name| *name == sla.name);
            place.is_none_or(|place| set & (1 << place) != 0)
        };
        let of_set = |set: usize| {
            let held = self.slas.iter().filter(|sla| holds(set, sla));
            held.map(|sla| sla.name.clone()).collect()
        };
        sets.map(of_set).collect()
    }

    /// The severity that a ticket is treated with; 0 while nobody has said.
    pub(crate) const fn severity_of(&self, severity: i32) -> i32 {
        if severity == 0 {
            self.severity_default
        } else {
            severity
        }
    }
}

impl Sla {
    fn read(text: SlaText) -> Result<Self, String> {
        let mut promises = BTreeMap::new();
        for (target, of_target) in [
            (Target::FirstResponse, &text.first_response),
            (Target::NextResponse, &text.next_response),
            (Target::Update, &text.update),
            (Target::Resolution, &text.resolution),
        ] {
            for (key, promised) in of_target {
                promises.insert((target as i32, severity(key)?), promise(promised)?);
            }
        }
        let mut pauses = Vec::new();
        for (key, rules) in &text.pauses {
            for rule in rules {
                let (state, reasons) = match rule {
                    PauseText::State(state) => (state, Vec::new()),
                    PauseText::Reasons(it) => (&it.state, it.reasons.clone()),
                };
                pauses.push((target(key)?, self::state(state)?, reasons));
            }
        }
        let warnings = text.warn.iter().map(PercentOrTime::level);
        let mut warnings = warnings.collect::<Result<Vec<_>, _>>()?;
        warnings.sort_unstable();
        warnings.dedup();
        let (mut checks, risks) = text.forecast.map_or_else(Default::default, |forecast| {
            (forecast.at_percents, forecast.at_risk_permille)
        });
        checks.sort_unstable();
        checks.dedup();
        let is_moving = |when: &String| when.contains("state") || when.contains("queue");
        Ok(Self {
            name: text.name,
            is_for_all: text.when.is_none(),
            is_steady: !text.when.as_ref().is_some_and(is_moving),
            calendar: text.calendar,
            promises,
            warnings,
            checks,
            risks,
            pauses,
        })
    }

    pub(crate) fn promise(&self, target: i32, severity: i32) -> Option<Promise> {
        self.promises.get(&(target, severity)).copied()
    }

    /// Whether a target's clock stands still in a stretch of a ticket's life.
    pub(crate) fn pauses(&self, target: i32, stretch: &Stretch) -> bool {
        self.pauses.iter().any(|(of, state, reasons)| {
            let is_said = |reason: &String| begins_with_word(&stretch.reason, reason);
            *of == target
                && *state == stretch.state
                && (reasons.is_empty() || reasons.iter().any(is_said))
        })
    }
}

impl PercentOrTime {
    pub(crate) fn level(&self) -> Result<Level, String> {
        Ok(match self {
            Self::Percent(percent) => Level::Percent(*percent),
            Self::Time(text) => Level::Before(millis(text)?),
        })
    }
}

/// `Vendor: part ordered` begins with the word `vendor`, `vendors` does not.
fn begins_with_word(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    let rest = text.strip_prefix(&word);
    rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

fn calendars(files: &BTreeMap<String, String>) -> Result<BTreeMap<String, Calendar>, String> {
    let text: CalendarsText = file(files, "calendars.toml")?;
    let mut modes: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
    for mode in &text.mode {
        let to = mode.to.as_ref().map_or(Ok(i64::MAX), instant)?;
        for name in &mode.calendars {
            let of_one = modes.entry(name).or_default();
            of_one.push((instant(&mode.from)?, to));
        }
    }
    let mut calendars = BTreeMap::new();
    for (name, text) in &text.calendar {
        let hours = Hours::read(text, files).map_err(|why| format!("calendar {name}: {why}"))?;
        let modes = modes.remove(name.as_str()).unwrap_or_default();
        calendars.insert(name.clone(), Calendar::new(hours, modes));
    }
    Ok(calendars)
}

/// Reads a file of a bundle.
pub(crate) fn file<T: serde::de::DeserializeOwned>(
    files: &BTreeMap<String, String>,
    name: &str,
) -> Result<T, String> {
    let text = files.get(name).ok_or_else(|| format!("it has no {name}"))?;
    toml::from_str(text).map_err(|error| format!("{name}: {error}"))
}

fn severity(key: &str) -> Result<i32, String> {
    let found = Severity::from_str_name(&format!("SEVERITY_{key}"));
    found
        .map(|severity| severity as i32)
        .ok_or_else(|| format!("`{key}` is no severity"))
}

/// Reads the name of a target.
pub(crate) fn target(key: &str) -> Result<i32, String> {
    let found = Target::from_str_name(&format!("TARGET_{}", key.to_uppercase()));
    found
        .map(|target| target as i32)
        .ok_or_else(|| format!("`{key}` is no target"))
}

fn state(key: &str) -> Result<State, String> {
    State::from_str_name(&format!("STATE_{}", key.to_uppercase()))
        .ok_or_else(|| format!("`{key}` is no state"))
}

/// Reads `"4h30m"` or `"5bd"`.
fn promise(text: &str) -> Result<Promise, String> {
    match text.trim().strip_suffix("bd") {
        Some(days) => {
            let days = days.trim().parse();
            let days = days.map_err(|_| format!("`{text}` are no business days"))?;
            Ok(Promise::BusinessDays(days))
        }
        None => Ok(Promise::Working(millis(text)?)),
    }
}

fn instant(value: &toml::Value) -> Result<i64, String> {
    let text = value.to_string();
    let instant: Timestamp = text
        .trim_matches('"')
        .parse()
        .map_err(|error| format!("`{text}` is no instant: {error}"))?;
    Ok(instant.as_millisecond())
}

/// Reads a duration in milliseconds.
pub(crate) fn millis(text: &str) -> Result<i64, String> {
    let duration: SignedDuration = text
        .parse()
        .map_err(|error| format!("`{text}` is no duration: {error}"))?;
    i64::try_from(duration.as_millis()).map_err(|_| format!("`{text}` is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(sla: &str) -> BTreeMap<String, String> {
        [
            ("bundle.toml", "severity_default = \"P2\""),
            ("calendars.toml", "[calendar.always]\nalways = true"),
            ("sla.toml", sla),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into()
    }

    const TWO: &str = "[[sla]]\nname = \"gold\"\nwhen = 'ticket.tier == \"gold\"'\n\
        calendar = \"always\"\nresolution = { P0 = \"1h30m\" }\nwarn = [90, \"15m\", 50]\n\
        pauses = { resolution = [\"waiting_on_customer\"] }\n\
        [[sla]]\nname = \"rest\"\ncalendar = \"always\"\nfirst_response = { P3 = \"8h\" }\n\
        resolution = { P3 = \"5bd\" }\npauses = { first_response = [{ state = \
        \"waiting_on_customer\", reasons = [\"vendor\"] }] }\n\
        [[sla]]\nname = \"never\"\ncalendar = \"always\"\n";

    #[test]
    fn reads_what_is_promised() {
        let promises = Promises::read(&files(TWO)).unwrap();
        let gold = promises.find("gold").unwrap();
        let (first, resolution) = (Target::FirstResponse as i32, Target::Resolution as i32);
        let promised = gold.promise(resolution, Severity::P0 as i32);
        assert_eq!(promised, Some(Promise::Working(5_400_000)));
        assert_eq!(gold.promise(first, Severity::P0 as i32), None);
        let levels = [
            Level::Percent(50),
            Level::Percent(90),
            Level::Before(900_000),
        ];
        assert_eq!(gold.warnings, levels);
        let waiting = |reason: &str| Stretch {
            from: 0,
            state: State::WaitingOnCustomer,
            reason: reason.into(),
        };
        assert!(gold.pauses(resolution, &waiting("")));
        assert!(!gold.pauses(first, &waiting("")));
        let rest = promises.find("rest").unwrap();
        for (reason, pauses) in [("Vendor: ordered", true), ("vendors", false), ("", false)] {
            assert_eq!(rest.pauses(first, &waiting(reason)), pauses, "{reason}");
        }
        let days = rest.promise(resolution, Severity::P3 as i32);
        assert_eq!(days, Some(Promise::BusinessDays(5)));
        assert_eq!(promises.severity_of(0), Severity::P2 as i32);
        let choices = promises.choices();
        assert_eq!(choices, [["gold"], ["rest"]]);
        assert!(promises.are_for_all());
    }

    #[test]
    fn promises_of_a_kind_that_is_not_known_are_refused() {
        let sla = "[[sla]]\nname = \"a\"\ncalendar = \"always\"\nlast_response = { P0 = \"1h\" }";
        assert!(
            Promises::read(&files(sla))
                .unwrap_err()
                .contains("last_response")
        );
        assert!(
            Promises::read(&BTreeMap::new())
                .unwrap_err()
                .contains("bundle.toml")
        );
    }

    #[test]
    fn of_the_strictest_every_set_may_hold() {
        let promises = Promises::read(&files(&format!("choose = \"strictest\"\n{TWO}"))).unwrap();
        let choices = promises.choices();
        assert_eq!(
            choices,
            [vec!["rest", "never"], vec!["gold", "rest", "never"]]
        );
    }
}
