//! Languages in Latin letters, as `whichlang` and as their short words tell them.

use whichlang::Lang;

/// The languages in Latin letters that `whichlang` knows.
pub(super) const KNOWN: [&str; 9] = ["de", "en", "es", "fr", "it", "nl", "pt", "sv", "tr"];

/// The code of a language in Latin letters; nothing for others, which the script has told.
pub(super) const fn latin_language(lang: Lang) -> Option<&'static str> {
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

/// Short words of prose in English, German, French, Spanish, Dutch, Italian, Portuguese, Swedish
/// and Turkish, sorted.
pub(super) const SHORT_WORDS: [&str; 109] = [
    "a", "an", "and", "are", "as", "att", "aus", "avec", "been", "bir", "bu", "but", "can", "che",
    "com", "con", "das", "de", "della", "den", "der", "des", "desde", "det", "di", "die", "do",
    "does", "een", "el", "em", "en", "est", "every", "for", "from", "för", "gli", "has", "have",
    "het", "how", "i", "ich", "if", "il", "inte", "is", "ist", "it", "için", "la", "las", "le",
    "les", "los", "med", "mit", "my", "naar", "nel", "nicht", "niet", "non", "nous", "não", "och",
    "on", "ook", "os", "our", "para", "pas", "per", "please", "pour", "på", "que", "seit", "since",
    "so", "som", "sono", "that", "the", "there", "they", "this", "uma", "un", "una", "und", "une",
    "us", "van", "ve", "voor", "vous", "was", "we", "what", "when", "why", "wir", "with", "you",
    "your", "zijn", "är",
];
