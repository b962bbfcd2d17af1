//! `posthouse route bench`.

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  posthouse route bench
  posthouse route bench --agents 2000 --waiting 1000,10000,200000 --json

One line for each size: how long a decision takes with its explanation, half of them and all but
one in a hundred; how many are made a second on one core, arrivals included; and what a waiting
ticket takes in memory. Half of the decisions are made when an agent finishes, half when a ticket
comes to a queue in which agents are idle.";

/// Measure what a decision of dispatch costs
///
/// Needs no server. Measures the code that decides in production, without the bus around it.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct RouteBenchArgs {
    /// How many agents are ready
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = count(10, 20_000))]
    pub(crate) agents: usize,
    /// How many tickets wait, one measurement for each
    #[arg(
        long,
        value_name = "A,B,C",
        value_delimiter = ',',
        default_values_t = [1_000, 10_000, 200_000],
        value_parser = count(1, 2_000_000)
    )]
    pub(crate) waiting: Vec<usize>,
}

/// A whole number within bounds.
fn count(min: usize, max: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    move |text| {
        let number = text.parse::<usize>().ok();
        let number = number.filter(|number| (min..=max).contains(number));
        number.ok_or_else(|| format!("want a whole number from {min} to {max}"))
    }
}
