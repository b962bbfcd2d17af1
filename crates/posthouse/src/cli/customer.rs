//! `posthouse customer`.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use posthouse_domain::notify::{CHANNELS, TOLD};
use posthouse_domain::ticket::FactKind;

use super::connect::ServerArgs;

const SHOW_EXAMPLES: &str = "\
Examples:
  posthouse customer show c-42
  posthouse customer show c-42 --json";

const PREFER_EXAMPLES: &str = "\
Examples:
  posthouse customer prefer c-42 --channel email --channel sms --language de
      By mail and telephone only, in German.
  posthouse customer prefer c-42 --about resolved --about closed
      Nothing but the end of tickets, and what the policy calls mandatory.
  posthouse customer prefer c-42 --no-about
      Nothing but what the policy calls mandatory.
  posthouse customer prefer c-42
      As the policy has it: takes back what was said before.";

/// How customers want to be told
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum CustomerCommand {
    Show(ShowArgs),
    Prefer(PreferArgs),
}

/// Show how a customer wants to be told
#[derive(Clone, Debug, Args)]
#[command(after_long_help = SHOW_EXAMPLES)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) customer: CustomerArgs,
}

/// Say how a customer wants to be told
///
/// All of it is said at once, and what was said last holds. What is not told because of it is
/// noted on the ticket's timeline, with who said so and when.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = PREFER_EXAMPLES)]
pub(crate) struct PreferArgs {
    #[command(flatten)]
    pub(crate) customer: CustomerArgs,
    /// A channel by which they may be told; all that need no consent unless given
    #[arg(long = "channel", value_name = "CHANNEL", value_parser = PossibleValuesParser::new(CHANNELS))]
    pub(crate) channels: Vec<String>,
    /// No channel at all
    #[arg(long, conflicts_with = "channels")]
    pub(crate) no_channel: bool,
    /// A kind of fact they want to hear of; all unless given
    #[arg(long = "about", value_name = "KIND", value_parser = kinds())]
    pub(crate) about: Vec<String>,
    /// No kind of fact at all
    #[arg(long, conflicts_with = "about")]
    pub(crate) no_about: bool,
    /// The language they read, such as de or zh-TW; that of each ticket unless given
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
    /// The agent who says so in their name; the customer unless given
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

/// Which customer, and where to ask.
#[derive(Clone, Debug, Args)]
pub(crate) struct CustomerArgs {
    /// The customer's key
    #[arg(value_name = "CUSTOMER")]
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// The kinds that somebody can be told of.
fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(TOLD.iter().map(|kind: &FactKind| kind.as_str()))
}
