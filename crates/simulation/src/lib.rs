//! A whole region on a bad day, in one thread and virtual time, decided by a seed.
//!
//! All roles run with their production handlers, in the production worker loop, behind the
//! production intake, over the bus in memory. What is simulated is the world around them: the
//! people, the network, the disks, the clocks, and the moments at which processes die.
//!
//! # How it works
//!
//! 1. The plan: the seed decides how large the region is, what is sent to it, and which faults
//!    there are and how often.
//! 2. Processes: each role runs in two or three. A process touches the world only through its
//!    ports, and every call of a port passes its life, before its effect and after it: there it
//!    may wait, fail, freeze, or never return, because the process was killed at that very point.
//!    What its disk then holds is drawn too.
//! 3. The outside: customers and agents live the lives of tickets at the doors of the intakes and
//!    through the inbox; strangers send what nobody can read; an operator activates another
//!    policy.
//! 4. Faults end; the region has two minutes to finish what is open. Then everybody goes home,
//!    and every view is rebuilt from the log by fresh workers.
//! 5. The judge looks at what is left.
//!
//! # Invariants
//!
//! - The same seed makes the same run, on every machine: the log that is left is the same to the
//!   byte. Nothing reads a real clock, no thread is asked, no order of a hash map is followed.
//! - A fault keeps to the contract of the port that it strikes: it does nothing that a real bus,
//!   disk or clock could not do. Only a [`Plant`] breaks a contract, and must be convicted.

mod bundles;
mod commands;
mod customers;
mod dice;
mod disk;
mod endpoint;
mod hostile;
mod judge;
mod life;
mod outcome;
mod plan;
mod plant;
mod process;
mod rebuild;
mod region;
mod workshop;
mod world;

pub use outcome::{Outcome, Violation};
pub use plant::{Plant, UnknownPlant};

use crate::plan::Plan;

/// Makes the run of a seed, with a defect planted or without. Takes a thread of its own while it
/// lasts, some tens of milliseconds.
///
/// # Panics
///
/// When the system has no room for a runtime.
#[must_use]
pub fn simulate(seed: u64, plant: Option<Plant>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime of one thread needs nothing that could be missing");
    let remains = runtime.block_on(region::run(Plan::of(seed, plant)));
    judge::judge(&remains)
}
