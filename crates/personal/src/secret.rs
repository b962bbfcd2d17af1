//! Secrets: what opens a door by itself.
//!
//! Private keys and JSON Web Tokens have a form. Passwords and tokens have none: they stand
//! behind a word that announces them. Tickets are full of such words without a secret behind
//! them (`password: expired`, `token is invalid`), so what follows must look like no word of
//! prose: it has a digit or a sign in it, or was assigned with `=`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::Kind;
use crate::found::Found;
use crate::limits::PRIVATE_KEY_BYTES_MAX;
use crate::text::{Text, pattern};

/// JSON Web Tokens (RFC 7519): base64url of `{"`, a dot, claims, a dot, a signature or none.
static JWT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*"));
/// The password of `scheme://user:password@host`.
static CONNECTION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"://[^\s/:@"'<>]{0,64}:([^\s/@"'<>]{1,128})@"#));
/// The credentials of an `Authorization` header (RFC 9110, 11.6.2).
static AUTHORIZATION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)(?:bearer|basic) {1,3}([A-Za-z0-9._~+/=-]{12,512})"));
static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:(password|passwd|passphrase|passcode|pwd|密码|密碼|口令|パスワード|暗証番号|비밀번호|암호|passwort|kennwort|mot de passe|contraseña|senha)",
        r"|secret(?:[ _-]?(?:access[ _-]?)?key)?|token|(?:account|sharedaccess|private|encryption)[ _-]?key|(?-u:\b)sk|密钥|秘钥|令牌)",
        r#"["'）)]{0,2}[ \t]{0,3}([:=]|=>|is|was|为|是|は|ist|est|es)[ \t]{0,3}["'“]?([!#$%&()*+./0-9:;=?@A-Z\[\\\]^_`a-z{|}~-]{4,128})"#,
    ))
});

pub(crate) fn find(text: &Text<'_>, found: &mut Found) {
    private_keys(text.as_str(), found);
    text.each(&JWT, |place| {
        text.is_whole(&place) && found.claim(place, Kind::Secret)
    });
    text.each_group(&CONNECTION, |groups| {
        claim(text, groups, 1, found, |value| !is_placeholder(value))
    });
    text.each_group(&AUTHORIZATION, |groups| {
        claim(text, groups, 1, found, |value| {
            !is_placeholder(value) && Looks::of(value).is_mixed()
        })
    });
    text.each_group(&ASSIGNED, |groups| {
        let is_password = groups.get(1).is_some();
        let is_assigned = groups.get(2).is_some_and(|sign| sign.as_str() == "=");
        claim(text, groups, 3, found, |value| {
            is_secret(value, is_password, is_assigned)
        })
    });
}

/// Claims a group of a match if `judge` takes it; punctuation that ends the sentence is left out.
fn claim(
    text: &Text<'_>,
    groups: &Captures<'_>,
    group: usize,
    found: &mut Found,
    judge: impl Fn(&str) -> bool,
) -> bool {
    let Some(value) = groups.get(group) else {
        return false;
    };
    let trimmed = value
        .as_str()
        .trim_end_matches(['.', ',', ';', ':', ')', '?', '`', '}', ']']);
    let place: Range<usize> = value.start()..value.start() + trimmed.len();
    judge(&text.as_str()[place.clone()]) && found.claim(place, Kind::Secret)
}

/// PEM blocks (RFC 7468) of private keys, to their end, or to where the text is cut off.
fn private_keys(text: &str, found: &mut Found) {
    const BEGIN: &str = "-----BEGIN ";
    let mut at = 0;
    while let Some(begin) = text[at..].find(BEGIN) {
        let begin = at + begin;
        let label = begin + BEGIN.len();
        let limit = text.floor_char_boundary((begin + PRIVATE_KEY_BYTES_MAX).min(text.len()));
        let head = text.floor_char_boundary((label + 40).min(limit));
        at = label;
        if let Some(key) = text[label..head].find("PRIVATE KEY") {
            let rest = &text[label + key..limit];
            let end = rest.find("-----END").map_or(limit, |end| {
                let tail = label + key + end + "-----END".len();
                text[tail..limit]
                    .find("-----")
                    .map_or(limit, |dashes| tail + dashes + 5)
            });
            found.claim(begin..end, Kind::Secret);
            at = end;
        }
    }
}

fn is_secret(value: &str, is_password: bool, is_assigned: bool) -> bool {
    if is_placeholder(value) {
        return false;
    }
    let looks = Looks::of(value);
    match (is_password, is_assigned) {
        (true, true) => true,
        (true, false) => looks.digits > 0 || looks.is_signed(),
        // Tokens are counted, too: `token: 4096`.
        (false, _) => value.len() >= 8 && looks.is_mixed(),
    }
}

/// What a value is made of.
struct Looks {
    digits: usize,
    letters: usize,
    signs: usize,
}

impl Looks {
    fn of(value: &str) -> Self {
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
        Self {
            digits,
            letters,
            signs: value.len() - digits - letters,
        }
    }

    fn is_mixed(&self) -> bool {
        self.digits > 0 && self.letters > 0
    }

    /// Letters and a sign of which prose has none inside a word; hyphens and dots it has.
    fn is_signed(&self) -> bool {
        self.letters > 0 && self.signs > 1
    }
}

/// Whether it is what people write where a secret was: stars, dots, `xxxx`, `<token>`, `$TOKEN`,
/// the name of nothing.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_variable = lower.starts_with(['$', '{', '<', '%', '[']);
    let body = lower.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let blank = |c: char| matches!(c, '*' | 'x' | '.' | '-' | '_' | '#');
    // A known beginning (`AKIA`) before the blanks is a placeholder still.
    let blanks = lower.chars().filter(|c| blank(*c)).count();
    let is_blank = blanks * 3 >= lower.len() * 2;
    const NOTHING: [&str; 14] = [
        "",
        "null",
        "none",
        "nil",
        "true",
        "false",
        "undefined",
        "empty",
        "redacted",
        "hidden",
        "masked",
        "password",
        "secret",
        "token",
    ];
    is_variable || is_blank || NOTHING.contains(&body)
}
