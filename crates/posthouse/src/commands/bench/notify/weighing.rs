//! What groups that wait weigh: in the memory of the notifier, and on its disk.

use serde::Serialize;

use super::listener::Listener;
use super::telling::Telling;
use super::{REGION, asking, home, outcomes, sinks};
use crate::commands::bench::owner::Owner;
use crate::commands::bench::timers::Ground;
use crate::exit::Error;
use crate::output::Output;

/// The contract of `bench notify --groups N --json`.
#[derive(Debug, Serialize)]
pub(super) struct Weighed {
    groups: u64,
    /// What the process grew by for each, the folded ticket and everything else included; `null`
    /// where the system does not tell.
    bytes_per_group: Option<u64>,
    /// What its folder grew by for each.
    disk_bytes_per_group: u64,
    /// What the process has in memory afterwards.
    memory_bytes: Option<u64>,
}

impl Weighed {
    pub(super) fn tell(&self, output: &Output) -> Result<(), Error> {
        if output.json() {
            return output.object(self);
        }
        let memory = |bytes: Option<u64>| bytes.map_or("?".to_owned(), |bytes| bytes.to_string());
        output.line(format!(
            "{} groups wait: each {} bytes of memory and {} of disk, {} bytes in all",
            self.groups,
            memory(self.bytes_per_group),
            self.disk_bytes_per_group,
            memory(self.memory_bytes),
        ))
    }
}

/// Lets so many groups wait, and weighs the notifier before and afterwards.
pub(super) async fn weigh(ground: &Ground, groups: u64, output: &Output) -> Result<Weighed, Error> {
    let listener = Listener::open().await?;
    let place = ground
        .place(REGION, &sinks::grouping(&listener.url))
        .await?;
    let url = ground.url();
    let home = home(ground, &url);
    let owner = Owner::start(&home, "first").await?;
    let before = (owner.memory_bytes(), home.disk_bytes()?);
    output.note(format!("letting {groups} groups wait"));
    asking::ask(&place, &["grouped".to_owned()], groups, None).await?;
    outcomes::requests(&place, groups).await?;
    // What is told at once stands behind all others of its receiver.
    let mut telling = Telling::new(owner, &home);
    asking::ask(&place, &[sinks::LAST.to_owned()], 1, None).await?;
    telling.until(&listener, 1, None, output).await?;
    let after = (telling.memory_bytes(), home.disk_bytes()?);
    telling.end().await?;
    let grown = |(after, before): (u64, u64)| after.saturating_sub(before) / groups.max(1);
    Ok(Weighed {
        groups,
        bytes_per_group: after.0.zip(before.0).map(grown),
        disk_bytes_per_group: grown((after.1, before.1)),
        memory_bytes: after.0,
    })
}
