//! `posthouse completions` and `posthouse man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  posthouse completions bash > ~/.local/share/bash-completion/completions/posthouse
  posthouse completions zsh > ~/.zfunc/_posthouse
  posthouse completions fish > ~/.config/fish/completions/posthouse.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  posthouse man --dir /usr/local/share/man/man1";

/// Print a completion script for a shell
#[derive(Clone, Debug, Args)]
#[command(after_long_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// Write the manual pages
///
/// One page for each command, `posthouse.1`, `posthouse-ticket-submit.1` and so on.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = MAN_EXAMPLES)]
pub(crate) struct ManArgs {
    /// The folder to write them to; created if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
}
