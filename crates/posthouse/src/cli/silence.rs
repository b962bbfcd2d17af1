//! `posthouse silence`.

use clap::{Args, Subcommand};
use jiff::SignedDuration;
use posthouse_domain::Timestamp;
use posthouse_domain::notify::Matcher;

use super::connect::{BusArgs, ByArgs, ServerArgs};

const ADD_EXAMPLES: &str = "\
Examples:
  posthouse silence add --match customer=c-42 --for 2h --comment 'they are moving house'
  posthouse silence add --match category=network --match severity=P2,P3 --for 45m --hold \\
      --comment 'known, see EU-2026-000017'

A matcher is PROPERTY=VALUE[,VALUE…] or PROPERTY!=VALUE[,VALUE…]; all of them must hold.
Properties: receiver, rule, about, ticket, customer, tier, region, channel, product, category,
kind, severity, queue, incident, tags, and attributes.NAME for a free property.";

const LIST_EXAMPLES: &str = "\
Examples:
  posthouse silence list
  posthouse silence list --all --json";

const PREVIEW_EXAMPLES: &str = "\
Examples:
  posthouse silence preview --match customer=c-42
  posthouse silence preview --match about!=target_breached --since 6h --json";

const END_EXAMPLES: &str = "\
Examples:
  posthouse silence end 4f7a2c --reason 'fixed'";

/// Keep receivers from being told of something for a while
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum SilenceCommand {
    Add(AddArgs),
    List(ListArgs),
    Preview(PreviewArgs),
    End(EndArgs),
}

/// Silence something from now on, or from a later instant on
///
/// What is silenced is noted on the ticket's timeline, with who silenced it, until when and why.
/// A silence with the name of another one takes its place.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = ADD_EXAMPLES)]
pub(crate) struct AddArgs {
    /// What is silenced; all of them must hold
    #[arg(long = "match", value_name = "MATCHER", required = true)]
    pub(crate) matchers: Vec<Matcher>,
    /// For how long
    #[arg(long = "for", value_name = "DURATION")]
    pub(crate) lasts: SignedDuration,
    /// From when on, such as 2026-11-22T22:00:00+08:00; from now on unless given
    #[arg(long, value_name = "INSTANT")]
    pub(crate) from: Option<Timestamp>,
    /// Hold it back and tell all of it in one message afterwards, instead of dropping it
    #[arg(long)]
    pub(crate) hold: bool,
    /// Why, for whoever wonders
    #[arg(long, value_name = "TEXT")]
    pub(crate) comment: String,
    /// What to call it; made up unless given
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
}

/// List silences, those that end first on top
#[derive(Clone, Debug, Args)]
#[command(after_long_help = LIST_EXAMPLES)]
pub(crate) struct ListArgs {
    /// Those that are over, too
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
}

/// Show what would have been silenced
///
/// Looks at what was asked for lately, of all receivers, at most the last 100,000 messages that
/// couriers read.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = PREVIEW_EXAMPLES)]
pub(crate) struct PreviewArgs {
    /// What would be silenced; all of them must hold
    #[arg(long = "match", value_name = "MATCHER", required = true)]
    pub(crate) matchers: Vec<Matcher>,
    /// How far to look back
    #[arg(long, value_name = "DURATION", default_value = "24h")]
    pub(crate) since: SignedDuration,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
}

/// End a silence before its time
///
/// What it holds is told at once.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = END_EXAMPLES)]
pub(crate) struct EndArgs {
    /// Its name, as `silence list` prints it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
}

/// Who does it, and how to reach the bus.
#[derive(Clone, Debug, Args)]
pub(crate) struct WhoArgs {
    #[command(flatten)]
    pub(crate) by: ByArgs,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
}
