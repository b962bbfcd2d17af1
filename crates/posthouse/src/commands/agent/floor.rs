//! A floor of simulated agents: they sign in, answer offers, work, and finish.
//!
//! Through the HTTP door like people, so that whatever holds for people is tried. What an agent
//! does with a ticket follows from the seed and the offer alone; when they do it, from the
//! clock.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use posthouse_domain::ids::partition_of;
use posthouse_domain::ticket::Presence;
use serde::Serialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::read::{Agent, Offered, Page, Summary, text_of};
use crate::client::Client;
use crate::exit::{Error, Exit};

/// How often the floor looks for what is new.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How often an agent gives a sign of life: several times within what policies allow.
const SEEN_EVERY: Duration = Duration::from_secs(20);
/// How long the door may be away before the floor gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the agents of a floor work.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    /// Their keys.
    pub(crate) agents: Vec<String>,
    /// Decides what they do with which offer.
    pub(crate) seed: u64,
    /// How long a ticket takes on average; each takes from half to one and a half of it.
    pub(crate) handling: Duration,
    /// Of a thousand offers, how many are declined.
    pub(crate) decline_permille: u16,
    /// How many tickets they finish before they go home; 0 for no end.
    pub(crate) tickets: u64,
    /// How long they stay.
    pub(crate) stay: Duration,
}

/// What a floor did; the contract of `agent simulate --json`.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Done {
    /// Agents who signed in.
    pub(crate) agents: u64,
    /// Offers that they said yes to.
    pub(crate) accepted: u64,
    /// Offers that they said no to.
    pub(crate) declined: u64,
    /// Answers that came too late.
    pub(crate) refused: u64,
    /// Tickets that they finished.
    pub(crate) resolved: u64,
    /// How long it took.
    pub(crate) seconds: f64,
}

/// The floor at work.
pub(crate) struct Floor {
    client: Client,
    manner: Manner,
    done: Done,
    /// When the work on a ticket at hand will be done.
    at_hand: BTreeMap<String, Instant>,
    /// Offers that were answered.
    answered: BTreeMap<String, Instant>,
    seen_at: Instant,
    /// Since when the door is away.
    away_since: Option<Instant>,
}

impl Floor {
    pub(crate) fn new(client: Client, manner: Manner) -> Self {
        Self {
            client,
            manner,
            done: Done::default(),
            at_hand: BTreeMap::new(),
            answered: BTreeMap::new(),
            seen_at: Instant::now(),
            away_since: None,
        }
    }

    /// Works until the time is over, enough is finished, or it is asked to end; then everybody
    /// signs out.
    ///
    /// # Errors
    ///
    /// When an agent is refused at the door, or the door is away for a minute.
    pub(crate) async fn work(mut self, end: CancellationToken) -> Result<Done, Error> {
        let started = Instant::now();
        for agent in self.manner.agents.clone() {
            self.say(&agent, Presence::SignedIn).await?;
            self.say(&agent, Presence::Ready).await?;
            self.done.agents += 1;
        }
        while !self.is_enough(started) {
            tokio::select! {
                () = end.cancelled() => break,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let looked = self.look().await;
            self.bear(looked)?;
        }
        for agent in self.manner.agents.clone() {
            self.say(&agent, Presence::SignedOut).await?;
        }
        let milliseconds = started.elapsed().as_millis();
        #[expect(clippy::cast_precision_loss, reason = "a time for people")]
        let seconds = milliseconds as f64 / 1_000.0;
        self.done.seconds = seconds;
        Ok(self.done)
    }

    fn is_enough(&self, started: Instant) -> bool {
        let is_all = self.manner.tickets > 0 && self.done.resolved >= self.manner.tickets;
        is_all || started.elapsed() >= self.manner.stay
    }

    /// A door that is away for a moment is waited for.
    fn bear(&mut self, looked: Result<(), Error>) -> Result<(), Error> {
        match looked {
            Ok(()) => {
                self.away_since = None;
                Ok(())
            }
            Err(error) if error.exit() == Exit::Unavailable => {
                let since = *self.away_since.get_or_insert_with(Instant::now);
                if since.elapsed() < PATIENCE {
                    return Ok(());
                }
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Looks what is new for everybody, and does what is due.
    async fn look(&mut self) -> Result<(), Error> {
        if self.seen_at.elapsed() >= SEEN_EVERY {
            for agent in self.manner.agents.clone() {
                self.say(&agent, Presence::Seen).await?;
            }
            self.seen_at = Instant::now();
            self.answered.retain(|_, at| at.elapsed() < PATIENCE);
        }
        let page: Page = self.client.get(&["v1", "agents"], &[]).await?;
        for agent in &page.agents {
            let key = text_of(agent, "agent");
            let has_some = ["tickets", "offers"].iter().any(|name| {
                let count = agent.get(*name).and_then(Value::as_u64);
                count.unwrap_or_default() > 0
            });
            if has_some && self.manner.agents.contains(&key) {
                self.serve(&key).await?;
            }
        }
        Ok(())
    }

    /// One agent answers what is offered to them, and works on what they have.
    async fn serve(&mut self, key: &str) -> Result<(), Error> {
        let agent: Agent = self.client.get(&["v1", "agents", key], &[]).await?;
        for offered in &agent.offers {
            if !self.answered.contains_key(&offered.offer.id) {
                self.answer(key, offered).await?;
            }
        }
        for ticket in &agent.tickets {
            self.handle(key, ticket).await?;
        }
        Ok(())
    }

    async fn answer(&mut self, key: &str, offered: &Offered) -> Result<(), Error> {
        let offer = &offered.offer.id;
        let declines = self.dice("decline", offer) < self.manner.decline_permille;
        let (what, body) = match declines {
            true => (
                "decline",
                json!({"agent": key, "offer": offer, "reason": "simulated"}),
            ),
            false => ("accept", json!({"agent": key, "offer": offer})),
        };
        self.answered.insert(offer.clone(), Instant::now());
        let is_taken = self.tell(&offered.ticket, what, &body).await?;
        match (is_taken, declines) {
            (false, _) => self.done.refused += 1,
            (true, true) => self.done.declined += 1,
            (true, false) => self.done.accepted += 1,
        }
        Ok(())
    }

    /// Begins to work on a ticket, or finishes it when its time has come.
    async fn handle(&mut self, key: &str, ticket: &Summary) -> Result<(), Error> {
        let actor = json!({"kind": "agent", "name": key});
        let id = &ticket.ticket_id;
        match ticket.state.as_str() {
            "assigned" if !self.at_hand.contains_key(id) => {
                let permille = 500 + u32::from(self.dice("handling", id));
                let takes = self.manner.handling * permille / 1_000;
                self.at_hand.insert(id.clone(), Instant::now() + takes);
                let body = json!({"to": "in_progress", "actor": actor});
                self.tell(ticket, "progress", &body).await?;
            }
            "in_progress" => {
                let done_at = *self.at_hand.entry(id.clone()).or_insert_with(Instant::now);
                if done_at <= Instant::now() {
                    let body = json!({"summary": "Done by the simulation.", "actor": actor});
                    if self.tell(ticket, "resolve", &body).await? {
                        self.done.resolved += 1;
                    }
                    self.at_hand.remove(id);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks for something; whether it was accepted. What the ticket's state does not allow came
    /// too late, and is no failure.
    async fn tell(&self, ticket: &Summary, what: &str, body: &Value) -> Result<bool, Error> {
        let path = ["v1", "tickets", ticket.ticket_id.as_str(), what];
        match self.client.post_text(&path, body, None).await {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.exit(), Exit::Refused | Exit::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn say(&self, agent: &str, change: Presence) -> Result<(), Error> {
        let path = ["v1", "agents", agent, "presence"];
        let body = json!({"change": change.as_str(), "reason": "simulated"});
        self.client.post_text(&path, &body, None).await.map(drop)
    }

    /// A number below a thousand that follows from the seed and a text alone.
    fn dice(&self, what: &str, text: &str) -> u16 {
        partition_of(
            format!("{} {what} {text}", self.manner.seed).as_bytes(),
            1_000,
        )
    }
}
