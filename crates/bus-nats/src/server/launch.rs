//! From a binary and an owned folder to a server that answers: start one, or adopt the one that
//! an earlier owner left behind when it was killed.
//!
//! # Invariants
//!
//! - A server is started only after every other server on the same folder is gone.
//! - A server is adopted only when it is the process on record, answers to the name on record,
//!   and runs with the settings that are wanted now.

use jiff::Timestamp;
use tokio::time::{sleep, timeout};

use super::binary::{Binary, MIN_VERSION};
use super::config::{Ports, render};
use super::error::Error;
use super::home::{Home, Record, blame};
use super::limits::POLL_INTERVAL;
use super::options::{Options, Settings, SyncInterval};
use super::process::{Process, end, servers_on};
use super::ready::{self, JetStreamConfig};

/// A server that answers, and what is on record about it.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) process: Process,
    pub(super) record: Record,
    pub(super) binary: Binary,
}

/// Adopts the server that runs on this folder, if there is exactly one and it is as wanted.
pub(super) async fn adopt(home: &Home, options: &Options) -> Result<Option<Running>, Error> {
    let config = home.config();
    let servers = servers_on(&config).map_err(|why| blame(&config, why))?;
    let Some(record) = home.record() else {
        return Ok(None);
    };
    let as_wanted = servers == [record.pid]
        && record.settings == options.settings
        && options.port.is_none_or(|port| port == record.port);
    if !as_wanted || !answers(&record).await {
        return Ok(None);
    }
    // Its binary has to do for a restart too, should the server die later.
    let Ok(binary) = Binary::probe(&record.binary).await else {
        return Ok(None);
    };
    if check_settings(home, &record.settings, record.http_port)
        .await
        .is_err()
    {
        return Ok(None);
    }
    Ok(Some(Running {
        process: Process::adopt(record.pid, config),
        record,
        binary,
    }))
}

async fn answers(record: &Record) -> bool {
    ready::info(record.port).await.is_ok_and(|info| {
        info.server_name == record.server_name && info.jetstream && info.version >= MIN_VERSION
    })
}

/// Ends every server that still runs on this folder. Returns how many there were.
pub(super) async fn clear(home: &Home) -> Result<usize, Error> {
    let config = home.config();
    let servers = servers_on(&config).map_err(|why| blame(&config, why))?;
    for pid in &servers {
        end(*pid, &config).await?;
    }
    Ok(servers.len())
}

/// Starts a server and waits until it is ready. On failure nothing is left running.
pub(super) async fn start(
    home: &Home,
    options: &Options,
    binary: Binary,
    name: &str,
    ports: Ports,
) -> Result<Running, Error> {
    clear(home).await?;
    write_config(home, &options.settings, name, ports)?;
    let mut process = Process::spawn(binary.path(), home)?;
    let pid = process.pid();
    let ready = timeout(options.ready_timeout, until_ready(home, pid, name));
    let answer = tokio::select! {
        answer = ready => answer,
        status = process.exited() => {
            return Err(Error::EndedEarly { status, log: home.last_words(pid) });
        }
    };
    let Ok((port, http_port)) = answer else {
        // Before it is stopped: its farewell is not what explains the delay.
        let log = home.last_words(pid);
        process.stop().await?;
        return Err(Error::NotReady {
            timeout: options.ready_timeout,
            log,
        });
    };
    if let Err(error) = check_settings(home, &options.settings, http_port).await {
        process.stop().await?;
        return Err(error);
    }
    let record = Record {
        pid,
        port,
        http_port,
        server_name: name.to_owned(),
        started_at: Timestamp::now(),
        binary: binary.path().to_owned(),
        settings: options.settings.clone(),
    };
    home.write_record(&record)?;
    Ok(Running {
        process,
        record,
        binary,
    })
}

fn write_config(home: &Home, settings: &Settings, name: &str, ports: Ports) -> Result<(), Error> {
    let text = render(home, settings, name, ports)?;
    std::fs::write(home.config(), text).map_err(|why| blame(&home.config(), why))?;
    // A server that was killed has left its ports file, and process ids are used again.
    let dir = home.ports_dir();
    let sweep = || -> std::io::Result<()> {
        for entry in std::fs::read_dir(&dir)? {
            std::fs::remove_file(entry?.path())?;
        }
        Ok(())
    };
    sweep().map_err(|why| blame(&dir, why))
}

/// Waits until the server has picked its ports, answers to its name, and has JetStream.
///
/// The server opens its port for clients last, after it has read its streams back.
async fn until_ready(home: &Home, pid: u32, name: &str) -> (u16, u16) {
    loop {
        if let Some((port, http_port)) = ready::picked_ports(&home.ports_dir(), pid)
            && let Ok(info) = ready::info(port).await
            && info.server_name == name
            && info.jetstream
        {
            return (port, http_port);
        }
        sleep(POLL_INTERVAL).await;
    }
}

/// Compares what JetStream runs with to what was asked for: the server takes a misread duration
/// without a word, and the difference shows when the power fails.
async fn check_settings(home: &Home, settings: &Settings, http_port: u16) -> Result<(), Error> {
    let page = ready::jetstream(http_port).await;
    let found = page.map_err(|why| blame(&home.config(), why))?.config;
    let wanted_dir = home.store_dir().join("jetstream").display().to_string();
    differs("store_dir", &wanted_dir, &found.store_dir)?;
    differs(
        "sync_interval",
        sync_wanted(settings.sync),
        &sync_found(&found),
    )
}

fn differs(setting: &'static str, wanted: &str, found: &str) -> Result<(), Error> {
    if wanted == found {
        return Ok(());
    }
    Err(Error::Settings {
        setting,
        wanted: wanted.to_owned(),
        found: found.to_owned(),
    })
}

fn sync_wanted(sync: SyncInterval) -> &'static str {
    match sync {
        SyncInterval::TwoMinutes => "120000000000 ns",
        SyncInterval::Always => "always",
    }
}

fn sync_found(config: &JetStreamConfig) -> String {
    if config.sync_always {
        "always".to_owned()
    } else {
        format!("{} ns", config.sync_interval)
    }
}
