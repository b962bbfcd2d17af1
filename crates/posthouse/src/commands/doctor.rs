//! `posthouse doctor`: what is wrong with a deployment, and what to do.

mod bus;
mod door;
mod files;
mod finding;
mod processes;

use posthouse_runtime::clock::Clock;

use crate::bus::load;
use crate::cli::doctor::DoctorArgs;
use crate::exit::{Error, Exit};
use crate::output::{Field, Output, Table};
use finding::{Finding, Grade};

/// Looks at everything and tells what it found.
pub(super) async fn run(args: &DoctorArgs, output: &Output) -> Result<Exit, Error> {
    let mut findings = door::examine(&args.server).await?;
    findings.extend(processes::examine(&args.server, &args.process).await?);
    findings.extend(files::examine(&load(&args.bus)?, Clock::system().now()));
    findings.extend(bus::examine(&args.bus, &args.server).await?);
    if output.json() {
        findings
            .iter()
            .try_for_each(|finding| output.object(finding))?;
    } else {
        output.table(table(&findings))?;
    }
    let sick = findings
        .iter()
        .any(|finding| finding.grade == Grade::Problem);
    Ok(if sick { Exit::Problems } else { Exit::Done })
}

fn table(findings: &[Finding]) -> Table {
    let mut table = Table::new(["", "what", "found", "what to do"]);
    for finding in findings {
        let grade = match finding.grade {
            Grade::Ok => Field::good("ok"),
            Grade::Warn => Field::warn("warn"),
            Grade::Problem => Field::bad("problem"),
        };
        table.fields([
            grade,
            finding.what.as_str().into(),
            finding.found.as_str().into(),
            finding.advice.as_deref().unwrap_or_default().into(),
        ]);
    }
    table
}
