//! `posthouse classifier`.

pub(crate) mod models;

use std::path::PathBuf;

use clap::{Args, Subcommand};

const TRAIN_EXAMPLES: &str = "\
Examples:
  posthouse classifier train --input tickets.csv --label category --out ours.model
  posthouse classifier train --input a.jsonl b.jsonl.gz --label category kind tags --out ours.model
  posthouse classifier train --input train.jsonl --label intent --oos chatter.jsonl \\
      --validate dev.jsonl --out ours.model --json
      The last line on standard output is {\"rows\",\"classes\",\"train_seconds\",\"model_bytes\"}.
  posthouse classifier train --input base.jsonl --from-log --label category kind --out ours.model
      Also from what people corrected in the region.

A line of input is {\"text\": …} or {\"subject\": …, \"body\": …}, and the labels as fields of it:
a word, or a list of words where several may hold. CSV has the same names in its first line.";

const EVAL_EXAMPLES: &str = "\
Examples:
  posthouse classifier eval --input test.jsonl --label category
  posthouse classifier eval --model ours.model --input test.jsonl --label intent --oos chatter.jsonl
  posthouse classifier eval --model ours.model --input test.jsonl --label intent --json
      The last line on standard output is {\"n\",\"accuracy\",\"macro_f1\",\"ece\",
      \"coverage_at_budget\"}, and with --oos {\"in_scope_accuracy\",\"oos_recall\",\"auroc_oos\"};
      the lines before it are the tables.";

const PREDICT_EXAMPLES: &str = "\
Examples:
  posthouse classifier predict --input tickets.jsonl
  echo '{\"text\": \"ECS 连不上了，报 502\"}' | posthouse classifier predict --input - --json
      One line per ticket: {\"id\",\"category\",\"kind\",\"severity\",\"language\",\"sentiment\",\"tags\",
      \"missing\",\"pii\":[{\"type\",\"start\",\"end\"}],\"confidence\",\"abstained\",\"reasons\"}.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  posthouse classifier explain 'the load balancer answers 502 since noon'
  posthouse classifier explain - --head kind < ticket.txt
  posthouse classifier explain 'where is my card' --model ours.model --head intent --class card_arrival";

/// Train, judge and ask models of what tickets are about
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ClassifierCommand {
    Train(TrainArgs),
    Eval(EvalArgs),
    Predict(PredictArgs),
    Explain(ExplainArgs),
    Push(models::PushArgs),
    List(models::ListArgs),
    Show(models::ShowArgs),
    Compare(models::CompareArgs),
    Shadow(models::ShadowArgs),
    Promote(models::PromoteArgs),
    Review(models::ReviewArgs),
}

/// Which rows come from outside.
#[derive(Clone, Debug, Args)]
pub(crate) struct OutsideArgs {
    /// A file of texts from outside: none of the labels holds, and the model should say so
    #[arg(long, value_name = "FILE")]
    pub(crate) oos: Option<PathBuf>,
    /// The label that rows from outside have in the other files
    #[arg(long, value_name = "LABEL", default_value = "oos")]
    pub(crate) oos_label: String,
}

/// Second opinions, where the model is unsure.
#[derive(Clone, Debug, Args)]
pub(crate) struct EmbeddingArgs {
    /// A folder with a sentence model (config.json, tokenizer.json, model.safetensors) to ask where
    /// the model is unsure; needs a program that was built with the feature `embedding`
    #[arg(long, value_name = "DIR")]
    pub(crate) embedding: Option<PathBuf>,
    /// The share of tickets that is embedded, in 0.01 to 1: those of which the model is least sure
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share, requires = "embedding")]
    pub(crate) embed_share: f64,
}

/// Train a model from labelled tickets
///
/// Equal rows, options and seed give equal bytes.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = TRAIN_EXAMPLES)]
pub(crate) struct TrainArgs {
    /// Labelled tickets: JSON Lines or CSV, gzip where the name ends in .gz, `-` for standard input
    #[arg(long, value_name = "FILE", required_unless_present = "from_log", num_args = 1..)]
    pub(crate) input: Vec<PathBuf>,
    /// The fields to learn, each with a head of its own
    #[arg(long, value_name = "FIELD", required = true, num_args = 1..)]
    pub(crate) label: Vec<String>,
    /// Where the model is written to
    #[arg(long, value_name = "MODEL")]
    pub(crate) out: PathBuf,
    /// Labelled tickets that are not learnt from, to judge the model by
    #[arg(long, value_name = "FILE")]
    pub(crate) validate: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) outside: OutsideArgs,
    /// Decides the order in which rows are seen
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Percent of tickets from inside that the model may take for ones from outside
    #[arg(long, value_name = "PERCENT", default_value_t = 5.0, value_parser = percent)]
    pub(crate) budget: f32,
    /// What a row on the wrong side costs; more is better where rows are few and texts are long
    #[arg(long, value_name = "C", default_value_t = 1.0, value_parser = cost)]
    pub(crate) cost: f32,
    /// Learn the words of a bundle's taxonomy as well: a folder, or the name of a shipped bundle
    #[arg(long, value_name = "DIR|NAME")]
    pub(crate) words: Option<String>,
    #[command(flatten)]
    pub(crate) log: models::FromLogArgs,
    /// A folder with a sentence model: what it knows better is kept beside the model, in
    /// MODEL.second; needs a program that was built with the feature `embedding`
    #[arg(long, value_name = "DIR")]
    pub(crate) embedding: Option<PathBuf>,
}

/// Judge a model by tickets whose labels are known
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EVAL_EXAMPLES)]
pub(crate) struct EvalArgs {
    /// The model's file; by default the one that is part of the program
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,
    /// Labelled tickets, as for `classifier train`
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) input: Vec<PathBuf>,
    /// The field to judge: one that the model has a head for
    #[arg(long, value_name = "FIELD")]
    pub(crate) label: String,
    #[command(flatten)]
    pub(crate) outside: OutsideArgs,
    #[command(flatten)]
    pub(crate) second: EmbeddingArgs,
}

/// Label tickets
///
/// All of the classifier decides, as it does in a region: rules, words, the model, languages,
/// personal data. With --model, that model's heads answer instead of those of the shipped one.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = PREDICT_EXAMPLES)]
pub(crate) struct PredictArgs {
    /// Tickets: JSON Lines or CSV, gzip where the name ends in .gz, `-` for standard input
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) input: Vec<PathBuf>,
    /// The model's file; by default the one that is part of the program
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,
    /// The policy bundle whose taxonomy holds: a folder, or the name of a shipped one
    #[arg(long, value_name = "DIR|NAME", default_value = "default")]
    pub(crate) policy: String,
    #[command(flatten)]
    pub(crate) second: EmbeddingArgs,
}

/// Say which words and characters weighed most
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXPLAIN_EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// The ticket's text, or `-` for standard input
    #[arg(value_name = "TEXT|-")]
    pub(crate) text: String,
    /// The model's file; by default the one that is part of the program
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,
    /// Only this head
    #[arg(long, value_name = "HEAD")]
    pub(crate) head: Option<String>,
    /// This label rather than the likeliest
    #[arg(long, value_name = "LABEL", requires = "head")]
    pub(crate) class: Option<String>,
    /// How many n-grams on either side
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) most: usize,
}

fn share(text: &str) -> Result<f64, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (0.01..=1.0).contains(number))
        .ok_or_else(|| "want a number from 0.01 to 1, such as 0.2".to_owned())
}

fn cost(text: &str) -> Result<f32, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (0.001..=1_000.0).contains(number))
        .ok_or_else(|| "want a number from 0.001 to 1000, such as 1".to_owned())
}

fn percent(text: &str) -> Result<f32, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (0.0..100.0).contains(number))
        .ok_or_else(|| "want a number from 0 to 99.9, such as 5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_read() {
        assert_eq!(cost("3"), Ok(3.0));
        for wrong in ["0", "-1", "NaN", "inf", "much"] {
            assert!(cost(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn percents_are_read() {
        assert_eq!(percent("2.5"), Ok(2.5));
        for wrong in ["100", "-1", "NaN", "few"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shares_are_read() {
        assert_eq!(share("0.2"), Ok(0.2));
        for wrong in ["0", "20", "NaN", "half"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
