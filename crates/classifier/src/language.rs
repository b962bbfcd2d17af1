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
//! not shown to it. Some languages that it does not know have letters that tell them
//! (`letters.rs`).
//!
//! A language that the customer declared is kept unless the text speaks against it.
//!
//! Answers are primary subtags of BCP 47 (`zh`, not `zh-CN`), or `und` where nothing is known.
//!
//! # Confidence
//!
//! In thousandths: how much of what was weighed speaks for the answer, times `n / (n + 2)` for the
//! `n` letters of a script or words of prose that were there to be weighed. A single character
//! gives 333 at most, a sentence more than 800. Where half of the prose is told to be another
//! language, half of it is taken away. What is only presumed (`home`, `latin`) has 200 at most.
//!
//! # Figures
//!
//! On the development split of the test data of the crate `lingua`, 993 of 1000 sentences in the
//! languages that `whichlang` knows are told right, and of the same split all mixes of Chinese
//! sentences with English words and with lines of log: `examples/languages.rs`.

mod latin;
mod letters;
mod script;

use crate::fold::{is_seen, narrow};
use crate::limits::LANGUAGE_CHARS_MAX;
use latin::{KNOWN, SHORT_WORDS, latin_language};
use letters::Letters;
use script::{Script, is_latin};

/// One of the short words of Latin prose weighs as much as this many letters of another script.
const LETTERS_PER_SHORT_WORD: usize = 3;
/// Kana make a text Japanese when they are at least one in this many of its Chinese characters.
const HAN_PER_KANA_MAX: usize = 8;
/// Fewer words than this are too few for `whichlang`.
const WORDS_MIN: usize = 4;
/// The same, where some of their letters have accents, which English and log lines lack.
const ACCENTED_WORDS_MIN: usize = 2;
/// With at least this many words, `whichlang` is asked about both halves of them, too.
const WORDS_TO_HALVE_MIN: usize = 16;
/// A letter that tells a language among Latin ones must be seen once in this many words: one
/// may be in a name.
const WORDS_PER_TELLING_LETTER: usize = 6;
/// A letter that tells a language among those of its script must be seen once in this many.
const LETTERS_PER_TELLING_LETTER: usize = 40;
/// Confidence in what is only presumed, and in what was declared and is not contradicted.
const PRESUMED_PERMILLE: u16 = 200;
const DECLARED_PERMILLE: u16 = 500;
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
    /// How sure, in thousandths; see the module.
    pub confidence_permille: u16,
}

impl Told {
    /// Evidence and confidence in one line, as reasons show them.
    #[must_use]
    pub fn explained(&self) -> String {
        let sure = format!("sure {} ‰", self.confidence_permille);
        match self.evidence.as_str() {
            "" => sure,
            evidence => format!("{evidence}; {sure}"),
        }
    }
}

/// Tells the language of the text in `parts` (subject, body).
///
/// `declared` is what the customer chose, `home` the language of the region; either may be empty.
///
/// The rule of the answer is one of `declared` (kept), `declared_without_text` (no letter speaks
/// for or against it), `script`, `letters`, `whichlang`, `home` (too little text, the region's language is
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
        confidence_permille: DECLARED_PERMILLE,
    }
}

fn without_text(declared: String, home: String) -> Told {
    let (language, rule, confidence_permille) = match (declared.is_empty(), home.is_empty()) {
        (false, _) => (declared, "declared_without_text", PRESUMED_PERMILLE),
        (true, false) => (home, "home", 0),
        (true, true) => ("und".to_owned(), "nothing", 0),
    };
    Told {
        language,
        rule,
        evidence: String::new(),
        confidence_permille,
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

/// What there is to see in a text.
#[derive(Debug, Default)]
struct Seen {
    /// Letters of any script.
    letters: usize,
    /// Letters by script, in the order of [`Script::ALL`].
    scripts: [usize; Script::ALL.len()],
    /// Letters that tell a language among those of its script.
    telling: Letters,
    /// Whether a word of prose has a letter that is not in ASCII.
    accents: bool,
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
                self.telling.see(c.to_lowercase().next().unwrap_or(c));
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
        self.accents |= !word.is_ascii();
        word.chars().for_each(|c| self.telling.see(c));
        if let Ok(place) = SHORT_WORDS.binary_search(&word) {
            self.short_words |= 1 << place;
        }
        self.prose.push_str(word);
        self.prose.push(' ');
    }

    fn tell(&self, home: &str) -> Told {
        if let Some((script, count)) = self.script() {
            return self.tell_script(script, count);
        }
        let evidence = format!("{} words of prose", self.words);
        // Names have such letters, too; but the prose around them has its short words.
        let others = self.short_words.count_ones() as usize + 1;
        let least = (self.words / WORDS_PER_TELLING_LETTER).max(2).max(others);
        if let Some((language, count)) = self.telling.most(&["pl", "cs", "hu", "ro"], least) {
            return Told {
                language: language.to_owned(),
                rule: "letters",
                evidence: format!("{evidence}, {count} letters of its own"),
                confidence_permille: confidence(count, count, self.words),
            };
        }
        let enough = if self.accents {
            ACCENTED_WORDS_MIN
        } else {
            WORDS_MIN
        };
        if self.words >= enough
            && let Some(language) = latin_language(whichlang::detect_language(&self.prose))
        {
            return self.tell_latin(language, evidence);
        }
        let (language, rule) = if is_latin(home) {
            (home, "home")
        } else {
            ("en", "latin")
        };
        Told {
            language: language.to_owned(),
            rule,
            evidence: format!("only {evidence}"),
            confidence_permille: confidence(1, 1, self.words).min(PRESUMED_PERMILLE),
        }
    }

    /// The language of the script that outweighs the rest, or the one among its languages whose
    /// letters are there.
    fn tell_script(&self, script: Script, count: usize) -> Told {
        let among: &[&str] = match script {
            Script::Arabic => &["ur", "fa"],
            Script::Cyrillic => &["uk", "be"],
            _ => &[],
        };
        let least = (count / LETTERS_PER_TELLING_LETTER).max(1);
        let told = self
            .telling
            .most(among, least)
            .map(|(language, _)| language);
        let latin = self.short_words.count_ones() as usize * LETTERS_PER_SHORT_WORD;
        Told {
            language: told.unwrap_or(script.language()).to_owned(),
            rule: "script",
            evidence: format!("{count} of {} letters are {}", self.letters, script.name()),
            confidence_permille: confidence(count, count + latin, count),
        }
    }

    /// What `whichlang` says; long texts are asked about in halves, too, since it tells one
    /// language of any mixture and not how sure it is.
    fn tell_latin(&self, language: &str, mut evidence: String) -> Told {
        let mut agreeing = 2;
        if self.words >= WORDS_TO_HALVE_MIN {
            let half = self.prose.floor_char_boundary(self.prose.len() / 2);
            let half = self.prose[half..]
                .find(' ')
                .map_or(half, |space| half + space);
            let (first, second) = self.prose.split_at(half);
            for part in [first, second] {
                let other = latin_language(whichlang::detect_language(part));
                if let Some(other) = other.filter(|other| *other != language) {
                    agreeing = 1;
                    evidence.push_str(&format!(", some of them {other}"));
                }
            }
        }
        Told {
            language: language.to_owned(),
            rule: "whichlang",
            evidence,
            confidence_permille: confidence(agreeing, 2, self.words),
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
        // Greek letters are signs in the prose of others.
        let latin = match script {
            Script::Greek => self.words,
            _ => self.short_words.count_ones() as usize * LETTERS_PER_SHORT_WORD,
        };
        (count >= latin).then_some((script, count))
    }

    fn speaks_against(&self, declared: &str, told: &Told) -> bool {
        match self.script() {
            Some((script, _)) => !script.writes(declared),
            None if !is_latin(declared) => true,
            None => {
                matches!(told.rule, "whichlang" | "letters")
                    && self.words >= WORDS_TO_OVERRULE_MIN
                    && KNOWN.contains(&declared)
            }
        }
    }
}

/// In thousandths: `agreeing` of `all`, times `n / (n + 2)`.
fn confidence(agreeing: usize, all: usize, n: usize) -> u16 {
    let permille = 1000 * agreeing * n / (all.max(1) * (n + 2));
    u16::try_from(permille).unwrap_or(1000).min(1000)
}

#[cfg(test)]
mod tests;
