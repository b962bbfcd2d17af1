//! Silences as they travel.

use posthouse_domain::limits::{MATCHER_VALUES_MAX, MATCHERS_MAX};
use posthouse_domain::notify::{Matcher, Resilenced, Silenced, Unsilenced};

use crate::error::Error;
use crate::path::Path;
use crate::read::{
    at_most, instant, prose, required_key, required_word, unreadable, write_instant,
};
use crate::v1;
use crate::values::{Travels, keys, list, write_list};

impl Travels for Silenced {
    type Wire = v1::Silenced;

    fn write(&self) -> v1::Silenced {
        v1::Silenced {
            silence: self.silence.clone(),
            starts_at: write_instant(self.starts_at),
            ends_at: write_instant(self.ends_at),
            matchers: write_list(&self.matchers),
            afterwards: self.afterwards.as_str().to_owned(),
            comment: self.comment.clone(),
        }
    }

    /// A silence that matches everything is refused: nobody would hear that it is there.
    fn read(wire: v1::Silenced, at: &Path<'_>) -> Result<Self, Error> {
        let matchers = at.field("matchers");
        at_most(&matchers, wire.matchers.len(), "entries", MATCHERS_MAX)?;
        if wire.matchers.is_empty() {
            return Err(unreadable(&matchers, "a silence matches something"));
        }
        Ok(Self {
            silence: required_key(wire.silence, &at.field("silence"))?,
            starts_at: instant(wire.starts_at, &at.field("starts_at"))?,
            ends_at: instant(wire.ends_at, &at.field("ends_at"))?,
            matchers: list(wire.matchers, &matchers)?,
            afterwards: required_word(&wire.afterwards, &at.field("afterwards"))?,
            comment: prose(wire.comment, &at.field("comment"))?,
        })
    }
}

impl Travels for Matcher {
    type Wire = v1::Matcher;

    fn write(&self) -> v1::Matcher {
        v1::Matcher {
            field: self.field.to_string(),
            is_not: self.is_not,
            values: self.values.clone(),
        }
    }

    fn read(wire: v1::Matcher, at: &Path<'_>) -> Result<Self, Error> {
        let values = at.field("values");
        if wire.values.is_empty() {
            return Err(unreadable(&values, "a matcher has a value"));
        }
        Ok(Self {
            field: required_word(&wire.field, &at.field("field"))?,
            is_not: wire.is_not,
            values: keys(wire.values, &values, MATCHER_VALUES_MAX)?,
        })
    }
}

impl Travels for Unsilenced {
    type Wire = v1::Unsilenced;

    fn write(&self) -> v1::Unsilenced {
        v1::Unsilenced {
            silence: self.silence.clone(),
            reason: self.reason.clone(),
            round: self.round,
        }
    }

    fn read(wire: v1::Unsilenced, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            silence: required_key(wire.silence, &at.field("silence"))?,
            reason: prose(wire.reason, &at.field("reason"))?,
            round: wire.round,
        })
    }
}

impl Travels for Resilenced {
    type Wire = v1::Resilenced;

    fn write(&self) -> v1::Resilenced {
        v1::Resilenced {
            silence: self.silence.clone(),
            reason: self.reason.clone(),
            round: self.round,
        }
    }

    fn read(wire: v1::Resilenced, at: &Path<'_>) -> Result<Self, Error> {
        Ok(Self {
            silence: required_key(wire.silence, &at.field("silence"))?,
            reason: prose(wire.reason, &at.field("reason"))?,
            round: wire.round,
        })
    }
}
