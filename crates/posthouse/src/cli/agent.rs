//! `posthouse agent`.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use posthouse_domain::ticket::Presence;

use super::connect::ServerArgs;

const LIST_EXAMPLES: &str = "\
Examples:
  posthouse agent list
  posthouse agent list --presence ready --json";

const SHOW_EXAMPLES: &str = "\
Examples:
  posthouse agent show anna
      What they have, and what is offered to them.";

const SIGN_IN_EXAMPLES: &str = "\
Examples:
  posthouse agent sign-in anna";

const READY_EXAMPLES: &str = "\
Examples:
  posthouse agent ready anna";

const BUSY_EXAMPLES: &str = "\
Examples:
  posthouse agent busy anna --reason 'on the telephone'";

const BREAK_EXAMPLES: &str = "\
Examples:
  posthouse agent break anna --reason lunch";

const SIGN_OUT_EXAMPLES: &str = "\
Examples:
  posthouse agent sign-out anna";

const SEEN_EXAMPLES: &str = "\
Examples:
  while sleep 20; do posthouse agent seen anna; done";

const ACCEPT_EXAMPLES: &str = "\
Examples:
  posthouse agent accept anna
      The one ticket that is offered to her.
  posthouse agent accept anna CN-2026-000001";

const DECLINE_EXAMPLES: &str = "\
Examples:
  posthouse agent decline anna --reason 'no access to this customer'";

const FINISH_EXAMPLES: &str = "\
Examples:
  posthouse agent finish anna --summary 'Replaced the optical module.'
  posthouse agent finish anna CN-2026-000001";

const SIMULATE_EXAMPLES: &str = "\
Examples:
  posthouse agent simulate
      Everybody on the roster of the shipped bundle `default`, for a minute.
  posthouse agent simulate beijing-1 beijing-2 --seconds 600 --decline 100 --seed 7
  posthouse agent simulate --policy ./bundle --region cn-north --handling 500 --tickets 100 --json
      Leaves when a hundred tickets are resolved. The last line on standard output is
      {\"agents\",\"accepted\",\"declined\",\"refused\",\"resolved\",\"seconds\"}";

/// What agents say and do: come and go, take offered tickets, finish them
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum AgentCommand {
    List(ListArgs),
    Show(ShowArgs),
    /// Begin the working day; tickets come from `ready` on
    #[command(after_long_help = SIGN_IN_EXAMPLES)]
    SignIn(PresenceArgs),
    /// Take new tickets
    #[command(after_long_help = READY_EXAMPLES)]
    Ready(PresenceArgs),
    /// Take no new tickets, and go on with those at hand
    #[command(after_long_help = BUSY_EXAMPLES)]
    Busy(PresenceArgs),
    /// Be away for a while
    #[command(after_long_help = BREAK_EXAMPLES)]
    Break(PresenceArgs),
    /// End the working day; tickets at hand go to others
    #[command(after_long_help = SIGN_OUT_EXAMPLES)]
    SignOut(PresenceArgs),
    /// Give a sign of life
    #[command(after_long_help = SEEN_EXAMPLES)]
    Seen(PresenceArgs),
    Accept(AcceptArgs),
    Decline(DeclineArgs),
    Finish(FinishArgs),
    Simulate(SimulateArgs),
}

/// List the agents who said something of themselves
#[derive(Clone, Debug, Args)]
#[command(after_long_help = LIST_EXAMPLES)]
pub(crate) struct ListArgs {
    /// Only those who last said this
    #[arg(long, value_name = "PRESENCE", value_parser = presence())]
    pub(crate) presence: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Show an agent: what they said, what they have, what is offered to them
#[derive(Clone, Debug, Args)]
#[command(after_long_help = SHOW_EXAMPLES)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) agent: AgentArgs,
}

/// What an agent says of themselves.
#[derive(Clone, Debug, Args)]
pub(crate) struct PresenceArgs {
    #[command(flatten)]
    pub(crate) agent: AgentArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// Take a ticket that is offered
#[derive(Clone, Debug, Args)]
#[command(after_long_help = ACCEPT_EXAMPLES)]
pub(crate) struct AcceptArgs {
    #[command(flatten)]
    pub(crate) agent: AgentArgs,
    #[command(flatten)]
    pub(crate) ticket: WhichArgs,
}

/// Do not take a ticket that is offered
#[derive(Clone, Debug, Args)]
#[command(after_long_help = DECLINE_EXAMPLES)]
pub(crate) struct DeclineArgs {
    #[command(flatten)]
    pub(crate) agent: AgentArgs,
    #[command(flatten)]
    pub(crate) ticket: WhichArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}

/// Say that the problem of a ticket at hand is solved
#[derive(Clone, Debug, Args)]
#[command(after_long_help = FINISH_EXAMPLES)]
pub(crate) struct FinishArgs {
    #[command(flatten)]
    pub(crate) agent: AgentArgs,
    #[command(flatten)]
    pub(crate) ticket: WhichArgs,
    /// What solved it
    #[arg(long, value_name = "TEXT")]
    pub(crate) summary: Option<String>,
}

/// Staff a region: simulated agents sign in, take tickets, work and finish
///
/// Through the HTTP door, as people do. When the time is over they sign out, and what they have
/// goes to others.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = SIMULATE_EXAMPLES)]
pub(crate) struct SimulateArgs {
    /// Who: keys of the roster; by default everybody whom the bundle has
    #[arg(value_name = "AGENT")]
    pub(crate) agents: Vec<String>,
    /// The bundle whose roster it is, where no agents are named: a folder, or a shipped one
    #[arg(long, value_name = "DIR|NAME", default_value = "default")]
    pub(crate) policy: String,
    /// Only those whose centre serves this region
    #[arg(long, value_name = "REGION", value_parser = super::connect::region)]
    pub(crate) region: Option<String>,
    /// Decides what they do with which offer
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How long they stay, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=604_800))]
    pub(crate) seconds: u64,
    /// How long a ticket takes on average, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(0..=86_400_000))]
    pub(crate) handling: u64,
    /// Of a thousand offers, how many they decline
    #[arg(long, value_name = "PERMILLE", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=1_000))]
    pub(crate) decline: u16,
    /// Go home once so many tickets are resolved; 0 for never
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub(crate) tickets: u64,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// An agent and where to ask.
#[derive(Clone, Debug, Args)]
pub(crate) struct AgentArgs {
    /// The agent: a key of the roster
    #[arg(value_name = "AGENT")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Which of an agent's tickets.
#[derive(Clone, Debug, Args)]
pub(crate) struct WhichArgs {
    /// The ticket: its number or its identity; may be left out where there is only one
    #[arg(value_name = "TICKET")]
    pub(crate) id: Option<String>,
}

fn presence() -> PossibleValuesParser {
    let lasting = Presence::ALL.into_iter().filter(|it| *it != Presence::Seen);
    PossibleValuesParser::new(lasting.map(Presence::as_str))
}
