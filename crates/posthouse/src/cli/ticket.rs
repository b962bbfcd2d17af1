//! `posthouse ticket`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use posthouse_domain::ticket::{Progress, Sentiment, Severity, State};

use super::connect::ServerArgs;

const SUBMIT_EXAMPLES: &str = "\
Examples:
  posthouse ticket submit --customer c-42 --subject 'cannot log in' --body 'since 9:00'
  posthouse ticket submit --customer c-42 --subject '支付失败' -f report.txt --severity P1
  journalctl -u shop -n 50 | posthouse ticket submit --customer c-42 --subject 'shop is down' -f -
  posthouse ticket submit --file tickets.jsonl
      One JSON object per line, as POST /v1/tickets takes it.";

const LIST_EXAMPLES: &str = "\
Examples:
  posthouse ticket list --severity P0
  posthouse ticket list --query 'status=待处理'
  posthouse ticket list --text 'packet loss' --all --json";

const SHOW_EXAMPLES: &str = "\
Examples:
  posthouse ticket show CN-2026-000001
  posthouse ticket show CN-2026-000001 --json
      The object that GET /v1/tickets/{id} gives.";

const WHY_EXAMPLES: &str = "\
Examples:
  posthouse ticket why CN-2026-000001
      Every decision: rule, inputs, rejected candidates, version of the policy.";

const TRACE_EXAMPLES: &str = "\
Examples:
  posthouse ticket trace CN-2026-000001
      Who had it when, which part of its life took longest, which traces to look up.
  posthouse ticket trace CN-2026-000001 --json
      The object that GET /v1/tickets/{id}/trace gives.";

const REPLY_EXAMPLES: &str = "\
Examples:
  posthouse ticket reply CN-2026-000001 --text 'It works again, thank you.'
  posthouse ticket reply CN-2026-000001 --actor agent:anna --awaits-customer \\
      --text 'Please send us the output of `ip route`.'";

const ASSIGN_EXAMPLES: &str = "\
Examples:
  posthouse ticket assign CN-2026-000001 anna";

const PROGRESS_EXAMPLES: &str = "\
Examples:
  posthouse ticket progress CN-2026-000001 in_progress
  posthouse ticket progress CN-2026-000001 waiting_on_third_party --reason 'carrier ticket 77'";

const RESOLVE_EXAMPLES: &str = "\
Examples:
  posthouse ticket resolve CN-2026-000001 --summary 'Replaced the optical module.'";

const REOPEN_EXAMPLES: &str = "\
Examples:
  posthouse ticket reopen CN-2026-000001 --reason 'It happened again.'";

const CLOSE_EXAMPLES: &str = "\
Examples:
  posthouse ticket close CN-2026-000001 --reason 'Confirmed by the customer.'";

const CORRECT_EXAMPLES: &str = "\
Examples:
  posthouse ticket correct CN-2026-000001 --category network --severity P1 --actor agent:anna
  posthouse ticket correct CN-2026-000001 --tag refund --tag vip --note 'asks for money back'
  posthouse ticket correct CN-2026-000001 --no-tags";

const UNFOLD_EXAMPLES: &str = "\
Examples:
  posthouse ticket unfold CN-2026-000001 --reason 'another fault of its own'";

const TRANSFER_EXAMPLES: &str = "\
Examples:
  posthouse ticket transfer CN-2026-000001 --level L2 --reason 'needs the network team'
  posthouse ticket transfer CN-2026-000001 --agent anna --actor agent:li
  posthouse ticket transfer CN-2026-000001 --queue beijing/L2/network/zh";

/// Submit tickets, look at them, move them
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum TicketCommand {
    Submit(SubmitArgs),
    List(ListArgs),
    Show(ShowArgs),
    Why(WhyArgs),
    Trace(TraceArgs),
    Reply(ReplyArgs),
    Assign(AssignArgs),
    Progress(ProgressArgs),
    Resolve(ResolveArgs),
    Reopen(ReopenArgs),
    Close(CloseArgs),
    Correct(CorrectArgs),
    Unfold(UnfoldArgs),
    Transfer(TransferArgs),
}

/// Submit a ticket, or many from a file
///
/// Prints the number that the ticket got. With an idempotency key, repeating the command gives the
/// same ticket.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = SUBMIT_EXAMPLES)]
pub(crate) struct SubmitArgs {
    /// The customer's key
    #[arg(long, value_name = "KEY", required_unless_present = "many")]
    pub(crate) customer: Option<String>,
    /// One line that says what is wrong
    #[arg(long, value_name = "TEXT", required_unless_present = "many")]
    pub(crate) subject: Option<String>,
    /// The whole text
    #[arg(long, value_name = "TEXT", conflicts_with = "body_file")]
    pub(crate) body: Option<String>,
    /// A file with the whole text, or `-` for standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) body_file: Option<PathBuf>,
    /// How bad it is, as the customer sees it
    #[arg(long, value_name = "SEVERITY", value_parser = severity())]
    pub(crate) severity: Option<String>,
    /// The customer's region
    #[arg(long, value_name = "REGION", value_parser = super::connect::region)]
    pub(crate) region: Option<String>,
    /// The customer's tier
    #[arg(long, value_name = "TIER")]
    pub(crate) tier: Option<String>,
    /// The way it came
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) channel: Option<String>,
    /// The language of the text, BCP 47
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
    /// The product concerned
    #[arg(long, value_name = "PRODUCT")]
    pub(crate) product: Option<String>,
    /// A free property; may be given several times
    #[arg(long = "attribute", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) attributes: Vec<(String, String)>,
    /// Makes a repeat of the command the same ticket
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
    /// Submit every line of a file of JSON objects, or of standard input for `-`
    #[arg(
        long = "file",
        value_name = "JSONL",
        conflicts_with_all = [
            "customer", "subject", "body", "body_file", "severity", "region", "tier", "channel",
            "language", "product", "attributes", "idempotency_key",
        ]
    )]
    pub(crate) many: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// List tickets
///
/// Filters hold together. A page at a time, or all of them with --all.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = LIST_EXAMPLES)]
pub(crate) struct ListArgs {
    /// Only in this state
    #[arg(long, value_name = "STATE", value_parser = state())]
    pub(crate) state: Option<String>,
    /// Only of this severity
    #[arg(long, value_name = "SEVERITY", value_parser = severity())]
    pub(crate) severity: Option<String>,
    /// Only of this category
    #[arg(long, value_name = "CATEGORY")]
    pub(crate) category: Option<String>,
    /// Only of this kind
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// Only in this queue: centre/level/skill/language
    #[arg(long, value_name = "QUEUE")]
    pub(crate) queue: Option<String>,
    /// Only of this region
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Only of this customer
    #[arg(long, value_name = "KEY")]
    pub(crate) customer: Option<String>,
    /// Only in this language
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
    /// Only of this tier
    #[arg(long, value_name = "TIER")]
    pub(crate) tier: Option<String>,
    /// Only with these words in subject or text
    #[arg(long, value_name = "WORDS")]
    pub(crate) text: Option<String>,
    /// Filters in one expression; states in English or Chinese: `status=待处理`
    #[arg(long, value_name = "QUERY")]
    pub(crate) query: Option<String>,
    /// The order, such as `opened_at` or `-opened_at`
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    /// How many tickets a page has
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// All pages
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Show a ticket: what it is, what was promised, what happened
#[derive(Clone, Debug, Args)]
#[command(after_long_help = SHOW_EXAMPLES)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) ticket: TicketArgs,
}

/// Show why a ticket was classified, routed and timed as it was
#[derive(Clone, Debug, Args)]
#[command(after_long_help = WHY_EXAMPLES)]
pub(crate) struct WhyArgs {
    #[command(flatten)]
    pub(crate) ticket: TicketArgs,
}

/// Show where a ticket's minutes went, step by step, with the traces to look up
///
/// Each instant of its life belongs to one part: `decide` (by machines, until it has a queue),
/// `queue` (waits for somebody), `notifier` (who must act was not told yet), `person` (somebody has
/// it) or `pause` (clocks stand still).
#[derive(Clone, Debug, Args)]
#[command(after_long_help = TRACE_EXAMPLES)]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    pub(crate) ticket: TicketArgs,
}

/// Write to a ticket
#[derive(Clone, Debug, Args)]
#[command(after_long_help = REPLY_EXAMPLES)]
pub(crate) struct ReplyArgs {
    #[command(flatten)]
    pub(crate) ticket: TicketArgs,
    /// What to write
    #[arg(
        long,
        value_name = "TEXT",
        required_unless_present = "text_file",
        conflicts_with = "text_file"
    )]
    pub(crate) text: Option<String>,
    /// A file with what to write, or `-` for standard input
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) text_file: Option<PathBuf>,
    /// Work then waits for the customer's answer; for agents
    #[arg(long)]
    pub(crate) awaits_customer: bool,
    #[command(flatten)]
    pub(crate) by: ActorArgs,
}

/// Give a ticket to a person
#[derive(Clone, Debug, Args)]
#[command(after_long_help = ASSIGN_EXAMPLES)]
pub(crate) struct AssignArgs {
    #[command(flatten)]
    pub(crate) ticket: TicketArgs,
    /// The person's key
    #[arg(value_name = "AGENT")]
    pub(crate) agent: String,
    #[command(flatten)]
    pub(crate) by: ActorArgs,
}

/// Move the work on a ticket
#[derive(Clone, Debug, Args)]
#[command(after_long_help = PROGRESS_EXAMPLES)]
pub(crate) struct ProgressArgs {
    #[command(flatten)]
    pub(crate) ticket: TicketArgs,
    /// Where to
    #[arg(value_name = "TO", value_parser = progress())]
    pub(crate) to: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) by: ActorArgs,
}

/// Say that the problem is solved
#[derive(Clone, Debug, Args)]
#[command(after_long_help = RESOLVE_EXAMPLES)]
pub(crate) struct ResolveArgs {
    #[command(flatten)]
    pub(crate) ticket: TicketArgs,
    /// What solved it
    #[arg(long, value_name = "TEXT")]
    pub(crate) summary: Option<String>,
    #[command(flatten)]
    pub(crate) by: ActorArgs,
}

/// Say that the problem came back
#[derive(Clone, Debug, Args)]
#[command(after_long_help = REOPEN_EXAMPLES)]
pub(crate) struct ReopenArgs {
    #[command(flatten)]
    pub(crate) ticket: TicketArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) by: ActorArgs,
}

/// Close a ticket
#[derive(Clone, Debug, Args)]
#[command(after_long_help = CLOSE_EXAMPLES)]
pub(crate) struct CloseArgs {
    #[command(flatten)]
    pub(crate) ticket: TicketArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) by: ActorArgs,
}

/// Say what the labels are
///
/// What is said holds from here on, whatever is concluded later, and the classifier learns from
/// it. What is not said stays as it is.
#[derive(Clone, Debug, Args)]
#[command(
    after_long_help = CORRECT_EXAMPLES,
    group = clap::ArgGroup::new("labels")
        .args(["category", "kind", "severity", "sentiment", "language", "tags", "no_tags"])
        .required(true)
        .multiple(true)
)]
pub(crate) struct CorrectArgs {
    #[command(flatten)]
    pub(crate) ticket: TicketArgs,
    /// What it is about
    #[arg(long, value_name = "CATEGORY")]
    pub(crate) category: Option<String>,
    /// What the customer wants
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<String>,
    /// How bad it is
    #[arg(long, value_name = "SEVERITY", value_parser = severity())]
    pub(crate) severity: Option<String>,
    /// How the customer sounds
    #[arg(long, value_name = "SENTIMENT", value_parser = sentiment())]
    pub(crate) sentiment: Option<String>,
    /// The language of the text, BCP 47
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
    /// A tag that holds; given several times, these are all tags
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// No tag holds
    #[arg(long, conflicts_with = "tags")]
    pub(crate) no_tags: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) by: ActorArgs,
}

/// Take a ticket out of the incident that it was folded into
#[derive(Clone, Debug, Args)]
#[command(after_long_help = UNFOLD_EXAMPLES)]
pub(crate) struct UnfoldArgs {
    #[command(flatten)]
    pub(crate) ticket: TicketArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) by: ActorArgs,
}

/// Have a ticket go elsewhere; it keeps its clocks
#[derive(Clone, Debug, Args)]
#[command(
    after_long_help = TRANSFER_EXAMPLES,
    group = clap::ArgGroup::new("destination")
        .args(["queue", "level", "agent", "region"])
        .required(true)
)]
pub(crate) struct TransferArgs {
    #[command(flatten)]
    pub(crate) ticket: TicketArgs,
    /// To this queue: centre/level/skill/language
    #[arg(long, value_name = "QUEUE")]
    pub(crate) queue: Option<String>,
    /// To this level of support
    #[arg(long, value_name = "LEVEL")]
    pub(crate) level: Option<String>,
    /// To this agent
    #[arg(long, value_name = "AGENT")]
    pub(crate) agent: Option<String>,
    /// To this region
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) by: ActorArgs,
}

/// A ticket and where to ask for it.
#[derive(Clone, Debug, Args)]
pub(crate) struct TicketArgs {
    /// The ticket: its number or its identity
    #[arg(value_name = "TICKET")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// Who does it.
#[derive(Clone, Debug, Args)]
pub(crate) struct ActorArgs {
    /// Who does it: `customer:NAME`, `agent:NAME` or `system:NAME`
    #[arg(long, value_name = "KIND:NAME", value_parser = actor)]
    pub(crate) actor: Option<Actor>,
}

/// Who does something, as the HTTP door takes it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Actor {
    kind: String,
    name: String,
}

fn state() -> PossibleValuesParser {
    PossibleValuesParser::new(State::ALL.map(State::as_str))
}

fn severity() -> PossibleValuesParser {
    PossibleValuesParser::new(Severity::ALL.map(Severity::as_str))
}

fn sentiment() -> PossibleValuesParser {
    PossibleValuesParser::new(Sentiment::ALL.map(Sentiment::as_str))
}

fn progress() -> PossibleValuesParser {
    PossibleValuesParser::new(Progress::ALL.map(Progress::as_str))
}

fn actor(text: &str) -> Result<Actor, String> {
    /// Services act by themselves, never on somebody's word.
    const KINDS: [&str; 3] = ["customer", "agent", "system"];
    let want = "want KIND:NAME, such as agent:anna";
    let (kind, name) = text.split_once(':').ok_or(want)?;
    if name.is_empty() {
        return Err(want.to_owned());
    }
    if !KINDS.contains(&kind) {
        let hint = crate::words::suggestion(kind, KINDS);
        return Err(format!("there is no kind of actor `{kind}`; {hint}"));
    }
    Ok(Actor {
        kind: kind.to_owned(),
        name: name.to_owned(),
    })
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("want NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors_are_read() {
        let anna = Actor {
            kind: "agent".to_owned(),
            name: "anna:b".to_owned(),
        };
        assert_eq!(actor("agent:anna:b"), Ok(anna));
        assert!(
            actor("agnt:anna")
                .unwrap_err()
                .contains("did you mean `agent`")
        );
        assert!(actor("service:router").is_err());
        assert!(actor("agent:").is_err());
        assert!(actor("anna").is_err());
    }

    #[test]
    fn attributes_are_read() {
        assert_eq!(
            pair("order=a=b"),
            Ok(("order".to_owned(), "a=b".to_owned()))
        );
        assert!(pair("=b").is_err());
        assert!(pair("order").is_err());
    }
}
