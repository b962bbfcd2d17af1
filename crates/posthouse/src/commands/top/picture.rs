//! What a deployment does, in figures. This is what `--json` prints.
//!
//! What nobody told is `None`, never zero: a process that is away, or of a version that does not
//! count it, must not look idle. What is split up by an outcome appears with the first one
//! (`docs/metrics.md`); there, where the role that counts is heard of, nothing told is nothing
//! happened.

use std::collections::BTreeSet;

use posthouse_bus::Role;
use posthouse_domain::Timestamp;
use serde::Serialize;

use super::figures::whole_number;
use super::source::{Desk, Stats};
use crate::scrape::{Labels, Span, names};

/// States in which nobody owes anything for a ticket any more.
const DONE: [&str; 2] = ["resolved", "closed"];
/// Severities, the worst first.
pub(super) const SEVERITIES: [&str; 4] = ["P0", "P1", "P2", "P3"];
/// The share of what happened that a time is given for.
const MOST: f64 = 0.99;

/// A deployment, between two readings.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Picture {
    /// When it was read.
    pub(super) at: Timestamp,
    /// Every process that was asked.
    pub(super) processes: Vec<Process>,
    /// Every region that was heard of, in the order of their keys.
    pub(super) regions: Vec<Region>,
    /// Every role of every region, in the order of a ticket's road.
    pub(super) stages: Vec<Stage>,
    /// How spans and metrics leave the processes.
    pub(super) telemetry: Telemetry,
}

/// A process that was asked for its metrics.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Process {
    /// Where it is.
    pub(super) url: String,
    /// Whether it answered.
    pub(super) up: bool,
    /// Why it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
}

/// One region.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Region {
    /// Its key.
    pub(super) region: String,
    /// Tickets that are neither resolved nor closed, as the desk counts.
    pub(super) open: Option<u64>,
    /// Commands accepted a second.
    pub(super) accepted_per_s: Option<f64>,
    /// Within this, in seconds, 99 % were routed that were accepted.
    pub(super) routed_p99_s: Option<f64>,
    /// Notifications that reached somebody, a second.
    pub(super) told_per_s: Option<f64>,
    /// Tickets that wait for an agent.
    pub(super) waiting: Option<u64>,
    /// Agents who take new tickets.
    pub(super) agents: Option<u64>,
    /// Commands that wait on disk for the log.
    pub(super) outbox: Option<u64>,
    /// Dead letters that nobody dealt with, as the desk counts.
    pub(super) dead_letters: Option<u64>,
    /// Promises.
    pub(super) targets: Targets,
}

/// What became of promises since the processes began.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Targets {
    /// Kept.
    pub(super) met: Option<u64>,
    /// Missed.
    pub(super) breached: Option<u64>,
    /// Missed, by severity from P0 on.
    pub(super) breached_by_severity: [Option<u64>; 4],
    /// How often a second one is missed.
    pub(super) breached_per_s: Option<f64>,
    /// Within this, in seconds, 99 % of timers rang after their due time.
    pub(super) ring_late_p99_s: Option<f64>,
}

/// A role in a region.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Stage {
    /// The region.
    pub(super) region: String,
    /// The role.
    pub(super) role: &'static str,
    /// Facts taken in, a second.
    pub(super) inputs_per_s: Option<f64>,
    /// Messages sent to the log, a second.
    pub(super) outputs_per_s: Option<f64>,
    /// Messages that were not delivered yet.
    pub(super) lag: Option<u64>,
    /// How long, in seconds, the oldest fact waits that was not taken in.
    pub(super) oldest_s: Option<f64>,
    /// Within this, in seconds, 99 % were decided.
    pub(super) decide_p99_s: Option<f64>,
    /// What is under way.
    pub(super) busy: Option<u64>,
    /// Most that may be.
    pub(super) busy_max: Option<u64>,
    /// What was delivered again, a second.
    pub(super) redelivered_per_s: Option<f64>,
    /// Set aside as dead letters since the processes began.
    pub(super) dead_letters: Option<u64>,
    /// Partitions taken over since the processes began.
    pub(super) takeovers: Option<u64>,
}

/// How spans leave the processes; nothing is known where telemetry is off.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Telemetry {
    /// Spans made, a second.
    pub(super) spans_per_s: Option<f64>,
    /// Spans dropped since the processes began.
    pub(super) dropped: Option<u64>,
    /// Spans that wait to be sent.
    pub(super) queue: Option<u64>,
    /// Most that may wait.
    pub(super) queue_max: Option<u64>,
}

/// What two readings and the desk make of a deployment. `only` names the regions to show; empty
/// means all.
pub(super) fn picture(
    at: Timestamp,
    addresses: &[String],
    span: Span<'_>,
    desk: &Desk,
    only: &[String],
) -> Picture {
    let mut keys = regions(span, desk);
    keys.retain(|key| only.is_empty() || only.contains(key));
    Picture {
        at,
        processes: processes(addresses, span),
        regions: keys
            .iter()
            .map(|key| region(key, span, desk.get(key)))
            .collect(),
        stages: keys.iter().flat_map(|key| stages(key, span)).collect(),
        telemetry: telemetry(span),
    }
}

fn processes(addresses: &[String], span: Span<'_>) -> Vec<Process> {
    let said = addresses.iter().zip(span.now.pages());
    said.map(|(url, page)| Process {
        url: url.clone(),
        up: page.is_ok(),
        why: page.err().map(str::to_owned),
    })
    .collect()
}

/// Every region that a process or the desk speaks of.
fn regions(span: Span<'_>, desk: &Desk) -> BTreeSet<String> {
    let told = span.now.told().flat_map(|page| {
        [names::LAG, names::OUTBOX_MAX, names::DESK_QUEUE_MAX]
            .into_iter()
            .flat_map(|name| page.words(name, "region"))
    });
    told.map(str::to_owned)
        .chain(desk.keys().cloned())
        .collect()
}

fn region(key: &str, span: Span<'_>, desk: Option<&Stats>) -> Region {
    let here: Labels<'_> = &[("region", key)];
    let now = span.now;
    let delivered: Labels<'_> = &[("region", key), ("outcome", "delivered")];
    let told =
        played(key, Role::Courier, span).and_then(|()| begun(span, names::NOTIFIED, delivered));
    let open = |stats: &Stats| {
        let states = stats.by_state.iter();
        states
            .filter(|(state, _)| !DONE.contains(&state.as_str()))
            .map(|(_, tickets)| tickets)
            .sum()
    };
    Region {
        region: key.to_owned(),
        open: desk.map(open),
        accepted_per_s: span.rate(names::ACCEPTED, here),
        routed_p99_s: span.quantile(names::ROUTED_SECONDS, here, MOST),
        told_per_s: told,
        waiting: now.sum(names::WAITING, here).map(whole_number),
        agents: now.sum(names::READY, here).map(whole_number),
        outbox: now.sum(names::OUTBOX, here).map(whole_number),
        dead_letters: desk.map(|stats| stats.open_dead_letters),
        targets: targets(key, span),
    }
}

fn targets(key: &str, span: Span<'_>) -> Targets {
    let known = played(key, Role::Watchdog, span);
    let count = |labels: Labels<'_>| {
        let counted = span.now.sum(names::TARGETS, labels);
        known.map(|()| whole_number(counted.unwrap_or(0.0)))
    };
    let outcome = |outcome| count(&[("region", key), ("outcome", outcome)]);
    let missed = |severity| {
        count(&[
            ("region", key),
            ("outcome", "breached"),
            ("severity", severity),
        ])
    };
    let breached: Labels<'_> = &[("region", key), ("outcome", "breached")];
    Targets {
        met: outcome("met"),
        breached: outcome("breached"),
        breached_by_severity: SEVERITIES.map(missed),
        breached_per_s: known.and_then(|()| begun(span, names::TARGETS, breached)),
        ring_late_p99_s: span.quantile(names::RING_LATE, &[("region", key)], MOST),
    }
}

/// Whether somebody plays a role of a region in the worker loop, and was heard.
fn played(key: &str, role: Role, span: Span<'_>) -> Option<()> {
    let labels: Labels<'_> = &[("region", key), ("role", role.as_str())];
    span.now.sum(names::LAG, labels).map(drop)
}

/// The rate of what somebody counts once it happens: nothing so far is none a second.
fn begun(span: Span<'_>, name: &str, labels: Labels<'_>) -> Option<f64> {
    span.before?;
    Some(span.rate(name, labels).unwrap_or(0.0))
}

/// The roles of a region that somebody plays, in the order of a ticket's road.
fn stages(key: &str, span: Span<'_>) -> Vec<Stage> {
    let played = Role::ALL.into_iter().map(|role| match role {
        Role::Intake => intake(key, span),
        Role::Desk => desk(key, span),
        _ => worker(key, role, span),
    });
    played.flatten().collect()
}

/// A role that runs in the worker loop.
fn worker(key: &str, role: Role, span: Span<'_>) -> Option<Stage> {
    let labels: Labels<'_> = &[("region", key), ("role", role.as_str())];
    let count = |name| span.now.sum(name, labels).map(whole_number);
    let lag = count(names::LAG)?;
    Some(Stage {
        inputs_per_s: span.rate(names::INPUTS, labels),
        outputs_per_s: span.rate(names::OUTPUTS, labels),
        lag: Some(lag),
        oldest_s: span.now.max(names::OLDEST, labels),
        decide_p99_s: span.quantile(names::DECIDE_SECONDS, labels, MOST),
        busy: count(names::IN_FLIGHT),
        busy_max: count(names::IN_FLIGHT_MAX),
        redelivered_per_s: span.rate(names::REDELIVERED, labels),
        dead_letters: Some(count(names::DEAD_LETTERS).unwrap_or(0)),
        takeovers: count(names::TAKEOVERS),
        ..Stage::unknown(key, role)
    })
}

/// What comes in; what waits is the outbox.
fn intake(key: &str, span: Span<'_>) -> Option<Stage> {
    let here: Labels<'_> = &[("region", key)];
    let outbox_max = span.now.sum(names::OUTBOX_MAX, here)?;
    let outbox = span.now.sum(names::OUTBOX, here).map(whole_number);
    Some(Stage {
        inputs_per_s: span.rate(names::ACCEPTED, here),
        lag: outbox,
        oldest_s: span.now.max(names::OUTBOX_OLDEST, here),
        busy: outbox,
        busy_max: Some(whole_number(outbox_max)),
        ..Stage::unknown(key, Role::Intake)
    })
}

/// The read side; what waits is its queue.
fn desk(key: &str, span: Span<'_>) -> Option<Stage> {
    let here: Labels<'_> = &[("region", key)];
    let queue_max = span.now.sum(names::DESK_QUEUE_MAX, here)?;
    let queue = span.now.sum(names::DESK_QUEUE, here).map(whole_number);
    Some(Stage {
        inputs_per_s: span.rate(names::DESK_FACTS, here),
        lag: queue,
        oldest_s: queue
            .filter(|waiting| *waiting > 0)
            .and_then(|_| span.now.max(names::DESK_LOG_AGE, here)),
        busy: queue,
        busy_max: Some(whole_number(queue_max)),
        ..Stage::unknown(key, Role::Desk)
    })
}

impl Stage {
    /// A stage of which nothing is known but its name.
    fn unknown(key: &str, role: Role) -> Self {
        Self {
            region: key.to_owned(),
            role: role.as_str(),
            inputs_per_s: None,
            outputs_per_s: None,
            lag: None,
            oldest_s: None,
            decide_p99_s: None,
            busy: None,
            busy_max: None,
            redelivered_per_s: None,
            dead_letters: None,
            takeovers: None,
        }
    }
}

fn telemetry(span: Span<'_>) -> Telemetry {
    let count = |name| span.now.sum(name, &[]).map(whole_number);
    Telemetry {
        spans_per_s: span.rate(names::SPANS, &[]),
        dropped: count(names::SPANS_DROPPED),
        queue: count(names::SPANS_QUEUE),
        queue_max: count(names::SPANS_QUEUE_MAX),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::scrape::Reading;

    /// Metrics of a process with all roles of a region, after `n` tickets.
    pub(in super::super) fn page(region: &str, n: u64) -> String {
        let mut text = format!(
            "# TYPE intake_accepted counter\n\
             intake_accepted_total{{region=\"{region}\",kind=\"opened\"}} {n}\n\
             intake_outbox_commands{{region=\"{region}\"}} 3\n\
             intake_outbox_commands_max{{region=\"{region}\"}} 100000\n\
             dispatcher_waiting_tickets{{region=\"{region}\"}} 12\n\
             dispatcher_ready_agents{{region=\"{region}\"}} 4\n\
             watchdog_targets_total{{region=\"{region}\",severity=\"P0\",outcome=\"breached\"}} 2\n\
             watchdog_targets_total{{region=\"{region}\",severity=\"P1\",outcome=\"breached\"}} {n}\n\
             watchdog_targets_total{{region=\"{region}\",severity=\"P1\",outcome=\"met\"}} 98\n\
             courier_outcomes_total{{region=\"{region}\",channel=\"mail\",outcome=\"delivered\"}} {n}\n\
             courier_outcomes_total{{region=\"{region}\",channel=\"mail\",outcome=\"failed\"}} 7\n\
             desk_facts_total{{region=\"{region}\"}} {n}\n\
             desk_queue_deliveries{{region=\"{region}\"}} 0\n\
             desk_queue_deliveries_max{{region=\"{region}\"}} 8192\n\
             desk_log_age_seconds{{region=\"{region}\"}} 5000\n\
             # TYPE router_routed_seconds histogram\n\
             router_routed_seconds_bucket{{region=\"{region}\",le=\"1.0\"}} {n}\n\
             router_routed_seconds_bucket{{region=\"{region}\",le=\"+Inf\"}} {n}\n\
             telemetry_spans_total {n}\n\
             telemetry_spans_dropped_total{{reason=\"full\"}} 5\n\
             telemetry_queue_spans 17\n\
             telemetry_queue_spans_max 4096\n"
        );
        for (role, lag, oldest) in [
            ("router", 0, 0.0),
            ("watchdog", 250, 75.5),
            ("courier", 0, 0.0),
        ] {
            let labels = format!("role=\"{role}\",region=\"{region}\"");
            text.push_str(&format!(
                "worker_inputs_total{{{labels}}} {n}\n\
                 worker_outputs_total{{{labels}}} {n}\n\
                 worker_lag_messages{{{labels}}} {lag}\n\
                 worker_oldest_unprocessed_seconds{{{labels}}} {oldest}\n\
                 worker_in_flight_inputs{{{labels}}} {lag}\n\
                 worker_in_flight_inputs_max{{{labels}}} 256\n\
                 worker_dead_letters_total{{{labels},code=\"RTR0001\"}} 1\n\
                 # TYPE worker_decide_seconds histogram\n\
                 worker_decide_seconds_bucket{{{labels},le=\"0.001\"}} {n}\n\
                 worker_decide_seconds_bucket{{{labels},le=\"+Inf\"}} {n}\n"
            ));
        }
        text
    }

    /// A picture of these pages, ten seconds after others.
    pub(in super::super) fn taken(before: &[&str], now: &[&str], desk: &Desk) -> Picture {
        let start = Instant::now();
        let (before, now) = (
            Reading::of(before, start, Duration::ZERO),
            Reading::of(now, start, Duration::from_secs(10)),
        );
        let span = Span {
            before: Some(&before),
            now: &now,
        };
        let addresses: Vec<String> = (0..now.pages().count())
            .map(|index| format!("http://127.0.0.1:{}/", 7070 + index))
            .collect();
        picture(Timestamp::from_millis(0), &addresses, span, desk, &[])
    }

    pub(in super::super) fn counted() -> Desk {
        let states = [
            ("queued", 12),
            ("assigned", 30),
            ("resolved", 400),
            ("closed", 9),
        ];
        let stats = Stats {
            open_dead_letters: 1,
            by_state: states.map(|(state, n)| (state.to_owned(), n)).into(),
        };
        Desk::from([("cn-north".to_owned(), stats)])
    }

    #[test]
    fn a_region_is_seen_whole() {
        let (before, now) = (page("cn-north", 100), page("cn-north", 350));
        let picture = taken(&[&before], &[&now], &counted());
        let region = &picture.regions[0];
        assert_eq!(region.region, "cn-north");
        assert_eq!(region.open, Some(42));
        assert_eq!(region.accepted_per_s, Some(25.0));
        assert_eq!(region.told_per_s, Some(25.0));
        assert_eq!(region.routed_p99_s, Some(0.99));
        assert_eq!((region.waiting, region.agents), (Some(12), Some(4)));
        assert_eq!((region.outbox, region.dead_letters), (Some(3), Some(1)));
        let targets = &region.targets;
        assert_eq!((targets.met, targets.breached), (Some(98), Some(352)));
        let by_severity = [Some(2), Some(350), Some(0), Some(0)];
        assert_eq!(targets.breached_by_severity, by_severity);
        assert_eq!(targets.breached_per_s, Some(25.0));
        assert_eq!(picture.telemetry.dropped, Some(5));
        assert_eq!(picture.telemetry.spans_per_s, Some(25.0));
    }

    #[test]
    fn stages_follow_a_tickets_road_and_only_those_that_are_played() {
        let (before, now) = (page("cn-north", 100), page("cn-north", 350));
        let picture = taken(&[&before], &[&now], &Desk::new());
        let roles: Vec<&str> = picture.stages.iter().map(|stage| stage.role).collect();
        assert_eq!(roles, ["intake", "router", "watchdog", "courier", "desk"]);
        let watchdog = &picture.stages[2];
        assert_eq!(watchdog.inputs_per_s, Some(25.0));
        assert_eq!((watchdog.lag, watchdog.oldest_s), (Some(250), Some(75.5)));
        assert_eq!(watchdog.decide_p99_s, Some(0.000_99));
        assert_eq!((watchdog.busy, watchdog.busy_max), (Some(250), Some(256)));
        assert_eq!(watchdog.dead_letters, Some(1));
        assert_eq!(picture.stages[4].oldest_s, None, "nothing waits");
        assert_eq!(picture.regions[0].open, None, "no desk");
    }

    #[test]
    fn what_never_happened_is_zero_only_where_somebody_would_have_counted_it() {
        let courier = "worker_lag_messages{role=\"courier\",region=\"a\"} 0\n";
        let picture = taken(&[courier], &[courier], &Desk::new());
        assert_eq!(picture.regions[0].told_per_s, Some(0.0));
        assert_eq!(picture.stages[0].dead_letters, Some(0));
        let targets = &picture.regions[0].targets;
        assert_eq!((targets.met, targets.breached), (None, None), "no watchdog");
    }

    #[test]
    fn processes_of_a_role_add_up_and_regions_stay_apart() {
        let (here, there) = (page("cn-north", 10), page("eu-central", 10));
        let picture = taken(
            &[&here, &here, &there],
            &[&here, &here, &there],
            &Desk::new(),
        );
        let keys: Vec<&str> = picture
            .regions
            .iter()
            .map(|it| it.region.as_str())
            .collect();
        assert_eq!(keys, ["cn-north", "eu-central"]);
        let lag = |region: &str| {
            let stages = picture.stages.iter();
            stages
                .filter(|stage| stage.region == region && stage.role == "watchdog")
                .find_map(|stage| stage.lag)
        };
        assert_eq!(lag("cn-north"), Some(500));
        assert_eq!(lag("eu-central"), Some(250));
        assert_eq!(picture.regions[0].accepted_per_s, Some(0.0));
    }
}
