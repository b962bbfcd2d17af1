//! Ladders: whom a policy wants told, and when, while a warning or a breach goes unanswered.
//!
//! Conditions are not evaluated: which ladder is climbed is told by its steps.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::calendar::Calendar;
use crate::note::{Level, Told};
use crate::promise::{PercentOrTime, file, millis};

const FILE: &str = "ladders.toml";

/// The ladders of a policy, in the order in which they are looked at.
#[derive(Debug, Default)]
pub(crate) struct Ladders(Vec<Ladder>);

#[derive(Debug)]
pub(crate) struct Ladder {
    pub(crate) name: String,
    on: Vec<On>,
    /// Whether it is for everything it is for that comes so far.
    pub(crate) is_for_all: bool,
    pub(crate) until: Until,
    repeats: u32,
    repeat_after_ms: i64,
    steps: Vec<Step>,
}

/// What a ladder is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Rang(Level),
    AtRisk,
}

/// What stops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Until {
    Answer,
    Target,
    Resolution,
}

#[derive(Debug)]
struct Step {
    to: String,
    after_ms: i64,
    hours: Option<String>,
    waits: bool,
}

/// A step that is to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rung {
    pub(crate) at: i64,
    pub(crate) to: String,
}

/// What is to be climbed, as far as it was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) rungs: Vec<Rung>,
    /// When it has taken its last step, if it has.
    pub(crate) over_at: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    #[serde(default)]
    level: BTreeMap<String, LevelText>,
    #[serde(default)]
    ladder: Vec<LadderText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelText {
    #[serde(rename = "title")]
    _title: Option<String>,
    hours: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LadderText {
    name: String,
    on: Vec<OnText>,
    when: Option<String>,
    until: Option<Until>,
    #[serde(default)]
    repeat: u32,
    repeat_after: Option<String>,
    steps: Vec<StepText>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OnText {
    Word(String),
    Warned { warned: PercentOrTime },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepText {
    to: String,
    after: Option<String>,
    hours: Option<String>,
    closed: Option<Closed>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Closed {
    Skip,
    Wait,
}

impl Ladders {
    /// Reads the ladders of a bundle; it may have none.
    ///
    /// # Errors
    ///
    /// What is not understood, in words.
    pub(crate) fn read(files: &BTreeMap<String, String>) -> Result<Self, String> {
        if !files.contains_key(FILE) {
            return Ok(Self::default());
        }
        let text: FileText = file(files, FILE)?;
        let levels = &text.level;
        let ladders = text.ladder.into_iter().map(|it| Ladder::read(it, levels));
        Ok(Self(ladders.collect::<Result<_, String>>()?))
    }

    /// Those that conditions may have chosen: up to the first that is for all.
    pub(crate) fn candidates(&self, on: On) -> impl Iterator<Item = &Ladder> {
        let mut is_over = false;
        let of_it = self.0.iter().filter(move |ladder| ladder.on.contains(&on));
        of_it.take_while(move |ladder| {
            let is_taken = !is_over;
            is_over |= ladder.is_for_all;
            is_taken
        })
    }
}

impl On {
    /// What a fact begins.
    pub(crate) const fn of(told: &Told) -> Option<Self> {
        match told {
            Told::Rang(rang) => Some(Self::Rang(rang.level)),
            Told::AtRisk(_) => Some(Self::AtRisk),
            _ => None,
        }
    }

    fn read(text: &OnText) -> Result<Self, String> {
        Ok(match text {
            OnText::Warned { warned } => Self::Rang(warned.level()?),
            OnText::Word(word) => match word.as_str() {
                "target_breached" => Self::Rang(Level::Breach),
                "target_at_risk" => Self::AtRisk,
                other => return Err(format!("`{other}` begins no ladder")),
            },
        })
    }
}

impl Ladder {
    fn read(text: LadderText, levels: &BTreeMap<String, LevelText>) -> Result<Self, String> {
        let ms = |text: &Option<String>| text.as_deref().map_or(Ok(0), millis);
        let steps = text.steps.into_iter().map(|step| {
            let of_level = levels.get(&step.to).map(|level| level.hours.clone());
            Ok(Step {
                after_ms: ms(&step.after)?,
                hours: step.hours.or(of_level),
                waits: step.closed == Some(Closed::Wait),
                to: step.to,
            })
        });
        Ok(Self {
            name: text.name,
            on: text.on.iter().map(On::read).collect::<Result<_, _>>()?,
            is_for_all: text.when.is_none(),
            until: text.until.unwrap_or(Until::Answer),
            repeats: text.repeat,
            repeat_after_ms: ms(&text.repeat_after)?,
            steps: steps.collect::<Result<_, String>>()?,
        })
    }

    /// The steps of a climb that began at `began_at`, as far as they are due before `end`.
    pub(crate) fn plan(
        &self,
        began_at: i64,
        end: i64,
        calendars: &mut BTreeMap<String, Calendar>,
    ) -> Plan {
        let mut climb = Climb {
            ladder: self,
            pass: 0,
            pass_began_at: began_at,
            step: 0,
            at: began_at + self.steps.first().map_or(0, |step| step.after_ms),
            plan: Plan::default(),
        };
        while climb.at < end && climb.plan.over_at.is_none() {
            climb.go_on(calendars);
        }
        climb.plan
    }
}

/// A climb while it is planned.
struct Climb<'a> {
    ladder: &'a Ladder,
    pass: u32,
    pass_began_at: i64,
    step: usize,
    at: i64,
    plan: Plan,
}

impl Climb<'_> {
    fn go_on(&mut self, calendars: &mut BTreeMap<String, Calendar>) {
        let Some(step) = self.ladder.steps.get(self.step) else {
            self.plan.over_at = Some(self.at);
            return;
        };
        match opening(step, self.at, calendars) {
            Some(opening) if opening > self.at && step.waits => {
                self.pass_began_at += opening - self.at;
                self.at = opening;
                return;
            }
            Some(opening) if opening == self.at => self.plan.rungs.push(Rung {
                at: self.at,
                to: step.to.clone(),
            }),
            _ => {}
        }
        self.step += 1;
        match self.ladder.steps.get(self.step) {
            Some(next) => self.at = self.at.max(self.pass_began_at + next.after_ms),
            None => self.end_pass(calendars),
        }
    }

    /// Begins anew, ends, or waits for the first that is there when nobody was.
    fn end_pass(&mut self, calendars: &mut BTreeMap<String, Calendar>) {
        let steps = &self.ladder.steps;
        let after_ms = |step: Option<&Step>| step.map_or(0, |step| step.after_ms);
        if self.pass < self.ladder.repeats {
            self.pass += 1;
            let pass_ms = after_ms(steps.last()) + self.ladder.repeat_after_ms;
            self.pass_began_at = self.at.max(self.pass_began_at + pass_ms);
            self.step = 0;
            self.at = self.pass_began_at + after_ms(steps.first());
            return;
        }
        let mut first: Option<(i64, usize)> = None;
        if self.plan.rungs.is_empty() {
            for (place, step) in steps.iter().enumerate() {
                let opening = opening(step, self.at, calendars).map(|at| (at, place));
                first = first.into_iter().chain(opening).min();
            }
        }
        match first {
            Some((at, place)) => {
                self.step = place;
                self.pass_began_at = at - after_ms(steps.get(place));
                self.at = at;
            }
            None => self.plan.over_at = Some(self.at),
        }
    }
}

fn opening(step: &Step, at: i64, calendars: &mut BTreeMap<String, Calendar>) -> Option<i64> {
    let calendar = step.hours.as_ref().and_then(|name| calendars.get_mut(name));
    match calendar {
        Some(calendar) => calendar.next_opening(at),
        None => Some(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LADDERS: &str = "[level.night]\nhours = \"night\"\n\
        [[ladder]]\nname = \"a\"\non = [\"target_breached\", { warned = 75 }]\nwhen = 'true'\n\
        repeat = 1\nrepeat_after = \"30m\"\nsteps = [{ to = \"L2\" }, { to = \"L3\", after = \"15m\" }]\n\
        [[ladder]]\nname = \"b\"\non = [\"target_breached\", { warned = \"30m\" }]\nuntil = \"target\"\n\
        steps = [{ to = \"night\" }, { to = \"day\", hours = \"day\", closed = \"wait\", after = \"1h\" }]\n\
        [[ladder]]\nname = \"c\"\non = [\"target_breached\", \"target_at_risk\"]\nsteps = [{ to = \"night\" }]\n";

    fn ladders() -> Ladders {
        Ladders::read(&BTreeMap::from([(FILE.to_owned(), LADDERS.to_owned())])).unwrap()
    }

    /// Minutes of the steps and whom they reach, and whether that is all; the desk by day is open
    /// from minute 600 to 1080 of the epoch's first days, the other one otherwise.
    fn plan(name: &str, began: i64, end: i64) -> (Vec<(i64, String)>, bool) {
        let calendar = |hours: &str| {
            let text = toml::from_str(&format!("zone = \"UTC\"\nevery_day = [\"{hours}\"]"));
            let hours = crate::hours::Hours::read(&text.unwrap(), &BTreeMap::new());
            Calendar::new(hours.unwrap(), Vec::new())
        };
        let mut calendars = BTreeMap::from([
            ("day".to_owned(), calendar("10:00-18:00")),
            ("night".to_owned(), calendar("18:00-10:00")),
        ]);
        let ladders = ladders();
        let ladder = ladders.0.iter().find(|ladder| ladder.name == name).unwrap();
        let plan = ladder.plan(began * 60_000, end * 60_000, &mut calendars);
        let rungs = plan.rungs.into_iter().map(|it| (it.at / 60_000, it.to));
        (rungs.collect(), plan.over_at.is_some())
    }

    fn rungs(all: &[(i64, &str)]) -> Vec<(i64, String)> {
        all.iter().map(|(at, to)| (*at, (*to).to_owned())).collect()
    }

    #[test]
    fn steps_repeats_and_ends() {
        let all = rungs(&[(5, "L2"), (20, "L3"), (50, "L2"), (65, "L3")]);
        assert_eq!(plan("a", 5, 1_000), (all.clone(), true));
        assert_eq!(plan("a", 5, 50), (all[..2].to_vec(), false));
    }

    #[test]
    fn closed_hours_are_passed_over_or_waited_for() {
        let both = rungs(&[(0, "night"), (600, "day")]);
        assert_eq!(plan("b", 0, 2_000), (both, true));
        assert_eq!(plan("b", 620, 2_000), (rungs(&[(680, "day")]), true));
        // Nobody was there, so it goes on with the first that is.
        assert_eq!(plan("c", 700, 1_080), (Vec::new(), false));
        assert_eq!(plan("c", 700, 2_000), (rungs(&[(1_080, "night")]), true));
    }

    #[test]
    fn ladders_are_candidates_up_to_the_first_that_is_for_all() {
        let ladders = ladders();
        let names = |on: On| -> Vec<&str> {
            let all = ladders.candidates(on);
            all.map(|ladder| ladder.name.as_str()).collect()
        };
        assert_eq!(names(On::Rang(Level::Breach)), ["a", "b"]);
        assert_eq!(names(On::Rang(Level::Percent(75))), ["a"]);
        assert_eq!(names(On::Rang(Level::Before(1_800_000))), ["b"]);
        assert_eq!(names(On::AtRisk), ["c"]);
    }
}
