//! How a run that was judged is told, and what its command ends with.

use std::fmt::Display;
use std::process::ExitCode;

use crate::exit::Exit;

/// What was made of a run.
pub(crate) struct Judgement {
    /// For people.
    pub(crate) text: String,
    /// For scripts, on one line.
    pub(crate) line: String,
    /// Whether a promise was broken.
    pub(crate) is_broken: bool,
}

/// Tells a judgement; there is none where the run was ended from outside.
#[expect(clippy::print_stdout, reason = "it is a command, and this is its data")]
pub(crate) fn tell(judged: Option<Result<Judgement, impl Display>>, json: bool) -> ExitCode {
    let judgement = match judged {
        Some(Ok(judgement)) => judgement,
        Some(Err(error)) => {
            eprintln!("failed to {error}");
            return ExitCode::FAILURE;
        }
        None => return ExitCode::FAILURE,
    };
    if json {
        eprintln!("{}", judgement.text);
        println!("{}", judgement.line);
    } else {
        println!("{}", judgement.text);
    }
    let exit = match judgement.is_broken {
        true => Exit::Violation,
        false => Exit::Done,
    };
    exit.into()
}
