//! The metrics of running processes, read as Prometheus reads them: `GET /metrics`.
//!
//! [`Processes`] reads a page of each process, side by side and within [`WAIT_MAX`]; a process
//! that does not answer is part of what was found, and keeps nobody from seeing the others. What
//! happened between two readings is a [`Span`]. Counters begin anew with their process, so they
//! are compared process by process and added up afterwards.

mod buckets;
pub(crate) mod names;
mod page;

use std::time::{Duration, Instant};

use futures::future::join_all;

use crate::cli::connect::ServerArgs;
use crate::client::Client;
use crate::exit::Error;
use buckets::Buckets;
pub(crate) use page::{Labels, Page};

/// How long a process may take to tell its metrics. Shorter than people wait.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Processes whose metrics are read.
#[derive(Clone, Debug)]
pub(crate) struct Processes(Vec<Client>);

/// What processes said at one instant.
#[derive(Debug)]
pub(crate) struct Reading {
    at: Instant,
    pages: Vec<Result<Page, String>>,
}

/// Two readings of the same processes; at first there is only one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span<'a> {
    /// The earlier one.
    pub(crate) before: Option<&'a Reading>,
    /// The later one.
    pub(crate) now: &'a Reading,
}

impl Processes {
    /// The processes behind these addresses, each once.
    ///
    /// # Errors
    ///
    /// [`crate::exit::Exit::Usage`] for what is no address.
    pub(crate) fn at<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut clients: Vec<Client> = Vec::new();
        for address in addresses {
            let server = address.to_owned();
            let client = Client::new(&ServerArgs { server })?;
            if clients
                .iter()
                .all(|known| known.server() != client.server())
            {
                clients.push(client);
            }
        }
        Ok(Self(clients))
    }

    /// Reads the metrics of all of them.
    pub(crate) async fn read(&self) -> Reading {
        let pages = join_all(self.0.iter().map(page_of)).await;
        Reading {
            at: Instant::now(),
            pages,
        }
    }

    /// Their addresses, in the order of their pages.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|client| client.server().to_string())
    }
}

async fn page_of(client: &Client) -> Result<Page, String> {
    let asked = client.get_text(&["metrics"], &[]);
    match tokio::time::timeout(WAIT_MAX, asked).await {
        Ok(Ok(text)) => Ok(Page::parse(&text)),
        Ok(Err(error)) => Err(format!("failed to {error}")),
        Err(_) => Err(format!("no answer within {} s", WAIT_MAX.as_secs())),
    }
}

impl Reading {
    /// What the processes said, in their order.
    pub(crate) fn pages(&self) -> impl Iterator<Item = Result<&Page, &str>> {
        self.pages
            .iter()
            .map(|page| page.as_ref().map_err(String::as_str))
    }

    /// The pages that there are.
    pub(crate) fn told(&self) -> impl Iterator<Item = &Page> {
        self.pages.iter().flatten()
    }

    /// The values of a metric, added up over series and processes.
    pub(crate) fn sum(&self, name: &str, labels: Labels<'_>) -> Option<f64> {
        let values = self.told().filter_map(|page| page.sum(name, labels));
        values.reduce(|a, b| a + b)
    }

    /// The greatest value of a metric over series and processes.
    pub(crate) fn max(&self, name: &str, labels: Labels<'_>) -> Option<f64> {
        let values = self.told().filter_map(|page| page.max(name, labels));
        values.reduce(f64::max)
    }
}

#[cfg(test)]
impl Reading {
    /// What processes would have said, so long after `start`.
    pub(crate) fn of(texts: &[&str], start: Instant, after: Duration) -> Self {
        Self {
            at: start + after,
            pages: texts.iter().map(|text| Ok(Page::parse(text))).collect(),
        }
    }
}

impl Span<'_> {
    /// How often a second a counter counted. A process that began anew is counted from zero, one
    /// that is new from its next reading on.
    pub(crate) fn rate(&self, name: &str, labels: Labels<'_>) -> Option<f64> {
        let before = self.before?;
        let seconds = self.now.at.duration_since(before.at).as_secs_f64();
        let counted = self
            .pairs()
            .filter_map(|(before, now)| {
                let now = now.sum(name, labels)?;
                let was = before.sum(name, labels).unwrap_or(0.0);
                Some(if now < was { now } else { now - was })
            })
            .reduce(|a, b| a + b)?;
        (seconds > 0.0).then(|| counted / seconds)
    }

    /// The bound that a share `q` of what a histogram counted meanwhile stayed below.
    pub(crate) fn quantile(&self, name: &str, labels: Labels<'_>, q: f64) -> Option<f64> {
        let mut all = Buckets::default();
        for (before, now) in self.pairs() {
            all.add(
                &now.buckets(name, labels)
                    .since(&before.buckets(name, labels)),
            );
        }
        all.quantile(q)
    }

    /// The pages of processes that answered both times.
    fn pairs(&self) -> impl Iterator<Item = (&Page, &Page)> {
        let before = self.before.into_iter().flat_map(|before| &before.pages);
        let pairs = before.zip(&self.now.pages);
        pairs.filter_map(|(before, now)| Some((before.as_ref().ok()?, now.as_ref().ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTER: &[(&str, &str)] = &[("role", "router")];

    fn inputs(count: u32) -> String {
        format!("worker_inputs_total{{role=\"router\"}} {count}\n")
    }

    #[test]
    fn counters_of_processes_are_compared_one_by_one() {
        let start = Instant::now();
        let before = Reading::of(&[&inputs(1_000), &inputs(10)], start, Duration::ZERO);
        // The first process began anew meanwhile; added up, nothing would have been counted.
        let two = Duration::from_secs(2);
        let now = Reading::of(&[&inputs(4), &inputs(30)], start, two);
        let span = Span {
            before: Some(&before),
            now: &now,
        };
        assert_eq!(span.rate(names::INPUTS, ROUTER), Some(12.0));
        assert_eq!(span.rate(names::OUTPUTS, ROUTER), None);
        assert_eq!(now.sum(names::INPUTS, ROUTER), Some(34.0));
        assert_eq!(now.max(names::INPUTS, &[]), Some(30.0));
    }

    #[test]
    fn a_first_reading_knows_no_rates() {
        let now = Reading::of(&[&inputs(5)], Instant::now(), Duration::ZERO);
        let span = Span {
            before: None,
            now: &now,
        };
        assert_eq!(span.rate(names::INPUTS, ROUTER), None);
        assert_eq!(span.quantile(names::DECIDE_SECONDS, ROUTER, 0.99), None);
    }

    #[test]
    fn an_address_counts_once() {
        let twice = [
            "http://127.0.0.1:1",
            "http://127.0.0.1:1/",
            "http://[::1]:1",
        ];
        let processes = Processes::at(twice).unwrap();
        assert_eq!(processes.addresses().count(), 2);
        assert!(Processes::at(["localhost:7070"]).is_err());
    }

    #[tokio::test]
    async fn a_process_that_is_away_is_part_of_what_was_found() {
        // Nobody listens on port 1.
        let processes = Processes::at(["http://127.0.0.1:1"]).unwrap();
        let reading = processes.read().await;
        let why = reading.pages().next().unwrap().unwrap_err().to_owned();
        assert!(
            why.starts_with("failed to reach http://127.0.0.1:1/"),
            "{why}"
        );
        assert_eq!(reading.sum(names::INPUTS, &[]), None);
    }
}
