//! `posthouse bench`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const PIPELINE_EXAMPLES: &str = "\
Examples:
  posthouse bench pipeline --tickets 20000
  posthouse bench pipeline --tickets 20000 --json
      The last line on standard output is
      {\"tickets\",\"tickets_per_second\",\"p50_ms\",\"p99_ms\",\"raw_tickets_per_second\",\"ratio\"}";

const INTAKE_EXAMPLES: &str = "\
Examples:
  posthouse bench intake --tickets 20000 --connections 32 --json";

const TIMERS_EXAMPLES: &str = "\
Examples:
  posthouse bench timers --clocks 100000
  posthouse bench timers --clocks 1000000 --due-in-burst 100000 --json
      The last line on standard output is
      {\"clocks\",\"arm_seconds\",\"bytes_per_clock\",\"disk_bytes_per_clock\",\"lateness_p50_ms\",
      \"lateness_p99_ms\",\"burst_seconds\",\"takeover_ms\",\"missed\",\"doubled\"}, and more";

const CLASSIFY_EXAMPLES: &str = "\
Examples:
  posthouse bench classify
  posthouse bench classify --tickets 50000 --json
      The last line on standard output is
      {\"heads_us\",\"step_us\",\"p99_us\",\"tickets_per_second_per_core\"}";

const NOTIFY_EXAMPLES: &str = "\
Examples:
  posthouse bench notify --notifications 20000
  posthouse bench notify --notifications 20000 --kill-at 0.5 --json
      The last line on standard output is
      {\"sent\",\"per_second\",\"lost\",\"doubled\",\"doubled_unmarked\",\"p99_ms\"}, and more
  posthouse bench notify --notifications 10000 --rate 1000
      The delay from a fact in the log to the receiver when the notifier is not pressed
  posthouse bench notify --notifications 6000 --rate 200 --hanging 1 --failing 1
      The delay of the others, and what it was before, in one run
  posthouse bench notify --groups 100000
      What groups that wait weigh";

const TELEMETRY_EXAMPLES: &str = "\
Examples:
  posthouse bench telemetry --tickets 10000
  posthouse bench telemetry --tickets 10000 --rounds 5 --sample-ratio 1 --json
      The last line on standard output is
      {\"off_per_second\",\"on_per_second\",\"on_ratio\",\"hanging_per_second\",\"hanging_ratio\"},
      and more";

const STORM_EXAMPLES: &str = "\
Examples:
  posthouse bench storm
      The shipped sample storm among the sample tickets of a day
  posthouse bench storm --scenario outage.json --json
      The last line on standard output is
      {\"detected_after_s\",\"purity\",\"recall\",\"tickets\"}, and more";

/// Measure, always against a raw baseline
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum BenchCommand {
    Pipeline(PipelineArgs),
    Intake(IntakeArgs),
    Timers(TimersArgs),
    Storm(StormArgs),
    Notify(NotifyArgs),
    Classify(ClassifyArgs),
    Telemetry(TelemetryArgs),
}

/// Tickets through all stages
///
/// Compared with the same number of hops and bytes without any work, on the same server, in the
/// same run, so that a noisy machine cannot lie.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = PIPELINE_EXAMPLES)]
pub(crate) struct PipelineArgs {
    /// How many tickets; the samples are repeated as often as needed
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) tickets: u64,
    /// A NATS server that is already there; without it a private one is started
    #[arg(
        long,
        value_name = "URL",
        env = "POSTHOUSE_NATS",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub(crate) nats: Vec<String>,
}

/// Tickets through the HTTP door
#[derive(Clone, Debug, Args)]
#[command(after_long_help = INTAKE_EXAMPLES)]
pub(crate) struct IntakeArgs {
    /// How many tickets
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) tickets: u64,
    /// How many connections at once
    #[arg(long, value_name = "C", default_value_t = 32)]
    pub(crate) connections: u32,
}

/// Clocks armed, due all at once, due steadily, and taken over
///
/// On a private server, with the watchdog as it runs in production. Takes some minutes: clocks
/// have to fall due. A quarter as many clocks again belong to a process that is killed.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = TIMERS_EXAMPLES)]
pub(crate) struct TimersArgs {
    /// How many clocks stay armed in one process
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) clocks: u64,
    /// How many more fall due in one second; a tenth of the clocks unless given
    #[arg(long, value_name = "M")]
    pub(crate) due_in_burst: Option<u64>,
}

/// Notifications from facts in the log to receivers, and what a kill in the middle does to them
///
/// On a private server, with the notifier in a process of its own, to eight endpoints of an HTTP
/// listener of this process. Ends with exit code 6 when something was lost, or doubled without a
/// mark.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = NOTIFY_EXAMPLES)]
pub(crate) struct NotifyArgs {
    /// How many notifications
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) notifications: u64,
    /// Kill the notifier when this fraction has arrived, and start it again
    #[arg(long, value_name = "FRACTION", value_parser = fraction)]
    pub(crate) kill_at: Option<f64>,
    /// How many a second are asked for; as fast as the log takes them unless given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: Option<u32>,
    /// So many endpoints beside the eight that never answer, each told as much as one of them
    #[arg(long, value_name = "N", default_value_t = 0, requires = "rate",
          value_parser = clap::value_parser!(u32).range(..=64))]
    pub(crate) hanging: u32,
    /// So many endpoints beside the eight that turn every second request down
    #[arg(long, value_name = "N", default_value_t = 0, requires = "rate",
          value_parser = clap::value_parser!(u32).range(..=64))]
    pub(crate) failing: u32,
    /// Instead, let so many groups wait, and weigh them
    #[arg(long, value_name = "N", conflicts_with_all = ["rate", "kill_at", "hanging", "failing"],
          value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) groups: Option<u64>,
}

/// Tickets through all stages: without telemetry, with it, and with a collector that hangs
///
/// Each on a private region with a private server, in turn, as often as there are rounds; the
/// medians are compared. The collector is in this process, too, so its work counts against us.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = TELEMETRY_EXAMPLES)]
pub(crate) struct TelemetryArgs {
    /// How many tickets each time
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) tickets: u64,
    /// How many times
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// Which share of the traces is kept
    #[arg(long, value_name = "RATIO", default_value_t = 0.1, value_parser = share)]
    pub(crate) sample_ratio: f64,
}

/// Reads a share of a whole.
fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|it| (0.0..=1.0).contains(it));
    share.ok_or_else(|| "want a number from 0 to 1, such as 0.1".to_owned())
}

/// Reads a fraction of a whole.
fn fraction(text: &str) -> Result<f64, String> {
    let fraction = text.parse().ok().filter(|it| (0.0..1.0).contains(it));
    fraction.ok_or_else(|| "want a fraction from 0 to below 1, such as 0.5".to_owned())
}

/// Labels for tickets, on one core
///
/// Texts of 600 bytes in several languages, cut from the samples. First the model's heads alone,
/// then all that the classifier does with a ticket: all labels, language, personal data, signals,
/// near-duplicates. Needs no server.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = CLASSIFY_EXAMPLES)]
pub(crate) struct ClassifyArgs {
    /// How many tickets
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) tickets: usize,
}

/// A storm found, offline and in virtual time
///
/// Tickets are made of the scenario's mixes and the texts of the shipped samples, and told to
/// the detector that the lookout runs.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = STORM_EXAMPLES)]
pub(crate) struct StormArgs {
    /// A scenario with an incident; what it extends lies beside it. The sample storm unless given
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,
    /// So many of a hundred tickets of a scenario's storm name the place of the outage
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) named_percent: u8,
    /// Decides everything that chance decides
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}
