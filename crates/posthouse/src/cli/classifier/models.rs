//! The commands of `posthouse classifier` that deal with models as wholes: where they lie, which of
//! them decides, and which of two is better.

use std::path::PathBuf;

use clap::Args;
use posthouse_domain::Timestamp;

use super::OutsideArgs;
use crate::cli::connect::{BusArgs, ByArgs, ServerArgs};

const PUSH_EXAMPLES: &str = "\
Examples:
  posthouse classifier push ours.model
  posthouse classifier push ours.model --region cn-north --nats nats://127.0.0.1:4222 --json
      {\"address\",\"bytes\",\"new\"}";

const LIST_EXAMPLES: &str = "\
Examples:
  posthouse classifier list
  posthouse classifier list --json
      {\"address\",\"role\"}: `decides`, `challenges` or nothing";

const SHOW_EXAMPLES: &str = "\
Examples:
  posthouse classifier show default
  posthouse classifier show ours.model
  posthouse classifier show 3f0a91c2
      The model of the region's store whose address begins so.";

const SHADOW_EXAMPLES: &str = "\
Examples:
  posthouse classifier shadow 3f0a91c2
  posthouse classifier shadow none";

const PROMOTE_EXAMPLES: &str = "\
Examples:
  posthouse classifier promote 3f0a91c2 --test frozen.jsonl
  posthouse classifier promote 3f0a91c2 --test frozen.jsonl --alpha 0.05
      A loss that chance explains with at least that probability is let pass.
  posthouse classifier promote default
      Back to the model that is part of the program; back to any other by its address.";

const COMPARE_EXAMPLES: &str = "\
Examples:
  posthouse classifier compare --model default --model ours.model --input frozen.jsonl
  posthouse classifier compare --model default --model 3f0a91c2 --from-log --json
      One line per head: {\"head\",\"tickets\",\"disagree\",\"both_right\",\"only_a\",\"only_b\",
      \"both_wrong\",\"accuracy_a\",\"accuracy_b\",\"p_value\"}";

const REVIEW_EXAMPLES: &str = "\
Examples:
  posthouse classifier review --limit 20
  posthouse classifier review --since 2026-11-01T00:00:00Z --json
      One line per ticket: {\"number\",\"ticket_id\",\"subject\",\"category\",\"margin\",\"abstained\",
      \"disagrees\":[HEAD]}";

/// Where the region is.
#[derive(Clone, Debug, Args)]
pub(crate) struct RegionArgs {
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    #[command(flatten)]
    pub(crate) bus: BusArgs,
}

/// Which tickets of the region's log count.
#[derive(Clone, Debug, Args)]
pub(crate) struct SinceArgs {
    /// Only tickets opened since then
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) since: Option<Timestamp>,
}

/// Learning from a region's log, for `classifier train`.
#[derive(Clone, Debug, Args)]
pub(crate) struct FromLogArgs {
    /// Learn from the tickets of the region's log whose labels people corrected
    #[arg(long)]
    pub(crate) from_log: bool,
    /// And from those that a person resolved without correcting them
    #[arg(long, requires = "from_log")]
    pub(crate) confirmed: bool,
    #[command(flatten)]
    pub(crate) since: SinceArgs,
    #[command(flatten)]
    pub(crate) region: RegionArgs,
}

/// Store a model in a region, under the hash of its content
///
/// Nothing decides by it yet: see `classifier shadow` and `classifier promote`. Prints its address.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = PUSH_EXAMPLES)]
pub(crate) struct PushArgs {
    /// The file of the model
    #[arg(value_name = "FILE")]
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) region: RegionArgs,
}

/// List the models of a region, and which of them decides
#[derive(Clone, Debug, Args)]
#[command(after_long_help = LIST_EXAMPLES)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) region: RegionArgs,
}

/// Show what a model knows about itself: its heads, its labels, how well it did in training
#[derive(Clone, Debug, Args)]
#[command(after_long_help = SHOW_EXAMPLES)]
pub(crate) struct ShowArgs {
    /// `default`, a file, or an address or its beginning
    #[arg(value_name = "MODEL", default_value = "default")]
    pub(crate) model: String,
    #[command(flatten)]
    pub(crate) region: RegionArgs,
}

/// Let a model run beside the one that decides, without effect
///
/// Activates the bundle in force with `[model] challenger` set. How often the two agree is the
/// metric `classifier_shadow_total`.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = SHADOW_EXAMPLES)]
pub(crate) struct ShadowArgs {
    /// `default`, an address or its beginning, or `none`
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    #[command(flatten)]
    pub(crate) by: ByArgs,
    #[command(flatten)]
    pub(crate) region: RegionArgs,
}

/// Let another model decide, or one from before again
///
/// Activates the bundle in force with `[model] name` set, at one place of every partition. With
/// --test it refuses (exit code 4) a model that is right less often than the one that decides now.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = PROMOTE_EXAMPLES)]
pub(crate) struct PromoteArgs {
    /// `default`, an address or its beginning, or `none` for words alone
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// A file of labelled tickets that neither was trained on
    #[arg(long, value_name = "FILE")]
    pub(crate) test: Option<PathBuf>,
    /// Let a loss pass that chance explains with at least this probability
    #[arg(long, value_name = "P", requires = "test", value_parser = probability)]
    pub(crate) alpha: Option<f64>,
    #[command(flatten)]
    pub(crate) outside: OutsideArgs,
    #[command(flatten)]
    pub(crate) by: ByArgs,
    #[command(flatten)]
    pub(crate) region: RegionArgs,
}

/// Say where two models disagree, and which is right more often
///
/// The p-value of McNemar's test is how probable so uneven an outcome is if both are equally good.
#[derive(Clone, Debug, Args)]
#[command(
    after_long_help = COMPARE_EXAMPLES,
    group = clap::ArgGroup::new("tickets").args(["input", "from_log"]).required(true)
)]
pub(crate) struct CompareArgs {
    /// `default`, a file, or an address or its beginning; given twice
    #[arg(long = "model", value_name = "MODEL", required = true)]
    pub(crate) models: Vec<String>,
    /// Labelled tickets
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Vec<PathBuf>,
    /// The tickets of the region's log that people corrected
    #[arg(long)]
    pub(crate) from_log: bool,
    #[command(flatten)]
    pub(crate) outside: OutsideArgs,
    #[command(flatten)]
    pub(crate) since: SinceArgs,
    #[command(flatten)]
    pub(crate) region: RegionArgs,
}

/// List the tickets that are most worth a person's look
///
/// First those on which the model that decides and its challenger disagree most, then those of
/// which the model was least sure. Tickets that were corrected are not listed.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = REVIEW_EXAMPLES)]
pub(crate) struct ReviewArgs {
    /// How many tickets
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) since: SinceArgs,
    #[command(flatten)]
    pub(crate) region: RegionArgs,
}

/// Reads an instant.
fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| "want an instant, such as 2026-11-01T00:00:00Z".to_owned())
}

/// Reads a probability.
fn probability(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (0.0..=1.0).contains(number))
        .ok_or_else(|| "want a number from 0 to 1, such as 0.05".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_read() {
        assert_eq!(probability("0.05"), Ok(0.05));
        for wrong in ["5", "-0.1", "NaN", "much"] {
            assert!(probability(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn instants_are_read() {
        assert!(instant("2026-11-01T00:00:00Z").is_ok());
        assert!(instant("yesterday").is_err());
    }
}
