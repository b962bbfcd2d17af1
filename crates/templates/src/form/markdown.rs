//! The Markdown dialects of chats. No two are alike, and none is `CommonMark`:
//!
//! | dialect | bold | link | what a value could do | how it is kept from it |
//! |---|---|---|---|---|
//! | DingTalk | `**…**` | `[…](…)` | links, images, headings, HTML tags | full-width forms |
//! | WeCom | `**…**` | `[…](…)` | links, `<@mention>`, `<font>` | full-width forms |
//! | Feishu | `**…**` | `[…](…)` | links, `<at>`, HTML tags | numeric references |
//! | Slack | `*…*` | `<…\|…>` | `<!channel>`, `<@mention>`, `<link>` | `&lt;`, and what could begin a span is parted from it |
//!
//! DingTalk and WeCom document no escape at all. A full-width form reads as the character does
//! and means nothing to either.

use super::direction::isolated;
use super::plain::subject;
use crate::limits::{DINGTALK_BYTES_MAX, FEISHU_BYTES_MAX, SLACK_BYTES_MAX, WECOM_BYTES_MAX};
use crate::notice::{Field, Link, Notice};

/// A chat's dialect of Markdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The robots of `DingTalk` groups.
    DingTalk,
    /// The robots of `WeCom` groups.
    WeCom,
    /// The cards of Feishu and Lark.
    Feishu,
    /// The mrkdwn of Slack.
    Slack,
}

/// Zero-width space: what stands on both sides of it is no word together.
const APART: char = '\u{200b}';
/// What stands where a text was cut.
const CUT: &str = "…";

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::DingTalk, Self::WeCom, Self::Feishu, Self::Slack];

    /// Most bytes of a message.
    #[must_use]
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::DingTalk => DINGTALK_BYTES_MAX,
            Self::WeCom => WECOM_BYTES_MAX,
            Self::Feishu => FEISHU_BYTES_MAX,
            Self::Slack => SLACK_BYTES_MAX,
        }
    }

    /// A text that means nothing but itself.
    #[must_use]
    pub fn escape(self, text: &str) -> String {
        match self {
            Self::DingTalk | Self::WeCom => text.chars().map(full_width).collect(),
            Self::Feishu => numbered(text),
            Self::Slack => parted(text),
        }
    }

    fn bold(self, text: &str) -> String {
        let marks = if self == Self::Slack { "*" } else { "**" };
        format!("{marks}{}{marks}", self.escape(text.trim()))
    }

    fn link(self, link: &Link) -> String {
        let label = self.escape(&isolated(&link.label));
        match self {
            Self::Slack => format!("<{}|{label}>", self.address(&link.url)),
            _ => format!("[{label}]({})", self.address(&link.url)),
        }
    }

    /// An address without what would end it early.
    fn address(self, url: &str) -> String {
        let ends = |c: char| match self {
            Self::Slack => matches!(c, '<' | '>' | '|'),
            _ => matches!(c, '(' | ')'),
        };
        let parts = url.chars().map(|c| {
            if ends(c) || c.is_whitespace() || c.is_control() {
                format!("%{:02X}", u32::from(c))
            } else {
                c.to_string()
            }
        });
        parts.collect()
    }

    /// What begins the next line of the same paragraph.
    const fn line_break(self) -> &'static str {
        match self {
            // DingTalk joins lines that nothing parts.
            Self::DingTalk => "  \n",
            _ => "\n",
        }
    }
}

/// The notice, its subject first, within the dialect's bound: links are kept whole, the text is
/// cut at the end of a line.
pub(crate) fn markdown(notice: &Notice, dialect: Dialect) -> String {
    let title = dialect.bold(&subject(notice));
    let links: Vec<String> = notice.links.iter().map(|link| dialect.link(link)).collect();
    let links = links.join(dialect.line_break());
    let frame = title.len() + links.len() + 2 * "\n\n".len() + CUT.len();
    let room = dialect.bytes_max().saturating_sub(frame);
    let mut body = Vec::new();
    let text = isolated(&notice.text);
    let paragraphs = text.split("\n\n").filter(|text| !text.is_empty());
    body.extend(paragraphs.map(|text| lines(text.lines(), dialect)));
    if !notice.fields.is_empty() {
        let fields = notice.fields.iter().map(|field| named(field, dialect));
        body.push(fields.collect::<Vec<_>>().join(dialect.line_break()));
    }
    let body = cut_lines(&body.join("\n\n"), room);
    let blocks = [title, body, links].into_iter();
    let blocks: Vec<String> = blocks.filter(|block| !block.is_empty()).collect();
    blocks.join("\n\n")
}

fn lines<'t>(lines: impl Iterator<Item = &'t str>, dialect: Dialect) -> String {
    let lines: Vec<String> = lines.map(|line| dialect.escape(line)).collect();
    lines.join(dialect.line_break())
}

fn named(field: &Field, dialect: Dialect) -> String {
    let value = isolated(&field.value);
    let value: Vec<&str> = value.lines().collect();
    let label = dialect.bold(&isolated(&field.label));
    format!("{label}: {}", dialect.escape(&value.join(" ")))
}

/// As many whole lines as fit into `room` bytes.
fn cut_lines(text: &str, room: usize) -> String {
    if text.len() <= room {
        return text.to_owned();
    }
    let head = &text[..text.floor_char_boundary(room)];
    let end = head.rfind('\n').unwrap_or(head.len());
    format!("{}{CUT}", head[..end].trim_end())
}

fn full_width(c: char) -> char {
    match c {
        '<' => '＜',
        '>' => '＞',
        '[' => '［',
        ']' => '］',
        '*' => '＊',
        '`' => '｀',
        '#' => '＃',
        '~' => '～',
        '\\' => '＼',
        '|' => '｜',
        other => other,
    }
}

fn numbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "<>&*_~`[]()#!|\\-+:".contains(c) && c != ':' {
            out.push_str(&format!("&#{};", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

fn parted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '*' | '_' | '~' | '`' => {
                // Inside a word these begin nothing, and identifiers can still be copied.
                if !before.is_some_and(char::is_alphanumeric) {
                    out.push(APART);
                }
                out.push(c);
            }
            c => out.push(c),
        }
        before = Some(c);
    }
    out
}
