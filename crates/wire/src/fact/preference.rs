//! What customers prefer, as it travels.

use posthouse_domain::limits::PREFERRED_WORDS_MAX;
use posthouse_domain::notify::Preferred;
use posthouse_domain::ticket::FactKind;

use crate::error::Error;
use crate::path::Path;
use crate::read::{key, required_key, required_word};
use crate::v1;
use crate::values::{Travels, keys};

impl Travels for Preferred {
    type Wire = v1::Preference;

    fn write(&self) -> v1::Preference {
        let about = self.about.as_ref().map(|kinds| v1::Words {
            words: kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
        });
        let channels = self.channels.clone().map(|words| v1::Words { words });
        v1::Preference {
            customer: self.customer.clone(),
            language: self.language.clone(),
            channels,
            about,
        }
    }

    fn read(wire: v1::Preference, at: &Path<'_>) -> Result<Self, Error> {
        let words = |words: Option<v1::Words>, at: &Path<'_>| {
            let words = words.map(|it| keys(it.words, at, PREFERRED_WORDS_MAX));
            words.transpose()
        };
        let about = at.field("about");
        let kind = |word: &String| required_word::<FactKind>(word, &about);
        Ok(Self {
            customer: required_key(wire.customer, &at.field("customer"))?,
            language: key(wire.language, &at.field("language"))?,
            channels: words(wire.channels, &at.field("channels"))?,
            about: words(wire.about, &about)?
                .map(|kinds| kinds.iter().map(kind).collect())
                .transpose()?,
        })
    }
}
