//! The bus: servers, streams, consumers, clocks, the policy in force.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Role};
use posthouse_bus_nats::{ConsumerReport, Inspection, NatsBus, StreamReport, StreamState};
use posthouse_domain::Timestamp;
use posthouse_runtime::clock::Clock;
use posthouse_runtime::policies::Policies;

use super::finding::Finding;
use crate::bus::target;
use crate::cli::connect::{BusArgs, ServerArgs};
use crate::exit::{Error, Exit};
use crate::region;

/// Clocks further apart than this make times in the log hard to understand.
const SKEW_WARN: Duration = Duration::from_secs(1);
/// Clocks further apart than this make promises look kept that were broken.
const SKEW_PROBLEM: Duration = Duration::from_secs(30);
/// So many messages behind, a consumer is worth a look.
const PENDING_WARN: u64 = 10_000;
/// So full, in percent, a disk is worth a look.
const STORAGE_WARN_PERCENT: u64 = 80;
/// So full, in percent, a disk is a problem.
const STORAGE_PROBLEM_PERCENT: u64 = 95;

/// Looks at the bus and at the region on it.
///
/// # Errors
///
/// [`Exit::Usage`] for a configuration that cannot be used.
pub(super) async fn examine(args: &BusArgs, server: &ServerArgs) -> Result<Vec<Finding>, Error> {
    let (options, region) = match target(args, server).await {
        Ok(target) => target,
        // The door told why already; without it there is no bus to look at.
        Err(error) if error.exit() == Exit::Unavailable => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let bus = match NatsBus::connect(&options).await {
        Ok(bus) => bus,
        Err(error) => {
            let advice = "start a nats-server 2.14 or newer with JetStream (-js), and check \
                          address, credentials and certificates";
            return Ok(vec![Finding::problem(
                "bus",
                format!("failed to {error}"),
                advice,
            )]);
        }
    };
    let mut findings = vec![Finding::ok("nats-server", bus.server_version())];
    findings.extend(examine_region(&bus, &region).await);
    bus.close().await.ok();
    Ok(findings)
}

async fn examine_region(bus: &Arc<NatsBus>, region: &str) -> Vec<Finding> {
    let topology = match region::recall(bus.as_ref(), region).await {
        Ok(topology) => topology,
        Err(error) => {
            let advice = format!("posthouse region provision --region {region} --nats URL");
            return vec![Finding::problem(
                "region",
                format!("failed to {error}"),
                advice,
            )];
        }
    };
    let mut findings = match bus.inspect(&topology).await {
        Ok(inspection) => of_inspection(&inspection, Clock::system().now()),
        Err(error) => vec![Finding::problem(
            "jetstream",
            format!("failed to {error}"),
            "enable JetStream, and allow this identity $JS.API.INFO, $JS.API.STREAM.INFO.> and \
             $JS.API.CONSUMER.INFO.>",
        )],
    };
    findings.push(policy(bus, &topology).await);
    findings
}

/// What the servers' answers mean.
fn of_inspection(inspection: &Inspection, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![storage(inspection)];
    findings.extend(inspection.streams.iter().map(stream));
    let times = inspection
        .streams
        .iter()
        .filter_map(|stream| stream.found.as_ref()?.server_time);
    findings.extend(times.max().map(|server_time| clocks(server_time, now)));
    findings.extend(
        by_role(&inspection.consumers)
            .into_iter()
            .map(|(role, all)| role_of(role, &all)),
    );
    findings
}

fn storage(inspection: &Inspection) -> Finding {
    let used = inspection.storage_bytes;
    let Some(max) = inspection.storage_bytes_max.filter(|max| *max > 0) else {
        return Finding::ok("storage", format!("{} used, no limit set", size(used)));
    };
    let percent = used.saturating_mul(100) / max;
    let found = format!("{} of {} used ({percent} %)", size(used), size(max));
    let advice = "give JetStream more room, or keep facts for fewer days";
    match percent {
        STORAGE_PROBLEM_PERCENT.. => Finding::problem("storage", found, advice),
        STORAGE_WARN_PERCENT.. => Finding::warn("storage", found, advice),
        _ => Finding::ok("storage", found),
    }
}

fn stream(report: &StreamReport) -> Finding {
    let what = format!("stream {}", report.name);
    let provision = "run posthouse region provision again";
    let Some(state) = &report.found else {
        return Finding::problem(what, "it is not there", provision);
    };
    let StreamState {
        messages,
        bytes,
        replicas,
        replicas_current,
        is_async,
        ..
    } = state;
    let found = format!("{messages} messages, {}, {replicas} copies", size(*bytes));
    if *is_async {
        let found = format!("{found}; receipts are given before messages are stored");
        let advice = "recreate it with persist_mode default: what was accepted can be lost";
        return Finding::problem(what, found, advice);
    }
    if replicas_current < replicas {
        let found = format!("{found}, {replicas_current} of them current");
        return Finding::warn(
            what,
            found,
            "look after the servers that are away or behind",
        );
    }
    if *replicas == 1 {
        let advice = "one copy: a lost disk is a lost log; for production provision three, on \
                      servers with sync_interval: always";
        return Finding::warn(what, found, advice);
    }
    Finding::ok(what, found)
}

fn clocks(server_time: Timestamp, now: Timestamp) -> Finding {
    let skew = Duration::from_millis(now.millis_since(server_time).unsigned_abs());
    let found = format!(
        "{} ms between the server's clock and ours",
        skew.as_millis()
    );
    let advice = "synchronise the clocks (NTP); deadlines follow the server's";
    match skew {
        skew if skew > SKEW_PROBLEM => Finding::problem("clocks", found, advice),
        skew if skew > SKEW_WARN => Finding::warn("clocks", found, advice),
        _ => Finding::ok("clocks", found),
    }
}

/// The consumers of each role, in the order of their names.
fn by_role(consumers: &[ConsumerReport]) -> BTreeMap<&str, Vec<&ConsumerReport>> {
    let mut roles: BTreeMap<&str, Vec<&ConsumerReport>> = BTreeMap::new();
    for consumer in consumers {
        let role = consumer.name.split('_').next().unwrap_or(&consumer.name);
        roles.entry(role).or_default().push(consumer);
    }
    roles
}

/// How the consumers of a role are doing, all together.
fn role_of(role: &str, consumers: &[&ConsumerReport]) -> Finding {
    let what = format!("role {role}");
    let pending: u64 = consumers.iter().map(|it| it.pending).sum();
    let under_way: usize = consumers.iter().map(|it| it.unacknowledged).sum();
    let found = format!(
        "{} consumers: {pending} messages to deliver, {under_way} under way",
        consumers.len()
    );
    let unread: Vec<&&ConsumerReport> = consumers.iter().filter(|it| !it.is_read).collect();
    if unread.is_empty() && pending <= PENDING_WARN {
        return Finding::ok(what, found);
    }
    let process = process_of(role);
    if unread.is_empty() {
        let advice = format!("it is behind; start more of it: posthouse run {process}");
        return Finding::warn(what, found, advice);
    }
    let names: Vec<&str> = unread.iter().map(|it| it.name.as_str()).collect();
    let found = format!("{found}; nobody reads {}", names.join(", "));
    let advice = format!("start it: posthouse run {process}");
    if unread.iter().all(|it| it.pending == 0) {
        return Finding::warn(what, found, advice);
    }
    Finding::problem(what, found, advice)
}

/// The process a role lives in: couriers run beside notifiers, the lookout beside classifiers, the
/// dispatcher beside routers.
pub(super) fn process_of(role: &str) -> &str {
    role.parse()
        .map_or(role, |role: Role| role.process().as_str())
}

async fn policy(bus: &Arc<NatsBus>, topology: &Topology) -> Finding {
    let policies = Policies::new(Arc::<NatsBus>::clone(bus), topology);
    let region = topology.subjects.region();
    let advice = format!("posthouse policy apply default --region {region}");
    let version = match policies.active().await {
        Ok(Some(version)) => version,
        Ok(None) => return Finding::problem("policy", "none is in force", advice),
        Err(error) => return Finding::problem("policy", format!("failed to {error}"), advice),
    };
    match policies.load(&version).await {
        Ok(policy) => Finding::ok("policy", format!("{} {}", policy.name, version.short())),
        Err(error) => Finding::problem("policy", format!("failed to {error}"), advice),
    }
}

/// Bytes for people.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut whole, mut unit) = (bytes, 0);
    while whole >= 10 * 1024 && unit + 1 < UNITS.len() {
        whole /= 1024;
        unit += 1;
    }
    format!("{whole} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;

    fn state() -> StreamState {
        StreamState {
            messages: 7,
            bytes: 2_000,
            replicas: 3,
            replicas_current: 3,
            is_async: false,
            server_time: Some(Timestamp::from_millis(1_000_000)),
        }
    }

    fn grade_of(found: Option<StreamState>) -> Grade {
        stream(&StreamReport {
            name: "PH_a_0".into(),
            found,
        })
        .grade
    }

    #[test]
    fn streams_are_judged() {
        assert_eq!(grade_of(Some(state())), Grade::Ok);
        assert_eq!(grade_of(None), Grade::Problem);
        assert_eq!(
            grade_of(Some(StreamState {
                is_async: true,
                ..state()
            })),
            Grade::Problem
        );
        assert_eq!(
            grade_of(Some(StreamState {
                replicas_current: 2,
                ..state()
            })),
            Grade::Warn
        );
        let lonely = StreamState {
            replicas: 1,
            replicas_current: 1,
            ..state()
        };
        assert_eq!(grade_of(Some(lonely)), Grade::Warn);
    }

    #[test]
    fn a_role_that_nobody_plays_is_a_problem_once_there_is_work() {
        let report = |partition: u16, pending, is_read| ConsumerReport {
            name: format!("courier_{partition:02}"),
            stream: "PH_a_courier".into(),
            pending,
            unacknowledged: 0,
            is_read,
        };
        let judged = |pending, is_read| {
            let all = [report(0, 0, true), report(1, pending, is_read)];
            let roles = by_role(&all);
            role_of("courier", &roles["courier"])
        };
        assert_eq!(judged(0, true).grade, Grade::Ok);
        assert_eq!(judged(0, false).grade, Grade::Warn);
        let problem = judged(1, false);
        assert_eq!(problem.grade, Grade::Problem);
        assert!(problem.found.ends_with("nobody reads courier_01"));
        assert!(problem.advice.unwrap().ends_with("run notifier"));
        assert_eq!(judged(PENDING_WARN + 1, true).grade, Grade::Warn);
    }

    #[test]
    fn clocks_and_disks_are_judged() {
        let now = Timestamp::from_millis(0);
        for (apart_ms, grade) in [
            (900, Grade::Ok),
            (-5_000, Grade::Warn),
            (60_000, Grade::Problem),
        ] {
            assert_eq!(clocks(now.plus_millis(apart_ms), now).grade, grade);
        }
        let full = |storage_bytes| Inspection {
            server_version: String::new(),
            storage_bytes,
            storage_bytes_max: Some(1_000),
            streams: Vec::new(),
            consumers: Vec::new(),
        };
        for (used, grade) in [(100, Grade::Ok), (800, Grade::Warn), (990, Grade::Problem)] {
            assert_eq!(storage(&full(used)).grade, grade);
        }
        assert_eq!(size(20 * 1024), "20 KiB");
    }
}
