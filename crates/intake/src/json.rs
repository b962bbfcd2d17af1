//! JSON as a door has to read it: nothing is lost silently.
//!
//! A name that stands twice in an object is refused rather than overwritten, and a number is kept
//! as the word for what it is, since no field has such a value.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::limits::{LIST_ITEMS_MAX, OBJECT_NAMES_MAX};
use crate::words::shown;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    /// `null`.
    Null,
    /// A string.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
    /// An object: names are unique, in the order in which they stand.
    Object(Vec<(String, Json)>),
    /// A number; its value is of no use to anybody.
    Number,
    /// A list.
    List(Vec<Json>),
}

impl Json {
    /// Reads one JSON value and nothing after it. `bytes` are bounded by the caller.
    ///
    /// # Errors
    ///
    /// Words that follow "the body": where it stops being UTF-8, or JSON.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| format!("is not UTF-8 from byte {} on", error.valid_up_to()))?;
        serde_json::from_str(text).map_err(|error| format!("is not valid JSON: {error}"))
    }

    /// The word for what the value is.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Text(_) => "text",
            Self::Flag(_) => "true or false",
            Self::Object(_) => "an object",
            Self::Number => "a number",
            Self::List(_) => "a list",
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Flag(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            if list.len() == LIST_ITEMS_MAX {
                let why = format!("a list has more than {LIST_ITEMS_MAX} items");
                return Err(A::Error::custom(why));
            }
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object: Vec<(String, Json)> = Vec::new();
        while let Some(name) = entries.next_key::<String>()? {
            if object.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format!(
                    "the name {} stands twice",
                    shown(&name)
                )));
            }
            if object.len() == OBJECT_NAMES_MAX {
                let why = format!("an object has more than {OBJECT_NAMES_MAX} names");
                return Err(A::Error::custom(why));
            }
            object.push((name, entries.next_value()?));
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_kind() {
        let json = Json::parse(br#"{"a":"b","c":[1,{"d":2}],"e":1.5,"f":null,"g":true}"#).unwrap();
        let Json::Object(object) = json else {
            panic!("an object")
        };
        let kinds: Vec<&str> = object.iter().map(|(_, value)| value.kind()).collect();
        assert_eq!(
            kinds,
            ["text", "a list", "a number", "null", "true or false"]
        );
    }

    #[test]
    fn what_is_no_json_says_where() {
        for (bytes, why) in [
            (&b"\xff"[..], "is not UTF-8 from byte 0 on"),
            (b"{\"a\":\xc3\x28}", "is not UTF-8 from byte 5 on"),
            (b"", "is not valid JSON: EOF"),
            (
                b"{\"a\":1}x",
                "is not valid JSON: trailing characters at line 1 column 8",
            ),
            (
                b"{\"a\":1,\"a\":2}",
                "is not valid JSON: the name `a` stands twice",
            ),
            (br#"{"a":"\ud800"}"#, "is not valid JSON: "),
            (
                b"{\"a\":\"b",
                "is not valid JSON: EOF while parsing a string",
            ),
        ] {
            let error = Json::parse(bytes).unwrap_err();
            assert!(error.starts_with(why), "{error}");
        }
    }

    #[test]
    fn neither_depth_nor_width_is_unbounded() {
        let deep = "{\"a\":".repeat(100_000);
        assert!(
            Json::parse(deep.as_bytes())
                .unwrap_err()
                .contains("recursion limit")
        );
        let names: Vec<String> = (0..=OBJECT_NAMES_MAX)
            .map(|n| format!("\"n{n}\":1"))
            .collect();
        let wide = format!("{{{}}}", names.join(","));
        assert!(
            Json::parse(wide.as_bytes())
                .unwrap_err()
                .contains("more than 256 names")
        );
        let long = format!("[{}1]", "1,".repeat(LIST_ITEMS_MAX));
        assert!(
            Json::parse(long.as_bytes())
                .unwrap_err()
                .contains("more than 128 items")
        );
    }
}
