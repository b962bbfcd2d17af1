//! The query language: which tickets somebody means, as `key=value` pairs.
//!
//! ```text
//! status=待处理 severity=P0
//! state=new|queued, customer="ACME GmbH" and text=磁盘
//! ```
//!
//! Pairs stand side by side, or with `and` or a comma between; all of them must hold. Several
//! values of one key (with `|`, or the key given twice) are alternatives; several texts must all
//! be found. Keys and words are known by several names, in English and in Chinese; one word may
//! mean several states. A word that is not known is refused with the nearest one that is.

mod error;
mod field;
mod filter;
mod nearest;
mod parse;
mod words;

pub use error::QueryError;
pub(crate) use error::cut;
pub use field::Field;
pub use filter::{Filter, Stage};
pub use parse::parse_query;

pub(crate) use nearest::hint;
