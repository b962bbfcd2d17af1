//! Reading the query language.

use super::error::{QueryError, cut};
use super::{Field, Filter, words};
use crate::limits;

/// Words that may stand between pairs.
const BETWEEN: [&str; 5] = ["and", "&&", "且", "并且", "和"];
/// The marks of quotations, each with the one that ends it.
const QUOTES: [(char, char); 6] = [
    ('"', '"'),
    ('\'', '\''),
    ('“', '”'),
    ('‘', '’'),
    ('「', '」'),
    ('『', '』'),
];

/// Reads a query: which tickets are wanted. An empty one wants all.
///
/// # Errors
///
/// [`QueryError`], with the nearest known word where there is one.
///
/// ```
/// use posthouse_desk::{Field, parse_query};
///
/// let filter = parse_query("status=待处理 and customer=\"ACME GmbH\"").unwrap();
/// assert_eq!(filter.stages().len(), 3);
/// assert_eq!(filter.values(Field::Customer), ["ACME GmbH"]);
/// assert!(parse_query("stats=new").unwrap_err().to_string().contains("`status`"));
/// ```
pub fn parse_query(text: &str) -> Result<Filter, QueryError> {
    if text.len() > limits::QUERY_BYTES_MAX {
        return Err(QueryError::TooMuch {
            unit: "bytes",
            limit: limits::QUERY_BYTES_MAX,
        });
    }
    let mut filter = Filter::default();
    let mut rest = Rest(text);
    loop {
        rest.skip(is_between);
        if rest.0.is_empty() {
            return Ok(filter);
        }
        let word = rest.take(|c| !is_between(c) && !is_equals(c));
        let after_word = rest.0;
        rest.skip(char::is_whitespace);
        if !rest.0.starts_with(is_equals) {
            rest.0 = after_word;
            if BETWEEN.contains(&word.to_lowercase().as_str()) {
                continue;
            }
            return Err(no_key(word));
        }
        rest.skip(is_equals);
        rest.skip(char::is_whitespace);
        if word.is_empty() {
            return Err(no_key(rest.take(|c| !is_between(c))));
        }
        let field = Field::named(word, &[])?;
        match rest.value(word)? {
            Given::Quoted(value) => filter.add(field, value)?,
            Given::Plain("") => return Err(QueryError::NoValue { key: cut(word) }),
            Given::Plain(value) => filter.add_list(field, value, &['|', '｜'])?,
        }
    }
}

/// A value as it was given.
enum Given<'t> {
    Plain(&'t str),
    Quoted(&'t str),
}

/// What is yet to be read.
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    fn skip(&mut self, wanted: fn(char) -> bool) {
        self.0 = self.0.trim_start_matches(wanted);
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let end = self.0.find(|c| !wanted(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    fn value(&mut self, key: &str) -> Result<Given<'t>, QueryError> {
        let quote = QUOTES
            .into_iter()
            .find(|(open, _)| self.0.starts_with(*open));
        let Some((open, close)) = quote else {
            return Ok(Given::Plain(self.take(|c| !is_between(c))));
        };
        let inside = &self.0[open.len_utf8()..];
        let end = inside
            .find(close)
            .ok_or_else(|| QueryError::Unclosed { key: cut(key) })?;
        self.0 = &inside[end + close.len_utf8()..];
        Ok(Given::Quoted(&inside[..end]))
    }
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | '，' | '、' | '；')
}

fn is_equals(c: char) -> bool {
    matches!(c, '=' | '＝')
}

fn no_key(word: &str) -> QueryError {
    let hint = if Field::find(word).is_some() {
        return QueryError::NoValue { key: cut(word) };
    } else if words::is_stage(word) {
        format!("did you mean `state={word}`?")
    } else if words::is_severity(word) {
        format!("did you mean `severity={word}`?")
    } else {
        format!("to look for it in texts write `text={}`", cut(word))
    };
    QueryError::NoKey {
        word: cut(word),
        hint,
    }
}
