//! Information: what a category asks for and the text does not give.
//!
//! Each piece of information has patterns; one that matches anywhere is enough. An attribute of
//! the ticket with the key of the piece gives it too, whatever its value.
//!
//! Only what the ticket's category asks for is looked for, one pattern after the other: a set of
//! all patterns at once is slower, since it cannot skip ahead to a literal.
//!
//! Patterns see the text [folded](crate::fold): in lower case, with western digits, narrow forms
//! and no accents. They may still be written in any case. Write `[0-9]`, not `\d`, and
//! `(?-u:\b)`, not `\b`: the short forms mean every digit and letter of Unicode, which is slower
//! and, beside Chinese, not what one means: there `\b` sees no boundary between `点` and `3`.

use std::collections::BTreeMap;

use posthouse_domain::classify::Taxonomy;
use posthouse_domain::ticket::Attributes;
use regex::{Regex, RegexBuilder};

use crate::error::Error;
use crate::limits::{PATTERN_BYTES_MAX, PATTERNS_MAX};

/// The patterns of all pieces of information, and who asks for what.
#[derive(Debug)]
pub(crate) struct Information {
    patterns: BTreeMap<String, Vec<Regex>>,
    required: BTreeMap<String, Vec<String>>,
}

impl Information {
    /// Compiles the patterns.
    ///
    /// # Errors
    ///
    /// - [`Error::TooManyPatterns`] above [`PATTERNS_MAX`].
    /// - [`Error::Pattern`] for one that is no regular expression or compiles to more than
    ///   [`PATTERN_BYTES_MAX`].
    /// - [`Error::InformationUnknown`] when a category asks for a piece that has no patterns.
    pub(crate) fn compile(taxonomy: &Taxonomy) -> Result<Self, Error> {
        let count = taxonomy
            .information
            .iter()
            .map(|piece| piece.patterns.len())
            .sum();
        if count > PATTERNS_MAX {
            return Err(Error::TooManyPatterns { count });
        }
        let mut patterns: BTreeMap<String, Vec<Regex>> = BTreeMap::new();
        for piece in &taxonomy.information {
            for pattern in &piece.patterns {
                let regex = compile(&format!("information {}", piece.key), pattern)?;
                patterns.entry(piece.key.clone()).or_default().push(regex);
            }
        }
        for (category, keys) in &taxonomy.required {
            if let Some(key) = keys.iter().find(|key| !patterns.contains_key(*key)) {
                let category = category.clone();
                return Err(Error::InformationUnknown {
                    category,
                    key: key.clone(),
                });
            }
        }
        Ok(Self {
            patterns,
            required: taxonomy.required.clone(),
        })
    }

    /// What a text, which is folded, says of one piece of information.
    pub(crate) fn seen(&self, key: &str, text: &str) -> Option<String> {
        let mut patterns = self.patterns.get(key)?.iter();
        let found = patterns.find_map(|pattern| pattern.find(text))?;
        Some(found.as_str().to_owned())
    }

    /// What `category` asks for and neither `text`, which is folded, nor an attribute gives; in
    /// the order of the taxonomy.
    pub(crate) fn missing(
        &self,
        category: &str,
        text: &str,
        attributes: &Attributes,
    ) -> Vec<String> {
        let Some(required) = self.required.get(category) else {
            return Vec::new();
        };
        let is_missing = |key: &&String| {
            !attributes.contains_key(*key)
                && !self.patterns[*key]
                    .iter()
                    .any(|pattern| pattern.is_match(text))
        };
        required.iter().filter(is_missing).cloned().collect()
    }
}

/// Compiles a pattern; `owner` is what errors call that which has it.
///
/// # Errors
///
/// [`Error::Pattern`].
pub(crate) fn compile(owner: &str, pattern: &str) -> Result<Regex, Error> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(PATTERN_BYTES_MAX)
        .build()
        .map_err(|source| Error::Pattern {
            owner: owner.to_owned(),
            pattern: pattern.to_owned(),
            source: Box::new(source),
        })
}

#[cfg(test)]
mod tests {
    use posthouse_domain::classify;

    use super::*;
    use crate::fold::fold;

    fn taxonomy(patterns: &[&str]) -> Taxonomy {
        Taxonomy {
            information: vec![classify::Information {
                key: "time".to_owned(),
                patterns: patterns.iter().map(|&pattern| pattern.to_owned()).collect(),
                questions: BTreeMap::new(),
            }],
            required: [("network".to_owned(), vec!["time".to_owned()])].into(),
            ..Taxonomy::default()
        }
    }

    #[test]
    fn asks_only_for_what_the_category_wants_and_the_ticket_lacks() {
        let patterns = [
            "(?-u:\\b)[0-9]{1,2}:[0-9]{2}(?-u:\\b)",
            "今天",
            "Since Yesterday",
        ];
        let information = Information::compile(&taxonomy(&patterns)).unwrap();
        let missing = |category: &str, text: &str| {
            information.missing(category, &fold(text), &Attributes::new())
        };
        assert_eq!(missing("network", "it is slow"), ["time"]);
        assert!(missing("billing", "it is slow").is_empty());
        for text in [
            "从03:12开始",
            "０３：１２",
            "٠٣:١٢",
            "今天",
            "SINCE\nyesterday",
        ] {
            assert!(missing("network", text).is_empty(), "{text}");
        }
        assert_eq!(missing("network", "1:234"), ["time"]);
        let given = [("time".to_owned(), String::new())].into();
        assert!(information.missing("network", "", &given).is_empty());
    }

    #[test]
    fn bad_patterns_are_refused() {
        let refused = |taxonomy| Information::compile(&taxonomy).unwrap_err().code();
        assert_eq!(refused(taxonomy(&["("])), "CLS0007");
        assert_eq!(refused(taxonomy(&["(?:a{999}){999}"])), "CLS0007");
        assert_eq!(refused(taxonomy(&["a"; 1_001])), "CLS0006");
        assert_eq!(refused(taxonomy(&[])), "CLS0008");
    }
}
