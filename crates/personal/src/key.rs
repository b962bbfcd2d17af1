//! Keys of programming interfaces: by the beginnings that their issuers give them so that they
//! can be found, and, of issuers that give them none, by the name they are given to.
//!
//! Issuers publish these forms for scanners: AWS (`AKIA`, `ASIA`), Alibaba Cloud (`LTAI`), Tencent
//! Cloud (`AKID`), Volcengine (`AKLT`), GitHub, GitLab, Slack, Google, Stripe, npm, Hugging Face,
//! SendGrid, DigitalOcean.

use std::sync::LazyLock;

use regex::Regex;

use crate::Kind;
use crate::found::Found;
use crate::secret::is_placeholder;
use crate::text::{Text, pattern};

static ISSUED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}",
        r"|LTAI[A-Za-z0-9]{12,26}|AKID[A-Za-z0-9]{13,44}|AKLT[A-Za-z0-9]{20,60}",
        r"|gh[pousr]_[A-Za-z0-9]{30,60}|github_pat_[A-Za-z0-9_]{22,90}|glpat-[A-Za-z0-9_-]{20,40}",
        r"|xox[abeprs]-[A-Za-z0-9-]{10,90}|xapp-[A-Za-z0-9-]{10,90}",
        r"|hooks\.slack\.com/services/[A-Za-z0-9/]{20,60}",
        r"|AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,40}|ya29\.[A-Za-z0-9_-]{20,90}",
        r"|[sr]k_(?:live|test)_[A-Za-z0-9]{10,90}|whsec_[A-Za-z0-9+/=]{16,90}",
        r"|npm_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{30,40}|dop_v1_[a-f0-9]{64}",
        r"|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}",
        r"|sk-[A-Za-z0-9_-]{16,90}|AK-[A-Za-z0-9]{8,64}",
    ))
});
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:access[ _-]?key(?:[ _-]?id)?|api[ _-]?key|app[ _-]?key|secret[ _-]?id|(?-u:\b)ak)",
        r#"["']?[ \t]{0,3}(?:[:=]|is|为|是)[ \t]{0,3}["']?([A-Za-z0-9_-]{16,90})"#,
    ))
});

pub(crate) fn find(text: &Text<'_>, found: &mut Found) {
    text.each(&ISSUED, |place| {
        let key = &text.as_str()[place.clone()];
        is_key(key) && text.is_whole(&place) && found.claim(place, Kind::ApiKey)
    });
    text.each_group(&NAMED, |groups| {
        groups.get(1).is_some_and(|key| {
            is_key(key.as_str())
                && text.is_whole(&key.range())
                && found.claim(key.range(), Kind::ApiKey)
        })
    });
}

/// Whether it can be a key: letters and digits both, and not what manuals print in their place.
fn is_key(key: &str) -> bool {
    let (digits, letters) = key.bytes().fold((0, 0), |(digits, letters), c| {
        (
            digits + usize::from(c.is_ascii_digit()),
            letters + usize::from(c.is_ascii_alphabetic()),
        )
    });
    digits > 0 && letters > 0 && !is_placeholder(key)
}
