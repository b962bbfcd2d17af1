//! HTML for e-mail: one document, its styles inline, nothing fetched from elsewhere.

use std::fmt::Write as _;

use html_escape::{encode_double_quoted_attribute, encode_text};

use super::direction::{Direction, FSI, PDI};
use super::plain::subject;
use crate::notice::{Field, Link, Notice};

const BODY: &str =
    "font-family:system-ui,sans-serif;font-size:15px;line-height:1.5;color:#1a1a1a;max-width:40em";
const LABEL: &str =
    "text-align:start;font-weight:normal;color:#666;padding-inline-end:1em;vertical-align:top";
const BUTTON: &str = "display:inline-block;margin:0 .5em .5em 0;padding:.4em .9em;border:1px solid #1a5fb4;border-radius:4px;color:#1a5fb4;text-decoration:none";

/// The notice as a whole document.
pub(crate) fn html(notice: &Notice) -> String {
    let mut page = String::from("<!DOCTYPE html>\n<html");
    if !notice.language.is_empty() {
        let language = encode_double_quoted_attribute(&notice.language);
        write!(page, " lang=\"{language}\"").expect("text takes any text");
    }
    let direction = Direction::of(&notice.language).as_str();
    let title = subject(notice);
    write!(
        page,
        " dir=\"{direction}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n<body style=\"{BODY}\">\n",
        encode_text(&title)
    )
    .expect("text takes any text");
    for paragraph in notice.text.split("\n\n").filter(|text| !text.is_empty()) {
        writeln!(page, "<p dir=\"auto\">{}</p>", inline(paragraph)).expect("text takes any text");
    }
    page.push_str(&table(&notice.fields));
    page.push_str(&buttons(&notice.links));
    page.push_str("</body>\n</html>\n");
    page
}

/// Text inside a paragraph: escaped, lines kept, values in elements that isolate their
/// direction. A mark without its partner is left out.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut open = 0_usize;
    for part in text.split_inclusive([FSI, PDI, '\n']) {
        let words = part.trim_end_matches([FSI, PDI, '\n']);
        out.push_str(&encode_text(words));
        match part.chars().next_back() {
            Some(FSI) => {
                open += 1;
                out.push_str("<bdi>");
            }
            Some(PDI) if open > 0 => {
                open -= 1;
                out.push_str("</bdi>");
            }
            Some('\n') => out.push_str("<br>\n"),
            _ => {}
        }
    }
    out.push_str(&"</bdi>".repeat(open));
    out
}

fn table(fields: &[Field]) -> String {
    if fields.is_empty() {
        return String::new();
    }
    let rows: String = fields
        .iter()
        .map(|field| {
            format!(
                "<tr><th style=\"{LABEL}\">{}</th><td>{}</td></tr>\n",
                inline(&field.label),
                inline(&field.value)
            )
        })
        .collect();
    format!("<table role=\"presentation\">\n{rows}</table>\n")
}

fn buttons(links: &[Link]) -> String {
    if links.is_empty() {
        return String::new();
    }
    let links: String = links
        .iter()
        .map(|link| {
            format!(
                "<a style=\"{BUTTON}\" href=\"{}\">{}</a>\n",
                encode_double_quoted_attribute(&link.url),
                inline(&link.label)
            )
        })
        .collect();
    format!("<p>{links}</p>\n")
}
