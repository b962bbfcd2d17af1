//! Plain text: e-mail without HTML, the console, other systems.

use posthouse_domain::limits::cut;

use super::direction::isolated;
use crate::limits::SUBJECT_CHARS_MAX;
use crate::notice::Notice;

/// The subject as one line.
pub(crate) fn subject(notice: &Notice) -> String {
    let line: Vec<&str> = notice.subject.split_whitespace().collect();
    let line: String = line.join(" ").chars().filter(|c| !c.is_control()).collect();
    isolated(&cut(&line, SUBJECT_CHARS_MAX))
}

/// Everything but the subject, block by block.
pub(crate) fn plain(notice: &Notice) -> String {
    let fields = notice.fields.iter();
    let fields: Vec<String> = fields
        .map(|field| format!("{}: {}", field.label, field.value))
        .collect();
    let links = notice.links.iter();
    let links: Vec<String> = links
        .map(|link| format!("{}: {}", link.label, link.url))
        .collect();
    let blocks = [notice.text.clone(), fields.join("\n"), links.join("\n")];
    let blocks: Vec<String> = blocks
        .into_iter()
        .filter(|block| !block.is_empty())
        .collect();
    isolated(&blocks.join("\n\n"))
}
