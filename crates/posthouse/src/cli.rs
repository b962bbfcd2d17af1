//! The command line, as data: every command, option and example.
//!
//! Nothing here does anything; [`crate::commands`] does. `--help`, the shell completions and the
//! manual pages are all made from these types.

pub(crate) mod agent;
pub(crate) mod bench;
pub(crate) mod classifier;
pub(crate) mod connect;
pub(crate) mod customer;
pub(crate) mod dlq;
pub(crate) mod doctor;
pub(crate) mod explain_error;
pub(crate) mod notify;
pub(crate) mod pages;
pub(crate) mod policy;
pub(crate) mod region;
pub(crate) mod route;
pub(crate) mod run;
pub(crate) mod silence;
pub(crate) mod sla;
pub(crate) mod stream;
pub(crate) mod switch;
pub(crate) mod ticket;
pub(crate) mod top;
pub(crate) mod up;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// What every page of help ends with.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  usage: the command line, or a file it names, cannot be understood
  3  not found
  4  refused by policy or state
  5  server or bus unavailable
  6  a check found problems

Environment:
  POSTHOUSE_SERVER  where the HTTP door is, for --server
  POSTHOUSE_NATS    where the NATS server is, for --nats
  NO_COLOR          no colours, unless --color says otherwise

Start here:
  posthouse up --demo
  posthouse ticket submit --customer c-42 --subject 'cannot log in' --body 'since 9:00'
  posthouse ticket list --query 'severity=P0'";

/// Support tickets from report to resolution, over NATS JetStream.
///
/// One binary: `up` runs a whole region on this machine, `run` runs one role of a larger one, and
/// the other commands are the operator's hand.
#[derive(Debug, Parser)]
#[command(
    name = "posthouse",
    version,
    after_help = EXIT_CODES,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What goes with every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct GlobalArgs {
    /// Print JSON: one object, or one object per line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Colours: on terminals, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub(crate) color: When,
    /// Say more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On terminals.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What can be asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Up(up::UpArgs),
    Run(run::RunArgs),
    #[command(subcommand)]
    Ticket(ticket::TicketCommand),
    #[command(subcommand)]
    Agent(agent::AgentCommand),
    #[command(subcommand)]
    Customer(customer::CustomerCommand),
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    #[command(subcommand)]
    Sla(sla::SlaCommand),
    #[command(subcommand)]
    Route(route::RouteCommand),
    #[command(subcommand)]
    Classifier(classifier::ClassifierCommand),
    #[command(subcommand)]
    Notify(notify::NotifyCommand),
    #[command(subcommand)]
    Silence(silence::SilenceCommand),
    #[command(subcommand)]
    Dlq(dlq::DlqCommand),
    #[command(subcommand)]
    Stream(stream::StreamCommand),
    #[command(subcommand)]
    Region(region::RegionCommand),
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    Doctor(doctor::DoctorArgs),
    Top(top::TopArgs),
    ExplainError(explain_error::ExplainErrorArgs),
    Completions(pages::CompletionsArgs),
    Man(pages::ManArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    /// Every command that does something says how it is used.
    #[test]
    fn every_command_has_examples() {
        fn without(command: &clap::Command, path: &str, found: &mut Vec<String>) {
            let path = format!("{path} {}", command.get_name());
            let examples = command
                .get_after_long_help()
                .is_some_and(|help| help.to_string().contains("Examples:\n  "));
            if !command.has_subcommands() && !examples {
                found.push(path.clone());
            }
            for inner in command.get_subcommands() {
                without(inner, &path, found);
            }
        }
        let mut found = Vec::new();
        without(&Cli::command(), "", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}
