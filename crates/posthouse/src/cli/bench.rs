//! `posthouse bench`.

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

/// Measure, always against a raw baseline
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum BenchCommand {
    Pipeline(PipelineArgs),
    Intake(IntakeArgs),
    Timers(TimersArgs),
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
