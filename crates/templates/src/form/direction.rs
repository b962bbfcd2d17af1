//! Which way text runs, and the marks that keep values from turning what stands around them.

use icu_properties::CodePointMapData;
use icu_properties::props::BidiClass;
use unic_langid::{CharacterDirection, LanguageIdentifier};

/// First strong isolate: what follows finds its own direction.
pub(crate) const FSI: char = '\u{2068}';
/// Pop directional isolate: ends it.
pub(crate) const PDI: char = '\u{2069}';

/// Which way a language runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// As Latin and Chinese do.
    #[default]
    LeftToRight,
    /// As Arabic does.
    RightToLeft,
}

impl Direction {
    /// Which way a language runs; left to right where it is not known.
    #[must_use]
    pub fn of(language: &str) -> Self {
        let known: Option<LanguageIdentifier> = language.parse().ok();
        match known.map(|language| language.character_direction()) {
            Some(CharacterDirection::RTL) => Self::RightToLeft,
            _ => Self::LeftToRight,
        }
    }

    /// The word for it in HTML.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

/// Whether any character of a text runs right to left.
pub(crate) fn turns(text: &str) -> bool {
    let classes = CodePointMapData::<BidiClass>::new();
    text.chars().any(|c| {
        let class = classes.get(c);
        class == BidiClass::RightToLeft || class == BidiClass::ArabicLetter
    })
}

/// The text as it goes where no markup tells directions: with its isolation marks where any of
/// it runs right to left, and without them where all runs one way, because some programs show
/// them as boxes and an SMS with them has less than half the room.
pub(crate) fn isolated(text: &str) -> String {
    if turns(text) {
        return text.to_owned();
    }
    text.chars().filter(|c| !matches!(*c, FSI | PDI)).collect()
}

/// A value without what commands the writing direction, or does nothing that can be seen: who
/// writes such marks into a ticket could turn the sentence around it.
pub(crate) fn without_commands(value: &str) -> String {
    let kept = |c: &char| match c {
        '\u{200e}' | '\u{200f}' | '\u{061c}' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => false,
        c => *c == '\n' || !c.is_control(),
    };
    value.replace("\r\n", "\n").chars().filter(kept).collect()
}
