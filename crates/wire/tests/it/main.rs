//! What travels comes back the same, and what is wrong is refused with a reason.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod codes;
mod golden;
mod refusals;
mod round_trip;
mod samples;
