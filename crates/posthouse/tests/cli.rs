//! The command line from outside: the binary is run, and judged by what it prints and by its exit
//! code. The HTTP door is a fake where one is needed.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test may fail as loudly as the test"
)]

#[path = "cli/agents.rs"]
mod agents;
#[path = "cli/classifier.rs"]
mod classifier;
#[path = "cli/customers.rs"]
mod customers;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/door.rs"]
mod door;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/help.rs"]
mod help;
#[path = "cli/notify.rs"]
mod notify;
#[path = "cli/posthouse.rs"]
mod posthouse;
#[path = "cli/simulate.rs"]
mod simulate;
#[path = "cli/tickets.rs"]
mod tickets;
#[path = "cli/top.rs"]
mod top;
#[path = "cli/trying.rs"]
mod trying;
