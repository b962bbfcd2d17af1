//! Folding: a text as a list of words, spelt in one way.
//!
//! Compatibility decomposition (the D of NFKD) one character at a time, lower case, without
//! accents, Arabic vowel signs and characters without width: `Ｅ`, `É` and `e` are one letter.
//! Half the letters of a Japanese or Korean text would fall apart in that; kana and hangul stay
//! whole.
//!
//! Numbers that name one thing of one customer say nothing of what a ticket is about, so they
//! are masked: `10.0.0.1` is `0.0.0.0`, `12:30` is `0:0`, a long number is as many zeros, and a
//! jumble of letters and digits (`i-0a1b2c3d4e5f`, a key, a hash) is `0a`. Short numbers stay:
//! `504` and `3306` say much.
//!
//! # Invariants
//!
//! - Work and result are bounded by [`limits::SUBJECT_CHARS_MAX`] and
//!   [`limits::BODY_CHARS_MAX`], whatever the text.
//! - Each folded character knows the bytes of the text that it came from.

use unicode_normalization::char::decompose_compatible;

use crate::limits;
use crate::number::narrow;
use crate::text::{Part, Text};

/// What a word is made of, and so which n-grams it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Letters, and digits among them.
    Letters,
    /// Digits, or the mask of something that held digits.
    Number,
    /// A run of characters of a script that writes without spaces.
    Unspaced,
    /// A mark that carries a mood: `?`, `!`, an emoji.
    Mark,
}

/// A word: a range of [`Folded::chars`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) kind: Kind,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Whether it begins a line.
    pub(crate) begins: bool,
}

/// The bytes of a part that a folded character came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) part: Part,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A text, folded.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub(crate) chars: Vec<char>,
    pub(crate) sources: Vec<Source>,
    pub(crate) words: Vec<Word>,
}

impl Folded {
    /// Takes another text's place, in the memory that is there.
    pub(crate) fn read(&mut self, text: &Text<'_>) {
        self.chars.clear();
        self.sources.clear();
        self.words.clear();
        for (part, chars_max) in [
            (Part::Subject, limits::SUBJECT_CHARS_MAX),
            (Part::Body, limits::BODY_CHARS_MAX),
        ] {
            Folder::of(self, part).read(text.part(part), chars_max);
        }
    }

    /// The characters of a word.
    pub(crate) fn chars_of(&self, word: Word) -> &[char] {
        &self.chars[word.start as usize..word.end as usize]
    }
}

/// What a folded character does to the word before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Unspaced,
    Mark,
    /// Stands within words and is dropped: `can't`.
    Within,
    /// Stands between the digits of one number: `10.0.0.1`.
    Joiner,
    LineEnd,
    Between,
}

struct Folder<'f> {
    folded: &'f mut Folded,
    part: Part,
    /// The word that is being read, if any.
    open: Option<Kind>,
    start: usize,
    digits: usize,
    /// A joiner that counts if a digit follows, and where it stood.
    joiner: Option<(char, Source)>,
    joined: bool,
    begins: bool,
}

impl<'f> Folder<'f> {
    fn of(folded: &'f mut Folded, part: Part) -> Self {
        let start = folded.chars.len();
        Self {
            folded,
            part,
            open: None,
            start,
            digits: 0,
            joiner: None,
            joined: false,
            begins: true,
        }
    }

    fn read(mut self, text: &str, chars_max: usize) {
        for (at, c) in text.char_indices().take(chars_max) {
            let source = Source {
                part: self.part,
                start: narrow(at),
                end: narrow(at + c.len_utf8()),
            };
            if c.is_ascii() {
                self.feed(c.to_ascii_lowercase(), source);
            } else if stays_whole(c) {
                self.feed(c, source);
            } else {
                decompose_compatible(c, |c| {
                    for c in c.to_lowercase().filter(|c| !is_dropped(*c)) {
                        self.feed(c, source);
                    }
                });
            }
        }
        self.close();
    }

    fn feed(&mut self, c: char, source: Source) {
        match class(c) {
            Class::Letter => self.extend(Kind::Letters, c, source),
            Class::Digit => {
                self.digit(c, source);
            }
            Class::Unspaced => self.extend(Kind::Unspaced, c, source),
            Class::Mark => {
                self.close();
                self.extend(Kind::Mark, c, source);
                self.close();
            }
            Class::Within => {}
            Class::Joiner => {
                if self.open == Some(Kind::Number) && self.joiner.is_none() {
                    self.joiner = Some((c, source));
                } else {
                    self.close();
                }
            }
            Class::LineEnd => {
                self.close();
                self.begins = true;
            }
            Class::Between => self.close(),
        }
    }

    fn digit(&mut self, c: char, source: Source) {
        match (self.open, self.joiner.take()) {
            (Some(Kind::Number), Some((joiner, at))) => {
                self.push(joiner, at);
                self.joined = true;
            }
            (Some(Kind::Number | Kind::Letters), _) => {}
            _ => self.begin(Kind::Number),
        }
        self.digits += 1;
        self.push(c, source);
    }

    /// A letter or a character of an unspaced script.
    fn extend(&mut self, kind: Kind, c: char, source: Source) {
        if self.joiner.is_some() {
            self.close();
        }
        match self.open {
            Some(open) if open == kind => {}
            // `500ms`, `2fa`: a number with letters after it is a word with digits.
            Some(Kind::Number) if kind == Kind::Letters && !self.joined => {
                self.open = Some(Kind::Letters);
            }
            _ => self.begin(kind),
        }
        self.push(c, source);
    }

    fn begin(&mut self, kind: Kind) {
        self.close();
        self.open = Some(kind);
        self.start = self.folded.chars.len();
        self.digits = 0;
        self.joined = false;
    }

    fn push(&mut self, c: char, source: Source) {
        let length = self.folded.chars.len() - self.start;
        // Unspaced runs are sentences, not words, and need no bound of their own.
        if length < limits::WORD_CHARS_MAX || self.open == Some(Kind::Unspaced) {
            self.folded.chars.push(c);
            self.folded.sources.push(source);
        } else if let Some(last) = self.folded.sources.last_mut() {
            last.end = source.end;
        }
    }

    fn close(&mut self) {
        self.joiner = None;
        let Some(kind) = self.open.take() else {
            return;
        };
        let kind = self.mask(kind);
        self.folded.words.push(Word {
            kind,
            start: narrow(self.start),
            end: narrow(self.folded.chars.len()),
            begins: std::mem::take(&mut self.begins),
        });
        self.start = self.folded.chars.len();
    }

    /// Masks what names one thing only; see the module.
    fn mask(&mut self, kind: Kind) -> Kind {
        let length = self.folded.chars.len() - self.start;
        let jumble = self.digits >= 5 || (length >= 8 && self.digits >= 3);
        match kind {
            Kind::Number if self.joined => self.shape(),
            Kind::Number if length > limits::NUMBER_DIGITS_MAX => {
                self.folded.chars[self.start..].fill('0');
            }
            Kind::Letters if jumble => {
                self.replace(&['0', 'a']);
                return Kind::Number;
            }
            _ => {}
        }
        kind
    }

    /// Each run of digits becomes one zero.
    fn shape(&mut self) {
        let mut shape: Vec<char> = self.folded.chars[self.start..]
            .iter()
            .map(|c| if c.is_ascii_digit() { '0' } else { *c })
            .collect();
        shape.dedup();
        self.replace(&shape);
    }

    /// Puts `chars`, at most as many as there are, in place of the open word.
    fn replace(&mut self, chars: &[char]) {
        let whole = Source {
            part: self.part,
            start: self.folded.sources[self.start].start,
            end: self.folded.sources[self.folded.sources.len() - 1].end,
        };
        self.folded.chars.truncate(self.start);
        self.folded.sources.truncate(self.start);
        self.folded.chars.extend_from_slice(chars);
        self.folded.sources.resize(self.start + chars.len(), whole);
    }
}

fn class(c: char) -> Class {
    match c {
        'a'..='z' => Class::Letter,
        '0'..='9' => Class::Digit,
        '\'' | '\u{2019}' | '`' => Class::Within,
        '.' | ':' | '-' | '/' => Class::Joiner,
        '\n' | '\r' => Class::LineEnd,
        '?' | '!' => Class::Mark,
        _ if c.is_ascii() => Class::Between,
        _ if is_unspaced(c) => Class::Unspaced,
        _ if c.is_alphabetic() || is_vowel_sign(c) => Class::Letter,
        _ if c.is_numeric() => Class::Digit,
        '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}' => Class::Mark,
        _ => Class::Between,
    }
}

/// Scripts that write words without spaces: Chinese, Japanese, Thai, Lao, Khmer, Burmese.
const fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}'
        | '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

/// Characters that no decomposition may take apart, and the many that have none.
const fn stays_whole(c: char) -> bool {
    matches!(c,
        '\u{3041}'..='\u{30fa}' | '\u{30fc}'..='\u{30fe}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}')
}

/// Signs of Indic scripts that belong to the letter before them.
const fn is_vowel_sign(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{dff}')
}

/// Accents, Arabic vowel signs and stretches, and characters without width.
const fn is_dropped(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{ad}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{3099}' | '\u{309a}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The words of a body, folded.
    fn words(body: &str) -> String {
        let mut folded = Folded::default();
        folded.read(&Text::of(body));
        let words = folded.words.iter().map(|word| {
            let text: String = folded.chars_of(*word).iter().collect();
            let line = if word.begins { "/ " } else { "" };
            format!("{line}{text}:{:?}", word.kind)
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn one_spelling_for_what_people_read_as_equal() {
        let told = [
            "Can’t LOGIN since 9:30!",
            "ＥＣＳ実例が起動しない？",
            "télécharger Verschlüsselung ИЗМЕНИТЬ",
            "10.0.0.1 2026-11-22 +86-138-0000-1234 504 error 3306 1234567",
            "i-0a1b2c3d4e5f key AKFAKE0123456789 k8s ec2 500ms 2fa",
            "اَلْخَادِمُ لا يعمل",
            "서버가 멈췄어요 😡",
            "ร้านค้า ล่ม",
            "line one\r\nline two",
            "a.b. 12:30pm x-y",
        ]
        .map(words);
        expect_test::expect![[r#"
            / cant:Letters login:Letters since:Letters 0:0:Number !:Mark
            / ecs:Letters 実例が起動しない:Unspaced ?:Mark
            / telecharger:Letters verschlusselung:Letters изменить:Letters
            / 0.0.0.0:Number 0-0-0:Number 0-0-0-0:Number 504:Number error:Letters 3306:Number 0000000:Number
            / i:Letters 0a:Number key:Letters 0a:Number k8s:Letters ec2:Letters 500ms:Letters 2fa:Letters
            / الخادم:Letters لا:Letters يعمل:Letters
            / 서버가:Letters 멈췄어요:Letters 😡:Mark
            / ร้านค้า:Unspaced ล่ม:Unspaced
            / line:Letters one:Letters / line:Letters two:Letters
            / a:Letters b:Letters 0:0:Number pm:Letters x:Letters y:Letters"#]].assert_eq(&told.join("\n"));
    }

    #[test]
    fn long_words_and_long_texts_are_cut() {
        let mut folded = Folded::default();
        let body = format!("{} {}", "x".repeat(1_000), "y ".repeat(100_000));
        let subject = "s ".repeat(10_000);
        folded.read(&Text {
            subject: &subject,
            body: &body,
        });
        assert_eq!(
            folded.chars_of(folded.words[256]).len(),
            limits::WORD_CHARS_MAX
        );
        assert!(folded.chars.len() <= limits::SUBJECT_CHARS_MAX + limits::BODY_CHARS_MAX);
    }

    proptest! {
        #[test]
        fn every_character_knows_where_it_came_from(subject: String, body in "\\PC*|[0-9a-f.:\\-/ ]*") {
            let mut folded = Folded::default();
            let text = Text { subject: &subject, body: &body };
            folded.read(&text);
            prop_assert_eq!(folded.chars.len(), folded.sources.len());
            let mut end = 0;
            for word in &folded.words {
                prop_assert!(word.start == end && word.end > word.start);
                end = word.end;
            }
            prop_assert_eq!(end as usize, folded.chars.len());
            for source in &folded.sources {
                let part = text.part(source.part);
                prop_assert!(part.get(source.start as usize..source.end as usize).is_some());
            }
        }
    }
}
