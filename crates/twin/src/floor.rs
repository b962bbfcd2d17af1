//! Where tickets and agents meet: the production's dispatch, as the twin uses it.

use crate::dice::Ms;

/// A ticket that waits.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// Its place among the drawn tickets.
    pub(crate) ticket: usize,
    pub(crate) level: usize,
    /// The desks that it reaches, in order of preference; never none.
    pub(crate) desks: Vec<usize>,
    /// Since when it stands in line.
    pub(crate) entered: Ms,
    /// When the first response is due.
    pub(crate) response_due: Ms,
    /// What was promised for it.
    pub(crate) response_target: Ms,
    /// When the resolution is due.
    pub(crate) resolve_due: Ms,
    /// What was promised for it.
    pub(crate) resolve_target: Ms,
    pub(crate) answered: bool,
    /// Who had it before, and is preferred.
    pub(crate) last_agent: Option<usize>,
}

/// Where tickets and agents meet. Agents and tickets are known by their places in the plan and
/// among the drawn tickets.
pub(crate) trait Floor {
    /// An agent comes to work.
    fn come(&mut self, agent: usize, now: Ms);
    /// An agent takes nothing new from here on; what is in hand stays there.
    fn go(&mut self, agent: usize, now: Ms);
    /// A ticket waits, or waits otherwise than before.
    fn wait(&mut self, standing: &Standing, now: Ms);
    /// A ticket waits no longer.
    fn withdraw(&mut self, ticket: usize);
    /// An agent has a ticket in hand no longer.
    fn release(&mut self, agent: usize, ticket: usize, now: Ms);
    /// The next ticket and agent that are brought together; the ticket is then in hand.
    fn pick(&mut self, now: Ms) -> Option<(usize, usize)>;
    /// When to ask again though nothing happens.
    fn next_wake(&self) -> Option<Ms>;
}
