//! Policy bundles: what an organisation promises and how it works, as files.
//!
//! A bundle is a folder of TOML files (regions, calendars, SLA policies, routing rules,
//! receivers, taxonomy) and of iCalendar files with holidays. [`Source`] holds its text,
//! [`compile`] turns the text into a [`Policy`] that the services decide by, or into
//! [`Diagnostic`]s that show file, line, column and a hint. All problems of a bundle are
//! reported at once, as far as one does not hide another.
//!
//! Conditions are CEL expressions, compiled and tried when the bundle is loaded. The format is
//! described in `docs/policy.md`.
//!
//! This crate reads folders and nothing else: no network, no clock, no environment.
//!
//! # Invariants
//!
//! - No bundle text makes it panic.
//! - A bundle that compiles names nothing that is not there: each calendar, centre, region and
//!   receiver that is referred to exists, and each promise can be kept within the horizon.
//! - Equal files give equal versions on every machine; any changed byte gives another one.

mod condition;
mod coverage;
mod diagnostic;
mod diff;
mod file;
mod ics;
pub mod limits;
mod lint;
mod policy;
mod read;
mod render;
mod report;
mod shipped;
mod source;

pub use condition::{FIELDS, Field, Kind, Known};
pub use coverage::{Gap, coverage};
pub use diagnostic::{Code, Diagnostic, Severity};
pub use diff::{Change, Difference, diff};
pub use policy::{Policy, compile};
pub use render::render;
pub use shipped::SHIPPED;
pub use source::{Error, Source};
