//! What the commands do. Each takes what [`crate::cli`] describes, writes to
//! [`crate::output::Output`] and ends with an exit code.

mod agent;
mod bench;
pub(crate) mod bundle;
mod classifier;
mod customer;
mod demo;
mod dlq;
mod doctor;
mod explain_error;
mod notify;
mod pages;
mod policy;
mod region;
mod route;
mod run;
mod silence;
mod sla;
mod stream;
mod ticket;
mod top;
mod up;

use posthouse_runtime::config;

use crate::cli::Command;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// Does what was asked.
///
/// # Errors
///
/// Why it could not be done.
pub(crate) async fn run(command: Command, output: &Output) -> Result<Exit, Error> {
    match command {
        Command::Ticket(command) => ticket::run(command, output).await,
        Command::Agent(command) => agent::run(command, output).await,
        Command::Customer(command) => customer::run(command, output).await,
        Command::Policy(command) => policy::run(command, output).await,
        Command::Sla(command) => sla::run(&command, output),
        Command::Route(command) => route::run(&command, output).await,
        Command::Classifier(command) => classifier::run(&command, output).await,
        Command::Notify(command) => notify::run(command, output).await,
        Command::Silence(command) => silence::run(command, output).await,
        Command::Dlq(command) => dlq::run(command, output).await,
        Command::Stream(command) => stream::run(&command, output).await,
        Command::Doctor(args) => doctor::run(&args, output).await,
        Command::Top(args) => top::run(&args, output).await,
        Command::ExplainError(args) => explain_error::run(&args, output),
        Command::Completions(args) => pages::completions(&args, output),
        Command::Man(args) => pages::man(&args, output),
        Command::Up(args) => up::run(args, output).await,
        Command::Run(args) => run::run(args, output).await,
        Command::Region(command) => region::run(command, output).await,
        Command::Bench(command) => bench::run(command, output).await,
    }
}

/// Starts the log of a process that stays. People who did not ask for more are spared what is
/// only of interest to operators.
fn logs(settings: &config::Log, output: &Output) -> Result<(), Error> {
    let mut settings = settings.clone();
    if settings == config::Log::default() && !output.is_verbose() {
        settings.filter = "warn".to_owned();
    }
    posthouse_runtime::logs::init(&settings)
        .map_err(|error| Error::usage(format!("{error} ({})", error.code())))
}
