//! Language: which language a ticket is written in.
//!
//! First the script decides: Japanese, Korean, Arabic and others have letters of their own, and
//! Chinese is what is written in Chinese characters without Kana. Tickets mix: a Chinese ticket
//! holds English product names, commands and pages of log; an English one quotes a Chinese
//! button. So letters of other scripts are weighed against Latin *prose*, of which the short
//! words everybody needs (`the`, `is`, `und`, `que`) are the trace that logs and commands lack.
//!
//! Among languages in Latin letters the crate `whichlang` decides, on the words that look like
//! prose. It knows sixteen languages and says nothing of how sure it is, so very short texts are
//! not shown to it.
//!
//! A language that the customer declared is kept unless the text speaks against it.
//!
//! Answers are primary subtags of BCP 47 (`zh`, not `zh-CN`), or `und` where nothing is known.

use whichlang::Lang;

use crate::fold::{is_seen, narrow};
use crate::limits::LANGUAGE_CHARS_MAX;

/// One of the short words of Latin prose weighs as much as this many letters of another script.
const LETTERS_PER_SHORT_WORD: usize = 3;
/// Kana make a text Japanese when they are at least one in this many of its Chinese characters.
const HAN_PER_KANA_MAX: usize = 8;
/// Fewer words than this are too few for `whichlang`.
const WORDS_MIN: usize = 4;
/// With at least this many words, `whichlang` outranks what the customer declared.
const WORDS_TO_OVERRULE_MIN: usize = 8;

/// A language and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Primary subtag of BCP 47.
    pub language: String,
    /// The rule that told it.
    pub rule: &'static str,
    /// What the rule saw.
    pub evidence: String,
}

/// Tells the language of the text in `parts` (subject, body).
///
/// `declared` is what the customer chose, `home` the language of the region; either may be empty.
///
/// The rule of the answer is one of `declared` (kept), `declared_without_text` (no letter speaks
/// for or against it), `script`, `whichlang`, `home` (too little text, the region's language is
/// written in Latin letters), `latin` (too little text, it is not), and `nothing`. Evidence begins
/// with `not LANGUAGE` where a declared language was overruled.
#[must_use]
pub fn tell(parts: &[&str], declared: &str, home: &str) -> Told {
    let (declared, home) = (primary(declared), primary(home));
    let seen = Seen::look(parts);
    if seen.letters == 0 {
        return without_text(declared, home);
    }
    let told = seen.tell(&home);
    if declared.is_empty() || declared == told.language {
        return told;
    }
    if seen.speaks_against(&declared, &told) {
        return Told {
            evidence: format!("not {declared}: {}", told.evidence),
            ..told
        };
    }
    Told {
        language: declared,
        rule: "declared",
        evidence: told.evidence,
    }
}

fn without_text(declared: String, home: String) -> Told {
    let (language, rule) = match (declared.is_empty(), home.is_empty()) {
        (false, _) => (declared, "declared_without_text"),
        (true, false) => (home, "home"),
        (true, true) => ("und".to_owned(), "nothing"),
    };
    Told {
        language,
        rule,
        evidence: String::new(),
    }
}

/// The primary subtag, in lower case.
fn primary(tag: &str) -> String {
    tag.trim()
        .split(['-', '_'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// A script other than Latin that tells the language, or nearly so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
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
    const ALL: [Self; 9] = [
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

    const fn of(c: char) -> Option<Self> {
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

    const fn language(self) -> &'static str {
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

    const fn name(self) -> &'static str {
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
    fn writes(self, language: &str) -> bool {
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
fn is_latin(language: &str) -> bool {
    !language.is_empty() && !Script::ALL.iter().any(|script| script.writes(language))
}

/// What there is to see in a text.
#[derive(Debug, Default)]
struct Seen {
    /// Letters of any script.
    letters: usize,
    /// Letters by script, in the order of [`Script::ALL`].
    scripts: [usize; Script::ALL.len()],
    /// Words in Latin letters that look like prose, in lower case, separated by spaces.
    prose: String,
    /// How many they are.
    words: usize,
    /// Which short words of prose are among them: a bit for each of [`SHORT_WORDS`]. Each counts
    /// once, so that a log line that is repeated a hundred times is no prose.
    short_words: u128,
}

impl Seen {
    fn look(parts: &[&str]) -> Self {
        let mut seen = Self::default();
        let mut word = String::new();
        let mut left = LANGUAGE_CHARS_MAX;
        for part in parts {
            for token in part.split_whitespace() {
                left = left.saturating_sub(token.chars().count() + 1);
                if left == 0 {
                    return seen;
                }
                seen.read(token, &mut word);
            }
        }
        seen
    }

    fn read(&mut self, token: &str, word: &mut String) {
        word.clear();
        let mut is_prose = true;
        for c in token.chars().map(narrow).filter(|c| is_seen(*c)) {
            if let Some(script) = Script::of(c) {
                self.scripts[script as usize] += 1;
                self.letters += 1;
                is_prose = false;
            } else if c.is_alphabetic() {
                self.letters += 1;
                word.extend(c.to_lowercase());
            } else if c == '\'' || c == '’' {
                word.push('\'');
            } else if c.is_ascii_digit() || "_/=@\\<>{}[]$#|:".contains(c) {
                // A colon may end a word of prose; the trimming below cannot see it, so it is
                // dealt with here.
                is_prose &= c == ':' && token.ends_with(':');
            } else if !word.is_empty() && !word.ends_with(' ') {
                word.push(' ');
            }
        }
        if is_prose {
            word.split(' ').for_each(|word| self.add_word(word));
        }
    }

    fn add_word(&mut self, word: &str) {
        if !word.chars().any(char::is_alphabetic) {
            return;
        }
        self.words += 1;
        if let Ok(place) = SHORT_WORDS.binary_search(&word) {
            self.short_words |= 1 << place;
        }
        self.prose.push_str(word);
        self.prose.push(' ');
    }

    fn tell(&self, home: &str) -> Told {
        if let Some((script, count)) = self.script() {
            return Told {
                language: script.language().to_owned(),
                rule: "script",
                evidence: format!("{count} of {} letters are {}", self.letters, script.name()),
            };
        }
        if self.words >= WORDS_MIN
            && let Some(language) = latin_language(whichlang::detect_language(&self.prose))
        {
            let evidence = format!("{} words of prose", self.words);
            return Told {
                language: language.to_owned(),
                rule: "whichlang",
                evidence,
            };
        }
        let (language, rule) = if is_latin(home) {
            (home, "home")
        } else {
            ("en", "latin")
        };
        let evidence = format!("only {} words of prose", self.words);
        Told {
            language: language.to_owned(),
            rule,
            evidence,
        }
    }

    /// The script that outweighs the Latin prose, and its letters.
    fn script(&self) -> Option<(Script, usize)> {
        let mut scripts = self.scripts;
        let (han, kana) = (Script::Han as usize, Script::Kana as usize);
        if scripts[kana] * HAN_PER_KANA_MAX >= scripts[han] {
            scripts[kana] += std::mem::take(&mut scripts[han]);
        }
        let (script, count) = Script::ALL
            .into_iter()
            .zip(scripts)
            .rev()
            .max_by_key(|(_, count)| *count)
            .filter(|(_, count)| *count > 0)?;
        let latin = self.short_words.count_ones() as usize * LETTERS_PER_SHORT_WORD;
        (count >= latin).then_some((script, count))
    }

    fn speaks_against(&self, declared: &str, told: &Told) -> bool {
        match self.script() {
            Some((script, _)) => !script.writes(declared),
            None if !is_latin(declared) => true,
            None => {
                told.rule == "whichlang"
                    && self.words >= WORDS_TO_OVERRULE_MIN
                    && KNOWN.contains(&declared)
            }
        }
    }
}

/// The languages in Latin letters that `whichlang` knows.
const KNOWN: [&str; 9] = ["de", "en", "es", "fr", "it", "nl", "pt", "sv", "tr"];

/// The code of a language in Latin letters; nothing for others, which the script has told.
const fn latin_language(lang: Lang) -> Option<&'static str> {
    Some(match lang {
        Lang::Deu => "de",
        Lang::Eng => "en",
        Lang::Spa => "es",
        Lang::Fra => "fr",
        Lang::Ita => "it",
        Lang::Nld => "nl",
        Lang::Por => "pt",
        Lang::Swe => "sv",
        Lang::Tur => "tr",
        Lang::Vie => "vi",
        Lang::Ara | Lang::Cmn | Lang::Hin | Lang::Jpn | Lang::Kor | Lang::Rus => return None,
    })
}

/// Short words of English, German, French and Spanish prose, sorted.
const SHORT_WORDS: [&str; 74] = [
    "a", "an", "and", "are", "as", "aus", "avec", "been", "but", "can", "con", "das", "de", "den",
    "der", "des", "desde", "die", "do", "does", "el", "en", "est", "every", "for", "from", "has",
    "have", "how", "i", "ich", "if", "is", "ist", "it", "la", "las", "le", "les", "los", "mit",
    "my", "nicht", "nous", "on", "our", "para", "pas", "please", "pour", "que", "seit", "since",
    "so", "that", "the", "there", "they", "this", "un", "una", "und", "une", "us", "vous", "was",
    "we", "what", "when", "why", "wir", "with", "you", "your",
];

#[cfg(test)]
mod tests;
