//! Deadlines, three times: as a reviewer reads them, as laws, and against a slow oracle.

mod golden;
mod oracle;
mod properties;
mod strategies;
