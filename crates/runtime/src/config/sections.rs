//! Every setting: what it means, its unit, its default, what is allowed, and since when.
//!
//! `docs/configuration.md` is made from this. A role without a section has nothing to set: what
//! it decides is policy.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use posthouse_bus::topology::Size;
use serde::Deserialize;

use super::ConfigError;
use super::allowed::{Allowed, any, only, within};
use super::layers::Layers;
use super::otlp::{Protocol, is_attribute, is_otlp_url};
use super::section::{Section, SectionDoc, SettingDoc, section};
use super::setting::{Kind, Setting};
use crate::limits;
use crate::trace::Ratio;

section! {
    /// This process.
    Node, "node" {
        /// What it calls itself: in logs, to the servers, and in claims. Give each process of a
        /// region its own. Unset: the name of the host and the number of the process.
        name: Option<String> = None, allowed only(
            "1 to 64 letters, digits, `-`, `_` or `.`",
            |name: &Option<String>| name.as_deref().is_none_or(is_node_name),
        ), since "0.1.0";
        /// The folder for everything that is kept on disk: views, the outbox, the read model,
        /// and the data of a local server. Two processes never share one.
        data_dir: PathBuf = PathBuf::from("posthouse-data"), allowed any("a path"), since "0.1.0";
    }
}

section! {
    /// The servers that carry the messages. A connection proves who it is in at most one way:
    /// credentials, user and password, or token.
    Bus, "bus" {
        /// Addresses of one cluster; any of them will do to find the others. Empty: `up` runs a
        /// server of its own, and `run` refuses to start.
        urls: Vec<String> = Vec::new(), allowed only(
            "`nats://host:port` or `tls://host:port`, without user or password",
            |urls: &Vec<String>| urls.iter().all(|url| is_bus_url(url)),
        ), since "0.1.0";
        /// A credentials file (JWT and seed).
        credentials_file: Option<PathBuf> = None, allowed any("a path"), since "0.1.0";
        /// A user name; needs `bus.password_file`.
        user: Option<String> = None, allowed any("text"), since "0.1.0";
        /// A file that holds the password of `bus.user`.
        password_file: Option<PathBuf> = None, allowed any("a path"), since "0.1.0";
        /// A file that holds a token.
        token_file: Option<PathBuf> = None, allowed any("a path"), since "0.1.0";
        /// Certificates of the authorities that the servers' certificates must come from (PEM).
        /// Unset: those of the system.
        ca_file: Option<PathBuf> = None, allowed any("a path"), since "0.1.0";
        /// Our certificate, for servers that ask for one (PEM); needs `bus.key_file`.
        cert_file: Option<PathBuf> = None, allowed any("a path"), since "0.1.0";
        /// The key of our certificate (PEM).
        key_file: Option<PathBuf> = None, allowed any("a path"), since "0.1.0";
    }
}

section! {
    /// The region that is served, and its size when it is created. The defaults are for a
    /// laptop. For production, take 64 partitions in streams of 4, 16 partitions of receivers
    /// and 3 copies.
    Region, "region" {
        /// Its key in the policy bundle. It is part of subjects and stream names.
        key: String = "cn-north".to_owned(), allowed only(
            "1 to 32 of a-z, 0-9 and `-`",
            |key: &String| posthouse_bus::subject::is_region(key),
        ), since "0.1.0";
        /// Partitions of its log. Fixed when the region is created. Each is worked on by one
        /// process at a time, so this bounds how far a role can scale out.
        partitions: u16 = Size::LAPTOP.partitions,
            allowed within(1..=posthouse_bus::limits::PARTITIONS_MAX, "partitions"), since "0.1.0";
        /// Partitions that one stream holds. Fixed when the region is created.
        partitions_per_stream: u16 = Size::LAPTOP.partitions_per_stream,
            allowed within(1..=posthouse_bus::limits::PARTITIONS_MAX, "partitions"), since "0.1.0";
        /// Partitions that receivers of notifications are spread over. Fixed when the region is
        /// created.
        receiver_partitions: u16 = Size::LAPTOP.receiver_partitions,
            allowed within(1..=posthouse_bus::limits::PARTITIONS_MAX, "partitions"), since "0.1.0";
        /// Copies of each stream, each on a server of its own. With one, a lost disk is a lost
        /// log.
        replicas: u8 = Size::LAPTOP.replicas, allowed only(
            "1, 3 or 5 copies",
            |copies: &u8| matches!(copies, 1 | 3 | 5),
        ), since "0.1.0";
        /// How long facts are kept, in days.
        keep_days: u32 = 180, allowed within(1..=3_650, "days"), since "0.1.0";
    }
}

section! {
    /// The HTTP door.
    Http, "http" {
        /// Where to listen. Port 0 takes any free one. The default is reachable from this
        /// machine only.
        address: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 7070)),
            allowed any("an IP address and a port, such as `127.0.0.1:7070` or `[::]:7070`"),
            since "0.1.0";
        /// Largest body of a request, in bytes. Larger ones get 413.
        body_bytes_max: usize = 512 * 1024,
            allowed within(1_024..=posthouse_bus::limits::PAYLOAD_BYTES_MAX, "bytes"),
            since "0.1.0";
        /// Longest time a request may take, in milliseconds. Slower ones get 503.
        request_timeout_ms: u64 = 10_000,
            allowed within(100..=600_000, "milliseconds"), since "0.1.0";
    }
}

section! {
    /// What comes in.
    Intake, "intake" {
        /// Most tickets and other commands kept on disk while the servers are away. Beyond it,
        /// callers get 429.
        outbox_tickets_max: usize = 100_000,
            allowed within(1..=10_000_000, "tickets"), since "0.1.0";
        /// Ticket numbers taken from the region at once. Those not used when a process ends are
        /// lost: numbers may have gaps.
        numbers_per_block: u32 = 1_000, allowed within(1..=1_000_000, "numbers"), since "0.1.0";
        /// How long an `Idempotency-Key` is remembered, in hours.
        idempotency_hours: u32 = 24, allowed within(1..=720, "hours"), since "0.1.0";
        /// How long a request waits for the log, in milliseconds, before what it brought goes to
        /// the outbox and is forwarded later.
        publish_wait_ms: u64 = 2_000, allowed within(10..=60_000, "milliseconds"), since "0.1.0";
    }
}

section! {
    /// What goes out to people.
    Notifier, "notifier" {
        /// Whether this process shows notifications for console receivers. Receipts are noted
        /// either way.
        console: bool = true, allowed any("true or false"), since "0.1.0";
    }
}

section! {
    /// Links by which staff act on a ticket from the message that told them. Without an address
    /// and keys, messages have none.
    Links, "links" {
        /// Where people reach the HTTP door from outside: links begin with it.
        url: Option<String> = None, allowed only(
            "`https://host` or `http://host`, without a `/` at the end",
            |url: &Option<String>| url.as_deref().is_none_or(is_link_url),
        ), since "0.1.0";
        /// A file with the keys that links are signed with: one a line, of 32 characters at
        /// least, the newest first (`NTF0020`). The same for all processes of a region.
        keys_file: Option<PathBuf> = None, allowed any("a path"), since "0.1.0";
        /// How long a link works, in hours.
        valid_hours: u32 = 24, allowed within(1..=720, "hours"), since "0.1.0";
    }
}

section! {
    /// How far notifications may go: webhooks and every other channel, mail relays among them. Their
    /// addresses are written in policy bundles; here the operator of this process says how far
    /// they may reach. Subjects of the NATS server are not guarded by this, but by its permissions.
    Webhooks, "webhooks" {
        /// Networks that may be reached although they are not public, such as your own. Nothing
        /// else of loopback, private, link-local and other special addresses can be reached,
        /// whatever name leads there (`NTF0001`).
        allow_addresses: Vec<IpNet> = Vec::new(),
            allowed any("networks such as `10.20.0.0/16`, `192.0.2.7/32` or `fd00::/8`"),
            since "0.1.0";
        /// Hosts that may be reached: a name, or `*.` and a name for everything below it. Empty: any
        /// host. Their addresses are judged all the same.
        allow_hosts: Vec<String> = Vec::new(), allowed only(
            "names of hosts, such as `hooks.example.com` or `*.example.com`",
            |hosts: &Vec<String>| hosts.iter().all(|host| is_host(host)),
        ), since "0.1.0";
    }
}

section! {
    /// State on disk. All of it can be rebuilt from the log, so these trade memory for speed.
    Store, "store" {
        /// Page cache of each view, in bytes. A process has one view for each partition it works
        /// on.
        cache_bytes_max: u64 = posthouse_store::limits::CACHE_BYTES_DEFAULT, allowed within(
            posthouse_store::limits::CACHE_BYTES_LEAST..=posthouse_store::limits::CACHE_BYTES_MAX,
            "bytes",
        ), since "0.1.0";
        /// How often views are flushed, in milliseconds. What a crash undoes is done again from
        /// the log.
        flush_every_ms: u64 = posthouse_store::limits::FLUSH_EVERY_MS_DEFAULT, allowed within(
            posthouse_store::limits::FLUSH_EVERY_MS_LEAST
                ..=posthouse_store::limits::FLUSH_EVERY_MS_MAX,
            "milliseconds",
        ), since "0.1.0";
    }
}

section! {
    /// The worker loop, the same for every role.
    Worker, "worker" {
        /// Most inputs of a partition whose outputs may be on their way at once. Less uses less
        /// memory; more hides slower servers.
        inputs_in_flight_max: usize = limits::INPUTS_IN_FLIGHT_MAX,
            allowed within(1..=limits::INPUTS_IN_FLIGHT_MAX, "inputs"), since "0.1.0";
        /// How often a view is saved where a successor on another machine finds it, in seconds.
        /// A takeover replays at most what came since.
        snapshot_every_s: u64 = limits::SNAPSHOT_EVERY.as_secs(),
            allowed within(1..=86_400, "seconds"), since "0.1.0";
    }
}

section! {
    /// What is written about it all, to standard error.
    Log, "log" {
        /// For people or for machines. Colours appear on a terminal only, and not when the
        /// variable `NO_COLOR` is set.
        format: LogFormat = LogFormat::Text, allowed any("`text` or `json`"), since "0.1.0";
        /// What is written: a level, or levels by target, such as `info,posthouse_bus_nats=debug`.
        /// The variable `RUST_LOG`, when set, is stronger than any layer.
        filter: String = "info".to_owned(), allowed only(
            "levels (`error`, `warn`, `info`, `debug`, `trace`, `off`), alone or as `target=level`",
            |filter: &String| crate::logs::is_filter(filter),
        ), since "0.1.0";
    }
}

section! {
    /// Traces and metrics for a collector that speaks OTLP. Nothing waits for it: what it does
    /// not take in time is dropped and counted. Metrics are also at `/metrics`, whatever is set
    /// here. Where nothing is set here, `OTEL_EXPORTER_OTLP_ENDPOINT`,
    /// `OTEL_EXPORTER_OTLP_PROTOCOL`, `OTEL_SDK_DISABLED` and `OTEL_RESOURCE_ATTRIBUTES` count.
    Telemetry, "telemetry" {
        /// Whether anything is traced and exported. The flag `--telemetry off` is the same as
        /// `false`.
        enabled: bool = true, allowed any("true or false"), since "0.1.0";
        /// Where the collector is: usually port 4317 for `grpc`, 4318 for `http`. Unset: nothing
        /// is traced or exported.
        otlp_url: Option<String> = None, allowed only(
            "`http://host:port` or `https://host:port`, perhaps with a path, without user or password",
            |url: &Option<String>| url.as_deref().is_none_or(is_otlp_url),
        ), since "0.1.0";
        /// How it is spoken to. `http/protobuf` means `http`.
        protocol: Protocol = Protocol::Grpc, allowed any("`grpc` or `http`"), since "0.1.0";
        /// A file of headers that go with every export, one `name: value` per line; here stands
        /// what a collector wants to know callers by.
        headers_file: Option<PathBuf> = None, allowed any("a path"), since "0.1.0";
        /// The share of traces that are kept, where the caller has not decided already. Traces
        /// that begin with a breach or a dead letter are always kept.
        sample_ratio: Ratio = Ratio::per_million(100_000), allowed any("0 to 1"), since "0.1.0";
        /// How often metrics are sent to the collector, in seconds. 0: never, for those who
        /// scrape them.
        metrics_every_s: u64 = 15, allowed within(0..=3_600, "seconds"), since "0.1.0";
        /// What else is said of this process, as `key=value`; bytes that cannot stand there are
        /// percent-encoded. It is stronger than what the process says of itself.
        resource_attributes: Vec<String> = Vec::new(), allowed only(
            "`key=value`",
            |attributes: &Vec<String>| attributes.iter().all(|text| is_attribute(text)),
        ), since "0.1.0";
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

impl Setting for LogFormat {
    const KIND: Kind = Kind::Text;
    fn show(&self) -> String {
        match self {
            Self::Text => "\"text\"".to_owned(),
            Self::Json => "\"json\"".to_owned(),
        }
    }
}

impl Node {
    /// The name given, else the host's with the number of this process.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| {
            let host = rustix::system::uname();
            let host = host.nodename().to_string_lossy().into_owned();
            format!("{host}-{}", std::process::id())
        })
    }
}

impl Region {
    /// The size of the region, as the topology wants it.
    #[must_use]
    pub fn size(&self) -> Size {
        Size {
            partitions: self.partitions,
            partitions_per_stream: self.partitions_per_stream,
            receiver_partitions: self.receiver_partitions,
            replicas: self.replicas,
            age_max: Duration::from_secs(u64::from(self.keep_days) * 24 * 3_600),
        }
    }
}

impl Http {
    /// Longest time a request may take.
    #[must_use]
    pub const fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }
}

fn is_node_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// Whether links can begin with it: a scheme and a host, and nothing that ends them.
fn is_link_url(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]".contains(c);
        !rest.is_empty() && !rest.ends_with('/') && rest.chars().all(plain)
    })
}

/// A name, perhaps with `*.` in front; no port and no path.
fn is_host(host: &str) -> bool {
    let name = host.strip_prefix("*.").unwrap_or(host);
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    !name.is_empty() && name.bytes().all(word)
}

fn is_bus_url(url: &str) -> bool {
    let rest = url
        .strip_prefix("nats://")
        .or_else(|| url.strip_prefix("tls://"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && !rest.contains(|c: char| c == '@' || c == '/' || c.is_whitespace())
    })
}
