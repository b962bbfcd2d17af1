//! `posthouse route simulate`: a scenario under several policies.

use std::path::Path;
use std::time::Instant;

use posthouse_twin::{Policy, Report, Scenario, Scope, Twin};

use crate::cli::route::simulate::SimulateArgs;
use crate::exit::{Error, Exit};
use crate::files::read_file;
use crate::output::{Output, Table};

/// Plays what was asked for, one line for each policy.
pub(super) fn run(args: &SimulateArgs, output: &Output) -> Result<Exit, Error> {
    let scenario = read(&args.scenario)?;
    output.detail(|| format!("scenario {}: {}", scenario.id(), scenario.about()));
    let not_played = scenario.not_played();
    if !not_played.is_empty() {
        let keys = not_played.join(", ");
        output.warning(format!("the twin does not play these keys of it: {keys}"));
    }
    let scope = Scope {
        centre: args.centre.clone(),
        busy: args.busy.map(|percent| percent / 100.0),
        storm: args.storm,
        linked: args.linked,
        plain: args.plain,
    };
    let seed = args.seed.unwrap_or_else(|| scenario.seed());
    let twin = Twin::draw(&scenario, &scope, seed).map_err(|error| refused(&error))?;
    output.detail(|| format!("seed {seed}, {} agents", twin.agents()));
    let mut table = Table::new([
        "policy",
        "tickets",
        "cost",
        "late",
        "P0",
        "P1",
        "P2",
        "P3",
        "longest wait",
        "spread",
        "events/s",
    ]);
    for column in 1..=10 {
        table = table.right(column);
    }
    for policy in &args.policy {
        let report = play(&twin, *policy, args)?;
        if output.json() {
            output.object(&report)?;
        } else {
            table.row(row(&report));
        }
    }
    if !output.json() {
        output.table(table)?;
    }
    Ok(Exit::Done)
}

/// Reads a scenario; what it extends is looked for in the same folder.
fn read(path: &Path) -> Result<Scenario, Error> {
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| {
        Error::usage(format!(
            "read scenario {}: it names no file",
            path.display()
        ))
    })?;
    // The first file is what was asked for, so its complaint is the usual one.
    let text = read_file(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut first = Some(text);
    Scenario::read(name, |wanted| match first.take() {
        Some(text) => Ok(text),
        None => read_file(&folder.join(wanted)).map_err(|error| error.to_string()),
    })
    .map_err(|error| refused(&error))
}

fn refused(error: &posthouse_twin::Error) -> Error {
    Error::usage(format!("{error} ({})", error.code()))
}

fn play(twin: &Twin, policy: Policy, args: &SimulateArgs) -> Result<Report, Error> {
    let started = Instant::now();
    let mut report = twin.play(policy).map_err(|error| refused(&error))?;
    report.events_per_second = (!args.no_speed).then(|| {
        let micros = started.elapsed().as_micros().max(1);
        u64::try_from(u128::from(report.events) * 1_000_000 / micros).unwrap_or(u64::MAX)
    });
    Ok(report)
}

fn row(report: &Report) -> Vec<String> {
    let percent = |rate: f64| format!("{:.2} %", rate * 100.0);
    let severity = |name: &str| {
        let rate = report.breach_rate.get(name);
        rate.map_or_else(|| "-".to_owned(), |rate| percent(*rate))
    };
    let speed = report.events_per_second;
    vec![
        report.policy.clone(),
        report.tickets.to_string(),
        format!("{:.0}", report.breach_cost),
        percent(report.response_breach_rate),
        severity("P0"),
        severity("P1"),
        severity("P2"),
        severity("P3"),
        format!("{:.0} min", report.longest_wait_minutes),
        format!("{:.3}", report.occupancy_spread),
        speed.map_or_else(|| "-".to_owned(), |speed| speed.to_string()),
    ]
}
