//! Rewriting of subjects between streams.

use crate::Error;
use crate::subject::matches;

/// How subjects that match a filter are rewritten.
pub(super) struct Transform {
    filter: String,
    tokens: Vec<Token>,
}

/// A token of a rewritten subject.
enum Token {
    /// As it is written.
    Literal(String),
    /// What the wildcard with this index (from 0) matched.
    Wildcard(usize),
}

impl Transform {
    /// Reads a filter and a destination, of which `{{wildcard(N)}}` is understood.
    pub(super) fn parse(filter: &str, destination: &str) -> Result<Self, Error> {
        let refused = |why: &str| Error::Refused {
            doing: format!("rewrite {filter} to {destination}"),
            code: 0,
            why: why.to_owned(),
        };
        let wildcards = filter.split('.').filter(|token| *token == "*").count();
        let tokens = destination
            .split('.')
            .map(|token| Token::parse(token).ok_or_else(|| refused("a token is not understood")))
            .collect::<Result<Vec<_>, _>>()?;
        let fits = tokens
            .iter()
            .all(|token| !matches!(token, Token::Wildcard(index) if *index >= wildcards));
        if !fits {
            return Err(refused("a wildcard is not in the filter"));
        }
        Ok(Self {
            filter: filter.to_owned(),
            tokens,
        })
    }

    /// What the first transform that matches makes of a subject.
    pub(super) fn first(transforms: &[Self], subject: &str) -> Option<String> {
        transforms.iter().find_map(|it| it.apply(subject))
    }

    fn apply(&self, subject: &str) -> Option<String> {
        if !matches(&self.filter, subject) {
            return None;
        }
        let wild: Vec<&str> = self
            .filter
            .split('.')
            .zip(subject.split('.'))
            .filter(|(wanted, _)| *wanted == "*")
            .map(|(_, token)| token)
            .collect();
        let tokens: Vec<&str> = self
            .tokens
            .iter()
            .map(|token| match token {
                Token::Literal(text) => text.as_str(),
                Token::Wildcard(index) => wild[*index],
            })
            .collect();
        Some(tokens.join("."))
    }
}

impl Token {
    fn parse(token: &str) -> Option<Self> {
        if !token.contains("{{") {
            return Some(Self::Literal(token.to_owned()));
        }
        let number = token.strip_prefix("{{wildcard(")?.strip_suffix(")}}")?;
        let index = number.parse::<usize>().ok()?.checked_sub(1)?;
        Some(Self::Wildcard(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_keep_their_numbers() {
        let it = Transform::parse(
            "ph.eu.*.notified.*",
            "ph.eu.courier.{{wildcard(2)}}.notified",
        )
        .unwrap();
        assert_eq!(
            it.apply("ph.eu.03.notified.07").as_deref(),
            Some("ph.eu.courier.07.notified")
        );
        assert_eq!(it.apply("ph.eu.03.opened.07"), None);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for bad in [
            "{{wildcard(0)}}",
            "{{wildcard(2)}}",
            "{{split(1,-)}}",
            "x{{wildcard(1)}}",
        ] {
            assert!(Transform::parse("a.*", bad).is_err(), "{bad}");
        }
    }
}
