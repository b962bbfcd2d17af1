//! The forms of a notice, one file each. Each escapes what it is given for its own form.

mod direction;
mod html;
mod markdown;
mod plain;
mod sms;

pub use direction::Direction;
pub use markdown::Dialect;
pub use sms::{Encoding, Sms};

pub(crate) use direction::{FSI, PDI, turns, without_commands};
pub(crate) use html::html;
pub(crate) use markdown::markdown;
pub(crate) use plain::{plain, subject};
pub(crate) use sms::sms;
