//! Scripts: letters that tell the language, or nearly so.

/// A script other than Latin that tells the language, or nearly so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Han,
    Kana,
    Hangul,
    Arabic,
    Cyrillic,
    Devanagari,
    Greek,
    Hebrew,
    Thai,
}

impl Script {
    /// All of them; counts of letters stand in this order.
    pub(super) const ALL: [Self; 9] = [
        Self::Han,
        Self::Kana,
        Self::Hangul,
        Self::Arabic,
        Self::Cyrillic,
        Self::Devanagari,
        Self::Greek,
        Self::Hebrew,
        Self::Thai,
    ];

    /// The script of a letter; nothing for Latin ones and for what is no letter.
    pub(super) const fn of(c: char) -> Option<Self> {
        Some(match c {
            '\u{370}'..='\u{3ff}' => Self::Greek,
            '\u{400}'..='\u{52f}' => Self::Cyrillic,
            '\u{590}'..='\u{5ff}' => Self::Hebrew,
            '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' => Self::Arabic,
            '\u{900}'..='\u{97f}' => Self::Devanagari,
            '\u{e00}'..='\u{e7f}' => Self::Thai,
            '\u{3040}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}' => Self::Kana,
            '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}' => {
                Self::Hangul
            }
            '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{323af}' => Self::Han,
            _ => return None,
        })
    }

    /// The language that is meant where nothing else tells.
    pub(super) const fn language(self) -> &'static str {
        match self {
            Self::Han => "zh",
            Self::Kana => "ja",
            Self::Hangul => "ko",
            Self::Arabic => "ar",
            Self::Cyrillic => "ru",
            Self::Devanagari => "hi",
            Self::Greek => "el",
            Self::Hebrew => "he",
            Self::Thai => "th",
        }
    }

    /// Its name, for evidence.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Han => "Chinese",
            Self::Kana => "Japanese",
            Self::Hangul => "Korean",
            Self::Arabic => "Arabic",
            Self::Cyrillic => "Cyrillic",
            Self::Devanagari => "Devanagari",
            Self::Greek => "Greek",
            Self::Hebrew => "Hebrew",
            Self::Thai => "Thai",
        }
    }

    /// Whether a language can be written in this script alone.
    pub(super) fn writes(self, language: &str) -> bool {
        let languages: &[&str] = match self {
            // A short Japanese line may have no Kana.
            Self::Han => &["zh", "yue", "wuu", "nan", "hak", "ja"],
            Self::Kana => &["ja"],
            Self::Hangul => &["ko"],
            Self::Arabic => &["ar", "fa", "ur", "ps", "ug", "ku", "sd"],
            Self::Cyrillic => &[
                "ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "mn", "tg", "tt",
            ],
            Self::Devanagari => &["hi", "mr", "ne", "sa"],
            Self::Greek => &["el"],
            Self::Hebrew => &["he", "yi"],
            Self::Thai => &["th"],
        };
        languages.contains(&language)
    }
}

/// Whether a language is usually written in Latin letters.
pub(super) fn is_latin(language: &str) -> bool {
    !language.is_empty() && !Script::ALL.iter().any(|script| script.writes(language))
}
