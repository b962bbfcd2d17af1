//! The types that settings have: how their text is read from the environment, and how they are
//! shown.

use std::net::SocketAddr;
use std::path::PathBuf;

use figment::value::{Num, Value};
use ipnet::IpNet;
use serde::de::DeserializeOwned;

/// What kind of value a type is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// A share of a whole.
    Share,
    /// True or false.
    Flag,
    /// A list of texts.
    List,
}

/// A type that a setting may have.
pub(super) trait Setting: DeserializeOwned {
    /// How its values are written.
    const KIND: Kind;

    /// The value as it would stand in the file.
    fn show(&self) -> String;
}

impl Kind {
    /// The words for it in complaints.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a whole number",
            Self::Share => "a number",
            Self::Flag => "true or false",
            Self::List => "a list of texts",
        }
    }

    /// Whether `value` is of this kind.
    pub(super) fn fits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::String(..) | Value::Char(..)) | (Self::Flag, Value::Bool(..)) => {
                true
            }
            (Self::Number, Value::Num(_, number)) => !matches!(number, Num::F32(_) | Num::F64(_)),
            (Self::Share, Value::Num(..)) => true,
            (Self::List, Value::Array(_, items)) => items.iter().all(|item| Self::Text.fits(item)),
            _ => false,
        }
    }

    /// Reads the text of an environment variable, where everything is text: as this kind if it
    /// can be, else as it is, to be refused with its origin.
    pub(super) fn read(self, text: &str) -> Value {
        let text = text.trim();
        match self {
            Self::Text => Value::from(text),
            Self::Number => text
                .parse::<i64>()
                .map_or_else(|_| Value::from(text), Value::from),
            Self::Share => text
                .parse::<f64>()
                .map_or_else(|_| Value::from(text), Value::from),
            Self::Flag => text
                .parse::<bool>()
                .map_or_else(|_| Value::from(text), Value::from),
            Self::List => {
                let items = text
                    .split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty());
                Value::from(items.map(str::to_owned).collect::<Vec<_>>())
            }
        }
    }
}

/// The words for the type of a value in complaints.
pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::String(..) | Value::Char(..) => "text",
        Value::Bool(..) => "true or false",
        Value::Num(_, Num::F32(_) | Num::F64(_)) => "a number with a fraction",
        Value::Num(..) => "a whole number",
        Value::Dict(..) => "a table",
        Value::Array(_, items) if items.iter().all(|item| Kind::Text.fits(item)) => {
            "a list of texts"
        }
        Value::Array(..) => "a list of other things",
        Value::Empty(..) => "nothing",
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {
        $(impl Setting for $type {
            const KIND: Kind = Kind::Number;
            fn show(&self) -> String {
                self.to_string()
            }
        })*
    };
}

numbers!(u8, u16, u32, u64, usize);

impl Setting for bool {
    const KIND: Kind = Kind::Flag;
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for String {
    const KIND: Kind = Kind::Text;
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl Setting for PathBuf {
    const KIND: Kind = Kind::Text;
    fn show(&self) -> String {
        format!("{:?}", self.to_string_lossy())
    }
}

impl Setting for SocketAddr {
    const KIND: Kind = Kind::Text;
    fn show(&self) -> String {
        format!("\"{self}\"")
    }
}

impl Setting for Vec<String> {
    const KIND: Kind = Kind::List;
    fn show(&self) -> String {
        format!("{self:?}")
    }
}

impl Setting for Vec<IpNet> {
    const KIND: Kind = Kind::List;
    fn show(&self) -> String {
        let nets: Vec<String> = self.iter().map(ToString::to_string).collect();
        nets.show()
    }
}

impl<T: Setting> Setting for Option<T> {
    const KIND: Kind = T::KIND;
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "unset".to_owned(), T::show)
    }
}
