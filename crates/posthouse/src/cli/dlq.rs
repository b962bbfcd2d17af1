//! `posthouse dlq`.

use std::str::FromStr;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use posthouse_bus::Role;

use super::connect::{BusArgs, ByArgs, ServerArgs};

const LIST_EXAMPLES: &str = "\
Examples:
  posthouse dlq list
  posthouse dlq list --role router --status all --json";

const SHOW_EXAMPLES: &str = "\
Examples:
  posthouse dlq show PH_cn-north_0/1234";

const REDRIVE_EXAMPLES: &str = "\
Examples:
  posthouse dlq redrive PH_cn-north_0/1234
  posthouse dlq redrive PH_cn-north_0/1234 --region cn-north --nats nats://127.0.0.1:4222

The message takes a new place in the log, so it is decided by what holds now.";

const DROP_EXAMPLES: &str = "\
Examples:
  posthouse dlq drop PH_cn-north_0/1234";

/// What can have become of a dead letter, and the word for all of it.
pub(crate) const STATUSES: [&str; 4] = ["open", "redriven", "dropped", "all"];

fn role() -> PossibleValuesParser {
    PossibleValuesParser::new(Role::ALL.map(Role::as_str))
}

/// Look at dead letters and deal with them
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum DlqCommand {
    List(ListArgs),
    Show(ShowArgs),
    Redrive(RedriveArgs),
    Drop(DropArgs),
}

/// List dead letters, the newest first
#[derive(Clone, Debug, Args)]
#[command(after_long_help = LIST_EXAMPLES)]
pub(crate) struct ListArgs {
    /// Only those of this role
    #[arg(long, value_name = "ROLE", value_parser = role())]
    pub(crate) role: Option<String>,
    /// Only those with this code
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    /// What became of them
    #[arg(long, value_name = "STATUS", value_parser = STATUSES, default_value = STATUSES[0])]
    pub(crate) status: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Show a dead letter: why, and its original bytes
#[derive(Clone, Debug, Args)]
#[command(after_long_help = SHOW_EXAMPLES)]
pub(crate) struct ShowArgs {
    /// Which one: STREAM/SEQUENCE, as `dlq list` prints it
    #[arg(value_name = "STREAM/SEQUENCE")]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Publish the original message again, and settle the dead letter
#[derive(Clone, Debug, Args)]
#[command(after_long_help = REDRIVE_EXAMPLES)]
pub(crate) struct RedriveArgs {
    #[command(flatten)]
    pub(crate) settle: SettleArgs,
}

/// Give a dead letter up
///
/// It stays in the log, but is not listed any more.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = DROP_EXAMPLES)]
pub(crate) struct DropArgs {
    #[command(flatten)]
    pub(crate) settle: SettleArgs,
}

/// A dead letter to deal with, and how to reach the bus it is on.
#[derive(Clone, Debug, Args)]
pub(crate) struct SettleArgs {
    /// Which one: STREAM/SEQUENCE, as `dlq list` prints it
    #[arg(value_name = "STREAM/SEQUENCE")]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) by: ByArgs,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
}

/// The place of a message: `STREAM/SEQUENCE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The stream.
    pub(crate) stream: String,
    /// The sequence in it, from 1.
    pub(crate) sequence: u64,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (stream, sequence) = text.split_once('/')?;
            let sequence = sequence.parse().ok().filter(|sequence| *sequence > 0)?;
            (!stream.is_empty()).then(|| Self {
                stream: stream.to_owned(),
                sequence,
            })
        };
        read().ok_or_else(|| "want STREAM/SEQUENCE, such as PH_cn-north_0/1234".to_owned())
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.stream, self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_back() {
        let place: Place = "PH_cn-north_0/12".parse().unwrap();
        assert_eq!(place.to_string(), "PH_cn-north_0/12");
        for bad in ["", "PH", "PH/", "/1", "PH/0", "PH/x", "PH/1/2"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }
}
