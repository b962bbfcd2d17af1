//! Service levels: what was promised, and the instant at which the promise is broken.
//!
//! A *target* is working time; a *deadline* is an instant. [`calendar`] says when a desk
//! works, [`due`] walks a target through it, and [`vectors`] lets anybody check both with
//! worked examples of their own.
//!
//! Nothing here reads a clock or the host's time zones: instants are given, zones come from
//! the bundled database, so equal inputs give equal deadlines on every machine.

pub mod calendar;
pub mod clock;
pub mod compensation;
pub mod due;
mod error;
pub mod forecast;
pub mod history;
pub mod ladder;
pub mod ledger;
pub mod limits;
mod policy;
mod target;
pub mod vectors;
pub mod watch;

pub use calendar::{Calendar, Exception, Interval, Kind, Mode, Season, Spans, Week};
pub use due::{Pause, WorkingTime};
pub use error::Error;
pub use policy::{Choice, Choose, PauseRule, Sla, Slas, Warning};
pub use target::{Promise, Target};
