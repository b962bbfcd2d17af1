//! What can be asked of a desk in the process it runs in.

use posthouse_auditor::Report;
use posthouse_domain::Timestamp;

use super::Desk;
use crate::agents::{self, AgentListing, AgentSummary, AgentView};
use crate::dead_letters::{self, DeadLetterListing, DeadLetterPage, DeadLetterView};
use crate::error::Error;
use crate::ledger::{self, LedgerView};
use crate::list::{self, Listing};
use crate::preferences::{self, PreferenceView};
use crate::search;
use crate::stats::{self, Stats};
use crate::ticket::TicketView;
use crate::trace::TraceView;
use crate::why::Why;

impl Desk {
    /// A ticket with its whole history, by identity or number.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn ticket(&self, id_or_number: &str) -> Result<Option<TicketView>, Error> {
        self.inner.ticket(id_or_number).await
    }

    /// Every decision about a ticket, with what it rests on.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn why(&self, id_or_number: &str) -> Result<Option<Why>, Error> {
        let name = id_or_number.to_owned();
        let why = self.inner.read(move |c| crate::why::explain(c, &name));
        let Some(mut why) = why.await? else {
            return Ok(None);
        };
        let ledger = self.ledger(id_or_number, None).await?;
        why.ledgers = ledger.map(|view| view.ledgers).unwrap_or_default();
        Ok(Some(why))
    }

    /// Where a ticket's time went, as things stood at `at`, or stand now.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn ledger(
        &self,
        id_or_number: &str,
        at: Option<Timestamp>,
    ) -> Result<Option<LedgerView>, Error> {
        let name = id_or_number.to_owned();
        let account = self.inner.read(move |c| ledger::account(c, &name));
        let Some(account) = account.await? else {
            return Ok(None);
        };
        let at = at.unwrap_or_else(|| self.inner.clock.now());
        Ok(Some(account.ledgers(at, &self.inner.policies).await))
    }

    /// The chain of a ticket's traces, and where its minutes went until now.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn trace(&self, id_or_number: &str) -> Result<Option<TraceView>, Error> {
        let (name, now) = (id_or_number.to_owned(), self.inner.clock.now());
        self.inner
            .read(move |c| crate::trace::chain(c, &name, now))
            .await
    }

    /// A page of tickets.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn list(&self, listing: &Listing) -> Result<list::Page, Error> {
        list::across(std::slice::from_ref(self), listing).await
    }

    /// What one desk has of a page.
    pub(crate) async fn rows(&self, listing: &Listing) -> Result<Vec<list::Found>, Error> {
        let inner = &self.inner;
        if listing.filter.has_text() {
            let database = inner.database();
            let caught_up = tokio::task::spawn_blocking(move || search::catch_up(&database));
            caught_up
                .await
                .map_err(|error| Error::Stopped(error.to_string()))??;
        }
        let (listing, region) = (listing.clone(), inner.region().to_owned());
        inner.read(move |c| list::rows(c, &region, &listing)).await
    }

    /// Agents, in the order of their keys.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn agents(&self, listing: AgentListing) -> Result<Vec<AgentSummary>, Error> {
        let region = self.region().to_owned();
        self.inner
            .read(move |c| agents::list(c, &region, listing))
            .await
    }

    /// The agent with this key, if they said something or have a ticket.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn agent(&self, key: &str) -> Result<Option<AgentView>, Error> {
        let (region, key) = (self.region().to_owned(), key.to_owned());
        self.inner
            .read(move |c| agents::show(c, &region, &key))
            .await
    }

    /// How a customer wants to be told, if anybody said it.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn preference(&self, customer: &str) -> Result<Option<PreferenceView>, Error> {
        let customer = customer.to_owned();
        self.inner
            .read(move |c| preferences::show(c, &customer))
            .await
    }

    /// A page of dead letters, the newest first.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn dead_letters(&self, listing: &DeadLetterListing) -> Result<DeadLetterPage, Error> {
        let listing = listing.clone();
        self.inner
            .read(move |c| dead_letters::list(c, &listing))
            .await
    }

    /// The dead letter at a place of a stream.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn dead_letter(
        &self,
        stream: &str,
        sequence: u64,
    ) -> Result<Option<DeadLetterView>, Error> {
        let stream = stream.to_owned();
        self.inner
            .read(move |c| dead_letters::show(c, &stream, sequence))
            .await
    }

    /// What there is, by state, severity and queue.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn stats(&self) -> Result<Stats, Error> {
        let stats = self.inner.read(stats::count).await?;
        let counts = self.counts();
        Ok(Stats {
            regions: vec![self.region().to_owned()],
            counts,
            pending_notifications: counts.pending_notifications(),
            open_dead_letters: counts.open_dead_letters(),
            caught_up: self.is_caught_up(),
            ..stats
        })
    }

    /// Walks the region's log from its beginning; see [`crate::verify`].
    ///
    /// # Errors
    ///
    /// When the bus does not give the log, or the policies that were in force.
    pub async fn verify(&self) -> Result<Report, Error> {
        crate::verify::verify(&self.inner.bus, &self.inner.topology).await
    }

    /// All rows that follow from the log, as text, in a fixed order: two desks that folded the
    /// same log give the same.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn dump(&self) -> Result<String, Error> {
        self.inner.read(crate::dump::dump).await
    }
}
