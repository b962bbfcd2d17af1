//! The policies that are compared: the production's orders of tickets.

use std::fmt;
use std::str::FromStr;

use posthouse_domain::dispatch::Order;

/// An order of tickets, under the name by which it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    name: &'static str,
    order: Order,
}

/// There is no such policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read policy `{0}`: want default, fifo, strict, edf or gcmu")]
pub struct UnknownPolicy(String);

impl Policy {
    /// All policies.
    pub const ALL: [Self; 5] = [
        Self::of("default", Order::CostWeightedSlack),
        Self::of("fifo", Order::Fifo),
        Self::of("strict", Order::StrictPriority),
        Self::of("edf", Order::Edf),
        Self::of("gcmu", Order::Gcmu),
    ];

    const fn of(name: &'static str, order: Order) -> Self {
        Self { name, order }
    }

    /// The order of tickets.
    #[must_use]
    pub const fn order(self) -> Order {
        self.order
    }
}

impl FromStr for Policy {
    type Err = UnknownPolicy;

    /// Reads the name of a policy, or the word that bundles have for its order.
    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.name == text || policy.order.as_str() == text)
            .ok_or_else(|| UnknownPolicy(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
