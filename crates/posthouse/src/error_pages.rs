//! The pages of error codes, `docs/errors`, as they were when this program was built.
//!
//! A program that is read at night explains itself: without a network, without a checkout, and
//! in the words of its own version.

use crate::words;

/// Every code and the text of its page, in the order of the codes.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/error_pages.rs"));

/// What is known about an error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// The code, such as `NTF0001`.
    pub(crate) code: &'static str,
    /// The page, in Markdown.
    pub(crate) text: &'static str,
}

impl Page {
    /// What the code means, in a few words: the heading of the page.
    pub(crate) fn title(self) -> &'static str {
        let heading = self.text.lines().next().unwrap_or_default();
        heading
            .split_once(": ")
            .map_or(heading, |(_, title)| title.trim())
    }
}

/// All pages, in the order of their codes.
pub(crate) fn all() -> impl Iterator<Item = Page> {
    PAGES.iter().map(|&(code, text)| Page { code, text })
}

/// The page of a code, which may be written in small letters and in the brackets of a message.
pub(crate) fn find(word: &str) -> Option<Page> {
    let word = bare(word);
    all().find(|page| page.code.eq_ignore_ascii_case(word))
}

/// The code that was probably meant.
pub(crate) fn nearest(word: &str) -> Option<&'static str> {
    words::nearest(bare(word), PAGES.iter().map(|&(code, _)| code))
}

/// The first code in a message for people, by what encloses it: `(BUS0001)`, `NTF0001:`.
pub(crate) fn code_in(message: &str) -> Option<&'static str> {
    let words = message.split(|letter: char| !letter.is_ascii_alphanumeric());
    let mut codes = words.filter_map(|word| all().find(|page| page.code == word));
    codes.next().map(|page| page.code)
}

fn bare(word: &str) -> &str {
    word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pages are those of the folder, and each begins with its code.
    #[test]
    fn every_page_is_there_and_has_a_title() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors");
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(all().count(), files);
        for page in all() {
            let heading = format!("# {}: {}\n", page.code, page.title());
            assert!(page.text.starts_with(&heading), "{}", page.code);
            assert!(!page.title().is_empty(), "{}", page.code);
        }
    }

    #[test]
    fn a_code_is_found_as_it_was_printed() {
        for word in ["BUS0001", "bus0001", "(BUS0001)", "BUS0001:"] {
            assert_eq!(find(word).map(|page| page.code), Some("BUS0001"), "{word}");
        }
        assert_eq!(find("BUS"), None);
        assert_eq!(nearest("BUS00O1"), Some("BUS0001"));
        assert_eq!(nearest("something else"), None);
    }

    #[test]
    fn a_message_leads_to_its_page() {
        let told = "read the log: no server (BUS0001)";
        assert_eq!(code_in(told), Some("BUS0001"));
        assert_eq!(code_in("post: NTF0001: not public"), Some("NTF0001"));
        assert_eq!(code_in("find ticket CN-2026-000001 (XYZ0001)"), None);
    }
}
