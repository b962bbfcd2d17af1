//! What a caller may choose about its local server.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::find::Surroundings;
use super::limits::{FILE_STORE_BYTES_MAX, MEMORY_STORE_BYTES_MAX, READY_TIMEOUT, RESTARTS_MAX};

/// How to run a local server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The data folder of the process that asks; the server's part is `nats` inside it.
    pub data_dir: PathBuf,
    /// What the server promises about what it has acknowledged, and how much it may keep.
    pub settings: Settings,
    /// The port for clients on 127.0.0.1; without one the server picks a free one.
    pub port: Option<u16>,
    /// How long a start may take, reading the stored messages back included.
    pub ready_timeout: Duration,
    /// How many restarts in a row may fail, or live shortly, before supervision gives up.
    pub restarts_max: usize,
    /// Where to look for a server binary.
    pub surroundings: Surroundings,
}

impl Options {
    /// Default options on that data folder, in the surroundings of this process.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            settings: Settings::default(),
            port: None,
            ready_timeout: READY_TIMEOUT,
            restarts_max: RESTARTS_MAX,
            surroundings: Surroundings::of_this_process(),
        }
    }
}

/// The part of the options that the server's behaviour depends on: a server that was left
/// running is adopted only when it runs with the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// When acknowledged messages reach the disk.
    pub sync: SyncInterval,
    /// Most bytes that all file streams together may hold.
    pub file_store_bytes_max: u64,
    /// Most bytes that all memory streams together may hold.
    pub memory_store_bytes_max: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sync: SyncInterval::default(),
            file_store_bytes_max: FILE_STORE_BYTES_MAX,
            memory_store_bytes_max: MEMORY_STORE_BYTES_MAX,
        }
    }
}

/// When the server forces acknowledged messages to the disk.
///
/// The death of any process loses nothing either way; the difference is a loss of power.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncInterval {
    /// Every two minutes: a loss of power may lose as much. For a laptop.
    #[default]
    TwoMinutes,
    /// Before every acknowledgement. About a tenth of the speed on a single server.
    Always,
}
