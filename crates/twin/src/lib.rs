//! The twin: a day of a support organisation, played in virtual time, to see what a policy of
//! dispatch makes of it before people have to live with it.
//!
//! A [`Scenario`] says what comes and who is there. Its tickets are drawn from a seed, whole,
//! before anything is played, so that all policies see the same ones. Who gets what is decided
//! by the code that decides in production (`domain::dispatch`); the twin only lets time pass.
//!
//! It reads no file, no clock and no environment: equal scenario, scope, seed and policy give an
//! equal [`Report`].
//!
//! # What is played
//!
//! Arrivals by region and local hour; languages, channels and the part of an agent that each
//! takes; the bot's tries; severities, tiers, their targets and clocks; service hours, night
//! duty, overflow to further centres, clearances for resident data; shifts; handling times by
//! category, level, severity, channel and agent; escalation; one answer of the customer, with
//! preference for the agent who asked; incidents, linked or not; centres that vanish.
//!
//! # What is not
//!
//! Customers who give up, agents who decline or let an offer run out, breaks (heads are people
//! on duty, breaks taken off), learning, and work that a person does for several tickets at once
//! beyond the capacity that a channel takes.

mod dice;
mod dispatched;
mod draw;
mod error;
mod event;
#[cfg(test)]
mod exact;
mod floor;
mod hours;
mod life;
pub mod limits;
mod meter;
#[cfg(test)]
mod naive;
mod plan;
mod policy;
mod reach;
mod report;
mod scenario;
mod world;

use dispatched::Dispatched;
pub use error::Error;
pub use plan::Scope;
pub use policy::{Policy, UnknownPolicy};
pub use report::Report;
pub use scenario::Scenario;

/// Scenario, scope and seed made ready: what all policies are shown alike.
#[derive(Debug)]
pub struct Twin {
    plan: plan::Plan,
    desks: reach::Desks,
    demand: draw::Demand,
    speeds: Vec<f64>,
}

impl Twin {
    /// Draws a scenario, as far as the scope wants it.
    ///
    /// # Errors
    ///
    /// What makes no sense in it.
    pub fn draw(scenario: &Scenario, scope: &Scope, seed: u64) -> Result<Self, Error> {
        let plan = plan::compile(&scenario.file, scope)?;
        let demand = draw::demand(&plan, seed)?;
        let speeds = draw::speeds(&plan, seed);
        let desks = reach::Desks::of(&plan);
        Ok(Self {
            plan,
            desks,
            demand,
            speeds,
        })
    }

    /// Plays it under a policy.
    ///
    /// # Errors
    ///
    /// [`Error::Senseless`] when a severity is none of the house's.
    pub fn play(&self, policy: Policy) -> Result<Report, Error> {
        let (plan, desks, demand) = (&self.plan, &self.desks, &self.demand);
        let mut floor = Dispatched::new(plan, desks, demand, policy.order())?;
        let played = world::play(plan, desks, demand, &self.speeds, &mut floor);
        Ok(report::report(plan, demand, &played, &policy.to_string()))
    }

    /// How many agents there are.
    #[must_use]
    pub fn agents(&self) -> usize {
        self.plan.agents.len()
    }
}
