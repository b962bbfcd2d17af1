//! Real processes, told as stories: each test starts a region (or several processes of one),
//! does to it what customers, operators and accidents do, and says what must be true at the end.
//!
//! A region costs seconds and memory, so a story is long rather than repeated: what only asks
//! shares the region with what went before.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets what it did not expect has failed"
)]

mod agents;
mod bad_messages;
mod bad_requests;
mod bundles;
mod collector;
mod demo;
mod hostile;
mod killed_server;
mod killed_up;
mod learning;
mod load;
mod metrics;
mod minutes;
mod road;
mod roles;
mod rotel;
mod subjects;
mod traces;
mod verdict;
mod webhooks;
