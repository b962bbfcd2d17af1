//! Promises: what the text of a policy promises, by the name of the `[[sla]]` entry.
//!
//! Conditions are not evaluated: which entry holds is told by the `timed` facts, and a judge
//! takes their word for it. What it recomputes is what follows from the entry.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use posthouse_wire::v1::{Severity, State, Target};
use serde::Deserialize;

use crate::calendar::{Calendar, Text};

/// What a policy promises.
#[derive(Debug)]
pub(crate) struct Promises {
    /// In the order in which they are looked at.
    pub(crate) slas: Vec<Sla>,
    pub(crate) calendars: BTreeMap<String, Calendar>,
    severity_default: i32,
}

/// One `[[sla]]` entry.
#[derive(Clone, Debug)]
pub(crate) struct Sla {
    pub(crate) name: String,
    /// Whether it holds for every ticket that comes so far.
    pub(crate) is_for_all: bool,
    pub(crate) calendar: String,
    /// Milliseconds by target and severity.
    targets: BTreeMap<(i32, i32), i64>,
    pub(crate) warn_percents: Vec<u32>,
    /// The states in which a target's clock stands still.
    pauses: Vec<(i32, State)>,
}

#[derive(Deserialize)]
struct BundleText {
    severity_default: String,
}

#[derive(Deserialize)]
struct CalendarsText {
    #[serde(default)]
    calendar: BTreeMap<String, Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlasText {
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
    resolution: BTreeMap<String, String>,
    #[serde(default)]
    warn_percents: Vec<u32>,
    #[serde(default)]
    pauses: BTreeMap<String, Vec<String>>,
}

impl Promises {
    /// Reads the files of a bundle.
    ///
    /// # Errors
    ///
    /// What is not understood, in words.
    pub(crate) fn read(files: &BTreeMap<String, String>) -> Result<Self, String> {
        let bundle: BundleText = file(files, "bundle.toml")?;
        let calendars: CalendarsText = file(files, "calendars.toml")?;
        let slas: SlasText = file(files, "sla.toml")?;
        let calendars = calendars.calendar.iter().map(|(name, text)| {
            let calendar = Calendar::read(text).map_err(|why| format!("calendar {name}: {why}"))?;
            Ok((name.clone(), calendar))
        });
        Ok(Self {
            slas: slas
                .sla
                .into_iter()
                .map(Sla::read)
                .collect::<Result<_, _>>()?,
            calendars: calendars.collect::<Result<_, String>>()?,
            severity_default: severity(&bundle.severity_default)?,
        })
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Sla> {
        self.slas.iter().find(|sla| sla.name == name)
    }

    /// Whether every ticket is promised something.
    pub(crate) fn are_for_all(&self) -> bool {
        self.slas.iter().any(|sla| sla.is_for_all)
    }

    /// Every choice that conditions may have made: the entries up to the first that is for all,
    /// and none of them where no entry is for all.
    pub(crate) fn choices(&self) -> Vec<Option<String>> {
        let last = self.slas.iter().position(|sla| sla.is_for_all);
        let end = last.map_or(self.slas.len(), |last| last + 1);
        let names = self.slas[..end].iter().map(|sla| Some(sla.name.clone()));
        let none = last.is_none().then_some(None);
        names.chain(none).collect()
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
        let mut targets = BTreeMap::new();
        for (target, promises) in [
            (Target::FirstResponse, &text.first_response),
            (Target::Resolution, &text.resolution),
        ] {
            for (key, duration) in promises {
                let key = (target as i32, severity(key)?);
                targets.insert(key, millis(duration)?);
            }
        }
        let mut pauses = Vec::new();
        for (key, states) in &text.pauses {
            for state in states {
                pauses.push((target(key)?, self::state(state)?));
            }
        }
        let mut warn_percents = text.warn_percents;
        warn_percents.sort_unstable();
        warn_percents.dedup();
        Ok(Self {
            name: text.name,
            is_for_all: text.when.is_none(),
            calendar: text.calendar,
            targets,
            warn_percents,
            pauses,
        })
    }

    /// The working time promised, in milliseconds.
    pub(crate) fn promise(&self, target: i32, severity: i32) -> Option<i64> {
        self.targets.get(&(target, severity)).copied()
    }

    pub(crate) fn pauses(&self, target: i32, state: State) -> bool {
        self.pauses.contains(&(target, state))
    }
}

fn file<T: serde::de::DeserializeOwned>(
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

fn target(key: &str) -> Result<i32, String> {
    let found = Target::from_str_name(&format!("TARGET_{}", key.to_uppercase()));
    found
        .map(|target| target as i32)
        .ok_or_else(|| format!("`{key}` is no target"))
}

fn state(key: &str) -> Result<State, String> {
    State::from_str_name(&format!("STATE_{}", key.to_uppercase()))
        .ok_or_else(|| format!("`{key}` is no state"))
}

fn millis(text: &str) -> Result<i64, String> {
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
        calendar = \"always\"\nresolution = { P0 = \"1h30m\" }\nwarn_percents = [90, 50]\n\
        pauses = { resolution = [\"waiting_on_customer\"] }\n\
        [[sla]]\nname = \"rest\"\ncalendar = \"always\"\nfirst_response = { P3 = \"8h\" }\n\
        [[sla]]\nname = \"never\"\ncalendar = \"always\"\n";

    #[test]
    fn reads_what_is_promised() {
        let promises = Promises::read(&files(TWO)).unwrap();
        let gold = promises.find("gold").unwrap();
        let (first, resolution) = (Target::FirstResponse as i32, Target::Resolution as i32);
        assert_eq!(
            gold.promise(resolution, Severity::P0 as i32),
            Some(5_400_000)
        );
        assert_eq!(gold.promise(first, Severity::P0 as i32), None);
        assert_eq!(gold.warn_percents, [50, 90]);
        assert!(gold.pauses(resolution, State::WaitingOnCustomer));
        assert!(!gold.pauses(first, State::WaitingOnCustomer));
        assert_eq!(promises.severity_of(0), Severity::P2 as i32);
        let choices = promises.choices();
        assert_eq!(choices, [Some("gold".to_owned()), Some("rest".to_owned())]);
        assert!(promises.are_for_all());
    }

    #[test]
    fn promises_of_a_kind_that_is_not_known_are_refused() {
        let sla = "[[sla]]\nname = \"a\"\ncalendar = \"always\"\nnext_response = { P0 = \"1h\" }";
        assert!(
            Promises::read(&files(sla))
                .unwrap_err()
                .contains("next_response")
        );
        assert!(
            Promises::read(&BTreeMap::new())
                .unwrap_err()
                .contains("bundle.toml")
        );
    }
}
