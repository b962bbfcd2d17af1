//! The short set of chaos that runs with every change: two seeds that between them bring every
//! accident that can happen on the machine. `cargo xtask chaos` runs any seed for as long as
//! asked.

use posthouse_tests::chaos::{self, Error, Fault, Options};
use tokio::sync::Mutex;

/// One region at a time: two would be twelve processes each.
static MACHINE: Mutex<()> = Mutex::const_new(());

/// What happens to servers, and what only a cluster knows.
const OF_SERVERS: [Fault; 7] = [
    Fault::KillServer,
    Fault::StopServer,
    Fault::DiskFullServer,
    Fault::FsyncServer,
    Fault::Leaders,
    Fault::Kill,
    Fault::Policy,
];

/// Runs a seed and judges it. What cannot happen here is named.
async fn judged(options: Options) {
    let _alone = MACHINE.lock().await;
    let outcome = match chaos::run(&options, |line| eprintln!("{line}")).await {
        Ok(outcome) => outcome,
        Err(Error::NoServer(why)) => {
            let in_ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty());
            assert!(!in_ci, "there is no nats-server to be had: {why}");
            eprintln!("SKIPPED: there is no nats-server to be had: {why}");
            return;
        }
        Err(error) => panic!("failed to {error}"),
    };
    eprintln!("{}\n{}", outcome.text(), outcome.line());
    assert!(
        !outcome.is_broken(),
        "a promise was broken; again by: cargo xtask chaos --seed {} --seconds {} --nodes {}\n{}",
        options.seed,
        options.seconds,
        options.nodes,
        outcome.text()
    );
    for fault in options.faults {
        let is_told = outcome.skipped.iter().any(|(skipped, _)| *skipped == fault)
            || outcome.felt.iter().any(|felt| felt.fault == fault);
        assert!(is_told, "{fault} neither happened nor was skipped");
    }
    for number in 1..=5 {
        let checked = outcome.report.invariants.iter();
        let checked = checked
            .filter(|it| it.number == number)
            .map(|it| it.checked);
        assert!(
            checked.sum::<u64>() > 0,
            "nothing was judged by invariant {number}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_meet_every_accident() {
    let is_ours = |fault: &Fault| !OF_SERVERS.contains(fault) || *fault == Fault::KillServer;
    judged(Options {
        seed: 11,
        seconds: 75,
        faults: Fault::ALL.into_iter().filter(is_ours).collect(),
        nodes: 1,
        rate: 4.0,
        hasty: false,
        keep: None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_loses_one_server_after_the_other() {
    judged(Options {
        seed: 12,
        seconds: 45,
        faults: OF_SERVERS.to_vec(),
        nodes: 3,
        rate: 3.0,
        hasty: false,
        keep: None,
    })
    .await;
}
