//! A judge that cannot convict proves nothing: every kind of finding is planted in a log made by
//! hand, and a clean log passes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clean;
mod convicts;
mod deadlines;
mod follow_ups;
mod hands;
mod labels;
mod log;
mod minutes;
mod outside;
mod properties;
