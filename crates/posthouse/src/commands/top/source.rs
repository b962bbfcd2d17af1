//! Where pictures come from: the metrics of processes, and what the desk counts.

use std::collections::BTreeMap;
use std::time::Duration;

use posthouse_runtime::clock::Clock;
use serde::Deserialize;

use super::picture::{Picture, picture};
use crate::bus::{About, about};
use crate::cli::connect::ServerArgs;
use crate::cli::top::TopArgs;
use crate::client::Client;
use crate::exit::Error;
use crate::scrape::{Processes, Reading, Span};

/// How long the desk may take to answer.
const DESK_WAIT_MAX: Duration = Duration::from_secs(5);

/// What the desk counts of a region, as far as it is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stats {
    /// Dead letters that nobody dealt with.
    pub(super) open_dead_letters: u64,
    /// Tickets by state.
    pub(super) by_state: BTreeMap<String, u64>,
}

/// What the desk says of each region it serves.
pub(super) type Desk = BTreeMap<String, Stats>;

/// Reads what pictures are made of.
#[derive(Debug)]
pub(super) struct Source {
    server: ServerArgs,
    client: Client,
    processes: Processes,
    regions: Vec<String>,
    about: Option<About>,
    clock: Clock,
    before: Option<Reading>,
}

impl Source {
    /// What the command line names.
    ///
    /// # Errors
    ///
    /// [`crate::exit::Exit::Usage`] for an address that is none.
    pub(super) fn new(args: &TopArgs) -> Result<Self, Error> {
        let addresses = [&args.server.server].into_iter().chain(&args.process);
        Ok(Self {
            server: args.server.clone(),
            client: Client::new(&args.server)?,
            processes: Processes::at(addresses.map(String::as_str))?,
            regions: args.region.clone(),
            about: None,
            clock: Clock::system(),
            before: None,
        })
    }

    /// What there is now, with rates since the picture before.
    pub(super) async fn picture(&mut self) -> Picture {
        let (desk, reading) = tokio::join!(
            desk(&self.server, &self.client, &mut self.about),
            self.processes.read(),
        );
        let span = Span {
            before: self.before.as_ref(),
            now: &reading,
        };
        let addresses: Vec<String> = self.processes.addresses().collect();
        let picture = picture(self.clock.now(), &addresses, span, &desk, &self.regions);
        self.before = Some(reading);
        picture
    }
}

/// What the desk counts; nothing where it does not answer: a process without a desk is no failure,
/// and one that is away is told by its metrics. Which regions there are is asked once.
async fn desk(server: &ServerArgs, client: &Client, known: &mut Option<About>) -> Desk {
    let asked = async {
        if known.is_none() {
            *known = about(server).await.ok();
        }
        let regions = known.iter().flat_map(|about| &about.regions);
        let mut desk = Desk::new();
        for (index, region) in regions.enumerate() {
            let path: &[&str] = match index {
                0 => &["v1", "stats"],
                _ => &["regions", region, "v1", "stats"],
            };
            if let Ok(stats) = client.get::<Stats>(path, &[]).await {
                desk.insert(region.clone(), stats);
            }
        }
        desk
    };
    let answered = tokio::time::timeout(DESK_WAIT_MAX, asked).await;
    answered.unwrap_or_default()
}
