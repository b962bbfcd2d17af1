//! Texts for people: what is told of a fact, in the language of whoever is told, in the form
//! that their channel carries.
//!
//! A [`Notice`] is what is told, in one language and without any markup. [`Rendered`] is a
//! notice in the forms of channels: plain text, HTML, the Markdown dialects of four chats, SMS.
//! Whatever a customer or an agent wrote is a value in a notice; only this crate writes markup,
//! and it escapes every value for the form it goes into.
//!
//! This crate reads no file, no clock and no environment, and sends nothing.
//!
//! # Invariants
//!
//! - Equal notices have equal forms on every machine: plurals, dates and numbers come from data
//!   that is compiled in.
//! - No value becomes markup, a mention, a link or a command of the writing direction.
//! - Every form is bounded; see [`limits`].

pub mod check;
mod date;
mod digest;
mod form;
pub mod limits;
pub mod link;
mod notice;
mod number;
pub mod page;
mod rendered;
pub mod reply;
mod telling;
mod templates;
mod words;

pub use digest::Digest;
pub use form::{Dialect, Direction, Encoding, Sms};
pub use notice::{Field, Link, Notice};
pub use rendered::Rendered;
pub use telling::Telling;
pub use templates::{LAST_LANGUAGE, Templates};
