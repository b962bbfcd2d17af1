//! Folding: one spelling for texts that people read as equal.
//!
//! Words of the taxonomy, texts of customers: both are folded before they are compared. Folding
//! makes lower case, half width, single spaces and western digits, and takes away accents,
//! Arabic vowel signs and characters without width: customers in a hurry write `Verschluesselung`
//! no more often than `verschlüsselung`, but `telecharger` as often as `télécharger`.
//!
//! It is no Unicode normalisation: it knows the letters of the languages that tickets come in
//! and leaves the rest as it is.
//!
//! # Invariants
//!
//! - Folding twice gives what folding once gives.
//! - The result has no upper-case ASCII, no white space but single spaces between other
//!   characters, and so no line breaks.

/// Folds `text`; see the module.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 8);
    fold_into(text, &mut folded);
    folded
}

/// Appends `text`, folded, to `folded`. White space at either end is dropped.
pub(crate) fn fold_into(text: &str, folded: &mut String) {
    let start = folded.len();
    let mut space = false;
    for c in text.chars() {
        let c = narrow(c);
        if c.is_whitespace() {
            space = true;
            continue;
        }
        if !is_seen(c) {
            continue;
        }
        if space && folded.len() > start {
            folded.push(' ');
        }
        space = false;
        push_plain(c, folded);
    }
}

/// The half-width form of a full-width character; the space for an ideographic space.
pub(crate) fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - 0xfee0).expect("full-width forms map to ASCII")
        }
        _ => c,
    }
}

/// Whether a character is worth comparing: no joiners, marks of direction, combining accents,
/// Arabic vowel signs or stretches.
pub(crate) fn is_seen(c: char) -> bool {
    !matches!(
        c,
        '\u{ad}'
            | '\u{300}'..='\u{36f}'
            | '\u{640}'
            | '\u{64b}'..='\u{65f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
    )
}

fn push_plain(c: char, folded: &mut String) {
    if c.is_ascii() {
        folded.push(c.to_ascii_lowercase());
        return;
    }
    for lower in c.to_lowercase() {
        match plain(lower) {
            Plain::One(plain) => folded.push(plain),
            Plain::Two(letters) => folded.push_str(letters),
            Plain::None => {}
        }
    }
}

enum Plain {
    None,
    One(char),
    Two(&'static str),
}

/// A lower-case letter without its accent.
fn plain(c: char) -> Plain {
    let plain = match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì'..='ï' | 'ī' | 'ı' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'ş' | 'š' => 's',
        'ţ' | 'ť' => 't',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        // Arabic letters that hands write in several ways.
        'أ' | 'إ' | 'آ' => 'ا',
        'ى' => 'ي',
        'ة' => 'ه',
        '٠'..='٩' => digit(c, '٠'),
        '۰'..='۹' => digit(c, '۰'),
        '‘' | '’' => '\'',
        'ß' => return Plain::Two("ss"),
        'æ' => return Plain::Two("ae"),
        'œ' => return Plain::Two("oe"),
        other if is_seen(other) => other,
        _ => return Plain::None,
    };
    Plain::One(plain)
}

fn digit(c: char, zero: char) -> char {
    char::from_digit(u32::from(c) - u32::from(zero), 10).expect("the ranges have ten digits")
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn one_spelling() {
        let cases = [
            ("ＥＣＳ　实例！", "ecs 实例!"),
            ("  Télécharger\r\n\tL’ÉCHEC ", "telecharger l'echec"),
            ("Straße GROẞ Ärger", "strasse gross arger"),
            ("contrasen\u{303}a", "contrasena"),
            ("الإِعداداتُ ١٢٣", "الاعدادات 123"),
            ("zero\u{200b}width\u{feff}", "zerowidth"),
            ("İstanbul", "istanbul"),
            ("", ""),
            (" \n ", ""),
        ];
        for (text, folded) in cases {
            assert_eq!(fold(text), folded, "{text:?}");
            assert_eq!(fold(folded), folded, "{text:?} twice");
        }
    }
}
