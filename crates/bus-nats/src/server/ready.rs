//! What a running server says of itself: its INFO line, its monitoring page, its ports file.
//!
//! Three short reads, so none of them takes a client library.

use std::io;
use std::net::Ipv4Addr;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::limits::{ANSWER_TIMEOUT, INFO_BYTES_MAX, PAGE_BYTES_MAX};

/// The part of the INFO line that matters here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Info {
    pub(super) server_name: String,
    pub(super) version: semver::Version,
    #[serde(default)]
    pub(super) jetstream: bool,
}

/// The part of the monitoring page `/jsz` that matters here.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct JetStream {
    pub(super) config: JetStreamConfig,
}

/// What JetStream runs with, whatever its configuration file says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct JetStreamConfig {
    pub(super) store_dir: String,
    #[serde(default)]
    pub(super) sync_interval: u64,
    #[serde(default)]
    pub(super) sync_always: bool,
}

/// Reads the INFO line that a server sends to whoever connects.
pub(super) async fn info(port: u16) -> io::Result<Info> {
    in_time(async {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        let mut line = String::new();
        BufReader::new(stream)
            .take(INFO_BYTES_MAX)
            .read_line(&mut line)
            .await?;
        let json = line
            .strip_prefix("INFO ")
            .ok_or_else(|| invalid("no INFO line"))?;
        serde_json::from_str(json).map_err(invalid)
    })
    .await
}

/// Reads JetStream's monitoring page.
pub(super) async fn jetstream(http_port: u16) -> io::Result<JetStream> {
    page(http_port, "/jsz").await
}

/// Reads a page. HTTP/1.0 on purpose: the answer is not chunked and ends with the connection.
async fn page<T: DeserializeOwned>(port: u16, path: &str) -> io::Result<T> {
    in_time(async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        let request = format!("GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream
            .take(PAGE_BYTES_MAX)
            .read_to_string(&mut answer)
            .await?;
        let (head, body) = answer
            .split_once("\r\n\r\n")
            .ok_or_else(|| invalid("no answer"))?;
        let status = head.split_whitespace().nth(1).unwrap_or_default();
        if status != "200" {
            return Err(invalid(format!("HTTP status {status}")));
        }
        serde_json::from_str(body).map_err(invalid)
    })
    .await
}

/// Reads the ports a server has picked. `None` until it has written them.
pub(super) fn picked_ports(ports_dir: &Path, pid: u32) -> Option<(u16, u16)> {
    #[derive(Deserialize)]
    struct Picked {
        nats: Vec<String>,
        monitoring: Vec<String>,
    }
    let ending = format!("_{pid}.ports");
    let file = std::fs::read_dir(ports_dir)
        .ok()?
        .filter_map(Result::ok)
        .find(|entry| entry.file_name().to_string_lossy().ends_with(&ending))?;
    let picked: Picked = serde_json::from_slice(&std::fs::read(file.path()).ok()?).ok()?;
    let port = |urls: &[String]| urls.first()?.rsplit_once(':')?.1.parse().ok();
    Some((port(&picked.nats)?, port(&picked.monitoring)?))
}

async fn in_time<T>(read: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(ANSWER_TIMEOUT, read)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

fn invalid(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
