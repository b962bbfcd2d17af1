//! Plays a scenario from a file: `cargo run --release -p posthouse-twin --example simulate --
//! FILE POLICIES SEED [CENTRE [BUSY [STORM [linked [plain]]]]]`. `posthouse route simulate` is the same for people.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use posthouse_twin::{Policy, Scenario, Scope, Twin};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let arg = |at: usize| args.get(at).filter(|arg| *arg != "-");
    let file = Path::new(arg(0).ok_or("name a scenario")?);
    let name = file
        .file_name()
        .and_then(|name| name.to_str())
        .ok_or("name a file")?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let scenario = Scenario::read(name, |name| {
        std::fs::read_to_string(folder.join(name)).map_err(|error| error.to_string())
    })?;
    let scope = Scope {
        centre: arg(3).cloned(),
        busy: arg(4).map(|busy| busy.parse()).transpose()?,
        storm: arg(5).map(|storm| storm.parse()).transpose()?,
        linked: arg(6).is_some_and(|arg| arg == "linked"),
        plain: arg(7).is_some(),
    };
    let seed = arg(2).map_or(Ok(scenario.seed()), |seed| seed.parse())?;
    let twin = Twin::draw(&scenario, &scope, seed)?;
    for policy in arg(1).map_or("default", String::as_str).split(',') {
        let started = Instant::now();
        let mut report = twin.play(policy.parse::<Policy>()?)?;
        let micros = u64::try_from(started.elapsed().as_micros())?.max(1);
        report.events_per_second = Some(report.events * 1_000_000 / micros);
        writeln!(std::io::stdout(), "{}", serde_json::to_string(&report)?)?;
    }
    Ok(())
}
