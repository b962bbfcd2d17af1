//! The tally of a key: how many customers it comes from, and how many of them say the same.

use std::collections::BTreeMap;

/// The tickets of a key in the window that are part of no storm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// How many tickets of each customer.
    customers: BTreeMap<u64, u32>,
    /// Tickets that repeat what another customer wrote.
    echoes: usize,
}

impl Tally {
    pub(super) fn add(&mut self, customer: u64, is_echo: bool) {
        *self.customers.entry(customer).or_default() += 1;
        self.echoes += usize::from(is_echo);
    }

    pub(super) fn remove(&mut self, customer: u64, is_echo: bool) {
        if let Some(tickets) = self.customers.get_mut(&customer) {
            *tickets -= 1;
            if *tickets == 0 {
                self.customers.remove(&customer);
            }
            self.echoes -= usize::from(is_echo);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.customers.is_empty()
    }

    /// How many customers; one who writes often counts once.
    pub(super) fn customers(&self) -> usize {
        self.customers.len()
    }

    /// Resemblance times rate: customers, those who repeat each other twice.
    pub(super) fn strength(&self) -> usize {
        self.customers() + self.echoes.min(self.customers())
    }
}
