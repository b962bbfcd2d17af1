//! Entry codes: what a caller dialled after the hotline says who calls.
//!
//! The telephone system sends the code as the attribute `entry_code`. Codes mean different things
//! to different organisations, so the table is the policy's. What the ticket says of itself by an
//! attribute outranks what its code says.

use serde::{Deserialize, Serialize};

use crate::ticket::Attributes;

/// The attribute that holds what was dialled.
pub(super) const CODE: &str = "entry_code";
/// The attribute that holds the customer's industry.
const INDUSTRY: &str = "industry";
/// The attribute that holds what the customer does with the product.
const SCENE: &str = "scene";

/// The entry codes of an organisation, in order: the first that matches counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries(pub Vec<Entry>);

/// What an entry code says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which codes it is about.
    pub matches: Matches,
    /// The segment of customers who have it.
    pub segment: String,
    /// Whether these are very important customers.
    pub vip: bool,
    /// Their industry; empty where it says none.
    pub sector: String,
    /// What they do with the product; empty where it says nothing.
    pub scene: String,
}

/// Which codes an entry is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matches {
    /// This one.
    Code(String),
    /// All of so many digits.
    Digits(u8),
}

/// Who calls. Empty texts mean "not known".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caller<'a> {
    /// The segment of customers.
    pub segment: &'a str,
    /// Whether it is a very important customer's line.
    pub vip: bool,
    /// The industry.
    pub sector: &'a str,
    /// What the customer does with the product.
    pub scene: &'a str,
}

impl Entries {
    /// Who calls, by the ticket's attributes.
    #[must_use]
    pub fn caller<'a>(&'a self, attributes: &'a Attributes) -> Caller<'a> {
        let said = |name: &str| attributes.get(name).map_or("", String::as_str);
        let code = said(CODE);
        let entry = self.0.iter().find(|entry| entry.matches.is_met(code));
        let caller = entry.map_or_else(Caller::default, |entry| Caller {
            segment: &entry.segment,
            vip: entry.vip,
            sector: &entry.sector,
            scene: &entry.scene,
        });
        Caller {
            sector: or(said(INDUSTRY), caller.sector),
            scene: or(said(SCENE), caller.scene),
            ..caller
        }
    }
}

const fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

impl Matches {
    fn is_met(&self, dialled: &str) -> bool {
        match self {
            Self::Code(code) => !dialled.is_empty() && code == dialled,
            Self::Digits(digits) => {
                dialled.len() == usize::from(*digits)
                    && dialled.bytes().all(|byte| byte.is_ascii_digit())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(matches: Matches, segment: &str, vip: bool) -> Entry {
        Entry {
            matches,
            segment: segment.to_owned(),
            vip,
            sector: if vip {
                String::new()
            } else {
                "finance".to_owned()
            },
            scene: String::new(),
        }
    }

    #[test]
    fn the_first_entry_that_matches_says_who_calls() {
        let entries = Entries(vec![
            entry(Matches::Code("8899".to_owned()), "finance", false),
            entry(Matches::Digits(4), "other", false),
            entry(Matches::Digits(8), "vip", true),
        ]);
        let caller = |code: &str| {
            let attributes = Attributes::from([(CODE.to_owned(), code.to_owned())]);
            let caller = entries.caller(&attributes);
            (caller.segment.to_owned(), caller.vip)
        };
        assert_eq!(caller("8899"), ("finance".to_owned(), false));
        assert_eq!(caller("7654"), ("other".to_owned(), false));
        assert_eq!(caller("12345678"), ("vip".to_owned(), true));
        assert_eq!(caller("1234567x"), (String::new(), false));
        assert_eq!(caller(""), (String::new(), false));
    }

    #[test]
    fn what_the_ticket_says_of_itself_outranks_its_code() {
        let entries = Entries(vec![entry(Matches::Digits(4), "line", false)]);
        let attributes = Attributes::from([
            (CODE.to_owned(), "8899".to_owned()),
            (INDUSTRY.to_owned(), "medical".to_owned()),
        ]);
        let caller = entries.caller(&attributes);
        assert_eq!((caller.segment, caller.sector), ("line", "medical"));
    }
}
