//! `posthouse explain-error`.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  posthouse explain-error NTF0001
  posthouse explain-error
  posthouse explain-error BUS0001 --json";

/// Say what an error code means, and what to do
///
/// Prints the page of each code, or all codes with their meaning in a few words. The pages are part
/// of the program: it needs no network. Ends with 3 when there is no such code.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ExplainErrorArgs {
    /// Codes, as messages and dead letters have them
    #[arg(value_name = "CODE")]
    pub(crate) codes: Vec<String>,
}
