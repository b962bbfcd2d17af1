//! Silences: what is not told, by whose word, until when, and what becomes of it afterwards.
//!
//! Three things mute a request. A *silence* is a person's word of tonight: a fact that all
//! couriers read (ADR 12). A *window* is the policy's word of planned work. An *incident* mutes
//! the tickets that are folded into it, for the kinds of fact that the policy names, until it
//! ends. All three say the same: these requests, until then, for this reason, and afterwards
//! they are told together or not at all.
//!
//! # Invariants
//!
//! - A request that is muted has a reason that names who muted it, until when and why.
//! - A silence matches what stands in the request; one that matches everything does not exist.
//! - A folded ticket is muted from the moment at which its request says that it is folded: there
//!   is no second message that could come too late. Only the end of an incident is one, and that
//!   it was opened again; each says which time it is, so that the order in which they come does
//!   not matter.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::field::Field;
use crate::condition::{Conditions, Event, Scope};
use crate::limits;
use crate::ticket::{FactKind, NotificationRequested, UnknownWord};
use crate::time::Timestamp;

/// What a silence looks at: one property of a request, and the values that it may or may not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matcher {
    /// The property.
    pub field: Field,
    /// Whether the values are those that it must not have.
    pub is_not: bool,
    /// The values; at least one.
    pub values: Vec<String>,
}

/// Why a text is no matcher.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMatcher {
    /// There is neither `=` nor `!=` in it, or nothing behind it.
    #[error("read matcher `{0}`: want a property, `=` or `!=`, and values with commas between")]
    Shape(String),
    /// The property is not known.
    #[error(transparent)]
    Field(#[from] UnknownWord),
}

/// What becomes of what was muted once that is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Afterwards {
    /// Nothing: it is noted at once that nobody was told, and why.
    #[default]
    Nothing,
    /// It is told then, all of it together.
    Tell,
}

/// Somebody wants not to be told of something for a while. The fact's actor tells who.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silenced {
    /// What names it: short, for people.
    pub silence: String,
    /// From when on.
    pub starts_at: Timestamp,
    /// Until when; not included.
    pub ends_at: Timestamp,
    /// Which requests: those that all of these match. At least one.
    pub matchers: Vec<Matcher>,
    /// What becomes of them afterwards.
    pub afterwards: Afterwards,
    /// Why.
    pub comment: String,
}

/// A silence is over before its time, or an incident is and mutes nothing any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsilenced {
    /// The silence's name, or the incident's identity as text.
    pub silence: String,
    /// Why.
    pub reason: String,
    /// How often the incident had been opened again before; 0 for a silence.
    pub round: u32,
}

/// An incident was opened again, and mutes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resilenced {
    /// The incident's identity as text.
    pub silence: String,
    /// Why.
    pub reason: String,
    /// How often it was opened again, this time included.
    pub round: u32,
}

/// How far an incident is. Of two, the later one is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Phase {
    /// How often it was opened again.
    pub round: u32,
    /// Whether it ended that time.
    pub is_over: bool,
}

/// A silence as a courier remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// What was said.
    pub said: Silenced,
    /// Who said it, as text.
    pub author: String,
}

/// A window of planned work in a policy; its condition stands at the same index in
/// [`Windows::conditions`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its name, unique.
    pub name: String,
    /// From when on.
    pub starts_at: Timestamp,
    /// Until when; not included.
    pub ends_at: Timestamp,
    /// Who is not told; everybody, when empty.
    pub receivers: Vec<String>,
    /// What becomes of it afterwards.
    pub afterwards: Afterwards,
}

/// The windows of a policy.
#[derive(Clone, Debug)]
pub struct Windows {
    /// In the order of the file.
    pub windows: Vec<Window>,
    /// Their conditions, at the same indices.
    pub conditions: std::sync::Arc<dyn Conditions>,
}

/// What is not told of tickets that are folded into an open incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folding {
    /// The kinds of fact; none: such tickets are told of like others.
    pub mutes: Vec<FactKind>,
    /// What becomes of it once the incident ends.
    pub afterwards: Afterwards,
}

/// What mutes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mute {
    /// What names it among all that mutes: what is held by one is told together.
    pub key: String,
    /// For people: what, by whom, why.
    pub why: String,
    /// When it ends by itself, if it does.
    pub until: Option<Timestamp>,
    /// What becomes of the request afterwards.
    pub afterwards: Afterwards,
}

/// The silences and incidents that a courier knows of.
#[derive(Clone, Debug, Default)]
pub struct Silences {
    /// By name.
    pub silences: BTreeMap<String, Silence>,
    /// How far incidents are that ended once or more, by identity as text. One that is not here
    /// is open.
    pub incidents: BTreeMap<String, Phase>,
}

impl Matcher {
    /// Whether it holds for a request.
    #[must_use]
    pub fn holds(&self, request: &NotificationRequested) -> bool {
        self.field.is_any_of(&self.values, request) != self.is_not
    }
}

impl Silenced {
    /// Whether it speaks of this request, at whatever time.
    #[must_use]
    pub fn matches(&self, request: &NotificationRequested) -> bool {
        !self.matchers.is_empty() && self.matchers.iter().all(|matcher| matcher.holds(request))
    }

    /// Whether it holds at `now`.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.starts_at <= now && now < self.ends_at
    }
}

impl Silences {
    /// Takes in how far an incident is. Gives whether that was news: what was said of an earlier
    /// time and came late changes nothing.
    pub fn hear(&mut self, incident: &str, phase: Phase) -> bool {
        let is_news = self
            .incidents
            .get(incident)
            .is_none_or(|known| *known < phase);
        if is_news {
            self.incidents.insert(incident.to_owned(), phase);
        }
        is_news
    }

    /// Whether an incident ended and was not opened again since.
    #[must_use]
    pub fn is_over(&self, incident: &str) -> bool {
        self.incidents
            .get(incident)
            .is_some_and(|phase| phase.is_over)
    }
}

impl Silence {
    fn mute(&self) -> Mute {
        let (said, author) = (&self.said, &self.author);
        Mute {
            key: silence_key(&said.silence),
            why: limits::cut(
                &format!(
                    "silence {} by {author} until {}: {}",
                    said.silence, said.ends_at, said.comment
                ),
                limits::EXCERPT_CHARS_MAX * 2,
            ),
            until: Some(said.ends_at),
            afterwards: said.afterwards,
        }
    }
}

/// What mutes a request at `now`, if anything does. What lets nothing be told afterwards goes
/// first, so that the outcome is known at once; of what holds back, that which holds longest.
#[must_use]
pub fn mute(
    request: &NotificationRequested,
    now: Timestamp,
    silences: &Silences,
    folding: &Folding,
    windows: &Windows,
) -> Option<Mute> {
    let by_people = silences
        .silences
        .values()
        .filter(|it| it.said.holds_at(now) && it.said.matches(request))
        .map(Silence::mute);
    by_people
        .chain(by_windows(request, now, windows))
        .chain(by_incident(request, silences, folding))
        .min_by_key(|mute| match (mute.afterwards, mute.until) {
            (Afterwards::Nothing, _) => (0, i64::MIN),
            (Afterwards::Tell, None) => (1, i64::MIN),
            (Afterwards::Tell, Some(until)) => (2, -until.as_millis()),
        })
}

fn by_windows(request: &NotificationRequested, now: Timestamp, windows: &Windows) -> Vec<Mute> {
    let now_open = |window: &Window| {
        let is_for =
            |receivers: &[String]| receivers.is_empty() || receivers.contains(&request.receiver);
        window.starts_at <= now && now < window.ends_at && is_for(&window.receivers)
    };
    if !windows.windows.iter().any(now_open) {
        return Vec::new();
    }
    let scope = Scope {
        features: &request.features,
        event: Some(Event::of(request.about)),
        situation: None,
    };
    let mut prepared = windows.conditions.prepare(&scope);
    let open = windows.windows.iter().enumerate();
    open.filter(|(_, window)| now_open(window))
        // What cannot be evaluated mutes nothing: a message too many is better than none.
        .filter(|(index, _)| prepared.holds(*index).unwrap_or(false))
        .map(|(_, window)| Mute {
            key: format!("window {}", window.name),
            why: format!("maintenance window {} until {}", window.name, window.ends_at),
            until: Some(window.ends_at),
            afterwards: window.afterwards,
        })
        .collect()
}

fn by_incident(
    request: &NotificationRequested,
    silences: &Silences,
    folding: &Folding,
) -> Option<Mute> {
    let incident = &request.features.incident;
    let is_muted = !incident.is_empty()
        && folding.mutes.contains(&request.about)
        && !silences.is_over(incident);
    is_muted.then(|| Mute {
        key: incident_key(incident),
        why: format!("its ticket is folded into the open incident {incident}"),
        until: None,
        afterwards: folding.afterwards,
    })
}

/// The key of what a silence mutes; see [`Mute::key`].
#[must_use]
pub fn silence_key(silence: &str) -> String {
    format!("silence {silence}")
}

/// The key of what an incident mutes; see [`Mute::key`].
#[must_use]
pub fn incident_key(incident: &str) -> String {
    format!("incident {incident}")
}

impl Afterwards {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Nothing, Self::Tell];

    /// The word for it in policies and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Tell => "tell",
        }
    }
}

impl FromStr for Afterwards {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find("what comes afterwards", text, &Self::ALL, Self::as_str)
    }
}

impl fmt::Display for Afterwards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Matcher {
    /// `customer=c-1,c-2`, `about!=resolved`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_not { "!=" } else { "=" };
        write!(f, "{}{sign}{}", self.field, self.values.join(","))
    }
}

impl FromStr for Matcher {
    type Err = InvalidMatcher;
    fn from_str(text: &str) -> Result<Self, InvalidMatcher> {
        let shape = || InvalidMatcher::Shape(crate::shown::shown(text));
        let (field, values) = text.split_once('=').ok_or_else(shape)?;
        let (field, is_not) = match field.strip_suffix('!') {
            Some(field) => (field, true),
            None => (field, false),
        };
        let values: Vec<String> = values
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect();
        if values.iter().any(String::is_empty) {
            return Err(shape());
        }
        Ok(Self {
            field: field.trim().parse()?,
            is_not,
            values,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_read_as_they_are_written() {
        for text in [
            "customer=c-1,c-2",
            "about!=resolved",
            "severity=P0",
            "tags=data_loss",
            "attributes.rack!=b-7",
        ] {
            assert_eq!(text.parse::<Matcher>().unwrap().to_string(), text);
        }
        for text in [
            "customer",
            "customer=",
            "customer=a,,b",
            "=a",
            "mood=bad",
            "attributes.=a",
            "",
        ] {
            assert!(text.parse::<Matcher>().is_err(), "{text}");
        }
    }
}
