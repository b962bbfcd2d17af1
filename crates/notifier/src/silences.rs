//! Silences and incidents, as a courier remembers them: a row each, read once and kept at hand.

use std::collections::BTreeMap;

use posthouse_domain::Timestamp;
use posthouse_domain::notify::{Phase, Silence, Silences};
use posthouse_domain::ticket::{Body, Fact};
use posthouse_runtime::{Refusal, View};
use posthouse_store::Table;

use crate::limits;

/// Silences by name, and how far incidents are by identity; each behind a letter.
pub(crate) const SILENCES: Table = Table::new("silences");

/// The code of a silence that is one too many.
const TOO_MANY: &str = "NTF0030";

const SILENCE: u8 = b's';
const INCIDENT: u8 = b'i';

/// What is not to be told, as far as this partition knows.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// `None` until it was read from the view.
    silences: Option<Silences>,
}

impl Known {
    pub(crate) fn restored(&mut self) {
        self.silences = None;
    }

    /// What is known, read from the view where that was not done yet.
    pub(crate) fn get(&mut self, view: &View) -> Result<&mut Silences, Refusal> {
        if self.silences.is_none() {
            self.silences = Some(read(view)?);
        }
        Ok(self.silences.get_or_insert_default())
    }

    /// Takes a fact about silences in, at `now`. Gives the name of what ended by it, if anything.
    pub(crate) fn take(
        &mut self,
        view: &mut View,
        fact: &Fact,
        now: Timestamp,
    ) -> Result<Option<String>, Refusal> {
        let known = self.get(view)?;
        match &fact.body {
            Body::Silenced(said) => {
                forget_old(view, known, now);
                if known.silences.len() >= limits::SILENCES_MAX {
                    let reason = format!("there are {} silences already", limits::SILENCES_MAX);
                    return Err(Refusal::new(TOO_MANY, reason));
                }
                let silence = Silence {
                    said: said.clone(),
                    author: fact.actor.to_string(),
                };
                view.put(SILENCES, key(SILENCE, &said.silence), write(&silence)?);
                known.silences.insert(said.silence.clone(), silence);
                Ok(None)
            }
            Body::Unsilenced(over) => {
                let name = over.silence.clone();
                if known.silences.remove(&name).is_some() {
                    view.delete(SILENCES, key(SILENCE, &name));
                    return Ok(Some(name));
                }
                let phase = Phase {
                    round: over.round,
                    is_over: true,
                };
                Ok(hear(view, known, (&name, phase), now)?.then_some(name))
            }
            Body::Resilenced(again) => {
                let phase = Phase {
                    round: again.round,
                    is_over: false,
                };
                hear(view, known, (&again.silence, phase), now)?;
                Ok(None)
            }
            _ => Ok(None),
        }
    }
}

/// Silences that are over say nothing any more.
fn forget_old(view: &mut View, known: &mut Silences, now: Timestamp) {
    let old = known
        .silences
        .extract_if(.., |_, it| it.said.ends_at <= now);
    for (name, _) in old.collect::<BTreeMap<_, _>>() {
        view.delete(SILENCES, key(SILENCE, &name));
    }
}

/// Takes in how far an incident is. Gives whether that was news.
fn hear(
    view: &mut View,
    known: &mut Silences,
    (incident, phase): (&str, Phase),
    now: Timestamp,
) -> Result<bool, Refusal> {
    if !known.incidents.contains_key(incident) {
        forget_oldest(view, known)?;
    }
    let is_news = known.hear(incident, phase);
    if is_news {
        view.put(SILENCES, key(INCIDENT, incident), write(&(now, phase))?);
    }
    Ok(is_news)
}

/// Of too many incidents, the one of which was heard longest ago is forgotten: its tickets were
/// told of then.
fn forget_oldest(view: &mut View, known: &mut Silences) -> Result<(), Refusal> {
    let count = known.incidents.len();
    if count < limits::INCIDENTS_MAX {
        return Ok(());
    }
    let rows = view.scan(SILENCES, &[INCIDENT], Some(&[INCIDENT + 1]), count)?;
    let heard = rows.into_iter().filter_map(|(row, value)| {
        let (at, _): (Timestamp, Phase) = postcard::from_bytes(&value).ok()?;
        Some((at, row))
    });
    if let Some((_, row)) = heard.min() {
        known.incidents.remove(&*String::from_utf8_lossy(&row[1..]));
        view.delete(SILENCES, row);
    }
    Ok(())
}

fn read(view: &View) -> Result<Silences, Refusal> {
    let mut known = Silences::default();
    let mut from = Vec::new();
    loop {
        let rows = view.scan(SILENCES, &from, None, limits::SILENCES_PER_SCAN)?;
        let is_last = rows.len() < limits::SILENCES_PER_SCAN;
        for (row, value) in rows {
            let (letter, name) = row.split_first().unwrap_or((&0, &[]));
            let name = String::from_utf8_lossy(name).into_owned();
            if *letter == SILENCE {
                let silence = postcard::from_bytes(&value).map_err(|error| {
                    Refusal::new(Refusal::VIEW, format!("read silence {name}: {error}"))
                })?;
                known.silences.insert(name, silence);
            } else {
                let read: Result<(Timestamp, Phase), _> = postcard::from_bytes(&value);
                let (_, phase) = read.map_err(|error| {
                    Refusal::new(Refusal::VIEW, format!("read incident {name}: {error}"))
                })?;
                known.incidents.insert(name, phase);
            }
            from = [row.as_slice(), &[0]].concat();
        }
        if is_last {
            return Ok(known);
        }
    }
}

fn key(letter: u8, name: &str) -> Vec<u8> {
    [&[letter], name.as_bytes()].concat()
}

fn write<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, Refusal> {
    postcard::to_stdvec(value)
        .map_err(|error| Refusal::new(Refusal::VIEW, format!("write a silence: {error}")))
}
