//! `posthouse policy`: bundles.

mod coverage;
mod show;

use posthouse_policy::{Change, Severity, compile, diff, render};
use posthouse_runtime::clock::Clock;
use posthouse_runtime::policies;
use serde_json::json;

use crate::bus;
use crate::cli::policy::{ApplyArgs, CheckArgs, DiffArgs, PolicyCommand};
use crate::commands::{bundle, classifier};
use crate::exit::{Error, Exit};
use crate::output::Output;

/// Does what was asked.
pub(super) async fn run(command: PolicyCommand, output: &Output) -> Result<Exit, Error> {
    match command {
        PolicyCommand::Check(args) => check(&args, output),
        PolicyCommand::Show(args) => show::run(&args, output).await,
        PolicyCommand::Diff(args) => differ(&args, output),
        PolicyCommand::Apply(args) => apply(&args, output).await,
    }
}

fn check(args: &CheckArgs, output: &Output) -> Result<Exit, Error> {
    let source = bundle::open(&args.bundle)?;
    let (policy, diagnostics) = match compile(&source) {
        Ok((policy, warnings)) => (Some(policy), warnings),
        Err(diagnostics) => (None, diagnostics),
    };
    if output.json() {
        diagnostics
            .iter()
            .try_for_each(|diagnostic| output.object(diagnostic))?;
    } else {
        output.line(render(&diagnostics, &source, output.paint().colours()).trim_end())?;
    }
    let gaps = match (&policy, args.coverage) {
        (Some(policy), Some(days)) => coverage::run(&source, policy, days, args.from, output)?,
        _ => Vec::new(),
    };
    let counts = |severity| args.strict || severity == Severity::Error;
    let gaps = gaps.iter().map(|gap| &gap.finding);
    let found = diagnostics
        .iter()
        .chain(gaps)
        .any(|finding| counts(finding.severity));
    Ok(if found { Exit::Problems } else { Exit::Done })
}

fn differ(args: &DiffArgs, output: &Output) -> Result<Exit, Error> {
    let (a, b) = (bundle::open(&args.a)?, bundle::open(&args.b)?);
    let paint = output.paint();
    for difference in diff(&a, &b) {
        if output.json() {
            output.object(&difference)?;
            continue;
        }
        let line = difference.to_string();
        output.line(match difference.change {
            Change::Added(_) => paint.good(&line),
            Change::Removed(_) => paint.bad(&line),
            Change::Changed { .. } => paint.warn(&line),
        })?;
    }
    Ok(Exit::Done)
}

async fn apply(args: &ApplyArgs, output: &Output) -> Result<Exit, Error> {
    let source = bundle::open(&args.bundle)?;
    let policy = bundle::usable(&source, output)?;
    let connected = bus::connect(&args.bus, &args.server).await?;
    let (bus, topology) = (connected.bus.as_ref(), &connected.topology);
    classifier::check_named(bus, topology, &policy).await?;
    let now = Clock::system().now();
    let changed = policies::activate(bus, topology, &source, &args.by.by, now).await?;
    let region = topology.subjects.region();
    let version = source.version();
    if output.json() {
        let name = &source.name;
        output.object(
            &json!({"region": region, "name": name, "version": version, "changed": changed}),
        )?;
    } else {
        let what = if changed {
            "is now in force"
        } else {
            "was in force already"
        };
        output.note(format!("bundle {} {what} in {region}", source.name));
        output.line(version.to_string())?;
    }
    Ok(Exit::Done)
}
