//! `posthouse top`.

use std::time::Duration;

use clap::Args;

use super::connect::ServerArgs;

const EXAMPLES: &str = "\
Examples:
  posthouse top
  posthouse top --region cn-north --every 5s
  posthouse top --server http://desk:7070 --process http://router:7070 --process http://watchdog:7070
  posthouse top --once --json

Keys: q or Ctrl-C ends it, arrows scroll the stages, p pauses, r reads at once.";

/// Shortest time between two readings.
const EVERY_MIN: Duration = Duration::from_millis(200);
/// Longest time between two readings.
const EVERY_MAX: Duration = Duration::from_secs(600);

/// Show what a deployment does, live
///
/// Stages, rates, lag, the oldest unprocessed fact, promises kept and missed by region: from the
/// metrics of the processes named, and from the desk behind --server. Rates, and times within which
/// 99 % ended, are those between two readings; totals are counted since the processes began.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct TopArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Also read the metrics of this process; may be repeated
    #[arg(long, value_name = "URL", help_heading = "Connection")]
    pub(crate) process: Vec<String>,
    /// Only this region; may be repeated
    #[arg(long, value_name = "REGION", value_parser = super::connect::region)]
    pub(crate) region: Vec<String>,
    /// How long to wait between two readings: 200ms to 600s
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = every)]
    pub(crate) every: Duration,
    /// Print what was found between two readings, and end
    #[arg(long)]
    pub(crate) once: bool,
}

fn every(text: &str) -> Result<Duration, String> {
    let time = match text.strip_suffix("ms") {
        Some(number) => number.parse().map(Duration::from_millis),
        None => text
            .strip_suffix('s')
            .unwrap_or(text)
            .parse()
            .map(Duration::from_secs),
    };
    time.ok()
        .filter(|time| (EVERY_MIN..=EVERY_MAX).contains(time))
        .ok_or_else(|| "want a time from 200ms to 600s, such as 2s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units_and_bounds() {
        assert_eq!(every("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(every("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(every("5"), Ok(Duration::from_secs(5)));
        for wrong in ["", "s", "199ms", "601s", "2m", "-1s", "2 s"] {
            assert!(every(wrong).is_err(), "{wrong}");
        }
    }
}
