//! A region of real processes: servers, two processes of each role, and who looks after them.
//!
//! Whatever ends although it should run is started again, as by a supervisor, and noted.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex as Plain, PoisonError};
use std::time::Instant;

use async_nats::jetstream;
use posthouse_bus_nats::server::{Surroundings, find};
use reqwest::Method;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::disk::Disks;
use super::error::Error;
use super::limits::{BUS_WITHIN, COMMAND_WITHIN, LOOK_EVERY, START_WITHIN};
use super::link::Link;
use super::member::{Entrance, Member};
use super::plan::Cast;
use super::servers::{self, Server};
use super::shim::Shim;
use crate::posthouse;

/// The region's key in the policies.
pub(super) const REGION: &str = "cn-north";
/// Processes of each role.
const REPLICAS: usize = 2;
/// The roles, in the order in which they are started.
const ROLES: [&str; 6] = [
    "intake",
    "classifier",
    "router",
    "watchdog",
    "notifier",
    "desk",
];
/// The role whose files cannot be built again.
const KEEPER: &str = "intake";

/// Somebody who ended and should not have.
#[derive(Clone, Debug)]
pub struct Death {
    /// Who.
    pub name: String,
    /// What was said last.
    pub words: String,
}

/// Who is there. Dropping the last handle ends them all.
#[derive(Debug)]
pub(super) struct Region {
    pub(super) disks: Disks,
    pub(super) shim: Result<Shim, String>,
    pub(super) servers: Vec<Mutex<Server>>,
    pub(super) members: Vec<Mutex<Member>>,
    names: Vec<String>,
    server_names: Vec<String>,
    addresses: Vec<SocketAddr>,
    entrances: Vec<(&'static str, Entrance)>,
    deaths: Plain<Vec<Death>>,
}

/// Looks after a region. Dropping it lets whoever ends stay ended.
#[derive(Debug)]
pub(super) struct Supervisor(JoinHandle<()>);

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Region {
    /// Makes servers and processes in `folder`; none runs yet.
    ///
    /// # Errors
    ///
    /// [`Error::NoServer`] where none can be had; [`Error::Files`], [`Error::Start`].
    pub(super) async fn make(
        folder: &Path,
        nodes: usize,
        seed: u64,
        disks: Disks,
    ) -> Result<Self, Error> {
        let surroundings = Surroundings::of_this_process();
        let binary = find(&surroundings, &|step: &str| eprintln!("{step}")).await?;
        let servers = servers::make(nodes, binary.path(), folder, &disks).await?;
        let addresses: Vec<SocketAddr> = servers.iter().map(Server::address).collect();
        let mut members = Vec::new();
        for role in ROLES {
            for replica in 1..=REPLICAS {
                let number = u64::try_from(members.len()).unwrap_or(u64::MAX);
                let link = Link::to(&addresses, seed ^ number).await;
                let link = link.map_err(|why| Error::start("a link", why))?;
                members.push(Member::make(role, replica, REGION, folder, link, &disks).await?);
            }
        }
        Ok(Self {
            shim: Shim::compile(folder).await,
            disks,
            names: members.iter().map(|it| it.name().to_owned()).collect(),
            server_names: servers.iter().map(|it| it.name().to_owned()).collect(),
            entrances: members
                .iter()
                .map(|it| (it.role(), it.entrance()))
                .collect(),
            addresses,
            servers: servers.into_iter().map(Mutex::new).collect(),
            members: members.into_iter().map(Mutex::new).collect(),
            deaths: Plain::default(),
        })
    }

    /// Starts looking after servers and processes.
    pub(super) fn supervise(self: &Arc<Self>) -> Supervisor {
        let region = Arc::clone(self);
        Supervisor(tokio::spawn(async move {
            loop {
                region.tend().await;
                sleep(LOOK_EVERY).await;
            }
        }))
    }

    async fn tend(&self) {
        for server in &self.servers {
            let mut server = server.lock().await;
            let died = server.tend(&self.disks);
            self.note(server.name(), died);
        }
        for member in &self.members {
            let mut member = member.lock().await;
            let died = member.tend(&self.disks);
            self.note(member.name(), died);
        }
    }

    fn note(&self, name: &str, died: Result<Option<String>, Error>) {
        let words = match died {
            Ok(None) => return,
            Ok(Some(words)) => words,
            Err(error) => format!("failed to {error}"),
        };
        let name = name.to_owned();
        let mut deaths = self.deaths.lock().unwrap_or_else(PoisonError::into_inner);
        deaths.push(Death { name, words });
    }

    /// Who ended and should not have, so far.
    pub(super) fn deaths(&self) -> Vec<Death> {
        let deaths = self.deaths.lock().unwrap_or_else(PoisonError::into_inner);
        deaths.clone()
    }

    /// Who is there for things to happen to.
    pub(super) fn cast(&self) -> Cast {
        let rebuildable = self.names.iter().filter(|name| !name.starts_with(KEEPER));
        Cast {
            members: self.names.clone(),
            rebuildable: rebuildable.cloned().collect(),
            servers: self.server_names.clone(),
        }
    }

    /// The doors of a role.
    pub(super) fn entrances(&self, of: &str) -> Vec<Entrance> {
        let ours = self.entrances.iter().filter(|(role, _)| *role == of);
        ours.map(|(_, entrance)| Arc::clone(entrance)).collect()
    }

    /// The process of that name.
    pub(super) fn member(&self, name: &str) -> Option<&Mutex<Member>> {
        let place = self.names.iter().position(|known| known == name)?;
        self.members.get(place)
    }

    /// The server of that name.
    pub(super) fn server(&self, name: &str) -> Option<&Mutex<Server>> {
        let place = self.server_names.iter().position(|known| known == name)?;
        self.servers.get(place)
    }

    /// The servers' own addresses, without any link between.
    pub(super) fn urls(&self) -> Vec<String> {
        let urls = self.addresses.iter();
        urls.map(|address| format!("nats://{address}")).collect()
    }

    /// Starts the servers, creates the region and puts a policy in force, and starts the
    /// processes; waits until all are ready.
    ///
    /// # Errors
    ///
    /// [`Error::NotReady`] with the last words of whoever is not, or [`Error::Command`].
    pub(super) async fn start(&self, policy: &Path) -> Result<(), Error> {
        for server in &self.servers {
            server.lock().await.want();
        }
        let (urls, replicas) = (self.urls().join(","), self.servers.len().to_string());
        let bundle = policy.display().to_string();
        let provision = [
            "region",
            "provision",
            "--region",
            REGION,
            "--nats",
            &urls,
            "--replicas",
            &replicas,
            "--policy",
            &bundle,
        ];
        let began = Instant::now();
        while let Err(error) = command(&provision).await {
            // A cluster has no leader at first.
            if began.elapsed() > START_WITHIN {
                return Err(error);
            }
            sleep(LOOK_EVERY).await;
        }
        for member in &self.members {
            member.lock().await.want();
        }
        self.ready().await
    }

    /// Waits until every process is ready.
    ///
    /// # Errors
    ///
    /// [`Error::NotReady`].
    pub(super) async fn ready(&self) -> Result<(), Error> {
        for member in &self.members {
            let began = Instant::now();
            while !is_ready(member).await {
                if began.elapsed() > START_WITHIN {
                    let member = member.lock().await;
                    return Err(Error::NotReady {
                        name: member.name().to_owned(),
                        within: START_WITHIN,
                        said: member.last_words(),
                    });
                }
                sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    /// A connection of the driver's own, which no fault touches but those of servers.
    ///
    /// # Errors
    ///
    /// [`Error::Bus`].
    pub(super) async fn connect(&self) -> Result<jetstream::Context, Error> {
        let connecting = async_nats::ConnectOptions::new()
            .retry_on_initial_connect()
            .ping_interval(BUS_WITHIN)
            .connect(self.urls());
        let client = connecting.await.map_err(|why| Error::bus("connect", why))?;
        Ok(jetstream::new(client))
    }

    /// Ends all processes, kindly; gives those that do not end in time or not well.
    ///
    /// # Errors
    ///
    /// [`Error::Immortal`].
    pub(super) async fn end(&self, within: std::time::Duration) -> Result<Vec<Death>, Error> {
        let mut bad = Vec::new();
        for member in &self.members {
            let mut member = member.lock().await;
            let words = match member.end(within).await? {
                Some((_, true)) => continue,
                Some((_, false)) => "it did not end well after SIGTERM".to_owned(),
                None => format!("it did not end within {} s of SIGTERM", within.as_secs()),
            };
            let name = member.name().to_owned();
            bad.push(Death { name, words });
        }
        for server in &self.servers {
            server.lock().await.kill().await?;
        }
        Ok(bad)
    }
}

async fn is_ready(member: &Mutex<Member>) -> bool {
    let door = member.lock().await.door();
    let Some(door) = door else { return false };
    let request = door.request(Method::GET, "/readyz").timeout(BUS_WITHIN);
    matches!(door.try_send(request).await, Ok(answer) if answer.status == 200)
}

/// Runs a command of the operator to its end.
///
/// # Errors
///
/// [`Error::Command`] with what it said, when it does not end well or in time.
pub(super) async fn command(words: &[&str]) -> Result<String, Error> {
    let failed = |said: String| Error::Command {
        command: words.join(" "),
        said,
    };
    let mut command = tokio::process::Command::new(posthouse());
    command.args(words).kill_on_drop(true);
    command.stdin(std::process::Stdio::null());
    crate::process::forget_surroundings(&mut command);
    let output = timeout(COMMAND_WITHIN, command.output())
        .await
        .map_err(|_| failed(format!("nothing within {} s", COMMAND_WITHIN.as_secs())))?
        .map_err(|why| failed(why.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).into_owned()))
}
