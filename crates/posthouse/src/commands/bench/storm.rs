//! `posthouse bench storm`: how soon a storm is found, and what is folded into its incident.
//!
//! Offline and in virtual time: the very detector that the lookout runs hears every ticket of
//! the regions concerned, in the order of their openings. Tickets are made of a scenario's mixes
//! (`crowd.rs`) and the texts of the shipped samples, with the labels that the shipped
//! classifier gives them.

mod crowd;
mod dice;
mod play;
mod scenario;

use std::path::Path;

use posthouse_policy::Policy;
use serde::Serialize;

use self::crowd::{Crowd, Texts};
use self::dice::Dice;
use self::play::{Played, play};
use self::scenario::Scenario;
use super::rounded;
use crate::cli::bench::StormArgs;
use crate::exit::{Error, Exit};
use crate::files::read_input;
use crate::output::Output;

/// The contract of `bench storm --json`, and what explains it.
#[derive(Debug, Serialize)]
struct Report {
    /// From the first ticket of the storm to the incident, in seconds; `null` when none was
    /// opened.
    detected_after_s: Option<f64>,
    /// The part of the folded tickets that belong to the storm.
    purity: f64,
    /// The part of the storm's tickets that are folded.
    recall: f64,
    /// Tickets that were heard, those of the storm included.
    tickets: usize,
    storm_tickets: usize,
    folded: usize,
    /// Incidents of the storm, over all regions that it reaches.
    incidents: usize,
    /// Incidents opened while there was no storm.
    false_incidents: usize,
    detector_us: f64,
}

pub(super) fn run(args: &StormArgs, output: &Output) -> Result<Exit, Error> {
    let policy = Policy::shipped("default").expect("the default bundle is shipped");
    let texts = Texts::shipped(&policy)?;
    let mut dice = Dice::new(args.seed);
    let crowd = match &args.scenario {
        Some(path) => {
            let scenario = read(path)?;
            output.note(format!("scenario {}: {}", scenario.id, scenario.about));
            Crowd::of_scenario(&scenario, &texts, args.named_percent, &mut dice)?
        }
        None => Crowd::of_samples(&texts, &mut dice),
    };
    let report = report(&crowd, &play(&crowd, &policy));
    if output.json() {
        output.object(&report)?;
    } else {
        output.line(report.for_people())?;
    }
    Ok(Exit::Done)
}

/// Reads a scenario, and the one that it extends, which lies beside it.
fn read(path: &Path) -> Result<Scenario, Error> {
    let parse = |path: &Path| -> Result<serde_json::Value, Error> {
        let text = read_input(path)?;
        serde_json::from_str(&text)
            .map_err(|error| Error::failed(format!("read scenario {}: {error}", path.display())))
    };
    let own = parse(path)?;
    let base = own.get("extends").and_then(serde_json::Value::as_str);
    let base = base
        .map(|name| parse(&path.with_file_name(name)))
        .transpose()?;
    Scenario::of(own, base)
        .map_err(|error| Error::failed(format!("read scenario {}: {error}", path.display())))
}

fn report(crowd: &Crowd, played: &Played) -> Report {
    let storm = crowd.of_storm();
    Report {
        detected_after_s: played.detected_after_ms.map(|ms| rounded(ms / 1_000.0, 3)),
        purity: ratio(played.folded_of_storm, played.folded),
        recall: ratio(played.folded_of_storm, storm),
        tickets: crowd.tickets.len(),
        storm_tickets: storm,
        folded: played.folded,
        incidents: played.incidents,
        false_incidents: played.false_incidents,
        detector_us: rounded(played.micros_per_ticket, 2),
    }
}

/// A part of a whole; nothing of nothing is nothing.
fn ratio(part: usize, all: usize) -> f64 {
    if all == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of tickets are small")]
    let ratio = part as f64 / all as f64;
    rounded(ratio, 4)
}

impl Report {
    fn for_people(&self) -> String {
        let found = self.detected_after_s.map_or_else(
            || "no incident was opened".to_owned(),
            |seconds| format!("found after {seconds} s"),
        );
        format!(
            "{} tickets, {} of a storm: {found}\n\
             {} folded into {} incidents: purity {}, recall {}; {} false incidents\n\
             {} µs of the detector per ticket",
            self.tickets,
            self.storm_tickets,
            self.folded,
            self.incidents,
            self.purity,
            self.recall,
            self.false_incidents,
            self.detector_us,
        )
    }
}
