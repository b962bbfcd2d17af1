//! What processes measure of themselves: how they export, how full and how far behind they are,
//! what they keep on disk.
//!
//! One reading tells totals and no rates: what was dropped, was dropped since the process began.

use posthouse_bus::Role;

use super::bus::{process_of, size};
use super::finding::Finding;
use crate::cli::connect::ServerArgs;
use crate::exit::Error;
use crate::scrape::{Labels, Processes, Reading, names};

/// So full, in percent, something bounded is worth a look.
const FULL_WARN_PERCENT: f64 = 80.0;
/// So full, in percent, something bounded is a problem.
const FULL_PROBLEM_PERCENT: f64 = 95.0;
/// A fact that waits longer than this, in seconds, is worth a look.
const OLD_WARN_S: f64 = 10.0;
/// A fact that waits longer than this, in seconds, is a problem.
const OLD_PROBLEM_S: f64 = 60.0;

/// Looks at the metrics of the process behind the door and of `more`.
///
/// # Errors
///
/// [`crate::exit::Exit::Usage`] for an address that is none.
pub(super) async fn examine(server: &ServerArgs, more: &[String]) -> Result<Vec<Finding>, Error> {
    let addresses = [&server.server].into_iter().chain(more);
    let processes = Processes::at(addresses.map(String::as_str))?;
    let reading = processes.read().await;
    let addresses: Vec<String> = processes.addresses().collect();
    Ok(of_reading(&addresses, &reading))
}

/// What a reading means. The first process is the one behind the door, of which the door has told
/// already whether it is there.
fn of_reading(addresses: &[String], reading: &Reading) -> Vec<Finding> {
    let mut findings: Vec<Finding> = addresses
        .iter()
        .zip(reading.pages())
        .skip(1)
        .map(|(address, page)| process(address, page.err()))
        .collect();
    if reading.told().next().is_none() {
        return findings;
    }
    findings.push(telemetry(reading));
    findings.extend(outboxes(reading));
    for role in Role::ALL {
        let labels: Labels<'_> = &[("role", role.as_str())];
        findings.extend(oldest(role, reading.max(names::OLDEST, labels)));
        findings.extend(saturation(role, reading));
    }
    findings.extend(stores(reading));
    findings
}

fn process(address: &str, why: Option<&str>) -> Finding {
    let what = format!("process {address}");
    match why {
        None => Finding::ok(what, "tells its metrics"),
        Some(why) => {
            let advice = "start it, or say where it is (--process)";
            Finding::problem(what, why, advice)
        }
    }
}

/// Whether spans and metrics reach a collector. That they do not must never stop a ticket, so it
/// is at most a warning.
fn telemetry(reading: &Reading) -> Finding {
    let what = "telemetry";
    let Some(made) = reading.sum(names::SPANS, &[]) else {
        return Finding::ok(what, "nothing is traced");
    };
    let count = |value: f64| format!("{value:.0}");
    let dropped = reading.sum(names::SPANS_DROPPED, &[]).unwrap_or(0.0);
    let found = format!("{} spans, {} dropped", count(made), count(dropped));
    if dropped > 0.0 {
        let reasons: Vec<String> = reasons(reading)
            .into_iter()
            .map(|(reason, spans)| format!("{reason} {}", count(spans)))
            .collect();
        let found = format!("{found} since the processes began ({})", reasons.join(", "));
        let advice = "look after the collector at telemetry.otlp_url, or sample less \
                      (telemetry.sample_ratio); tickets do not wait for it";
        return Finding::warn(what, found, advice);
    }
    if let Some(failed) = exports_that_all_failed(reading) {
        let found = format!("{found}; all of {} exports failed", count(failed));
        let advice = "is telemetry.otlp_url the address of a collector, and telemetry.protocol what \
                      it speaks? posthouse explain-error TEL0003 TEL0004";
        return Finding::warn(what, found, advice);
    }
    let queue = reading.sum(names::SPANS_QUEUE, &[]).unwrap_or(0.0);
    let queue_max = reading.sum(names::SPANS_QUEUE_MAX, &[]).unwrap_or(0.0);
    if percent(queue, queue_max) >= FULL_WARN_PERCENT {
        let found = format!("{found}; {} of {} wait", count(queue), count(queue_max));
        let advice = "the collector at telemetry.otlp_url is slow: spans will be dropped soon";
        return Finding::warn(what, found, advice);
    }
    Finding::ok(what, found)
}

/// How many exports failed, where none ever succeeded. One that failed now and then is no news.
fn exports_that_all_failed(reading: &Reading) -> Option<f64> {
    let taken = reading.sum(names::EXPORTS, &[("outcome", "taken")]);
    let all = reading.sum(names::EXPORTS, &[])?;
    (all > 0.0 && taken.unwrap_or(0.0) == 0.0).then_some(all)
}

/// Why spans were dropped, and how many for each reason.
fn reasons(reading: &Reading) -> Vec<(&str, f64)> {
    let mut reasons: Vec<(&str, f64)> = reading
        .told()
        .flat_map(|page| page.words(names::SPANS_DROPPED, "reason"))
        .map(|reason| {
            let labels: Labels<'_> = &[("reason", reason)];
            (reason, reading.sum(names::SPANS_DROPPED, labels))
        })
        .filter_map(|(reason, spans)| Some((reason, spans?)))
        .filter(|(_, spans)| *spans > 0.0)
        .collect();
    reasons.sort_by(|a, b| a.0.cmp(b.0));
    reasons.dedup();
    reasons
}

/// How full the outboxes of each region are.
fn outboxes(reading: &Reading) -> Vec<Finding> {
    let mut regions: Vec<&str> = reading
        .told()
        .flat_map(|page| page.words(names::OUTBOX_MAX, "region"))
        .collect();
    regions.sort_unstable();
    regions.dedup();
    let outbox = |region: &str| {
        let labels: Labels<'_> = &[("region", region)];
        let waiting = reading.sum(names::OUTBOX, labels)?;
        let room = reading.sum(names::OUTBOX_MAX, labels)?;
        let what = format!("outbox {region}");
        let found = format!("{waiting:.0} of {room:.0} commands wait for the log");
        let advice = "intake cannot reach the log: mend the bus before the outbox is full, from \
                      then on callers get 429";
        Some(graded(what, found, advice, percent(waiting, room)))
    };
    regions.into_iter().filter_map(outbox).collect()
}

/// How long the oldest fact waits that a role did not take in. Silent where it is quick.
fn oldest(role: Role, seconds: Option<f64>) -> Option<Finding> {
    let seconds = seconds.filter(|seconds| *seconds > OLD_WARN_S)?;
    let what = format!("oldest for {role}");
    let found = format!("a fact waits for {seconds:.0} s");
    let process = process_of(role.as_str());
    let advice = format!(
        "posthouse top shows whether it is slow or stands still; more of it: posthouse run {process}"
    );
    Some(if seconds > OLD_PROBLEM_S {
        Finding::problem(what, found, advice)
    } else {
        Finding::warn(what, found, advice)
    })
}

/// Whether a role has room for more work. Silent where it has.
fn saturation(role: Role, reading: &Reading) -> Option<Finding> {
    let labels: Labels<'_> = &[("role", role.as_str())];
    let busy = reading.sum(names::IN_FLIGHT, labels)?;
    let room = reading.sum(names::IN_FLIGHT_MAX, labels)?;
    let full = percent(busy, room);
    let process = process_of(role.as_str());
    (full >= FULL_PROBLEM_PERCENT).then(|| {
        let found = format!("{busy:.0} of {room:.0} inputs under way");
        let advice = format!(
            "the bus is slow to confirm, or there is too much work: posthouse top shows which; more \
             of it: posthouse run {process}"
        );
        Finding::warn(format!("work of {role}"), found, advice)
    })
}

/// What the roles keep on disk. They can rebuild it, so only its size is told.
fn stores(reading: &Reading) -> Option<Finding> {
    let sizes: Vec<String> = Role::ALL
        .into_iter()
        .filter_map(|role| {
            let bytes = reading.sum(names::STORE_BYTES, &[("role", role.as_str())])?;
            Some(format!("{role} {}", size(whole(bytes))))
        })
        .collect();
    (!sizes.is_empty()).then(|| Finding::ok("stores", sizes.join(", ")))
}

fn graded(what: String, found: String, advice: &str, percent: f64) -> Finding {
    if percent >= FULL_PROBLEM_PERCENT {
        Finding::problem(what, found, advice)
    } else if percent >= FULL_WARN_PERCENT {
        Finding::warn(what, found, advice)
    } else {
        Finding::ok(what, found)
    }
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        part * 100.0 / whole
    } else {
        0.0
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates at the ends of u64, where no size comes"
)]
fn whole(value: f64) -> u64 {
    value.round() as u64
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::finding::Grade;
    use super::*;

    fn findings(pages: &[&str]) -> Vec<Finding> {
        let reading = Reading::of(pages, Instant::now(), Duration::ZERO);
        let addresses: Vec<String> = (0..pages.len()).map(|it| format!("http://{it}/")).collect();
        of_reading(&addresses, &reading)
    }

    fn find<'a>(findings: &'a [Finding], what: &str) -> Option<&'a Finding> {
        findings.iter().find(|finding| finding.what == what)
    }

    #[test]
    fn drops_are_a_warning_with_their_reasons_and_no_export_is_none() {
        let silent = findings(&["worker_lag_messages 0\n"]);
        assert_eq!(find(&silent, "telemetry").unwrap().grade, Grade::Ok);
        let page = "telemetry_spans_total 90\n\
                    telemetry_spans_dropped_total{reason=\"queue_full\"} 3\n\
                    telemetry_spans_dropped_total{reason=\"refused\"} 4\n\
                    telemetry_spans_dropped_total{reason=\"end\"} 0\n\
                    telemetry_queue_spans 1\n\
                    telemetry_queue_spans_max 10\n";
        let all = findings(&[page, page]);
        let dropped = find(&all, "telemetry").unwrap();
        assert_eq!(dropped.grade, Grade::Warn);
        assert_eq!(
            dropped.found,
            "180 spans, 14 dropped since the processes began (queue_full 6, refused 8)"
        );
        let full =
            "telemetry_spans_total 90\ntelemetry_queue_spans 9\ntelemetry_queue_spans_max 10\n";
        let all = findings(&[full]);
        let full = find(&all, "telemetry").unwrap();
        assert_eq!(full.grade, Grade::Warn);
        assert!(full.found.ends_with("9 of 10 wait"), "{}", full.found);
    }

    #[test]
    fn a_collector_that_never_took_anything_is_a_warning() {
        let grade = |taken: u32| {
            let page = format!(
                "telemetry_spans_total 0\n\
                 telemetry_exports_total{{signal=\"metrics\",outcome=\"away\"}} 3\n\
                 telemetry_exports_total{{signal=\"metrics\",outcome=\"taken\"}} {taken}\n"
            );
            find(&findings(&[&page]), "telemetry").unwrap().grade
        };
        assert_eq!(grade(0), Grade::Warn);
        assert_eq!(grade(1), Grade::Ok);
    }

    #[test]
    fn outboxes_are_judged_by_how_full_they_are() {
        for (waiting, grade) in [
            (0, Grade::Ok),
            (79, Grade::Ok),
            (80, Grade::Warn),
            (95, Grade::Problem),
        ] {
            let page = format!(
                "intake_outbox_commands{{region=\"a\"}} {waiting}\n\
                 intake_outbox_commands_max{{region=\"a\"}} 100\n"
            );
            let all = findings(&[&page]);
            assert_eq!(find(&all, "outbox a").unwrap().grade, grade, "{waiting}");
        }
    }

    #[test]
    fn a_role_that_is_behind_or_full_is_named_with_its_process() {
        let page = "worker_oldest_unprocessed_seconds{role=\"courier\"} 75\n\
                    worker_oldest_unprocessed_seconds{role=\"router\"} 3\n\
                    worker_in_flight_inputs{role=\"router\"} 10\n\
                    worker_in_flight_inputs_max{role=\"router\"} 10\n\
                    worker_store_bytes{role=\"router\"} 20480\n";
        let all = findings(&[page]);
        let courier = find(&all, "oldest for courier").unwrap();
        assert_eq!(courier.grade, Grade::Problem);
        assert!(courier.advice.as_ref().unwrap().ends_with("run notifier"));
        assert_eq!(find(&all, "oldest for router"), None);
        assert_eq!(find(&all, "work of router").unwrap().grade, Grade::Warn);
        assert_eq!(find(&all, "stores").unwrap().found, "router 20 KiB");
    }

    #[test]
    fn a_process_that_was_named_and_is_away_is_a_problem() {
        assert_eq!(
            process("http://a/", Some("no answer")).grade,
            Grade::Problem
        );
        let all = findings(&["", ""]);
        assert_eq!(find(&all, "process http://1/").unwrap().grade, Grade::Ok);
        assert_eq!(find(&all, "process http://0/"), None);
    }
}
