//! The views that ship: dashboards, rules, alerts and runbooks are about metrics that exist.
//!
//! Every expression of `deploy/prometheus` and `deploy/grafana` is parsed, each metric and label
//! it names is looked up in `docs/metrics.md` (which is made from the code), and what would
//! quietly be empty is refused: a rate of a gauge, a counter without a rate, two sides that share
//! no labels. Every alert has a runbook, and a story for `promtool` in which it fires and one in
//! which it must not.
//!
//! `promtool` is asked where it is to be had, as `.ci/run` sees to on Debian; where it is not, that
//! is a visible skip. What is checked without it is checked always. Nothing here
//! starts a process of the house.
#![expect(
    clippy::unwrap_used,
    reason = "a test that meets what it did not expect has failed"
)]

mod dashboards;
mod known;
mod promql;
mod promtool;
mod rules;
mod runbooks;
mod shipped;
