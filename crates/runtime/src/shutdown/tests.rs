use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use rustix::process::{Pid, kill_process};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};

use super::*;
use crate::metrics::Metrics;

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// Set for the processes that the tests of signals start.
const CHILD: &str = "RUNTIME_TEST_SHUTDOWN_CHILD";
/// No step of a test takes longer, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_drain_turns_readiness_first() {
    let health = Health::new();
    let part = health.part("bus");
    part.ready();
    let shutdown = Shutdown::new(health.clone());
    let token = shutdown.token();
    token.cancel();
    assert!(
        !shutdown.is_draining() && health.is_ready(),
        "a copy of the token starts no drain"
    );
    let told = tokio::spawn({
        let (shutdown, health) = (shutdown.clone(), health.clone());
        async move {
            shutdown.draining().await;
            health.is_ready()
        }
    });
    shutdown.drain();
    assert!(!told.await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn work_is_bounded_from_the_drain_on() {
    let shutdown = Shutdown::new(Health::new());
    let long = tokio::time::sleep(limits::DRAIN_MAX * 100);
    assert_eq!(shutdown.bounded(long).await, Ok(()), "no drain, no bound");
    shutdown.drain();
    let started = tokio::time::Instant::now();
    let short = tokio::time::sleep(limits::DRAIN_MAX / 2);
    assert_eq!(shutdown.bounded(short).await, Ok(()));
    assert_eq!(
        shutdown.bounded(std::future::pending::<()>()).await,
        Err(Overdue)
    );
    assert_eq!(
        started.elapsed().as_secs(),
        limits::DRAIN_MAX.as_secs() * 3 / 2
    );
    assert_eq!(
        Overdue.to_string(),
        "finish within 10 s of being asked to end"
    );
}

async fn ask(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = "GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_server_finishes_what_it_has_and_takes_no_more() {
    let shutdown = Shutdown::new(Health::new());
    let (arrived, release) = (
        std::sync::Arc::new(Notify::new()),
        std::sync::Arc::new(Notify::new()),
    );
    let router = Router::new().route(
        "/",
        get({
            let (arrived, release) = (arrived.clone(), release.clone());
            move || async move {
                arrived.notify_one();
                release.notified().await;
                "finished"
            }
        }),
    );
    let metrics = Metrics::new();
    let server = serve(ANY, router, &shutdown, &metrics).await.unwrap();
    let answer = tokio::spawn(ask(server.address));
    tokio::time::timeout(PATIENCE, arrived.notified())
        .await
        .unwrap();
    let counted = metrics.encode();
    assert!(counted.contains("\nhttp_connections 1\n"), "{counted}");
    let most = format!("\nhttp_connections_max {}\n", limits::CONNECTIONS_MAX);
    assert!(counted.contains(&most), "{counted}");
    shutdown.drain();
    tokio::time::timeout(PATIENCE, async {
        // The listener closes a moment after the drain has begun.
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    assert!(!server.task.is_finished());
    release.notify_one();
    assert!(answer.await.unwrap().ends_with("finished"));
    tokio::time::timeout(PATIENCE, server.task)
        .await
        .unwrap()
        .unwrap();
}

/// Who sends headers by the drop, or none, or too many, holds no connection for long.
#[tokio::test(start_paused = true)]
async fn a_server_does_not_wait_for_headers_for_ever() {
    let shutdown = Shutdown::new(Health::new());
    let router = Router::new().route("/", get(async || "here"));
    let server = serve(ANY, router, &shutdown, &Metrics::new())
        .await
        .unwrap();
    for said in ["", "GET / HTTP/1.1\r\nHost: here\r\nX-Slow: "] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let asked = tokio::time::Instant::now();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            asked.elapsed() <= limits::HEADERS_WAIT + Duration::from_secs(1),
            "{said:?}"
        );
    }
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    // Not a byte more than is read: what is left unread would break the connection off.
    let mut long = b"GET / HTTP/1.1\r\nHost: here\r\nX-Long: ".to_vec();
    long.resize(limits::HEADERS_BYTES_MAX, b'x');
    stream.write_all(&long).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 431");
    assert!(ask(server.address).await.ends_with("here"));
}

#[tokio::test]
async fn a_taken_address_is_named_with_the_ways_out() {
    let shutdown = Shutdown::new(Health::new());
    let first = serve(ANY, Router::new(), &shutdown, &Metrics::new())
        .await
        .unwrap();
    let error = serve(first.address, Router::new(), &shutdown, &Metrics::new())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "RUN0005");
    let said = error.to_string();
    assert!(
        said.contains(&first.address.to_string()) && said.contains("--http"),
        "{said}"
    );
    // An address of a documentation network is no host's own.
    let elsewhere = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 7070));
    let error = serve(elsewhere, Router::new(), &shutdown, &Metrics::new())
        .await
        .unwrap_err();
    assert_eq!(error.code(), "RUN0006");
}

/// What the tests below run as a process of its own: says `ready`, and after the first signal
/// `draining`; then it waits for ever, or ends when its input says so.
#[test]
#[ignore = "run by the tests of signals, as a process of its own"]
fn a_process_that_drains() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let shutdown = Shutdown::new(Health::new());
        shutdown.on_signals().unwrap();
        say("ready");
        shutdown.draining().await;
        say("draining");
        let (told, end) = oneshot::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            io::stdin().read_line(&mut line).unwrap();
            told.send(line).unwrap();
        });
        assert_eq!(end.await.unwrap(), "end\n");
    });
    std::process::exit(0);
}

fn say(word: &str) {
    let mut out = io::stdout();
    writeln!(out, "\n{word}").unwrap();
    out.flush().unwrap();
}

struct Draining {
    child: Child,
    said: io::Lines<BufReader<ChildStdout>>,
}

impl Draining {
    fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("shutdown::tests::a_process_that_drains")
            .env(CHILD, "yes")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut process = Self { child, said };
        process.hear("ready");
        process
    }

    fn hear(&mut self, word: &str) {
        assert!(
            self.said.by_ref().any(|line| line.unwrap() == word),
            "it never said {word}"
        );
    }

    fn signal(&self, signal: rustix::process::Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

#[test]
fn the_first_signal_drains_and_the_end_is_orderly() {
    for signal in [rustix::process::Signal::TERM, rustix::process::Signal::INT] {
        let mut process = Draining::start();
        process.signal(signal);
        process.hear("draining");
        process
            .child
            .stdin
            .take()
            .unwrap()
            .write_all(b"end\n")
            .unwrap();
        assert_eq!(process.child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn the_second_signal_ends_at_once_with_its_code() {
    use rustix::process::Signal;
    for (second, code) in [
        (Signal::TERM, EXIT_TERMINATED),
        (Signal::INT, EXIT_INTERRUPTED),
    ] {
        let mut process = Draining::start();
        // Waiting closes it otherwise, and the end of its input ends the process, too.
        let _input = process.child.stdin.take();
        process.signal(Signal::TERM);
        process.hear("draining");
        process.signal(second);
        assert_eq!(process.child.wait().unwrap().code(), Some(code));
    }
}
