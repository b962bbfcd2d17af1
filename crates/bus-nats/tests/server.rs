//! A real server's life with us: start, stop, our death, its death.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use async_nats::jetstream;
use posthouse_bus_nats::server::{
    Error, Event, LocalServer, Options, Surroundings, SyncInterval, find,
};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Longest wait for anything that should happen at once.
const BOUND: Duration = Duration::from_secs(60);

/// Tells the helper process below which data folder to work on.
const HELPER_DATA: &str = "POSTHOUSE_TEST_OWNER_DATA";

fn quiet(_: &str) {}

/// Options on a fresh folder, or a visible skip where there is no server (a failure in CI).
async fn fresh() -> Option<(TempDir, Options)> {
    match find(&Surroundings::of_this_process(), &quiet).await {
        Ok(_) => {
            let data = tempfile::tempdir().expect("a temporary folder");
            let options = Options::new(data.path());
            Some((data, options))
        }
        Err(error) if std::env::var_os("CI").is_none() => {
            eprintln!("SKIPPED: failed to {error}");
            None
        }
        Err(error) => panic!("failed to {error}"),
    }
}

fn port(url: &str) -> u16 {
    let (_, port) = url.rsplit_once(':').expect("a URL with a port");
    port.parse().expect("a port")
}

async fn answers(url: &str) -> bool {
    TcpStream::connect(("127.0.0.1", port(url))).await.is_ok()
}

fn process(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).expect("a process id")).expect("a process id")
}

async fn keep_a_message(url: &str) {
    let jetstream = jetstream::new(async_nats::connect(url).await.expect("a connection"));
    let config = jetstream::stream::Config {
        name: "KEPT".to_owned(),
        subjects: vec!["kept".to_owned()],
        ..Default::default()
    };
    jetstream.create_stream(config).await.expect("a stream");
    let ack = jetstream
        .publish("kept", "a word".into())
        .await
        .expect("a publish");
    ack.await.expect("an acknowledgement");
}

async fn kept_message(url: &str) -> String {
    let jetstream = jetstream::new(async_nats::connect(url).await.expect("a connection"));
    let stream = jetstream.get_stream("KEPT").await.expect("the stream");
    let message = stream.get_raw_message(1).await.expect("the message");
    String::from_utf8(message.payload.to_vec()).expect("text")
}

#[tokio::test]
async fn a_server_starts_with_jetstream_and_stops_without_a_trace() {
    let Some((data, options)) = fresh().await else {
        return;
    };
    let server = LocalServer::start(&options, quiet).await.unwrap();
    assert!(!server.was_adopted());
    assert!(answers(&server.http_url()).await);
    keep_a_message(&server.url()).await;
    let (pid, url) = (server.pid(), server.url());
    server.stop().await.unwrap();
    assert_eq!(
        test_kill_process(process(pid)),
        Err(rustix::io::Errno::SRCH)
    );
    assert!(!answers(&url).await);
    assert!(!data.path().join("nats/server.json").exists());

    let again = LocalServer::start(&options, quiet).await.unwrap();
    assert!(!again.was_adopted());
    assert_eq!(kept_message(&again.url()).await, "a word");
    again.stop().await.unwrap();
}

#[tokio::test]
async fn any_utf8_path_and_every_setting_reach_the_server() {
    let Some((data, mut options)) = fresh().await else {
        return;
    };
    options.data_dir = data.path().join("数据 \"x\" \\n $HOME");
    options.settings.sync = SyncInterval::Always;
    // A start compares what JetStream says it runs with to what was asked for.
    let server = LocalServer::start(&options, quiet).await.unwrap();
    keep_a_message(&server.url()).await;
    server.stop().await.unwrap();
    assert!(options.data_dir.join("nats/store/jetstream").is_dir());
    assert!(options.data_dir.join("nats/server.log").is_file());
}

#[tokio::test]
async fn a_dropped_server_is_killed() {
    let Some((_data, options)) = fresh().await else {
        return;
    };
    let server = LocalServer::start(&options, quiet).await.unwrap();
    let (pid, url) = (server.pid(), server.url());
    drop(server);
    // The kernel closes the listener in its own time; the next start waits for that.
    let next = LocalServer::start(&options, quiet).await.unwrap();
    assert_ne!(next.pid(), pid);
    assert!(next.url() == url || !answers(&url).await);
    next.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_owner_is_refused_and_told_of_the_first() {
    let Some((_data, options)) = fresh().await else {
        return;
    };
    let first = LocalServer::start(&options, quiet).await.unwrap();
    first.announce("http://127.0.0.1:8080").unwrap();
    let error = LocalServer::start(&options, quiet).await.unwrap_err();
    assert_eq!(error.code(), "NSV0003");
    let wanted = format!(
        "process {} (HTTP at http://127.0.0.1:8080)",
        std::process::id()
    );
    assert!(error.to_string().contains(&wanted), "{error}");
    first.stop().await.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_an_error_with_the_servers_last_words() {
    let Some((_data, mut options)) = fresh().await else {
        return;
    };
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    options.port = Some(taken.local_addr().unwrap().port());
    let error = LocalServer::start(&options, quiet).await.unwrap_err();
    assert!(matches!(error, Error::EndedEarly { .. }), "{error}");
    assert!(
        error.to_string().contains("address already in use"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_does_not_get_ready_in_time_is_ended() {
    let Some((_data, mut options)) = fresh().await else {
        return;
    };
    options.ready_timeout = Duration::ZERO;
    let error = LocalServer::start(&options, quiet).await.unwrap_err();
    assert_eq!(error.code(), "NSV0007");
    // Nothing was left running that this start would have to adopt or end.
    options.ready_timeout = BOUND;
    let said = std::sync::Mutex::new(Vec::new());
    let progress = |text: &str| said.lock().unwrap().push(text.to_owned());
    let server = LocalServer::start(&options, progress).await.unwrap();
    assert_eq!(*said.lock().unwrap(), ["starting nats-server"]);
    server.stop().await.unwrap();
}

#[tokio::test]
async fn after_our_death_the_next_owner_adopts_the_server() {
    let Some((data, options)) = fresh().await else {
        return;
    };
    let orphan = orphaned_server(data.path());
    assert!(answers(&orphan.url).await, "the server outlives its owner");
    keep_a_message(&orphan.url).await;

    let mut server = LocalServer::start(&options, quiet).await.unwrap();
    assert!(server.was_adopted());
    assert_eq!(
        (server.pid(), server.url()),
        (orphan.pid, orphan.url.clone())
    );
    assert_eq!(kept_message(&server.url()).await, "a word");
    assert!(
        timeout(Duration::from_millis(100), server.exited())
            .await
            .is_err()
    );
    server.stop().await.unwrap();
    assert!(!answers(&orphan.url).await);
}

#[tokio::test]
async fn a_server_with_other_settings_is_replaced() {
    let Some((data, mut options)) = fresh().await else {
        return;
    };
    let orphan = orphaned_server(data.path());
    keep_a_message(&orphan.url).await;
    options.settings.sync = SyncInterval::Always;
    let server = LocalServer::start(&options, quiet).await.unwrap();
    assert_replaced(&server, &orphan).await;
    assert_eq!(kept_message(&server.url()).await, "a word");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_hangs_is_replaced() {
    let Some((data, options)) = fresh().await else {
        return;
    };
    let orphan = orphaned_server(data.path());
    keep_a_message(&orphan.url).await;
    kill_process(process(orphan.pid), Signal::STOP).unwrap();
    let server = LocalServer::start(&options, quiet).await.unwrap();
    assert_replaced(&server, &orphan).await;
    assert_eq!(kept_message(&server.url()).await, "a word");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_nobody_has_on_record_is_replaced() {
    let Some((data, options)) = fresh().await else {
        return;
    };
    let orphan = orphaned_server(data.path());
    // As if its owner had died between the start and the record of it.
    std::fs::remove_file(data.path().join("nats/server.json")).unwrap();
    let server = LocalServer::start(&options, quiet).await.unwrap();
    assert_replaced(&server, &orphan).await;
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_record_that_names_another_process_harms_nobody() {
    let Some((data, options)) = fresh().await else {
        return;
    };
    let orphan = orphaned_server(data.path());
    kill_process(process(orphan.pid), Signal::KILL).unwrap();
    let mut bystander = Command::new("sleep").arg("600").spawn().unwrap();
    let path = data.path().join("nats/server.json");
    let record = std::fs::read_to_string(&path).unwrap();
    let pids = [orphan.pid, bystander.id()].map(|pid| format!("\"pid\":{pid}"));
    std::fs::write(&path, record.replace(&pids[0], &pids[1])).unwrap();
    let server = LocalServer::start(&options, quiet).await.unwrap();
    assert!(!server.was_adopted());
    server.stop().await.unwrap();
    assert_eq!(bystander.try_wait().unwrap(), None, "the bystander lives");
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}

async fn assert_replaced(server: &LocalServer, orphan: &Orphan) {
    assert!(!server.was_adopted());
    assert_ne!(server.pid(), orphan.pid);
    assert!(server.url() == orphan.url || !answers(&orphan.url).await);
}

#[tokio::test]
async fn a_supervised_server_comes_back_on_its_port_with_its_data() {
    let Some((_data, options)) = fresh().await else {
        return;
    };
    let server = LocalServer::start(&options, quiet).await.unwrap();
    supervise_through_a_kill(server).await;
}

#[tokio::test]
async fn an_adopted_server_is_supervised_like_any_other() {
    let Some((data, options)) = fresh().await else {
        return;
    };
    orphaned_server(data.path());
    let server = LocalServer::start(&options, quiet).await.unwrap();
    assert!(server.was_adopted());
    supervise_through_a_kill(server).await;
}

async fn supervise_through_a_kill(server: LocalServer) {
    let (url, pid) = (server.url(), server.pid());
    keep_a_message(&url).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let (events, mut restarts) = mpsc::unbounded_channel();
    let keeper = tokio::spawn(server.supervise(
        async { stopped.await.unwrap_or_default() },
        move |event| {
            if let Event::Restarted { pid } = event {
                events.send(pid).expect("the test listens");
            }
        },
    ));
    kill_process(process(pid), Signal::KILL).expect("a signal");
    let restarted = timeout(BOUND, restarts.recv())
        .await
        .expect("in time")
        .expect("a restart");
    assert_ne!(restarted, pid);
    assert_eq!(kept_message(&url).await, "a word");
    stop.send(()).expect("the keeper lives");
    timeout(BOUND, keeper)
        .await
        .expect("in time")
        .expect("no panic")
        .expect("a clean stop");
    assert_eq!(
        test_kill_process(process(restarted)),
        Err(rustix::io::Errno::SRCH)
    );
    assert!(!answers(&url).await);
}

#[tokio::test]
async fn a_server_that_cannot_come_back_is_given_up() {
    let Some((data, mut options)) = fresh().await else {
        return;
    };
    let real = find(&options.surroundings, &quiet).await.unwrap();
    let copy = data.path().join("nats-server");
    // By another process, which alone has the file open for writing: see "text file busy".
    let copied = Command::new("cp")
        .args([real.path(), &copy])
        .status()
        .unwrap();
    assert!(copied.success());
    options.surroundings.binary = Some(copy.clone());
    options.restarts_max = 3;
    let server = LocalServer::start(&options, quiet).await.unwrap();
    let pid = server.pid();
    std::fs::remove_file(&copy).unwrap();
    let failures = std::sync::Mutex::new(Vec::new());
    let keeper = server.supervise(std::future::pending(), |event| {
        if let Event::RestartFailed { error } = event {
            failures.lock().unwrap().push(error.code());
        }
    });
    kill_process(process(pid), Signal::KILL).unwrap();
    let error = timeout(BOUND, keeper).await.unwrap().unwrap_err();
    assert_eq!(error.code(), "NSV0010");
    assert_eq!(*failures.lock().unwrap(), ["NSV0005"; 3]);
}

/// A server whose owner was killed.
struct Orphan {
    pid: u32,
    url: String,
}

/// Starts a server in a process of its own and kills that process with SIGKILL.
fn orphaned_server(data: &Path) -> Orphan {
    let mut owner: Child = Command::new(std::env::current_exe().expect("this test program"))
        .args(["--exact", "owner_process", "--ignored", "--nocapture"])
        .env(HELPER_DATA, data)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a helper process");
    let lines = BufReader::new(owner.stdout.take().expect("a pipe")).lines();
    let ready = lines
        .map_while(Result::ok)
        .find_map(|line| {
            let (_, ready) = line.split_once("READY ")?;
            let (pid, url) = ready.split_once(' ')?;
            Some(Orphan {
                pid: pid.parse().ok()?,
                url: url.to_owned(),
            })
        })
        .expect("the helper process starts a server");
    owner.kill().expect("SIGKILL");
    owner.wait().expect("the end of the helper process");
    ready
}

/// Not a test: the process that the tests above start and kill.
#[tokio::test]
#[ignore = "a helper process of other tests"]
async fn owner_process() {
    let data = PathBuf::from(std::env::var_os(HELPER_DATA).expect("started by a test only"));
    let server = LocalServer::start(&Options::new(data), quiet)
        .await
        .unwrap();
    println!("READY {} {}", server.pid(), server.url());
    std::future::pending::<()>().await;
}
