//! The pages behind links: what is about to be done, and what came of it.

use html_escape::{encode_double_quoted_attribute, encode_text};
use posthouse_domain::notify::LinkAction;
use unic_langid::LanguageIdentifier;

use crate::form::Direction;
use crate::limits::LANGUAGES_MAX;
use crate::templates::{LAST_LANGUAGE, Templates};

/// What a page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// This is about to be done: do you want that?
    Ask,
    /// It is done.
    Done,
    /// It was done before.
    Again,
    /// The link has expired.
    Late,
    /// The link is none of ours, or not whole.
    Wrong,
    /// It cannot be done now.
    Away,
}

impl Said {
    /// The phrase for it.
    const fn phrase(self) -> &'static str {
        match self {
            Self::Ask => "page-ask",
            Self::Done => "page-done",
            Self::Again => "page-again",
            Self::Late => "page-late",
            Self::Wrong => "page-wrong",
            Self::Away => "page-away",
        }
    }
}

/// What a link does, in the first of the languages in which it can be said.
#[must_use]
pub fn label(templates: &Templates, action: LinkAction, languages: &[&str]) -> String {
    let said = templates.phrase(&format!("link-{}", action.as_str()), languages);
    if said.is_empty() {
        action.as_str().replace('_', " ")
    } else {
        said
    }
}

/// A whole HTML page, without scripts, that refers to nothing outside it. The question has a
/// button that posts to the address of the page itself.
#[must_use]
pub fn page(
    templates: &Templates,
    languages: &[&str],
    about: Option<(LinkAction, &str)>,
    said: Said,
) -> String {
    let language = templates.spoken(said.phrase(), languages);
    let phrase = templates.phrase(said.phrase(), languages);
    let title = about.map_or_else(
        || "Posthouse".to_owned(),
        |(action, number)| format!("{} – {number}", label(templates, action, languages)),
    );
    let button = match said {
        Said::Ask => {
            let label = templates.phrase("page-confirm", languages);
            let label = encode_text(&label).into_owned();
            format!("<form method=\"post\"><button type=\"submit\">{label}</button></form>\n")
        }
        _ => String::new(),
    };
    let tag = language.as_deref().unwrap_or(LAST_LANGUAGE);
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\" dir=\"{}\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\n\
         <body style=\"font-family:system-ui,sans-serif;margin:3em auto;max-width:30em\">\n\
         <h1><bdi>{title}</bdi></h1>\n<p>{}</p>\n{button}</body>\n</html>\n",
        encode_double_quoted_attribute(tag),
        Direction::of(tag).as_str(),
        encode_text(&phrase),
        title = encode_text(&title),
    )
}

/// The languages of an `Accept-Language` header, the best first; of equal ones, the first. Those
/// that are not wanted (`q=0`), and those whose weight cannot be read, are left out.
///
/// Source: RFC 9110, sections 12.4.2 (weights) and 12.5.4. Fluent's own reader passes weights over.
#[must_use]
pub fn accepted(header: &str) -> Vec<String> {
    let items = header.split(',').take(LANGUAGES_MAX);
    let mut languages: Vec<(f32, LanguageIdentifier)> = items
        .filter_map(|item| {
            let (tag, parameters) = item.split_once(';').unwrap_or((item, ""));
            let weight = weight(parameters).filter(|weight| *weight > 0.0)?;
            Some((weight, tag.trim().parse().ok()?))
        })
        .collect();
    languages.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let tags = languages.iter().map(|(_, tag)| tag.to_string());
    tags.collect()
}

/// The weight that the parameters of a language say, from 0 to 1; 1 where they say none.
fn weight(parameters: &str) -> Option<f32> {
    let mut named = parameters.split(';').filter_map(|it| it.split_once('='));
    let said = named.find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    let Some((_, said)) = said else {
        return Some(1.0);
    };
    let weight: f32 = said.trim().parse().ok()?;
    (0.0..=1.0).contains(&weight).then_some(weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates() -> Templates {
        let ar = "page-ask = هل؟\npage-confirm = <نعم>\nlink-take_over = تولّي\n";
        Templates::new([("ar", ar), ("en", "page-done = Done.\n")])
    }

    #[test]
    fn only_the_question_has_a_button_and_nothing_becomes_markup() {
        let about = Some((LinkAction::TakeOver, "<CN-1>"));
        let asked = page(&templates(), &["ar"], about, Said::Ask);
        assert!(asked.contains("lang=\"ar\" dir=\"rtl\""), "{asked}");
        assert!(
            asked.contains("&lt;CN-1&gt;") && asked.contains("&lt;نعم&gt;"),
            "{asked}"
        );
        assert_eq!(asked.matches("<form").count(), 1);
        let done = page(&templates(), &["ar"], about, Said::Done);
        assert!(done.contains("lang=\"en\" dir=\"ltr\""), "{done}");
        assert!(!done.contains("<form"), "{done}");
    }

    #[test]
    fn browsers_say_what_they_read() {
        assert_eq!(accepted("de-AT;q=0.5, zh, *;q=0.1")[0], "zh");
        assert_eq!(accepted("de-AT;q=0.5, zh")[1], "de-AT");
        assert!(accepted(&"de,".repeat(500)).len() <= LANGUAGES_MAX);
        assert_eq!(accepted("\u{0}\u{ff}"), [""; 0]);
        assert_eq!(
            accepted("fr;q=0, ko; Q=0.2, ja;q=nan, es;q=2, it, en;q=1"),
            ["it", "en", "ko"]
        );
    }
}
