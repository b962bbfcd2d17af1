//! `cargo xtask`: what the people who build Posthouse need beside `cargo` itself. Each
//! subcommand is a file; none of them ships.
//!
//! They end with 0 when they did what they were asked for, 1 when they could not, 2 when it was
//! not understood, and 6 when a promise was broken.

mod chaos;
mod exit;
mod fuzz;
mod judgement;
mod sbom;
mod simulate;
mod soak;
mod until_signalled;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What the people who build Posthouse need beside cargo.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Chaos(chaos::ChaosArgs),
    Fuzz(fuzz::FuzzArgs),
    Sbom(sbom::SbomArgs),
    Simulate(simulate::SimulateArgs),
    Soak(soak::SoakArgs),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Chaos(args) => chaos::run(args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Sbom(args) => sbom::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Soak(args) => soak::run(args),
    }
}
