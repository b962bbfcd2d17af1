//! Deadlines, three times: as a reviewer reads them, as laws, and against a slow oracle.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod golden;
mod oracle;
mod properties;
mod strategies;
